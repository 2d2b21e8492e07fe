//! Something under a new key: a value as Python literal, what a file holds, or an empty array.

use super::heading;
use super::key_name::key_field;
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{field_id, line, lines};
use crate::pickle::{LiteralError, Value, parse_literal};
use crate::session::Action;
use crate::session::editing::Change;
use eframe::egui;
use std::path::PathBuf;
use std::sync::Arc;

/// Common ones; any other can be typed.
const DTYPES: [&str; 12] = [
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "float32",
    "float64",
    "bool",
    "complex128",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Value,
    File,
    Empty,
}

const KINDS: [(Kind, &str); 3] = [
    (Kind::Value, "Value"),
    (Kind::File, "From a file"),
    (Kind::Empty, "Empty array"),
];

pub(super) struct NewKey {
    key: String,
    kind: Kind,
    literal: String,
    file: String,
    mask: String,
    dtype: String,
    shape: String,
    masked: bool,
    has_focus: bool,
}

impl NewKey {
    pub(super) fn new() -> Self {
        Self {
            key: String::new(),
            kind: Kind::Value,
            literal: String::new(),
            file: String::new(),
            mask: String::new(),
            dtype: "float64".to_owned(),
            shape: String::new(),
            masked: false,
            has_focus: false,
        }
    }
}

/// Returns whether it is done.
pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, state: &mut NewKey) -> bool {
    heading(ui, "New key");
    let check = key_field(ui, cx, "Key", &mut state.key, &mut state.has_focus);
    ui.horizontal(|ui| {
        for (kind, text) in KINDS {
            ui.selectable_value(&mut state.kind, kind, text);
        }
    });
    ui.add_space(tokens(ui).gap);
    let change = match state.kind {
        Kind::Value => value(ui, state),
        Kind::File => file(ui, state),
        Kind::Empty => empty(ui, state),
    };
    let is_ready = check.is_allowed() && change.is_some();
    // In a field of many lines Enter begins a line.
    let is_entered = ui.input_mut(|input| match state.kind {
        Kind::Value => input.consume_key(egui::Modifiers::COMMAND, egui::Key::Enter),
        Kind::File | Kind::Empty => input.key_pressed(egui::Key::Enter),
    });
    let end = super::buttons(ui, "Add", is_ready, is_entered);
    if let (Some(true), Some(change)) = (end, change) {
        cx.act(Action::Change(change));
    }
    end.is_some()
}

fn value(ui: &mut egui::Ui, state: &mut NewKey) -> Option<Change> {
    let label = ui.label("Value, as Python writes it: 'text', 2.5, [1, 2], {'a': None}");
    let id = field_id(ui, "literal");
    egui::ScrollArea::both().max_height(220.0).show(ui, |ui| {
        let field = lines(&mut state.literal, id)
            .code_editor()
            .desired_rows(6)
            .desired_width(f32::INFINITY);
        ui.add(field).labelled_by(label.id);
    });
    let parsed = parsed(ui, &state.literal)?;
    Some(Change::Put {
        key: state.key.clone(),
        value: parsed,
        over: None,
    })
}

/// The value of a literal, or a line that says what is wrong and where.
fn parsed(ui: &mut egui::Ui, text: &str) -> Option<Arc<Value>> {
    // Parsed once for each text: the same value is the same object.
    type Parsed = (String, Result<Arc<Value>, LiteralError>);
    let id = egui::Id::unique("new key literal");
    let known: Option<Arc<Parsed>> = ui.data(|data| data.get_temp(id));
    let known = match known {
        Some(known) if known.0 == text => known,
        _ => {
            let fresh = Arc::new((text.to_owned(), parse_literal(text).map(Arc::new)));
            ui.data_mut(|data| data.insert_temp(id, Arc::clone(&fresh)));
            fresh
        }
    };
    match &known.1 {
        Ok(value) => {
            ui.weak(value.type_name(value.root()));
            Some(Arc::clone(value))
        }
        Err(_) if text.trim().is_empty() => {
            ui.weak("");
            None
        }
        Err(error) => {
            let text = error.to_string();
            let line = egui::RichText::new(&text).color(ui.visuals().error_fg_color);
            // Of one line always: nothing moves because of what is typed.
            ui.add(egui::Label::new(line).truncate())
                .on_hover_text(text);
            None
        }
    }
}

fn file(ui: &mut egui::Ui, state: &mut NewKey) -> Option<Change> {
    path_field(
        ui,
        "Path of the file: .npy, .csv, .tsv, .png or .json",
        &mut state.file,
    );
    let is_npy = state.file.trim().to_lowercase().ends_with(".npy");
    // It keeps its place where there is no mask: nothing moves because of what is typed above.
    ui.add_enabled_ui(is_npy, |ui| {
        path_field(
            ui,
            "Path of a .npy file with its mask, if any",
            &mut state.mask,
        );
    });
    let path = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| PathBuf::from(text))
    };
    Some(Change::Import {
        key: state.key.clone(),
        file: path(&state.file)?,
        mask: path(&state.mask).filter(|_| is_npy),
    })
}

fn path_field(ui: &mut egui::Ui, label: &str, text: &mut String) {
    let id = field_id(ui, label);
    let label = ui.label(label);
    let field = line(text, id).desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id);
}

fn empty(ui: &mut egui::Ui, state: &mut NewKey) -> Option<Change> {
    let label = ui.label("Shape: lengths of the axes, e.g. 100, 200, 30");
    let id = field_id(ui, "shape");
    let field = line(&mut state.shape, id).desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id);
    ui.horizontal(|ui| {
        let label = ui.label("dtype");
        let id = field_id(ui, "dtype");
        let field = line(&mut state.dtype, id).desired_width(120.0);
        ui.add(field).labelled_by(label.id);
        let combo = egui::ComboBox::from_id_salt("common dtypes").selected_text("common");
        combo.show_ui(ui, |ui| {
            for dtype in DTYPES {
                ui.selectable_value(&mut state.dtype, dtype.to_owned(), dtype);
            }
        });
        ui.checkbox(&mut state.masked, "Masked");
    });
    let parts = state.shape.split([',', ' ', '×']).map(str::trim);
    let sizes = parts.filter(|part| !part.is_empty());
    let shape: Option<Vec<u64>> = sizes.map(|size| size.parse().ok()).collect();
    let Some(shape) = shape else {
        ui.colored_label(
            ui.visuals().error_fg_color,
            "The shape is not a list of lengths",
        );
        return None;
    };
    if shape.is_empty() {
        ui.weak("Without lengths it is a single cell");
    } else {
        ui.weak("All cells are 0; space on the disk is taken only where it is written to");
    }
    Some(Change::PutEmpty {
        key: state.key.clone(),
        dtype: state.dtype.trim().to_owned(),
        shape,
        masked: state.masked,
    })
}
