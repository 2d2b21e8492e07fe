//! The list of changes of one file, and how far it is undone.
//!
//! It says where things are in the file, not what they are: the versions themselves stay in the file until a vacuum; of cells
//! that are written over in place, it has the bytes. It is kept as JSON in a folder of the program (`kept`), so that
//! changes can be undone after the file was closed and opened again. What cannot be read, or does not fit the file any more,
//! is forgotten, and the list says so.

use super::change::{Place, Step};
use super::kept;
use serde::{Deserialize, Serialize};
use std::cell::LazyCell;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// More steps than this are forgotten, the oldest first.
const MAX_STEPS: usize = 1000;
/// Where steps remember more overwritten bytes than this, the oldest are forgotten. A single step that does is not kept on
/// the disk.
const MAX_BYTES: u64 = 64 << 20;

/// Why what came before cannot be undone any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleared {
    /// The file was compacted here: the versions are gone.
    Compacted,
    /// Another program compacted or replaced the file.
    Elsewhere,
}

impl Cleared {
    /// For the list of changes.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Compacted => "Undo list cleared by compacting",
            Self::Elsewhere => "Undo list cleared: another program compacted or replaced the file",
        }
    }
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    steps: Vec<Arc<Step>>,
    /// Steps that are made; those behind are undone.
    at: usize,
    /// The value of `at` when the file was opened.
    opened_at: usize,
    cleared: Option<Cleared>,
}

/// What is on the disk.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// For people who look at the file.
    path: String,
    at: usize,
    steps: Vec<Step>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cleared: Option<Cleared>,
}

/// Why a list is not on the disk.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// What the system says.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A step has more bytes than are kept.
    #[error("it would take more than {} MB", MAX_BYTES >> 20)]
    TooLarge,
}

impl Journal {
    /// All steps, oldest first; the first [`Journal::position`] of them are made, the rest undone.
    #[must_use]
    pub fn steps(&self) -> &[Arc<Step>] {
        &self.steps
    }

    /// How many steps are made.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// How many were made when the file was opened.
    #[must_use]
    pub fn opened_at(&self) -> usize {
        self.opened_at
    }

    /// Why what came before the first step cannot be undone.
    #[must_use]
    pub fn cleared(&self) -> Option<Cleared> {
        self.cleared
    }

    /// The step that would be undone next.
    #[must_use]
    pub fn undoable(&self) -> Option<&Arc<Step>> {
        self.steps.get(self.at.checked_sub(1)?)
    }

    /// The step that would be made again next.
    #[must_use]
    pub fn redoable(&self) -> Option<&Arc<Step>> {
        self.steps.get(self.at)
    }

    /// Notes a new step; what was undone is forgotten.
    pub fn push(&mut self, step: Step) {
        self.steps.truncate(self.at);
        self.steps.push(Arc::new(step));
        let mut bytes = self.bytes();
        while self.steps.len() > MAX_STEPS || (bytes > MAX_BYTES && self.steps.len() > 1) {
            bytes -= bytes_of(&self.steps.remove(0));
            self.opened_at = self.opened_at.saturating_sub(1);
        }
        self.at = self.steps.len();
        // A step that was made when the file was opened, and was undone and forgotten since, is no place to go back to.
        self.opened_at = self.opened_at.min(self.at - 1);
    }

    /// The steps to carry out, in order, for another position; reversed ones on the way back.
    #[must_use]
    pub fn way_to(&self, position: usize) -> Vec<Step> {
        let position = position.min(self.steps.len());
        if position < self.at {
            let back = self.steps.get(position..self.at).unwrap_or_default();
            back.iter().rev().map(|step| step.reversed()).collect()
        } else {
            let forth = self.steps.get(self.at..position).unwrap_or_default();
            forth.iter().map(|step| Step::clone(step)).collect()
        }
    }

    /// The steps up to `position` are made, the others undone.
    pub fn go_to(&mut self, position: usize) {
        self.at = position.min(self.steps.len());
    }

    /// Forgets everything: the versions are gone.
    pub fn clear(&mut self, why: Cleared) {
        *self = Self {
            // A list that had nothing lost nothing.
            cleared: (!self.steps.is_empty()).then_some(why).or(self.cleared),
            ..Self::default()
        };
    }

    /// Forgets the step that would be undone (or made again) next, without touching the file.
    pub fn skip(&mut self, is_undo: bool) {
        let place = match is_undo {
            true => self.at.checked_sub(1),
            false => Some(self.at).filter(|at| *at < self.steps.len()),
        };
        let Some(place) = place else { return };
        self.steps.remove(place);
        if is_undo {
            self.at = place;
        }
        if place < self.opened_at {
            self.opened_at -= 1;
        }
    }

    /// The step that would be undone (or made again) next was, in another way: `step` is what is to be done from now on to
    /// make it again (or to undo it).
    pub fn resolve(&mut self, is_undo: bool, step: Step) {
        let place = match is_undo {
            true => self.at.checked_sub(1),
            false => Some(self.at),
        };
        if let Some(known) = place.and_then(|place| self.steps.get_mut(place)) {
            *known = Arc::new(step);
            self.at = if is_undo { self.at - 1 } else { self.at + 1 };
        }
    }

    /// Reads what was kept for a file; empty where there is nothing, or where it does not fit what the file holds now.
    #[must_use]
    pub fn load(folder: &Path, file: &Path, places: impl FnOnce() -> HashSet<Place>) -> Self {
        // Only where there are lists at all: a file may have a million entries.
        let places = LazyCell::new(places);
        let mut is_lost = false;
        for candidate in kept::candidates(folder, file, |place| places.contains(place)) {
            let Some(stored) =
                (candidate.read().ok()).and_then(|text| serde_json::from_str::<Stored>(&text).ok())
            else {
                continue;
            };
            let steps: Vec<Arc<Step>> = stored.steps.into_iter().map(Arc::new).collect();
            let needed = |step: &Arc<Step>| {
                let mut needed = step.made.iter().flat_map(|made| made.places());
                needed.all(|place| places.contains(&place))
            };
            let fits = steps.iter().all(needed);
            if fits {
                let at = stored.at.min(steps.len());
                return Self {
                    steps,
                    at,
                    opened_at: at,
                    cleared: stored.cleared,
                };
            }
            is_lost |= candidate.is_of_path;
        }
        Self {
            cleared: is_lost.then_some(Cleared::Elsewhere),
            ..Self::default()
        }
    }

    /// Keeps it for later; it is on the disk when this returns. `None` keeps nothing.
    ///
    /// # Errors
    /// What the system says; or a step is too large to be kept.
    pub fn save(&self, folder: Option<&Path>, file: &Path) -> Result<(), KeepError> {
        let Some(folder) = folder else { return Ok(()) };
        if self.steps.is_empty() && self.cleared.is_none() {
            return Ok(kept::remove(folder, file)?);
        }
        if self.bytes() > MAX_BYTES {
            return Err(KeepError::TooLarge);
        }
        let stored = Stored {
            path: file.display().to_string(),
            at: self.at,
            steps: self.steps.iter().map(|step| Step::clone(step)).collect(),
            cleared: self.cleared,
        };
        let text = serde_json::to_string(&stored).map_err(std::io::Error::other)?;
        let last = self.undoable().or(self.redoable());
        let entry = last.and_then(|step| step.made.iter().flat_map(|made| made.places()).last());
        Ok(kept::write(folder, file, entry, &text)?)
    }

    /// Bytes of what was written over.
    fn bytes(&self) -> u64 {
        self.steps.iter().map(|step| bytes_of(step)).sum()
    }
}

fn bytes_of(step: &Step) -> u64 {
    step.made.iter().map(super::change::Made::size).sum()
}

#[cfg(test)]
mod tests {
    use super::super::change::Made;
    use super::*;

    fn step(key: &str, off: Option<u64>, on: Option<u64>) -> Step {
        let place = |offset| Place { offset, len: 10 };
        Step {
            label: format!("step {key}"),
            made: vec![Made::Switched {
                key: key.to_owned(),
                off: off.map(place),
                on: on.map(place),
            }],
        }
    }

    fn labels(steps: &[Step]) -> Vec<&str> {
        steps.iter().map(|step| step.label.as_str()).collect()
    }

    #[test]
    fn the_way_back_is_reversed_and_a_new_step_forgets_what_was_undone() {
        let mut journal = Journal::default();
        for key in ["a", "b", "c"] {
            journal.push(step(key, None, Some(24)));
        }
        let way = journal.way_to(1);
        assert_eq!(labels(&way), ["step c", "step b"]);
        assert_eq!(way[0], step("c", Some(24), None));
        journal.go_to(1);
        assert_eq!(labels(&journal.way_to(3)), ["step b", "step c"]);
        journal.push(step("d", None, Some(34)));
        assert_eq!(journal.steps().len(), 2);
        assert!(journal.redoable().is_none());
        assert_eq!(journal.opened_at(), 0);
    }

    fn places(offsets: &[u64]) -> HashSet<Place> {
        let place = |&offset| Place { offset, len: 10 };
        offsets.iter().map(place).collect()
    }

    /// A file of 100 bytes, and a list of two steps, one undone, that is kept for it.
    fn kept() -> (tempfile::TempDir, std::path::PathBuf, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.mmdpickle");
        std::fs::write(&file, (0..100).collect::<Vec<u8>>()).unwrap();
        let mut journal = Journal::default();
        journal.push(step("a", Some(24), Some(34)));
        journal.push(step("b", None, Some(44)));
        journal.go_to(1);
        let lists = folder.path().join("changes");
        journal.save(Some(&lists), &file).unwrap();
        (folder, file, journal)
    }

    #[test]
    fn it_is_kept_until_the_versions_are_gone() {
        let (folder, file, mut journal) = kept();
        let lists = folder.path().join("changes");
        let load = |offsets: &[u64]| Journal::load(&lists, &file, || places(offsets));
        let back = load(&[24, 34, 44]);
        assert_eq!(back.steps(), journal.steps());
        assert_eq!((back.position(), back.opened_at()), (1, 1));
        let lost = load(&[24, 44]);
        assert_eq!(
            (lost.steps().len(), lost.cleared()),
            (0, Some(Cleared::Elsewhere))
        );
        let other = Journal::load(&lists, Path::new("/data/b"), || places(&[24, 34, 44]));
        assert_eq!(other, Journal::default());
        journal.clear(Cleared::Compacted);
        journal.save(Some(&lists), &file).unwrap();
        let back = load(&[24, 34, 44]);
        assert_eq!(
            (back.steps().len(), back.cleared()),
            (0, Some(Cleared::Compacted))
        );
        assert_eq!(std::fs::read_dir(&lists).unwrap().count(), 1);
    }

    #[test]
    fn it_follows_a_file_that_is_renamed_copied_or_moved_to_another_disk() {
        let (folder, file, journal) = kept();
        let lists = folder.path().join("changes");
        let renamed = folder.path().join("b.mmdpickle");
        std::fs::rename(&file, &renamed).unwrap();
        let all = || places(&[24, 34, 44]);
        let back = Journal::load(&lists, &renamed, all);
        assert_eq!(back.steps(), journal.steps());
        // Another inode, as on another disk.
        let copied = folder.path().join("c.mmdpickle");
        std::fs::copy(&renamed, &copied).unwrap();
        let back = Journal::load(&lists, &copied, all);
        assert_eq!(back.steps(), journal.steps());
        // A file that holds other things where the last change was.
        std::fs::write(&copied, [7; 100]).unwrap();
        assert_eq!(Journal::load(&lists, &copied, all), Journal::default());
        // A list is in the folder once, by the latest name.
        journal.save(Some(&lists), &renamed).unwrap();
        assert_eq!(std::fs::read_dir(&lists).unwrap().count(), 1);
    }

    #[test]
    fn the_list_of_a_file_that_was_moved_away_outlives_a_new_file_of_its_name() {
        let (folder, file, journal) = kept();
        let lists = folder.path().join("changes");
        let moved = folder.path().join("moved.mmdpickle");
        std::fs::rename(&file, &moved).unwrap();
        std::fs::write(&file, [1; 100]).unwrap();
        let mut other = Journal::default();
        other.push(step("new", None, Some(24)));
        other.save(Some(&lists), &file).unwrap();
        other.save(Some(&lists), &file).unwrap();
        let all = || places(&[24, 34, 44]);
        assert_eq!(Journal::load(&lists, &moved, all).steps(), journal.steps());
        assert_eq!(Journal::load(&lists, &file, all).steps(), other.steps());
    }

    #[test]
    fn a_step_is_skipped_or_done_in_another_way() {
        let mut journal = Journal::default();
        for key in ["a", "b", "c"] {
            journal.push(step(key, None, Some(24)));
        }
        journal.opened_at = 3;
        let of = |journal: &Journal| {
            let labels: Vec<String> = journal
                .steps()
                .iter()
                .map(|step| step.label.clone())
                .collect();
            (labels.join(", "), journal.position(), journal.opened_at())
        };
        journal.skip(true);
        assert_eq!(of(&journal), ("step a, step b".to_owned(), 2, 2));
        journal.resolve(true, step("theirs", Some(24), Some(34)));
        assert_eq!(of(&journal), ("step a, step theirs".to_owned(), 1, 2));
        journal.skip(false);
        assert_eq!(of(&journal), ("step a".to_owned(), 1, 1));
        journal.skip(false);
        journal.skip(true);
        journal.skip(true);
        assert_eq!(of(&journal), (String::new(), 0, 0));
    }

    #[test]
    fn the_oldest_steps_are_forgotten_where_they_remember_too_much() {
        let large = |label: &str| Step {
            label: label.to_owned(),
            made: vec![Made::Overwritten {
                key: "a".to_owned(),
                entry: Place {
                    offset: 24,
                    len: 10,
                },
                patches: vec![super::super::change::Patch {
                    at: 30,
                    old: vec![0; MAX_BYTES as usize / 4],
                    new: vec![1; 1],
                }],
            }],
        };
        let mut journal = Journal::default();
        for label in ["a", "b", "c", "d", "e"] {
            journal.push(large(label));
        }
        let steps: Vec<Step> = journal
            .steps()
            .iter()
            .map(|step| Step::clone(step))
            .collect();
        assert_eq!(labels(&steps), ["c", "d", "e"]);
        assert_eq!(journal.position(), 3);
    }

    #[test]
    fn going_back_to_the_opening_goes_no_further_than_what_is_left() {
        let mut journal = Journal::default();
        journal.push(step("a", None, Some(24)));
        journal.push(step("b", None, Some(34)));
        journal.opened_at = 2;
        journal.go_to(0);
        journal.push(step("c", None, Some(44)));
        assert_eq!(journal.opened_at(), 0);
    }
}
