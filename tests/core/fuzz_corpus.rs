//! Each file of the fuzzer's corpora, through what the fuzzer tries.

#[allow(unreachable_pub, reason = "the fuzz targets use it from outside")]
#[path = "../../fuzz/cases.rs"]
mod cases;

use std::path::Path;

fn replay(target: &str, case: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        case(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{} has only {count} files", folder.display());
}

#[test]
fn scan() {
    replay("scan", cases::scan);
}

#[test]
fn decode() {
    replay("decode", cases::decode);
}

#[test]
fn roundtrip() {
    replay("roundtrip", cases::roundtrip);
}

#[test]
fn open() {
    replay("open", cases::open);
}

#[test]
fn literal() {
    replay("literal", cases::literal);
}

#[test]
fn written() {
    replay("written", cases::written);
}

#[test]
fn difference() {
    replay("difference", cases::difference);
}

#[test]
fn compatible() {
    replay("compatible", cases::compatible);
}

#[test]
fn converted() {
    replay("converted", cases::converted);
}

#[test]
fn checked() {
    replay("checked", cases::checked);
}

#[test]
fn repaired() {
    replay("repaired", cases::repaired);
}
