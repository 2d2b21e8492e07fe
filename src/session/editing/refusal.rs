//! Why a change was not made, or not all of it, in the terms of whoever asked for it.

use crate::analysis::SelectError;
use crate::array::ArrayError;
use crate::dataset::MaskError;
use crate::exchange::ImportError;
use crate::mmapdict::EditError;

/// What can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Nothing in particular.
    Other,
    /// Another program changed the same thing.
    Conflict,
    /// What is needed to undo is no longer in the file.
    Gone,
    /// The user cancelled it.
    Cancelled,
    /// What was to be written over cannot be kept for undo; nothing was written.
    NotKept,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For the user, without the path.
    pub text: String,
    /// What can be done about it.
    pub kind: RefusalKind,
}

impl Refusal {
    pub(super) fn because(text: String) -> Self {
        Self {
            text,
            kind: RefusalKind::Other,
        }
    }
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        let kind = match &error {
            EditError::Conflict(_) | EditError::NoKey(_) | EditError::KeyExists(_) => {
                RefusalKind::Conflict
            }
            EditError::NoSuchVersion { .. } | EditError::Freed(_) => RefusalKind::Gone,
            EditError::Cancelled(_) => RefusalKind::Cancelled,
            _ => RefusalKind::Other,
        };
        let text = match error {
            EditError::Cancelled(_) => "Cancelled; nothing was changed".to_owned(),
            other => other.to_string(),
        };
        Self { text, kind }
    }
}

impl From<ImportError> for Refusal {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Edit(error) => error.into(),
            other => Self::because(format!("Nothing was written: {other}")),
        }
    }
}

impl From<MaskError> for Refusal {
    fn from(error: MaskError) -> Self {
        match error {
            MaskError::Cancelled(cancelled) => EditError::Cancelled(cancelled).into(),
            MaskError::Io(error) => EditError::from(error).into(),
            other => Self::because(format!("Nothing was changed: {other}")),
        }
    }
}

impl From<SelectError> for Refusal {
    fn from(error: SelectError) -> Self {
        match error {
            SelectError::Cancelled(cancelled) => EditError::Cancelled(cancelled).into(),
            other => Self::because(format!("Nothing was changed: {other}")),
        }
    }
}

impl From<ArrayError> for Refusal {
    fn from(error: ArrayError) -> Self {
        MaskError::Array(error).into()
    }
}
