//! An editable copy of a value, which nothing writes: what is changed lies over the value that was decoded.
//!
//! Opening a draft costs nothing, whatever the size, and an edit costs what it changes, at most a copy of the items of
//! one list. A draft is read as the [`Value`] that it is; faces, literals and the encoder need not know of it.

mod cells;
mod change;
mod convert;
mod edit;
mod equal;
mod fields;
mod kind;
mod table;
#[cfg(test)]
mod tests;

pub use edit::{DraftEdit, DraftError, NewValue, Path};
pub use fields::{
    FieldError, bytes_text, hex_text, iso_text, parse_bytes, parse_float, parse_hex, parse_int,
    parse_iso, parse_same_class, plain_scalar,
};
pub use kind::Kind;
pub use table::{Number, Table, TableError, TableShape, number_text};

use super::budget::Budget;
use super::builder::BuildError;
use super::face::{Face, face, latin1_head};
use super::limits::Limits;
use super::value::{Node, NodeId, Value};
use change::{Change, Patch, Route, Slot, SlotOp};
use convert::next_key;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

/// Keys that are tried for the copy of an entry.
const MAX_KEYS: usize = 1000;

/// An editable copy of a value, with its own undo and redo.
#[derive(Debug)]
pub struct ValueDraft {
    value: Value,
    done: Vec<Step>,
    undone: Vec<Step>,
    /// Tuples that the draft made and that stand in one place only.
    owned: HashSet<NodeId>,
    id: u32,
    changes: u32,
}

/// What takes one edit back, or does it again.
#[derive(Debug)]
struct Step {
    /// The last one first to be applied.
    patches: Vec<Patch>,
    /// Number of nodes before the edit.
    nodes_before: usize,
    /// The place that was set, for typing that goes on.
    set: Option<Path>,
}

impl ValueDraft {
    /// A draft without changes. It shares the memory of the value, which stays as it is.
    #[must_use]
    pub fn new(value: &Value) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self {
            value: value.layer(),
            done: Vec::new(),
            undone: Vec::new(),
            owned: HashSet::new(),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            changes: 0,
        }
    }

    // --- reading ---------------------------------------------------------------------------------

    /// The draft as it is now, to be read like any value; ids of nodes are good until the next change.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The node at a place.
    #[must_use]
    pub fn node_at(&self, path: &[usize]) -> Option<NodeId> {
        Route::of(&self.value, path).ok().map(|route| route.target)
    }

    /// What stands at a place.
    #[must_use]
    pub fn kind_at(&self, path: &[usize]) -> Option<Kind> {
        self.node_at(path).map(|id| Kind::of(&self.value, id))
    }

    /// Key of the entry of a dict that a path leads to.
    #[must_use]
    pub fn key_at(&self, path: &[usize]) -> Option<NodeId> {
        let (&child, container) = path.split_last()?;
        let id = self.node_at(container)?;
        let container = kind::Container::of(&self.value, id)?;
        let slot = container.slot(child)?;
        match (container.kind, self.value.node(id)) {
            (Kind::Dict, Node::Dict(pairs)) => pairs.get(slot).map(|&(key, _)| key),
            (Kind::Mapping, _) => {
                let pairs = &self.value.extras(id)?.dict_items;
                pairs.get(slot).map(|&(key, _)| key)
            }
            _ => None,
        }
    }

    /// Children of a container that can be edited one by one, by their positions.
    #[must_use]
    pub fn items_at(&self, path: &[usize]) -> Option<std::ops::Range<usize>> {
        let container = kind::Container::of(&self.value, self.node_at(path)?)?;
        Some(container.offset..container.offset + container.len)
    }

    /// Why what stands at a place cannot be edited, if that is so.
    #[must_use]
    pub fn obstacle(&self, path: &[usize]) -> Option<DraftError> {
        let route = match Route::of(&self.value, path) {
            Ok(route) => route,
            Err(err) => return Some(err),
        };
        let mut value = self.value.clone();
        let (back, mut owned) = (Vec::new(), HashSet::new());
        let change = Change {
            value: &mut value,
            back,
            owned: &mut owned,
        };
        change.check_editable(&route).err()
    }

    /// Whether anything was edited that is not taken back.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is something to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is something to do again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// A number that grows with each change, undo and redo included; no other draft ever has it.
    #[must_use]
    pub fn revision(&self) -> u64 {
        u64::from(self.id) << 32 | u64::from(self.changes)
    }

    /// Whether a revision is, or was, one of this draft.
    #[must_use]
    pub fn had_revision(&self, revision: u64) -> bool {
        revision >> 32 == u64::from(self.id)
    }

    /// The draft as a value that later edits do not change. Looks at all of it, so it takes its time with large ones.
    ///
    /// # Errors
    /// It is nested deeper, or has more nodes, than any value may.
    pub fn to_value(&self) -> Result<Value, BuildError> {
        let Limits { depth, nodes, .. } = Limits::FULL;
        if self.value.node_count() > nodes {
            return Err(BuildError::TooLarge(nodes));
        }
        if self.value.depth() > depth {
            return Err(BuildError::TooDeep(depth));
        }
        Ok(self.value.clone())
    }

    // --- changing --------------------------------------------------------------------------------

    /// Does an edit; one that changes nothing is no step of undo.
    ///
    /// # Errors
    /// Why it cannot be done. Then everything is as before.
    pub fn apply(&mut self, edit: &DraftEdit) -> Result<(), DraftError> {
        if self.amend_leaf(edit) {
            return Ok(());
        }
        let amended = match (edit, self.done.last()) {
            (DraftEdit::Amend { path, .. }, Some(last)) if last.set.as_ref() == Some(path) => {
                self.done.pop().map(|step| self.run_back(step))
            }
            _ => None,
        };
        let nodes_before = self.value.node_count();
        let mut change = Change {
            value: &mut self.value,
            back: Vec::new(),
            owned: &mut self.owned,
        };
        let result = run(&mut change, edit);
        let is_set = matches!(edit, DraftEdit::Set { .. } | DraftEdit::Amend { .. });
        let step = Step {
            patches: change.back,
            nodes_before,
            set: is_set.then(|| edit.path().to_vec()),
        };
        match result {
            Ok(()) => {
                if !step.patches.is_empty() {
                    self.did_something();
                    self.done.push(step);
                } else if amended.is_some() {
                    self.did_something();
                }
                Ok(())
            }
            Err(err) => {
                self.run_back(step);
                self.value.arena_mut().truncate(nodes_before);
                if let Some(step) = amended {
                    let step = self.run_back(step);
                    self.done.push(step);
                }
                Err(err)
            }
        }
    }

    /// What was undone cannot be had again any more.
    fn did_something(&mut self) {
        self.undone.clear();
        self.changes = self.changes.wrapping_add(1);
    }

    /// Typing that goes on puts a leaf in the place of the one that it has put there, so that each letter that is typed
    /// into a long text does not leave a copy of it behind.
    fn amend_leaf(&mut self, edit: &DraftEdit) -> bool {
        let (DraftEdit::Amend { path, value }, Some(last)) = (edit, self.done.last()) else {
            return false;
        };
        let Ok(route) = Route::of(&self.value, path) else {
            return false;
        };
        let new = value.value().root_node();
        let is_own = route.target.0 as usize >= last.nodes_before;
        let is_leaf = is_plain_leaf(self.value.node(route.target)) && is_plain_leaf(new);
        // An item of a set has to be compared to the others.
        let in_set = route
            .steps
            .iter()
            .any(|&(id, _)| Kind::of(&self.value, id).is_set());
        if last.set.as_ref() != Some(path) || !is_own || !is_leaf || in_set {
            return false;
        }
        if !is_same_leaf(self.value.node(route.target), new) {
            self.value
                .arena_mut()
                .replace(route.target, Some(new.clone()));
            self.did_something();
        }
        true
    }

    /// Takes the last edit back. Gives whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.done.pop() else {
            return false;
        };
        let step = self.run_back(step);
        self.undone.push(step);
        self.changes = self.changes.wrapping_add(1);
        true
    }

    /// Does the edit again that was taken back last. Gives whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.undone.pop() else {
            return false;
        };
        let step = self.run_back(step);
        self.done.push(step);
        self.changes = self.changes.wrapping_add(1);
        true
    }

    /// Applies the patches of a step; gives the step that takes them back.
    fn run_back(&mut self, step: Step) -> Step {
        // Which tuples stand where is not known any more.
        self.owned.clear();
        let mut back = Vec::with_capacity(step.patches.len());
        for patch in step.patches.into_iter().rev() {
            back.extend(patch.apply(&mut self.value));
        }
        Step {
            patches: back,
            ..step
        }
    }
}

fn run(change: &mut Change<'_>, edit: &DraftEdit) -> Result<(), DraftError> {
    let route = Route::of(change.value, edit.path())?;
    match edit {
        DraftEdit::Set { value, .. } | DraftEdit::Amend { value, .. } => {
            set(change, &route, value.value())
        }
        DraftEdit::Add { at, key, value, .. } => {
            let key = key.as_ref().map(NewValue::value);
            add(change, &route, *at, key, value.value())
        }
        DraftEdit::Remove { .. } => {
            let (_, slot) = change.parent(&route)?;
            change_siblings(change, &route, SlotOp::Remove(slot))
        }
        DraftEdit::Duplicate { .. } => duplicate(change, &route),
        DraftEdit::Move { to, .. } => {
            let (container, slot) = change.parent(&route)?;
            let to = container.slot(*to).ok_or(DraftError::NoSuchPlace)?;
            match to == slot {
                true => Ok(()),
                false => change_siblings(change, &route, SlotOp::Move(slot, to)),
            }
        }
        DraftEdit::ChangeKind { kind, .. } => change.change_kind(&route, *kind),
        DraftEdit::RenameKey { key, .. } => rename(change, &route, key.value()),
        DraftEdit::SetTable { table, .. } => change.set_table(&route, table),
        DraftEdit::SetCells {
            row, column, table, ..
        } => change.set_cells(&route, *row, *column, table),
    }
}

/// Changes the container of the place that a route leads to.
fn change_siblings(change: &mut Change<'_>, route: &Route, op: SlotOp) -> Result<(), DraftError> {
    let (&(parent, _), before) = route.steps.split_last().ok_or(DraftError::Root)?;
    change.check_way(before)?;
    change.change(before, parent, op)
}

fn check_depth(route: &Route, value: &Value, more: usize) -> Result<(), DraftError> {
    let limit = Limits::FULL.depth;
    match route.steps.len() + more + value.depth() > limit {
        true => Err(BuildError::TooDeep(limit).into()),
        false => Ok(()),
    }
}

fn set(change: &mut Change<'_>, route: &Route, new: &Value) -> Result<(), DraftError> {
    change.check_editable(route)?;
    check_depth(route, new, 0)?;
    let old = change.value.node(route.target);
    if is_same_leaf(old, new.root_node()) {
        return Ok(());
    }
    // A bytearray can be held in several places, and all of them see what is written to it.
    if let (Node::ByteArray(_), node @ Node::ByteArray(_)) = (old, new.root_node()) {
        return change.patch(Patch::Node(route.target, Some(node.clone())));
    }
    let id = change.graft(new)?;
    change.put(&route.steps, id)
}

fn is_plain_leaf(node: &Node) -> bool {
    matches!(
        node,
        Node::None
            | Node::Bool(_)
            | Node::Int(_)
            | Node::BigInt(_)
            | Node::Float(_)
            | Node::Str(_)
            | Node::Bytes(_)
            | Node::ByteArray(_)
    )
}

fn is_same_leaf(old: &Node, new: &Node) -> bool {
    match (old, new) {
        (Node::Float(old), Node::Float(new)) => old.to_bits() == new.to_bits(),
        _ => is_plain_leaf(old) && old == new,
    }
}

fn add(
    change: &mut Change<'_>,
    route: &Route,
    at: usize,
    key: Option<&Value>,
    value: &Value,
) -> Result<(), DraftError> {
    change.check_editable(route)?;
    let container = change.container(route.target)?;
    for new in key.into_iter().chain([value]) {
        check_depth(route, new, 1)?;
    }
    let slot = match (key, container.kind.has_keys()) {
        (Some(key), true) => {
            let key = change.graft(key)?;
            Slot::Pair(key, change.graft(value)?)
        }
        (None, false) => Slot::Item(change.graft(value)?),
        (None, true) => return Err(DraftError::NeedsKey),
        (Some(_), false) => {
            let name = change.value.type_name(route.target);
            return Err(DraftError::HasNoKeys(name));
        }
    };
    let at = at.saturating_sub(container.offset).min(container.len);
    change.change(&route.steps, route.target, SlotOp::Insert(at, slot))
}

fn duplicate(change: &mut Change<'_>, route: &Route) -> Result<(), DraftError> {
    let (container, slot) = change.parent(route)?;
    let (&(parent, _), _) = route.steps.split_last().ok_or(DraftError::Root)?;
    let Some((key, item)) = change.pair(parent, container.place, slot) else {
        let copy = change.copy(route.target)?;
        let op = SlotOp::Insert(slot + 1, Slot::Item(copy));
        return change_siblings(change, route, op);
    };
    let item = change.copy(item)?;
    let old = change.value.node(key).clone();
    for nth in 1..MAX_KEYS {
        let Some(node) = next_key(&old, nth) else {
            break;
        };
        let key = change.push(node)?;
        let op = SlotOp::Insert(slot + 1, Slot::Pair(key, item));
        match change_siblings(change, route, op) {
            Err(DraftError::DuplicateKey(_)) => {}
            result => return result,
        }
    }
    Err(DraftError::NoFreeKey(change.value.line(key, 40)))
}

fn rename(change: &mut Change<'_>, route: &Route, key: &Value) -> Result<(), DraftError> {
    let (container, slot) = change.parent(route)?;
    let (&(parent, _), _) = route.steps.split_last().ok_or(DraftError::Root)?;
    let Some((old, item)) = change.pair(parent, container.place, slot) else {
        return Err(DraftError::HasNoKeys(change.value.type_name(parent)));
    };
    check_depth(route, key, 0)?;
    if is_same_leaf(change.value.node(old), key.root_node()) {
        return Ok(());
    }
    let key = change.graft(key)?;
    change_siblings(change, route, SlotOp::Set(slot, Slot::Pair(key, item)))
}

/// Bytes that are stored as a longer text are not taken out of it: that would be done for each frame.
const MAX_LATIN1: u64 = 4 << 20;

/// The bytes of bytes or a bytearray, however they are stored, if they are in memory.
#[must_use]
pub fn bytes(value: &Value, id: NodeId) -> Option<Cow<'_, [u8]>> {
    match value.node(id) {
        Node::Bytes(blob) | Node::ByteArray(blob) | Node::Py2Str(blob) => {
            blob.loaded().map(Cow::Borrowed)
        }
        Node::Call(_) => match face(value, id, &Budget::of_line(0)) {
            Some(Face::Latin1(text)) => {
                let is_long =
                    matches!(value.node(text), Node::Str(blob) if blob.len() > MAX_LATIN1);
                let bytes = || latin1_head(value, text, usize::MAX).map(Cow::Owned);
                if is_long { None } else { bytes() }
            }
            _ => None,
        },
        _ => None,
    }
}
