//! Scroll bars by whole rows and columns.

use eframe::egui;
use egui::{Rect, Sense, Ui, WidgetInfo, pos2};

use super::{BAR, CellTable, CellTableEvents, Places};
use crate::session::table::{At, scrolled};

/// Handles are not shorter, however long the table is.
const MIN_HANDLE: f32 = 26.0;

pub(super) fn show(ui: &Ui, table: &CellTable<'_>, places: &Places, events: &mut CellTableEvents) {
    let body = places.body;
    let window = places.window();
    let right = Rect::from_min_max(body.right_top(), pos2(body.right() + BAR, body.bottom()));
    let below = Rect::from_min_max(body.left_bottom(), pos2(body.right(), body.bottom() + BAR));
    let rows = bar(ui, right, 1, table.first.row, window[0], table.size[0]);
    let columns = bar(ui, below, 0, table.first.col, window[1], table.size[1]);
    if rows.is_some() || columns.is_some() {
        events.first = Some(At {
            row: rows.unwrap_or(table.first.row),
            col: columns.unwrap_or(table.first.col),
        });
    }
}

/// A bar along an axis of the screen; the new first row or column if it was moved.
fn bar(ui: &Ui, rect: Rect, along: usize, first: usize, count: usize, len: usize) -> Option<usize> {
    let name = ["Scroll columns", "Scroll rows"][along];
    let sense = Sense::DRAG | Sense::CLICK;
    let response = ui.interact(rect, super::cell_table_id().with(name), sense);
    response.widget_info(|| WidgetInfo::slider(len > count, first as f64, name));
    if len <= count {
        return None;
    }
    let track = f64::from(rect.size()[along]);
    let last = len - count;
    let handle = Handle::new(track, first, count, len);
    let start = rect.min[along] + handle.start as f32;
    let mut part = rect.shrink(2.0);
    part.min[along] = start;
    part.max[along] = start + handle.length as f32;
    let visuals = ui.style().interact(&response);
    ui.painter()
        .rect_filled(rect, 0.0, ui.visuals().extreme_bg_color);
    ui.painter()
        .rect_filled(part, 4.0, visuals.fg_stroke.color.gamma_multiply(0.55));

    let pos = response.interact_pointer_pos()?;
    let at = f64::from(pos[along] - rect.min[along]);
    let grab_id = response.id.with("grab");
    if ui.input(|input| input.pointer.primary_pressed()) {
        // Beside the handle, its middle comes to the pointer.
        let on_handle = (0.0..=handle.length).contains(&(at - handle.start));
        let grab = if on_handle {
            at - handle.start
        } else {
            handle.length / 2.0
        };
        ui.data_mut(|data| data.insert_temp(grab_id, grab));
        if on_handle {
            return None;
        }
    }
    let grab = ui
        .data(|data| data.get_temp(grab_id))
        .unwrap_or(handle.length / 2.0);
    let moved =
        ui.input(|input| input.pointer.delta()[along] != 0.0 || input.pointer.any_pressed());
    if !moved {
        return None;
    }
    let new = handle.first_at(at - grab, track, last);
    Some(scrolled(new, 0, count, len)).filter(|new| *new != first)
}

/// Where the handle is on its track.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) start: f64,
    pub(super) length: f64,
}

impl Handle {
    pub(super) fn new(track: f64, first: usize, count: usize, len: usize) -> Self {
        let length = track * count as f64 / len.max(1) as f64;
        let length = length.max(f64::from(MIN_HANDLE)).min(track);
        let last = len.saturating_sub(count).max(1);
        Self {
            start: (track - length) * (first as f64 / last as f64).min(1.0),
            length,
        }
    }

    /// The first row when the handle begins at a place.
    pub(super) fn first_at(&self, start: f64, track: f64, last: usize) -> usize {
        let room = (track - self.length).max(1.0);
        ((start / room).clamp(0.0, 1.0) * last as f64).round() as usize
    }
}
