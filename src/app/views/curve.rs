//! An array of one dimension: a plot.

use super::{message, spectrum, tools};
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{Curve, SpectrumPlot, spectrum_plot};
use crate::session::{Action, Document};
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let Some(item) = document.item() else { return };
    let feed = document.feeds().series();
    if let Some(why) = feed.error() {
        if message::failure(ui, "This array cannot be read", why) {
            cx.act(Action::Retry(document.id()));
        }
        return;
    }
    let curve = feed.shown().and_then(|series| series.curve.as_ref());
    egui::Panel::top("curve head").show(ui, |ui| {
        ui.add_space(2.0);
        ui.horizontal_wrapped(|ui| {
            tools::switch(ui, cx, document);
            ui.heading(&item.key);
            ui.weak(item.type_text());
            ui.weak(item.size_text());
            if let Some(step) = curve.map(|curve| curve.step).filter(|step| *step > 1) {
                ui.weak(format!("every {step}th value is drawn"));
            }
        });
        ui.add_space(2.0);
    });
    let color = tokens(ui).live_curve;
    let curves: Vec<Curve<'_>> = curve
        .map(|curve| Curve {
            name: &item.key,
            color,
            points: &curve.points,
            sigma: curve.sigma.as_deref(),
            masked: spectrum::masked_points(document, curve),
        })
        .into_iter()
        .collect();
    let x_label = spectrum::x_label(document, "Index");
    egui::CentralPanel::default().show(ui, |ui| {
        spectrum_plot(
            ui,
            &SpectrumPlot {
                curves: &curves,
                x_label: &x_label,
                y_label: &document.value_name(),
                markers: &[],
                empty_hint: "Reading…",
                id: "curve",
            },
        );
    });
}
