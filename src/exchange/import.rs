//! What files of other formats hold, under a key: by the file's ending. Each is read as it comes and on its own time, before
//! the container is locked; memory does not grow with it (but for JSON, which becomes a value in memory).

mod cells;
mod input;
mod number;
mod numbers;
mod pixels;
mod spool;

use super::{ImportError, NpyFile, put_npy};
use crate::mmapdict::{self, ArrayHead, Done, Payload, Piece, Plan, edit};
use crate::pickle::Value;
use crate::progress::{Cancelled, Progress};
use input::Input;
use spool::{Spool, Spooled};
use std::io;
use std::path::Path;

/// JSON becomes a value in memory, which takes some times the size of its text.
const MAX_JSON: u64 = 256 << 20;

/// An array whose cells wait on the disk.
#[derive(Debug)]
struct Table {
    dtype: &'static str,
    shape: Vec<u64>,
    cells: Spooled,
}

/// Why a file cannot be taken in.
#[derive(Debug)]
enum Trouble {
    /// It is not what it should be; says where.
    Wrong(String),
    /// Somebody asked to stop.
    Cancelled(Cancelled),
}

impl Trouble {
    fn of(self, file: &Path) -> ImportError {
        match self {
            Self::Wrong(why) => ImportError::File(why, file.to_owned()),
            Self::Cancelled(stop) => ImportError::Edit(stop.into()),
        }
    }
}

impl From<Cancelled> for Trouble {
    fn from(stop: Cancelled) -> Self {
        Self::Cancelled(stop)
    }
}

impl From<io::Error> for Trouble {
    fn from(err: io::Error) -> Self {
        match err.get_ref() {
            Some(inner) if inner.is::<Cancelled>() => Self::Cancelled(Cancelled),
            _ => Self::Wrong(err.to_string()),
        }
    }
}

/// Puts what a file holds under a key: the array of a `.npy` file (with a mask from another one), the numbers of a
/// `.csv`, `.tsv` or `.txt` file, the pixels of a `.png` picture as (y, x) or (y, x, channel), the value of a `.json` file.
///
/// # Errors
/// The file cannot be read as what its ending says; or see [`ImportError`].
pub fn import(
    path: &Path,
    key: &str,
    plan: Plan,
    file: &Path,
    mask: Option<&Path>,
    progress: &Progress,
) -> Result<Done, ImportError> {
    let wrong = |trouble: Trouble| trouble.of(file);
    let ending = file.extension().map(|ending| ending.to_ascii_lowercase());
    let ending = ending.as_deref().and_then(std::ffi::OsStr::to_str);
    let table = match ending {
        Some("npy") => {
            let open = |file: &Path| {
                NpyFile::open(file).map_err(|error| ImportError::Npy(error, file.to_owned()))
            };
            let mask = mask.map(open).transpose()?;
            return put_npy(path, key, plan, &open(file)?, mask.as_ref(), progress);
        }
        Some("json") => {
            let value = read_json(file, progress)?;
            let done = edit(path, progress, |editor| editor.put_value(key, plan, &value));
            return Ok(done?);
        }
        Some("csv" | "tsv" | "txt") => numbers::read(file, path, progress).map_err(wrong)?,
        Some("png") => pixels::read(file, path, progress).map_err(wrong)?,
        _ => {
            let why = "file type not supported; use .npy, .csv, .tsv, .txt, .png or .json";
            return Err(wrong(Trouble::Wrong(why.to_owned())));
        }
    };
    put(path, key, plan, table, progress)
}

fn put(
    path: &Path,
    key: &str,
    plan: Plan,
    table: Table,
    progress: &Progress,
) -> Result<Done, ImportError> {
    let head = ArrayHead {
        dtype: table.dtype,
        shape: &table.shape,
    };
    let len = table.cells.len();
    progress.start(len, len);
    let reader = table.cells.into_reader();
    let mut reader = reader.map_err(|err| ImportError::Edit(err.into()))?;
    let payload = Payload::array(head, Piece::Stream(&mut reader, len), None)?;
    Ok(mmapdict::put(
        path,
        key,
        plan,
        payload,
        &|| Ok(()),
        progress,
    )?)
}

/// The value that a JSON file holds.
///
/// # Errors
/// See [`ImportError`].
pub fn read_json(file: &Path, progress: &Progress) -> Result<Value, ImportError> {
    json(file, progress).map_err(|trouble| trouble.of(file))
}

fn json(file: &Path, progress: &Progress) -> Result<Value, Trouble> {
    let input = Input::open(file)?;
    if input.len() > MAX_JSON {
        let (found, most) = (input.len() >> 20, MAX_JSON >> 20);
        return Err(Trouble::Wrong(format!(
            "it has {found} MB, and a value from JSON at most {most} MB; store numbers as an array, from .npy or .csv"
        )));
    }
    progress.start(input.len(), input.len());
    let text = io::read_to_string(input.text(progress)?)?;
    let json = serde_json::from_str(&text).map_err(|error| Trouble::Wrong(error.to_string()))?;
    Value::from_json(&json).map_err(|error| Trouble::Wrong(error.to_string()))
}
