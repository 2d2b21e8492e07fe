//! Values written back as opcodes: against what the reference wrote, and decoded again.

use crate::kit::data;
use cubescope::mmapdict::{EntryState, Index};
use cubescope::pickle::{Limits, Value, decode_value, encode, parse_literal};
use cubescope::progress::Progress;
use cubescope::source::{ByteSource as _, FileSource, MemorySource};

/// Key, first memo number and bytes of each generic value that the reference wrote.
fn golden() -> Vec<(String, u32, Vec<u8>)> {
    let source = FileSource::open(&data("values.mmdpickle")).unwrap();
    let index = Index::read(&source, &Progress::new()).unwrap();
    let mut memo = 1;
    let mut found = Vec::new();
    for entry in index.entries {
        assert_eq!(entry.state, EntryState::Live);
        let range = entry.value_range();
        let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap()];
        source.read_at(range.start, &mut bytes).unwrap();
        let key = String::from_utf8(entry.key.to_vec()).unwrap();
        found.push((key, memo, bytes));
        memo = u32::try_from(entry.memo).unwrap();
    }
    found
}

pub(crate) fn decode(bytes: &[u8]) -> Value {
    let source = MemorySource::new(bytes.to_vec());
    decode_value(&source, 0, source.len(), &Limits::FULL, &Progress::new()).unwrap()
}

#[test]
fn what_the_reference_wrote_is_written_alike() {
    let golden = golden();
    assert!(golden.len() > 40);
    for (key, memo, bytes) in golden {
        let encoded = encode(&decode(&bytes), memo).unwrap();
        let written = encoded.in_memory().unwrap();
        assert_eq!(written, bytes, "{key}: {written:02x?} for {bytes:02x?}");
    }
}

#[test]
fn what_python_prints_is_written_as_python_pickles_it() {
    // These have no literal, or share objects, which a literal cannot say.
    let not_literal = ["shared", "loop", "numpy-in-list", "object"];
    for (key, memo, bytes) in golden() {
        if not_literal.contains(&key.as_str()) {
            continue;
        }
        let literal = decode(&bytes).literal();
        let value = parse_literal(&literal).unwrap_or_else(|err| panic!("{key}: {err}: {literal}"));
        let written = encode(&value, memo).unwrap().in_memory().unwrap();
        assert_eq!(written, bytes, "{key}: {written:02x?} for {bytes:02x?}");
    }
}
