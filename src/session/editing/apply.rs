//! Carrying changes out on the file, and taking them back. Runs in jobs; knows no session.
//!
//! What is written over in place is told to whoever asked ([`Note`]) before the first byte of it is: if the program ends in
//! the middle, what was there before is known.

use super::change::{Change, Made, MaskPixels, Patch, Place, Step};
use super::state::NewFile;
use crate::analysis::{SelectError, by_likeness, by_value};
use crate::array::{ArrayError, ArrayLayout, ArrayView, RowRun};
use crate::dataset::compat::portable;
use crate::dataset::{Dataset, Item, MaskError, MaskPlane, convert, fills, repair, set_mask};
use crate::exchange::{ImportError, import, put_empty};
use crate::mmapdict::{
    Done, EditError, Editor, Payload, Plan, VacuumWay, clean_up, edit, read_index, vacuum,
};
use crate::progress::Progress;
use crate::session::cut::fix_axes;
use crate::source::FileSource;
use std::path::Path;

/// Why a change was not made, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For the user, without the path.
    pub text: String,
    /// Somebody else changed the same thing.
    pub is_conflict: bool,
    /// The user cancelled it.
    pub is_cancelled: bool,
    /// What is needed to undo is not in the file any more.
    pub is_gone: bool,
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        Self {
            is_conflict: matches!(
                error,
                EditError::Conflict(_) | EditError::NoKey(_) | EditError::KeyExists(_)
            ),
            is_cancelled: matches!(error, EditError::Cancelled(_)),
            is_gone: matches!(error, EditError::NoSuchVersion { .. } | EditError::Freed(_)),
            text: match error {
                EditError::Cancelled(_) => "Cancelled; nothing was changed".to_owned(),
                other => other.to_string(),
            },
        }
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

impl Refusal {
    fn because(text: String) -> Self {
        Self {
            text,
            is_conflict: false,
            is_cancelled: false,
            is_gone: false,
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

/// What came of a change: what was made, and why that is not all.
pub type Applied = (Vec<Made>, Result<(), Refusal>);

/// Told what is about to be written over in place, together with what was made before.
pub type Note<'a> = &'a mut dyn FnMut(&[Made]);

/// Makes a change.
pub fn apply(path: &Path, change: &Change, progress: &Progress, note: Note<'_>) -> Applied {
    let mut made = Vec::new();
    let result = try_apply(path, change, progress, &mut made, note);
    (made, result)
}

fn try_apply(
    path: &Path,
    change: &Change,
    progress: &Progress,
    made: &mut Vec<Made>,
    note: Note<'_>,
) -> Result<(), Refusal> {
    match change {
        Change::Put { key, value, over } => {
            let plan = Place::plan(*over);
            let done = edit(path, progress, |editor| editor.put_value(key, plan, value))?;
            made.push(switched(key, &done));
        }
        Change::Import { key, file, mask } => {
            let done = import(path, key, Plan::Absent, file, mask.as_deref(), progress)?;
            made.push(switched(key, &done));
        }
        Change::PutEmpty {
            key,
            dtype,
            shape,
            masked,
        } => {
            let done = put_empty(path, key, Plan::Absent, dtype, shape, *masked, progress)?;
            made.push(switched(key, &done));
        }
        Change::CopyFrom { file, keys } => copy_from(path, file, keys, progress, made)?,
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
                match fills {
                    Err(error) => Ok(Err(Refusal::from(error))),
                    Ok(fills) if fills.is_empty() => Ok(Ok(())),
                    Ok(fills) => {
                        made.push(Made::Filled {
                            key: key.clone(),
                            entry: *over,
                            fills: fills.clone(),
                        });
                        note(made);
                        editor.fill(&fills)?;
                        Ok(Ok(()))
                    }
                }
            })??;
        }
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
            made.push(switched(key, &done));
        }
        Change::Delete { .. }
        | Change::Rename { .. }
        | Change::Duplicate { .. }
        | Change::Restore { .. }
        | Change::Overwrite { .. } => {
            edit(path, progress, |editor| keys(editor, change, made, note))?;
        }
    }
    Ok(())
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
    layout.ok_or_else(|| Refusal::because(format!("\"{key}\" is no array")))
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

/// Changes that need nothing but the file.
fn keys(
    editor: &mut Editor<'_>,
    change: &Change,
    made: &mut Vec<Made>,
    note: Note<'_>,
) -> Result<(), EditError> {
    match change {
        Change::Delete { keys } => {
            // One that is gone stops before anything is deleted.
            for key in keys {
                live(editor, key)?;
            }
            for key in keys {
                let done = editor.delete(key, Plan::Any)?;
                made.push(switched(key, &done));
            }
        }
        Change::Rename { key, to } => {
            let done = editor.rename(key, to, Plan::Any)?;
            match (&done.entry, &done.replaced) {
                (Some(entry), None) => made.push(Made::Renamed {
                    from: key.clone(),
                    to: to.clone(),
                    entry: Place::of(entry),
                }),
                (entry, replaced) => made.extend([
                    Made::Switched {
                        key: to.clone(),
                        off: None,
                        on: entry.as_ref().map(Place::of),
                    },
                    Made::Switched {
                        key: key.clone(),
                        off: replaced.as_ref().map(Place::of),
                        on: None,
                    },
                ]),
            }
        }
        Change::Duplicate { key, to } => {
            let done = editor.duplicate(key, to, Plan::Any)?;
            made.push(switched(to, &done));
        }
        Change::Restore { key, offset } => {
            let done = editor.restore(key, Some(*offset), Plan::Any)?;
            made.push(switched(key, &done));
        }
        Change::Overwrite {
            key, over, patches, ..
        } => {
            check(editor, key, Some(*over))?;
            let patches = with_old_bytes(editor, patches)?;
            made.push(Made::Overwritten {
                key: key.clone(),
                entry: *over,
                patches: patches.clone(),
            });
            note(made);
            write(editor, &patches)?;
        }
        _ => {}
    }
    Ok(())
}

fn copy_from(
    path: &Path,
    file: &Path,
    keys: &[(String, String)],
    progress: &Progress,
    made: &mut Vec<Made>,
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
    edit(path, progress, |editor| {
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
            made.push(switched(to, &done));
        }
        // A vacuum in place may have moved what was copied.
        let now = read_index(&source, progress)?;
        let stays = |entry: &crate::mmapdict::Entry| {
            now.at(entry.offset)
                .is_some_and(|other| (other.len, &other.key) == (entry.len, &entry.key))
        };
        match entries.iter().all(|(entry, _)| stays(entry)) {
            true => Ok(()),
            false => Err(EditError::SourceChanged(file.to_owned())),
        }
    })?;
    Ok(())
}

/// Makes each part of the steps again, or those of reversed ones, under one lock. What is so already is left alone, so
/// that one that was stopped in the middle can be done again.
///
/// # Errors
/// Somebody else changed one of the keys meanwhile; the versions are gone; or the file cannot be written to.
pub fn replay(path: &Path, steps: &[Step], progress: &Progress) -> Result<(), Refusal> {
    edit(path, progress, |editor| {
        for step in steps {
            for made in &step.made {
                redo(editor, made)?;
            }
        }
        Ok(())
    })
    .map_err(Refusal::from)
}

fn redo(editor: &mut Editor<'_>, made: &Made) -> Result<(), EditError> {
    match made {
        Made::Switched { key, off, on } => {
            let now = editor.index().find(key.as_bytes()).map(Place::of);
            if now == *on {
                return Ok(());
            }
            let plan = Place::plan(*off);
            match on {
                Some(on) => editor.restore(key, Some(on.offset), plan)?,
                None => editor.delete(key, plan)?,
            };
        }
        Made::Renamed { from, to, entry } => {
            let now = editor.index().find(to.as_bytes()).map(Place::of);
            if now != Some(*entry) {
                editor.rename(from, to, Place::plan(Some(*entry)))?;
            }
        }
        Made::Overwritten {
            key,
            entry,
            patches,
        } => {
            check(editor, key, Some(*entry))?;
            for patch in patches {
                let now = read(editor, patch.at, patch.new.len())?;
                // Byte by byte: a write that was interrupted left some of them.
                let both = patch.old.iter().zip(&patch.new);
                if !now
                    .iter()
                    .zip(both)
                    .all(|(now, (old, new))| now == old || now == new)
                {
                    return Err(EditError::Conflict(key.as_bytes().into()));
                }
            }
            write(editor, patches)?;
        }
        Made::Filled { key, entry, fills } => {
            check(editor, key, Some(*entry))?;
            for fill in fills {
                if !fill.holds(editor.store())? {
                    return Err(EditError::Conflict(key.as_bytes().into()));
                }
            }
            editor.fill(fills)?;
        }
    }
    Ok(())
}

fn live<'e>(editor: &'e Editor<'_>, key: &str) -> Result<&'e crate::mmapdict::Entry, EditError> {
    editor
        .index()
        .find(key.as_bytes())
        .ok_or_else(|| EditError::NoKey(key.as_bytes().into()))
}

/// Whether the live entry of a key is where it was.
fn check(editor: &Editor<'_>, key: &str, place: Option<Place>) -> Result<(), EditError> {
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

fn read(editor: &Editor<'_>, at: u64, len: usize) -> Result<Vec<u8>, EditError> {
    let mut bytes = vec![0; len];
    editor.store().read_at(at, &mut bytes)?;
    Ok(bytes)
}

fn write(editor: &mut Editor<'_>, patches: &[Patch]) -> Result<(), EditError> {
    let places: Vec<(u64, &[u8])> = patches
        .iter()
        .map(|patch| (patch.at, patch.new.as_slice()))
        .collect();
    editor.overwrite(&places)?;
    Ok(())
}

fn switched(key: &str, done: &Done) -> Made {
    Made::Switched {
        key: key.to_owned(),
        off: done.replaced.as_ref().map(Place::of),
        on: done.entry.as_ref().map(Place::of),
    }
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
/// else nothing is written.
///
/// # Errors
/// Why not.
pub fn can_edit(path: &Path, progress: &Progress) -> Result<(), Refusal> {
    clean_up(path, progress).map(drop).map_err(Refusal::from)
}
