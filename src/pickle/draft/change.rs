//! One change of the nodes of a draft, in patches that can be taken back.
//!
//! As in Python, a list or dict is changed in place, wherever else it is held too; a tuple is replaced by another one in
//! the place that the path names, and so are the tuples around it.

use super::super::arena::{Place, Slots};
use super::super::builder::BuildError;
use super::super::limits::Limits;
use super::super::value::{Extras, Node, NodeId, Value};
use super::edit::DraftError;
use super::equal::find_equal;
use super::kind::{Container, Kind, child_node};
use std::collections::{HashMap, HashSet};

/// An item, or a key with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Item(NodeId),
    Pair(NodeId, NodeId),
}

/// A change of the items of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlotOp {
    Set(usize, Slot),
    Insert(usize, Slot),
    Remove(usize),
    Move(usize, usize),
}

/// A change of a draft. Applying one gives the one that takes it back.
#[derive(Debug)]
pub(super) enum Patch {
    Root(NodeId),
    Slot(NodeId, Place, SlotOp),
    /// A whole node; `None` for the one that the value had which is edited.
    Node(NodeId, Option<Node>),
}

impl Patch {
    pub(super) fn apply(self, value: &mut Value) -> Option<Self> {
        match self {
            Self::Root(root) => Some(Self::Root(value.set_root(root))),
            Self::Node(id, node) => {
                let old = value.arena_mut().replace(id, node);
                Some(Self::Node(id, old))
            }
            Self::Slot(id, place, op) => {
                let mut slots = value.arena_mut().slots(id, place)?;
                let back = op.apply(&mut slots)?;
                Some(Self::Slot(id, place, back))
            }
        }
    }
}

impl SlotOp {
    /// Changes a list; gives what takes that back.
    fn apply(self, slots: &mut Slots<'_>) -> Option<Self> {
        match slots {
            Slots::Items(items) => self.on(
                items,
                |slot| match slot {
                    Slot::Item(id) | Slot::Pair(_, id) => id,
                },
                Slot::Item,
            ),
            Slots::Pairs(pairs) => self.on(
                pairs,
                |slot| match slot {
                    Slot::Pair(key, item) => (key, item),
                    Slot::Item(item) => (item, item),
                },
                |(key, item)| Slot::Pair(key, item),
            ),
        }
    }

    fn on<T: Copy>(
        self,
        list: &mut Vec<T>,
        to: impl Fn(Slot) -> T,
        from: impl Fn(T) -> Slot,
    ) -> Option<Self> {
        match self {
            Self::Set(at, slot) => {
                let old = std::mem::replace(list.get_mut(at)?, to(slot));
                Some(Self::Set(at, from(old)))
            }
            Self::Insert(at, slot) => {
                (at <= list.len()).then(|| list.insert(at, to(slot)))?;
                Some(Self::Remove(at))
            }
            Self::Remove(at) => {
                let old = (at < list.len()).then(|| list.remove(at))?;
                Some(Self::Insert(at, from(old)))
            }
            Self::Move(at, to) => {
                let (low, high) = (at.min(to), at.max(to));
                let range = list.get_mut(low..=high)?;
                if at < to {
                    range.rotate_left(1);
                } else {
                    range.rotate_right(1);
                }
                Some(Self::Move(to, at))
            }
        }
    }
}

/// Where a path leads: containers on the way, each with the child that is gone to.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) steps: Vec<(NodeId, usize)>,
    pub(super) target: NodeId,
}

impl Route {
    /// Follows a path. It may lead into what cannot be edited.
    pub(super) fn of(value: &Value, path: &[usize]) -> Result<Self, DraftError> {
        let mut steps = Vec::with_capacity(path.len());
        let mut target = value.root();
        for &child in path {
            let inner = child_node(value, target, child).ok_or(DraftError::NoSuchPlace)?;
            steps.push((target, child));
            target = inner;
        }
        Ok(Self { steps, target })
    }
}

/// A change that is being made.
pub(super) struct Change<'d> {
    pub(super) value: &'d mut Value,
    /// What takes back what was done so far, the last one at the end.
    pub(super) back: Vec<Patch>,
    /// Tuples that the draft made and that stand in one place only, so that they can be changed in place.
    pub(super) owned: &'d mut HashSet<NodeId>,
}

impl Change<'_> {
    pub(super) fn patch(&mut self, patch: Patch) -> Result<(), DraftError> {
        let back = patch.apply(self.value).ok_or(DraftError::NoSuchPlace)?;
        self.back.push(back);
        Ok(())
    }

    /// The container of the place that a route leads to, and which of its items that is.
    pub(super) fn parent(&self, route: &Route) -> Result<(Container, usize), DraftError> {
        let &(id, child) = route.steps.last().ok_or(DraftError::Root)?;
        let container = self.container(id)?;
        let slot = container.slot(child);
        let slot = slot.ok_or_else(|| DraftError::WholeOnly(self.value.type_name(id)))?;
        Ok((container, slot))
    }

    pub(super) fn container(&self, id: NodeId) -> Result<Container, DraftError> {
        Container::of(self.value, id).ok_or_else(|| self.no_container(id))
    }

    fn no_container(&self, id: NodeId) -> DraftError {
        let name = self.value.type_name(id);
        match Kind::of(self.value, id) {
            Kind::Opaque => DraftError::Opaque(name),
            Kind::Known | Kind::Date | Kind::Time | Kind::DateTime => DraftError::WholeOnly(name),
            _ => DraftError::NoContainer(name),
        }
    }

    /// Refuses what is, or is part of, something that cannot be edited.
    pub(super) fn check_editable(&self, route: &Route) -> Result<(), DraftError> {
        if Kind::of(self.value, route.target) == Kind::Opaque {
            return Err(DraftError::Opaque(self.value.type_name(route.target)));
        }
        self.check_way(&route.steps)
    }

    /// Refuses a way through something that cannot be edited.
    pub(super) fn check_way(&self, steps: &[(NodeId, usize)]) -> Result<(), DraftError> {
        for &(id, child) in steps {
            if self.container(id)?.slot(child).is_none() {
                return Err(DraftError::WholeOnly(self.value.type_name(id)));
            }
        }
        Ok(())
    }

    /// Puts a node in the place that a route leads to.
    pub(super) fn put(&mut self, steps: &[(NodeId, usize)], id: NodeId) -> Result<(), DraftError> {
        let Some((&(parent, child), before)) = steps.split_last() else {
            return self.patch(Patch::Root(id));
        };
        let container = self.container(parent)?;
        let slot = container.slot(child);
        let slot = slot.ok_or_else(|| DraftError::WholeOnly(self.value.type_name(parent)))?;
        let new = match self.pair(parent, container.place, slot) {
            Some((key, _)) => Slot::Pair(key, id),
            None => Slot::Item(id),
        };
        self.change(before, parent, SlotOp::Set(slot, new))
    }

    /// Key and value of an entry.
    pub(super) fn pair(&self, id: NodeId, place: Place, slot: usize) -> Option<(NodeId, NodeId)> {
        match (place, self.value.node(id)) {
            (Place::Node, Node::Dict(pairs)) => pairs.get(slot).copied(),
            (Place::DictItems, _) => self.value.extras(id)?.dict_items.get(slot).copied(),
            _ => None,
        }
    }

    /// Changes the items of a container that a way leads to.
    pub(super) fn change(
        &mut self,
        way: &[(NodeId, usize)],
        id: NodeId,
        op: SlotOp,
    ) -> Result<(), DraftError> {
        let container = self.container(id)?;
        self.check_unique(id, container, op)?;
        if let (SlotOp::Insert(..), Some(max)) = (op, container.max_len)
            && container.len >= max
        {
            return Err(DraftError::Full(max));
        }
        if !container.kind.is_immutable() || self.owned.contains(&id) {
            return self.patch(Patch::Slot(id, container.place, op));
        }
        let mut items = match self.value.node(id) {
            Node::Tuple(items) | Node::FrozenSet(items) => items.clone(),
            _ => return Err(DraftError::NoSuchPlace),
        };
        let done = op.apply(&mut Slots::Items(&mut items));
        done.ok_or(DraftError::NoSuchPlace)?;
        let copy = self.push(match container.kind {
            Kind::FrozenSet => Node::FrozenSet(items),
            _ => Node::Tuple(items),
        })?;
        self.put(way, copy)?;
        self.owned.insert(copy);
        Ok(())
    }

    /// Whether a set keeps each item once, and a dict each key.
    fn check_unique(&self, id: NodeId, container: Container, op: SlotOp) -> Result<(), DraftError> {
        let (SlotOp::Set(at, new) | SlotOp::Insert(at, new)) = op else {
            return Ok(());
        };
        let skipped = matches!(op, SlotOp::Set(..)).then_some(at);
        match (new, container.place, self.value.node(id)) {
            (Slot::Item(new), _, Node::Set(items) | Node::FrozenSet(items)) => {
                match find_equal(self.value, items.iter().copied(), new, skipped)? {
                    true => Err(DraftError::DuplicateItem(self.value.line(new, 40))),
                    false => Ok(()),
                }
            }
            (Slot::Pair(key, _), place, node) => {
                // A value that is set leaves the key as it is.
                let old = skipped.and_then(|slot| self.pair(id, place, slot));
                if old.is_some_and(|(old, _)| old == key) {
                    return Ok(());
                }
                let pairs = match (node, self.value.extras(id)) {
                    (Node::Dict(pairs), _) => pairs.as_slice(),
                    (_, Some(extras)) => extras.dict_items.as_slice(),
                    _ => &[],
                };
                let keys = pairs.iter().map(|&(key, _)| key);
                match find_equal(self.value, keys, key, skipped)? {
                    true => Err(DraftError::DuplicateKey(self.value.line(key, 40))),
                    false => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    // --- new nodes -------------------------------------------------------------------------------

    pub(super) fn push(&mut self, node: Node) -> Result<NodeId, DraftError> {
        self.check_room(1)?;
        Ok(self.value.arena_mut().push(node, None))
    }

    fn check_room(&self, count: usize) -> Result<(), DraftError> {
        let limit = Limits::FULL.nodes;
        match self.value.node_count().saturating_add(count) > limit {
            true => Err(BuildError::TooLarge(limit).into()),
            false => Ok(()),
        }
    }

    /// Takes over another value.
    pub(super) fn graft(&mut self, from: &Value) -> Result<NodeId, DraftError> {
        let copies = Copies::of(from, from.root(), self.value.node_count(), |_| false);
        self.take(copies)
    }

    /// A copy of a node of the draft with all that is in it; what cannot be edited is the same object in both.
    pub(super) fn copy(&mut self, id: NodeId) -> Result<NodeId, DraftError> {
        let value = &*self.value;
        let shares = |id| match value.node(id) {
            Node::List(_)
            | Node::Tuple(_)
            | Node::Set(_)
            | Node::FrozenSet(_)
            | Node::Dict(_)
            | Node::ByteArray(_)
            | Node::Call(_) => Kind::of(value, id) == Kind::Opaque,
            _ => true,
        };
        let copies = Copies::of(value, id, value.node_count(), shares);
        self.take(copies)
    }

    fn take(&mut self, copies: Copies) -> Result<NodeId, DraftError> {
        self.check_room(copies.nodes.len())?;
        let arena = self.value.arena_mut();
        for (node, extras) in copies.nodes {
            arena.push(node, extras);
        }
        Ok(copies.root)
    }
}

/// Nodes to be added to an arena, of which the first gets a given number.
struct Copies {
    nodes: Vec<(Node, Option<Extras>)>,
    root: NodeId,
}

impl Copies {
    fn of(from: &Value, root: NodeId, first: usize, shares: impl Fn(NodeId) -> bool) -> Self {
        if shares(root) {
            let nodes = Vec::new();
            return Self { nodes, root };
        }
        let mut numbers: HashMap<NodeId, NodeId> = HashMap::new();
        let mut order = Vec::new();
        let mut number = |id: NodeId, order: &mut Vec<NodeId>| {
            if let Some(&known) = numbers.get(&id) {
                return known;
            }
            if shares(id) {
                return id;
            }
            let next = NodeId(u32::try_from(first + order.len()).unwrap_or(u32::MAX));
            numbers.insert(id, next);
            order.push(id);
            next
        };
        let root = number(root, &mut order);
        let mut nodes = Vec::new();
        while let Some(&id) = order.get(nodes.len()) {
            let node = from.node(id).map(|id| number(id, &mut order));
            let extras = from.extras(id);
            let extras = extras.map(|extras| extras.map(|id| number(id, &mut order)));
            nodes.push((node, extras));
        }
        Self { nodes, root }
    }
}
