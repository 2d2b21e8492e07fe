//! What is there before a file is.

use super::message::centred;
use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::session::Action;
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    centred(ui, |ui| {
        ui.heading("cubescope");
        ui.add_space(6.0);
        ui.label("Explore mmappickle files: hyperspectral cubes, their spectra and their metadata");
        ui.add_space(18.0);
        if ui
            .button("Open a file…")
            .on_hover_text(Command::OpenFile.tooltip())
            .clicked()
        {
            cx.requests.run(Command::OpenFile);
        }
        ui.add_space(4.0);
        if ui.link("or type its path").clicked() {
            cx.requests.run(Command::OpenPath);
        }
        if cx.takes_drops {
            ui.add_space(4.0);
            ui.weak("or drop a file here");
        }
        recent(ui, cx);
    });
}

fn recent(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    let recent = cx.session.settings().recent();
    if recent.is_empty() {
        return;
    }
    ui.add_space(24.0);
    ui.strong("Recent files");
    for path in recent {
        let gone = cx.session.is_recent_gone(path);
        let suffix = if gone { " (not found)" } else { "" };
        let link = egui::Link::new(format!("{}{suffix}", path.display()));
        if ui.add(link).clicked() {
            cx.act(Action::Open(path.clone()));
        }
    }
}
