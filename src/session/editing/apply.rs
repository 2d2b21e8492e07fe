//! Carrying changes out on the file. Runs in jobs; knows no session. Taking them back is `replay`'s business.
//!
//! What is written over in place is told to whoever asked ([`Note`]) before the first byte of it is: if the program ends in
//! the middle, what was there before is known. Where it cannot be kept, nothing is written.

use super::change::{Change, Made, MaskPixels, Patch, Place};
use super::refusal::{Refusal, RefusalKind};
use super::state::NewFile;
use crate::analysis::{SelectError, by_likeness, by_value};
use crate::array::{ArrayError, ArrayLayout, ArrayView, RowRun};
use crate::dataset::compat::portable;
use crate::dataset::{Dataset, Item, MaskPlane, convert, fills, repair, set_mask};
use crate::exchange::{import, put_empty};
use crate::mmapdict::{
    Done, Doubt, EditError, Editor, Entry, Fill, Payload, Plan, Switch, VacuumWay, clean_up, edit,
    read_index, switch_in_steps, vacuum,
};
use crate::progress::Progress;
use crate::session::cut::fix_axes;
use crate::source::FileSource;
use std::path::Path;

/// What came of a change, or of a part of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was made.
    pub made: Vec<Made>,
    /// What is not certain about it.
    pub doubt: Option<Doubt>,
}

impl Outcome {
    /// Of a key, another version counts now.
    pub(super) fn switched(&mut self, key: &str, done: &Done) {
        self.doubt(done.doubt.as_ref());
        self.made.push(Made::Switched {
            key: key.to_owned(),
            off: done.replaced.as_ref().map(Place::of),
            on: done.entry.as_ref().map(Place::of),
        });
    }

    pub(super) fn doubt(&mut self, doubt: Option<&Doubt>) {
        self.doubt = self.doubt.take().or_else(|| doubt.cloned());
    }
}

/// What came of a change, and why that is not all.
pub type Applied = (Outcome, Result<(), Refusal>);

/// Told what is about to be written over in place. An error, for the user, is why that cannot be kept: then it is not written.
pub type Note<'a> = &'a mut dyn FnMut(&[Made]) -> Result<(), String>;

/// What becomes of bytes that a change writes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeping {
    /// The undo list has them, on the disk; where that cannot be, the change is not made.
    #[default]
    List,
    /// The undo list has them as long as the program runs.
    Memory,
    /// They stay in the file: the change makes a new version of the value.
    File,
}

/// Makes a change.
pub fn apply(
    path: &Path,
    change: &Change,
    keeping: Keeping,
    progress: &Progress,
    note: Note<'_>,
) -> Applied {
    let mut out = Outcome::default();
    let result = try_apply(path, change, keeping, progress, &mut out, note);
    (out, result)
}

fn try_apply(
    path: &Path,
    change: &Change,
    keeping: Keeping,
    progress: &Progress,
    out: &mut Outcome,
    note: Note<'_>,
) -> Result<(), Refusal> {
    match change {
        Change::Put { key, value, over } => {
            let plan = Place::plan(*over);
            let done = edit(path, progress, |editor| editor.put_value(key, plan, value))?;
            out.switched(key, &done);
        }
        Change::Import { key, file, mask } => {
            let done = import(path, key, Plan::Absent, file, mask.as_deref(), progress)?;
            out.switched(key, &done);
        }
        Change::PutEmpty {
            key,
            dtype,
            shape,
            masked,
        } => {
            let done = put_empty(path, key, Plan::Absent, dtype, shape, *masked, progress)?;
            out.switched(key, &done);
        }
        Change::CopyFrom { file, keys } => copy_from(path, file, keys, progress, out)?,
        Change::Mask {
            key,
            over,
            plane,
            pixels,
            paint,
        } => {
            let (layout, runs) = masked_pixels(path, key, *over, plane, pixels, progress)?;
            edit(path, progress, |editor| {
                check(editor, key, Some(*over))?;
                let fills = fills(editor.store(), &layout, plane, &runs, *paint, progress);
                Ok(fills.map_err(Refusal::from).and_then(|fills| {
                    write_over(
                        editor,
                        (key, *over),
                        Cells::Mask(fills),
                        keeping,
                        progress,
                        out,
                        note,
                    )
                }))
            })??;
        }
        Change::Overwrite {
            key, over, patches, ..
        } => edit(path, progress, |editor| {
            check(editor, key, Some(*over))?;
            let cells = Cells::Bytes(with_old_bytes(editor, patches)?);
            Ok(write_over(
                editor,
                (key, *over),
                cells,
                keeping,
                progress,
                out,
                note,
            ))
        })??,
        Change::SetMask {
            key,
            over,
            is_masked,
        } => {
            let dataset = Dataset::open(path, progress)
                .map_err(|error| Refusal::because(error.to_string()))?;
            let layout = layout_of(&dataset, key, *over)?;
            let plan = Place::plan(Some(*over));
            progress.set_total(layout.nbytes);
            let done = edit(path, progress, |editor| {
                set_mask(editor, key, plan, layout, *is_masked)
            })??;
            out.switched(key, &done);
        }
        Change::Delete { keys } => delete(path, keys, progress, out)?,
        Change::Rename { key, to } => {
            edit(path, progress, |editor| rename(editor, key, to, out))?;
        }
        Change::Duplicate { key, to } => {
            let done = edit(path, progress, |editor| {
                editor.duplicate(key, to, Plan::Any)
            })?;
            out.switched(to, &done);
        }
        Change::Restore { key, offset } => {
            let done = edit(path, progress, |editor| {
                editor.restore(key, Some(*offset), Plan::Any)
            })?;
            out.switched(key, &done);
        }
    }
    Ok(())
}

/// Bytes that a change writes over in place.
#[derive(Clone)]
pub(super) enum Cells {
    /// Of cells.
    Bytes(Vec<Patch>),
    /// Of cells of a mask.
    Mask(Vec<Fill>),
}

impl Cells {
    fn is_empty(&self) -> bool {
        match self {
            Self::Bytes(patches) => patches.is_empty(),
            Self::Mask(fills) => fills.is_empty(),
        }
    }

    /// The same in a copy of the value that begins elsewhere; `None` if it does not lie in the value.
    fn moved(&self, from: u64, to: u64) -> Option<Self> {
        let place = |at: u64| at.checked_sub(from)?.checked_add(to);
        Some(match self {
            Self::Bytes(patches) => Self::Bytes(
                patches
                    .iter()
                    .map(|patch| {
                        Some(Patch {
                            at: place(patch.at)?,
                            ..patch.clone()
                        })
                    })
                    .collect::<Option<_>>()?,
            ),
            Self::Mask(fills) => Self::Mask(
                fills
                    .iter()
                    .map(|fill| {
                        Some(Fill {
                            at: place(fill.at)?,
                            ..*fill
                        })
                    })
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// Gives what is not certain about it.
    pub(super) fn write(&self, editor: &mut Editor<'_>) -> Result<Option<Doubt>, EditError> {
        let counted = match self {
            Self::Bytes(patches) => {
                let places: Vec<(u64, &[u8])> = patches
                    .iter()
                    .map(|patch| (patch.at, patch.new.as_slice()))
                    .collect();
                editor.overwrite(&places)?
            }
            Self::Mask(fills) => editor.fill(fills)?,
        };
        Ok(counted.doubt)
    }

    fn made(self, key: &str, entry: Place) -> Made {
        let key = key.to_owned();
        match self {
            Self::Bytes(patches) => Made::Overwritten {
                key,
                entry,
                patches,
            },
            Self::Mask(fills) => Made::Filled { key, entry, fills },
        }
    }
}

/// Writes cells of the live entry of a key, in place or in a new version.
fn write_over(
    editor: &mut Editor<'_>,
    (key, over): (&str, Place),
    cells: Cells,
    keeping: Keeping,
    progress: &Progress,
    out: &mut Outcome,
    note: Note<'_>,
) -> Result<(), Refusal> {
    if cells.is_empty() {
        return Ok(());
    }
    if keeping == Keeping::File {
        let plan = Place::plan(Some(over));
        return in_a_copy(editor, (key, over), plan, &cells, progress, out);
    }
    out.made.push(cells.clone().made(key, over));
    if let Err(why) = note(&out.made)
        && keeping == Keeping::List
    {
        out.made.pop();
        return Err(Refusal {
            text: format!(
                "Nothing was changed: the previous cells cannot be kept for undo ({why})"
            ),
            kind: RefusalKind::NotKept,
        });
    }
    let written = cells.write(editor);
    // What failed was taken back, unless that failed, too.
    if let Err(error) = &written
        && !matches!(error, EditError::Half(_))
    {
        out.made.pop();
    }
    out.doubt(written?.as_ref());
    Ok(())
}

/// Writes cells in a copy of an entry, live or dead, which becomes the live version of the key; the entry stays as it is.
pub(super) fn in_a_copy(
    editor: &mut Editor<'_>,
    (key, of): (&str, Place),
    plan: Plan,
    cells: &Cells,
    progress: &Progress,
    out: &mut Outcome,
) -> Result<(), Refusal> {
    let from = entry_at(editor, key, of)?;
    let (range, memo) = (from.value_range(), from.memo);
    let first_memo = editor.first_memo();
    let payload = Payload::of_range(editor.store(), range.clone(), memo, first_memo, progress)?;
    // What is encoded anew has its cells elsewhere.
    if payload.len() != Some(range.end - range.start) {
        return Err(Refusal::because(format!(
            "Nothing was changed: \"{key}\" cannot be copied byte for byte"
        )));
    }
    progress.set_total(of.len);
    let done = editor.put(key, plan, payload)?;
    out.switched(key, &done);
    let to = done.entry.as_ref().map(|entry| entry.value_range().start);
    match to.and_then(|to| cells.moved(range.start, to)) {
        Some(cells) => {
            out.doubt(cells.write(editor)?.as_ref());
            Ok(())
        }
        None => Err(EditError::TooLarge.into()),
    }
}

/// An entry, live or dead, that is where it was.
pub(super) fn entry_at(editor: &Editor<'_>, key: &str, place: Place) -> Result<Entry, EditError> {
    let entry = editor.index().at(place.offset);
    let entry = entry.filter(|entry| entry.len == place.len);
    entry.cloned().ok_or_else(|| EditError::NoSuchVersion {
        key: key.as_bytes().into(),
        at: place.offset,
    })
}

/// The array's layout and the pixels that are meant, worked out before the lock is taken: it may take long.
fn masked_pixels(
    path: &Path,
    key: &str,
    over: Place,
    plane: &MaskPlane,
    pixels: &MaskPixels,
    progress: &Progress,
) -> Result<(ArrayLayout, Vec<RowRun>), Refusal> {
    let dataset =
        Dataset::open(path, progress).map_err(|error| Refusal::because(error.to_string()))?;
    let layout = layout_of(&dataset, key, over)?;
    let array = || {
        let item = dataset.item(key).ok_or_else(|| gone(key))?;
        let array = dataset.array(item);
        array.map_err(|error| Refusal::because(error.to_string()))
    };
    let runs = match pixels {
        MaskPixels::Outline(outline) => {
            let size = [plane.x, plane.y].map(|axis| {
                let length = layout.shape.get(axis).copied().unwrap_or(0);
                usize::try_from(length).unwrap_or(usize::MAX)
            });
            outline.runs(size).ok_or(SelectError::TooMany)?
        }
        MaskPixels::Values { values, at } => {
            let picture = with_axes(&array()?, at, &[plane.y, plane.x])?;
            by_value(&picture, *values, progress)?
        }
        MaskPixels::Similar { seed, likeness } => {
            let bands = plane.bands.as_ref().map(|(axis, _)| *axis);
            let axes: Vec<usize> = [plane.y, plane.x].into_iter().chain(bands).collect();
            by_likeness(
                &with_axes(&array()?, &plane.at, &axes)?,
                *seed,
                *likeness,
                progress,
            )?
        }
    };
    if dataset.is_torn() {
        return Err(EditError::Changed.into());
    }
    Ok((layout.clone(), runs))
}

fn layout_of<'d>(dataset: &'d Dataset, key: &str, over: Place) -> Result<&'d ArrayLayout, Refusal> {
    let item = dataset.item(key).ok_or_else(|| gone(key))?;
    if (item.offset, item.length) != (over.offset, over.len) {
        return Err(EditError::Conflict(key.as_bytes().into()).into());
    }
    let layout = Item::layout(item);
    layout.ok_or_else(|| Refusal::because(format!("\"{key}\" is not an array")))
}

fn gone(key: &str) -> Refusal {
    EditError::NoKey(key.as_bytes().into()).into()
}

/// The array with these axes only, in this order, the others fixed.
fn with_axes(array: &ArrayView, at: &[usize], axes: &[usize]) -> Result<ArrayView, ArrayError> {
    let view = fix_axes(array, at, axes)?;
    // Where each is among those that are left, which are in the array's order.
    let rank = |axis: &usize| axes.iter().filter(|other| *other < axis).count();
    view.permuted(&axes.iter().map(rank).collect::<Vec<_>>())
}

/// Deletes keys, a few at a time. One that is not there stops before anything is deleted.
fn delete(
    path: &Path,
    keys: &[String],
    progress: &Progress,
    out: &mut Outcome,
) -> Result<(), Refusal> {
    let switches: Vec<Switch<'_>> = keys
        .iter()
        .map(|key| Switch {
            key,
            to: None,
            plan: Plan::Any,
        })
        .collect();
    progress.set_total(switches.len() as u64);
    let result = switch_in_steps(path, &switches, progress, &mut |switch, done| {
        out.switched(switch.key, &done);
    });
    result.map_err(|error| part(error, "deleted", out.made.len(), keys.len()))
}

/// Where only a part was done, the user is told how much.
pub(super) fn part(error: EditError, what: &str, done: usize, of: usize) -> Refusal {
    let refusal = Refusal::from(error);
    if done == 0 {
        return refusal;
    }
    let why = match refusal.kind {
        RefusalKind::Cancelled => "Cancelled".to_owned(),
        _ => refusal.text.trim_end_matches('.').to_owned(),
    };
    Refusal {
        text: format!("{why}; {done} of {of} keys were {what} before"),
        ..refusal
    }
}

fn rename(
    editor: &mut Editor<'_>,
    key: &str,
    to: &str,
    out: &mut Outcome,
) -> Result<(), EditError> {
    let done = editor.rename(key, to, Plan::Any)?;
    out.doubt(done.doubt.as_ref());
    match (&done.entry, &done.replaced) {
        (Some(entry), None) => out.made.push(Made::Renamed {
            from: key.to_owned(),
            to: to.to_owned(),
            entry: Place::of(entry),
        }),
        (entry, replaced) => out.made.extend([
            Made::Switched {
                key: to.to_owned(),
                off: None,
                on: entry.as_ref().map(Place::of),
            },
            Made::Switched {
                key: key.to_owned(),
                off: replaced.as_ref().map(Place::of),
                on: None,
            },
        ]),
    }
    Ok(())
}

fn copy_from(
    path: &Path,
    file: &Path,
    keys: &[(String, String)],
    progress: &Progress,
    out: &mut Outcome,
) -> Result<(), Refusal> {
    let source = FileSource::open(file).map_err(EditError::from)?;
    let index = read_index(&source, progress)?;
    let mut entries = Vec::new();
    for (from, to) in keys {
        let entry = index.find(from.as_bytes());
        let entry = entry.ok_or_else(|| EditError::NoKey(from.as_bytes().into()))?;
        entries.push((entry, to));
    }
    progress.set_total(entries.iter().map(|(entry, _)| entry.len).sum());
    let is_unchanged = edit(path, progress, |editor| {
        for (_, to) in &entries {
            if editor.index().find(to.as_bytes()).is_some() {
                return Err(EditError::KeyExists(to.as_bytes().into()));
            }
        }
        for (entry, to) in &entries {
            let memo = editor.first_memo();
            let range = entry.value_range();
            let payload = Payload::of_range(&source, range, entry.memo, memo, progress)?;
            let done = editor.put(to, Plan::Absent, payload)?;
            out.switched(to, &done);
        }
        // A vacuum in place may have moved what was copied.
        let now = read_index(&source, progress)?;
        let stays = |entry: &crate::mmapdict::Entry| {
            now.at(entry.offset)
                .is_some_and(|other| (other.len, &other.key) == (entry.len, &entry.key))
        };
        Ok(entries.iter().all(|(entry, _)| stays(entry)))
    })?;
    if is_unchanged {
        return Ok(());
    }
    Err(Refusal::because(format!(
        "{} was changed while its keys were copied: the copies may hold other data. Undo, and copy again",
        file.display()
    )))
}

/// Whether the live entry of a key is where it was.
pub(super) fn check(editor: &Editor<'_>, key: &str, place: Option<Place>) -> Result<(), EditError> {
    if editor.index().find(key.as_bytes()).map(Place::of) == place {
        Ok(())
    } else {
        Err(EditError::Conflict(key.as_bytes().into()))
    }
}

fn with_old_bytes(
    editor: &Editor<'_>,
    patches: &[(u64, Vec<u8>)],
) -> Result<Vec<Patch>, EditError> {
    let patch = |(at, new): &(u64, Vec<u8>)| {
        Ok(Patch {
            at: *at,
            old: read(editor, *at, new.len())?,
            new: new.clone(),
        })
    };
    patches.iter().map(patch).collect()
}

pub(super) fn read(editor: &Editor<'_>, at: u64, len: usize) -> Result<Vec<u8>, EditError> {
    let mut bytes = vec![0; len];
    editor.store().read_at(at, &mut bytes)?;
    Ok(bytes)
}

/// Writes a new file made of this one.
///
/// # Errors
/// There is something under the new name already, or this one cannot be read.
pub fn write_new(
    path: &Path,
    what: NewFile,
    to: &Path,
    progress: &Progress,
) -> Result<(), Refusal> {
    let because = |error: &dyn std::fmt::Display| Refusal::because(error.to_string());
    match what {
        NewFile::Converted => {
            convert(path, to, progress).map_err(|error| because(&error))?;
        }
        NewFile::Repaired => {
            let plan = repair::plan(path, &[], progress).map_err(|error| because(&error))?;
            plan.write(to, progress).map_err(|error| because(&error))?;
        }
        NewFile::Compacted => {
            vacuum(path, &VacuumWay::To(to.to_owned()), false, progress)?;
        }
        NewFile::Portable => {
            portable(path, to, progress)?;
        }
    }
    Ok(())
}

/// Whether a file can be changed. What an interrupted change left is brought in order, so that all readers can open it;
/// else nothing is written. Gives what is not certain about that.
///
/// # Errors
/// Why not.
pub fn can_edit(path: &Path, progress: &Progress) -> Result<Option<Doubt>, Refusal> {
    Ok(clean_up(path, progress)?.doubt)
}
