//! Readable faces of well-known classes, made from the data alone; nothing is constructed.
//!
//! A face is what Python's `repr` would print, for classes whose pickled form is known: dates and times, numbers,
//! paths, collections, NumPy scalars, dtypes and small arrays. Everything else stays a call with its arguments.
//!
//! A face looks at a bounded part of the value only, and takes that from the [`Budget`] of who asks: names, codes and
//! texts longer than any real one leave it a call.

mod arrays;
mod dates;
mod numpy;
mod time;

pub(super) use arrays::array_text;
pub(super) use dates::date_count;
pub use numpy::{dtype_code, dtype_name, dtype_spec};

use super::budget::Budget;
use super::number::float_repr;
use super::text::{shortened, text_repr};
use super::value::{Extras, Node, NodeId, Value};
use num_bigint::{BigInt, Sign};

/// Names of encodings, units and the like are not longer.
const MAX_WORD: usize = 64;
/// Names of classes and their attributes, and paths.
const MAX_NAME: usize = 1000;
/// Bytes of a scalar.
const MAX_SCALAR: usize = 4096;
/// Parts of a path.
const MAX_PARTS: usize = 256;
/// Characters of a module's or a class's name in the name of a type.
const MAX_SHOWN: usize = 200;

/// What is shown instead of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Face {
    /// A finished text, e.g. `datetime.date(2018, 5, 1)`.
    Text(String),
    /// A text that stands for bytes: each of its characters for one.
    Latin1(NodeId),
    /// A text that says how large something is; what it holds is in its children.
    Summary(String),
    /// Text before and after one node, e.g. `set(` list `)`.
    Around(String, NodeId, String),
    /// The items of the node itself between two texts, e.g. `deque(` […] `, maxlen=3)`.
    Items(String, NodeId, String),
    /// A call of the key-value pairs of the node itself, e.g. `OrderedDict(` {…} and a bracket.
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
        return match zone_key(value, id) {
            Some(_) => "zoneinfo.ZoneInfo".to_owned(),
            None => "call".to_owned(),
        };
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
        ("builtins", "getattr") if attribute(value, args).is_some() => "name".to_owned(),
        (module, _) if is_numpy(module) => {
            numpy::type_name(value, id, name, args).unwrap_or_else(|| qualified(module, name))
        }
        _ => qualified(module, name),
    }
}

/// For people: names longer than any real one are cut.
fn qualified(module: &str, name: &str) -> String {
    let name = shortened(name, MAX_SHOWN);
    match module {
        "builtins" | "__builtin__" => name.into_owned(),
        _ => format!("{}.{name}", shortened(module, MAX_SHOWN)),
    }
}

/// The whole name, to be read back.
fn whole_name(module: &str, name: &str) -> Option<String> {
    (module.len() <= MAX_NAME && name.len() <= MAX_NAME).then(|| match module {
        "builtins" | "__builtin__" => name.to_owned(),
        _ => format!("{module}.{name}"),
    })
}

/// The face of a call, if its class is one of the known ones and its arguments are as that class pickles them.
#[must_use]
pub(super) fn face(value: &Value, id: NodeId, budget: &Budget) -> Option<Face> {
    if !matches!(value.node(id), Node::Call(_)) || !budget.take(1, 0) {
        return None;
    }
    if let Some(key) = zone_key(value, id) {
        return Some(Face::Around(
            "zoneinfo.ZoneInfo(key=".to_owned(),
            key,
            ")".to_owned(),
        ));
    }
    let (module, name, args) = value.call(id)?;
    let face = match (module, name) {
        ("datetime", _) => time::face(value, name, args),
        ("_codecs", "encode") => latin1_text(value, args)
            .filter(|&text| latin1_head(value, text, MAX_WORD).is_some())
            .map(Face::Latin1),
        ("builtins" | "__builtin__", "set" | "frozenset" | "bytearray" | "list" | "tuple") => {
            match args {
                [] => Some(Face::Text(format!("{name}()"))),
                [inner] => Some(Face::Around(format!("{name}("), *inner, ")".to_owned())),
                _ => None,
            }
        }
        ("builtins" | "__builtin__", "complex") => complex(value, args).map(Face::Text),
        ("builtins" | "__builtin__", "getattr") => attribute(value, args).map(Face::Text),
        ("decimal" | "_decimal" | "_pydecimal", "Decimal") => {
            let name = "decimal.Decimal(".to_owned();
            Some(Face::Around(name, *args.first()?, ")".to_owned()))
        }
        ("collections", "OrderedDict" | "Counter" | "defaultdict") => pairs(value, id, name, args),
        ("collections", "deque") => deque(value, id, args),
        ("uuid", "UUID") => uuid(value, id).map(Face::Text),
        ("copyreg" | "copy_reg", "_reconstructor") if is_class(value, args, "uuid", "UUID") => {
            uuid(value, id).map(Face::Text)
        }
        (module, "PosixPath" | "WindowsPath" | "PurePosixPath" | "PureWindowsPath")
            if module.starts_with("pathlib") =>
        {
            path(value, name, args, budget).map(Face::Text)
        }
        (module, _) if is_numpy(module) => numpy::face(value, id, name, args, budget),
        _ => None,
    };
    face.filter(|face| face.says_all(value.extras(id)))
}

impl Face {
    /// Whether the face has room for what is done to the object after it is made.
    fn says_all(&self, extras: Option<&Extras>) -> bool {
        let Some(extras) = extras else { return true };
        let (has_items, has_pairs) = (!extras.list_items.is_empty(), !extras.dict_items.is_empty());
        match self {
            Self::Items(..) => !has_pairs && extras.state.is_empty(),
            Self::Pairs(..) => !has_items && extras.state.is_empty(),
            // Those of UUIDs, dtypes and arrays are made from the state.
            Self::Text(text) if text.starts_with("uuid.") || text.starts_with("numpy.dtype") => {
                !has_items && !has_pairs && extras.state.len() == 1
            }
            Self::Summary(_) => !has_items && !has_pairs,
            _ => false,
        }
    }
}

/// The key of a `zoneinfo.ZoneInfo`.
fn zone_key(value: &Value, id: NodeId) -> Option<NodeId> {
    let Node::Call(call) = value.node(id) else {
        return None;
    };
    let by_name = value.global(call.func) == Some(("zoneinfo", "ZoneInfo._unpickle"));
    let by_attribute = || {
        let ("builtins", "getattr", args) = value.call(call.func)? else {
            return None;
        };
        let [_, name] = args else { return None };
        let is_zone = is_class(value, args, "zoneinfo", "ZoneInfo");
        (is_zone && value.short_str(*name, MAX_WORD) == Some("_unpickle")).then_some(())
    };
    if !by_name {
        by_attribute()?;
    }
    match value.items(call.args)? {
        [key, _is_cached] if value.extras(id).is_none() => Some(*key),
        _ => None,
    }
}

/// `getattr(Colour, 'RED')`: newer Pythons pickle members of an enumeration like that.
fn attribute(value: &Value, args: &[NodeId]) -> Option<String> {
    let [class, name] = args else { return None };
    let (module, class) = value.global(*class)?;
    let class = whole_name(module, class)?;
    Some(format!("{class}.{}", value.short_str(*name, MAX_NAME)?))
}

fn is_class(value: &Value, args: &[NodeId], module: &str, name: &str) -> bool {
    args.first().and_then(|&class| value.global(class)) == Some((module, name))
}

fn is_numpy(module: &str) -> bool {
    module == "numpy" || module.starts_with("numpy.")
}

/// At most `max` bytes, or the text that Python 2 and protocols below 3 use for bytes; nothing where there are more.
fn raw_bytes(value: &Value, id: NodeId, max: usize) -> Option<Vec<u8>> {
    match value.node(id) {
        Node::Bytes(blob) | Node::Py2Str(blob) if blob.len() <= max as u64 => {
            blob.loaded().map(<[u8]>::to_vec)
        }
        Node::Str(_) => latin1_of(value.short_str(id, max.saturating_mul(2))?, max),
        Node::Call(_) => match value.call(id)? {
            ("_codecs", "encode", args) => {
                let text = latin1_text(value, args)?;
                latin1_of(value.short_str(text, max.saturating_mul(2))?, max)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The text of `_codecs.encode(text, 'latin1')`.
fn latin1_text(value: &Value, args: &[NodeId]) -> Option<NodeId> {
    match args {
        [text, encoding] if matches!(value.node(*text), Node::Str(_)) => {
            let encoding = value.short_str(*encoding, MAX_WORD)?;
            matches!(encoding, "latin1" | "latin-1" | "iso-8859-1").then_some(*text)
        }
        _ => None,
    }
}

/// The first bytes that a text stands for, at most `max`; nothing if one of its characters stands for none.
pub(super) fn latin1_head(value: &Value, text: NodeId, max: usize) -> Option<Vec<u8>> {
    // Each character takes one or two bytes.
    let head = value.str_head(text, max.saturating_mul(2))?;
    let end = head
        .char_indices()
        .nth(max)
        .map_or(head.len(), |(at, _)| at);
    latin1_of(head.get(..end)?, max)
}

/// The bytes that the characters of a text stand for, if they are at most `max`.
fn latin1_of(text: &str, max: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for c in text.chars() {
        if out.len() >= max {
            return None;
        }
        out.push(u8::try_from(u32::from(c)).ok()?);
    }
    Some(out)
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
    let call = format!("collections.{name}(");
    let set_later = value
        .extras(id)
        .is_some_and(|extras| !extras.dict_items.is_empty());
    match (name, args) {
        // Without a factory it can still have been given None, which is the same.
        ("defaultdict", []) => Some(Face::Pairs(format!("{call}None, "), id)),
        ("defaultdict", [factory]) => {
            let factory = match value.node(*factory) {
                Node::None => "None".to_owned(),
                _ => value
                    .global(*factory)
                    .and_then(|(module, name)| whole_name(module, name))?,
            };
            Some(Face::Pairs(format!("{call}{factory}, "), id))
        }
        (_, []) => Some(Face::Pairs(call, id)),
        (_, [inner]) if !set_later => Some(Face::Around(call, *inner, ")".to_owned())),
        _ => None,
    }
}

/// The items come later; the arguments, if any, are an empty tuple and the maximal length.
fn deque(value: &Value, id: NodeId, args: &[NodeId]) -> Option<Face> {
    let close = match args {
        [] => ")".to_owned(),
        [none, max_len] if value.items(*none).is_some_and(<[NodeId]>::is_empty) => {
            format!(", maxlen={})", value.int(*max_len)?)
        }
        _ => return None,
    };
    Some(Face::Items("collections.deque(".to_owned(), id, close))
}

fn uuid(value: &Value, id: NodeId) -> Option<String> {
    let state = *value.extras(id)?.state.first()?;
    let Node::Dict(fields) = value.node(state) else {
        return None;
    };
    let (_, int) = fields
        .iter()
        .take(MAX_WORD)
        .find(|(key, _)| value.short_str(*key, MAX_WORD) == Some("int"))?;
    let int = match value.node(*int) {
        Node::Int(int) => BigInt::from(*int),
        Node::BigInt(int) if int.bits() <= 128 => (**int).clone(),
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

fn path(value: &Value, name: &str, args: &[NodeId], budget: &Budget) -> Option<String> {
    if args.len() > MAX_PARTS || !budget.take(args.len() as u64, 0) {
        return None;
    }
    let mut parts: Vec<String> = args
        .iter()
        .map(|&part| value.short_str(part, MAX_NAME).map(str::to_owned))
        .collect::<Option<_>>()?;
    let len = parts.iter().map(String::len).sum::<usize>() as u64;
    if !budget.take(0, len) {
        return None;
    }
    let is_windows = name.contains("Windows");
    if is_windows {
        // As Python prints them, whatever the separator is.
        for part in &mut parts {
            *part = part.replace('\\', "/");
        }
    }
    let joined = match parts.split_first() {
        None => ".".to_owned(),
        // A drive without a root is followed by a path relative to where it stands.
        Some((root, rest))
            if root.ends_with('/') || (is_windows && matches!(root.as_bytes(), [_, b':'])) =>
        {
            format!("{root}{}", rest.join("/"))
        }
        _ => parts.join("/"),
    };
    Some(format!("pathlib.{name}({})", text_repr(joined.as_bytes())))
}
