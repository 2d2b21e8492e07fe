//! The subcommands that write: what they print, what they refuse, and that a refusal leaves the file alone.

use crate::{data, failure, json, run, text};
use serde_json::Value as Json;
use std::fs::{self, File};
use std::path::Path;
use tempfile::TempDir;

/// A copy of a file of `tests/data` that may be written.
fn copy(name: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, fs::read(data(name)).unwrap()).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

fn keys(file: &str) -> Vec<String> {
    let list = json(&["ls", file, "--json"]);
    let entries = list["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["key"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_value_is_set_replaced_and_brought_back() {
    let (_folder, file) = copy("history.mmdpickle");
    let before = json(&["ls", &file, "--json"])["commit"].as_i64().unwrap();
    let added = json(&[
        "set",
        &file,
        "new",
        "{'a': (1, 2.5, b'x'), 'b': None}",
        "--json",
    ]);
    assert_eq!(
        (&added["did"], &added["commit"]),
        (&Json::from("added"), &Json::from(before + 1))
    );
    assert_eq!(
        text(&["get", &file, "new"]),
        "{'a': (1, 2.5, b'x'), 'b': None}\n"
    );
    let replaced = json(&["set", &file, "new", "-5", "--json"]);
    assert_eq!(replaced["commit"], before + 3);
    assert_eq!(replaced["replaced"], added["offset"]);
    let history = json(&["history", &file, "new", "--json"]);
    assert_eq!(history["versions"][0]["offset"], added["offset"]);
    assert_eq!(history["versions"][0]["state"], "superseded");
    let line = text(&["restore", &file, "new"]);
    assert!(
        line.starts_with("restored \"new\" at byte") && line.contains("(commit "),
        "{line}"
    );
    assert_eq!(
        text(&["get", &file, "new"]),
        "{'a': (1, 2.5, b'x'), 'b': None}\n"
    );
}

#[test]
fn keys_are_deleted_renamed_and_copied() {
    let (_folder, file) = copy("history.mmdpickle");
    assert_eq!(keys(&file), ["kept", "replaced", "last"]);
    let kept = text(&["get", &file, "kept"]);
    text(&["mv", &file, "kept", "KEPT"]);
    text(&["cp", &file, "KEPT", "a longer name"]);
    assert_eq!(keys(&file), ["KEPT", "replaced", "last", "a longer name"]);
    assert_eq!(text(&["get", &file, "a longer name"]), kept);
    // A name that is not there: nothing is deleted.
    let (status, message) = failure(&["rm", &file, "last", "nowhere"]);
    assert_eq!(status, 1);
    assert!(
        message.contains("nowhere") && message.trim_end().ends_with(&file),
        "{message}"
    );
    assert_eq!(keys(&file).len(), 4);
    assert_eq!(text(&["rm", &file, "last", "replaced"]).lines().count(), 2);
    assert_eq!(keys(&file), ["KEPT", "a longer name"]);
    let (status, message) = failure(&["mv", &file, "KEPT", "a longer name"]);
    assert_eq!(status, 2);
    assert!(message.contains("already"), "{message}");
}

#[test]
fn what_cannot_be_done_says_why_and_changes_nothing() {
    let (folder, file) = copy("history.mmdpickle");
    let before = fs::read(&file).unwrap();
    let long = "k".repeat(256);
    for (args, status, words) in [
        (&["set", &file, "k", "[1, 2"][..], 2, "column 1"),
        (&["set", &file, "k", "hello"], 2, "quotes"),
        (&["set", &file, "k"], 2, "--from-json"),
        (&["set", &file, &long, "1"], 2, "255 bytes"),
        (&["set", &file, "k", "--from-npy", &file], 2, ".npy"),
        (&["set", &file, "k", "--empty", "3,x"], 2, "shape"),
        (
            &["set", &file, "k", "--empty", "3", "--dtype", "what"],
            2,
            "dtype",
        ),
        (
            &[
                "set",
                &file,
                "k",
                "--empty",
                "9999999999,9999999999,9999999999",
            ],
            2,
            "too large",
        ),
        (&["restore", &file, "kept"], 1, "no earlier version"),
        (
            &["restore", &file, "replaced", "--offset", "3"],
            1,
            "history",
        ),
        (&["history", &file, "nowhere"], 1, "nowhere"),
        (
            &["set", &data("plain4.pickle"), "k", "1"],
            2,
            "plain pickle",
        ),
        (
            &["vacuum", &folder.path().join("gone").display().to_string()],
            2,
            "not found",
        ),
    ] {
        let (found, message) = failure(args);
        assert_eq!(found, status, "{args:?}: {message}");
        assert!(message.contains(words), "{args:?}: {message}");
        assert_eq!(fs::read(&file).unwrap(), before, "{args:?}");
    }
}

#[test]
fn arrays_come_from_files_or_are_empty() {
    let (folder, file) = copy("history.mmdpickle");
    let npy = folder.path().join("a.npy");
    let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend([0, 1, 0, 2, 0, 3, 0, 4]);
    fs::write(&npy, bytes).unwrap();
    text(&[
        "set",
        &file,
        "array",
        "--from-npy",
        &npy.display().to_string(),
    ]);
    assert_eq!(
        text(&["get", &file, "array", "--slice", "..."]),
        "[[1, 3], [2, 4]]\n"
    );
    text(&[
        "set",
        &file,
        "large",
        "--empty",
        "1000, 1000, 500",
        "--dtype",
        "uint16",
        "--masked",
    ]);
    let list = json(&["ls", &file, "--json"]);
    let large = list["entries"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&large["kind"], &large["nbytes"]),
        (&Json::from("masked"), &Json::from(1_000_000_000))
    );
    // Beside an array that the reference wrote.
    assert_eq!(list["compat"], "mixed");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        assert!(fs::metadata(&file).unwrap().blocks() * 512 < 1 << 20);
    }
}

#[test]
fn space_is_freed_in_each_way() {
    let size = |file: &str| fs::metadata(file).unwrap().len();
    for way in [&[][..], &["--in-place"], &["-o"]] {
        let (folder, file) = copy("history.mmdpickle");
        let before = fs::read(&file).unwrap();
        let plan = json(&["vacuum", &file, "--dry-run", "--json"]);
        assert_eq!(fs::read(&file).unwrap(), before);
        let out = folder.path().join("out").display().to_string();
        let mut args = vec!["vacuum", &file, "--json"];
        args.extend(way);
        if way == ["-o"] {
            args.push(&out);
        }
        let done = json(&args);
        let result = done["file"].as_str().unwrap();
        assert_eq!(
            size(result) + plan["copy_frees"].as_u64().unwrap(),
            before.len() as u64,
            "{way:?}"
        );
        assert_eq!(keys(result), ["kept", "replaced", "last"], "{way:?}");
        assert!(
            text(&["history", result]).starts_with("No earlier"),
            "{way:?}"
        );
        if way == ["-o"] {
            assert_eq!(fs::read(&file).unwrap(), before);
            assert!(failure(&args).1.contains("not overwritten"));
        }
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(
            names,
            1 + usize::from(way == ["-o"]),
            "{way:?} left something behind"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn holes_free_blocks_and_a_freed_version_is_not_restored() {
    use std::os::unix::fs::MetadataExt as _;
    let (folder, file) = copy("history.mmdpickle");
    let npy = folder.path().join("a.npy");
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4000000,), }";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(vec![7; 4_000_000]);
    fs::write(&npy, bytes).unwrap();
    text(&[
        "set",
        &file,
        "array",
        "--from-npy",
        &npy.display().to_string(),
    ]);
    text(&["rm", &file, "array"]);
    let blocks = || fs::metadata(&file).unwrap().blocks();
    let (before, len) = (blocks(), fs::metadata(&file).unwrap().len());
    let done = json(&["vacuum", &file, "--punch", "--json"]);
    assert!(done["freed"].as_u64().unwrap() > 3_900_000, "{done}");
    assert!(blocks() * 10 < before);
    assert_eq!(fs::metadata(&file).unwrap().len(), len);
    assert!(text(&["history", &file]).contains("freed"));
    let (status, message) = failure(&["restore", &file, "array"]);
    assert_eq!(status, 1);
    assert!(message.contains("freed"), "{message}");
    assert_eq!(keys(&file), ["kept", "replaced", "last"]);
}

#[test]
fn a_locked_file_is_not_written_to() {
    let (_folder, file) = copy("history.mmdpickle");
    let before = fs::read(&file).unwrap();
    let other = File::open(&file).unwrap();
    other.lock().unwrap();
    let (status, message) = failure(&["set", &file, "k", "1"]);
    assert_eq!(status, 2);
    assert!(message.contains("locked"), "{message}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_open_for_writing_elsewhere_is_not_replaced() {
    let (_folder, file) = copy("history.mmdpickle");
    let writer = File::options().append(true).open(&file).unwrap();
    let mut child = std::process::Command::new("sleep")
        .arg("60")
        .stdout(writer)
        .spawn()
        .unwrap();
    let (status, message) = failure(&["vacuum", &file]);
    let forced = run(&["vacuum", &file, "--force"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status, 2);
    assert!(
        message.contains("sleep") && message.contains("--punch"),
        "{message}"
    );
    assert!(forced.status.success());
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_permissions_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, file) = copy("history.mmdpickle");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    text(&["vacuum", &link.display().to_string()]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let meta = fs::metadata(Path::new(&file)).unwrap();
    assert_eq!(meta.permissions().mode() & 0o777, 0o640);
    assert!(text(&["history", &file]).starts_with("No earlier"));
}
