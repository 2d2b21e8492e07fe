//! What is so once a change can no longer be called not made.
//!
//! An error says that the file is as it was. What fails after a change came into force is no error of that kind: readers
//! see the change, it is counted and can be undone, and a [`Doubt`] goes with what it came to.

use std::io;

/// A change is in force, but something behind it failed. `Display` is ready for a user, without the path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Readers see the change; whether it survives a power cut is not known.
    #[error(
        "The change is made, but it is not certain that it is on the disk ({0}); check the disk, and look at the file again after a restart"
    )]
    NotOnDisk(String),
    /// It is done for some of what was asked for, as the figures say.
    #[error("Only a part of it is done ({0}); do it again to complete it")]
    Partly(String),
}

impl Doubt {
    /// What is so after a failed write or flush behind the change itself.
    pub(super) fn not_on_disk(err: &io::Error) -> Self {
        Self::NotOnDisk(err.to_string())
    }
}

/// A file in which nothing is left of an interrupted change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanedUp {
    /// Whether something was.
    pub was_needed: bool,
    /// What is not certain about it.
    pub doubt: Option<Doubt>,
}

/// A counted change that made no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The commit number now.
    pub commit: i32,
    /// What is not certain about it.
    pub doubt: Option<Doubt>,
}
