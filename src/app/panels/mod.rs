//! Panels around the view: menu, tabs, notices, keys, status. They know the session through a context, and not each other.

mod edit_bar;
mod file_report;
pub(super) mod history;
pub(super) mod key_list;
pub(super) mod notices;
pub(super) mod statistics;
pub(super) mod status_bar;
pub(super) mod tabs;
pub(super) mod top_bar;

pub(super) use key_list::{key_list_id, search_id};

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use eframe::egui;

/// A command as an entry of a menu.
fn command_button(ui: &mut egui::Ui, cx: &ViewerContext<'_>, command: Command) {
    let button = egui::Button::new(command.text()).shortcut_text(command.shortcut_text(ui.ctx()));
    let response = ui
        .add_enabled(command.is_enabled(cx.session), button)
        .accessible_name(command.text());
    if response.on_hover_text(command.tooltip()).clicked() {
        cx.requests.run(command);
    }
}
