//! `ls`: the keys of a file.

use super::output::{print_json, print_table};
use super::{CliError, open};
use crate::dataset::text::byte_count;
use crate::dataset::{Content, Dataset, Format, Item, ItemState, Mixed, Spelling};
use serde_json::{Value as Json, json};
use std::path::Path;

pub(super) fn run(path: &Path, all: bool, as_json: bool) -> Result<(), CliError> {
    let dataset = open(path)?;
    let dead = dataset.dead_items().filter(|_| all);
    let items: Vec<&Item> = dataset.items().chain(dead).collect();
    if as_json {
        print_json(&document(&dataset, &items))?;
    } else {
        print_table(&items.iter().map(|item| row(item, all)).collect::<Vec<_>>())?;
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

fn document(dataset: &Dataset, items: &[&Item]) -> Json {
    let format = match dataset.format() {
        Format::Mmapdict => "mmapdict",
        Format::Pickle => "pickle",
    };
    let findings: Vec<Json> = dataset
        .warnings()
        .iter()
        .map(|warning| json!({"severity": "warning", "offset": warning.offset, "message": warning.message}))
        .collect();
    json!({
        "file": dataset.path().display().to_string(),
        "format": format,
        "commit": dataset.commit(),
        "size": dataset.size(),
        "compat": compat(dataset),
        "entries": items.iter().map(|item| entry(item)).collect::<Vec<_>>(),
        "findings": findings,
    })
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

pub(super) fn entry(item: &Item) -> Json {
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
    json!({
        "key": item.key,
        "state": state(item.state),
        "kind": kind,
        "type": type_name,
        "offset": item.offset,
        "length": item.length,
        "dtype": layout.map(|layout| layout.dtype.text()),
        "shape": layout.map(|layout| &layout.shape),
        "data_offset": layout.map(|layout| layout.data_offset),
        "nbytes": layout.map(|layout| layout.nbytes),
        "mask_offset": layout.and_then(|layout| layout.mask.as_ref()).map(|mask| mask.data_offset),
    })
}
