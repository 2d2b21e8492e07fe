//! A small square button with a painted symbol, named for tests and screen readers.

use eframe::egui;
use egui::{Color32, Painter, Pos2, Rect, Response, Role, Sense, Stroke, Vec2, WidgetInfo, pos2};

use crate::app::theme::tokens;

/// What is painted on an [`icon_button`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// A triangle to the left.
    Previous,
    /// A triangle to the right.
    Next,
    /// A cross.
    Close,
}

/// The button; `name` is its tooltip and its accessible label.
pub fn icon_button(ui: &mut egui::Ui, icon: Icon, name: &str) -> Response {
    let side = ui.spacing().interact_size.y;
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    if ui.is_rect_visible(rect) {
        let visuals = *ui.style().interact(&response);
        ui.painter().rect(
            rect,
            visuals.corner_radius,
            visuals.weak_bg_fill,
            visuals.bg_stroke,
            egui::StrokeKind::Inside,
        );
        let color = visuals.fg_stroke.color;
        let middle = Rect::from_center_size(rect.center(), Vec2::splat(tokens(ui).icon_side));
        paint_icon(ui.painter(), middle, icon, color);
    }
    response.on_hover_text(name)
}

/// Paints a symbol into a square.
pub(super) fn paint_icon(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    let at = |x: f32, y: f32| -> Pos2 {
        pos2(egui::lerp(rect.x_range(), x), egui::lerp(rect.y_range(), y))
    };
    match icon {
        Icon::Previous | Icon::Next => {
            let x = |x: f32| if icon == Icon::Next { x } else { 1.0 - x };
            let corners = vec![at(x(0.32), 0.2), at(x(0.74), 0.5), at(x(0.32), 0.8)];
            painter.add(egui::Shape::convex_polygon(corners, color, Stroke::NONE));
        }
        Icon::Close => {
            let stroke = Stroke::new(1.5, color);
            painter.line_segment([at(0.28, 0.28), at(0.72, 0.72)], stroke);
            painter.line_segment([at(0.28, 0.72), at(0.72, 0.28)], stroke);
        }
    }
}
