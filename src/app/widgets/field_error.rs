//! What is wrong with the text of a field, below it and over what else is there: nothing moves because of it.

use eframe::egui;
use egui::{Id, Order, Rect, Ui, vec2};

/// Why the text of a field cannot be taken.
pub fn field_error(ui: &Ui, field: Id, rect: Rect, why: &str) {
    egui::Area::new(field.with("error"))
        .order(Order::Foreground)
        .interactable(false)
        .constrain(true)
        .fixed_pos(rect.left_bottom() + vec2(0.0, 2.0))
        .show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(360.0);
                ui.colored_label(ui.visuals().error_fg_color, why);
            });
        });
}
