//! Undoing and redoing on the file: each part of a step is made again, if the file is as the step left it. Runs in jobs.
//!
//! What another program changed is not overwritten: that is a conflict, found before the first byte is written. The user can
//! then skip the step or have it made all the same ([`force`]): what the other program wrote stays as an earlier version.

use super::apply::{Applied, Cells, Outcome, entry_at, in_a_copy, part, read};
use super::change::{Made, Place, Step};
use super::refusal::Refusal;
use crate::mmapdict::{
    Doubt, EditError, Editor, EntryState, Payload, Plan, Switch, edit, switch_in_steps,
};
use crate::progress::Progress;
use std::collections::HashMap;
use std::path::Path;

/// Makes each part of a step again, or those of a reversed one. What is so already is left alone, so that one that was
/// stopped in the middle can be done again. Gives what is not certain about it.
///
/// # Errors
/// Another program changed one of the keys meanwhile; the versions are gone; or the file cannot be written to.
pub(super) fn replay(
    path: &Path,
    step: &Step,
    progress: &Progress,
) -> Result<Option<Doubt>, Refusal> {
    let made = &step.made;
    let left = edit(path, progress, |editor| {
        let live = live_places(editor);
        for made in made {
            check_before(editor, &|key| live.get(key.as_bytes()).copied(), made)?;
        }
        Ok(only_switches(made, &live))
    })?;
    if let Some(switches) = left {
        return many(path, &switches, progress);
    }
    let mut doubt = None;
    edit(path, progress, |editor| {
        for made in made {
            doubt = doubt.take().or(redo(editor, made)?);
        }
        Ok(())
    })?;
    Ok(doubt)
}

/// What is left to be switched, where the step is about nothing else: many keys are switched a few at a time, so that other
/// programs get the lock in between.
fn only_switches<'s>(
    made: &'s [Made],
    live: &HashMap<Box<[u8]>, Place>,
) -> Option<Vec<Switch<'s>>> {
    let mut switches = Vec::new();
    for made in made {
        let Made::Switched { key, off, on } = made else {
            return None;
        };
        if live.get(key.as_bytes()) != on.as_ref() {
            switches.push(Switch {
                key,
                to: on.map(|on| on.offset),
                plan: Place::plan(*off),
            });
        }
    }
    Some(switches)
}

fn many(
    path: &Path,
    switches: &[Switch<'_>],
    progress: &Progress,
) -> Result<Option<Doubt>, Refusal> {
    progress.set_total(switches.len() as u64);
    let (mut count, mut doubt) = (0, None);
    let result = switch_in_steps(path, switches, progress, &mut |_, done| {
        count += 1;
        doubt = doubt.take().or(done.doubt);
    });
    match result {
        Ok(()) => Ok(doubt),
        Err(error) => Err(part(error, "switched back", count, switches.len())),
    }
}

/// Where the live entry of each key is: for many keys, since looking for one goes through the entries.
fn live_places(editor: &Editor<'_>) -> HashMap<Box<[u8]>, Place> {
    let entries = editor.index().entries.iter();
    let live = entries.filter(|entry| entry.state == EntryState::Live);
    live.map(|entry| (entry.key.clone(), Place::of(entry)))
        .collect()
}

fn live_place(editor: &Editor<'_>, key: &str) -> Option<Place> {
    editor.index().find(key.as_bytes()).map(Place::of)
}

/// Whether the file is as a part of a step needs it, or left it. `now`: where the live entry of a key is.
fn check_before(
    editor: &Editor<'_>,
    now: &dyn Fn(&str) -> Option<Place>,
    made: &Made,
) -> Result<(), EditError> {
    let conflict = |key: &str| Err(EditError::Conflict(key.as_bytes().into()));
    match made {
        Made::Switched { key, off, on } => {
            if now(key) != *on && now(key) != *off {
                return conflict(key);
            }
        }
        Made::Renamed { from, to, entry } => {
            let is_done = now(to) == Some(*entry);
            if !is_done && (now(from) != Some(*entry) || now(to).is_some()) {
                return conflict(from);
            }
        }
        Made::Overwritten {
            key,
            entry,
            patches,
        } => {
            if now(key) != Some(*entry) {
                return conflict(key);
            }
            for patch in patches {
                let now = read(editor, patch.at, patch.new.len())?;
                // Byte by byte: a write that was interrupted left some of them.
                let mut both = now.iter().zip(patch.old.iter().zip(&patch.new));
                if !both.all(|(now, (old, new))| now == old || now == new) {
                    return conflict(key);
                }
            }
        }
        Made::Filled { key, entry, fills } => {
            if now(key) != Some(*entry) {
                return conflict(key);
            }
            for fill in fills {
                if !fill.holds(editor.store())? {
                    return conflict(key);
                }
            }
        }
    }
    Ok(())
}

/// Gives what is not certain about it.
fn redo(editor: &mut Editor<'_>, made: &Made) -> Result<Option<Doubt>, EditError> {
    check_before(editor, &|key| live_place(editor, key), made)?;
    match made {
        Made::Switched { key, off, on } => {
            if live_place(editor, key) == *on {
                return Ok(None);
            }
            let plan = Place::plan(*off);
            let done = match on {
                Some(on) => editor.restore(key, Some(on.offset), plan)?,
                None => editor.delete(key, plan)?,
            };
            Ok(done.doubt)
        }
        Made::Renamed { from, to, entry } => {
            if live_place(editor, to) == Some(*entry) {
                return Ok(None);
            }
            Ok(editor.rename(from, to, Place::plan(Some(*entry)))?.doubt)
        }
        Made::Overwritten { patches, .. } => Cells::Bytes(patches.clone()).write(editor),
        Made::Filled { fills, .. } => Cells::Mask(fills.clone()).write(editor),
    }
}

/// Makes a step although another program changed what it is about: as new versions of the keys, so that what is replaced
/// stays in the file. Gives what was made.
pub(super) fn force(path: &Path, step: &Step, progress: &Progress) -> Applied {
    let mut done = Outcome::default();
    let result = edit(path, progress, |editor| {
        let mut parts = step.made.iter();
        Ok(parts.try_for_each(|made| force_one(editor, made, progress, &mut done)))
    });
    let result = match result {
        Ok(result) => result,
        Err(error) => Err(error.into()),
    };
    (done, result)
}

fn force_one(
    editor: &mut Editor<'_>,
    made: &Made,
    progress: &Progress,
    done: &mut Outcome,
) -> Result<(), Refusal> {
    if check_before(editor, &|key| live_place(editor, key), made).is_ok() {
        let doubt = redo(editor, made)?;
        done.doubt(doubt.as_ref());
        done.made.push(made.clone());
        return Ok(());
    }
    match made {
        Made::Switched { key, on, .. } => {
            let switch = match on {
                Some(on) => Some(editor.restore(key, Some(on.offset), Plan::Any)?),
                None if editor.index().find(key.as_bytes()).is_some() => {
                    Some(editor.delete(key, Plan::Any)?)
                }
                None => None,
            };
            if let Some(switch) = switch {
                done.switched(key, &switch);
            }
        }
        // The value comes back under its name; the entry it has under the other one stays.
        Made::Renamed { to, entry, .. } => {
            let from = entry_at(editor, to, *entry)?;
            let (range, memo) = (from.value_range(), from.memo);
            let first = editor.first_memo();
            let payload = Payload::of_range(editor.store(), range, memo, first, progress)?;
            let put = editor.put(to, Plan::Any, payload)?;
            done.switched(to, &put);
        }
        Made::Overwritten {
            key,
            entry,
            patches,
        } => {
            let cells = Cells::Bytes(patches.clone());
            in_a_copy(editor, (key, *entry), Plan::Any, &cells, progress, done)?;
        }
        Made::Filled { key, entry, fills } => {
            let cells = Cells::Mask(fills.clone());
            in_a_copy(editor, (key, *entry), Plan::Any, &cells, progress, done)?;
        }
    }
    Ok(())
}
