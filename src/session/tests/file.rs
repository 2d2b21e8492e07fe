//! The file as a whole: what lies where, and what can be saved of one that cannot be opened.

use super::*;
use crate::dataset::regions::{Part, Regions};
use crate::session::editing::{Change, NewFile};
use crate::session::history::HistoryTab;

fn regions(session: &mut Session) -> &Regions {
    act(session, Action::SetHistory(true));
    act(session, Action::SetHistoryTab(HistoryTab::File));
    active(session).feeds().regions().shown().expect("a map")
}

fn bytes(regions: &Regions, part: Part) -> u64 {
    let place = Part::ALL.iter().position(|other| *other == part);
    regions.totals()[place.expect("a part")]
}

#[test]
fn every_byte_is_on_the_map_once() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    let keys = active(&session)
        .dataset()
        .map_or(0, |found| found.items().count());
    let map = regions(&mut session);
    let size = std::fs::metadata(&path).expect("a file").len();
    assert_eq!((map.size(), map.totals().iter().sum()), (size, size));
    assert_eq!((bytes(map, Part::Header), bytes(map, Part::End)), (24, 11));
    let live = map.list().iter().filter(|region| region.part == Part::Live);
    assert_eq!(live.count(), keys);
    assert!(map.list().is_sorted_by(|a, b| a.range.end == b.range.start));
}

#[test]
fn the_map_follows_what_is_deleted_and_what_is_appended() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    let live = bytes(regions(&mut session), Part::Live);
    act(&mut session, Action::SetEditing(true));
    let keys = vec!["hdr".to_owned()];
    act(&mut session, Action::Change(Change::Delete { keys }));
    let map = regions(&mut session);
    let dead = bytes(map, Part::Dead);
    assert_eq!(bytes(map, Part::Live) + dead, live);
    let region = map.list().iter().find(|region| region.part == Part::Dead);
    assert_eq!(region.and_then(|region| region.key.as_deref()), Some("hdr"));
    drop(session);
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("open");
    file.write_all(&[7; 1000]).expect("written");
    let mut session = session_with(&path);
    assert_eq!(bytes(regions(&mut session), Part::Unread), 1000);
    // Without a terminator, everything behind the last entry is not read.
    file.set_len(live + 24 + 5).expect("cut");
    drop(session);
    let mut session = session_with(&path);
    let map = regions(&mut session);
    assert_eq!((bytes(map, Part::End), bytes(map, Part::Unread)), (0, 5));
}

#[test]
fn a_plain_pickle_has_a_map_of_its_arrays() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/plain4.pickle");
    let mut session = session_with(&path);
    let map = regions(&mut session);
    assert_eq!(map.totals().iter().sum::<u64>(), map.size());
    assert!(bytes(map, Part::Live) > 0 && bytes(map, Part::Between) > 0);
    assert_eq!(bytes(map, Part::Header), 0);
}

/// The sample with zeros for a header.
fn without_header() -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = copy_of_sample();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("open");
    file.write_all(&[0; 24]).expect("written");
    (folder, path)
}

#[test]
fn what_can_be_saved_is_shown_before_it_is_written() {
    let (folder, path) = without_header();
    let before = std::fs::read(&path).expect("read");
    let mut session = session_with(&path);
    let DocumentState::Failed(failed) = active(&session).state() else {
        panic!("it opened")
    };
    assert!(failed.has_bytes);
    assert!(active(&session).feeds().rescue().shown().is_none());
    act(&mut session, Action::Rescue(true));
    let rescue = active(&session).feeds().rescue().shown().expect("a plan");
    assert_eq!((rescue.live, rescue.cut), (8, 0), "{rescue:?}");
    assert!(rescue.header.is_some());
    assert!(
        rescue
            .rows
            .iter()
            .any(|row| row.is_kept && row.key == "scan-00000")
    );
    let to = folder.path().join("new.mmdpickle");
    assert!(!to.exists());
    act(
        &mut session,
        Action::WriteNewFile(NewFile::Repaired, to.clone()),
    );
    assert_eq!(active(&session).path(), to);
    assert_eq!(keys(&session).len(), 8);
    assert_eq!(std::fs::read(&path).expect("read"), before);
    // A name that is taken: it is told, and nothing is written over.
    act(&mut session, Action::Open(path));
    act(&mut session, Action::Rescue(true));
    act(
        &mut session,
        Action::WriteNewFile(NewFile::Repaired, to.clone()),
    );
    let told = session
        .notices()
        .iter()
        .any(|notice| notice.level == NoticeLevel::Error && notice.text.contains("new.mmdpickle"));
    assert!(told, "{:?}", session.notices());
}

#[test]
fn a_file_of_which_nothing_can_be_saved_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("broken");
    std::fs::write(&path, b"\x80\x04K\x01\xfe\xffN.").expect("written");
    let mut session = session_with(&path);
    act(&mut session, Action::Rescue(true));
    let feed = active(&session).feeds().rescue();
    assert!(feed.shown().is_none());
    let why = feed.error().expect("a reason");
    assert!(why.contains("Nothing in this file can be saved"), "{why}");
    // What is not there cannot be looked at.
    act(&mut session, Action::Open(folder.path().join("missing")));
    act(&mut session, Action::Rescue(true));
    let feed = active(&session).feeds().rescue();
    assert!(feed.shown().is_none() && feed.error().is_none());
}

#[test]
fn recent_files_that_are_gone_are_known() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    assert!(!session.is_recent_gone(&path));
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).expect("moved");
    let id = active(&session).id();
    session.apply(Action::Close(id));
    session.apply(Action::Open(path.clone()));
    assert!(session.settle(TIMEOUT));
    assert!(session.is_recent_gone(&path));
    std::fs::rename(&aside, &path).expect("moved back");
    let id = active(&session).id();
    act(&mut session, Action::Retry(id));
    assert!(!session.is_recent_gone(&path));
}
