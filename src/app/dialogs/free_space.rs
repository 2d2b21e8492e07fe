//! Before the space of earlier versions is freed: what is lost by it.

use super::{buttons, heading};
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::dataset::text::byte_count;
use crate::mmapdict::VacuumWay;
use crate::session::{Action, Document, DocumentId};
use eframe::egui;

/// What is asked about.
pub(super) struct FreeSpace {
    document: DocumentId,
    way: VacuumWay,
}

impl FreeSpace {
    pub(super) fn new(document: DocumentId, way: VacuumWay) -> Self {
        Self { document, way }
    }
}

/// Returns whether it is done.
pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, state: &FreeSpace) -> bool {
    let document = cx.session.active_document();
    let Some(document) = document.filter(|document| document.id() == state.document) else {
        return true;
    };
    let (title, button) = match &state.way {
        VacuumWay::Punch => ("Erase the data of earlier versions of arrays?", "Erase"),
        VacuumWay::Copy => ("Replace the file by a compacted copy?", "Erase and compact"),
        VacuumWay::InPlace => ("Compact the file in place?", "Erase and compact"),
        VacuumWay::To(_) => return true,
    };
    heading(ui, title);
    for text in losses(document, &state.way) {
        ui.add(egui::Label::new(text).wrap());
    }
    if state.way == VacuumWay::InPlace {
        ui.add_space(tokens(ui).gap);
        ui.colored_label(
            ui.visuals().warn_fg_color,
            "A crash or power cut in the middle leaves a broken file.",
        );
    }
    match buttons(ui, button, true, false) {
        Some(true) => {
            cx.act(Action::FreeSpace(state.way.clone()));
            true
        }
        Some(false) => true,
        None => false,
    }
}

fn losses(document: &Document, way: &VacuumWay) -> Vec<String> {
    let mut texts = Vec::new();
    let Some(dataset) = document.dataset() else {
        return texts;
    };
    let dead = || {
        let dead = dataset.dead_items();
        dead.filter(|item| *way != VacuumWay::Punch || item.layout().is_some())
    };
    let bytes = byte_count(dead().map(|item| item.length).sum());
    let deleted = document.list().deleted().len();
    texts.push(match (dead().count(), way) {
        (1, _) => format!("1 earlier version ({bytes}) is erased for good."),
        (count, _) => format!("{count} earlier versions ({bytes}) are erased for good."),
    });
    match (deleted, way) {
        (0, _) | (_, VacuumWay::Punch) => {}
        (1, _) => texts.push("1 deleted key can no longer be restored.".to_owned()),
        (count, _) => texts.push(format!("{count} deleted keys can no longer be restored.")),
    }
    let steps = document.editing().journal().steps().len();
    match (steps, way) {
        (0, _) => {}
        (_, VacuumWay::Punch) => {
            texts.push("Changes that need these versions can no longer be undone.".to_owned())
        }
        (1, _) => texts.push("The undo list is cleared (1 step).".to_owned()),
        (count, _) => texts.push(format!("The undo list is cleared ({count} steps).")),
    }
    texts
}
