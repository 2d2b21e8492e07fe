//! Typed N-dimensional arrays over bytes: dtype, shape, strides, slices, masks, and reading them.
//!
//! An [`ArrayLayout`] says where an array lies in a file and is checked before anything is read.
//! An [`ArrayView`] joins a layout and [`Bytes`](crate::source::Bytes) into a strided window that
//! is sliced and transposed for free; every window is proven to lie inside the bytes when it is made.
//! [`gather()`] copies two-dimensional windows into memory, [`fold`] streams over windows of any
//! number of dimensions, and the [order statistics](percentiles) work on either. [`Cells`] gives single cells of any dtype,
//! [`encode_cell`] makes the bytes of one from text. An [`Outline`] says which pixels of a picture are meant.
//!
//! Nothing here knows what the axes mean, how the file is organised, or how a value is painted.

mod bracket;
mod c_order;
mod cells;
mod compact;
mod decode;
mod dtype;
mod element;
mod encode;
mod error;
mod exact;
mod gather;
mod layout;
mod long_double;
mod part;
mod plane;
mod quantile;
mod ranks;
mod reach;
mod region;
mod running;
mod sample;
mod selection;
pub(crate) mod spare;
mod sparse;
mod stream;
mod sums;
#[cfg(test)]
mod tests;
mod time;
mod vectors;
mod view;

pub use c_order::COrder;
pub use cells::{AnyCell, Cells, Scalar, python_utf8};
pub use dtype::{ByteOrder, CellType, DType, Field, Number, Record};
pub use element::{Cell, Element};
pub use encode::{CellTextError, encode_cell};
pub use error::ArrayError;
pub use gather::gather;
pub use layout::{ArrayLayout, CellPlace, MaskLayout};
pub use part::Part;
pub use plane::{Plane, Samples};
pub use quantile::{
    Histogram, percentile_of_counts, percentiles, plane_min_max, plane_percentiles,
};
pub use reach::{bytes_reached, will_need};
pub use region::{MAX_RUNS, Outline, RowRun};
pub use sample::Sample;
pub use selection::Selection;
pub use sparse::gather_around_holes;
pub use stream::{Fold, fold};
pub use sums::{Means, add_up};
pub use time::TimeUnit;
pub use view::ArrayView;

pub(crate) use exact::{Exact, add_moments, deviation};
pub(crate) use plane::with_samples;
pub(crate) use vectors::vectorised;
