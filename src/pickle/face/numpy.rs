//! Faces of NumPy's scalars, dtypes and arrays.

use super::super::budget::Budget;
use super::super::number::float_repr;
use super::super::text::{bytes_repr, text_repr};
use super::super::value::{Node, NodeId, Value};
use super::dates::date_text;
use super::{Face, MAX_NAME, MAX_SCALAR, MAX_WORD, complex_repr, qualified, raw_bytes};
use crate::float_text::{shortest_half, shortest_single, spelled};
use std::collections::HashMap;

/// Fields of a dtype in a dtype in a dtype are shown to this depth.
const MAX_FIELDS_DEPTH: usize = 4;
/// More fields than this, of all dtypes in a dtype together, are not written out.
const MAX_FIELDS: usize = 1000;
/// What NumPy keeps for "not a time".
const NOT_A_TIME: i64 = i64::MIN;

pub(super) fn face(
    value: &Value,
    id: NodeId,
    name: &str,
    args: &[NodeId],
    budget: &Budget,
) -> Option<Face> {
    match name {
        "dtype" => {
            let text = DtypeText::new(value, budget).whole(id)?;
            Some(Face::Text(format!("numpy.dtype({text})")))
        }
        "scalar" => scalar(value, args, budget).map(Face::Text),
        "_reconstruct" | "_mareconstruct" | "_frombuffer" | "reshape" | "fromstring"
        | "frombuffer" => array(value, id, name, args, budget).map(Face::Summary),
        _ => None,
    }
}

/// Type of what the function makes.
pub(super) fn type_name(value: &Value, id: NodeId, name: &str, args: &[NodeId]) -> Option<String> {
    Some(match name {
        "scalar" => match args.first().and_then(|&dtype| dtype_code(value, dtype)) {
            Some(code) => format!("numpy.{}", scalar_name(&code)),
            None => "numpy scalar".to_owned(),
        },
        "_reconstruct" => match args.first().and_then(|&class| value.global(class)) {
            Some(("numpy", "ndarray")) | None if holds_objects(value, id) => {
                "ndarray of objects".to_owned()
            }
            Some(("numpy", "ndarray")) | None => "ndarray".to_owned(),
            Some((module, name)) => qualified(module, name),
        },
        "_frombuffer" | "reshape" | "fromstring" | "frombuffer" => "ndarray".to_owned(),
        "_mareconstruct" => "MaskedArray".to_owned(),
        _ => return None,
    })
}

/// Whether the cells of an array are objects of Python, which are pickled one by one.
fn holds_objects(value: &Value, id: NodeId) -> bool {
    let state = || value.items(*value.extras(id)?.state.first()?);
    let data = state().and_then(<[NodeId]>::last);
    data.is_some_and(|data| matches!(value.node(*data), Node::List(_)))
}

// --- dtypes --------------------------------------------------------------------------------------

/// NumPy's short code with byte order (`<f8`, `<M8[s]`) of a pickled `numpy.dtype`: its argument, and the rest from its
/// state.
#[must_use]
pub fn dtype_code(value: &Value, id: NodeId) -> Option<String> {
    let ("numpy", "dtype", args) = value.call(id)? else {
        return None;
    };
    let code = value.short_str(*args.first()?, MAX_WORD)?;
    let order = state(value, id, 1).and_then(|order| value.short_str(order, 1));
    let unit = if code.starts_with(['M', 'm']) {
        unit_text(value, id).unwrap_or_default()
    } else {
        String::new()
    };
    match order {
        Some(order) if order != "|" && !code.starts_with(['<', '>', '=', '|']) => {
            Some(format!("{order}{code}{unit}"))
        }
        _ => Some(format!("{code}{unit}")),
    }
}

/// A part of the state of a dtype: version, byte order, base, names, fields, size, alignment, flags, metadata.
fn state(value: &Value, id: NodeId, at: usize) -> Option<NodeId> {
    let state = value.items(*value.extras(id)?.state.first()?)?;
    state.get(at).copied()
}

/// `[25us]` of a date; nothing where it has no unit.
fn unit_text(value: &Value, id: NodeId) -> Option<String> {
    let [_, spec] = value.items(state(value, id, 8)?)? else {
        return None;
    };
    let [name, count, ..] = value.items(*spec)? else {
        return None;
    };
    let name = String::from_utf8(raw_bytes(value, *name, MAX_WORD)?).ok()?;
    match (name.as_str(), value.int(*count)?) {
        ("generic", _) => None,
        (name, 1) => Some(format!("[{name}]")),
        (name, count) => Some(format!("[{count}{name}]")),
    }
}

/// What `numpy.dtype` would make this dtype of, without quotes: its code, or a list of fields.
#[must_use]
pub fn dtype_spec(value: &Value, id: NodeId) -> Option<String> {
    let has_fields =
        |at| state(value, id, at).is_some_and(|part| !matches!(value.node(part), Node::None));
    match has_fields(2) || has_fields(3) {
        true => DtypeText::new(value, &Budget::of_line(MAX_WORD)).whole(id),
        false => dtype_code(value, id),
    }
}

/// What `numpy.dtype` would make a dtype of: a code in quotes, or a list of fields.
struct DtypeText<'v> {
    value: &'v Value,
    budget: &'v Budget,
    /// Fields that may still be written: dtypes are shared, and unfold without end.
    left: usize,
}

impl<'v> DtypeText<'v> {
    fn new(value: &'v Value, budget: &'v Budget) -> Self {
        let left = MAX_FIELDS;
        Self {
            value,
            budget,
            left,
        }
    }

    fn whole(&mut self, id: NodeId) -> Option<String> {
        let text = self.of(id, 0)?;
        self.budget.take(0, text.len() as u64).then_some(text)
    }

    fn of(&mut self, id: NodeId, depth: usize) -> Option<String> {
        if depth > MAX_FIELDS_DEPTH {
            return None;
        }
        let value = self.value;
        if let Some(base) = state(value, id, 2)
            && let Some(&[base, shape]) = value.items(base)
        {
            let shape = shape_text(value, shape)?;
            return Some(format!("({}, {shape})", self.of(base, depth + 1)?));
        }
        let names = state(value, id, 3).and_then(|names| value.items(names));
        match names {
            Some(names) if !names.is_empty() => self.fields(id, names, depth),
            _ => dtype_code(value, id).map(|code| text_repr(code.as_bytes())),
        }
    }

    /// `[('a', '<i4'), …]`; where the fields are not packed, with their offsets.
    fn fields(&mut self, id: NodeId, names: &[NodeId], depth: usize) -> Option<String> {
        let value = self.value;
        let Node::Dict(pairs) = value.node(state(value, id, 4)?) else {
            return None;
        };
        // Titles are in the dict besides names.
        if pairs.len() > 2 * MAX_FIELDS || !self.budget.take(pairs.len() as u64, 0) {
            return None;
        }
        self.left = self.left.checked_sub(names.len())?;
        let mut by_name = HashMap::with_capacity(pairs.len());
        for &(key, field) in pairs {
            if let Some(name) = value.short_str(key, MAX_NAME) {
                by_name.entry(name).or_insert(field);
            }
        }
        let (mut packed, mut formats, mut offsets, mut quoted) = (vec![], vec![], vec![], vec![]);
        for &name in names {
            let name = value.short_str(name, MAX_NAME)?;
            let [dtype, offset, ..] = value.items(*by_name.get(name)?)? else {
                return None;
            };
            let (name, format) = (text_repr(name.as_bytes()), self.of(*dtype, depth + 1)?);
            // A sub-array is `(base, shape)` by itself and `name, base, shape` as a field.
            let inner = format
                .strip_prefix('(')
                .and_then(|text| text.strip_suffix(')'));
            packed.push(format!("({name}, {})", inner.unwrap_or(&format)));
            formats.push(format);
            offsets.push((value.int(*offset)?, itemsize(value, *dtype)?));
            quoted.push(name);
        }
        let size = value.int(state(value, id, 5)?)?;
        let end = offsets.iter().try_fold(0, |end, &(offset, size)| {
            (offset == end).then(|| offset.saturating_add(size))
        });
        if end == Some(size) {
            return Some(format!("[{}]", packed.join(", ")));
        }
        let offsets: Vec<String> = offsets
            .iter()
            .map(|(offset, _)| offset.to_string())
            .collect();
        Some(format!(
            "{{'names': [{}], 'formats': [{}], 'offsets': [{}], 'itemsize': {size}}}",
            quoted.join(", "),
            formats.join(", "),
            offsets.join(", ")
        ))
    }
}

/// Bytes of an element: from the state, or from the code.
fn itemsize(value: &Value, id: NodeId) -> Option<i64> {
    match value.int(state(value, id, 5)?)? {
        -1 => {
            let code = value.short_str(*value.call(id)?.2.first()?, MAX_WORD)?;
            code.trim_start_matches(|c: char| !c.is_ascii_digit())
                .parse()
                .ok()
        }
        size => Some(size),
    }
}

/// `float64` for `<f8`, and so on; the code itself where NumPy has no such name.
#[must_use]
pub fn dtype_name(code: &str) -> String {
    let bare = code.trim_start_matches(['<', '>', '=', '|']);
    let (kind, size) = bare.split_at_checked(1).unwrap_or((bare, ""));
    let word = match kind {
        "b" if size == "1" => return "bool".to_owned(),
        "i" => "int",
        "u" => "uint",
        "f" => "float",
        "c" => "complex",
        _ => return code.to_owned(),
    };
    match size.parse::<u32>() {
        Ok(bytes) if bytes <= 64 => format!("{word}{}", bytes * 8),
        _ => code.to_owned(),
    }
}

/// Name of the class of a scalar.
fn scalar_name(code: &str) -> String {
    match code.trim_start_matches(['<', '>', '=', '|']).chars().next() {
        Some('M') => "datetime64".to_owned(),
        Some('m') => "timedelta64".to_owned(),
        Some('U') => "str_".to_owned(),
        Some('S') => "bytes_".to_owned(),
        Some('V') => "void".to_owned(),
        _ => dtype_name(code),
    }
}

// --- scalars -------------------------------------------------------------------------------------

fn scalar(value: &Value, args: &[NodeId], budget: &Budget) -> Option<String> {
    let [dtype, data] = args else { return None };
    let code = dtype_code(value, *dtype)?;
    let bytes = raw_bytes(value, *data, MAX_SCALAR)?;
    if !budget.take(0, bytes.len() as u64) {
        return None;
    }
    // A scalar with fields has no text of its own.
    if state(value, *dtype, 3)
        .and_then(|names| value.items(names))
        .is_some()
    {
        return None;
    }
    let text = element_text(&code, &bytes)?;
    Some(format!("numpy.{}({text})", scalar_name(&code)))
}

/// One element of a NumPy dtype as text, from its bytes.
pub(super) fn element_text(code: &str, bytes: &[u8]) -> Option<String> {
    let is_big = code.starts_with('>');
    let bare = code.trim_start_matches(['<', '>', '=', '|']);
    match bare.get(..1)? {
        "c" => {
            let (real, imaginary) = bytes.split_at_checked(bytes.len() / 2)?;
            let part = |bytes| float_text(bytes, is_big)?.parse::<f64>().ok();
            let text = complex_repr(part(real)?, part(imaginary)?);
            Some(text.trim_matches(['(', ')']).to_owned())
        }
        "f" => float_text(bytes, is_big),
        "S" | "V" => Some(bytes_repr(bytes)),
        "U" => {
            let (chars, rest) = bytes.as_chunks::<4>();
            let read = |bytes: &[u8; 4]| match is_big {
                true => u32::from_be_bytes(*bytes),
                false => u32::from_le_bytes(*bytes),
            };
            let text: String = chars
                .iter()
                .map(|bytes| char::from_u32(read(bytes)))
                .collect::<Option<_>>()?;
            rest.is_empty().then(|| text_repr(text.as_bytes()))
        }
        "M" | "m" => {
            let unit = bare.strip_suffix(']').and_then(|code| code.split_once('['));
            date_or_delta(
                bare,
                i64::try_from(int(bytes, is_big, true)?).ok()?,
                unit.map(|(_, unit)| unit),
            )
        }
        "b" => match bytes {
            [0] => Some("False".to_owned()),
            [1] => Some("True".to_owned()),
            _ => None,
        },
        "u" => int(bytes, is_big, false).map(|int| int.to_string()),
        "i" => int(bytes, is_big, true).map(|int| int.to_string()),
        _ => None,
    }
}

fn int(bytes: &[u8], is_big: bool, is_signed: bool) -> Option<i128> {
    if !(1..=8).contains(&bytes.len()) {
        return None;
    }
    let mut little = bytes.to_vec();
    if is_big {
        little.reverse();
    }
    let is_negative = is_signed && little.last().is_some_and(|top| top & 0x80 != 0);
    little.resize(16, if is_negative { 0xff } else { 0 });
    little.try_into().ok().map(i128::from_le_bytes)
}

fn float_text(bytes: &[u8], is_big: bool) -> Option<String> {
    let mut little = bytes.to_vec();
    if is_big {
        little.reverse();
    }
    match little.len() {
        8 => Some(float_repr(f64::from_le_bytes(little.try_into().ok()?))),
        4 => {
            let single = f32::from_le_bytes(little.try_into().ok()?);
            Some(spelled(&shortest_single(single), single.into(), true))
        }
        2 => {
            let half = half::f16::from_le_bytes(little.try_into().ok()?);
            Some(spelled(&shortest_half(half), half.to_f64(), true))
        }
        _ => None,
    }
}

/// Arguments of `datetime64` or `timedelta64`.
fn date_or_delta(bare: &str, count: i64, unit: Option<&str>) -> Option<String> {
    let Some(unit) = unit else {
        return match count {
            NOT_A_TIME => Some("'NaT'".to_owned()),
            count if bare.starts_with('m') => Some(count.to_string()),
            _ => None,
        };
    };
    if count == NOT_A_TIME {
        return Some(format!("'NaT', '{unit}'"));
    }
    if bare.starts_with('m') {
        return Some(format!("{count}, '{unit}'"));
    }
    let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
    let times = unit.strip_suffix(name).filter(|times| !times.is_empty());
    let times: i128 = times.map_or(Some(1), |times| times.parse().ok())?;
    let text = date_text(i128::from(count).checked_mul(times)?, name)?;
    Some(format!("'{text}', '{unit}'"))
}

// --- arrays --------------------------------------------------------------------------------------

/// An array inside a value: its dtype and shape; what it holds is left to the tree.
fn array(
    value: &Value,
    id: NodeId,
    name: &str,
    args: &[NodeId],
    budget: &Budget,
) -> Option<String> {
    let (dtype, shape) = match (name, args) {
        ("_reconstruct" | "_mareconstruct", _) => {
            let state = value.items(*value.extras(id)?.state.first()?)?;
            (Some(*state.get(2)?), *state.get(1)?)
        }
        ("_frombuffer", [_, dtype, shape, ..]) => (Some(*dtype), *shape),
        ("reshape", [array, shape, ..]) => match value.call(*array)? {
            (_, "fromstring" | "frombuffer", args) => (args.get(1).copied(), *shape),
            _ => return None,
        },
        ("fromstring" | "frombuffer", [data, dtype]) => {
            let bytes = match value.node(*data) {
                Node::Bytes(blob) => blob.len(),
                _ => return None,
            };
            let dtype = dtype_label(value, *dtype, budget)?;
            return Some(format!("<array of {dtype}, {bytes} bytes>"));
        }
        _ => return None,
    };
    let class = match type_name(value, id, name, args)?.as_str() {
        "ndarray" | "ndarray of objects" => "array".to_owned(),
        "MaskedArray" => "masked array".to_owned(),
        class => class.to_owned(),
    };
    let (dtype, shape) = (
        dtype_label(value, dtype?, budget)?,
        shape_text(value, shape)?,
    );
    Some(format!("<{class} of {dtype}, shape {shape}>"))
}

/// Name of a dtype that is pickled, or given as text.
fn dtype_label(value: &Value, id: NodeId, budget: &Budget) -> Option<String> {
    if let Some(text) = value.short_str(id, MAX_NAME) {
        return Some(text.to_owned());
    }
    let text = DtypeText::new(value, budget).whole(id)?;
    let code = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    Some(code.map_or(text.clone(), dtype_name))
}

/// `(2, 3)`
fn shape_text(value: &Value, id: NodeId) -> Option<String> {
    let shape = value.items(id).filter(|shape| shape.len() <= 64)?;
    let sizes: Vec<String> = shape
        .iter()
        .map(|&size| value.int(size).map(|n| n.to_string()))
        .collect::<Option<_>>()?;
    let comma = if sizes.len() == 1 { "," } else { "" };
    Some(format!("({}{comma})", sizes.join(", ")))
}
