//! Python pickle as inert data.
//!
//! SKELETON with the agreed public interface for those who show values.
#![allow(unused)]

/// A decoded value: nodes in an arena, so that shared and recursive references cost nothing and nothing recurses on drop.
#[derive(Debug, Clone)]
pub struct Value {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(u32);

impl Value {
    pub fn root(&self) -> NodeId {
        todo!()
    }
    /// `str`, `list`, `datetime.datetime`, …
    pub fn type_name(&self, id: NodeId) -> String {
        todo!()
    }
    /// One line: a scalar's Python literal or readable face, a container's size; cut with `…` after `max_chars`.
    pub fn line(&self, id: NodeId, max_chars: usize) -> String {
        todo!()
    }
    /// The text of a `str` (lone surrogates escaped), for multi-line display.
    pub fn text(&self, id: NodeId) -> Option<std::borrow::Cow<'_, str>> {
        todo!()
    }
    pub fn child_count(&self, id: NodeId) -> usize {
        todo!()
    }
    /// The `index`th child: its label (`0`, `'key'`, `args`, …) and node. Cheap at any index.
    pub fn child(&self, id: NodeId, index: usize) -> Option<(String, NodeId)> {
        todo!()
    }
    /// The whole value as a Python literal (opaque objects in angle brackets).
    pub fn literal(&self) -> String {
        todo!()
    }
}
