//! A draft of a value, to be edited: its tree, what is selected in it, and the whole as a Python literal.
//!
//! It changes nothing itself. What the user did is returned as edits of the draft, which the caller applies at the end of
//! the frame; one that is refused comes back as a text to be shown. Texts while they are typed live in egui's memory.

mod field;
mod items;
mod leaf;
mod literal;
mod table;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use eframe::egui;
use egui::mutex::Mutex;
use egui::{Id, Rangef, RichText, Ui};

use crate::app::theme::tokens;
use crate::app::widgets::sized_panel::{PanelSide, sized_panel};
use crate::app::widgets::value_tree::{Rows, selectable_tree};
use crate::pickle::draft::{DraftEdit, Kind, Path, ValueDraft};
use field::Field;
use items::{Action, Form};
use literal::LiteralState;
use table::TableState;

/// From this width on the tree is beside what is selected, else above it.
const WIDE: f32 = 560.0;

/// What a [`value_editor`] shows.
#[derive(Debug, Clone, Copy)]
pub struct ValueEditor<'a> {
    /// The draft.
    pub draft: &'a ValueDraft,
    /// Why the last edit was not done; `None` once another one was.
    pub refused: Option<&'a str>,
    /// The value is about to be written: what is typed and not taken yet gets into it, where it can.
    pub is_applied: bool,
}

/// What the user did.
#[derive(Debug, Default, PartialEq)]
pub struct ValueEditorEvents {
    /// To be applied to the draft, in order.
    pub edits: Vec<DraftEdit>,
    /// A field has a text that is no value: what it shows is not in the draft.
    pub has_error: bool,
    /// A text was changed that gets into the draft by a button only, which was not pressed yet.
    pub is_pending: bool,
}

/// Tree, fields, tables and literal of a draft.
///
/// "Tree" and "Python literal" switch between the two views. Rows of the tree are named as in
/// `value_tree`; the selected one has the buttons "Add item…", "Remove", "Duplicate", "Move up",
/// "Move down", "Rename key…" and "Change type", which are in its context menu, too. A leaf has a
/// field "Value"; cells of a table are "row 1, column 2". Keyboard on a row: Insert adds, Delete
/// removes, F2 renames, Alt with an arrow moves.
pub fn value_editor(
    ui: &mut Ui,
    of: impl Hash + Debug,
    editor: &ValueEditor<'_>,
) -> ValueEditorEvents {
    let id = ui.make_persistent_id(("value editor", of));
    let state = ui.data_mut(|data| {
        let state = data.get_temp_mut_or_default::<Arc<Mutex<State>>>(id);
        Arc::clone(state)
    });
    let mut state = state.lock();
    let mut cx = Cx {
        id,
        draft: editor.draft,
        refused: editor.refused,
        is_applied: editor.is_applied,
        events: ValueEditorEvents::default(),
    };
    let draft = editor.draft;
    while draft.node_at(&state.selected).is_none() && state.selected.pop().is_some() {}
    ui.horizontal(|ui| {
        for (mode, name) in [(Mode::Tree, "Tree"), (Mode::Literal, "Python literal")] {
            ui.selectable_value(&mut state.mode, mode, name);
        }
        // Beside them, so that nothing moves; a field says itself what is wrong with its text.
        if let Some(why) = editor.refused.filter(|why| !state.field.says(why)) {
            error_line(ui, &format!("Not done: {why}"));
        }
    });
    ui.separator();
    match state.mode {
        Mode::Literal => literal::show(ui, &mut cx, &mut state.literal),
        Mode::Tree => tree_mode(ui, &mut cx, &mut state),
    }
    cx.events.is_pending |= state.literal.is_pending(draft);
    cx.events
}

/// What a part of the editor works with.
struct Cx<'a> {
    /// Of the value: its fields have theirs from it.
    id: Id,
    draft: &'a ValueDraft,
    refused: Option<&'a str>,
    is_applied: bool,
    events: ValueEditorEvents,
}

impl Cx<'_> {
    fn emit(&mut self, edit: DraftEdit) {
        self.events.edits.push(edit);
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Mode {
    #[default]
    Tree,
    Literal,
}

/// What the editor keeps from frame to frame.
#[derive(Debug, Default)]
struct State {
    mode: Mode,
    selected: Path,
    field: Field,
    form: Option<Form>,
    table: TableState,
    literal: LiteralState,
    /// Long texts that the user wants to edit nevertheless.
    long_text: Option<Path>,
    /// Bytes are shown as hexadecimal digits.
    is_hex: bool,
}

impl State {
    fn select(&mut self, path: &[usize]) {
        if self.selected != path {
            self.selected = path.to_vec();
            self.form = None;
        }
    }
}

fn tree_mode(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut State) {
    let mut rows = EditRows {
        draft: cx.draft,
        selected: state.selected.clone(),
        action: None,
    };
    let value = cx.draft.value();
    // A leaf has no tree worth its room, also where it is made of parts, as a date with a time zone.
    let kind = Kind::of(value, value.root());
    if value.child_count(value.root()) == 0 || kind.has_field() {
        inspector(ui, cx, state);
        return;
    }
    let is_wide = ui.available_width() >= WIDE;
    if is_wide {
        let range = Rangef::new(160.0, ui.available_width() - 260.0);
        let first = ui.available_width() * 0.45;
        let side = PanelSide::Left;
        sized_panel(ui, side, "value tree side", first, range, |ui| {
            selectable_tree(ui, cx.id, value, &mut rows);
        });
    } else {
        let range = Rangef::new(120.0, ui.available_height() - 80.0);
        let first = ui.available_height() * 0.5;
        let side = PanelSide::Bottom;
        sized_panel(ui, side, "value inspector side", first, range, |ui| {
            inspector(ui, cx, state);
        });
    }
    state.select(&rows.selected);
    egui::CentralPanel::default().show(ui, |ui| match is_wide {
        true => inspector(ui, cx, state),
        false => {
            selectable_tree(ui, cx.id, value, &mut rows);
            state.select(&rows.selected);
        }
    });
    if let Some((path, action)) = rows.action {
        items::act(cx, state, &path, action);
    }
}

/// Rows of the tree: selection, keys and context menu.
struct EditRows<'a> {
    draft: &'a ValueDraft,
    selected: Path,
    action: Option<(Path, Action)>,
}

impl Rows for EditRows<'_> {
    fn is_selected(&self, path: &[usize]) -> bool {
        self.selected == path
    }

    fn select(&mut self, path: &[usize]) {
        if self.selected != path {
            self.selected = path.to_vec();
        }
    }

    fn keys(&mut self, ui: &mut Ui, path: &[usize]) {
        if let Some(action) = items::key_action(ui, self.draft, path) {
            self.action = Some((path.to_vec(), action));
        }
    }

    fn menu(&mut self, ui: &mut Ui, path: &[usize]) {
        if let Some(action) = items::buttons(ui, self.draft, path) {
            self.action = Some((path.to_vec(), action));
            ui.close();
        }
        ui.separator();
    }
}

/// All about the selected place.
fn inspector(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut State) {
    let path = state.selected.clone();
    let Some(id) = cx.draft.node_at(&path) else {
        return;
    };
    let value = cx.draft.value();
    let tokens = tokens(ui);
    ui.horizontal_wrapped(|ui| {
        ui.strong(place_text(cx.draft, &path));
        let type_name = RichText::new(value.type_name(id)).font(tokens.small_text.clone());
        ui.label(type_name.color(tokens.weak_text));
    });
    let action = ui.horizontal_wrapped(|ui| items::buttons(ui, cx.draft, &path));
    if let Some(action) = action.inner {
        items::act(cx, state, &path, action);
    }
    items::form(ui, cx, state);
    ui.add_space(tokens.gap_small);
    let kind = Kind::of(value, id);
    match cx.draft.obstacle(&path) {
        Some(why) => {
            ui.label(why.to_string());
        }
        None if kind.is_container() => {
            table::show(ui, cx, state, &path, id);
        }
        None => leaf::show(ui, cx, state, &path, id, kind),
    }
}

/// Keys and positions from the root on.
fn place_text(draft: &ValueDraft, path: &[usize]) -> String {
    let value = draft.value();
    let (mut id, mut text) = (value.root(), "Value".to_owned());
    // Deep places are told by their end.
    let skipped = path.len().saturating_sub(6);
    for (at, &child) in path.iter().enumerate() {
        let Some((label, inner)) = value.child(id, child) else {
            break;
        };
        id = inner;
        match at {
            at if at + 1 == skipped => text.push_str(" › …"),
            at if at < skipped => {}
            _ => text.push_str(&format!(" › {label}")),
        }
    }
    text
}

/// Of one line, whatever it says.
fn error_line(ui: &mut Ui, text: &str) {
    let line = RichText::new(text).color(tokens(ui).error);
    ui.add(egui::Label::new(line).truncate())
        .on_hover_text(text);
}

fn error_text(ui: &mut Ui, text: &str) {
    let color = tokens(ui).error;
    ui.label(RichText::new(text).color(color));
}
