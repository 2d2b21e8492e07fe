//! Converting a plain pickle of a dict to a new container, with its arrays streamed: none of them is held in memory.
//!
//! What the reference does when it opens a pickle for writing, but to another file, and without running what the pickle
//! names. Arrays become arrays of the container in the portable spelling, also those of old protocols and in Fortran order.
//! Everything else is encoded as it is.

use super::numpy::{self, PickledArray, Raw};
use super::{Dataset, OpenError};
use crate::array::{ArrayLayout, COrder, DType};
use crate::mmapdict::{
    ArrayHead, EditError, HEADER_LEN, Header, MAX_KEY_LEN, NewFile, Payload, Piece, create,
    lock_for_reading,
};
use crate::pickle::{
    Blob, Budget, DecodeErrorKind, EncodeError, Limits, Node, NodeId, Value, decode_pickle,
};
use crate::progress::Progress;
use crate::source::{ByteSource, Bytes, FileMap, FileSource};
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The whole pickle is decoded, without its long texts and byte strings.
const LIMITS: Limits = Limits {
    inline_text: 1 << 16,
    inline_bytes: 4096,
    ..Limits::FULL
};
/// The raw bytes of an array that do not lie in the file as they are have to fit into memory.
const MAX_IN_MEMORY: u64 = 256 << 20;
/// The new file is not larger than so many times the pickle, and this much besides: what values share is written for each.
const MAX_GROWTH: u64 = 16;
const MAX_EXTRA: u64 = 64 << 20;
/// The same for the parts of all values.
const MAX_EXTRA_NODES: u64 = 4_000_000;
/// As in [`crate::mmapdict::Editor::first_memo`].
const LARGE_MEMO: u32 = 1 << 16;
/// Bad keys that are named in an error.
const NAMED: usize = 10;

/// What was converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Converted {
    /// Number of keys.
    pub keys: usize,
    /// How many of them are arrays of the container now.
    pub arrays: usize,
    /// Bytes of the new file.
    pub bytes: u64,
    /// Bytes behind the end of the pickle, which no reader sees.
    pub trailing: u64,
}

/// Why nothing was converted. `Display` is ready for a user, without the path but for [`ConvertError::Open`].
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// It cannot be read as a pickle.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing to do.
    #[error("This is a container already; there is nothing to convert")]
    IsContainer,
    /// Something else than a dict.
    #[error("This is a Python pickle that holds {0}; only dicts can be converted")]
    NotADict(String),
    /// Keys that a container cannot have.
    #[error(
        "Keys must be texts of at most 255 bytes in UTF-8; these are not: {0}. Rename them in Python first"
    )]
    Keys(String),
    /// A value that cannot be written.
    #[error("{key:?} cannot be converted: {why}")]
    Value {
        /// Its key.
        key: String,
        /// What is wrong with it.
        why: EditError,
    },
    /// Another program wrote to the pickle.
    #[error("Another program changed the file meanwhile; try again")]
    Changed,
    /// Reading or writing failed.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Converts the plain pickle at `input` to a new container at `output`, which must not exist. It appears when it is whole.
///
/// # Errors
/// See [`ConvertError`].
pub fn convert(
    input: &Path,
    output: &Path,
    progress: &Progress,
) -> Result<Converted, ConvertError> {
    let source = match FileSource::open(input) {
        Ok(source) => source,
        Err(err) => return Err(refusal(input, progress).unwrap_or_else(|| edit(err))),
    };
    // The reference makes a container of a pickle where it stands, under the lock.
    let lock = lock_for_reading(&source);
    let stamp = source.stamp().map_err(edit)?;
    let mut head = [0; HEADER_LEN as usize];
    let read = source.read_at(0, &mut head);
    // Whatever is changed from here on changes the stamp, which is compared at the end.
    drop(lock);
    if read.is_ok() && Header::parse(&head).is_ok() {
        return Err(ConvertError::IsContainer);
    }
    let (root, end) = match decode_pickle(&source, &LIMITS, progress) {
        Ok(decoded) => decoded,
        Err(err) if err.kind == DecodeErrorKind::Cancelled => {
            return Err(EditError::from(crate::progress::Cancelled).into());
        }
        Err(err) => {
            let refused = refusal(input, progress);
            return Err(refused.unwrap_or_else(|| EditError::Decode(err).into()));
        }
    };
    let items = items(&root)?;
    progress.set_total(stamp.len);
    create(output, Some(source.file()), |store| {
        let mut conversion = Conversion {
            source: &source,
            map: None,
            new: NewFile::begin(store, progress)?,
            next_memo: 1,
            arrays: 0,
            budget: Budget::new(
                root.weight()
                    .0
                    .saturating_mul(MAX_GROWTH)
                    .saturating_add(MAX_EXTRA_NODES),
                stamp
                    .len
                    .saturating_mul(MAX_GROWTH)
                    .saturating_add(MAX_EXTRA),
            ),
        };
        for (key, node) in &items {
            let added = conversion.add(key, &root, *node);
            added.map_err(|why| ConvertError::Value {
                key: key.clone(),
                why,
            })?;
        }
        let arrays = conversion.arrays;
        let commit = conversion.new.entries();
        conversion.new.finish(commit)?;
        if source.stamp().map_err(edit)? != stamp {
            return Err(ConvertError::Changed);
        }
        Ok(Converted {
            keys: items.len(),
            arrays,
            bytes: store.len(),
            trailing: stamp.len.saturating_sub(end),
        })
    })
}

fn edit(err: std::io::Error) -> ConvertError {
    ConvertError::Edit(err.into())
}

/// Why the file cannot be opened at all, in the words used for that.
fn refusal(path: &Path, progress: &Progress) -> Option<ConvertError> {
    Dataset::open(path, progress).err().map(ConvertError::Open)
}

// --- keys ------------------------------------------------------------------------------------------

/// Keys and values as Python's dict has them: of a key that is set twice, the last value at the first place.
fn items(root: &Value) -> Result<Vec<(String, NodeId)>, ConvertError> {
    let pairs =
        dict_pairs(root).ok_or_else(|| ConvertError::NotADict(root.type_name(root.root())))?;
    let mut items: Vec<(String, NodeId)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let (mut bad, mut bad_count) = (Vec::new(), 0_usize);
    for (key, node) in pairs {
        match root.short_str(key, MAX_KEY_LEN) {
            Some(text) => match places.get(text).and_then(|&at| items.get_mut(at)) {
                Some(item) => item.1 = node,
                None => {
                    places.insert(text.to_owned(), items.len());
                    items.push((text.to_owned(), node));
                }
            },
            None => {
                bad_count += 1;
                if bad.len() < NAMED {
                    bad.push(root.line(key, 60));
                }
            }
        }
    }
    if bad.is_empty() {
        return Ok(items);
    }
    let more = bad_count.saturating_sub(NAMED);
    let mut names = bad.join(", ");
    if more > 0 {
        names.push_str(&format!(" and {more} more"));
    }
    Err(ConvertError::Keys(names))
}

/// The pairs of a dict, or of an object of a subclass that holds nothing besides.
fn dict_pairs(root: &Value) -> Option<Vec<(NodeId, NodeId)>> {
    let id = root.root();
    if let Node::Dict(pairs) = root.node(id) {
        return root.extras(id).is_none().then(|| pairs.clone());
    }
    let (module, name, args) = root.call(id)?;
    let late = match root.extras(id) {
        Some(extras) if !extras.list_items.is_empty() || !extras.state.is_empty() => return None,
        Some(extras) => extras.dict_items.as_slice(),
        None => &[],
    };
    let mut pairs = match (module, name, args) {
        ("collections", "Counter" | "OrderedDict", [inner]) => inner_pairs(root, *inner)?,
        // The factory of its missing items is not kept, as in any copy to a dict.
        ("collections", "defaultdict", [] | [_]) => Vec::new(),
        ("copyreg" | "copy_reg", "_reconstructor", [_class, base, inner])
            if matches!(
                root.global(*base),
                Some(("builtins" | "__builtin__", "dict"))
            ) =>
        {
            inner_pairs(root, *inner)?
        }
        // A class that is made without arguments and filled by its keys.
        (_, _, []) if !late.is_empty() || (module, name) == ("collections", "OrderedDict") => {
            Vec::new()
        }
        _ => return None,
    };
    pairs.extend(late);
    Some(pairs)
}

/// Pairs of a dict, or of a list of pairs, as Python 2 stores an `OrderedDict`.
fn inner_pairs(root: &Value, id: NodeId) -> Option<Vec<(NodeId, NodeId)>> {
    if let Node::Dict(pairs) = root.node(id) {
        return Some(pairs.clone());
    }
    let pairs = root.items(id)?.iter().map(|&pair| match root.items(pair)? {
        [key, value] => Some((*key, *value)),
        _ => None,
    });
    pairs.collect()
}

// --- values ----------------------------------------------------------------------------------------

struct Conversion<'s> {
    source: &'s FileSource,
    /// Made for the first array in Fortran order.
    map: Option<Arc<FileMap>>,
    new: NewFile<'s>,
    next_memo: u32,
    arrays: usize,
    /// For all values together.
    budget: Budget,
}

/// Raw bytes in C order.
enum Data {
    Memory(Vec<u8>),
    InFile(std::ops::Range<u64>),
    Turned(COrder, u64),
}

impl Conversion<'_> {
    fn add(&mut self, key: &str, root: &Value, node: NodeId) -> Result<(), EditError> {
        if let Some(array) = numpy::array(root, node)
            && let Some((data, mask)) = self.contents(root, &array)?
        {
            let head = ArrayHead {
                dtype: &array.dtype,
                shape: &array.shape,
            };
            let (mut data, mut mask) = (data, mask);
            let mask = mask.as_mut().map(|mask| mask.piece(self.source));
            let payload = Payload::array(head, data.piece(self.source), mask)?;
            self.new.add(key.as_bytes(), payload)?;
            self.arrays += 1;
            return Ok(());
        }
        let value = root.at(node);
        let (source, budget) = (Some(self.source as &dyn ByteSource), &self.budget);
        let payload = Payload::of_value_within(&value, self.next_memo, source, budget)?;
        let next = u32::try_from(payload.memo).unwrap_or(1);
        self.next_memo = if next > LARGE_MEMO { 1 } else { next };
        self.new.add(key.as_bytes(), payload)?;
        Ok(())
    }

    /// The data and the mask; nothing where they do not agree with the shape, or cannot be had.
    fn contents(
        &mut self,
        root: &Value,
        array: &PickledArray,
    ) -> Result<Option<(Data, Option<Data>)>, EditError> {
        let cells = cells(&array.shape);
        let Some(nbytes) = cells.and_then(|cells| cells.checked_mul(array.itemsize)) else {
            return Ok(None);
        };
        let Some(data) = self.data(root, array.data, array, false, nbytes)? else {
            return Ok(None);
        };
        let Some(mask) = array.mask else {
            return Ok(Some((data, None)));
        };
        let mask = self.data(root, mask, array, true, cells.unwrap_or_default())?;
        Ok(mask.map(|mask| (data, Some(mask))))
    }

    fn data(
        &mut self,
        root: &Value,
        node: NodeId,
        array: &PickledArray,
        is_mask: bool,
        nbytes: u64,
    ) -> Result<Option<Data>, EditError> {
        let raw = numpy::raw_bytes(root, node);
        if !self.budget.take(1, raw.map_or(0, Raw::len)) {
            return Err(EncodeError::Unfolds.into());
        }
        let data = match raw {
            None => return Ok(None),
            Some(Raw::Nothing) => Some(Vec::new()),
            Some(Raw::Bytes(Blob::InFile(span))) if span.len == nbytes => {
                let end = span.offset + span.len;
                if !array.fortran {
                    return Ok(Some(Data::InFile(span.offset..end)));
                }
                let bytes = Bytes::Mapped(self.map()?);
                return Ok(turned(bytes, span.offset, array, is_mask, nbytes));
            }
            Some(Raw::Bytes(Blob::InFile(_))) => return Ok(None),
            Some(Raw::Bytes(Blob::Loaded(bytes))) => Some(bytes.to_vec()),
            Some(Raw::Latin1(Blob::Loaded(text))) => numpy::latin1(text),
            Some(Raw::Latin1(Blob::InFile(span))) if span.len <= MAX_IN_MEMORY => {
                let mut text = vec![0; usize::try_from(span.len).unwrap_or_default()];
                self.source.read_at(span.offset, &mut text)?;
                numpy::latin1(&text)
            }
            Some(Raw::Latin1(Blob::InFile(_))) => None,
        };
        let Some(data) = data.filter(|data| data.len() as u64 == nbytes) else {
            return Ok(None);
        };
        if !array.fortran {
            return Ok(Some(Data::Memory(data)));
        }
        Ok(turned(
            Bytes::Memory(data.into()),
            0,
            array,
            is_mask,
            nbytes,
        ))
    }

    fn map(&mut self) -> Result<Arc<FileMap>, EditError> {
        if let Some(map) = &self.map {
            return Ok(Arc::clone(map));
        }
        let map = Arc::new(FileMap::new(self.source.file())?);
        self.map = Some(Arc::clone(&map));
        Ok(map)
    }
}

impl Data {
    fn piece<'a>(&'a mut self, source: &'a dyn ByteSource) -> Piece<'a> {
        match self {
            Self::Memory(bytes) => Piece::Bytes(std::mem::take(bytes)),
            Self::InFile(range) => Piece::Copy(source, range.clone()),
            Self::Turned(reader, len) => Piece::Stream(reader as &mut dyn Read, *len),
        }
    }
}

/// Column-major data, or a mask in the same order, as a stream in C order.
fn turned(
    bytes: Bytes,
    offset: u64,
    array: &PickledArray,
    is_mask: bool,
    nbytes: u64,
) -> Option<Data> {
    let layout = ArrayLayout {
        dtype: DType::parse(if is_mask { "bool" } else { &array.dtype }),
        shape: array.shape.clone(),
        fortran: true,
        data_offset: offset,
        nbytes,
        mask: None,
    };
    let reader = COrder::new(bytes, &layout).ok()?;
    Some(Data::Turned(reader, nbytes))
}

fn cells(shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .try_fold(1_u64, |cells, &length| cells.checked_mul(length))
}
