//! Opcodes as lines to be read: position, name, argument. The bytes are walked, never kept.

use super::error::DecodeError;
use super::number::{float_repr, long_bytes};
use super::opcode::Opcode;
use super::scan::{Arg, Op, Scanner, Span};
use super::text;
use super::value::Node;
use crate::source::ByteSource;

/// Longer arguments are cut after this many bytes, if nothing else is asked for.
const SHOWN: u64 = 60;

/// One opcode as a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Position of the opcode in the file.
    pub offset: u64,
    /// The opcode.
    pub opcode: Opcode,
    /// Its argument as Python would print it, long ones cut and with their length; `None` where there is none.
    pub argument: Option<String>,
}

/// The lines of a range of bytes. It ends at the end of the range, or behind the first error.
#[derive(Debug)]
pub struct Disassembly<'s> {
    scanner: Scanner<'s>,
    has_failed: bool,
    shown: u64,
}

impl<'s> Disassembly<'s> {
    /// Of `start..end` of the source; `end` is cut to the source's length.
    #[must_use]
    pub fn new(source: &'s dyn ByteSource, start: u64, end: u64) -> Self {
        Self {
            scanner: Scanner::new(source, start, end),
            has_failed: false,
            shown: SHOWN,
        }
    }

    /// Cuts arguments after so many bytes.
    #[must_use]
    pub fn showing(mut self, bytes: u64) -> Self {
        self.shown = bytes;
        self
    }

    /// Position behind the last line.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.scanner.position()
    }

    /// The next opcode without its text: as [`Iterator::next`], for those who only count.
    pub fn next_op(&mut self) -> Option<Result<Op, DecodeError>> {
        if self.has_failed {
            return None;
        }
        let op = self.scanner.next_op().transpose();
        self.has_failed = matches!(op, Some(Err(_)));
        op
    }

    /// The line of an opcode of this source.
    ///
    /// # Errors
    /// Reading its argument failed.
    pub fn line(&mut self, op: &Op) -> Result<Line, DecodeError> {
        Ok(Line {
            offset: op.offset,
            opcode: op.opcode,
            argument: self.argument(op)?,
        })
    }

    fn argument(&mut self, op: &Op) -> Result<Option<String>, DecodeError> {
        Ok(match op.arg {
            Arg::None => None,
            Arg::Int(int) => Some(int.to_string()),
            Arg::Float(float) => Some(float_repr(float)),
            Arg::Span(span) => Some(self.span(op.opcode, span)?),
            Arg::Lines(first, second) => {
                let (first, second) = (self.words(first)?, self.words(second)?);
                Some(format!("{first} {second}"))
            }
        })
    }

    fn span(&mut self, opcode: Opcode, span: Span) -> Result<String, DecodeError> {
        let shown = self.head(span)?;
        let text = match opcode {
            Opcode::BinUnicode | Opcode::ShortBinUnicode | Opcode::BinUnicode8 => {
                text::text_repr(self.whole_chars(&shown, span.len))
            }
            Opcode::Long1 | Opcode::Long4 if span.len <= self.shown => match long_bytes(&shown) {
                Node::BigInt(int) => int.to_string(),
                Node::Int(int) => int.to_string(),
                _ => String::new(),
            },
            // Numbers and names as they stand in the text of protocol 0.
            Opcode::Int
            | Opcode::Long
            | Opcode::Float
            | Opcode::Get
            | Opcode::Put
            | Opcode::PersId
            | Opcode::String
            | Opcode::Unicode => return self.words(span),
            _ => text::bytes_repr(&shown),
        };
        Ok(self.with_length(text, span.len))
    }

    fn words(&mut self, span: Span) -> Result<String, DecodeError> {
        let shown = self.head(span)?;
        let text = text::escaped(self.whole_chars(&shown, span.len)).into_owned();
        Ok(self.with_length(text, span.len))
    }

    fn head(&mut self, span: Span) -> Result<Vec<u8>, DecodeError> {
        let len = span.len.min(self.shown);
        self.scanner.load(Span { len, ..span })
    }

    /// The beginning of a longer text without the part of a character at its end.
    fn whole_chars<'b>(&self, shown: &'b [u8], len: u64) -> &'b [u8] {
        if len <= self.shown {
            return shown;
        }
        let is_inner = |byte: &&u8| **byte & 0xc0 == 0x80;
        let inner = shown.iter().rev().take(3).take_while(is_inner).count();
        let head = shown.len() - inner;
        match shown.get(head.saturating_sub(1)) {
            // A first byte of more bytes than follow.
            Some(first) if first.leading_ones() as usize > inner + 1 => {
                shown.get(..head - 1).unwrap_or(shown)
            }
            _ => shown,
        }
    }

    fn with_length(&self, text: String, len: u64) -> String {
        if len <= self.shown {
            return text;
        }
        format!("{text}… ({len} bytes)")
    }
}

impl Iterator for Disassembly<'_> {
    type Item = Result<Line, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let op = match self.next_op()? {
            Ok(op) => op,
            Err(err) => return Some(Err(err)),
        };
        let line = self.line(&op);
        self.has_failed = line.is_err();
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::DecodeErrorKind;
    use crate::source::MemorySource;

    fn lines(bytes: &[u8]) -> Vec<(u64, &'static str, Option<String>)> {
        let source = MemorySource::new(bytes.to_vec());
        Disassembly::new(&source, 0, u64::MAX)
            .map(|line| line.unwrap())
            .map(|line| (line.offset, line.opcode.name(), line.argument))
            .collect()
    }

    #[test]
    fn arguments_look_as_in_python() {
        let bytes = b"\x80\x04\x8c\x03it'J\xff\xff\xff\xffG?\xb9\x99\x99\x99\x99\x99\x9aC\x02\0a\x8a\x01\xffcos\nsystem\nI01\nN.";
        let own = |text: &str| Some(text.to_owned());
        assert_eq!(
            lines(bytes),
            [
                (0, "PROTO", own("4")),
                (2, "SHORT_BINUNICODE", own("\"it'\"")),
                (7, "BININT", own("-1")),
                (12, "BINFLOAT", own("0.1")),
                (21, "SHORT_BINBYTES", own("b'\\x00a'")),
                (25, "LONG1", own("-1")),
                (28, "GLOBAL", own("os system")),
                (39, "INT", own("01")),
                (43, "NONE", None),
                (44, "STOP", None),
            ]
        );
    }

    #[test]
    fn long_arguments_are_cut_between_characters() {
        let text = "é".repeat(40);
        let bytes = [&b"\x8c\x51x"[..], text.as_bytes()].concat();
        let shown = format!("'x{}'… (81 bytes)", "é".repeat(29));
        assert_eq!(lines(&bytes), [(0, "SHORT_BINUNICODE", Some(shown))]);
        let bytes = [&b"B\x40\x42\x0f\0"[..], &[0; 1_000_000]].concat();
        let shown = format!("b'{}'… (1000000 bytes)", "\\x00".repeat(60));
        assert_eq!(lines(&bytes), [(0, "BINBYTES", Some(shown))]);
    }

    #[test]
    fn it_ends_behind_an_error() {
        let source = MemorySource::new(b"N\xfeN".to_vec());
        let lines: Vec<_> = Disassembly::new(&source, 0, 3).collect();
        assert_eq!(lines.len(), 2);
        let err = lines[1].as_ref().unwrap_err();
        assert_eq!(*err, DecodeErrorKind::BadOpcode(0xfe).at(1));
    }
}
