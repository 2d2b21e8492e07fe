//! Painting shared by widgets: text and lines that can be seen on any ground, the focus ring.

use std::sync::Arc;

use eframe::egui;
use egui::{Color32, Galley, Painter, Pos2, Rect, Stroke, StrokeKind, vec2};

use crate::app::theme::Tokens;

/// A line on a picture: the colour with its contrasting edge on both sides.
pub(super) fn outlined_rect(painter: &Painter, rect: Rect, color: Color32, halo: Color32) {
    painter.rect_stroke(rect, 0.0, Stroke::new(3.0, halo), StrokeKind::Middle);
    painter.rect_stroke(rect, 0.0, Stroke::new(1.0, color), StrokeKind::Middle);
}

/// Text on a picture of any colour.
pub(super) fn halo_galley(
    painter: &Painter,
    pos: Pos2,
    galley: Arc<Galley>,
    [color, halo]: [Color32; 2],
) {
    for offset in [
        vec2(-1.0, 0.0),
        vec2(1.0, 0.0),
        vec2(0.0, -1.0),
        vec2(0.0, 1.0),
    ] {
        painter.galley_with_override_text_color(pos + offset, Arc::clone(&galley), halo);
    }
    painter.galley_with_override_text_color(pos, galley, color);
}

/// Shows which custom-painted widget has the keyboard.
pub(super) fn focus_ring(ui: &egui::Ui, response: &egui::Response, tokens: &Tokens) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, tokens.accent);
        ui.painter()
            .rect_stroke(response.rect, 2.0, stroke, StrokeKind::Inside);
    }
}

/// The half of the halo pair that contrasts with a colour.
pub(super) fn contrasting(color: Color32, tokens: &Tokens) -> Color32 {
    let brightness =
        0.3 * f32::from(color.r()) + 0.59 * f32::from(color.g()) + 0.11 * f32::from(color.b());
    tokens.halo[usize::from(brightness > 110.0)]
}
