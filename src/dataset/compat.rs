//! Which NumPy can load the arrays of a container with plain `pickle.load`, and changing that.
//!
//! The spelling of an array decides (see [`Spelling`]). Dead entries count: plain pickle runs their opcodes before it drops
//! them. Legacy and modern differ in ten letters of equal number, which are switched in place and back; portable needs
//! other opcodes, so that is a new file.

use super::item::{Content, ItemState};
use super::recognise::{built_by_opcodes, recognise};
use super::{Dataset, Mixed, Spelling};
use crate::array::ArrayLayout;
use crate::mmapdict::{
    ArrayHead, Counted, Doubt, EditError, Editor, NewFile, Payload, Piece, check_writable, create,
    edit, is_freed, read_index,
};
use crate::pickle::scan::{Arg, Scanner};
use crate::pickle::{Limits, NodeId, Opcode, Span, Value, decode_value};
use crate::progress::Progress;
use crate::source::{ByteSource, FileSource};
use std::ops::Range;
use std::path::Path;

const FROMSTRING: &[u8; 10] = b"fromstring";
const FROMBUFFER: &[u8; 10] = b"frombuffer";

/// Cells that a mask of a single byte is written out for; more would make a large file of a small one.
const MAX_MASK: u64 = 256 << 20;

/// Numbers of array entries, live and dead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that count.
    pub live: usize,
    /// History.
    pub dead: usize,
}

impl Count {
    /// Whether there are none.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// How the arrays of a file are spelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compat {
    /// With `fromstring`.
    pub legacy: Count,
    /// With `frombuffer`.
    pub modern: Count,
    /// With neither.
    pub portable: Count,
    /// Letters of both: a switch that was interrupted. Switching again heals it.
    pub torn: Count,
}

impl Compat {
    /// Of an open file. Does file I/O.
    #[must_use]
    pub fn of(dataset: &Dataset, progress: &Progress) -> Self {
        let mut compat = Self::default();
        for item in dataset.items().chain(dataset.dead_items()) {
            let by_names = item.spelling != Some(Spelling::Portable)
                && (item.is_masked() || may_be_spelled(&item.content));
            let named = || spelled(&dataset.source, item.value_range.clone(), progress);
            let found = match item.spelling {
                _ if by_names => named().or(item.spelling.map(Ok)),
                spelling => spelling.map(Ok),
            };
            let count = match found {
                Some(Ok(Spelling::Legacy)) => &mut compat.legacy,
                Some(Ok(Spelling::Modern)) => &mut compat.modern,
                Some(Ok(Spelling::Portable)) => &mut compat.portable,
                Some(Err(Mixed)) => &mut compat.torn,
                None => continue,
            };
            match item.state {
                ItemState::Live | ItemState::Shadowed => count.live += 1,
                ItemState::Deleted | ItemState::Superseded => count.dead += 1,
            }
        }
        compat
    }

    /// The one spelling there is, if there are arrays.
    #[must_use]
    pub fn spelling(&self) -> Option<Result<Spelling, Mixed>> {
        let counts = [
            (self.legacy, Spelling::Legacy),
            (self.modern, Spelling::Modern),
            (self.portable, Spelling::Portable),
        ];
        let mut there = counts.iter().filter(|(count, _)| !count.is_none());
        match (there.next(), there.next(), self.torn.is_none()) {
            (None, _, true) => None,
            (Some((_, one)), None, true) => Some(Ok(*one)),
            _ => Some(Err(Mixed)),
        }
    }
}

/// Whether a value may be an array that is not seen as one: its names may have letters of both, or come from the memo.
fn may_be_spelled(content: &Content) -> bool {
    let (Content::Value { type_name, .. }
    | Content::Unreadable {
        type_name: Some(type_name),
        ..
    }) = content
    else {
        return false;
    };
    type_name == "ndarray" || type_name.ends_with("MaskedArray")
}

/// The spelling by the names that the opcodes call.
fn spelled(
    source: &dyn ByteSource,
    range: Range<u64>,
    progress: &Progress,
) -> Option<Result<Spelling, Mixed>> {
    let limits = Limits::OUTLINE;
    let value = decode_value(source, range.start, range.end, &limits, progress).ok()?;
    let names = names(&value, value.root())?;
    Some(if names.iter().all(|name| name.as_bytes() == FROMSTRING) {
        Ok(Spelling::Legacy)
    } else if names.iter().all(|name| name.as_bytes() == FROMBUFFER) {
        Ok(Spelling::Modern)
    } else {
        Err(Mixed)
    })
}

// --- switching -------------------------------------------------------------------------------------

/// What a switch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switched {
    /// Entries that were changed.
    pub entries: usize,
    /// The commit number now.
    pub commit: i32,
    /// What is not certain about it.
    pub doubt: Option<Doubt>,
}

/// Switches all arrays between the legacy and the modern spelling, in place and under the file's lock; portable ones stay.
/// Once more is the same as once: after a crash in between, another switch in either direction brings the file in order.
///
/// # Errors
/// See [`EditError`].
pub fn switch(path: &Path, to_modern: bool, progress: &Progress) -> Result<Switched, EditError> {
    edit(path, progress, |editor| {
        switch_in(editor, to_modern, progress)
    })
}

/// As [`switch`], in a container that is being changed.
///
/// # Errors
/// See [`EditError`].
pub fn switch_in(
    editor: &mut Editor<'_>,
    to_modern: bool,
    progress: &Progress,
) -> Result<Switched, EditError> {
    let word = if to_modern { FROMBUFFER } else { FROMSTRING };
    let mut places = Vec::new();
    let mut entries = 0;
    for entry in &editor.index().entries {
        progress.check()?;
        let found = letters(editor.store(), entry.value_range(), word, progress);
        entries += usize::from(!found.is_empty());
        places.extend(found);
    }
    let Counted { commit, doubt } = if places.is_empty() {
        Counted {
            commit: editor.index().commit,
            doubt: None,
        }
    } else {
        let places: Vec<(u64, &[u8])> = places.iter().map(|&at| (at, &word[..])).collect();
        editor.overwrite(&places)?
    };
    Ok(Switched {
        entries,
        commit,
        doubt,
    })
}

/// Where the names stand that have to be written over, so that the array of an entry is spelled with `word`.
fn letters(
    source: &dyn ByteSource,
    range: Range<u64>,
    word: &[u8],
    progress: &Progress,
) -> Vec<u64> {
    let limits = Limits::OUTLINE;
    match decode_value(source, range.start, range.end, &limits, progress) {
        Ok(value) if names(&value, value.root()).is_some() => {}
        _ => return Vec::new(),
    }
    let mut scanner = Scanner::new(source, range.start, range.end);
    let mut places = Vec::new();
    while let Ok(Some(op)) = scanner.next_op() {
        let span = match (op.opcode, op.arg) {
            (
                Opcode::ShortBinUnicode | Opcode::BinUnicode | Opcode::BinUnicode8,
                Arg::Span(span),
            ) => span,
            (Opcode::Global, Arg::Lines(_, name)) => name,
            _ => continue,
        };
        if let Some(name) = short_text(&mut scanner, span)
            && is_mixture(&name)
            && name != word
        {
            places.push(span.offset);
        }
    }
    places
}

fn short_text(scanner: &mut Scanner<'_>, span: Span) -> Option<Vec<u8>> {
    if span.len != FROMSTRING.len() as u64 {
        return None;
    }
    scanner.load(span).ok()
}

/// Whether a name is one of the two, or has letters of both.
fn is_mixture(name: &[u8]) -> bool {
    let letters = FROMSTRING.iter().zip(FROMBUFFER);
    name.len() == FROMSTRING.len()
        && letters
            .zip(name)
            .all(|((string, buffer), byte)| byte == string || byte == buffer)
}

/// The names by which a node builds an array, or a masked one of two arrays, if they are the two or a mixture of them.
fn names(value: &Value, id: NodeId) -> Option<Vec<&str>> {
    match value.call(id)? {
        ("numpy.ma.core" | "numpy.ma", "MaskedArray", [data, mask, ..]) => {
            Some(vec![name(value, *data)?, name(value, *mask)?])
        }
        _ => name(value, id).map(|name| vec![name]),
    }
}

fn name(value: &Value, id: NodeId) -> Option<&str> {
    match value.call(id)? {
        (module, "reshape", [flat, _]) if module.starts_with("numpy") => {
            match value.call(*flat)? {
                (module, name, [_, _])
                    if module.starts_with("numpy") && is_mixture(name.as_bytes()) =>
                {
                    Some(name)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

// --- a portable file -------------------------------------------------------------------------------

/// What rewriting did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Arrays that have the portable spelling now and had another.
    pub arrays: usize,
    /// Arrays that cannot be spelled so: their dtype is not known, they are damaged, or one value masks all of a huge one.
    /// They are as they were.
    pub left: usize,
    /// All entries, dead ones included.
    pub entries: usize,
    /// Bytes of the new file.
    pub bytes: u64,
}

/// Writes a new container at `output` with all arrays in the portable spelling, dead ones too; everything else is copied
/// byte for byte.
///
/// # Errors
/// See [`EditError`].
pub fn portable(input: &Path, output: &Path, progress: &Progress) -> Result<Rewritten, EditError> {
    let source = FileSource::open(input)?;
    let index = read_index(&source, progress)?;
    let stamp = source.stamp()?;
    if let Some(damage) = index.damage {
        let at = index.end;
        return Err(EditError::Damaged { at, damage });
    }
    check_writable(&source, &index, progress)?;
    progress.set_total(stamp.len);
    create(output, Some(source.file()), |store| {
        let mut new = NewFile::begin(store, progress)?;
        let mut done = Rewritten::default();
        for entry in &index.entries {
            done.entries += 1;
            match array_of(&source, entry.value_range(), progress) {
                (Some(Spelling::Legacy | Spelling::Modern), Some(layout))
                    if can_be_portable(&layout)
                        && fits_mask(&source, &layout)
                        && !is_freed(entry) =>
                {
                    let payload = portable_array(&source, &layout)?;
                    if entry.is_alive() {
                        new.add(&entry.key, payload)?;
                    } else {
                        new.add_dead(&entry.key, payload)?;
                    }
                    done.arrays += 1;
                }
                (Some(Spelling::Legacy | Spelling::Modern), _) => {
                    new.copy(&source, entry)?;
                    done.left += 1;
                }
                _ => new.copy(&source, entry)?,
            }
        }
        new.finish(index.commit)?;
        if source.stamp()? != stamp {
            return Err(EditError::Changed);
        }
        done.bytes = store.len();
        Ok(done)
    })
}

/// The spelling of an array and where it lies, if it is one and sound: as the reference finds it, or as the opcodes build it.
fn array_of(
    source: &FileSource,
    range: Range<u64>,
    progress: &Progress,
) -> (Option<Spelling>, Option<ArrayLayout>) {
    let found = recognise(source, range.clone(), progress);
    match (found.content, found.spelling) {
        (Content::Array(layout), Some(spelling)) => (Some(spelling), Some(layout)),
        (Content::Value { .. }, None) => match built_by_opcodes(source, range, progress) {
            Ok(Some((layout, spelling))) => {
                let is_sound = layout.check().is_ok();
                (spelling, is_sound.then_some(layout))
            }
            _ => (None, None),
        },
        (_, spelling) => (spelling, None),
    }
}

/// NumPy does not read structured dtypes from their text, and items of no size have no place in a buffer.
fn can_be_portable(layout: &ArrayLayout) -> bool {
    let text = layout.dtype.text();
    layout.dtype.itemsize().is_some_and(|size| size > 0)
        && !text.starts_with(['[', '{', '('])
        && layout.cells().is_some()
}

/// Whether a mask of one byte, if it is one, can be written out for all cells: zeros take no space.
pub(super) fn fits_mask(source: &FileSource, layout: &ArrayLayout) -> bool {
    let is_small = |cells: u64| cells <= MAX_MASK;
    match &layout.mask {
        Some(mask) if mask.is_for_all_cells() && !layout.cells().is_some_and(is_small) => {
            let mut value = [1];
            source.read_at(mask.data_offset, &mut value).is_ok() && value == [0]
        }
        _ => true,
    }
}

/// An array of a file in the portable spelling.
pub(super) fn portable_array<'a>(
    source: &'a FileSource,
    layout: &ArrayLayout,
) -> Result<Payload<'a>, EditError> {
    let head = ArrayHead {
        dtype: layout.dtype.text(),
        shape: &layout.shape,
    };
    let part = |at: u64, len: u64| Piece::Copy(source, at..at + len);
    let cells = layout.cells().unwrap_or_default();
    let mask = match &layout.mask {
        None => None,
        // One value for all cells, as mmappickle 1.0.0 writes where nothing is masked.
        Some(mask) if mask.is_for_all_cells() && cells != 1 => {
            let mut value = [0];
            source.read_at(mask.data_offset, &mut value)?;
            match value {
                [0] => Some(Piece::Zeros(cells)),
                [value] if cells <= MAX_MASK => {
                    let cells = usize::try_from(cells).map_err(|_err| EditError::TooLarge)?;
                    Some(Piece::Bytes(vec![value; cells]))
                }
                [_] => return Err(EditError::TooLarge),
            }
        }
        Some(mask) => Some(part(mask.data_offset, mask.nbytes)),
    };
    Payload::array(head, part(layout.data_offset, layout.nbytes), mask)
}
