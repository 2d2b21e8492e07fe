//! What is tried on arbitrary bytes, by the fuzzer and by the test that replays its corpus.
//!
//! Each case returns, or panics because something is wrong. Time and memory are the fuzzer's business.
#![allow(dead_code, reason = "each fuzz target uses one case")]

use cubescope::dataset::{Content, Dataset};
use cubescope::pickle::{
    Disassembly, EncodeError, Limits, Value, decode_pickle, decode_value, encode, parse_literal,
};
use cubescope::progress::Progress;
use cubescope::source::{ByteSource as _, MemorySource};

/// Small enough that no input takes long, large enough for every path.
const LIMITS: Limits = Limits {
    nodes: 100_000,
    bytes: 1 << 22,
    ..Limits::FULL
};

/// Opcodes as lines: they go forward, and end at the end or with an error.
pub fn scan(bytes: &[u8]) {
    let source = MemorySource::new(bytes.to_vec());
    let mut position = 0;
    for line in Disassembly::new(&source, 0, source.len()) {
        match line {
            Ok(line) => {
                assert!(
                    line.offset == 0 || line.offset > position,
                    "it does not go forward"
                );
                position = line.offset;
            }
            Err(err) => assert!(err.offset <= source.len(), "an error behind the end"),
        }
    }
}

/// Opcodes → value, and everything that is shown of one.
pub fn decode(bytes: &[u8]) {
    let source = MemorySource::new(bytes.to_vec());
    for limits in [LIMITS, Limits::OUTLINE] {
        if let Ok(value) = decode_value(&source, 0, source.len(), &limits, &Progress::new()) {
            show(&value);
        }
    }
    if let Ok((value, end)) = decode_pickle(&source, &LIMITS, &Progress::new()) {
        assert!(end <= source.len());
        show(&value);
    }
}

fn show(value: &Value) {
    assert!(value.depth() <= LIMITS.depth);
    let root = value.root();
    assert!(value.line(root, 100).chars().count() <= 100);
    assert!(value.node_literal(root, 10_000).len() < 1 << 20);
    assert!(value.type_name(root).len() < 1 << 20);
    for index in 0..value.child_count(root).min(20) {
        assert!(value.child(root, index).is_some(), "a child is missing");
    }
    assert!(value.typed().is_object());
}

/// A value that decodes is encoded so that it decodes to the same.
pub fn roundtrip(bytes: &[u8]) {
    let source = MemorySource::new(bytes.to_vec());
    let Ok(value) = decode_value(&source, 0, source.len(), &LIMITS, &Progress::new()) else {
        return;
    };
    let encoded = match encode(&value, 1) {
        Ok(encoded) => encoded,
        Err(EncodeError::BufferOrder | EncodeError::Tangled) => return,
        Err(err) => panic!("{err}"),
    };
    let written = encoded.in_memory().expect("nothing was left in the file");
    assert_eq!(written.len() as u64, encoded.len);
    let again = MemorySource::new(written.clone());
    let back = decode_value(&again, 0, again.len(), &Limits::FULL, &Progress::new());
    let back = back.unwrap_or_else(|err| panic!("what was encoded does not decode: {err}"));
    // A bytearray is a call from then on, and names of Python 2 are translated: so what was written counts.
    let rewritten = encode(&back, 1).map(|encoded| encoded.in_memory());
    assert_eq!(
        rewritten,
        Ok(Some(written)),
        "encoding again gives other bytes"
    );
    let (typed, typed_back) = (value.typed().to_string(), back.typed().to_string());
    let is_changed = ["bytearray", "__builtin__", "copy_reg"]
        .iter()
        .any(|word| typed.contains(word));
    if !is_changed {
        assert_eq!(typed, typed_back, "another value");
    }
}

/// A file of these bytes: opened, listed, each item looked at.
pub fn open(bytes: &[u8]) {
    let folder = if std::path::Path::new("/dev/shm").is_dir() {
        "/dev/shm".into()
    } else {
        std::env::temp_dir()
    };
    let file = tempfile::NamedTempFile::new_in(folder).expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("the temporary file is written");
    let Ok(dataset) = Dataset::open(file.path(), &Progress::new()) else {
        return;
    };
    for item in dataset.items().chain(dataset.dead_items()).take(200) {
        assert!(item.offset <= bytes.len() as u64, "an item behind the end");
        match &item.content {
            Content::Array(_) => {
                if let Ok(array) = dataset.array(item) {
                    let first = vec![0; array.shape().len()];
                    assert!(array.cell(&first).is_ok() || array.shape().contains(&0));
                }
            }
            _ => {
                if let Ok(value) = dataset.value(item, &Progress::new()) {
                    assert!(value.line(value.root(), 100).chars().count() <= 100);
                }
            }
        }
    }
    let after = std::fs::read(file.path()).expect("the temporary file is read");
    assert_eq!(after, bytes, "opening changed the file");
}

/// Text → value; what it prints is read again as the same.
pub fn literal(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let value = match parse_literal(text) {
        Ok(value) => value,
        Err(err) => {
            assert!(
                text.is_char_boundary(err.offset),
                "an error inside a character"
            );
            assert!(err.line >= 1 && err.column >= 1);
            return;
        }
    };
    let printed = value.literal();
    // Huge ints are printed as their size.
    if printed.contains("<int of ") {
        return;
    }
    let back = parse_literal(&printed).unwrap_or_else(|err| panic!("{printed}: {err}"));
    assert_eq!(back.literal(), printed, "read back as something else");
    let bytes = |value: &Value| encode(value, 1).map(|encoded| encoded.in_memory());
    assert_eq!(
        bytes(&back),
        bytes(&value),
        "written as something else: {printed}"
    );
}
