//! Two axes of an array as a picture, with its tools, its bands and its spectra.

use super::{mask_tools, message, of_key, spectrum, tools};
use crate::app::context::ViewerContext;
use crate::app::texture::TextureStore;
use crate::app::theme::tokens;
use crate::app::widgets::{Canvas, CanvasEvents, Layer, PanelSide, canvas, sized_panel};
use crate::session::feed::CANCELLED;
use crate::session::jobs::Running;
use crate::session::level::Visible;
use crate::session::picture::Picture;
use crate::session::readout::readout;
use crate::session::view::ViewState;
use crate::session::{Action, Document, Slot};
use eframe::egui;

pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    textures: &mut TextureStore,
) {
    let Some(view) = document.view() else { return };
    egui::Panel::top("picture tools").show(ui, |ui| {
        ui.push_id(of_key(document), |ui| tools::strip(ui, cx, document, view));
    });
    mask_tools::show(ui, cx, document, view);
    panels_below(ui, cx, document, view);
    if let Some(why) = document.feeds().picture().error() {
        failure(ui, cx, document, why);
    }
    egui::CentralPanel::default()
        .frame(egui::Frame::NONE)
        .show(ui, |ui| picture(ui, cx, document, view, textures));
}

/// Bands, other axes, and the spectrum of the pixel that is looked at.
pub(super) fn panels_below(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
) {
    let has_spectrum = view.axes.is_some_and(|axes| axes.band.is_some());
    if has_spectrum {
        let height = ui.available_height();
        let range = egui::Rangef::new(110.0, (height - 160.0).max(110.0));
        let first = (height * 0.36).clamp(140.0, 360.0);
        sized_panel(
            ui,
            PanelSide::Bottom,
            "spectrum panel",
            first,
            range,
            |ui| spectrum::show(ui, cx, document, view),
        );
    }
    if tools::has_bars(document, view) {
        egui::Panel::bottom("bands").show(ui, |ui| {
            ui.push_id(of_key(document), |ui| tools::bars(ui, cx, document, view));
        });
    }
}

/// Above what is still shown.
fn failure(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, why: &str) {
    let feed = document.feeds().picture();
    let (text, color, button) = if feed.is_cancelled() {
        let color = ui.visuals().weak_text_color();
        (cancelled_text(feed.shown()), color, "Resume")
    } else {
        let text = format!("Reading the picture failed: {why}");
        (text, ui.visuals().error_fg_color, "Try again")
    };
    egui::Panel::top("picture failure").show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.colored_label(color, text);
            if ui.button(button).clicked() {
                cx.act(Action::Retry(document.id()));
            }
        });
    });
}

fn cancelled_text(shown: Option<&Picture>) -> String {
    match shown.map(|picture| picture.rows_read) {
        Some([read, rows]) if read < rows => {
            let percent = 100 * read / rows.max(1);
            format!("{CANCELLED}; preview from {percent} % of the rows")
        }
        Some(_) | None => CANCELLED.to_owned(),
    }
}

fn picture(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
    textures: &mut TextureStore,
) {
    let feed = document.feeds().picture();
    if feed.shown().is_none() && feed.error().is_some() {
        message::show(ui, "Nothing to show", "", None);
        return;
    }
    let shown = feed.shown();
    let layers = shown
        .map(|picture| layers(ui.ctx(), picture, textures))
        .unwrap_or_default();
    let markers = spectrum::canvas_markers(document, view, &tokens(ui));
    let value_text = |pixel| shown.and_then(|picture| picture.value_text(pixel));
    let [x_name, y_name] = axis_names(document, view);
    let rect = ui.available_rect_before_wrap();
    let [columns, rows] = view.picture_size(document.shape());
    let description = match readout(document) {
        Some(read) => format!(
            "{rows} × {columns} pixels; {}: {}",
            read.position, read.value
        ),
        None => format!("{rows} × {columns} pixels"),
    };
    let events = canvas(
        ui,
        &Canvas {
            size: view.picture_size(document.shape()),
            layers: &layers,
            camera: view.camera,
            markers: &markers,
            description: &description,
            axis_names: [&x_name, &y_name],
            value_text: Some(&value_text),
            draw: mask_tools::draw_tool(document),
            is_drawing_kept: mask_tools::is_waiting(document),
        },
    );
    if feed.is_waiting() {
        let age = cx
            .session
            .running_jobs()
            .filter(|job| job.slot() == Slot::Picture(document.id()))
            .map(Running::age)
            .max()
            .unwrap_or_default();
        if age > crate::app::frame::SHOW_JOB_AFTER {
            updating(ui, rect, &state_text(feed.is_part(), shown));
        }
    }
    send(cx, document, view, ui.ctx().pixels_per_point(), events);
}

/// What the picture is that is shown while another one is to come.
fn state_text(is_part: bool, shown: Option<&Picture>) -> String {
    match shown {
        None => "Reading…".to_owned(),
        Some(picture) if is_part && !picture.is_read() => {
            let [read, rows] = picture.rows_read;
            format!("Preview: {} % of rows read", 100 * read / rows.max(1))
        }
        Some(_) if is_part => "Reading finer detail…".to_owned(),
        Some(_) => "Updating…".to_owned(),
    }
}

/// Says that the picture is not what it will be.
fn updating(ui: &egui::Ui, rect: egui::Rect, text: &str) {
    let at = rect.right_top() + egui::vec2(-10.0, 8.0);
    let tokens = tokens(ui);
    let galley = ui.painter().layout_no_wrap(
        text.to_owned(),
        tokens.small_text.clone(),
        ui.visuals().text_color(),
    );
    let place = egui::Align2::RIGHT_TOP.anchor_size(at, galley.size());
    ui.painter()
        .rect_filled(place.expand(4.0), 4.0, ui.visuals().window_fill);
    ui.painter()
        .galley(place.min, galley, ui.visuals().text_color());
}

fn layers(ctx: &egui::Context, picture: &Picture, textures: &mut TextureStore) -> Vec<Layer> {
    let all = std::iter::once(&picture.overview).chain(&picture.detail);
    all.map(|layer| Layer {
        texture: textures.of(ctx, layer, picture.content.shrink.1),
        x: layer.x.clone(),
        y: layer.y.clone(),
    })
    .collect()
}

fn axis_names(document: &Document, view: &ViewState) -> [String; 2] {
    match view.axes {
        Some(axes) => [axes.x, axes.y].map(|axis| document.axis_name(axis)),
        None => [String::new(), String::new()],
    }
}

fn send(
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
    pixels_per_point: f32,
    events: CanvasEvents,
) {
    if let Some(camera) = events.camera.filter(|camera| *camera != view.camera) {
        cx.act(Action::SetCamera(camera));
    }
    if let Some(Some(pixel)) = events.hover
        && view.cursor != Some(pixel)
    {
        cx.act(Action::Hover(pixel));
    }
    if let Some(drawn) = events.drawn {
        mask_tools::send(cx, drawn);
    }
    if let Some(pixel) = events.click {
        cx.act(Action::TogglePin(pixel));
    }
    if let Some(([x, y], zoom)) = events.visible {
        let visible = Visible {
            x,
            y,
            zoom: zoom * f64::from(pixels_per_point),
        };
        if document.visible() != Some(&visible) {
            cx.act(Action::SetVisible(visible));
        }
    }
}
