//! NumPy's `.npy` files: where the array lies in one. Nothing but the header is read.
//!
//! The format is NEP 1: a magic, a version, the length of the header, and a Python dict as text.

use crate::array::{ArrayLayout, DType};
use crate::pickle::{Node, Value, dtype_name, parse_literal};
use crate::source::{ByteSource as _, FileSource, FileStamp};
use std::io;
use std::path::Path;

/// Longer headers are of no sound file: even a structured dtype has some hundred bytes.
const MAX_HEADER: u64 = 1 << 20;

/// Why a file cannot be taken as an array.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    /// It cannot be read.
    #[error("it cannot be read ({0})")]
    Io(#[from] io::Error),
    /// It is another kind of file.
    #[error("it is not a .npy file")]
    Foreign,
    /// A version that does not exist yet.
    #[error("its version {0} of the format is not known (1 to 3 are)")]
    Version(u8),
    /// The header is damaged.
    #[error("its header is damaged: {0}")]
    Header(String),
    /// Cells that are more than plain bytes, or of several parts.
    #[error("cells of dtype {0} cannot be stored as an array that is mapped")]
    DType(String),
    /// Fewer cells than the header says.
    #[error("it is cut: {needed} bytes of data are declared, {available} are there")]
    Cut {
        /// Bytes that the header asks for.
        needed: u64,
        /// Bytes behind the header.
        available: u64,
    },
}

/// An open `.npy` file.
#[derive(Debug)]
pub struct NpyFile {
    source: FileSource,
    stamp: FileStamp,
    layout: ArrayLayout,
}

impl NpyFile {
    /// Reads the header.
    ///
    /// # Errors
    /// It is no sound `.npy` file, or its dtype is no plain one.
    pub fn open(path: &Path) -> Result<Self, NpyError> {
        let source = FileSource::open(path)?;
        let stamp = source.stamp()?;
        let mut head = [0; 12];
        let len = usize::try_from(source.len()).map_or(head.len(), |len| len.min(head.len()));
        source.read_at(0, head.get_mut(..len).unwrap_or_default())?;
        let [
            b'\x93',
            b'N',
            b'U',
            b'M',
            b'P',
            b'Y',
            version,
            _,
            a,
            b,
            c,
            d,
        ] = head
        else {
            return Err(NpyError::Foreign);
        };
        let (start, len) = match version {
            1 => (10, u64::from(u16::from_le_bytes([a, b]))),
            2 | 3 => (12, u64::from(u32::from_le_bytes([a, b, c, d]))),
            other => return Err(NpyError::Version(other)),
        };
        if len > MAX_HEADER || start + len > source.len() {
            return Err(NpyError::Header(format!("it has {len} bytes")));
        }
        let mut text = vec![0; usize::try_from(len).unwrap_or_default()];
        source.read_at(start, &mut text)?;
        let text = String::from_utf8(text).map_err(|err| NpyError::Header(err.to_string()))?;
        let layout = parse_header(&text, start + len)?;
        let available = source.len() - (start + len);
        if layout.nbytes > available {
            return Err(NpyError::Cut {
                needed: layout.nbytes,
                available,
            });
        }
        Ok(Self {
            source,
            stamp,
            layout,
        })
    }

    /// Where and how the array lies in the file. Its dtype is written as NumPy prints it.
    #[must_use]
    pub fn layout(&self) -> &ArrayLayout {
        &self.layout
    }

    /// The file's state when its header was read.
    #[must_use]
    pub fn stamp(&self) -> &FileStamp {
        &self.stamp
    }

    /// The file.
    #[must_use]
    pub fn source(&self) -> &FileSource {
        &self.source
    }
}

fn parse_header(text: &str, data_offset: u64) -> Result<ArrayLayout, NpyError> {
    let damaged = |what: &str| NpyError::Header(what.to_owned());
    let text = without_longs(text.trim_end());
    let header = parse_literal(&text).map_err(|err| NpyError::Header(err.to_string()))?;
    let Node::Dict(pairs) = header.root_node() else {
        return Err(damaged("it is not a dict"));
    };
    let field = |name: &str| {
        let found = pairs.iter().find(|(key, _)| header.str(*key) == Some(name));
        found
            .map(|(_, value)| header.at(*value))
            .ok_or_else(|| damaged(&format!("{name} is missing")))
    };
    let descr = field("descr")?;
    let fortran = matches!(field("fortran_order")?.root_node(), Node::Bool(true));
    let shape =
        sizes(&field("shape")?).ok_or_else(|| damaged("the shape is not a tuple of sizes"))?;
    let Some(code) = descr.str(descr.root()) else {
        return Err(NpyError::DType(descr.literal()));
    };
    let dtype = DType::parse(&text_of(code));
    let Some(itemsize) = dtype.itemsize().filter(|_| !code.contains('O')) else {
        return Err(NpyError::DType(code.to_owned()));
    };
    let mut layout = ArrayLayout {
        dtype,
        shape,
        fortran,
        data_offset,
        nbytes: 0,
        mask: None,
    };
    layout.nbytes = layout
        .cells()
        .and_then(|cells| cells.checked_mul(itemsize))
        .ok_or_else(|| damaged("the shape is too large"))?;
    Ok(layout)
}

/// Python 2 writes sizes as `3L`; NumPy still reads them.
fn without_longs(text: &str) -> String {
    let (mut quote, mut before) = (None, ' ');
    let is_kept = |c: &char| {
        match quote {
            Some(open) if open == *c => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(*c),
            Some(_) | None => {}
        }
        let is_long = *c == 'L' && before.is_ascii_digit() && quote.is_none();
        before = *c;
        !is_long
    };
    text.chars().filter(is_kept).collect()
}

fn sizes(shape: &Value) -> Option<Vec<u64>> {
    let items = shape.items(shape.root())?.iter();
    items
        .map(|&size| u64::try_from(shape.int(size)?).ok())
        .collect()
}

/// A dtype's code as `str(dtype)` gives it on a little-endian machine.
fn text_of(code: &str) -> String {
    let bare = code.trim_start_matches(['<', '=', '|']);
    if code.starts_with('>') {
        return code.to_owned();
    }
    match bare.split_at_checked(2) {
        Some(("M8", unit)) => format!("datetime64{unit}"),
        Some(("m8", unit)) => format!("timedelta64{unit}"),
        _ => dtype_name(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> tempfile::NamedTempFile {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    #[test]
    fn headers_as_numpy_writes_them() {
        for (descr, text, itemsize) in [
            ("<u2", "uint16", 2),
            ("|u1", "uint8", 1),
            ("|b1", "bool", 1),
            (">f4", ">f4", 4),
            ("<f16", "float128", 16),
            ("<M8[ns]", "datetime64[ns]", 8),
            (">M8[s]", ">M8[s]", 8),
            ("<U3", "<U3", 12),
            ("|S5", "|S5", 5),
            ("<c16", "complex128", 16),
        ] {
            let header =
                format!("{{'descr': '{descr}', 'fortran_order': True, 'shape': (2, 1), }}   \n");
            let file = file(&header, &vec![0; 2 * itemsize]);
            let npy = NpyFile::open(file.path()).unwrap();
            let layout = npy.layout();
            assert_eq!(layout.dtype.text(), text);
            assert_eq!(
                (layout.shape.as_slice(), layout.fortran),
                (&[2, 1][..], true)
            );
            assert_eq!(layout.nbytes, 2 * itemsize as u64);
            assert_eq!(layout.data_offset, 10 + header.len() as u64);
            layout.check().unwrap();
        }
    }

    #[test]
    fn headers_of_python_2_have_longs() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }  \n";
        let file = file(header, &[0; 24]);
        assert_eq!(NpyFile::open(file.path()).unwrap().layout().shape, [2, 3]);
        assert_eq!(without_longs("{'5L': 12L}"), "{'5L': 12}");
    }

    #[test]
    fn what_is_no_array_says_why() {
        let cases = [
            (
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
                "|O",
            ),
            (
                "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }",
                "'a'",
            ),
            (
                "{'descr': '<i4', 'fortran_order': False, 'shape': (-1,), }",
                "shape",
            ),
            (
                "{'descr': '<i4', 'fortran_order': False, 'shape': (9,), }",
                "36 bytes",
            ),
            (
                "{'descr': '<i4', 'fortran_order': False}",
                "shape is missing",
            ),
            ("import os", "damaged"),
        ];
        for (header, words) in cases {
            let file = file(header, &[0; 4]);
            let message = NpyFile::open(file.path()).unwrap_err().to_string();
            assert!(message.contains(words), "{header}: {message}");
        }
        let other = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(
            NpyFile::open(other.path()),
            Err(NpyError::Foreign)
        ));
    }
}
