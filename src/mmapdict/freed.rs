//! Dead entries whose data was given up, or is not whole yet: the mark that says so, so that zeros are never taken for a
//! measurement.
//!
//! The mark is the memo field of the entry. Readers ignore it in a dead entry, and a negative one does no harm in the
//! reference, which looks for the largest.

use super::Entry;
use super::layout::{ALIVE, TRAILER_LEN};

/// The memo field of a dead entry whose data was freed.
const FREED: i32 = i32::MIN;

/// Above it so many values of the memo field mark an entry whose data is being filled in, each writer's by another one.
const PENDING: i32 = 1 << 24;

/// Whether the data of a dead entry was freed, or never was whole.
#[must_use]
pub fn is_freed(entry: &Entry) -> bool {
    entry.flag != ALIVE && entry.memo < FREED + PENDING
}

/// Whether somebody may be filling in the data of an entry.
pub(super) fn is_pending(entry: &Entry) -> bool {
    is_freed(entry) && entry.memo != FREED
}

/// A memo field for an entry whose data is about to be filled in; hardly anybody else's.
pub(super) fn mark_of_pending() -> i32 {
    use std::hash::{BuildHasher as _, Hasher as _};
    // Keyed by chance.
    let chance = std::hash::RandomState::new().build_hasher().finish();
    let below = i32::try_from(chance % (PENDING as u64 - 1)).unwrap_or_default();
    FREED + 1 + below
}

/// The mark, and where it goes.
pub(super) fn mark(entry: &Entry) -> (u64, [u8; 4]) {
    (entry.end() - TRAILER_LEN + 1, FREED.to_le_bytes())
}
