use super::super::encode;
use super::super::parse_literal;
use super::super::{Limits, ValueBuilder, decode_value};
use super::*;
use crate::progress::Progress;
use crate::source::{ByteSource as _, MemorySource};
use num_bigint::BigInt;
use proptest::prelude::*;

fn value(text: &str) -> Value {
    parse_literal(text).unwrap_or_else(|err| panic!("{text}: {err}"))
}

fn new(text: &str) -> NewValue {
    value(text).into()
}

fn draft(text: &str) -> ValueDraft {
    ValueDraft::new(&value(text))
}

fn set(path: &[usize], text: &str) -> DraftEdit {
    DraftEdit::Set {
        path: path.to_vec(),
        value: new(text),
    }
}

fn amend(path: &[usize], text: &str) -> DraftEdit {
    DraftEdit::Amend {
        path: path.to_vec(),
        value: new(text),
    }
}

fn add(path: &[usize], at: usize, key: Option<&str>, text: &str) -> DraftEdit {
    DraftEdit::Add {
        path: path.to_vec(),
        at,
        key: key.map(new),
        value: new(text),
    }
}

fn remove(path: &[usize]) -> DraftEdit {
    let path = path.to_vec();
    DraftEdit::Remove { path }
}

fn duplicate(path: &[usize]) -> DraftEdit {
    let path = path.to_vec();
    DraftEdit::Duplicate { path }
}

fn move_to(path: &[usize], to: usize) -> DraftEdit {
    let path = path.to_vec();
    DraftEdit::Move { path, to }
}

fn kind(path: &[usize], kind: Kind) -> DraftEdit {
    let path = path.to_vec();
    DraftEdit::ChangeKind { path, kind }
}

fn rename(path: &[usize], key: &str) -> DraftEdit {
    DraftEdit::RenameKey {
        path: path.to_vec(),
        key: new(key),
    }
}

fn cells(path: &[usize], row: usize, column: usize, text: &str) -> DraftEdit {
    DraftEdit::SetCells {
        path: path.to_vec(),
        row,
        column,
        table: Table::parse(text).unwrap(),
    }
}

fn table(path: &[usize], text: &str) -> DraftEdit {
    DraftEdit::SetTable {
        path: path.to_vec(),
        table: Table::parse(text).unwrap(),
    }
}

/// What a text is after an edit; and that undo and redo do what they say.
fn after(text: &str, edit: &DraftEdit) -> String {
    let mut draft = draft(text);
    let before = draft.value().literal();
    if let Err(err) = draft.apply(edit) {
        assert_eq!(draft.value().literal(), before);
        assert!(!draft.is_changed());
        return format!("error: {err}");
    }
    let after = draft.to_value().unwrap().literal();
    assert!(draft.is_changed() && draft.undo());
    assert_eq!(draft.value().literal(), before);
    assert!(!draft.is_changed() && draft.redo());
    assert_eq!(draft.value().literal(), after);
    // What is written reads back as the same.
    let bytes = encode(draft.value(), 0).unwrap().in_memory().unwrap();
    assert_eq!(decoded(&bytes).literal(), after);
    after
}

fn decoded(opcodes: &[u8]) -> Value {
    let source = MemorySource::new(opcodes.to_vec());
    decode_value(&source, 0, source.len(), &Limits::FULL, &Progress::new()).unwrap()
}

#[test]
fn items_are_set_added_removed_doubled_and_moved() {
    let cases = [
        ("[1, 2, 3]", set(&[1], "'x'"), "[1, 'x', 3]"),
        ("[1, (2, [3])]", set(&[1, 1, 0], "4"), "[1, (2, [4])]"),
        ("(1, (2, 3))", set(&[1, 0], "None"), "(1, (None, 3))"),
        (
            "{'a': 1, 'b': {'c': 2}}",
            set(&[1, 0], "3"),
            "{'a': 1, 'b': {'c': 3}}",
        ),
        ("5", set(&[], "[5]"), "[5]"),
        ("[]", add(&[], 0, None, "1"), "[1]"),
        ("[1, 3]", add(&[], 1, None, "2"), "[1, 2, 3]"),
        ("[1]", add(&[], 99, None, "2"), "[1, 2]"),
        ("{1, 2}", add(&[], 2, None, "3"), "{1, 2, 3}"),
        ("(1,)", add(&[], 0, None, "0"), "(0, 1)"),
        (
            "{'a': 1}",
            add(&[], 0, Some("'b'"), "2"),
            "{'b': 2, 'a': 1}",
        ),
        ("[1, 2, 3]", remove(&[1]), "[1, 3]"),
        ("{'a': 1, 'b': 2}", remove(&[0]), "{'b': 2}"),
        ("((1, 2),)", remove(&[0, 1]), "((1,),)"),
        ("{1, 2}", remove(&[0]), "{2}"),
        ("[[1], 2]", duplicate(&[0]), "[[1], [1], 2]"),
        (
            "{'a': 1, 'a copy': 2}",
            duplicate(&[0]),
            "{'a': 1, 'a copy 2': 1, 'a copy': 2}",
        ),
        (
            "{1: 'x', 2: 'y'}",
            duplicate(&[0]),
            "{1: 'x', 3: 'x', 2: 'y'}",
        ),
        ("[1, 2, 3]", move_to(&[0], 2), "[2, 3, 1]"),
        ("{'a': 1, 'b': 2}", move_to(&[1], 0), "{'b': 2, 'a': 1}"),
        ("(1, 2, 3)", move_to(&[2], 0), "(3, 1, 2)"),
        ("{'a': 1, 'b': 2}", rename(&[0], "'c'"), "{'c': 1, 'b': 2}"),
        ("{1: 'x'}", rename(&[0], "True"), "{True: 'x'}"),
        ("{(1, 2): [0]}", set(&[0, 0], "9"), "{(1, 2): [9]}"),
    ];
    for (text, edit, want) in cases {
        assert_eq!(after(text, &edit), want, "{text} {edit:?}");
    }
}

#[test]
fn collections_are_edited_item_by_item() {
    let cases = [
        (
            "collections.OrderedDict([('a', 1), ('b', 2)])",
            remove(&[0]),
            "collections.OrderedDict({'b': 2})",
        ),
        (
            "collections.defaultdict(int, {'a': 1})",
            add(&[], 9, Some("'b'"), "2"),
            "collections.defaultdict(int, {'a': 1, 'b': 2})",
        ),
        (
            "collections.deque([1, 2], maxlen=3)",
            add(&[], 9, None, "3"),
            "collections.deque([1, 2, 3], maxlen=3)",
        ),
        (
            "collections.deque([1, 2], maxlen=2)",
            add(&[], 9, None, "3"),
            "error: the deque holds 2 items at most",
        ),
    ];
    for (text, edit, want) in cases {
        assert_eq!(after(text, &edit), want, "{text} {edit:?}");
    }
    let draft = draft("collections.defaultdict(int, {'a': 1})");
    assert_eq!(draft.items_at(&[]), Some(1..2));
    let key = draft.key_at(&[1]).unwrap();
    assert_eq!(draft.value().str(key), Some("a"));
}

#[test]
fn what_python_would_refuse_is_refused() {
    let cases = [
        (
            "{'a': 1, 'b': 2}",
            rename(&[0], "'b'"),
            "there is already a key 'b'",
        ),
        (
            "{1: 1, 2: 2}",
            rename(&[1], "1.0"),
            "there is already a key 1.0",
        ),
        (
            "{1: 1, 2: 2}",
            rename(&[1], "True"),
            "there is already a key True",
        ),
        (
            "{(1, 2): 1, 3: 2}",
            rename(&[1], "(1.0, 2)"),
            "there is already a key (1.0, 2)",
        ),
        ("{1: 1}", rename(&[0], "[1]"), "a list cannot be a key"),
        ("{1: 1}", rename(&[0], "(1, [2])"), "a list cannot be a key"),
        ("{1, 2}", set(&[0], "2.0"), "2.0 is already in the set"),
        ("{1, 2}", add(&[], 0, None, "[]"), "a list cannot be a key"),
        (
            "{(1, 2), (3, 2)}",
            set(&[0, 0], "3"),
            "(3, 2) is already in the set",
        ),
        ("{1}", duplicate(&[0]), "1 is already in the set"),
        (
            "{'a': 1}",
            add(&[], 0, None, "1"),
            "an entry of a dict needs a key",
        ),
        (
            "[1]",
            add(&[], 0, Some("1"), "1"),
            "items of list have no keys",
        ),
        (
            "[1]",
            remove(&[1]),
            "this place is not in the value any more",
        ),
        ("[1]", remove(&[]), "the value as a whole"),
        (
            "[1]",
            move_to(&[0], 1),
            "this place is not in the value any more",
        ),
        ("5", add(&[], 0, None, "1"), "int has no items"),
        ("{(1,): 1}", duplicate(&[0]), "a copy needs another key"),
        (
            "datetime.date(2018, 5, 1)",
            set(&[0], "b'x'"),
            "datetime.date can be edited as a whole",
        ),
    ];
    for (text, edit, want) in cases {
        let error = after(text, &edit);
        assert!(
            error.starts_with("error: ") && error.contains(want),
            "{text}: {error}"
        );
    }
}

#[test]
fn other_types_are_made_where_nothing_is_lost() {
    use Kind::{Bool, Bytes, Dict, Float, Int, List, None, Set, Str, Tuple};
    let cases = [
        ("'12'", Int, "12"),
        ("' -1_000 '", Int, "-1000"),
        ("'12a'", Int, "error: '12a' is not a whole number"),
        ("2.0", Int, "2"),
        ("1e30", Int, "1000000000000000019884624838656"),
        ("2.5", Int, "error: 2.5 is not a whole number"),
        ("nan", Int, "error: nan is not a whole number"),
        ("True", Int, "1"),
        ("3", Float, "3.0"),
        (
            "9007199254740993",
            Float,
            "error: the int has more digits than a float can hold",
        ),
        ("'1e3'", Float, "1000.0"),
        ("'-inf'", Float, "-inf"),
        ("0.1", Str, "'0.1'"),
        ("12345678901234567890", Str, "'12345678901234567890'"),
        ("True", Str, "'True'"),
        ("b'h\\xc3\\xa9'", Str, "'hé'"),
        (
            "b'a\\xff'",
            Str,
            "error: the bytes are no text in UTF-8: byte 2 is not part of any",
        ),
        ("'é'", Bytes, "b'\\xc3\\xa9'"),
        (
            "'\\ud800'",
            Bytes,
            "error: the text has a lone surrogate, which has no bytes in UTF-8",
        ),
        (
            "5",
            Bytes,
            "error: a number cannot be turned into bytes; turn it into a str first",
        ),
        ("1", Bool, "True"),
        ("2", Bool, "error: only 0 and 1 can be turned into a bool"),
        ("'False'", Bool, "False"),
        ("5", None, "None"),
        ("None", Int, "0"),
        ("None", Dict, "{}"),
        ("[1, [2]]", Tuple, "(1, [2])"),
        ("(1, 2, 1.0)", Set, "{1, 2}"),
        (
            "[1, [2]]",
            Set,
            "error: a list cannot be a key of a dict or an item of a set",
        ),
        ("{3, 4}", List, "[3, 4]"),
        ("{'a': 1}", List, "error: dict cannot be turned into list"),
        ("[1]", Int, "error: [1] cannot be turned into int"),
        ("5", List, "error: int cannot be turned into list"),
    ];
    for (text, to, want) in cases {
        assert_eq!(after(text, &kind(&[], to)), want, "{text} {to:?}");
        let inner = after(&format!("[{text}]"), &kind(&[0], to));
        if !want.starts_with("error") {
            assert_eq!(inner, format!("[{want}]"));
        }
    }
}

/// `x = [1]; {'a': x, 'b': x, 't': (x, 'é'), 'u': the same tuple}`
fn shared() -> Value {
    let mut builder = ValueBuilder::new();
    let (one, text) = (builder.int(1), builder.str("é"));
    let list = builder.list(vec![one]);
    let tuple = builder.tuple(vec![list, text]);
    let keys = ["a", "b", "t", "u"].map(|key| builder.str(key));
    let pairs = keys.into_iter().zip([list, list, tuple, tuple]).collect();
    let dict = builder.dict(pairs);
    builder.finish(dict).unwrap()
}

#[test]
fn what_is_shared_is_edited_once_if_it_is_a_list_and_here_only_if_it_is_a_tuple() {
    let mut draft = ValueDraft::new(&shared());
    // d['a'][0] = 2
    draft.apply(&set(&[0, 0], "2")).unwrap();
    assert_eq!(
        draft.value().literal(),
        "{'a': [2], 'b': [2], 't': ([2], 'é'), 'u': ([2], 'é')}"
    );
    // The text of a tuple: only the tuple at this place is another one.
    draft.apply(&set(&[2, 1], "'x'")).unwrap();
    assert_eq!(
        draft.value().literal(),
        "{'a': [2], 'b': [2], 't': ([2], 'x'), 'u': ([2], 'é')}"
    );
    // Through the new tuple, it is still the same list.
    draft.apply(&add(&[2, 0], 9, None, "3")).unwrap();
    draft.apply(&set(&[2, 1], "'y'")).unwrap();
    let want = "{'a': [2, 3], 'b': [2, 3], 't': ([2, 3], 'y'), 'u': ([2, 3], 'é')}";
    assert_eq!(draft.value().literal(), want);
    // d['b'] = tuple(d['b']) is another object.
    draft.apply(&kind(&[1], Kind::Tuple)).unwrap();
    draft.apply(&remove(&[0, 0])).unwrap();
    let want = "{'a': [3], 'b': (2, 3), 't': ([3], 'y'), 'u': ([3], 'é')}";
    assert_eq!(draft.value().literal(), want);
    // A copy is independent.
    draft.apply(&duplicate(&[2])).unwrap();
    draft.apply(&set(&[3, 0, 0], "0")).unwrap();
    let want = "{'a': [3], 'b': (2, 3), 't': ([3], 'y'), 't copy': ([0], 'y'), 'u': ([3], 'é')}";
    assert_eq!(draft.value().literal(), want);
    while draft.undo() {}
    assert_eq!(draft.value().literal(), shared().literal());
    while draft.redo() {}
    assert_eq!(draft.value().literal(), want);
    let typed = draft.value().typed().to_string();
    let bytes = encode(&draft.to_value().unwrap(), 0)
        .unwrap()
        .in_memory()
        .unwrap();
    assert_eq!(decoded(&bytes).typed().to_string(), typed);
}

#[test]
fn a_value_in_itself_can_be_edited() {
    let mut builder = ValueBuilder::new();
    let (list, one) = (builder.list(Vec::new()), builder.int(1));
    builder.append(list, [list, one]);
    let value = builder.finish(list).unwrap();
    let mut draft = ValueDraft::new(&value);
    draft.apply(&set(&[0, 0, 0, 1], "2")).unwrap();
    assert_eq!(draft.value().literal(), "[[...], 2]");
    draft.apply(&duplicate(&[0])).unwrap();
    // The copy is a list that holds itself, not the list that it stands in.
    draft.apply(&set(&[1, 1], "7")).unwrap();
    assert_eq!(draft.value().literal(), "[[...], [[...], 7], 2]");
    draft.undo();
    draft.undo();
    draft.apply(&remove(&[0])).unwrap();
    assert_eq!(draft.value().literal(), "[2]");
    draft.undo();
    draft.undo();
    assert_eq!(draft.value().literal(), "[[...], 1]");
}

#[test]
fn a_shared_bytearray_is_written_to_everywhere() {
    let mut builder = ValueBuilder::new();
    let bytes = builder.byte_array(vec![1]);
    let list = builder.list(vec![bytes, bytes]);
    let value = builder.finish(list).unwrap();
    let mut draft = ValueDraft::new(&value);
    draft.apply(&set(&[0], "bytearray(b'x')")).unwrap();
    assert_eq!(
        draft.value().literal(),
        "[bytearray(b'x'), bytearray(b'x')]"
    );
    draft.apply(&set(&[0], "b'x'")).unwrap();
    assert_eq!(draft.value().literal(), "[b'x', bytearray(b'x')]");
    draft.undo();
    draft.undo();
    assert_eq!(draft.value().literal(), value.literal());
}

#[test]
fn what_only_its_class_understands_is_kept() {
    let mut builder = ValueBuilder::new();
    let (class, one) = (builder.global("mine", "Thing"), builder.int(1));
    let state = builder.list(vec![one]);
    let thing = builder.new_object(class, vec![one]);
    builder.set_state(thing, state);
    let list = builder.list(vec![thing, class, one]);
    let value = builder.finish(list).unwrap();
    let mut draft = ValueDraft::new(&value);
    for path in [&[0][..], &[1], &[0, 0], &[0, 1], &[0, 1, 0]] {
        let error = draft.apply(&set(path, "5")).unwrap_err();
        assert!(matches!(error, DraftError::Opaque(_)), "{path:?} {error}");
        assert_eq!(draft.obstacle(path), Some(error));
    }
    assert_eq!(draft.obstacle(&[2]), None);
    assert!(
        draft
            .apply(&set(&[0], "5"))
            .unwrap_err()
            .to_string()
            .contains("mine.Thing")
    );
    draft.apply(&move_to(&[0], 2)).unwrap();
    draft.apply(&duplicate(&[2])).unwrap();
    draft.apply(&remove(&[0])).unwrap();
    draft.apply(&set(&[0], "2")).unwrap();
    let thing = "mine.Thing(1) with state [1]";
    assert_eq!(draft.value().literal(), format!("[2, {thing}, {thing}]"));
}

#[test]
fn well_known_objects_are_replaced_as_a_whole() {
    for (old, text) in [
        ("datetime.date(2018, 5, 1)", "datetime.date(2019, 1, 2)"),
        ("decimal.Decimal('1.5')", "decimal.Decimal('2')"),
        ("numpy.float64(1.5)", "numpy.float64(2.5)"),
        ("fractions.Fraction(1, 2)", "fractions.Fraction(2, 3)"),
        ("datetime.timedelta(days=1)", "datetime.timedelta(days=2)"),
        (
            "uuid.UUID('00000000-0000-0000-0000-000000000001')",
            "uuid.UUID('00000000-0000-0000-0000-000000000002')",
        ),
        ("3j", "4j"),
    ] {
        let list = value(&format!("[{old}]"));
        let mut draft = ValueDraft::new(&list);
        let id = draft.node_at(&[0]).unwrap();
        let field = parse_same_class(draft.value(), id, text).unwrap();
        assert!(parse_same_class(draft.value(), id, "'x'").is_err());
        let path = vec![0];
        draft.apply(&DraftEdit::Set { path, value: field }).unwrap();
        assert_eq!(
            draft.value().literal(),
            format!("[{}]", value(text).literal())
        );
    }
}

#[test]
fn typing_is_one_step() {
    let mut draft = draft("['a', 1]");
    draft.apply(&amend(&[0], "'ab'")).unwrap();
    let nodes = draft.value().node_count();
    draft.apply(&amend(&[0], "'abc'")).unwrap();
    draft.apply(&amend(&[0], "'abcd'")).unwrap();
    assert_eq!(draft.value().node_count(), nodes);
    draft.apply(&amend(&[1], "12")).unwrap();
    assert_eq!(draft.value().literal(), "['abcd', 12]");
    let kept = draft.to_value().unwrap();
    draft.undo();
    draft.undo();
    assert_eq!(draft.value().literal(), "['a', 1]");
    assert!(!draft.undo());
    draft.redo();
    assert_eq!(draft.value().literal(), "['abcd', 1]");
    // A new beginning is a new step.
    draft.apply(&set(&[0], "'x'")).unwrap();
    draft.apply(&amend(&[0], "'xy'")).unwrap();
    draft.undo();
    assert_eq!(draft.value().literal(), "['abcd', 1]");
    assert!(draft.can_redo());
    assert_eq!(kept.literal(), "['abcd', 12]");
}

#[test]
fn typing_in_a_set_never_makes_two_of_one() {
    let mut draft = draft("{1, 2}");
    draft.apply(&amend(&[0], "3")).unwrap();
    assert!(draft.apply(&amend(&[0], "2")).is_err());
    assert_eq!(draft.value().literal(), "{3, 2}");
    draft.apply(&amend(&[0], "33")).unwrap();
    assert_eq!(draft.value().literal(), "{33, 2}");
    draft.undo();
    assert_eq!(draft.value().literal(), "{1, 2}");
}

#[test]
fn setting_what_is_there_changes_nothing() {
    let mut draft = draft("[1, nan, 'x']");
    for (at, text) in ["1", "nan", "'x'"].into_iter().enumerate() {
        draft.apply(&set(&[at], text)).unwrap();
    }
    assert!(!draft.is_changed());
    // 1.0 is another value.
    draft.apply(&set(&[0], "1.0")).unwrap();
    assert!(draft.is_changed());
}

#[test]
fn nothing_gets_too_deep() {
    let mut builder = ValueBuilder::new();
    let mut id = builder.list(Vec::new());
    for _ in 0..999 {
        id = builder.list(vec![id]);
    }
    let mut draft = ValueDraft::new(&builder.finish(id).unwrap());
    let path = vec![0; 999];
    draft.apply(&add(&path, 0, None, "1")).unwrap();
    let error = draft.apply(&add(&path, 0, None, "[2]")).unwrap_err();
    assert!(matches!(error, DraftError::Limit(_)));
    assert!(draft.to_value().is_ok());
}

#[test]
fn tables_are_found_and_pasted() {
    let shape = |text: &str| {
        let value = value(text);
        TableShape::of(&value, value.root()).map(|shape| (shape.rows, shape.columns))
    };
    assert_eq!(shape("[1, 2.5, nan]"), Some((3, None)));
    assert_eq!(shape("[[1, 2], (3, 4)]"), Some((2, Some(2))));
    for text in [
        "[]",
        "[1, 'x']",
        "[[1], [2, 3]]",
        "[[]]",
        "[True]",
        "5",
        "{1}",
    ] {
        assert_eq!(shape(text), None, "{text}");
    }
    let cases = [
        ("[1, 2, 3]", cells(&[], 1, 0, "5"), "[1, 5, 3]"),
        // Among floats, whole numbers are floats.
        (
            "[1.5, 2.5]",
            cells(&[], 1, 0, "5\n6\n7"),
            "[1.5, 5.0, 6.0, 7.0]",
        ),
        ("[1, 2]", cells(&[], 0, 0, "1.5\n2"), "[1.5, 2]"),
        ("[1, 2]", cells(&[], 0, 0, "7\t8\t9"), "[7, 8, 9]"),
        ("(1, 2)", cells(&[], 2, 0, "7"), "(1, 2, 7)"),
        (
            "[[1, 2], [3, 4]]",
            cells(&[], 0, 1, "8\n9"),
            "[[1, 8], [3, 9]]",
        ),
        (
            "[[1, 2.0]]",
            cells(&[], 1, 0, "3\t4"),
            "[[1, 2.0], [3, 4.0]]",
        ),
        (
            "((1, 2), (3, 4))",
            cells(&[], 0, 0, "8;7\n9;6"),
            "((8, 7), (9, 6))",
        ),
        (
            "{'w': [[1, 2]]}",
            table(&[0], "1 2 3\n4 5 6"),
            "{'w': [[1, 2, 3], [4, 5, 6]]}",
        ),
        ("[1.0]", table(&[], "4,5,6"), "[4.0, 5.0, 6.0]"),
        ("(1, 2)", table(&[], "4\n5\n6\n"), "(4, 5, 6)"),
        ("[1]", table(&[], "1,2\n3,4"), "[[1, 2], [3, 4]]"),
        ("[]", table(&[], "1\n2"), "[1, 2]"),
    ];
    for (text, edit, want) in cases {
        assert_eq!(after(text, &edit), want, "{text} {edit:?}");
    }
    let errors = [
        (
            "[1, 2]",
            cells(&[], 0, 0, "1\t2\n3\t4"),
            "row 1, column 2: a list of numbers has one",
        ),
        (
            "[[1, 2]]",
            cells(&[], 0, 1, "1\t2"),
            "row 1, column 2: the rows of the list have 2",
        ),
        (
            "[[1, 2]]",
            cells(&[], 0, 0, "1\n2"),
            "row 2, column 2: a new row needs 2 numbers",
        ),
        ("['x']", cells(&[], 0, 0, "1"), "this is no list of numbers"),
    ];
    for (text, edit, want) in errors {
        let error = after(text, &edit);
        assert!(error.contains(want), "{error}");
    }
}

#[test]
fn what_is_wrong_in_a_pasted_table_is_named() {
    let error = |text: &str| Table::parse(text).unwrap_err().to_string();
    assert_eq!(error("1\t2\n3\tx"), "row 2, column 2: 'x' is not a number");
    assert_eq!(
        error("1;2,5"),
        "row 1, column 2: '2,5' is not a number; decimals need a point"
    );
    assert_eq!(
        error("1\t2\n3"),
        "row 2, column 2: this row has 1 numbers, the first one 2"
    );
    assert_eq!(error("1\t\n"), "row 1, column 2: a number is missing");
    assert_eq!(
        error(" \n"),
        "row 1, column 1: this row has 0 numbers, the first one 0"
    );
    assert_eq!(error(""), "row 1, column 1: there are no numbers");
    let table = Table::parse("1\t2.5\r\n-3\tinf\r\n").unwrap();
    assert_eq!((table.rows(), table.columns()), (2, 2));
    assert_eq!(table.cells()[2], Number::Int(BigInt::from(-3)));
}

#[test]
fn fields_are_read_as_python_reads_them() {
    for (text, want) in [
        (" 12 ", Ok("12")),
        ("-0x1F", Ok("-31")),
        ("007", Ok("7")),
        ("\u{2212}5", Ok("-5")),
        (
            "123456789012345678901234567890",
            Ok("123456789012345678901234567890"),
        ),
        ("12a", Err("'12a' is not a whole number")),
        ("1.5", Err("'1.5' is not a whole number")),
        ("", Err("a whole number is missing")),
        ("- 5", Err("'- 5' is not a whole number")),
        ("[1]", Err("'[1]' is not a whole number")),
    ] {
        let got = parse_int(text).map(|int| int.to_string());
        assert_eq!(
            got.map_err(|err| err.0),
            want.map(str::to_owned).map_err(str::to_owned)
        );
    }
    assert_eq!(parse_float("1e-3"), Ok(0.001));
    assert_eq!(parse_float("-inf"), Ok(f64::NEG_INFINITY));
    assert!(parse_float("NaN").unwrap().is_nan());
    assert_eq!(
        parse_float("1,5").unwrap_err().0,
        "'1,5' is not a number; decimals need a point"
    );
    assert_eq!(parse_float("abc").unwrap_err().0, "'abc' is not a number");
    assert_eq!(parse_bytes("b'a\\x00'").unwrap(), b"a\0");
    assert_eq!(parse_bytes("it's \\\\ \\xff").unwrap(), b"it's \\ \xff");
    assert!(parse_bytes("é").unwrap_err().0.contains("column"));
    assert_eq!(parse_hex("00 fF\n10").unwrap(), [0, 255, 16]);
    assert_eq!(
        parse_hex("0g").unwrap_err().0,
        "character 2: 'g' is no hexadecimal digit"
    );
    assert!(parse_hex("123").unwrap_err().0.contains("one digit only"));
    assert_eq!(hex_text(&[1; 17]).lines().count(), 2);
}

#[test]
fn dates_and_times_are_iso() {
    for (kind, text, literal) in [
        (Kind::Date, "2018-05-01", "datetime.date(2018, 5, 1)"),
        (Kind::Time, "12:30:00", "datetime.time(12, 30)"),
        (
            Kind::Time,
            "12:30:05.250000",
            "datetime.time(12, 30, 5, 250000)",
        ),
        (
            Kind::DateTime,
            "2018-05-01 08:09:07",
            "datetime.datetime(2018, 5, 1, 8, 9, 7)",
        ),
        (
            Kind::DateTime,
            "2018-05-01 12:30:00+00:00",
            "datetime.datetime(2018, 5, 1, 12, 30, tzinfo=datetime.timezone.utc)",
        ),
        (
            Kind::DateTime,
            "2018-05-01 12:30:00-03:30",
            "datetime.datetime(2018, 5, 1, 12, 30, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=73800)))",
        ),
    ] {
        let value = parse_iso(kind, text).unwrap();
        let value = value.value();
        assert_eq!(value.literal(), literal);
        assert_eq!(Kind::of(value, value.root()), kind);
        assert_eq!(iso_text(value, value.root()).unwrap(), text);
    }
    let error = |kind, text| parse_iso(kind, text).unwrap_err().0;
    assert_eq!(
        error(Kind::Date, "2018-5"),
        "'2018-5' is not a date such as 2018-05-01"
    );
    assert!(error(Kind::Date, "2018-02-30").contains("day"));
    assert!(error(Kind::Time, "25:00").contains("hour"));
    assert!(error(Kind::DateTime, "2018-02-03").contains("a date and a time"));
    let fold = value("datetime.datetime(2018, 1, 1, 2, 30, fold=1)");
    assert_eq!(iso_text(&fold, fold.root()), None);
}

#[test]
fn a_million_items_cost_what_is_changed() {
    let mut builder = ValueBuilder::new();
    let items = (0..1_000_000).map(|i| builder.int(i)).collect();
    let list = builder.list(items);
    let value = builder.finish(list).unwrap();
    let mut draft = ValueDraft::new(&value);
    assert_eq!(draft.value().node_count(), value.node_count());
    for at in [0, 500_000, 999_999] {
        draft.apply(&set(&[at], "-1")).unwrap();
    }
    draft.apply(&remove(&[7])).unwrap();
    draft.apply(&move_to(&[0], 999_998)).unwrap();
    draft.apply(&cells(&[], 1, 0, "42")).unwrap();
    assert!(draft.value().node_count() < value.node_count() + 10);
    let root = draft.value().root();
    assert_eq!(draft.value().child_count(root), 999_999);
    assert!(draft.value().line(root, 20).starts_with("[1, 42, 3, 4"));
    while draft.undo() {}
    assert!(draft.value().line(root, 20).starts_with("[0, 1, 2, 3"));
    let all: Vec<String> = (0..1_000_000).map(|i| (i * 2).to_string()).collect();
    draft.apply(&table(&[], &all.join("\n"))).unwrap();
    let root = draft.value().root();
    assert_eq!(draft.value().child(root, 999_999).unwrap().0, "999999");
    draft.undo();
    assert_eq!(draft.value().literal(), value.literal());
}

// --- properties ----------------------------------------------------------------------------------

fn literal() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("None".to_owned()),
        any::<bool>().prop_map(|flag| if flag { "True" } else { "False" }.to_owned()),
        (-3_i64..3).prop_map(|int| int.to_string()),
        (-2_i8..2).prop_map(|int| format!("{int}.0")),
        "[a-c]{0,2}".prop_map(|text| format!("'{text}'")),
        "[a-c]{0,2}".prop_map(|text| format!("b'{text}'")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let items = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            items
                .clone()
                .prop_map(|items| format!("[{}]", items.join(", "))),
            items.clone().prop_map(|items| match items.as_slice() {
                [one] => format!("({one},)"),
                items => format!("({})", items.join(", ")),
            }),
            prop::collection::vec((-3_i64..3, inner), 0..4).prop_map(|pairs| {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(key, value)| format!("{key}: {value}"))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }),
            prop::collection::vec(-3_i64..3, 1..4).prop_map(|items| {
                let items: Vec<String> = items.iter().map(i64::to_string).collect();
                format!("{{{}}}", items.join(", "))
            }),
        ]
    })
}

fn edits() -> impl Strategy<Value = DraftEdit> {
    let path = || prop::collection::vec(0_usize..3, 0..4);
    let kinds = prop::sample::select([&Kind::LEAVES[..], &Kind::CONTAINERS].concat());
    prop_oneof![
        (path(), literal()).prop_map(|(path, text)| set(&path, &text)),
        (path(), literal()).prop_map(|(path, text)| amend(&path, &text)),
        (path(), 0_usize..4, literal()).prop_map(|(path, at, text)| add(&path, at, None, &text)),
        (path(), 0_usize..4, -3_i64..3, literal())
            .prop_map(|(path, at, key, text)| { add(&path, at, Some(&key.to_string()), &text) }),
        path().prop_map(|path| remove(&path)),
        path().prop_map(|path| duplicate(&path)),
        (path(), 0_usize..4).prop_map(|(path, to)| move_to(&path, to)),
        (path(), kinds).prop_map(|(path, to)| kind(&path, to)),
        (path(), literal()).prop_map(|(path, key)| rename(&path, &key)),
        (path(), 0_usize..3).prop_map(|(path, row)| cells(&path, row, 0, "7\n8.5")),
        path().prop_map(|path| table(&path, "1\t2\n3\t4")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Any edits: those that fail change nothing, each can be taken back and done again, and the result is a value that
    /// reads back as itself, so that Python would have it too.
    #[test]
    fn edits_and_their_undo(text in literal(), edits in prop::collection::vec(edits(), 1..12)) {
        let base = value(&text);
        let mut draft = ValueDraft::new(&base);
        let mut states = vec![base.literal()];
        for edit in &edits {
            let before = draft.value().literal();
            let could_undo = draft.can_undo();
            if draft.apply(edit).is_err() {
                prop_assert_eq!(draft.value().literal(), before);
                prop_assert_eq!(draft.can_undo(), could_undo);
            }
            let after = draft.to_value().unwrap();
            prop_assert_eq!(value(&after.literal()).literal(), after.literal());
            let bytes = encode(&after, 0).unwrap().in_memory().unwrap();
            prop_assert_eq!(decoded(&bytes).literal(), after.literal());
        }
        states.push(draft.value().literal());
        let mut back = vec![draft.value().literal()];
        while draft.undo() {
            back.push(draft.value().literal());
        }
        prop_assert_eq!(back.last(), states.first());
        while let Some(state) = back.pop() {
            prop_assert_eq!(draft.value().literal(), state);
            draft.redo();
        }
        prop_assert_eq!(base.literal(), value(&text).literal());
    }
}

#[test]
fn no_two_drafts_have_the_same_revision() {
    let value = parse_literal("[1]").unwrap();
    let (mut one, other) = (ValueDraft::new(&value), ValueDraft::new(&value));
    let before = one.revision();
    assert_ne!(before, other.revision());
    one.apply(&DraftEdit::Remove { path: vec![0] }).unwrap();
    assert_ne!(one.revision(), before);
    assert!(one.had_revision(before) && !other.had_revision(before));
}
