//! A value that is no array: its type and size, what Python would run, and its tree or another face, or its draft while it
//! is edited.

use super::{message, value_faces};
use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{ValueEditor, value_editor, value_tree};
use crate::dataset::Item;
use crate::pickle::{Node, Value};
use crate::session::editing::{DraftState, ValueEdit};
use crate::session::value_faces::ValueFace;
use crate::session::{Action, Document};
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let Some(item) = document.item() else { return };
    egui::Panel::top("value head").show(ui, |ui| {
        ui.add_space(2.0);
        ui.horizontal_wrapped(|ui| {
            ui.heading(&item.key);
            ui.weak(item.type_text());
            let size = size_text(document, item);
            // An empty label would begin the line anew.
            if !size.is_empty() {
                ui.weak(size);
            }
            value_faces::choice(ui, cx, document);
        });
        warning(ui, document, item);
        ui.add_space(2.0);
    });
    let feed = document.feeds().value();
    match (feed.shown(), feed.error()) {
        (_, Some(why)) => {
            if message::failure(ui, "This value cannot be shown", why) {
                cx.act(Action::Retry(document.id()));
            }
        }
        (Some(value), None) => {
            let edit = document.value_edit();
            let is_tree = document.value_face() == ValueFace::Tree;
            match edit.filter(|edit| edit.key() == item.key && is_tree) {
                Some(edit) => editor(ui, cx, document, edit),
                None => {
                    egui::CentralPanel::default()
                        .show(ui, |ui| face(ui, cx, document, &item.key, value));
                }
            }
        }
        (None, None) => message::show(ui, "Reading…", "", None),
    }
}

/// How many items it has: of a long value that is known once it is read.
fn size_text(document: &Document, item: &Item) -> String {
    let listed = item.size_text();
    let value = document.feeds().value().shown();
    match value.filter(|_| listed.is_empty()) {
        Some(value) if is_container(value.root_node()) => {
            format!("{} items", value.child_count(value.root()))
        }
        _ => listed,
    }
}

fn is_container(node: &Node) -> bool {
    matches!(
        node,
        Node::List(_) | Node::Tuple(_) | Node::Dict(_) | Node::Set(_) | Node::FrozenSet(_)
    )
}

/// As it is shown while it is not edited.
fn face(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, key: &str, value: &Value) {
    let feed = document.feeds().faces();
    match feed.shown() {
        Some(faces) => {
            if !value_faces::show(ui, cx, document, faces) {
                value_tree(ui, key, value);
            }
        }
        // A tree that becomes something else at once would flicker.
        None if feed.is_waiting() => {}
        None => value_tree(ui, key, value),
    }
}

/// What Python would run when it loads this value.
fn warning(ui: &mut egui::Ui, document: &Document, item: &Item) {
    let faces = document.feeds().faces().shown();
    let calls = item
        .calls
        .as_deref()
        .or(faces.and_then(|faces| faces.calls.as_deref()));
    if let Some(calls) = calls {
        let text = format!(
            "Loading this value in Python would call {calls}. It was not called here, and is shown as text."
        );
        let text = egui::RichText::new(text).color(tokens(ui).warning);
        ui.add(egui::Label::new(text).wrap());
        ui.add_space(2.0);
    }
}

fn editor(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, edit: &ValueEdit) {
    conflict(ui, cx, document, edit);
    // The buttons come behind the fields, also for Tab.
    let room = ui.available_rect_before_wrap();
    let height = ui.spacing().interact_size.y + 2.0 * tokens(ui).gap_small + 4.0;
    let (fields, buttons) = room.split_top_bottom_at_y(room.bottom() - height);
    let part = |ui: &mut egui::Ui, salt, rect| {
        ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(rect))
    };
    let mut upper = part(ui, "fields", fields);
    egui::CentralPanel::default().show(&mut upper, |ui| {
        let events = value_editor(
            ui,
            super::of_key(document),
            &ValueEditor {
                draft: edit.draft(),
                refused: edit.refused(),
                is_applied: cx.requests.has(Command::ApplyValue),
            },
        );
        if !events.edits.is_empty() {
            cx.act(Action::EditValue(events.edits));
        }
        // Told each time it changes only: every action makes another frame.
        let is_unfinished = events.has_error || events.is_pending;
        let id = ui.make_persistent_id(("value is unfinished", super::of_key(document)));
        let before = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
        if is_unfinished != before {
            ui.data_mut(|data| data.insert_temp(id, is_unfinished));
            cx.act(Action::SetUnfinished(is_unfinished));
        }
    });
    let mut lower = part(ui, "apply", buttons);
    egui::CentralPanel::default()
        .frame(egui::Frame::side_top_panel(ui.style()))
        .show(&mut lower, |ui| {
            ui.horizontal(|ui| apply(ui, cx, edit));
        });
}

/// From left to right.
fn apply(ui: &mut egui::Ui, cx: &ViewerContext<'_>, edit: &ValueEdit) {
    let button = ui.add_enabled(edit.can_apply(), egui::Button::new("Apply"));
    let keys = Command::ApplyValue.shortcut_text(ui.ctx());
    let tip = format!("Write the value to the file; the one before stays in the history ({keys})");
    if button.on_hover_text(tip).clicked() {
        cx.act(Action::ApplyValue);
    }
    let discard = ui.add_enabled(edit.is_changed(), egui::Button::new("Discard"));
    if discard
        .on_hover_text("Back to what the file holds")
        .clicked()
    {
        cx.act(Action::DiscardValue);
    }
    ui.weak(match edit.state() {
        DraftState::Applying | DraftState::Applied => "Writing…",
        _ if edit.draft().is_changed() => "Not applied yet",
        _ => "No changes",
    });
}

/// Somebody else changed the value: both are shown, and the user decides.
fn conflict(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, edit: &ValueEdit) {
    let text = match edit.state() {
        DraftState::Conflict => "Another program changed this value. In the file now:",
        DraftState::Gone => "Another program deleted this key. Yours can be written again.",
        DraftState::Open | DraftState::Applying | DraftState::Applied => return,
    };
    egui::Panel::top("conflict").show(ui, |ui| {
        ui.add_space(tokens(ui).gap_small);
        ui.colored_label(ui.visuals().warn_fg_color, text);
        let theirs = document.feeds().value().shown();
        if let (DraftState::Conflict, Some(value)) = (edit.state(), theirs) {
            let line = value.line(value.root(), 600);
            ui.add(egui::Label::new(egui::RichText::new(line).monospace()).wrap());
            let mine = edit.draft().value();
            ui.weak("Yours:");
            let line = mine.line(mine.root(), 600);
            ui.add(egui::Label::new(egui::RichText::new(line).monospace()).wrap());
        }
        ui.horizontal(|ui| {
            let mine = ui.button("Write mine");
            let tip = "Theirs stays in the history";
            if mine.on_hover_text(tip).clicked() {
                cx.act(Action::ApplyOverTheirs);
            }
            let theirs = ui.button("Take theirs");
            if theirs
                .on_hover_text("Give up what was edited here")
                .clicked()
            {
                cx.act(Action::DiscardValue);
            }
        });
        ui.add_space(tokens(ui).gap_small);
    });
}
