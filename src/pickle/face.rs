//! Readable faces of well-known classes, made from the data alone; nothing is constructed.
//!
//! A face is what Python's `repr` would print, for classes whose pickled form is known: dates and times, numbers,
//! paths, collections, NumPy scalars, dtypes and small arrays. Everything else stays a call with its arguments.

use super::number::float_repr;
use super::value::{Node, NodeId, Value};
use num_bigint::{BigInt, Sign};

/// What is shown instead of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Face {
    /// A finished text, e.g. `datetime.date(2018, 5, 1)`.
    Text(String),
    /// Contents in memory that Python would show as bytes.
    Bytes(Vec<u8>),
    /// A text that says how large something is; what it holds is in its children.
    Summary(String),
    /// Text before and after one node, e.g. `set(` list `)`.
    Around(String, NodeId, &'static str),
    /// A name around the key-value pairs of the node itself, e.g. `OrderedDict({…})`.
    Pairs(String, NodeId),
}

/// Type as a reader would call it: class name with its module, without `builtins`.
#[must_use]
pub(super) fn type_name(value: &Value, id: NodeId) -> String {
    let plain = match value.node(id) {
        Node::None => "NoneType",
        Node::Bool(_) => "bool",
        Node::Int(_) | Node::BigInt(_) => "int",
        Node::Float(_) => "float",
        Node::Str(_) => "str",
        Node::Bytes(_) => "bytes",
        Node::ByteArray(_) => "bytearray",
        Node::Py2Str(_) => "Python 2 str",
        Node::List(_) => "list",
        Node::Tuple(_) => "tuple",
        Node::Set(_) => "set",
        Node::FrozenSet(_) => "frozenset",
        Node::Dict(_) => "dict",
        Node::Global(_) => "name",
        Node::Persistent(_) => "persistent id",
        Node::Extension(_) => "extension code",
        Node::OutOfBand(_) => "out-of-band buffer",
        Node::Call(call) => return call_type(value, id, call.func),
    };
    plain.to_owned()
}

fn call_type(value: &Value, id: NodeId, func: NodeId) -> String {
    let Some((module, name)) = value.global(func) else {
        return "call".to_owned();
    };
    let args = value.call(id).map(|(_, _, args)| args).unwrap_or_default();
    match (module, name) {
        ("_codecs", "encode") => "bytes".to_owned(),
        ("copyreg" | "copy_reg", "_reconstructor" | "__newobj__") | (_, "_unpickle_enum") => {
            match args.first().and_then(|&class| value.global(class)) {
                Some((module, name)) => qualified(module, name),
                None => "object".to_owned(),
            }
        }
        (module, "scalar") if is_numpy(module) => {
            match args.first().and_then(|&dtype| dtype_code(value, dtype)) {
                Some(code) => format!("numpy.{}", dtype_name(&code)),
                None => "numpy scalar".to_owned(),
            }
        }
        (module, "_reconstruct" | "_frombuffer" | "reshape" | "fromstring" | "frombuffer")
            if is_numpy(module) =>
        {
            "ndarray".to_owned()
        }
        _ => qualified(module, name),
    }
}

fn qualified(module: &str, name: &str) -> String {
    match module {
        "builtins" | "__builtin__" => name.to_owned(),
        _ => format!("{module}.{name}"),
    }
}

/// The face of a call, if its class is one of the known ones and its arguments are as that class pickles them.
#[must_use]
pub(super) fn face(value: &Value, id: NodeId) -> Option<Face> {
    let (module, name, args) = value.call(id)?;
    match (module, name) {
        ("datetime", _) => datetime(value, name, args),
        ("_codecs", "encode") => latin1(value, args).map(Face::Bytes),
        ("builtins" | "__builtin__", "set" | "frozenset" | "bytearray" | "list" | "tuple") => {
            match args {
                [] => Some(Face::Text(format!("{name}()"))),
                [inner] => Some(Face::Around(format!("{name}("), *inner, ")")),
                _ => None,
            }
        }
        ("builtins" | "__builtin__", "complex") => complex(value, args).map(Face::Text),
        ("decimal" | "_decimal" | "_pydecimal", "Decimal") => Some(Face::Around(
            format!("{}(", qualified(module, name)),
            *args.first()?,
            ")",
        )),
        ("collections", "OrderedDict" | "Counter" | "defaultdict") => pairs(value, id, name, args),
        ("uuid", "UUID") => uuid(value, id).map(Face::Text),
        ("copyreg" | "copy_reg", "_reconstructor") if is_class(value, args, "uuid", "UUID") => {
            uuid(value, id).map(Face::Text)
        }
        (module, "PosixPath" | "WindowsPath" | "PurePosixPath" | "PureWindowsPath")
            if module.starts_with("pathlib") =>
        {
            path(value, name, args).map(Face::Text)
        }
        ("numpy", "dtype") => Some(Face::Text(format!(
            "numpy.dtype('{}')",
            dtype_code(value, id)?
        ))),
        (module, "scalar") if is_numpy(module) => numpy_scalar(value, args).map(Face::Text),
        (module, "_reconstruct") if is_numpy(module) => small_array(value, id).map(Face::Summary),
        _ => None,
    }
}

fn is_class(value: &Value, args: &[NodeId], module: &str, name: &str) -> bool {
    args.first().and_then(|&class| value.global(class)) == Some((module, name))
}

fn is_numpy(module: &str) -> bool {
    module == "numpy" || module.starts_with("numpy.")
}

/// bytes, or the text that Python 2 and protocols below 3 use for bytes.
fn raw_bytes(value: &Value, id: NodeId) -> Option<Vec<u8>> {
    match value.node(id) {
        Node::Bytes(blob) | Node::Py2Str(blob) => blob.loaded().map(<[u8]>::to_vec),
        Node::Str(_) => latin1_of(value.str(id)?),
        Node::Call(_) => match value.call(id)? {
            ("_codecs", "encode", args) => latin1(value, args),
            _ => None,
        },
        _ => None,
    }
}

fn latin1(value: &Value, args: &[NodeId]) -> Option<Vec<u8>> {
    match args {
        [text, encoding]
            if matches!(
                value.str(*encoding),
                Some("latin1" | "latin-1" | "iso-8859-1")
            ) =>
        {
            latin1_of(value.str(*text)?)
        }
        _ => None,
    }
}

fn latin1_of(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

/// CPython packs a datetime into ten bytes: year (2, big-endian), month, day, hour, minute, second, microsecond (3).
fn datetime(value: &Value, name: &str, args: &[NodeId]) -> Option<Face> {
    let bytes = |id: &NodeId| raw_bytes(value, *id);
    let zoned = |head: String, rest: &[NodeId]| match rest {
        [] => Some(Face::Text(format!("{head})"))),
        [zone] => Some(Face::Around(format!("{head}, tzinfo="), *zone, ")")),
        _ => None,
    };
    match (name, args) {
        ("datetime", [packed, rest @ ..]) => {
            let [y1, y2, month, day, clock @ ..] = <[u8; 10]>::try_from(bytes(packed)?).ok()?;
            let year = u16::from_be_bytes([y1, y2]);
            // Bit 7 of the month is the fold of PEP 495.
            let (month, clock) = (month & 0x7f, clock_text(clock));
            zoned(
                format!("datetime.datetime({year}, {month}, {day}, {clock}"),
                rest,
            )
        }
        ("date", [packed]) => {
            let [y1, y2, month, day] = bytes(packed)?.try_into().ok()?;
            let year = u16::from_be_bytes([y1, y2]);
            Some(Face::Text(format!("datetime.date({year}, {month}, {day})")))
        }
        ("time", [packed, rest @ ..]) => {
            let mut clock: [u8; 6] = bytes(packed)?.try_into().ok()?;
            // Bit 7 of the hour is the fold.
            clock[0] &= 0x7f;
            zoned(format!("datetime.time({}", clock_text(clock)), rest)
        }
        ("timedelta", _) => timedelta(value, args).map(Face::Text),
        ("timezone", [delta]) => Some(match timedelta_of(value, *delta).as_deref() {
            Some("datetime.timedelta(0)") => Face::Text("datetime.timezone.utc".to_owned()),
            _ => Face::Around("datetime.timezone(".to_owned(), *delta, ")"),
        }),
        _ => None,
    }
}

fn timedelta_of(value: &Value, id: NodeId) -> Option<String> {
    match value.call(id)? {
        ("datetime", "timedelta", args) => timedelta(value, args),
        _ => None,
    }
}

fn timedelta(value: &Value, args: &[NodeId]) -> Option<String> {
    let field = |at: usize| args.get(at).and_then(|&id| value.int(id));
    let parts = [
        ("days", field(0)?),
        ("seconds", field(1)?),
        ("microseconds", field(2)?),
    ];
    let shown: Vec<String> = parts
        .iter()
        .filter(|(_, n)| *n != 0)
        .map(|(name, n)| format!("{name}={n}"))
        .collect();
    let shown = if shown.is_empty() {
        "0".to_owned()
    } else {
        shown.join(", ")
    };
    Some(format!("datetime.timedelta({shown})"))
}

/// Hour, minute, and what is not zero of second and microsecond.
fn clock_text([hour, minute, second, a, b, c]: [u8; 6]) -> String {
    let micro = u32::from_be_bytes([0, a, b, c]);
    match (second, micro) {
        (0, 0) => format!("{hour}, {minute}"),
        (_, 0) => format!("{hour}, {minute}, {second}"),
        _ => format!("{hour}, {minute}, {second}, {micro}"),
    }
}

fn complex(value: &Value, args: &[NodeId]) -> Option<String> {
    match args {
        [re, im] => Some(complex_repr(value.float(*re)?, value.float(*im)?)),
        _ => None,
    }
}

/// `repr()` of a complex number.
#[must_use]
pub fn complex_repr(re: f64, im: f64) -> String {
    let short = |part: f64| float_repr(part).trim_end_matches(".0").to_owned();
    let sign = if im.is_sign_negative() && !im.is_nan() {
        ""
    } else {
        "+"
    };
    if re == 0.0 && re.is_sign_positive() {
        return format!("{}j", short(im));
    }
    format!("({}{sign}{}j)", short(re), short(im))
}

fn pairs(value: &Value, id: NodeId, name: &str, args: &[NodeId]) -> Option<Face> {
    let name = format!("collections.{name}");
    let set_later = value
        .extras(id)
        .is_some_and(|extras| !extras.dict_items.is_empty());
    match args {
        [] => Some(Face::Pairs(name, id)),
        [inner] if !set_later && value.global(*inner).is_none() => {
            Some(Face::Around(format!("{name}("), *inner, ")"))
        }
        [_factory] => Some(Face::Pairs(name, id)),
        _ => None,
    }
}

fn uuid(value: &Value, id: NodeId) -> Option<String> {
    let state = *value.extras(id)?.state.first()?;
    let Node::Dict(fields) = value.node(state) else {
        return None;
    };
    let (_, int) = fields
        .iter()
        .find(|(key, _)| value.str(*key) == Some("int"))?;
    let int = match value.node(*int) {
        Node::Int(int) => BigInt::from(*int),
        Node::BigInt(int) => (**int).clone(),
        _ => return None,
    };
    let (sign, bytes) = int.to_bytes_be();
    if sign == Sign::Minus || bytes.len() > 16 {
        return None;
    }
    let hex: String = std::iter::repeat_n(&0, 16 - bytes.len())
        .chain(&bytes)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    let (a, b, c, d, e) = (
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    );
    Some(format!("uuid.UUID('{a}-{b}-{c}-{d}-{e}')"))
}

fn path(value: &Value, name: &str, args: &[NodeId]) -> Option<String> {
    let parts: Vec<&str> = args
        .iter()
        .map(|&part| value.str(part))
        .collect::<Option<_>>()?;
    let separator = if name.contains("Windows") { "\\" } else { "/" };
    let joined = match parts.split_first() {
        Some((root, rest)) if root.ends_with(separator) => {
            format!("{root}{}", rest.join(separator))
        }
        _ => parts.join(separator),
    };
    Some(format!("pathlib.{name}({joined:?})"))
}

// --- NumPy ---------------------------------------------------------------------------------------

/// NumPy's short code with byte order (`<f8`) of a pickled `numpy.dtype`: its argument, and the byte order from its state.
#[must_use]
pub fn dtype_code(value: &Value, id: NodeId) -> Option<String> {
    let ("numpy", "dtype", args) = value.call(id)? else {
        return None;
    };
    let code = value.str(*args.first()?)?;
    let state = value
        .extras(id)
        .and_then(|extras| value.items(*extras.state.first()?));
    let order = state
        .and_then(|state| value.str(*state.get(1)?))
        .unwrap_or("|");
    if order == "|" || code.starts_with(['<', '>', '=', '|']) {
        return Some(code.to_owned());
    }
    Some(format!("{order}{code}"))
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

fn numpy_scalar(value: &Value, args: &[NodeId]) -> Option<String> {
    let [dtype, data] = args else { return None };
    let code = dtype_code(value, *dtype)?;
    let text = number_text(&code, &raw_bytes(value, *data)?)?;
    Some(format!("numpy.{}({text})", dtype_name(&code)))
}

/// A number of a NumPy dtype as text, from its bytes.
fn number_text(code: &str, bytes: &[u8]) -> Option<String> {
    let mut little = bytes.to_vec();
    if code.starts_with('>') {
        little.reverse();
    }
    let bare = code.trim_start_matches(['<', '>', '=', '|']);
    let wide = |fill: u8| -> Option<[u8; 8]> {
        let mut wide = [fill; 8];
        wide.get_mut(..little.len())?.copy_from_slice(&little);
        Some(wide)
    };
    let negative = little.last().is_some_and(|top| top & 0x80 != 0);
    match (bare.get(..1)?, little.len()) {
        ("b", 1) => Some(if little == [0] { "False" } else { "True" }.to_owned()),
        ("u", 1..=8) => Some(u64::from_le_bytes(wide(0)?).to_string()),
        ("i", 1..=8) => {
            Some(i64::from_le_bytes(wide(if negative { 0xff } else { 0 })?).to_string())
        }
        ("f", 8) => Some(float_repr(f64::from_le_bytes(wide(0)?))),
        ("f", 4) => Some(narrow_repr(
            &f32::from_le_bytes(little.try_into().ok()?).to_string(),
        )),
        ("f", 2) => Some(narrow_repr(
            &half::f16::from_le_bytes(little.try_into().ok()?).to_string(),
        )),
        _ => None,
    }
}

/// The digits of a float narrower than 64 bits, in the form that Python gives a float of these digits.
fn narrow_repr(digits: &str) -> String {
    digits
        .parse()
        .map_or_else(|_| digits.to_owned(), float_repr)
}

/// An array inside a value: its dtype and shape, and the numbers of small ones are left to the tree.
fn small_array(value: &Value, id: NodeId) -> Option<String> {
    let state = value.items(*value.extras(id)?.state.first()?)?;
    let shape = value
        .items(*state.get(1)?)
        .filter(|shape| shape.len() <= 64)?;
    let sizes: Vec<String> = shape
        .iter()
        .map(|&size| value.int(size).map(|n| n.to_string()))
        .collect::<Option<_>>()?;
    let comma = if sizes.len() == 1 { "," } else { "" };
    let code = dtype_code(value, *state.get(2)?)?;
    Some(format!(
        "<array of {}, shape ({}{comma})>",
        dtype_name(&code),
        sizes.join(", ")
    ))
}
