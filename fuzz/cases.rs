//! What is tried on arbitrary bytes, by the fuzzer and by the test that replays its corpus.
//!
//! Each case returns, or panics because something is wrong. Time and memory are the fuzzer's business: `run.sh` sets limits
//! to both, and what exceeds them counts as a crash.
#![allow(dead_code, reason = "each fuzz target uses one case")]

use cubescope::dataset::check::check;
use cubescope::dataset::compat::{self, Compat};
use cubescope::dataset::regions::Regions;
use cubescope::dataset::repair;
use cubescope::dataset::{Content, Dataset, convert};
use cubescope::pickle::draft::Kind;
use cubescope::pickle::typed::Token;
use cubescope::pickle::{
    Differences, Disassembly, EncodeError, Limits, Value, decode_pickle, decode_value, encode,
    parse_literal,
};
use cubescope::progress::Progress;
use cubescope::session::value_faces::{Timeline, ValueFaces};
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
    assert!(value.type_name(root).len() < 1000);
    for index in 0..value.child_count(root).min(20) {
        let (label, child) = value.child(root, index).expect("a child is missing");
        assert!(label.chars().count() <= 100);
        assert!(value.line(child, 20).chars().count() <= 20);
        let _kind = Kind::of(value, child);
    }
    assert!(value.typed().is_object());
}

/// All that is written of a value, in proportion to what it holds.
pub fn written(bytes: &[u8]) {
    let source = MemorySource::new(bytes.to_vec());
    let Ok(value) = decode_value(&source, 0, source.len(), &LIMITS, &Progress::new()) else {
        return;
    };
    let (references, held) = value.weight();
    let allowed = (8 << 20) + 64 * references + 16 * held;
    let literal = value.whole_literal();
    assert!((literal.text.len() as u64) < allowed, "its literal");
    let leaves = value.typed_tokens().map(|token| match token {
        Token::Json(json) => json.to_string().len() as u64,
        _ => 4,
    });
    assert!(leaves.sum::<u64>() < 2 * allowed, "its typed JSON");
    let faces = ValueFaces::of(&value, "processing_steps");
    assert!(
        faces
            .record
            .is_none_or(|record| record.fields.len() <= record.all)
    );
    let steps = |timeline: &Timeline| timeline.steps.len() <= timeline.all;
    assert!(faces.timeline.as_ref().is_none_or(steps));
}

/// Two values, told apart place by place. They are parted by four bytes that no value needs.
pub fn difference(bytes: &[u8]) {
    let parting = bytes
        .windows(4)
        .position(|window| window == b"\xff\xff\xff\xff");
    let (before, after) = bytes.split_at(parting.unwrap_or(bytes.len() / 2));
    let decode = |bytes: &[u8]| {
        let source = MemorySource::new(bytes.to_vec());
        decode_value(&source, 0, source.len(), &LIMITS, &Progress::new()).ok()
    };
    let after = after.get(4..).unwrap_or_default();
    let (Some(before), Some(after)) = (decode(before), decode(after)) else {
        return;
    };
    for (one, other) in [(&before, &after), (&after, &before), (&before, &before)] {
        let found = Differences::between(one, other);
        assert!(found.list.len() <= 200);
        let short = |side: &Option<String>| side.as_ref().is_none_or(|side| side.len() < 4000);
        assert!(
            found
                .list
                .iter()
                .all(|place| short(&place.before) && short(&place.after))
        );
    }
}

/// A container with these bytes as its one value, whose arrays are switched from one spelling to the other, and made
/// portable.
pub fn compatible(bytes: &[u8]) {
    let mut body = [b"\x8c\x01a", bytes, b"J\x3c\0\0\0\x30\x88\x30"].concat();
    let len = (body.len() as u64).to_le_bytes();
    let head = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(\x95";
    body.extend(b"\x95\x02\0\0\0\0\0\0\0d.");
    let folder = tempfile::tempdir_in(folder()).expect("a temporary folder");
    let path = folder.path().join("file");
    std::fs::write(&path, [&head[..], &len, &body].concat()).expect("the file is written");
    let progress = Progress::new();
    let Ok(dataset) = Dataset::open(&path, &progress) else {
        return;
    };
    let before = Compat::of(&dataset, &progress);
    for to_modern in [true, false, false] {
        let Ok(switched) = compat::switch(&path, to_modern, &progress) else {
            return;
        };
        assert!(switched.entries <= 1);
    }
    let again = Dataset::open(&path, &progress).expect("it still opens");
    let after = Compat::of(&again, &progress);
    assert_eq!(before.portable, after.portable);
    assert!(after.modern.is_none() && after.torn.is_none() || after == before);
    let output = folder.path().join("portable");
    if let Ok(done) = compat::portable(&path, &output, &progress) {
        assert!(
            done.bytes < 8 * (bytes.len() as u64) + (1 << 20),
            "it grew to {}",
            done.bytes
        );
        let portable = Dataset::open(&output, &progress).expect("the portable file opens");
        assert_eq!(portable.items().count(), again.items().count());
    }
}

/// A plain pickle, converted to a container.
pub fn converted(bytes: &[u8]) {
    let folder = tempfile::tempdir_in(folder()).expect("a temporary folder");
    let (path, output) = (folder.path().join("file"), folder.path().join("out"));
    std::fs::write(&path, bytes).expect("the file is written");
    let progress = Progress::new();
    let Ok(done) = convert(&path, &output, &progress) else {
        assert!(!output.exists(), "something was written all the same");
        return;
    };
    assert!(
        done.bytes < 32 * (bytes.len() as u64) + (128 << 20),
        "it grew to {}",
        done.bytes
    );
    let dataset = Dataset::open(&output, &progress).expect("what was converted opens");
    assert_eq!(dataset.items().count(), done.keys);
    // Arrays that are written as they are may be arrays of the container as well.
    let arrays = dataset.items().filter(|item| item.layout().is_some());
    assert!(arrays.count() >= done.arrays, "fewer arrays");
    for item in dataset
        .items()
        .filter(|item| item.layout().is_none())
        .take(20)
    {
        let value = dataset
            .value(item, &progress)
            .expect("a value that was converted");
        assert!(value.line(value.root(), 100).chars().count() <= 100);
    }
}

/// A file of these bytes: checked, and drawn as a map. Every finding has its place in the file, every byte its region.
pub fn checked(bytes: &[u8]) {
    let folder = tempfile::tempdir_in(folder()).expect("a temporary folder");
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).expect("the file is written");
    let progress = Progress::new();
    let len = bytes.len() as u64;
    let findings = check(&path, &progress).expect("a file that can be read");
    for finding in &findings {
        assert!(finding.offset.is_none_or(|at| at <= len), "{finding:?}");
        assert!(finding.message.len() < 1 << 14, "a long message");
    }
    if let Ok(dataset) = Dataset::open(&path, &progress) {
        let regions = Regions::of(&dataset);
        assert_eq!(regions.totals().iter().sum::<u64>(), len);
        let mut end = 0;
        for region in regions.list() {
            assert_eq!(region.range.start, end, "a gap between regions");
            end = region.range.end;
        }
        assert_eq!(end, len);
    }
}

/// A file of these bytes, repaired: what is written is sound, and the damaged file stays as it is.
pub fn repaired(bytes: &[u8]) {
    let folder = tempfile::tempdir_in(folder()).expect("a temporary folder");
    let (path, output) = (folder.path().join("file"), folder.path().join("out"));
    std::fs::write(&path, bytes).expect("the file is written");
    let progress = Progress::new();
    if let Ok(plan) = repair::plan(&path, &[], &progress) {
        let live = plan.kept.iter().filter(|kept| kept.is_live).count();
        let Ok(done) = plan.write(&output, &progress) else {
            assert!(!output.exists(), "something was written all the same");
            return;
        };
        assert_eq!(done.live, live);
        assert!(
            done.bytes < 32 * (bytes.len() as u64) + (16 << 20),
            "it grew to {}",
            done.bytes
        );
        let dataset = Dataset::open(&output, &progress).expect("what was repaired opens");
        assert_eq!(dataset.items().count(), live);
    }
    let after = std::fs::read(&path).expect("the file is read");
    assert_eq!(after, bytes, "repairing changed the file");
}

/// Where files cost no disk.
fn folder() -> std::path::PathBuf {
    match std::path::Path::new("/dev/shm").is_dir() {
        true => "/dev/shm".into(),
        false => std::env::temp_dir(),
    }
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
    let file = tempfile::NamedTempFile::new_in(folder()).expect("a temporary file");
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
