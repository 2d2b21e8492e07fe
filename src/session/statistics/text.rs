//! Statistics in words: what they are of, and all of them as a table for a spreadsheet.

use super::super::document::Document;
use super::super::readout::band_name;
use super::{Numbers, Scope, StatsSpec};
use crate::dataset::AxisRoles;
use crate::pickle::number::float_repr;
use std::fmt::Display;

/// Of which cells: `Band 25 (646.72 nm)`, `Bands 3 to 9 (…)`, `Whole array`.
#[must_use]
pub fn heading(document: &Document, spec: &StatsSpec) -> String {
    let Some(axes) = spec.axes else {
        return "Whole array".to_owned();
    };
    let mut parts = vec![band_text(document, spec, axes)];
    if spec.scope == Scope::Visible {
        for axis in [axes.y, axes.x] {
            let range = spec.block.range(axis);
            let last = range.end.saturating_sub(1);
            parts.push(format!(
                "{} {} to {last}",
                document.axis_name(axis),
                range.start
            ));
        }
    }
    for axis in 0..document.shape().len() {
        if axis != axes.y && axis != axes.x && axes.band != Some(axis) {
            let index = spec.block.range(axis).start;
            parts.push(format!("{} {index}", document.axis_name(axis)));
        }
    }
    parts.join(", ")
}

fn band_text(document: &Document, spec: &StatsSpec, axes: AxisRoles) -> String {
    let Some(axis) = axes.band else {
        return match spec.scope {
            Scope::Visible => "Visible part".to_owned(),
            _ => "Whole picture".to_owned(),
        };
    };
    let range = spec.block.range(axis);
    let (first, last) = (range.start, range.end.saturating_sub(1));
    if spec.scope != Scope::Bands && first == last {
        return format!("Band {}", band_name(document, first));
    }
    let wavelengths = document.wavelengths();
    let ends = wavelengths.and_then(|found| {
        let (first, last) = (found.digits(first)?, found.text(last)?);
        Some(format!(" ({first} to {last})"))
    });
    format!("Bands {first} to {last}{}", ends.unwrap_or_default())
}

/// Names and numbers with tabs between them. `None` before there are any.
pub(super) fn table(document: &Document) -> Option<String> {
    let feed = document.feeds().statistics();
    let (spec, numbers) = feed.shown_with_spec()?;
    let stats = &numbers.distribution.stats;
    let state = match feed.shown_whole() {
        Some(_) => "exact".to_owned(),
        None => so_far(numbers),
    };
    let mut rows = vec![
        ("array".to_owned(), spec.subject.key.to_string()),
        ("cells of".to_owned(), heading(document, spec)),
        ("state".to_owned(), state),
        ("cells".to_owned(), numbers.done.to_string()),
        ("masked".to_owned(), stats.masked.to_string()),
        ("NaN".to_owned(), stats.nan.to_string()),
        ("infinite".to_owned(), stats.inf.to_string()),
        ("counted".to_owned(), stats.count.to_string()),
        ("minimum".to_owned(), cell(stats.min.as_ref())),
        ("maximum".to_owned(), cell(stats.max.as_ref())),
        ("mean".to_owned(), float(stats.mean)),
        ("standard deviation".to_owned(), float(stats.std)),
    ];
    let percentiles = stats.percentiles.iter();
    rows.extend(percentiles.map(|(asked, value)| {
        let name = format!("percentile {asked}");
        (name, float(*value))
    }));
    let lines = rows
        .iter()
        .map(|(name, value)| format!("{name}\t{value}\n"));
    Some(lines.collect())
}

/// Empty where there is none.
fn cell(value: Option<&impl Display>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn float(value: Option<f64>) -> String {
    value.map(float_repr).unwrap_or_default()
}

fn so_far(numbers: &Numbers) -> String {
    format!("not final: {} of {} cells", numbers.done, numbers.total)
}
