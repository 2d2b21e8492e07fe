//! The table of cells: what is read for it, copied from it, written through it.

use super::*;
use crate::exchange::put_empty;
use crate::mmapdict::Plan;
use crate::progress::Progress;
use crate::session::editing::CellsEdit;
use crate::session::table::At;

/// A copy of the sample with an array of zeros.
fn with_array(dtype: &str, shape: &[u64], masked: bool) -> (tempfile::TempDir, Session) {
    let (folder, path) = copy_of_sample();
    let progress = Progress::new();
    put_empty(&path, "new", Plan::Absent, dtype, shape, masked, &progress).expect("put");
    let mut session = session_with(&path);
    act(&mut session, Action::SelectKey("new".to_owned()));
    (folder, session)
}

fn at(row: usize, col: usize) -> At {
    At { row, col }
}

fn text(session: &Session, row: usize, col: usize) -> Option<String> {
    let feed = active(session).feeds().cells();
    assert!(feed.error().is_none(), "{:?}", feed.error());
    feed.shown()?
        .get(at(row, col))
        .map(|cell| cell.text.clone())
}

fn edit(session: &mut Session) {
    act(session, Action::SetEditing(true));
    assert!(active(session).editing().is_on());
}

/// Waits until the changed file is read again.
fn changed(session: &mut Session, row: usize, col: usize, want: &str) {
    let what = format!("{want} in {row}, {col}; {:?}", session.notices());
    wait_for(session, &what, |session| {
        text(session, row, col).as_deref() == Some(want)
    });
}

fn write(index: &[usize], text: &str) -> Action {
    Action::WriteCells(CellsEdit {
        key: "new".to_owned(),
        cells: vec![(index.to_vec(), text.to_owned())],
    })
}

#[test]
fn a_band_of_the_cube_is_a_table() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetBand(25));
    act(&mut session, Action::Hover([3, 2]));
    let value = readout(active(&session)).expect("a read-out").value;
    act(&mut session, Action::ShowTable(true));
    let document = active(&session);
    assert_eq!(document.face(), Some(Face::Table));
    assert_eq!(document.table_size(), [80, 88]);
    let table = document.view().expect("a view").table;
    assert_eq!((table.cursor, table.anchor), (at(2, 3), at(2, 3)));
    assert_eq!(text(&session, 2, 3), Some(value));
    assert!(
        document.feeds().picture().shown().is_none(),
        "nobody sees it"
    );
    // Another band, other cells.
    let before = text(&session, 0, 0);
    session.apply(Action::StepBand(60));
    assert_eq!(text(&session, 0, 0), None, "never cells of another band");
    assert!(session.settle(TIMEOUT));
    assert_ne!(text(&session, 0, 0), before);
    // The selected cell is the pixel of the read-out.
    act(&mut session, Action::SelectCells(at(7, 8), at(7, 8)));
    let readout = readout(active(&session)).expect("a read-out");
    assert_eq!(readout.position, "y 7, x 8");
    assert_eq!(Some(readout.value), text(&session, 7, 8));
    act(&mut session, Action::ShowTable(false));
    assert_eq!(active(&session).face(), Some(Face::Picture));
    assert!(active(&session).feeds().picture().shown().is_some());
}

#[test]
fn the_spectrum_can_be_the_columns() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetAxis(AxisRole::Columns, 2));
    act(&mut session, Action::ShowTable(true));
    assert_eq!(active(&session).table_size(), [80, 200]);
    // Chosen anew for the axis: the middle, which is green.
    let [_, green, _] = active(&session).view().expect("a view").rgb;
    assert_eq!(active(&session).index_of(at(4, 150)), [4, green, 150]);
}

#[test]
fn a_composite_has_a_table_of_one_band_and_colours_of_it() {
    let mut session = session_with(&sample());
    assert_eq!(
        active(&session).view().map(|view| view.mode),
        Some(Mode::Composite)
    );
    let [red, green, _] = active(&session).view().expect("a view").rgb;
    act(&mut session, Action::ShowTable(true));
    act(&mut session, Action::ColourCells(true));
    let picture = active(&session).feeds().picture().shown().expect("colours");
    assert_eq!(picture.limits.len(), 1);
    assert_eq!(picture.content.bands, [red], "one of those that are shown");
    // One of them that was looked at stays.
    act(&mut session, Action::ShowTable(false));
    act(&mut session, Action::SetBand(green));
    act(&mut session, Action::SetMode(Mode::Composite));
    act(&mut session, Action::ShowTable(true));
    let view = active(&session).view().expect("a view");
    assert_eq!(view.band, green);
    act(&mut session, Action::ShowTable(false));
    assert_eq!(
        active(&session).view().map(|view| view.mode),
        Some(Mode::Composite)
    );
    assert_eq!(
        active(&session)
            .feeds()
            .picture()
            .shown()
            .map(|picture| picture.limits.len()),
        Some(3)
    );
}

#[test]
fn scrolling_within_the_block_reads_nothing() {
    let mut session = session_with(&sample());
    act(&mut session, Action::ShowTable(true));
    act(&mut session, Action::SetTableWindow([10, 4]));
    act(&mut session, Action::ScrollTable(at(0, 0)));
    session.apply(Action::ScrollTable(at(1, 1)));
    assert!(session.running_jobs().next().is_none());
    assert!(active(&session).feeds().cells().is_current());
    session.apply(Action::ScrollTable(at(70, 84)));
    assert!(text(&session, 60, 10).is_some(), "the old block stays");
    assert!(session.settle(TIMEOUT));
    assert!(text(&session, 79, 87).is_some());
    // Never beyond the end.
    act(
        &mut session,
        Action::ScrollTable(at(usize::MAX, usize::MAX)),
    );
    assert_eq!(
        active(&session).view().map(|view| view.table.first),
        Some(at(70, 84))
    );
}

#[test]
fn a_billion_rows_and_2500_million_cells_go_to_their_end() {
    for (shape, size) in [
        (&[1_000_000_000][..], [1_000_000_000, 1]),
        (&[50_000, 50_000], [50_000, 50_000]),
    ] {
        let (_folder, mut session) = with_array("uint8", shape, false);
        act(&mut session, Action::ShowTable(true));
        act(&mut session, Action::SetTableWindow([30, 9]));
        assert_eq!(active(&session).table_size(), size);
        let last = at(size[0] - 1, size[1] - 1);
        let start = Instant::now();
        act(&mut session, Action::SelectCells(last, last));
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_eq!(text(&session, last.row, last.col).as_deref(), Some("0"));
        let first = active(&session).view().expect("a view").table.first;
        assert_eq!(first.row, size[0] - 30);
        act(
            &mut session,
            Action::ScrollTable(at(first.row - 1, first.col)),
        );
        assert_eq!(
            active(&session).view().expect("a view").table.first.row,
            size[0] - 31
        );
    }
}

#[test]
fn every_dtype_opens_and_takes_text() {
    for (dtype, typed, shown) in [
        ("<U6", "Zürich", "'Zürich'"),
        ("S4", "ab", "b'ab'"),
        ("datetime64[s]", "2024-05-01 10:00", "2024-05-01T10:00:00"),
        ("timedelta64[ms]", "1500", "1500 milliseconds"),
        ("complex64", "1-2j", "(1-2j)"),
        ("float128", "0.5", "0.5"),
        (">f2", "1.5", "1.5"),
        ("bool", "true", "True"),
        (">i8", "-7", "-7"),
    ] {
        let (_folder, mut session) = with_array(dtype, &[2, 3], false);
        act(&mut session, Action::ShowTable(true));
        assert_eq!(active(&session).face(), Some(Face::Table), "{dtype}");
        edit(&mut session);
        session.apply(write(&[1, 2], typed));
        changed(&mut session, 1, 2, shown);
        act(&mut session, Action::Undo);
        wait_for(&mut session, dtype, |session| {
            text(session, 1, 2) == text(session, 0, 0)
        });
        assert!(session.notices().is_empty(), "{:?}", session.notices());
    }
}

#[test]
fn cells_without_dimensions_and_of_one_are_tables_too() {
    let (_folder, mut session) = with_array("<U3", &[], false);
    assert_eq!(text(&session, 0, 0).as_deref(), Some("''"));
    edit(&mut session);
    session.apply(write(&[], "abc"));
    changed(&mut session, 0, 0, "'abc'");
    let (_folder, session) = with_array("datetime64[D]", &[5], false);
    assert_eq!(active(&session).table_size(), [5, 1]);
    assert_eq!(text(&session, 4, 0).as_deref(), Some("1970-01-01"));
}

#[test]
fn masks_are_shown_and_written() {
    let (_folder, mut session) = with_array("<i2", &[2, 2], true);
    act(&mut session, Action::ShowTable(true));
    edit(&mut session);
    let masked = |session: &Session| {
        let block = active(session).feeds().cells().shown();
        block
            .and_then(|block| block.get(at(0, 1)))
            .map(|cell| cell.masked)
    };
    assert_eq!(masked(&session), Some(false));
    session.apply(write(&[0, 1], "--"));
    wait_for(&mut session, "the mask", |session| {
        masked(session) == Some(true)
    });
    act(&mut session, Action::SelectCells(at(0, 0), at(1, 1)));
    act(&mut session, Action::CopyCells);
    assert_eq!(session.take_copied_text().as_deref(), Some("0\t--\n0\t0\n"));
    session.apply(write(&[0, 1], "5"));
    wait_for(&mut session, "the value", |session| {
        masked(session) == Some(false)
    });
    assert_eq!(text(&session, 0, 1).as_deref(), Some("5"));
}

#[test]
fn what_is_copied_can_be_pasted() {
    let (_folder, mut session) = with_array("<i4", &[4, 4], false);
    act(&mut session, Action::ShowTable(true));
    act(&mut session, Action::PasteCells("1".to_owned()));
    assert!(session.notices()[0].text.contains("for reading only"));
    edit(&mut session);
    act(&mut session, Action::SelectCells(at(1, 1), at(1, 1)));
    session.apply(Action::PasteCells("1\t2\n3\t4\n".to_owned()));
    changed(&mut session, 2, 2, "4");
    assert_eq!(
        active(&session).editing().undo_label(),
        Some("Change 4 cells of \"new\"")
    );
    act(&mut session, Action::SelectCells(at(1, 1), at(2, 2)));
    act(&mut session, Action::CopyCells);
    assert_eq!(session.take_copied_text().as_deref(), Some("1\t2\n3\t4\n"));
    assert_eq!(session.take_copied_text(), None);
    // One cell fills all that are selected.
    session.apply(Action::PasteCells("9".to_owned()));
    changed(&mut session, 2, 2, "9");
    assert_eq!(text(&session, 1, 1).as_deref(), Some("9"));
    assert_eq!(text(&session, 0, 0).as_deref(), Some("0"));
    // What does not fit writes nothing.
    for (pasted, why) in [("1\t2\t3\t4", "do not fit"), ("x", "whole number")] {
        act(&mut session, Action::PasteCells(pasted.to_owned()));
        let told = session.notices().last().expect("a notice");
        assert!(told.text.contains(why), "{}", told.text);
    }
    assert_eq!(text(&session, 1, 1).as_deref(), Some("9"));
}

#[test]
fn more_cells_than_make_sense_are_not_copied() {
    let (_folder, mut session) = with_array("uint8", &[50_000, 50_000], false);
    act(&mut session, Action::ShowTable(true));
    act(&mut session, Action::SelectCells(at(0, 0), at(1000, 999)));
    act(&mut session, Action::CopyCells);
    assert_eq!(session.take_copied_text(), None);
    assert!(
        session.notices()[0]
            .text
            .contains("1001000 cells are selected")
    );
    // Beyond what is on the screen it is read.
    act(&mut session, Action::SelectCells(at(0, 0), at(999, 999)));
    act(&mut session, Action::CopyCells);
    assert_eq!(
        session.take_copied_text().map(|text| text.lines().count()),
        Some(1000)
    );
}
