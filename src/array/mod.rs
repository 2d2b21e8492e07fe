//! Typed N-dimensional arrays over bytes: dtype, shape, strides, slices, masks, and reading them.
//!
//! SKELETON with the agreed public interface; bodies to be written, split into files by topic.
#![allow(unused)]

use crate::progress::{Cancelled, Progress};
use crate::source::Bytes;
use ndarray::Array2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder { Little, Big }

/// The dtypes that NumPy stores as plain numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number { Bool, I8, I16, I32, I64, U8, U16, U32, U64, F16, F32, F64, C64, C128 }

/// A NumPy dtype as its text in the file, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DType { text: String, itemsize: Option<u64>, number: Option<(Number, ByteOrder)> }

impl DType {
    /// Any text is accepted: what is not a plain number has `number() == None`, what is not understood no itemsize either.
    pub fn parse(text: &str) -> Self { todo!() }
    /// As stored in the file, e.g. `uint16`, `>f4`, `datetime64[ns]`.
    pub fn text(&self) -> &str { todo!() }
    pub fn itemsize(&self) -> Option<u64> { todo!() }
    pub fn number(&self) -> Option<(Number, ByteOrder)> { todo!() }
}

/// Where an array lies in a file and how; nothing is read. Offsets are positions in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayLayout {
    pub dtype: DType,
    pub shape: Vec<u64>,
    /// Column-major (Fortran) memory order; C order otherwise.
    pub fortran: bool,
    pub data_offset: u64,
    pub nbytes: u64,
    pub mask: Option<MaskLayout>,
}

/// The boolean mask of a masked array: one byte a cell, same shape as the data; nonzero = masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskLayout { pub data_offset: u64, pub nbytes: u64, pub fortran: bool }

impl ArrayLayout {
    /// Number of cells; `None` when the product overflows.
    pub fn cells(&self) -> Option<u64> { todo!() }
    /// Checks dtype × shape against nbytes, and the mask's length against the shape.
    pub fn check(&self) -> Result<(), ArrayError> { todo!() }
}

/// Why an array cannot be shown. Each variant says what and where (named fields), see thiserror.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ArrayError {
    #[error("placeholder")]
    Placeholder,
}

/// One cell in the dtype's own form. `Display` prints as NumPy prints the scalar: shortest digits that round-trip for
/// the width (0.1f32 is `0.1`), `nan`, `inf`, `-inf`, `True`/`False`, `(1+2j)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Element { Bool(bool), Int(i64), UInt(u64), F16(half::f16), F32(f32), F64(f64), C64 { re: f32, im: f32 }, C128 { re: f64, im: f64 } }

impl Element {
    /// As a real number; a complex number gives its magnitude.
    pub fn to_f64(self) -> f64 { todo!() }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell { pub value: Element, pub masked: bool }

/// A strided window onto an array's bytes, of plain-number dtype: cheap to make, slice and transpose; reads on demand.
#[derive(Debug, Clone)]
pub struct ArrayView { /* bytes, number, byte order, offset, shape, strides in bytes, mask offset + strides */ }

impl ArrayView {
    /// Refuses what does not lie wholly inside `bytes`, and dtypes that are no plain numbers.
    pub fn new(bytes: Bytes, layout: &ArrayLayout) -> Result<Self, ArrayError> { todo!() }
    pub fn shape(&self) -> &[usize] { todo!() }
    pub fn number(&self) -> Number { todo!() }
    pub fn is_masked(&self) -> bool { todo!() }
    /// The cell at a full index.
    pub fn cell(&self, index: &[usize]) -> Result<Cell, ArrayError> { todo!() }
    /// Drops an axis by fixing its index.
    pub fn index_axis(&self, axis: usize, index: usize) -> Result<Self, ArrayError> { todo!() }
    /// `range` with a positive step along an axis.
    pub fn slice_axis(&self, axis: usize, start: usize, end: usize, step: usize) -> Result<Self, ArrayError> { todo!() }
    /// Axes in another order.
    pub fn permuted(&self, axes: &[usize]) -> Result<Self, ArrayError> { todo!() }
    /// A NumPy-style selection.
    pub fn select(&self, selection: &Selection) -> Result<Self, ArrayError> { todo!() }
    /// All cells of a 1-D view, in order.
    pub fn cells_1d(&self) -> Result<Vec<Cell>, ArrayError> { todo!() }
}

/// A parsed NumPy basic index: integers (negative too), slices with steps (negative too), `...`, `()`; `newaxis` is not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection { }

impl std::str::FromStr for Selection {
    type Err = ArrayError;
    /// `[0:3, 2, ::2]`, with or without the brackets; `[()]` for everything.
    fn from_str(text: &str) -> Result<Self, ArrayError> { todo!() }
}

/// Values of a picture in memory, `[row, column]`, native type, native byte order. bool comes as U8, float16 as F32,
/// complex numbers as their magnitude (F32 for complex64, F64 for complex128).
#[derive(Debug, Clone)]
pub enum Samples {
    U8(Array2<u8>), I8(Array2<i8>), U16(Array2<u16>), I16(Array2<i16>), U32(Array2<u32>), I32(Array2<i32>),
    U64(Array2<u64>), I64(Array2<i64>), F32(Array2<f32>), F64(Array2<f64>),
}

/// A 2-D piece of an array, read into memory.
#[derive(Debug, Clone)]
pub struct Plane {
    pub samples: Samples,
    /// `true` = masked; `None` when the array has no mask.
    pub masked: Option<Array2<bool>>,
}

impl Plane {
    /// (rows, columns)
    pub fn shape(&self) -> (usize, usize) { todo!() }
    pub fn size_bytes(&self) -> usize { todo!() }
}

/// Reads several equally shaped 2-D views of one array in one pass over the rows (bands of a pixel share cache lines),
/// in parallel over rows, monomorphised inner loops, checking `progress` at least every few milliseconds.
pub fn gather(views: &[ArrayView], progress: &Progress) -> Result<Vec<Plane>, Cancelled> { todo!() }
