//! The line at the bottom: what is under the pointer, what runs, what the file is.

use crate::app::context::ViewerContext;
use crate::app::frame::SHOW_JOB_AFTER;
use crate::app::theme::tokens;
use crate::dataset::text::byte_count;
use crate::session::jobs::Running;
use crate::session::readout::readout;
use crate::session::{Action, Document, Following, Slot};
use eframe::egui;

/// Of the figure of how fast a file is read.
const RATE_WIDTH: f32 = 76.0;

pub(crate) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    egui::Panel::bottom("status").show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if let Some(document) = cx.session.active_document() {
                    file_state(ui, document);
                }
                running(ui, cx);
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    pixel(ui, cx);
                });
            });
        });
    });
}

fn pixel(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    let Some(readout) = cx.session.active_document().and_then(readout) else {
        // Holds the height of the line.
        ui.label("");
        return;
    };
    let font = tokens(ui).number_text;
    let text = |text: String| egui::RichText::new(text).font(font.clone());
    ui.spacing_mut().item_spacing.x = tokens(ui).gap_large;
    ui.label(text(readout.position));
    if !readout.band.is_empty() {
        ui.label(text(readout.band));
    }
    ui.add(egui::Label::new(text(readout.value).strong()).truncate());
}

fn file_state(ui: &mut egui::Ui, document: &Document) {
    let Some(dataset) = document.dataset() else {
        return;
    };
    let (text, why) = match document.following() {
        Following::Live => (
            "Live",
            "Changes of the file on disk are seen within a second",
        ),
        Following::Refreshing => (
            "Reading changes",
            "The file changed on disk and is being read again",
        ),
        Following::Vanished => (
            "File is gone",
            "There is no file under this path any more; its last state is shown",
        ),
    };
    ui.weak(text).on_hover_text(why);
    ui.separator();
    ui.weak(byte_count(dataset.size()))
        .on_hover_text(format!("{} bytes", dataset.size()));
    ui.separator();
    if let Some(commit) = dataset.commit() {
        ui.weak(format!("Commit {commit}"))
            .on_hover_text("Increases with every change; reset to 0 by a vacuum of mmappickle");
        ui.separator();
    }
}

fn running(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    let is_ahead = |job: &&Running<Slot>| matches!(job.slot(), Slot::Ahead(_));
    let jobs = cx.session.running_jobs();
    let jobs = jobs.filter(|job| job.age() > SHOW_JOB_AFTER);
    // What nobody asked for comes last.
    let (ahead, mut jobs): (Vec<_>, Vec<_>) = jobs.partition(is_ahead);
    if jobs.is_empty() {
        jobs = ahead;
    }
    for job in jobs.into_iter().take(2) {
        let cancel = ui.small_button("Cancel").on_hover_text(job.name());
        // There may be two of them.
        cancel.widget_info(|| {
            let label = format!("Cancel {}", job.name());
            egui::WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), label)
        });
        if cancel.clicked() {
            cx.act(Action::CancelJob(job.id()));
        }
        match job.fraction() {
            Some(fraction) => {
                ui.add(
                    egui::ProgressBar::new(fraction)
                        .desired_width(100.0)
                        .desired_height(12.0),
                );
                if let Some(rate) = job.bytes_per_second() {
                    // Of fixed width, so that nothing moves with its digits.
                    let text = format!("{}/s", byte_count(rate as u64));
                    let text = egui::RichText::new(text).font(tokens(ui).number_text);
                    let size = egui::vec2(RATE_WIDTH, ui.available_height());
                    ui.add_sized(size, egui::Label::new(text.weak()))
                        .on_hover_text("Current read rate");
                }
            }
            None => {
                ui.weak("…");
            }
        }
        ui.add(egui::Label::new(job.name()).truncate());
        ui.separator();
    }
}
