//! The strip above the picture (mode, axes, zoom, colours) and the bars below it (bands, other axes).

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::spoken::with_value;
use crate::app::widgets::{BandBar, ScaleEditor, band_bar, index_slider, scale_editor};
use crate::dataset::AxisRoles;
use crate::session::document::Face;
use crate::session::readout::band_name;
use crate::session::view::{AxisRole, Mode, ViewState};
use crate::session::{Action, Document};
use eframe::egui;

/// From this width on all about colours fits into one line.
const ONE_LINE_WIDTH: f32 = 1180.0;

/// Narrower sliders of three bands beside each other would have no room.
const BAND_COLUMN_WIDTH: f32 = 250.0;
/// A name and its list stay beside each other.
const AXIS_WIDTH: f32 = 160.0;
/// For `199 (1234.56 nm)`.
const BAND_NAME_WIDTH: f32 = 110.0;

/// Above the picture.
pub(super) fn strip(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
) {
    ui.add_space(3.0);
    ui.spacing_mut().item_spacing.y = 5.0;
    ui.horizontal_wrapped(|ui| {
        switch(ui, cx, document);
        if document.band_count() > 1 {
            mode(ui, cx, view);
            ui.separator();
        }
        mask_switch(ui, cx, document);
        ui.separator();
        for command in [Command::FitPicture, Command::ActualSize] {
            if ui
                .button(command.text())
                .on_hover_text(command.tooltip())
                .clicked()
            {
                cx.requests.run(command);
            }
        }
        ui.separator();
        if let Some(current) = view.axes {
            axes(ui, cx, document, current);
        }
    });
    let height = ui.spacing().interact_size.y;
    let lines = if ui.available_width() < ONE_LINE_WIDTH {
        2.0
    } else {
        1.0
    };
    let top = ui.cursor().top();
    scale(ui, cx, document, view);
    // Another band has limits of other lengths: the picture below must not jump because of them.
    let missing = lines * (height + ui.spacing().item_spacing.y) - (ui.cursor().top() - top);
    ui.add_space(missing.max(0.0) + 2.0);
}

/// Picture, curve or value, or the cells as a table.
pub(super) fn switch(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let (text, name) = match document.own_face() {
        Some(Face::Picture) => ("Picture", "Show as picture"),
        Some(Face::Curve) => ("Curve", "Show as curve"),
        Some(Face::Scalar) => ("Value", "Show as value"),
        _ => return,
    };
    let is_table = document.face() == Some(Face::Table);
    for (to_table, text, name) in [(false, text, name), (true, "Table", "Show as table")] {
        let tip = format!("{name} ({})", Command::ToggleTable.shortcut_text(ui.ctx()));
        let label = ui.selectable_label(is_table == to_table, text);
        if label.accessible_name(name).on_hover_text(tip).clicked() && is_table != to_table {
            cx.requests.run(Command::ToggleTable);
        }
    }
    ui.separator();
}

/// The row of tools for the mask.
fn mask_switch(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let command = Command::ToggleMaskTools;
    let is_open = document.mask_tools().is_open;
    let tip = format!(
        "{} ({})",
        command.tooltip(),
        command.shortcut_text(ui.ctx())
    );
    let label = ui
        .selectable_label(is_open, "Mask")
        .accessible_name(command.text());
    if label.on_hover_text(tip).clicked() {
        cx.requests.run(command);
    }
}

fn mode(ui: &mut egui::Ui, cx: &ViewerContext<'_>, view: &ViewState) {
    for (mode, text, tip) in [
        (Mode::Single, "Single band", "One band through a colormap"),
        (Mode::Composite, "RGB", "Three bands as red, green and blue"),
        (
            Mode::Mean,
            "Mean",
            "The mean of a range of bands through a colormap; cells that are masked or not finite do not count",
        ),
    ] {
        if ui
            .selectable_label(view.mode == mode, text)
            .on_hover_text(tip)
            .clicked()
        {
            cx.act(Action::SetMode(mode));
        }
    }
}

pub(super) fn axes(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    axes: AxisRoles,
) {
    let shape = document.shape();
    let mut roles = vec![
        (AxisRole::Rows, "Rows axis", axes.y),
        (AxisRole::Columns, "Columns axis", axes.x),
    ];
    roles.extend(
        axes.band
            .map(|band| (AxisRole::Spectrum, "Spectrum axis", band)),
    );
    for (role, label, chosen) in roles {
        if ui.available_size_before_wrap().x < AXIS_WIDTH {
            ui.end_row();
        }
        // Together, so that both are in the middle of a line that begins with them.
        ui.horizontal(|ui| {
            ui.label(short(label));
            let combo = egui::ComboBox::from_id_salt(label)
                .selected_text(axis_name(shape, chosen))
                .width(76.0);
            let response = combo.show_ui(ui, |ui| {
                for axis in 0..shape.len() {
                    if ui
                        .selectable_label(axis == chosen, axis_name(shape, axis))
                        .clicked()
                    {
                        cx.act(Action::SetAxis(role, axis));
                    }
                }
            });
            with_value(response.response, axis_name(shape, chosen))
                .accessible_name(label)
                .on_hover_text(format!("Array axis shown as {label}"));
        });
    }
}

fn short(label: &str) -> &str {
    label.strip_suffix(" axis").unwrap_or(label)
}

/// `0 (80)`: number and length.
fn axis_name(shape: &[u64], axis: usize) -> String {
    format!("{axis} ({})", shape.get(axis).copied().unwrap_or(0))
}

pub(super) fn scale(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
) {
    let picture = document.feeds().picture().shown();
    let used: Vec<Option<(f64, f64)>> = picture
        .map(|picture| {
            picture
                .limits
                .iter()
                .map(|limits| limits.map(|limits| (limits.lo, limits.hi)))
                .collect()
        })
        .unwrap_or_default();
    let note = picture
        .map(crate::session::picture::Picture::limits_note)
        .unwrap_or_default();
    let mut used_note = if note == "exact" { "" } else { &note }.to_owned();
    if document.shows_magnitude() {
        let gap = if used_note.is_empty() { "" } else { ", " };
        used_note = format!("magnitude of complex numbers{gap}{used_note}");
    }
    let editor = ScaleEditor {
        stretch: view.stretch,
        is_by_channel: view.stretches().iter().any(|own| *own != view.stretch),
        scale: view.scale,
        colormap: (view.shown_mode() != Mode::Composite).then_some(view.colormap),
        used: &used,
        used_note: &used_note,
        used_tip: &note,
    };
    let wrap = ui.style().wrap_mode;
    // A number goes to the next line as a whole.
    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
    let events = scale_editor(ui, &editor);
    ui.style_mut().wrap_mode = wrap;
    if let Some(stretch) = events.stretch {
        cx.act(Action::SetStretch(stretch));
    }
    if let Some((channel, stretch)) = events.channel_stretch {
        cx.act(Action::SetChannelStretch(channel, stretch));
    }
    if let Some(scale) = events.scale {
        cx.act(Action::SetScale(scale));
    }
    if let Some(colormap) = events.colormap {
        cx.act(Action::SetColormap(colormap));
    }
}

/// Whether there is anything to choose below the picture.
pub(super) fn has_bars(document: &Document, view: &ViewState) -> bool {
    document.band_count() > 1
        || document
            .shape()
            .iter()
            .enumerate()
            .any(|(axis, len)| *len > 1 && !has_role(view, axis))
}

/// Below the picture.
pub(super) fn bars(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
) {
    ui.add_space(3.0);
    let count = document.band_count();
    // A table that cannot be anything else shows a single band, too.
    let mode = if document.face() == Some(Face::Table) {
        Mode::Single
    } else {
        view.mode
    };
    match mode {
        // A single band leaves no choice.
        _ if count < 2 => {}
        Mode::Single => {
            let bar = BandBar {
                band: view.band,
                count,
                wavelengths: document.wavelengths(),
            };
            if let Some(band) = band_bar(ui, &bar) {
                cx.act(Action::SetBand(band));
            }
        }
        Mode::Composite => {
            let labels = ["Red band", "Green band", "Blue band"];
            if let Some((channel, band)) = bars_beside(ui, document, labels, view.rgb) {
                cx.act(Action::SetRgbBand(channel, band));
            }
        }
        Mode::Mean => {
            let labels = ["First band", "Last band"];
            if let Some((end, band)) = bars_beside(ui, document, labels, view.mean) {
                cx.act(Action::SetMeanBand(end, band));
            }
        }
    }
    if let Some(why) = document.unused_wavelengths() {
        let text = egui::RichText::new(&why).color(tokens(ui).weak_text);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(why);
    }
    index_sliders(ui, cx, document, view);
    ui.add_space(2.0);
}

/// One for each axis without a role. Many of them scroll: the picture keeps its place.
fn index_sliders(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    egui::ScrollArea::vertical()
        .id_salt("axes")
        .max_height(4.0 * (ui.spacing().interact_size.y + ui.spacing().item_spacing.y))
        .show(ui, |ui| {
            for (axis, len) in document.shape().iter().enumerate() {
                // An axis of one leaves no choice.
                if has_role(view, axis) || *len < 2 {
                    continue;
                }
                let len = usize::try_from(*len).unwrap_or(usize::MAX);
                let index = view.index.get(axis).copied().unwrap_or(0);
                if let Some(index) = index_slider(ui, &slider_name(document, axis), index, len) {
                    cx.act(Action::SetIndex(axis, index));
                }
            }
        });
}

fn slider_name(document: &Document, axis: usize) -> String {
    let name = document.axis_name(axis);
    match name.strip_prefix("axis ") {
        Some(number) => format!("Axis {number}"),
        // The band slider is another one.
        None if name == "band" => "Band index".to_owned(),
        None => name,
    }
}

fn has_role(view: &ViewState, axis: usize) -> bool {
    view.axes
        .is_some_and(|axes| axes.y == axis || axes.x == axis || axes.band == Some(axis))
}

/// A slider for each of a few bands, beside each other where there is room; which one was moved, and where to.
fn bars_beside<const N: usize>(
    ui: &mut egui::Ui,
    document: &Document,
    labels: [&str; N],
    bands: [usize; N],
) -> Option<(usize, usize)> {
    let count = document.band_count();
    let has_names = document.wavelengths().is_some();
    let mut moved = None;
    if ui.available_width() < N as f32 * BAND_COLUMN_WIDTH {
        for (number, (label, band)) in labels.into_iter().zip(bands).enumerate() {
            ui.horizontal(|ui| {
                let mut width = ui.available_width();
                if has_names {
                    width -= BAND_NAME_WIDTH;
                }
                let size = egui::vec2(width.max(1.0), ui.spacing().interact_size.y);
                let layout = egui::Layout::left_to_right(egui::Align::Center);
                ui.allocate_ui_with_layout(size, layout, |ui| {
                    if let Some(band) = index_slider(ui, label, band, count) {
                        moved = Some((number, band));
                    }
                });
                if has_names {
                    ui.weak(band_name(document, band));
                }
            });
        }
        return moved;
    }
    ui.columns(N, |columns| {
        let shown = columns.iter_mut().zip(labels).zip(bands).enumerate();
        for (number, ((ui, label), band)) in shown {
            if let Some(band) = index_slider(ui, label, band, count) {
                moved = Some((number, band));
            }
            if has_names {
                ui.weak(band_name(document, band));
            }
        }
    });
    moved
}
