//! Opening a file: container or plain pickle, or a clear word on what it is instead.

use super::error::{OpenError, OpenErrorCause};
use super::item::{Content, Item, ItemState};
use super::recognise::{Accepted, content_of_node, content_of_range};
use super::wavelengths::Wavelengths;
use super::{Dataset, Format, Warning};
use crate::mmapdict::{Damage, Entry, HeaderError, Index, IndexError, is_freed};
use crate::pickle::{DecodeErrorKind, Limits, Node, NodeId, Value, decode_pickle, text};
use crate::progress::Progress;
use crate::source::{ByteSource, FileSource, FileStamp, LockOutcome, lock_shared};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

/// How long to wait for a writer that holds the file's lock.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// Reads without the lock that found the file changing under them are repeated this often.
const UNLOCKED_TRIES: usize = 3;
/// Keys that may hold the band centres, the most usual first.
const WAVELENGTH_KEYS: [&str; 2] = ["wavelengths", "wavelength"];
/// More band centres than this are no spectrum.
const MAX_BANDS: u64 = 1 << 20;
/// What listing a plain pickle may cost; its byte strings stay in the file, so that the places of arrays are known.
const PICKLE_LIMITS: Limits = Limits {
    depth: 1000,
    nodes: 5_000_000,
    bytes: 256 << 20,
    inline_text: 16 << 20,
    inline_bytes: 0,
};

pub(super) fn open(path: &Path, progress: &Progress) -> Result<Dataset, OpenError> {
    let dataset = FileSource::open(path)
        .map_err(OpenErrorCause::from_io)
        .and_then(|source| read(source, progress));
    dataset.map_err(|cause| cause.of(path))
}

fn read(source: FileSource, progress: &Progress) -> Result<Dataset, OpenErrorCause> {
    if source.is_empty() {
        return Err(OpenErrorCause::Empty);
    }
    let mut warnings = Vec::new();
    match read_index(&source, &mut warnings, progress) {
        Ok((index, stamp)) => Ok(container(source, stamp, &index, warnings, progress)),
        Err(IndexError::Cancelled(_)) => Err(OpenErrorCause::Cancelled),
        Err(IndexError::Read(err)) => Err(OpenErrorCause::Io(err)),
        Err(IndexError::Header(err)) => not_a_container(source, err, progress),
    }
}

/// Reads the index under the file's lock. Values are looked at after it is given back: a writer must not wait for that.
fn read_index(
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
    warnings.extend(index_warnings(index));
    let items: Vec<Item> = index
        .entries
        .par_iter()
        .map(|entry| item(&source, entry, progress))
        .collect();
    let (live, dead) = in_order(items);
    let wavelengths = WAVELENGTH_KEYS.iter().find_map(|key| {
        let item = live.iter().find(|item| item.key == *key)?;
        wavelengths(&source, item, progress)
    });
    Dataset {
        source,
        stamp,
        format: Format::Mmapdict,
        commit: Some(index.commit),
        live: live.len(),
        by_key: by_key(&live),
        items: live.into_iter().chain(dead).collect(),
        warnings,
        wavelengths,
        map: OnceLock::new(),
    }
}

/// Places of keys. Of keys that look the same once escaped, the first one is found.
fn by_key(items: &[Item]) -> HashMap<String, usize> {
    let places = items.iter().enumerate().rev();
    places
        .map(|(place, item)| (item.key.clone(), place))
        .collect()
}

fn item(source: &FileSource, entry: &Entry, progress: &Progress) -> Item {
    let (content, spelling) = content_of_range(source, entry.value_range(), progress);
    Item {
        key: text::escaped(&entry.key).into_owned(),
        state: entry.state,
        offset: entry.offset,
        length: entry.len,
        content,
        freed: is_freed(entry),
        spelling,
        value_range: entry.value_range(),
        node: None,
    }
}

/// Live items at the place of the first live entry of their key, as Python's dict has them; dead ones in file order.
fn in_order(items: Vec<Item>) -> (Vec<Item>, Vec<Item>) {
    let mut first: HashMap<String, u64> = HashMap::new();
    for item in items
        .iter()
        .filter(|item| matches!(item.state, ItemState::Live | ItemState::Shadowed))
    {
        first.entry(item.key.clone()).or_insert(item.offset);
    }
    let (mut live, dead): (Vec<Item>, Vec<Item>) = items
        .into_iter()
        .partition(|item| item.state == ItemState::Live);
    live.sort_by_key(|item| first.get(&item.key).copied().unwrap_or(item.offset));
    (live, dead)
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

/// Band centres from a list of numbers, or from a 1-D array.
fn wavelengths(source: &FileSource, item: &Item, progress: &Progress) -> Option<Wavelengths> {
    let values = match &item.content {
        Content::Array(layout) => {
            let is_short = layout.cells().is_some_and(|cells| cells <= MAX_BANDS);
            if layout.shape.len() != 1 || !is_short || layout.dtype.number().is_none() {
                return None;
            }
            let cells = array_in_memory(source, layout)?.cells_1d().ok()?;
            cells.iter().map(|cell| cell.value.to_f64()).collect()
        }
        Content::Value { .. } => {
            let range = item.value_range.clone();
            let limits = Limits {
                nodes: 2 << 20,
                ..Limits::FULL
            };
            let value =
                crate::pickle::decode_value(source, range.start, range.end, &limits, progress)
                    .ok()?;
            let items = value.items(value.root())?;
            items
                .iter()
                .map(|&id| value.float(id))
                .collect::<Option<Vec<f64>>>()?
        }
        Content::Unreadable { .. } => return None,
    };
    Wavelengths::new(values)
}

/// A short array read by position: opening does not map the file.
fn array_in_memory(
    source: &FileSource,
    layout: &crate::array::ArrayLayout,
) -> Option<crate::array::ArrayView> {
    let mut bytes = vec![0; usize::try_from(layout.nbytes).ok()?];
    source.read_at(layout.data_offset, &mut bytes).ok()?;
    let layout = crate::array::ArrayLayout {
        data_offset: 0,
        mask: None,
        ..layout.clone()
    };
    crate::array::ArrayView::new(crate::source::Bytes::Memory(bytes.into()), &layout).ok()
}

// --- other files -----------------------------------------------------------------------------------

fn not_a_container(
    source: FileSource,
    header: HeaderError,
    progress: &Progress,
) -> Result<Dataset, OpenErrorCause> {
    if let HeaderError::Cut(len) = header {
        return Err(OpenErrorCause::CutHeader(len));
    }
    let mut head = vec![0; usize::try_from(source.len().min(16)).unwrap_or_default()];
    source.read_at(0, &mut head).map_err(OpenErrorCause::Io)?;
    if let Some(name) = known_format(&head) {
        return Err(OpenErrorCause::OtherFormat(name));
    }
    // Before reading: what is written meanwhile must show as a change.
    let stamp = source.stamp().map_err(OpenErrorCause::Io)?;
    match decode_pickle(&source, &PICKLE_LIMITS, progress) {
        Ok((value, end)) => match value.root_node() {
            Node::Dict(_) => Ok(plain_pickle(source, stamp, &value, end)),
            _ => Err(OpenErrorCause::NotADict(a_type(&value))),
        },
        Err(err) if err.kind == DecodeErrorKind::Cancelled => Err(OpenErrorCause::Cancelled),
        Err(err) => Err(match (header, head.first()) {
            (HeaderError::Version(version), _) => OpenErrorCause::Version(version),
            // PROTO: every pickle since protocol 2 begins so, and hardly anything else does.
            (_, Some(0x80)) => OpenErrorCause::Pickle(err),
            (other, _) => OpenErrorCause::Foreign(other.to_string()),
        }),
    }
}

fn a_type(value: &Value) -> String {
    match value.root_node() {
        Node::None => "None".to_owned(),
        _ => {
            let name = value.type_name(value.root());
            let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
                "an"
            } else {
                "a"
            };
            format!("{article} {name}")
        }
    }
}

/// Formats that users confuse with ours, by their first bytes.
fn known_format(head: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 12] = [
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"\x89PNG", "a PNG picture"),
        (b"II*\0", "a TIFF file"),
        (b"MM\0*", "a TIFF file"),
        (b"\x89HDF", "an HDF5 file"),
        (b"CDF\x01", "a NetCDF file"),
        (b"\x93NUMPY", "a NumPy .npy file"),
        (b"PK\x03\x04", "a ZIP archive (or .npz)"),
        (b"\x1f\x8b", "a gzip archive; unpack it first"),
        (b"ENVI", "an ENVI header"),
        (b"SIMPLE", "a FITS file"),
        (b"%PDF", "a PDF document"),
    ];
    known
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map(|(_, name)| *name)
}

fn plain_pickle(source: FileSource, stamp: FileStamp, value: &Value, end: u64) -> Dataset {
    let pairs: &[(NodeId, NodeId)] = match value.root_node() {
        Node::Dict(pairs) => pairs,
        _ => &[],
    };
    let mut items: Vec<Item> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for &(key, node) in pairs {
        let key = match value.text(key) {
            Some(text) => text.into_owned(),
            // Told apart from a text that reads the same.
            None => format!("{} ({})", value.line(key, 200), value.type_name(key)),
        };
        let (content, spelling) = content_of_node(value, node, Accepted::All);
        let (offset, length) = match &content {
            Content::Array(layout) => (layout.data_offset, layout.nbytes),
            _ => (0, end),
        };
        let item = Item {
            key: key.clone(),
            state: ItemState::Live,
            offset,
            length,
            content,
            freed: false,
            spelling,
            value_range: 0..end,
            node: Some(node),
        };
        // As in Python, a key that is set again keeps its place.
        match places.get(&key).and_then(|&at| items.get_mut(at)) {
            Some(slot) => *slot = item,
            None => {
                places.insert(key, items.len());
                items.push(item);
            }
        }
    }
    let mut warnings = Vec::new();
    if end < stamp.len {
        let message = format!(
            "{} bytes behind the end of the pickle are not read",
            stamp.len - end
        );
        warnings.push(Warning {
            offset: Some(end),
            message,
        });
    }
    let wavelengths = WAVELENGTH_KEYS.iter().find_map(|key| {
        let item = items.iter().find(|item| item.key == *key)?;
        pickled_wavelengths(&source, value, item)
    });
    Dataset {
        source,
        stamp,
        format: Format::Pickle,
        commit: None,
        live: items.len(),
        by_key: by_key(&items),
        items,
        warnings,
        wavelengths,
        map: OnceLock::new(),
    }
}

fn pickled_wavelengths(source: &FileSource, value: &Value, item: &Item) -> Option<Wavelengths> {
    if matches!(item.content, Content::Array(_)) {
        return wavelengths(source, item, &Progress::new());
    }
    let items = value.items(item.node?)?;
    Wavelengths::new(
        items
            .iter()
            .map(|&id| value.float(id))
            .collect::<Option<_>>()?,
    )
}
