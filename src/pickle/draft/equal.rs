//! Whether a container has an equal key, as Python compares them.

use super::super::hashable::Keys;
use super::super::value::{Blob, Node, NodeId, Value};
use super::edit::DraftError;
use num_bigint::BigInt;
use num_traits::FromPrimitive as _;
use std::mem::discriminant;

/// Whether one of `ids`, but the one at `skipped`, equals `new`. The error says that nothing can be equal to it.
///
/// Text and numbers are compared one by one, which takes no memory; the rest as a literal compares keys.
pub(super) fn find_equal(
    value: &Value,
    ids: impl Iterator<Item = NodeId>,
    new: NodeId,
    skipped: Option<usize>,
) -> Result<bool, DraftError> {
    let mut keys = Keys::default();
    let key = keys.key(value, new).map_err(DraftError::Unhashable)?;
    let mut others = ids
        .enumerate()
        .filter(|(at, _)| Some(*at) != skipped)
        .map(|(_, id)| id);
    let node = value.node(new);
    Ok(match node {
        Node::None => others.any(|id| matches!(value.node(id), Node::None)),
        Node::Str(Blob::Loaded(text)) => others
            .any(|id| matches!(value.node(id), Node::Str(Blob::Loaded(other)) if other == text)),
        Node::Bytes(Blob::Loaded(bytes)) => others
            .any(|id| matches!(value.node(id), Node::Bytes(Blob::Loaded(other)) if other == bytes)),
        Node::Float(float) if float.is_nan() => others.any(|id| id == new),
        Node::Bool(_) | Node::Int(_) | Node::BigInt(_) | Node::Float(_) => {
            let number = Number::of(node);
            others.any(|id| Number::of(value.node(id)) == number)
        }
        _ => others.any(|id| {
            discriminant(value.node(id)) == discriminant(node) && keys.key(value, id) == Ok(key)
        }),
    })
}

/// Numbers that are equal in Python are equal.
#[derive(Debug, PartialEq)]
enum Number {
    No,
    Small(i64),
    Large(BigInt),
    Float(f64),
}

impl Number {
    fn of(node: &Node) -> Self {
        match node {
            Node::Bool(flag) => Self::Small(i64::from(*flag)),
            Node::Int(int) => Self::Small(*int),
            Node::BigInt(int) => Self::Large((**int).clone()),
            Node::Float(float) if float.fract() == 0.0 => match BigInt::from_f64(*float) {
                Some(int) => i64::try_from(&int).map_or(Self::Large(int), Self::Small),
                None => Self::Float(*float),
            },
            Node::Float(float) => Self::Float(*float),
            _ => Self::No,
        }
    }
}
