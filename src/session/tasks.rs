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

/// How often a read is tried where pages of other keys were lost meanwhile.
const TRIES: usize = 4;

/// A read of a file, from its beginning on: whether what it has so far is what the file holds.
#[derive(Clone, Copy)]
pub(super) struct Reading<'d> {
    dataset: &'d Dataset,
    item: Option<&'d Item>,
    losses: u64,
}

impl<'d> Reading<'d> {
    /// `subject`: what is read, if it is one thing. To be called before the array is asked for.
    pub(super) fn begin(dataset: &'d Dataset, subject: Option<&Subject>) -> Self {
        Self {
            dataset,
            item: subject.and_then(|subject| dataset.item(&subject.key)),
            losses: dataset.losses(),
        }
    }

    /// Whether what was read until now is what the file held when it was opened.
    pub(super) fn is_sound(&self) -> bool {
        !self.has_lost_pages() && !self.was_moved()
    }

    fn has_lost_pages(&self) -> bool {
        self.dataset.losses() != self.losses
    }

    fn was_moved(&self) -> bool {
        self.item.is_some_and(|item| self.dataset.was_moved(item))
    }

    /// Whether the page that was lost last is one of those that are read.
    fn is_of_item(&self, at: u64) -> bool {
        self.item
            .is_none_or(|item| (item.offset..item.offset + item.length).contains(&at))
    }
}

/// Runs a read and sorts its end: results from a file that was cut, or of an entry that was moved meanwhile, are none. Where
/// a disk does not give a page of another key that is read at the same time, it is done again.
/// `subject`: what is read, if it is one thing.
pub(super) fn checked<T>(
    dataset: &Dataset,
    subject: Option<&Subject>,
    mut read: impl FnMut(&Reading<'_>) -> Result<T, TaskError>,
) -> Result<Result<T, Failure>, Cancelled> {
    let mut lost_at = None;
    for _ in 0..TRIES {
        let reading = Reading::begin(dataset, subject);
        let result = read(&reading);
        if reading.was_moved() {
            return Ok(Err(Failure::Torn));
        }
        if reading.has_lost_pages() {
            if dataset.change() == Change::Changed {
                return Ok(Err(Failure::Torn));
            }
            lost_at = dataset.lost_at();
            if lost_at.is_some_and(|at| reading.is_of_item(at)) {
                break;
            }
            continue;
        }
        return match result {
            Ok(value) => Ok(Ok(value)),
            Err(TaskError::Read(ReadError::Cancelled(cancelled))) => Err(cancelled),
            Err(error) => Ok(Err(Failure::Because(error.to_string()))),
        };
    }
    let at = lost_at.map_or_else(String::new, |at| format!(" at byte {at}"));
    Ok(Err(Failure::Because(format!(
        "The disk does not give the data{at}; check the connection and the free space, or copy the file elsewhere"
    ))))
}
