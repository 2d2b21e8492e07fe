//! Where the values of a plain pickle lie: which opcodes build each value of the dict at its top.
//!
//! Only places are followed: where what is on the stack begins, and where marks stand. What is built is the business of
//! `pickle::decode`, which has found the opcodes to be sound.

use crate::pickle::Opcode;
use crate::pickle::scan::{Arg, Op, Scanner};
use crate::progress::Progress;
use crate::source::ByteSource;
use std::collections::HashMap;
use std::ops::Range;

/// Opcodes between two looks at the progress.
const CHECK_EVERY: usize = 4096;

/// One thing on the stack: where its opcodes begin, and which object it is.
#[derive(Debug, Clone, Copy)]
struct Thing {
    start: u64,
    object: u64,
}

/// The opcodes of each value that is set in what is at the top of the pickle, in the order in which they are set; and
/// nothing where that cannot be told.
pub(super) fn of_values(source: &dyn ByteSource, progress: &Progress) -> Option<Vec<Range<u64>>> {
    let mut places = Places {
        scanner: Scanner::new(source, 0, u64::MAX),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        found: Vec::new(),
        top: None,
    };
    for count in 0_usize.. {
        if count.is_multiple_of(CHECK_EVERY) && progress.is_cancelled() {
            return None;
        }
        let op = places.scanner.next_op().ok()??;
        if op.opcode == Opcode::Stop {
            break;
        }
        places.step(&op)?;
    }
    let top = places.stack.last()?.object;
    (places.top == Some(top)).then_some(places.found)
}

struct Places<'s> {
    scanner: Scanner<'s>,
    stack: Vec<Thing>,
    marks: Vec<usize>,
    memo: HashMap<u64, u64>,
    /// Values that were set in the object `top`.
    found: Vec<Range<u64>>,
    top: Option<u64>,
}

impl Places<'_> {
    fn step(&mut self, op: &Op) -> Option<()> {
        match op.opcode {
            Opcode::Mark => self.marks.push(self.stack.len()),
            Opcode::Pop => match self.marks.last() == Some(&self.stack.len()) {
                true => drop(self.marks.pop()),
                false => drop(self.stack.pop()?),
            },
            Opcode::PopMark => drop(self.marked()?),
            Opcode::Dup => self.stack.push(*self.stack.last()?),
            Opcode::List | Opcode::Tuple | Opcode::FrozenSet | Opcode::Obj | Opcode::Inst => {
                let start = self
                    .marked()?
                    .first()
                    .map_or(op.offset, |first| first.start);
                self.push(start, op);
            }
            Opcode::Dict => {
                let items = self.marked()?;
                let start = items.first().map_or(op.offset, |first| first.start);
                self.push(start, op);
                self.set(&items, op);
            }
            Opcode::Append | Opcode::Build => drop(self.stack.pop()?),
            Opcode::Appends | Opcode::AddItems => drop(self.marked()?),
            Opcode::SetItem => {
                let at = self.stack.len().checked_sub(2)?;
                let items = self.stack.split_off(at);
                self.set(&items, op);
            }
            Opcode::SetItems => {
                let items = self.marked()?;
                self.set(&items, op);
            }
            Opcode::Tuple1 | Opcode::BinPersId => self.make_of(1, op)?,
            Opcode::Tuple2 | Opcode::Reduce | Opcode::NewObj | Opcode::StackGlobal => {
                self.make_of(2, op)?;
            }
            Opcode::Tuple3 | Opcode::NewObjEx => self.make_of(3, op)?,
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                let index = match op.opcode {
                    Opcode::Memoize => self.memo.len() as u64,
                    _ => self.index(op)?,
                };
                let object = self.stack.last()?.object;
                self.memo.insert(index, object);
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                let index = self.index(op)?;
                let object = *self.memo.get(&index)?;
                let start = op.offset;
                self.stack.push(Thing { start, object });
            }
            Opcode::Proto | Opcode::Frame | Opcode::ReadonlyBuffer | Opcode::Stop => {}
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
            | Opcode::BinFloat
            | Opcode::String
            | Opcode::BinString
            | Opcode::ShortBinString
            | Opcode::Unicode
            | Opcode::BinUnicode
            | Opcode::ShortBinUnicode
            | Opcode::BinUnicode8
            | Opcode::BinBytes
            | Opcode::ShortBinBytes
            | Opcode::BinBytes8
            | Opcode::ByteArray8
            | Opcode::EmptyList
            | Opcode::EmptyDict
            | Opcode::EmptyTuple
            | Opcode::EmptySet
            | Opcode::Global
            | Opcode::PersId
            | Opcode::Ext1
            | Opcode::Ext2
            | Opcode::Ext4
            | Opcode::NextBuffer => self.push(op.offset, op),
        }
        Some(())
    }

    fn push(&mut self, start: u64, op: &Op) {
        let object = op.offset;
        self.stack.push(Thing { start, object });
    }

    fn marked(&mut self) -> Option<Vec<Thing>> {
        let at = self.marks.pop()?;
        Some(self.stack.split_off(at.min(self.stack.len())))
    }

    fn make_of(&mut self, count: usize, op: &Op) -> Option<()> {
        let at = self.stack.len().checked_sub(count)?;
        let start = self.stack.get(at)?.start;
        self.stack.truncate(at);
        self.push(start, op);
        Some(())
    }

    /// Takes note of values that are set in what lies at the bottom of the stack.
    fn set(&mut self, items: &[Thing], op: &Op) {
        let (Some(target), 1) = (self.stack.last(), self.stack.len()) else {
            return;
        };
        if self.top != Some(target.object) {
            self.top = Some(target.object);
            self.found.clear();
        }
        let starts = items.iter().map(|thing| thing.start).chain([op.offset]);
        let starts: Vec<u64> = starts.collect();
        let ends = starts.get(2..).unwrap_or_default().iter().step_by(2);
        let values = starts.iter().skip(1).step_by(2);
        self.found
            .extend(values.zip(ends).map(|(start, end)| *start..*end));
    }

    fn index(&mut self, op: &Op) -> Option<u64> {
        match op.arg {
            Arg::Int(index) => u64::try_from(index).ok(),
            Arg::Span(span) => {
                let line = self.scanner.load(span).ok()?;
                std::str::from_utf8(&line).ok()?.trim().parse().ok()
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    fn of(pickle: &[u8]) -> Option<Vec<Vec<u8>>> {
        let source = MemorySource::new(pickle.to_vec());
        let found = of_values(&source, &Progress::new())?;
        let bytes = |range: Range<u64>| pickle[range.start as usize..range.end as usize].to_vec();
        Some(found.into_iter().map(bytes).collect())
    }

    #[test]
    fn each_value_has_its_opcodes() {
        let pickle = b"\x80\x02}q\x00(U\x01aK\x05U\x01b](K\x01K\x02eU\x01ccdecimal\nDecimal\nU\x011\x85Rq\x01u.";
        let want = [
            &b"K\x05"[..],
            b"](K\x01K\x02e",
            b"cdecimal\nDecimal\nU\x011\x85Rq\x01",
        ];
        assert_eq!(of(pickle).unwrap(), want);
        // One after the other, in the oldest protocol, and in something made like a dict.
        assert_eq!(
            of(b"(dp0\nS'a'\np1\nI5\nsS'b'\nNs.").unwrap(),
            [&b"I5\n"[..], b"N"]
        );
        assert_eq!(
            of(b"(S'a'\nI1\nS'b'\n(I2\nld.").unwrap(),
            [&b"I1\n"[..], b"I2\nl"]
        );
        let ordered = b"ccollections\nOrderedDict\n)R(U\x01aNU\x01b}U\x01xNsu.";
        assert_eq!(of(ordered).unwrap(), [&b"N"[..], b"}U\x01xNs"]);
    }

    #[test]
    fn what_is_no_dict_has_no_values() {
        assert_eq!(of(b"K\x05."), None);
        assert_eq!(of(b"}U\x01aNs0K\x01."), None);
        assert_eq!(of(b"0."), None);
    }
}
