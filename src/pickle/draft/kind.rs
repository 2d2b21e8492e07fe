//! What kinds of things there are for an editor.

use super::super::arena::Place;
use super::super::budget::Budget;
use super::super::face::{Face, face};
use super::super::parse_literal::{is_known_class, parse_literal};
use super::super::value::{Node, NodeId, Value};

/// Objects of classes without a face whose literals are longer are not tried to be read back.
const MAX_KNOWN: usize = 10_000;

/// What something is to an editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `None`
    None,
    /// A bool.
    Bool,
    /// An int.
    Int,
    /// A float.
    Float,
    /// A str.
    Str,
    /// bytes
    Bytes,
    /// A bytearray.
    ByteArray,
    /// A list.
    List,
    /// A tuple.
    Tuple,
    /// A set.
    Set,
    /// A frozenset.
    FrozenSet,
    /// A dict.
    Dict,
    /// A `collections.deque`.
    Deque,
    /// An `OrderedDict`, a `defaultdict` or a `Counter`.
    Mapping,
    /// A `datetime.date`.
    Date,
    /// A `datetime.time`.
    Time,
    /// A `datetime.datetime`.
    DateTime,
    /// An object of another class that can be written as text, like `decimal.Decimal`.
    Known,
    /// Whatever else there is. It can be moved and removed, but not edited.
    Opaque,
}

impl Kind {
    /// Kinds that a leaf can be turned into.
    pub const LEAVES: [Self; 6] = [
        Self::Str,
        Self::Int,
        Self::Float,
        Self::Bool,
        Self::Bytes,
        Self::None,
    ];

    /// Kinds that a container of items can be turned into.
    pub const CONTAINERS: [Self; 4] = [Self::List, Self::Tuple, Self::Set, Self::FrozenSet];

    /// The name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::Bytes => "bytes",
            Self::ByteArray => "bytearray",
            Self::List => "list",
            Self::Tuple => "tuple",
            Self::Set => "set",
            Self::FrozenSet => "frozenset",
            Self::Dict => "dict",
            Self::Deque => "deque",
            Self::Mapping => "mapping",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Known | Self::Opaque => "object",
        }
    }

    /// Whether it has items that can be added and removed.
    #[must_use]
    pub fn is_container(self) -> bool {
        Self::CONTAINERS.contains(&self) || self.has_keys() || self == Self::Deque
    }

    /// Whether all of it is written in one field, whatever it is made of.
    #[must_use]
    pub fn has_field(self) -> bool {
        match self {
            Self::Bool
            | Self::Int
            | Self::Float
            | Self::Str
            | Self::Bytes
            | Self::ByteArray
            | Self::Date
            | Self::Time
            | Self::DateTime
            | Self::Known => true,
            Self::None
            | Self::List
            | Self::Tuple
            | Self::Set
            | Self::FrozenSet
            | Self::Dict
            | Self::Deque
            | Self::Mapping
            | Self::Opaque => false,
        }
    }

    /// Whether its items have keys.
    #[must_use]
    pub fn has_keys(self) -> bool {
        matches!(self, Self::Dict | Self::Mapping)
    }

    /// Whether each item can be in it once.
    #[must_use]
    pub fn is_set(self) -> bool {
        matches!(self, Self::Set | Self::FrozenSet)
    }

    /// Whether it changes by becoming another object.
    pub(super) fn is_immutable(self) -> bool {
        matches!(self, Self::Tuple | Self::FrozenSet)
    }

    /// What a node is.
    #[must_use]
    pub fn of(value: &Value, id: NodeId) -> Self {
        match value.node(id) {
            Node::None => Self::None,
            Node::Bool(_) => Self::Bool,
            Node::Int(_) | Node::BigInt(_) => Self::Int,
            Node::Float(_) => Self::Float,
            Node::Str(_) => Self::Str,
            Node::Bytes(_) | Node::Py2Str(_) => Self::Bytes,
            Node::ByteArray(_) => Self::ByteArray,
            // What is done to a plain container after it is made, only its class understands.
            Node::List(_) | Node::Tuple(_) | Node::Set(_) | Node::FrozenSet(_) | Node::Dict(_)
                if value.extras(id).is_some() =>
            {
                Self::Opaque
            }
            Node::List(_) => Self::List,
            Node::Tuple(_) => Self::Tuple,
            Node::Set(_) => Self::Set,
            Node::FrozenSet(_) => Self::FrozenSet,
            Node::Dict(_) => Self::Dict,
            Node::Call(_) => Self::of_call(value, id),
            Node::Global(_) | Node::Persistent(_) | Node::Extension(_) | Node::OutOfBand(_) => {
                Self::Opaque
            }
        }
    }

    fn of_call(value: &Value, id: NodeId) -> Self {
        match face(value, id, &Budget::of_line(MAX_KNOWN)) {
            Some(Face::Latin1(_)) => Self::Bytes,
            Some(Face::Items(..)) => Self::Deque,
            Some(Face::Pairs(..)) => Self::Mapping,
            // A class without a face may be printed as the call that a literal of it is.
            None => {
                let is_known = is_known_class(&value.type_name(id))
                    && parse_literal(&value.node_literal(id, MAX_KNOWN)).is_ok();
                if is_known { Self::Known } else { Self::Opaque }
            }
            Some(Face::Summary(_)) => Self::Opaque,
            Some(Face::Text(_) | Face::Around(..)) => match value.type_name(id).as_str() {
                "datetime.date" => Self::Date,
                "datetime.time" => Self::Time,
                "datetime.datetime" => Self::DateTime,
                name if is_known_class(name) => Self::Known,
                _ => Self::Opaque,
            },
        }
    }
}

/// The items of a container.
#[derive(Debug, Clone, Copy)]
pub(super) struct Container {
    pub(super) kind: Kind,
    pub(super) place: Place,
    /// Children of the node that come before its items.
    pub(super) offset: usize,
    pub(super) len: usize,
    pub(super) max_len: Option<usize>,
}

impl Container {
    pub(super) fn of(value: &Value, id: NodeId) -> Option<Self> {
        let kind = Kind::of(value, id);
        let (offset, len, max_len) = match (kind, value.node(id)) {
            (_, Node::List(items) | Node::Tuple(items)) => (0, items.len(), None),
            (_, Node::Set(items) | Node::FrozenSet(items)) => (0, items.len(), None),
            (_, Node::Dict(pairs)) => (0, pairs.len(), None),
            (Kind::Deque | Kind::Mapping, Node::Call(call)) => {
                let args = value.items(call.args).unwrap_or_default();
                let extras = value.extras(id);
                let len = |is_deque| match (extras, is_deque) {
                    (None, _) => 0,
                    (Some(extras), true) => extras.list_items.len(),
                    (Some(extras), false) => extras.dict_items.len(),
                };
                let max_len = args.get(1).and_then(|&max| value.int(max));
                let max_len = max_len.and_then(|max| usize::try_from(max).ok());
                let offset = args.len() + usize::from(call.kwargs.is_some());
                (offset, len(kind == Kind::Deque), max_len)
            }
            _ => return None,
        };
        let place = match kind {
            Kind::Deque => Place::ListItems,
            Kind::Mapping => Place::DictItems,
            Kind::Opaque => return None,
            _ => Place::Node,
        };
        Some(Self {
            kind,
            place,
            offset,
            len,
            max_len,
        })
    }

    /// Which item a child is.
    pub(super) fn slot(&self, child: usize) -> Option<usize> {
        child
            .checked_sub(self.offset)
            .filter(|&slot| slot < self.len)
    }
}

/// Child of a node by its position, as [`Value::child`] has it but without a label.
pub(super) fn child_node(value: &Value, id: NodeId, index: usize) -> Option<NodeId> {
    match value.node(id) {
        Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items)
            if index < items.len() =>
        {
            items.get(index).copied()
        }
        Node::Dict(pairs) if index < pairs.len() => pairs.get(index).map(|&(_, item)| item),
        _ => value.child(id, index).map(|(_, child)| child),
    }
}
