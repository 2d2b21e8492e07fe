//! NumPy's own pickled arrays, of every protocol, taken apart: dtype, shape, order, and where the raw bytes are.
//!
//! Only what can be said of an array of the container counts here: plain dtypes, no subclass. All else stays a value.

use crate::array::DType;
use crate::pickle::{Blob, Node, NodeId, Value, dtype_code, dtype_name, dtype_spec};

/// What an array in a plain pickle is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PickledArray {
    /// As NumPy prints the dtype.
    pub dtype: String,
    pub itemsize: u64,
    pub shape: Vec<u64>,
    pub fortran: bool,
    /// The node of the raw bytes.
    pub data: NodeId,
    /// The node of the mask's bytes, for a masked array; in the same order.
    pub mask: Option<NodeId>,
}

/// Texts of dtypes, orders and encodings are not longer; shapes have no more sizes.
const MAX_WORD: usize = 1000;
const MAX_SIZES: usize = 64;

/// How a dtype is told.
type Named = fn(&Value, NodeId) -> Option<String>;

/// The array that a node builds, if it is one of a plain dtype. A masked one is made of two others, which are not masked
/// themselves.
pub(super) fn array(value: &Value, id: NodeId) -> Option<PickledArray> {
    named_array(value, id, plain_dtype)
}

/// The same of any dtype but objects.
pub(super) fn any_array(value: &Value, id: NodeId) -> Option<PickledArray> {
    named_array(value, id, dtype_of)
}

fn named_array(value: &Value, id: NodeId, named: Named) -> Option<PickledArray> {
    let parts = |dtype: &NodeId, shape: &NodeId, fortran, data: &NodeId, mask: Option<NodeId>| {
        let dtype = named(value, *dtype)?;
        parts(value, dtype, *shape, fortran, *data, mask)
    };
    let (module, name, args) = value.call(id)?;
    if module != "numpy" && !module.starts_with("numpy.") {
        return None;
    }
    match (name, args) {
        ("MaskedArray", [data, mask]) => {
            let (data, mask) = (
                unmasked(value, *data, named)?,
                unmasked(value, *mask, named)?,
            );
            let fits = data.shape == mask.shape && mask.dtype == "bool" && !mask.fortran;
            (fits && !data.fortran).then_some(PickledArray {
                mask: Some(mask.data),
                ..data
            })
        }
        ("_mareconstruct", [class, base, ..])
            if is_class(value, *class, &["MaskedArray"])
                && is_class(value, *base, &["ndarray", "memmap"]) =>
        {
            match state(value, id)? {
                [_version, shape, dtype, fortran, data, mask, _fill] => {
                    let fortran = value.int(*fortran)? == 1;
                    parts(dtype, shape, fortran, data, Some(*mask))
                }
                _ => None,
            }
        }
        _ => unmasked(value, id, named),
    }
}

fn unmasked(value: &Value, id: NodeId, named: Named) -> Option<PickledArray> {
    let parts = |dtype: &NodeId, shape: &NodeId, fortran, data: &NodeId, mask: Option<NodeId>| {
        let dtype = named(value, *dtype)?;
        parts(value, dtype, *shape, fortran, *data, mask)
    };
    let (module, name, args) = value.call(id)?;
    if module != "numpy" && !module.starts_with("numpy.") {
        return None;
    }
    match (name, args) {
        ("_reconstruct", [class, ..]) if is_class(value, *class, &["ndarray", "memmap"]) => {
            match state(value, id)? {
                [_version, shape, dtype, fortran, data] => {
                    parts(dtype, shape, value.int(*fortran)? == 1, data, None)
                }
                _ => None,
            }
        }
        ("_frombuffer", [data, dtype, shape, order]) if value.extras(id).is_none() => {
            let is_fortran = value.short_str(*order, MAX_WORD)? == "F";
            parts(dtype, shape, is_fortran, data, None)
        }
        ("reshape", [flat, shape]) => match value.call(*flat)? {
            (module, "fromstring" | "frombuffer", [data, dtype]) if module.starts_with("numpy") => {
                parts(dtype, shape, false, data, None)
            }
            _ => None,
        },
        ("ndarray", [shape, dtype, buffer]) => match value.call(*buffer)? {
            (_, "bytearray", [data]) => parts(dtype, shape, false, data, None),
            _ => None,
        },
        _ => None,
    }
}

/// A dtype that NumPy reads from its text.
fn plain_dtype(value: &Value, id: NodeId) -> Option<String> {
    let text = match value.short_str(id, MAX_WORD) {
        Some(text) => text.to_owned(),
        None => dtype_text(value, id)?,
    };
    // A structured dtype is read here, but not by NumPy from its text.
    (!text.starts_with(['[', '{', '('])).then_some(text)
}

/// Text of a dtype, with all its fields.
pub(super) fn dtype_of(value: &Value, id: NodeId) -> Option<String> {
    match value.short_str(id, MAX_WORD) {
        Some(text) => Some(text.to_owned()),
        None => dtype_spec(value, id),
    }
}

fn is_class(value: &Value, id: NodeId, names: &[&str]) -> bool {
    value
        .global(id)
        .is_some_and(|(module, name)| module.starts_with("numpy") && names.contains(&name))
}

/// The one state that an object is given, and nothing else.
fn state(value: &Value, id: NodeId) -> Option<&[NodeId]> {
    let extras = value.extras(id)?;
    if !extras.list_items.is_empty() || !extras.dict_items.is_empty() {
        return None;
    }
    match extras.state.as_slice() {
        [state] => value.items(*state),
        _ => None,
    }
}

fn parts(
    value: &Value,
    dtype: String,
    shape: NodeId,
    fortran: bool,
    data: NodeId,
    mask: Option<NodeId>,
) -> Option<PickledArray> {
    let itemsize = DType::parse(&dtype).itemsize().filter(|size| *size > 0)?;
    let sizes = value.items(shape)?;
    if sizes.len() > MAX_SIZES {
        return None;
    }
    let sizes = sizes.iter();
    let shape: Vec<u64> = sizes
        .map(|&size| u64::try_from(value.int(size)?).ok())
        .collect::<Option<_>>()?;
    Some(PickledArray {
        // Of fewer than two axes the two orders are the same.
        fortran: fortran && shape.len() > 1,
        dtype,
        itemsize,
        shape,
        data,
        mask,
    })
}

/// `str()` of a pickled dtype, if it is one without fields, sub-arrays and objects.
pub(super) fn dtype_text(value: &Value, id: NodeId) -> Option<String> {
    let code = dtype_code(value, id)?;
    let (order, bare) = match code.strip_prefix(['<', '>', '=', '|']) {
        Some(bare) => (code.chars().next()?, bare),
        None => ('|', code.as_str()),
    };
    let state = match value.extras(id) {
        Some(_) => state(value, id)?,
        None => &[],
    };
    // (version, order, sub-array, names, fields, …)
    let is_none = |at: usize| {
        state
            .get(at)
            .is_none_or(|&id| matches!(value.node(id), Node::None))
    };
    if !(is_none(2) && is_none(3) && is_none(4)) {
        return None;
    }
    let (kind, size) = bare.split_at_checked(1)?;
    let is_sized = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        "M" | "m" => {
            let name = if kind == "M" {
                "datetime64"
            } else {
                "timedelta64"
            };
            let unit = time_unit(value, state.get(8).copied())?;
            Some(match order {
                '>' => format!(">{kind}8{unit}"),
                _ => format!("{name}{unit}"),
            })
        }
        "S" | "V" if is_sized => Some(format!("|{bare}")),
        "U" if is_sized => Some(format!("{}{bare}", if order == '>' { '>' } else { '<' })),
        "b" | "i" | "u" | "f" | "c" if is_sized => Some(match order {
            '>' => format!(">{bare}"),
            _ => dtype_name(bare),
        }),
        _ => None,
    }
}

/// `[25us]` of the metadata `(…, (b'us', 25, 1, 1))`; nothing for times without a unit.
fn time_unit(value: &Value, metadata: Option<NodeId>) -> Option<String> {
    let Some(metadata) = metadata else {
        return Some(String::new());
    };
    let [_, unit] = value.items(metadata)? else {
        return None;
    };
    let [name, count, ..] = value.items(*unit)? else {
        return None;
    };
    let raw = raw_bytes(value, *name).filter(|raw| raw.len() <= MAX_WORD as u64)?;
    let name = String::from_utf8(raw.loaded()?).ok()?;
    Some(match (name.as_str(), value.int(*count)?) {
        ("generic", _) => String::new(),
        (name, 1) => format!("[{name}]"),
        (name, count) => format!("[{count}{name}]"),
    })
}

/// Raw bytes as pickles of the different protocols hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw<'v> {
    /// Bytes as such.
    Bytes(&'v Blob),
    /// Text whose characters stand for the bytes.
    Latin1(&'v Blob),
    /// None.
    Nothing,
}

impl Raw<'_> {
    /// Number of bytes in the file.
    pub(super) fn len(self) -> u64 {
        match self {
            Self::Bytes(blob) | Self::Latin1(blob) => blob.len(),
            Self::Nothing => 0,
        }
    }

    fn loaded(self) -> Option<Vec<u8>> {
        match self {
            Self::Nothing => Some(Vec::new()),
            Self::Bytes(blob) => blob.loaded().map(<[u8]>::to_vec),
            Self::Latin1(blob) => latin1(blob.loaded()?),
        }
    }
}

/// The bytes that a node stands for.
pub(super) fn raw_bytes(value: &Value, id: NodeId) -> Option<Raw<'_>> {
    match value.node(id) {
        Node::Bytes(blob) | Node::ByteArray(blob) | Node::Py2Str(blob) => Some(Raw::Bytes(blob)),
        // A str of Python 2, which NumPy takes for bytes.
        Node::Str(blob) => Some(Raw::Latin1(blob)),
        Node::Call(_) => match value.call(id)? {
            ("_codecs", "encode", [text, encoding]) => {
                let is_latin1 = matches!(
                    value.short_str(*encoding, MAX_WORD),
                    Some("latin1" | "latin-1" | "iso-8859-1")
                );
                match value.node(*text) {
                    Node::Str(blob) if is_latin1 => Some(Raw::Latin1(blob)),
                    _ => None,
                }
            }
            ("builtins" | "__builtin__", "bytes" | "bytearray", []) => Some(Raw::Nothing),
            ("builtins" | "__builtin__", "bytearray", [inner]) => match value.node(*inner) {
                Node::Bytes(blob) => Some(Raw::Bytes(blob)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The bytes that the characters of a text stand for.
pub(super) fn latin1(utf8: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(utf8).ok()?;
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}
