//! The field in which a cell is edited.

use eframe::egui;
use egui::{Event, Key, Ui, vec2};

use super::{CellTable, CellTableEvents, Places, State, cell_table_id};
use crate::app::theme::tokens;
use crate::app::widgets::field_error::field_error;
use crate::app::widgets::text_field;
use crate::session::table::{At, Step, stepped};

/// Narrower fields show too little of what is typed.
const MIN_WIDTH: f32 = 120.0;

/// A cell that is edited.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    at: At,
    text: String,
    /// What the cell holds, as far as it was read.
    before: Option<String>,
    /// It has not had the keyboard yet.
    is_new: bool,
}

impl Edit {
    pub(super) fn new(at: At, text: String, before: Option<String>) -> Self {
        Self {
            at,
            text,
            before,
            is_new: true,
        }
    }
}

impl Edit {
    fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.text)
    }
}

/// How an edit ends.
enum End {
    Write(Step),
    Cancel,
}

pub(super) fn show(
    ui: &mut Ui,
    table: &CellTable<'_>,
    places: &Places,
    state: &mut State,
    events: &mut CellTableEvents,
) {
    let Some(edit) = &mut state.edit else { return };
    let id = cell_table_id().with(("field", table.name, edit.at));
    // Keys of the field are seen before it takes them.
    let key = ui.input(|input| {
        let pressed = |event: &Event| match event {
            Event::Key {
                key: key @ (Key::Enter | Key::Tab | Key::Escape),
                pressed: true,
                ..
            } => Some(*key),
            _ => None,
        };
        input.events.iter().find_map(pressed)
    });
    if key == Some(Key::Tab) {
        ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Tab));
    }
    let mut rect = places.rect_of(edit.at);
    rect.set_width(rect.width().max(MIN_WIDTH).min(places.body.width()));
    let shift = (places.body.right() - rect.right()).min(0.0);
    let rect = rect.translate(vec2(shift, 0.0));
    if edit.is_new {
        text_field::forget_history(ui.ctx(), id);
        text_field::cursor_to_end(ui.ctx(), id, &edit.text);
    }
    let field = text_field::line(&mut edit.text, id)
        .font(tokens(ui).number_text)
        .margin(vec2(4.0, 2.0))
        .desired_width(rect.width());
    let response = ui.put(rect, field).accessible_name("New value of the cell");
    // Of the text as it is now: it may have been typed together with the key that ends it, in one frame.
    let why = match edit.is_changed() {
        true => (table.check)(&edit.text).err(),
        false => None,
    };
    if edit.is_new {
        edit.is_new = false;
        response.request_focus();
        return;
    }
    if let Some(why) = &why {
        field_error(ui, id, rect, why);
    }
    let end = match key {
        Some(Key::Escape) => Some(End::Cancel),
        // A field that is wrong keeps the keyboard.
        Some(Key::Enter | Key::Tab) if why.is_some() => {
            response.request_focus();
            None
        }
        Some(Key::Enter) => Some(End::Write(Step::By(1, 0))),
        Some(Key::Tab) => Some(End::Write(Step::By(0, 1))),
        _ if !response.lost_focus() => None,
        _ if why.is_some() => Some(End::Cancel),
        _ => Some(End::Write(Step::By(0, 0))),
    };
    let Some(end) = end else { return };
    if let End::Write(step) = end {
        if edit.is_changed() {
            events.write = Some((edit.at, edit.text.clone()));
        }
        if step != Step::By(0, 0) {
            let at = stepped(edit.at, step, table.size);
            events.select = Some((at, at));
        }
    }
    state.edit = None;
    if key.is_some() {
        ui.memory_mut(|memory| memory.request_focus(cell_table_id()));
    }
    ui.request_repaint();
}
