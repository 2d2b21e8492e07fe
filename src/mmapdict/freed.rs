//! Dead arrays whose data was given up: the mark that says so, so that zeros are never taken for a measurement.
//!
//! The mark is the memo field of the entry. Readers ignore it in a dead entry, and a negative one does no harm in the
//! reference, which looks for the largest.

use super::Entry;
use super::layout::{ALIVE, TRAILER_LEN};

/// The memo field of a dead entry whose data was freed.
const FREED: i32 = i32::MIN;

/// Whether the data of a dead entry was freed.
#[must_use]
pub fn is_freed(entry: &Entry) -> bool {
    entry.flag != ALIVE && entry.memo == FREED
}

/// The mark, and where it goes.
pub(super) fn mark(entry: &Entry) -> (u64, [u8; 4]) {
    (entry.end() - TRAILER_LEN + 1, FREED.to_le_bytes())
}
