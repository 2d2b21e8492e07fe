//! How far editing is for one document.

use super::apply::Keeping;
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
    Change(Change, Keeping),
    /// Take the last change back, or make what was taken back last again.
    Step(Way),
    /// Take one step out of the list; the file stays as it is.
    Skip(Way),
    /// Make a step although another program changed what it is about.
    Force(Way),
    /// Clean up what an interrupted change left.
    CleanUp,
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

/// Which way a step is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is taken back.
    Undo,
    /// It is made again.
    Redo,
}

/// What stands in the way of a change, until the user answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// A step of the list: another program changed what it is about, or what it needs is gone.
    Blocked {
        /// Which way it was to go.
        way: Way,
        /// What the step did.
        label: String,
        /// What is in the way.
        why: String,
        /// Whether it can be made all the same, as a new version.
        can_force: bool,
    },
    /// Cells were to be written over, and what they were cannot be kept for undo.
    NotKept {
        /// The change.
        change: Change,
        /// Why it cannot be kept.
        why: String,
    },
}

/// What the user answers to a [`Question`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Leave everything as it is.
    Cancel,
    /// Take the step out of the list.
    Skip,
    /// Make the step all the same: what is replaced stays as an earlier version.
    Force,
    /// Change a copy of the value: the previous cells stay in the file.
    NewVersion,
    /// Write over the cells; they can be undone until the file is closed.
    WriteOver,
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
    pub(super) question: Option<Question>,
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

    /// What the user is to answer before anything else is done.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    pub(in crate::session) fn take_question(&mut self) -> Option<Question> {
        self.question.take()
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
