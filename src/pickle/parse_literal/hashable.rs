//! Which values are equal as keys of a dict, and which cannot be keys.
//!
//! `1`, `1.0` and `True` are one key, as in Python. Objects of well-known classes are compared by what they are made of.

use super::super::builder::ValueBuilder;
use super::super::value::{Blob, Node, NodeId};
use super::known::Maker;
use num_bigint::BigInt;
use num_traits::FromPrimitive as _;
use std::collections::HashMap;

/// Number of a class of equal values.
pub(super) type Key = u32;

/// What makes values equal.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Shape {
    None,
    /// Ints, and floats and bools that are equal to one.
    Int(BigInt),
    Float(u64),
    /// NaN and NaT are equal to nothing; each is its own.
    Nan(NodeId),
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
}

impl Keys {
    /// The class of a value; two values are equal as keys if theirs is. The error names the type that cannot be a key.
    ///
    /// Recursion is bounded by the nesting of brackets, which the parser limits.
    pub(super) fn key(&mut self, maker: &Maker, id: NodeId) -> Result<Key, &'static str> {
        self.key_in(maker, id, false)
    }

    /// `is_part`: it is something that an object is made of, which may hold lists and dicts.
    fn key_in(&mut self, maker: &Maker, id: NodeId, is_part: bool) -> Result<Key, &'static str> {
        if let Some(&key) = self.known.get(&id) {
            return Ok(key);
        }
        let shape = self.shape(maker, id, is_part)?;
        let next = Key::try_from(self.shapes.len()).unwrap_or(Key::MAX);
        let key = *self.shapes.entry(shape).or_insert(next);
        self.known.insert(id, key);
        Ok(key)
    }

    fn shape(&mut self, maker: &Maker, id: NodeId, is_part: bool) -> Result<Shape, &'static str> {
        let bytes = |blob: &Blob| blob.loaded().unwrap_or_default().into();
        if maker.is_nan(id) {
            return Ok(Shape::Nan(id));
        }
        let builder = &maker.builder;
        Ok(match builder.node(id) {
            Some(Node::Bool(flag)) => Shape::Int(BigInt::from(u8::from(*flag))),
            Some(Node::Int(int)) => Shape::Int(BigInt::from(*int)),
            Some(Node::BigInt(int)) => Shape::Int((**int).clone()),
            Some(Node::Float(float)) if float.is_nan() => Shape::Nan(id),
            Some(Node::Float(float)) if float.fract() == 0.0 => {
                Shape::Int(BigInt::from_f64(*float).unwrap_or_default())
            }
            Some(Node::Float(float)) => Shape::Float(float.to_bits()),
            Some(Node::Str(blob)) => Shape::Str(bytes(blob)),
            Some(Node::Bytes(blob)) => Shape::Bytes(bytes(blob)),
            Some(Node::Global(global)) => Shape::Global(global.module.clone(), global.name.clone()),
            Some(Node::Tuple(items)) => Shape::Tuple(self.all(maker, items, is_part)?),
            Some(Node::FrozenSet(items)) => {
                let mut keys = self.all(maker, items, is_part)?;
                keys.sort_unstable();
                Shape::FrozenSet(keys)
            }
            Some(Node::Call(call)) => {
                if let Some(name) = unhashable_class(builder, call.func) {
                    return Err(name);
                }
                let state = builder.state(id).iter().copied();
                let parts: Vec<NodeId> = [call.func, call.args].into_iter().chain(state).collect();
                Shape::Call(self.all(maker, &parts, true)?)
            }
            Some(Node::List(items)) if is_part => Shape::Part(self.all(maker, items, true)?),
            Some(Node::Dict(pairs)) if is_part => {
                let parts: Vec<NodeId> = pairs
                    .iter()
                    .flat_map(|&(key, value)| [key, value])
                    .collect();
                Shape::Part(self.all(maker, &parts, true)?)
            }
            Some(Node::List(_)) => return Err("a list"),
            Some(Node::Dict(_)) => return Err("a dict"),
            Some(Node::Set(_)) => return Err("a set"),
            Some(Node::ByteArray(_)) => return Err("a bytearray"),
            _ => Shape::None,
        })
    }

    fn all(
        &mut self,
        maker: &Maker,
        ids: &[NodeId],
        is_part: bool,
    ) -> Result<Vec<Key>, &'static str> {
        ids.iter()
            .map(|&id| self.key_in(maker, id, is_part))
            .collect()
    }
}

/// Classes whose objects Python cannot hash.
fn unhashable_class(builder: &ValueBuilder, func: NodeId) -> Option<&'static str> {
    match builder.node(func) {
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
