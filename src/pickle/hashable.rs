//! Which values are equal as keys of a dict, and which cannot be keys.
//!
//! `1`, `1.0` and `True` are one key, as in Python. Objects of well-known classes are compared by what they are made of.

use super::limits::Limits;
use super::nodes::Nodes;
use super::value::{Blob, Node, NodeId};
use num_bigint::BigInt;
use num_traits::FromPrimitive as _;
use std::collections::HashMap;

/// Paths to a value that is looked at are not longer.
const MAX_DEPTH: usize = 2 * Limits::FULL.depth;

/// Number of a class of equal values.
pub(super) type Key = u32;

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
        if let Some(shape) = leaf(nodes, id, is_part)? {
            return Ok(shape);
        }
        Ok(match nodes.node(id) {
            Some(Node::Tuple(items)) => Shape::Tuple(self.all(nodes, items, is_part)?),
            Some(Node::FrozenSet(items)) => {
                let mut keys = self.all(nodes, items, is_part)?;
                keys.sort_unstable();
                Shape::FrozenSet(keys)
            }
            Some(Node::Call(call)) => {
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
            _ => Shape::Alone(id),
        })
    }

    fn all(
        &mut self,
        nodes: &impl Nodes,
        ids: &[NodeId],
        is_part: bool,
    ) -> Result<Vec<Key>, &'static str> {
        // Not by an iterator: a level of nesting should cost little stack.
        let mut keys = Vec::with_capacity(ids.len());
        for &id in ids {
            keys.push(self.key_in(nodes, id, is_part)?);
        }
        Ok(keys)
    }
}

/// What has no parts that matter, and what cannot be a key. By itself, so that a level of nesting costs little stack.
#[inline(never)]
fn leaf(nodes: &impl Nodes, id: NodeId, is_part: bool) -> Result<Option<Shape>, &'static str> {
    if nodes.is_nan(id) {
        return Ok(Some(Shape::Alone(id)));
    }
    if !is_part && let Some(what) = unhashable(nodes, id) {
        return Err(what);
    }
    Ok(match nodes.node(id) {
        Some(Node::Bool(flag)) => Some(Shape::Int(BigInt::from(u8::from(*flag)))),
        Some(Node::Int(int)) => Some(Shape::Int(BigInt::from(*int))),
        Some(Node::BigInt(int)) => Some(Shape::Int((**int).clone())),
        Some(Node::Float(float)) if float.is_nan() => Some(Shape::Alone(id)),
        Some(Node::Float(float)) if float.fract() == 0.0 => {
            Some(Shape::Int(BigInt::from_f64(*float).unwrap_or_default()))
        }
        Some(Node::Float(float)) => Some(Shape::Float(float.to_bits())),
        Some(Node::None) => Some(Shape::None),
        Some(Node::Str(Blob::Loaded(bytes))) => Some(Shape::Str(bytes.clone())),
        Some(Node::Bytes(Blob::Loaded(bytes))) => Some(Shape::Bytes(bytes.clone())),
        Some(Node::Global(global)) => {
            Some(Shape::Global(global.module.clone(), global.name.clone()))
        }
        _ => None,
    })
}

/// What Python cannot hash, by its class; not for what is in a tuple. As a part of another object it may be fine.
pub(super) fn unhashable(nodes: &impl Nodes, id: NodeId) -> Option<&'static str> {
    let (module, name, args) = match nodes.node(id)? {
        Node::List(_) => return Some("a list"),
        Node::Dict(_) => return Some("a dict"),
        Node::Set(_) => return Some("a set"),
        Node::ByteArray(_) => return Some("a bytearray"),
        Node::Call(_) => nodes.called(id)?,
        _ => return None,
    };
    Some(match (module, name) {
        ("builtins", "list") => "a list",
        ("builtins", "dict") => "a dict",
        ("builtins", "set") => "a set",
        ("builtins", "bytearray") => "a bytearray",
        // Before Python 3.12.
        ("builtins", "slice") => "a slice",
        ("collections", "OrderedDict") => "an OrderedDict",
        ("collections", "defaultdict") => "a defaultdict",
        ("collections", "Counter") => "a Counter",
        ("collections", "deque") => "a deque",
        ("collections", "UserDict" | "UserList" | "ChainMap") => "a collection that can be changed",
        ("types", "SimpleNamespace") => "a SimpleNamespace",
        ("array", "array" | "_array_reconstructor") => "an array",
        ("decimal", "Decimal") => match nodes.text(*args.first()?)?.trim() {
            text if is_signalling(text) => "a signalling NaN",
            _ => return None,
        },
        ("numpy.core.multiarray", "scalar") => return unhashable_scalar(nodes, *args.first()?),
        (
            module,
            "_reconstruct" | "_mareconstruct" | "_frombuffer" | "reshape" | "fromstring"
            | "frombuffer" | "ndarray" | "MaskedArray",
        ) if module == "numpy" || module.starts_with("numpy.") => "an array",
        _ => return None,
    })
}

fn is_signalling(text: &str) -> bool {
    let bare = text.trim_start_matches(['+', '-', '_']);
    let head: String = bare.chars().filter(|c| *c != '_').take(4).collect();
    head.eq_ignore_ascii_case("snan")
}

/// Scalars of these kinds are hashed by none, or only by some versions of NumPy.
fn unhashable_scalar(nodes: &impl Nodes, dtype: NodeId) -> Option<&'static str> {
    let ("numpy", "dtype", args) = nodes.called(dtype)? else {
        return None;
    };
    let code = nodes.text(*args.first()?)?;
    let code = code.trim_start_matches(['<', '>', '=', '|']);
    if code.starts_with('V') {
        return Some("a numpy.void");
    }
    let has_unit = || {
        let state = nodes.listed(*nodes.state(dtype).first()?)?;
        let [_, unit] = nodes.listed(*state.get(8)?)? else {
            return None;
        };
        match nodes.node(*nodes.listed(*unit)?.first()?)? {
            Node::Bytes(Blob::Loaded(name)) => Some(&**name != b"generic"),
            _ => None,
        }
    };
    (code.starts_with('m') && !code.contains('[') && has_unit() != Some(true))
        .then_some("a numpy.timedelta64 without a unit")
}
