//! What a user changes in a file, as a value; and what such a change came to, so that it can be taken back.

use crate::mmapdict::{Entry, Plan};
use crate::pickle::Value;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// One change of one file.
#[derive(Debug, Clone)]
pub enum Change {
    /// A value under a key.
    Put {
        /// The key.
        key: String,
        /// The value.
        value: Arc<Value>,
        /// The live entry it takes the place of; `None` for a new key. Anything else on disk is a conflict.
        over: Option<Place>,
    },
    /// What a file of another format holds, under a new key; see [`crate::exchange::import`].
    Import {
        /// The key.
        key: String,
        /// The file.
        file: PathBuf,
        /// A `.npy` file with the mask of an array.
        mask: Option<PathBuf>,
    },
    /// An array of zeros under a new key, which takes space only where it is written to.
    PutEmpty {
        /// The key.
        key: String,
        /// As NumPy prints it.
        dtype: String,
        /// Lengths of the axes.
        shape: Vec<u64>,
        /// Whether it has a mask, which masks nothing.
        masked: bool,
    },
    /// Delete keys: all or none, as far as the keys go.
    Delete {
        /// The keys.
        keys: Vec<String>,
    },
    /// Give a key another name.
    Rename {
        /// The key.
        key: String,
        /// Its new name.
        to: String,
    },
    /// Put a copy under another key.
    Duplicate {
        /// The key.
        key: String,
        /// The copy's key.
        to: String,
    },
    /// Bring a dead version back.
    Restore {
        /// The key.
        key: String,
        /// Where the version is.
        offset: u64,
    },
    /// Copy keys of another file.
    CopyFrom {
        /// The other file.
        file: PathBuf,
        /// Each key there, and the one it gets here.
        keys: Vec<(String, String)>,
    },
    /// Write over bytes of a value in place: cells of an array, or of its mask.
    Overwrite {
        /// The key.
        key: String,
        /// Its live entry.
        over: Place,
        /// Position in the file, and the new bytes there.
        patches: Vec<(u64, Vec<u8>)>,
        /// What it is, for the list of changes: `3 cells`.
        what: String,
    },
}

impl PartialEq for Change {
    /// Values are compared as the same object: that is what one action is.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Put { key, value, over },
                Self::Put {
                    key: other_key,
                    value: other_value,
                    over: other_over,
                },
            ) => key == other_key && Arc::ptr_eq(value, other_value) && over == other_over,
            (Self::Put { .. }, _) | (_, Self::Put { .. }) => false,
            _ => self.label() == other.label(),
        }
    }
}

impl Change {
    /// What it does, for lists and menus.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Put {
                key, over: None, ..
            }
            | Self::Import { key, .. }
            | Self::PutEmpty { key, .. } => format!("Add {}", shown(key)),
            Self::Put { key, .. } => format!("Change {}", shown(key)),
            Self::Delete { keys } => match keys.as_slice() {
                [key] => format!("Delete {}", shown(key)),
                _ => format!("Delete {} keys", keys.len()),
            },
            Self::Rename { key, to } => format!("Rename {} to {}", shown(key), shown(to)),
            Self::Duplicate { key, to } => format!("Copy {} to {}", shown(key), shown(to)),
            Self::Restore { key, offset } => {
                format!("Restore {} from byte {offset}", shown(key))
            }
            Self::CopyFrom { keys, .. } => match keys.as_slice() {
                [(_, to)] => format!("Copy {} from another file", shown(to)),
                _ => format!("Copy {} keys from another file", keys.len()),
            },
            Self::Overwrite { key, what, .. } => format!("Change {what} of {}", shown(key)),
        }
    }

    /// The key that is worth looking at when it is done.
    #[must_use]
    pub fn result_key(&self) -> Option<&str> {
        match self {
            Self::Put { key, .. }
            | Self::Import { key, .. }
            | Self::PutEmpty { key, .. }
            | Self::Restore { key, .. }
            | Self::Overwrite { key, .. } => Some(key),
            Self::Rename { to, .. } | Self::Duplicate { to, .. } => Some(to),
            Self::CopyFrom { keys, .. } => keys.last().map(|(_, to)| to.as_str()),
            Self::Delete { .. } => None,
        }
    }
}

fn shown(key: &str) -> String {
    if key.is_empty() {
        "the empty key".to_owned()
    } else {
        format!("\"{key}\"")
    }
}

/// Where an entry is: enough to tell that it is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Position in the file.
    pub offset: u64,
    /// Length of the whole entry.
    pub len: u64,
}

impl Place {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            offset: entry.offset,
            len: entry.len,
        }
    }

    /// The plan that this is the live entry; without one, that the key is not there.
    pub(super) fn plan(place: Option<Self>) -> Plan {
        place.map_or(Plan::Absent, |Self { offset, len }| Plan::Entry {
            offset,
            len,
        })
    }
}

/// One thing that was done to a file, with what it takes to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// Of a key's entries, one was switched off and one on. Both are still in the file.
    Switched {
        /// The key.
        key: String,
        /// Live before.
        off: Option<Place>,
        /// Live now.
        on: Option<Place>,
    },
    /// An entry got another key in place.
    Renamed {
        /// Before.
        from: String,
        /// Now.
        to: String,
        /// The entry.
        entry: Place,
    },
    /// Bytes of a value were written over.
    Overwritten {
        /// The key.
        key: String,
        /// The entry.
        entry: Place,
        /// What was where.
        patches: Vec<Patch>,
    },
}

/// Bytes that were written over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Position in the file.
    pub at: u64,
    /// Before.
    pub old: Vec<u8>,
    /// Now.
    pub new: Vec<u8>,
}

impl Made {
    /// The same the other way round.
    #[must_use]
    pub fn reversed(&self) -> Self {
        match self.clone() {
            Self::Switched { key, off, on } => Self::Switched {
                key,
                off: on,
                on: off,
            },
            Self::Renamed { from, to, entry } => Self::Renamed {
                from: to,
                to: from,
                entry,
            },
            Self::Overwritten {
                key,
                entry,
                patches,
            } => Self::Overwritten {
                key,
                entry,
                patches: patches
                    .into_iter()
                    .rev()
                    .map(|Patch { at, old, new }| Patch {
                        at,
                        old: new,
                        new: old,
                    })
                    .collect(),
            },
        }
    }

    /// The entries it needs to find where they were.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let places = match self {
            Self::Switched { off, on, .. } => [*off, *on],
            Self::Renamed { entry, .. } | Self::Overwritten { entry, .. } => [Some(*entry), None],
        };
        places.into_iter().flatten()
    }
}

/// One change that was made, as it is listed and undone: all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it did.
    pub label: String,
    /// How, in order.
    pub made: Vec<Made>,
}

impl Step {
    /// The step that undoes this one.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            label: self.label.clone(),
            made: self.made.iter().rev().map(Made::reversed).collect(),
        }
    }
}
