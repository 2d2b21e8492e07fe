//! Saving what is whole in a damaged container to a new one: first a plan that can be looked at, then the new file.
//!
//! What is kept: every entry whose value can be read by all readers, dead ones as history; of arrays that are cut the
//! complete rows. What is left out is named with its place and the reason. The damaged file is never written to.

use super::compat::portable_array;
use super::cut_array::{self, CutArray};
use super::item::Content;
use super::recognise::recognise;
use super::{Dataset, Format};
use crate::array::{ArrayLayout, DType, MaskLayout};
use crate::mmapdict::{
    ArrayHead, EditError, Entry, EntryState, Fault, Found, Gap, HEADER_LEN, HeaderError, Index,
    MASKED_PREFIX, MAX_KEY_LEN, NewFile, Payload, Piece, Survey, Unfinished, create, is_freed,
};
use crate::pickle::{Limits, Value, decode_top, decode_value, obstacle, text};
use crate::progress::Progress;
use crate::source::{ByteSource as _, FileSource, FileStamp};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;

/// As in [`crate::mmapdict::Editor::first_memo`].
const LARGE_MEMO: u32 = 1 << 16;

/// NumPy's own limit since 2.0.
const MAX_DIMENSIONS: usize = 64;

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
    /// Opcodes that lean on everything before them; where they end.
    Leaning(u64),
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
    let stamp = source.stamp().map_err(EditError::from)?;
    let survey = Survey::of(&source, progress)?;
    let mut making = Making {
        source: &source,
        assumed,
        used: HashSet::new(),
        progress,
        kept: Vec::new(),
        cut: Vec::new(),
        layouts: Vec::new(),
    };
    let renamed = renamed(&source, progress);
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
            why: "very much of it looks like entries and is none; entries with a wrong length may have been missed".to_owned(),
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

// --- making a plan -----------------------------------------------------------------------------------

struct Making<'s> {
    source: &'s FileSource,
    assumed: &'s [Assumption],
    /// Keys of assumptions that were of use.
    used: HashSet<String>,
    progress: &'s Progress,
    kept: Vec<(Rank, Kept)>,
    cut: Vec<Cut>,
    /// Of the arrays that are kept.
    layouts: Vec<(String, ArrayLayout)>,
}

impl Making<'_> {
    fn take(&mut self, key: &[u8], found: Found) -> Result<(), RepairError> {
        self.progress.check().map_err(EditError::from)?;
        let what = match self.judge(&found) {
            Ok(what) => what,
            Err(why) => {
                self.cut.push(Cut {
                    range: found.offset..found.end,
                    key: Some(text::escaped(key).into_owned()),
                    why,
                });
                return Ok(());
            }
        };
        let (name, is_renamed) = self.name(key);
        if let Content::Array(layout) = &what {
            self.layouts.push((name.clone(), layout.clone()));
        }
        let mut notes: Vec<String> = found.fault.iter().map(Fault::to_string).collect();
        if found.is_behind {
            notes.push("it stood behind the end of the dict, where no reader looks".to_owned());
        }
        let is_odd = found.fault.is_none() && !matches!(found.flag, 0x88 | b'0');
        if is_odd {
            notes.push(format!(
                "its flag is 0x{:02x}: dead for mmappickle, alive for plain pickle",
                found.flag
            ));
        }
        let how = match (&found.fault, &what) {
            (Some(Fault::Memo), _) => How::Leaning(found.value.end),
            (_, Content::Array(layout)) if is_hidden(layout) => How::Array(layout.clone()),
            _ => How::Opcodes(found.value, found.memo),
        };
        let rank = if found.is_behind {
            Rank::Behind
        } else {
            Rank::Seen
        };
        let kept = Kept {
            key: name,
            is_renamed,
            offset: found.offset,
            is_live: found.flag == 0x88,
            what: what_text(&what),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            how,
        };
        self.kept.push((rank, kept));
        Ok(())
    }

    /// What an entry is, or why it would spoil the new file.
    fn judge(&self, found: &Found) -> Result<Content, String> {
        if is_freed(&entry(found)) {
            return Err("its data was freed by a vacuum".to_owned());
        }
        let value = match found.fault {
            Some(Fault::Memo) => leaning(self.source, found.value.end, self.progress),
            _ => {
                let Range { start, end } = found.value;
                decode_value(self.source, start, end, &Limits::READ_BACK, self.progress)
            }
        };
        let value = value.map_err(|err| err.to_string())?;
        if let Some(why) = obstacle(&value) {
            return Err(format!("plain pickle cannot load it: {why}"));
        }
        if found.fault == Some(Fault::Memo) {
            return Ok(Content::Value {
                type_name: value.type_name(value.root()),
                len: None,
            });
        }
        let payload = Payload::of_range(self.source, found.value.clone(), 0, 1, self.progress);
        payload.map_err(|err| err.to_string())?;
        let content = recognise(self.source, found.value.clone(), self.progress).content;
        if !matches!(content, Content::Array(_)) && self.is_taken_for_masked(found) {
            return Err("it begins like a masked array and is none".to_owned());
        }
        match &content {
            Content::Array(layout) => match array_problem(layout) {
                Some(why) => Err(why),
                None => Ok(content),
            },
            Content::Unreadable {
                type_name: Some(name),
                why,
                ..
            } if name == "ndarray" || name.ends_with("MaskedArray") => Err(why.clone()),
            _ if has_odd_shape(&value) => {
                Err("its shape has a negative length, or too many axes".to_owned())
            }
            _ => Ok(content),
        }
    }

    /// Whether the reference takes a value for a masked array, which it knows by its beginning, and fails on another.
    fn is_taken_for_masked(&self, found: &Found) -> bool {
        let mut start = [0; MASKED_PREFIX.len()];
        let read = self.source.read_at(found.value.start, &mut start);
        read.is_ok() && start == MASKED_PREFIX
    }

    /// A key as a str of UTF-8, that no other has.
    fn name(&self, key: &[u8]) -> (String, bool) {
        if let Ok(key) = std::str::from_utf8(key) {
            return (key.to_owned(), false);
        }
        let escaped = text::escaped(key);
        for count in 0_u32.. {
            let tail = if count == 0 {
                String::new()
            } else {
                format!(" ({count})")
            };
            let room = MAX_KEY_LEN - tail.len();
            let start = escaped
                .char_indices()
                .map(|(at, c)| at + c.len_utf8())
                .take_while(|end| *end <= room)
                .last()
                .and_then(|end| escaped.get(..end))
                .unwrap_or_default();
            let name = format!("{start}{tail}");
            if !self.kept.iter().any(|(_, kept)| kept.key == name) {
                return (name, true);
            }
        }
        (String::new(), true)
    }

    fn look_at(&mut self, gap: &Gap) {
        let key = gap
            .head
            .as_ref()
            .map(|head| text::escaped(&head.key).into_owned());
        let mut why = gap.why.to_string();
        if let (Some(head), Some(name)) = (&gap.head, &key)
            && head.end > gap.range.end
            && let Some(array) = cut_array::read(self.source, head.value, gap.range.end)
        {
            match self.rows(name, &array) {
                Ok((layout, rows, note)) => {
                    let all = layout.shape.first().copied().unwrap_or_default();
                    let (name, is_renamed) = self.name(&head.key);
                    let kept = Kept {
                        key: name,
                        is_renamed,
                        offset: gap.range.start,
                        is_live: true,
                        what: array_text(&layout),
                        note: Some(format!("it is cut; {rows} of {all} rows are kept{note}")),
                        how: How::Rows(layout, rows),
                    };
                    self.kept.push((Rank::Rows, kept));
                    return;
                }
                Err(text) => why = format!("{why}; {text}"),
            }
        }
        self.cut.push(Cut {
            range: gap.range.clone(),
            key,
            why,
        });
    }

    /// The layout of a cut array as it was, how many of its rows are kept, and what is to be said about that.
    fn rows(&mut self, key: &str, array: &CutArray) -> Result<(ArrayLayout, u64, String), String> {
        let (data, nbytes, is_masked) = match array {
            CutArray::Known { layout, rows } => {
                return match rows.or(layout.shape.first().copied()) {
                    None | Some(0) => Err("no row of its mask is whole; its data is".to_owned()),
                    Some(_) if array_problem(layout).is_some() => {
                        Err("its dtype cannot be read".to_owned())
                    }
                    Some(rows) => Ok((layout.clone(), rows, String::new())),
                };
            }
            CutArray::Data {
                data,
                nbytes,
                is_masked,
            } => (data, *nbytes, *is_masked),
        };
        let there = data.end - data.start;
        let lost = format!(
            "of an array {there} of {nbytes} bytes are there, from byte {}; its dtype and shape stood behind them",
            data.start
        );
        let assumed = self.assumed.iter().find(|assumed| assumed.key == key);
        let (dtype, shape, source) = match (assumed, self.alike(key, nbytes)) {
            (Some(assumed), _) => {
                self.used.insert(key.to_owned());
                let dtype = DType::parse(&assumed.dtype);
                (dtype, assumed.shape.clone(), "as assumed".to_owned())
            }
            (None, Some((name, layout))) if !is_masked => {
                let source = format!("taken from {name:?}, which is as long");
                (layout.dtype.clone(), layout.shape.clone(), source)
            }
            _ => {
                return Err(format!(
                    "{lost}; if you know them, give them with --assume '{key}=DTYPE:SHAPE'"
                ));
            }
        };
        let layout = ArrayLayout {
            dtype,
            shape,
            fortran: false,
            data_offset: data.start,
            nbytes,
            mask: None,
        };
        layout.check().map_err(|err| format!("{lost}; {err}"))?;
        let whole = layout.shape.first().copied().unwrap_or_default();
        let row = nbytes.checked_div(whole).filter(|row| *row > 0);
        let mask = if is_masked { "; its mask is lost" } else { "" };
        match row.map(|row| there / row) {
            None | Some(0) => Err(format!("{lost}; not one row is whole")),
            Some(rows) => Ok((
                layout,
                rows,
                format!("; dtype and shape are {source}{mask}"),
            )),
        }
    }

    /// An array of the same number of bytes: an earlier version of the key, or any, if all of these are alike.
    fn alike(&self, key: &str, nbytes: u64) -> Option<&(String, ArrayLayout)> {
        let mut same = self
            .layouts
            .iter()
            .filter(|(_, layout)| layout.nbytes == nbytes);
        if let Some(earlier) = same.clone().rev().find(|(name, _)| name == key) {
            return Some(earlier);
        }
        let first = same.next()?;
        let is_like =
            |layout: &ArrayLayout| layout.dtype == first.1.dtype && layout.shape == first.1.shape;
        same.all(|(_, layout)| is_like(layout)).then_some(first)
    }
}

fn entry(found: &Found) -> Entry {
    Entry {
        offset: found.offset,
        len: found.end - found.offset,
        key: found.key.clone(),
        memo: found.memo,
        flag: found.flag,
        state: EntryState::Live,
    }
}

fn leaning(
    source: &FileSource,
    end: u64,
    progress: &Progress,
) -> Result<Value, crate::pickle::DecodeError> {
    decode_top(source, 0, end, &Limits::READ_BACK, progress)
}

/// Why plain pickle cannot build an array, if so: one such array makes the whole file unreadable.
fn array_problem(layout: &ArrayLayout) -> Option<String> {
    let dtype = layout.dtype.text();
    let is_literal = dtype.starts_with(['[', '{']) || dtype.starts_with("(numpy.");
    let size = layout.dtype.itemsize().unwrap_or_default();
    // NumPy multiplies all lengths but zeros.
    let mut lengths = layout.shape.iter().filter(|length| **length > 0);
    let bytes = lengths.try_fold(size, |bytes, &length| bytes.checked_mul(length));
    if !bytes.is_some_and(|bytes| i64::try_from(bytes).is_ok()) {
        return Some("its shape is larger than NumPy takes".to_owned());
    }
    match layout.dtype.itemsize() {
        Some(size) if size > 0 && !is_literal => None,
        _ => Some(format!(
            "NumPy cannot make an array of the dtype '{dtype}' from its text"
        )),
    }
}

/// Whether a reshaped array has a shape that no array has. NumPy takes a negative length for "whatever is left".
fn has_odd_shape(value: &Value) -> bool {
    match value.call(value.root()) {
        Some((module, "reshape", [_, shape])) if module.starts_with("numpy") => {
            value.items(*shape).is_some_and(|sizes| {
                let is_negative = |size: i64| size < 0;
                sizes.len() > MAX_DIMENSIONS
                    || sizes
                        .iter()
                        .any(|&size| value.int(size).is_some_and(is_negative))
            })
        }
        _ => false,
    }
}

/// What the reference writes and cannot read: arrays without axes, and masks of a single value.
fn is_hidden(layout: &ArrayLayout) -> bool {
    let is_for_all = layout
        .mask
        .as_ref()
        .is_some_and(MaskLayout::is_for_all_cells);
    layout.shape.is_empty() || is_for_all
}

fn what_text(content: &Content) -> String {
    match content {
        Content::Array(layout) => array_text(layout),
        Content::Value { type_name, .. } => type_name.clone(),
        Content::Unreadable { type_name, .. } => {
            type_name.clone().unwrap_or_else(|| "value".to_owned())
        }
    }
}

fn array_text(layout: &ArrayLayout) -> String {
    let sizes: Vec<String> = layout.shape.iter().map(u64::to_string).collect();
    let masked = if layout.mask.is_some() { "masked " } else { "" };
    format!("{masked}{} ({})", layout.dtype.text(), sizes.join(", "))
}

// --- writing -----------------------------------------------------------------------------------------

impl RepairPlan {
    /// Writes the new file, which must not exist. It appears when it is whole.
    ///
    /// # Errors
    /// See [`RepairError`].
    pub fn write(&self, output: &Path, progress: &Progress) -> Result<Repaired, RepairError> {
        progress.set_total(self.stamp.len);
        let written = create(output, |store| {
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
            if self.source.stamp()? != self.stamp {
                return Ok(None);
            }
            Ok(Some(store.source().stamp()?.len))
        });
        let bytes = written?.ok_or(RepairError::Changed)?;
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
            How::Leaning(end) => {
                let value = leaning(&self.source, *end, progress)?;
                Payload::of_value(&value, next_memo, Some(&self.source))
            }
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
