//! Containers: Python's own when written as calls, and those of `collections`.

use super::super::super::value::{Node, NodeId};
use super::{Args, Class, Made, Maker};
use num_bigint::BigInt;

impl Maker {
    pub(super) fn collection(&mut self, class: Class, args: &mut Args<'_>) -> Made {
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

    pub(super) fn byte_array(&mut self, args: &mut Args<'_>) -> Made {
        let bytes = match args.next("").map(|arg| self.node(arg)) {
            None => Vec::new(),
            Some(Node::Bytes(blob)) => blob.loaded().unwrap_or_default().to_vec(),
            Some(_) => return Err("expected bytes, like b'..'".to_owned()),
        };
        Ok(self.builder.byte_array(bytes))
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
        let mut part = |name| args.next(name).map_or(Ok(0.0), |arg| self.float(arg));
        let (real, imaginary) = (part("real")?, part("imag")?);
        Ok(self.complex(real, imaginary))
    }

    pub(super) fn range(&mut self, args: &mut Args<'_>) -> Made {
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

    pub(super) fn slice(&mut self, args: &mut Args<'_>) -> Made {
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

    // --- collections -----------------------------------------------------------------------------

    /// Pairs of a dict, or of a list of pairs.
    pub(super) fn pairs(&self, id: NodeId) -> Result<Vec<(NodeId, NodeId)>, String> {
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

    pub(super) fn counter(&mut self, args: &mut Args<'_>) -> Made {
        let counts = match args.next("") {
            Some(arg) if matches!(self.node(arg), Node::Dict(_)) => arg,
            Some(_) => return Err("expected a dict".to_owned()),
            None => self.builder.dict(Vec::new()),
        };
        Ok(self.global_call("collections", "Counter", vec![counts]))
    }

    pub(super) fn deque(&mut self, args: &mut Args<'_>) -> Made {
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
