//! What is typed is what is written, also where a slow machine brings all of it in one frame.

use super::editing::{editable, select};
use super::table::window_with_array;
use super::*;
use crate::session::document::Face;
use egui::{Event, Key, Modifiers};

/// A key as a keyboard sends it, with its letter.
fn stroke(key: Key, modifiers: Modifiers, text: Option<&str>) -> Vec<Event> {
    let key = |pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers,
    };
    let text = text.map(|text| Event::Text(text.to_owned()));
    [Some(key(true)), text, Some(key(false))]
        .into_iter()
        .flatten()
        .collect()
}

fn plain(key: Key) -> Vec<Event> {
    stroke(key, Modifiers::NONE, None)
}

fn ctrl(key: Key) -> Vec<Event> {
    let modifiers = Modifiers {
        ctrl: true,
        ..Modifiers::COMMAND
    };
    stroke(key, modifiers, None)
}

fn typed(text: &str) -> Vec<Event> {
    text.chars()
        .flat_map(|c| {
            let name = match c {
                '.' => "Period".to_owned(),
                '-' => "Minus".to_owned(),
                c => c.to_ascii_uppercase().to_string(),
            };
            let text = c.to_string();
            match Key::from_name(&name) {
                Some(key) => stroke(key, Modifiers::NONE, Some(&text)),
                None => vec![Event::Text(text)],
            }
        })
        .collect()
}

/// Presses and lets go where something is.
fn click_on(harness: &Window, label: &str) -> Vec<Event> {
    click_at(harness.get_by_label(label).rect().center())
}

/// The field of a text.
fn value<'a>(harness: &'a Window) -> egui_kittest::Node<'a> {
    harness.get_by_role_and_label(Role::MultilineTextInput, "Value")
}

fn click_at(pos: egui::Pos2) -> Vec<Event> {
    let button = |pressed| Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    vec![Event::PointerMoved(pos), button(true), button(false)]
}

/// All at once, as after a frame that took seconds.
fn at_once(harness: &mut Window, events: impl IntoIterator<Item = Vec<Event>>) {
    harness
        .input_mut()
        .events
        .extend(events.into_iter().flatten());
    harness.step();
    for _ in 0..40 {
        harness.run_steps(10);
        assert!(harness.state_mut().session_mut().settle(TIMEOUT));
    }
}

fn cell(harness: &Window, row: usize) -> String {
    let label = format!("row {row}, column 0: ");
    let node = harness.get_by_label_contains(&label);
    let node = egui_kittest::kittest::NodeT::accesskit_node(&node);
    node.label().unwrap_or_default().replace(&label, "")
}

#[test]
fn ten_cells_typed_in_one_frame_hold_what_was_typed() {
    let (_folder, mut harness) = window_with_array("float64", &[12]);
    click(&mut harness, "Show as table");
    harness
        .state_mut()
        .session_mut()
        .apply(Action::SetEditing(true));
    settle(&mut harness);
    let first = click_on(&harness, "row 0, column 0: 0.0");
    let rows = (0..10).flat_map(|row| [typed(&format!("-{row}.25")), plain(Key::Enter)]);
    // One is taken back, one mended, and two are reached by arrows.
    let rest = [
        typed("77"),
        plain(Key::Escape),
        typed("8x"),
        plain(Key::Backspace),
        plain(Key::Enter),
        plain(Key::ArrowUp),
        plain(Key::ArrowDown),
        typed("99"),
        plain(Key::Tab),
    ];
    at_once(&mut harness, std::iter::once(first).chain(rows).chain(rest));
    for row in 0..10 {
        assert_eq!(cell(&harness, row), format!("-{row}.25"));
    }
    assert_eq!(cell(&harness, 10), "8.0");
    assert_eq!(cell(&harness, 11), "99.0");
    let picture = document(&harness).face();
    assert_eq!(picture, Some(Face::Table), "letters were no shortcuts");
}

#[test]
fn a_dialog_takes_what_is_typed_after_its_shortcut() {
    let (_folder, _path, mut harness) = editable();
    at_once(
        &mut harness,
        [
            ctrl(Key::N),
            typed("new.t"),
            plain(Key::Tab),
            plain(Key::Tab),
            plain(Key::Tab),
            plain(Key::Tab),
            typed("0.5"),
            ctrl(Key::Enter),
        ],
    );
    let item = document(&harness)
        .dataset()
        .and_then(|dataset| dataset.item("new.t"));
    assert!(item.is_some(), "the key is not there");
    harness.get_by_label("new.t, float, ");
}

#[test]
fn a_limit_typed_in_one_frame_with_its_click_is_the_limit() {
    use crate::render::Stretch;
    let mut harness = window_with_sample();
    click(&mut harness, "Single band");
    let low = click_on(&harness, "Low");
    let high = click_on(&harness, "High");
    at_once(
        &mut harness,
        [
            low,
            typed("1700000100"),
            high,
            typed("1700000100.5"),
            plain(Key::Tab),
        ],
    );
    let expected = Stretch::Fixed {
        lo: 1_700_000_100.0,
        hi: 1_700_000_100.5,
    };
    assert_eq!(
        document(&harness).view().map(|view| view.stretch),
        Some(expected)
    );
    // Nothing of it is known to the fields of another key.
    select(&mut harness, "hdr, float32");
    let low = click_on(&harness, "Low");
    at_once(
        &mut harness,
        [low, ctrl(Key::Z), ctrl(Key::Z), plain(Key::Enter)],
    );
    let stretch = document(&harness).view().map(|view| view.stretch);
    assert!(
        !matches!(stretch, Some(Stretch::Fixed { .. })),
        "{stretch:?}"
    );
}

#[test]
fn undo_of_a_field_never_brings_in_the_text_of_another_key() {
    let (_folder, _path, mut harness) = editable();
    for (key, text) in [("one", "'first'"), ("two", "'second'")] {
        let literal = |text: &str| crate::pickle::parse_literal(text).expect("a literal");
        let value = std::sync::Arc::new(literal(text));
        let put = crate::session::editing::Change::Put {
            key: key.to_owned(),
            value,
            over: None,
        };
        harness.state_mut().session_mut().apply(Action::Change(put));
        settle(&mut harness);
    }
    select(&mut harness, "one, str");
    let field = click_at(value(&harness).rect().center());
    at_once(
        &mut harness,
        [field, ctrl(Key::A), typed("changed"), ctrl(Key::S)],
    );
    select(&mut harness, "two, str");
    let field = click_at(value(&harness).rect().center());
    at_once(
        &mut harness,
        [field, ctrl(Key::Z), ctrl(Key::Z), ctrl(Key::S)],
    );
    let shown = value(&harness).value();
    assert_eq!(shown.as_deref(), Some("second"));
    select(&mut harness, "one, str");
    let shown = value(&harness).value();
    assert_eq!(shown.as_deref(), Some("changed"));
}

#[test]
fn redo_is_never_undo() {
    let (_folder, _path, mut harness) = editable();
    let label = |harness: &Window| {
        let editing = document(harness).editing();
        editing.undo_label().map(str::to_owned)
    };
    select(&mut harness, "description, str");
    at_once(&mut harness, [ctrl(Key::D), typed("2"), plain(Key::Enter)]);
    let done = label(&harness);
    assert!(done.is_some());
    let both = Modifiers {
        ctrl: true,
        shift: true,
        ..Modifiers::COMMAND
    };
    at_once(&mut harness, [stroke(Key::Z, both, None)]);
    assert_eq!(label(&harness), done, "Ctrl+Shift+Z took something back");
    at_once(&mut harness, [ctrl(Key::Z)]);
    assert_ne!(label(&harness), done);
    at_once(&mut harness, [stroke(Key::Z, both, None)]);
    assert_eq!(label(&harness), done);
}

#[test]
fn keys_lead_from_the_search_to_the_list_to_the_field() {
    let (_folder, _path, mut harness) = editable();
    at_once(
        &mut harness,
        [
            ctrl(Key::F),
            typed("descr"),
            plain(Key::ArrowDown),
            plain(Key::Enter),
            ctrl(Key::A),
            typed("new"),
            ctrl(Key::S),
        ],
    );
    let field = value(&harness);
    assert_eq!(field.value().as_deref(), Some("new"));
    assert!(
        field.is_focused(),
        "it keeps the keyboard after it was applied"
    );
    assert!(!document(&harness).has_unsaved());
    at_once(&mut harness, [ctrl(Key::F), plain(Key::Escape)]);
    let search = harness.get_by_label("Search keys");
    assert_eq!(search.value().as_deref(), Some(""));
    at_once(&mut harness, [plain(Key::Escape)]);
    assert!(
        harness
            .get_by_label_contains("description, str")
            .is_focused()
    );
    at_once(&mut harness, [plain(Key::ArrowDown)]);
    let selected = document(&harness).list().selected().cloned();
    assert_ne!(selected.as_deref(), Some("description"));
}

#[test]
fn files_are_walked_by_keyboard() {
    let (_folder, path, mut harness) = editable();
    harness
        .state_mut()
        .session_mut()
        .apply(Action::Open(sample()));
    settle(&mut harness);
    let shown = |harness: &Window| document(harness).path().to_owned();
    assert_eq!(shown(&harness), sample());
    at_once(&mut harness, [ctrl(Key::Tab)]);
    assert_eq!(shown(&harness), path);
    at_once(&mut harness, [ctrl(Key::Tab)]);
    assert_eq!(shown(&harness), sample());
}

#[test]
fn f2_is_of_the_cell_where_cells_are_shown() {
    let (_folder, mut harness) = window_with_array("float64", &[3]);
    click(&mut harness, "Show as table");
    harness
        .state_mut()
        .session_mut()
        .apply(Action::SetEditing(true));
    settle(&mut harness);
    at_once(&mut harness, [plain(Key::Escape), plain(Key::F2)]);
    assert!(harness.query_by_label("Rename key").is_none());
    harness.get_by_label("New value of the cell");
}

#[test]
fn a_pixel_is_read_and_pinned_without_a_mouse() {
    let mut harness = window_with_sample();
    at_once(
        &mut harness,
        [
            ctrl(Key::F),
            plain(Key::Enter),
            plain(Key::Enter),
            plain(Key::ArrowRight),
        ],
    );
    assert!(harness.get_by_label("Picture").is_focused());
    let before = readout(document(&harness)).expect("a read-out").position;
    at_once(&mut harness, [plain(Key::ArrowDown), plain(Key::Enter)]);
    let position = readout(document(&harness)).expect("a read-out").position;
    assert_ne!(position, before);
    harness.get_by_label(&format!("Remove pin {position}"));
}

#[test]
fn menus_are_opened_and_walked_by_keyboard() {
    let mut harness = window_with_sample();
    let alt = |key| stroke(key, Modifiers::ALT, Some("x"));
    at_once(&mut harness, [alt(Key::V)]);
    harness.get_by_label("Downsampling");
    at_once(&mut harness, [plain(Key::Escape)]);
    assert!(harness.query_by_label("Downsampling").is_none());
    at_once(
        &mut harness,
        [alt(Key::H), plain(Key::ArrowDown), plain(Key::Enter)],
    );
    harness.get_by_label("Wheel or pinch");
}

#[test]
fn one_stop_of_tab_is_the_whole_list_and_the_selected_key_is_told() {
    use egui_kittest::kittest::NodeT as _;
    let mut harness = window_with_sample();
    at_once(&mut harness, [ctrl(Key::F), plain(Key::Escape)]);
    harness.get_by_role_and_label(Role::ListBox, "Keys");
    assert!(
        harness
            .get_by_label_contains("scan-00000, uint16")
            .is_focused()
    );
    for key in ["hdr, float32", "description, str"] {
        select(&mut harness, key);
        let row = harness.get_by_label_contains(key);
        assert_eq!(row.accesskit_node().is_selected(), Some(true));
    }
    let row = harness.get_by_label_contains("hdr, float32");
    assert_eq!(row.accesskit_node().is_selected(), Some(false));
    // From the list on, Tab leaves it.
    at_once(&mut harness, [plain(Key::Tab)]);
    assert!(
        !harness
            .get_by_label_contains("description, str")
            .is_focused()
    );
    assert!(!harness.get_by_label_contains("hdr, float32").is_focused());
}

#[test]
fn a_cell_that_is_left_by_a_shortcut_is_written() {
    let (folder, mut harness) = window_with_array("float64", &[3]);
    let path = document(&harness).path().to_owned();
    let session = harness.state_mut().session_mut();
    session.apply(Action::Open(sample()));
    settle(&mut harness);
    at_once(&mut harness, [ctrl(Key::Tab)]);
    assert_eq!(document(&harness).path(), path);
    click(&mut harness, "Show as table");
    harness
        .state_mut()
        .session_mut()
        .apply(Action::SetEditing(true));
    settle(&mut harness);
    let first = click_on(&harness, "row 0, column 0: 0.0");
    at_once(&mut harness, [first, typed("7.5"), ctrl(Key::Tab)]);
    assert_eq!(document(&harness).path(), sample());
    at_once(&mut harness, [ctrl(Key::Tab)]);
    assert_eq!(cell(&harness, 0), "7.5");
    drop(folder);
}
