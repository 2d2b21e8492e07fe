//! What a task may spend on walking values: a total for all of it, never for each value or item.
//!
//! A value of a few bytes can be walked without end: shared references unfold, and one large part can be met at many
//! places. So whoever walks values takes from a budget, and stops or shortens what is shown once it is spent. It counts
//! what was looked at and made instead of reading the clock: the same file gives the same answer on any machine.

use super::number::int_cost;
use super::value::{Node, Value};
use std::cell::Cell;

/// What is left to spend: nodes, and bytes that are read or made.
#[derive(Debug)]
pub struct Budget {
    nodes: Cell<u64>,
    bytes: Cell<u64>,
    is_spent: Cell<bool>,
}

impl Budget {
    /// Nodes that are walked more often than a few times each.
    const NODES: u64 = 100_000;
    /// Bytes that are made beyond what the value itself holds.
    const BYTES: u64 = 4 << 20;
    /// Characters of the longest text that is made at once, where nobody says how long it may be.
    const LINE: u64 = 16 << 20;

    /// So many nodes, and so many bytes.
    #[must_use]
    pub fn new(nodes: u64, bytes: u64) -> Self {
        Self {
            nodes: Cell::new(nodes),
            bytes: Cell::new(bytes),
            is_spent: Cell::new(false),
        }
    }

    /// Enough to walk and print everything that a value holds a few times, and a little more: what is shared is met again.
    /// Takes time with the size of the value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self::of_all(&[value])
    }

    /// The same for several values together.
    #[must_use]
    pub fn of_all(values: &[&Value]) -> Self {
        let weights = values.iter().map(|value| value.weight());
        let (references, bytes) = weights.fold((0_u64, 0_u64), |all, (references, bytes)| {
            (
                all.0.saturating_add(references),
                all.1.saturating_add(bytes),
            )
        });
        Self::new(
            Self::NODES.saturating_add(references.saturating_mul(4)),
            Self::BYTES
                .saturating_add(references.saturating_mul(32))
                .saturating_add(bytes.saturating_mul(8)),
        )
    }

    /// Enough for a line of so many characters, of whatever.
    pub(super) fn of_line(chars: usize) -> Self {
        let chars = (chars as u64).min(Self::LINE);
        Self::new(4 * chars + 1000, 64 * chars + (1 << 14))
    }

    /// Takes what is needed. `false` if there is not so much left; from then on nothing is.
    pub fn take(&self, nodes: u64, bytes: u64) -> bool {
        let left = (
            self.nodes.get().checked_sub(nodes),
            self.bytes.get().checked_sub(bytes),
        );
        match left {
            (Some(nodes), Some(bytes)) if !self.is_spent.get() => {
                self.nodes.set(nodes);
                self.bytes.set(bytes);
                true
            }
            _ => {
                self.is_spent.set(true);
                false
            }
        }
    }

    /// Whether something was asked for that could not be had.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.is_spent.get()
    }
}

impl Value {
    /// Nodes and references between them, and bytes of what the nodes hold. Takes time with the size of the value.
    #[must_use]
    pub fn weight(&self) -> (u64, u64) {
        let (mut references, mut bytes) = (0_u64, 0_u64);
        for id in self.ids() {
            let extras = self.extras(id).map_or(0, |extras| {
                extras.list_items.len() + 2 * extras.dict_items.len() + extras.state.len()
            });
            let own = match self.node(id) {
                Node::List(items)
                | Node::Tuple(items)
                | Node::Set(items)
                | Node::FrozenSet(items) => items.len(),
                Node::Dict(pairs) => 2 * pairs.len(),
                Node::Call(_) => 3,
                Node::Str(blob)
                | Node::Bytes(blob)
                | Node::ByteArray(blob)
                | Node::Py2Str(blob) => {
                    bytes += blob.loaded().map_or(0, <[u8]>::len) as u64;
                    0
                }
                Node::BigInt(int) => {
                    bytes += int_cost(int);
                    0
                }
                Node::Global(global) => {
                    bytes += (global.module.len() + global.name.len()) as u64;
                    0
                }
                Node::Persistent(_) => 1,
                Node::None
                | Node::Bool(_)
                | Node::Int(_)
                | Node::Float(_)
                | Node::Extension(_)
                | Node::OutOfBand(_) => 0,
            };
            references += (1 + own + extras) as u64;
        }
        (references, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_stays_spent() {
        let budget = Budget::new(3, 10);
        assert!(budget.take(2, 10) && !budget.is_spent());
        assert!(!budget.take(1, 1) && budget.is_spent());
        assert!(!budget.take(0, 0), "nothing is left");
    }

    #[test]
    fn a_value_pays_for_all_that_it_holds() {
        let text = format!("[{}, '{}']", "1, ".repeat(300_000), "x".repeat(20 << 20));
        let value = super::super::parse_literal(&text.replace(", ,", ",")).unwrap();
        let budget = Budget::of(&value);
        assert!(budget.take(300_002, 20 << 20) && budget.take(300_002, 20 << 20));
    }
}
