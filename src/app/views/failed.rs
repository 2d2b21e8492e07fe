//! A file that cannot be opened: why, and what can be done all the same.

use super::message;
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::line;
use crate::session::document::Failed;
use crate::session::editing::NewFile;
use crate::session::opcodes::{OpcodeAction, OpcodeScope};
use crate::session::rescue::{Rescue, RescueRow};
use crate::session::{Action, Document};
use eframe::egui;
use egui::RichText;
use egui_extras::{Column, TableBuilder};
use std::path::{Path, PathBuf};

const ROW_HEIGHT: f32 = 20.0;

pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    failed: &Failed,
) {
    let rescue = document.feeds().rescue();
    if let Some(rescue) = rescue.shown() {
        return rescue_view(ui, cx, document, failed, rescue);
    }
    message::centred(ui, |ui| {
        ui.heading("This file cannot be opened");
        ui.add_space(tokens(ui).gap);
        ui.add(egui::Label::new(&failed.why).wrap());
        ui.add_space(tokens(ui).gap_large);
        // In the middle, as the text is.
        let buttons = if failed.has_bytes { 340.0 } else { 80.0 };
        ui.horizontal(|ui| {
            ui.add_space(((ui.available_width() - buttons) / 2.0).max(0.0));
            buttons_of(ui, cx, document, failed);
        });
        if let Some(why) = rescue.error() {
            ui.add_space(tokens(ui).gap);
            ui.add(egui::Label::new(RichText::new(why).color(tokens(ui).error)).wrap());
        } else if rescue.is_waiting() {
            ui.add_space(tokens(ui).gap);
            ui.weak("Finding what can be saved…");
        }
    });
}

fn buttons_of(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, failed: &Failed) {
    if ui.button("Try again").clicked() {
        cx.act(Action::Retry(document.id()));
    }
    if !failed.has_bytes {
        return;
    }
    let repair = ui.button("Repair into a new file…");
    let tip = "Look what can be saved; nothing is written yet, and this file stays as it is";
    if repair.on_hover_text(tip).clicked() {
        cx.act(Action::Rescue(true));
    }
    let opcodes = ui.button("Opcodes");
    let tip = "List what the file holds as a pickle, up to the fault; nothing is run";
    if opcodes.on_hover_text(tip).clicked() {
        let show = OpcodeAction::Show(OpcodeScope::File);
        cx.act(Action::Opcodes(show));
    }
}

/// What would be saved, and where to.
fn rescue_view(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    failed: &Failed,
    rescue: &Rescue,
) {
    egui::Panel::top("rescue head").show(ui, |ui| {
        ui.add_space(tokens(ui).gap);
        ui.heading("What can be saved of this file");
        ui.add(egui::Label::new(RichText::new(&failed.why).weak()).wrap());
        ui.add_space(tokens(ui).gap_small);
        ui.label(summary(rescue));
        if let Some(header) = &rescue.header {
            ui.weak(format!(
                "The header is damaged ({header}); the new file gets a new one"
            ));
        }
        ui.add_space(tokens(ui).gap_small);
    });
    egui::Panel::bottom("rescue end").show(ui, |ui| {
        ui.add_space(tokens(ui).gap);
        write(ui, cx, document);
        ui.add_space(tokens(ui).gap);
    });
    egui::CentralPanel::default().show(ui, |ui| rows(ui, &rescue.rows));
}

fn summary(rescue: &Rescue) -> String {
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    };
    let mut parts = vec![count(rescue.live, "key", "keys")];
    if rescue.dead > 0 {
        parts.push(count(rescue.dead, "earlier version", "earlier versions"));
    }
    let left_out = match rescue.cut {
        0 => "nothing is left out".to_owned(),
        cut => format!(
            "{} left out",
            count(cut, "stretch of bytes is", "stretches of bytes are")
        ),
    };
    format!("{} can be saved; {left_out}.", parts.join(" and "))
}

fn rows(ui: &mut egui::Ui, rows: &[RescueRow]) {
    TableBuilder::new(ui)
        .auto_shrink([false, false])
        .striped(true)
        .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
        .column(Column::exact(66.0))
        .column(
            Column::initial(150.0)
                .at_least(60.0)
                .clip(true)
                .resizable(true),
        )
        .column(
            Column::initial(150.0)
                .at_least(60.0)
                .clip(true)
                .resizable(true),
        )
        .column(Column::remainder().at_least(80.0).clip(true))
        .header(18.0, |mut header| {
            for text in ["", "Key", "What", "Where and why"] {
                header.col(|ui| {
                    ui.small(RichText::new(text).weak());
                });
            }
        })
        .body(|body| {
            body.rows(ROW_HEIGHT, rows.len(), |mut row| {
                let Some(found) = rows.get(row.index()) else {
                    return;
                };
                row.col(|ui| {
                    let (text, color) = match found.is_kept {
                        true => ("Saved", tokens(ui).added),
                        false => ("Left out", tokens(ui).removed),
                    };
                    ui.colored_label(color, text);
                });
                row.col(|ui| {
                    ui.add(egui::Label::new(&found.key).truncate());
                });
                row.col(|ui| {
                    ui.add(egui::Label::new(&found.what).truncate());
                });
                row.col(|ui| {
                    let at = format!("at byte {}", found.offset);
                    let text = match found.note.as_str() {
                        "" => at,
                        note => format!("{at}: {note}"),
                    };
                    ui.add(egui::Label::new(RichText::new(text).weak()).truncate());
                });
            });
        });
}

fn write(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let id = ui.make_persistent_id(("rescued to", document.id()));
    let known: Option<String> = ui.data(|data| data.get_temp(id));
    let mut text = known.unwrap_or_else(|| proposal(document.path()).display().to_string());
    ui.horizontal(|ui| {
        let label = ui.label("New file");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Back").clicked() {
                cx.act(Action::Rescue(false));
            }
            let can = !text.trim().is_empty() && !document.editing().is_busy();
            let button = ui.add_enabled(can, egui::Button::new("Write and open"));
            let tip = "Write what can be saved to a new file, and open that";
            if button.on_hover_text(tip).clicked() {
                let path = PathBuf::from(text.trim());
                cx.act(Action::WriteNewFile(NewFile::Repaired, path));
            }
            let field = line(&mut text, id.with("field")).desired_width(ui.available_width());
            if ui.add(field).labelled_by(label.id).changed() {
                ui.data_mut(|data| data.insert_temp(id, text.clone()));
            }
        });
    });
}

/// Beside the file, with another name.
fn proposal(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-repaired.mmdpickle"))
}
