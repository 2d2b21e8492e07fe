//! A dict as names and values, each on one line with its type.

use super::{is_short, name_text, pairs, value_text};
use crate::pickle::{Budget, Value};

/// Rows of a longer dict are not shown.
const MAX_FIELDS: usize = 10_000;
/// A dict with more entries is data, and no list of properties.
const MAX_CERTAIN: usize = 500;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// In the order of the dict.
    pub fields: Vec<Field>,
    /// Entries of the dict; more than there are here, if very many.
    pub all: usize,
    /// There is no doubt that these are properties.
    pub is_certain: bool,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its key.
    pub name: String,
    /// Its value on one line.
    pub text: String,
    /// Class of the value.
    pub type_name: String,
}

impl Record {
    /// `None` where the value is no dict, or an empty one. Parameters of a scan (`scan-00000-p`) are properties for certain.
    #[must_use]
    pub fn of(value: &Value, key: &str, budget: &Budget) -> Option<Self> {
        let pairs = pairs(value, value.root()).filter(|pairs| !pairs.is_empty())?;
        let is_few = pairs.len() <= MAX_CERTAIN;
        let are_names = || {
            pairs
                .iter()
                .all(|(name, _)| value.str_head(*name, 1000).is_some())
        };
        let are_short = || pairs.iter().all(|(_, id)| is_short(value, *id, budget));
        let is_certain = is_few && are_names() && (is_of_scan(key) || are_short());
        let fields = pairs.iter().take(MAX_FIELDS).map(|&(name, id)| Field {
            name: name_text(value, name, budget),
            text: value_text(value, id, budget),
            type_name: value.type_name(id),
        });
        Some(Self {
            fields: fields.collect(),
            all: pairs.len(),
            is_certain,
        })
    }
}

/// `scan-00000-p`, `white-00003-p`
fn is_of_scan(key: &str) -> bool {
    let stem = key.strip_suffix("-p").and_then(|key| key.rsplit_once('-'));
    stem.is_some_and(|(name, number)| {
        !name.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::value;
    use super::*;

    fn of(literal: &str, key: &str) -> Option<Record> {
        let value = value(literal);
        Record::of(&value, key, &Budget::of(&value))
    }

    #[test]
    fn a_dict_is_a_table() {
        let literal = "{'sensor': 'AVIRIS', 'time': datetime.date(1992, 6, 12), 'gain': 1.5, 'bands': [1, 2], 3: None}";
        let record = of(literal, "any").unwrap();
        let rows: Vec<[&str; 3]> = record
            .fields
            .iter()
            .map(|field| [field.name.as_str(), &field.text, &field.type_name])
            .collect();
        let expected = [
            ["sensor", "AVIRIS", "str"],
            ["time", "1992-06-12", "datetime.date"],
            ["gain", "1.5", "float"],
            ["bands", "[1, 2]", "list"],
            ["3", "None", "NoneType"],
        ];
        assert_eq!(rows, expected);
        assert!(!record.is_certain, "not all keys are names");
        assert_eq!(of("[1]", "any"), None);
        assert_eq!(of("{}", "scan-00000-p"), None);
    }

    #[test]
    fn keys_of_scans() {
        assert!(is_of_scan("scan-00000-p") && is_of_scan("white-3-p"));
        for other in ["p", "-p", "scan-p", "scan-1x-p", "scan-00000", "00000-p"] {
            assert!(!is_of_scan(other), "{other}");
        }
    }

    #[test]
    fn large_dicts_and_long_texts_are_cut() {
        let pairs: Vec<String> = (0..MAX_FIELDS + 3).map(|n| format!("'{n}': {n}")).collect();
        let record = of(&format!("{{{}}}", pairs.join(", ")), "scan-0-p").unwrap();
        assert_eq!(
            (record.fields.len(), record.all),
            (MAX_FIELDS, MAX_FIELDS + 3)
        );
        assert!(!record.is_certain);
        let long = format!("{{'a': '{}'}}", "x".repeat(100_000));
        let record = of(&long, "any").unwrap();
        assert!(record.fields[0].text.len() < 1000 && !record.is_certain);
    }
}
