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
//! Reading ([`Index`]) never writes and needs no more than short reads. Writing ([`edit()`], [`Editor`]) holds the file's
//! lock and leaves the file before or after a change at every byte written. What a value means is not this module's business.

mod append;
mod array_value;
mod doubt;
mod edit;
mod editor;
mod error;
mod freed;
mod header;
mod index;
mod large;
mod layout;
mod new_file;
mod note;
mod overwrite;
mod payload;
mod reuse;
mod settle;
mod survey;
mod switch;
mod vacuum;
mod walk;

pub use array_value::{ARRAY_PREFIX, ArrayHead, MASKED_PREFIX, shape_tuple};
pub use doubt::{CleanedUp, Counted, Doubt};
pub use edit::{clean_up, edit, lock_for_reading, read_index, switch_in_steps};
pub use editor::{Done, Editor, Plan};
pub use error::EditError;
pub use freed::is_freed;
pub use header::{Header, HeaderError};
pub use index::{Entry, EntryState, Index, IndexError, Unfinished};
pub use large::{duplicate, put, rename};
pub use layout::{HEADER_LEN, MAX_KEY_LEN, TERMINATOR};
pub use new_file::{NewFile, create};
pub use note::{Moving, Renaming};
pub use overwrite::Fill;
pub use payload::{Payload, Piece};
pub use settle::check as check_writable;
pub use survey::{Fault, Found, Gap, Head, Survey, Why};
pub use switch::Switch;
pub use vacuum::{VacuumPlan, VacuumWay, Vacuumed, compact, punch, vacuum, vacuum_plan};
pub use walk::{Damage, entry_stands};
