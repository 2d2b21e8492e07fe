//! `ls`: the keys of a file.

use super::output::{complain, json_out, print_table};
use super::{CliError, open};
use crate::dataset::text::byte_count;
use crate::dataset::{Content, Dataset, Format, Item, ItemState, Mixed, Spelling};
use serde::Serialize;
use serde_json::json;
use std::io;
use std::path::Path;

pub(super) fn run(path: &Path, all: bool, as_json: bool) -> Result<(), CliError> {
    let dataset = open(path)?;
    let notes = dataset.unused_wavelength_keys();
    for note in &notes {
        complain(&format!("note: {note}"));
    }
    let dead = dataset.dead_items().filter(|_| all);
    let items: Vec<&Item> = dataset.items().chain(dead).collect();
    if as_json {
        print_document(&dataset, &items, &notes)?;
    } else {
        print_table(items.iter().map(|item| row(item, all)))?;
    }
    Ok(())
}

pub(super) fn row(item: &Item, all: bool) -> Vec<String> {
    let masked = if item.is_masked() { "masked" } else { "" };
    let bytes = item.layout().map_or(item.length, |layout| layout.nbytes);
    let mut row = vec![
        item.key.clone(),
        item.type_text().to_owned(),
        item.size_text(),
        byte_count(bytes),
        masked.to_owned(),
    ];
    if all {
        row.push(format!("{} at byte {}", state(item.state), item.offset));
    }
    if let Content::Unreadable { why, .. } = &item.content {
        row.push(format!("cannot be shown: {why}"));
    }
    row
}

fn state(state: ItemState) -> &'static str {
    match state {
        ItemState::Live => "live",
        ItemState::Deleted => "deleted",
        ItemState::Superseded => "superseded",
        ItemState::Shadowed => "shadowed",
    }
}

fn print_document(dataset: &Dataset, items: &[&Item], notes: &[String]) -> io::Result<()> {
    let format = match dataset.format() {
        Format::Mmapdict => "mmapdict",
        Format::Pickle => "pickle",
    };
    let mut out = json_out();
    out.raw("{\"file\":")?;
    out.value(&dataset.path().display().to_string())?;
    out.raw(",\"format\":")?;
    out.value(&format)?;
    out.raw(",\"commit\":")?;
    out.value(&dataset.commit())?;
    out.raw(",\"size\":")?;
    out.value(&dataset.size())?;
    out.raw(",\"compat\":")?;
    out.value(&compat(dataset))?;
    out.raw(",\"entries\":")?;
    out.list(items.iter().map(|item| entry(item)))?;
    out.raw(",\"findings\":")?;
    let warnings = dataset.warnings().iter().map(
        |warning| json!({"severity": "warning", "offset": warning.offset, "message": warning.message}),
    );
    let notes = notes
        .iter()
        .map(|note| json!({"severity": "note", "offset": null, "message": note}));
    out.list(warnings.chain(notes))?;
    out.end("}")
}

fn compat(dataset: &Dataset) -> &'static str {
    match dataset.spelling() {
        None => "none",
        Some(Err(Mixed)) => "mixed",
        Some(Ok(Spelling::Legacy)) => "legacy",
        Some(Ok(Spelling::Modern)) => "modern",
        Some(Ok(Spelling::Portable)) => "portable",
    }
}

/// An entry as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'i> {
    key: &'i str,
    state: &'static str,
    kind: &'static str,
    #[serde(rename = "type")]
    type_name: Option<&'i str>,
    offset: u64,
    length: u64,
    dtype: Option<&'i str>,
    shape: Option<&'i [u64]>,
    data_offset: Option<u64>,
    nbytes: Option<u64>,
    mask_offset: Option<u64>,
}

pub(super) fn entry(item: &Item) -> Entry<'_> {
    let layout = item.stated_layout();
    let (kind, type_name) = match &item.content {
        Content::Array(layout) if layout.mask.is_some() => ("masked", Some("MaskedArray")),
        Content::Array(_) => ("array", Some("ndarray")),
        Content::Value { type_name, .. } => ("value", Some(type_name.as_str())),
        Content::Unreadable { type_name, .. } => match type_name.as_deref() {
            Some("MaskedArray") => ("masked", Some("MaskedArray")),
            Some("ndarray") => ("array", Some("ndarray")),
            other => ("value", other),
        },
    };
    let mask = layout.and_then(|layout| layout.mask.as_ref());
    Entry {
        key: &item.key,
        state: state(item.state),
        kind,
        type_name,
        offset: item.offset,
        length: item.length,
        dtype: layout.map(|layout| layout.dtype.text()),
        shape: layout.map(|layout| layout.shape.as_slice()),
        data_offset: layout.map(|layout| layout.data_offset),
        nbytes: layout.map(|layout| layout.nbytes),
        mask_offset: mask.map(|mask| mask.data_offset),
    }
}
