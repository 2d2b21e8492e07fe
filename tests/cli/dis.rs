//! `dis`: opcodes with their places, past damage, from any pickle.

use super::{data, failure, json, run, text};
use std::fs;

#[test]
fn the_whole_file_is_listed_with_offsets() {
    let listing = text(&["dis", &data("history.mmdpickle")]);
    let lines: Vec<&str> = listing.lines().collect();
    assert_eq!(lines[0], "         0: PROTO            4");
    assert_eq!(lines[1], "         2: FRAME            13");
    assert!(lines.contains(&"        23: MARK"));
    assert!(listing.contains("SHORT_BINUNICODE 'replaced'"));
    assert!(listing.contains("BINBYTES8"), "{listing}");
    assert!(lines[lines.len() - 1].ends_with(": STOP"));
    let json = json(&["dis", &data("history.mmdpickle"), "--json"]);
    let ops = json.as_array().unwrap();
    assert_eq!(ops.len(), lines.len());
    assert_eq!(
        ops[0],
        serde_json::json!({"offset": 0, "opcode": "PROTO", "argument": "4"})
    );
    assert_eq!(ops[2]["opcode"], "BININT");
}

#[test]
fn an_entry_is_listed_by_its_key() {
    let listing = text(&["dis", &data("values.mmdpickle"), "complex"]);
    let names: Vec<&str> = listing
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(
        names,
        [
            "FRAME",
            "SHORT_BINUNICODE",
            "SHORT_BINUNICODE",
            "SHORT_BINUNICODE",
            "STACK_GLOBAL",
            "BINFLOAT",
            "BINFLOAT",
            "TUPLE2",
            "REDUCE",
            "BININT",
            "POP",
            "NEWTRUE",
            "POP"
        ]
    );
    let (status, message) = failure(&["dis", &data("values.mmdpickle"), "nothing"]);
    assert_eq!(status, 1);
    assert!(message.contains("no key"), "{message}");
    assert_eq!(failure(&["dis", &data("plain4.pickle"), "cube"]).0, 2);
}

#[test]
fn any_pickle_is_listed() {
    for protocol in 0..6 {
        let listing = text(&["dis", &data(&format!("plain{protocol}.pickle"))]);
        assert!(listing.trim_end().ends_with("STOP"), "protocol {protocol}");
    }
    assert!(text(&["dis", &data("list.pickle")]).contains("APPENDS"));
    assert_eq!(failure(&["dis", &data("none.pickle")]).0, 2);
}

#[test]
fn damage_is_told_and_does_not_hide_the_next_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.mmdpickle");
    let mut bytes = fs::read(data("history.mmdpickle")).unwrap();
    // The value of the first entry, "kept": an opcode that does not exist.
    let at = 24 + 11 + 4;
    bytes[at] = 0xfe;
    fs::write(&path, &bytes).unwrap();
    let output = run(&["dis", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let listing = String::from_utf8(output.stdout).unwrap();
    assert!(
        listing.contains("        39! byte 0xfe is not a pickle opcode"),
        "{listing}"
    );
    assert!(listing.contains("'replaced'") && listing.trim_end().ends_with("STOP"));
    // Bytes behind the end are told, and control characters do not reach the terminal.
    fs::write(&path, b"\x80\x04\x8c\x03\x1b[0.more").unwrap();
    let output = run(&["dis", path.to_str().unwrap()]);
    let listing = String::from_utf8(output.stdout).unwrap();
    assert!(
        listing.contains("4 bytes behind STOP") && !listing.contains('\x1b'),
        "{listing}"
    );
}
