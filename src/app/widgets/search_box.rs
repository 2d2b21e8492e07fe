//! A plain search text with a clear button. Matching is the caller's.

use eframe::egui;
use egui::{Id, Key, Modifiers, Rect, Sense, Stroke, Vec2, pos2, vec2};

use super::icon_button::{Icon, paint_icon};
use super::text_field::line;
use crate::app::theme::tokens;

/// What the user did in a [`search_box`].
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SearchEvents {
    /// Another text.
    pub text: Option<String>,
    /// Down, Enter, or Escape without a text: on to what was found.
    pub leaves: bool,
}

/// "Search keys", with a "Clear search" button while there is text. Escape clears it, too.
pub fn search_box(ui: &mut egui::Ui, text: &str, id: Id, hint: &str) -> SearchEvents {
    let tokens = tokens(ui);
    let mut edited = text.to_owned();
    let had_focus = ui.memory(|memory| memory.has_focus(id));
    let is_down =
        had_focus && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown));
    let side = tokens.icon_side;
    let margin = egui::Margin {
        left: side as i8 + 8,
        right: side as i8 + 6,
        top: 3,
        bottom: 3,
    };
    let response = ui
        .add(
            line(&mut edited, id)
                .hint_text(hint)
                .margin(margin)
                .min_size(vec2(0.0, ui.spacing().interact_size.y))
                .desired_width(f32::INFINITY),
        )
        .accessible_name("Search keys");
    let rect = response.rect;
    let key_lost = |key| response.lost_focus() && ui.input(|input| input.key_pressed(key));
    // Taken, since what gets the keyboard has an Enter of its own.
    let is_entered = key_lost(Key::Enter)
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let mut leaves = is_down || is_entered;
    if key_lost(Key::Escape) {
        leaves = text.is_empty();
        edited.clear();
        if !leaves {
            response.request_focus();
        }
    }

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
    SearchEvents {
        text: (edited != text).then_some(edited),
        leaves,
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    fn harness(text: &str) -> Harness<'static, String> {
        Harness::builder().with_size((240.0, 40.0)).build_ui_state(
            |ui, text: &mut String| {
                let id = Id::unique("search");
                if let Some(new) = search_box(ui, text, id, "Search keys").text {
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
    fn escape_clears() {
        let mut harness = harness("scan");
        harness.get_by_label("Search keys").focus();
        harness.run_ok();
        harness.key_press(Key::Escape);
        harness.run_ok();
        assert_eq!(harness.state(), "");
        assert!(harness.get_by_label("Search keys").is_focused());
    }

    #[test]
    fn the_button_clears() {
        let mut harness = harness("scan");
        harness.get_by_label("Clear search").click();
        harness.run_ok();
        assert_eq!(harness.state(), "");
    }
}
