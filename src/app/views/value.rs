//! A value that is no array: its type and size, and its tree.

use super::message;
use crate::app::context::ViewerContext;
use crate::app::widgets::value_tree;
use crate::session::{Action, Document};
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let Some(item) = document.item() else { return };
    egui::Panel::top("value head").show(ui, |ui| {
        ui.add_space(2.0);
        ui.horizontal_wrapped(|ui| {
            ui.heading(&item.key);
            ui.weak(item.type_text());
            ui.weak(item.size_text());
        });
        ui.add_space(2.0);
    });
    let feed = document.feeds().value();
    match (feed.shown(), feed.error()) {
        (_, Some(why)) => {
            if message::show_with_button(ui, "This value cannot be shown", why, "Try again") {
                cx.act(Action::Retry(document.id()));
            }
        }
        (Some(value), None) => {
            egui::CentralPanel::default().show(ui, |ui| value_tree(ui, &item.key, value));
        }
        (None, None) => message::show(ui, "Reading…", "", None),
    }
}
