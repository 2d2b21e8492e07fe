//! Values of one type made from those of another, where nothing is lost.

use super::super::number::{float_repr, int_node};
use super::super::text::escaped;
use super::super::value::{Blob, Node, NodeId};
use super::change::{Change, Route};
use super::edit::DraftError;
use super::fields::{big_int, parse_float, parse_int};
use super::kind::Kind;
use num_bigint::BigInt;
use num_traits::{FromPrimitive as _, ToPrimitive as _};

fn refuse<T>(why: impl Into<String>) -> Result<T, DraftError> {
    Err(DraftError::Conversion(why.into()))
}

impl Change<'_> {
    pub(super) fn change_kind(&mut self, route: &Route, kind: Kind) -> Result<(), DraftError> {
        self.check_editable(route)?;
        let id = route.target;
        let from = Kind::of(self.value, id);
        if from == kind {
            return Ok(());
        }
        let node = match (from, kind) {
            (_, Kind::None) => Node::None,
            // Nothing becomes what is nothing in the other type.
            (Kind::None, _) => match empty(kind) {
                Some(node) => node,
                None => return refuse(format!("None cannot be turned into {}", kind.name())),
            },
            _ if Kind::CONTAINERS.contains(&kind) => self.container_of(id, from, kind)?,
            _ => self.leaf_of(id, from, kind)?,
        };
        // A list that becomes a tuple gives it its items, which then stand in two places if it is held elsewhere.
        self.owned.clear();
        let new = self.push(node)?;
        self.put(&route.steps, new)
    }

    fn container_of(&self, id: NodeId, from: Kind, kind: Kind) -> Result<Node, DraftError> {
        let items = match self.value.node(id) {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => {
                items.clone()
            }
            _ => {
                let (from, to) = (from.name(), kind.name());
                return refuse(format!("{from} cannot be turned into {to}"));
            }
        };
        Ok(match kind {
            Kind::List => Node::List(items),
            Kind::Tuple => Node::Tuple(items),
            Kind::Set => Node::Set(self.unique(items, from)?),
            _ => Node::FrozenSet(self.unique(items, from)?),
        })
    }

    /// Of equal items a set keeps the first, as in Python.
    fn unique(&self, items: Vec<NodeId>, from: Kind) -> Result<Vec<NodeId>, DraftError> {
        if from.is_set() {
            return Ok(items);
        }
        let mut keys = super::super::hashable::Keys::default();
        let mut seen = std::collections::HashSet::new();
        let mut kept = Vec::with_capacity(items.len());
        for id in items {
            if seen.insert(keys.key(self.value, id).map_err(DraftError::Unhashable)?) {
                kept.push(id);
            }
        }
        Ok(kept)
    }

    fn leaf_of(&self, id: NodeId, from: Kind, kind: Kind) -> Result<Node, DraftError> {
        let node = self.value.node(id);
        let why_not = || {
            let line = self.value.line(id, 40);
            refuse(format!("{line} cannot be turned into {}", kind.name()))
        };
        let text = match (from, node) {
            (Kind::Str, Node::Str(blob)) => Some(loaded(blob)?),
            (Kind::Bytes | Kind::ByteArray, _) => Some(self.bytes_of(id)?),
            _ => None,
        };
        match (kind, text, node) {
            (Kind::Str, Some(bytes), _) => match std::str::from_utf8(&bytes) {
                Ok(_) => Ok(Node::Str(Blob::Loaded(bytes))),
                Err(err) => refuse(format!(
                    "the bytes are no text in UTF-8: byte {} is not part of any",
                    err.valid_up_to() + 1
                )),
            },
            (Kind::Bytes, Some(bytes), _) if is_bytes(from, &bytes) => {
                Ok(Node::Bytes(Blob::Loaded(bytes)))
            }
            (Kind::ByteArray, Some(bytes), _) if is_bytes(from, &bytes) => {
                Ok(Node::ByteArray(Blob::Loaded(bytes)))
            }
            (Kind::Bytes | Kind::ByteArray, Some(_), _) => {
                refuse("the text has a lone surrogate, which has no bytes in UTF-8")
            }
            (Kind::Int, Some(text), _) => match parse_int(&escaped(&text)) {
                Ok(int) => Ok(int_node(int)),
                Err(err) => refuse(err.to_string()),
            },
            (Kind::Float, Some(text), _) => match parse_float(&escaped(&text)) {
                Ok(float) => Ok(Node::Float(float)),
                Err(err) => refuse(err.to_string()),
            },
            (Kind::Bool, Some(text), _) => match escaped(&text).trim() {
                "True" | "true" | "1" => Ok(Node::Bool(true)),
                "False" | "false" | "0" => Ok(Node::Bool(false)),
                _ => refuse("a text that becomes a bool has to be True or False"),
            },
            (Kind::Str, None, node) => match plain_text(node) {
                Some(text) => Ok(Node::Str(Blob::Loaded(text.into_bytes().into()))),
                None => why_not(),
            },
            (Kind::Int, None, Node::Bool(flag)) => Ok(Node::Int(i64::from(*flag))),
            (Kind::Int, None, Node::Float(float)) => {
                let int = BigInt::from_f64(*float).filter(|_| float.fract() == 0.0);
                match int {
                    Some(int) => Ok(int_node(int)),
                    None => refuse(format!("{} is not a whole number", float_repr(*float))),
                }
            }
            (Kind::Float, None, Node::Bool(flag)) => Ok(Node::Float(f64::from(u8::from(*flag)))),
            (Kind::Float, None, Node::Int(_) | Node::BigInt(_)) => {
                let int = big_int(self.value, id).unwrap_or_default();
                let float = int
                    .to_f64()
                    .filter(|f| BigInt::from_f64(*f).as_ref() == Some(&int));
                match float {
                    Some(float) => Ok(Node::Float(float)),
                    None => refuse("the int has more digits than a float can hold"),
                }
            }
            (Kind::Bool, None, Node::Int(int @ (0 | 1))) => Ok(Node::Bool(*int == 1)),
            (Kind::Bool, None, Node::Float(float)) if *float == 0.0 || *float == 1.0 => {
                Ok(Node::Bool(*float == 1.0))
            }
            (Kind::Bool, None, Node::Int(_) | Node::BigInt(_) | Node::Float(_)) => {
                refuse("only 0 and 1 can be turned into a bool")
            }
            (
                Kind::Bytes | Kind::ByteArray,
                None,
                Node::Int(_) | Node::BigInt(_) | Node::Float(_),
            ) => refuse("a number cannot be turned into bytes; turn it into a str first"),
            _ => why_not(),
        }
    }

    fn bytes_of(&self, id: NodeId) -> Result<Box<[u8]>, DraftError> {
        match self.value.node(id) {
            Node::Bytes(blob) | Node::ByteArray(blob) | Node::Py2Str(blob) => loaded(blob),
            _ => match super::bytes(self.value, id) {
                Some(bytes) => Ok(bytes.into_owned().into()),
                None => Err(DraftError::NotLoaded),
            },
        }
    }
}

fn loaded(blob: &Blob) -> Result<Box<[u8]>, DraftError> {
    blob.loaded().map(Into::into).ok_or(DraftError::NotLoaded)
}

fn is_bytes(from: Kind, bytes: &[u8]) -> bool {
    from != Kind::Str || std::str::from_utf8(bytes).is_ok()
}

fn plain_text(node: &Node) -> Option<String> {
    match node {
        Node::Bool(true) => Some("True".to_owned()),
        Node::Bool(false) => Some("False".to_owned()),
        Node::Int(int) => Some(int.to_string()),
        Node::BigInt(int) if int.bits() < 400_000 => Some(int.to_string()),
        Node::Float(float) => Some(float_repr(*float)),
        _ => None,
    }
}

/// What is empty, zero or false.
fn empty(kind: Kind) -> Option<Node> {
    let none = || Blob::Loaded(Box::default());
    Some(match kind {
        Kind::None => Node::None,
        Kind::Bool => Node::Bool(false),
        Kind::Int => Node::Int(0),
        Kind::Float => Node::Float(0.0),
        Kind::Str => Node::Str(none()),
        Kind::Bytes => Node::Bytes(none()),
        Kind::ByteArray => Node::ByteArray(none()),
        Kind::List => Node::List(Vec::new()),
        Kind::Tuple => Node::Tuple(Vec::new()),
        Kind::Set => Node::Set(Vec::new()),
        Kind::FrozenSet => Node::FrozenSet(Vec::new()),
        Kind::Dict => Node::Dict(Vec::new()),
        _ => return None,
    })
}

/// A key for a copy of an entry: text with a number behind it, or the next int. `None` where there is no such key.
pub(super) fn next_key(node: &Node, nth: usize) -> Option<Node> {
    match node {
        Node::Str(blob) => {
            let text = std::str::from_utf8(blob.loaded()?).ok()?;
            let copy = match nth {
                1 => format!("{text} copy"),
                nth => format!("{text} copy {nth}"),
            };
            Some(Node::Str(Blob::Loaded(copy.into_bytes().into())))
        }
        Node::Int(int) => Some(int_node(BigInt::from(*int) + nth)),
        Node::BigInt(int) => Some(int_node((**int).clone() + nth)),
        _ => None,
    }
}
