//! `builtins`, `collections`, `pathlib`, `_codecs`.

use super::super::nodes::Nodes;
use super::super::value::{Blob, Extras, Node, NodeId};
use super::judge::{Judge, Judged, Question, Why, refuse};
use num_bigint::{BigInt, Sign};

impl<N: Nodes> Judge<'_, N> {
    pub(super) fn builtin(&mut self, name: &str, args: &[NodeId]) -> Judged {
        match (name, args) {
            (
                "set" | "frozenset" | "list" | "tuple" | "dict" | "bytearray" | "bytes" | "str"
                | "int" | "float" | "bool" | "complex",
                [],
            ) => Ok(()),
            ("list" | "tuple", [items]) => self.iterable(*items),
            ("set" | "frozenset", [items]) => {
                self.iterable(*items)?;
                self.hashable_items(*items)
            }
            ("dict", [pairs]) => self.pairs(*pairs),
            ("bytearray" | "bytes", [bytes]) => self.bytes(*bytes),
            ("bytearray" | "bytes", [text, encoding]) => match self.nodes.text(*encoding) {
                Some("latin1" | "latin-1") => self.latin1(*text),
                _ => Err(Why::Unknown),
            },
            ("complex", _) => self.complex(args),
            ("range" | "xrange", _) => self.range(args),
            ("slice", [_] | [_, _] | [_, _, _]) => Ok(()),
            ("slice", _) => refuse("it takes one to three arguments"),
            ("type", [_]) => Ok(()),
            (name, args) if is_exception(name) => self.exception(name, args),
            _ => Err(Why::Unknown),
        }
    }

    /// Something that can be gone through.
    fn iterable(&self, id: NodeId) -> Judged {
        match self.nodes.node(id) {
            Some(
                Node::List(_)
                | Node::Tuple(_)
                | Node::Set(_)
                | Node::FrozenSet(_)
                | Node::Dict(_)
                | Node::Str(_)
                | Node::Bytes(_)
                | Node::ByteArray(_),
            ) => Ok(()),
            Some(
                Node::None
                | Node::Bool(_)
                | Node::Int(_)
                | Node::BigInt(_)
                | Node::Float(_)
                | Node::Global(_),
            ) => refuse("its argument has no items"),
            _ => Err(Why::Unknown),
        }
    }

    fn hashable_items(&mut self, id: NodeId) -> Judged {
        let nodes = self.nodes;
        match nodes.node(id) {
            Some(Node::List(items) | Node::Tuple(items)) => {
                self.once(Question::Items, id, |judge| {
                    items.iter().try_for_each(|&item| judge.key(item))
                })
            }
            _ => Ok(()),
        }
    }

    /// A dict, or pairs in a list.
    fn pairs(&mut self, id: NodeId) -> Judged {
        let nodes = self.nodes;
        match nodes.node(id) {
            Some(Node::Dict(_)) => Ok(()),
            Some(Node::List(items) | Node::Tuple(items)) => {
                self.once(Question::Pairs, id, |judge| {
                    items.iter().try_for_each(|&item| match nodes.node(item) {
                        Some(Node::List(pair) | Node::Tuple(pair)) => match pair.as_slice() {
                            [key, _] => judge.key(*key),
                            _ => refuse("an item is no pair"),
                        },
                        Some(
                            Node::Str(_)
                            | Node::Set(_)
                            | Node::FrozenSet(_)
                            | Node::Dict(_)
                            | Node::Call(_),
                        ) => Err(Why::Unknown),
                        _ => refuse("an item is no pair"),
                    })
                })
            }
            Some(Node::Call(_)) => Err(Why::Unknown),
            _ => refuse("it takes a dict, or a list of pairs"),
        }
    }

    fn bytes(&mut self, id: NodeId) -> Judged {
        let nodes = self.nodes;
        match nodes.node(id) {
            Some(Node::Bytes(_) | Node::ByteArray(_)) => Ok(()),
            // So many zeros.
            Some(Node::Int(0..=0x10_0000)) | Some(Node::Bool(_)) => Ok(()),
            Some(Node::List(items) | Node::Tuple(items)) => self.once(Question::Bytes, id, |_| {
                let is_byte = |id: &NodeId| matches!(nodes.small_int(*id), Some(0..=255));
                match items.iter().all(is_byte) {
                    true => Ok(()),
                    false => refuse("an item is no byte"),
                }
            }),
            Some(Node::Call(_)) => Err(Why::Unknown),
            _ => refuse("it takes bytes"),
        }
    }

    pub(super) fn encode(&mut self, args: &[NodeId]) -> Judged {
        match args {
            [text, encoding] => match self.nodes.text(*encoding) {
                Some("latin1" | "latin-1" | "iso-8859-1") => self.latin1(*text),
                _ => Err(Why::Unknown),
            },
            _ => Err(Why::Unknown),
        }
    }

    fn latin1(&mut self, id: NodeId) -> Judged {
        let nodes = self.nodes;
        match nodes.node(id) {
            Some(Node::Str(Blob::Loaded(bytes))) => self.once(Question::Latin1, id, |_| {
                // U+00FF is 0xc3 0xbf; what comes after begins with a larger byte.
                match bytes.iter().all(|byte| *byte < 0xc4) {
                    true => Ok(()),
                    false => refuse("the text has characters that are no bytes in Latin-1"),
                }
            }),
            Some(Node::Str(Blob::InFile(_)) | Node::Call(_)) => Err(Why::Unknown),
            _ => refuse("it takes a text"),
        }
    }

    fn range(&self, args: &[NodeId]) -> Judged {
        let is_int = |id: &NodeId| {
            matches!(
                self.nodes.node(*id),
                Some(Node::Int(_) | Node::BigInt(_) | Node::Bool(_))
            )
        };
        match args {
            [_, _, step] if self.nodes.small_int(*step) == Some(0) => {
                refuse("the step has to be other than 0")
            }
            [_] | [_, _] | [_, _, _] if args.iter().all(is_int) => Ok(()),
            [_] | [_, _] | [_, _, _]
                if args
                    .iter()
                    .any(|id| matches!(self.nodes.node(*id), Some(Node::Call(_)))) =>
            {
                Err(Why::Unknown)
            }
            _ => refuse("it takes one to three ints"),
        }
    }

    // --- collections -----------------------------------------------------------------------------

    pub(super) fn collection(
        &mut self,
        name: &str,
        args: &[NodeId],
        extras: Option<&Extras>,
    ) -> Judged {
        let nodes = self.nodes;
        let (has_items, has_pairs) = extras.map_or((false, false), |extras| {
            (!extras.list_items.is_empty(), !extras.dict_items.is_empty())
        });
        match (name, args) {
            ("OrderedDict" | "Counter" | "defaultdict", _) if has_items => {
                refuse("items are appended to it, and it has keys")
            }
            ("OrderedDict", []) | ("Counter" | "deque" | "defaultdict", []) => Ok(()),
            ("OrderedDict", [pairs]) => self.pairs(*pairs),
            // It counts what is no dict.
            ("Counter", [counted]) => {
                self.iterable(*counted)?;
                self.hashable_items(*counted)
            }
            ("defaultdict", [factory, rest @ ..]) => {
                match nodes.node(*factory) {
                    Some(Node::None | Node::Global(_)) => {}
                    Some(Node::Call(_)) => return Err(Why::Unknown),
                    _ => return refuse("its first argument is no class or function"),
                }
                match rest {
                    [] => Ok(()),
                    [pairs] => self.pairs(*pairs),
                    _ => refuse("it takes one or two arguments"),
                }
            }
            ("deque", _) if has_pairs => Err(Why::Unknown),
            ("deque", [items]) => self.iterable(*items),
            ("deque", [items, most]) => {
                self.iterable(*items)?;
                match nodes.node(*most) {
                    Some(Node::None | Node::Bool(_) | Node::Int(0..)) => Ok(()),
                    Some(Node::Int(_)) => refuse("maxlen has to be 0 or more"),
                    Some(Node::BigInt(int)) if int.sign() == Sign::Minus => {
                        refuse("maxlen has to be 0 or more")
                    }
                    Some(Node::BigInt(int)) if **int > BigInt::from(i64::MAX) => {
                        refuse("maxlen is too large for any deque")
                    }
                    Some(Node::Call(_)) => Err(Why::Unknown),
                    _ => refuse("maxlen has to be an int"),
                }
            }
            ("OrderedDict" | "Counter" | "deque", _) => refuse("it takes fewer arguments"),
            _ => Err(Why::Unknown),
        }
    }

    // --- paths -----------------------------------------------------------------------------------

    pub(super) fn path(&self, name: &str, args: &[NodeId]) -> Judged {
        match name {
            "PosixPath" if cfg!(windows) => {
                return refuse(
                    "it can be loaded anywhere but on Windows; PurePosixPath can be loaded on any system",
                );
            }
            "WindowsPath" if !cfg!(windows) => {
                return refuse(
                    "it can be loaded on Windows only; PureWindowsPath can be loaded on any system",
                );
            }
            "PosixPath" | "WindowsPath" | "Path" | "PurePath" | "PurePosixPath"
            | "PureWindowsPath" => {}
            _ => return Err(Why::Unknown),
        }
        let wrong = args
            .iter()
            .find(|id| !matches!(self.nodes.node(**id), Some(Node::Str(_))));
        match wrong.map(|id| self.nodes.node(*id)) {
            None => Ok(()),
            Some(Some(Node::Call(_))) => Err(Why::Unknown),
            Some(_) => refuse("the parts of a path are texts"),
        }
    }
}

/// Exceptions and warnings of Python's own, of every version since 3.8.
fn is_exception(name: &str) -> bool {
    const EXCEPTIONS: &str = "ArithmeticError AssertionError AttributeError BaseException BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError EnvironmentError Exception FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError ProcessLookupError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError";
    EXCEPTIONS.split(' ').any(|known| known == name)
}
