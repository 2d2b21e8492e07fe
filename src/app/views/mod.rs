//! Views: what fills the middle, chosen by what the selected key holds.

mod curve;
mod failed;
mod mask_tools;
mod message;
mod opcodes;
mod picture;
mod scalar;
mod spectrum;
mod start;
mod table;
mod tools;
mod value;
mod value_faces;

use super::context::ViewerContext;
use super::texture::TextureStore;
use super::widgets::keyboard;
use crate::session::document::Face;
use crate::session::{Document, DocumentId, DocumentState};
use eframe::egui;

/// Draws the view of the active file.
pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, textures: &mut TextureStore) {
    show_view(ui, cx, textures);
    let is_coming = cx.session.active_document().is_some_and(|document| {
        let feed = document.feeds().value();
        document.face() == Some(Face::Value) && feed.is_waiting()
    });
    if !is_coming {
        // Nothing here takes the keyboard.
        keyboard::take(ui.ctx());
    }
}

fn show_view(ui: &mut egui::Ui, cx: &ViewerContext<'_>, textures: &mut TextureStore) {
    let Some(document) = cx.session.active_document() else {
        return start::show(ui, cx);
    };
    if document.opcodes().is_some() && document.has_opcodes() {
        return opcodes::show(ui, cx, document);
    }
    match document.state() {
        DocumentState::Opening => {
            message::show(ui, &format!("Opening {}…", document.name()), "", None);
        }
        DocumentState::Failed(failed) => failed::show(ui, cx, document, failed),
        DocumentState::Open(_) => match document.face() {
            None => show_nothing(ui, document.list().selected().map(|key| &**key)),
            Some(Face::Picture) => picture::show(ui, cx, document, textures),
            Some(Face::Curve) => curve::show(ui, cx, document),
            Some(Face::Scalar) => scalar::show(ui, cx, document),
            Some(Face::Table) => table::show(ui, cx, document),
            Some(Face::Value) => value::show(ui, cx, document),
            Some(Face::Message(why)) => {
                message::show(ui, "This key cannot be shown", &why, document.item());
            }
        },
    }
}

/// What fields of the selected key are of: what is typed in one is not known to those of another key or file.
fn of_key(document: &Document) -> (DocumentId, Option<&str>) {
    let key = document.item().map(|item| item.key.as_str());
    (document.id(), key)
}

fn show_nothing(ui: &mut egui::Ui, selected: Option<&str>) {
    match selected {
        Some(key) => message::show(ui, "This key is no longer in the file", key, None),
        None => message::show(ui, "Select a key at the left", "", None),
    }
}
