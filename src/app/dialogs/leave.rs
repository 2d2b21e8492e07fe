//! Going elsewhere while a value is being edited: what is to become of it.

use super::heading;
use crate::app::context::{Request, ViewerContext};
use crate::session::{Action, Document, editing::Leave};
use eframe::egui;

/// Asks, if a document waits for an answer.
pub(super) fn show(ctx: &egui::Context, cx: &ViewerContext<'_>) {
    let mut documents = cx.session.documents().iter();
    let Some(document) = documents.find(|document| document.leaving().is_some()) else {
        return;
    };
    let modal = egui::Modal::new(egui::Id::unique("leave dialog")).show(ctx, |ui| {
        ui.set_width(420.0);
        heading(ui, "Unsaved changes");
        let edit = document.value_edit();
        let key = edit.map_or("", |edit| edit.key());
        ui.label(format!("{key} in {}", document.name()));
        ui.add_space(8.0);
        let can_apply = edit.is_some_and(|edit| edit.can_apply());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let apply = ui.add_enabled(can_apply, egui::Button::new("Apply and continue"));
            let why = "A field is not finished, or the file changed: stay and look";
            if apply.on_disabled_hover_text(why).clicked() {
                cx.act(Action::Leave(Leave::Apply));
            }
            if ui.button("Discard and continue").clicked() {
                cx.act(Action::Leave(Leave::Discard));
            }
            if ui.button("Stay").clicked() {
                cx.act(Action::Leave(Leave::Stay));
            }
        });
    });
    if modal.should_close() {
        cx.act(Action::Leave(Leave::Stay));
    }
}

/// Asks before the program ends. Returns whether it is done.
pub(super) fn quit(ui: &mut egui::Ui, cx: &ViewerContext<'_>) -> bool {
    heading(ui, "Quit without applying changes?");
    let unsaved = cx.session.documents().iter();
    for document in unsaved.filter(|document| document.has_unsaved()) {
        let key = document.value_edit().map_or("", |edit| edit.key());
        ui.label(format!("{key} in {}", Document::name(document)));
    }
    ui.add_space(8.0);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if ui.button("Discard and quit").clicked() {
            cx.requests.push(Request::QuitNow);
            return true;
        }
        ui.button("Stay").clicked()
    })
    .inner
}
