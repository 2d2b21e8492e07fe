//! The list of keys: what each row says, which rows there are, which is selected.
//!
//! The text of the rows is made once for a revision of the file, by the job that opened it ([`KeyIndex`]); which of them are
//! shown is computed when filter, order or folding change ([`KeyList`]), never for a frame. Ten thousand keys cost a frame
//! what twenty cost.

use super::history::deleted;
use crate::dataset::{Dataset, Item, ItemKind};
use crate::pickle::text::{printable, shortened};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What the list says about one key.
#[derive(Debug, Clone)]
pub struct KeyEntry {
    /// As in the file, escaped where it is no text.
    pub key: Arc<str>,
    /// For the icon.
    pub kind: ItemKind,
    /// Whether it is a masked array.
    pub is_masked: bool,
    /// dtype or type name.
    pub type_text: Arc<str>,
    /// Shape or number of children.
    pub size_text: Arc<str>,
    /// Bytes in the file.
    pub len_bytes: u64,
    /// For the search, in lower case, where that is not the key.
    folded: Option<Box<str>>,
}

/// Characters of a key that are shown; it may have millions.
const MAX_SHOWN: usize = 300;

/// Texts that many keys have in common, each once.
#[derive(Debug, Default)]
struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// All keys of one revision of a file.
#[derive(Debug, Default)]
pub struct KeyIndex {
    entries: Vec<KeyEntry>,
    families: Vec<(usize, Vec<usize>)>,
    deleted: Vec<Item>,
}

impl KeyIndex {
    /// Takes the keys, in file order, and their families, in natural order.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        let mut entries = Vec::new();
        let mut texts = Texts::default();
        let mut by_key = HashMap::new();
        for item in dataset.items() {
            by_key.insert(item.key.as_str(), entries.len());
            entries.push(KeyEntry::of(item, &mut texts));
        }
        let position = |item: &Item| by_key.get(item.key.as_str()).copied();
        let families = dataset
            .families()
            .iter()
            .filter_map(|family| {
                Some((
                    position(family.head)?,
                    family
                        .members
                        .iter()
                        .copied()
                        .filter_map(position)
                        .collect(),
                ))
            })
            .collect();
        Self {
            entries,
            families,
            deleted: deleted(dataset),
        }
    }

    /// In file order.
    pub fn entries(&self) -> &[KeyEntry] {
        &self.entries
    }
}

impl KeyEntry {
    fn of(item: &Item, texts: &mut Texts) -> Self {
        let folded = item.key.to_lowercase();
        Self {
            key: item.key.as_str().into(),
            kind: item.kind(),
            is_masked: item.is_masked(),
            type_text: texts.get(item.type_text()),
            size_text: texts.get(&item.size_text()),
            len_bytes: item.length,
            folded: (folded != item.key).then(|| folded.into()),
        }
    }

    /// The key as it is shown: on one line, a very long one cut.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        match shortened(&self.key, MAX_SHOWN) {
            Cow::Borrowed(key) => printable(key),
            Cow::Owned(key) => Cow::Owned(printable(&key).into_owned()),
        }
    }

    fn contains(&self, filter: &str) -> bool {
        let folded = self.folded.as_deref().unwrap_or(&self.key);
        folded.contains(filter)
    }
}

/// How keys are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyOrder {
    /// As people count, families folded together.
    #[default]
    Natural,
    /// As in the file.
    File,
}

/// How a key is chosen together with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Besides the others, or no longer.
    Toggle,
    /// All rows from the selected one to this.
    Range,
}

/// One visible row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRow {
    /// Index into [`KeyIndex::entries`].
    pub entry: usize,
    /// Whether it belongs to the family above.
    pub is_member: bool,
    /// Number of members and whether they are shown, for the head of a family.
    pub family: Option<(usize, bool)>,
}

/// The rows of one document, and the selection.
#[derive(Debug, Default)]
pub struct KeyList {
    index: Arc<KeyIndex>,
    filter: String,
    order: KeyOrder,
    open_families: BTreeSet<Arc<str>>,
    selected: Option<Arc<str>>,
    /// Chosen together with the selected one.
    marked: BTreeSet<Arc<str>>,
    /// Where a range of marks begins.
    anchor: Option<Arc<str>>,
    rows: Vec<KeyRow>,
}

impl KeyList {
    /// Keys that are not in the dict any more: the latest version of each, the latest first.
    pub fn deleted(&self) -> &[Item] {
        &self.index.deleted
    }

    /// All entries.
    pub fn entries(&self) -> &[KeyEntry] {
        &self.index.entries
    }

    /// What is to be shown, in order.
    pub fn rows(&self) -> &[KeyRow] {
        &self.rows
    }

    /// The entry of a row.
    pub fn entry(&self, row: KeyRow) -> Option<&KeyEntry> {
        self.index.entries.get(row.entry)
    }

    /// The search text.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The order.
    pub fn order(&self) -> KeyOrder {
        self.order
    }

    /// The selected key; it need not be among the rows.
    pub fn selected(&self) -> Option<&Arc<str>> {
        self.selected.as_ref()
    }

    /// The row of the selected key.
    pub fn selected_row(&self) -> Option<usize> {
        let selected = self.selected.as_deref()?;
        self.rows.iter().position(|row| {
            self.entry(*row)
                .is_some_and(|entry| &*entry.key == selected)
        })
    }

    /// Whether a key is one of several that are chosen.
    pub fn is_marked(&self, key: &str) -> bool {
        self.marked.contains(key)
    }

    /// The keys that an action is about: those that are marked, or the selected one. In file order.
    pub fn chosen(&self) -> Vec<Arc<str>> {
        let is_chosen = |entry: &&KeyEntry| match self.marked.is_empty() {
            true => self.selected.as_deref() == Some(&*entry.key),
            false => self.marked.contains(&entry.key),
        };
        let chosen = self.index.entries.iter().filter(is_chosen);
        chosen.map(|entry| Arc::clone(&entry.key)).collect()
    }

    /// The key to go to when these are gone: the first one below the last of them, or else above the first.
    pub(super) fn after(&self, gone: &[String]) -> Option<Arc<str>> {
        let is_gone = |row: &KeyRow| {
            self.entry(*row)
                .is_some_and(|entry| gone.iter().any(|key| **key == *entry.key))
        };
        let last = self.rows.iter().rposition(is_gone)?;
        let below = self.rows.get(last..).unwrap_or_default();
        let above = self.rows.get(..last).unwrap_or_default();
        let stays = |row: &&KeyRow| !is_gone(row);
        let row = below
            .iter()
            .find(stays)
            .or_else(|| above.iter().rev().find(stays))?;
        self.entry(*row).map(|entry| Arc::clone(&entry.key))
    }

    pub(super) fn mark(&mut self, key: &str, mark: Mark) {
        let rows_of = |list: &Self, key: &str| {
            let is_key = |row: &KeyRow| list.entry(*row).is_some_and(|entry| &*entry.key == key);
            list.rows.iter().position(is_key)
        };
        match (mark, self.selected.clone()) {
            (Mark::Toggle, selected) => {
                if self.marked.is_empty() {
                    self.marked.extend(selected);
                }
                if !self.marked.remove(key) {
                    self.marked.insert(key.into());
                }
                self.anchor = Some(key.into());
            }
            (Mark::Range, selected) => {
                let anchor = self.anchor.clone().or(selected);
                let from = anchor.as_ref().and_then(|key| rows_of(self, key));
                self.anchor = anchor;
                let (Some(from), Some(to)) = (from, rows_of(self, key)) else {
                    return;
                };
                let range = from.min(to)..=from.max(to);
                let rows = self.rows.get(range).unwrap_or_default().to_vec();
                let keys = rows.into_iter().filter_map(|row| self.entry(row));
                self.marked = keys.map(|entry| Arc::clone(&entry.key)).collect();
            }
        }
    }

    pub(super) fn mark_all(&mut self) {
        let keys = self.rows.iter().filter_map(|row| self.entry(*row));
        self.marked = keys.map(|entry| Arc::clone(&entry.key)).collect();
    }

    pub(super) fn clear_marks(&mut self) {
        self.marked.clear();
        self.anchor = None;
    }

    /// Another revision of the file; filter, folding and selection stay.
    pub(super) fn set_index(&mut self, index: Arc<KeyIndex>) {
        self.index = index;
        if !self.marked.is_empty() {
            let keys = self.index.entries.iter().map(|entry| &entry.key);
            let all: BTreeSet<&Arc<str>> = keys.collect();
            self.marked.retain(|key| all.contains(key));
        }
        self.update_rows();
    }

    pub(super) fn set_filter(&mut self, filter: String) {
        self.filter = filter;
        self.update_rows();
    }

    pub(super) fn set_order(&mut self, order: KeyOrder) {
        self.order = order;
        self.update_rows();
    }

    pub(super) fn toggle_family(&mut self, head: &str) {
        if !self.open_families.remove(head) {
            self.open_families.insert(head.into());
        }
        self.update_rows();
    }

    pub(super) fn select(&mut self, key: &str) {
        self.selected = Some(key.into());
        self.unfold_selected();
    }

    /// Opens the family of the selected key where it is a member, so that it can be seen.
    fn unfold_selected(&mut self) {
        let Some(selected) = self.selected.as_deref() else {
            return;
        };
        let is_selected = |entry: &usize| {
            self.index
                .entries
                .get(*entry)
                .is_some_and(|entry| &*entry.key == selected)
        };
        let family = self
            .index
            .families
            .iter()
            .find(|(_, members)| members.iter().any(is_selected));
        let Some(head) = family.and_then(|(head, _)| self.index.entries.get(*head)) else {
            return;
        };
        if self.open_families.insert(Arc::clone(&head.key)) {
            self.update_rows();
        }
    }

    /// The key so many rows below the selected one (above, if negative), as far as there are rows.
    pub(super) fn neighbour(&self, by: isize) -> Option<Arc<str>> {
        let last = self.rows.len().checked_sub(1)?;
        let row = match self.selected_row() {
            Some(row) => row.saturating_add_signed(by).min(last),
            None => 0,
        };
        self.rows
            .get(row)
            .and_then(|row| self.entry(*row))
            .map(|entry| Arc::clone(&entry.key))
    }

    fn update_rows(&mut self) {
        let Self {
            index,
            filter,
            order,
            open_families,
            rows,
            ..
        } = self;
        let filter = filter.trim().to_lowercase();
        let plain = |entry| KeyRow {
            entry,
            is_member: false,
            family: None,
        };
        let fits = |entry: &usize| {
            index
                .entries
                .get(*entry)
                .is_some_and(|entry| entry.contains(&filter))
        };
        rows.clear();
        match (*order, filter.is_empty()) {
            (KeyOrder::File, _) => rows.extend((0..index.entries.len()).filter(fits).map(plain)),
            // What matches is shown without its family: nothing that does not match, nothing folded away.
            (KeyOrder::Natural, false) => {
                let all = index
                    .families
                    .iter()
                    .flat_map(|(head, members)| std::iter::once(head).chain(members));
                rows.extend(all.copied().filter(fits).map(plain));
            }
            (KeyOrder::Natural, true) => {
                for (head, members) in &index.families {
                    let is_open = index
                        .entries
                        .get(*head)
                        .is_some_and(|entry| open_families.contains(&entry.key));
                    let family = (!members.is_empty()).then_some((members.len(), is_open));
                    rows.push(KeyRow {
                        entry: *head,
                        is_member: false,
                        family,
                    });
                    if is_open {
                        rows.extend(members.iter().map(|entry| KeyRow {
                            entry: *entry,
                            is_member: true,
                            family: None,
                        }));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hdr`, `scan-0`, `scan-0-p`, `scan-1`; the last two of the scans' families in file order first.
    fn list() -> KeyList {
        let entry = |key: &str| KeyEntry {
            key: key.into(),
            kind: ItemKind::Cube,
            is_masked: false,
            type_text: "".into(),
            size_text: "".into(),
            len_bytes: 0,
            folded: Some(key.to_lowercase().into()),
        };
        let entries = ["scan-1", "scan-0-p", "scan-0", "HDR"].map(entry).to_vec();
        let mut list = KeyList::default();
        list.set_index(Arc::new(KeyIndex {
            deleted: Vec::new(),
            entries,
            families: vec![(3, vec![]), (2, vec![1]), (0, vec![])],
        }));
        list
    }

    fn keys(list: &KeyList) -> Vec<&str> {
        list.rows()
            .iter()
            .filter_map(|row| list.entry(*row))
            .map(|entry| &*entry.key)
            .collect()
    }

    #[test]
    fn families_fold() {
        let mut list = list();
        assert_eq!(keys(&list), ["HDR", "scan-0", "scan-1"]);
        list.toggle_family("scan-0");
        assert_eq!(keys(&list), ["HDR", "scan-0", "scan-0-p", "scan-1"]);
        list.set_order(KeyOrder::File);
        assert_eq!(keys(&list), ["scan-1", "scan-0-p", "scan-0", "HDR"]);
    }

    #[test]
    fn the_filter_ignores_case_and_finds_folded_members() {
        let mut list = list();
        list.set_filter("hdr".to_owned());
        assert_eq!(keys(&list), ["HDR"]);
        list.set_filter("-P".to_owned());
        assert_eq!(keys(&list), ["scan-0-p"]);
        list.set_filter("nothing".to_owned());
        assert!(list.rows().is_empty());
        assert_eq!(list.neighbour(1), None);
    }

    #[test]
    fn what_is_shown_of_a_key_is_one_line_that_can_be_seen() {
        let mut list = list();
        list.set_order(KeyOrder::File);
        let entry = |key: &str| KeyEntry {
            key: key.into(),
            ..list.index.entries[0].clone()
        };
        assert_eq!(entry("scan-0").shown(), "scan-0");
        assert_eq!(entry("a\n\0\u{202e}b").shown(), "a\\n\\x00\\u202eb");
        let long = entry(&"é".repeat(1_000_000));
        assert_eq!(long.shown().chars().count(), MAX_SHOWN + 1);
    }

    #[test]
    fn the_selection_moves_by_rows_and_unfolds() {
        let mut list = list();
        list.select("scan-0-p");
        assert_eq!(list.selected_row(), Some(2));
        assert_eq!(list.neighbour(1).as_deref(), Some("scan-1"));
        assert_eq!(list.neighbour(-100).as_deref(), Some("HDR"));
    }

    #[test]
    fn a_new_revision_keeps_filter_and_selection() {
        let mut list = list();
        list.select("scan-1");
        list.set_filter("scan".to_owned());
        let index = Arc::clone(&list.index);
        list.set_index(index);
        assert_eq!(list.selected().map(|key| &**key), Some("scan-1"));
        assert_eq!(keys(&list), ["scan-0", "scan-0-p", "scan-1"]);
    }
}
