//! A value → what it is, and where its array lies.
//!
//! In a container arrays are found as the reference finds them, see [`super::stored`]; the opcodes decide only which
//! spelling it is. In plain pickles they are recognised by what the opcodes build. The value is decoded with its byte strings
//! left in the file ([`Limits::OUTLINE`]), so their places are known and nothing is read.
//!
//! | spelling | what it builds |
//! | --- | --- |
//! | legacy, modern | `reshape(fromstring(data, dtype), shape)`, or `frombuffer` |
//! | portable | `numpy.ndarray(shape, dtype, bytearray(data))` |
//! | NumPy's own | `_reconstruct(…)` with a state, `_frombuffer(data, dtype, shape, order)` |

use super::check::names;
use super::item::Content;
use super::numpy::dtype_of;
use super::stored::{self, Stored, StoredArray};
use crate::array::{ArrayLayout, CellType, DType, MaskLayout};
use crate::pickle::{
    Blob, DecodeErrorKind, Limits, Node, NodeId, Opcode, Span, Value, decode_value, scan, text,
};
use crate::progress::Progress;
use crate::source::ByteSource;
use std::collections::HashSet;
use std::ops::Range;

/// Characters of the name of a module, or of what is in it.
const MAX_NAME: usize = 200;

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

/// What a value was found to be.
#[derive(Debug)]
pub(super) struct Recognised {
    pub(super) content: Content,
    pub(super) spelling: Option<Spelling>,
    /// What loading it in Python would call, where that is not known to be harmless; as far as it was decoded.
    pub(super) calls: Option<String>,
}

/// What the value of a container's entry is.
pub(super) fn recognise(
    source: &dyn ByteSource,
    range: Range<u64>,
    progress: &Progress,
) -> Recognised {
    if let Ok(stored) = stored::read(source, range.clone()) {
        let (content, spelling) = content_of_stored(source, range, &stored, progress);
        return Recognised {
            content,
            spelling: Some(spelling),
            calls: None,
        };
    }
    let mut calls = None;
    let content = content_of_value(source, range, &mut calls, progress);
    Recognised {
        content,
        spelling: None,
        calls,
    }
}

fn content_of_value(
    source: &dyn ByteSource,
    range: Range<u64>,
    calls: &mut Option<String>,
    progress: &Progress,
) -> Content {
    let unreadable = |type_name, why| Content::Unreadable {
        type_name,
        why,
        layout: None,
    };
    match decode_value(source, range.start, range.end, &Limits::OUTLINE, progress) {
        Ok(value) => {
            *calls = foreign_call(&value);
            plain_content(&value, value.root())
        }
        Err(err) => match (&err.kind, first_type(source, range)) {
            // Too long to be read for a list of keys; its beginning tells what it is.
            (
                DecodeErrorKind::Limit {
                    what: "nodes" | "references" | "bytes",
                    ..
                },
                Some(type_name),
            ) => Content::Value {
                type_name,
                len: None,
            },
            (_, type_name) => unreadable(type_name, err.to_string()),
        },
    }
}

fn content_of_stored(
    source: &dyn ByteSource,
    range: Range<u64>,
    stored: &Stored,
    progress: &Progress,
) -> (Content, Spelling) {
    let (type_name, data, mask) = match stored {
        Stored::Array(data) => ("ndarray", data, None),
        Stored::Masked(data, mask) => ("MaskedArray", data, Some(mask)),
    };
    let unreadable = |why: String, layout| Content::Unreadable {
        type_name: Some(type_name.to_owned()),
        why,
        layout,
    };
    let mut spelling = if data.is_modern {
        Spelling::Modern
    } else {
        Spelling::Legacy
    };
    let layout = match stated_layout(data, mask) {
        Ok(layout) => layout,
        Err(why) => return (unreadable(why, None), spelling),
    };
    let mut problem = mask.and_then(|mask| mask_problem(&layout, &mask.layout().ok()?));
    problem = problem.or_else(|| layout.check().err().map(|err| err.to_string()));
    if problem.is_none() && !is_as_written(stored, range.end) {
        match built_by_opcodes(source, range, progress) {
            Err(why) => problem = Some(why),
            Ok(Some((built, found))) => {
                spelling = found.unwrap_or(spelling);
                problem = disagreement(&layout, &built);
            }
            // Something else is made of it; the reference maps it all the same.
            Ok(None) => {}
        }
    }
    let content = match problem {
        None => Content::Array(layout),
        Some(why) => unreadable(why, Some(Box::new(layout))),
    };
    (content, spelling)
}

/// The layout of data and mask as they state it.
pub(super) fn stated_layout(
    data: &StoredArray,
    mask: Option<&StoredArray>,
) -> Result<ArrayLayout, String> {
    let mut layout = data.layout()?;
    if let Some(mask) = mask {
        let mask = mask.layout()?;
        layout.mask = Some(MaskLayout {
            data_offset: mask.data_offset,
            nbytes: mask.nbytes,
            fortran: false,
        });
    }
    Ok(layout)
}

/// Whether every byte is where the reference puts it, so that the opcodes cannot mean anything else.
pub(super) fn is_as_written(stored: &Stored, end: u64) -> bool {
    match stored {
        Stored::Array(data) => data.is_called && data.end == end,
        // A call follows; what else could two bytes be.
        Stored::Masked(data, mask) => {
            data.is_called && mask.is_called && mask.end.checked_add(2) == Some(end)
        }
    }
}

/// The array that the opcodes build, if it is one that lies in the file.
pub(super) fn built_by_opcodes(
    source: &dyn ByteSource,
    range: Range<u64>,
    progress: &Progress,
) -> Result<Option<Found>, String> {
    decode_value(source, range.start, range.end, &Limits::OUTLINE, progress)
        .map(|value| masked(&value, value.root()).or_else(|| array(&value, value.root())))
        .map_err(|err| err.to_string())
}

/// In what the reference and the opcodes differ.
pub(super) fn disagreement(stated: &ArrayLayout, built: &ArrayLayout) -> Option<String> {
    (stated.shape != built.shape || stated.dtype != built.dtype).then(|| {
        format!(
            "mmappickle takes it for {} of shape {:?}, plain pickle for {} of shape {:?}",
            stated.dtype, stated.shape, built.dtype, built.shape
        )
    })
}

/// The first call in a value that is not known to be harmless. Only what the value still holds is looked at; `check` sees
/// all of it.
#[must_use]
pub fn foreign_call(value: &Value) -> Option<String> {
    if value.references(value.root()).is_empty() {
        return None;
    }
    let mut seen = HashSet::from([value.root()]);
    let mut todo = vec![value.root()];
    while let Some(id) = todo.pop() {
        if let Node::Call(call) = value.node(id)
            && let Some((module, name)) = value.global(call.func)
            && names::runs_foreign_code(module, name)
        {
            let [module, name] = [module, name].map(|word| text::shortened(word, MAX_NAME));
            return Some(format!("{module}.{name}"));
        }
        if matches!(
            value.node(id),
            Node::Call(_)
                | Node::List(_)
                | Node::Tuple(_)
                | Node::Dict(_)
                | Node::Set(_)
                | Node::FrozenSet(_)
        ) {
            let inside = value.references(id).into_iter();
            todo.extend(inside.filter(|inside| seen.insert(*inside)));
        }
    }
    None
}

/// What a node of a plain pickle is.
pub(super) fn content_of_node(value: &Value, id: NodeId) -> (Content, Option<Spelling>) {
    let found = masked(value, id).map(|found| ("MaskedArray", found));
    let found = found.or_else(|| array(value, id).map(|found| ("ndarray", found)));
    let Some((type_name, (layout, spelling))) = found else {
        return (plain_content(value, id), None);
    };
    let problem = pickled_mask(value, id).and_then(|mask| mask_problem(&layout, &mask));
    let problem = problem.or_else(|| layout.check().err().map(|err| err.to_string()));
    let content = match problem {
        None => Content::Array(layout),
        Some(why) => Content::Unreadable {
            type_name: Some(type_name.to_owned()),
            why,
            layout: Some(Box::new(layout)),
        },
    };
    (content, spelling)
}

fn plain_content(value: &Value, id: NodeId) -> Content {
    Content::Value {
        type_name: value.type_name(id),
        len: len_of(value, id),
    }
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
pub(super) type Found = (ArrayLayout, Option<Spelling>);

fn masked(value: &Value, id: NodeId) -> Option<Found> {
    let ("numpy.ma.core" | "numpy.ma", "MaskedArray", [data, mask, ..]) = value.call(id)? else {
        return None;
    };
    let (mut layout, spelling) = array(value, *data)?;
    let (mask, _) = array(value, *mask)?;
    layout.mask = Some(MaskLayout {
        data_offset: mask.data_offset,
        nbytes: mask.nbytes,
        fortran: mask.fortran,
    });
    Some((layout, spelling))
}

fn pickled_mask(value: &Value, id: NodeId) -> Option<ArrayLayout> {
    let (_, "MaskedArray", [_, mask, ..]) = value.call(id)? else {
        return None;
    };
    array(value, *mask).map(|(mask, _)| mask)
}

/// A mask has the shape of its data, or is a single value for all of it; it holds a byte for each value in a cell.
pub(super) fn mask_problem(data: &ArrayLayout, mask: &ArrayLayout) -> Option<String> {
    let fits = mask.shape == data.shape || mask.shape.is_empty();
    let leaves = data.dtype.cell_type().map_or(1, CellType::leaves);
    let is_flags = match mask.dtype.itemsize() {
        Some(1) => true,
        size => size == Some(leaves),
    };
    (!fits || !is_flags).then(|| {
        let (of_mask, of_data) = (&mask.shape, &data.shape);
        let dtype = mask.dtype.text();
        format!("the mask is {dtype} of shape {of_mask:?}, the data are of shape {of_data:?}")
    })
}

fn array(value: &Value, id: NodeId) -> Option<Found> {
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
        ("_frombuffer", [data, dtype, shape, order]) => (
            layout(
                value,
                *data,
                *dtype,
                *shape,
                value.short_str(*order, 1) == Some("F"),
            )?,
            None,
        ),
        ("_reconstruct", _) => {
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
    let dtype = dtype_of(value, dtype)?;
    // A bare number is a shape, too.
    let sizes = value.items(shape).unwrap_or(std::slice::from_ref(&shape));
    if sizes.len() > stored::MAX_SIZES {
        return None;
    }
    let sizes = sizes.iter();
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
