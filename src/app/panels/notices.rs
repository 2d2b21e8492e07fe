//! What the user is to be told, as strips above the view until dismissed.

use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{Icon, icon_button};
use crate::session::{Action, Notice, NoticeLevel};
use eframe::egui;

pub(crate) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    if cx.session.notices().is_empty() {
        return;
    }
    egui::Panel::top("notices").show(ui, |ui| {
        for notice in cx.session.notices() {
            strip(ui, cx, notice);
        }
    });
}

fn strip(ui: &mut egui::Ui, cx: &ViewerContext<'_>, notice: &Notice) {
    let tokens = tokens(ui);
    let (word, color) = match notice.level {
        NoticeLevel::Info => ("Note", tokens.accent),
        NoticeLevel::Warning => ("Warning", tokens.warning),
        NoticeLevel::Error => ("Error", tokens.error),
    };
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if icon_button(ui, Icon::Close, "Dismiss").clicked() {
            cx.act(Action::Dismiss(notice.id));
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.colored_label(color, egui::RichText::new(word).strong());
            ui.add(egui::Label::new(&notice.text).wrap());
        });
    });
}
