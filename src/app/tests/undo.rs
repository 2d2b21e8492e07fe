//! What is asked before anything is lost, by label.

use super::editing::{editable, keys};
use super::{click, document, settle};
use crate::mmapdict::{Plan, edit};
use crate::pickle::parse_literal;
use crate::progress::Progress;
use crate::session::Action;
use crate::session::editing::Change;
use eframe::egui;
use egui_kittest::kittest::Queryable as _;
use std::path::Path;

fn theirs(path: &Path, key: &str) {
    let value = parse_literal("'theirs'").unwrap();
    edit(path, &Progress::new(), |editor| {
        editor.put_value(key, Plan::Any, &value)
    })
    .unwrap();
}

fn put(harness: &mut super::Window, key: &str, literal: &str) {
    let over = document(harness).dataset().unwrap().item(key);
    let change = Change::Put {
        key: key.to_owned(),
        value: std::sync::Arc::new(parse_literal(literal).unwrap()),
        over: over.map(crate::session::editing::Place::of_item),
    };
    let session = harness.state_mut().session_mut();
    session.apply(Action::Change(change));
    settle(harness);
}

#[test]
fn compacting_asks_says_what_is_lost_and_the_list_says_what_became_of_it() {
    let (_folder, path, mut harness) = editable();
    put(&mut harness, "note", "1");
    put(&mut harness, "note", "2");
    click(&mut harness, "Undo");
    click(&mut harness, "Redo");
    let session = harness.state_mut().session_mut();
    session.apply(Action::SetHistory(true));
    settle(&mut harness);
    click(&mut harness, "Changes");
    harness.get_by_label("Change \"note\"");
    click(&mut harness, "The file");
    let size = || std::fs::metadata(&path).unwrap().len();
    let before = size();
    harness
        .get_by_label_contains("Replace by compacted copy")
        .click();
    harness.run_steps(6);
    settle(&mut harness);
    harness.get_by_label_contains("1 earlier version (");
    harness.get_by_label("The undo list is cleared (2 steps).");
    click(&mut harness, "Cancel");
    assert_eq!(
        (size(), document(&harness).editing().journal().steps().len()),
        (before, 2)
    );
    harness
        .get_by_label_contains("Replace by compacted copy")
        .click();
    harness.run_steps(6);
    click(&mut harness, "Erase and compact");
    assert!(size() < before);
    click(&mut harness, "Changes");
    harness.get_by_label("Undo list cleared by compacting");
    assert!(harness.query_by_label("No changes yet").is_none());
}

#[test]
fn a_step_that_is_blocked_can_be_skipped_or_forced() {
    let (_folder, path, mut harness) = editable();
    put(&mut harness, "one", "1");
    put(&mut harness, "two", "2");
    theirs(&path, "two");
    click(&mut harness, "Undo");
    // The name of the dialog, and its heading.
    let title = "\u{201c}Add \"two\"\u{201d} cannot be undone";
    assert!(harness.query_all_by_label(title).count() > 0);
    // Nothing else is done meanwhile.
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.run_steps(3);
    settle(&mut harness);
    assert!(keys(&harness).contains(&"one".to_owned()));
    click(&mut harness, "Skip this step");
    assert!(keys(&harness).contains(&"two".to_owned()));
    theirs(&path, "one");
    click(&mut harness, "Undo");
    click(&mut harness, "Undo anyway");
    assert!(!keys(&harness).contains(&"one".to_owned()));
    click(&mut harness, "Redo");
    assert!(keys(&harness).contains(&"one".to_owned()));
}

#[test]
fn notices_lie_over_the_view_and_belong_to_their_file() {
    let (_folder, _path, mut harness) = editable();
    let picture = harness.get_by_label("Picture").rect();
    click(&mut harness, "Edit");
    let session = harness.state_mut().session_mut();
    session.apply(Action::DeleteKeys);
    settle(&mut harness);
    harness.get_by_label_contains("is open for reading only");
    assert_eq!(harness.get_by_label("Picture").rect(), picture);
    let session = harness.state_mut().session_mut();
    session.apply(Action::Open(super::sample()));
    settle(&mut harness);
    assert!(
        harness
            .query_by_label_contains("is open for reading only")
            .is_none()
    );
}
