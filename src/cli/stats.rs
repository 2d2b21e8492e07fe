//! `stats`: exact statistics over finite, unmasked cells.

use super::output::{json_number, print_json, print_table};
use super::{CliError, about, find, open_key, reading};
use crate::analysis::{Stats, stats};
use crate::array::{Element, Selection};
use crate::dataset::{Dataset, Item};
use crate::pickle::number::float_repr;
use serde_json::{Map, Value as Json, json};
use std::path::Path;

pub(super) fn run(
    path: &Path,
    key: &str,
    slice: Option<&str>,
    percentiles: &[String],
    as_json: bool,
) -> Result<(), CliError> {
    let wanted = percentiles
        .iter()
        .map(|text| percentile(text))
        .collect::<Result<Vec<f64>, _>>()?;
    let dataset = open_key(path, key)?;
    let stats = compute(&dataset, key, slice, &wanted)?;
    if as_json {
        print_json(&document(&stats, percentiles))?;
    } else {
        print_table(rows(&stats, percentiles).into_iter())?;
    }
    Ok(())
}

fn percentile(text: &str) -> Result<f64, CliError> {
    let parsed = text
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|p| (0.0..=100.0).contains(p));
    parsed.ok_or_else(|| {
        CliError::Usage(format!(
            "--percentiles: {text:?} is not a number from 0 to 100"
        ))
    })
}

fn compute(
    dataset: &Dataset,
    key: &str,
    slice: Option<&str>,
    percentiles: &[f64],
) -> Result<Stats, CliError> {
    let item = find(dataset, key)?;
    let is_number = item
        .layout()
        .is_none_or(|layout| layout.dtype.number().is_some());
    if !is_number && !item.is_masked() && slice.is_none() {
        return counts(dataset, item, percentiles);
    }
    let mut view = dataset.array(item).map_err(about(dataset, item))?;
    if let Some(slice) = slice {
        let usage = |err| CliError::Usage(format!("--slice {slice}: {err}"));
        let selection: Selection = slice.parse().map_err(usage)?;
        view = view.select(&selection).map_err(usage)?;
    }
    reading(dataset, item, |progress| {
        stats(&view, percentiles, progress)
    })
}

/// Text, dates and structures are counted, and no more.
fn counts(dataset: &Dataset, item: &Item, percentiles: &[f64]) -> Result<Stats, CliError> {
    let cells = dataset.cells(item).map_err(about(dataset, item))?;
    Ok(Stats {
        count: cells.num_cells() as u64,
        masked: 0,
        nan: 0,
        inf: 0,
        min: None,
        max: None,
        mean: None,
        std: None,
        percentiles: percentiles.iter().map(|asked| (*asked, None)).collect(),
    })
}

/// Integers stay integers, whatever their size.
fn element(value: Option<Element>) -> Json {
    match value {
        None => Json::Null,
        Some(Element::Int(int)) => json!(int),
        Some(Element::UInt(int)) => json!(int),
        Some(Element::Bool(flag)) => json!(u8::from(flag)),
        Some(float) => json_number(float.to_f64()),
    }
}

fn number(value: Option<f64>) -> Json {
    value.map_or(Json::Null, json_number)
}

fn document(stats: &Stats, names: &[String]) -> Json {
    let percentiles: Map<String, Json> = names
        .iter()
        .zip(&stats.percentiles)
        .map(|(name, (_, value))| (name.trim().to_owned(), number(*value)))
        .collect();
    json!({
        "count": stats.count,
        "masked": stats.masked,
        "nan": stats.nan,
        "inf": stats.inf,
        "min": element(stats.min),
        "max": element(stats.max),
        "mean": number(stats.mean),
        "std": number(stats.std),
        "percentiles": percentiles,
    })
}

fn rows(stats: &Stats, names: &[String]) -> Vec<Vec<String>> {
    let none = || "none".to_owned();
    let text = |value: Option<f64>| value.map_or_else(none, float_repr);
    let cell = |value: Option<Element>| value.map_or_else(none, |value| value.to_string());
    let mut rows = vec![
        ("count", stats.count.to_string()),
        ("masked", stats.masked.to_string()),
        ("nan", stats.nan.to_string()),
        ("inf", stats.inf.to_string()),
        ("min", cell(stats.min)),
        ("max", cell(stats.max)),
        ("mean", text(stats.mean)),
        ("std", text(stats.std)),
    ]
    .into_iter()
    .map(|(name, value)| vec![name.to_owned(), value])
    .collect::<Vec<_>>();
    rows.extend(
        names
            .iter()
            .zip(&stats.percentiles)
            .map(|(name, (_, value))| vec![format!("p{}", name.trim()), text(*value)]),
    );
    rows
}
