//! The dicts of several scans beside each other: keys that differ in their numbers only are columns, names are rows.

use super::record::{Field, Record};
use crate::dataset::{Content, Dataset, Item, ItemKind};
use crate::pickle::Budget;
use crate::progress::Progress;
use crate::session::tasks::TaskError;
use std::collections::HashMap;

/// More columns are not shown; those nearest to the selected key are.
const MAX_COLUMNS: usize = 48;
/// More rows are not shown.
const MAX_ROWS: usize = 2000;
/// Larger entries are not read for this.
const MAX_BYTES: u64 = 4 << 20;

/// What all values together may cost to be looked through, and to be shown.
const MAX_NODES: u64 = 4_000_000;
const MAX_TEXT: u64 = 32 << 20;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// The keys, in natural order; one only, where nothing can be compared.
    pub keys: Vec<String>,
    /// Which of them is the selected one.
    pub selected: usize,
    /// In the order of their first appearance, the selected key's first.
    pub rows: Vec<ComparisonRow>,
    /// Keys that are not shown.
    pub left_out: usize,
}

/// What one name means for each key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparisonRow {
    /// The name.
    pub name: String,
    /// For each of [`Comparison::keys`].
    pub cells: Vec<Option<Field>>,
    /// They are not all the same.
    pub differs: bool,
}

impl Comparison {
    /// Reads the dicts of all keys that are called as this one, but for numbers. Runs in a job.
    pub(in crate::session) fn of(
        dataset: &Dataset,
        key: &str,
        progress: &Progress,
    ) -> Result<Self, TaskError> {
        let mut alike: Vec<&Item> = dataset.items().filter(|item| is_like(item, key)).collect();
        alike.sort_by(|a, b| alphanumeric_sort::compare_str(&a.key, &b.key));
        let place = alike.iter().position(|item| item.key == key);
        let place = place.ok_or(TaskError::KeyGone)?;
        let first = place
            .saturating_sub(MAX_COLUMNS / 2)
            .min(alike.len().saturating_sub(MAX_COLUMNS));
        let chosen: Vec<&Item> = alike
            .iter()
            .skip(first)
            .take(MAX_COLUMNS)
            .copied()
            .collect();
        let mut making = Self {
            selected: place - first,
            left_out: alike.len() - chosen.len(),
            ..Self::default()
        };
        let mut records = Vec::new();
        let budget = Budget::new(MAX_NODES, MAX_TEXT);
        for item in &chosen {
            progress.check()?;
            making.keys.push(item.key.clone());
            // One that cannot be read is an empty column.
            let value = dataset.value(item, progress).ok();
            records.push(value.and_then(|value| Record::of(&value, &item.key, &budget)));
        }
        making.take(records);
        Ok(making)
    }

    fn take(&mut self, records: Vec<Option<Record>>) {
        let count = records.len();
        let mut rows: HashMap<String, usize> = HashMap::new();
        // The selected one says in which order.
        let mut columns: Vec<(usize, Option<Record>)> = records.into_iter().enumerate().collect();
        columns.sort_by_key(|(column, _)| *column != self.selected);
        for (column, record) in columns {
            for field in record.map(|record| record.fields).unwrap_or_default() {
                let next = rows.len();
                if next >= MAX_ROWS && !rows.contains_key(&field.name) {
                    continue;
                }
                let row = *rows.entry(field.name.clone()).or_insert(next);
                if row == self.rows.len() {
                    self.rows.push(ComparisonRow {
                        name: field.name.clone(),
                        cells: vec![None; count],
                        differs: false,
                    });
                }
                let cells = self.rows.get_mut(row).map(|row| &mut row.cells);
                if let Some(cell) = cells.and_then(|cells| cells.get_mut(column)) {
                    *cell = Some(field);
                }
            }
        }
        for row in &mut self.rows {
            let first = row.cells.first().cloned().flatten();
            row.differs = row.cells.iter().any(|cell| *cell != first);
        }
    }
}

/// Whether an item is a dict whose key differs in numbers only.
fn is_like(item: &Item, key: &str) -> bool {
    let is_dict = item.kind() == ItemKind::Dict && matches!(item.content, Content::Value { .. });
    item.key == key || (is_dict && item.length <= MAX_BYTES && is_numbered_like(&item.key, key))
}

/// Whether two texts are the same but for the digits in them.
fn is_numbered_like(a: &str, b: &str) -> bool {
    let pattern = |text: &str| -> Vec<char> {
        let mut pattern: Vec<char> = (text.chars())
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        pattern.dedup_by(|a, b| *a == '0' && *b == '0');
        pattern
    };
    let b = pattern(b);
    b.contains(&'0') && pattern(a) == b
}

#[cfg(test)]
mod tests {
    use super::super::tests::value;
    use super::*;

    #[test]
    fn keys_that_differ_in_numbers_are_alike() {
        assert!(is_numbered_like("scan-00001-p", "scan-00000-p"));
        assert!(is_numbered_like("scan-9-p", "scan-10-p"));
        assert!(!is_numbered_like("white-00001-p", "scan-00001-p"));
        assert!(!is_numbered_like("hdr-p", "hdr-p"), "nothing is numbered");
    }

    #[test]
    fn names_are_rows_and_keys_are_columns() {
        let budget = Budget::new(1000, 1 << 20);
        let record = |literal: &str| Record::of(&value(literal), "any", &budget);
        let mut found = Comparison {
            selected: 1,
            ..Comparison::default()
        };
        found.take(vec![
            record("{'focus': 1, 'time': 10}"),
            record("{'time': 10, 'gain': 2}"),
            None,
        ]);
        let texts: Vec<(&str, Vec<&str>, bool)> = found
            .rows
            .iter()
            .map(|row| {
                let text = |cell: &Option<Field>| {
                    cell.as_ref().map_or("", |field| field.text.clone().leak())
                };
                (
                    row.name.as_str(),
                    row.cells.iter().map(text).collect(),
                    row.differs,
                )
            })
            .collect();
        assert_eq!(
            texts,
            [
                ("time", vec!["10", "10", ""], true),
                ("gain", vec!["", "2", ""], true),
                ("focus", vec!["1", "", ""], true),
            ]
        );
        let mut same = Comparison::default();
        same.take(vec![record("{'a': 1}"), record("{'a': 1}")]);
        assert!(!same.rows[0].differs);
    }
}
