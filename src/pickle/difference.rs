//! What differs between two values, for people: place by place, with what is there in each.
//!
//! Children are matched by their label: dict items by key, list items by position. It is a list to read, no patch.

use super::budget::Budget;
use super::value::{Node, NodeId, Value};

/// Differences listed at most.
const MAX: usize = 200;
/// How deep is looked; deeper ones differ as a whole.
const MAX_DEPTH: usize = 64;
/// Characters of a side.
const CHARS: usize = 300;
/// Characters that are shown before the first one that differs.
const CONTEXT: usize = 20;
/// Characters of a value that are compared, where it is compared as it is printed.
const SHOWN: usize = 1 << 16;

/// One place that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Labels from the root on, empty for the root itself.
    pub path: Vec<String>,
    /// What is there in the first value, if anything.
    pub before: Option<String>,
    /// What is there in the second value, if anything.
    pub after: Option<String>,
    /// Second less first, of two numbers.
    pub change: Option<f64>,
}

/// All differences, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Differences {
    /// Those that are listed.
    pub list: Vec<Difference>,
    /// There are, or may be, more.
    pub is_cut: bool,
}

impl Differences {
    /// Compares two values.
    #[must_use]
    pub fn between(before: &Value, after: &Value) -> Self {
        let mut walk = Walk {
            before,
            after,
            found: Self::default(),
            budget: Budget::of_all(&[before, after]),
            path: Vec::new(),
        };
        walk.compare(before.root(), after.root());
        walk.found
    }
}

struct Walk<'v> {
    before: &'v Value,
    after: &'v Value,
    found: Differences,
    budget: Budget,
    path: Vec<String>,
}

impl Walk<'_> {
    fn compare(&mut self, before: NodeId, after: NodeId) {
        if !self.budget.take(1, 0) || self.found.list.len() >= MAX {
            self.found.is_cut = true;
            return;
        }
        let counts = (
            self.before.child_count_within(before, &self.budget),
            self.after.child_count_within(after, &self.budget),
        );
        let has_children = counts.0 > 0 && counts.1 > 0;
        let is_same_kind = self.before.type_name(before) == self.after.type_name(after);
        if !has_children || !is_same_kind || self.path.len() >= MAX_DEPTH {
            return self.leaf(before, after);
        }
        if self.is_labelled(before) {
            self.by_label(before, after, counts);
        } else {
            self.by_position(before, after, counts);
        }
    }

    fn leaf(&mut self, before: NodeId, after: NodeId) {
        let (old, new) = (self.before.node(before), self.after.node(after));
        if std::ptr::eq(old, new) || !self.can_compare(old, new) {
            return;
        }
        match (old, new) {
            (Node::Str(old), Node::Str(new)) if old == new => return,
            (Node::Str(_), Node::Str(_)) => {
                let (old, new) = (self.before.text(before), self.after.text(after));
                if let (Some(old), Some(new)) = (old, new) {
                    if !self.budget.take(1, (old.len() + new.len()) as u64) {
                        self.found.is_cut = true;
                        return;
                    }
                    return self.texts(&old, &new);
                }
            }
            (Node::Bytes(old), Node::Bytes(new)) if old == new => return,
            (Node::Bytes(_), Node::Bytes(_)) => {}
            _ => {
                let (budget, max) = (&self.budget, SHOWN);
                let old = self.before.node_literal_within(before, max, budget);
                let new = self.after.node_literal_within(after, max, budget);
                if old == new {
                    self.found.is_cut |= budget.is_spent();
                    return;
                }
            }
        }
        let change = number(self.before, before)
            .zip(number(self.after, after))
            .map(|(before, after)| after - before);
        self.push(Some(before), Some(after), change);
    }

    /// Takes what it costs to compare two texts or byte strings, which may be met at very many places.
    fn can_compare(&mut self, old: &Node, new: &Node) -> bool {
        let len = match (old, new) {
            (Node::Str(old), Node::Str(new)) | (Node::Bytes(old), Node::Bytes(new)) => {
                old.len().min(new.len())
            }
            _ => 0,
        };
        let can = self.budget.take(0, len);
        self.found.is_cut |= !can;
        can
    }

    /// Two texts, from a little before the place where they part.
    fn texts(&mut self, before: &str, after: &str) {
        let same = before.chars().zip(after.chars());
        let same = same.take_while(|(old, new)| old == new).count();
        let from = same.saturating_sub(CONTEXT);
        let cut = |text: &str| {
            let begin = if from > 0 { "…" } else { "" };
            let shown: String = text.chars().skip(from).take(CHARS).collect();
            let end = if text.chars().nth(from + CHARS).is_some() {
                "…"
            } else {
                ""
            };
            format!("{begin}{shown}{end}")
        };
        self.found.list.push(Difference {
            path: self.path.clone(),
            before: Some(cut(before)),
            after: Some(cut(after)),
            change: None,
        });
    }

    fn by_position(&mut self, before: NodeId, after: NodeId, counts: (usize, usize)) {
        for index in 0..counts.0.max(counts.1) {
            if self.found.is_cut {
                return;
            }
            let old = self.before.child_within(before, index, &self.budget);
            let new = self.after.child_within(after, index, &self.budget);
            self.pair(old, new);
        }
    }

    fn by_label(&mut self, before: NodeId, after: NodeId, counts: (usize, usize)) {
        let mut theirs = std::collections::HashMap::new();
        for index in 0..counts.1 {
            if let Some((label, node)) = self.after.child_within(after, index, &self.budget) {
                theirs.insert(label, (index, node));
            }
            if self.budget.is_spent() {
                self.found.is_cut = true;
                return;
            }
        }
        for index in 0..counts.0 {
            if self.found.is_cut {
                return;
            }
            if let Some((label, node)) = self.before.child_within(before, index, &self.budget) {
                let other = theirs.remove(&label).map(|(_, node)| (label.clone(), node));
                self.pair(Some((label, node)), other);
            }
        }
        let mut added: Vec<_> = theirs.into_iter().collect();
        added.sort_by_key(|(_, (index, _))| *index);
        for (label, (_, node)) in added {
            self.pair(None, Some((label, node)));
        }
    }

    fn pair(&mut self, before: Option<(String, NodeId)>, after: Option<(String, NodeId)>) {
        let label = before.as_ref().or(after.as_ref()).map(|(label, _)| label);
        self.path.push(label.cloned().unwrap_or_default());
        match (before, after) {
            (Some((_, before)), Some((_, after))) => self.compare(before, after),
            (before, after) => self.push(
                before.map(|(_, node)| node),
                after.map(|(_, node)| node),
                None,
            ),
        }
        self.path.pop();
    }

    fn push(&mut self, before: Option<NodeId>, after: Option<NodeId>, change: Option<f64>) {
        if self.found.list.len() >= MAX {
            self.found.is_cut = true;
            return;
        }
        self.found.list.push(Difference {
            path: self.path.clone(),
            before: before.map(|node| self.before.line_within(node, CHARS, &self.budget)),
            after: after.map(|node| self.after.line_within(node, CHARS, &self.budget)),
            change,
        });
    }

    /// Whether the labels of the children say which is which, whatever their order.
    fn is_labelled(&self, node: NodeId) -> bool {
        !matches!(
            self.before.node(node),
            Node::List(_) | Node::Tuple(_) | Node::Set(_) | Node::FrozenSet(_)
        )
    }
}

fn number(value: &Value, node: NodeId) -> Option<f64> {
    match value.node(node) {
        Node::Int(int) => Some(*int as f64),
        Node::Float(float) => Some(*float),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse_literal;
    use super::*;

    fn between(before: &str, after: &str) -> Vec<String> {
        let value = |text| parse_literal(text).unwrap();
        let found = Differences::between(&value(before), &value(after));
        let line = |difference: &Difference| {
            format!(
                "{}: {} -> {}",
                difference.path.join("/"),
                difference.before.as_deref().unwrap_or("-"),
                difference.after.as_deref().unwrap_or("-"),
            )
        };
        found.list.iter().map(line).collect()
    }

    #[test]
    fn equal_values_have_none() {
        assert!(between("{'a': [1, 2.5, nan]}", "{'a': [1, 2.5, nan]}").is_empty());
    }

    #[test]
    fn each_place_is_named() {
        assert_eq!(
            between(
                "{'a': [1, 2], 'gone': 'x', 'same': 0}",
                "{'same': 0, 'a': [1, 3, 4], 'new': None}"
            ),
            [
                "'a'/1: 2 -> 3",
                "'a'/2: - -> 4",
                "'gone': 'x' -> -",
                "'new': - -> None",
            ]
        );
        assert_eq!(between("'one'", "'two'"), [": one -> two"]);
        let long = "x".repeat(100_000);
        assert_eq!(
            between(&format!("'{long}a'"), &format!("'{long}bc'")),
            [format!(": …{0}a -> …{0}bc", "x".repeat(CONTEXT))]
        );
        assert_eq!(between("1", "'1'"), [": 1 -> '1'"]);
        assert_eq!(between("[1]", "(1,)"), [": [1] -> (1,)"]);
    }

    #[test]
    fn numbers_have_their_change_and_long_lists_are_cut() {
        let value = |text: &str| parse_literal(text).unwrap();
        let found = Differences::between(&value("{'a': 2.5}"), &value("{'a': 2}"));
        assert_eq!(found.list[0].change, Some(-0.5));
        let long = |number: u32| value(&format!("[{}]", format!("{number},").repeat(5000)));
        let found = Differences::between(&long(1), &long(2));
        assert!(found.is_cut);
        assert_eq!(found.list.len(), MAX);
    }
}
