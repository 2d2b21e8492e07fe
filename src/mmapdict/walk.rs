//! One step of the walk over the frames: what stands at an offset, found with short reads and without reading values.
//!
//! A change that was interrupted leaves states that no finished file has (see `append`). They are told from damage
//! here, so that a reader sees the file before or after the change.

use super::append::SPARE;
use super::layout::{
    BINBYTES8, ENTRY_HEAD_LEN, FRAME, FRAME_HEAD_LEN, MAX_KEY_LEN, SHORT_BINUNICODE, TERMINATOR,
    TERMINATOR_LEN, TRAILER_LEN, parse_trailer,
};
use crate::source::{ByteSource, Window};
use std::io;

/// Where and why the walk ended before a terminator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file ends right behind an entry.
    #[error("the file ends without its terminator")]
    NoTerminator,
    /// The file ends inside the terminator.
    #[error("the file ends inside its terminator")]
    PartialTerminator,
    /// The last entry is cut: a recorder that died, or a copy that was not finished.
    #[error("the last entry is cut: it needs {needed} bytes, {available} are there")]
    CutEntry {
        /// Bytes that the frame declares, its head included.
        needed: u64,
        /// Bytes up to the end of the file.
        available: u64,
    },
    /// Something else than a frame.
    #[error("there is no frame where the next entry should begin")]
    NotAFrame,
    /// A frame that does not begin with a key.
    #[error("the frame does not begin with a key")]
    NotAnEntry,
    /// The frame is too short for a key and a trailer.
    #[error("the frame says it has {0} bytes, too few for an entry")]
    FrameTooShort(u64),
    /// The key is longer than its frame.
    #[error("the key is longer than its frame")]
    KeyOverrun,
    /// The end of the frame does not look like the end of an entry: its length is wrong, or it was overwritten.
    #[error("the entry does not end as entries do; its length may be wrong")]
    BadTrailer,
}

/// What stands at an offset.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A whole entry.
    Entry {
        len: u64,
        key: Box<[u8]>,
        memo: i32,
        flag: u8,
        /// The stored length is one that an interrupted append leaves; `len` is the true one.
        unfinished: bool,
    },
    Terminator(End),
    Damage(Damage),
}

/// In what shape a terminator is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Plain,
    /// An append was interrupted that began to write an entry of so many bytes over it.
    Append {
        len: u64,
    },
    /// Its frame has another length, for no known reason.
    Odd,
}

/// Whether an entry of so many bytes stands at an offset. Reads its beginning and its end only.
#[must_use]
pub fn entry_stands(source: &dyn ByteSource, at: u64, wanted: u64) -> bool {
    let step = Walk::new(source).step(at);
    matches!(step, Ok(Step::Entry { len, .. }) if len == wanted)
}

/// Walks over the frames of a source.
#[derive(Debug)]
pub(super) struct Walk<'s> {
    window: Window<'s>,
    size: u64,
}

impl<'s> Walk<'s> {
    pub(super) fn new(source: &'s dyn ByteSource) -> Self {
        Self {
            window: Window::new(source),
            size: source.len(),
        }
    }

    /// Looks at what stands at `at`.
    pub(super) fn step(&mut self, at: u64) -> io::Result<Step> {
        let mut buffer = [0; ENTRY_HEAD_LEN as usize + MAX_KEY_LEN];
        let found = self.window.get(at, buffer.len())?;
        let len = found.len();
        if let Some(start) = buffer.get_mut(..len) {
            start.copy_from_slice(found);
        }
        let head = buffer.get(..len).unwrap_or_default();
        if head.starts_with(&TERMINATOR) {
            return Ok(Step::Terminator(End::Plain));
        }
        if is_terminator(head) {
            let append = self.begun_append(at, head)?;
            let end = append.map_or(End::Odd, |len| End::Append { len });
            return Ok(Step::Terminator(end));
        }
        if let Some(len) = self.covered_terminator(at, head)? {
            return Ok(Step::Terminator(End::Append { len }));
        }
        let damage = match parse_head(head, self.size.saturating_sub(at)) {
            Ok((len, key)) => match self.trailer(at + len)? {
                Some((memo, flag)) => {
                    return Ok(Step::Entry {
                        len,
                        key,
                        memo,
                        flag,
                        unfinished: false,
                    });
                }
                None => Damage::BadTrailer,
            },
            // A terminator that is being put behind the last entry may be zeros in part.
            Err(_) if head.len() < TERMINATOR.len() + 1 && is_partial_terminator(head) => {
                Damage::PartialTerminator
            }
            Err(damage) => damage,
        };
        Ok(match self.torn_entry(at, head)? {
            Some(entry) => entry,
            None => Step::Damage(damage),
        })
    }

    /// The beginning of an append: some bytes of the length are those of the new entry, which stands behind, ends in a
    /// trailer, and is followed by the terminator that ends the file, or by that and a spare one.
    fn begun_append(&mut self, at: u64, head: &[u8]) -> io::Result<Option<u64>> {
        for behind in [TERMINATOR_LEN, SPARE + TERMINATOR_LEN] {
            let Some(end) = self.size.checked_sub(behind).filter(|end| *end > at) else {
                continue;
            };
            let len = end - at;
            let Some(less) = len.checked_sub(FRAME_HEAD_LEN + 1) else {
                continue;
            };
            let old = TERMINATOR.get(1..).unwrap_or_default();
            let declared = declared_len(head).to_le_bytes();
            let mut bytes = declared.iter().zip(less.to_le_bytes()).zip(old);
            if bytes.all(|((byte, new), old)| *byte == new || byte == old)
                && self.trailer(end)?.is_some()
                && self.terminator_at(end)?
            {
                return Ok(Some(len));
            }
        }
        Ok(None)
    }

    /// The middle of an append: the head of the new entry stands inside a byte string that is dropped again. Gives the
    /// length of the entry.
    fn covered_terminator(&mut self, at: u64, head: &[u8]) -> io::Result<Option<u64>> {
        if head.first() != Some(&BINBYTES8) {
            return Ok(None);
        }
        let len = declared_len(head)
            .checked_add(1 + FRAME_HEAD_LEN)
            .filter(|len| at.checked_add(*len).is_some());
        match len {
            Some(len) if self.trailer(at + len)?.is_some() && self.terminator_at(at + len)? => {
                Ok(Some(len))
            }
            _ => Ok(None),
        }
    }

    /// The last write of an append, of the frame's length, can be torn: then some of its lowest bytes are those of the
    /// length, and the others those of the length less one. The entry is whole, and ends at a terminator.
    fn torn_entry(&mut self, at: u64, head: &[u8]) -> io::Result<Option<Step>> {
        let key_at = FRAME_HEAD_LEN as usize;
        let (Some(&FRAME), Some([SHORT_BINUNICODE, key_len])) =
            (head.first(), head.get(key_at..key_at + 2))
        else {
            return Ok(None);
        };
        let start = ENTRY_HEAD_LEN as usize;
        let Some(key) = head.get(start..start + usize::from(*key_len)) else {
            return Ok(None);
        };
        let declared = declared_len(head);
        for byte in 0..8 {
            let unit = 1_u64 << (8 * byte);
            let Some(frame) = declared.checked_add(unit).filter(|len| len % unit == 0) else {
                continue;
            };
            let Some(len) = frame.checked_add(FRAME_HEAD_LEN) else {
                continue;
            };
            let shortest = ENTRY_HEAD_LEN + u64::from(*key_len) + TRAILER_LEN;
            let Some(end) = at.checked_add(len).filter(|_| len >= shortest) else {
                continue;
            };
            if let Some((memo, flag)) = self.trailer(end)?
                && self.terminator_at(end)?
            {
                return Ok(Some(Step::Entry {
                    len,
                    key: key.into(),
                    memo,
                    flag,
                    unfinished: true,
                }));
            }
        }
        Ok(None)
    }

    /// Memo field and flag of the entry that ends at `end`.
    fn trailer(&mut self, end: u64) -> io::Result<Option<(i32, u8)>> {
        if end > self.size {
            return Ok(None);
        }
        let at = end.saturating_sub(TRAILER_LEN);
        Ok(parse_trailer(self.window.get(at, TRAILER_LEN as usize)?))
    }

    fn terminator_at(&mut self, at: u64) -> io::Result<bool> {
        Ok(at.saturating_add(TERMINATOR_LEN) <= self.size
            && self.window.get(at, TERMINATOR.len())? == TERMINATOR)
    }
}

/// The length in a frame's head.
fn declared_len(head: &[u8]) -> u64 {
    head.get(1..)
        .and_then(|bytes| bytes.first_chunk())
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// `FRAME n DICT STOP`: the terminator, whose length an append may have begun to write over.
fn is_terminator(head: &[u8]) -> bool {
    matches!(head, [FRAME, _, _, _, _, _, _, _, _, b'd', b'.', ..])
}

/// The last bytes of a file, each of them the terminator's or not written yet.
fn is_partial_terminator(bytes: &[u8]) -> bool {
    let mut pairs = bytes.iter().zip(TERMINATOR);
    bytes.len() == TERMINATOR.len() && pairs.all(|(byte, want)| *byte == want || *byte == 0)
}

/// Length of the whole frame, and the key. `left` bytes are there up to the end of the file.
fn parse_head(head: &[u8], left: u64) -> Result<(u64, Box<[u8]>), Damage> {
    if head.is_empty() {
        return Err(Damage::NoTerminator);
    }
    if head.len() < TERMINATOR.len() {
        return Err(match TERMINATOR.starts_with(head) {
            // Up to nine bytes, head and terminator look alike from the length's first byte on only.
            true if head.len() > 1 => Damage::PartialTerminator,
            _ if head.first() == Some(&FRAME) => Damage::CutEntry {
                needed: ENTRY_HEAD_LEN,
                available: left,
            },
            _ => Damage::NotAFrame,
        });
    }
    if head.first() != Some(&FRAME) {
        return Err(Damage::NotAFrame);
    }
    if head.get(FRAME_HEAD_LEN as usize) != Some(&SHORT_BINUNICODE) {
        return Err(Damage::NotAnEntry);
    }
    let declared = declared_len(head);
    // No file is longer than i64::MAX, so `at + len` cannot overflow later.
    let len = declared
        .checked_add(FRAME_HEAD_LEN)
        .filter(|len| *len <= left);
    let Some(len) = len else {
        return Err(Damage::CutEntry {
            needed: declared.saturating_add(FRAME_HEAD_LEN),
            available: left,
        });
    };
    let start = ENTRY_HEAD_LEN as usize;
    let key_len = head.get(start - 1).copied().unwrap_or_default();
    if len < ENTRY_HEAD_LEN + TRAILER_LEN {
        return Err(Damage::FrameTooShort(declared));
    }
    if ENTRY_HEAD_LEN + u64::from(key_len) + TRAILER_LEN > len {
        return Err(Damage::KeyOverrun);
    }
    match head.get(start..start + usize::from(key_len)) {
        Some(key) => Ok((len, key.into())),
        None => Err(Damage::KeyOverrun),
    }
}
