//! What jobs do with a file, apart from pictures and spectra: opening, decoding, and telling why not.

use super::cut::Subject;
use super::key_list::KeyIndex;
use crate::dataset::{Dataset, Item, OpenError, ReadError};
use crate::progress::{Cancelled, Progress};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The file was cut while it was read: it has to be opened again.
    Torn,
    /// For the user.
    Because(String),
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Because(error.to_string())
    }
}

/// A file as it was opened.
pub(super) struct Opened {
    pub(super) dataset: Arc<Dataset>,
    pub(super) index: Arc<KeyIndex>,
    /// Free of links, to recognise a file that is open already.
    pub(super) canonical: PathBuf,
}

/// Opens a file and lists its keys.
pub(super) fn open(path: &Path, progress: &Progress) -> Result<Opened, Failure> {
    let dataset = Dataset::open(path, progress)?;
    let index = KeyIndex::of(&dataset);
    let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Ok(Opened {
        dataset: Arc::new(dataset),
        index: Arc::new(index),
        canonical,
    })
}

/// The item that a result is about.
pub(super) fn item_of<'a>(dataset: &'a Dataset, subject: &Subject) -> Result<&'a Item, ReadError> {
    dataset
        .item(&subject.key)
        .ok_or_else(|| ReadError::Value("the key is no longer in the file".to_owned()))
}

/// Runs a read and sorts its end: results from a file that was cut meanwhile are none.
pub(super) fn checked<T>(
    dataset: &Dataset,
    read: impl FnOnce() -> Result<T, ReadError>,
) -> Result<Result<T, Failure>, Cancelled> {
    let result = read();
    if dataset.is_torn() {
        return Ok(Err(Failure::Torn));
    }
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(ReadError::Cancelled(cancelled)) => Err(cancelled),
        Err(ReadError::Torn) => Ok(Err(Failure::Torn)),
        Err(error @ (ReadError::Array(_) | ReadError::Value(_))) => {
            Ok(Err(Failure::Because(error.to_string())))
        }
    }
}
