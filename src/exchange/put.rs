//! New arrays in a container: from a `.npy` file, streamed, or empty and without taking space.

use super::{NpyError, NpyFile};
use crate::array::{ArrayLayout, COrder, DType};
use crate::mmapdict::{self, ArrayHead, Done, EditError, Payload, Piece, Plan, edit};
use crate::progress::Progress;
use crate::source::{Bytes, FileMap};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Why an array was not put.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The array's file.
    #[error("{1} cannot be used: {0}")]
    Npy(NpyError, std::path::PathBuf),
    /// Another file.
    #[error("{1} cannot be used: {0}")]
    File(String, std::path::PathBuf),
    /// The mask does not fit.
    #[error(
        "the mask has to be of dtype bool and of shape {shape:?}, it is {dtype} of shape {found:?}"
    )]
    Mask {
        /// Shape of the data.
        shape: Vec<u64>,
        /// What the mask's cells are.
        dtype: String,
        /// Shape of the mask.
        found: Vec<u64>,
    },
    /// An array that would make the whole file unreadable for plain `pickle.load`.
    #[error("such an array could not be loaded: {0}")]
    Unloadable(String),
    /// A dtype that cannot be stored as an array.
    #[error(
        "the dtype '{0}' has cells of no known size; write it as NumPy prints it, e.g. uint16, >f4, datetime64[ns]"
    )]
    DType(String),
    /// The container.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Puts the array of a `.npy` file under a key, with a mask from another one. Memory does not grow with the array.
///
/// # Errors
/// See [`ImportError`].
pub fn put_npy(
    path: &Path,
    key: &str,
    plan: Plan,
    data: &NpyFile,
    mask: Option<&NpyFile>,
    progress: &Progress,
) -> Result<Done, ImportError> {
    let layout = data.layout();
    if let Some(mask) = mask.map(NpyFile::layout)
        && (mask.shape != layout.shape || mask.dtype.text() != "bool")
    {
        return Err(ImportError::Mask {
            shape: layout.shape.clone(),
            dtype: mask.dtype.text().to_owned(),
            found: mask.shape.clone(),
        });
    }
    if let Some(why) = layout.numpy_problem() {
        return Err(ImportError::Unloadable(why));
    }
    progress.set_total(layout.nbytes + mask.map_or(0, |mask| mask.layout().nbytes));
    let mut data_reader = column_major(data)?;
    let mut mask_reader = mask.map(column_major).transpose()?.flatten();
    let data_piece = piece(data, data_reader.as_mut());
    let mask_piece = mask.map(|mask| piece(mask, mask_reader.as_mut()));
    let head = ArrayHead {
        dtype: layout.dtype.text(),
        shape: &layout.shape,
    };
    let payload = Payload::array(head, data_piece, mask_piece)?;
    // Waiting for the lock took time, and so did copying.
    let is_unchanged = || {
        for npy in std::iter::once(data).chain(mask) {
            if npy.source().stamp()? != *npy.stamp() {
                return Err(EditError::SourceChanged(npy.source().path().to_owned()));
            }
        }
        Ok(())
    };
    Ok(mmapdict::put(
        path,
        key,
        plan,
        payload,
        &is_unchanged,
        progress,
    )?)
}

/// A reader that transposes, if the file needs one.
fn column_major(npy: &NpyFile) -> Result<Option<COrder>, EditError> {
    if !npy.layout().fortran {
        return Ok(None);
    }
    let map = Arc::new(FileMap::new(npy.source().file())?);
    let reader = COrder::new(Bytes::Mapped(map), npy.layout());
    Ok(Some(reader.map_err(std::io::Error::other)?))
}

fn piece<'a>(npy: &'a NpyFile, transposing: Option<&'a mut COrder>) -> Piece<'a> {
    let layout = npy.layout();
    match transposing {
        Some(reader) => Piece::Stream(reader as &mut dyn Read, layout.nbytes),
        None => Piece::Copy(
            npy.source(),
            layout.data_offset..layout.data_offset + layout.nbytes,
        ),
    }
}

/// Puts an array of zeros under a key, with `masked` one that masks nothing. It takes space only where it is written to.
///
/// # Errors
/// The dtype has no known size, the array is too large; or see [`EditError`].
pub fn put_empty(
    path: &Path,
    key: &str,
    plan: Plan,
    dtype: &str,
    shape: &[u64],
    masked: bool,
    progress: &Progress,
) -> Result<Done, ImportError> {
    let parsed = DType::parse(dtype);
    let Some(itemsize) = parsed.itemsize() else {
        return Err(ImportError::DType(dtype.to_owned()));
    };
    let layout = ArrayLayout {
        dtype: parsed,
        shape: shape.to_vec(),
        fortran: false,
        data_offset: 0,
        nbytes: 0,
        mask: None,
    };
    let cells = layout.cells().ok_or(EditError::TooLarge)?;
    let nbytes = cells.checked_mul(itemsize).ok_or(EditError::TooLarge)?;
    let layout = ArrayLayout { nbytes, ..layout };
    if let Some(why) = layout.numpy_problem() {
        return Err(ImportError::Unloadable(why));
    }
    let head = ArrayHead { dtype, shape };
    let mask = masked.then_some(Piece::Zeros(cells));
    let payload = Payload::array(head, Piece::Zeros(nbytes), mask)?;
    Ok(edit(path, progress, |editor| {
        editor.put(key, plan, payload)
    })?)
}
