//! The field that fits a leaf.

use eframe::egui;
use egui::Ui;

use super::field::{Lines, value_field};
use super::{Cx, State};
use crate::pickle::draft::{
    self, DraftEdit, Kind, NewValue, Path, bytes_text, hex_text, iso_text, number_text,
    parse_bytes, parse_float, parse_hex, parse_int, parse_iso, parse_same_class,
};
use crate::pickle::{Node, NodeId};

/// A longer text is put into a field only when asked for: a field works on all of it with each key.
const LONG: usize = 100_000;
/// Longer ones would make each key take seconds.
const TOO_LONG: usize = 2_000_000;

pub(super) fn show(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut State,
    path: &Path,
    id: NodeId,
    kind: Kind,
) {
    let value = cx.draft.value();
    match kind {
        Kind::None => {
            ui.label("None has no parts. “Change type” makes something else of it.");
        }
        Kind::Bool => flag(ui, cx, path, matches!(value.node(id), Node::Bool(true))),
        Kind::Int => {
            let current = || number_text(value.node(id)).unwrap_or_default();
            let parse = |text: &str| match parse_int(text) {
                Ok(int) => Ok(NewValue::int(int)),
                Err(err) => Err(err.to_string()),
            };
            let way = (path, "int", Lines::One);
            value_field(ui, cx, &mut state.field, way, current, parse);
        }
        Kind::Float => {
            let current = || number_text(value.node(id)).unwrap_or_default();
            let parse = |text: &str| match parse_float(text) {
                Ok(float) => Ok(NewValue::float(float)),
                Err(err) => Err(err.to_string()),
            };
            let way = (path, "float", Lines::One);
            value_field(ui, cx, &mut state.field, way, current, parse);
        }
        Kind::Str => match value.str(id) {
            Some(text) => text_field(ui, cx, state, path, text),
            None => {
                literal_field(ui, cx, state, path, id);
            }
        },
        Kind::Bytes | Kind::ByteArray => bytes_field(ui, cx, state, path, id, kind),
        Kind::Date | Kind::Time | Kind::DateTime => match iso_text(value, id) {
            Some(text) => {
                let parse = |text: &str| parse_iso(kind, text).map_err(|err| err.to_string());
                let way = (path, "iso", Lines::One);
                value_field(ui, cx, &mut state.field, way, || text, parse);
            }
            None => literal_field(ui, cx, state, path, id),
        },
        _ => literal_field(ui, cx, state, path, id),
    }
}

fn flag(ui: &mut Ui, cx: &mut Cx<'_>, path: &Path, is_true: bool) {
    ui.horizontal(|ui| {
        for (flag, name) in [(true, "True"), (false, "False")] {
            if ui.radio(is_true == flag, name).clicked() && is_true != flag {
                let (path, value) = (path.clone(), NewValue::bool(flag));
                cx.emit(DraftEdit::Set { path, value });
            }
        }
    });
}

fn text_field(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut State, path: &Path, text: &str) {
    if !may_edit(ui, state, path, text.len(), "text") {
        return;
    }
    let parse = |text: &str| Ok(NewValue::str(text));
    let way = (path, "text", Lines::Many);
    let field = &mut state.field;
    // Below a field that grows nothing could be seen.
    ui.weak(match text.matches('\n').count() + 1 {
        1 => "1 line".to_owned(),
        lines => format!("{lines} lines"),
    });
    value_field(ui, cx, field, way, || text.to_owned(), parse);
}

/// Whether contents of this length are to be edited in a field; says why if they are not.
fn may_edit(ui: &mut Ui, state: &mut State, path: &Path, len: usize, what: &str) -> bool {
    if len <= LONG || (len <= TOO_LONG && state.long_text.as_ref() == Some(path)) {
        return true;
    }
    #[expect(clippy::cast_precision_loss, reason = "for a text of few digits")]
    let size = format!("{:.1} MB", len as f64 / 1e6);
    if len > TOO_LONG {
        ui.label(format!(
            "This {what} has {size}. That is too long for a field; it can be replaced by a shorter \
             one in the Python literal, or be written into the file from another program."
        ));
        return false;
    }
    ui.label(format!("This {what} has {size}; typing may be slow."));
    if ui.button("Edit as text").clicked() {
        state.long_text = Some(path.clone());
    }
    false
}

fn bytes_field(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut State,
    path: &Path,
    id: NodeId,
    kind: Kind,
) {
    let value = cx.draft.value();
    let Some(bytes) = draft::bytes(value, id) else {
        ui.label("These bytes are too long to be edited.");
        return;
    };
    // A byte is up to four characters of a field.
    if !may_edit(
        ui,
        state,
        path,
        bytes.len().saturating_mul(4),
        "field of bytes",
    ) {
        return;
    }
    ui.horizontal(|ui| {
        ui.radio_value(&mut state.is_hex, false, "Text");
        ui.radio_value(&mut state.is_hex, true, "Hexadecimal");
        ui.weak(format!("{} bytes", bytes.len()));
    });
    let is_array = kind == Kind::ByteArray;
    let is_hex = state.is_hex;
    let current = || match is_hex {
        true => hex_text(&bytes),
        false => bytes_text(&bytes),
    };
    let parse = |text: &str| {
        let bytes = match is_hex {
            true => parse_hex(text),
            false => parse_bytes(text),
        };
        match bytes {
            Ok(bytes) => Ok(NewValue::bytes(bytes, is_array)),
            Err(err) => Err(err.to_string()),
        }
    };
    let way = if is_hex { "hex" } else { "bytes" };
    let way = (path, way, Lines::Many);
    value_field(ui, cx, &mut state.field, way, current, parse);
}

/// Objects of well-known classes as the literal that they are.
fn literal_field(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut State, path: &Path, id: NodeId) {
    let value = cx.draft.value();
    let literal = value.node_literal(id, LONG);
    let literal = draft::plain_scalar(&value.type_name(id), literal);
    if literal.len() > LONG {
        ui.label("This is too long for a field.");
        return;
    }
    let parse = |text: &str| match parse_same_class(value, id, text) {
        Ok(new) => Ok(new),
        Err(err) => Err(err.to_string()),
    };
    let way = (path, "literal", Lines::One);
    value_field(ui, cx, &mut state.field, way, || literal, parse);
}
