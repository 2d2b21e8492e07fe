//! The spectrum plot below the picture, and the list of pins beside it; a mean spectrum, if one was asked for.

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::theme::{Tokens, pin_color, tokens};
use crate::app::widgets::{self, Curve, Icon, SpectrumPlot, icon_button, spectrum_plot};
use crate::dataset::Wavelengths;
use crate::render::MaskedCells;
use crate::session;
use crate::session::readout::{band_name, pixel_name};
use crate::session::spectrum::Probe;
use crate::session::statistics::{MeanOf, StatisticsAction};
use crate::session::view::{Mode, Pin, ViewState};
use crate::session::{Action, Document};
use eframe::egui;

const PINS_WIDTH: f32 = 170.0;

pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
) {
    let has_mean = document.feeds().mean().wanted().is_some();
    if !view.pins.is_empty() || has_mean {
        egui::Panel::right("pins")
            .resizable(false)
            .exact_size(PINS_WIDTH)
            .show(ui, |ui| side(ui, cx, document, view));
    }
    // The last tick label stands half beyond the end of its axis.
    let mut frame = egui::Frame::central_panel(ui.style());
    frame.inner_margin.right = 22;
    egui::CentralPanel::default()
        .frame(frame)
        .show(ui, |ui| plot(ui, cx, document, view));
}

/// `Wavelength (nm)`, or what the axis is without wavelengths.
pub(super) fn x_label(document: &Document, otherwise: &str) -> String {
    document
        .wavelengths()
        .map_or_else(|| otherwise.to_owned(), Wavelengths::title)
}

fn plot(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    let tokens = tokens(ui);
    let names: Vec<String> = view
        .pins
        .iter()
        .map(|pin| pin_name(document, view, pin))
        .collect();
    let mean_name = mean_name(document);
    let mut curves = curves(document, view, &tokens, &names);
    curves.extend(mean_curve(document, &tokens, &mean_name));
    let labels: Vec<String> = view
        .shown_bands()
        .iter()
        .map(|band| band_name(document, *band))
        .collect();
    let markers = markers(document, view, &tokens, &labels);
    let key = document.value_name();
    let x_label = x_label(document, &axis_title(document, view));
    let events = spectrum_plot(
        ui,
        &SpectrumPlot {
            curves: &curves,
            x_label: &x_label,
            y_label: &key,
            markers: &markers,
            empty_hint: if document.feeds().cursor().shown().is_some() {
                "This pixel has no values: all of its bands are masked or not finite"
            } else {
                "Move over the picture to see spectra"
            },
            id: "spectrum",
        },
    );
    if let Some((marker, x)) = events.marker_moved {
        let band = band_at(document, x);
        if view.shown_bands().get(marker) != Some(&band) {
            cx.act(match view.mode {
                Mode::Single => Action::SetBand(band),
                Mode::Composite => Action::SetRgbBand(marker, band),
                Mode::Mean => Action::SetMeanBand(marker, band),
            });
        }
    }
}

/// The name of the spectrum axis where it has no wavelengths.
fn axis_title(document: &Document, view: &ViewState) -> String {
    match view.axes.and_then(|axes| axes.band) {
        Some(axis) => match document.axis_name(axis) {
            name if name == "band" => "Band".to_owned(),
            name => name,
        },
        None => String::new(),
    }
}

fn pin_name(document: &Document, view: &ViewState, pin: &Pin) -> String {
    pixel_name(document, view, [pin.col, pin.row])
}

/// `Mean of the visible part`, and how far it is.
fn mean_name(document: &Document) -> String {
    let feed = document.feeds().mean();
    let of = match feed.wanted().map(|spec| spec.of) {
        Some(MeanOf::Visible) => "Mean of the visible part",
        _ => "Mean of the picture",
    };
    match feed.shown() {
        Some(_) if feed.is_current() => of.to_owned(),
        Some(mean) if feed.shown_whole().is_none() => {
            format!("{of}, so far {:.0} %", 100.0 * mean.share)
        }
        _ => format!("{of}, not final"),
    }
}

fn mean_curve<'a>(document: &'a Document, tokens: &Tokens, name: &'a str) -> Option<Curve<'a>> {
    let mean = document.feeds().mean().shown()?;
    Some(Curve {
        name,
        color: tokens.mean_curve,
        points: &mean.points,
        sigma: None,
        masked: &[],
    })
}

/// Values under the mask, where masked cells are to be seen.
pub(super) fn masked_points<'a>(
    document: &Document,
    curve: &'a session::spectrum::Curve,
) -> &'a [[f64; 2]] {
    match document.view().map(|view| view.masked).unwrap_or_default() {
        MaskedCells::Hidden => &[],
        MaskedCells::Tinted | MaskedCells::Shown => &curve.masked,
    }
}

fn curves<'a>(
    document: &'a Document,
    view: &ViewState,
    tokens: &Tokens,
    names: &'a [String],
) -> Vec<Curve<'a>> {
    let curve = |probe: &'a Probe, name: &'a str, color| {
        let spectrum = probe.spectrum.as_ref()?;
        Some(Curve {
            name,
            color,
            points: &spectrum.points,
            sigma: spectrum.sigma.as_deref(),
            masked: masked_points(document, spectrum),
        })
    };
    let feeds = document.feeds();
    let pinned = feeds.pins().shown().map_or(&[][..], Vec::as_slice);
    let mut curves = Vec::new();
    for (pin, name) in view.pins.iter().zip(names) {
        // By pixel: the result may be of a moment ago, when there were others.
        let probe = pinned
            .iter()
            .find(|probe| probe.pixel == [pin.col, pin.row]);
        curves.extend(probe.and_then(|probe| curve(probe, name, pin_color(tokens, pin.color))));
    }
    let cursor = feeds.cursor().shown().and_then(|probes| probes.first());
    curves.extend(cursor.and_then(|probe| curve(probe, "Pointer", tokens.live_curve)));
    curves
}

fn markers<'a>(
    document: &Document,
    view: &ViewState,
    tokens: &Tokens,
    labels: &'a [String],
) -> Vec<(f64, egui::Color32, &'a str)> {
    let wavelengths = document.wavelengths();
    let x = |band: usize| match wavelengths {
        Some(wavelengths) => wavelengths.of(band).unwrap_or(f64::NAN),
        None => band as f64,
    };
    let color = |number: usize| match view.mode {
        Mode::Single | Mode::Mean => tokens.accent,
        Mode::Composite => tokens
            .channels
            .get(number)
            .copied()
            .unwrap_or(tokens.accent),
    };
    let bands = view.shown_bands().iter().zip(labels).enumerate();
    bands
        .map(|(number, (band, label))| (x(*band), color(number), label.as_str()))
        .collect()
}

fn band_at(document: &Document, x: f64) -> usize {
    match document.wavelengths() {
        Some(wavelengths) => wavelengths.nearest(x),
        None => (x.round().max(0.0) as usize).min(document.band_count().saturating_sub(1)),
    }
}

/// What each curve is, where there are several: so nothing has to cover the plot.
fn side(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    ui.horizontal(|ui| {
        dot(ui, tokens(ui).live_curve);
        ui.label("Pointer");
    });
    if document.feeds().mean().wanted().is_some() {
        mean(ui, cx, document);
    }
    if !view.pins.is_empty() {
        pins(ui, cx, document, view);
    }
}

fn mean(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let tokens = tokens(ui);
    ui.strong("Mean spectrum");
    ui.horizontal(|ui| {
        dot(ui, tokens.mean_curve);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Remove mean spectrum").clicked() {
                let off = StatisticsAction::SetMean(MeanOf::Off);
                cx.act(Action::Statistics(off));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let feed = document.feeds().mean();
                let (text, color) = match (feed.error(), feed.shown()) {
                    (Some(why), _) if feed.is_cancelled() => {
                        (why.to_owned(), ui.visuals().weak_text_color())
                    }
                    (Some(why), _) => (why.to_owned(), ui.visuals().error_fg_color),
                    (None, _) if feed.is_current() => ("Exact".to_owned(), tokens.added),
                    (None, Some(mean)) if feed.shown_whole().is_none() => {
                        let percent = 100.0 * mean.share;
                        (format!("So far {percent:.0} %"), tokens.warning)
                    }
                    (None, _) => ("Not final".to_owned(), tokens.warning),
                };
                let label = egui::Label::new(egui::RichText::new(text).color(color));
                ui.add(label.truncate()).on_hover_text(mean_name(document));
            });
        });
    });
}

fn dot(ui: &mut egui::Ui, color: egui::Color32) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(12.0, 12.0), egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 5.0, color);
}

fn pins(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        ui.strong("Pins");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let clear = Command::ClearPins;
            if ui
                .small_button(clear.text())
                .on_hover_text(clear.tooltip())
                .clicked()
            {
                cx.requests.run(clear);
            }
        });
    });
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            for pin in &view.pins {
                ui.horizontal(|ui| {
                    dot(ui, pin_color(&tokens, pin.color));
                    let name = pin_name(document, view, pin);
                    ui.label(&name);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if icon_button(ui, Icon::Close, &format!("Remove pin {name}")).clicked() {
                            cx.act(Action::TogglePin([pin.col, pin.row]));
                        }
                    });
                });
            }
        });
}

/// Markers of the pins on the picture.
pub(super) fn canvas_markers(
    document: &Document,
    view: &ViewState,
    tokens: &Tokens,
) -> Vec<widgets::Marker> {
    view.pins
        .iter()
        .map(|pin| widgets::Marker {
            xy: [pin.col, pin.row],
            color: pin_color(tokens, pin.color),
            label: pin_name(document, view, pin),
        })
        .collect()
}
