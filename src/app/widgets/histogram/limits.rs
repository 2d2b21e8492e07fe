//! The two lines of a histogram that can be dragged.

use crate::analysis::Bins;
use eframe::egui;
use egui::{
    Color32, CursorIcon, EventFilter, Id, Key, Modifiers, Rect, Sense, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};
use egui_plot::PlotTransform;

/// Half the width of the zone in which a line can be grabbed.
const GRAB: f32 = 5.0;
const NAMES: [&str; 2] = ["Lower limit", "Upper limit"];

/// Draws the lines that are in sight; the new limits, if one was moved.
pub(super) fn limit_lines(
    ui: &mut Ui,
    id: Id,
    limits: [f64; 2],
    bins: &Bins,
    transform: &PlotTransform,
    color: Color32,
) -> Option<[f64; 2]> {
    let mut moved = None;
    for (number, (x, name)) in limits.into_iter().zip(NAMES).enumerate() {
        let line = id.with(("limit", number));
        if let Some(x) = limit_line(ui, line, name, x, bins, transform, color) {
            let mut limits = limits;
            if let Some(place) = limits.get_mut(number) {
                *place = x;
            }
            moved = Some(limits);
        }
    }
    moved
}

fn limit_line(
    ui: &mut Ui,
    id: Id,
    name: &str,
    x: f64,
    bins: &Bins,
    transform: &PlotTransform,
    color: Color32,
) -> Option<f64> {
    let frame = *transform.frame();
    let at = transform.position_from_point_x(x);
    if !x.is_finite() || !frame.expand(1.0).x_range().contains(at) {
        return None;
    }
    let zone = Rect::from_x_y_ranges(at - GRAB..=at + GRAB, frame.y_range());
    let line = ui.interact(zone, id, Sense::DRAG | Sense::FOCUSABLE);
    line.widget_info(|| WidgetInfo::slider(ui.is_enabled(), x, name));
    let is_active = line.hovered() || line.dragged() || line.has_focus();
    if line.hovered() || line.dragged() {
        ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let painter = ui.painter().with_clip_rect(frame.expand(1.0));
    let width = if is_active { 2.5 } else { 1.5 };
    painter.vline(at, frame.y_range(), Stroke::new(width, color));
    // A grip at the foot shows that the line can be taken.
    let foot = pos2(at, frame.bottom());
    let grip = vec![foot, foot + vec2(-5.0, -7.0), foot + vec2(5.0, -7.0)];
    painter.add(egui::Shape::convex_polygon(grip, color, Stroke::NONE));
    if line.drag_started() {
        line.request_focus();
    }
    if line.dragged()
        && line.drag_delta().x != 0.0
        && let Some(pointer) = line.interact_pointer_pos()
    {
        let pointer = pos2(pointer.x.clamp(frame.left(), frame.right()), pointer.y);
        // No more digits than a point of the screen has, and whole numbers where values are.
        let value = transform.value_from_position(pointer).x;
        let digit = 10f64.powf(transform.dvalue_dpos()[0].abs().log10().floor());
        let digit = if bins.is_whole { digit.max(1.0) } else { digit };
        return Some(if digit.is_normal() {
            (value / digit).round() * digit
        } else {
            value
        });
    }
    let steps = if line.has_focus() {
        arrows(ui, id)
    } else {
        0.0
    };
    let step = if bins.is_whole { 1.0 } else { bins.width };
    (steps != 0.0).then_some(x + steps * step)
}

/// Steps to the right by arrow keys.
fn arrows(ui: &Ui, id: Id) -> f64 {
    ui.memory_mut(|memory| {
        let filter = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        memory.set_focus_lock_filter(id, filter);
    });
    ui.input_mut(|input| {
        let mut presses = |key| input.count_and_consume_key(Modifiers::NONE, key) as f64;
        presses(Key::ArrowRight) - presses(Key::ArrowLeft)
    })
}
