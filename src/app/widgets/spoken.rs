//! What screen readers are told besides what the toolkit tells them.

use eframe::egui;

/// A list that opens, with what is chosen in it told to screen readers.
pub fn with_value(response: egui::Response, value: impl Into<String>) -> egui::Response {
    let value = value.into();
    response
        .ctx
        .accesskit_node_builder(response.id, |builder| builder.set_value(value));
    response
}

/// What a painted widget shows, in a sentence.
pub fn described(response: &egui::Response, text: impl Into<String>) {
    let text = text.into();
    response
        .ctx
        .accesskit_node_builder(response.id, |builder| builder.set_description(text));
}

/// A part of the window that is a dialog, and what it is called.
pub fn dialog(ui: &egui::Ui, name: &str) {
    ui.ctx().accesskit_node_builder(ui.unique_id(), |builder| {
        builder.set_role(egui::Role::Dialog);
        builder.set_label(name);
    });
}
