//! Other formats in and out of a container. So far in: NumPy's `.npy`, tables of numbers, PNG pictures, JSON.

mod import;
mod npy;
mod output;
mod put;

pub use import::{import, read_json};
pub use npy::{NpyError, NpyFile};
pub use output::{Output, OutputError};
pub use put::{ImportError, put_empty, put_npy};
