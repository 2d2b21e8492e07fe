//! What jobs do with a file, apart from pictures and spectra: opening, decoding, and telling why not.

use super::cut::Subject;
use super::editing::{Journal, Place};
use super::key_list::KeyIndex;
use crate::array::ArrayError;
use crate::dataset::{Change, Dataset, Item, OpenError, ReadError};
use crate::progress::{Cancelled, Progress};
use std::collections::HashSet;
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

/// A file as it was opened.
pub(super) struct Opened {
    pub(super) dataset: Arc<Dataset>,
    pub(super) index: Arc<KeyIndex>,
    /// Free of links, to recognise a file that is open already.
    pub(super) canonical: PathBuf,
    /// What was changed before, where it was asked for.
    pub(super) journal: Option<Journal>,
}

/// Opens a file and lists its keys.
/// `journals`: the folder of the lists of changes, where the one of this file is wanted.
pub(super) fn open(
    path: &Path,
    journals: Option<&Path>,
    progress: &Progress,
) -> Result<Opened, OpenError> {
    let dataset = Dataset::open(path, progress)?;
    let index = KeyIndex::of(&dataset);
    let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let journal = journals.map(|folder| Journal::load(folder, &canonical, || places(&dataset)));
    Ok(Opened {
        journal,
        dataset: Arc::new(dataset),
        index: Arc::new(index),
        canonical,
    })
}

/// All entries, to see whether what was changed before is still there.
fn places(dataset: &Dataset) -> HashSet<Place> {
    let items = dataset.items().chain(dataset.dead_items());
    items.map(Place::of_item).collect()
}

/// Why a job has nothing to give.
#[derive(Debug, thiserror::Error)]
pub(super) enum TaskError {
    /// Another revision of the file has the key no more.
    #[error("the key is no longer in the file")]
    KeyGone,
    /// More than makes sense.
    #[error("{0}")]
    TooLarge(&'static str),
    /// From reading.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<ArrayError> for TaskError {
    fn from(error: ArrayError) -> Self {
        Self::Read(error.into())
    }
}

impl From<Cancelled> for TaskError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Read(cancelled.into())
    }
}

/// The item that a result is about.
pub(super) fn item_of<'a>(dataset: &'a Dataset, subject: &Subject) -> Result<&'a Item, TaskError> {
    dataset.item(&subject.key).ok_or(TaskError::KeyGone)
}

/// Runs a read and sorts its end: results from a file that was cut, or of an entry that was moved meanwhile, are none.
/// `subject`: what was read of, if it is one thing.
pub(super) fn checked<T>(
    dataset: &Dataset,
    subject: Option<&Subject>,
    read: impl FnOnce() -> Result<T, TaskError>,
) -> Result<Result<T, Failure>, Cancelled> {
    let result = read();
    if dataset.is_torn() {
        return Ok(Err(torn(dataset)));
    }
    if !is_sound(dataset, subject) {
        return Ok(Err(Failure::Torn));
    }
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(TaskError::Read(ReadError::Cancelled(cancelled))) => Err(cancelled),
        Err(TaskError::Read(ReadError::Torn)) => Ok(Err(torn(dataset))),
        Err(error) => Ok(Err(Failure::Because(error.to_string()))),
    }
}

/// Whether what was read until now is what the file held when it was opened.
pub(super) fn is_sound(dataset: &Dataset, subject: Option<&Subject>) -> bool {
    let item = subject.and_then(|subject| dataset.item(&subject.key));
    !dataset.is_torn() && !item.is_some_and(|item| dataset.was_moved(item))
}

/// Pages of the file were lost. When it is not because the file was cut, the disk failed, and opening again would not help.
fn torn(dataset: &Dataset) -> Failure {
    if dataset.change() == Change::Changed {
        return Failure::Torn;
    }
    let why = "The file could not be read from its disk; check the connection, or copy the file elsewhere";
    Failure::Because(why.to_owned())
}
