//! Another name for a key, or a copy of it under another name.

use super::heading;
use crate::app::context::ViewerContext;
use crate::app::widgets::{field_id, line};
use crate::session::Action;
use crate::session::editing::{Change, KeyCheck, check_key};
use eframe::egui;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Rename,
    Duplicate,
}

pub(super) struct KeyName {
    purpose: Purpose,
    key: String,
    text: String,
    has_focus: bool,
}

impl KeyName {
    pub(super) fn new(purpose: Purpose, key: String, text: String) -> Self {
        Self {
            purpose,
            key,
            text,
            has_focus: false,
        }
    }
}

/// Returns whether it is done.
pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, state: &mut KeyName) -> bool {
    let (title, button) = match state.purpose {
        Purpose::Rename => ("Rename key", "Rename"),
        Purpose::Duplicate => ("Duplicate key", "Duplicate"),
    };
    heading(ui, title);
    ui.add(egui::Label::new(format!("Key: {}", state.key)).truncate());
    let check = key_field(ui, cx, "New name", &mut state.text, &mut state.has_focus);
    let is_long = state.purpose == Purpose::Duplicate || state.text.len() != state.key.len();
    let text = if is_long {
        "The value is copied within the file: a large array takes time and as much space again"
    } else {
        "Of equal length: this is done in place, at once"
    };
    // Of one line always: the buttons stay where they are while the name is typed.
    ui.add(egui::Label::new(egui::RichText::new(text).weak()).truncate());
    let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
    let end = super::buttons(ui, button, check.is_allowed(), enter);
    if end == Some(true) {
        let (key, to) = (state.key.clone(), state.text.clone());
        cx.act(Action::Change(match state.purpose {
            Purpose::Rename => Change::Rename { key, to },
            Purpose::Duplicate => Change::Duplicate { key, to },
        }));
    }
    end.is_some()
}

/// A field for the key of a new entry, with what is to be said about it.
pub(super) fn key_field(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    label: &str,
    text: &mut String,
    has_focus: &mut bool,
) -> KeyCheck {
    let id = field_id(ui, label);
    let label = ui.label(label);
    let field = line(text, id).desired_width(f32::INFINITY);
    let response = ui.add(field).labelled_by(label.id);
    // Enter takes it away, also where the name will not do.
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if !*has_focus || is_entered {
        *has_focus = true;
        response.request_focus();
    }
    let dataset = cx
        .session
        .active_document()
        .and_then(|document| document.dataset());
    let check = dataset.map_or(KeyCheck::Bad("The file is not open"), |dataset| {
        check_key(dataset, text, None)
    });
    let color = if check.is_allowed() {
        ui.visuals().warn_fg_color
    } else {
        ui.visuals().error_fg_color
    };
    // Holds the height of the line.
    ui.colored_label(color, check.text().unwrap_or(""));
    check
}
