//! `history`: the versions that do not count any more.

use super::output::{json_out, print_line, print_table};
use super::{CliError, ls, open, open_key};
use crate::dataset::Item;
use serde::Serialize;
use std::path::Path;

pub(super) fn run(path: &Path, key: Option<&str>, as_json: bool) -> Result<(), CliError> {
    let dataset = match key {
        Some(key) => open_key(path, key)?,
        None => open(path)?,
    };
    let versions: Vec<&Item> = dataset
        .dead_items()
        .filter(|item| key.is_none_or(|key| item.key == key))
        .collect();
    if let Some(key) = key
        && versions.is_empty()
    {
        // An unknown key is an error; a known one without history is not.
        super::find(&dataset, key)?;
    }
    if as_json {
        let mut out = json_out();
        out.raw("{\"file\":")?;
        out.value(&path.display().to_string())?;
        out.raw(",\"versions\":")?;
        out.list(versions.iter().map(|item| version(item)))?;
        out.end("}")?;
    } else if versions.is_empty() {
        print_line("No earlier versions.")?;
    } else {
        print_table(versions.iter().map(|item| row(item)))?;
    }
    Ok(())
}

fn row(item: &Item) -> Vec<String> {
    let mut row = ls::row(item, true);
    if item.freed {
        row.push("its data was freed".to_owned());
    }
    row
}

/// An earlier version as JSON.
#[derive(Debug, Serialize)]
struct Version<'i> {
    #[serde(flatten)]
    entry: ls::Entry<'i>,
    freed: bool,
}

fn version(item: &Item) -> Version<'_> {
    let (entry, freed) = (ls::entry(item), item.freed);
    Version { entry, freed }
}
