//! Why a file or a value is not shown: cause first, what to do next, path last.

use crate::array::ArrayError;
use crate::pickle::{DecodeError, DecodeErrorKind};
use crate::progress::Cancelled;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be opened. `Display` is ready for a user.
#[derive(Debug, thiserror::Error)]
#[error("{cause}: {}", path.display())]
pub struct OpenError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: OpenErrorCause,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum OpenErrorCause {
    /// Nothing there.
    #[error("File not found (check the name, or whether the disk is connected)")]
    NotFound,
    /// A folder.
    #[error("This is a folder; choose a file in it")]
    Folder,
    /// A pipe, socket or device.
    #[error(
        "This is not a regular file (a pipe or a device) and cannot be read at arbitrary positions"
    )]
    NotAFile,
    /// No permission.
    #[error("You have no permission to read this file; ask its owner, or copy it to where you do")]
    Permission,
    /// Zero bytes.
    #[error(
        "The file is empty (0 bytes); a recorder may have created it and not yet written to it"
    )]
    Empty,
    /// A known format that is another.
    #[error("This is {0}, not an mmappickle file; open it with a program for that format")]
    OtherFormat(&'static str),
    /// No known format.
    #[error(
        "This is not an mmappickle file ({0}); it may be of another format, or its beginning was overwritten"
    )]
    Foreign(String),
    /// Cut inside the header.
    #[error(
        "The file ends after {0} bytes, inside its header: nothing was stored in it, or the copy was not finished"
    )]
    CutHeader(u64),
    /// A version that does not exist yet.
    #[error("The file has version {0} of the container; this program knows version 1")]
    Version(i32),
    /// Damaged as a pickle.
    #[error("This looks like a Python pickle, but it cannot be read: {0}")]
    Pickle(DecodeError),
    /// Whatever else the system says.
    #[error("The file could not be read ({0})")]
    Io(io::Error),
    /// Cancelled.
    #[error("Opening was cancelled")]
    Cancelled,
}

impl OpenError {
    /// Whether there are bytes that may be those of a damaged file of ours.
    #[must_use]
    pub fn has_bytes(&self) -> bool {
        use OpenErrorCause::{CutHeader, Foreign, Pickle, Version};
        matches!(
            self.cause,
            Foreign(_) | CutHeader(_) | Version(_) | Pickle(_)
        )
    }

    /// Of what the system says when a file is opened.
    #[must_use]
    pub fn from_io(path: &Path, err: io::Error) -> Self {
        OpenErrorCause::from_io(err).of(path)
    }
}

impl OpenErrorCause {
    pub(super) fn from_io(err: io::Error) -> Self {
        match err.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::IsADirectory => Self::Folder,
            io::ErrorKind::PermissionDenied => Self::Permission,
            io::ErrorKind::InvalidInput => Self::NotAFile,
            _ => Self::Io(err),
        }
    }

    pub(super) fn of(self, path: &Path) -> OpenError {
        OpenError {
            path: path.to_owned(),
            cause: self,
        }
    }
}

/// Why an item of an open file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The array's shape, dtype or place.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// Cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Asked for cells of something that has none.
    #[error("it is a {0}, not an array; `get` prints it")]
    NotAnArray(String),
    /// Asked for cells of an array that does not add up.
    #[error("{0}")]
    Unreadable(String),
    /// The file could not be mapped.
    #[error("the file could not be mapped into memory: {0}")]
    Map(io::Error),
    /// Another process moved or removed what was being read.
    #[error("another program changed the file while it was read; try again")]
    Changed,
    /// The value is damaged, or too large.
    #[error("{0}")]
    Value(DecodeError),
}

impl ReadError {
    pub(super) fn from_decode(err: DecodeError) -> Self {
        match err.kind {
            DecodeErrorKind::Cancelled => Self::Cancelled(Cancelled),
            _ => Self::Value(err),
        }
    }
}
