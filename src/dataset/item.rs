//! One key of a file, as far as listing it tells.

use super::recognise::Spelling;
use crate::array::ArrayLayout;
use crate::pickle::NodeId;
use std::ops::Range;
use std::sync::Arc;

pub use crate::mmapdict::EntryState as ItemState;

/// One key. In a container the offset tells entries of one revision apart; live items are told apart by their key.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Key as text; lone surrogates and bytes that are no UTF-8 are escaped (`\udc80`, `\xff`).
    pub key: String,
    /// Whether the entry counts.
    pub state: ItemState,
    /// Position of the whole entry in the file.
    pub offset: u64,
    /// Length of the whole entry.
    pub length: u64,
    /// What is stored.
    pub content: Content,
    /// The data of this dead version was freed by a vacuum: zeros stand in its place.
    pub freed: bool,
    /// What loading the value in Python would call, where that is not known to be harmless. Of what was read for listing
    /// only; `check` looks at everything.
    pub calls: Option<String>,
    /// How an array is spelled in a container; tells which NumPy can load it.
    pub spelling: Option<Spelling>,
    /// Where the value's opcodes lie.
    pub(super) value_range: Range<u64>,
    /// Its node in a plain pickle.
    pub(super) node: Option<NodeId>,
    /// The bytes of an array that does not lie in the file as it is.
    pub(super) memory: Option<Arc<Vec<u8>>>,
}

/// What is stored under a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// An array that is read in place, a masked one with `layout.mask`. Its dtype may still be one that is not shown.
    Array(ArrayLayout),
    /// Any other value.
    Value {
        /// `str`, `list`, `dict`, `datetime.datetime`, …
        type_name: String,
        /// Items of a container, characters of a str, bytes of bytes; `None` if that takes a full read to know.
        len: Option<u64>,
    },
    /// Listed, but not to be shown.
    Unreadable {
        /// What it would be, as far as known.
        type_name: Option<String>,
        /// Why, and where.
        why: String,
        /// Of an array that does not add up: what it says of itself. Nothing is to be read by it.
        layout: Option<Box<ArrayLayout>>,
    },
}

/// For icons, and for choosing a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// An array of three dimensions or more.
    Cube,
    /// An array of two dimensions.
    Image,
    /// An array of one dimension.
    Curve,
    /// An array without dimensions.
    Scalar,
    /// A str.
    Text,
    /// An int, float, bool or complex.
    Number,
    /// A list, tuple or set.
    List,
    /// A dict.
    Dict,
    /// Any other value.
    Other,
    /// What cannot be shown.
    Unreadable,
}

impl Item {
    /// The kind of thing it is.
    #[must_use]
    pub fn kind(&self) -> ItemKind {
        match &self.content {
            Content::Array(layout) => match layout.shape.len() {
                0 => ItemKind::Scalar,
                1 => ItemKind::Curve,
                2 => ItemKind::Image,
                _ => ItemKind::Cube,
            },
            Content::Value { type_name, .. } => match type_name.as_str() {
                "str" | "Python 2 str" => ItemKind::Text,
                "int" | "float" | "bool" | "complex" => ItemKind::Number,
                "list" | "tuple" | "set" | "frozenset" => ItemKind::List,
                name if name == "dict" || name.starts_with("collections.") => ItemKind::Dict,
                name if name.starts_with("numpy.") => ItemKind::Number,
                _ => ItemKind::Other,
            },
            Content::Unreadable { .. } => ItemKind::Unreadable,
        }
    }

    /// Whether it is a masked array.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.layout().is_some_and(|layout| layout.mask.is_some())
    }

    /// Where the array lies, if it is one.
    #[must_use]
    pub fn layout(&self) -> Option<&ArrayLayout> {
        match &self.content {
            Content::Array(layout) => Some(layout),
            _ => None,
        }
    }

    /// What an array says of itself, also of one that cannot be read: for telling, not for reading.
    #[must_use]
    pub fn stated_layout(&self) -> Option<&ArrayLayout> {
        match &self.content {
            Content::Unreadable { layout, .. } => layout.as_deref(),
            _ => self.layout(),
        }
    }

    /// `80 × 88 × 200`, `8 items`, `312 characters`; empty if unknown.
    #[must_use]
    pub fn size_text(&self) -> String {
        match &self.content {
            Content::Array(layout) if layout.shape.is_empty() => "scalar".to_owned(),
            Content::Array(layout) => {
                let sizes: Vec<String> = layout.shape.iter().map(u64::to_string).collect();
                sizes.join(" × ")
            }
            Content::Value {
                type_name,
                len: Some(len),
            } => {
                let unit = match type_name.as_str() {
                    "str" => "character",
                    "bytes" | "bytearray" | "Python 2 str" => "byte",
                    _ => "item",
                };
                format!("{len} {unit}{}", if *len == 1 { "" } else { "s" })
            }
            _ => String::new(),
        }
    }

    /// dtype text of an array, type name of a value.
    #[must_use]
    pub fn type_text(&self) -> &str {
        match &self.content {
            Content::Array(layout) => layout.dtype.text(),
            Content::Value { type_name, .. } => type_name,
            Content::Unreadable { type_name, .. } => type_name.as_deref().unwrap_or("unreadable"),
        }
    }
}
