//! What the entries of a file mean to a spectroscopist: items, cubes, wavelengths, families of keys.
//!
//! Joins `mmapdict` (where entries lie), `pickle` (what they say) and `array` (how arrays are read). A [`Dataset`] is one
//! file at one revision and never changes; when the file does, a new one is made.
//! Nothing here draws or computes statistics. What makes another file of a whole file is here, too ([`convert()`], [`compat`]),
//! since that needs to know what is an array; changes of single entries are made in `mmapdict`.

mod axes;
pub mod check;
pub mod compat;
mod convert;
mod cut_array;
mod difference;
mod error;
mod extents;
mod family;
mod first;
mod in_memory;
mod item;
mod masking;
mod numpy;
pub mod opcodes;
mod open;
mod piece;
mod plain;
mod recognise;
pub mod regions;
pub mod repair;
mod spectral_keys;
mod stored;
pub mod text;
mod units;
mod wavelengths;

pub use axes::AxisRoles;
pub use convert::{ConvertError, Converted, convert};
pub use difference::CellDifference;
pub use error::{OpenError, ReadError};
pub use family::Family;
pub use first::{Bands, three_bands};
pub use item::{Content, Item, ItemKind, ItemState};
pub use masking::{MaskBands, MaskError, MaskPlane, Paint, fills, set_mask};
pub use recognise::{Spelling, foreign_call};
pub use units::Unit;
pub use wavelengths::Wavelengths;

use self::spectral_keys::SpectralKeys;
use crate::array::{ArrayLayout, ArrayView, Cells};
use crate::mmapdict::{HEADER_LEN, Header, entry_stands};
use crate::pickle::{Limits, Value, decode_pickle, decode_value};
use crate::progress::Progress;
use crate::source::{ByteSource as _, Bytes, FileMap, FileSource, FileStamp};
use ahash::HashMap;
use open::Wanted;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The end of a key that holds the variance of the array without it.
const VARIANCE: &str = "-var";

/// For a value of a plain pickle the whole pickle is decoded, so its large arrays stay in the file.
const PICKLE_VALUES: Limits = Limits {
    inline_bytes: 1 << 20,
    ..Limits::FULL
};

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A container of mmappickle.
    Mmapdict,
    /// An ordinary pickle with a dict at its top.
    Pickle,
}

/// Something odd that did not prevent opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Position in the file, where it is about one.
    pub offset: Option<u64>,
    /// What, and what it means.
    pub message: String,
}

/// Arrays of more than one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mixed;

/// What happened to a file since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Same,
    /// It was written to or replaced: open it anew.
    Changed,
    /// There is no file at the path any more, or it cannot be looked at.
    Vanished,
}

/// An open file at one revision: immutable, shared, replaced by a new one when the file changes.
#[derive(Debug)]
pub struct Dataset {
    source: FileSource,
    stamp: FileStamp,
    format: Format,
    commit: Option<i32>,
    /// Live items first, in file order; then the dead ones.
    items: Vec<Item>,
    live: usize,
    /// Place of each live key in `items`, once one was asked for.
    by_key: OnceLock<HashMap<Box<str>, usize>>,
    warnings: Vec<Warning>,
    spectral: SpectralKeys,
    maps: Mutex<Maps>,
}

/// The map of a file, and the earlier ones that lost pages.
#[derive(Debug, Default)]
struct Maps {
    /// The one that is read from.
    now: Option<Arc<FileMap>>,
    /// How many were given up.
    given_up: u64,
    /// Where the last of them lost a page.
    lost_at: Option<u64>,
}

impl Dataset {
    /// Reads the index and the head of each value; never array data; never writes. Waits for the file's lock up to a second.
    ///
    /// # Errors
    /// Why the file is not shown, ready to be printed.
    pub fn open(path: &Path, progress: &Progress) -> Result<Self, OpenError> {
        let dataset = open::open(path, Wanted::All, progress)?;
        // Not while somebody waits for a frame.
        dataset.by_key();
        Ok(dataset)
    }

    /// As [`Dataset::open`], for going through the items once, in their order.
    ///
    /// # Errors
    /// As [`Dataset::open`].
    pub fn list(path: &Path, progress: &Progress) -> Result<Self, OpenError> {
        open::open(path, Wanted::All, progress)
    }

    /// As [`Dataset::open`], but of a container only the items of one key, dead ones too, and those that are shown
    /// together with them: wavelengths, and the variance. In a file of a hundred thousand keys that is all that takes time.
    ///
    /// # Errors
    /// As [`Dataset::open`]; none if there is no such key.
    pub fn open_key(path: &Path, key: &str, progress: &Progress) -> Result<Self, OpenError> {
        open::open(path, Wanted::Key(key), progress)
    }

    /// The path it was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// What kind of file it is.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Commit number of a container.
    #[must_use]
    pub fn commit(&self) -> Option<i32> {
        self.commit
    }

    /// File size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.stamp.len
    }

    /// Live items in file order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().take(self.live)
    }

    /// Items that do not count any more, in file order: the history.
    pub fn dead_items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().skip(self.live)
    }

    /// Live item of a key.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.items.get(*self.by_key().get(key)?)
    }

    /// Of keys that look the same once escaped, the first one is found.
    fn by_key(&self) -> &HashMap<Box<str>, usize> {
        self.by_key.get_or_init(|| {
            let places = self.items().enumerate();
            let places = places.map(|(place, item)| (item.key.as_str().into(), place));
            let mut found = HashMap::with_capacity_and_hasher(self.live, ahash::RandomState::new());
            for (key, place) in places {
                found.entry(key).or_insert(place);
            }
            found
        })
    }

    /// What is odd about the file.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Maps the file (once) and gives the array. Does file I/O: not for the UI thread.
    ///
    /// # Errors
    /// The item is no array, its dtype is no plain number, or the file cannot be mapped.
    pub fn array(&self, item: &Item) -> Result<ArrayView, ReadError> {
        let layout = array_layout(item)?;
        Ok(ArrayView::new(self.bytes(item)?, layout)?)
    }

    /// As [`Dataset::array`], for every dtype; cell by cell. Does file I/O: not for the UI thread.
    ///
    /// # Errors
    /// The item is no array that can be read, or the file cannot be mapped.
    pub fn cells(&self, item: &Item) -> Result<Cells, ReadError> {
        let layout = array_layout(item)?;
        Ok(Cells::new(self.bytes(item)?, layout)?)
    }

    /// Whether any byte of a range takes space on the disk; what does not reads as zeros. Does file I/O.
    #[must_use]
    pub fn has_data(&self, range: Range<u64>) -> bool {
        let data = self.source.next_data(range);
        data.map_or(true, |data| !data.is_empty())
    }

    /// The bytes that the layout of an item is a place in: those of the file, or its own.
    fn bytes(&self, item: &Item) -> Result<Bytes, ReadError> {
        match &item.memory {
            Some(own) => Ok(Bytes::Memory(Arc::clone(own))),
            None => self.mapped(),
        }
    }

    fn mapped(&self) -> Result<Bytes, ReadError> {
        let mut maps = self.maps();
        // A map that lost a page has zeros from there on: whatever else is read gets another one.
        if let Some(at) = maps.now.as_ref().and_then(|map| map.torn_at()) {
            maps.given_up += 1;
            maps.lost_at = Some(at);
            maps.now = None;
        }
        let map = match &maps.now {
            Some(map) => Arc::clone(map),
            None => Arc::new(FileMap::new(self.source.file()).map_err(ReadError::Map)?),
        };
        maps.now = Some(Arc::clone(&map));
        Ok(Bytes::Mapped(map))
    }

    /// Nothing panics while it is locked.
    fn maps(&self) -> MutexGuard<'_, Maps> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often pages of the file were lost while it was read: whoever reads compares the number before and after, and
    /// discards what was read if it grew. The next read gets a new map.
    #[must_use]
    pub fn losses(&self) -> u64 {
        let maps = self.maps();
        maps.given_up + u64::from(maps.now.as_ref().is_some_and(|map| map.is_torn()))
    }

    /// The position in the file of the byte that could not be read, the last time pages were lost.
    #[must_use]
    pub fn lost_at(&self) -> Option<u64> {
        let maps = self.maps();
        let now = maps.now.as_ref().and_then(|map| map.torn_at());
        now.or(maps.lost_at)
    }

    /// As if the page of this byte had been lost.
    #[cfg(all(test, unix))]
    pub(crate) fn lose(&self, at: u64) {
        // The map is made if nothing was read yet.
        drop(self.mapped());
        if let Some(map) = &self.maps().now {
            map.lose(at as usize);
        }
    }

    /// Decodes a value. Does file I/O: not for the UI thread.
    ///
    /// # Errors
    /// What is wrong with the value, with its place in the file.
    pub fn value(&self, item: &Item, progress: &Progress) -> Result<Value, ReadError> {
        let value = match item.node {
            // Nodes are numbered in the order of the opcodes, whatever the limits.
            Some(node) => {
                decode_pickle(&self.source, &PICKLE_VALUES, progress).map(|(root, _)| root.at(node))
            }
            None => {
                let range = item.value_range.clone();
                decode_value(
                    &self.source,
                    range.start,
                    range.end,
                    &Limits::FULL,
                    progress,
                )
            }
        };
        value.map_err(ReadError::from_decode)
    }

    /// The whole of a plain pickle, `None` for a container. Does file I/O.
    pub fn root(&self, progress: &Progress) -> Option<Result<Value, ReadError>> {
        if self.format == Format::Mmapdict {
            return None;
        }
        let root = decode_pickle(&self.source, &Limits::FULL, progress).map(|(root, _)| root);
        Some(root.map_err(ReadError::from_decode))
    }

    /// Whether pages of the file were ever lost while it was read: whatever was read from it is to be discarded.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.losses() > 0
    }

    /// Looks at the file again (its state on disk and the commit number, without the lock). File I/O: not for the UI thread.
    #[must_use]
    pub fn change(&self) -> Change {
        match FileStamp::of_path(self.path()) {
            Err(_) => Change::Vanished,
            Ok(stamp) if stamp != self.stamp => Change::Changed,
            Ok(_) if self.commit.is_some() && self.commit_now() != self.commit => Change::Changed,
            Ok(_) => Change::Same,
        }
    }

    fn commit_now(&self) -> Option<i32> {
        let mut head = [0; HEADER_LEN as usize];
        self.source.read_at(0, &mut head).ok()?;
        Header::parse(&head).ok().map(|header| header.commit)
    }

    /// Whether an item was moved while it was read, as far as a look at its beginning and end tells: much cheaper
    /// than [`Dataset::still_holds`]; false alarms are rare, since the file has to have changed, too. Whoever moves
    /// entries writes over them from their beginning on. Does file I/O.
    #[must_use]
    pub fn was_moved(&self, item: &Item) -> bool {
        let is_container = self.format() == Format::Mmapdict;
        let stands = !is_container || entry_stands(&self.source, item.offset, item.length);
        let is_moved = !stands && self.change() == Change::Changed;
        is_moved || (is_container && self.was_counted_without_growth())
    }

    /// An entry as long as the old one may stand in its place. What moves entries counts a change and makes the file shorter
    /// again; an append makes it longer.
    fn was_counted_without_growth(&self) -> bool {
        let is_shorter =
            |now: FileStamp| now.identity == self.stamp.identity && now.len <= self.stamp.len;
        self.commit_now() != self.commit && FileStamp::of_path(self.path()).is_ok_and(is_shorter)
    }

    /// Whether an item that was read from still stands where it did: to be asked after reading, since another process may
    /// have moved things meanwhile (a vacuum in place does). Appending to the file does not matter. Does file I/O.
    #[must_use]
    pub fn still_holds(&self, item: &Item) -> bool {
        if self.is_torn() {
            return false;
        }
        match self.change() {
            Change::Same => true,
            // What is mapped stays what it is when its file is removed or replaced.
            Change::Vanished => true,
            Change::Changed => match Self::open_key(self.path(), &item.key, &Progress::new()) {
                Ok(now) if now.stamp.identity == self.stamp.identity => {
                    let same = |other: &Item| {
                        other.offset == item.offset
                            && other.length == item.length
                            && other.key == item.key
                            && other.content == item.content
                    };
                    now.items.iter().any(same)
                }
                Ok(_) => true,
                Err(_) => false,
            },
        }
    }

    /// The wavelengths that fit an array, and the axis they run along: the last axis of that length.
    #[must_use]
    pub fn spectral_axis(&self, item: &Item) -> Option<(usize, &Wavelengths)> {
        self.spectral.along(&item.layout()?.shape)
    }

    /// Why the wavelengths that the file has are not used for a cube, in one line.
    #[must_use]
    pub fn unused_wavelengths(&self, item: &Item) -> Option<String> {
        self.spectral.unused_for(item)
    }

    /// A line for each key of wavelengths that is used for no cube of the file.
    #[must_use]
    pub fn unused_wavelength_keys(&self) -> Vec<String> {
        self.spectral.unused(self.items())
    }

    /// `KEY-var` of equal shape, if there is one: the variance of each cell.
    #[must_use]
    pub fn variance_of(&self, item: &Item) -> Option<&Item> {
        let variance = self.item(&format!("{}{VARIANCE}", item.key))?;
        (variance.layout()?.shape == item.layout()?.shape).then_some(variance)
    }

    /// Which spelling of arrays the file has, dead entries included (plain `pickle.load` runs them, too); `None` without any.
    /// The error is a mixture.
    #[must_use]
    pub fn spelling(&self) -> Option<Result<Spelling, Mixed>> {
        let mut spellings = self.items.iter().filter_map(|item| item.spelling);
        let first = spellings.next()?;
        Some(if spellings.all(|other| other == first) {
            Ok(first)
        } else {
            Err(Mixed)
        })
    }

    /// Live items in the families of the hics conventions, see [`Family`].
    #[must_use]
    pub fn families(&self) -> Vec<Family<'_>> {
        family::families(self.items())
    }
}

fn array_layout(item: &Item) -> Result<&ArrayLayout, ReadError> {
    item.layout().ok_or_else(|| match &item.content {
        Content::Unreadable { why, .. } => ReadError::Unreadable(why.clone()),
        _ => ReadError::NotAnArray(item.type_text().to_owned()),
    })
}
