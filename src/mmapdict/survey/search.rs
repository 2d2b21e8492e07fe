//! What stands at one place of a damaged file: an entry, with its true end and key where these are damaged, or nothing.

use super::{Fault, Found, Head, Why};
use crate::mmapdict::layout::{
    ALIVE, BININT, DEAD, ENTRY_HEAD_LEN, FRAME, FRAME_HEAD_LEN, MAX_KEY_LEN, POP, SHORT_BINUNICODE,
    TERMINATOR, TERMINATOR_LEN, TRAILER_LEN, parse_trailer,
};
use crate::mmapdict::{Damage, EditError};
use crate::pickle::{
    DecodeError, DecodeErrorKind, Limits, Onward, Opcode, Value, decode_until, decode_value,
};
use crate::progress::Progress;
use crate::source::{ByteSource, Window};
use std::collections::HashMap;
use std::io;

/// Bytes of opcodes that may be decoded in vain while values of unknown length are looked for. A hostile file could
/// otherwise have each of its bytes looked at as often as it has bytes.
pub(super) const VAIN_BYTES: u64 = 64 << 20;
/// What each value counts besides, for the work around it.
const VAIN_STEP: u64 = 64;
/// For values that are read together with everything before them.
pub(super) const LEANING: Limits = Limits {
    nodes: 8_000_000,
    bytes: 64 << 20,
    ..Limits::READ_BACK
};
/// Nodes of all these values.
pub(super) const LEANING_NODES: usize = 1_000_000;
/// Bytes searched at once.
const CHUNK: u64 = 1 << 18;

/// What stands at an offset.
pub(super) enum Look {
    Entry(Found),
    Terminator,
    /// Nothing that can be saved; the next place that may be something else.
    Nothing {
        why: Why,
        head: Option<Head>,
        next: u64,
    },
}

pub(super) struct Search<'s> {
    pub(super) source: &'s dyn ByteSource,
    pub(super) size: u64,
    pub(super) window: Window<'s>,
    pub(super) progress: &'s Progress,
    /// What is left of [`VAIN_BYTES`].
    pub(super) vain: u64,
    /// Everything up to here was as it should be.
    pub(super) is_sound: bool,
    pub(super) is_behind: bool,
    /// Decodes the file as one pickle, as far as values were read together with everything before them.
    pub(super) onward: Onward<'s>,
    /// These values, by the place of their entry.
    pub(super) leaning: HashMap<u64, Value>,
}

/// A head as it stands there.
struct Candidate {
    offset: u64,
    key_len: u8,
    key: Box<[u8]>,
    declared: u64,
    value: u64,
    /// Where the frame ends, if it says the truth; may lie behind the end of the file.
    end: u64,
}

impl Search<'_> {
    /// What stands at `at`. `in_line`: something that was as it should be ends here.
    pub(super) fn look(&mut self, at: u64, in_line: bool) -> Result<Look, EditError> {
        let head = self.bytes(at, ENTRY_HEAD_LEN as usize + MAX_KEY_LEN)?;
        let is_terminator = match head.get(..TERMINATOR.len()) {
            Some([FRAME, .., b'd', b'.']) if in_line => true,
            Some(bytes) => bytes == TERMINATOR,
            None => false,
        };
        if is_terminator {
            return Ok(Look::Terminator);
        }
        let candidate = match candidate(at, &head, self.size) {
            Ok(candidate) => candidate,
            Err(damage) => {
                return Ok(Look::Nothing {
                    why: damage.into(),
                    head: None,
                    next: at + 1,
                });
            }
        };
        self.entry(candidate, in_line)
    }

    fn entry(&mut self, candidate: Candidate, in_line: bool) -> Result<Look, EditError> {
        let Candidate { value, end, .. } = candidate;
        if !in_line && self.vain == 0 {
            let (why, next) = (self.structure_of(&candidate), candidate.offset + 1);
            return Ok(candidate.nothing(why, next));
        }
        // A frame with room for an entry, whatever the key.
        let has_room = end <= self.size && candidate.offset + ENTRY_HEAD_LEN + TRAILER_LEN <= end;
        let fits = has_room && value.saturating_add(TRAILER_LEN) <= end;
        let trailer = if has_room { self.trailer(end)? } else { None };
        let is_plausible = trailer.is_some() && self.follows(end)?;
        let value_end = end.saturating_sub(TRAILER_LEN);
        let decoded = self.decode(value, value_end.min(self.size));
        if let (false, Err(err)) = (in_line, &decoded) {
            let spent = err.offset.saturating_sub(value).saturating_add(VAIN_STEP);
            self.vain = self.vain.saturating_sub(spent);
        }
        let why = match decoded {
            Ok(_) if fits && trailer.is_some() => {
                return Ok(candidate.found(self, end, trailer, None));
            }
            Ok(_) if fits && self.follows(end)? => {
                return Ok(candidate.found(self, end, None, Some(Fault::Trailer)));
            }
            Ok(_) => {
                if let Some((cut, flag)) = self.cut_trailer(value_end)? {
                    let trailer = Some((0, flag));
                    let mut look = candidate.found(self, cut, trailer, Some(Fault::TrailerCut));
                    if let Look::Entry(found) = &mut look {
                        found.value.end = value_end;
                    }
                    return Ok(look);
                }
                self.structure_of(&candidate)
            }
            Err(err) if err.kind == DecodeErrorKind::Cancelled => return Err(err.into()),
            Err(err) => {
                let is_memo = matches!(err.kind, DecodeErrorKind::UnboundMemo(_));
                if is_memo
                    && fits
                    && is_plausible
                    && self.is_sound
                    && self.leans(candidate.offset, value_end)
                {
                    return Ok(candidate.found(self, end, trailer, Some(Fault::Memo)));
                }
                if !fits && is_cut(&err, end) {
                    let next = self.end_of_cut()?;
                    return Ok(candidate.nothing(err.into(), next));
                }
                err.into()
            }
        };
        let limit = if is_plausible { end } else { self.size };
        if let Some(end) = self.true_end(value, limit)? {
            let trailer = self.trailer(end)?;
            let fault = Fault::FrameLength(candidate.declared);
            return Ok(candidate.found(self, end, trailer, Some(fault)));
        }
        if is_plausible && let Some(key_len) = self.true_key(&candidate)? {
            return self.with_key(candidate, key_len, trailer);
        }
        let next = if is_plausible {
            end
        } else {
            candidate.offset + 1
        };
        let why = if fits {
            why
        } else {
            self.structure_of(&candidate)
        };
        Ok(candidate.nothing(why, next))
    }

    /// What the walk over the frames would say.
    fn structure_of(&self, candidate: &Candidate) -> Why {
        let needed = candidate.declared.saturating_add(FRAME_HEAD_LEN);
        let available = self.size - candidate.offset;
        Why::Structure(if needed > available {
            Damage::CutEntry { needed, available }
        } else if candidate.value.saturating_add(TRAILER_LEN) > candidate.end {
            Damage::KeyOverrun
        } else {
            Damage::BadTrailer
        })
    }

    fn decode(&mut self, start: u64, end: u64) -> Result<Value, DecodeError> {
        decode_value(self.source, start, end, &Limits::READ_BACK, self.progress)
    }

    /// Whether the value of the entry at `offset` can be read with what stands before it.
    fn leans(&mut self, offset: u64, end: u64) -> bool {
        match self.onward.top_at(end, self.progress) {
            Ok(value) => {
                self.leaning.insert(offset, value);
                true
            }
            Err(_) => false,
        }
    }

    /// Where an entry ends whose frame does not say it: behind a value that leaves one thing and a whole trailer, and in
    /// front of something that may follow an entry.
    fn true_end(&mut self, value: u64, limit: u64) -> Result<Option<u64>, EditError> {
        if self.vain == 0 {
            return Ok(None);
        }
        let source = self.source;
        let mut window = Window::new(source);
        let size = self.size;
        let mut failed = None;
        let mut is_end = |at: u64| {
            let found = is_trailer(&mut window, at)
                .and_then(|is| Ok(is && follows(&mut window, at + TRAILER_LEN, size)?));
            found.unwrap_or_else(|err| {
                failed = Some(err);
                false
            })
        };
        let limits = Limits::READ_BACK;
        let found = decode_until(source, value, limit, &limits, self.progress, &mut is_end);
        if let Some(err) = failed {
            return Err(err.into());
        }
        match found {
            Ok((_, end)) => Ok(Some(end + TRAILER_LEN)),
            Err(err) if err.kind == DecodeErrorKind::Cancelled => Err(err.into()),
            Err(err) => {
                let looked_at = err.offset.saturating_sub(value).saturating_add(64);
                self.vain = self.vain.saturating_sub(looked_at);
                Ok(None)
            }
        }
    }

    /// The only length of the key that makes the rest of the frame a value. One that was declared too short is not
    /// looked for, but for 0: with a few opcodes at its end, any key could be the beginning of a longer one.
    fn true_key(&mut self, candidate: &Candidate) -> Result<Option<u8>, EditError> {
        let start = candidate.offset + ENTRY_HEAD_LEN;
        let value_end = candidate.end.saturating_sub(TRAILER_LEN);
        let text = self.bytes(start, MAX_KEY_LEN)?;
        let mut found = None;
        let longest = match candidate.key_len {
            _ if candidate.value == value_end => return Ok(None),
            0 => u8::MAX,
            declared => declared - 1,
        };
        for len in 1..=longest {
            let value = start + u64::from(len);
            let is_key = text
                .get(..usize::from(len))
                .and_then(|key| std::str::from_utf8(key).ok())
                .is_some_and(|key| !key.contains(char::is_control));
            if !is_key || value >= value_end || self.vain == 0 {
                continue;
            }
            match self.decode(value, value_end) {
                Ok(_) if found.is_some() => return Ok(None),
                Ok(_) => found = Some(len),
                Err(err) => {
                    let looked_at = err.offset.saturating_sub(value).saturating_add(64);
                    self.vain = self.vain.saturating_sub(looked_at);
                }
            }
        }
        Ok(found)
    }

    fn with_key(
        &mut self,
        candidate: Candidate,
        key_len: u8,
        trailer: Option<(i32, u8)>,
    ) -> Result<Look, EditError> {
        let start = candidate.offset + ENTRY_HEAD_LEN;
        let fault = Fault::KeyLength(candidate.key_len);
        let end = candidate.end;
        let candidate = Candidate {
            key: self.bytes(start, key_len.into())?.into(),
            value: start + u64::from(key_len),
            ..candidate
        };
        Ok(candidate.found(self, end, trailer, Some(fault)))
    }

    /// Where a trailer that would begin at `at` is cut by the end of the file or by a terminator, and the flag that it has
    /// or, if that is cut off, had.
    fn cut_trailer(&mut self, at: u64) -> Result<Option<(u64, u8)>, EditError> {
        let bytes = self.bytes(at, TRAILER_LEN as usize)?;
        for len in 0..TRAILER_LEN {
            let cut = at.saturating_add(len);
            let Some(part) = bytes.get(..usize::try_from(len).unwrap_or_default()) else {
                break;
            };
            let looks_so = part.iter().enumerate().all(|(at, &byte)| match at {
                0 => byte == BININT,
                5 => byte == POP,
                6 => byte == ALIVE || byte == DEAD,
                _ => true,
            });
            let ends = cut == self.size || self.bytes(cut, TERMINATOR.len())? == TERMINATOR;
            if looks_so && ends {
                return Ok(Some((cut, part.get(6).copied().unwrap_or(ALIVE))));
            }
        }
        Ok(None)
    }

    /// Where the data of a last entry ends that was cut: the reference closes such a file by a terminator.
    fn end_of_cut(&mut self) -> Result<u64, EditError> {
        let at = self.size.saturating_sub(TERMINATOR_LEN);
        let is_closed = self.bytes(at, TERMINATOR.len())? == TERMINATOR;
        Ok(if is_closed { at } else { self.size })
    }

    /// The next place at or behind `at` where an entry or a terminator stands, or a whole frame that is damaged inside.
    pub(super) fn next_entry(&mut self, at: u64) -> Result<u64, EditError> {
        let mut chunk = Vec::new();
        let mut start = at;
        while start < self.size {
            self.progress.check()?;
            // What takes no space on the disk is zeros.
            let data = self.source.next_data(start..self.size)?;
            start = data.start;
            // Nine bytes more than are searched: what makes a frame's head stands there.
            let len = (CHUNK + FRAME_HEAD_LEN).min(self.size - start);
            chunk.resize(usize::try_from(len).unwrap_or_default(), 0);
            self.source.read_at(start, &mut chunk)?;
            let end = data.end.min(start + CHUNK);
            for (place, window) in chunk.windows(FRAME_HEAD_LEN as usize + 1).enumerate() {
                let [FRAME, .., SHORT_BINUNICODE | b'd'] = window else {
                    continue;
                };
                let place = start + place as u64;
                if place >= end {
                    break;
                }
                match self.look(place, false)? {
                    Look::Entry(_) | Look::Terminator => return Ok(place),
                    Look::Nothing { next, .. } if next > place + 1 => return Ok(place),
                    Look::Nothing { .. } => {}
                }
            }
            start = end;
        }
        Ok(self.size)
    }

    /// Up to `len` bytes at `at`; fewer at the end of the file.
    fn bytes(&mut self, at: u64, len: usize) -> io::Result<Vec<u8>> {
        Ok(self.window.get(at, len)?.to_vec())
    }

    fn trailer(&mut self, end: u64) -> io::Result<Option<(i32, u8)>> {
        let at = end.saturating_sub(TRAILER_LEN);
        Ok(parse_trailer(self.window.get(at, TRAILER_LEN as usize)?))
    }

    fn follows(&mut self, at: u64) -> io::Result<bool> {
        follows(&mut self.window, at, self.size)
    }
}

impl Candidate {
    fn found(
        self,
        search: &Search<'_>,
        end: u64,
        trailer: Option<(i32, u8)>,
        fault: Option<Fault>,
    ) -> Look {
        let (memo, flag) = trailer.unwrap_or((0, ALIVE));
        Look::Entry(Found {
            offset: self.offset,
            end,
            key: self.key,
            value: self.value..end.saturating_sub(TRAILER_LEN),
            memo,
            flag,
            is_behind: search.is_behind,
            fault,
        })
    }

    fn nothing(self, why: Why, next: u64) -> Look {
        // A key that is cut, or longer than its frame, is none.
        let has_key = self.key.len() == usize::from(self.key_len) && self.value < self.end;
        let head = has_key.then_some(Head {
            key: self.key,
            value: self.value,
            end: self.end,
        });
        Look::Nothing { why, head, next }
    }
}

/// The head of an entry at `at`.
fn candidate(at: u64, head: &[u8], size: u64) -> Result<Candidate, Damage> {
    let cut = Damage::CutEntry {
        needed: ENTRY_HEAD_LEN,
        available: size - at,
    };
    let len = head.get(1..).and_then(|bytes| bytes.first_chunk());
    let (declared, key_len) = match (head.first(), len, head.get(9), head.get(10)) {
        (Some(&FRAME), Some(len), Some(&SHORT_BINUNICODE), Some(&key_len)) => {
            (u64::from_le_bytes(*len), key_len)
        }
        _ if TERMINATOR.starts_with(head) && head.len() > 1 => {
            return Err(Damage::PartialTerminator);
        }
        (Some(&FRAME), Some(_), Some(_), _) if head.get(9) != Some(&SHORT_BINUNICODE) => {
            return Err(Damage::NotAnEntry);
        }
        (Some(&FRAME), ..) => return Err(cut),
        _ => return Err(Damage::NotAFrame),
    };
    let start = ENTRY_HEAD_LEN as usize;
    let key = head.get(start..).unwrap_or_default();
    let key = key.get(..usize::from(key_len)).unwrap_or(key);
    Ok(Candidate {
        offset: at,
        key_len,
        key: key.into(),
        declared,
        value: at + ENTRY_HEAD_LEN + u64::from(key_len),
        end: at.saturating_add(FRAME_HEAD_LEN).saturating_add(declared),
    })
}

/// Whether a value ends for want of bytes that its frame, which ends at `end`, has room for: so the frame says the truth.
fn is_cut(err: &DecodeError, end: u64) -> bool {
    match &err.kind {
        DecodeErrorKind::Overrun {
            opcode, declared, ..
        } => {
            let is_long = [
                Opcode::BinBytes8,
                Opcode::BinBytes,
                Opcode::ByteArray8,
                Opcode::BinUnicode,
            ]
            .iter()
            .any(|long| long.name() == *opcode);
            let value_end = err
                .offset
                .saturating_add(FRAME_HEAD_LEN)
                .saturating_add(*declared);
            is_long && *declared > 8 && value_end <= end
        }
        _ => false,
    }
}

/// Whether a trailer with a usual flag stands at `at`.
fn is_trailer(window: &mut Window<'_>, at: u64) -> io::Result<bool> {
    let trailer = parse_trailer(window.get(at, TRAILER_LEN as usize)?);
    Ok(matches!(trailer, Some((_, ALIVE | DEAD))))
}

/// Whether the end of the file, a terminator or an entry stands at `at`.
fn follows(window: &mut Window<'_>, at: u64, size: u64) -> io::Result<bool> {
    if at == size {
        return Ok(true);
    }
    let bytes = window.get(at, TERMINATOR.len())?;
    Ok(matches!(
        bytes,
        [FRAME, .., b'd', b'.'] | [FRAME, _, _, _, _, _, _, _, _, SHORT_BINUNICODE, _]
    ) || (bytes.len() < TERMINATOR.len() && TERMINATOR.starts_with(bytes)))
}
