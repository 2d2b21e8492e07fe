//! Looking through a damaged file for whole entries: past the damage, behind the terminator, and without a header.
//!
//! The walk of [`super::Index`] ends at the first thing that is not as it should be. This one decodes each value, finds
//! the true end of an entry whose length is wrong, and where nothing is found looks on at every byte. It never writes.
//!
//! Bytes that look like an entry inside of other data are no entry: whatever lies in a frame that is sound, or in a last
//! frame that is cut but otherwise agrees with its contents, is not looked at.

mod search;

use super::layout::{BININT, HEADER_LEN, POP, TERMINATOR_LEN};
use super::{Damage, EditError, Header, HeaderError};
use crate::pickle::{DecodeError, Onward, Value};
use crate::progress::Progress;
use crate::source::{ByteSource, Window};
use search::{LEANING, LEANING_NODES, Look, Search, VAIN_BYTES};
use std::collections::HashMap;
use std::ops::Range;

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
    /// The values of entries with [`Fault::Memo`], by the place of the entry.
    pub leaning: HashMap<u64, Value>,
    /// Whether looking for entries of wrong length was given up, since very much was looked at in vain.
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
    #[error("bytes behind the end of the dict that are not an entry")]
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

impl Survey {
    /// Looks through a source, which takes as long as there is to look at: not to be done while others wait for the file's
    /// lock. What was found counts only if the file is still the same afterwards.
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
            onward: Onward::new(source, LEANING, LEANING_NODES),
            leaning: HashMap::new(),
        };
        let mut survey = Self {
            commit: header
                .ok()
                .map(|header| header.commit)
                .or_else(|| commit_of(&head)),
            header: header.err(),
            found: Vec::new(),
            gaps: Vec::new(),
            leaning: HashMap::new(),
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
        survey.leaning = search.leaning;
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
