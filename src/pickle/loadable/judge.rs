//! Node by node: what Python's machine does with each, and which constructor judges a call.

use super::super::hashable::unhashable;
use super::super::nodes::Nodes;
use super::super::value::{Call, CallKind, Extras, Node, NodeId};
use std::collections::HashMap;

/// Why it is not known that something loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pickle) enum Why {
    /// Python refuses it.
    Refused(String),
    /// It depends on what is not known here.
    Unknown,
}

/// What becomes of something when it is loaded.
pub(in crate::pickle) type Judged = Result<(), Why>;

pub(super) fn refuse<T>(why: impl Into<String>) -> Result<T, Why> {
    Err(Why::Refused(why.into()))
}

/// What something is asked for; answers are kept, since objects may be shared by many calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// Whether all items of it can be in a set.
    Items,
    /// Whether it holds pairs, whose first items can be keys.
    Pairs,
    /// Whether it is a list of ints that are bytes.
    Bytes,
    /// Whether a text has only characters of Latin-1.
    Latin1,
    /// Whether it is the text of a decimal number.
    Decimal,
}

/// Judges nodes, the parts before the whole.
pub(in crate::pickle) struct Judge<'v, N> {
    pub(super) nodes: &'v N,
    hashable: HashMap<NodeId, Option<&'static str>>,
    answers: HashMap<(Question, NodeId), Judged>,
}

impl<'v, N: Nodes> Judge<'v, N> {
    pub(in crate::pickle) fn new(nodes: &'v N) -> Self {
        Self {
            nodes,
            hashable: HashMap::new(),
            answers: HashMap::new(),
        }
    }

    /// What becomes of a node; its parts are taken to be fine.
    pub(in crate::pickle) fn node(&mut self, id: NodeId) -> Judged {
        let nodes = self.nodes;
        match nodes.node(id) {
            Some(Node::Persistent(_)) => {
                refuse("it holds a persistent id, which only its maker can resolve")
            }
            Some(Node::Extension(_)) => {
                refuse("it holds an extension code, which only its maker can resolve")
            }
            Some(Node::OutOfBand(_)) => refuse("it needs a buffer that is not in the file"),
            Some(Node::Py2Str(_)) => refuse("it holds a Python 2 str that is not ASCII"),
            Some(Node::Dict(pairs)) => {
                pairs.iter().try_for_each(|&(key, _)| self.key(key))?;
                self.late_items(id)
            }
            Some(Node::Set(items) | Node::FrozenSet(items)) => {
                items.iter().try_for_each(|&item| self.key(item))
            }
            Some(Node::List(_) | Node::ByteArray(_)) => self.late_items(id),
            Some(Node::Call(call)) => self.call(id, call),
            _ => Ok(()),
        }
    }

    fn call(&mut self, id: NodeId, call: &Call) -> Judged {
        let nodes = self.nodes;
        match (nodes.node(call.func), nodes.node(call.args)) {
            (Some(Node::Global(_) | Node::Call(_)), Some(Node::Tuple(_) | Node::Call(_))) => {}
            (Some(Node::Global(_) | Node::Call(_)), _) => {
                return refuse("it calls something with no tuple of arguments");
            }
            _ => return refuse("it calls something that is no function"),
        }
        if let Some(extras) = nodes.extras(id)
            && self.is_mapping(id)
        {
            let mut pairs = extras.dict_items.iter();
            pairs.try_for_each(|&(key, _)| self.key(key))?;
        }
        if call.kwargs.is_some() {
            return Err(Why::Unknown);
        }
        let judged = self.constructor(id, call);
        match (judged, nodes.class(call.func)) {
            (Err(Why::Refused(why)), Some((_, name))) => refuse(format!("{name}: {why}")),
            (judged, _) => judged,
        }
    }

    fn constructor(&mut self, id: NodeId, call: &Call) -> Judged {
        let nodes = self.nodes;
        let Some(args) = nodes.listed(call.args) else {
            return Err(Why::Unknown);
        };
        let Some((module, name)) = nodes.class(call.func) else {
            // Only what an attribute is known to be can be called.
            return match nodes.called(call.func) {
                Some(("builtins", "getattr", [class, attribute]))
                    if nodes.class(*class) == Some(("zoneinfo", "ZoneInfo"))
                        && nodes.text(*attribute) == Some("_unpickle") =>
                {
                    self.zone(args)
                }
                _ => Err(Why::Unknown),
            };
        };
        let extras = nodes.extras(id);
        match (module, name) {
            ("copyreg", "_reconstructor") => self.reconstructor(args),
            ("builtins", "object") if args.is_empty() => Ok(()),
            ("builtins", "getattr") => match args {
                [class, attribute]
                    if nodes.class(*class) == Some(("zoneinfo", "ZoneInfo"))
                        && nodes.text(*attribute) == Some("_unpickle") =>
                {
                    Ok(())
                }
                _ => Err(Why::Unknown),
            },
            ("builtins", _) => self.builtin(name, args),
            ("collections", _) => self.collection(name, args, extras),
            ("_codecs", "encode") => self.encode(args),
            ("datetime", _) => self.date(name, args),
            ("zoneinfo", "ZoneInfo" | "ZoneInfo._unpickle") => self.zone(args),
            ("decimal", "Decimal") => self.decimal(args),
            ("fractions", "Fraction") => self.fraction(args),
            ("uuid", "UUID") if call.kind == CallKind::NewObj => self.uuid(args, extras),
            ("uuid", "SafeUUID") => match args {
                [level] if matches!(nodes.node(*level), Some(Node::None | Node::Int(-1 | 0))) => {
                    Ok(())
                }
                _ => refuse("there is no such level of safety"),
            },
            ("pathlib", _) => self.path(name, args),
            (module, _) if module == "numpy" || module.starts_with("numpy.") => {
                self.numpy(id, name, args)
            }
            _ => Err(Why::Unknown),
        }
    }

    /// `copyreg._reconstructor(class, object, None)`: an object that is made without its constructor.
    fn reconstructor(&self, args: &[NodeId]) -> Judged {
        let nodes = self.nodes;
        let [class, base, state] = args else {
            return refuse("it takes a class, its base and a state");
        };
        let is_plain = nodes.class(*base) == Some(("builtins", "object"))
            && matches!(nodes.node(*state), Some(Node::None));
        match nodes.class(*class) {
            Some(("uuid", "UUID")) if is_plain => Ok(()),
            Some(_) => Err(Why::Unknown),
            None => refuse("its first argument is no class"),
        }
    }

    /// Exceptions take anything, but for a few of them.
    pub(super) fn exception(&self, name: &str, args: &[NodeId]) -> Judged {
        let nodes = self.nodes;
        let is_text = |id: &NodeId| matches!(nodes.node(*id), Some(Node::Str(_)));
        let is_int = |id: &NodeId| nodes.small_int(*id).is_some();
        match (name, args) {
            ("UnicodeDecodeError", [a, b, c, d, e])
                if is_text(a)
                    && nodes.bytes_len(*b).is_some()
                    && is_int(c)
                    && is_int(d)
                    && is_text(e) =>
            {
                Ok(())
            }
            ("UnicodeEncodeError", [a, b, c, d, e])
                if is_text(a) && is_text(b) && is_int(c) && is_int(d) && is_text(e) =>
            {
                Ok(())
            }
            ("UnicodeTranslateError", [b, c, d, e])
                if is_text(b) && is_int(c) && is_int(d) && is_text(e) =>
            {
                Ok(())
            }
            ("UnicodeDecodeError" | "UnicodeEncodeError" | "UnicodeTranslateError", _) => {
                refuse("it takes an encoding, the text, where it fails, and why")
            }
            ("SyntaxError" | "IndentationError" | "TabError", [_, place]) => {
                match nodes.listed(*place).map(<[_]>::len) {
                    Some(4 | 6) => Ok(()),
                    _ => refuse("its second argument is no place in a text"),
                }
            }
            (
                "ExceptionGroup"
                | "BaseExceptionGroup"
                | "EncodingWarning"
                | "PythonFinalizationError",
                _,
            ) => Err(Why::Unknown),
            _ => Ok(()),
        }
    }

    // --- keys ------------------------------------------------------------------------------------

    /// Whether something can be a key of a dict, or in a set.
    pub(super) fn key(&mut self, id: NodeId) -> Judged {
        match self.unhashable(id) {
            Some(what) => refuse(format!(
                "{what} is a key of a dict, or in a set, and Python cannot hash it"
            )),
            None => Ok(()),
        }
    }

    /// What in an object keeps Python from hashing it. Nesting is limited, so this may recurse. A node on the way counts as
    /// hashable: it is not, only if something in it is not.
    fn unhashable(&mut self, id: NodeId) -> Option<&'static str> {
        if let Some(&known) = self.hashable.get(&id) {
            return known;
        }
        self.hashable.insert(id, None);
        let nodes = self.nodes;
        let mut what = None;
        match nodes.node(id) {
            Some(Node::Tuple(items)) => {
                // Not by an iterator: a level of nesting should cost little stack.
                for &item in items {
                    what = self.unhashable(item);
                    if what.is_some() {
                        break;
                    }
                }
            }
            _ => what = unhashable(nodes, id),
        }
        self.hashable.insert(id, what);
        what
    }

    fn is_mapping(&self, id: NodeId) -> bool {
        matches!(
            self.nodes.called(id),
            Some(("collections", "OrderedDict" | "defaultdict" | "Counter", _))
        )
    }

    /// Items that are appended to, or set in, a plain object after it was made.
    fn late_items(&mut self, id: NodeId) -> Judged {
        let nodes = self.nodes;
        let Some(Extras {
            list_items,
            dict_items,
            ..
        }) = nodes.extras(id)
        else {
            return Ok(());
        };
        let (len, is_bytes) = match nodes.node(id) {
            Some(Node::List(items)) => (items.len() as u64, false),
            Some(Node::ByteArray(blob)) => (blob.len(), true),
            _ => return Ok(()),
        };
        let mut items = list_items
            .iter()
            .chain(dict_items.iter().map(|(_, item)| item));
        let is_byte = |id: &NodeId| matches!(nodes.small_int(*id), Some(0..=255));
        if is_bytes && !items.all(is_byte) {
            return refuse("a bytearray is given something that is no byte");
        }
        // Which of them were there when an item was set is not known.
        let len = i64::try_from(len).unwrap_or(i64::MAX);
        let len = len.saturating_add(i64::try_from(list_items.len()).unwrap_or(i64::MAX));
        match dict_items
            .iter()
            .all(|(at, _)| matches!(nodes.small_int(*at), Some(at) if (-len..len).contains(&at)))
        {
            true => Ok(()),
            false => refuse("an item is set behind the end of a list"),
        }
    }

    /// Answers a question about a node once.
    pub(super) fn once(
        &mut self,
        question: Question,
        id: NodeId,
        answer: impl FnOnce(&mut Self) -> Judged,
    ) -> Judged {
        if let Some(known) = self.answers.get(&(question, id)) {
            return known.clone();
        }
        let answer = answer(self);
        self.answers.insert((question, id), answer.clone());
        answer
    }
}
