//! `history`: the versions that do not count any more.

use super::output::{print_json, print_line, print_table};
use super::{CliError, ls, open};
use crate::dataset::Item;
use serde_json::{Value as Json, json};
use std::path::Path;

pub(super) fn run(path: &Path, key: Option<&str>, as_json: bool) -> Result<(), CliError> {
    let dataset = open(path)?;
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
        let versions: Vec<Json> = versions.iter().map(|item| version(item)).collect();
        print_json(&json!({"file": path.display().to_string(), "versions": versions}))?;
    } else if versions.is_empty() {
        print_line("No earlier versions.")?;
    } else {
        print_table(&versions.iter().map(|item| row(item)).collect::<Vec<_>>())?;
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

fn version(item: &Item) -> Json {
    let mut json = ls::entry(item);
    if let Json::Object(fields) = &mut json {
        fields.insert("freed".to_owned(), json!(item.freed));
    }
    json
}
