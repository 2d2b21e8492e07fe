//! Scroll bars by whole rows and columns: a position in points has no precision to scroll a billion rows by.

use eframe::egui;
use egui::{Id, Rect, Sense, Ui, WidgetInfo};

use crate::session::table::scrolled;

/// Width of a bar.
pub(super) const BAR: f32 = 12.0;
/// Handles are not shorter, however long the table is.
const MIN_HANDLE: f32 = 26.0;

/// Of `len` rows, `count` are on the screen, from `first` on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) len: usize,
}

/// A bar along an axis of the screen (0: x, 1: y), labelled by its name; the new first row if it was moved.
pub(super) fn row_bar(
    ui: &Ui,
    rect: Rect,
    along: usize,
    id: Id,
    name: &str,
    rows: Rows,
) -> Option<usize> {
    let Rows { first, count, len } = rows;
    let sense = Sense::DRAG | Sense::CLICK;
    let response = ui.interact(rect, id.with(name), sense);
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

#[cfg(test)]
mod tests {
    use super::Handle;

    #[test]
    fn a_handle_reaches_every_end_of_a_billion_rows() {
        let len = 1_000_000_000;
        let (count, track) = (40, 500.0);
        let last = len - count;
        let top = Handle::new(track, 0, count, len);
        assert_eq!(top.start, 0.0);
        assert_eq!(top.first_at(0.0, track, last), 0);
        assert_eq!(top.first_at(track, track, last), last);
        let bottom = Handle::new(track, last, count, len);
        assert!((bottom.start + bottom.length - track).abs() < 1e-9);
        // Half way is half way.
        let middle = Handle::new(track, last / 2, count, len);
        assert!(
            middle
                .first_at(middle.start, track, last)
                .abs_diff(last / 2)
                < 2
        );
        let all = Handle::new(track, 0, 40, 10);
        assert_eq!((all.start, all.length), (0.0, track));
    }
}
