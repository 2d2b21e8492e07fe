//! What the user is to be told, as strips over the lower right of the view until dismissed. The newest is first; more than
//! a few scroll.

use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{Icon, icon_button};
use crate::session::{Action, Notice, NoticeLevel};
use eframe::egui;
use egui::{Galley, Rect, pos2, vec2};
use std::sync::Arc;

/// More than this would bury the picture.
const MAX_VISIBLE: usize = 3;
const MAX_LINES: usize = 2;
const WORD_WIDTH: f32 = 62.0;
const BUTTON_WIDTH: f32 = 24.0;
const SCROLL_BAR_WIDTH: f32 = 12.0;
const MAX_WIDTH: f32 = 640.0;
const MARGIN: f32 = 12.0;
/// The status bar stays free.
const ABOVE_STATUS: f32 = 36.0;

pub(crate) fn show(ctx: &egui::Context, cx: &ViewerContext<'_>) {
    let notices = cx.session.notices();
    if notices.is_empty() {
        return;
    }
    let width = (ctx.content_rect().width() - 2.0 * MARGIN).min(MAX_WIDTH);
    // Over the view: what is under the pointer stays where it is.
    let area = egui::Area::new(egui::Id::unique("notices"))
        .anchor(egui::Align2::RIGHT_BOTTOM, [-MARGIN, -ABOVE_STATUS])
        .constrain(true);
    area.show(ctx, |ui| {
        egui::Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_width(width);
            strips(ui, cx, notices);
        });
    });
}

fn strips(ui: &mut egui::Ui, cx: &ViewerContext<'_>, notices: &[Notice]) {
    let text_width = ui.available_width() - WORD_WIDTH - BUTTON_WIDTH - SCROLL_BAR_WIDTH;
    let strips: Vec<Strip<'_>> = notices
        .iter()
        .rev()
        .map(|notice| Strip::new(ui, notice, text_width))
        .collect();
    if strips.len() <= MAX_VISIBLE {
        all(ui, cx, &strips);
        return;
    }
    ui.weak(format!(
        "{} messages, the newest first; scroll for more",
        strips.len()
    ));
    let spacing = ui.spacing().item_spacing.y;
    let height: f32 = strips
        .iter()
        .take(MAX_VISIBLE)
        .map(|strip| strip.height + spacing)
        .sum();
    egui::ScrollArea::vertical()
        .id_salt("notices")
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| all(ui, cx, &strips));
}

fn all(ui: &mut egui::Ui, cx: &ViewerContext<'_>, strips: &[Strip<'_>]) {
    for strip in strips {
        strip.show(ui, cx);
    }
}

/// One notice, its text laid out: a strip is as high as its lines, whatever room there is.
struct Strip<'a> {
    notice: &'a Notice,
    galley: Arc<Galley>,
    height: f32,
}

impl<'a> Strip<'a> {
    fn new(ui: &egui::Ui, notice: &'a Notice, width: f32) -> Self {
        let mut job = egui::text::LayoutJob::simple(
            notice.text.clone(),
            egui::TextStyle::Body.resolve(ui.style()),
            ui.visuals().text_color(),
            width.max(80.0),
        );
        job.wrap.max_rows = MAX_LINES;
        let galley = ui.painter().layout_job(job);
        let height = galley.size().y.max(ui.spacing().interact_size.y).ceil();
        Self {
            notice,
            galley,
            height,
        }
    }

    fn show(&self, ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
        let tokens = tokens(ui);
        let (word, color) = match self.notice.level {
            NoticeLevel::Info => ("Note", tokens.accent),
            NoticeLevel::Warning => ("Warning", tokens.warning),
            NoticeLevel::Error => ("Error", tokens.error),
        };
        let (_, rect) = ui.allocate_space(vec2(ui.available_width(), self.height));
        let part = |left: f32, right: f32| {
            Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()))
        };
        let button = rect.right() - BUTTON_WIDTH;
        let text = rect.left() + WORD_WIDTH;
        let within = |rect: Rect| {
            egui::UiBuilder::new()
                .max_rect(rect)
                .layout(egui::Layout::left_to_right(egui::Align::Center))
        };
        ui.scope_builder(within(part(rect.left(), text)), |ui| {
            ui.colored_label(color, egui::RichText::new(word).strong());
        });
        ui.scope_builder(within(part(text, button)), |ui| {
            let label = egui::Label::new(Arc::clone(&self.galley)).show_tooltip_when_elided(false);
            let response = ui.add(label);
            if self.galley.elided {
                response.on_hover_text(&self.notice.text);
            }
        });
        ui.scope_builder(within(part(button, rect.right())), |ui| {
            if icon_button(ui, Icon::Close, "Dismiss").clicked() {
                cx.act(Action::Dismiss(self.notice.id));
            }
        });
    }
}
