//! Which version of a key counts: entries are switched on and off, each by one byte, for one key or for many.
//!
//! Of all keys together the writes go in three steps, flushed in between: what is to count is switched on, then what is
//! shadowed off, then what counted before. So a crash leaves each key before or after its change.

use super::index::{self, Entry, EntryState};
use super::layout::{ALIVE, DEAD};
use super::{Done, EditError, Editor, Plan, append, freed};
use std::collections::HashMap;
use std::io;

/// A key, and the version of it that counts from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch<'k> {
    /// The key.
    pub key: &'k str,
    /// Where that version begins; `None` deletes the key.
    pub to: Option<u64>,
    /// What it was planned on.
    pub plan: Plan,
}

/// What there is of a key.
#[derive(Debug, Default)]
struct Versions {
    live: Option<Entry>,
    /// Entries besides that some reader takes for alive.
    shadowed: Vec<Entry>,
    /// The one that is to count.
    on: Option<Entry>,
}

impl Editor<'_> {
    /// Deletes a key.
    ///
    /// # Errors
    /// There is no such key, or it is not what the deletion was planned on; or see [`EditError`].
    pub fn delete(&mut self, key: &str, plan: Plan) -> Result<Done, EditError> {
        self.switch_one(Switch {
            key,
            to: None,
            plan,
        })
    }

    /// Brings a dead version of a key back: the latest, or the one at `offset`. The live one becomes history.
    ///
    /// # Errors
    /// There is no such version, it cannot be read, or its data was freed; or see [`EditError`].
    pub fn restore(
        &mut self,
        key: &str,
        offset: Option<u64>,
        plan: Plan,
    ) -> Result<Done, EditError> {
        let to = match offset {
            Some(at) => at,
            // What was freed cannot be had back; an earlier version may.
            None => {
                let is_version =
                    |entry: &&Entry| entry.flag != ALIVE && *entry.key == *key.as_bytes();
                let versions = || self.index.entries.iter().rev().filter(is_version);
                versions()
                    .find(|entry| !freed::is_freed(entry))
                    .or_else(|| versions().next())
                    .ok_or_else(|| EditError::NothingToRestore(key.as_bytes().into()))?
                    .offset
            }
        };
        self.switch_one(Switch {
            key,
            to: Some(to),
            plan,
        })
    }

    fn switch_one(&mut self, switch: Switch<'_>) -> Result<Done, EditError> {
        let mut done = self.switch(&[switch])?;
        done.pop()
            .ok_or_else(|| EditError::NoKey(switch.key.as_bytes().into()))
    }

    /// Deletes keys and brings versions back, each key at most once. What is wrong with one stops all before anything is
    /// written.
    ///
    /// # Errors
    /// As [`Editor::delete`] and [`Editor::restore`].
    pub fn switch(&mut self, switches: &[Switch<'_>]) -> Result<Vec<Done>, EditError> {
        let versions = self.versions(switches)?;
        for entry in versions.iter().filter_map(|versions| versions.on.as_ref()) {
            append::read_back(self.store, entry.value_range(), false, self.progress)?;
        }
        self.settle()?;
        let collect = |part: fn(&Versions) -> &[Entry]| -> Vec<Entry> {
            versions.iter().flat_map(part).cloned().collect()
        };
        let on = collect(|versions| versions.on.as_slice());
        let shadowed = collect(|versions| &versions.shadowed);
        let live = collect(|versions| versions.live.as_slice());
        let before = self.index.commit;
        self.flip(&on, &shadowed, &live)?;
        self.count(on.len() + shadowed.len() + live.len());
        index::settle_states(&mut self.index.entries);
        let doubt = self.doubt.take();
        let mut commit = before;
        let done = versions.into_iter().map(|versions| {
            let Versions { live, shadowed, on } = versions;
            let changes = usize::from(live.is_some()) + shadowed.len() + usize::from(on.is_some());
            commit = commit.wrapping_add(i32::try_from(changes).unwrap_or(i32::MAX));
            Done {
                commit,
                entry: on.map(|entry| Entry {
                    flag: ALIVE,
                    state: EntryState::Live,
                    ..entry
                }),
                replaced: live,
                doubt: doubt.clone(),
            }
        });
        Ok(done.collect())
    }

    /// Whether each of the switches can be made.
    ///
    /// # Errors
    /// Why not.
    pub fn can_switch(&self, switches: &[Switch<'_>]) -> Result<(), EditError> {
        self.versions(switches).map(drop)
    }

    /// What there is of each key, looked for in one pass.
    fn versions(&self, switches: &[Switch<'_>]) -> Result<Vec<Versions>, EditError> {
        let mut places: HashMap<&[u8], usize> = HashMap::with_capacity(switches.len());
        for (place, switch) in switches.iter().enumerate() {
            let key = switch.key.as_bytes();
            if places.insert(key, place).is_some() {
                return Err(EditError::Conflict(key.into()));
            }
        }
        let mut found: Vec<Versions> = switches.iter().map(|_| Versions::default()).collect();
        for entry in &self.index.entries {
            let Some(place) = places.get(&*entry.key) else {
                continue;
            };
            let (Some(versions), Some(switch)) = (found.get_mut(*place), switches.get(*place))
            else {
                continue;
            };
            if switch.to == Some(entry.offset) && entry.flag != ALIVE {
                versions.on = Some(entry.clone());
            } else if entry.state == EntryState::Live {
                versions.live = Some(entry.clone());
            } else if entry.flag != DEAD {
                versions.shadowed.push(entry.clone());
            }
        }
        for (versions, switch) in found.iter().zip(switches) {
            let key = switch.key.as_bytes();
            if !switch.plan.holds(versions.live.as_ref()) {
                return Err(EditError::Conflict(key.into()));
            }
            match (switch.to, &versions.on) {
                (None, _) if versions.live.is_none() => return Err(EditError::NoKey(key.into())),
                (Some(at), None) => {
                    return Err(EditError::NoSuchVersion {
                        key: key.into(),
                        at,
                    });
                }
                (_, Some(version)) if freed::is_freed(version) => {
                    return Err(EditError::Freed(version.offset));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Switches entries on, then those off that do not count, then those that do. Taken back if it fails.
    ///
    /// # Errors
    /// Nothing is switched; or, where that failed too, only some are.
    pub(super) fn flip(
        &mut self,
        on: &[Entry],
        shadowed: &[Entry],
        live: &[Entry],
    ) -> Result<(), EditError> {
        let Err(err) = self.try_flip(on, shadowed, live) else {
            return Ok(());
        };
        self.flip_back(&[on, shadowed, live]);
        // What stands there now tells which entries count.
        for entry in on.iter().chain(shadowed).chain(live) {
            let mut now = [0];
            self.store
                .read_at(entry.flag_at(), &mut now)
                .map_err(EditError::Half)?;
            if let Some(known) = self.index.at_mut(entry.offset) {
                [known.flag] = now;
            }
        }
        index::settle_states(&mut self.index.entries);
        let count = |entries: &[Entry], do_count: bool| {
            entries.iter().all(|entry| {
                let known = self.index.at(entry.offset);
                known.is_some_and(|known| (known.state == EntryState::Live) == do_count)
            })
        };
        let old = count(live, true) && count(on, false);
        let new = count(on, true) && count(live, false);
        match (old, new) {
            (true, _) => Err(err.into()),
            (_, true) => {
                self.in_force(Err(err));
                Ok(())
            }
            _ => Err(EditError::Half(err)),
        }
    }

    fn try_flip(&mut self, on: &[Entry], shadowed: &[Entry], live: &[Entry]) -> io::Result<()> {
        for entry in on {
            self.set_flag(entry, ALIVE)?;
        }
        // With both alive, the later one counts: the old or the new state.
        let is_more = !shadowed.is_empty() || !live.is_empty();
        if !on.is_empty() && is_more {
            self.store.sync()?;
        }
        for entry in shadowed {
            self.set_flag(entry, DEAD)?;
        }
        if !shadowed.is_empty() {
            self.store.sync()?;
        }
        for entry in live {
            self.set_flag(entry, DEAD)?;
        }
        Ok(())
    }

    /// Gives entries the flags that they had, as well as that goes.
    pub(super) fn flip_back(&mut self, groups: &[&[Entry]]) {
        for entry in groups.iter().rev().copied().flatten() {
            drop(self.set_flag(entry, entry.flag));
        }
    }
}
