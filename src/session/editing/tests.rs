//! Editing as a user does it, by actions on real files, without a window.

mod files;
mod masks;
mod undo;
mod values;

use super::{Change, DraftState, EditMode, Leave, NewFile, Place, ValueEdit};
use crate::dataset::Dataset;
use crate::mmapdict::{Plan, VacuumWay, edit};
use crate::pickle::draft::DraftEdit;
use crate::pickle::{Value, parse_literal};
use crate::progress::Progress;
use crate::session::history::{Compared, HistoryTab, versions};
use crate::session::key_list::Mark;
use crate::session::{Action, CopiedKeys, Document, Session, Settings};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

struct Case {
    folder: tempfile::TempDir,
    path: PathBuf,
    session: Session,
}

/// A copy of the sample, open and editable.
fn case() -> Case {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.mmdpickle");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.mmdpickle");
    std::fs::copy(sample, &path).unwrap();
    let mut case = Case {
        session: open(&folder, &path),
        folder,
        path,
    };
    case.act(Action::SetEditing(true));
    assert_eq!(case.document().editing().mode(), &EditMode::On);
    case
}

/// A session that keeps its lists of changes in the folder.
fn open(folder: &tempfile::TempDir, path: &Path) -> Session {
    let (settings, warnings) = Settings::load(Some(folder.path().join("program/settings.json")));
    assert!(warnings.is_empty(), "{warnings:?}");
    let mut session = Session::new(settings, &crate::session::Wake::default());
    session.apply(Action::Open(path.to_owned()));
    assert!(session.settle(TIMEOUT));
    session
}

impl Case {
    fn document(&self) -> &Document {
        self.session.active_document().unwrap()
    }

    fn act(&mut self, action: Action) {
        self.session.apply(action);
        assert!(self.session.settle(TIMEOUT), "the session does not settle");
    }

    fn change(&mut self, change: Change) {
        self.act(Action::Change(change));
    }

    /// Key → literal, or type, of what the window shows; the same as a fresh look at the file.
    fn state(&self) -> Vec<(String, String)> {
        let shown = state_of(self.document().dataset().unwrap());
        let fresh = state_of(&Dataset::open(&self.path, &Progress::new()).unwrap());
        assert_eq!(shown, fresh, "the window shows what is in the file");
        shown
    }

    fn value(&self, key: &str) -> Option<String> {
        let state = self.state();
        state
            .into_iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    fn notices(&self) -> Vec<&str> {
        let notices = self.session.notices().iter();
        notices.map(|notice| notice.text.as_str()).collect()
    }

    fn put(&self, key: &str, literal: &str) -> Change {
        let item = self.document().dataset().unwrap().item(key);
        Change::Put {
            key: key.to_owned(),
            value: value(literal),
            over: item.map(Place::of_item),
        }
    }
}

fn value(literal: &str) -> Arc<Value> {
    Arc::new(parse_literal(literal).unwrap())
}

fn state_of(dataset: &Dataset) -> Vec<(String, String)> {
    let text = |item: &crate::dataset::Item| match item.layout() {
        Some(layout) => format!("{} {:?}", layout.dtype.text(), layout.shape),
        None => dataset.value(item, &Progress::new()).unwrap().literal(),
    };
    let mut state: Vec<_> = dataset
        .items()
        .map(|item| (item.key.clone(), text(item)))
        .collect();
    state.sort();
    state
}

fn rename(key: &str, to: &str) -> Change {
    Change::Rename {
        key: key.to_owned(),
        to: to.to_owned(),
    }
}

/// One change of each kind, with keys that are in the sample.
fn all_kinds(case: &mut Case) {
    let description = case.put("description", "'corrected'");
    let added = case.put("note", "{'by': 'me', 'when': [1, 2.5]}");
    for change in [
        description,
        added,
        rename("scan-00000", "scan-00007"),
        rename("note", "a longer name"),
        Change::Duplicate {
            key: "description".to_owned(),
            to: "description-copy".to_owned(),
        },
        Change::PutEmpty {
            key: "empty".to_owned(),
            dtype: "uint16".to_owned(),
            shape: vec![2, 3],
            masked: true,
        },
        Change::Delete {
            keys: vec!["wavelengths".to_owned(), "a longer name".to_owned()],
        },
    ] {
        let label = change.label();
        case.change(change);
        assert!(case.notices().is_empty(), "{label}: {:?}", case.notices());
    }
}

#[test]
fn a_file_is_for_reading_until_editing_is_switched_on() {
    let mut case = case();
    case.act(Action::SetEditing(false));
    let before = case.state();
    let change = case.put("description", "1");
    case.change(change);
    assert_eq!(case.state(), before);
    assert!(case.notices()[0].contains("for reading only"));
}

#[test]
fn every_kind_of_change_is_undone_and_done_again() {
    let mut case = case();
    let before = case.state();
    all_kinds(&mut case);
    let after = case.state();
    assert_eq!(case.value("description").as_deref(), Some("'corrected'"));
    assert_eq!(case.value("empty").as_deref(), Some("uint16 [2, 3]"));
    assert_eq!(case.value("wavelengths"), None);
    let steps = case.document().editing().journal().steps().len();
    assert_eq!(steps, 7);
    for _ in 0..steps {
        assert!(case.document().editing().undo_label().is_some());
        case.act(Action::Undo);
    }
    assert_eq!(case.state(), before);
    assert!(case.document().editing().undo_label().is_none());
    for _ in 0..steps {
        case.act(Action::Redo);
    }
    assert_eq!(case.state(), after);
    case.act(Action::BackToOpened);
    assert_eq!(case.state(), before);
    assert!(case.notices().is_empty(), "{:?}", case.notices());
}

#[test]
fn changes_are_undone_after_closing_and_opening_again() {
    let mut case = case();
    let before = case.state();
    all_kinds(&mut case);
    let after = case.state();
    case.session = open(&case.folder, &case.path);
    assert_eq!(
        case.document().editing().undo_label(),
        None,
        "not yet editing"
    );
    case.act(Action::SetEditing(true));
    assert!(!case.document().editing().can_go_back());
    for _ in 0..3 {
        case.act(Action::Undo);
    }
    assert_ne!(case.state(), after);
    // It was opened with all changes made.
    case.act(Action::BackToOpened);
    assert_eq!(case.state(), after);
    for _ in 0..7 {
        case.act(Action::Undo);
    }
    assert_eq!(case.state(), before);
}

#[test]
fn what_somebody_else_changed_is_not_undone_unasked() {
    let mut case = case();
    let change = case.put("description", "'mine'");
    case.change(change);
    let theirs = value("'theirs'");
    edit(&case.path, &Progress::new(), |editor| {
        editor.put_value("description", Plan::Any, &theirs)
    })
    .unwrap();
    case.act(Action::Undo);
    assert!(case.document().editing().question().is_some());
    assert_eq!(case.value("description").as_deref(), Some("'theirs'"));
    assert!(case.document().editing().undo_label().is_some());
}

#[test]
fn a_change_planned_on_an_older_value_is_refused() {
    let mut case = case();
    let mine = case.put("description", "'mine'");
    let theirs = value("'theirs'");
    edit(&case.path, &Progress::new(), |editor| {
        editor.put_value("description", Plan::Any, &theirs)
    })
    .unwrap();
    case.change(mine);
    assert!(case.notices()[0].contains("Another program changed"));
    assert_eq!(case.value("description").as_deref(), Some("'theirs'"));
    assert!(case.document().editing().journal().steps().is_empty());
}

#[test]
fn nothing_is_undone_after_a_vacuum() {
    let mut case = case();
    let change = case.put("description", "'mine'");
    case.change(change);
    let way = &crate::mmapdict::VacuumWay::Copy;
    crate::mmapdict::vacuum(&case.path, way, false, &Progress::new()).unwrap();
    case.act(Action::Undo);
    assert_eq!(case.value("description").as_deref(), Some("'mine'"));
    assert!(case.document().editing().question().is_some());
    case.session = open(&case.folder, &case.path);
    case.act(Action::SetEditing(true));
    let editing = case.document().editing();
    assert!(editing.undo_label().is_none() && editing.journal().cleared().is_some());
}

#[test]
fn several_keys_are_chosen_and_deleted_and_the_list_goes_on_below() {
    let mut case = case();
    let rows: Vec<String> = {
        let list = case.document().list();
        let rows = list.rows().iter().filter_map(|row| list.entry(*row));
        rows.map(|entry| entry.key.to_string()).collect()
    };
    case.act(Action::SelectKey(rows[0].clone()));
    case.act(Action::MarkKey(rows[1].clone(), Mark::Range));
    assert_eq!(case.document().list().chosen().len(), 2);
    case.act(Action::DeleteKeys);
    assert_eq!(case.value(&rows[0]), None);
    assert_eq!(case.value(&rows[1]), None);
    let selected = case.document().list().selected().map(|key| &**key);
    assert_eq!(selected, Some(rows[2].as_str()));
    case.act(Action::Undo);
    assert!(case.value(&rows[0]).is_some() && case.value(&rows[1]).is_some());
}

#[test]
fn keys_are_copied_between_files() {
    let mut case = case();
    let other = case.folder.path().join("other.mmdpickle");
    std::fs::copy(&case.path, &other).unwrap();
    case.act(Action::SelectKey("scan-00000".to_owned()));
    case.act(Action::CopyKeys);
    let first = case.document().id();
    case.act(Action::Open(other.clone()));
    case.path = other;
    case.act(Action::PasteKeys);
    assert!(case.notices()[0].contains("for reading only"));
    case.act(Action::SetEditing(true));
    case.act(Action::PasteKeys);
    let array = case.value("scan-00000");
    assert!(array.is_some());
    assert_eq!(case.value("scan-00000-copy"), array);
    // In the same file a copy is made, too.
    let copied = CopiedKeys {
        document: first,
        file: case.session.document(first).unwrap().path().to_owned(),
        keys: vec!["description".to_owned()],
    };
    case.act(Action::CopyKeysTo(copied, first));
    case.act(Action::Activate(first));
    case.path = case.document().path().to_owned();
    assert_eq!(case.value("description-copy"), case.value("description"));
}

#[test]
fn names_are_checked_before_anything_is_written() {
    let mut case = case();
    let before = case.state();
    case.change(rename("description", "wavelengths"));
    case.change(rename("description", &"k".repeat(256)));
    case.change(Change::Put {
        key: "description".to_owned(),
        value: value("1"),
        over: None,
    });
    assert_eq!(case.state(), before);
    assert_eq!(case.notices().len(), 3, "{:?}", case.notices());
}

#[test]
fn a_file_that_cannot_be_written_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.pickle");
    std::fs::write(&path, b"\x80\x04}\x8c\x01aK\x01s.").unwrap();
    let mut session = open(&folder, &path);
    session.apply(Action::SetEditing(true));
    assert!(session.settle(TIMEOUT));
    let mode = session.active_document().unwrap().editing().mode().clone();
    assert!(matches!(&mode, EditMode::Refused(why) if why.contains("convert")));
}

#[test]
fn cells_are_written_over_and_their_old_bytes_come_back() {
    let mut case = case();
    let item = case.document().dataset().unwrap().item("scan-00000");
    let item = item.unwrap().clone();
    let at = item.layout().unwrap().data_offset;
    let before = std::fs::read(&case.path).unwrap();
    let old = before[at as usize..at as usize + 2].to_vec();
    let new = vec![old[0] ^ 0xff, old[1]];
    case.change(Change::Overwrite {
        key: item.key.clone(),
        over: Place::of_item(&item),
        patches: vec![(at, new.clone())],
        what: "1 cell".to_owned(),
    });
    let bytes = |case: &Case| std::fs::read(&case.path).unwrap()[at as usize..][..2].to_vec();
    assert_eq!(bytes(&case), new);
    case.act(Action::Undo);
    assert_eq!(bytes(&case), old);
    case.act(Action::Redo);
    assert_eq!(bytes(&case), new);
    // Somebody else wrote there: their bytes are not overwritten.
    let mut all = std::fs::read(&case.path).unwrap();
    all[at as usize] = old[0] ^ 0x55;
    std::fs::write(&case.path, all).unwrap();
    case.act(Action::Undo);
    assert_eq!(bytes(&case)[0], old[0] ^ 0x55);
    assert!(case.document().editing().question().is_some());
}
