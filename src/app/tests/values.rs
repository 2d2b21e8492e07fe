//! Values as timelines and tables, and what they would run, by label.

use super::*;
use crate::session::editing::Change;

fn act(harness: &mut Window, action: Action) {
    harness.state_mut().session_mut().apply(action);
    settle(harness);
}

fn select(harness: &mut Window, key: &str) {
    act(harness, Action::SelectKey(key.to_owned()));
}

#[test]
fn steps_are_shown_as_a_timeline() {
    let mut harness = window_with_sample();
    select(&mut harness, "processing_steps");
    harness.get_by_label("step 1: crop");
    harness.get_by_label("step 2: mask");
    harness.get_by_label("groundtruth == 0");
    click(&mut harness, "Tree");
    assert!(harness.query_by_label("step 1: crop").is_none());
    click(&mut harness, "Timeline");
    harness.get_by_label("step 1: crop");
}

#[test]
fn a_dict_is_shown_as_a_table_and_beside_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("copy.mmdpickle");
    std::fs::copy(sample(), &path).expect("a copy");
    let mut harness = window();
    act(&mut harness, Action::Open(path));
    select(&mut harness, "scan-00000-p");
    harness.get_by_label("sensor");
    harness.get_by_label("1992-06-12 00:00:00");
    act(&mut harness, Action::SetEditing(true));
    let value = crate::pickle::parse_literal("{'sensor': 'AVIRIS', 'site': 'elsewhere'}");
    act(
        &mut harness,
        Action::Change(Change::Put {
            key: "scan-00001-p".to_owned(),
            value: value.expect("a literal").into(),
            over: None,
        }),
    );
    // Where it can be edited, it is a tree until the table is chosen.
    assert!(harness.query_by_label("sensor").is_none());
    click(&mut harness, "Table");
    harness.get_by_label("sensor");
    act(&mut harness, Action::SetEditing(false));
    harness.get_by_label_contains("2 keys side by side");
    harness.get_by_label("≠ site");
    harness.get_by_label("sensor");
    harness.get_by_label("elsewhere");
    harness
        .get_by_role_and_label(Role::Button, "scan-00000-p")
        .click();
    harness.run_steps(6);
    settle(&mut harness);
    let selected = document(&harness).list().selected().map(|key| &**key);
    assert_eq!(selected, Some("scan-00000-p"));
    click(&mut harness, "Tree");
    assert!(harness.query_by_label("≠ site").is_none());
}

/// Of values so long that the list of keys does not know how many items they have.
#[test]
fn the_faces_of_a_long_value_stand_beside_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("copy.mmdpickle");
    std::fs::copy(sample(), &path).expect("a copy");
    let mut harness = window();
    act(&mut harness, Action::Open(path));
    act(&mut harness, Action::SetEditing(true));
    let items: Vec<String> = (0..3000).map(|item| format!("'k{item}': {item}")).collect();
    let value = crate::pickle::parse_literal(&format!("{{{}}}", items.join(", ")));
    let put = Change::Put {
        key: "long".to_owned(),
        value: value.expect("a literal").into(),
        over: None,
    };
    act(&mut harness, Action::Change(put));
    act(&mut harness, Action::SetEditing(false));
    select(&mut harness, "long");
    let size = harness.get_by_label("3000 items").rect();
    for face in ["Table", "Tree"] {
        let button = harness.get_by_label(face).rect();
        assert!(button.left() > size.right(), "{face}: {button} {size}");
    }
}

#[test]
fn the_active_tab_is_in_sight() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut harness = window();
    for number in 0..10 {
        let path = folder
            .path()
            .join(format!("a-rather-long-name-{number}.mmdpickle"));
        std::fs::copy(sample(), &path).expect("a copy");
        act(&mut harness, Action::Open(path));
    }
    harness.run_steps(20);
    let tab = harness
        .get_by_label("a-rather-long-name-9.mmdpickle")
        .rect();
    assert!(tab.right() < 1280.0, "{tab}");
}

#[test]
fn what_python_would_run_is_said_at_the_value() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/corpus/malicious");
    let mut harness = window();
    act(
        &mut harness,
        Action::Open(corpus.join("value_os_system.mmd")),
    );
    let dataset = document(&harness).dataset().expect("it is open");
    let item = dataset
        .items()
        .find(|item| item.calls.is_some())
        .expect("one that calls");
    let (key, calls) = (item.key.clone(), item.calls.clone().unwrap_or_default());
    // When the file opens, for all of it.
    harness.get_by_label_contains("do not load the file in Python");
    select(&mut harness, &key);
    harness.get_by_label_contains(&format!("Loading this value in Python would call {calls}"));
    select(&mut harness, "description");
}
