//! Decoded head of a value → where its array lies.
//!
//! Recognised by what the opcodes build, not by their exact bytes: several writers' accepted are valid. The value is
//! decoded with its byte strings left in the file ([`Limits::OUTLINE`]), so their places are known and nothing is read.
//!
//! | spelling | what it builds |
//! | --- | --- |
//! | legacy, modern | `reshape(fromstring(data, dtype), shape)`, or `frombuffer` |
//! | portable | `numpy.ndarray(shape, dtype, bytearray(data))` |
//! | NumPy's own | `_reconstruct(…)` with a state, `_frombuffer(data, dtype, shape, order)` |

use super::item::Content;
use crate::array::{ArrayLayout, DType, MaskLayout};
use crate::pickle::{
    Blob, DecodeErrorKind, Limits, Node, NodeId, Opcode, Span, Value, decode_value, dtype_code,
    scan,
};
use crate::progress::Progress;
use crate::source::ByteSource;
use std::ops::Range;

/// How an array is written in the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// With `fromstring`, as the reference writes: plain `pickle.load` works with NumPy before 2.3.
    Legacy,
    /// With `frombuffer` instead.
    Modern,
    /// Without either, after a beginning that the reference maps.
    Portable,
}

/// Which accepted count as arrays that lie in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    /// Those of the container. NumPy's own are generic values there, for the reference, too.
    Container,
    /// All, for plain pickles.
    All,
}

/// What an entry's value is.
pub(super) fn content_of_range(
    source: &dyn ByteSource,
    range: Range<u64>,
    progress: &Progress,
) -> (Content, Option<Spelling>) {
    match decode_value(source, range.start, range.end, &Limits::OUTLINE, progress) {
        Ok(value) => content_of_node(&value, value.root(), Accepted::Container),
        Err(err) => match (&err.kind, first_type(source, range)) {
            // Too long to be read for a list of keys; its beginning tells what it is.
            (
                DecodeErrorKind::Limit {
                    what: "nodes" | "references" | "bytes",
                    ..
                },
                Some(type_name),
            ) => (
                Content::Value {
                    type_name,
                    len: None,
                },
                None,
            ),
            (_, type_name) => (
                Content::Unreadable {
                    type_name,
                    why: err.to_string(),
                },
                None,
            ),
        },
    }
}

/// What a decoded node is.
pub(super) fn content_of_node(
    value: &Value,
    id: NodeId,
    accepted: Accepted,
) -> (Content, Option<Spelling>) {
    let array = match masked(value, id, accepted) {
        Some(found) => Some(("MaskedArray", found)),
        None => array(value, id, accepted).map(|found| ("ndarray", found)),
    };
    let Some((type_name, (layout, spelling))) = array else {
        let content = Content::Value {
            type_name: value.type_name(id),
            len: len_of(value, id),
        };
        return (content, None);
    };
    let checked = match mask_problem(value, id, accepted) {
        Some(why) => Err(why),
        None => layout.check().map_err(|err| err.to_string()),
    };
    let content = match checked {
        Ok(()) => Content::Array(layout),
        // A structured dtype: listed with what is known; nothing can be read of it, so nothing can go wrong.
        Err(_) if layout.dtype.itemsize().is_none() => Content::Array(layout),
        Err(why) => Content::Unreadable {
            type_name: Some(type_name.to_owned()),
            why,
        },
    };
    (content, spelling)
}

fn len_of(value: &Value, id: NodeId) -> Option<u64> {
    match value.node(id) {
        Node::List(_) | Node::Tuple(_) | Node::Set(_) | Node::FrozenSet(_) | Node::Dict(_) => {
            Some(value.child_count(id) as u64)
        }
        Node::Str(_) => value.text(id).map(|text| text.chars().count() as u64),
        Node::Bytes(blob) | Node::ByteArray(blob) => Some(blob.len()),
        _ => None,
    }
}

// --- arrays --------------------------------------------------------------------------------------

/// An array and, in a container's spelling, which one.
type Found = (ArrayLayout, Option<Spelling>);

fn masked(value: &Value, id: NodeId, accepted: Accepted) -> Option<Found> {
    let ("numpy.ma.core" | "numpy.ma", "MaskedArray", [data, mask, ..]) = value.call(id)? else {
        return None;
    };
    let (mut layout, spelling) = array(value, *data, accepted)?;
    let (mask, _) = array(value, *mask, accepted)?;
    layout.mask = Some(MaskLayout {
        data_offset: mask.data_offset,
        nbytes: mask.nbytes,
        fortran: mask.fortran,
    });
    Some((layout, spelling))
}

/// A mask has the shape of its data, or is a single value for all of it.
fn mask_problem(value: &Value, id: NodeId, accepted: Accepted) -> Option<String> {
    let (_, "MaskedArray", [data, mask, ..]) = value.call(id)? else {
        return None;
    };
    let (data, _) = array(value, *data, accepted)?;
    let (mask, _) = array(value, *mask, accepted)?;
    let fits = mask.shape == data.shape || mask.shape.is_empty();
    let is_bool = mask.dtype.itemsize() == Some(1);
    (!fits || !is_bool).then(|| {
        let (of_mask, of_data) = (&mask.shape, &data.shape);
        let dtype = mask.dtype.text();
        format!("the mask is {dtype} of shape {of_mask:?}, the data are of shape {of_data:?}")
    })
}

fn array(value: &Value, id: NodeId, accepted: Accepted) -> Option<Found> {
    let (module, name, args) = value.call(id)?;
    if module != "numpy" && !module.starts_with("numpy.") {
        return None;
    }
    let (layout, spelling) = match (name, args) {
        ("reshape", [flat, shape]) => {
            let (module, reader @ ("fromstring" | "frombuffer"), [data, dtype]) =
                value.call(*flat)?
            else {
                return None;
            };
            module.starts_with("numpy").then_some(())?;
            let spelling = if reader == "fromstring" {
                Spelling::Legacy
            } else {
                Spelling::Modern
            };
            (layout(value, *data, *dtype, *shape, false)?, Some(spelling))
        }
        ("ndarray", [shape, dtype, buffer]) => {
            let (_, "bytearray", [data]) = value.call(*buffer)? else {
                return None;
            };
            (
                layout(value, *data, *dtype, *shape, false)?,
                Some(Spelling::Portable),
            )
        }
        ("_frombuffer", [data, dtype, shape, order]) if accepted == Accepted::All => (
            layout(value, *data, *dtype, *shape, value.str(*order) == Some("F"))?,
            None,
        ),
        ("_reconstruct", _) if accepted == Accepted::All => {
            let state = value.items(*value.extras(id)?.state.first()?)?;
            let [_version, shape, dtype, fortran, data] = state else {
                return None;
            };
            (
                layout(value, *data, *dtype, *shape, value.int(*fortran) == Some(1))?,
                None,
            )
        }
        _ => return None,
    };
    Some((layout, spelling))
}

fn layout(
    value: &Value,
    data: NodeId,
    dtype: NodeId,
    shape: NodeId,
    fortran: bool,
) -> Option<ArrayLayout> {
    let (Node::Bytes(blob) | Node::ByteArray(blob)) = value.node(data) else {
        return None;
    };
    let Blob::InFile(Span { offset, len }) = blob else {
        return None;
    };
    let dtype = match value.str(dtype) {
        Some(text) => text.to_owned(),
        None => dtype_code(value, dtype)?,
    };
    let sizes = value.items(shape)?.iter();
    let shape = sizes
        .map(|&size| u64::try_from(value.int(size)?).ok())
        .collect::<Option<_>>()?;
    Some(ArrayLayout {
        dtype: DType::parse(&dtype),
        shape,
        fortran,
        data_offset: *offset,
        nbytes: *len,
        mask: None,
    })
}

// --- long values -----------------------------------------------------------------------------------

/// Type of a value from its first opcodes, for one that is too long to be decoded for a list.
fn first_type(source: &dyn ByteSource, range: Range<u64>) -> Option<String> {
    let mut scanner = scan::Scanner::new(source, range.start, range.end);
    let mut names: Vec<String> = Vec::new();
    for _ in 0..8 {
        let op = scanner.next_op().ok()??;
        let plain = match op.opcode {
            Opcode::EmptyList => "list",
            Opcode::EmptyDict => "dict",
            Opcode::EmptySet => "set",
            // In the reference's protocol a mark in front is a tuple of four or more, or a frozenset.
            Opcode::Mark => "tuple",
            Opcode::Memoize | Opcode::BinPut | Opcode::LongBinPut => continue,
            Opcode::ShortBinUnicode | Opcode::BinUnicode => {
                let scan::Arg::Span(span) = op.arg else {
                    return None;
                };
                if span.len > 255 {
                    return Some("str".to_owned());
                }
                names.push(String::from_utf8(scanner.load(span).ok()?).ok()?);
                continue;
            }
            Opcode::StackGlobal => {
                let [module, name] = names.as_slice() else {
                    return None;
                };
                return Some(if module == "builtins" {
                    name.clone()
                } else {
                    format!("{module}.{name}")
                });
            }
            _ => return None,
        };
        return Some(plain.to_owned());
    }
    None
}
