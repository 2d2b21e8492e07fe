//! A plain search text with a clear button. Matching is the caller's.

use eframe::egui;
use egui::{Rect, Sense, Stroke, Vec2, pos2, vec2};

use super::icon_button::{Icon, paint_icon};
use crate::app::theme::tokens;

/// "Search keys", with a "Clear search" button while there is text; the new text when it changed.
pub fn search_box(ui: &mut egui::Ui, text: &str, hint: &str) -> Option<String> {
    let tokens = tokens(ui);
    let mut edited = text.to_owned();
    let side = tokens.icon_side;
    let margin = egui::Margin {
        left: side as i8 + 8,
        right: side as i8 + 6,
        top: 3,
        bottom: 3,
    };
    let response = ui
        .add(
            egui::TextEdit::singleline(&mut edited)
                .hint_text(hint)
                .margin(margin)
                .min_size(vec2(0.0, ui.spacing().interact_size.y))
                .desired_width(f32::INFINITY),
        )
        .accessible_name("Search keys");
    let rect = response.rect;

    let lens = Rect::from_center_size(
        pos2(rect.left() + 5.0 + side / 2.0, rect.center().y),
        Vec2::splat(side),
    );
    let stroke = Stroke::new(1.5, tokens.weak_text);
    let centre = lens.center() - Vec2::splat(side * 0.08);
    ui.painter().circle_stroke(centre, side * 0.26, stroke);
    let handle = vec2(0.19, 0.19) * side;
    ui.painter()
        .line_segment([centre + handle, centre + handle * 2.1], stroke);

    if !text.is_empty() {
        let button = Rect::from_center_size(
            pos2(rect.right() - 4.0 - side / 2.0, rect.center().y),
            Vec2::splat(side + 2.0),
        );
        let id = response.id.with("clear");
        let clear = ui
            .interact(button, id, Sense::click())
            .on_hover_cursor(egui::CursorIcon::Default);
        clear.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), "Clear search")
        });
        let visuals = *ui.style().interact(&clear);
        if clear.hovered() || clear.has_focus() {
            ui.painter().rect(
                button,
                visuals.corner_radius,
                visuals.weak_bg_fill,
                visuals.bg_stroke,
                egui::StrokeKind::Inside,
            );
        }
        paint_icon(ui.painter(), button, Icon::Close, visuals.fg_stroke.color);
        if clear.clicked() {
            edited.clear();
            response.request_focus();
        }
    }
    (edited != text).then_some(edited)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    fn harness(text: &str) -> Harness<'static, String> {
        Harness::builder().with_size((240.0, 40.0)).build_ui_state(
            |ui, text: &mut String| {
                if let Some(new) = search_box(ui, text, "Search keys") {
                    *text = new;
                }
            },
            text.to_owned(),
        )
    }

    #[test]
    fn typing_gives_the_text() {
        let mut harness = harness("");
        assert!(harness.query_by_label("Clear search").is_none());
        harness.get_by_label("Search keys").focus();
        harness.run_ok();
        harness.get_by_label("Search keys").type_text("scan");
        harness.run_ok();
        assert_eq!(harness.state(), "scan");
    }

    #[test]
    fn the_button_clears() {
        let mut harness = harness("scan");
        harness.get_by_label("Clear search").click();
        harness.run_ok();
        assert_eq!(harness.state(), "");
    }
}
