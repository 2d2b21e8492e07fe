//! What each opcode does to stack, memo and containers, and what it finds wrong.

use super::super::code::{Code, Severity};
use super::super::thing::{Kind, Letters, ObjectId, Thing};
use super::{Extent, Walker};
use crate::pickle::Opcode;
use crate::pickle::number::memo_number;
use crate::pickle::scan::{Arg, Op, Span};
use crate::pickle::text::is_python_utf8;

/// Python prints and reads no int of more decimal digits (4300), and none of more bytes in two's complement.
const MAX_INT_BYTES: u64 = 1786;
const MAX_INT_DIGITS: u64 = 4300;
/// Above this number Python's memo takes 100 ms and more of its time for each value.
pub(in super::super) const MAX_MEMO_INDEX: u64 = 10_000_000;
/// Longest line of a number that is read.
const MAX_LINE: u64 = 1 << 20;
/// Items of the last tuple that are known: enough to tell one from more than are told.
const KNOWN_ITEMS: usize = 4;
/// Text is read in pieces of this size.
const TEXT_PIECE: u64 = 1 << 20;

impl Walker<'_> {
    pub(super) fn step(&mut self, op: &Op) {
        match op.opcode {
            Opcode::Proto | Opcode::Frame => self.framing(op),
            Opcode::Stop | Opcode::ReadonlyBuffer => {}
            Opcode::Mark => self.marks.push(self.stack.len()),
            Opcode::Pop if self.marks.last() == Some(&self.stack.len()) => {
                self.marks.pop();
            }
            Opcode::Pop => drop(self.pop(op)),
            Opcode::PopMark => drop(self.pop_mark(op)),
            Opcode::Dup => {
                let top = self.top(op);
                self.stack.push(top);
            }
            Opcode::None
            | Opcode::NewTrue
            | Opcode::NewFalse
            | Opcode::BinInt
            | Opcode::BinInt1
            | Opcode::BinInt2
            | Opcode::BinFloat => self.stack.push(Thing::Atom(0)),
            Opcode::Int | Opcode::Long | Opcode::Long1 | Opcode::Long4 | Opcode::Float => {
                self.number(op);
            }
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
            | Opcode::ByteArray8 => self.blob(op),
            Opcode::EmptyList => self.container(Kind::List, &[]),
            Opcode::EmptyDict => self.container(Kind::Dict, &[]),
            Opcode::EmptyTuple => self.tuple(Vec::new()),
            Opcode::EmptySet => self.container(Kind::Set, &[]),
            Opcode::List => {
                let items = self.pop_mark(op);
                self.container(Kind::List, &items);
            }
            Opcode::FrozenSet => {
                let items = self.pop_mark(op);
                self.check_keys(op, items.iter());
                self.container(Kind::FrozenSet, &items);
            }
            Opcode::Dict => {
                let items = self.pop_mark(op);
                self.check_pairs(op, &items);
                self.container(Kind::Dict, &items);
            }
            Opcode::Tuple => {
                let items = self.pop_mark(op);
                self.tuple(items);
            }
            Opcode::Tuple1 => self.short_tuple(op, 1),
            Opcode::Tuple2 => self.short_tuple(op, 2),
            Opcode::Tuple3 => self.short_tuple(op, 3),
            Opcode::Append | Opcode::Appends | Opcode::AddItems => self.append(op),
            Opcode::SetItem | Opcode::SetItems => self.set_items(op),
            Opcode::Global | Opcode::StackGlobal => self.global(op),
            Opcode::Reduce | Opcode::NewObj | Opcode::NewObjEx => self.call(op),
            Opcode::Inst | Opcode::Obj => self.instance(op),
            Opcode::Build => self.build(op),
            Opcode::PersId
            | Opcode::BinPersId
            | Opcode::Ext1
            | Opcode::Ext2
            | Opcode::Ext4
            | Opcode::NextBuffer => self.elsewhere(op),
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => self.put(op),
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => self.get(op),
        }
    }

    fn framing(&mut self, op: &Op) {
        let Arg::Int(argument) = op.arg else { return };
        if op.opcode == Opcode::Proto && argument > 5 {
            self.fault(
                Code::BadOpcode,
                Severity::Error,
                op.offset,
                format_args!("Pickle protocol {argument} does not exist (0 to 5 do)"),
            );
        }
        if op.opcode == Opcode::Proto {
            self.is_old = argument < 3;
        }
        let left = self.end.saturating_sub(self.scanner.position());
        // The frames of a whole pickle are told of by their place in the container.
        if op.opcode == Opcode::Frame && self.extent == Extent::Entry && argument > left.into() {
            self.fault(
                Code::DeclaredLengthOverrun,
                Severity::Error,
                op.offset,
                format_args!(
                    "FRAME declares {argument} bytes but only {left} are left in the value"
                ),
            );
        }
    }

    // --- stack -------------------------------------------------------------------------------

    /// Height of the stack below which things belong to an open mark.
    pub(super) fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn underflow(&mut self, op: &Op) {
        let name = op.opcode.name();
        self.imbalance(
            op.offset,
            format_args!(
                "{name} takes more than there is: in plain pickle.load it reaches for the key, or for what stands before it"
            ),
        );
    }

    pub(super) fn pop(&mut self, op: &Op) -> Thing {
        if self.stack.len() > self.floor()
            && let Some(thing) = self.stack.pop()
        {
            return thing;
        }
        self.underflow(op);
        Thing::Unknown
    }

    pub(super) fn top(&mut self, op: &Op) -> Thing {
        if self.stack.len() > self.floor()
            && let Some(thing) = self.stack.last()
        {
            return *thing;
        }
        self.underflow(op);
        Thing::Unknown
    }

    pub(super) fn pop_mark(&mut self, op: &Op) -> Vec<Thing> {
        match self.marks.pop() {
            Some(at) => self.stack.split_off(at.min(self.stack.len())),
            None => {
                let name = op.opcode.name();
                self.imbalance(op.offset, format_args!("{name} finds no mark on the stack"));
                std::mem::take(&mut self.stack)
            }
        }
    }

    // --- atoms -------------------------------------------------------------------------------

    fn number(&mut self, op: &Op) {
        self.stack.push(Thing::Atom(0));
        let Arg::Span(span) = op.arg else { return };
        let is_text = matches!(op.opcode, Opcode::Int | Opcode::Long | Opcode::Float);
        let limit = if is_text {
            MAX_INT_DIGITS
        } else {
            MAX_INT_BYTES
        };
        if span.len > limit + 2 && op.opcode != Opcode::Float {
            let unit = if is_text { "digits" } else { "bytes" };
            self.fault(
                Code::LargeInteger,
                Severity::Warning,
                op.offset,
                format_args!(
                    "An int of {} {unit}: Python does not print one of more than {MAX_INT_DIGITS} digits, and reads none written in digits",
                    span.len
                ),
            );
        }
        if is_text {
            let line = self.load(span, MAX_LINE);
            if !line.is_some_and(|line| is_number(op.opcode, &line)) {
                self.bad_line(op, "number");
            }
        }
    }

    fn blob(&mut self, op: &Op) {
        let Arg::Span(span) = op.arg else { return };
        let thing = match op.opcode {
            Opcode::BinBytes | Opcode::ShortBinBytes | Opcode::BinBytes8 => Thing::Atom(span.len),
            Opcode::ByteArray8 => {
                let id = self.objects.add();
                self.objects.put(id, Thing::Atom(span.len));
                Thing::Container(Kind::ByteArray, id)
            }
            Opcode::String | Opcode::BinString | Opcode::ShortBinString => {
                self.old_string(op, span);
                let letters = match op.opcode {
                    Opcode::String => Letters::Quoted,
                    _ => Letters::Plain,
                };
                Thing::Text(span, letters)
            }
            Opcode::Unicode => Thing::Text(span, Letters::Escaped),
            _ => {
                if !self.is_utf8(span) {
                    self.fault(
                        Code::TextNotUtf8,
                        Severity::Error,
                        op.offset,
                        format_args!("{} holds text that is not UTF-8", op.opcode.name()),
                    );
                }
                Thing::Text(span, Letters::Plain)
            }
        };
        self.stack.push(thing);
    }

    fn old_string(&mut self, op: &Op, span: Span) {
        let Some(bytes) = self.load(span, MAX_LINE) else {
            return;
        };
        let is_line = op.opcode == Opcode::String;
        let inner = bytes.trim_ascii_end();
        let is_quoted = matches!(inner, [b'\'', .., b'\''] | [b'"', .., b'"']);
        if is_line && !is_quoted {
            self.fault(
                Code::BadOpcode,
                Severity::Error,
                op.offset,
                format_args!("STRING has a text that is not in quotes"),
            );
        }
        let is_escaped = is_line && bytes.windows(3).any(has_high_escape);
        if !bytes.is_ascii() || is_escaped {
            self.fault(Code::Python2Str, Severity::Warning, op.offset, format_args!("A str of Python 2 with bytes that are not ASCII: Python 3 loads it only with an encoding given"));
        }
    }

    /// The bytes of a short argument; of a longer one nothing.
    pub(super) fn load(&mut self, span: Span, limit: u64) -> Option<Vec<u8>> {
        if span.len > limit {
            return None;
        }
        self.scanner.load(span).ok()
    }

    /// Reads text in pieces that end between characters.
    fn is_utf8(&mut self, span: Span) -> bool {
        let (mut at, end) = (span.offset, span.offset + span.len);
        while at < end {
            let len = (end - at).min(TEXT_PIECE);
            let Ok(bytes) = self.scanner.load(Span { offset: at, len }) else {
                return false;
            };
            let mut taken = bytes.len();
            if at + len < end {
                // What begins near the end may go on behind it.
                let tail = bytes.iter().rev().take(4);
                let starts = tail.enumerate().find(|(_, byte)| **byte & 0xc0 != 0x80);
                taken -= starts.map_or(0, |(back, _)| back + 1);
            }
            if !is_python_utf8(bytes.get(..taken).unwrap_or_default()) {
                return false;
            }
            at += taken.max(1) as u64;
        }
        true
    }

    // --- containers --------------------------------------------------------------------------

    fn container(&mut self, kind: Kind, items: &[Thing]) {
        let id = self.objects.add();
        for item in items {
            self.objects.put(id, *item);
        }
        self.stack.push(Thing::Container(kind, id));
    }

    pub(super) fn tuple(&mut self, mut items: Vec<Thing>) {
        let is_hashable = items.iter().all(|item| item.is_hashable());
        self.container(Kind::Tuple(is_hashable), &items);
        items.truncate(KNOWN_ITEMS);
        self.last_tuple = self.stack.last().map(|tuple| (*tuple, items));
    }

    fn short_tuple(&mut self, op: &Op, len: usize) {
        let mut items: Vec<Thing> = (0..len).map(|_| self.pop(op)).collect();
        items.reverse();
        self.tuple(items);
    }

    /// The object that items are put into; a fault where it has no place for them.
    fn target(&mut self, op: &Op, fits: impl Fn(Kind) -> bool) -> Option<ObjectId> {
        let target = self.top(op);
        match target {
            Thing::Container(kind, id) if fits(kind) => Some(id),
            Thing::Made(_, id) => Some(id),
            Thing::Unknown => None,
            // What a module has under that name: `sys.path`, say.
            Thing::Name(index) => {
                self.changes(op, index);
                None
            }
            other => {
                let name = op.opcode.name();
                self.fault(
                    Code::BadValue,
                    Severity::Error,
                    op.offset,
                    format_args!("{name} on {}, which cannot take it", other.noun()),
                );
                None
            }
        }
    }

    fn append(&mut self, op: &Op) {
        let items = match op.opcode {
            Opcode::Append => vec![self.pop(op)],
            _ => self.pop_mark(op),
        };
        let is_set = op.opcode == Opcode::AddItems;
        if is_set {
            self.check_keys(op, items.iter());
        }
        let kind = if is_set { Kind::Set } else { Kind::List };
        if let Some(id) = self.target(op, |target| target == kind) {
            items.iter().for_each(|item| self.objects.put(id, *item));
        }
    }

    fn set_items(&mut self, op: &Op) {
        let items = match op.opcode {
            Opcode::SetItem => {
                let value = self.pop(op);
                vec![self.pop(op), value]
            }
            _ => self.pop_mark(op),
        };
        self.check_pairs(op, &items);
        if let Some(id) = self.target(op, |target| target == Kind::Dict) {
            items.iter().for_each(|item| self.objects.put(id, *item));
        }
    }

    fn check_pairs(&mut self, op: &Op, items: &[Thing]) {
        if !items.len().is_multiple_of(2) {
            let name = op.opcode.name();
            self.imbalance(op.offset, format_args!("{name} has a key without a value"));
        }
        self.check_keys(op, items.iter().step_by(2));
    }

    fn check_keys<'t>(&mut self, op: &Op, mut keys: impl Iterator<Item = &'t Thing>) {
        if let Some(key) = keys.find(|key| !key.is_hashable()) {
            self.fault(
                Code::UnhashableKey,
                Severity::Error,
                op.offset,
                format_args!(
                    "{} (or something that holds one) as a key: Python cannot load that",
                    key.noun()
                ),
            );
        }
    }

    // --- memo --------------------------------------------------------------------------------

    fn memo_index(&mut self, op: &Op) -> Option<u64> {
        let index = match op.arg {
            Arg::Int(index) => u64::try_from(index).ok(),
            Arg::Span(span) => self
                .load(span, MAX_LINE)
                .and_then(|line| memo_number(&line)),
            _ => Some(self.memo.len() as u64),
        };
        if index.is_none() {
            self.bad_line(op, "memo number");
        }
        index
    }

    fn bad_line(&mut self, op: &Op, what: &str) {
        self.fault(
            Code::BadOpcode,
            Severity::Error,
            op.offset,
            format_args!("{} has a text that is not a {what}", op.opcode.name()),
        );
    }

    fn put(&mut self, op: &Op) {
        let top = self.top(op);
        let Some(index) = self.memo_index(op) else {
            return;
        };
        if index > MAX_MEMO_INDEX {
            self.fault(
                Code::MemoIndexHuge,
                Severity::Warning,
                op.offset,
                format_args!(
                    "Memo number {index}: Python takes {:.1} GB of memory for a memo up to there",
                    index as f64 * 16.0 / 1e9
                ),
            );
        }
        self.memo.put(index, top);
    }

    fn get(&mut self, op: &Op) {
        let index = self.memo_index(op);
        let found = index.and_then(|index| self.memo.get(index));
        if let (Some(index), None) = (index, found) {
            let what = match self.extent {
                Extent::Entry => {
                    "was not set by this value: mmappickle cannot read it, plain pickle.load takes it from an entry before"
                }
                Extent::Pickle => "was never set",
            };
            self.fault(
                Code::UnboundMemo,
                Severity::Error,
                op.offset,
                format_args!("Memo entry {index} {what}"),
            );
        }
        self.stack.push(found.unwrap_or(Thing::Unknown));
    }
}

/// Whether Python's `int()` or `float()` reads the line.
fn is_number(opcode: Opcode, line: &[u8]) -> bool {
    let line = match opcode {
        Opcode::Long => line.strip_suffix(b"L").unwrap_or(line),
        _ => line,
    };
    let Ok(text) = std::str::from_utf8(line) else {
        return false;
    };
    let text = text.trim();
    if opcode == Opcode::Float {
        return text.parse::<f64>().is_ok();
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_run = |run: &str| !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_digit());
    digits.split('_').all(is_run)
}

/// Whether three bytes begin an escape of a byte above 127.
fn has_high_escape(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [b'\\', b'x', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'] | [b'\\', b'2' | b'3', b'0'..=b'7']
    )
}
