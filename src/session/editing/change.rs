//! What a user changes in a file, as a value; and what such a change came to, so that it can be taken back.

use crate::analysis::{Likeness, Values};
use crate::array::Outline;
use crate::dataset::{Item, MaskPlane, Paint};
use crate::mmapdict::{Entry, Fill, Plan};
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
    /// Mask cells of an array in place, or unmask them.
    Mask {
        /// The key.
        key: String,
        /// Its live entry.
        over: Place,
        /// In which picture, and in which bands.
        plane: MaskPlane,
        /// Which pixels of it.
        pixels: MaskPixels,
        /// What happens to them.
        paint: Paint,
    },
    /// Give an array a mask, or take it away: a new version of it.
    SetMask {
        /// The key.
        key: String,
        /// The live entry it takes the place of.
        over: Place,
        /// Whether it has one afterwards.
        is_masked: bool,
    },
}

/// Which pixels of a picture get masked, or unmasked.
#[derive(Debug, Clone, PartialEq)]
pub enum MaskPixels {
    /// What was drawn.
    Outline(Outline),
    /// Those with such values; of a cube, at this index (that of the rows and columns does not matter).
    Values {
        /// Which.
        values: Values,
        /// Index of each axis.
        at: Vec<usize>,
    },
    /// Those around one that are like it.
    Similar {
        /// Row, column.
        seed: [usize; 2],
        /// How much like it.
        likeness: Likeness,
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
            Self::Mask { key, paint, .. } => {
                let verb = match paint {
                    Paint::Mask => "Mask",
                    Paint::Unmask => "Unmask",
                    Paint::Invert => "Invert the mask of",
                };
                format!("{verb} cells of {}", shown(key))
            }
            Self::SetMask { key, is_masked, .. } => match is_masked {
                true => format!("Add a mask to {}", shown(key)),
                false => format!("Remove the mask of {}", shown(key)),
            },
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
            | Self::Overwrite { key, .. }
            | Self::Mask { key, .. }
            | Self::SetMask { key, .. } => Some(key),
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

    /// Where the entry of a key is.
    #[must_use]
    pub fn of_item(item: &Item) -> Self {
        Self {
            offset: item.offset,
            len: item.length,
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
    /// Cells of a mask were written over.
    Filled {
        /// The key.
        key: String,
        /// The entry.
        entry: Place,
        /// What was where.
        #[serde(with = "fills_as_rows")]
        fills: Vec<Fill>,
    },
}

/// Fills as lists of five numbers: there may be a million.
mod fills_as_rows {
    use crate::mmapdict::Fill;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(fills: &[Fill], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(
            fills
                .iter()
                .map(|fill| (fill.at, fill.step, fill.count, fill.old, fill.new)),
        )
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Fill>, D::Error> {
        let rows = Vec::<(u64, u64, u64, u8, u8)>::deserialize(from)?;
        let fill = |(at, step, count, old, new)| Fill {
            at,
            step,
            count,
            old,
            new,
        };
        Ok(rows.into_iter().map(fill).collect())
    }
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
            Self::Filled { key, entry, fills } => Self::Filled {
                key,
                entry,
                fills: fills.iter().rev().map(Fill::reversed).collect(),
            },
        }
    }

    /// How many cells of a mask changed; `None` where it is about something else.
    #[must_use]
    pub fn masked_cells(&self) -> Option<u64> {
        match self {
            Self::Filled { fills, .. } => Some(fills.iter().map(|fill| fill.count).sum()),
            _ => None,
        }
    }

    /// Bytes that it remembers, about.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Overwritten { patches, .. } => {
                let sizes = patches
                    .iter()
                    .map(|patch| patch.old.len() + patch.new.len());
                sizes.sum::<usize>() as u64
            }
            Self::Filled { fills, .. } => 32 * fills.len() as u64,
            Self::Switched { .. } | Self::Renamed { .. } => 0,
        }
    }

    /// The entries it needs to find where they were.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let places = match self {
            Self::Switched { off, on, .. } => [*off, *on],
            Self::Renamed { entry, .. }
            | Self::Overwritten { entry, .. }
            | Self::Filled { entry, .. } => [Some(*entry), None],
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
