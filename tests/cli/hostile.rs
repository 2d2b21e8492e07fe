//! Files that are made to hurt a terminal, or to print without end.

use crate::{json, run, text};
use std::path::PathBuf;

/// What no terminal may get from a file.
const EVIL: &str = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{e0041}";

fn is_harmless(output: &str) -> bool {
    output
        .chars()
        .all(|c| c == '\n' || cubescope::pickle::text::is_visible(c))
}

fn short(text: &str) -> Vec<u8> {
    [&[0x8c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut body = vec![0x8c, u8::try_from(key.len()).unwrap()];
    body.extend([key, value, b"J\0\0\0\x000\x880"].concat());
    let mut record = vec![0x95];
    record.extend((body.len() as u64).to_le_bytes());
    record.extend(body);
    record
}

fn container(name: &str, records: &[Vec<u8>]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut file = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(".to_vec();
    records.iter().for_each(|record| file.extend(record));
    file.extend(b"\x95\x02\0\0\0\0\0\0\0d.");
    std::fs::write(&path, file).unwrap();
    (folder, path)
}

#[test]
fn control_and_format_characters_reach_no_terminal() {
    let name = [short(&format!("os{EVIL}")), short(EVIL), b"\x93".to_vec()].concat();
    let call = [&name[..], &short(EVIL), b"\x85R"].concat();
    let key = format!("k{EVIL}");
    let (folder, path) = container(
        &format!("file{EVIL}"),
        &[
            record(b"name", &name),
            record(b"call", &call),
            record(key.as_bytes(), &short(EVIL)),
            record(b"sur\xed\xa0\x80", b"K\x01"),
            record(b"\xff\x1b", b"K\x01"),
            record(b"odd", b"\x1b"),
        ],
    );
    let path = path.to_str().unwrap();
    let out = folder.path().join("out").display().to_string();
    let none = format!("none{EVIL}");
    for args in [
        &["ls", path][..],
        &["ls", path, "--all"],
        &["ls", path, "--json"],
        &["get", path, "name"],
        &["get", path, "name", "--typed"],
        &["get", path, "call"],
        &["get", path, &key],
        &["get", path, &key, "--json"],
        &["get", path, &none],
        &["get", path, "odd"],
        &["get", path, &key, "--slice", EVIL],
        &["check", path],
        &["check", path, "--json"],
        &["dis", path],
        &["dis", path, "--json"],
        &["compat", path],
        &["repair", path],
        &["repair", path, "--json"],
        &["convert", path, &out],
        &["history", path, "--json"],
        &["stats", path, &key],
        &["set", path, &format!("new{EVIL}"), "1"],
        &["set", path, &key, EVIL],
        &["cp", path, &key, &format!("copy{EVIL}")],
        &["mv", path, &key, &format!("moved{EVIL}"), "--json"],
        &["rm", path, &format!("moved{EVIL}")],
        &["history", path],
    ] {
        let output = run(args);
        for bytes in [output.stdout, output.stderr] {
            let printed = String::from_utf8(bytes).unwrap();
            assert!(is_harmless(&printed), "{args:?}: {printed:?}");
        }
    }
}

#[test]
fn json_says_what_the_file_says() {
    let key = format!("k{EVIL}");
    let (_folder, path) = container("file", &[record(key.as_bytes(), &short(EVIL))]);
    let path = path.to_str().unwrap();
    let list = json(&["ls", path, "--json"]);
    assert_eq!(list["entries"][0]["key"], key.as_str());
    assert_eq!(json(&["get", path, &key, "--json"]), EVIL);
    assert_eq!(json(&["get", path, &key, "--typed"])["v"], EVIL);
}

#[test]
fn a_small_value_prints_no_flood_and_says_so() {
    // Thirty lists, each of which holds the one before ten times.
    let mut value = b"K\x01q\0".to_vec();
    for level in 0..30 {
        value.extend(b"0(");
        value.extend([b'h', level].repeat(10));
        value.extend([b'l', b'q', level + 1]);
    }
    let (_folder, path) = container("bomb", &[record(b"a", &value)]);
    let path = path.to_str().unwrap();
    let output = run(&["get", path, "a"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output.stdout.len() < 6 << 20,
        "{} bytes",
        output.stdout.len()
    );
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("in part")
    );
    let output = run(&["get", path, "a", "--json"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert!(text(&["get", path, "a", "--typed"]).len() < 20_000);
}
