use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::*;
use crate::pickle::{Value, ValueBuilder, parse_literal};

struct State {
    draft: ValueDraft,
    edits: Vec<DraftEdit>,
    refused: Option<String>,
    has_error: bool,
    is_pending: bool,
}

impl State {
    fn literal(&self) -> String {
        self.draft.value().literal()
    }
}

fn harness_of(value: &Value) -> Harness<'static, State> {
    let state = State {
        draft: ValueDraft::new(value),
        edits: Vec::new(),
        refused: None,
        has_error: false,
        is_pending: false,
    };
    let builder = Harness::builder().with_size((900.0, 600.0));
    let mut harness = builder.build_ui_state(
        |ui, state: &mut State| {
            let editor = ValueEditor {
                draft: &state.draft,
                refused: state.refused.as_deref(),
                is_applied: false,
            };
            let events = value_editor(ui, "editor", &editor);
            (state.has_error, state.is_pending) = (events.has_error, events.is_pending);
            for edit in events.edits {
                state.refused = state.draft.apply(&edit).err().map(|err| err.to_string());
                state.edits.push(edit);
            }
        },
        state,
    );
    harness.run_ok();
    harness
}

fn harness(text: &str) -> Harness<'static, State> {
    harness_of(&parse_literal(text).unwrap())
}

/// Clicks what has this label.
fn click(harness: &mut Harness<'_, State>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_ok();
}

/// The field of the selected leaf.
fn field<'a>(harness: &'a Harness<'_, State>) -> egui_kittest::Node<'a> {
    let many = harness.query_by_role_and_label(egui::Role::MultilineTextInput, "Value");
    many.unwrap_or_else(|| harness.get_by_role_and_label(egui::Role::TextInput, "Value"))
}

/// Replaces the text of a field.
fn type_into(harness: &mut Harness<'_, State>, label: &str, text: &str) {
    let field = || egui::Role::TextInput;
    let multi = harness.query_by_role_and_label(egui::Role::MultilineTextInput, label);
    match multi {
        Some(node) => node.focus(),
        None => harness.get_by_role_and_label(field(), label).focus(),
    }
    harness.run_ok();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run_ok();
    harness.event(egui::Event::Text(text.to_owned()));
    harness.run_ok();
}

#[test]
fn an_int_is_edited_where_it_stands() {
    let mut harness = harness("{'a': [1, 2]}");
    click(&mut harness, "'a': list [1, 2]");
    // The triangle is at the left of the row.
    harness.get_by_label("'a': list [1, 2]").focus();
    harness.run_ok();
    harness.key_press(egui::Key::ArrowRight);
    harness.run_ok();
    click(&mut harness, "1: int 2");
    type_into(&mut harness, "Value", "12345678901234567890");
    assert_eq!(
        harness.state().literal(),
        "{'a': [1, 12345678901234567890]}"
    );
    assert!(!harness.state().has_error);
    harness.get_by_label("1: int 12345678901234567890");
}

#[test]
fn a_wrong_int_shows_why_and_changes_nothing() {
    let mut harness = harness("[1]");
    click(&mut harness, "0: int 1");
    type_into(&mut harness, "Value", "12a");
    harness.get_by_label("'12a' is not a whole number");
    assert!(harness.state().edits.is_empty() && harness.state().has_error);
    type_into(&mut harness, "Value", "12");
    assert!(
        harness
            .query_by_label("'12a' is not a whole number")
            .is_none()
    );
    assert_eq!(harness.state().literal(), "[12]");
}

#[test]
fn what_is_refused_is_an_error_of_its_field() {
    let mut harness = harness("{1, 2}");
    click(&mut harness, "0: int 1");
    type_into(&mut harness, "Value", "2");
    harness.get_by_label("2 is already in the set, which holds each item once");
    assert!(harness.state().has_error);
    type_into(&mut harness, "Value", "23");
    assert!(!harness.state().has_error);
    assert_eq!(harness.state().literal(), "{23, 2}");
}

#[test]
fn typing_is_one_step_of_undo_and_undo_is_seen_in_the_field() {
    let mut harness = harness("['a']");
    click(&mut harness, "0: str 'a'");
    harness.get_by_label("Value").focus();
    harness.run_ok();
    for letter in ["b", "c", "d"] {
        harness.event(egui::Event::Text(letter.to_owned()));
        harness.run_ok();
    }
    assert_eq!(harness.state().edits.len(), 3);
    assert!(harness.state().literal().contains("bcd"));
    harness.state_mut().draft.undo();
    harness.run_ok();
    assert_eq!(harness.state().literal(), "['a']");
    assert!(!harness.state().draft.can_undo());
    let field = harness.get_by_label("Value");
    assert_eq!(
        egui_kittest::kittest::NodeT::accesskit_node(&field)
            .value()
            .unwrap(),
        "a"
    );
}

#[test]
fn a_key_is_renamed_unless_it_is_there() {
    let mut harness = harness("{'a': 1, 'b': 2}");
    click(&mut harness, "'a': int 1");
    click(&mut harness, "Rename key…");
    type_into(&mut harness, "New key", "name");
    harness.get_by_label_contains("text needs quotes");
    type_into(&mut harness, "New key", "'b'");
    click(&mut harness, "Rename");
    harness.get_by_label_contains("Not done: there is already a key 'b'");
    click(&mut harness, "Rename key…");
    type_into(&mut harness, "New key", "'c'");
    assert!(harness.state().is_pending);
    click(&mut harness, "Rename");
    assert_eq!(harness.state().literal(), "{'c': 1, 'b': 2}");
    assert!(!harness.state().is_pending);
}

#[test]
fn items_are_added_moved_doubled_and_removed() {
    let mut harness = harness("['x']");
    click(&mut harness, "list ['x']");
    click(&mut harness, "Add item…");
    type_into(&mut harness, "New value", "{'k': 1}");
    click(&mut harness, "Add");
    assert_eq!(harness.state().literal(), "['x', {'k': 1}]");
    click(&mut harness, "Move up");
    assert_eq!(harness.state().literal(), "[{'k': 1}, 'x']");
    click(&mut harness, "Duplicate");
    assert_eq!(harness.state().literal(), "[{'k': 1}, {'k': 1}, 'x']");
    click(&mut harness, "Add item…");
    type_into(&mut harness, "New key", "'m'");
    type_into(&mut harness, "New value", "2.5");
    click(&mut harness, "Add");
    assert_eq!(
        harness.state().literal(),
        "[{'k': 1}, {'k': 1, 'm': 2.5}, 'x']"
    );
    click(&mut harness, "0: dict {'k': 1}");
    harness.get_by_label("0: dict {'k': 1}").focus();
    harness.run_ok();
    harness.key_press(egui::Key::Delete);
    harness.run_ok();
    assert_eq!(harness.state().literal(), "[{'k': 1, 'm': 2.5}, 'x']");
}

#[test]
fn the_type_is_changed_by_the_context_menu() {
    let mut harness = harness("['5', 'x']");
    harness.get_by_label("0: str '5'").click_secondary();
    harness.run_ok();
    assert_eq!(harness.get_all_by_label("Change type").count(), 2);
    harness.key_press(egui::Key::Escape);
    harness.run_ok();
    click(&mut harness, "Change type");
    click(&mut harness, "To int");
    assert_eq!(harness.state().literal(), "[5, 'x']");
    click(&mut harness, "1: str 'x'");
    click(&mut harness, "Change type");
    click(&mut harness, "To int");
    harness.get_by_label("Not done: 'x' is not a whole number");
}

#[test]
fn other_leaves_have_their_fields() {
    let mut harness =
        harness("[True, b'\\x00', datetime.date(2018, 5, 1), decimal.Decimal('1.5')]");
    click(&mut harness, "0: bool True");
    click(&mut harness, "False");
    click(&mut harness, "1: bytes b'\\x00'");
    type_into(&mut harness, "Value", "it's");
    click(&mut harness, "Hexadecimal");
    type_into(&mut harness, "Value", "00 0g");
    harness.get_by_label("character 5: 'g' is no hexadecimal digit");
    type_into(&mut harness, "Value", "ff");
    click(&mut harness, "2: datetime.date datetime.date(2018, 5, 1)");
    type_into(&mut harness, "Value", "2018-13-01");
    assert!(harness.state().has_error);
    type_into(&mut harness, "Value", "2019-12-31");
    click(&mut harness, "3: decimal.Decimal decimal.Decimal('1.5')");
    type_into(&mut harness, "Value", "[2]");
    harness.get_by_label("expected decimal.Decimal, got list");
    type_into(&mut harness, "Value", "2");
    let want = "[False, b'\\xff', datetime.date(2019, 12, 31), decimal.Decimal('2')]";
    assert_eq!(harness.state().literal(), want);
}

#[test]
fn a_time_zone_can_be_typed_key_by_key() {
    for text in [
        "datetime.datetime(2024, 1, 1, 0, 0)",
        "{'a': datetime.datetime(2024, 1, 1, 0, 0)}",
    ] {
        let mut harness = harness(text);
        if text.starts_with('{') {
            click(
                &mut harness,
                "'a': datetime.datetime datetime.datetime(2024, 1, 1, 0, 0)",
            );
        }
        field(&harness).focus();
        harness.run_ok();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        harness.run_ok();
        let place = field(&harness).rect();
        for letter in "2024-05-01T10:00:00+05:30".chars() {
            harness.event(egui::Event::Text(letter.to_string()));
            harness.run_ok();
            assert!(field(&harness).is_focused(), "after {letter}");
            assert_eq!(field(&harness).rect(), place);
        }
        let zone = "tzinfo=datetime.timezone(datetime.timedelta(seconds=19800))";
        let want = format!("datetime.datetime(2024, 5, 1, 10, 0, {zone})");
        assert!(
            harness.state().literal().contains(&want),
            "{}",
            harness.state().literal()
        );
        assert!(!harness.state().has_error);
    }
}

#[test]
fn undo_of_a_field_never_brings_in_the_text_of_another() {
    let mut harness = harness("{'operator': 'Ana', 'site': 'Neuchatel'}");
    click(&mut harness, "'operator': str 'Ana'");
    type_into(&mut harness, "Value", "Bob");
    click(&mut harness, "'site': str 'Neuchatel'");
    field(&harness).click();
    harness.run_ok();
    for _ in 0..3 {
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
        harness.run_ok();
    }
    assert_eq!(
        harness.state().literal(),
        "{'operator': 'Bob', 'site': 'Neuchatel'}"
    );
    // Nor that of an item that was there before: its place is another's now.
    click(&mut harness, "'operator': str 'Bob'");
    click(&mut harness, "Remove");
    click(&mut harness, "'site': str 'Neuchatel'");
    field(&harness).click();
    harness.run_ok();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.run_ok();
    assert_eq!(harness.state().literal(), "{'site': 'Neuchatel'}");
}

#[test]
fn numpy_scalars_and_their_like_take_plain_numbers() {
    for (before, typed, after) in [
        ("numpy.float32(1.5)", "2.75", "numpy.float32(2.75)"),
        ("numpy.int8(1)", "-5", "numpy.int8(-5)"),
        ("numpy.uint16(1)", "65535", "numpy.uint16(65535)"),
        ("numpy.bool_(True)", "False", "False"),
        ("decimal.Decimal('1.5')", "0.1", "decimal.Decimal('0.1')"),
        (
            "fractions.Fraction(1, 2)",
            "2/3",
            "fractions.Fraction(2, 3)",
        ),
        ("(1+2j)", "3", "(3+0j)"),
    ] {
        let mut harness = harness(&format!("[{before}]"));
        let row = harness.get_by_label_contains("0: ").rect().center();
        harness.hover_at(row);
        harness.drag_at(row);
        harness.drop_at(row);
        harness.run_ok();
        type_into(&mut harness, "Value", typed);
        assert!(!harness.state().has_error, "{before}, {typed}");
        let literal = harness.state().literal();
        assert!(literal.contains(after), "{before}, {typed}: {literal}");
    }
    for (before, typed, why) in [
        (
            "numpy.float32(1.5)",
            "1e39",
            "'1e39' does not fit numpy.float32",
        ),
        (
            "numpy.float32(1.5)",
            "1e400",
            "'1e400' is too large for a float (at most 1.8e308)",
        ),
        (
            "numpy.float64(1.5)",
            "1,5",
            "'1,5' is not a number; decimals need a point",
        ),
        ("numpy.int8(1)", "2.5", "'2.5' is not a whole number"),
        (
            "1.5",
            "1e400",
            "'1e400' is too large for a float (at most 1.8e308)",
        ),
        ("1.5", "1,5", "'1,5' is not a number; decimals need a point"),
    ] {
        let mut harness = harness(before);
        type_into(&mut harness, "Value", typed);
        harness.get_by_label(why);
        assert!(harness.state().edits.is_empty() && harness.state().has_error);
    }
}

#[test]
fn cells_of_a_table_are_edited_and_pasted() {
    let mut harness = harness("[[1, 2], [3, 4]]");
    click(&mut harness, "row 1, column 2: 2");
    type_into(&mut harness, "row 1, column 2", "x");
    harness.get_by_label("'x' is not a number");
    assert!(harness.state().edits.is_empty());
    type_into(&mut harness, "row 1, column 2", "2.5");
    harness.key_press(egui::Key::Enter);
    harness.run_ok();
    assert_eq!(harness.state().literal(), "[[1, 2.5], [3, 4]]");
    // The cell below is the next one.
    harness.event(egui::Event::Paste("7\t8\n".to_owned()));
    harness.run_ok();
    harness.get_by_label_contains("the rows of the list have 2 numbers");
    click(&mut harness, "row 2, column 1: 3");
    harness.event(egui::Event::Paste("7\t8\n9\tx\n".to_owned()));
    harness.run_ok();
    harness.get_by_label("Not pasted: row 2, column 2: 'x' is not a number");
    harness.event(egui::Event::Paste("7\t8\n9\t10\n".to_owned()));
    harness.run_ok();
    // Whole numbers are floats in a column that begins with one.
    assert_eq!(harness.state().literal(), "[[1, 2.5], [7, 8], [9, 10.0]]");
}

#[test]
fn all_numbers_are_replaced_by_a_pasted_table() {
    let mut harness = harness("{'w': [1.0, 2.0]}");
    click(&mut harness, "'w': list [1.0, 2.0]");
    click(&mut harness, "Replace all numbers…");
    type_into(&mut harness, "New numbers", "400\n410\n42o");
    harness.get_by_label("row 3, column 1: '42o' is not a number");
    type_into(&mut harness, "New numbers", "400\n410\n420");
    click(&mut harness, "Replace all");
    assert_eq!(harness.state().literal(), "{'w': [400.0, 410.0, 420.0]}");
}

#[test]
fn the_literal_is_checked_while_it_is_typed() {
    let mut harness = harness("[1]");
    click(&mut harness, "Python literal");
    type_into(&mut harness, "Python literal text", "[1,\n 2x]");
    harness.get_by_label_contains("line 2, column 3");
    assert!(harness.state().has_error && harness.state().edits.is_empty());
    type_into(&mut harness, "Python literal text", "{'a': 1}");
    assert!(harness.state().is_pending);
    click(&mut harness, "Replace the value");
    assert_eq!(harness.state().literal(), "{'a': 1}");
    assert!(!harness.state().is_pending);
    harness.state_mut().draft.undo();
    harness.run_ok();
    let field = harness.get_by_label("Python literal text");
    assert_eq!(
        egui_kittest::kittest::NodeT::accesskit_node(&field)
            .value()
            .unwrap(),
        "[1]"
    );
}

#[test]
fn what_cannot_be_edited_says_so() {
    let mut builder = ValueBuilder::new();
    let (class, one) = (builder.global("mine", "Thing"), builder.int(1));
    let thing = builder.call(class, vec![one]);
    let list = builder.list(vec![thing]);
    let mut harness = harness_of(&builder.finish(list).unwrap());
    click(&mut harness, "0: mine.Thing mine.Thing(1)");
    harness.get_by_label_contains("cannot be edited yet; they are kept unchanged");
    assert!(harness.query_by_label("Change type").is_none());
}

#[test]
fn a_million_items_and_ten_megabytes_of_text_are_fast() {
    let mut builder = ValueBuilder::new();
    let text = builder.str(&"x\n".repeat(5_000_000));
    let numbers = (0..1_000_000).map(|i| builder.int(i)).collect();
    let numbers = builder.list(numbers);
    let list = builder.list(vec![text, numbers]);
    let mut harness = harness_of(&builder.finish(list).unwrap());
    let rows: Vec<_> = harness.get_all_by_label_contains("0: str").collect();
    rows[0].click();
    harness.run_ok();
    harness.get_by_label_contains("too long for a field");
    let rows: Vec<_> = harness.get_all_by_label_contains("1: list").collect();
    rows[0].click();
    harness.run_ok();
    click(&mut harness, "Next rows");
    click(&mut harness, "row 100002, column 1: 100001");
    type_into(&mut harness, "row 100002, column 1", "-5");
    harness.key_press(egui::Key::Enter);
    harness.run_ok();
    let value = harness.state().draft.value();
    let numbers = harness.state().draft.node_at(&[1]).unwrap();
    assert_eq!(value.int(value.items(numbers).unwrap()[100_001]), Some(-5));
    click(&mut harness, "Python literal");
    harness.get_by_label("Edit as text");
    // A frame without a change does no work on the whole.
    let begin = std::time::Instant::now();
    click(&mut harness, "Tree");
    assert!(begin.elapsed().as_secs() < 20);
}
