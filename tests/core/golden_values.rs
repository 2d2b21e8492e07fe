//! Values that the reference pickled, against Python's `repr`.

use crate::kit::{data, open, truth};
use cubescope::dataset::Dataset;
use cubescope::pickle::Value;
use cubescope::progress::Progress;

fn value(dataset: &Dataset, key: &str) -> Value {
    dataset
        .value(dataset.item(key).unwrap(), &Progress::new())
        .unwrap()
}

fn golden() -> Dataset {
    open(&data("values.mmdpickle"))
}

#[test]
fn literals_are_what_python_prints() {
    let dataset = golden();
    // Python leaves module names out of some reprs; the spelling of a few differs, they are looked at below.
    let prefixes = ["decimal.", "uuid.", "pathlib.", "collections."];
    let own = [
        "ordered",
        "fraction",
        "numpy-float",
        "numpy-int",
        "numpy-bool",
        "numpy-dtype",
        "path",
    ];
    for (key, want) in truth("values.json") {
        if own.contains(&key.as_str()) {
            continue;
        }
        let literal = value(&dataset, &key).literal();
        let bare = prefixes
            .iter()
            .find_map(|prefix| literal.strip_prefix(prefix))
            .unwrap_or(&literal);
        assert_eq!(bare, want["repr"].as_str().unwrap(), "{key}");
    }
}

#[test]
fn well_known_classes_have_readable_faces() {
    let dataset = golden();
    let faces = [
        ("ordered", "collections.OrderedDict({'b': 1, 'a': 2})"),
        ("fraction", "fractions.Fraction(3, 4)"),
        ("numpy-float", "numpy.float32(0.1)"),
        ("numpy-int", "numpy.int16(-3)"),
        ("numpy-bool", "numpy.bool(True)"),
        ("numpy-dtype", "numpy.dtype('>f8')"),
        ("path", "pathlib.PurePosixPath('/data/x.hdr')"),
        ("default", "collections.defaultdict(list, {'k': [1]})"),
        ("numpy-in-list", "[numpy.array([0, 1, 2], dtype='uint8')]"),
        ("surrogate", "'a\\ud800b'"),
    ];
    for (key, face) in faces {
        assert_eq!(value(&dataset, key).literal(), face, "{key}");
    }
}

#[test]
fn foreign_objects_are_shown_as_the_calls_they_are() {
    let value = value(&golden(), "object");
    assert_eq!(value.literal(), "__main__.Thing() with state {'size': 3}");
    assert_eq!(value.type_name(value.root()), "__main__.Thing");
    assert_eq!(value.child(value.root(), 0).unwrap().0, "state");
}

#[test]
fn listing_tells_types_and_sizes() {
    let dataset = golden();
    let of = |key: &str| {
        let item = dataset.item(key).unwrap();
        format!("{} {}", item.type_text(), item.size_text())
    };
    assert_eq!(of("list"), "list 5 items");
    assert_eq!(of("tuple-1"), "tuple 1 item");
    assert_eq!(of("dict"), "dict 3 items");
    assert_eq!(of("datetime"), "datetime.datetime ");
    assert_eq!(of("bytes"), "bytes 6 bytes");
    assert_eq!(of("numpy-float"), "numpy.float32 ");
    // Too long for a listing to count.
    assert_eq!(of("long-list"), "list ");
    assert_eq!(of("long-text"), "str ");
}

#[test]
fn trees_show_children_by_index_and_key() {
    let value = value(&golden(), "dict");
    let root = value.root();
    let children: Vec<(String, String)> = (0..value.child_count(root))
        .map(|at| value.child(root, at).unwrap())
        .map(|(label, id)| (label, value.line(id, 20)))
        .collect();
    let expected = [("'a'", "1"), ("2", "'b'"), ("(3, 4)", "[5]")];
    assert_eq!(
        children,
        expected.map(|(label, line)| (label.to_owned(), line.to_owned()))
    );
    assert_eq!(value.child(root, 3), None);
}

#[test]
fn shared_references_stay_shared_and_loops_end() {
    let dataset = golden();
    let shared = value(&dataset, "shared");
    let items = shared.items(shared.root()).unwrap();
    assert_eq!(items[0], items[1]);
    let typed = value(&dataset, "loop").typed();
    assert_eq!(typed["id"], 1);
    assert_eq!(typed["v"][1], serde_json::json!({"t": "ref", "id": 1}));
}

#[test]
fn a_line_is_cut_with_an_ellipsis() {
    let value = value(&golden(), "long-list");
    let line = value.line(value.root(), 20);
    assert_eq!(
        (
            line.chars().count(),
            line.starts_with("[0, 1, 2"),
            line.ends_with('…')
        ),
        (20, true, true)
    );
}
