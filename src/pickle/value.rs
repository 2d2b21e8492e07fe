//! A Python value as inert data: what a pickle says, with its calls kept as data.
//!
//! Nodes stand in one arena and refer to each other by number. So shared and recursive references are what they
//! are in Python, a bomb of shared references costs nothing, and dropping a value does not recurse.
//! Equality and hashing as Python would do them are deliberately not here: that would need the classes.

use super::arena::Arena;
use super::scan::Span;
use num_bigint::BigInt;
use std::collections::HashMap;
use std::sync::Arc;

/// A node of a [`Value`]; meaningful for the value it came from only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// A decoded value, cheap to clone. Its nesting is never deeper than the decoder's [`super::Limits::depth`], so walking it may recurse,
/// as long as the walker looks out for nodes that contain themselves.
#[derive(Debug, Clone)]
pub struct Value {
    arena: Arc<Arena>,
    root: NodeId,
}

/// Text or bytes: in memory, or left in the file because they are long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blob {
    /// In memory.
    Loaded(Box<[u8]>),
    /// At this place of the file; not read.
    InFile(Span),
}

impl Blob {
    /// The bytes, if they are in memory.
    #[must_use]
    pub fn loaded(&self) -> Option<&[u8]> {
        match self {
            Self::Loaded(bytes) => Some(bytes),
            Self::InFile(_) => None,
        }
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Loaded(bytes) => bytes.len() as u64,
            Self::InFile(span) => span.len,
        }
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One Python object.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An int that fits 64 bits.
    Int(i64),
    /// A larger int.
    BigInt(Box<BigInt>),
    /// A float.
    Float(f64),
    /// A str in UTF-8; may hold lone surrogates, see [`super::text`].
    Str(Blob),
    /// bytes
    Bytes(Blob),
    /// A bytearray.
    ByteArray(Blob),
    /// A Python 2 `str` with bytes that are not ASCII.
    Py2Str(Blob),
    /// A list.
    List(Vec<NodeId>),
    /// A tuple.
    Tuple(Vec<NodeId>),
    /// A set, in the order of the file.
    Set(Vec<NodeId>),
    /// A frozenset, in the order of the file.
    FrozenSet(Vec<NodeId>),
    /// A dict, in the order of the file; keys may repeat, the last one counts.
    Dict(Vec<(NodeId, NodeId)>),
    /// A class or function by name; never imported.
    Global(Box<Global>),
    /// A call that Python would make when loading; never made here.
    Call(Box<Call>),
    /// A persistent id: something that only the pickle's maker can resolve.
    Persistent(NodeId),
    /// A code of the `copyreg` extension registry.
    Extension(i64),
    /// The n-th out-of-band buffer, which is not in the file.
    OutOfBand(u64),
}

/// Module and qualified name of a class or function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Global {
    /// Module, e.g. `datetime`.
    pub module: String,
    /// Name in the module, dots for nested ones.
    pub name: String,
}

/// How Python would make an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// `func(*args)`
    Reduce,
    /// `cls.__new__(cls, *args, **kwargs)`
    NewObj,
    /// A class of Python 2 with its arguments (`INST`, `OBJ`): like [`CallKind::Reduce`], but without arguments the
    /// instance is made and not initialised.
    Instance,
}

/// A call kept as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// How the object comes about.
    pub kind: CallKind,
    /// What is called, usually a [`Node::Global`].
    pub func: NodeId,
    /// Positional arguments, usually a [`Node::Tuple`].
    pub args: NodeId,
    /// Keyword arguments of `NEWOBJ_EX`.
    pub kwargs: Option<NodeId>,
}

/// What a pickle does to an object after making it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Items appended to something that is no plain list or set.
    pub list_items: Vec<NodeId>,
    /// Whether these are added as to a set, not appended as to a list.
    pub adds: bool,
    /// Items set in something that is no plain dict.
    pub dict_items: Vec<(NodeId, NodeId)>,
    /// Arguments of `BUILD` (`__setstate__`), usually one.
    pub state: Vec<NodeId>,
}

impl Node {
    /// The same node with other references.
    pub(super) fn map(&self, mut map: impl FnMut(NodeId) -> NodeId) -> Self {
        let mut all = |items: &[NodeId]| items.iter().map(|&item| map(item)).collect();
        match self {
            Self::List(items) => Self::List(all(items)),
            Self::Tuple(items) => Self::Tuple(all(items)),
            Self::Set(items) => Self::Set(all(items)),
            Self::FrozenSet(items) => Self::FrozenSet(all(items)),
            Self::Dict(pairs) => {
                let pairs = pairs.iter().map(|&(key, value)| (map(key), map(value)));
                Self::Dict(pairs.collect())
            }
            Self::Call(call) => Self::Call(Box::new(Call {
                kind: call.kind,
                func: map(call.func),
                args: map(call.args),
                kwargs: call.kwargs.map(map),
            })),
            Self::Persistent(inner) => Self::Persistent(map(*inner)),
            node => node.clone(),
        }
    }
}

impl Extras {
    /// The same with other references.
    pub(super) fn map(&self, mut map: impl FnMut(NodeId) -> NodeId) -> Self {
        let pairs = self.dict_items.iter();
        Self {
            list_items: self.list_items.iter().map(|&item| map(item)).collect(),
            adds: self.adds,
            dict_items: pairs.map(|&(key, value)| (map(key), map(value))).collect(),
            state: self.state.iter().map(|&state| map(state)).collect(),
        }
    }
}

static NONE: Node = Node::None;

impl Value {
    pub(super) fn new(nodes: Vec<Node>, extras: HashMap<NodeId, Extras>, root: NodeId) -> Self {
        Self {
            arena: Arc::new(Arena::new(nodes, extras)),
            root,
        }
    }

    /// The same value, of which parts can be changed: see [`Value::arena_mut`]. It shares the memory of this one.
    pub(super) fn layer(&self) -> Self {
        Self {
            arena: Arc::new(Arena::over(&self.arena)),
            root: self.root,
        }
    }

    /// The nodes of a [`Value::layer`], to be changed; clones of the value keep theirs.
    pub(super) fn arena_mut(&mut self) -> &mut Arena {
        Arc::make_mut(&mut self.arena)
    }

    pub(super) fn set_root(&mut self, root: NodeId) -> NodeId {
        std::mem::replace(&mut self.root, root)
    }

    /// The value of one node. It shares the memory of the whole.
    #[must_use]
    pub fn at(&self, id: NodeId) -> Self {
        Self {
            arena: Arc::clone(&self.arena),
            root: id,
        }
    }

    /// The value itself.
    #[must_use]
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// A node. An id of another value gives some node or `None`, never a panic.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        self.arena.node(id).unwrap_or(&NONE)
    }

    /// The root node.
    #[must_use]
    pub fn root_node(&self) -> &Node {
        self.node(self.root)
    }

    /// What is done to the object after it is made, if anything is.
    #[must_use]
    pub fn extras(&self, id: NodeId) -> Option<&Extras> {
        self.arena.extras(id)
    }

    /// Number of nodes, those that the root does not reach included.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.arena.len()
    }

    /// All nodes, those that the root does not reach included.
    pub(super) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        let count = u32::try_from(self.node_count()).unwrap_or(u32::MAX);
        (0..count).map(NodeId)
    }

    /// Module and name, if the node is a global.
    #[must_use]
    pub fn global(&self, id: NodeId) -> Option<(&str, &str)> {
        match self.node(id) {
            Node::Global(global) => Some((&global.module, &global.name)),
            _ => None,
        }
    }

    /// Items of a list or tuple.
    #[must_use]
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.node(id) {
            Node::List(items) | Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Callee (module, name) and positional arguments, if the node is a call of a global with a tuple of arguments.
    #[must_use]
    pub fn call(&self, id: NodeId) -> Option<(&str, &str, &[NodeId])> {
        let Node::Call(call) = self.node(id) else {
            return None;
        };
        let (module, name) = self.global(call.func)?;
        Some((module, name, self.items(call.args)?))
    }

    /// The text of a str that is in memory and has no lone surrogate.
    #[must_use]
    pub fn str(&self, id: NodeId) -> Option<&str> {
        match self.node(id) {
            Node::Str(blob) => std::str::from_utf8(blob.loaded()?).ok(),
            _ => None,
        }
    }

    /// The same of a str of at most `max` bytes. A longer one is not looked at: it may be met at very many places.
    #[must_use]
    pub fn short_str(&self, id: NodeId, max: usize) -> Option<&str> {
        match self.node(id) {
            Node::Str(blob) if blob.len() <= max as u64 => self.str(id),
            _ => None,
        }
    }

    /// The beginning of a str that is in memory, of at most `max` bytes. What is behind it is not looked at.
    #[must_use]
    pub fn str_head(&self, id: NodeId, max: usize) -> Option<&str> {
        let Node::Str(blob) = self.node(id) else {
            return None;
        };
        let bytes = blob.loaded()?;
        let head = bytes.get(..max).unwrap_or(bytes);
        match std::str::from_utf8(head) {
            Ok(text) => Some(text),
            // The last character may be cut in two.
            Err(err) if err.error_len().is_none() && head.len() < bytes.len() => {
                std::str::from_utf8(head.get(..err.valid_up_to())?).ok()
            }
            Err(_) => None,
        }
    }

    /// An int or a bool that fits 64 bits.
    #[must_use]
    pub fn int(&self, id: NodeId) -> Option<i64> {
        match self.node(id) {
            Node::Int(int) => Some(*int),
            Node::Bool(flag) => Some(i64::from(*flag)),
            _ => None,
        }
    }

    /// An int or a float as a float.
    #[must_use]
    pub fn float(&self, id: NodeId) -> Option<f64> {
        match self.node(id) {
            Node::Float(float) => Some(*float),
            _ => self.int(id).map(|int| int as f64),
        }
    }

    /// Everything the node refers to directly, in order.
    pub fn references(&self, id: NodeId) -> Vec<NodeId> {
        let mut out = Vec::new();
        match self.node(id) {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => {
                out.extend_from_slice(items);
            }
            Node::Dict(pairs) => out.extend(pairs.iter().flat_map(|&(key, value)| [key, value])),
            Node::Call(call) => {
                out.extend([call.func, call.args]);
                out.extend(call.kwargs);
            }
            Node::Persistent(inner) => out.push(*inner),
            _ => {}
        }
        if let Some(extras) = self.extras(id) {
            out.extend_from_slice(&extras.list_items);
            out.extend(
                extras
                    .dict_items
                    .iter()
                    .flat_map(|&(key, value)| [key, value]),
            );
            out.extend_from_slice(&extras.state);
        }
        out
    }

    /// Levels of nesting below the root; a node that contains itself ends there.
    ///
    /// Walks without recursion, in time proportional to nodes and references.
    #[must_use]
    pub fn depth(&self) -> usize {
        const UNSEEN: u32 = u32::MAX;
        const OPEN: u32 = u32::MAX - 1;
        let inside = self.references(self.root);
        if inside.is_empty() {
            return 0;
        }
        let mut height = vec![UNSEEN; self.arena.len()];
        let mut todo: Vec<(NodeId, Vec<NodeId>, u32)> = vec![(self.root, inside, 0)];
        let mut last = 0;
        while let Some((id, children, below)) = todo.last_mut() {
            if let Some(seen) = height.get_mut(id.0 as usize)
                && *seen == UNSEEN
            {
                *seen = OPEN;
            }
            match children.pop() {
                Some(child) => match height.get(child.0 as usize).copied() {
                    Some(UNSEEN) => {
                        let references = self.references(child);
                        todo.push((child, references, 0));
                    }
                    Some(OPEN) | None => {}
                    Some(done) => *below = (*below).max(done + 1),
                },
                None => {
                    last = *below;
                    let id = *id;
                    if let Some(seen) = height.get_mut(id.0 as usize) {
                        *seen = last;
                    }
                    todo.pop();
                    if let Some((_, _, parent)) = todo.last_mut() {
                        *parent = (*parent).max(last + 1);
                    }
                }
            }
        }
        last as usize
    }
}
