//! Saving what is whole in a damaged container to a new one: first a plan that can be looked at, then the new file.
//!
//! What is kept: every entry whose value can be read by all readers, dead ones as history; of arrays that are cut the
//! complete rows. What is left out is named with its place and the reason. The damaged file is never written to.

mod alike;
mod judge;
mod names;

use super::compat::portable_array;
use super::{Dataset, Format};
use crate::array::ArrayLayout;
use crate::mmapdict::{
    ArrayHead, EditError, Gap, HEADER_LEN, HeaderError, Index, NewFile, Payload, Piece, Survey,
    Unfinished, create, lock_for_reading,
};
use crate::pickle::Value;
use crate::progress::Progress;
use crate::source::{ByteSource as _, FileSource, FileStamp};
use alike::Alike;
use judge::Making;
use names::Names;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;

/// As in [`crate::mmapdict::Editor::first_memo`].
const LARGE_MEMO: u32 = 1 << 16;

/// How often a file that changes while it is looked through is looked through again.
const TRIES: usize = 3;

/// Why a file was not repaired. `Display` is ready for a user, without the path.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// Nothing is whole.
    #[error("Nothing in this file can be saved: {0}")]
    Nothing(String),
    /// An assumption about an array that is not cut.
    #[error("There is no cut array {0:?} that dtype and shape could be assumed of")]
    NotCut(String),
    /// Another program wrote to the file.
    #[error("Another program changed the file meanwhile; try again")]
    Changed,
    /// Reading or writing failed.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// dtype and shape of an array, from somebody who knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// The array's key.
    pub key: String,
    /// As NumPy prints it.
    pub dtype: String,
    /// Lengths of the axes of the whole array.
    pub shape: Vec<u64>,
}

/// What would be kept of a file, and what not.
#[derive(Debug)]
pub struct RepairPlan {
    source: FileSource,
    stamp: FileStamp,
    /// What is wrong with the header.
    pub header: Option<HeaderError>,
    /// Commit number of the new file.
    pub commit: i32,
    /// In file order.
    pub kept: Vec<Kept>,
    /// In file order.
    pub cut: Vec<Cut>,
}

/// An entry that is kept.
#[derive(Debug)]
pub struct Kept {
    /// Its key in the new file.
    pub key: String,
    /// Whether the key is another than in the damaged file, where it is no UTF-8.
    pub is_renamed: bool,
    /// Where the entry begins in the damaged file.
    pub offset: u64,
    /// Whether it counts in the new file; else it is history.
    pub is_live: bool,
    /// `uint16 (80, 88, 200)`, `str`, …
    pub what: String,
    /// What was wrong with it.
    pub note: Option<String>,
    how: How,
}

/// Bytes that are not kept.
#[derive(Debug)]
pub struct Cut {
    /// Where.
    pub range: Range<u64>,
    /// The key, where one stands there.
    pub key: Option<String>,
    /// Why.
    pub why: String,
}

/// Where the value comes from.
#[derive(Debug)]
enum How {
    /// Opcodes with a memo field.
    Opcodes(Range<u64>, i32),
    /// A value that leans on what stands before it.
    Leaning(Value),
    /// An array that the reference cannot read as it is spelled.
    Array(ArrayLayout),
    /// Rows of a cut array.
    Rows(ArrayLayout, u64),
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repaired {
    /// Live keys.
    pub live: usize,
    /// Dead entries.
    pub dead: usize,
    /// Bytes of the new file.
    pub bytes: u64,
    /// Its commit number.
    pub commit: i32,
}

/// Looks through a file. Nothing is written.
///
/// # Errors
/// Nothing can be saved; or see [`RepairError`].
pub fn plan(
    path: &Path,
    assumed: &[Assumption],
    progress: &Progress,
) -> Result<RepairPlan, RepairError> {
    let source = FileSource::open(path).map_err(EditError::from)?;
    let (stamp, survey) = steady_survey(&source, progress)?;
    let renamed = renamed(&source, progress);
    let mut making = Making {
        source: &source,
        assumed,
        used: HashSet::new(),
        progress,
        names: Names::new(survey.found.iter().map(|found| &*found.key)),
        kept: Vec::new(),
        cut: Vec::new(),
        alike: Alike::default(),
        leaning: survey.leaning,
    };
    for found in survey.found {
        let key = renamed.get(&found.offset).unwrap_or(&found.key).clone();
        making.take(&key, found)?;
    }
    // What is wrong with the header is said of it.
    let is_header = |gap: &&Gap| survey.header.is_some() && gap.range == (0..HEADER_LEN);
    for gap in survey.gaps.iter().filter(|gap| !is_header(gap)) {
        making.look_at(gap);
    }
    if let Some(assumption) = assumed.iter().find(|a| !making.used.contains(&a.key)) {
        return Err(RepairError::NotCut(assumption.key.clone()));
    }
    let Making { kept, mut cut, .. } = making;
    if survey.gave_up {
        cut.push(Cut {
            range: 0..stamp.len,
            key: None,
            why: "very much of it looks like entries but is not; entries with a wrong length may have been missed".to_owned(),
        });
    }
    if kept.is_empty() {
        return Err(RepairError::Nothing(reason(path, &cut, progress)));
    }
    let mut kept = settle(kept);
    kept.sort_by_key(|kept| kept.1.offset);
    let kept: Vec<Kept> = kept.into_iter().map(|(_, kept)| kept).collect();
    cut.sort_by_key(|cut| cut.range.start);
    Ok(RepairPlan {
        commit: match survey.commit {
            Some(commit) => commit.wrapping_add(1),
            None => i32::try_from(kept.len()).unwrap_or(i32::MAX),
        },
        header: survey.header,
        kept,
        cut,
        source,
        stamp,
    })
}

/// Looks through a file without its lock, which a recorder may want: it takes as long as there is to look at. So only
/// what was found while the file stayed as it was counts.
fn steady_survey(
    source: &FileSource,
    progress: &Progress,
) -> Result<(FileStamp, Survey), RepairError> {
    for _ in 0..TRIES {
        // No change is half made at this moment.
        let lock = lock_for_reading(source);
        let stamp = source.stamp().map_err(EditError::from)?;
        drop(lock);
        let survey = Survey::of(source, progress)?;
        if source.stamp().map_err(EditError::from)? == stamp {
            return Ok((stamp, survey));
        }
    }
    Err(RepairError::Changed)
}

/// Keys that were being written over when a program was stopped; the index knows which they are.
fn renamed(source: &FileSource, progress: &Progress) -> HashMap<u64, Box<[u8]>> {
    match Index::read(source, progress) {
        Ok(Index {
            unfinished: Some(Unfinished::Rename(renaming)),
            entries,
            ..
        }) => entries
            .into_iter()
            .filter(|entry| entry.offset == renaming.offset)
            .map(|entry| (entry.offset, entry.key))
            .collect(),
        _ => HashMap::new(),
    }
}

fn reason(path: &Path, cut: &[Cut], progress: &Progress) -> String {
    match Dataset::open(path, progress) {
        Ok(dataset) if dataset.format() == Format::Pickle => {
            "it is a plain pickle and no container; convert makes one of it".to_owned()
        }
        Ok(_) if cut.is_empty() => "nothing is stored in it".to_owned(),
        _ => match cut.first() {
            Some(Cut { range, key, why }) => {
                let key = key
                    .as_ref()
                    .map(|key| format!("{key:?}: "))
                    .unwrap_or_default();
                format!("at byte {}: {key}{why}", range.start)
            }
            None => "nothing is stored in it".to_owned(),
        },
    }
}

/// Which entries count: of each key the last one that is alive, and those that readers see before those they do not, and
/// whole ones before rows. No two live entries of one key in a file that is sound.
fn settle(mut kept: Vec<(Rank, Kept)>) -> Vec<(Rank, Kept)> {
    let mut best: HashMap<String, (Rank, u64)> = HashMap::new();
    for (rank, kept) in kept.iter().filter(|(_, kept)| kept.is_live) {
        let this = (*rank, kept.offset);
        let best = best.entry(kept.key.clone()).or_insert(this);
        *best = this.max(*best);
    }
    for (_, kept) in &mut kept {
        kept.is_live &= best
            .get(&kept.key)
            .is_some_and(|(_, offset)| *offset == kept.offset);
    }
    kept
}

/// Which of several live entries of one key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Rows,
    Behind,
    Seen,
}

// --- writing -----------------------------------------------------------------------------------------

impl RepairPlan {
    /// Writes the new file, which must not exist. It appears when it is whole.
    ///
    /// # Errors
    /// See [`RepairError`].
    pub fn write(&self, output: &Path, progress: &Progress) -> Result<Repaired, RepairError> {
        progress.set_total(self.stamp.len);
        let written = create(output, Some(self.source.file()), |store| {
            let mut new = NewFile::begin(store, progress)?;
            let mut next_memo = 1;
            for kept in &self.kept {
                let payload = self.payload(kept, next_memo, progress)?;
                let next = u32::try_from(payload.memo).unwrap_or(1).max(next_memo);
                next_memo = if next > LARGE_MEMO { 1 } else { next };
                if kept.is_live {
                    new.add(kept.key.as_bytes(), payload)?;
                } else {
                    new.add_dead(kept.key.as_bytes(), payload)?;
                }
            }
            new.finish(self.commit)?;
            if self.source.stamp().map_err(EditError::from)? != self.stamp {
                return Err(RepairError::Changed);
            }
            Ok(store.len())
        });
        let bytes = written?;
        let live = self.kept.iter().filter(|kept| kept.is_live).count();
        Ok(Repaired {
            live,
            dead: self.kept.len() - live,
            bytes,
            commit: self.commit,
        })
    }

    fn payload(
        &self,
        kept: &Kept,
        next_memo: u32,
        progress: &Progress,
    ) -> Result<Payload<'_>, EditError> {
        match &kept.how {
            How::Opcodes(range, memo) => {
                Payload::of_range(&self.source, range.clone(), *memo, next_memo, progress)
            }
            How::Leaning(value) => Payload::of_value(value, next_memo, Some(&self.source)),
            How::Array(layout) => portable_array(&self.source, layout),
            How::Rows(layout, rows) => {
                let whole = layout.shape.first().copied().unwrap_or_default();
                let mut shape = layout.shape.clone();
                if let Some(first) = shape.first_mut() {
                    *first = *rows;
                }
                let part = |offset: u64, nbytes: u64| {
                    let row = nbytes.checked_div(whole).unwrap_or(nbytes);
                    Piece::Copy(&self.source, offset..offset + row * rows.min(&whole))
                };
                let head = ArrayHead {
                    dtype: layout.dtype.text(),
                    shape: &shape,
                };
                let mask = layout.mask.as_ref();
                let mask = mask.map(|mask| part(mask.data_offset, mask.nbytes));
                Payload::array(head, part(layout.data_offset, layout.nbytes), mask)
            }
        }
    }
}
