//! What the program is.

use super::{close_button, heading};
use crate::app::context::ViewerContext;
use crate::dataset::text::byte_count;
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>) -> bool {
    heading(ui, &format!("cubescope {}", env!("CARGO_PKG_VERSION")));
    ui.label(env!("CARGO_PKG_DESCRIPTION"));
    ui.add_space(8.0);
    ui.label("Files are read in place: opening a file never modifies it, not even its access time. It is changed only while \"Edit\" is on.");
    ui.add_space(8.0);
    ui.label("Nothing in a file is ever executed: pickles are decoded as data; what names foreign code is shown, not called.");
    ui.add_space(8.0);
    ui.label("No network connection is made.");
    ui.add_space(8.0);
    let [used, budget] = cx.session.cache_fill();
    ui.label(format!(
        "Pictures kept in memory: {} of {}. The setting cache_megabytes changes the limit.",
        byte_count(used),
        byte_count(budget)
    ));
    ui.add_space(8.0);
    ui.weak(concat!("Licence: ", env!("CARGO_PKG_LICENSE")));
    close_button(ui)
}
