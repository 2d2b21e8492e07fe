//! What the program is.

use super::{close_button, heading};
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui) -> bool {
    heading(ui, &format!("cubescope {}", env!("CARGO_PKG_VERSION")));
    ui.label(env!("CARGO_PKG_DESCRIPTION"));
    ui.add_space(8.0);
    ui.label("Files are read in place and never changed: opening one writes nothing and keeps its times.");
    ui.add_space(8.0);
    ui.label("Nothing in a file is ever executed: pickles are decoded as data; what names foreign code is shown, not called.");
    ui.add_space(8.0);
    ui.label("No network connection is made.");
    ui.add_space(8.0);
    ui.weak(concat!("Licence: ", env!("CARGO_PKG_LICENSE")));
    close_button(ui)
}
