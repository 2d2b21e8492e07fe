//! Versions, the file as a whole, and what comes from other files.

use super::values::case_with_note;
use super::*;

#[test]
fn earlier_versions_are_read_compared_and_restored() {
    let mut case = case_with_note();
    let changed = case.put("note", "{'by': 'you', 'when': [1, 2.5]}");
    case.change(changed);
    case.act(Action::SetHistory(true));
    let (offset, count) = {
        let dataset = case.document().dataset().unwrap();
        let versions = versions(dataset, "note");
        (versions[1].offset, versions.len())
    };
    assert_eq!(count, 2);
    case.act(Action::ShowVersion(Some(("note".to_owned(), offset))));
    let version = case.document().feeds().version().shown().unwrap();
    let Compared::Values(found) = &version.compared else {
        panic!("{:?}", version.compared);
    };
    assert_eq!(found.list.len(), 1);
    assert_eq!(found.list[0].before.as_deref(), Some("me"));
    case.change(Change::Restore {
        key: "note".to_owned(),
        offset,
    });
    assert_eq!(
        case.value("note").as_deref(),
        Some("{'by': 'me', 'when': [1, 2.5]}")
    );
    case.change(Change::Delete {
        keys: vec!["note".to_owned()],
    });
    let gone = case.document().list().deleted().iter();
    let gone: Vec<_> = gone.map(|item| item.key.clone()).collect();
    assert!(gone.contains(&"note".to_owned()), "{gone:?}");
}

#[test]
fn versions_of_arrays_are_compared_by_cells() {
    let mut case = case();
    case.change(Change::Duplicate {
        key: "groundtruth".to_owned(),
        to: "again".to_owned(),
    });
    let item = case
        .document()
        .dataset()
        .unwrap()
        .item("again")
        .unwrap()
        .clone();
    let at = item.layout().unwrap().data_offset;
    case.change(Change::Delete {
        keys: vec!["again".to_owned()],
    });
    case.change(Change::Duplicate {
        key: "groundtruth".to_owned(),
        to: "again".to_owned(),
    });
    let bytes = std::fs::read(&case.path).unwrap();
    let live = case
        .document()
        .dataset()
        .unwrap()
        .item("again")
        .unwrap()
        .clone();
    case.change(Change::Overwrite {
        key: "again".to_owned(),
        over: Place {
            offset: live.offset,
            len: live.length,
        },
        patches: vec![(
            live.layout().unwrap().data_offset,
            vec![bytes[at as usize] ^ 1],
        )],
        what: "1 cell".to_owned(),
    });
    case.act(Action::SetHistory(true));
    case.act(Action::ShowVersion(Some(("again".to_owned(), item.offset))));
    let version = case.document().feeds().version().shown().unwrap();
    let Compared::Cells(found, Some(picture)) = &version.compared else {
        panic!("{:?}", version.compared);
    };
    assert_eq!((found.differing, picture.most), (1, 1.0));
    assert_eq!(picture.image.dimensions(), (88, 80));
}

#[test]
fn space_is_freed_and_the_report_says_how_much() {
    let mut case = case();
    let before = case.state();
    case.change(Change::Duplicate {
        key: "scan-00000".to_owned(),
        to: "again".to_owned(),
    });
    case.change(Change::Delete {
        keys: vec!["again".to_owned()],
    });
    case.act(Action::SetHistory(true));
    case.act(Action::SetHistoryTab(HistoryTab::File));
    let plan = |case: &Case| {
        let report = case.document().feeds().report().shown().unwrap();
        report.space.clone().unwrap().unwrap()
    };
    let size = std::fs::metadata(&case.path).unwrap().len();
    assert_eq!((plan(&case).dead, plan(&case).size), (1, size));
    assert!(plan(&case).dead_bytes > 2_000_000);
    case.act(Action::FreeSpace(VacuumWay::Copy));
    assert_eq!(plan(&case).dead, 0);
    assert_eq!(case.state(), before);
    assert!(std::fs::metadata(&case.path).unwrap().len() + 2_000_000 < size);
    assert!(case.document().editing().undo_label().is_none());
    assert!(case.notices().is_empty(), "{:?}", case.notices());
}

#[test]
fn a_plain_pickle_is_converted_to_a_file_that_can_be_edited() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.pickle");
    std::fs::write(&path, b"\x80\x04}\x8c\x01aK\x01s.").unwrap();
    let new = folder.path().join("new.mmdpickle");
    let mut case = Case {
        session: open(&folder, &path),
        folder,
        path: new.clone(),
    };
    case.act(Action::WriteNewFile(NewFile::Converted, new.clone()));
    assert_eq!(case.document().path(), new);
    assert_eq!(case.value("a").as_deref(), Some("1"));
    case.act(Action::SetEditing(true));
    let change = case.put("a", "2");
    case.change(change);
    assert_eq!(case.value("a").as_deref(), Some("2"));
    // Nothing is overwritten.
    case.act(Action::WriteNewFile(NewFile::Compacted, path.clone()));
    assert!(
        case.notices()[0].contains("is not overwritten"),
        "{:?}",
        case.notices()
    );
    assert_eq!(std::fs::read(&path).unwrap()[0], 0x80);
}

#[test]
fn what_other_files_hold_is_imported() {
    let mut case = case();
    let file = case.folder.path().join("table.csv");
    std::fs::write(&file, "nm,r\n400,0.5\n500,0.25\n").unwrap();
    let import = |key: &str, file: &Path| Change::Import {
        key: key.to_owned(),
        file: file.to_owned(),
        mask: None,
    };
    case.change(import("table", &file));
    assert_eq!(case.value("table").as_deref(), Some("float64 [2, 2]"));
    let json = case.folder.path().join("note.json");
    std::fs::write(&json, r#"{"a": [1, 2.5, null]}"#).unwrap();
    case.change(import("note", &json));
    assert_eq!(case.value("note").as_deref(), Some("{'a': [1, 2.5, None]}"));
    case.change(import("nothing", &case.folder.path().join("no.npy")));
    assert!(case.notices()[0].contains("no.npy"));
    case.act(Action::BackToOpened);
    assert_eq!(case.value("table"), None);
}
