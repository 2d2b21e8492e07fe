//! Editing by label: the switch, the dialogs, the value editor, the history.

use super::{Window, click, document, settle, window};
use crate::session::Action;
use eframe::egui;
use egui::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::PathBuf;

/// A window with a copy of the sample, editing switched on.
pub(super) fn editable() -> (tempfile::TempDir, PathBuf, Window) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.mmdpickle");
    std::fs::copy(super::sample(), &path).unwrap();
    let mut harness = window();
    let session = harness.state_mut().session_mut();
    session.apply(Action::Open(path.clone()));
    settle(&mut harness);
    click(&mut harness, "Edit");
    assert!(document(&harness).editing().is_on());
    (folder, path, harness)
}

pub(super) fn keys(harness: &Window) -> Vec<String> {
    let entries = document(harness).list().entries().iter();
    entries.map(|entry| entry.key.to_string()).collect()
}

pub(super) fn select(harness: &mut Window, row: &str) {
    harness.get_by_label_contains(row).click();
    settle(harness);
}

fn type_into(harness: &mut Window, field: &str, text: &str) {
    harness
        .get_by_role_and_label(Role::TextInput, field)
        .focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::TextInput, field)
        .type_text(text);
    harness.run_steps(3);
}

fn menu(harness: &mut Window, entry: &str) {
    click(harness, "Edit menu");
    click(harness, entry);
}

#[test]
fn a_file_is_read_only_until_the_switch() {
    let mut harness = super::window_with_sample();
    harness.get_by_label("Read-only");
    assert!(harness.query_by_label("Undo").is_none());
    harness.run_steps(2);
}

#[test]
fn a_key_is_renamed_in_a_dialog_and_undone_by_a_button() {
    let (_folder, _path, mut harness) = editable();
    select(&mut harness, "description, str");
    harness.key_press(egui::Key::F2);
    harness.run_steps(4);
    type_into(&mut harness, "New name", "2");
    click(&mut harness, "Rename");
    assert!(
        keys(&harness).contains(&"description2".to_owned()),
        "{:?}",
        keys(&harness)
    );
    click(&mut harness, "Undo");
    assert!(keys(&harness).contains(&"description".to_owned()));
    click(&mut harness, "Redo");
    assert!(keys(&harness).contains(&"description2".to_owned()));
}

#[test]
fn a_name_that_is_taken_is_refused_while_it_is_typed() {
    let (_folder, _path, mut harness) = editable();
    select(&mut harness, "description, str");
    harness.key_press(egui::Key::F2);
    harness.run_steps(4);
    harness.get_by_label("There is a key of this name already");
    assert!(
        harness
            .get_by_role_and_label(Role::Button, "Rename")
            .accesskit_node()
            .is_disabled()
    );
}

#[test]
fn a_value_is_added_as_python_literal_with_the_place_of_errors() {
    let (_folder, _path, mut harness) = editable();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::N);
    harness.run_steps(4);
    type_into(&mut harness, "Key", "note");
    let field = "Value, as Python writes it: 'text', 2.5, [1, 2], {'a': None}";
    let literal = |harness: &mut Window, text: &str| {
        harness
            .get_by_role_and_label(Role::MultilineTextInput, field)
            .focus();
        harness.run_steps(2);
        harness
            .get_by_role_and_label(Role::MultilineTextInput, field)
            .type_text(text);
        harness.run_steps(3);
    };
    literal(&mut harness, "[1, 2");
    harness.get_by_label("line 1, column 1: this bracket is not closed, expected ']'");
    literal(&mut harness, "]");
    click(&mut harness, "Add");
    assert!(keys(&harness).contains(&"note".to_owned()));
    let selected = document(&harness).list().selected().map(|key| &**key);
    assert_eq!(selected, Some("note"));
}

#[test]
fn the_delete_key_deletes_and_the_history_restores() {
    let (_folder, _path, mut harness) = editable();
    select(&mut harness, "description, str");
    harness.key_press(egui::Key::Delete);
    harness.run_steps(3);
    settle(&mut harness);
    assert!(!keys(&harness).contains(&"description".to_owned()));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::H);
    harness.run_steps(3);
    click(&mut harness, "Deleted");
    harness.get_by_label_contains("description").click();
    settle(&mut harness);
    click(&mut harness, "Restore");
    assert!(keys(&harness).contains(&"description".to_owned()));
    click(&mut harness, "Changes");
    harness.get_by_label("Delete \"description\"");
    click(&mut harness, "Revert to opened state");
    assert!(!document(&harness).editing().can_go_back());
}

#[test]
fn a_text_is_edited_and_applied_and_leaving_it_asks() {
    let (_folder, _path, mut harness) = editable();
    select(&mut harness, "description, str");
    let before = document(&harness)
        .value_edit()
        .unwrap()
        .draft()
        .value()
        .literal();
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, "Value");
    field.focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::MultilineTextInput, "Value")
        .type_text("!");
    harness.run_steps(3);
    harness.get_by_label("Not applied yet");
    select(&mut harness, "hdr, float32");
    harness.get_by_role_and_label(Role::Dialog, "Unsaved changes");
    click(&mut harness, "Stay");
    click(&mut harness, "Apply");
    harness.get_by_label("No changes");
    let after = document(&harness)
        .value_edit()
        .unwrap()
        .draft()
        .value()
        .literal();
    assert_ne!(after, before);
    select(&mut harness, "hdr, float32");
    let selected = document(&harness).list().selected().map(|key| &**key);
    assert_eq!(selected, Some("hdr"));
}

#[test]
fn several_keys_are_chosen_with_the_mouse_and_duplicated_by_menu() {
    let (_folder, _path, mut harness) = editable();
    select(&mut harness, "description, str");
    harness
        .get_by_label_contains("hdr, float32")
        .click_modifiers(egui::Modifiers::COMMAND);
    settle(&mut harness);
    assert_eq!(document(&harness).list().chosen().len(), 2);
    menu(&mut harness, "Copy keys");
    menu(&mut harness, "Paste keys");
    let keys = keys(&harness);
    assert!(keys.contains(&"description-copy".to_owned()), "{keys:?}");
    assert!(keys.contains(&"hdr-copy".to_owned()));
}

/// What is typed after a value was written goes on from what was written, also after a conflict.
#[test]
fn a_field_shows_what_was_written() {
    let (_folder, path, mut harness) = editable();
    select(&mut harness, "description, str");
    let text = |harness: &Window| {
        let field = harness.get_by_role_and_label(Role::MultilineTextInput, "Value");
        field.value().unwrap_or_default()
    };
    let add = |harness: &mut Window, text: &str| {
        harness
            .get_by_role_and_label(Role::MultilineTextInput, "Value")
            .focus();
        harness.run_steps(2);
        harness
            .get_by_role_and_label(Role::MultilineTextInput, "Value")
            .type_text(text);
        harness.run_steps(3);
    };
    let before = text(&harness);
    add(&mut harness, "1");
    click(&mut harness, "Apply");
    assert_eq!(text(&harness), format!("{before}1"));
    add(&mut harness, "2");
    let theirs = crate::pickle::parse_literal("'theirs'").unwrap();
    let progress = crate::progress::Progress::new();
    crate::mmapdict::edit(&path, &progress, |editor| {
        editor.put_value("description", crate::mmapdict::Plan::Any, &theirs)
    })
    .unwrap();
    let deadline = std::time::Instant::now() + super::TIMEOUT;
    while harness.query_by_label("Write mine").is_none() {
        assert!(std::time::Instant::now() < deadline, "no conflict is shown");
        std::thread::sleep(std::time::Duration::from_millis(20));
        settle(&mut harness);
    }
    click(&mut harness, "Write mine");
    assert_eq!(text(&harness), format!("{before}12"));
    add(&mut harness, "3");
    click(&mut harness, "Apply");
    assert_eq!(text(&harness), format!("{before}123"));
    click(&mut harness, "Undo");
    assert_eq!(text(&harness), format!("{before}12"));
}

#[test]
fn a_version_of_an_array_is_compared_as_a_picture() {
    let (_folder, _path, mut harness) = editable();
    let mut act = |action| {
        harness.state_mut().session_mut().apply(action);
        settle(&mut harness);
    };
    act(Action::SelectKey("groundtruth".to_owned()));
    // A mask and back: the version before the mask has the same cells, until one is written over.
    act(Action::SetMask(true));
    act(Action::SetMask(false));
    let cells = crate::session::editing::CellsEdit {
        key: "groundtruth".to_owned(),
        cells: vec![(vec![3, 4], "77".to_owned())],
    };
    act(Action::WriteCells(cells));
    act(Action::SetHistory(true));
    let dataset = document(&harness).dataset().expect("a file");
    let found = crate::session::history::versions(dataset, "groundtruth");
    let first = found.last().expect("a version").offset;
    let version = format!("Version at byte {first}: Replaced");
    assert!(
        harness
            .query_by_label("Picture of the difference")
            .is_none()
    );
    click(&mut harness, &version);
    harness.get_by_role_and_label(Role::Image, "Picture of the difference");
    harness.get_by_label("1 of 7040 cells differ from the live version");
    harness.get_by_label_contains("blue −");
}
