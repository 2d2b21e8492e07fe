//! Keys that belong together, after the conventions of the hics recorder and tools.
//!
//! `scan-00000` has its dark frames in `-d0` and `-d1`, its variance in `-var`, its properties in `-p`; `hdr` has
//! `hdr-var` and `hdr-mnf`. So a key belongs to the shortest other key that it continues with a dash; and keys that
//! share a name and a number (`white-00003-…`) belong together even when the bare one is gone.

use super::item::Item;
use std::collections::{HashMap, HashSet};

/// A key with those that belong to it. A key that stands alone is a family without members.
#[derive(Debug, Clone)]
pub struct Family<'a> {
    /// The main key, or the first one where that is gone.
    pub head: &'a Item,
    /// The others, in natural order.
    pub members: Vec<&'a Item>,
}

/// Sorts items into families; families and their members are in natural order.
pub(super) fn families<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<Family<'a>> {
    let mut items: Vec<&Item> = items.collect();
    items.sort_by(|a, b| alphanumeric_sort::compare_str(&a.key, &b.key));
    let keys: HashSet<&str> = items.iter().map(|item| item.key.as_str()).collect();
    let mut families: Vec<Family<'a>> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    for item in items {
        let stem = stem(&item.key, &keys);
        match at.get(stem).and_then(|&index| families.get_mut(index)) {
            Some(family) if item.key == stem => {
                // The natural order can put a member before its head; the head takes its place.
                let member = std::mem::replace(&mut family.head, item);
                family.members.insert(0, member);
            }
            Some(family) => family.members.push(item),
            None => {
                at.insert(stem, families.len());
                families.push(Family {
                    head: item,
                    members: Vec::new(),
                });
            }
        }
    }
    families
}

/// What the family of a key is called.
fn stem<'k>(key: &'k str, keys: &HashSet<&str>) -> &'k str {
    let prefixes = key.match_indices('-').filter_map(|(at, _)| key.get(..at));
    for prefix in prefixes {
        if keys.contains(prefix) || is_numbered(prefix) {
            return prefix;
        }
    }
    key
}

/// `scan-00000`: a name, a dash, digits.
fn is_numbered(key: &str) -> bool {
    key.rsplit_once('-').is_some_and(|(name, number)| {
        !name.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Content, ItemState};

    fn item(key: &str) -> Item {
        Item {
            key: key.to_owned(),
            state: ItemState::Live,
            offset: 0,
            length: 0,
            content: Content::Value {
                type_name: "int".to_owned(),
                len: None,
            },
            freed: false,
            calls: None,
            spelling: None,
            value_range: 0..0,
            node: None,
            memory: None,
        }
    }

    #[test]
    fn companions_follow_their_scan() {
        let keys = [
            "scan-00010",
            "scan-2",
            "scan-2-p",
            "scan-00010-d0-avg",
            "hdr-mnf-transform",
            "hdr",
            "hdr-mnf",
            "white-00003-d1",
            "white-00003-d0",
            "description",
        ];
        let items: Vec<Item> = keys.iter().map(|key| item(key)).collect();
        let found: Vec<(String, Vec<String>)> = families(items.iter())
            .into_iter()
            .map(|f| {
                (
                    f.head.key.clone(),
                    f.members.iter().map(|m| m.key.clone()).collect(),
                )
            })
            .collect();
        let expected = [
            ("description", vec![]),
            ("hdr", vec!["hdr-mnf", "hdr-mnf-transform"]),
            ("scan-2", vec!["scan-2-p"]),
            ("scan-00010", vec!["scan-00010-d0-avg"]),
            ("white-00003-d0", vec!["white-00003-d1"]),
        ];
        let expected: Vec<(String, Vec<String>)> = expected
            .into_iter()
            .map(|(h, m)| (h.to_owned(), m.into_iter().map(str::to_owned).collect()))
            .collect();
        assert_eq!(found, expected);
    }
}
