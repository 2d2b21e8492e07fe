//! What entries mean to a spectroscopist: items, cubes, wavelengths, families.
//!
//! SKELETON with the agreed public interface.
#![allow(unused)]

use crate::array::{ArrayError, ArrayLayout, ArrayView};
use crate::pickle::Value;
use crate::progress::{Cancelled, Progress};
use std::path::{Path, PathBuf};

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Mmapdict,
    Pickle,
}

/// An open file at one revision: immutable, shared as `Arc<Dataset>`, replaced by a new one when the file changes.
#[derive(Debug)]
pub struct Dataset {}

/// One key. Identity within one revision is the offset; across revisions it is the key.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Key as text; bytes that are no UTF-8 are escaped (`\xff`, `\udc80`).
    pub key: String,
    pub state: ItemState,
    /// Of the whole entry in the file.
    pub offset: u64,
    pub length: u64,
    pub content: Content,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemState {
    Live,
    Deleted,
    Superseded,
    Shadowed,
}

/// What is stored under a key, as far as listing it tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// An array that is read in place (`layout.mask` is there for a masked one). Its dtype may still be one that cannot be shown.
    Array(ArrayLayout),
    /// Any other value.
    Value {
        /// `str`, `list`, `dict`, `datetime.datetime`, …
        type_name: String,
        /// Number of children of a container, characters of a str, bytes of a bytes; `None` if not known without a full read.
        len: Option<u64>,
    },
    /// Listed, but not to be shown; says why and where.
    Unreadable {
        type_name: Option<String>,
        why: String,
    },
}

/// For icons and for choosing a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemKind {
    Cube,
    Image,
    Curve,
    Scalar,
    Text,
    Number,
    List,
    Dict,
    Other,
    Unreadable,
}

impl Item {
    pub fn kind(&self) -> ItemKind {
        todo!()
    }
    pub fn is_masked(&self) -> bool {
        todo!()
    }
    pub fn layout(&self) -> Option<&ArrayLayout> {
        todo!()
    }
    /// `80 × 88 × 200`, `8 items`, `312 characters`; empty if unknown.
    pub fn size_text(&self) -> String {
        todo!()
    }
    /// dtype text of an array, type name of a value.
    pub fn type_text(&self) -> &str {
        todo!()
    }
}

/// Why a file could not be opened: cause, what to do next; path last in `Display`.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("placeholder")]
    Placeholder,
}

/// Something odd that did not prevent opening (a cut tail, a busy lock, bytes after the end).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub offset: Option<u64>,
    pub message: String,
}

/// What happened to a file since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Same,
    Changed,
    Vanished,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Array(#[from] ArrayError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The mapped file was cut by another process while it was read.
    #[error("the file was shortened by another program while it was read; it is being reopened")]
    Torn,
    #[error("{0}")]
    Value(String),
}

impl Dataset {
    /// Reads the index and the head of each value; never array data, never writes. Blocks for the file's lock up to a second.
    pub fn open(path: &Path, progress: &Progress) -> Result<Self, OpenError> {
        todo!()
    }
    pub fn path(&self) -> &Path {
        todo!()
    }
    pub fn format(&self) -> Format {
        todo!()
    }
    /// Commit number of a container.
    pub fn commit(&self) -> Option<i32> {
        todo!()
    }
    /// File size in bytes.
    pub fn size(&self) -> u64 {
        todo!()
    }
    /// Live items in file order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        std::iter::empty()
    }
    /// Live item of a key.
    pub fn item(&self, key: &str) -> Option<&Item> {
        todo!()
    }
    pub fn warnings(&self) -> &[Warning] {
        todo!()
    }
    /// Maps the file (once) and gives the array. Does file I/O at the first call: not for the UI thread.
    pub fn array(&self, item: &Item) -> Result<ArrayView, ReadError> {
        todo!()
    }
    /// Decodes a value. Does file I/O: not for the UI thread.
    pub fn value(&self, item: &Item, progress: &Progress) -> Result<Value, ReadError> {
        todo!()
    }
    /// Whether what was read from the map since is to be discarded because the file was cut under it.
    pub fn is_torn(&self) -> bool {
        todo!()
    }
    /// Looks at the file again (stat and the commit number; no lock). File I/O: not for the UI thread.
    pub fn change(&self) -> Change {
        todo!()
    }
    /// The wavelengths that belong to an array of this shape, and which axis they run along. Found when opening.
    pub fn spectral_axis(&self, item: &Item) -> Option<(usize, &Wavelengths)> {
        todo!()
    }
    /// `KEY-var` of equal shape, if there is one.
    pub fn variance_of(&self, item: &Item) -> Option<&Item> {
        todo!()
    }
    /// Items in the families of the hics conventions, see [`Family`].
    pub fn families(&self) -> Vec<Family<'_>> {
        todo!()
    }
}

/// Keys that belong together: `scan-00000` with `-d0`, `-d1`, `-p`, `-var`, … `head` is the main key (or the first);
/// a key that stands alone is a family without members. Families and members are in natural order.
#[derive(Debug, Clone)]
pub struct Family<'a> {
    pub head: &'a Item,
    pub members: Vec<&'a Item>,
}

/// Band centres. Not always sorted, may have gaps; nothing here assumes equal spacing.
#[derive(Debug, Clone, PartialEq)]
pub struct Wavelengths {}
impl Wavelengths {
    /// As stored, one for each band.
    pub fn values(&self) -> &[f64] {
        todo!()
    }
    /// `nm` or `µm`, guessed from the magnitude.
    pub fn unit(&self) -> &'static str {
        todo!()
    }
    /// Band whose centre is nearest; the first of equals.
    pub fn nearest(&self, wavelength: f64) -> usize {
        todo!()
    }
    pub fn nearest_nm(&self, nanometres: f64) -> usize {
        todo!()
    }
    /// Bands by ascending wavelength (NaN last): the order a line plot is drawn in.
    pub fn ascending(&self) -> &[usize] {
        todo!()
    }
    /// Red, green, blue bands for a true-colour composite, when the visible range is covered.
    pub fn true_colour(&self) -> Option<[usize; 3]> {
        todo!()
    }
}

/// Which axes make the picture and which the spectrum; `None` where there are too few dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisRoles {
    pub y: usize,
    pub x: usize,
    pub band: Option<usize>,
}
impl AxisRoles {
    /// Guess for an array of at least two dimensions: (…, y, x, band) unless the wavelengths lie along another axis.
    pub fn guess(shape: &[u64], spectral_axis: Option<usize>) -> Option<Self> {
        todo!()
    }
}
