//! How far editing is for one document.

use super::change::Change;
use super::journal::Journal;
use crate::mmapdict::VacuumWay;
use std::collections::VecDeque;
use std::path::PathBuf;

/// Whether a file may be changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EditMode {
    /// It is open for reading only, as every file is at first.
    #[default]
    Off,
    /// A job finds out whether it can be.
    Checking,
    /// It can.
    On,
    /// It cannot; the text says why.
    Refused(String),
}

/// What a job is asked to do with the file.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::session) enum Task {
    /// Find out whether the file can be changed.
    Check,
    /// Change it.
    Change(Change),
    /// Take the last change back.
    Undo,
    /// Make what was taken back last again.
    Redo,
    /// Back to what the file was when it was opened.
    BackToOpened,
    /// Free the space of dead versions: nothing can be undone afterwards.
    FreeSpace(VacuumWay),
    /// Switch the spelling of arrays in place; the other way is the undo.
    SwitchSpelling {
        /// To the one that every NumPy loads.
        to_modern: bool,
    },
    /// Write a new file.
    Write(NewFile, PathBuf),
}

/// A new file that is made of another one, which stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewFile {
    /// A container with what a plain pickle holds.
    Converted,
    /// What can be saved of a damaged file.
    Repaired,
    /// Only what is live.
    Compacted,
    /// With arrays that every NumPy loads and the reference maps.
    Portable,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Editing {
    pub(super) mode: EditMode,
    pub(super) journal: Journal,
    /// Asked for while another one is carried out.
    pub(super) waiting: VecDeque<Task>,
    pub(super) running: Option<Task>,
}

impl Editing {
    /// Whether the file may be changed.
    pub fn mode(&self) -> &EditMode {
        &self.mode
    }

    /// Whether it may be changed now.
    pub fn is_on(&self) -> bool {
        self.mode == EditMode::On
    }

    /// The changes.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether a change is being carried out.
    pub fn is_busy(&self) -> bool {
        self.running.is_some() || !self.waiting.is_empty()
    }

    /// What an undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        let step = self.journal.undoable().filter(|_| self.is_on())?;
        Some(&step.label)
    }

    /// What a redo would make again.
    pub fn redo_label(&self) -> Option<&str> {
        let step = self.journal.redoable().filter(|_| self.is_on())?;
        Some(&step.label)
    }

    /// Whether the file is not as it was when it was opened, as far as the changes made here go.
    pub fn can_go_back(&self) -> bool {
        self.is_on() && self.journal.position() != self.journal.opened_at()
    }

    pub(in crate::session) fn set_journal(&mut self, journal: Journal) {
        self.journal = journal;
    }

    pub(in crate::session) fn set_mode(&mut self, mode: EditMode) {
        self.mode = mode;
    }

    pub(in crate::session) fn ask(&mut self, task: Task) {
        self.waiting.push_back(task);
    }
}
