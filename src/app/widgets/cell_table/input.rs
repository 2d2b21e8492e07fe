//! Wheel, pointer and keyboard of the table.

use eframe::egui;
use egui::{Event, EventFilter, Key, Modifiers, PointerButton, Response, Ui, Vec2};

use super::editor::Edit;
use super::{CellTable, CellTableEvents, Places, ROW_HEIGHT, State, cell_table_id};
use crate::session::table::{At, Step, scrolled, stepped};

pub(super) fn wheel(
    ui: &Ui,
    table: &CellTable<'_>,
    places: &Places,
    response: &Response,
    state: &mut State,
    events: &mut CellTableEvents,
) {
    if !response.contains_pointer() {
        return;
    }
    state.wheel += ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta));
    let steps = |points: &mut f32, side: f32| {
        let whole = (*points / side).trunc();
        *points -= whole * side;
        -whole as isize
    };
    let rows = steps(&mut state.wheel.y, ROW_HEIGHT);
    let columns = steps(&mut state.wheel.x, places.column_width);
    if (rows, columns) == (0, 0) {
        return;
    }
    let window = places.window();
    let first = At {
        row: scrolled(table.first.row, rows, window[0], table.size[0]),
        col: scrolled(table.first.col, columns, window[1], table.size[1]),
    };
    if first == table.first {
        // At the end, what is turned further does not count.
        state.wheel = Vec2::ZERO;
    } else {
        events.first = Some(first);
    }
}

pub(super) fn pointer(
    ui: &Ui,
    table: &CellTable<'_>,
    places: &Places,
    response: &Response,
    state: &mut State,
    events: &mut CellTableEvents,
) {
    let Some(pos) = response.interact_pointer_pos() else {
        return;
    };
    let (pressed, shift) =
        ui.input(|input| (input.pointer.primary_pressed(), input.modifiers.shift));
    let at = places.at(pos, table.size);
    if response.double_clicked_by(PointerButton::Primary) {
        begin(table, state, events, at, None);
    } else if pressed {
        response.request_focus();
        let anchor = if shift { table.anchor } else { at };
        events.select = Some((anchor, at));
    } else if response.is_pointer_button_down_on() && response.dragged_by(PointerButton::Primary) {
        events.select = Some((table.anchor, at));
        // Off the edge it goes on while the pointer is held.
        if !places.body.contains(pos) {
            ui.request_repaint();
        }
    } else if response.clicked() {
        // Pressed and released in the time of one frame, or by a screen reader.
        let anchor = if shift { table.anchor } else { at };
        events.select = Some((anchor, at));
    }
    events.select = events
        .select
        .take()
        .filter(|select| *select != (table.anchor, table.cursor));
}

pub(super) fn keys(
    ui: &Ui,
    table: &CellTable<'_>,
    places: &Places,
    state: &mut State,
    events: &mut CellTableEvents,
) {
    ui.memory_mut(|memory| {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        memory.set_focus_lock_filter(cell_table_id(), filter);
    });
    let page = isize::try_from(places.window()[0]).unwrap_or(isize::MAX);
    let (mut anchor, mut cursor) = (table.anchor, table.cursor);
    let mut typed: Option<Option<String>> = None;
    ui.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Copy => {
                events.copy = true;
                false
            }
            Event::Paste(text) => {
                events.paste = Some(text.clone());
                false
            }
            Event::Text(text) if table.can_edit => {
                typed
                    .get_or_insert_default()
                    .get_or_insert_default()
                    .push_str(text);
                false
            }
            Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => {
                if matches!(key, Key::F2 | Key::Enter) && modifiers.is_none() {
                    typed = Some(None);
                    return false;
                }
                if *key == Key::A && modifiers.command {
                    anchor = stepped(cursor, Step::End, table.size);
                    cursor = At::default();
                    return false;
                }
                let Some(step) = step_of(*key, *modifiers, page) else {
                    return true;
                };
                cursor = stepped(cursor, step, table.size);
                if !modifiers.shift {
                    anchor = cursor;
                }
                false
            }
            _ => true,
        });
    });
    if (anchor, cursor) != (table.anchor, table.cursor) {
        events.select = Some((anchor, cursor));
    }
    if let Some(text) = typed {
        begin(table, state, events, cursor, text);
    }
}

fn step_of(key: Key, modifiers: Modifiers, page: isize) -> Option<Step> {
    Some(match (key, modifiers.command) {
        (Key::ArrowUp, true) => Step::Top,
        (Key::ArrowDown, true) => Step::Bottom,
        (Key::ArrowLeft, true) | (Key::Home, false) => Step::RowStart,
        (Key::ArrowRight, true) | (Key::End, false) => Step::RowEnd,
        (Key::Home, true) => Step::Start,
        (Key::End, true) => Step::End,
        (Key::ArrowUp, false) => Step::By(-1, 0),
        (Key::ArrowDown, false) => Step::By(1, 0),
        (Key::ArrowLeft, false) => Step::By(0, -1),
        (Key::ArrowRight, false) => Step::By(0, 1),
        (Key::PageUp, false) => Step::By(-page, 0),
        (Key::PageDown, false) => Step::By(page, 0),
        _ => return None,
    })
}

/// Opens the field of a cell, with what was typed or else with what is in it.
fn begin(
    table: &CellTable<'_>,
    state: &mut State,
    events: &mut CellTableEvents,
    at: At,
    typed: Option<String>,
) {
    if !table.can_edit {
        events.wants_edit = true;
        return;
    }
    let before = (table.cell)(at).map(|cell| cell.text.to_owned());
    let text = match ((table.cell)(at), typed) {
        // Also where the cell was not read yet: nothing that is typed is lost.
        (_, Some(text)) => text,
        // What is not all of it must not be written.
        (Some(cell), None) if cell.is_cut => String::new(),
        (Some(cell), None) => cell.text.to_owned(),
        (None, None) => return,
    };
    state.edit = Some(Edit::new(at, text, before));
}
