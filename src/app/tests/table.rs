//! The table of cells, by label.

use super::*;
use crate::exchange::put_empty;
use crate::mmapdict::Plan;
use crate::progress::Progress;
use crate::session::document::Face;
use crate::session::table::At;

/// A copy of the sample with an array of zeros, which is selected.
pub(super) fn window_with_array(dtype: &str, shape: &[u64]) -> (tempfile::TempDir, Window) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("copy.mmdpickle");
    std::fs::copy(sample(), &path).expect("a copy");
    let progress = Progress::new();
    put_empty(&path, "new", Plan::Absent, dtype, shape, false, &progress).expect("put");
    let mut harness = window();
    act(&mut harness, Action::Open(path));
    act(&mut harness, Action::SelectKey("new".to_owned()));
    (folder, harness)
}

fn act(harness: &mut Window, action: Action) {
    harness.state_mut().session_mut().apply(action);
    settle(harness);
}

fn press(harness: &mut Window, modifiers: egui::Modifiers, key: egui::Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
    settle(harness);
}

fn cursor(harness: &Window) -> At {
    document(harness).view().expect("a view").table.cursor
}

fn event(harness: &mut Window, event: egui::Event) {
    harness.input_mut().events.push(event);
    harness.run_steps(3);
    settle(harness);
}

fn copied(harness: &Window) -> Option<String> {
    let commands = &harness.output().platform_output.commands;
    commands.iter().rev().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

const PLAIN: egui::Modifiers = egui::Modifiers::NONE;
const CTRL: egui::Modifiers = egui::Modifiers::COMMAND;
const SHIFT: egui::Modifiers = egui::Modifiers::SHIFT;

#[test]
fn the_picture_has_a_table_and_the_table_the_pixel() {
    let mut harness = window_with_sample();
    click(&mut harness, "Single band");
    act(&mut harness, Action::Hover([3, 2]));
    let value = readout(document(&harness)).expect("a read-out").value;
    press(&mut harness, PLAIN, egui::Key::T);
    assert!(harness.query_by_label("Picture").is_none());
    harness.get_by_label("Cells");
    harness.get_by_label(&format!("row 2, column 3: {value}"));
    press(&mut harness, PLAIN, egui::Key::ArrowRight);
    press(&mut harness, SHIFT, egui::Key::ArrowDown);
    let table = document(&harness).view().expect("a view").table;
    assert_eq!(table.anchor, At { row: 2, col: 4 });
    assert_eq!(table.cursor, At { row: 3, col: 4 });
    assert_eq!(
        readout(document(&harness)).expect("a read-out").position,
        "y 3, x 4"
    );
    click(&mut harness, "Colour cells");
    assert!(document(&harness).feeds().picture().shown().is_some());
    click(&mut harness, "Show as picture");
    harness.get_by_label("Picture");
    click(&mut harness, "Show as table");
    assert_eq!(document(&harness).face(), Some(Face::Table));
}

#[test]
fn wavelengths_stand_above_their_columns() {
    use crate::session::view::AxisRole;
    let mut harness = window_with_sample();
    act(&mut harness, Action::SetAxis(AxisRole::Columns, 2));
    click(&mut harness, "Show as table");
    act(&mut harness, Action::ScrollTable(At { row: 0, col: 25 }));
    harness.get_by_label("Column 25, 646.72 nm");
    harness.get_by_label_contains("row 0, column 25 (646.72 nm): ");
}

#[test]
fn arrays_of_text_open_as_a_table() {
    let (_folder, mut harness) = window_with_array("<U5", &[3]);
    harness.get_by_label("row 2, column 0: ''");
    assert!(harness.query_by_label("Show as table").is_none());
    act(&mut harness, Action::SetEditing(true));
    harness.get_by_label("Cells").focus();
    harness.run_steps(2);
    press(&mut harness, PLAIN, egui::Key::ArrowDown);
    // A letter that is also a shortcut.
    event(&mut harness, egui::Event::Text("T".to_owned()));
    let field = harness.get_by_label("New value of the cell");
    assert_eq!(field.value().as_deref(), Some("T"));
    field.type_text("oo long");
    harness.run_steps(3);
    harness.get_by_label_contains("8 characters do not fit <U5");
    press(&mut harness, PLAIN, egui::Key::Enter);
    harness.get_by_label("New value of the cell");
    press(&mut harness, PLAIN, egui::Key::Escape);
    assert!(harness.query_by_label("New value of the cell").is_none());
    event(&mut harness, egui::Event::Text("abc".to_owned()));
    press(&mut harness, PLAIN, egui::Key::Enter);
    for _ in 0..200 {
        settle(&mut harness);
        if harness.query_by_label("row 1, column 0: 'abc'").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    harness.get_by_label("row 1, column 0: 'abc'");
    assert_eq!(cursor(&harness), At { row: 2, col: 0 });
}

#[test]
fn the_end_of_2500_million_cells_is_a_key_away() {
    let (_folder, mut harness) = window_with_array("uint16", &[50_000, 50_000]);
    click(&mut harness, "Show as table");
    harness.get_by_label("row 0, column 0: 0");
    harness.get_by_label("Cells").focus();
    harness.run_steps(2);
    press(&mut harness, CTRL, egui::Key::End);
    harness.get_by_label("row 49999, column 49999: 0");
    press(&mut harness, PLAIN, egui::Key::PageUp);
    let row = cursor(&harness).row;
    assert!(row < 49_999 && row > 49_900, "{row}");
    press(&mut harness, CTRL, egui::Key::Home);
    harness.get_by_label("row 0, column 0: 0");
    // By number.
    harness.get_by_label("Go to row").click();
    harness.run_steps(3);
    harness.get_by_label("Go to row").type_text("31234");
    press(&mut harness, PLAIN, egui::Key::Enter);
    assert_eq!(
        cursor(&harness),
        At {
            row: 31_234,
            col: 0
        }
    );
    harness.get_by_label("row 31234, column 0: 0");
    // By the scroll bar.
    let bar = harness.get_by_label("Scroll rows").rect();
    let end = bar.center_bottom() - egui::vec2(0.0, 1.0);
    harness.hover_at(end);
    harness.run_steps(2);
    harness.drag_at(end);
    harness.run_steps(2);
    harness.drop_at(end);
    harness.run_steps(2);
    settle(&mut harness);
    harness.get_by_label("row 49999, column 0: 0");
}

#[test]
fn cells_are_copied_and_pasted() {
    let (_folder, mut harness) = window_with_array("int32", &[3, 3]);
    click(&mut harness, "Show as table");
    let cells = harness.get_by_label("row 0, column 1: 0").rect().center();
    harness.hover_at(cells);
    harness.run_steps(1);
    harness.drag_at(cells);
    harness.run_steps(1);
    let end = harness.get_by_label("row 1, column 2: 0").rect().center();
    harness.hover_at(end);
    harness.run_steps(2);
    harness.drop_at(end);
    harness.run_steps(2);
    assert_eq!(
        document(&harness).view().map(|view| view.table.selected()),
        Some([0..2, 1..3])
    );
    harness.input_mut().events.push(egui::Event::Copy);
    let mut text = None;
    for _ in 0..200 {
        harness.step();
        text = text.or(copied(&harness));
        if text.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(text.as_deref(), Some("0\t0\n0\t0\n"));
    // Without the switch nothing is written.
    event(&mut harness, egui::Event::Paste("7".to_owned()));
    harness.get_by_label_contains("is open for reading only");
}
