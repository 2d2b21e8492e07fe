//! The file as a whole, by label: its map, its opcodes, and what to do with one that cannot be opened.

use super::*;
use crate::session::opcodes::{OpcodeAction, OpcodeScope};

fn act(harness: &mut Window, action: Action) {
    harness.state_mut().session_mut().apply(action);
    settle(harness);
}

/// A copy of the sample, with the tab about the file.
fn window_with_map() -> (tempfile::TempDir, PathBuf, Window) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("copy.mmdpickle");
    std::fs::copy(sample(), &path).expect("a copy");
    let mut harness = window();
    act(&mut harness, Action::Open(path.clone()));
    act(&mut harness, Action::SetHistory(true));
    click(&mut harness, "The file");
    (folder, path, harness)
}

fn selected(harness: &Window) -> Option<String> {
    document(harness)
        .list()
        .selected()
        .map(|key| key.to_string())
}

fn submit(harness: &mut Window, field: &str, text: &str) {
    harness.get_by_label(field).focus();
    harness.run_steps(2);
    harness.get_by_label(field).type_text(text);
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    settle(harness);
}

#[test]
fn the_map_says_how_much_there_is_and_a_click_selects_the_key() {
    let (_folder, _path, mut harness) = window_with_map();
    let map = harness.get_by_label_contains("Map of the file: live 3.");
    let rect = map.rect();
    let before = selected(&harness);
    assert_eq!(before.as_deref(), Some("scan-00000"));
    // The last large array of the file.
    let dataset = document(&harness).dataset().expect("it is open");
    let item = dataset.item("hdr").expect("the key");
    let share = (item.offset as f64 + item.length as f64 / 2.0) / dataset.size() as f64;
    let pos = egui::pos2(rect.left() + rect.width() * share as f32, rect.center().y);
    harness.hover_at(pos);
    harness.run_steps(2);
    harness.get_by_label("hdr · Live");
    harness.get_by_label_contains("at byte ");
    harness.drag_at(pos);
    harness.run_steps(1);
    harness.drop_at(pos);
    harness.run_steps(3);
    settle(&mut harness);
    assert_eq!(selected(&harness).as_deref(), Some("hdr"));
}

#[test]
fn the_map_fits_into_a_narrow_window() {
    let (_folder, path, mut harness) = window_with_map();
    let mut bytes = std::fs::read(&path).expect("read");
    bytes.extend([7; 5000]);
    std::fs::write(&path, bytes).expect("written");
    for _ in 0..200 {
        settle(&mut harness);
        if harness.query_by_label_contains("Not read 5").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    harness.set_size(egui::vec2(800.0, 560.0));
    harness.run_steps(8);
    for label in ["Live 3.", "Not read 5"] {
        let rect = harness.get_by_label_contains(label).rect();
        assert!(rect.right() <= 800.0, "{label}: {rect:?}");
    }
    let map = harness.get_by_label_contains("Map of the file").rect();
    assert!(map.right() <= 800.0 && map.width() > 200.0, "{map:?}");
}

#[test]
fn the_map_is_walked_by_keyboard() {
    let (_folder, _path, mut harness) = window_with_map();
    harness.get_by_label_contains("Map of the file").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::Home);
    harness.run_steps(2);
    harness.get_by_label("Header");
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    settle(&mut harness);
    let dataset = document(&harness).dataset().expect("it is open");
    let first = dataset
        .items()
        .find(|item| item.offset == 24)
        .expect("the first entry");
    assert_eq!(selected(&harness).as_deref(), Some(first.key.as_str()));
}

#[test]
fn an_earlier_version_on_the_map_is_shown_in_the_history() {
    let (_folder, _path, mut harness) = window_with_map();
    act(&mut harness, Action::SetEditing(true));
    let keys = vec!["hdr".to_owned()];
    act(
        &mut harness,
        Action::Change(crate::session::editing::Change::Delete { keys }),
    );
    harness.get_by_label_contains("dead ");
    harness.get_by_label_contains("Map of the file").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::Home);
    harness.run_steps(2);
    for _ in 0..12 {
        if harness.query_by_label("hdr · Dead").is_some() {
            break;
        }
        harness.key_press(egui::Key::ArrowRight);
        harness.run_steps(2);
    }
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    settle(&mut harness);
    let chosen = document(&harness)
        .history()
        .chosen()
        .map(|(key, _)| key.to_owned());
    assert_eq!(chosen.as_deref(), Some("hdr"));
    harness.get_by_label_contains("Version at byte ");
}

#[test]
fn opcodes_are_listed_gone_to_and_found() {
    let (_folder, _path, mut harness) = window_with_map();
    click(&mut harness, "Opcodes of the file");
    assert!(harness.query_by_label("Picture").is_none());
    harness.get_by_label("at byte 0: PROTO 4");
    let dataset = document(&harness).dataset().expect("it is open");
    let offset = dataset.item("description").expect("the key").offset;
    submit(&mut harness, "Go to byte", &format!("0x{offset:x}"));
    harness.get_by_label_contains(&format!("at byte {offset}: FRAME"));
    submit(&mut harness, "Find in opcodes", "processing_steps");
    harness.get_by_label("Found");
    harness.get_by_label_contains("SHORT_BINUNICODE 'processing_steps'");
    click(&mut harness, "Next match");
    harness.get_by_label("Found, from the other end on");
    // By keyboard.
    harness.get_by_label("Opcode rows").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::Home);
    harness.run_steps(2);
    harness.key_press(egui::Key::ArrowDown);
    harness.run_steps(2);
    settle(&mut harness);
    assert_eq!(
        document(&harness).opcodes().map(|found| found.cursor()),
        Some(1)
    );
    harness.get_by_label("at byte 0: PROTO 4");
    click(&mut harness, "Close opcodes");
    harness.get_by_label("Picture");
}

#[test]
fn the_opcodes_of_a_key_are_a_key_press_away() {
    let mut harness = window_with_sample();
    harness.key_press(egui::Key::O);
    harness.run_steps(3);
    settle(&mut harness);
    harness.get_by_label("Key scan-00000");
    harness.get_by_label_contains("SHORT_BINUNICODE 'scan-00000'");
    harness.get_by_label_contains("BINBYTES8 b'");
    click(&mut harness, "Whole file");
    harness.get_by_label_contains("'scan-00000'");
    harness.key_press(egui::Key::O);
    harness.run_steps(3);
    settle(&mut harness);
    harness.get_by_label("Picture");
}

#[test]
fn a_finding_leads_to_its_byte() {
    let (_folder, path, mut harness) = window_with_map();
    let size = std::fs::metadata(&path).expect("a file").len();
    let mut bytes = std::fs::read(&path).expect("read");
    bytes.extend([7; 40]);
    std::fs::write(&path, bytes).expect("written");
    let finding = format!("(byte {size})");
    for _ in 0..200 {
        settle(&mut harness);
        if harness.query_by_label_contains(&finding).is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    harness.get_by_label_contains(&finding).click();
    harness.run_steps(6);
    settle(&mut harness);
    harness.get_by_label(&format!(
        "at byte {size}: 40 bytes behind STOP are not listed"
    ));
}

#[test]
fn a_file_without_its_header_is_repaired_from_the_window() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("broken.mmdpickle");
    let mut bytes = std::fs::read(sample()).expect("read");
    bytes[..24].fill(0);
    std::fs::write(&path, bytes).expect("written");
    let mut harness = window();
    act(&mut harness, Action::Open(path));
    harness.get_by_label("This file cannot be opened");
    click(&mut harness, "Opcodes");
    harness.get_by_label_contains("at byte 0: byte 0x00 is not a pickle opcode");
    click(&mut harness, "Close opcodes");
    click(&mut harness, "Repair into a new file…");
    harness.get_by_label("8 keys can be saved; nothing is left out.");
    harness.get_by_label("scan-00000");
    let field = harness.get_by_role_and_label(Role::TextInput, "New file");
    assert!(
        field
            .value()
            .is_some_and(|path| path.ends_with("broken-repaired.mmdpickle"))
    );
    click(&mut harness, "Write and open");
    assert_eq!(document(&harness).name(), "broken-repaired.mmdpickle");
    harness.get_by_label("Picture");
}

#[test]
fn what_is_not_there_offers_no_repair() {
    let mut harness = window();
    act(&mut harness, Action::Open(PathBuf::from("/nowhere/at all")));
    harness.get_by_label("Try again");
    assert!(harness.query_by_label("Opcodes").is_none());
    assert!(harness.query_by_label("Repair into a new file…").is_none());
    act(
        &mut harness,
        Action::Opcodes(OpcodeAction::Show(OpcodeScope::File)),
    );
    harness.get_by_label("Try again");
}
