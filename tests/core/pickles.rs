//! Plain pickles with a dict at the top, and bytes that are meant to hurt.

use crate::kit::{data, open};
use cubescope::dataset::{Content, Format, convert};
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
fn other_values_at_the_top_are_one_item() {
    let dataset = open(&data("list.pickle"));
    let items: Vec<&str> = dataset.items().map(|item| item.key.as_str()).collect();
    assert_eq!(
        (items, dataset.format()),
        (vec!["(pickle)"], Format::Pickle)
    );
    let item = dataset.item("(pickle)").unwrap();
    assert_eq!(item.type_text(), "list");
    let value = dataset.value(item, &Progress::new()).unwrap();
    let root = dataset.root(&Progress::new()).unwrap().unwrap();
    assert_eq!(value.literal(), root.literal());
}

#[test]
fn what_is_made_like_a_dict_is_listed_by_its_keys() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let ordered = b"\x80\x04ccollections\nOrderedDict\n)R(\x8c\x01bK\x01\x8c\x01aK\x02u.";
    std::fs::write(file.path(), ordered).unwrap();
    let dataset = open(file.path());
    let items: Vec<&str> = dataset.items().map(|item| item.key.as_str()).collect();
    assert_eq!(items, ["b", "a"]);
}

#[test]
fn an_array_at_the_top_is_read_in_place() {
    let file = tempfile::NamedTempFile::new().unwrap();
    // numpy.core.multiarray._reconstruct(ndarray, (0,), b'b') with its state, as NumPy pickles an array.
    let bytes = b"\x80\x04cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85C\x01bt\x52(K\x01K\x02\x85cnumpy\ndtype\n\x8c\x02u2\x89\x88\x87R(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89C\x04\x07\0\x09\0tb.";
    std::fs::write(file.path(), bytes).unwrap();
    let dataset = open(file.path());
    let item = dataset.item("(pickle)").unwrap();
    let view = dataset.array(item).unwrap();
    assert_eq!(view.cell(&[1]).unwrap().value.to_string(), "9");
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
fn names_of_python_2_are_translated_where_python_does_it() {
    let names = b"}(U\x01ecexceptions\nValueError\nU\x01x\x85RU\x01mcitertools\nimap\nU\x01rcrepr\nRepr\nu.";
    for (head, want) in [
        (
            &b""[..],
            ["ValueError('x')", "builtins.map", "reprlib.Repr"],
        ),
        (
            b"\x80\x02",
            ["ValueError('x')", "builtins.map", "reprlib.Repr"],
        ),
        (
            b"\x80\x03",
            ["exceptions.ValueError('x')", "itertools.imap", "repr.Repr"],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        std::fs::write(&old, [head, &names[..]].concat()).unwrap();
        convert(&old, &new, &Progress::new()).unwrap();
        let dataset = open(&new);
        let values = dataset
            .items()
            .map(|item| dataset.value(item, &Progress::new()).unwrap().literal());
        let values: Vec<String> = values.collect();
        // What no pickle of today can mean by `exceptions` is translated in any case.
        let first = values[0].trim_start_matches("exceptions.");
        assert_eq!(first, want[0].trim_start_matches("exceptions."), "{head:?}");
        assert_eq!(values[1..], want[1..], "{head:?}");
    }
}

/// Arrays whose bytes are text in protocol 2, masked ones, structures, text: as in protocol 4.
#[test]
fn arrays_of_old_protocols_are_arrays() {
    let files = ["arrays_p2.pickle", "arrays_p4.pickle"].map(|name| open(&data(name)));
    let cells = |at: usize, key: &str| {
        let dataset = &files[at];
        let item = dataset.item(key).unwrap();
        let layout = item.layout().unwrap_or_else(|| panic!("{at} {key}"));
        let cells = dataset.cells(item).unwrap();
        let count = cells.num_cells();
        let flat: Vec<String> = (0..count)
            .map(|cell| {
                let mut index = vec![0; cells.shape().len()];
                let mut rest = cell;
                for (at, len) in cells.shape().iter().enumerate().rev() {
                    index[at] = rest % len;
                    rest /= len;
                }
                let cell = cells.cell(&index).unwrap();
                format!("{} {}", cell.value, cell.masked)
            })
            .collect();
        (layout.shape.clone(), flat)
    };
    for key in ["a", "F", "b", "m", "s", "st", "view"] {
        assert_eq!(cells(0, key), cells(1, key), "{key}");
    }
    assert!(cells(0, "m").1.iter().any(|cell| cell.ends_with("true")));
    assert_eq!(cells(0, "F").1[1], "1.0 false");
}

#[test]
fn values_of_plain_pickles_have_a_size_of_their_own() {
    for name in [
        "arrays_p2.pickle",
        "arrays_p4.pickle",
        "plain0.pickle",
        "plain3.pickle",
    ] {
        let dataset = open(&data(name));
        let size = std::fs::metadata(data(name)).unwrap().len();
        let sizes: Vec<u64> = dataset.items().map(|item| item.length).collect();
        assert!(sizes.iter().all(|len| *len > 0), "{name}: {sizes:?}");
        assert!(sizes.iter().sum::<u64>() < size, "{name}: {sizes:?}");
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
    assert_eq!(
        decode(b"P\xff\n").unwrap_err(),
        DecodeErrorKind::NotUtf8("PERSID")
    );
    assert!(matches!(
        decode(b"\x80\x09N"),
        Err(DecodeErrorKind::BadProtocol(9))
    ));
}

#[test]
fn what_python_cannot_do_to_its_own_types_is_refused() {
    // (bytes, opcode, what it was applied to)
    let cases: [(&[u8], &str, &str); 12] = [
        (b"K\x01}b", "BUILD", "an int"),
        (b"]Nb", "BUILD", "a list"),
        (b")Nb", "BUILD", "a tuple"),
        (b"K\x01K\x02a", "APPEND", "an int"),
        (b"\x8c\x01a(e", "APPENDS", "a str"),
        (b"}Na", "APPEND", "a dict"),
        (b"\x8fNa", "APPEND", "a set"),
        (b"](\x90", "ADDITEMS", "a list"),
        (b"G\0\0\0\0\0\0\0\0(\x90", "ADDITEMS", "a float"),
        (b"NNNs", "SETITEM", "None"),
        (b")(u", "SETITEMS", "a tuple"),
        (b"C\x01a(u", "SETITEMS", "bytes"),
    ];
    for (bytes, opcode, on) in cases {
        let err = decode(bytes).unwrap_err();
        assert_eq!(
            err,
            DecodeErrorKind::WrongType { opcode, on },
            "{bytes:02x?}"
        );
    }
    // But a list's and a bytearray's items can be set, and a bytearray can grow.
    for bytes in [&b"]NaK\0K\x01s"[..], b"\x96\x01\0\0\0\0\0\0\0aK\x02a"] {
        assert!(decode(bytes).is_ok(), "{bytes:02x?}");
    }
    // A list as a key is kept, so that it can be found.
    assert_eq!(decode(b"}]Ns").unwrap().literal(), "{[]: None}");
}

/// Prints and types a value that is meant to make that recurse or grow without end.
fn print(bytes: &[u8]) -> String {
    let value = decode(bytes).unwrap();
    let typed = value.typed().to_string();
    assert!(typed.len() < 1 << 20, "typed JSON of {} bytes", typed.len());
    value.literal()
}

#[test]
fn values_that_contain_themselves_where_nobody_expects_it_end() {
    // A datetime whose time zone is a list that holds the datetime.
    let zone = b"]q\x00cdatetime\ndatetime\nC\n\x07\xe2\x05\x01\x0c\x00\x00\x00\x00\x00h\x00\x86Ra";
    assert_eq!(
        print(zone),
        "[datetime.datetime(2018, 5, 1, 12, 0, tzinfo=[...])]"
    );
    // A persistent id that holds the list it stands in.
    assert_eq!(print(b"]q\x00h\x00Qa"), "[<persistent id [...]>]");
    // A call whose argument is itself.
    assert_eq!(print(b"]q\x00cbuiltins\nset\nh\x00\x85Ra"), "[set([...])]");
}

#[test]
fn persistent_ids_do_not_hide_exponential_sharing() {
    // Forty levels of persistent_id([x, x]).
    let mut bytes = b"Nq\x00".to_vec();
    for level in 0..40_u8 {
        bytes.extend([
            b'0',
            b'(',
            b'h',
            level,
            b'h',
            level,
            b'l',
            b'Q',
            b'q',
            level + 1,
        ]);
    }
    let value = decode(&bytes).unwrap();
    assert!(value.typed().to_string().len() < 10_000);
    assert!(value.line(value.root(), 100).chars().count() <= 100);
}

#[test]
fn long_chains_of_persistent_ids_are_not_unfolded_without_end() {
    // A list of 20 000 times the same chain of 900.
    let mut bytes = b"(N".to_vec();
    bytes.extend(std::iter::repeat_n(b'Q', 900));
    bytes.extend(b"q\x00");
    bytes.extend(b"h\x00".repeat(20_000));
    bytes.extend(b"l");
    let value = decode(&bytes).unwrap();
    // 18 million nodes would take more than 500 MB.
    assert!(value.typed().to_string().len() < 20_000_000);
}

#[test]
fn memo_entries_and_marks_count_against_the_limits() {
    let limits = Limits {
        nodes: 1000,
        ..Limits::FULL
    };
    for bomb in [[&b"N"[..], &[0x94; 5000]].concat(), vec![b'('; 5000]] {
        let source = MemorySource::new(bomb.clone());
        let result = decode_value(&source, 0, bomb.len() as u64, &limits, &Progress::new());
        assert!(matches!(
            result.unwrap_err().kind,
            DecodeErrorKind::Limit { .. }
        ));
    }
}

#[test]
fn long_paths_through_a_value_that_is_not_deep_do_not_overflow_the_stack() {
    // Lists 0..n, each holding the next, all held by one list from the last to the first: every list is two levels deep
    // for a walk that begins at the end.
    let count = 60_000_u32;
    let mut bytes = Vec::new();
    for index in 0..count {
        bytes.extend(b"]r");
        bytes.extend(index.to_le_bytes());
        bytes.push(b'0');
    }
    bytes.push(b'(');
    for index in (0..count).rev() {
        bytes.push(b'j');
        bytes.extend(index.to_le_bytes());
        if index + 1 < count {
            bytes.push(b'j');
            bytes.extend((index + 1).to_le_bytes());
            bytes.push(b'a');
        }
    }
    bytes.push(b'l');
    // Either it is refused as too deep, or it is printed; both without a crash.
    match decode(&bytes) {
        Ok(value) => assert!(!value.literal().is_empty() && value.typed().is_object()),
        Err(kind) => assert!(matches!(kind, DecodeErrorKind::Limit { .. })),
    }
}

#[test]
fn keys_that_are_no_text_are_told_apart_from_text() {
    let file = tempfile::NamedTempFile::new().unwrap();
    // {1: 'a', '1': 'b', 'x': 'c'}
    std::fs::write(
        file.path(),
        b"\x80\x04}(K\x01\x8c\x01a\x8c\x011\x8c\x01b\x8c\x01x\x8c\x01cu.",
    )
    .unwrap();
    let dataset = open(file.path());
    let keys: Vec<&str> = dataset.items().map(|item| item.key.as_str()).collect();
    assert_eq!(keys, ["1 (int)", "1", "x"]);
    let value = |key: &str| {
        dataset
            .value(dataset.item(key).unwrap(), &Progress::new())
            .unwrap()
            .literal()
    };
    assert_eq!(
        (value("1 (int)"), value("1")),
        ("'a'".to_owned(), "'b'".to_owned())
    );
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
