//! The classes whose objects can be written as text, made as the data that CPython pickles for them.

mod collections;
mod dates;
mod numbers;
mod numpy;
mod paths;

use super::super::builder::ValueBuilder;
use super::super::value::{Node, NodeId};
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
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
    PosixPath = "pathlib.PosixPath", "PosixPath";
    PurePosixPath = "pathlib.PurePosixPath", "PurePosixPath";
    WindowsPath = "pathlib.WindowsPath", "WindowsPath";
    PureWindowsPath = "pathlib.PureWindowsPath", "PureWindowsPath";
    DType = "numpy.dtype", "dtype", "np.dtype";
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
    fn of(given: &'a [NodeId]) -> Self {
        Self {
            given,
            keywords: &[],
            at: 0,
            taken: Vec::new(),
        }
    }

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
            Class::Set | Class::FrozenSet | Class::List | Class::Tuple => {
                self.collection(class, &mut args)
            }
            Class::ByteArray => self.byte_array(&mut args),
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
            Class::Numpy(scalar) => self.numpy_scalar(scalar, &mut args),
        }?;
        args.end().map(|()| made)
    }

    // --- what arguments are ----------------------------------------------------------------------

    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.builder.node(id).unwrap_or(&Node::None)
    }

    /// Items of a list, tuple, set or frozenset.
    pub(super) fn items(&self, id: NodeId) -> Option<Vec<NodeId>> {
        match self.node(id) {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => {
                Some(items.clone())
            }
            _ => None,
        }
    }

    pub(super) fn text(&self, id: NodeId) -> Result<&str, String> {
        let text = match self.node(id) {
            Node::Str(blob) => blob
                .loaded()
                .and_then(|bytes| std::str::from_utf8(bytes).ok()),
            _ => None,
        };
        text.ok_or_else(|| "expected text in quotes".to_owned())
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
                Ok(int) => Ok(int.to_f64().unwrap_or(f64::NAN)),
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
