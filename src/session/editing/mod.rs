//! Changing a file: edit mode, the changes that were made, undoing them.
//!
//! Files open read-only; editing is switched on for each. A [`Change`] is what a user did; it is carried out by a job
//! ([`apply`]), one after the other, under the file's lock. What it came to is a [`change::Step`] of the [`Journal`], which
//! names the entries that were switched: undoing switches them back, redoing switches them again. Nothing is undone over
//! what somebody else wrote meanwhile: that is a conflict, and the user is asked ([`Question`]).

pub mod apply;
mod cells;
pub mod change;
pub mod journal;
mod kept;
pub mod key_name;
mod refusal;
mod replay;
mod state;
pub mod value;
mod work;

#[cfg(test)]
mod tests;

pub(super) use apply::Keeping;
pub(super) use cells::patches;
pub use cells::{CellsEdit, MAX_WRITTEN_CELLS, can_type, check_cell};
pub use change::{Change, MaskPixels, Place};
pub use journal::{Cleared, Journal};
pub use key_name::{KeyCheck, check_key, free_key};
pub(super) use state::Task;
pub use state::{Answer, EditMode, Editing, NewFile, Question, Way};
pub use value::{DraftState, Leave, ValueEdit};
pub(super) use work::{Edited, finished, give_up, start};
