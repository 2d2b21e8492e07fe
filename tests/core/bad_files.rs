//! Files that cannot be opened, or only in part: each has its message, and nothing else happens.

use crate::kit::{data, open, refusal};
use std::fs;
use tempfile::TempDir;

fn file_with(bytes: &[u8]) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.mmdpickle");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn each_kind_of_bad_file_says_what_it_is() {
    let cases: [(&[u8], &str); 8] = [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x93NUMPY\x01\0", ".npy"),
        (
            b"just some text, long enough to be no header",
            "not an mmappickle file",
        ),
        (
            b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J",
            "after 12 bytes, inside its header",
        ),
        (b"\x80\x04K\x01", "cannot be read"),
        (
            b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x02\0\0\x000J\0\0\0\x000(\x95",
            "version 2",
        ),
    ];
    for (bytes, words) in cases {
        let (_folder, path) = file_with(bytes);
        let message = refusal(&path);
        assert!(message.contains(words), "{bytes:?}: {message}");
        assert!(
            message.ends_with("scan.mmdpickle"),
            "the path comes last: {message}"
        );
    }
}

#[test]
fn paths_that_are_no_files() {
    let folder = tempfile::tempdir().unwrap();
    assert!(refusal(folder.path()).contains("folder"));
    assert!(refusal(&folder.path().join("gone")).contains("not found"));
}

#[test]
fn a_pickle_that_cannot_be_decoded_is_one_item_that_says_why() {
    let (_folder, path) = file_with(b"\x80\x04K\x01\x87.");
    let dataset = open(&path);
    assert_eq!(dataset.warnings().len(), 1);
    let items: Vec<_> = dataset.items().collect();
    let cubescope::dataset::Content::Unreadable { why, .. } = &items[0].content else {
        panic!("{items:?}");
    };
    assert!(why.contains("TUPLE3") && items.len() == 1, "{why}");
    // A text that looks like opcodes of the oldest protocol is a text.
    let (_folder, path) = file_with(b"0.5 0.25 and other numbers");
    assert!(refusal(&path).contains("not an mmappickle file"));
}

#[test]
fn a_cut_file_shows_what_is_whole() {
    let whole = fs::read(data("history.mmdpickle")).unwrap();
    let all: Vec<String> = open(&data("history.mmdpickle"))
        .items()
        .map(|item| item.key.clone())
        .collect();
    for len in 24..whole.len() {
        let (_folder, path) = file_with(&whole[..len]);
        let dataset = open(&path);
        let keys: Vec<String> = dataset.items().map(|item| item.key.clone()).collect();
        assert!(!dataset.warnings().is_empty(), "cut at {len}: no warning");
        // Whatever is listed of a cut file is in the whole one, but for what is deleted or replaced later in it.
        let known = all
            .iter()
            .map(String::as_str)
            .chain(["deleted"])
            .collect::<Vec<_>>();
        assert!(
            keys.iter().all(|key| known.contains(&key.as_str())),
            "cut at {len}: {keys:?}"
        );
        assert_eq!(
            fs::read(&path).unwrap(),
            &whole[..len],
            "opening wrote to the file"
        );
    }
}

#[test]
fn a_damaged_value_leaves_its_neighbours_alone() {
    let mut bytes = fs::read(data("values.mmdpickle")).unwrap();
    let dataset = open(&data("values.mmdpickle"));
    let item = dataset.item("datetime").unwrap();
    let at = usize::try_from(item.offset).unwrap() + 11 + "datetime".len();
    bytes[at] = 0xfe;
    let (_folder, path) = file_with(&bytes);
    let damaged = open(&path);
    assert_eq!(damaged.items().count(), dataset.items().count());
    let item = damaged.item("datetime").unwrap();
    let cubescope::dataset::Content::Unreadable { why, .. } = &item.content else {
        panic!("{:?}", item.content);
    };
    assert!(
        why.contains("0xfe") && why.contains(&at.to_string()),
        "{why}"
    );
}

#[test]
fn an_array_whose_shape_does_not_fit_its_bytes_is_listed_and_not_mapped() {
    let path = data("arrays.mmdpickle");
    let mut bytes = fs::read(&path).unwrap();
    let dataset = open(&path);
    let item = dataset.item("int16-<").unwrap();
    let layout = item.layout().unwrap();
    // Behind the data: SHORT_BINUNICODE 5 "int16" TUPLE2 REDUCE BININT1 2 BININT1 3.
    let at = usize::try_from(layout.data_offset + layout.nbytes).unwrap() + 7 + 2 + 1;
    assert_eq!(bytes[at], 2);
    bytes[at] = 200;
    let (_folder, path) = file_with(&bytes);
    let dataset = open(&path);
    let item = dataset.item("int16-<").unwrap();
    assert!(
        matches!(&item.content, cubescope::dataset::Content::Unreadable { why, .. } if why.contains("1200")),
        "{item:?}"
    );
    assert!(dataset.array(item).is_err());
}

#[cfg(unix)]
#[test]
fn pipes_and_unreadable_files_do_not_block() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = file_with(b"anything");
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap();
    assert!(made.success());
    assert!(refusal(&fifo).contains("pipe"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything.
    if fs::File::open(&path).is_err() {
        assert!(refusal(&path).contains("permission"));
    }
}
