//! An array without dimensions: one cell, printed.

use super::{message, tools};
use crate::app::context::ViewerContext;
use crate::session::readout::cell_text;
use crate::session::{Action, Document};
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let Some(item) = document.item() else { return };
    egui::Panel::top("scalar head").show(ui, |ui| {
        ui.horizontal(|ui| tools::switch(ui, cx, document));
    });
    let feed = document.feeds().series();
    match (feed.shown(), feed.error()) {
        (_, Some(why)) => {
            if message::failure(ui, "This array cannot be read", why) {
                cx.act(Action::Retry(document.id()));
            }
        }
        (Some(series), None) => message::centred(ui, |ui| {
            ui.weak(format!("{}, 0-D array, {}", item.key, item.type_text()));
            ui.add_space(8.0);
            let masked = document.view().map(|view| view.masked).unwrap_or_default();
            let text = |cell| cell_text(cell, masked);
            let text = series.scalar.as_ref().map(text).unwrap_or_default();
            ui.label(egui::RichText::new(text).monospace().size(28.0));
        }),
        (None, None) => message::show(ui, "Reading…", "", None),
    }
}
