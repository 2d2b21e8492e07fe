//! The value of an entry for another one: its bytes as they are, where these mean the same at any place.

use super::large::LARGE;
use super::{EditError, Entry, Payload, Piece};
use crate::pickle::scan::{Arg, Scanner};
use crate::pickle::{Limits, Opcode, decode_value};
use crate::progress::Progress;
use crate::source::ByteSource;
use std::collections::HashSet;
use std::ops::Range;

/// Memo indices from here on cost Python's reader memory that is out of proportion; they are written anew.
const LARGE_INDEX: u64 = 1 << 20;

/// What the opcodes of a value say about copying them.
#[derive(Debug, Default)]
struct Memo {
    set: HashSet<u64>,
    /// The first memo index above those that are set.
    next: u64,
    /// It depends on its place: numbers from the order in the file, entries of other values, or parts of another pickle.
    depends: bool,
    /// Long texts and byte strings.
    data: Vec<Range<u64>>,
}

/// The value of `entry`, to be put into another entry of this or another file.
///
/// # Errors
/// The value cannot be read.
pub(super) fn payload<'a>(
    source: &'a dyn ByteSource,
    entry: &Entry,
    first_memo: u32,
    progress: &Progress,
) -> Result<Payload<'a>, EditError> {
    Payload::of_range(
        source,
        entry.value_range(),
        entry.memo,
        first_memo,
        progress,
    )
}

impl<'a> Payload<'a> {
    /// The value whose opcodes lie in a range of a file, with this memo field there: its bytes as they are, or, where
    /// these mean something else at another place, encoded anew.
    ///
    /// # Errors
    /// The value cannot be read.
    pub fn of_range(
        source: &'a dyn ByteSource,
        range: Range<u64>,
        memo_field: i32,
        first_memo: u32,
        progress: &Progress,
    ) -> Result<Self, EditError> {
        let memo = look(source, range.clone(), progress)?;
        if memo.depends {
            let value = decode_value(source, range.start, range.end, &Limits::FULL, progress)?;
            return Self::of_value(&value, first_memo, Some(source));
        }
        // The field may be larger than needed, never smaller than what the value sets.
        let field = i64::from(memo_field.max(0)).max(i64::try_from(memo.next).unwrap_or(i64::MAX));
        Ok(Self {
            pieces: pieces(source, range, memo.data),
            memo: i32::try_from(field)
                .map_err(|_err| EditError::Exhausted("no memo index is left"))?,
        })
    }
}

/// The bytes of a value, its long data for itself.
fn pieces(source: &dyn ByteSource, range: Range<u64>, data: Vec<Range<u64>>) -> Vec<Piece<'_>> {
    let mut pieces = Vec::with_capacity(2 * data.len() + 1);
    let mut at = range.start;
    for part in data {
        pieces.push(Piece::Opcodes(source, at..part.start));
        at = part.end;
        pieces.push(Piece::Copy(source, part));
    }
    pieces.push(Piece::Opcodes(source, at..range.end));
    pieces
}

fn look(
    source: &dyn ByteSource,
    range: Range<u64>,
    progress: &Progress,
) -> Result<Memo, EditError> {
    let mut scanner = Scanner::new(source, range.start, range.end);
    let mut memo = Memo::default();
    let mut count = 0_u32;
    while let Some(op) = scanner.next_op()? {
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            progress.check()?;
        }
        match (op.opcode, op.arg) {
            (Opcode::BinPut | Opcode::LongBinPut, Arg::Int(index)) => {
                let index = u64::try_from(index).unwrap_or_default();
                memo.set.insert(index);
                memo.next = memo.next.max(index + 1);
                memo.depends |= index >= LARGE_INDEX;
            }
            (Opcode::BinGet | Opcode::LongBinGet, Arg::Int(index)) => {
                memo.depends |= !memo.set.contains(&u64::try_from(index).unwrap_or_default());
            }
            (
                Opcode::Memoize
                | Opcode::Put
                | Opcode::Get
                | Opcode::Proto
                | Opcode::Frame
                | Opcode::Stop,
                _,
            ) => memo.depends = true,
            (
                Opcode::BinBytes
                | Opcode::BinBytes8
                | Opcode::ByteArray8
                | Opcode::BinUnicode
                | Opcode::BinUnicode8,
                Arg::Span(span),
            ) if span.len >= LARGE => memo.data.push(span.offset..span.offset + span.len),
            _ => {}
        }
    }
    Ok(memo)
}
