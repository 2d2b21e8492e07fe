//! Bytes → (offset, opcode, argument), without evaluating anything.
//!
//! Long arguments are not read: a scanned opcode knows where they lie. So walking over an array of 100 GB
//! costs two short reads.

use super::error::{DecodeError, DecodeErrorKind};
use super::opcode::{ArgKind, Opcode};
use crate::source::{ByteSource, Window};

/// A text argument (up to a newline) longer than this is refused.
const MAX_LINE: u64 = 16 << 20;
/// Bytes of a line that are looked at at once.
const PIECE: u64 = 4096;

/// A range of bytes in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Position in the file.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
}

/// Argument of an opcode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arg {
    /// There is none.
    None,
    /// An integer; `FRAME` and other unsigned ones too.
    Int(i128),
    /// A double.
    Float(f64),
    /// Bytes that lie in the file: the payload of a counted argument, or a line without its newline.
    Span(Span),
    /// Module and name of `GLOBAL` and `INST`.
    Lines(Span, Span),
}

/// One opcode at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Op {
    /// Position of the code byte in the file.
    pub offset: u64,
    /// The opcode.
    pub opcode: Opcode,
    /// Its argument.
    pub arg: Arg,
}

/// Walks the opcodes of a byte range.
#[derive(Debug)]
pub struct Scanner<'s> {
    window: Window<'s>,
    position: u64,
    end: u64,
}

impl<'s> Scanner<'s> {
    /// Scans `start..end`, positions in `source`; `end` is cut to the source's length.
    #[must_use]
    pub fn new(source: &'s dyn ByteSource, start: u64, end: u64) -> Self {
        let end = end.min(source.len());
        Self {
            window: Window::new(source),
            position: start.min(end),
            end,
        }
    }

    /// Position of the next opcode.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next opcode; `None` exactly at the end of the range.
    ///
    /// # Errors
    /// Bytes that are no opcode, arguments that run past the end, failed reads. The position is then undefined.
    pub fn next_op(&mut self) -> Result<Option<Op>, DecodeError> {
        if self.position >= self.end {
            return Ok(None);
        }
        let offset = self.position;
        let code = self.fetch::<1>(offset, "opcode")?[0];
        let opcode =
            Opcode::from_byte(code).ok_or_else(|| DecodeErrorKind::BadOpcode(code).at(offset))?;
        let arg = self.argument(opcode, offset)?;
        Ok(Some(Op {
            offset,
            opcode,
            arg,
        }))
    }

    /// Copies a span into memory. The caller has checked that the length is acceptable.
    ///
    /// # Errors
    /// The span lies outside of the source, or reading failed.
    pub fn load(&mut self, span: Span) -> Result<Vec<u8>, DecodeError> {
        self.window
            .load(span.offset, span.len)
            .map_err(|err| DecodeErrorKind::Read(err.to_string()).at(span.offset))
    }

    fn argument(&mut self, opcode: Opcode, offset: u64) -> Result<Arg, DecodeError> {
        let name = opcode.name();
        Ok(match opcode.arg_kind() {
            ArgKind::None => Arg::None,
            ArgKind::U8 => Arg::Int(self.fetch::<1>(offset, name)?[0].into()),
            ArgKind::U16 => Arg::Int(u16::from_le_bytes(self.fetch(offset, name)?).into()),
            ArgKind::I32 => Arg::Int(i32::from_le_bytes(self.fetch(offset, name)?).into()),
            ArgKind::U32 => Arg::Int(u32::from_le_bytes(self.fetch(offset, name)?).into()),
            ArgKind::U64 => Arg::Int(u64::from_le_bytes(self.fetch(offset, name)?).into()),
            ArgKind::F64 => Arg::Float(f64::from_be_bytes(self.fetch(offset, name)?)),
            ArgKind::Line => Arg::Span(self.line(offset, name)?),
            ArgKind::Lines2 => {
                let first = self.line(offset, name)?;
                Arg::Lines(first, self.line(offset, name)?)
            }
            ArgKind::Counted1 => {
                let len = self.fetch::<1>(offset, name)?[0].into();
                self.counted(offset, name, len)?
            }
            ArgKind::Counted4 => {
                let len = u32::from_le_bytes(self.fetch(offset, name)?).into();
                self.counted(offset, name, len)?
            }
            ArgKind::CountedSigned4 => {
                let len = i32::from_le_bytes(self.fetch(offset, name)?);
                // Python refuses negative lengths; as unsigned they overrun any value.
                let len = u64::try_from(len).unwrap_or(u64::MAX);
                self.counted(offset, name, len)?
            }
            ArgKind::Counted8 => {
                let len = u64::from_le_bytes(self.fetch(offset, name)?);
                self.counted(offset, name, len)?
            }
        })
    }

    fn fetch<const N: usize>(
        &mut self,
        offset: u64,
        name: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let available = self.end.saturating_sub(self.position);
        if (N as u64) > available {
            return Err(overrun(offset, name, N as u64, available));
        }
        let read = self.window.get(self.position, N);
        let bytes = read.map_err(|err| DecodeErrorKind::Read(err.to_string()).at(offset))?;
        self.position += N as u64;
        bytes
            .try_into()
            .map_err(|_err| DecodeErrorKind::Read("short read".to_owned()).at(offset))
    }

    fn counted(&mut self, offset: u64, name: &'static str, len: u64) -> Result<Arg, DecodeError> {
        let available = self.end.saturating_sub(self.position);
        if len > available {
            return Err(overrun(offset, name, len, available));
        }
        let span = Span {
            offset: self.position,
            len,
        };
        self.position += len;
        Ok(Arg::Span(span))
    }

    fn line(&mut self, offset: u64, name: &'static str) -> Result<Span, DecodeError> {
        let start = self.position;
        let end = self.end.min(start.saturating_add(MAX_LINE));
        while self.position < end {
            let len = (end - self.position).min(PIECE);
            let read = self.window.get(self.position, len as usize);
            let bytes = read.map_err(|err| DecodeErrorKind::Read(err.to_string()).at(offset))?;
            if let Some(at) = bytes.iter().position(|&byte| byte == b'\n') {
                let len = self.position + at as u64 - start;
                self.position = start + len + 1;
                return Ok(Span { offset: start, len });
            }
            self.position += len;
        }
        Err(DecodeErrorKind::NoNewline(name).at(offset))
    }
}

fn overrun(offset: u64, opcode: &'static str, declared: u64, available: u64) -> DecodeError {
    DecodeErrorKind::Overrun {
        opcode,
        declared,
        available,
    }
    .at(offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    fn scan(bytes: &[u8]) -> Result<Vec<(u64, Opcode)>, DecodeError> {
        let source = MemorySource::new(bytes.to_vec());
        let mut scanner = Scanner::new(&source, 0, u64::MAX);
        let mut ops = Vec::new();
        while let Some(op) = scanner.next_op()? {
            ops.push((op.offset, op.opcode));
        }
        Ok(ops)
    }

    #[test]
    fn opcodes_come_with_their_offsets() {
        let ops = scan(b"\x80\x04\x95\x0d\0\0\0\0\0\0\0\x8c\x03abcK\x07cbuiltins\nlen\n.").unwrap();
        let expected = [
            (0, Opcode::Proto),
            (2, Opcode::Frame),
            (11, Opcode::ShortBinUnicode),
            (16, Opcode::BinInt1),
            (18, Opcode::Global),
            (32, Opcode::Stop),
        ];
        assert_eq!(ops, expected);
    }

    #[test]
    fn declared_lengths_are_checked_against_what_is_there() {
        for bytes in [
            &b"\x8e\0\0\0\0\0\0\0\x40abc"[..],
            b"B\xff\xff\xff\x7f",
            b"\x8b\xff\xff\xff\xffab",
            b"J\x01\x02",
        ] {
            let err = scan(bytes).unwrap_err();
            assert!(
                matches!(err.kind, DecodeErrorKind::Overrun { .. }),
                "{bytes:?}: {err}"
            );
        }
    }

    #[test]
    fn text_needs_its_newline() {
        let err = scan(b"NI123").unwrap_err();
        assert_eq!(err, DecodeErrorKind::NoNewline("INT").at(1));
    }

    #[test]
    fn lines_longer_than_the_window_are_found() {
        let mut bytes = b"V".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 3 * PIECE as usize));
        bytes.extend(b"\nN");
        let ops = scan(&bytes).unwrap();
        assert_eq!(ops[1], (3 * PIECE + 2, Opcode::None));
    }

    #[test]
    fn unknown_bytes_are_refused_with_their_place() {
        assert_eq!(
            scan(b"N\xfe").unwrap_err(),
            DecodeErrorKind::BadOpcode(0xfe).at(1)
        );
    }
}
