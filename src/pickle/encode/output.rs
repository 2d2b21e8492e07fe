//! Opcodes as bytes, and the memo numbers, which are known only at the end.

use super::super::opcode::Opcode;
use super::super::scan::Span;
use super::super::value::Blob;
use super::{EncodeError, Encoded, Part};
use num_bigint::BigInt;

/// The memo field of an entry is a signed number of four bytes.
const MAX_MEMO: u32 = i32::MAX as u32;
/// Of a slot past all limits.
const NO_SLOT: u32 = u32::MAX;

/// An object in the memo, before it has a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(u32);

/// Something that goes between the bytes.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// How many bytes come before it.
    at: usize,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Put(Slot),
    Get(Slot),
    /// The n-th stretch of the file.
    InFile(u32),
}

#[derive(Debug, Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    spans: Vec<Span>,
    /// Of each slot, whether it is read.
    is_read: Vec<bool>,
}

impl Output {
    pub(super) fn op(&mut self, opcode: Opcode) {
        self.bytes.push(opcode as u8);
    }

    fn with<const N: usize>(&mut self, opcode: Opcode, argument: [u8; N]) {
        self.op(opcode);
        self.bytes.extend_from_slice(&argument);
    }

    pub(super) fn put(&mut self) -> Slot {
        let slot = Slot(u32::try_from(self.is_read.len()).unwrap_or(NO_SLOT));
        self.is_read.push(false);
        self.mark(What::Put(slot));
        slot
    }

    pub(super) fn get(&mut self, slot: Slot) {
        if let Some(is_read) = self.is_read.get_mut(slot.0 as usize) {
            *is_read = true;
        }
        self.mark(What::Get(slot));
    }

    fn mark(&mut self, what: What) {
        let at = self.bytes.len();
        self.marks.push(Mark { at, what });
    }

    // --- atoms -----------------------------------------------------------------------------------

    pub(super) fn int(&mut self, int: i64) {
        if let Ok(byte) = u8::try_from(int) {
            self.with(Opcode::BinInt1, [byte]);
        } else if let Ok(short) = u16::try_from(int) {
            self.with(Opcode::BinInt2, short.to_le_bytes());
        } else if let Ok(word) = i32::try_from(int) {
            self.with(Opcode::BinInt, word.to_le_bytes());
        } else {
            let bytes = BigInt::from(int).to_signed_bytes_le();
            self.with(Opcode::Long1, [u8::try_from(bytes.len()).unwrap_or(0)]);
            self.bytes.extend_from_slice(&bytes);
        }
    }

    pub(super) fn big_int(&mut self, int: &BigInt) -> Result<(), EncodeError> {
        let bytes = int.to_signed_bytes_le();
        if let Ok(len) = u8::try_from(bytes.len()) {
            self.with(Opcode::Long1, [len]);
        } else {
            let len = signed_len("an int", bytes.len() as u64)?;
            self.with(Opcode::Long4, len.to_le_bytes());
        }
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    pub(super) fn float(&mut self, float: f64) {
        self.with(Opcode::BinFloat, float.to_be_bytes());
    }

    pub(super) fn text(&mut self, utf8: &[u8]) {
        self.text_head(utf8.len() as u64);
        self.bytes.extend_from_slice(utf8);
    }

    pub(super) fn str(&mut self, blob: &Blob) {
        self.text_head(blob.len());
        self.blob(blob);
    }

    fn text_head(&mut self, len: u64) {
        if let Ok(len) = u8::try_from(len) {
            self.with(Opcode::ShortBinUnicode, [len]);
        } else if let Ok(len) = u32::try_from(len) {
            self.with(Opcode::BinUnicode, len.to_le_bytes());
        } else {
            self.with(Opcode::BinUnicode8, len.to_le_bytes());
        }
    }

    pub(super) fn bytes(&mut self, blob: &Blob) {
        if let Ok(len) = u8::try_from(blob.len()) {
            self.with(Opcode::ShortBinBytes, [len]);
        } else if let Ok(len) = u32::try_from(blob.len()) {
            self.with(Opcode::BinBytes, len.to_le_bytes());
        } else {
            self.with(Opcode::BinBytes8, blob.len().to_le_bytes());
        }
        self.blob(blob);
    }

    pub(super) fn py2_str(&mut self, blob: &Blob) -> Result<(), EncodeError> {
        if let Ok(len) = u8::try_from(blob.len()) {
            self.with(Opcode::ShortBinString, [len]);
        } else {
            let len = signed_len("a Python 2 str", blob.len())?;
            self.with(Opcode::BinString, len.to_le_bytes());
        }
        self.blob(blob);
        Ok(())
    }

    pub(super) fn extension(&mut self, code: i64) {
        if let Ok(code) = u8::try_from(code) {
            self.with(Opcode::Ext1, [code]);
        } else if let Ok(code) = u16::try_from(code) {
            self.with(Opcode::Ext2, code.to_le_bytes());
        } else {
            // Decoded from four bytes.
            let code = i32::try_from(code).unwrap_or(-1);
            self.with(Opcode::Ext4, code.to_le_bytes());
        }
    }

    fn blob(&mut self, blob: &Blob) {
        match blob {
            Blob::Loaded(bytes) => self.bytes.extend_from_slice(bytes),
            Blob::InFile(span) => {
                self.mark(What::InFile(
                    u32::try_from(self.spans.len()).unwrap_or(NO_SLOT),
                ));
                self.spans.push(*span);
            }
        }
    }

    // --- the end ---------------------------------------------------------------------------------

    /// Numbers the memo entries that are read, and puts everything together.
    pub(super) fn finish(self, first_memo: u32) -> Result<Encoded, EncodeError> {
        let mut next_memo = first_memo;
        let mut numbers = Vec::with_capacity(self.is_read.len());
        for is_read in self.is_read {
            numbers.push(is_read.then_some(next_memo));
            if is_read {
                if next_memo >= MAX_MEMO {
                    return Err(EncodeError::MemoFull);
                }
                next_memo += 1;
            }
        }
        let number = |slot: Slot| numbers.get(slot.0 as usize).copied().flatten();
        let (mut parts, mut len) = (Vec::new(), 0);
        let mut current = Vec::with_capacity(self.bytes.len());
        let mut from = 0;
        for Mark { at, what } in self.marks {
            current.extend_from_slice(self.bytes.get(from..at).unwrap_or_default());
            from = at;
            match what {
                What::Put(slot) => {
                    if let Some(number) = number(slot) {
                        numbered(&mut current, Opcode::BinPut, Opcode::LongBinPut, number);
                    }
                }
                What::Get(slot) => {
                    if let Some(number) = number(slot) {
                        numbered(&mut current, Opcode::BinGet, Opcode::LongBinGet, number);
                    }
                }
                What::InFile(index) => {
                    if let Some(span) = self.spans.get(index as usize) {
                        len += current.len() as u64 + span.len;
                        parts.push(Part::Bytes(std::mem::take(&mut current)));
                        parts.push(Part::InFile(*span));
                    }
                }
            }
        }
        current.extend_from_slice(self.bytes.get(from..).unwrap_or_default());
        len += current.len() as u64;
        if !current.is_empty() {
            parts.push(Part::Bytes(current));
        }
        Ok(Encoded {
            parts,
            len,
            next_memo,
        })
    }
}

fn numbered(bytes: &mut Vec<u8>, short: Opcode, long: Opcode, number: u32) {
    match u8::try_from(number) {
        Ok(number) => bytes.extend([short as u8, number]),
        Err(_) => {
            bytes.push(long as u8);
            bytes.extend(number.to_le_bytes());
        }
    }
}

fn signed_len(what: &'static str, len: u64) -> Result<i32, EncodeError> {
    i32::try_from(len).map_err(|_err| EncodeError::TooLong { what, len })
}
