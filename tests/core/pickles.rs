//! Plain pickles with a dict at the top, and bytes that are meant to hurt.

use crate::kit::{data, open};
use cubescope::dataset::{Content, Format};
use cubescope::pickle::{DecodeErrorKind, Limits, decode_value};
use cubescope::progress::Progress;
use cubescope::source::MemorySource;
use proptest::prelude::*;

fn decode(bytes: &[u8]) -> Result<cubescope::pickle::Value, DecodeErrorKind> {
    let source = MemorySource::new(bytes.to_vec());
    decode_value(
        &source,
        0,
        bytes.len() as u64,
        &Limits::FULL,
        &Progress::new(),
    )
    .map_err(|err| err.kind)
}

#[test]
fn dicts_of_every_protocol_are_listed() {
    for protocol in 0..6 {
        let dataset = open(&data(&format!("plain{protocol}.pickle")));
        let keys: Vec<&str> = dataset.items().map(|item| item.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "description",
                "wavelengths",
                "cube",
                "fortran",
                "when",
                "unsorted"
            ],
            "protocol {protocol}"
        );
        assert_eq!((dataset.format(), dataset.commit()), (Format::Pickle, None));
        let value = dataset
            .value(dataset.item("unsorted").unwrap(), &Progress::new())
            .unwrap();
        assert_eq!(
            value.literal(),
            "{'b': 1, 'a': (2, None)}",
            "protocol {protocol}"
        );
        let when = dataset
            .value(dataset.item("when").unwrap(), &Progress::new())
            .unwrap();
        assert_eq!(
            when.literal(),
            "datetime.datetime(2018, 5, 1, 0, 0)",
            "protocol {protocol}"
        );
    }
}

#[test]
fn their_arrays_are_read_in_place_where_the_bytes_are_raw() {
    for protocol in 3..6 {
        let dataset = open(&data(&format!("plain{protocol}.pickle")));
        let item = dataset.item("cube").unwrap();
        assert!(
            matches!(item.content, Content::Array(_)),
            "protocol {protocol}: {:?}",
            item.content
        );
        let cell = dataset.array(item).unwrap().cell(&[1, 2, 0]).unwrap();
        assert_eq!(cell.value.to_string(), "18");
        assert_eq!(dataset.spectral_axis(item).map(|(axis, _)| axis), Some(2));
        let fortran = dataset.array(dataset.item("fortran").unwrap()).unwrap();
        assert_eq!(fortran.cell(&[0, 2]).unwrap().value.to_string(), "2.0");
    }
}

#[test]
fn hostile_values_cost_an_error_and_nothing_else() {
    let deep = [vec![b']'; 100_000], vec![b'a'; 99_999]].concat();
    assert!(matches!(
        decode(&deep),
        Err(DecodeErrorKind::Limit {
            what: "levels of nesting",
            ..
        })
    ));
    let deep_tuples = [&b"N"[..], &[0x85; 100_000]].concat();
    assert!(matches!(
        decode(&deep_tuples),
        Err(DecodeErrorKind::Limit { .. })
    ));
    assert!(matches!(
        decode(b"\x8d\0\0\0\0\0\0\0\x40x"),
        Err(DecodeErrorKind::Overrun { .. })
    ));
    assert!(
        decode(b"Nr\xf0\xff\xff\x7f").is_ok(),
        "a huge memo number costs no memory"
    );
    assert!(matches!(
        decode(b"h\x05"),
        Err(DecodeErrorKind::UnboundMemo(5))
    ));
    assert!(matches!(
        decode(b"NN"),
        Err(DecodeErrorKind::StackImbalance(2))
    ));
    assert!(matches!(
        decode(b"0"),
        Err(DecodeErrorKind::StackUnderflow("POP"))
    ));
    assert!(matches!(
        decode(b"("),
        Err(DecodeErrorKind::StackImbalance(1))
    ));
    assert!(matches!(
        decode(b"(K\x01d"),
        Err(DecodeErrorKind::OddItems("DICT"))
    ));
    assert!(matches!(
        decode(b"\x80\x09N"),
        Err(DecodeErrorKind::BadProtocol(9))
    ));
}

#[test]
fn exponential_sharing_prints_no_more_than_asked_for() {
    // Thirty lists, each ten times the one before.
    let mut bytes = b"]q\x00".to_vec();
    for level in 0..30_u8 {
        bytes.extend(b"](");
        bytes.extend([b'h', level].repeat(10));
        bytes.extend([b'e', b'q', level + 1]);
        bytes.splice(bytes.len()..bytes.len(), *b"\x86");
        bytes.extend([b'0', b'h', level + 1]);
    }
    let value = decode(&bytes).unwrap();
    let line = value.line(value.root(), 100);
    assert!(line.chars().count() <= 100);
    assert!(value.node_count() < 200);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(value) = decode(&bytes) {
            let _length = value.line(value.root(), 200).len() + value.typed().to_string().len();
        }
    }

    #[test]
    fn random_opcodes_never_panic(picks in proptest::collection::vec((0..68_usize, any::<u8>()), 0..120)) {
        let mut bytes = Vec::new();
        for (pick, byte) in picks {
            bytes.push(cubescope::pickle::Opcode::ALL[pick] as u8);
            bytes.push(byte % 4);
        }
        if let Ok(value) = decode(&bytes) {
            let _length = value.literal().len() + value.typed().to_string().len();
        }
    }

    #[test]
    fn a_damaged_file_never_panics(at in 0..5500_usize, byte in any::<u8>(), cut in 0..6000_usize) {
        let mut bytes = std::fs::read(data("arrays.mmdpickle")).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(cut.max(1));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        if let Ok(dataset) = cubescope::dataset::Dataset::open(file.path(), &Progress::new()) {
            for item in dataset.items().chain(dataset.dead_items()) {
                if let Ok(array) = dataset.array(item) {
                    let first = vec![0; array.shape().len()];
                    prop_assert!(array.cell(&first).is_ok() || array.shape().contains(&0));
                }
            }
        }
    }
}
