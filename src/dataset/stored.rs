//! Arrays of the container as the reference finds them: by the bytes of their beginning.
//!
//! The reference does not run the opcodes. It compares the first 70 bytes, reads data, dtype and shape that follow, skips
//! the two bytes behind the dtype and the two behind the shape unlooked, and does not read on. Here the same is done, so
//! that what counts as an array, and what its shape is, are the same for both; beyond the reference, `frombuffer` may
//! stand for `fromstring`, and sizes may be `LONG1`. What the opcodes make of it, and whether the figures agree, is not
//! looked at here.

use crate::array::{ArrayLayout, DType};
use crate::source::ByteSource;
use std::ops::Range;

/// `reshape` and the reader of the data, up to the reader's name.
const PREFIX: &[u8] =
    b"\x8c\x16numpy.core.fromnumeric\x8c\x07reshape\x93\x8c\x15numpy.core.multiarray\x8c\x0a";
const FROMSTRING: &[u8] = b"fromstring\x93";
const FROMBUFFER: &[u8] = b"frombuffer\x93";
/// The class of a masked array; data and mask follow.
const MASKED_PREFIX: &[u8] = b"\x8c\x0dnumpy.ma.core\x8c\x0bMaskedArray\x93";
/// A call with a tuple of two arguments: what the reference writes where it looks at nothing when reading.
const CALL: [u8; 2] = [0x86, b'R'];
/// Shapes longer than this are not kept; no NumPy takes them.
pub(super) const MAX_SIZES: usize = 64;

/// What an array says of itself. Nothing of it has been compared with anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredArray {
    /// Where the data begin.
    pub(super) data_offset: u64,
    /// How long they are.
    pub(super) nbytes: u64,
    /// The dtype's text as stored.
    pub(super) dtype: Vec<u8>,
    /// Sizes as stored; of more than [`MAX_SIZES`] only the first ones.
    pub(super) shape: Vec<i128>,
    /// How many sizes there are.
    pub(super) dimensions: u64,
    /// Whether `frombuffer` reads the data.
    pub(super) is_modern: bool,
    /// Whether both skipped pairs of bytes are the calls that the reference writes.
    pub(super) is_called: bool,
    /// Behind the second skipped pair.
    pub(super) end: u64,
}

/// An array or a masked array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stored {
    /// An array, which the whole value should be.
    Array(StoredArray),
    /// Data, mask, and where what the mask is followed by should be a call.
    Masked(StoredArray, StoredArray),
}

/// Why there is no array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotStored {
    /// The value does not begin as arrays do.
    Other,
    /// It begins so, but at this byte is something else than an array has there.
    Broken(u64),
    /// It begins as a masked array, but what is in it is not two arrays; at this byte it becomes clear.
    BrokenMasked(u64),
}

/// Reads an array's own words; `range` is where its value lies.
pub(super) fn read(source: &dyn ByteSource, range: Range<u64>) -> Result<Stored, NotStored> {
    let mut reader = Reader {
        source,
        at: range.start,
        end: range.end,
        window: Vec::new(),
        window_at: range.start,
    };
    if !reader.take_exactly(MASKED_PREFIX) {
        let array = reader.array()?;
        return Ok(Stored::Array(array));
    }
    let broken = |reader: &Reader<'_>| NotStored::BrokenMasked(reader.at);
    let data = reader.array().map_err(|_| broken(&reader))?;
    let mask = reader.array().map_err(|_| broken(&reader))?;
    Ok(Stored::Masked(data, mask))
}

/// Bytes fetched at once: a whole small array, mostly.
const WINDOW: u64 = 512;

struct Reader<'s> {
    source: &'s dyn ByteSource,
    at: u64,
    end: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl Reader<'_> {
    fn array(&mut self) -> Result<StoredArray, NotStored> {
        if !self.take_exactly(PREFIX) {
            return Err(NotStored::Other);
        }
        let is_modern = self.take_exactly(FROMBUFFER);
        if !is_modern && !self.take_exactly(FROMSTRING) {
            return Err(NotStored::Other);
        }
        let broken = |at: u64| move || NotStored::Broken(at);
        let at = self.at;
        let nbytes = self.data_length().ok_or_else(broken(at))?;
        let data_offset = self.at;
        self.at = data_offset.saturating_add(nbytes);
        let at = self.at;
        let dtype = self.dtype().ok_or_else(broken(at))?;
        let first = self.take::<2>().ok_or_else(broken(self.at))?;
        let mut array = StoredArray {
            data_offset,
            nbytes,
            dtype,
            shape: Vec::new(),
            dimensions: 0,
            is_modern,
            is_called: first == CALL,
            end: 0,
        };
        loop {
            let at = self.at;
            let size = self.size().ok_or_else(broken(at))?;
            match size {
                Size::Number(size) => {
                    array.dimensions += 1;
                    if array.shape.len() < MAX_SIZES {
                        array.shape.push(size);
                    }
                }
                Size::Mark => {}
                Size::End => break,
            }
        }
        // The reference does not look whether the last two bytes are there.
        array.is_called &= self.take::<2>() == Some(CALL);
        array.end = self.at;
        Ok(array)
    }

    fn data_length(&mut self) -> Option<u64> {
        match self.take::<1>()? {
            [b'C'] => self.take::<1>().map(|[len]| len.into()),
            [b'B'] => self.take().map(|len| u32::from_le_bytes(len).into()),
            [0x8e] => self.take().map(u64::from_le_bytes),
            _ => None,
        }
    }

    fn dtype(&mut self) -> Option<Vec<u8>> {
        let [opcode, len] = self.take()?;
        (opcode == 0x8c).then(|| self.bytes(usize::from(len)))?
    }

    fn size(&mut self) -> Option<Size> {
        Some(match self.take::<1>()? {
            [b'K'] => Size::Number(self.take::<1>()?[0].into()),
            [b'M'] => Size::Number(u16::from_le_bytes(self.take()?).into()),
            [b'J'] => Size::Number(i32::from_le_bytes(self.take()?).into()),
            [0x8a] => {
                let [len] = self.take()?;
                Size::Number(signed(&self.bytes(usize::from(len))?)?)
            }
            [b'('] => Size::Mark,
            [0x85..=0x87 | b't' | b')'] => Size::End,
            _ => return None,
        })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.peek(N)?.first_chunk().copied();
        self.at += N as u64;
        bytes
    }

    fn bytes(&mut self, len: usize) -> Option<Vec<u8>> {
        let bytes = self.peek(len)?.to_vec();
        self.at += len as u64;
        Some(bytes)
    }

    fn take_exactly(&mut self, expected: &[u8]) -> bool {
        let is_there = self
            .peek(expected.len())
            .is_some_and(|bytes| bytes == expected);
        if is_there {
            self.at += expected.len() as u64;
        }
        is_there
    }

    /// The next bytes, `None` where the value or the file ends before.
    fn peek(&mut self, len: usize) -> Option<&[u8]> {
        let end = self.at.checked_add(len as u64)?;
        if end > self.end {
            return None;
        }
        if let Some(bytes) = self.source.held(self.at, len) {
            return Some(bytes);
        }
        let held = self.window_at..self.window_at + self.window.len() as u64;
        if self.at < held.start || end > held.end {
            let fill = (self.end - self.at).min(WINDOW.max(len as u64));
            self.window.resize(usize::try_from(fill).ok()?, 0);
            self.window_at = self.at;
            if self.source.read_at(self.at, &mut self.window).is_err() {
                self.window.clear();
                return None;
            }
        }
        let from = usize::try_from(self.at - self.window_at).ok()?;
        self.window.get(from..from + len)
    }
}

enum Size {
    Number(i128),
    Mark,
    End,
}

/// Two's complement, little-endian; sizes of more than 16 bytes are none.
fn signed(bytes: &[u8]) -> Option<i128> {
    let fill = match bytes.last() {
        Some(0x80..) => 0xff,
        _ => 0,
    };
    let mut wide = [fill; 16];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i128::from_le_bytes(wide))
}

impl StoredArray {
    /// The layout that it states, if that can be said at all.
    ///
    /// # Errors
    /// What cannot.
    pub(super) fn layout(&self) -> Result<ArrayLayout, String> {
        let dtype = std::str::from_utf8(&self.dtype)
            .map_err(|_| format!("the dtype is not text: {:?}", self.dtype.escape_ascii()))?;
        if self.dimensions > MAX_SIZES as u64 {
            let (dimensions, max) = (self.dimensions, MAX_SIZES);
            return Err(format!(
                "the array has {dimensions} dimensions, more than {max}"
            ));
        }
        let sizes = self.shape.iter().map(|&size| u64::try_from(size));
        let shape = sizes
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| format!("the shape {:?} has a size that is none", self.shape))?;
        Ok(ArrayLayout {
            dtype: DType::parse(dtype),
            shape,
            fortran: false,
            data_offset: self.data_offset,
            nbytes: self.nbytes,
            mask: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    fn array(reader: &str, data: &[u8], rest: &[u8]) -> Vec<u8> {
        let reader = if reader == "fromstring" {
            FROMSTRING
        } else {
            FROMBUFFER
        };
        [PREFIX, reader, data, rest].concat()
    }

    fn of(bytes: &[u8]) -> Result<Stored, NotStored> {
        let source = MemorySource::new(bytes.to_vec());
        read(&source, 0..bytes.len() as u64)
    }

    #[test]
    fn every_spelling_that_the_reference_reads() {
        for (data, shape, want) in [
            (&b"C\x02ab"[..], &b"K\x02\x85"[..], vec![2]),
            (b"B\x02\0\0\0ab", b"M\x02\0J\x01\0\0\0\x86", vec![2, 1]),
            (b"\x8e\x02\0\0\0\0\0\0\0ab", b"(t", vec![]),
            (b"C\x02ab", b")", vec![]),
            (b"C\x02ab", b"(K\x02(K\x03\x85", vec![2, 3]),
            (b"C\x02ab", b"\x8a\x05\0\0\0\0\x01\x85", vec![1 << 32]),
            (b"C\x02ab", b"J\xff\xff\xff\xff\x85", vec![-1]),
        ] {
            let rest = [&b"\x8c\x02u1\x86R"[..], shape, b"\x86R"].concat();
            let bytes = array("fromstring", data, &rest);
            let Ok(Stored::Array(stored)) = of(&bytes) else {
                panic!("{shape:?}: {:?}", of(&bytes));
            };
            assert_eq!((stored.nbytes, stored.dtype.as_slice()), (2, &b"u1"[..]));
            assert_eq!(stored.shape, want);
            assert_eq!((stored.is_called, stored.end), (true, bytes.len() as u64));
        }
    }

    #[test]
    fn what_is_skipped_is_not_looked_at() {
        let bytes = array(
            "frombuffer",
            b"C\x01a",
            b"\x8c\x02u1q\x01K\x01\x85q\x02 and more",
        );
        let Ok(Stored::Array(stored)) = of(&bytes) else {
            panic!("not an array");
        };
        assert!(stored.is_modern && !stored.is_called && stored.end < bytes.len() as u64);
        // A bare number for a shape: the call behind it is taken for the end of a tuple.
        let bytes = array("fromstring", b"C\x01a", b"\x8c\x02u1\x86RK\x01\x86R");
        assert!(matches!(of(&bytes), Ok(Stored::Array(stored)) if stored.shape == [1]));
    }

    #[test]
    fn what_breaks_off_is_told_from_what_is_no_array() {
        assert_eq!(of(b"K\x01"), Err(NotStored::Other));
        assert_eq!(of(PREFIX), Err(NotStored::Other));
        for rest in [
            &b""[..],
            b"C\x05abc",
            b"C\x01aX",
            b"C\x01a\x8c\x02u1\x86R]",
            b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            let bytes = array("fromstring", rest, b"");
            assert!(matches!(of(&bytes), Err(NotStored::Broken(_))), "{rest:?}");
        }
        let whole = array("fromstring", b"C\x01a", b"\x8c\x02u1\x86R)\x86R");
        let masked = [MASKED_PREFIX, &whole, &whole, b"\x86R"].concat();
        assert!(matches!(of(&masked), Ok(Stored::Masked(..))));
        let half = [MASKED_PREFIX, &whole, b"\x86R"].concat();
        assert!(matches!(of(&half), Err(NotStored::BrokenMasked(_))));
    }
}
