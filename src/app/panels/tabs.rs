//! One tab for each open file. With one file it says which.

use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{Icon, icon_button};
use crate::session::{Action, CopiedKeys, Document, DocumentState, Following};
use eframe::egui;

pub(crate) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    if cx.session.documents().is_empty() {
        return;
    }
    egui::Panel::top("tabs").show(ui, |ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(document) = cx.session.active_document() {
                super::edit_bar::show(ui, cx, document);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                egui::ScrollArea::horizontal()
                    .id_salt("tabs")
                    .show(ui, |ui| {
                        ui.horizontal(|ui| {
                            for document in cx.session.documents() {
                                tab(ui, cx, document);
                            }
                        });
                    });
            });
        });
    });
}

/// Beside the pointer: what is dragged, and where it would be copied to.
fn carried(ui: &egui::Ui, copied: &CopiedKeys, to: &str) {
    let what = match copied.keys.as_slice() {
        [key] => key.clone(),
        keys => format!("{} keys", keys.len()),
    };
    egui::Tooltip::always_open(
        ui.ctx().clone(),
        ui.layer_id(),
        ui.scope_id().with("carried keys"),
        egui::PopupAnchor::Pointer,
    )
    .gap(12.0)
    .show(|ui| ui.label(format!("Copy {what} to {to}")));
}

/// Of many tabs the active one is scrolled to when it becomes that; afterwards the user may scroll.
fn keep_in_sight(ui: &egui::Ui, document: &Document, tab: &egui::Response) {
    let id = egui::Id::unique("tab in sight");
    let before = ui.data(|data| data.get_temp(id));
    if before != Some(document.id()) {
        tab.scroll_to_me(None);
        ui.data_mut(|data| data.insert_temp(id, document.id()));
    }
}

fn tab(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let is_active = cx
        .session
        .active_document()
        .is_some_and(|active| active.id() == document.id());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 1.0;
        let mut text = egui::RichText::new(document.name());
        if matches!(document.state(), DocumentState::Failed(_))
            || document.following() == Following::Vanished
        {
            text = text.color(ui.visuals().error_fg_color);
        }
        let button = egui::Button::selectable(is_active, text);
        let response = ui
            .add(button)
            .on_hover_text(document.path().display().to_string());
        if response.clicked() {
            cx.act(Action::Activate(document.id()));
        }
        if is_active {
            keep_in_sight(ui, document, &response);
        }
        if let Some(copied) = response.dnd_hover_payload::<CopiedKeys>() {
            let stroke = egui::Stroke::new(2.0, tokens(ui).accent);
            ui.painter()
                .rect_stroke(response.rect, 4.0, stroke, egui::StrokeKind::Outside);
            carried(ui, &copied, &document.name());
        }
        if let Some(copied) = response.dnd_release_payload::<CopiedKeys>() {
            cx.act(Action::CopyKeysTo(
                CopiedKeys::clone(&copied),
                document.id(),
            ));
        }
        if icon_button(ui, Icon::Close, &format!("Close {}", document.name())).clicked() {
            cx.act(Action::Close(document.id()));
        }
    });
    ui.add_space(6.0);
}
