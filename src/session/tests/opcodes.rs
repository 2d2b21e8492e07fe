//! The listing of opcodes, by actions.

use super::*;
use crate::session::opcodes::{Answer, FoundRow, OpcodeAction, OpcodeRow, OpcodeScope};

fn opcodes(session: &mut Session, action: OpcodeAction) {
    act(session, Action::Opcodes(action));
}

fn row(session: &Session, row: u64) -> &OpcodeRow {
    let block = active(session).feeds().opcode_rows().shown();
    block.and_then(|block| block.row(row)).expect("a row")
}

fn cursor(session: &Session) -> &OpcodeRow {
    let opcodes = active(session).opcodes().expect("a listing");
    row(session, opcodes.cursor())
}

fn count(session: &Session) -> u64 {
    let index = active(session).feeds().opcode_index().shown();
    let index = index.expect("an index");
    assert!(index.is_complete());
    index.rows()
}

#[test]
fn the_whole_file_is_listed_in_place_of_the_view() {
    let mut session = session_with(&sample());
    opcodes(&mut session, OpcodeAction::Show(OpcodeScope::File));
    assert_eq!(
        (row(&session, 0).name, row(&session, 0).offset),
        ("PROTO", 0)
    );
    assert!(count(&session) > 300);
    assert!(active(&session).feeds().picture().shown().is_none());
    let item = active(&session)
        .dataset()
        .and_then(|found| found.item("description"));
    let offset = item.expect("the key").offset;
    opcodes(&mut session, OpcodeAction::GoTo(offset + 3));
    assert_eq!(
        (cursor(&session).name, cursor(&session).offset),
        ("FRAME", offset)
    );
    opcodes(&mut session, OpcodeAction::SetText("Tippecanoe".to_owned()));
    opcodes(&mut session, OpcodeAction::Find(false));
    assert!(
        cursor(&session).text.contains("Tippecanoe"),
        "{:?}",
        cursor(&session)
    );
    // Arrays are one row.
    opcodes(&mut session, OpcodeAction::SetText("binbytes8".to_owned()));
    opcodes(&mut session, OpcodeAction::Find(true));
    assert!(
        cursor(&session).text.contains("bytes)"),
        "{:?}",
        cursor(&session)
    );
    opcodes(
        &mut session,
        OpcodeAction::SetText("nowhere to be found".to_owned()),
    );
    opcodes(&mut session, OpcodeAction::Find(false));
    let answer = active(&session)
        .opcodes()
        .and_then(|found| found.answer().cloned());
    assert_eq!(answer, Some(Answer::Nothing));
    opcodes(&mut session, OpcodeAction::Hide);
    assert!(active(&session).feeds().picture().shown().is_some());
    assert!(active(&session).feeds().opcode_index().shown().is_none());
}

#[test]
fn the_listing_of_a_key_follows_the_selection() {
    let mut session = session_with(&sample());
    opcodes(&mut session, OpcodeAction::Show(OpcodeScope::Key));
    let begins = |session: &Session| {
        let item = active(session).item().expect("an item");
        assert_eq!(row(session, 0).offset, item.offset);
        assert_eq!(row(session, 1).text, format!("'{}'", item.key));
        let last = row(session, count(session) - 1);
        assert_eq!(
            (last.name, last.offset),
            ("POP", item.offset + item.length - 1)
        );
    };
    begins(&session);
    act(&mut session, Action::SelectKey("description".to_owned()));
    begins(&session);
    // Outside of the key is in the file.
    opcodes(&mut session, OpcodeAction::GoTo(0));
    assert_eq!(
        active(&session).opcodes().map(|found| found.scope()),
        Some(OpcodeScope::File)
    );
    assert_eq!(cursor(&session).name, "PROTO");
    act(&mut session, Action::SelectKey("hdr".to_owned()));
    let item = active(&session).item().expect("an item");
    assert_eq!(cursor(&session).offset, item.offset);
}

#[test]
fn what_cannot_be_opened_is_listed_up_to_the_fault() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("broken");
    std::fs::write(&path, b"\x80\x04K\x01\xfe\xffN.").expect("written");
    let mut session = session_with(&path);
    assert!(active(&session).dataset().is_none());
    opcodes(&mut session, OpcodeAction::Show(OpcodeScope::Key));
    assert_eq!(count(&session), 3);
    let names = [row(&session, 0).name, row(&session, 1).name];
    assert_eq!(names, ["PROTO", "BININT1"]);
    let fault = row(&session, 2);
    assert!(
        fault.is_fault && fault.offset == 4 && fault.text.contains("0xfe"),
        "{fault:?}"
    );
    let index = active(&session)
        .feeds()
        .opcode_index()
        .shown()
        .expect("an index");
    assert_eq!(index.first_fault().map(|(offset, _)| offset), Some(4));
    act(&mut session, Action::Open(folder.path().join("missing")));
    opcodes(&mut session, OpcodeAction::Show(OpcodeScope::Key));
    assert!(active(&session).opcodes().is_none());
}

#[test]
fn very_many_opcodes_are_walked_in_stretches() {
    const ROWS: usize = 600_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("long");
    let mut bytes = b"\x80\x04".to_vec();
    bytes.extend(b"K\x07".repeat(ROWS - 2));
    bytes.extend(b"\x8c\x05there");
    std::fs::write(&path, bytes).expect("written");
    let mut session = session_with(&path);
    session.apply(Action::Opcodes(OpcodeAction::Show(OpcodeScope::File)));
    // The first rows are there before the walk ends, and what is beyond it waits.
    session.apply(Action::Opcodes(OpcodeAction::GoTo(2 * 500_000)));
    assert!(session.settle(TIMEOUT));
    assert_eq!(count(&session), ROWS as u64);
    let opcodes_now = active(&session).opcodes().expect("a listing");
    assert_eq!(
        (opcodes_now.cursor(), opcodes_now.target()),
        (500_000, None)
    );
    assert_eq!(cursor(&session).offset, 1_000_000);
    opcodes(&mut session, OpcodeAction::SetText("THERE".to_owned()));
    opcodes(&mut session, OpcodeAction::Find(false));
    assert_eq!(cursor(&session).text, "'there'");
    let around = FoundRow {
        row: ROWS as u64 - 1,
        is_around: true,
    };
    opcodes(&mut session, OpcodeAction::Find(false));
    let answer = active(&session)
        .opcodes()
        .and_then(|found| found.answer().cloned());
    assert_eq!(answer, Some(Answer::Found(around)));
    // Stopped, it says so, and can go on.
    opcodes(&mut session, OpcodeAction::Hide);
    session.apply(Action::Opcodes(OpcodeAction::Show(OpcodeScope::File)));
    session.apply(Action::Opcodes(OpcodeAction::Stop));
    assert!(session.settle(TIMEOUT));
    let feed = active(&session).feeds().opcode_index();
    assert_eq!(feed.error(), Some("Stopped"));
    let id = active(&session).id();
    act(&mut session, Action::Retry(id));
    assert_eq!(count(&session), ROWS as u64);
}

#[test]
fn the_listing_is_of_the_file_as_it_is_now() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    opcodes(&mut session, OpcodeAction::Show(OpcodeScope::File));
    let before = count(&session);
    act(&mut session, Action::SetEditing(true));
    act(&mut session, Action::SelectKey("description".to_owned()));
    act(
        &mut session,
        Action::Change(crate::session::editing::Change::Duplicate {
            key: "description".to_owned(),
            to: "again".to_owned(),
        }),
    );
    assert!(count(&session) > before);
    assert_eq!(
        active(&session).list().selected().map(|key| &**key),
        Some("again")
    );
}
