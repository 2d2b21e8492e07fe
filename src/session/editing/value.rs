//! The value that is being edited: a draft of what the file holds, until it is applied or given up.
//!
//! There is one at most for each file, for the selected key. It begins when editing is on and the value is there; one
//! without changes follows the file, one with changes is kept, and if the file's value changes meanwhile that is a conflict
//! which the user decides.

use super::change::Place;
use super::{Change, EditMode};
use crate::pickle::draft::{DraftEdit, ValueDraft};
use crate::session::action::Action;
use crate::session::document::{Document, Face, Following};
use std::sync::Arc;

/// How the draft and the file go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftState {
    /// The draft lies over what the file holds.
    Open,
    /// It is being written.
    Applying,
    /// It was written, and the file is not read again yet.
    Applied,
    /// The file holds another value than the one that the draft was made of.
    Conflict,
    /// The file has the key no more.
    Gone,
}

/// See the module.
#[derive(Debug)]
pub struct ValueEdit {
    key: Arc<str>,
    base: Place,
    draft: ValueDraft,
    refused: Option<String>,
    state: DraftState,
    /// A field shows something that is not in the draft.
    is_unfinished: bool,
}

/// What to do with a draft before going elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Write it.
    Apply,
    /// Give it up.
    Discard,
    /// Do not go.
    Stay,
}

impl ValueEdit {
    /// Of which key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The draft.
    pub fn draft(&self) -> &ValueDraft {
        &self.draft
    }

    /// Why the last edit of the draft was not done.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// How it goes together with the file.
    pub fn state(&self) -> DraftState {
        self.state
    }

    /// Whether something would be lost with it.
    pub fn is_changed(&self) -> bool {
        self.state != DraftState::Applied && (self.draft.is_changed() || self.is_unfinished)
    }

    /// Whether it can be written now.
    pub fn can_apply(&self) -> bool {
        self.draft.is_changed() && !self.is_unfinished && self.state == DraftState::Open
    }
}

impl Document {
    /// The value that is being edited.
    pub fn value_edit(&self) -> Option<&ValueEdit> {
        self.value_edit.as_ref()
    }

    /// What waits for an answer of the user, since a draft would be lost.
    pub fn leaving(&self) -> Option<&Action> {
        self.leaving.as_ref()
    }

    /// Whether something would be lost if the file was closed.
    pub fn has_unsaved(&self) -> bool {
        self.value_edit.as_ref().is_some_and(ValueEdit::is_changed)
    }

    /// Makes, keeps or drops the draft, as the file and the selection are now.
    pub(in crate::session) fn update_value_edit(&mut self) {
        let place = |document: &Self, key: &str| {
            let item = document.dataset()?.item(key)?;
            Some(Place::of_item(item))
        };
        if let Some(edit) = &self.value_edit {
            let now = place(self, &edit.key);
            let is_selected = self.list.selected() == Some(&edit.key);
            if edit.state == DraftState::Applied {
                // It stays on the screen until the new value is there.
                let is_waiting = self.is_changing() || !self.feeds.value.is_current();
                if is_selected && is_waiting {
                    return;
                }
            }
            let is_same = now == Some(edit.base);
            let state = match now {
                _ if edit.state == DraftState::Applying || is_same => edit.state,
                None => DraftState::Gone,
                Some(_) => DraftState::Conflict,
            };
            let keeps = edit.is_changed() || edit.state == DraftState::Applying;
            let follows = is_selected && is_same && self.editing.mode == EditMode::On;
            if keeps || (follows && edit.state != DraftState::Applied) {
                let came_back = is_same && edit.state != DraftState::Applying;
                if let Some(edit) = &mut self.value_edit {
                    edit.state = if came_back { DraftState::Open } else { state };
                }
                return;
            }
            self.value_edit = None;
        }
        if self.editing.mode != EditMode::On || self.face() != Some(Face::Value) {
            return;
        }
        let feed = &self.feeds.value;
        let (Some(key), Some(value)) = (self.list.selected(), feed.shown()) else {
            return;
        };
        // What is shown must be of this revision, or the draft would lie over something else.
        if !feed.is_current() || feed.wanted().is_none() || self.is_changing() {
            return;
        }
        let Some(base) = place(self, key) else { return };
        self.value_edit = Some(ValueEdit {
            key: Arc::clone(key),
            base,
            draft: ValueDraft::new(value),
            refused: None,
            state: DraftState::Open,
            is_unfinished: false,
        });
    }

    /// Whether the file is being changed, or opened again because it was: what is shown is soon something else.
    fn is_changing(&self) -> bool {
        self.editing.is_busy() || self.following == Following::Refreshing
    }

    /// Edits the draft; what cannot be done is told beside the field.
    pub(in crate::session) fn edit_value(&mut self, edits: &[DraftEdit]) {
        let Some(edit) = &mut self.value_edit else {
            return;
        };
        if matches!(edit.state, DraftState::Applying | DraftState::Applied) {
            return;
        }
        for one in edits {
            edit.refused = edit.draft.apply(one).err().map(|error| error.to_string());
            if edit.refused.is_some() {
                break;
            }
        }
    }

    pub(in crate::session) fn set_unfinished(&mut self, is_unfinished: bool) {
        if let Some(edit) = &mut self.value_edit {
            edit.is_unfinished = is_unfinished;
        }
    }

    /// Undoes or redoes in the draft. Returns whether there was anything.
    pub(in crate::session) fn step_value(&mut self, back: bool) -> bool {
        let Some(edit) = &mut self.value_edit else {
            return false;
        };
        if matches!(edit.state, DraftState::Applying | DraftState::Applied) {
            return false;
        }
        edit.refused = None;
        if back {
            edit.draft.undo()
        } else {
            edit.draft.redo()
        }
    }

    /// The change that writes the draft; `over_theirs`: also in place of what somebody else wrote.
    pub(in crate::session) fn apply_value(&mut self, over_theirs: bool) -> Option<Change> {
        let dataset = self.snapshot()?.dataset.clone();
        let edit = self.value_edit.as_mut()?;
        let now = dataset.item(&edit.key).map(Place::of_item);
        let over = match over_theirs {
            true => now,
            false if edit.state == DraftState::Open => Some(edit.base),
            false => return None,
        };
        if edit.is_unfinished || matches!(edit.state, DraftState::Applying | DraftState::Applied) {
            return None;
        }
        edit.state = DraftState::Applying;
        Some(Change::Put {
            key: edit.key.to_string(),
            value: Arc::new(edit.draft.value().clone()),
            over,
        })
    }

    /// What was written is no draft any more; what was not stays one.
    pub(super) fn value_was_applied(&mut self, key: &str, is_done: bool) {
        let Some(edit) = &mut self.value_edit else {
            return;
        };
        if &*edit.key != key || edit.state != DraftState::Applying {
            return;
        }
        if is_done {
            edit.state = DraftState::Applied;
        } else {
            edit.state = DraftState::Open;
            self.leaving = None;
        }
    }

    pub(in crate::session) fn discard_value(&mut self) {
        self.value_edit = None;
    }
}
