//! A file that other processes change while it is open.

use crate::kit::{data, open};
use cubescope::dataset::{Change, Dataset};
use cubescope::progress::Progress;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use tempfile::TempDir;

fn copy(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::copy(data(name), &path).unwrap();
    (folder, path)
}

/// Appends `key = None` as the reference does: over the old terminator.
fn append(path: &std::path::Path, key: &str) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::End(-11)).unwrap();
    let body = 2 + key.len() + 1 + 8;
    let mut entry = vec![0x95];
    entry.extend((body as u64).to_le_bytes());
    entry.extend([0x8c, u8::try_from(key.len()).unwrap()]);
    entry.extend(key.as_bytes());
    entry.extend(b"NJ\0\0\0\x000\x880\x95\x02\0\0\0\0\0\0\0d.");
    file.write_all(&entry).unwrap();
}

#[test]
fn growth_is_noticed_and_read() {
    let (_folder, path) = copy("history.mmdpickle");
    let before = open(&path);
    assert_eq!(before.change(), Change::Same);
    append(&path, "new");
    assert_eq!(before.change(), Change::Changed);
    let after = open(&path);
    assert!(after.item("new").is_some() && before.item("new").is_none());
    assert!(after.warnings().is_empty(), "{:?}", after.warnings());
}

#[test]
fn what_was_read_counts_after_an_append_but_not_after_a_move() {
    let (_folder, path) = copy("history.mmdpickle");
    let dataset = open(&path);
    let (first, last) = (dataset.item("kept").unwrap(), dataset.item("last").unwrap());
    assert!(dataset.still_holds(last));
    append(&path, "new");
    assert!(dataset.still_holds(last));
    // A vacuum in place: the first entry goes, everything behind it moves to the front.
    let bytes = fs::read(&path).unwrap();
    let end = usize::try_from(first.offset + first.length).unwrap();
    let moved = [&bytes[..24], &bytes[end..]].concat();
    fs::write(&path, moved).unwrap();
    assert!(!dataset.still_holds(first) && !dataset.still_holds(last));
}

#[test]
fn a_bare_commit_number_is_noticed() {
    let (_folder, path) = copy("history.mmdpickle");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let before = open(&path);
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(18)).unwrap();
    file.write_all(&99_i32.to_le_bytes()).unwrap();
    file.set_modified(modified).unwrap();
    assert_eq!(before.change(), Change::Changed);
}

#[test]
fn a_removed_file_is_noticed_and_what_is_open_stays_readable() {
    let (_folder, path) = copy("arrays.mmdpickle");
    let dataset = open(&path);
    fs::remove_file(&path).unwrap();
    assert_eq!(dataset.change(), Change::Vanished);
    let array = dataset.array(dataset.item("masked").unwrap()).unwrap();
    assert_eq!(array.cell(&[0, 0, 1]).unwrap().value.to_string(), "1.0");
}

#[cfg(unix)]
#[test]
fn a_file_cut_under_the_map_gives_an_error_not_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.mmdpickle");
    // One array of 1 MiB of ones, so that its end lies on other pages than its beginning.
    let bytes = 1_u64 << 20;
    let value = [
        &b"\x8c\x16numpy.core.fromnumeric\x8c\x07reshape\x93\x8c\x15numpy.core.multiarray\x8c\nfromstring\x93\x8e"[..],
        &bytes.to_le_bytes(),
        &vec![1; 1 << 20],
        b"\x8c\x05uint8\x86RJ\0\0\x10\0\x85\x86R",
    ]
    .concat();
    let mut file = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\x01\0\0\x000(\x95".to_vec();
    file.extend((value.len() as u64 + 11).to_le_bytes());
    file.extend(b"\x8c\x01a");
    file.extend(value);
    file.extend(b"J\0\0\0\x000\x880\x95\x02\0\0\0\0\0\0\0d.");
    fs::write(&path, file).unwrap();
    let dataset = open(&path);
    let array = dataset.array(dataset.item("a").unwrap()).unwrap();
    assert_eq!(array.cell(&[1_000_000]).unwrap().value.to_string(), "1");
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(4096)
        .unwrap();
    assert_eq!(array.cell(&[1_000_000]).unwrap().value.to_string(), "0");
    assert!(dataset.is_torn());
    assert_eq!(dataset.change(), Change::Changed);
}

#[test]
fn a_writer_that_holds_the_lock_delays_opening_and_no_more() {
    let (_folder, path) = copy("history.mmdpickle");
    let writer = File::open(&path).unwrap();
    writer.lock().unwrap();
    let dataset = Dataset::open(&path, &Progress::new()).unwrap();
    assert_eq!(dataset.items().count(), 3);
    assert!(dataset.warnings()[0].message.contains("locked"));
    writer.unlock().unwrap();
}

#[test]
fn no_lock_is_held_after_opening() {
    let (_folder, path) = copy("arrays.mmdpickle");
    let dataset = open(&path);
    let array = dataset.array(dataset.item("masked").unwrap()).unwrap();
    let writer = File::open(&path).unwrap();
    writer.try_lock().unwrap();
    assert!(array.cell(&[0, 0, 0]).is_ok());
}
