//! Other formats in and out of a container. So far NumPy's `.npy`, in.

mod npy;
mod put;

pub use npy::{NpyError, NpyFile};
pub use put::{ImportError, put_empty, put_npy};
