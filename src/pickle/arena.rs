//! Where the nodes of a value stand: a list of them, or changes over the list of another value.
//!
//! Changes lie over what they change, which is shared and stays as it is: so a draft of a value of any size costs what
//! is changed in it, and everything that reads values reads drafts.

use super::value::{Extras, Node, NodeId};
use std::collections::HashMap;
use std::sync::Arc;

/// Nodes by number.
#[derive(Debug, Clone)]
pub(super) struct Arena {
    /// Those that are not of the arena below.
    nodes: Vec<Node>,
    extras: HashMap<NodeId, Extras>,
    below: Option<Below>,
}

/// What an arena of changes lies over.
#[derive(Debug, Clone)]
struct Below {
    arena: Arc<Arena>,
    len: usize,
    /// Nodes of the arena below that are another one now.
    changed: HashMap<NodeId, Node>,
}

/// A list of references in a node or in what belongs to it.
#[derive(Debug)]
pub(super) enum Slots<'a> {
    /// Of a list, say.
    Items(&'a mut Vec<NodeId>),
    /// Of a dict, say.
    Pairs(&'a mut Vec<(NodeId, NodeId)>),
}

/// Which list of references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// That of the node itself.
    Node,
    /// Items that are appended to an object.
    ListItems,
    /// Pairs that are set in an object.
    DictItems,
}

impl Arena {
    pub(super) fn new(nodes: Vec<Node>, extras: HashMap<NodeId, Extras>) -> Self {
        Self {
            nodes,
            extras,
            below: None,
        }
    }

    /// One without changes, over another one.
    pub(super) fn over(arena: &Arc<Self>) -> Self {
        Self {
            nodes: Vec::new(),
            extras: HashMap::new(),
            below: Some(Below {
                arena: Arc::clone(arena),
                len: arena.len(),
                changed: HashMap::new(),
            }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.first() + self.nodes.len()
    }

    /// Number of the first node that is not of the arena below.
    fn first(&self) -> usize {
        self.below.as_ref().map_or(0, |below| below.len)
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        let at = id.0 as usize;
        match &self.below {
            None => self.nodes.get(at),
            Some(below) => match at.checked_sub(below.len) {
                Some(at) => self.nodes.get(at),
                None => below.changed.get(&id).or_else(|| below.arena.node(id)),
            },
        }
    }

    pub(super) fn extras(&self, id: NodeId) -> Option<&Extras> {
        let below = || self.below.as_ref()?.arena.extras(id);
        self.extras.get(&id).or_else(below)
    }

    // --- changes ---------------------------------------------------------------------------------

    /// Adds a node. The caller looks after the limit on their number.
    pub(super) fn push(&mut self, node: Node, extras: Option<Extras>) -> NodeId {
        let id = NodeId(u32::try_from(self.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        if let Some(extras) = extras {
            self.extras.insert(id, extras);
        }
        id
    }

    /// Forgets the nodes from a number on, which nothing may refer to any more.
    pub(super) fn truncate(&mut self, len: usize) {
        let first = self.first();
        self.nodes.truncate(len.saturating_sub(first));
        let (kept, all) = (first + self.nodes.len(), &mut self.extras);
        all.retain(|id, _| (id.0 as usize) < kept);
    }

    /// Puts a node in the place of another one, `None` for what the arena below has. Gives what undoes that.
    pub(super) fn replace(&mut self, id: NodeId, node: Option<Node>) -> Option<Node> {
        let own = (id.0 as usize).checked_sub(self.first());
        match (own, &mut self.below) {
            (Some(at), _) => match (self.nodes.get_mut(at), node) {
                (Some(old), Some(node)) => Some(std::mem::replace(old, node)),
                _ => None,
            },
            (None, Some(below)) => match node {
                Some(node) => below.changed.insert(id, node),
                None => below.changed.remove(&id),
            },
            (None, None) => None,
        }
    }

    /// A list of references, to be changed; one of the arena below is copied for it.
    pub(super) fn slots(&mut self, id: NodeId, place: Place) -> Option<Slots<'_>> {
        match place {
            Place::Node => match self.node_mut(id)? {
                Node::List(items)
                | Node::Tuple(items)
                | Node::Set(items)
                | Node::FrozenSet(items) => Some(Slots::Items(items)),
                Node::Dict(pairs) => Some(Slots::Pairs(pairs)),
                _ => None,
            },
            Place::ListItems => Some(Slots::Items(&mut self.extras_mut(id).list_items)),
            Place::DictItems => Some(Slots::Pairs(&mut self.extras_mut(id).dict_items)),
        }
    }

    fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        let own = (id.0 as usize).checked_sub(self.first());
        match (own, &mut self.below) {
            (Some(at), _) => self.nodes.get_mut(at),
            (None, Some(below)) => {
                if !below.changed.contains_key(&id) {
                    let node = below.arena.node(id)?.clone();
                    below.changed.insert(id, node);
                }
                below.changed.get_mut(&id)
            }
            (None, None) => None,
        }
    }

    fn extras_mut(&mut self, id: NodeId) -> &mut Extras {
        let below = self.below.as_ref();
        self.extras.entry(id).or_insert_with(|| {
            let extras = below.and_then(|below| below.arena.extras(id));
            extras.cloned().unwrap_or_default()
        })
    }
}
