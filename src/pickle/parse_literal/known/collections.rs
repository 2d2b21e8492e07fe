//! Containers: Python's own when written as calls, and those of `collections`.

use super::super::super::nodes::Nodes as _;
use super::super::super::value::{Blob, Node, NodeId};
use super::{Args, Class, Made, Maker};
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use std::collections::HashMap;

/// A bytearray of more zeros is not written.
const MAX_ZEROS: usize = 1 << 24;

impl Maker {
    pub(super) fn collection(&mut self, class: Class, args: &mut Args<'_>) -> Made {
        let items = match args.next("") {
            None => Vec::new(),
            Some(arg) => self.items(arg)?,
        };
        Ok(match class {
            Class::Set | Class::FrozenSet => {
                let items = self.unique(&items);
                let items =
                    items.map_err(|(_, what)| format!("{what} cannot be an item of a set"))?;
                match class {
                    Class::Set => self.builder.set(items),
                    _ => self.builder.frozenset(items),
                }
            }
            Class::List => self.builder.list(items),
            _ => self.builder.tuple(items),
        })
    }

    /// Bytes of another kind, of ints, of a text in an encoding, or so many zeros.
    pub(super) fn bytes_call(&mut self, class: Class, args: &mut Args<'_>) -> Made {
        let bytes = match args.next("source") {
            None => Vec::new(),
            Some(arg) => match self.node(arg) {
                Node::Bytes(Blob::Loaded(bytes)) | Node::ByteArray(Blob::Loaded(bytes)) => {
                    bytes.to_vec()
                }
                Node::Str(_) => {
                    let encoding = args.need("encoding")?;
                    let (text, encoding) = (self.quoted(arg)?, self.quoted(encoding)?);
                    encoded(text, encoding)?
                }
                Node::Int(_) | Node::BigInt(_) | Node::Bool(_) => {
                    let len = self
                        .small_int(arg)
                        .and_then(|len| usize::try_from(len).ok());
                    match len.filter(|len| *len <= MAX_ZEROS) {
                        Some(len) => vec![0; len],
                        None => return Err(format!("expected at most {MAX_ZEROS} bytes")),
                    }
                }
                _ => {
                    let items = self.items(arg)?;
                    let byte = |id: &NodeId| u8::try_from(self.small_int(*id)?).ok();
                    let bytes: Option<Vec<u8>> = items.iter().map(byte).collect();
                    bytes.ok_or("a byte has to be 0 to 255")?
                }
            },
        };
        Ok(match class {
            Class::Bytes => self.builder.bytes(bytes),
            _ => self.builder.byte_array(bytes),
        })
    }

    pub(in crate::pickle::parse_literal) fn complex(
        &mut self,
        real: f64,
        imaginary: f64,
    ) -> NodeId {
        let args = [real, imaginary].map(|part| self.builder.float(part));
        self.global_call("builtins", "complex", args.to_vec())
    }

    pub(super) fn complex_call(&mut self, args: &mut Args<'_>) -> Made {
        let (real, imaginary) = (args.next("real"), args.next("imag"));
        if let (Some(text), None) = (real, imaginary)
            && let Some(text) = self.text(text)
        {
            let (real, imaginary) = complex_text(text)?;
            return Ok(self.complex(real, imaginary));
        }
        let part = |arg: Option<NodeId>| arg.map_or(Ok((0.0, 0.0)), |arg| self.complex_parts(arg));
        let (real, imaginary) = (part(real)?, part(imaginary)?);
        // The imaginary part times i, as Python adds them up.
        let (re, im) = match (real.1 == 0.0, imaginary.1 == 0.0) {
            (true, true) => (real.0, imaginary.0),
            _ => (real.0 - imaginary.1, real.1 + imaginary.0),
        };
        Ok(self.complex(re, im))
    }

    pub(super) fn range(&mut self, args: &mut Args<'_>) -> Made {
        let given = args.rest();
        let ints = given
            .iter()
            .map(|&arg| self.int(arg))
            .collect::<Result<Vec<_>, _>>()?;
        let (zero, one) = (BigInt::ZERO, BigInt::from(1));
        let parts = match ints.as_slice() {
            [stop] => [&zero, stop, &one],
            [start, stop] => [start, stop, &one],
            [start, stop, step] => [start, stop, step],
            _ => return Err("expected one to three ints".to_owned()),
        };
        let parts = parts.map(|part| self.builder.big_int(part.clone()));
        Ok(self.global_call("builtins", "range", parts.to_vec()))
    }

    pub(super) fn slice(&mut self, args: &mut Args<'_>) -> Made {
        let none = self.builder.none();
        let parts = match *args.rest() {
            [stop] => [none, stop, none],
            [start, stop] => [start, stop, none],
            [start, stop, step] => [start, stop, step],
            _ => return Err("expected one to three values".to_owned()),
        };
        Ok(self.global_call("builtins", "slice", parts.to_vec()))
    }

    // --- collections -----------------------------------------------------------------------------

    /// Pairs of a dict, of an object with keys, or of a list of pairs; and those that are given by name.
    fn pairs(&mut self, args: &mut Args<'_>) -> Result<Vec<(NodeId, NodeId)>, String> {
        let mut pairs = match args.next("") {
            None => Vec::new(),
            Some(arg) => self.pairs_of(arg)?,
        };
        for (name, value) in args.all_named() {
            pairs.push((self.builder.str(name), *value));
        }
        let pairs = self.unique_pairs(pairs.into_iter());
        pairs.map_err(|(_, what)| format!("{what} cannot be a key of a dict"))
    }

    fn pairs_of(&mut self, id: NodeId) -> Result<Vec<(NodeId, NodeId)>, String> {
        if let Node::Dict(pairs) = self.node(id) {
            return Ok(pairs.clone());
        }
        match self.called(id) {
            Some(("collections", "Counter", &[counts])) => return self.pairs_of(counts),
            Some(("collections", "OrderedDict" | "defaultdict", _)) => {
                let extras = self.builder.extras(id);
                return Ok(extras.map_or(Vec::new(), |extras| extras.dict_items.clone()));
            }
            _ => {}
        }
        let items = self.items(id)?;
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            match self.items(item)?.as_slice() {
                &[key, value] => pairs.push((key, value)),
                _ => return Err("expected a dict, or a list of pairs".to_owned()),
            }
        }
        Ok(pairs)
    }

    pub(super) fn dict_call(&mut self, args: &mut Args<'_>) -> Made {
        let pairs = self.pairs(args)?;
        Ok(self.builder.dict(pairs))
    }

    pub(super) fn mapping(&mut self, class: Class, args: &mut Args<'_>) -> Made {
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
        let pairs = self.pairs(args)?;
        let name = class.name();
        let name = name.strip_prefix("collections.").unwrap_or(&name);
        let object = self.global_call("collections", name, made_with);
        if !pairs.is_empty() {
            self.builder.set_items(object, pairs);
        }
        Ok(object)
    }

    /// Counts of a dict, or of how often each item is there.
    pub(super) fn counter(&mut self, args: &mut Args<'_>) -> Made {
        let first = args.next("");
        let is_counted = first.is_some_and(|arg| {
            !matches!(self.node(arg), Node::Dict(_))
                && !matches!(
                    self.called(arg),
                    Some(("collections", "Counter" | "OrderedDict" | "defaultdict", _))
                )
        });
        let mut pairs = match first {
            Some(arg) if is_counted => self.counted(arg)?,
            Some(arg) => self.pairs_of(arg)?,
            None => Vec::new(),
        };
        for (name, value) in args.all_named() {
            if !pairs.is_empty() {
                return Err("counts by name are not added to others".to_owned());
            }
            pairs.push((self.builder.str(name), *value));
        }
        let pairs = self.unique_pairs(pairs.into_iter());
        let pairs = pairs.map_err(|(_, what)| format!("{what} cannot be counted"))?;
        let counts = self.builder.dict(pairs);
        Ok(self.global_call("collections", "Counter", vec![counts]))
    }

    fn counted(&mut self, id: NodeId) -> Result<Vec<(NodeId, NodeId)>, String> {
        let items = self.items(id)?;
        let mut keys = std::mem::take(&mut self.keys);
        let mut counts: Vec<(NodeId, i64)> = Vec::new();
        let mut places = HashMap::new();
        for item in items {
            let key = keys.key(self, item);
            let key = key.map_err(|what| format!("{what} cannot be counted"))?;
            let place = *places.entry(key).or_insert(counts.len());
            match counts.get_mut(place) {
                Some((_, count)) => *count += 1,
                None => counts.push((item, 1)),
            }
        }
        self.keys = keys;
        let counts = counts.into_iter();
        Ok(counts
            .map(|(item, count)| (item, self.builder.int(count)))
            .collect())
    }

    pub(super) fn deque(&mut self, args: &mut Args<'_>) -> Made {
        let mut items = match args.next("iterable") {
            Some(arg) => self.items(arg)?,
            None => Vec::new(),
        };
        let most = args
            .next("maxlen")
            .filter(|&arg| *self.node(arg) != Node::None);
        let made_with = match most {
            Some(most) => {
                let int = self.int(most)?;
                // It keeps the last ones.
                let kept = int.to_usize().unwrap_or(usize::MAX).min(items.len());
                items.drain(..items.len() - kept);
                vec![self.builder.tuple(Vec::new()), self.builder.big_int(int)]
            }
            None => Vec::new(),
        };
        let object = self.global_call("collections", "deque", made_with);
        if !items.is_empty() {
            self.builder.append(object, items);
        }
        Ok(object)
    }

    /// An object that there is one of.
    pub(in crate::pickle::parse_literal) fn constant(&mut self, name: &str) -> NodeId {
        self.builder.global("builtins", name)
    }

    /// A known class itself, by its full name: `numpy.float32`, `datetime.date`.
    pub(in crate::pickle::parse_literal) fn named_class(&mut self, path: &str) -> Option<NodeId> {
        let (module, name) = path.rsplit_once('.')?;
        let module = if module == "np" { "numpy" } else { module };
        let is_class = matches!(Class::called(path)?, Class::Numpy(_))
            || (name.starts_with(char::is_uppercase) && module != "numpy")
            || matches!(
                name,
                "date"
                    | "time"
                    | "datetime"
                    | "timedelta"
                    | "timezone"
                    | "deque"
                    | "defaultdict"
                    | "ndarray"
                    | "dtype"
            );
        is_class.then(|| self.builder.global(module, name))
    }

    /// A class of Python's own that a `defaultdict` can make values with.
    pub(in crate::pickle::parse_literal) fn factory(&mut self, path: &str) -> Option<NodeId> {
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

fn encoded(text: &str, encoding: &str) -> Result<Vec<u8>, String> {
    let narrow = |most: u32| {
        let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok());
        let bytes: Option<Vec<u8>> = bytes
            .map(|byte| byte.filter(|byte| u32::from(*byte) <= most))
            .collect();
        bytes.ok_or_else(|| format!("the text has characters that are not in {encoding}"))
    };
    match encoding.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf8" | "utf-8" => Ok(text.as_bytes().to_vec()),
        "ascii" | "us-ascii" => narrow(0x7f),
        "latin1" | "latin-1" | "iso-8859-1" => narrow(0xff),
        _ => Err(format!("the encoding {encoding} is not known here")),
    }
}

/// `1+2j` as Python reads it from a text, with space and brackets around.
pub(super) fn complex_text(text: &str) -> Result<(f64, f64), String> {
    let wrong = || format!("{text:?} is not a complex number");
    let bare = text.trim();
    let bare = bare
        .strip_prefix('(')
        .and_then(|bare| bare.strip_suffix(')'))
        .map_or(bare, str::trim);
    let part = |text: &str| super::numbers::float_of_text(text).map_err(|_err| wrong());
    let Some(body) = bare.strip_suffix(['j', 'J']) else {
        return Ok((part(bare)?, 0.0));
    };
    // The sign between the parts is the last one that belongs to no exponent.
    let bytes = body.as_bytes();
    let split = (1..bytes.len()).rev().find(|&at| {
        matches!(bytes.get(at), Some(b'+' | b'-'))
            && !matches!(bytes.get(at - 1), Some(b'e' | b'E'))
    });
    let (real, imaginary) = body
        .split_at_checked(split.unwrap_or(0))
        .ok_or_else(wrong)?;
    let imaginary = match imaginary {
        "" | "+" => 1.0,
        "-" => -1.0,
        digits if digits.contains(char::is_whitespace) => return Err(wrong()),
        digits => part(digits)?,
    };
    match real {
        "" => Ok((0.0, imaginary)),
        real if real.contains(char::is_whitespace) => Err(wrong()),
        real => Ok((part(real)?, imaginary)),
    }
}
