//! The whole value as a Python literal.

use eframe::egui;
use egui::Ui;

use super::field::{Lines, text_edit};
use super::{Cx, error_line};
use crate::pickle::draft::{DraftEdit, NewValue, ValueDraft};
use crate::pickle::{LiteralError, parse_literal};

/// A longer text is checked only when asked for.
const LIVE: usize = 200_000;
/// A longer text is not put into a field.
const TOO_LONG: usize = 2_000_000;

/// The text while it is edited.
#[derive(Debug, Default)]
pub(super) struct LiteralState {
    /// Of the draft that the text is of.
    revision: Option<u64>,
    text: String,
    is_changed: bool,
    /// What the text says; `None` where it was not checked yet.
    checked: Option<Result<NewValue, LiteralError>>,
    wants_long: bool,
}

impl LiteralState {
    /// Whether the text was changed and the draft does not have it.
    pub(super) fn is_pending(&self, draft: &ValueDraft) -> bool {
        self.is_changed && self.revision == Some(draft.revision())
    }

    fn check(&mut self) {
        self.checked = Some(parse_literal(&self.text).map(NewValue::from));
    }

    /// Takes the text of the draft, if that is another one now. `false` where it is too long.
    fn load(&mut self, draft: &ValueDraft) -> bool {
        let revision = Some(draft.revision());
        let limit = if self.wants_long { TOO_LONG } else { LIVE };
        if self.revision != revision {
            let value = draft.value();
            self.text = value.node_literal(value.root(), limit);
            (self.revision, self.is_changed, self.checked) = (revision, false, None);
            if self.text.len() <= LIVE {
                self.check();
            }
        }
        self.is_changed || self.text.len() <= limit
    }
}

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut LiteralState) {
    if !state.load(cx.draft) {
        too_long(ui, state);
        return;
    }
    let mut is_taken = cx.is_applied && state.is_changed;
    egui::Panel::bottom("literal check").show(ui, |ui| {
        ui.horizontal(|ui| {
            let is_good = matches!(state.checked, Some(Ok(_)));
            let button = egui::Button::new("Replace the value");
            is_taken |= ui
                .add_enabled(is_good && state.is_changed, button)
                .on_hover_text("The value becomes what the text says")
                .clicked();
            if ui
                .add_enabled(state.is_changed, egui::Button::new("Discard the text"))
                .clicked()
            {
                state.is_changed = false;
                state.revision = None;
            }
            if state.checked.is_none() && ui.button("Check").clicked() {
                state.check();
            }
        });
        // Always one line, so that the buttons stay where they are while the text is typed.
        match &state.checked {
            Some(Err(err)) => error_line(ui, &err.to_string()),
            Some(Ok(_)) if state.is_changed => {
                ui.weak("Valid literal");
            }
            Some(Ok(_)) => {
                ui.weak("");
            }
            None => {
                ui.weak("A text of this length is checked when asked for.");
            }
        }
    });
    egui::CentralPanel::default().show(ui, |ui| {
        let id = cx.id.with("literal");
        if text_edit(ui, &mut state.text, id, "Python literal text", Lines::Many).changed() {
            state.is_changed = true;
            state.checked = None;
            if state.text.len() <= LIVE {
                state.check();
            }
        }
    });
    let has_error = state.is_changed && matches!(state.checked, Some(Err(_)));
    cx.events.has_error |= has_error;
    if is_taken && let Some(Ok(value)) = state.checked.clone() {
        let path = Vec::new();
        cx.emit(DraftEdit::Set { path, value });
        state.is_changed = false;
    }
}

fn too_long(ui: &mut Ui, state: &mut LiteralState) {
    if state.wants_long {
        ui.label(
            "The literal has more than 2 MB, which is too long for a text field. Edit parts of the \
             value in the tree.",
        );
        return;
    }
    ui.label("The literal has more than 200 kB; typing may be slow.");
    if ui.button("Edit as text").clicked() {
        state.wants_long = true;
        state.revision = None;
    }
}
