//! Why a file was not changed: what, where, and what to do next. It is then as before the change, unless the error says
//! otherwise. What fails once a change is in force is a [`super::Doubt`] instead.

use super::{Damage, HeaderError, IndexError};
use crate::pickle::{DecodeError, EncodeError, text};
use crate::progress::Cancelled;
use std::io;

/// Why a change was not made. `Display` is ready for a user, without the path.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is no container.
    #[error(
        "Only mmappickle containers can be changed, and this is not one ({0}); a plain pickle can be converted to one"
    )]
    NotAContainer(HeaderError),
    /// The structure is damaged.
    #[error(
        "The file is damaged at byte {at} ({damage}) and is not written to; repair it into a new file first"
    )]
    Damaged {
        /// Where the walk over the entries ended.
        at: u64,
        /// Why it ended.
        damage: Damage,
    },
    /// Whole entries stand behind the terminator: two writers at once, or two files in one.
    #[error(
        "Behind the end of the dict, at byte {at}, there is an entry that nobody reads; writing would destroy it. `cubescope repair` saves it to a new file"
    )]
    StrayEntry {
        /// Where it begins.
        at: u64,
    },
    /// No live entry has the key.
    #[error("There is no key {}", quoted(.0))]
    NoKey(Box<[u8]>),
    /// A live entry has the key already.
    #[error("There is a key {} already; delete or rename it first", quoted(.0))]
    KeyExists(Box<[u8]>),
    /// The key does not fit.
    #[error("A key has at most 255 bytes of UTF-8, this one has {0}")]
    KeyTooLong(usize),
    /// No dead entry to bring back.
    #[error("There is no earlier version of {} that could be restored", quoted(.0))]
    NothingToRestore(Box<[u8]>),
    /// No dead entry of the key at this place.
    #[error("At byte {at} there is no earlier version of {}; `history` lists them", quoted(.key))]
    NoSuchVersion {
        /// The key.
        key: Box<[u8]>,
        /// Where it was looked for.
        at: u64,
    },
    /// The data of the version was given up.
    #[error(
        "The data of the version at byte {0} was freed (by a vacuum that punches holes); it cannot be restored"
    )]
    Freed(u64),
    /// The entry is not what the change was planned on.
    #[error("Another program changed {} meanwhile; nothing was written. Look at the new value and try again", quoted(.0))]
    Conflict(Box<[u8]>),
    /// The value, or its array, does not fit a file.
    #[error("The value is too large for a file")]
    TooLarge,
    /// More counted changes or memo entries than the format can number.
    #[error("The numbers of this file are used up: {0}")]
    Exhausted(&'static str),
    /// The value cannot be written as opcodes.
    #[error("The value cannot be written: {0}")]
    Encode(#[from] EncodeError),
    /// What was written, or is to be copied, cannot be read.
    #[error("The value cannot be read: {0}")]
    Decode(#[from] DecodeError),
    /// Another program keeps the file locked.
    #[error("Another program has kept the file locked for {0} seconds; try again when it is done")]
    Locked(u64),
    /// The file is replaced by another all the time.
    #[error("The file was replaced by another program; try again")]
    Replaced,
    /// The file cannot be locked.
    #[error(
        "The file cannot be locked ({0}); it is not written to, since another program might write at the same time"
    )]
    NoLock(io::Error),
    /// Python would refuse the value.
    #[error(
        "Nothing was written: Python would refuse to load this value, and the whole file with it ({0})"
    )]
    Refused(String),
    /// Nothing there.
    #[error("File not found (check the name, or whether the disk is connected)")]
    NotFound,
    /// No permission to write.
    #[error(
        "The file, or its disk, is read-only for you ({0}); nothing was changed. Copy it to where you may write"
    )]
    ReadOnly(io::Error),
    /// No space.
    #[error("The disk is full ({0}); the file is as it was")]
    DiskFull(io::Error),
    /// Writing failed in the middle, and so did taking it back.
    #[error(
        "Writing failed in the middle ({0}), and what was written could not be taken back: the change is made in part. Make it again, or undo it, when the disk is well"
    )]
    Half(io::Error),
    /// The file has several names.
    #[error(
        "The file has {0} names (hard links), and a compacted copy would take this one only. Free the space with holes (--punch) or in place (--in-place), write to a new file (-o), or split the links (--force)"
    )]
    HardLinks(u64),
    /// The copy would belong to somebody else.
    #[error(
        "The file belongs to another user, and a compacted copy would be yours. Free the space with holes (--punch) or in place (--in-place), or write to a new file (-o)"
    )]
    NotYours,
    /// Another program has the file open for writing.
    #[error(
        "The file is open for writing in {0}: what it writes to the old file would be lost. Close it there, free the space with holes (--punch), or write to a new file (-o)"
    )]
    InUse(String),
    /// The target exists.
    #[error("There is a file {} already; it is not overwritten", .0.display())]
    TargetExists(std::path::PathBuf),
    /// The new file cannot be made or named.
    #[error("The new file {} cannot be made ({why})", path.display())]
    Target {
        /// The new file.
        path: std::path::PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The file that is read from was changed.
    #[error("{} was changed while we waited for the other file; nothing was written. Try again", .0.display())]
    SourceChanged(std::path::PathBuf),
    /// The file system has no holes.
    #[error(
        "This disk cannot make holes in files ({0}); nothing was changed. Make a compacted copy instead"
    )]
    NoHoles(io::Error),
    /// Moving entries in place failed in the middle.
    #[error(
        "Moving the entries failed in the middle ({0}): the file is broken now. Repair it into a new file before anything else"
    )]
    HalfMoved(io::Error),
    /// Another program changed the file while it was copied.
    #[error("Another program changed the file while it was copied; nothing was made. Try again")]
    Changed,
    /// Whatever else the system says.
    #[error("The file could not be changed ({0})")]
    Io(io::Error),
    /// Cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A key as it is shown: escaped, in quotes.
fn quoted(key: &[u8]) -> String {
    format!("{:?}", text::escaped(key))
}

impl From<io::Error> for EditError {
    fn from(err: io::Error) -> Self {
        if err.get_ref().is_some_and(|inner| inner.is::<Cancelled>()) {
            return Self::Cancelled(Cancelled);
        }
        match err.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly(err)
            }
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::DiskFull(err),
            _ => Self::Io(err),
        }
    }
}

impl From<IndexError> for EditError {
    fn from(err: IndexError) -> Self {
        match err {
            IndexError::Header(err) => Self::NotAContainer(err),
            IndexError::Read(err) => err.into(),
            IndexError::Cancelled(stop) => Self::Cancelled(stop),
        }
    }
}
