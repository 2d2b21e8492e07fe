//! Whether plain `pickle.load` would build a value: what its machine, or the constructor of a well-known class, refuses
//! although the opcodes are sound.
//!
//! One such value, dead or alive, and the whole file does not load. What the opcodes cannot do at all is refused by
//! `decode`. Of classes that are not known here nothing is said: whether they can be imported, and what they take, is the
//! business of who loads the file.

mod containers;
mod dates;
mod judge;
mod numbers;
mod numpy;

pub(super) use dates::{Number, days_in, micros_of};
pub(super) use judge::{Judge, Why};
pub(super) use numbers::{decimal_text, fraction_of, is_infinite_text};

use super::value::{Node, NodeId, Value};
use std::collections::HashSet;

/// Why plain `pickle.load` fails on a value that decodes, if it does: the first reason found.
///
/// Looks at everything that the opcodes build, also at what is dropped again.
#[must_use]
pub fn obstacle(value: &Value) -> Option<String> {
    let count = u32::try_from(value.node_count()).unwrap_or(u32::MAX);
    first_reason(value, (0..count).map(NodeId))
}

/// The same for a value that is to be written: of what it holds.
#[must_use]
pub fn refusal(value: &Value) -> Option<String> {
    first_reason(value, held(value).into_iter())
}

/// The first class or function that a value calls and of which it is not known whether it takes its arguments.
#[must_use]
pub fn unjudged(value: &Value) -> Option<String> {
    let mut judge = Judge::new(value);
    held(value)
        .into_iter()
        .find_map(|id| match (value.node(id), judge.node(id)) {
            (Node::Call(_), Err(Why::Unknown)) => Some(value.type_name(id)),
            _ => None,
        })
}

/// A name of Python 2 in a value that is not of Python 2's time, and so fails to be found.
#[must_use]
pub fn python2_name(value: &Value) -> Option<String> {
    let count = u32::try_from(value.node_count()).unwrap_or(u32::MAX);
    (0..count).find_map(|id| {
        let (module, name) = value.global(NodeId(id))?;
        let is_old = matches!(module, "__builtin__" | "copy_reg");
        is_old.then(|| format!("{module}.{name}"))
    })
}

fn first_reason(value: &Value, mut nodes: impl Iterator<Item = NodeId>) -> Option<String> {
    let mut judge = Judge::new(value);
    nodes.find_map(|id| match judge.node(id) {
        Err(Why::Refused(why)) => Some(why),
        Ok(()) | Err(Why::Unknown) => None,
    })
}

/// Nodes that the root leads to.
fn held(value: &Value) -> Vec<NodeId> {
    let mut seen = HashSet::from([value.root()]);
    let mut held = vec![value.root()];
    let mut at = 0;
    while let Some(&id) = held.get(at) {
        at += 1;
        let parts = value.references(id).into_iter();
        held.extend(parts.filter(|part| seen.insert(*part)));
    }
    held
}

#[cfg(test)]
mod tests;
