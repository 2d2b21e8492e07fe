//! At the right of the tabs: the switch that lets a file be changed, undo and redo, and the switch for statistics.

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::session::Document;
use crate::session::editing::EditMode;
use eframe::egui;

/// From right to left.
pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    if document.dataset().is_none() {
        return;
    }
    switch(ui, cx, document);
    ui.add_space(tokens(ui).gap);
    if document.editing().is_on() {
        steps(ui, cx, document);
    }
    statistics(ui, cx, document);
}

fn steps(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let editing = document.editing();
    step(ui, cx, Command::Redo, editing.redo_label());
    step(ui, cx, Command::Undo, editing.undo_label());
    if editing.is_busy() {
        ui.spinner();
    }
}

/// Above the panel that it opens.
fn statistics(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let command = Command::ToggleStatistics;
    let label = ui.selectable_label(document.statistics().is_open(), command.text());
    let keys = command.shortcut_text(ui.ctx());
    let tip = format!("{} ({keys})", command.tooltip());
    if label.on_hover_text(tip).clicked() {
        cx.requests.run(command);
    }
}

fn switch(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let mode = document.editing().mode();
    let mut is_on = *mode == EditMode::On;
    let text = match mode {
        EditMode::Off => "Read-only",
        EditMode::Checking => "Looking…",
        EditMode::On => "Editing",
        EditMode::Refused(_) => "Cannot be changed",
    };
    let tip = match mode {
        EditMode::Refused(why) => why.clone(),
        EditMode::On => "Changes are written at once, listed, and can be undone".to_owned(),
        _ => Command::ToggleEditing.tooltip().to_owned(),
    };
    let color = match mode {
        EditMode::On => tokens(ui).accent,
        EditMode::Refused(_) => ui.visuals().error_fg_color,
        _ => ui.visuals().text_color(),
    };
    let shortcut = Command::ToggleEditing.shortcut_text(ui.ctx());
    let tip = format!("{tip} ({shortcut})");
    ui.label(egui::RichText::new(text).color(color))
        .on_hover_text(&tip);
    let toggle = ui.checkbox(&mut is_on, "Edit").on_hover_text(&tip);
    if toggle.clicked() {
        cx.requests.run(Command::ToggleEditing);
    }
}

fn step(ui: &mut egui::Ui, cx: &ViewerContext<'_>, command: Command, label: Option<&str>) {
    let button = egui::Button::new(command.text());
    let response = ui.add_enabled(label.is_some(), button);
    let shortcut = command.shortcut_text(ui.ctx());
    let tip = match label {
        Some(label) => format!("{}: {label} ({shortcut})", command.text()),
        None => format!("There is nothing to {}", command.text().to_lowercase()),
    };
    if response
        .on_hover_text(&tip)
        .on_disabled_hover_text(&tip)
        .clicked()
    {
        cx.requests.run(command);
    }
}
