//! Edits of a draft as values, and why one cannot be done.

use super::super::builder::{BuildError, ValueBuilder};
use super::super::value::{NodeId, Value};
use super::kind::Kind;
use super::table::{Table, TableError};
use num_bigint::BigInt;

/// A place in a value: positions of children, as [`Value::child`] counts them, from the root on.
pub type Path = Vec<usize>;

/// Something that is put into a draft. Its long contents must be in memory.
#[derive(Debug, Clone)]
pub struct NewValue(Value);

impl NewValue {
    /// An int of any size.
    #[must_use]
    pub fn int(int: BigInt) -> Self {
        Self::leaf(|builder| builder.big_int(int))
    }

    /// A float.
    #[must_use]
    pub fn float(float: f64) -> Self {
        Self::leaf(|builder| builder.float(float))
    }

    /// A bool.
    #[must_use]
    pub fn bool(flag: bool) -> Self {
        Self::leaf(|builder| builder.bool(flag))
    }

    /// A str.
    #[must_use]
    pub fn str(text: &str) -> Self {
        Self::leaf(|builder| builder.str(text))
    }

    /// bytes, or a bytearray.
    #[must_use]
    pub fn bytes(bytes: Vec<u8>, is_array: bool) -> Self {
        Self::leaf(|builder| match is_array {
            true => builder.byte_array(bytes),
            false => builder.bytes(bytes),
        })
    }

    /// `None`
    #[must_use]
    pub fn none() -> Self {
        Self::leaf(ValueBuilder::none)
    }

    fn leaf(make: impl FnOnce(&mut ValueBuilder) -> NodeId) -> Self {
        let mut builder = ValueBuilder::new();
        let id = make(&mut builder);
        Self(builder.into_leaf(id))
    }

    /// What is put there.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for NewValue {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

/// Equal in all that can be written down; floats by their bits.
impl PartialEq for NewValue {
    fn eq(&self, other: &Self) -> bool {
        self.0.typed() == other.0.typed()
    }
}

/// One edit of a draft.
#[derive(Debug, Clone, PartialEq)]
pub enum DraftEdit {
    /// Puts a value in the place of another one.
    Set {
        /// What is replaced.
        path: Path,
        /// The new value.
        value: NewValue,
    },
    /// As `Set`; if the last edit was one of the same place, both are one step of undo. For typing.
    Amend {
        /// What is replaced.
        path: Path,
        /// The new value.
        value: NewValue,
    },
    /// Adds an item to a list, tuple, set or deque, or a pair to a dict.
    Add {
        /// The container.
        path: Path,
        /// Before which child; behind the last one if there is none.
        at: usize,
        /// The key; for dicts only.
        key: Option<NewValue>,
        /// The new item.
        value: NewValue,
    },
    /// Removes an item of a container.
    Remove {
        /// The item.
        path: Path,
    },
    /// Puts a copy of an item behind it; in a dict it gets a key that is free.
    Duplicate {
        /// The item.
        path: Path,
    },
    /// Moves an item within its container.
    Move {
        /// The item.
        path: Path,
        /// The child that it becomes.
        to: usize,
    },
    /// Makes a value of another type of what is there.
    ChangeKind {
        /// The value.
        path: Path,
        /// The type.
        kind: Kind,
    },
    /// Gives an entry of a dict another key.
    RenameKey {
        /// The entry.
        path: Path,
        /// The new key.
        key: NewValue,
    },
    /// Replaces all numbers of a list, or of a list of rows.
    SetTable {
        /// The list.
        path: Path,
        /// The new numbers.
        table: Table,
    },
    /// Replaces some numbers of a list, or of a list of rows, which grows at its end if need be.
    SetCells {
        /// The list.
        path: Path,
        /// Where the first of them goes.
        row: usize,
        /// Where the first of them goes; 0 in a list of numbers.
        column: usize,
        /// The new numbers.
        table: Table,
    },
}

impl DraftEdit {
    /// The place that the edit names.
    #[must_use]
    pub fn path(&self) -> &[usize] {
        match self {
            Self::Set { path, .. }
            | Self::Amend { path, .. }
            | Self::Add { path, .. }
            | Self::Remove { path }
            | Self::Duplicate { path }
            | Self::Move { path, .. }
            | Self::ChangeKind { path, .. }
            | Self::RenameKey { path, .. }
            | Self::SetTable { path, .. }
            | Self::SetCells { path, .. } => path,
        }
    }
}

/// Why an edit cannot be done. Nothing is changed then.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DraftError {
    /// The path leads nowhere.
    #[error("this place is not in the value any more")]
    NoSuchPlace,
    /// What only the class of an object understands.
    #[error("{0} objects inside a value cannot be edited yet; they are kept unchanged")]
    Opaque(String),
    /// An object of a well-known class that has no parts to edit.
    #[error("{0} can be edited as a whole only")]
    WholeOnly(String),
    /// Something without items.
    #[error("{0} has no items")]
    NoContainer(String),
    /// The root has no place among others.
    #[error("the value as a whole cannot be moved, removed or doubled")]
    Root,
    /// A dict without a key for the new item.
    #[error("an entry of a dict needs a key")]
    NeedsKey,
    /// A key for something that has none.
    #[error("items of {0} have no keys")]
    HasNoKeys(String),
    /// The dict has an equal key.
    #[error("there is already a key {0}; 1, 1.0 and True are one key")]
    DuplicateKey(String),
    /// The set has an equal item.
    #[error("{0} is already in the set, which holds each item once")]
    DuplicateItem(String),
    /// Something that Python cannot hash.
    #[error("{0} cannot be a key of a dict or an item of a set")]
    Unhashable(&'static str),
    /// No free key can be made of this one.
    #[error("a copy needs another key, and there is none like {0}; add an entry with a key")]
    NoFreeKey(String),
    /// A deque that is full.
    #[error("the deque holds {0} items at most")]
    Full(usize),
    /// A value that another type cannot hold.
    #[error("{0}")]
    Conversion(String),
    /// Numbers that do not fit.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Something that is no list of numbers.
    #[error("this is no list of numbers, and no list of rows of equally many numbers")]
    NoTable,
    /// Contents that are too long to be in memory.
    #[error("this is too long to be edited")]
    NotLoaded,
    /// Larger or deeper than any value may be.
    #[error(transparent)]
    Limit(#[from] BuildError),
}
