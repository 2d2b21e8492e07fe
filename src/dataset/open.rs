//! Opening a container: its index, then the head of each value. Other files are opened in [`super::plain`].

use super::error::{OpenError, OpenErrorCause};
use super::item::{Item, ItemState};
use super::piece::{self, Piece};
use super::plain;
use super::recognise::recognise;
use super::spectral_keys::{self, SpectralKeys};
use super::{Dataset, Format, VARIANCE, Warning};
use crate::mmapdict::{Damage, Entry, Index, IndexError, is_freed};
use crate::pickle::{decode_value, text};
use crate::progress::Progress;
use crate::source::{ByteSource, FileSource, FileStamp, LockOutcome, lock_shared};
use ahash::{HashMap, HashMapExt as _};
use rayon::prelude::*;
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// How long to wait for a writer that holds the file's lock.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// Reads without the lock that found the file changing under them are repeated this often.
const UNLOCKED_TRIES: usize = 3;

/// Which entries of a container are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'k> {
    /// All of them.
    All,
    /// Those of one key, and what is shown together with it.
    Key(&'k str),
}

impl Wanted<'_> {
    fn takes(self, key: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Key(wanted) => {
                let key = text::escaped(key);
                key == wanted
                    || spectral_keys::may_tell_axis(&key)
                    || key.strip_suffix(VARIANCE) == Some(wanted)
            }
        }
    }
}

pub(super) fn open(
    path: &Path,
    wanted: Wanted<'_>,
    progress: &Progress,
) -> Result<Dataset, OpenError> {
    let dataset = FileSource::open(path)
        .map_err(OpenErrorCause::from_io)
        .and_then(|source| read(source, wanted, progress));
    dataset.map_err(|cause| cause.of(path))
}

fn read(
    source: FileSource,
    wanted: Wanted<'_>,
    progress: &Progress,
) -> Result<Dataset, OpenErrorCause> {
    if source.is_empty() {
        return Err(OpenErrorCause::Empty);
    }
    let mut warnings = Vec::new();
    match read_index(&source, &mut warnings, progress) {
        Ok((mut index, stamp)) => {
            // What is said of the damage of a file counts all of its entries.
            warnings.extend(index_warnings(&index));
            index.entries.retain(|entry| wanted.takes(&entry.key));
            Ok(container(source, stamp, &index, warnings, progress))
        }
        Err(IndexError::Cancelled(_)) => Err(OpenErrorCause::Cancelled),
        Err(IndexError::Read(err)) => Err(OpenErrorCause::Io(err)),
        Err(IndexError::Header(err)) => plain::open(source, err, progress),
    }
}

/// Reads the index under the file's lock. Values are looked at after it is given back: a writer must not wait for that.
pub(super) fn read_index(
    source: &FileSource,
    warnings: &mut Vec<Warning>,
    progress: &Progress,
) -> Result<(Index, FileStamp), IndexError> {
    let held = match lock_shared(source.file(), LOCK_PATIENCE) {
        LockOutcome::Held(lock) => Some(lock),
        LockOutcome::Busy => {
            let message = "Another program kept the file locked for more than a second; it was read without the lock";
            warnings.push(Warning {
                offset: None,
                message: message.to_owned(),
            });
            None
        }
        // Network disks without locks: the walk is consistent all the same (it ends at the first terminator).
        LockOutcome::Unavailable(_) => None,
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let stamp = source.stamp()?;
        let index = Index::read(source, progress)?;
        let is_steady = held.is_some() || source.stamp()? == stamp;
        if is_steady || tries >= UNLOCKED_TRIES {
            return Ok((index, stamp));
        }
    }
}

fn container(
    source: FileSource,
    stamp: FileStamp,
    index: &Index,
    mut warnings: Vec<Warning>,
    progress: &Progress,
) -> Dataset {
    let items: Vec<Item> = index
        .entries
        .par_chunks(piece::ENTRIES)
        .flat_map_iter(|entries| {
            let piece = Piece::of(&source, entries);
            let items = entries.iter().map(|entry| item(&piece, entry, progress));
            items.collect::<Vec<_>>()
        })
        .collect();
    warnings.extend(call_warning(&items));
    let (live, dead) = in_order(items);
    let decode = |item: &Item| {
        let range = item.value_range.clone();
        let limits = &spectral_keys::LIMITS;
        let value = decode_value(&source, range.start, range.end, limits, progress);
        let value = value.map_err(|err| err.to_string())?;
        let root = value.root();
        Ok((value, root))
    };
    let spectral = SpectralKeys::of(&source, &live, &decode);
    Dataset {
        source,
        stamp,
        format: Format::Mmapdict,
        commit: Some(index.commit),
        live: live.len(),
        by_key: OnceLock::new(),
        items: live.into_iter().chain(dead).collect(),
        warnings,
        spectral,
        maps: Mutex::default(),
    }
}

fn item(source: &dyn ByteSource, entry: &Entry, progress: &Progress) -> Item {
    let found = recognise(source, entry.value_range(), progress);
    Item {
        key: text::escaped(&entry.key).into_owned(),
        state: entry.state,
        offset: entry.offset,
        length: entry.len,
        content: found.content,
        freed: is_freed(entry),
        calls: found.calls,
        spelling: found.spelling,
        value_range: entry.value_range(),
        node: None,
        memory: None,
    }
}

/// Live items at the place of the first live entry of their key, as Python's dict has them; dead ones in file order.
fn in_order(items: Vec<Item>) -> (Vec<Item>, Vec<Item>) {
    let mut first: HashMap<String, u64> = HashMap::new();
    for item in (items.iter()).filter(|item| item.state == ItemState::Shadowed) {
        first.entry(item.key.clone()).or_insert(item.offset);
    }
    let (mut live, dead): (Vec<Item>, Vec<Item>) = items
        .into_iter()
        .partition(|item| item.state == ItemState::Live);
    if !first.is_empty() {
        live.sort_by_key(|item| first.get(&item.key).copied().unwrap_or(item.offset));
    }
    (live, dead)
}

/// A word on values that would run something if they were loaded in Python.
fn call_warning(items: &[Item]) -> Option<Warning> {
    let mut dangerous = items.iter().filter_map(|item| {
        let calls = item.calls.as_ref()?;
        Some((item, calls))
    });
    let (item, calls) = dangerous.next()?;
    let others = match dangerous.count() {
        0 => String::new(),
        1 => "; another entry does likewise".to_owned(),
        count => format!("; {count} other entries do likewise"),
    };
    let message = format!(
        "Loading {:?} in Python would call {calls}{others}. cubescope never runs it; do not load the file in Python unless you trust it",
        item.key
    );
    Some(Warning {
        offset: Some(item.offset),
        message,
    })
}

fn index_warnings(index: &Index) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(damage) = &index.damage {
        let keeps = match index.entries.len() {
            0 => "no entry could be read".to_owned(),
            1 => "the entry before it is shown".to_owned(),
            count => format!("the {count} entries before it are shown"),
        };
        let hint = match damage {
            Damage::CutEntry { .. } | Damage::NoTerminator | Damage::PartialTerminator => {
                "; a recorder may still be writing, or was stopped"
            }
            _ => "",
        };
        let message = format!("At byte {}: {damage}; {keeps}{hint}", index.end);
        warnings.push(Warning {
            offset: Some(index.end),
            message,
        });
    }
    if index.trailing > 0 {
        let message = format!(
            "{} bytes behind the end of the dict are not read (rest of an interrupted write?)",
            index.trailing
        );
        warnings.push(Warning {
            offset: Some(index.end),
            message,
        });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::ArrayLayout;
    use crate::mmapdict::{ArrayHead, NewFile, Payload, Piece as Part, create};
    use crate::source::Meter;
    use std::ops::Range;

    /// Ranges of the data and of the mask, and what was read of each; and all that was read, in bytes.
    fn listing_of(side: u64) -> (Vec<(Range<u64>, u64)>, u64) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.mmdpickle");
        let progress = Progress::new();
        create(&path, None, |store| {
            let mut file = NewFile::begin(store, &progress)?;
            for key in [b"first", b"other"] {
                let (dtype, shape, cells) = ("uint16", &[side, 1024, 512], side << 19);
                let (data, mask) = (Part::Zeros(cells * 2), Part::Zeros(cells));
                let payload = Payload::array(ArrayHead { dtype, shape }, data, Some(mask))?;
                file.add(key, payload)?;
            }
            file.finish(1)
        })
        .unwrap();
        let source = FileSource::open(&path).unwrap();
        let meter = Meter::new(&source);
        let index = Index::read(&meter, &progress).unwrap();
        let items = index
            .entries
            .iter()
            .map(|entry| item(&meter, entry, &progress));
        let layouts: Vec<ArrayLayout> = items.filter_map(|item| item.layout().cloned()).collect();
        assert_eq!(layouts.len(), 2);
        let data = layouts
            .iter()
            .map(|layout| layout.data_offset..layout.data_offset + layout.nbytes);
        let masks = layouts
            .iter()
            .filter_map(|layout| layout.mask.as_ref())
            .map(|mask| mask.data_offset..mask.data_offset + mask.nbytes);
        let read = |range: Range<u64>| (range.clone(), meter.bytes_read(range));
        let arrays: Vec<_> = data.chain(masks).map(read).collect();
        (arrays, meter.bytes_read(0..u64::MAX))
    }

    #[test]
    fn listing_reads_no_array_whatever_its_size() {
        let (small, all_of_small) = listing_of(4);
        let (large, all_of_large) = listing_of(4096);
        // The longer axis takes a few bytes more.
        assert!(
            all_of_small.abs_diff(all_of_large) < 64,
            "{all_of_small} {all_of_large}"
        );
        for (range, read) in small.into_iter().chain(large) {
            // What a buffer of a few KiB takes along behind the head of an entry.
            assert!(read <= 16 << 10, "{read} bytes of {range:?}");
        }
    }
}
