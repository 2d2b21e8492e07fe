//! A small painted symbol for a kind of item.

use eframe::egui;
use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2,
};

use crate::app::theme::{Tokens, tokens};
use crate::dataset::ItemKind;

/// The symbol, with its name ("Cube", "Masked cube", …) as tooltip and accessible label.
pub fn kind_icon(ui: &mut Ui, kind: ItemKind, masked: bool) -> Response {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(tokens.icon_side), Sense::hover());
    let name = kind_name(kind, masked);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), name));
    if ui.is_rect_visible(rect) {
        paint_kind(ui.painter(), rect, kind, masked, &tokens);
    }
    response.on_hover_text(name)
}

fn kind_name(kind: ItemKind, masked: bool) -> &'static str {
    match (kind, masked) {
        (ItemKind::Cube, false) => "Cube",
        (ItemKind::Cube, true) => "Masked cube",
        (ItemKind::Image, false) => "Image",
        (ItemKind::Image, true) => "Masked image",
        (ItemKind::Curve, false) => "Curve",
        (ItemKind::Curve, true) => "Masked curve",
        (ItemKind::Scalar, false) => "Scalar",
        (ItemKind::Scalar, true) => "Masked scalar",
        (ItemKind::Text, _) => "Text",
        (ItemKind::Number, _) => "Number",
        (ItemKind::List, _) => "List",
        (ItemKind::Dict, _) => "Dictionary",
        (ItemKind::Other, _) => "Other value",
        (ItemKind::Unreadable, _) => "Unreadable",
    }
}

fn paint_kind(painter: &Painter, rect: Rect, kind: ItemKind, masked: bool, tokens: &Tokens) {
    let pen = Pen {
        painter,
        rect,
        stroke: Stroke::new(1.3, tokens.icon),
        accent: tokens.accent,
    };
    match kind {
        ItemKind::Cube => pen.cube(),
        ItemKind::Image => pen.image(),
        ItemKind::Curve => pen.curve(),
        ItemKind::Scalar => pen.scalar(),
        ItemKind::Number => pen.letters("12"),
        ItemKind::Text => pen.text_lines(),
        ItemKind::List => pen.list(),
        ItemKind::Dict => pen.letters("{ }"),
        ItemKind::Other => pen.other(),
        ItemKind::Unreadable => pen.warning(tokens.warning),
    }
    if masked {
        pen.badge(tokens);
    }
}

/// Paints in a unit square.
struct Pen<'a> {
    painter: &'a Painter,
    rect: Rect,
    stroke: Stroke,
    accent: Color32,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        pos2(
            egui::lerp(self.rect.x_range(), x),
            egui::lerp(self.rect.y_range(), y),
        )
    }

    fn lines(&self, points: &[[f32; 2]], stroke: Stroke) {
        let points = points.iter().map(|&[x, y]| self.at(x, y)).collect();
        self.painter.add(Shape::line(points, stroke));
    }

    fn frame(&self, x: [f32; 2], y: [f32; 2]) {
        let rect = Rect::from_min_max(self.at(x[0], y[0]), self.at(x[1], y[1]));
        self.painter
            .rect_stroke(rect, 1.5, self.stroke, StrokeKind::Middle);
    }

    fn cube(&self) {
        let top = [[0.5, 0.06], [0.92, 0.28], [0.5, 0.5], [0.08, 0.28]];
        let fill = top.iter().map(|&[x, y]| self.at(x, y)).collect();
        let faint = self.accent.gamma_multiply(0.55);
        self.painter
            .add(Shape::convex_polygon(fill, faint, Stroke::NONE));
        let outline = [
            [0.5, 0.06],
            [0.92, 0.28],
            [0.92, 0.74],
            [0.5, 0.96],
            [0.08, 0.74],
            [0.08, 0.28],
            [0.5, 0.06],
        ];
        self.lines(&outline, self.stroke);
        self.lines(&[[0.08, 0.28], [0.5, 0.5], [0.92, 0.28]], self.stroke);
        self.lines(&[[0.5, 0.5], [0.5, 0.96]], self.stroke);
    }

    fn image(&self) {
        self.frame([0.08, 0.92], [0.16, 0.86]);
        let hills = [
            [0.14, 0.78],
            [0.38, 0.48],
            [0.55, 0.66],
            [0.68, 0.54],
            [0.86, 0.78],
        ];
        self.lines(&hills, Stroke::new(1.3, self.accent));
        self.painter
            .circle_filled(self.at(0.7, 0.34), self.rect.width() * 0.07, self.accent);
    }

    fn curve(&self) {
        self.lines(&[[0.1, 0.08], [0.1, 0.9], [0.94, 0.9]], self.stroke);
        let curve = [
            [0.2, 0.76],
            [0.34, 0.66],
            [0.46, 0.26],
            [0.56, 0.24],
            [0.68, 0.58],
            [0.9, 0.42],
        ];
        self.lines(&curve, Stroke::new(1.5, self.accent));
    }

    fn scalar(&self) {
        self.frame([0.2, 0.8], [0.2, 0.8]);
        self.painter
            .circle_filled(self.at(0.5, 0.5), self.rect.width() * 0.12, self.accent);
    }

    fn letters(&self, text: &str) {
        let font = FontId::monospace(self.rect.height() * 0.72);
        let color = self.stroke.color;
        let galley = self
            .painter
            .layout_no_wrap(text.replace(' ', ""), font, color);
        let rect = Align2::CENTER_CENTER.anchor_size(self.rect.center(), galley.size());
        self.painter.galley(rect.min, galley, color);
    }

    fn text_lines(&self) {
        for (y, end) in [(0.2, 0.9), (0.4, 0.78), (0.6, 0.86), (0.8, 0.5)] {
            self.lines(&[[0.12, y], [end, y]], self.stroke);
        }
    }

    fn list(&self) {
        for y in [0.22, 0.5, 0.78] {
            self.painter
                .circle_filled(self.at(0.16, y), self.rect.width() * 0.075, self.accent);
            self.lines(&[[0.34, y], [0.9, y]], self.stroke);
        }
    }

    fn other(&self) {
        for x in [0.22, 0.5, 0.78] {
            self.painter.circle_filled(
                self.at(x, 0.5),
                self.rect.width() * 0.08,
                self.stroke.color,
            );
        }
    }

    fn warning(&self, color: Color32) {
        let stroke = Stroke::new(1.4, color);
        let triangle = [[0.5, 0.1], [0.94, 0.88], [0.06, 0.88], [0.5, 0.1]];
        self.lines(&triangle, stroke);
        self.lines(&[[0.5, 0.36], [0.5, 0.62]], stroke);
        self.painter
            .circle_filled(self.at(0.5, 0.75), self.rect.width() * 0.06, color);
    }

    /// A hatched dot at the lower right: some cells are masked.
    fn badge(&self, tokens: &Tokens) {
        let centre = self.at(0.82, 0.82);
        let radius = self.rect.width() * 0.24;
        let ground = self.painter.ctx().global_style().visuals.panel_fill;
        self.painter.circle_filled(centre, radius + 1.0, ground);
        let stroke = Stroke::new(1.0, tokens.warning);
        self.painter.circle_stroke(centre, radius, stroke);
        for (shift, length) in [(-0.45, 0.45), (0.0, 0.65), (0.45, 0.45)] {
            let middle = centre + Vec2::splat(radius * shift);
            let half = Vec2::new(1.0, -1.0) * radius * length;
            self.painter
                .line_segment([middle - half, middle + half], stroke);
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    const KINDS: [ItemKind; 10] = [
        ItemKind::Cube,
        ItemKind::Image,
        ItemKind::Curve,
        ItemKind::Scalar,
        ItemKind::Text,
        ItemKind::Number,
        ItemKind::List,
        ItemKind::Dict,
        ItemKind::Other,
        ItemKind::Unreadable,
    ];

    #[test]
    fn every_kind_has_its_own_name() {
        let mut harness = Harness::new_ui(|ui| {
            for kind in KINDS {
                kind_icon(ui, kind, false);
            }
            kind_icon(ui, ItemKind::Cube, true);
        });
        harness.run_ok();
        for kind in KINDS {
            harness.get_by_label(kind_name(kind, false));
        }
        harness.get_by_label("Masked cube");
    }
}
