//! What is put into an entry: opcodes in memory, and long parts that are copied, streamed or left as holes.

use super::EditError;
use crate::pickle::{Budget, Encoded, Part, Value, encode, encode_within};
use crate::progress::Progress;
use crate::source::{ByteSource, Store};
use std::io::{self, Read};
use std::ops::Range;

/// Bytes taken from a stream at once.
const CHUNK: usize = 1 << 20;

/// One stretch of a value's bytes.
pub enum Piece<'a> {
    /// In memory.
    Bytes(Vec<u8>),
    /// Zeros that take no space on the disk.
    Zeros(u64),
    /// Data of a source, copied by the system where it can.
    Copy(&'a dyn ByteSource, Range<u64>),
    /// The same of opcodes.
    Opcodes(&'a dyn ByteSource, Range<u64>),
    /// So many bytes from a reader.
    Stream(&'a mut dyn Read, u64),
}

impl std::fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl Piece<'_> {
    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Zeros(len) | Self::Stream(_, len) => *len,
            Self::Copy(_, range) | Self::Opcodes(_, range) => range.end.saturating_sub(range.start),
        }
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The value of an entry: opcodes that leave one thing on the stack, and the memo field that goes with them.
#[derive(Debug)]
pub struct Payload<'a> {
    /// The opcodes, in order.
    pub pieces: Vec<Piece<'a>>,
    /// Memo field: the next free memo index after this value, 0 where it uses none (as the reference does for arrays).
    pub memo: i32,
}

impl<'a> Payload<'a> {
    /// A value in memory. Long parts that were left in a file are copied from `source`, the one it was decoded from.
    ///
    /// # Errors
    /// The value cannot be encoded, or its memo indices run out.
    pub fn of_value(
        value: &Value,
        first_memo: u32,
        source: Option<&'a dyn ByteSource>,
    ) -> Result<Self, EditError> {
        Self::of_encoded(encode(value, first_memo)?, source)
    }

    /// The same, for one of many values that may share their parts.
    ///
    /// # Errors
    /// As [`Payload::of_value`]; the budget is spent.
    pub fn of_value_within(
        value: &Value,
        first_memo: u32,
        source: Option<&'a dyn ByteSource>,
        budget: &Budget,
    ) -> Result<Self, EditError> {
        Self::of_encoded(encode_within(value, first_memo, budget)?, source)
    }

    fn of_encoded(encoded: Encoded, source: Option<&'a dyn ByteSource>) -> Result<Self, EditError> {
        let missing =
            || io::Error::other("a part of the value was left in a file that is not open");
        let pieces = encoded.parts.into_iter().map(|part| match part {
            Part::Bytes(bytes) => Ok(Piece::Bytes(bytes)),
            Part::InFile(span) => {
                let source = source.ok_or_else(missing)?;
                Ok(Piece::Copy(source, span.offset..span.offset + span.len))
            }
        });
        Ok(Self {
            pieces: pieces.collect::<Result<_, io::Error>>()?,
            memo: i32::try_from(encoded.next_memo)
                .map_err(|_err| EditError::Exhausted("no memo index is left"))?,
        })
    }

    /// Number of bytes; `None` where no file could hold them.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        self.pieces
            .iter()
            .try_fold(0_u64, |len, piece| len.checked_add(piece.len()))
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Writes all pieces from `at` on.
    pub(super) fn write(
        self,
        store: &dyn Store,
        mut at: u64,
        progress: &Progress,
    ) -> Result<(), EditError> {
        for piece in self.pieces {
            let len = piece.len();
            write_piece(store, piece, at, progress)?;
            at += len;
        }
        Ok(())
    }
}

fn write_piece(
    store: &dyn Store,
    piece: Piece<'_>,
    mut at: u64,
    progress: &Progress,
) -> Result<(), EditError> {
    let mut step = |bytes: u64| {
        progress.add(bytes);
        progress.check().map_err(io::Error::other)
    };
    match piece {
        Piece::Bytes(bytes) => {
            store.write_at(at, &bytes)?;
            step(bytes.len() as u64)?;
        }
        // The place was never written to: it is a hole already.
        Piece::Zeros(len) => step(len)?,
        Piece::Copy(source, range) | Piece::Opcodes(source, range) => {
            store.copy_from(source, range, at, &mut step)?
        }
        Piece::Stream(reader, len) => {
            let mut left = len;
            let mut buffer = Vec::new();
            while left > 0 {
                let count = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
                buffer.resize(count, 0);
                reader.read_exact(&mut buffer)?;
                store.write_at(at, &buffer)?;
                at += count as u64;
                left -= count as u64;
                step(count as u64)?;
            }
        }
    }
    Ok(())
}
