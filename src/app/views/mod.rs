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
use crate::session::DocumentState;
use crate::session::document::Face;
use eframe::egui;

/// Draws the view of the active file.
pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, textures: &mut TextureStore) {
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

fn show_nothing(ui: &mut egui::Ui, selected: Option<&str>) {
    match selected {
        Some(key) => message::show(ui, "This key is no longer in the file", key, None),
        None => message::show(ui, "Select a key at the left", "", None),
    }
}
