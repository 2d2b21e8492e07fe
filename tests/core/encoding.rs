//! Values written back as opcodes: against what the reference wrote, and decoded again.

use crate::kit::data;
use cubescope::mmapdict::{EntryState, Index};
use cubescope::pickle::{
    EncodeError, Limits, NodeId, Part, Value, ValueBuilder, decode_value, encode, parse_literal,
};
use cubescope::progress::Progress;
use cubescope::source::{ByteSource as _, FileSource, MemorySource};
use proptest::prelude::*;

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

#[test]
fn objects_that_hold_themselves_are_written_as_cpython_does() {
    // t = ([],); t[0].append(t)
    let tuple = b"]q\x05h\x05\x85q\x06a0h\x06";
    let value = decode(tuple);
    assert_eq!(encode(&value, 5).unwrap().in_memory().unwrap(), tuple);
    // The same with four items and with a frozenset.
    for bytes in [
        &b"(]q\x05(h\x05K\x02K\x03K\x04tq\x06aK\x02K\x03K\x041h\x06"[..],
        b"(\x8c\x03lab\x8c\x01C\x93)\x81q\x05}\x8c\x01s(h\x05\x91q\x06sb1h\x06",
        // An object whose `__reduce__` gives a list that holds the object.
        b"\x8c\x03lab\x8c\x01C\x93q\x05]q\x06h\x05h\x06\x85Rq\x07a\x85R0h\x07",
        // The same with a state, which is set once.
        b"\x8c\x03lab\x8c\x01C\x93q\x05]q\x06h\x05h\x06\x85Rq\x07}\x8c\x01kK\x01sba\x85R0h\x07",
    ] {
        let written = encode(&decode(bytes), 5).unwrap().in_memory().unwrap();
        assert_eq!(written, bytes);
    }
}

#[test]
fn batches_are_those_of_cpython() {
    let count = |value: &Value, opcode: u8| {
        let bytes = encode(value, 1).unwrap().in_memory().unwrap();
        bytes.iter().filter(|byte| **byte == opcode).count()
    };
    // Ints of 200 are `K\xc8`, so no opcode looks like an argument.
    let list = |len: usize| parse_literal(&format!("[{}]", "200, ".repeat(len))).unwrap();
    assert_eq!((count(&list(1), b'a'), count(&list(1), b'e')), (1, 0));
    assert_eq!((count(&list(1000), b'e'), count(&list(1001), b'e')), (1, 2));
    let keys = |len: usize| {
        (0..len)
            .map(|n| format!("{}: 1, ", n + 0x1_0000_0000_0000))
            .collect::<String>()
    };
    let dict = |len: usize| parse_literal(&format!("{{{}}}", keys(len))).unwrap();
    let pairs = |len: usize| {
        let bytes = encode(&dict(len), 1).unwrap().in_memory().unwrap();
        (
            bytes.ends_with(b"u"),
            bytes.ends_with(b"(u"),
            bytes.ends_with(b"s"),
        )
    };
    assert_eq!(pairs(1), (false, false, true));
    assert_eq!(pairs(999), (true, false, false));
    // CPython begins another batch before it sees that nothing is left.
    assert_eq!(pairs(1000), (true, true, false));
}

#[test]
fn memo_numbers_and_their_end() {
    let value = decode(b"]\x94h\x00h\x00\x86a");
    assert_eq!(
        encode(&value, 255).unwrap().in_memory().unwrap(),
        b"]q\xffh\xffh\xff\x86a"
    );
    let long = encode(&value, 256).unwrap();
    assert_eq!(
        long.in_memory().unwrap(),
        b"]r\0\x01\0\0j\0\x01\0\0j\0\x01\0\0\x86a"
    );
    assert_eq!((long.next_memo, long.len), (257, 18));
    assert_eq!(
        encode(&value, i32::MAX as u32).unwrap_err(),
        EncodeError::MemoFull
    );
    let plain = encode(&decode(b"N"), i32::MAX as u32).unwrap();
    assert_eq!(plain.next_memo, i32::MAX as u32);
}

#[test]
fn opaque_things_keep_their_meaning() {
    for bytes in [
        &b"\x8c\x03abcQ"[..],
        b"\x82\x05",
        b"\x83\x05\x01",
        b"\x84\x05\x01\x01\x01",
        b"\x97\x97\x86",
        b"U\x01\xff",
        b"\x8c\x03lab\x8c\x01C\x93)}\x8c\x01kK\x01s\x92",
        // Without arguments an instance of Python 2 is not initialised.
        b"(\x8c\x03lab\x8c\x01C\x93o",
        b"\x8c\x03lab\x8c\x01C\x93)\x81(K\x01\x90",
        b"\x8c\x03lab\x8c\x01C\x93)\x81(K\x01K\x02e(K\x03K\x04K\x05K\x06uNb",
    ] {
        let written = encode(&decode(bytes), 1).unwrap().in_memory().unwrap();
        assert_eq!(written, bytes, "{bytes:02x?}");
    }
    assert_eq!(
        encode(&decode(b"\x970\x97"), 1).unwrap_err(),
        EncodeError::BufferOrder
    );
    // Names of Python 2 would not be translated inside a container.
    let old = encode(&decode(b"c__builtin__\nset\n(lp0\nK\x01a\x85R"), 1).unwrap();
    assert_eq!(
        old.in_memory().unwrap(),
        b"\x8c\x08builtins\x8c\x03set\x93]K\x01a\x85R"
    );
}

#[test]
fn long_contents_are_left_in_the_file() {
    let bytes = [
        &b"(C\x03abcB\x00\x01\0\0"[..],
        &[7; 256],
        b"X\x00\x20\0\0",
        &[b'x'; 0x2000],
        b"t",
    ]
    .concat();
    let source = MemorySource::new(bytes.clone());
    let value = decode_value(&source, 0, source.len(), &Limits::OUTLINE, &Progress::new()).unwrap();
    let encoded = encode(&value, 1).unwrap();
    assert_eq!(encoded.in_memory(), None);
    let mut written = Vec::new();
    for part in &encoded.parts {
        match part {
            Part::Bytes(bytes) => written.extend_from_slice(bytes),
            Part::InFile(span) => {
                let start = usize::try_from(span.offset).unwrap();
                written
                    .extend_from_slice(&bytes[start..start + usize::try_from(span.len).unwrap()]);
            }
        }
    }
    // Three items are a TUPLE3.
    assert_eq!(written, [&bytes[1..bytes.len() - 1], b"\x87"].concat());
    assert_eq!(encoded.len, written.len() as u64);
}

#[test]
fn hostile_values_are_written_in_time_or_refused() {
    // Forty levels of [x, x]: each list is written once.
    let mut bytes = b"]".to_vec();
    for _ in 0..40 {
        bytes.extend(b"2\x86");
    }
    assert!(encode(&decode(&bytes), 1).unwrap().len < 400);
    // An int of a megabyte, referred to a thousand times, is written once.
    let mut bytes = b"(\x8b\0\0\x10\0".to_vec();
    bytes.extend(vec![1; 1 << 20]);
    bytes.push(0x94);
    bytes.extend(b"h\0".repeat(1000));
    bytes.push(b't');
    let len = encode(&decode(&bytes), 1).unwrap().len;
    assert!(len < (1 << 20) + 4000, "{len}");
    // A tuple of many lists, each of which holds the tuple.
    let count = 3000_u32;
    let mut bytes = b"(".to_vec();
    for index in 0..count {
        bytes.extend(b"]r");
        bytes.extend(index.to_le_bytes());
    }
    bytes.extend(b"tr");
    bytes.extend(count.to_le_bytes());
    for index in 0..count {
        bytes.push(b'j');
        bytes.extend(index.to_le_bytes());
        bytes.push(b'j');
        bytes.extend(count.to_le_bytes());
        bytes.extend(b"a0");
    }
    assert_eq!(
        encode(&decode(&bytes), 1).unwrap_err(),
        EncodeError::Tangled
    );
}

// --- any value ---------------------------------------------------------------------------------

/// How to make one node from those made before.
#[derive(Debug, Clone)]
enum Step {
    Atom(u8, u64),
    Text(Vec<u8>),
    Make(u8, Vec<usize>),
    Change(u8, usize, Vec<usize>),
}

fn step() -> impl Strategy<Value = Step> {
    let ids = || proptest::collection::vec(any::<usize>(), 0..6);
    prop_oneof![
        (any::<u8>(), any::<u64>()).prop_map(|(kind, seed)| Step::Atom(kind, seed)),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(Step::Text),
        (any::<u8>(), ids()).prop_map(|(kind, ids)| Step::Make(kind, ids)),
        (any::<u8>(), ids()).prop_map(|(kind, ids)| Step::Make(kind, ids)),
        (any::<u8>(), any::<usize>(), ids())
            .prop_map(|(kind, at, ids)| Step::Change(kind, at, ids)),
    ]
}

/// Text with characters of all lengths and lone surrogates.
fn any_text(seed: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in seed {
        match byte % 8 {
            0 => out.extend("é".as_bytes()),
            1 => out.extend("日".as_bytes()),
            2 => out.extend("😀".as_bytes()),
            3 => out.extend([0xed, 0xa0 | (byte >> 3 & 0x1f), 0x80]),
            4 => out.push(b'\n'),
            5 => out.push(b'\''),
            _ => out.push(byte & 0x7f),
        }
    }
    out
}

fn build(steps: Vec<Step>) -> Value {
    let mut builder = ValueBuilder::new();
    let mut ids = vec![builder.none()];
    // Nodes that may be changed later: lists and sets, dicts, objects.
    let mut changeable: [Vec<NodeId>; 3] = Default::default();
    for step in steps {
        let id = match step {
            Step::Atom(kind, seed) => match kind % 8 {
                0 => builder.none(),
                1 => builder.bool(seed & 1 == 1),
                2 => builder.int((seed as i64) >> (kind >> 2)),
                3 => builder.big_int(num_bigint::BigInt::from(seed) << (u32::from(kind) * 10)),
                4 => builder.big_int(-num_bigint::BigInt::from(seed) << u32::from(kind)),
                5 => builder.float(f64::from_bits(seed)),
                6 => builder.global("lab", ["A", "B", "C"][(seed % 3) as usize]),
                _ => builder.global(["os", "lab.sub"][(seed & 1) as usize], "A"),
            },
            Step::Text(seed) if seed.len() % 2 == 0 => builder.bytes(seed),
            Step::Text(seed) => builder.utf8(any_text(&seed)),
            Step::Make(kind, picks) => {
                let items: Vec<_> = picks.iter().map(|pick| ids[pick % ids.len()]).collect();
                let (made, group) = match kind % 8 {
                    0 => (builder.list(items), Some(0)),
                    1 => (builder.set(items), Some(0)),
                    2 => (
                        builder.dict(items.iter().map(|&item| (item, items[0])).collect()),
                        Some(1),
                    ),
                    3 => (builder.frozenset(items), None),
                    4 => (builder.call(ids[picks.len() % ids.len()], items), Some(2)),
                    5 => (
                        builder.new_object(ids[picks.len() % ids.len()], items),
                        Some(2),
                    ),
                    _ => (builder.tuple(items), None),
                };
                if let Some(group) = group {
                    changeable[group].push(made);
                }
                made
            }
            Step::Change(kind, at, picks) => {
                let items: Vec<_> = picks.iter().map(|pick| ids[pick % ids.len()]).collect();
                let group = &changeable[usize::from(kind % 3)];
                let Some(&target) = group.get(at % group.len().max(1)) else {
                    continue;
                };
                match (kind % 3, kind >> 6) {
                    (0, _) | (2, 0) => builder.append(target, items),
                    (1, _) | (2, 1) => {
                        builder.set_items(target, items.iter().map(|&item| (item, target)))
                    }
                    _ => items
                        .iter()
                        .for_each(|&item| builder.set_state(target, item)),
                }
                target
            }
        };
        ids.push(id);
    }
    let root = ids[ids.len() - 1];
    builder.finish(root).unwrap()
}

#[test]
fn what_is_done_to_a_class_by_two_mentions_is_done_to_one_object() {
    // (f, 1, f), where 2 is appended to the second f: each mention of a name gives the same object.
    let value = decode(b"(cm\nf\nK\x01cm\nf\nK\x02at");
    let bytes = encode(&value, 1).unwrap().in_memory().unwrap();
    assert_eq!(decode(&bytes).typed(), value.typed());
    let again = encode(&decode(&bytes), 1).unwrap();
    assert_eq!(again.in_memory().unwrap(), bytes);
    // The same with out-of-band buffers: the second is appended where f is first written, before the first.
    let value = decode(b"(cm\nf\n\x97cm\nf\n\x97at");
    assert_eq!(encode(&value, 1), Err(EncodeError::BufferOrder));
}

proptest! {
    #[test]
    fn any_value_is_decoded_as_it_was_encoded(steps in proptest::collection::vec(step(), 0..60), memo in 0..600_u32) {
        let value = build(steps);
        let encoded = encode(&value, memo).unwrap();
        let bytes = encoded.in_memory().unwrap();
        prop_assert_eq!(bytes.len() as u64, encoded.len);
        let back = decode(&bytes);
        prop_assert_eq!(back.typed(), value.typed());
        let again = encode(&back, memo).unwrap();
        prop_assert_eq!(again.in_memory().unwrap(), bytes);
    }

    #[test]
    fn any_opcodes_that_decode_are_encoded_alike(picks in proptest::collection::vec((0..68_usize, any::<u8>()), 0..80)) {
        let mut bytes = Vec::new();
        for (pick, byte) in picks {
            bytes.extend([cubescope::pickle::Opcode::ALL[pick] as u8, byte % 4]);
        }
        let source = MemorySource::new(bytes);
        if let Ok(value) = decode_value(&source, 0, source.len(), &Limits::FULL, &Progress::new()) {
            match encode(&value, 1) {
                Ok(encoded) => {
                    let back = decode(&encoded.in_memory().unwrap());
                    let text = back.typed().to_string();
                    if !text.contains("bytearray") && !value.typed().to_string().contains("bytearray") {
                        prop_assert_eq!(back.typed(), value.typed());
                    }
                }
                Err(err) => prop_assert_eq!(err, EncodeError::BufferOrder),
            }
        }
    }
}
