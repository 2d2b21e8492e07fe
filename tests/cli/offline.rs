//! `repair`, `convert` and `compat`: what they print, what they refuse, and which files appear.

use crate::{data, failure, json, text};
use std::fs;
use std::path::Path;

/// A folder with a copy of a file of `tests/data` that is cut to a length, and a path for a new file.
fn cut(name: &str, len: usize) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("damaged.mmdpickle");
    let bytes = fs::read(data(name)).unwrap();
    fs::write(&file, &bytes[..len.min(bytes.len())]).unwrap();
    let output = folder.path().join("out.mmdpickle").display().to_string();
    (folder, file.display().to_string(), output)
}

#[test]
fn repair_shows_a_plan_and_writes_only_when_told_to() {
    let len = fs::read(data("values.mmdpickle")).unwrap().len();
    let (_folder, file, output) = cut("values.mmdpickle", len - 30);
    let before = fs::read(&file).unwrap();
    let plan = json(&["repair", &file, "--json"]);
    assert!(plan["output"].is_null() && plan["size"].is_null());
    assert!(text(&["repair", &file]).contains("nothing was written"));
    assert!(text(&["repair", &file, "-o", &output, "--dry-run"]).contains("nothing was written"));
    assert!(!Path::new(&output).exists());
    let done = json(&["repair", &file, "-o", &output, "--json"]);
    assert_eq!(done["kept"], plan["kept"]);
    assert_eq!(done["cut"].as_array().unwrap().len(), 1, "{}", done["cut"]);
    assert_eq!(fs::read(&file).unwrap(), before);
    let list = json(&["ls", &output, "--json"]);
    assert_eq!(list["findings"].as_array().unwrap().len(), 0);
    assert_eq!(
        list["entries"].as_array().unwrap().len(),
        done["kept"].as_array().unwrap().len()
    );
    assert_eq!(list["commit"], done["commit"]);
    // Once more: the file is there.
    let (status, message) = failure(&["repair", &file, "-o", &output]);
    assert!(status == 2 && message.contains("already"), "{message}");
}

#[test]
fn where_nothing_can_be_saved_there_is_no_new_file() {
    for len in [0, 10, 24, 30] {
        let (_folder, file, output) = cut("values.mmdpickle", len);
        let (status, message) = failure(&["repair", &file, "-o", &output]);
        assert_eq!(status, 1, "{message}");
        assert!(
            message.contains("Nothing in this file can be saved"),
            "{message}"
        );
        assert!(!Path::new(&output).exists());
    }
    let (_folder, _, output) = cut("values.mmdpickle", 0);
    let (status, message) = failure(&["repair", &data("plain4.pickle"), "-o", &output]);
    assert!(status == 1 && message.contains("convert"), "{message}");
    let (status, message) = failure(&["repair", &data("values.mmdpickle"), "--assume", "x"]);
    assert!(
        status == 2 && message.contains("uint16:80,88,200"),
        "{message}"
    );
}

#[test]
fn plain_pickles_of_every_protocol_become_containers() {
    for protocol in 0..=5 {
        let (_folder, _, output) = cut("values.mmdpickle", 0);
        let input = data(&format!("plain{protocol}.pickle"));
        let done = json(&["convert", &input, &output, "--json"]);
        let (old, new) = (
            json(&["ls", &input, "--json"]),
            json(&["ls", &output, "--json"]),
        );
        let keys = |list: &serde_json::Value| -> Vec<String> {
            let entries = list["entries"].as_array().unwrap().iter();
            entries.map(|entry| entry["key"].to_string()).collect()
        };
        assert_eq!(keys(&old), keys(&new), "{protocol}");
        assert_eq!(done["keys"], keys(&old).len(), "{protocol}");
        assert_eq!(new["commit"], done["keys"], "{protocol}");
        assert_eq!(new["findings"].as_array().unwrap().len(), 0, "{protocol}");
        assert_eq!(new["compat"], "portable", "{protocol}");
        // Arrays that were read in place are the same, whatever their order was.
        for entry in old["entries"].as_array().unwrap() {
            let key = entry["key"].as_str().unwrap();
            if entry["kind"] != "array" {
                continue;
            }
            let cells = |file: &str| text(&["get", file, key, "--slice", "..."]);
            assert_eq!(cells(&input), cells(&output), "{protocol}: {key}");
        }
    }
}

#[test]
fn what_is_a_container_or_no_dict_is_not_converted() {
    let (_folder, _, output) = cut("values.mmdpickle", 0);
    for (input, words) in [
        (data("values.mmdpickle"), "container already"),
        (data("list.pickle"), "only dicts"),
        ("/no/such/file".to_owned(), "not found"),
    ] {
        let (status, message) = failure(&["convert", &input, &output]);
        assert!(status == 2 && message.contains(words), "{message}");
        assert!(!Path::new(&output).exists());
    }
}

#[test]
fn the_spelling_is_told_switched_and_switched_back() {
    let (_folder, file, output) = cut("history.mmdpickle", usize::MAX);
    let before = fs::read(&file).unwrap();
    let status = json(&["compat", &file, "--json"]);
    assert_eq!(status["compat"], "legacy");
    assert!(status["numpy"].as_str().unwrap().contains("2.3"));
    assert_eq!(status["mapped_by_reference"], true);
    let dead = status["arrays"]["legacy"]["dead"].as_u64().unwrap();
    let live = status["arrays"]["legacy"]["live"].as_u64().unwrap();
    let done = json(&["compat", &file, "--set", "modern", "--json"]);
    assert_eq!(done["arrays"], live + dead);
    let status = json(&["compat", &file, "--json"]);
    assert_eq!(
        (&status["compat"], &status["mapped_by_reference"]),
        (&"modern".into(), &false.into())
    );
    let done = text(&["compat", &file, "--set", "legacy"]);
    assert!(done.contains("switched to legacy (commit "), "{done}");
    assert_eq!(fs::read(&file).unwrap()[24..], before[24..]);
    text(&["compat", &file, "--portable", "-o", &output]);
    assert!(text(&["compat", &output]).starts_with("portable: every NumPy"));
    let (status, message) = failure(&["compat", &file, "--portable", "-o", &output]);
    assert!(status == 2 && message.contains("already"), "{message}");
}
