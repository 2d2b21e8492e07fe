//! Files that are no container: plain pickles of any protocol, or a clear word on what it is instead.
//!
//! A dict at the top is listed by its keys, and so is what is made of one (`OrderedDict`, `defaultdict`); anything else is
//! a single item. A pickle that cannot be decoded is one item, too, which says why.

use super::error::OpenErrorCause;
use super::extents;
use super::in_memory::Maker;
use super::item::{Content, Item, ItemState};
use super::recognise::{content_of_node, foreign_call};
use super::spectral_keys::SpectralKeys;
use super::{Dataset, Format, Warning};
use crate::mmapdict::HeaderError;
use crate::pickle::scan::Scanner;
use crate::pickle::{
    Budget, DecodeError, DecodeErrorKind, Limits, Node, NodeId, Opcode, Value, decode_pickle,
};
use crate::progress::Progress;
use crate::source::{ByteSource, FileSource, FileStamp};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, OnceLock};

/// The key of a pickle whose top is listed as a whole.
pub(super) const ROOT_KEY: &str = "(pickle)";
/// What listing a plain pickle may cost; its byte strings stay in the file, so that the places of arrays are known.
const PICKLE_LIMITS: Limits = Limits {
    depth: 1000,
    nodes: 5_000_000,
    bytes: 256 << 20,
    inline_text: 16 << 20,
    inline_bytes: 0,
};

/// `PROTO`: every pickle since protocol 2 begins so, and hardly anything else does.
const PROTO: u8 = 0x80;

pub(super) fn open(
    source: FileSource,
    header: HeaderError,
    progress: &Progress,
) -> Result<Dataset, OpenErrorCause> {
    if let HeaderError::Cut(len) = header {
        return Err(OpenErrorCause::CutHeader(len));
    }
    if let Some(name) = known_format_of(&source) {
        return Err(OpenErrorCause::OtherFormat(name));
    }
    let mut head = [0];
    source.read_at(0, &mut head).map_err(OpenErrorCause::Io)?;
    // Before reading: what is written meanwhile must show as a change.
    let stamp = source.stamp().map_err(OpenErrorCause::Io)?;
    let err = match decode_pickle(&source, &PICKLE_LIMITS, progress) {
        Ok((value, end)) => return Ok(decoded(source, stamp, &value, end, progress)),
        Err(err) if err.kind == DecodeErrorKind::Cancelled => {
            return Err(OpenErrorCause::Cancelled);
        }
        Err(err) => err,
    };
    // A text can look like a few opcodes of the oldest protocol; one that exceeds a limit is a pickle all the same.
    let is_likely =
        head.first() == Some(&PROTO) || matches!(err.kind, DecodeErrorKind::Limit { .. });
    match end_of_opcodes(&source, progress) {
        Some(end) if is_likely => Ok(undecoded(source, stamp, &err, end)),
        _ => Err(match (header, head.first()) {
            (HeaderError::Version(version), _) => OpenErrorCause::Version(version),
            (_, Some(&PROTO)) => OpenErrorCause::Pickle(err),
            (other, _) => OpenErrorCause::Foreign(other.to_string()),
        }),
    }
}

/// Behind the first STOP, if there are only opcodes before it.
fn end_of_opcodes(source: &dyn ByteSource, progress: &Progress) -> Option<u64> {
    let mut scanner = Scanner::new(source, 0, u64::MAX);
    loop {
        if progress.is_cancelled() {
            return None;
        }
        if scanner.next_op().ok()??.opcode == Opcode::Stop {
            return Some(scanner.position());
        }
    }
}

/// The name of a format that users confuse with ours.
pub(super) fn known_format_of(source: &dyn ByteSource) -> Option<&'static str> {
    let mut head = vec![0; usize::try_from(source.len().min(16)).unwrap_or_default()];
    source.read_at(0, &mut head).ok()?;
    known_format(&head)
}

/// Formats by their first bytes.
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

/// Key-value pairs at the top of the pickle: those of a dict, or those that are set in something made like one.
fn pairs_of(value: &Value) -> Option<&[(NodeId, NodeId)]> {
    if let Node::Dict(pairs) = value.root_node() {
        return Some(pairs);
    }
    let pairs = &value.extras(value.root())?.dict_items;
    (!pairs.is_empty()).then_some(pairs)
}

fn decoded(
    source: FileSource,
    stamp: FileStamp,
    value: &Value,
    end: u64,
    progress: &Progress,
) -> Dataset {
    let mut listing = Listing {
        value,
        making: Maker::new(&source),
        budget: Budget::of(value),
        items: Vec::new(),
        by_node: HashMap::new(),
        by_text: HashMap::new(),
    };
    let mut unlisted = 0;
    match pairs_of(value) {
        Some(pairs) => {
            let places = extents::of_values(&source, progress);
            let places = places.filter(|places| places.len() == pairs.len());
            let mut places = places.into_iter().flatten();
            let mut pairs = pairs.iter();
            while let Some(&(key, node)) = pairs.next() {
                let place = places.next().unwrap_or(0..end);
                if !listing.put(key, node, place) {
                    unlisted = 1 + pairs.len();
                    break;
                }
            }
        }
        None => {
            let root = ROOT_KEY.to_owned();
            let item = item(value, root, value.root(), 0..end, &mut listing.making);
            listing.items.push(item);
        }
    }
    let items = listing.items;
    let decode = |item: &Item| match item.node {
        Some(node) => Ok((value.clone(), node)),
        None => Err("it cannot be read".to_owned()),
    };
    let spectral = SpectralKeys::of(&source, &items, &decode);
    let mut dataset = dataset(source, stamp, items, spectral, end);
    if unlisted > 0 {
        let message = format!(
            "{unlisted} more keys are not listed: keys and values share parts, which makes them very long"
        );
        dataset.warnings.push(Warning {
            offset: None,
            message,
        });
    }
    // Once for all: values may share their parts.
    if let Some(calls) = foreign_call(value) {
        let message = format!(
            "Loading this pickle in Python would call {calls}. cubescope never runs it; do not load the file in Python unless you trust it"
        );
        dataset.warnings.push(Warning {
            offset: None,
            message,
        });
    }
    dataset
}

/// The items of a dict, as far as the budget goes: keys and values may share parts, which are told at each of them.
struct Listing<'v> {
    value: &'v Value,
    making: Maker<'v>,
    budget: Budget,
    items: Vec<Item>,
    /// Places of the keys.
    by_node: HashMap<NodeId, usize>,
    by_text: HashMap<String, usize>,
}

impl Listing<'_> {
    /// Lists a key. `false` where that would be too much.
    fn put(&mut self, key: NodeId, node: NodeId, place: Range<u64>) -> bool {
        // As in Python, a key that is set again keeps its place.
        if let Some(&at) = self.by_node.get(&key) {
            return self.set(at, node, place);
        }
        let Some(text) = key_text(self.value, key, &self.budget) else {
            return false;
        };
        if let Some(&at) = self.by_text.get(&text) {
            self.by_node.insert(key, at);
            return self.set(at, node, place);
        }
        let at = self.items.len();
        self.by_node.insert(key, at);
        self.by_text.insert(text.clone(), at);
        let item = item(self.value, text, node, place, &mut self.making);
        let length = length(&item);
        self.items.push(item);
        self.budget.take(4, length)
    }

    /// Another value for a key that is listed.
    fn set(&mut self, at: usize, node: NodeId, place: Range<u64>) -> bool {
        let Some(slot) = self.items.get_mut(at) else {
            return false;
        };
        let key = std::mem::take(&mut slot.key);
        *slot = item(self.value, key, node, place, &mut self.making);
        self.budget.take(4, length(slot))
    }
}

/// Bytes of what is told of an item.
fn length(item: &Item) -> u64 {
    let len = match &item.content {
        Content::Array(layout) => layout.dtype.text().len() + 8 * layout.shape.len(),
        Content::Value { type_name, .. } => type_name.len(),
        Content::Unreadable { why, .. } => why.len(),
    };
    len as u64
}

/// The key as text, unless that would be too much.
fn key_text(value: &Value, key: NodeId, budget: &Budget) -> Option<String> {
    if let Node::Str(blob) = value.node(key)
        && !budget.take(1, blob.len())
    {
        return None;
    }
    let text = match value.text(key) {
        Some(text) => text.into_owned(),
        // Told apart from a text that reads the same.
        None => format!(
            "{} ({})",
            value.line_within(key, 200, budget),
            value.type_name(key)
        ),
    };
    (!budget.is_spent()).then_some(text)
}

/// `place`: where its opcodes lie.
fn item(
    value: &Value,
    key: String,
    node: NodeId,
    place: Range<u64>,
    making: &mut Maker<'_>,
) -> Item {
    let (mut content, spelling) = content_of_node(value, node);
    let mut memory = None;
    if matches!(content, Content::Value { .. })
        && let Some((layout, bytes)) = making.array(value, node)
        && layout.check().is_ok()
    {
        content = Content::Array(layout);
        memory = bytes;
    }
    let (offset, length) = match &content {
        Content::Array(layout) if memory.is_none() => (layout.data_offset, layout.nbytes),
        _ => (place.start, place.end - place.start),
    };
    Item {
        key,
        state: ItemState::Live,
        offset,
        length,
        content,
        freed: false,
        calls: None,
        spelling,
        value_range: place,
        node: Some(node),
        memory,
    }
}

/// A pickle that is one, but of which nothing can be made.
fn undecoded(source: FileSource, stamp: FileStamp, err: &DecodeError, end: u64) -> Dataset {
    let item = Item {
        key: ROOT_KEY.to_owned(),
        state: ItemState::Live,
        offset: 0,
        length: end,
        content: Content::Unreadable {
            type_name: None,
            why: err.to_string(),
            layout: None,
        },
        freed: false,
        calls: None,
        spelling: None,
        value_range: 0..end,
        node: None,
        memory: None,
    };
    let spectral = SpectralKeys::default();
    let mut dataset = dataset(source, stamp, vec![item], spectral, end);
    let message = format!("This pickle cannot be read: {err}; `cubescope check` says more");
    dataset.warnings.push(Warning {
        offset: Some(err.offset),
        message,
    });
    dataset
}

fn dataset(
    source: FileSource,
    stamp: FileStamp,
    items: Vec<Item>,
    spectral: SpectralKeys,
    end: u64,
) -> Dataset {
    let trailing = stamp.len.saturating_sub(end);
    let mut warnings = Vec::new();
    if trailing > 0 {
        warnings.push(Warning {
            offset: Some(end),
            message: format!("{trailing} bytes behind the end of the pickle are not read"),
        });
    }
    Dataset {
        source,
        stamp,
        format: Format::Pickle,
        commit: None,
        live: items.len(),
        by_key: OnceLock::new(),
        items,
        warnings,
        spectral,
        maps: Mutex::default(),
    }
}
