//! The classes whose objects can be written as text, made as the data that CPython pickles for them.

use super::super::builder::ValueBuilder;
use super::super::value::{Node, NodeId};
use super::known_numpy::Scalar;
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use std::collections::HashMap;

macro_rules! classes {
    ($($name:ident = $path:literal $(, $other:literal)*;)*) => {
        /// A class or function that may be called in a literal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Class {
            $($name,)*
            /// A number type of NumPy.
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
                [$($path,)* "numpy.float64 and other numbers of NumPy"].join(", ")
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
}

/// Arguments of a call, taken one by one.
pub(super) struct Args<'a> {
    given: &'a [NodeId],
    keywords: &'a [(String, NodeId)],
    /// How many of the given ones have been taken.
    at: usize,
    taken: Vec<&'a str>,
}

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

    pub(super) fn global_call(&mut self, module: &str, name: &str, args: Vec<NodeId>) -> NodeId {
        let func = self.builder.global(module, name);
        self.builder.call(func, args)
    }

    // --- builtins --------------------------------------------------------------------------------

    fn collection(&mut self, class: Class, args: &mut Args<'_>) -> Made {
        let items = match args.next("") {
            None => Vec::new(),
            Some(arg) => self.items(arg).ok_or("expected a list, tuple or set")?,
        };
        Ok(match class {
            Class::Set => self.builder.set(items),
            Class::FrozenSet => self.builder.frozenset(items),
            Class::List => self.builder.list(items),
            _ => self.builder.tuple(items),
        })
    }

    fn byte_array(&mut self, args: &mut Args<'_>) -> Made {
        let bytes = match args.next("").map(|arg| self.node(arg)) {
            None => Vec::new(),
            Some(Node::Bytes(blob)) => blob.loaded().unwrap_or_default().to_vec(),
            Some(_) => return Err("expected bytes, like b'..'".to_owned()),
        };
        Ok(self.builder.byte_array(bytes))
    }

    pub(super) fn complex(&mut self, real: f64, imaginary: f64) -> NodeId {
        let args = [real, imaginary].map(|part| self.builder.float(part));
        self.global_call("builtins", "complex", args.to_vec())
    }

    fn complex_call(&mut self, args: &mut Args<'_>) -> Made {
        let mut part = |name| args.next(name).map_or(Ok(0.0), |arg| self.float(arg));
        let (real, imaginary) = (part("real")?, part("imag")?);
        Ok(self.complex(real, imaginary))
    }

    fn range(&mut self, args: &mut Args<'_>) -> Made {
        let given: Vec<NodeId> = ["start", "stop", "step"]
            .into_iter()
            .map_while(|name| args.next(name))
            .collect();
        for &arg in &given {
            self.int(arg)?;
        }
        let (zero, one) = (self.builder.int(0), self.builder.int(1));
        let [start, stop, step] = match *given.as_slice() {
            [stop] => [zero, stop, one],
            [start, stop] => [start, stop, one],
            [start, stop, step] => [start, stop, step],
            _ => return Err("expected one to three ints".to_owned()),
        };
        if self.int(step)? == BigInt::ZERO {
            return Err("the step has to be other than 0".to_owned());
        }
        Ok(self.global_call("builtins", "range", vec![start, stop, step]))
    }

    fn slice(&mut self, args: &mut Args<'_>) -> Made {
        let given: Vec<NodeId> = ["start", "stop", "step"]
            .into_iter()
            .map_while(|name| args.next(name))
            .collect();
        let none = self.builder.none();
        let parts = match *given.as_slice() {
            [stop] => [none, stop, none],
            [start, stop] => [start, stop, none],
            [start, stop, step] => [start, stop, step],
            _ => return Err("expected one to three values".to_owned()),
        };
        Ok(self.global_call("builtins", "slice", parts.to_vec()))
    }

    // --- dates and times -------------------------------------------------------------------------

    fn day(&self, args: &mut Args<'_>) -> Result<[u8; 4], String> {
        let (year, month, day) = (args.need("year")?, args.need("month")?, args.need("day")?);
        let year = self.small(Some(year), "the year", 1..=9999, 1)?;
        let month = self.small(Some(month), "the month", 1..=12, 1)?;
        let day = self.small(Some(day), "the day", 1..=days_in(year, month), 1)?;
        let byte = |n: i64| (n & 0xff) as u8;
        Ok([byte(year >> 8), byte(year), byte(month), byte(day)])
    }

    fn clock(&self, args: &mut Args<'_>) -> Result<[u8; 6], String> {
        let mut part = |name: &'static str, top| {
            let arg = args.next(name);
            self.small(arg, name, 0..=top, 0)
        };
        let (hour, minute) = (part("hour", 23)?, part("minute", 59)?);
        let (second, micro) = (part("second", 59)?, part("microsecond", 999_999)?);
        let byte = |n: i64| (n & 0xff) as u8;
        Ok([
            byte(hour),
            byte(minute),
            byte(second),
            byte(micro >> 16),
            byte(micro >> 8),
            byte(micro),
        ])
    }

    /// The packed bytes, and the time zone where there is one.
    fn zoned(&mut self, name: &str, packed: Vec<u8>, zone: Option<NodeId>) -> Made {
        let mut args = vec![self.builder.bytes(packed)];
        if let Some(zone) = zone {
            match self.node(zone) {
                Node::None => {}
                Node::Call(_) => args.push(zone),
                _ => return Err("tzinfo has to be a time zone".to_owned()),
            }
        }
        Ok(self.global_call("datetime", name, args))
    }

    fn fold(&self, args: &mut Args<'_>) -> Result<u8, String> {
        let fold = self.small(args.named("fold"), "fold", 0..=1, 0)?;
        Ok(if fold == 1 { 0x80 } else { 0 })
    }

    fn date_time(&mut self, args: &mut Args<'_>) -> Made {
        let [y1, y2, month, day] = self.day(args)?;
        let clock = self.clock(args)?;
        let zone = args.next("tzinfo");
        let fold = self.fold(args)?;
        let packed = [&[y1, y2, month | fold, day][..], &clock].concat();
        self.zoned("datetime", packed, zone)
    }

    fn date(&mut self, args: &mut Args<'_>) -> Made {
        let packed = self.day(args)?.to_vec();
        self.zoned("date", packed, None)
    }

    fn time(&mut self, args: &mut Args<'_>) -> Made {
        let [hour, rest @ ..] = self.clock(args)?;
        let zone = args.next("tzinfo");
        let fold = self.fold(args)?;
        let packed = [&[hour | fold][..], &rest].concat();
        self.zoned("time", packed, zone)
    }

    /// Python brings any numbers of days, seconds, … to days, seconds of a day, and microseconds.
    fn time_delta(&mut self, args: &mut Args<'_>) -> Made {
        /// In Python's order, in microseconds.
        const PARTS: [(&str, i64); 7] = [
            ("days", 86_400_000_000),
            ("seconds", 1_000_000),
            ("microseconds", 1),
            ("milliseconds", 1000),
            ("minutes", 60_000_000),
            ("hours", 3_600_000_000),
            ("weeks", 604_800_000_000),
        ];
        let mut micros = BigInt::ZERO;
        for (name, factor) in PARTS {
            if let Some(arg) = args.next(name) {
                let int = self.int(arg).map_err(|why| format!("{why} for {name}"))?;
                micros += int * factor;
            }
        }
        let days = i128::try_from(micros).ok().map(|micros| {
            let day = i128::from(PARTS[0].1);
            (micros.div_euclid(day), micros.rem_euclid(day))
        });
        let Some((days, micros)) = days.filter(|(days, _)| days.abs() <= 999_999_999) else {
            return Err("at most 999999999 days are possible".to_owned());
        };
        let parts = [days, micros / 1_000_000, micros % 1_000_000];
        let parts = parts.map(|part| self.builder.int(i64::try_from(part).unwrap_or_default()));
        Ok(self.global_call("datetime", "timedelta", parts.to_vec()))
    }

    fn time_zone(&mut self, args: &mut Args<'_>) -> Made {
        let offset = args.need("offset")?;
        let is_delta = match self.node(offset) {
            Node::Call(call) => {
                matches!(self.node(call.func), Node::Global(global) if global.name == "timedelta")
            }
            _ => false,
        };
        if !is_delta {
            return Err("expected a datetime.timedelta".to_owned());
        }
        let mut parts = vec![offset];
        if let Some(name) = args.next("name") {
            self.text(name)?;
            parts.push(name);
        }
        Ok(self.global_call("datetime", "timezone", parts))
    }

    /// `datetime.timezone.utc`, of which there is one in Python.
    pub(super) fn utc(&mut self) -> NodeId {
        if let Some(utc) = self.utc {
            return utc;
        }
        let zeros = [0; 3].map(|zero| self.builder.int(zero));
        let delta = self.global_call("datetime", "timedelta", zeros.to_vec());
        let utc = self.global_call("datetime", "timezone", vec![delta]);
        self.utc = Some(utc);
        utc
    }

    fn zone_info(&mut self, args: &mut Args<'_>) -> Made {
        let key = args.need("key")?;
        self.text(key)?;
        let class = self.builder.global("zoneinfo", "ZoneInfo");
        let name = self.builder.str("_unpickle");
        let unpickle = self.global_call("builtins", "getattr", vec![class, name]);
        // Pickled as one of the zones that Python keeps one object of.
        let is_cached = self.builder.int(1);
        Ok(self.builder.call(unpickle, vec![key, is_cached]))
    }

    // --- numbers, ids, paths ---------------------------------------------------------------------

    fn decimal(&mut self, args: &mut Args<'_>) -> Made {
        let arg = args.need("value")?;
        let text = match self.int(arg) {
            Ok(int) => int.to_string(),
            Err(_) => self.text(arg)?.to_owned(),
        };
        if !is_decimal(&text) {
            return Err(format!("{text:?} is no decimal number"));
        }
        let text = self.builder.str(&text);
        Ok(self.global_call("decimal", "Decimal", vec![text]))
    }

    fn fraction(&mut self, args: &mut Args<'_>) -> Made {
        let over = args.need("numerator")?;
        let mut over = self.int(over)?;
        let mut under = match args.next("denominator") {
            Some(under) => self.int(under)?,
            None => BigInt::from(1),
        };
        if under == BigInt::ZERO {
            return Err("the denominator has to be other than 0".to_owned());
        }
        if under < BigInt::ZERO {
            (over, under) = (-over, -under);
        }
        let divisor = gcd(over.clone(), under.clone());
        let parts = [over / &divisor, under / &divisor].map(|part| self.builder.big_int(part));
        Ok(self.global_call("fractions", "Fraction", parts.to_vec()))
    }

    fn uuid(&mut self, args: &mut Args<'_>) -> Made {
        let hex = args.need("hex")?;
        let hex: String = self
            .text(hex)?
            .chars()
            .filter(|c| !matches!(c, '-' | '{' | '}'))
            .collect();
        let int = match u128::from_str_radix(&hex, 16) {
            Ok(int) if hex.len() == 32 && !hex.starts_with('+') => BigInt::from(int),
            _ => return Err("expected 32 hexadecimal digits".to_owned()),
        };
        let class = self.builder.global("uuid", "UUID");
        let object = self.builder.new_object(class, Vec::new());
        let pair = (self.builder.str("int"), self.builder.big_int(int));
        let state = self.builder.dict(vec![pair]);
        self.builder.set_state(object, state);
        Ok(object)
    }

    fn path(&mut self, class: Class, args: &mut Args<'_>, parts: fn(&str) -> Vec<String>) -> Made {
        let parts = match args.next("") {
            Some(arg) => parts(self.text(arg)?),
            None => Vec::new(),
        };
        let parts: Vec<NodeId> = parts.iter().map(|part| self.builder.str(part)).collect();
        let name = class.name();
        let name = name.strip_prefix("pathlib.").unwrap_or(&name);
        Ok(self.global_call("pathlib", name, parts))
    }

    // --- collections -----------------------------------------------------------------------------

    /// Pairs of a dict, or of a list of pairs.
    fn pairs(&self, id: NodeId) -> Result<Vec<(NodeId, NodeId)>, String> {
        if let Node::Dict(pairs) = self.node(id) {
            return Ok(pairs.clone());
        }
        let items = self.items(id).unwrap_or_default();
        let pairs = items.iter().map(|&item| match self.items(item).as_deref() {
            Some(&[key, value]) => Some((key, value)),
            _ => None,
        });
        match pairs.collect::<Option<Vec<_>>>() {
            Some(pairs) if self.items(id).is_some() => Ok(pairs),
            _ => Err("expected a dict".to_owned()),
        }
    }

    fn mapping(&mut self, class: Class, args: &mut Args<'_>) -> Made {
        let mut made_with = Vec::new();
        if class == Class::DefaultDict {
            match args.next("").map(|factory| (factory, self.node(factory))) {
                Some((factory, Node::Global(_))) => made_with.push(factory),
                None | Some((_, Node::None)) => {}
                Some(_) => {
                    return Err(
                        "expected list, dict, int or another class, or None, first".to_owned()
                    );
                }
            }
        }
        let pairs = match args.next("") {
            Some(arg) => self.pairs(arg)?,
            None => Vec::new(),
        };
        let name = class.name();
        let name = name.strip_prefix("collections.").unwrap_or(&name);
        let object = self.global_call("collections", name, made_with);
        if !pairs.is_empty() {
            self.builder.set_items(object, pairs);
        }
        Ok(object)
    }

    fn counter(&mut self, args: &mut Args<'_>) -> Made {
        let counts = match args.next("") {
            Some(arg) if matches!(self.node(arg), Node::Dict(_)) => arg,
            Some(_) => return Err("expected a dict".to_owned()),
            None => self.builder.dict(Vec::new()),
        };
        Ok(self.global_call("collections", "Counter", vec![counts]))
    }

    fn deque(&mut self, args: &mut Args<'_>) -> Made {
        let items = match args.next("iterable") {
            Some(arg) => self.items(arg).ok_or("expected a list")?,
            None => Vec::new(),
        };
        let max_len = args
            .next("maxlen")
            .filter(|&arg| *self.node(arg) != Node::None);
        let made_with = match max_len {
            Some(len) if self.int(len)? >= BigInt::ZERO => {
                vec![self.builder.tuple(Vec::new()), len]
            }
            Some(_) => return Err("maxlen has to be 0 or more".to_owned()),
            None => Vec::new(),
        };
        let object = self.global_call("collections", "deque", made_with);
        if !items.is_empty() {
            self.builder.append(object, items);
        }
        Ok(object)
    }

    /// A class of Python's own that a `defaultdict` can make values with.
    pub(super) fn factory(&mut self, path: &str) -> Option<NodeId> {
        let name = path.strip_prefix("builtins.").unwrap_or(path);
        let is_known = matches!(
            name,
            "list"
                | "dict"
                | "set"
                | "frozenset"
                | "tuple"
                | "int"
                | "float"
                | "complex"
                | "str"
                | "bytes"
                | "bytearray"
                | "bool"
        );
        is_known.then(|| self.builder.global("builtins", name))
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether `decimal.Decimal` takes the text.
fn is_decimal(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let bare = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(bare, "inf" | "infinity") {
        return true;
    }
    if let Some(payload) = bare
        .strip_prefix("snan")
        .or_else(|| bare.strip_prefix("nan"))
    {
        return is_digits(payload);
    }
    let (number, exponent) = bare.split_once('e').unwrap_or((bare, "0"));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = is_digits(whole) && is_digits(part) && whole.len() + part.len() > 0;
    is_number && is_digits(exponent) && !exponent.is_empty()
}

fn gcd(a: BigInt, b: BigInt) -> BigInt {
    let (mut a, mut b) = (a, b);
    while b != BigInt::ZERO {
        (a, b) = (b.clone(), a % b);
    }
    if a < BigInt::ZERO { -a } else { a }
}

/// Parts of a path as pathlib keeps them: root first, without empty parts and single dots.
fn posix_parts(path: &str) -> Vec<String> {
    // Two slashes at the beginning are something else than one; three are one.
    let root = match path.len() - path.trim_start_matches('/').len() {
        0 => None,
        2 => Some("//".to_owned()),
        _ => Some("/".to_owned()),
    };
    let names = path.split('/').filter(|name| !matches!(*name, "" | "."));
    root.into_iter().chain(names.map(str::to_owned)).collect()
}

/// The same for Windows: the first part is drive and root, `C:\` or `\\server\share\`.
fn windows_parts(path: &str) -> Vec<String> {
    let path = path.replace('/', "\\");
    let (anchor, rest) = match path.strip_prefix("\\\\") {
        Some(share) => {
            let end = share
                .match_indices('\\')
                .nth(1)
                .map_or(share.len(), |(at, _)| at);
            let (share, rest) = share.split_at_checked(end).unwrap_or((share, ""));
            (format!("\\\\{share}\\"), rest)
        }
        None => {
            let drive = match path.as_bytes() {
                [_, b':', ..] => path.get(..2).unwrap_or_default(),
                _ => "",
            };
            let rest = path.get(drive.len()..).unwrap_or_default();
            let root = if rest.starts_with('\\') { "\\" } else { "" };
            (format!("{drive}{root}"), rest)
        }
    };
    let names = rest.split('\\').filter(|name| !matches!(*name, "" | "."));
    let anchor = Some(anchor).filter(|anchor| !anchor.is_empty());
    anchor.into_iter().chain(names.map(str::to_owned)).collect()
}
