//! Which values are equal as keys of a dict, and which cannot be keys.
//!
//! `1`, `1.0` and `True` are one key, as in Python. Objects of well-known classes are compared by what they are made of.

use super::limits::Limits;
use super::value::{Blob, Node, NodeId, Value};
use num_bigint::BigInt;
use num_traits::FromPrimitive as _;
use std::collections::HashMap;

/// Paths to a value that is looked at are not longer.
const MAX_DEPTH: usize = 2 * Limits::FULL.depth;

/// Number of a class of equal values.
pub(super) type Key = u32;

/// Nodes to compare.
pub(super) trait Nodes {
    /// A node of them.
    fn node(&self, id: NodeId) -> Option<&Node>;
    /// What an object was given after it was made.
    fn state(&self, id: NodeId) -> &[NodeId];
    /// Whether it is an object of a class that is equal to nothing.
    fn is_nan(&self, id: NodeId) -> bool;
}

impl Nodes for Value {
    fn node(&self, id: NodeId) -> Option<&Node> {
        Some(self.node(id))
    }

    fn state(&self, id: NodeId) -> &[NodeId] {
        self.extras(id).map_or(&[], |extras| &extras.state)
    }

    fn is_nan(&self, _: NodeId) -> bool {
        false
    }
}

/// What makes values equal.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Shape {
    None,
    /// Ints, and floats and bools that are equal to one.
    Int(BigInt),
    Float(u64),
    /// Equal to nothing, like NaN and NaT, or not known to be equal to anything.
    Alone(NodeId),
    Str(Box<[u8]>),
    Bytes(Box<[u8]>),
    Global(String, String),
    Tuple(Vec<Key>),
    FrozenSet(Vec<Key>),
    /// Function, arguments and state.
    Call(Vec<Key>),
    /// A list or dict that an object is made of.
    Part(Vec<Key>),
}

/// Numbers each class of equal values once.
#[derive(Debug, Default)]
pub(super) struct Keys {
    shapes: HashMap<Shape, Key>,
    known: HashMap<NodeId, Key>,
    /// Nodes on the way to the one that is looked at.
    open: Vec<NodeId>,
}

impl Keys {
    /// The class of a value; two values are equal as keys if theirs is. The error names the type that cannot be a key.
    ///
    /// Recursion is bounded: an object that leads back to itself is equal to nothing but itself.
    pub(super) fn key(&mut self, nodes: &impl Nodes, id: NodeId) -> Result<Key, &'static str> {
        self.key_in(nodes, id, false)
    }

    /// `is_part`: it is something that an object is made of, which may hold lists and dicts.
    fn key_in(
        &mut self,
        nodes: &impl Nodes,
        id: NodeId,
        is_part: bool,
    ) -> Result<Key, &'static str> {
        if let Some(&key) = self.known.get(&id) {
            return Ok(key);
        }
        if self.open.len() > MAX_DEPTH || self.open.contains(&id) {
            return self.number(Shape::Alone(id));
        }
        self.open.push(id);
        let shape = self.shape(nodes, id, is_part);
        self.open.pop();
        let key = self.number(shape?)?;
        self.known.insert(id, key);
        Ok(key)
    }

    fn number(&mut self, shape: Shape) -> Result<Key, &'static str> {
        let next = Key::try_from(self.shapes.len()).unwrap_or(Key::MAX);
        Ok(*self.shapes.entry(shape).or_insert(next))
    }

    fn shape(
        &mut self,
        nodes: &impl Nodes,
        id: NodeId,
        is_part: bool,
    ) -> Result<Shape, &'static str> {
        if nodes.is_nan(id) {
            return Ok(Shape::Alone(id));
        }
        Ok(match nodes.node(id) {
            Some(Node::Bool(flag)) => Shape::Int(BigInt::from(u8::from(*flag))),
            Some(Node::Int(int)) => Shape::Int(BigInt::from(*int)),
            Some(Node::BigInt(int)) => Shape::Int((**int).clone()),
            Some(Node::Float(float)) if float.is_nan() => Shape::Alone(id),
            Some(Node::Float(float)) if float.fract() == 0.0 => {
                Shape::Int(BigInt::from_f64(*float).unwrap_or_default())
            }
            Some(Node::Float(float)) => Shape::Float(float.to_bits()),
            Some(Node::None) => Shape::None,
            Some(Node::Str(Blob::Loaded(bytes))) => Shape::Str(bytes.clone()),
            Some(Node::Bytes(Blob::Loaded(bytes))) => Shape::Bytes(bytes.clone()),
            Some(Node::Global(global)) => Shape::Global(global.module.clone(), global.name.clone()),
            Some(Node::Tuple(items)) => Shape::Tuple(self.all(nodes, items, is_part)?),
            Some(Node::FrozenSet(items)) => {
                let mut keys = self.all(nodes, items, is_part)?;
                keys.sort_unstable();
                Shape::FrozenSet(keys)
            }
            Some(Node::Call(call)) => {
                if let Some(name) = unhashable_class(nodes, call.func) {
                    return Err(name);
                }
                let state = nodes.state(id).iter().copied();
                let parts: Vec<NodeId> = [call.func, call.args].into_iter().chain(state).collect();
                Shape::Call(self.all(nodes, &parts, true)?)
            }
            Some(Node::List(items)) if is_part => Shape::Part(self.all(nodes, items, true)?),
            Some(Node::Dict(pairs)) if is_part => {
                let parts: Vec<NodeId> = pairs
                    .iter()
                    .flat_map(|&(key, value)| [key, value])
                    .collect();
                Shape::Part(self.all(nodes, &parts, true)?)
            }
            Some(Node::List(_)) => return Err("a list"),
            Some(Node::Dict(_)) => return Err("a dict"),
            Some(Node::Set(_)) => return Err("a set"),
            Some(Node::ByteArray(_)) => return Err("a bytearray"),
            _ => Shape::Alone(id),
        })
    }

    fn all(
        &mut self,
        nodes: &impl Nodes,
        ids: &[NodeId],
        is_part: bool,
    ) -> Result<Vec<Key>, &'static str> {
        ids.iter()
            .map(|&id| self.key_in(nodes, id, is_part))
            .collect()
    }
}

/// Classes whose objects Python cannot hash.
fn unhashable_class(nodes: &impl Nodes, func: NodeId) -> Option<&'static str> {
    match nodes.node(func) {
        Some(Node::Global(global)) => match (global.module.as_str(), global.name.as_str()) {
            ("collections", "OrderedDict") => Some("an OrderedDict"),
            ("collections", "defaultdict") => Some("a defaultdict"),
            ("collections", "Counter") => Some("a Counter"),
            ("collections", "deque") => Some("a deque"),
            ("builtins", "slice") => Some("a slice"),
            _ => None,
        },
        _ => None,
    }
}
