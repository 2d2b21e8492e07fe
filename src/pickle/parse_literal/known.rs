//! The classes whose objects can be written as text, made as the data that CPython pickles for them.

mod arrays;
mod collections;
mod dates;
mod dtypes;
mod numbers;
mod numpy;
mod paths;

use super::super::builder::ValueBuilder;
use super::super::hashable::Keys;
use super::super::nodes::Nodes as _;
use super::super::text::{Piece, pieces, push_code_point};
use super::super::value::{Blob, Node, NodeId};
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
pub(super) use numbers::too_large;
use numpy::Scalar;
use paths::{posix_parts, windows_parts};
use std::collections::{HashMap, HashSet};

macro_rules! classes {
    ($($name:ident = $path:literal $(, $other:literal)*;)*) => {
        /// A class or function that may be called in a literal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::pickle::parse_literal) enum Class {
            $($name,)*
            /// A scalar type of NumPy.
            Numpy(Scalar),
        }

        impl Class {
            /// The class of a name as [`super::super::Value::literal`] writes it, or as Python's `repr` does.
            pub(super) fn called(path: &str) -> Option<Self> {
                match path {
                    $($path $(| $other)* => Some(Self::$name),)*
                    _ => Scalar::called(path).map(Self::Numpy),
                }
            }

            /// Its name as `literal` writes it.
            pub(super) fn name(self) -> String {
                match self {
                    $(Self::$name => $path.to_owned(),)*
                    Self::Numpy(scalar) => format!("numpy.{}", scalar.name()),
                }
            }

            /// All names, for messages.
            pub(super) fn list() -> String {
                [$($path,)* "numpy.float64 and other scalars of NumPy"].join(", ")
            }
        }
    };
}

classes! {
    Int = "int";
    Float = "float";
    Bool = "bool";
    Bytes = "bytes";
    Dict = "dict";
    Set = "set";
    FrozenSet = "frozenset";
    ByteArray = "bytearray";
    List = "list";
    Tuple = "tuple";
    Complex = "complex";
    Range = "range";
    Slice = "slice";
    DateTime = "datetime.datetime";
    Date = "datetime.date";
    Time = "datetime.time";
    TimeDelta = "datetime.timedelta";
    TimeZone = "datetime.timezone";
    ZoneInfo = "zoneinfo.ZoneInfo";
    Decimal = "decimal.Decimal", "Decimal";
    Fraction = "fractions.Fraction", "Fraction";
    Uuid = "uuid.UUID", "UUID";
    OrderedDict = "collections.OrderedDict", "OrderedDict";
    DefaultDict = "collections.defaultdict", "defaultdict";
    Counter = "collections.Counter", "Counter";
    Deque = "collections.deque", "deque";
    PosixPath = "pathlib.PosixPath", "PosixPath", "pathlib.Path";
    PurePosixPath = "pathlib.PurePosixPath", "PurePosixPath", "pathlib.PurePath";
    WindowsPath = "pathlib.WindowsPath", "WindowsPath";
    PureWindowsPath = "pathlib.PureWindowsPath", "PureWindowsPath";
    DType = "numpy.dtype", "dtype", "np.dtype";
    Array = "numpy.array", "np.array", "array";
    Zeros = "numpy.zeros", "np.zeros";
    Reshape = "numpy.core.fromnumeric.reshape";
    FromString = "numpy.core.multiarray.fromstring";
    FromBuffer = "numpy.core.multiarray.frombuffer";
    NdArray = "numpy.ndarray", "np.ndarray";
}

/// Makes objects in a [`ValueBuilder`].
#[derive(Debug, Default)]
pub(super) struct Maker {
    pub(super) builder: ValueBuilder,
    utc: Option<NodeId>,
    /// Python has one object for each plain dtype.
    pub(super) dtypes: HashMap<String, NodeId>,
    /// Objects that are equal to nothing, not even to themselves.
    nans: HashSet<NodeId>,
    keys: Keys,
}

/// Arguments of a call, taken one by one.
pub(super) struct Args<'a> {
    given: &'a [NodeId],
    keywords: &'a [(String, NodeId)],
    /// How many of the given ones have been taken.
    at: usize,
    taken: Vec<&'a str>,
}

/// What making an object gives, or what is wrong with its arguments.
type Made = Result<NodeId, String>;

impl<'a> Args<'a> {
    /// The next argument, by place or by name.
    pub(super) fn next(&mut self, name: &'a str) -> Option<NodeId> {
        if let Some(&arg) = self.given.get(self.at) {
            self.at += 1;
            return Some(arg);
        }
        self.named(name)
    }

    /// An argument that is only taken by name.
    fn named(&mut self, name: &'a str) -> Option<NodeId> {
        let (_, arg) = self.keywords.iter().rfind(|(keyword, _)| keyword == name)?;
        self.taken.push(name);
        Some(*arg)
    }

    /// The next argument, which has to be there.
    pub(super) fn need(&mut self, name: &'a str) -> Result<NodeId, String> {
        self.next(name)
            .ok_or_else(|| format!("the argument {name} is missing"))
    }

    /// All arguments that have a name.
    pub(super) fn all_named(&mut self) -> &'a [(String, NodeId)] {
        self.taken
            .extend(self.keywords.iter().map(|(name, _)| name.as_str()));
        self.keywords
    }

    /// The rest of the arguments without a name.
    pub(super) fn rest(&mut self) -> &'a [NodeId] {
        let rest = self.given.get(self.at..).unwrap_or_default();
        self.at = self.given.len();
        rest
    }

    /// Complains of arguments that nobody took.
    pub(super) fn end(self) -> Result<(), String> {
        if self.at < self.given.len() {
            return Err(format!(
                "{} arguments, at most {} are expected",
                self.given.len(),
                self.at
            ));
        }
        let extra = self
            .keywords
            .iter()
            .find(|(name, _)| !self.taken.contains(&name.as_str()));
        match extra {
            Some((name, _)) => Err(format!("there is no argument {name}")),
            None if self.taken.len() < self.keywords.len() => {
                Err("an argument is given twice".to_owned())
            }
            None => Ok(()),
        }
    }
}

impl Maker {
    /// An object of a class from its arguments, as they stand in the text.
    pub(super) fn make(
        &mut self,
        class: Class,
        given: &[NodeId],
        keywords: &[(String, NodeId)],
    ) -> Made {
        let (at, taken) = (0, Vec::new());
        let mut args = Args {
            given,
            keywords,
            at,
            taken,
        };
        let made = match class {
            Class::Int => self.int_call(&mut args),
            Class::Float => self.float_call(&mut args),
            Class::Bool => self.bool_call(&mut args),
            Class::Set | Class::FrozenSet | Class::List | Class::Tuple => {
                self.collection(class, &mut args)
            }
            Class::Bytes | Class::ByteArray => self.bytes_call(class, &mut args),
            Class::Dict => self.dict_call(&mut args),
            Class::Complex => self.complex_call(&mut args),
            Class::Range => self.range(&mut args),
            Class::Slice => self.slice(&mut args),
            Class::DateTime => self.date_time(&mut args),
            Class::Date => self.date(&mut args),
            Class::Time => self.time(&mut args),
            Class::TimeDelta => self.time_delta(&mut args),
            Class::TimeZone => self.time_zone(&mut args),
            Class::ZoneInfo => self.zone_info(&mut args),
            Class::Decimal => self.decimal(&mut args),
            Class::Fraction => self.fraction(&mut args),
            Class::Uuid => self.uuid(&mut args),
            Class::OrderedDict | Class::DefaultDict => self.mapping(class, &mut args),
            Class::Counter => self.counter(&mut args),
            Class::Deque => self.deque(&mut args),
            Class::PosixPath | Class::PurePosixPath => self.path(class, &mut args, posix_parts),
            Class::WindowsPath | Class::PureWindowsPath => {
                self.path(class, &mut args, windows_parts)
            }
            Class::DType => self.dtype_call(&mut args),
            Class::Array => self.array(&mut args),
            Class::Zeros => self.zeros(&mut args),
            Class::Reshape | Class::FromString | Class::FromBuffer | Class::NdArray => {
                self.call_as_it_is(&class.name(), &mut args)
            }
            Class::Numpy(scalar) => self.numpy_scalar(scalar, &mut args),
        }?;
        args.end().map(|()| made)
    }

    // --- what arguments are ----------------------------------------------------------------------

    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.builder.node(id).unwrap_or(&Node::None)
    }

    /// What Python gets when it goes through something.
    pub(super) fn items(&mut self, id: NodeId) -> Result<Vec<NodeId>, String> {
        match self.node(id) {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => {
                Ok(items.clone())
            }
            Node::Dict(pairs) => Ok(pairs.iter().map(|(key, _)| *key).collect()),
            Node::Str(Blob::Loaded(text)) => {
                let text = text.clone();
                let chars = pieces(&text).flat_map(|piece| match piece {
                    Piece::Text(text) => text.chars().map(|c| c.to_string().into_bytes()).collect(),
                    Piece::Surrogate(code) => {
                        let mut bytes = Vec::new();
                        drop(push_code_point(&mut bytes, code.into()));
                        vec![bytes]
                    }
                    Piece::Byte(_) => Vec::new(),
                });
                Ok(chars.map(|c| self.builder.utf8(c)).collect())
            }
            Node::Bytes(Blob::Loaded(bytes)) | Node::ByteArray(Blob::Loaded(bytes)) => {
                let bytes = bytes.clone();
                Ok(bytes
                    .iter()
                    .map(|byte| self.builder.int((*byte).into()))
                    .collect())
            }
            Node::Call(_) => self.items_of_object(id),
            _ => Err("expected a list, or something else that has items".to_owned()),
        }
    }

    fn items_of_object(&mut self, id: NodeId) -> Result<Vec<NodeId>, String> {
        /// Longer ranges are not written out.
        const MAX: i64 = 1 << 20;
        let (module, name, args) = self.called(id).ok_or("it has no items")?;
        match (module, name, args) {
            ("builtins", "range", &[start, stop, step]) => {
                let parts = [start, stop, step].map(|part| self.small_int(part));
                let [Some(start), Some(stop), Some(step)] = parts else {
                    return Err("a range of so many ints is not written out".to_owned());
                };
                let mut ints = Vec::new();
                let mut next = start;
                while (step > 0 && next < stop) || (step < 0 && next > stop) {
                    if ints.len() as i64 >= MAX {
                        return Err("a range of so many ints is not written out".to_owned());
                    }
                    ints.push(self.builder.int(next));
                    next = match next.checked_add(step) {
                        Some(next) => next,
                        None => break,
                    };
                }
                Ok(ints)
            }
            ("collections", "Counter", &[counts]) => self.items(counts),
            ("collections", "deque", _) => Ok(self
                .builder
                .extras(id)
                .map_or(Vec::new(), |extras| extras.list_items.clone())),
            ("collections", _, _) => Ok(self.builder.extras(id).map_or(Vec::new(), |extras| {
                extras.dict_items.iter().map(|(key, _)| *key).collect()
            })),
            _ => Err("expected a list, or something else that has items".to_owned()),
        }
    }

    /// Of equal items Python keeps the first. The error says which item cannot be one, and what it is.
    pub(super) fn unique(
        &mut self,
        items: &[NodeId],
    ) -> Result<Vec<NodeId>, (usize, &'static str)> {
        let mut keys = std::mem::take(&mut self.keys);
        let mut seen = HashSet::new();
        let unique =
            items
                .iter()
                .enumerate()
                .filter_map(|(at, &item)| match keys.key(self, item) {
                    Ok(key) => seen.insert(key).then_some(Ok(item)),
                    Err(what) => Some(Err((at, what))),
                });
        let unique = unique.collect();
        self.keys = keys;
        unique
    }

    /// Of equal keys Python keeps the first, with the last value.
    pub(super) fn unique_pairs(
        &mut self,
        given: impl Iterator<Item = (NodeId, NodeId)>,
    ) -> Result<Vec<(NodeId, NodeId)>, (usize, &'static str)> {
        let mut keys = std::mem::take(&mut self.keys);
        let mut places = HashMap::new();
        let mut pairs: Vec<(NodeId, NodeId)> = Vec::new();
        let mut result = Ok(());
        for (at, (item, value)) in given.enumerate() {
            let key = match keys.key(self, item) {
                Ok(key) => key,
                Err(what) => {
                    result = Err((at, what));
                    break;
                }
            };
            let place = *places.entry(key).or_insert(pairs.len());
            match pairs.get_mut(place) {
                Some(pair) => pair.1 = value,
                None => pairs.push((item, value)),
            }
        }
        self.keys = keys;
        result.map(|()| pairs)
    }

    pub(super) fn quoted(&self, id: NodeId) -> Result<&str, String> {
        self.text(id)
            .ok_or_else(|| "expected text in quotes".to_owned())
    }

    pub(super) fn int(&self, id: NodeId) -> Result<BigInt, String> {
        match self.node(id) {
            Node::Int(int) => Ok(BigInt::from(*int)),
            Node::BigInt(int) => Ok((**int).clone()),
            Node::Bool(flag) => Ok(BigInt::from(u8::from(*flag))),
            _ => Err("expected an int".to_owned()),
        }
    }

    pub(super) fn float(&self, id: NodeId) -> Result<f64, String> {
        match self.node(id) {
            Node::Float(float) => Ok(*float),
            _ => match self.int(id) {
                Ok(int) => match int.to_f64().filter(|float| float.is_finite()) {
                    Some(float) => Ok(float),
                    None => Err("the int is too large for a float".to_owned()),
                },
                Err(_) => Err("expected a number".to_owned()),
            },
        }
    }

    /// An int between limits, `default` where there is none.
    fn small(
        &self,
        id: Option<NodeId>,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
        default: i64,
    ) -> Result<i64, String> {
        let Some(id) = id else { return Ok(default) };
        let int = self.int(id).map_err(|why| format!("{why} for {name}"))?;
        let int = int.to_i64().filter(|int| range.contains(int));
        int.ok_or_else(|| format!("{name} has to be {} to {}", range.start(), range.end()))
    }

    /// Whether an object is a NaN or NaT of a class.
    pub(super) fn has_nan(&self, id: NodeId) -> bool {
        self.nans.contains(&id)
    }

    /// Takes note of a NaN, if it is one.
    fn note_nan(&mut self, id: NodeId, is_nan: bool) -> NodeId {
        if is_nan {
            self.nans.insert(id);
        }
        id
    }

    pub(super) fn global_call(&mut self, module: &str, name: &str, args: Vec<NodeId>) -> NodeId {
        let func = self.builder.global(module, name);
        self.builder.call(func, args)
    }
}
