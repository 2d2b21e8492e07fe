//! The mmappickle container: one file that is a pickle of a dict, cut into frames that can be found by arithmetic.
//!
//! ```text
//! header (24) | entry | entry | … | terminator (11)
//!
//! entry   95 u64        FRAME, L = bytes that follow
//!         8c u8 key     SHORT_BINUNICODE, at most 255 bytes of UTF-8
//!         value         opcodes that leave one thing on the stack
//!         4a i32 30     BININT memo index, POP
//!         flag 30       88 = alive, anything else = dead; POP
//! ```
//!
//! Here is the index only: which entries there are, where, and whether they are alive. What a value means is not
//! this module's business, and neither is writing.

mod header;
mod index;
mod layout;

pub use header::{Header, HeaderError};
pub use index::{Damage, Entry, EntryState, Index, IndexError};
pub use layout::{HEADER_LEN, TERMINATOR};
