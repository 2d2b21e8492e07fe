//! Opcodes → [`Value`]: Python's pickle machine without its calls.
//!
//! Whatever a pickle names or calls is kept as data ([`super::Node::Global`], [`super::Node::Call`]). Nothing is imported or run.

mod objects;
mod partial;

pub use partial::{Onward, decode_until};

use super::error::{DecodeError, DecodeErrorKind as Kind};
use super::limits::Limits;
use super::number;
use super::opcode::Opcode;
use super::scan::{Arg, Op, Scanner, Span};
use super::text;
use super::value::{Blob, Extras, Global, Node, NodeId, Value};
use crate::progress::Progress;
use crate::source::ByteSource;
use std::collections::HashMap;

/// Opcodes between two looks at the progress.
const CHECK_EVERY: usize = 4096;

/// Decodes one value without PROTO and STOP, as entries of the container hold it: `start..end` of the source.
///
/// # Errors
/// What is wrong with the bytes, or which limit they exceed, and at which byte of the file.
pub fn decode_value(
    source: &dyn ByteSource,
    start: u64,
    end: u64,
    limits: &Limits,
    progress: &Progress,
) -> Result<Value, DecodeError> {
    let mut machine = Machine::new(source, start, end, *limits);
    machine.run(progress)?;
    machine.finish(start)
}

/// Decodes a whole pickle up to its STOP; also gives the position behind the STOP.
///
/// # Errors
/// As [`decode_value`], and [`Kind::NoStop`].
pub fn decode_pickle(
    source: &dyn ByteSource,
    limits: &Limits,
    progress: &Progress,
) -> Result<(Value, u64), DecodeError> {
    let mut machine = Machine::new(source, 0, u64::MAX, *limits);
    // Until it says something else.
    machine.protocol = 0;
    match machine.run(progress)? {
        Some(stop) => {
            let end = machine.scanner.position();
            machine.finish_at_stop(stop).map(|value| (value, end))
        }
        None => Err(Kind::NoStop.at(machine.scanner.position())),
    }
}

#[derive(Debug)]
struct Machine<'s> {
    scanner: Scanner<'s>,
    limits: Limits,
    nodes: Vec<Node>,
    extras: HashMap<NodeId, Extras>,
    stack: Vec<NodeId>,
    /// Heights of the stack at which marks stand.
    marks: Vec<usize>,
    memo: HashMap<u64, NodeId>,
    /// Python has one object for each name, so what is done to it by way of one mention holds for all.
    globals: HashMap<Global, NodeId>,
    bytes: u64,
    references: usize,
    buffers: u64,
    /// Of the opcode PROTO that was met last.
    protocol: u8,
}

impl<'s> Machine<'s> {
    /// Of an entry, which is part of a pickle of protocol 4.
    fn new(source: &'s dyn ByteSource, start: u64, end: u64, limits: Limits) -> Self {
        Self {
            scanner: Scanner::new(source, start, end),
            limits,
            nodes: Vec::new(),
            extras: HashMap::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            globals: HashMap::new(),
            bytes: 0,
            references: 0,
            buffers: 0,
            protocol: 4,
        }
    }

    /// Runs to STOP, and gives its place, or to the end.
    fn run(&mut self, progress: &Progress) -> Result<Option<u64>, DecodeError> {
        for count in 0_usize.. {
            self.check(count, progress)?;
            match self.scanner.next_op()? {
                Some(op) if op.opcode == Opcode::Stop => return Ok(Some(op.offset)),
                Some(op) => self.step(&op)?,
                None => break,
            }
        }
        Ok(None)
    }

    /// Now and then, whether the work was cancelled.
    fn check(&self, count: usize, progress: &Progress) -> Result<(), DecodeError> {
        if count.is_multiple_of(CHECK_EVERY) && progress.is_cancelled() {
            return Err(Kind::Cancelled.at(self.scanner.position()));
        }
        Ok(())
    }

    fn finish(self, start: u64) -> Result<Value, DecodeError> {
        if self.stack.len() != 1 || !self.marks.is_empty() {
            let left = self.stack.len() + self.marks.len();
            return Err(Kind::StackImbalance(left).at(start));
        }
        self.into_value(start)
    }

    /// At STOP Python takes the topmost value and lets the rest be.
    fn finish_at_stop(self, offset: u64) -> Result<Value, DecodeError> {
        if self.stack.len() <= self.floor() {
            return Err(Kind::StackUnderflow("STOP").at(offset));
        }
        self.into_value(offset)
    }

    fn into_value(self, offset: u64) -> Result<Value, DecodeError> {
        let limit = self.limits.depth;
        let Some(&root) = self.stack.last() else {
            return Err(Kind::StackImbalance(0).at(offset));
        };
        let value = Value::new(self.nodes, self.extras, root);
        if value.depth() > limit {
            let what = "levels of nesting";
            return Err(Kind::Limit {
                what,
                limit: limit as u64,
            }
            .at(offset));
        }
        Ok(value)
    }

    fn set_protocol(&mut self, op: &Op) -> Result<(), Kind> {
        let protocol = match op.arg {
            Arg::Int(protocol) => u8::try_from(protocol).unwrap_or(u8::MAX),
            _ => 0,
        };
        if protocol > 5 {
            return Err(Kind::BadProtocol(protocol));
        }
        self.protocol = protocol;
        Ok(())
    }

    /// What one opcode does.
    fn step(&mut self, op: &Op) -> Result<(), DecodeError> {
        let result = match op.opcode {
            Opcode::Proto => self.set_protocol(op),
            Opcode::Stop | Opcode::Frame | Opcode::ReadonlyBuffer => Ok(()),
            Opcode::Mark => self.refer(1).map(|()| self.marks.push(self.stack.len())),
            Opcode::Pop | Opcode::PopMark | Opcode::Dup => self.shuffle(op),
            Opcode::None
            | Opcode::NewTrue
            | Opcode::NewFalse
            | Opcode::Int
            | Opcode::BinInt
            | Opcode::BinInt1
            | Opcode::BinInt2
            | Opcode::Long
            | Opcode::Long1
            | Opcode::Long4
            | Opcode::Float
            | Opcode::BinFloat => return self.scalar(op),
            Opcode::String
            | Opcode::BinString
            | Opcode::ShortBinString
            | Opcode::Unicode
            | Opcode::BinUnicode
            | Opcode::ShortBinUnicode
            | Opcode::BinUnicode8
            | Opcode::BinBytes
            | Opcode::ShortBinBytes
            | Opcode::BinBytes8
            | Opcode::ByteArray8 => return self.blob(op),
            Opcode::EmptyList
            | Opcode::EmptyDict
            | Opcode::EmptyTuple
            | Opcode::EmptySet
            | Opcode::List
            | Opcode::Dict
            | Opcode::Tuple
            | Opcode::Tuple1
            | Opcode::Tuple2
            | Opcode::Tuple3
            | Opcode::FrozenSet => self.container(op),
            Opcode::Append | Opcode::Appends | Opcode::AddItems => self.append(op),
            Opcode::SetItem | Opcode::SetItems => self.set_items(op),
            Opcode::Global | Opcode::StackGlobal => return self.global(op),
            Opcode::Reduce | Opcode::NewObj | Opcode::NewObjEx => self.call(op),
            Opcode::Inst | Opcode::Obj => return self.instance(op),
            Opcode::Build => self.build(),
            Opcode::PersId | Opcode::BinPersId => return self.persistent(op),
            Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => match op.arg {
                Arg::Int(code) => self.push(Node::Extension(i64::try_from(code).unwrap_or(-1))),
                _ => Ok(()),
            },
            Opcode::NextBuffer => {
                self.buffers += 1;
                self.push(Node::OutOfBand(self.buffers - 1))
            }
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                return self.put(op);
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => return self.get(op),
        };
        result.map_err(|kind| kind.at(op.offset))
    }

    // --- stack -------------------------------------------------------------------------------

    /// Height of the stack below which values belong to an open mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self, opcode: Opcode) -> Result<NodeId, Kind> {
        if self.stack.len() <= self.floor() {
            return Err(Kind::StackUnderflow(opcode.name()));
        }
        self.stack.pop().ok_or(Kind::StackUnderflow(opcode.name()))
    }

    fn top(&self, opcode: Opcode) -> Result<NodeId, Kind> {
        match self.stack.last() {
            Some(&top) if self.stack.len() > self.floor() => Ok(top),
            _ => Err(Kind::StackUnderflow(opcode.name())),
        }
    }

    fn pop_mark(&mut self, opcode: Opcode) -> Result<Vec<NodeId>, Kind> {
        let at = self.marks.pop().ok_or(Kind::NoMark(opcode.name()))?;
        Ok(self.stack.split_off(at.min(self.stack.len())))
    }

    fn push(&mut self, node: Node) -> Result<(), Kind> {
        let id = self.add(node)?;
        self.stack.push(id);
        Ok(())
    }

    fn add(&mut self, node: Node) -> Result<NodeId, Kind> {
        let limit = self.limits.nodes.min(u32::MAX as usize - 1);
        if self.nodes.len() >= limit {
            return Err(Kind::Limit {
                what: "nodes",
                limit: limit as u64,
            });
        }
        // Cannot fail, `limit` is below u32::MAX.
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        Ok(id)
    }

    /// Counts references to nodes, from the memo and marks too: a pickle can repeat a one-byte opcode for ever.
    fn refer(&mut self, count: usize) -> Result<(), Kind> {
        self.references = self.references.saturating_add(count);
        let limit = self.limits.nodes;
        if self.references > limit {
            return Err(Kind::Limit {
                what: "references",
                limit: limit as u64,
            });
        }
        Ok(())
    }

    fn reserve(&mut self, bytes: u64) -> Result<(), Kind> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.limits.bytes {
            return Err(Kind::Limit {
                what: "bytes",
                limit: self.limits.bytes,
            });
        }
        Ok(())
    }

    fn shuffle(&mut self, op: &Op) -> Result<(), Kind> {
        match op.opcode {
            Opcode::PopMark => drop(self.pop_mark(op.opcode)?),
            Opcode::Dup => {
                let top = self.top(op.opcode)?;
                self.refer(1)?;
                self.stack.push(top);
            }
            // POP takes a mark away when one is on top.
            _ if self.marks.last() == Some(&self.stack.len()) => drop(self.marks.pop()),
            _ => drop(self.pop(op.opcode)?),
        }
        Ok(())
    }

    // --- atoms ---------------------------------------------------------------------------------

    fn scalar(&mut self, op: &Op) -> Result<(), DecodeError> {
        let node = match (op.opcode, op.arg) {
            (Opcode::NewTrue, _) => Node::Bool(true),
            (Opcode::NewFalse, _) => Node::Bool(false),
            (_, Arg::Int(int)) => number::int_node(int.into()),
            (_, Arg::Float(float)) => Node::Float(float),
            (_, Arg::Span(span)) => {
                let bytes = self.load(span, op)?;
                let parsed = match op.opcode {
                    Opcode::Int => number::int_line(&bytes),
                    Opcode::Long => number::long_line(&bytes),
                    Opcode::Float => number::float_line(&bytes),
                    _ => Ok(number::long_bytes(&bytes)),
                };
                parsed.map_err(|why| bad_argument(op, why))?
            }
            _ => Node::None,
        };
        self.push(node).map_err(|kind| kind.at(op.offset))
    }

    fn blob(&mut self, op: &Op) -> Result<(), DecodeError> {
        let Arg::Span(span) = op.arg else {
            return Ok(());
        };
        let node = match op.opcode {
            Opcode::String => {
                let line = self.load(span, op)?;
                old_string(text::unquote(&line).map_err(|why| bad_argument(op, why))?)
            }
            Opcode::BinString | Opcode::ShortBinString => old_string(self.load(span, op)?),
            Opcode::Unicode => {
                let line = self.load(span, op)?;
                let utf8 = text::raw_unicode_escape(&line).map_err(|why| bad_argument(op, why))?;
                Node::Str(Blob::Loaded(utf8.into()))
            }
            Opcode::BinUnicode | Opcode::ShortBinUnicode | Opcode::BinUnicode8 => {
                let blob = self.load_or_leave(span, self.limits.inline_text, op)?;
                if blob
                    .loaded()
                    .is_some_and(|bytes| !text::is_python_utf8(bytes))
                {
                    return Err(Kind::NotUtf8(op.opcode.name()).at(op.offset));
                }
                Node::Str(blob)
            }
            Opcode::ByteArray8 => {
                Node::ByteArray(self.load_or_leave(span, self.limits.inline_bytes, op)?)
            }
            _ => Node::Bytes(self.load_or_leave(span, self.limits.inline_bytes, op)?),
        };
        self.push(node).map_err(|kind| kind.at(op.offset))
    }

    fn load(&mut self, span: Span, op: &Op) -> Result<Vec<u8>, DecodeError> {
        self.reserve(span.len).map_err(|kind| kind.at(op.offset))?;
        self.scanner.load(span)
    }

    fn load_or_leave(&mut self, span: Span, inline: u64, op: &Op) -> Result<Blob, DecodeError> {
        if span.len >= inline {
            return Ok(Blob::InFile(span));
        }
        Ok(Blob::Loaded(self.load(span, op)?.into()))
    }

    // --- memo ------------------------------------------------------------------------------------

    fn put(&mut self, op: &Op) -> Result<(), DecodeError> {
        let index = match op.opcode {
            Opcode::Memoize => self.memo.len() as u64,
            _ => self.memo_index(op)?,
        };
        let top = self.top(op.opcode);
        let top = top.and_then(|top| self.refer(1).map(|()| top));
        self.memo
            .insert(index, top.map_err(|kind| kind.at(op.offset))?);
        Ok(())
    }

    fn get(&mut self, op: &Op) -> Result<(), DecodeError> {
        let index = self.memo_index(op)?;
        let at = |kind: Kind| kind.at(op.offset);
        let id = *self
            .memo
            .get(&index)
            .ok_or_else(|| at(Kind::UnboundMemo(index)))?;
        self.refer(1).map_err(at)?;
        self.stack.push(id);
        Ok(())
    }

    fn memo_index(&mut self, op: &Op) -> Result<u64, DecodeError> {
        let index = match op.arg {
            Arg::Int(index) => u64::try_from(index).ok(),
            Arg::Span(span) => {
                let line = self.load(span, op)?;
                number::memo_number(&line)
            }
            _ => None,
        };
        index.ok_or_else(|| bad_argument(op, "no memo number".to_owned()))
    }
}

/// Python 3 reads a Python 2 `str` as ASCII text; other bytes it refuses by default, here they are kept.
fn old_string(bytes: Vec<u8>) -> Node {
    let is_ascii = bytes.is_ascii();
    let blob = Blob::Loaded(bytes.into());
    if is_ascii {
        Node::Str(blob)
    } else {
        Node::Py2Str(blob)
    }
}

fn bad_argument(op: &Op, why: String) -> DecodeError {
    let opcode = op.opcode.name();
    Kind::BadArgument { opcode, why }.at(op.offset)
}
