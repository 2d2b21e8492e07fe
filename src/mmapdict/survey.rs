//! Looking through a damaged file for whole entries: past the damage, behind the terminator, and without a header.
//!
//! The walk of [`super::Index`] ends at the first thing that is not as it should be. This one decodes each value, finds
//! the true end of an entry whose length is wrong, and where nothing is found looks on at every byte. It never writes.
//!
//! Bytes that look like an entry inside of other data are no entry: whatever lies in a frame that is sound, or in a last
//! frame that is cut but otherwise agrees with its contents, is not looked at.

mod candidate;

use super::layout::{
    ALIVE, BININT, DEAD, ENTRY_HEAD_LEN, FRAME, FRAME_HEAD_LEN, HEADER_LEN, MAX_KEY_LEN, POP,
    SHORT_BINUNICODE, TERMINATOR, TERMINATOR_LEN, TRAILER_LEN, parse_trailer,
};
use super::{Damage, EditError, Header, HeaderError};
use crate::pickle::{
    DecodeError, DecodeErrorKind, Limits, Opcode, Value, decode_top, decode_until, decode_value,
};
use crate::progress::Progress;
use crate::source::{ByteSource, Window};
use candidate::{Candidate, candidate};
use std::io;
use std::ops::Range;

/// Bytes of opcodes that may be decoded in vain while values of unknown length are looked for. A hostile file could
/// otherwise have each of its bytes looked at as often as it has bytes.
const VAIN_BYTES: u64 = 64 << 20;
/// Values that are read together with everything before them.
const MAX_LEANING: u32 = 256;
/// Bytes searched at once.
const CHUNK: u64 = 1 << 18;

/// What a file holds that can be saved, and what not.
#[derive(Debug)]
pub struct Survey {
    /// Why there is no header.
    pub header: Option<HeaderError>,
    /// The commit number, if the header has one.
    pub commit: Option<i32>,
    /// Whole entries, in file order.
    pub found: Vec<Found>,
    /// Everything else but the header and terminators.
    pub gaps: Vec<Gap>,
    /// Whether looking for entries of wrong length was given up, see [`VAIN_BYTES`].
    pub gave_up: bool,
}

/// An entry with a value that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where its frame begins.
    pub offset: u64,
    /// Where it ends.
    pub end: u64,
    /// The key as stored.
    pub key: Box<[u8]>,
    /// Where the value's opcodes lie.
    pub value: Range<u64>,
    /// The memo field; 0 where it is lost.
    pub memo: i32,
    /// The flag; that of a live entry where it is lost.
    pub flag: u8,
    /// It stands behind the terminator, where no reader looks.
    pub is_behind: bool,
    /// What was wrong with it.
    pub fault: Option<Fault>,
}

/// What was wrong with an entry that is saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The frame's length.
    #[error("the length of its frame was wrong ({0} bytes were declared)")]
    FrameLength(u64),
    /// The bytes behind the value.
    #[error("its end was overwritten, so it is not known whether it was deleted")]
    Trailer,
    /// The bytes behind the value are cut.
    #[error("its value is whole, but its end is cut: whether it was deleted may be lost")]
    TrailerCut,
    /// The length of the key.
    #[error("the length of its key was wrong ({0} bytes were declared)")]
    KeyLength(u8),
    /// It reads memo entries of others.
    #[error("its value leaned on values before it")]
    Memo,
}

/// Bytes that are no part of a whole entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Where.
    pub range: Range<u64>,
    /// What is wrong at its beginning.
    pub why: Why,
    /// The beginning of an entry, if one stands there.
    pub head: Option<Head>,
}

/// Why bytes are no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// There is no entry.
    #[error("{0}")]
    Structure(#[from] Damage),
    /// The value cannot be read.
    #[error("its value cannot be read: {0}")]
    Value(#[from] DecodeError),
    /// Bytes behind the terminator that are no entry.
    #[error("bytes behind the end of the dict that are no entry")]
    Trailing,
    /// No header, and no entry either.
    #[error("no header and no entry of a container")]
    NoHeader,
}

/// The beginning of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The key as stored.
    pub key: Box<[u8]>,
    /// Where its value begins.
    pub value: u64,
    /// Where the entry would end.
    pub end: u64,
}

/// What stands at an offset.
enum Look {
    Entry(Found),
    Terminator,
    /// Nothing that can be saved; the next place that may be something else.
    Nothing {
        why: Why,
        head: Option<Head>,
        next: u64,
    },
}

impl Survey {
    /// Looks through a source. Take the file's shared lock first.
    ///
    /// # Errors
    /// Reading fails, or cancelled.
    pub fn of(source: &dyn ByteSource, progress: &Progress) -> Result<Self, EditError> {
        let size = source.len();
        let mut head = vec![0; usize::try_from(size.min(HEADER_LEN)).unwrap_or_default()];
        source.read_at(0, &mut head)?;
        let header = Header::parse(&head);
        let mut search = Search {
            source,
            size,
            window: Window::new(source),
            progress,
            vain: VAIN_BYTES,
            is_sound: header.is_ok(),
            is_behind: false,
            leaning: MAX_LEANING,
        };
        let mut survey = Self {
            commit: header
                .ok()
                .map(|header| header.commit)
                .or_else(|| commit_of(&head)),
            header: header.err(),
            found: Vec::new(),
            gaps: Vec::new(),
            gave_up: false,
        };
        progress.set_total(size);
        let start = if survey.header.is_none() {
            HEADER_LEN
        } else {
            0
        };
        survey.walk(&mut search, start)?;
        survey.gave_up = search.vain == 0;
        Ok(survey)
    }

    fn walk(&mut self, search: &mut Search<'_>, start: u64) -> Result<(), EditError> {
        let mut at = start;
        while at < search.size {
            search.progress.check()?;
            let begin = at;
            match search.look(at, true)? {
                Look::Entry(found) => {
                    at = found.end;
                    self.found.push(found);
                }
                Look::Terminator => {
                    at += TERMINATOR_LEN;
                    search.is_behind = true;
                }
                Look::Nothing { why, head, next } => {
                    search.is_sound = false;
                    at = search.next_entry(next)?;
                    self.gaps.push(Gap {
                        range: begin..at,
                        why: self.reason(search, begin, why),
                        head,
                    });
                }
            }
            search.progress.add(at - begin);
        }
        Ok(())
    }

    /// In front of the first entry and behind the terminator it is no news that no entry stands there.
    fn reason(&self, search: &Search<'_>, at: u64, why: Why) -> Why {
        match why {
            Why::Structure(_) if at == 0 => Why::NoHeader,
            Why::Structure(_) if search.is_behind => Why::Trailing,
            why => why,
        }
    }
}

/// The commit number of a header that is damaged elsewhere.
fn commit_of(head: &[u8]) -> Option<i32> {
    match head.get(17..)? {
        [BININT, a, b, c, d, POP, ..] => Some(i32::from_le_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

struct Search<'s> {
    source: &'s dyn ByteSource,
    size: u64,
    window: Window<'s>,
    progress: &'s Progress,
    /// What is left of [`VAIN_BYTES`].
    vain: u64,
    /// Everything up to here was as it should be.
    is_sound: bool,
    is_behind: bool,
    /// How many more values may be read together with everything before them.
    leaning: u32,
}

impl Search<'_> {
    /// What stands at `at`. `in_line`: something that was as it should be ends here.
    fn look(&mut self, at: u64, in_line: bool) -> Result<Look, EditError> {
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
        self.entry(candidate)
    }

    fn entry(&mut self, candidate: Candidate) -> Result<Look, EditError> {
        let Candidate { value, end, .. } = candidate;
        // A frame with room for an entry, whatever the key.
        let has_room = end <= self.size && candidate.offset + ENTRY_HEAD_LEN + TRAILER_LEN <= end;
        let fits = has_room && value.saturating_add(TRAILER_LEN) <= end;
        let trailer = if has_room { self.trailer(end)? } else { None };
        let is_plausible = trailer.is_some() && self.follows(end)?;
        let value_end = end.saturating_sub(TRAILER_LEN);
        let decoded = self.decode(value, value_end.min(self.size));
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
                if is_memo && fits && is_plausible && self.is_sound && self.leans(value_end) {
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

    /// Whether the value that ends at `end` can be read with what stands before it.
    fn leans(&mut self, end: u64) -> bool {
        if self.leaning == 0 {
            return false;
        }
        self.leaning -= 1;
        let read = decode_top(self.source, 0, end, &Limits::READ_BACK, self.progress);
        read.is_ok()
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
    fn next_entry(&mut self, at: u64) -> Result<u64, EditError> {
        let mut chunk = Vec::new();
        let mut start = at;
        while start < self.size {
            self.progress.check()?;
            // Nine bytes more than are searched: what makes a frame's head stands there.
            let len = (CHUNK + FRAME_HEAD_LEN).min(self.size - start);
            chunk.resize(usize::try_from(len).unwrap_or_default(), 0);
            self.source.read_at(start, &mut chunk)?;
            let end = start + CHUNK.min(self.size - start);
            for (place, window) in chunk.windows(FRAME_HEAD_LEN as usize + 1).enumerate() {
                let [FRAME, .., SHORT_BINUNICODE | b'd'] = window else {
                    continue;
                };
                let place = start + place as u64;
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
