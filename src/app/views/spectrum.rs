//! The spectrum plot below the picture, and the list of pins beside it.

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::theme::{Tokens, pin_color, tokens};
use crate::app::widgets::{self, Curve, Icon, SpectrumPlot, icon_button, spectrum_plot};
use crate::session::readout::band_name;
use crate::session::spectrum::Probe;
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
    if !view.pins.is_empty() {
        egui::Panel::right("pins")
            .resizable(false)
            .exact_size(PINS_WIDTH)
            .show(ui, |ui| pins(ui, cx, document, view));
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
    document.wavelengths().map_or_else(
        || otherwise.to_owned(),
        |found| format!("Wavelength ({})", found.unit()),
    )
}

fn plot(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    let tokens = tokens(ui);
    let names: Vec<String> = view
        .pins
        .iter()
        .map(|pin| pin_name(document, view, pin))
        .collect();
    let curves = curves(document, view, &tokens, &names);
    let labels: Vec<String> = view
        .shown_bands()
        .iter()
        .map(|band| band_name(document, *band))
        .collect();
    let markers = markers(document, view, &tokens, &labels);
    let key = document
        .list()
        .selected()
        .map(ToString::to_string)
        .unwrap_or_default();
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

/// `y 12, x 30`, by what the axes of the picture are.
fn pin_name(document: &Document, view: &ViewState, pin: &Pin) -> String {
    let name = |axis: Option<usize>| axis.map_or_else(String::new, |axis| document.axis_name(axis));
    let (y, x) = (
        name(view.axes.map(|axes| axes.y)),
        name(view.axes.map(|axes| axes.x)),
    );
    format!("{y} {}, {x} {}", pin.row, pin.col)
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
        Some(wavelengths) => wavelengths.values().get(band).copied().unwrap_or(f64::NAN),
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
                    let (rect, _) =
                        ui.allocate_exact_size(egui::vec2(12.0, 12.0), egui::Sense::hover());
                    ui.painter()
                        .circle_filled(rect.center(), 5.0, pin_color(&tokens, pin.color));
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
