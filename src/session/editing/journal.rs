//! The list of changes of one file, and how far it is undone.
//!
//! It says where things are in the file, not what they are: the versions themselves stay in the file until a vacuum. It is
//! kept as JSON in a folder of the program, so that changes can be undone after the file was closed and opened again.
//! What cannot be read, or does not fit the file any more, is forgotten.

use super::change::{Place, Step};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More steps than this are forgotten, the oldest first.
const MAX_STEPS: usize = 1000;
/// Where steps remember more overwritten bytes than this, the oldest are forgotten. A single step that does is not kept on
/// the disk.
const MAX_BYTES: u64 = 64 << 20;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    steps: Vec<Arc<Step>>,
    /// Steps that are made; those behind are undone.
    at: usize,
    /// The value of `at` when the file was opened.
    opened_at: usize,
}

/// What is on the disk.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// For people who look at the file.
    path: String,
    at: usize,
    steps: Vec<Step>,
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
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Reads what was kept for a file; empty where there is nothing, or where it does not fit what the file holds now.
    #[must_use]
    pub fn load(folder: &Path, path: &Path, places: impl FnOnce() -> HashSet<Place>) -> Self {
        let read = || {
            let text = std::fs::read_to_string(file_in(folder, path)).ok()?;
            serde_json::from_str::<Stored>(&text).ok()
        };
        let Some(stored) = read() else {
            return Self::default();
        };
        let at = stored.at.min(stored.steps.len());
        let steps: Vec<Arc<Step>> = stored.steps.into_iter().map(Arc::new).collect();
        let places = places();
        let fits = steps
            .iter()
            .flat_map(|step| &step.made)
            .flat_map(|made| made.places())
            .all(|place| places.contains(&place));
        if !fits {
            return Self::default();
        }
        Self {
            steps,
            at,
            opened_at: at,
        }
    }

    /// Keeps it for later.
    ///
    /// # Errors
    /// What the system says.
    pub fn save(&self, folder: Option<&Path>, path: &Path) -> std::io::Result<()> {
        let Some(folder) = folder else { return Ok(()) };
        let file = file_in(folder, path);
        if self.steps.is_empty() || self.bytes() > MAX_BYTES {
            return match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let stored = Stored {
            path: path.display().to_string(),
            at: self.at,
            steps: self.steps.iter().map(|step| Step::clone(step)).collect(),
        };
        let text = serde_json::to_string(&stored).map_err(std::io::Error::other)?;
        crate::session::settings::save(&file, &text)
    }

    /// Bytes of what was written over.
    fn bytes(&self) -> u64 {
        self.steps.iter().map(|step| bytes_of(step)).sum()
    }
}

fn bytes_of(step: &Step) -> u64 {
    step.made.iter().map(super::change::Made::size).sum()
}

/// The journal of a file: named by its path, which may hold any bytes.
fn file_in(folder: &Path, path: &Path) -> PathBuf {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let name: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    folder.join(name).with_extension("json")
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

    #[test]
    fn it_is_kept_until_the_versions_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("/data/a.mmdpickle");
        let mut journal = Journal::default();
        journal.push(step("a", Some(24), Some(34)));
        journal.push(step("b", None, Some(44)));
        journal.go_to(1);
        journal.save(Some(folder.path()), path).unwrap();
        let places = |offsets: &[u64]| {
            let place = |&offset| Place { offset, len: 10 };
            offsets.iter().map(place).collect::<HashSet<_>>()
        };
        let load = |offsets: &[u64], path| Journal::load(folder.path(), path, || places(offsets));
        let back = load(&[24, 34, 44], path);
        assert_eq!(back.steps(), journal.steps());
        assert_eq!((back.position(), back.opened_at()), (1, 1));
        assert_eq!(load(&[24, 44], path), Journal::default());
        assert_eq!(
            load(&[24, 34, 44], Path::new("/data/b")),
            Journal::default()
        );
        journal.clear();
        journal.save(Some(folder.path()), path).unwrap();
        assert_eq!(load(&[24, 34, 44], path), Journal::default());
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
