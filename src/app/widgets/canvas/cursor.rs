//! The keyboard cursor of a picture: arrow keys move it, its pixel is read out like the one under the pointer, and Enter
//! pins it.

use eframe::egui;
use egui::{EventFilter, Key, Modifiers, Response, Ui, vec2};

use super::{CanvasEvents, Scene};
use crate::app::theme::Tokens;
use crate::app::widgets::paint::outlined_rect;

/// With Shift, so many pixels at once.
const STRIDE: isize = 10;
/// The cursor is never smaller on the screen, in points.
const LEAST: f32 = 7.0;
/// Points between the cursor and the edge of the view.
const MARGIN: f64 = 12.0;

impl Scene<'_> {
    /// The cursor after this frame's keys; none while the pointer is on the picture, or the keyboard elsewhere.
    pub(super) fn walk(
        &self,
        ui: &Ui,
        response: &Response,
        events: &mut CanvasEvents,
    ) -> Option<[usize; 2]> {
        if !response.has_focus() || self.canvas.size.contains(&0) {
            return None;
        }
        let id = response.id.with("cursor");
        let known: Option<[usize; 2]> = ui.data(|data| data.get_temp(id));
        let pointed = events.hover.flatten();
        let has_moved = ui.input(|input| input.pointer.delta() != egui::Vec2::ZERO);
        if pointed.is_some() && has_moved {
            ui.data_mut(|data| data.insert_temp(id, pointed.unwrap_or_default()));
            return None;
        }
        ui.memory_mut(|memory| {
            let filter = EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                ..EventFilter::default()
            };
            memory.set_focus_lock_filter(response.id, filter);
        });
        let middle = self
            .projection
            .visible()
            .map(|seen| seen.start.midpoint(seen.end));
        let was = known.or(pointed).unwrap_or(middle);
        let last = self.canvas.size.map(|len| len - 1);
        let by = steps(ui);
        let at = [0, 1].map(|axis| was[axis].saturating_add_signed(by[axis]).min(last[axis]));
        if by != [0, 0] || (known.is_none() && pointed.is_none()) {
            events.hover = Some(Some(at));
            ui.data_mut(|data| data.insert_temp(id, at));
            events.camera = self.camera_to(at).or(events.camera);
        }
        let is_chosen = self.canvas.draw.is_none()
            && ui.input_mut(|input| {
                input.consume_key(Modifiers::NONE, Key::Enter)
                    || input.consume_key(Modifiers::NONE, Key::Space)
            });
        if is_chosen {
            events.click = Some(at);
        }
        (known.is_some() || by != [0, 0]).then_some(at)
    }

    /// Where a pixel comes into sight, if it is not.
    fn camera_to(&self, [x, y]: [usize; 2]) -> Option<crate::session::camera::Camera> {
        let at = self.projection.view_from_image([x as f64, y as f64]);
        let size = [self.view.width(), self.view.height()].map(f64::from);
        let off = [0, 1].map(|axis| {
            let inside = at[axis].clamp(MARGIN, (size[axis] - MARGIN).max(MARGIN));
            inside - at[axis]
        });
        (off != [0.0, 0.0]).then(|| self.projection.panned(off))
    }

    pub(super) fn paint_cursor(&self, ui: &Ui, pixel: [usize; 2], tokens: &Tokens) {
        let painter = ui
            .painter()
            .with_clip_rect(self.view.intersect(ui.clip_rect()));
        let rect = self.pixel_rect(pixel);
        let grow = (vec2(LEAST, LEAST) - rect.size()).max(egui::Vec2::ZERO) / 2.0;
        let [light, dark] = tokens.halo;
        outlined_rect(&painter, rect.expand2(grow), light, dark);
    }
}

/// To the right and down.
fn steps(ui: &Ui) -> [isize; 2] {
    ui.input_mut(|input| {
        let mut presses = |key| {
            let far = input.count_and_consume_key(Modifiers::SHIFT, key) as isize;
            far * STRIDE + input.count_and_consume_key(Modifiers::NONE, key) as isize
        };
        [
            presses(Key::ArrowRight) - presses(Key::ArrowLeft),
            presses(Key::ArrowDown) - presses(Key::ArrowUp),
        ]
    })
}
