//! A text field for one value: what is typed is checked while it is typed.

use std::sync::Arc;

use eframe::egui;
use egui::text::LayoutJob;
use egui::{Galley, Id, TextBuffer, Ui};

use super::{Cx, error_text};
use crate::app::theme::tokens;
use crate::app::widgets::{keyboard, text_field};
use crate::pickle::draft::{DraftEdit, NewValue, Path};

/// Room below a field of many lines.
const BELOW: f32 = 44.0;
/// A field of many lines is not lower.
const MIN_HEIGHT: f32 = 60.0;

/// The text of the field of the selected place.
#[derive(Debug, Default)]
pub(super) struct Field {
    /// Place and way of writing that the text is of.
    key: Option<(Path, &'static str)>,
    /// Of the draft that the text is of.
    revision: u64,
    /// What was typed was returned as an edit in the last frame.
    is_sent: bool,
    /// The edit continues one of the same typing.
    goes_on: bool,
    pub(super) text: String,
    error: Option<String>,
}

impl Field {
    /// Whether it tells this of its text.
    pub(super) fn says(&self, why: &str) -> bool {
        self.error.as_deref() == Some(why)
    }

    /// Puts the text of the draft into the field, unless it is what the user is typing.
    fn load(
        &mut self,
        (ctx, id): (&egui::Context, Id),
        cx: &Cx<'_>,
        key: (Path, &'static str),
        current: impl FnOnce() -> String,
    ) {
        let revision = cx.draft.revision();
        let is_same = self.key.as_ref() == Some(&key);
        let is_own_change =
            self.is_sent && revision != self.revision && cx.draft.had_revision(self.revision);
        if !is_same || (revision != self.revision && !is_own_change) {
            let text = current();
            if text != self.text || !is_same {
                // Nobody typed it, so nobody takes it back by undo of the field.
                text_field::forget_history(ctx, id);
            }
            self.text = text;
            self.error = None;
            self.goes_on = false;
        } else if self.is_sent && revision == self.revision {
            // What was typed is a value, but not one that can stand there.
            self.error = cx.refused.map(str::to_owned);
            self.goes_on = false;
        }
        self.key = Some(key);
        self.revision = revision;
        self.is_sent = false;
    }
}

/// How a field is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    One,
    /// Lines are not broken; they can be scrolled.
    Many,
}

/// The field of a place: returns edits while the text is a value, and an error beside it while it is not.
///
/// `way` names how the value is written as text, since there may be several.
pub(super) fn value_field(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    field: &mut Field,
    (path, way, lines): (&Path, &'static str, Lines),
    current: impl FnOnce() -> String,
    parse: impl FnOnce(&str) -> Result<NewValue, String>,
) {
    let id = cx.id.with(("value", path, way));
    field.load((ui.ctx(), id), cx, (path.clone(), way), current);
    let response = text_edit(ui, &mut field.text, id, "Value", lines);
    if keyboard::take(ui.ctx()) {
        response.request_focus();
    }
    if response.gained_focus() || response.lost_focus() {
        field.goes_on = false;
    }
    if response.changed() {
        match parse(&field.text) {
            Ok(value) => {
                field.error = None;
                let path = path.clone();
                cx.emit(match field.goes_on {
                    true => DraftEdit::Amend { path, value },
                    false => DraftEdit::Set { path, value },
                });
                (field.goes_on, field.is_sent) = (true, true);
            }
            Err(why) => field.error = Some(why),
        }
    }
    if let Some(why) = &field.error {
        error_text(ui, why);
        cx.events.has_error = true;
    }
}

/// A text field with an accessible name; one of many lines does not break them.
pub(super) fn text_edit(
    ui: &mut Ui,
    text: &mut String,
    id: Id,
    name: &str,
    lines: Lines,
) -> egui::Response {
    let font = tokens(ui).number_text;
    if lines == Lines::One {
        let edit = text_field::line(text, id)
            .font(font)
            .desired_width(f32::INFINITY);
        return ui.add(edit).accessible_name(name);
    }
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _: f32| -> Arc<Galley> {
        let color = ui.visuals().text_color();
        let job = LayoutJob::simple(text.as_str().to_owned(), font.clone(), color, f32::INFINITY);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    // What is said below the field has to be seen, however long the text is.
    let height = (ui.available_height() - BELOW).max(MIN_HEIGHT);
    egui::ScrollArea::both()
        .id_salt(id)
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let edit = text_field::lines(text, id)
                .desired_width(f32::INFINITY)
                .desired_rows(6)
                .layouter(&mut layouter);
            ui.add(edit).accessible_name(name)
        })
        .inner
}
