//! New values, node by node: children first, the root last.
//!
//! What it builds is checked as a whole by [`ValueBuilder::finish`]. Classes are not known here: see `known`.

use super::limits::Limits;
use super::number::int_node;
use super::value::{Blob, Call, CallKind, Extras, Global, Node, NodeId, Value};
use num_bigint::BigInt;
use std::collections::HashMap;

/// Why a value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Nested deeper than any value may be.
    #[error("the value has more than {0} levels of nesting")]
    TooDeep(usize),
    /// An int of more digits than are read.
    #[error("an integer of {0} digits is too long")]
    LongInt(usize),
    /// More nodes than any value may have.
    #[error("the value has more than {0} parts")]
    TooLarge(usize),
    /// A number of JSON that no float can hold.
    #[error("the number {0} is too large for a float")]
    TooLargeNumber(String),
}

/// Builds a [`Value`]. Each method makes one node; an id can be used any number of times and is one shared object then.
#[derive(Debug, Default)]
pub struct ValueBuilder {
    nodes: Vec<Node>,
    extras: HashMap<NodeId, Extras>,
}

impl ValueBuilder {
    /// With nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `None`
    pub fn none(&mut self) -> NodeId {
        self.add(Node::None)
    }

    /// `True` or `False`
    pub fn bool(&mut self, flag: bool) -> NodeId {
        self.add(Node::Bool(flag))
    }

    /// An int.
    pub fn int(&mut self, int: i64) -> NodeId {
        self.add(Node::Int(int))
    }

    /// An int of any size.
    pub fn big_int(&mut self, int: BigInt) -> NodeId {
        self.add(int_node(int))
    }

    /// A float.
    pub fn float(&mut self, float: f64) -> NodeId {
        self.add(Node::Float(float))
    }

    /// A str.
    pub fn str(&mut self, text: &str) -> NodeId {
        self.utf8(text.as_bytes().to_vec())
    }

    /// A str in UTF-8 that may hold lone surrogates, see [`super::text`].
    pub fn utf8(&mut self, bytes: Vec<u8>) -> NodeId {
        self.add(Node::Str(Blob::Loaded(bytes.into())))
    }

    /// bytes
    pub fn bytes(&mut self, bytes: Vec<u8>) -> NodeId {
        self.add(Node::Bytes(Blob::Loaded(bytes.into())))
    }

    /// A bytearray.
    pub fn byte_array(&mut self, bytes: Vec<u8>) -> NodeId {
        self.add(Node::ByteArray(Blob::Loaded(bytes.into())))
    }

    /// A list.
    pub fn list(&mut self, items: Vec<NodeId>) -> NodeId {
        self.add(Node::List(items))
    }

    /// A tuple.
    pub fn tuple(&mut self, items: Vec<NodeId>) -> NodeId {
        self.add(Node::Tuple(items))
    }

    /// A set.
    pub fn set(&mut self, items: Vec<NodeId>) -> NodeId {
        self.add(Node::Set(items))
    }

    /// A frozenset.
    pub fn frozenset(&mut self, items: Vec<NodeId>) -> NodeId {
        self.add(Node::FrozenSet(items))
    }

    /// A dict; of equal keys the last one counts.
    pub fn dict(&mut self, pairs: Vec<(NodeId, NodeId)>) -> NodeId {
        self.add(Node::Dict(pairs))
    }

    /// A class or function by name.
    pub fn global(&mut self, module: &str, name: &str) -> NodeId {
        self.add(Node::Global(Box::new(Global {
            module: module.to_owned(),
            name: name.to_owned(),
        })))
    }

    /// `func(*args)`
    pub fn call(&mut self, func: NodeId, args: Vec<NodeId>) -> NodeId {
        self.any_call(CallKind::Reduce, func, args)
    }

    /// `class.__new__(class, *args)`
    pub fn new_object(&mut self, class: NodeId, args: Vec<NodeId>) -> NodeId {
        self.any_call(CallKind::NewObj, class, args)
    }

    fn any_call(&mut self, kind: CallKind, func: NodeId, args: Vec<NodeId>) -> NodeId {
        let args = self.tuple(args);
        self.add(Node::Call(Box::new(Call {
            kind,
            func,
            args,
            kwargs: None,
        })))
    }

    /// What an object is given after it is made: the argument of its `__setstate__`.
    pub fn set_state(&mut self, object: NodeId, state: NodeId) {
        self.extras.entry(object).or_default().state.push(state);
    }

    /// Adds items to a list or set, or to an object that takes items.
    pub fn append(&mut self, target: NodeId, items: impl IntoIterator<Item = NodeId>) {
        match self.nodes.get_mut(target.0 as usize) {
            Some(Node::List(list) | Node::Set(list)) => list.extend(items),
            _ => self
                .extras
                .entry(target)
                .or_default()
                .list_items
                .extend(items),
        }
    }

    /// Adds pairs to a dict, or to an object that takes keys and values.
    pub fn set_items(&mut self, target: NodeId, pairs: impl IntoIterator<Item = (NodeId, NodeId)>) {
        match self.nodes.get_mut(target.0 as usize) {
            Some(Node::Dict(dict)) => dict.extend(pairs),
            _ => self
                .extras
                .entry(target)
                .or_default()
                .dict_items
                .extend(pairs),
        }
    }

    /// A node made before.
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// What is done to an object after it is made.
    pub(super) fn extras(&self, id: NodeId) -> Option<&Extras> {
        self.extras.get(&id)
    }

    /// The value of `root`.
    ///
    /// # Errors
    /// It is nested deeper, or has more nodes, than any value may.
    pub fn finish(self, root: NodeId) -> Result<Value, BuildError> {
        let Limits { depth, nodes, .. } = Limits::FULL;
        if self.nodes.len() > nodes {
            return Err(BuildError::TooLarge(nodes));
        }
        let value = Value::new(self.nodes, self.extras, root);
        if value.depth() > depth {
            return Err(BuildError::TooDeep(depth));
        }
        Ok(value)
    }

    /// The value of `root`, which refers to nothing.
    pub(super) fn into_leaf(self, root: NodeId) -> Value {
        Value::new(self.nodes, self.extras, root)
    }

    fn add(&mut self, node: Node) -> NodeId {
        // `finish` refuses values of so many nodes that the number would not fit.
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        if self.nodes.len() <= Limits::FULL.nodes {
            self.nodes.push(node);
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_built_from_the_leaves_up() {
        let mut builder = ValueBuilder::new();
        let (one, text) = (builder.int(1), builder.str("x"));
        let list = builder.list(vec![one, text]);
        let dict = builder.dict(vec![(text, list), (one, list)]);
        let value = builder.finish(dict).unwrap();
        assert_eq!(value.literal(), "{'x': [1, 'x'], 1: [1, 'x']}");
    }

    #[test]
    fn a_value_can_hold_itself() {
        let mut builder = ValueBuilder::new();
        let list = builder.list(Vec::new());
        builder.append(list, [list]);
        assert_eq!(builder.finish(list).unwrap().literal(), "[[...]]");
    }

    #[test]
    fn too_deep_is_refused() {
        let mut builder = ValueBuilder::new();
        let mut id = builder.none();
        for _ in 0..=Limits::FULL.depth {
            id = builder.list(vec![id]);
        }
        assert_eq!(builder.finish(id).unwrap_err(), BuildError::TooDeep(1000));
    }
}
