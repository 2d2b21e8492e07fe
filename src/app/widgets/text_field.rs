//! Text fields that know what their text is of.
//!
//! egui keeps the cursor and the history of undo by a field's id. An id made of the place on the screen would hand the
//! history of one file, key or dialog to the next, so here it is made of the scope and of a name: whoever shows fields of a
//! file, a key or a dialog gives the scope an id of that (`push_id`). Nothing else in the window makes text fields.

use eframe::egui;
use egui::text_edit::TextEditState;
use egui::{Context, Id, TextEdit, Ui};

/// The id of a field: the scope that it is in, and what it is called there.
pub fn field_id(ui: &Ui, name: impl std::hash::Hash + std::fmt::Debug) -> Id {
    ui.make_persistent_id(("text field", name))
}

/// A field of one line.
pub fn line(text: &mut String, id: Id) -> TextEdit<'_> {
    TextEdit::singleline(text).id(id)
}

/// A field of many lines.
pub fn lines(text: &mut String, id: Id) -> TextEdit<'_> {
    TextEdit::multiline(text).id(id)
}

/// Another text is in the field now, that was not typed: what was typed before cannot come back by undo.
pub(super) fn forget_history(ctx: &Context, id: Id) {
    if let Some(mut state) = TextEditState::load(ctx, id) {
        state.clear_undoer();
        state.store(ctx, id);
    }
}

/// All of the text is selected, so that what is typed next replaces it.
pub fn select_all(ctx: &Context, id: Id, text: &str) {
    let all = egui::text::CCursorRange::two(
        egui::text::CCursor::default(),
        egui::text::CCursor::new(text.chars().count()),
    );
    select(ctx, id, all);
}

/// The cursor behind the text.
pub(super) fn cursor_to_end(ctx: &Context, id: Id, text: &str) {
    let end = egui::text::CCursor::new(text.chars().count());
    select(ctx, id, egui::text::CCursorRange::one(end));
}

fn select(ctx: &Context, id: Id, range: egui::text::CCursorRange) {
    let mut state = TextEditState::load(ctx, id).unwrap_or_default();
    state.cursor.set_char_range(Some(range));
    state.store(ctx, id);
}
