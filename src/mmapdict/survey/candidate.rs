//! The head of an entry as it stands in a damaged file: nothing of it is trusted yet.

use super::{Fault, Found, Head, Look, Search, Why};
use crate::mmapdict::Damage;
use crate::mmapdict::layout::{
    ALIVE, ENTRY_HEAD_LEN, FRAME, FRAME_HEAD_LEN, SHORT_BINUNICODE, TERMINATOR, TRAILER_LEN,
};

/// A head as it stands there.
pub(super) struct Candidate {
    pub(super) offset: u64,
    pub(super) key_len: u8,
    pub(super) key: Box<[u8]>,
    pub(super) declared: u64,
    pub(super) value: u64,
    /// Where the frame ends, if it says the truth; may lie behind the end of the file.
    pub(super) end: u64,
}

impl Candidate {
    pub(super) fn found(
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

    pub(super) fn nothing(self, why: Why, next: u64) -> Look {
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
pub(super) fn candidate(at: u64, head: &[u8], size: u64) -> Result<Candidate, Damage> {
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
