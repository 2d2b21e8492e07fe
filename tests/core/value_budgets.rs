//! Values of a few bytes that could be walked without end, through everything that looks at values.
//!
//! A walk that is not bounded does not come back, or takes all memory; what is made of a value is compared with its size.

use cubescope::dataset::compat::{self, Compat};
use cubescope::dataset::{Content, ConvertError, Dataset, convert};
use cubescope::pickle::typed::Token;
use cubescope::pickle::{Differences, Limits, Value, decode_value};
use cubescope::progress::Progress;
use cubescope::session::value_faces::ValueFaces;
use cubescope::source::MemorySource;
use std::path::Path;

fn decode(bytes: &[u8]) -> Value {
    let source = MemorySource::new(bytes.to_vec());
    let len = bytes.len() as u64;
    decode_value(&source, 0, len, &Limits::FULL, &Progress::new()).unwrap()
}

fn text(text: &str) -> Vec<u8> {
    let mut out = vec![b'X'];
    out.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    out.extend(text.as_bytes());
    out
}

fn global(module: &str, name: &str) -> Vec<u8> {
    [text(module), text(name), vec![0x93]].concat()
}

/// A memo entry read.
fn get(index: u8) -> [u8; 2] {
    [b'h', index]
}

/// What is on top goes to the memo and away.
fn keep(index: u8) -> [u8; 3] {
    [b'q', index, b'0']
}

fn pickle(name: &str, value: &[u8], folder: &Path) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, [b"\x80\x04", value, b"."].concat()).unwrap();
    path
}

fn container(name: &str, value: &[u8], folder: &Path) -> std::path::PathBuf {
    let mut body = b"\x8c\x01a".to_vec();
    body.extend(value);
    body.extend(b"J\x3c\0\0\0\x30\x88\x30");
    let mut file = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(\x95".to_vec();
    file.extend((body.len() as u64).to_le_bytes());
    file.extend(body);
    file.extend(b"\x95\x02\0\0\0\0\0\0\0d.");
    let path = folder.join(name);
    std::fs::write(&path, file).unwrap();
    path
}

/// Everything that is made of a value.
fn show(value: &Value) {
    let root = value.root();
    let (references, bytes) = value.weight();
    let allowed = (8 << 20) + 64 * references + 16 * bytes;
    assert!((value.literal().len() as u64) < allowed, "its literal");
    let leaves = value.typed_tokens().map(|token| match token {
        Token::Json(json) => json.to_string().len() as u64,
        _ => 4,
    });
    assert!(leaves.sum::<u64>() < 2 * allowed, "its typed JSON");
    assert!(value.line(root, 100).chars().count() <= 100);
    assert!(value.type_name(root).len() < 1000, "the name of its type");
    for index in 0..value.child_count(root).min(20) {
        let (label, _) = value.child(root, index).unwrap();
        assert!(label.chars().count() <= 100, "a label");
    }
    let faces = ValueFaces::of(value, "processing_steps");
    let fields = faces.record.map_or(0, |record| record.fields.len());
    assert!(fields <= 10_000);
    assert!(Differences::between(value, &decode(b"N")).list.len() <= 200);
    assert!(Differences::between(value, value).list.len() <= 200);
}

/// `levels` containers, each of which holds the one before twice.
fn doubled(levels: u8, hold: impl Fn([u8; 2]) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = b"K\x01".to_vec();
    bytes.extend(keep(0));
    for level in 0..levels {
        bytes.extend(hold(get(level)));
        bytes.extend(keep(level + 1));
    }
    bytes.extend(get(levels));
    bytes
}

#[test]
fn what_is_shared_unfolds_only_so_far() {
    let around = |before: Vec<u8>, after: &'static [u8]| {
        move |inner: [u8; 2]| [&before[..], &inner, &inner, after].concat()
    };
    let call = |module, name| [global(module, name), b"](".to_vec()].concat();
    let pairs = |inner: [u8; 2]| {
        let (a, b) = (text("a"), text("b"));
        [b"}(", &a[..], &inner, &b, &inner, b"u"].concat()
    };
    for bytes in [
        doubled(40, around(b"(".to_vec(), b"l")),
        doubled(40, around(b"(".to_vec(), b"t")),
        doubled(40, around(b"(".to_vec(), b"\x91")),
        doubled(40, around(b"\x8f(".to_vec(), b"\x90")),
        doubled(40, around(call("builtins", "set"), b"e\x85R")),
        doubled(
            40,
            around(
                [global("collections", "deque"), b")R(".to_vec()].concat(),
                b"e",
            ),
        ),
        doubled(
            40,
            around([global("m", "C"), b")\x81(".to_vec()].concat(), b"tb"),
        ),
        doubled(40, pairs),
    ] {
        let value = decode(&bytes);
        assert!(
            value.whole_literal().is_cut,
            "{}",
            value.line(value.root(), 60)
        );
        show(&value);
    }
}

#[test]
fn one_large_part_is_not_looked_at_for_each_of_many_places() {
    let large = "A".repeat(1 << 17);
    let latin1 = [
        global("_codecs", "encode"),
        keep(0).to_vec(),
        text(&large),
        keep(1).to_vec(),
    ]
    .concat();
    let encode = [&get(0)[..], &get(1), &text("latin1"), b"\x86R"].concat();
    let int = [&b"\x8b\xa0\x86\x01\0"[..], &[0x7f; 100_000]].concat();
    let of = |part: Vec<u8>, item: &[u8]| [&part[..], b"(", &item.repeat(10_000), b"l"].concat();
    for bytes in [
        of([text(&large), keep(0).to_vec()].concat(), &get(0)),
        of(
            [latin1.clone(), encode.clone(), keep(2).to_vec()].concat(),
            &get(2),
        ),
        of(latin1, &encode),
        of([int.clone(), keep(0).to_vec()].concat(), &get(0)),
        of([global(&large, "x"), keep(0).to_vec()].concat(), b"h\0)R"),
        of(
            [
                global("pathlib", "PosixPath"),
                keep(0).to_vec(),
                text(&large),
                b"\x85".to_vec(),
                keep(1).to_vec(),
            ]
            .concat(),
            b"h\0h\x01R",
        ),
        of(
            [
                global("uuid", "UUID"),
                keep(0).to_vec(),
                int,
                keep(1).to_vec(),
            ]
            .concat(),
            b"h\0)\x81}\x8c\x03inth\x01sb",
        ),
        of(
            [
                global("datetime", "datetime"),
                keep(0).to_vec(),
                text(&large),
                b"\x85".to_vec(),
                keep(1).to_vec(),
            ]
            .concat(),
            b"h\0h\x01R",
        ),
    ] {
        show(&decode(&bytes));
    }
}

/// A dtype of `fields` fields, each of them a dtype like that, and so on; and the opcodes that read it.
fn dtype_in_dtype(fields: u8, levels: u8) -> Vec<u8> {
    let names: Vec<Vec<u8>> = (0..fields)
        .map(|field| text(&format!("f{field}")))
        .collect();
    let int = |n: u32| [&b"J"[..], &n.to_le_bytes()].concat();
    let mut bytes = [
        global("numpy", "dtype"),
        keep(0).to_vec(),
        b"(".to_vec(),
        names.concat(),
        b"t".to_vec(),
        keep(1).to_vec(),
    ]
    .concat();
    bytes.extend(
        b"h\0\x8c\x02f8K\0K\x01\x87R(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb",
    );
    bytes.extend(keep(2));
    let mut size = 8;
    for level in 0..levels {
        let total = size * u32::from(fields);
        bytes.extend(b"h\0");
        bytes.extend(text(&format!("V{total}")));
        bytes.extend(b"K\0K\x01\x87R(K\x03\x8c\x01|Nh\x01}(");
        for (name, place) in names.iter().zip(0_u32..) {
            bytes.extend([&name[..], &get(2 + level), &int(place * size), b"\x86"].concat());
        }
        bytes.extend([&b"u"[..], &int(total), b"K\x01K\x10tb"].concat());
        bytes.extend(keep(3 + level));
        size = total;
    }
    bytes.extend(get(2 + levels));
    bytes
}

#[test]
fn dtypes_in_dtypes_are_written_out_as_far_as_they_are_of_use() {
    let small = decode(&dtype_in_dtype(2, 2));
    assert_eq!(
        small.literal(),
        "numpy.dtype([('f0', [('f0', '<f8'), ('f1', '<f8')]), ('f1', [('f0', '<f8'), ('f1', '<f8')])])"
    );
    let huge = dtype_in_dtype(60, 4);
    show(&decode(&huge));
    show(&decode(
        &[&huge[..], b"0(", &get(6).repeat(50_000), b"l"].concat(),
    ));
}

#[test]
fn a_masked_array_is_made_of_arrays_that_are_not_masked() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = [global("numpy.ma.core", "MaskedArray"), keep(0).to_vec()].concat();
    bytes.extend(global("numpy.core.fromnumeric", "reshape"));
    bytes.extend(global("numpy.core.multiarray", "fromstring"));
    bytes.extend(b"\x8e\x01\0\0\0\0\0\0\0\x01\x8c\x04bool\x86RK\x01\x85\x86R");
    bytes.extend(keep(1));
    for level in 1..41 {
        bytes.extend([&b"h\0"[..], &get(level), &get(level), b"\x86R"].concat());
        bytes.extend(keep(level + 1));
    }
    bytes.extend(get(41));
    let path = container("nested", &bytes, folder.path());
    let dataset = Dataset::open(&path, &Progress::new()).unwrap();
    assert!(matches!(
        dataset.item("a").unwrap().content,
        Content::Value { .. }
    ));
    assert_eq!(Compat::of(&dataset, &Progress::new()), Compat::default());
    assert_eq!(
        compat::switch(&path, true, &Progress::new())
            .unwrap()
            .entries,
        0
    );
    let plain = pickle(
        "plain",
        &[b"}\x8c\x01a", &bytes[..], b"s"].concat(),
        folder.path(),
    );
    let converted = convert(&plain, &folder.path().join("out"), &Progress::new()).unwrap();
    assert_eq!((converted.keys, converted.arrays), (1, 0));
}

#[test]
fn keys_that_share_a_large_part_are_listed_once_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let large = "A".repeat(1 << 20);
    let latin1 = [
        global("_codecs", "encode"),
        keep(0).to_vec(),
        text(&large),
        keep(1).to_vec(),
    ]
    .concat();
    let encode = [&get(0)[..], &get(1), &text("latin1"), b"\x86R"].concat();
    let dict = |before: &[u8], key: &[u8]| {
        [before, b"}(", &[key, b"N"].concat().repeat(10_000), b"u"].concat()
    };
    for (bytes, most) in [
        (dict(&[&latin1[..], &encode, &keep(2)].concat(), &get(2)), 1),
        (dict(&latin1, &encode), 1),
        (dict(&[text(&large), keep(0).to_vec()].concat(), &get(0)), 1),
    ] {
        let path = pickle("keys", &bytes, folder.path());
        let dataset = Dataset::open(&path, &Progress::new()).unwrap();
        assert!((1..=most).contains(&dataset.items().count()));
    }
    // Different keys that share the text: as many as the budget has room for, and a word on the others.
    let keys = (0..20_000_u16)
        .flat_map(|n| [&b"M"[..], &n.to_le_bytes(), b"h\x01h\x01h\x01\x87\x86N"].concat());
    let bytes = [&latin1[..], b"}(", &keys.collect::<Vec<u8>>(), b"u"].concat();
    let dataset = Dataset::open(&pickle("many", &bytes, folder.path()), &Progress::new()).unwrap();
    let text: usize = dataset.items().map(|item| item.key.len()).sum();
    assert!(text < 20 << 20);
    assert!(dataset.items().count() == 20_000 || !dataset.warnings().is_empty());
}

#[test]
fn what_keys_share_is_not_written_for_each_of_them_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let keys = |item: &[u8]| -> Vec<u8> {
        let key = |n: u32| [&text(&format!("k{n}"))[..], item].concat();
        (0..20_000).flat_map(key).collect()
    };
    let list = [&b"("[..], &b"N".repeat(500_000), b"l", &keep(0)].concat();
    let data = [&b"B\x40\x42\x0f\0"[..], &[0; 1_000_000], &keep(0)].concat();
    let array =
        b"cnumpy\nndarray\nJ\x40\x42\x0f\0\x85\x8c\x02u1cbuiltins\nbytearray\nh\0\x85R\x87R";
    for (before, item) in [(list, &get(0)[..]), (data, &array[..])] {
        let bytes = [&before[..], b"}(", &keys(item), b"u"].concat();
        let path = pickle("shared", &bytes, folder.path());
        let refused = convert(&path, &folder.path().join("out"), &Progress::new()).unwrap_err();
        assert!(matches!(refused, ConvertError::Value { .. }), "{refused}");
        assert!(refused.to_string().contains("shares"), "{refused}");
        assert!(!folder.path().join("out").exists());
    }
}

#[test]
fn cells_without_width_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for (dtype, shape) in [("V0", 1_u32 << 30), ("S0", 1 << 30), ("U0", 1 << 30)] {
        let mut bytes = Vec::new();
        bytes.extend(b"\x8c\x16numpy.core.fromnumeric\x8c\x07reshape\x93\x8c\x15numpy.core.multiarray\x8c\x0afromstring\x93");
        bytes.extend(b"\x8e\0\0\0\0\0\0\0\0\x8c\x02");
        bytes.extend(dtype.as_bytes());
        bytes.extend(b"\x86RJ");
        bytes.extend(shape.to_le_bytes());
        bytes.extend(b"\x85\x86R");
        let path = container("widthless", &bytes, folder.path());
        let dataset = Dataset::open(&path, &Progress::new()).unwrap();
        let item = dataset.item("a").unwrap();
        assert!(
            matches!(item.content, Content::Unreadable { .. }),
            "{dtype}"
        );
        assert!(dataset.array(item).is_err() && dataset.cells(item).is_err());
    }
}
