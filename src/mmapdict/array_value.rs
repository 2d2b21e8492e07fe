//! The opcodes around the data of an array, in the portable spelling: mapped by the reference, and loaded by plain
//! `pickle.load` with every NumPy from 1.14 on.
//!
//! The reference looks at a fixed beginning, the data, the dtype's text and the shape. It skips the two bytes behind
//! the text and the two behind the shape without looking, and whatever follows. So these are `BINPUT n`, and what follows
//! drops everything and builds `numpy.ndarray(shape, dtype, bytearray(data))` from the memo.
//! The legacy spelling calls `fromstring` there, which NumPy 2.3 refuses.

use super::{EditError, Payload, Piece};

/// `reshape` and `fromstring` on the stack: the 70 bytes that the reference knows an array by.
pub const ARRAY_PREFIX: [u8; 70] = *b"\x8c\x16numpy.core.fromnumeric\x8c\x07reshape\x93\
    \x8c\x15numpy.core.multiarray\x8c\nfromstring\x93";
/// `MaskedArray` on the stack: what stands before the two arrays of a masked one.
pub const MASKED_PREFIX: [u8; 29] = *b"\x8c\rnumpy.ma.core\x8c\x0bMaskedArray\x93";

const BINPUT: u8 = b'q';
const BINGET: u8 = b'h';

/// What is known of an array besides its data.
#[derive(Debug, Clone, Copy)]
pub struct ArrayHead<'t> {
    /// The dtype as NumPy prints it: `uint16`, `>f4`, `datetime64[ns]`.
    pub dtype: &'t str,
    /// Lengths of the axes.
    pub shape: &'t [u64],
}

/// Memo indices of the parts of one array. They need to fit one byte each, so they are the same for each array; nothing
/// reads those of another entry.
struct Memo {
    dtype: u8,
    shape: u8,
    data: u8,
}

impl<'a> Payload<'a> {
    /// An array, and with a mask a masked one. The data is in C order, the mask a byte for each cell.
    ///
    /// # Errors
    /// The dtype's text is longer than 255 bytes, or the array is larger than any file.
    pub fn array(
        head: ArrayHead<'_>,
        data: Piece<'a>,
        mask: Option<Piece<'a>>,
    ) -> Result<Self, EditError> {
        let of_data = Memo {
            dtype: 0,
            shape: 1,
            data: 2,
        };
        let Some(mask) = mask else {
            let mut pieces = Vec::with_capacity(3);
            let mut end = array_parts(&mut pieces, Vec::new(), head, data, &of_data)?;
            end.extend([b'0', b'0', BINPUT, of_data.data, b'0', b'0', b'0']);
            build_array(&mut end, &of_data);
            pieces.push(Piece::Bytes(end));
            return Ok(Self { pieces, memo: 3 });
        };
        let of_mask = Memo {
            dtype: 3,
            shape: 4,
            data: 5,
        };
        let bool_head = ArrayHead {
            dtype: "bool",
            ..head
        };
        let mut pieces = Vec::with_capacity(5);
        let between = array_parts(&mut pieces, MASKED_PREFIX.to_vec(), head, data, &of_data)?;
        let mut end = array_parts(&mut pieces, between, bool_head, mask, &of_mask)?;
        end.extend([b'0', b'0', BINPUT, of_mask.data]);
        end.extend([b'0'; 5]);
        end.extend([BINPUT, of_data.data, b'0', b'0', b'0']);
        build_array(&mut end, &of_data);
        build_array(&mut end, &of_mask);
        end.extend(b"\x86R");
        pieces.push(Piece::Bytes(end));
        Ok(Self { pieces, memo: 6 })
    }
}

/// What the reference reads of an array, behind the opcodes `before`; gives the opcodes behind the data.
fn array_parts<'a>(
    pieces: &mut Vec<Piece<'a>>,
    mut before: Vec<u8>,
    head: ArrayHead<'_>,
    data: Piece<'a>,
    memo: &Memo,
) -> Result<Vec<u8>, EditError> {
    before.extend(ARRAY_PREFIX);
    before.push(0x8e);
    before.extend(data.len().to_le_bytes());
    pieces.extend([Piece::Bytes(before), data]);
    let text = head.dtype.as_bytes();
    let len = u8::try_from(text.len()).map_err(|_err| EditError::TooLarge)?;
    let mut after = vec![0x8c, len];
    after.extend(text);
    after.extend([BINPUT, memo.dtype]);
    shape_tuple(&mut after, head.shape);
    after.extend([BINPUT, memo.shape]);
    Ok(after)
}

/// `numpy.ndarray(shape, dtype, bytearray(data))`
fn build_array(out: &mut Vec<u8>, memo: &Memo) {
    out.extend(b"\x8c\x05numpy\x8c\x07ndarray\x93");
    out.extend([BINGET, memo.shape, BINGET, memo.dtype]);
    out.extend(b"\x8c\x08builtins\x8c\tbytearray\x93");
    out.extend([BINGET, memo.data, 0x85, b'R', 0x87, b'R']);
}

/// The shape as the reference reads it: sizes, then the opcode that makes a tuple of them. It takes no `EMPTY_TUPLE`.
pub fn shape_tuple(out: &mut Vec<u8>, shape: &[u64]) {
    let end = match shape.len() {
        1 => 0x85,
        2 => 0x86,
        3 => 0x87,
        _ => {
            out.push(b'(');
            b't'
        }
    };
    for &size in shape {
        if let Ok(size) = u8::try_from(size) {
            out.extend([b'K', size]);
        } else if let Ok(size) = u16::try_from(size) {
            out.push(b'M');
            out.extend(size.to_le_bytes());
        } else if let Ok(size) = i32::try_from(size) {
            out.push(b'J');
            out.extend(size.to_le_bytes());
        } else {
            // LONG1, two's complement with room for the sign. The reference writes it and does not map such arrays.
            let bytes = size.to_le_bytes();
            let bits = 64 - size.leading_zeros() as usize;
            let used = bits / 8 + 1;
            out.extend([0x8a, u8::try_from(used).unwrap_or(9)]);
            out.extend(bytes.iter().chain(&[0]).take(used));
        }
    }
    out.push(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::{Limits, decode_value};
    use crate::progress::Progress;
    use crate::source::MemorySource;

    fn literal(opcodes: Vec<u8>) -> String {
        let len = opcodes.len() as u64;
        let source = MemorySource::new(opcodes);
        decode_value(&source, 0, len, &Limits::FULL, &Progress::new())
            .unwrap()
            .literal()
    }

    fn bytes(payload: Payload<'_>) -> Vec<u8> {
        let pieces = payload.pieces.into_iter().map(|piece| match piece {
            Piece::Bytes(bytes) => bytes,
            other => panic!("{other:?}"),
        });
        pieces.collect::<Vec<_>>().concat()
    }

    #[test]
    fn sizes_of_every_width() {
        for shape in [
            &[][..],
            &[0],
            &[255, 256],
            &[65_535, 65_536, i32::MAX as u64],
            &[1 << 31, 1 << 40, (1 << 39) - 1, 1 << 39],
            &[u64::MAX, 1 << 63, (1 << 63) - 1],
            &[7; 32],
        ] {
            let mut out = Vec::new();
            shape_tuple(&mut out, shape);
            let sizes: Vec<String> = shape.iter().map(u64::to_string).collect();
            let comma = if shape.len() == 1 { "," } else { "" };
            assert_eq!(literal(out), format!("({}{comma})", sizes.join(", ")));
        }
    }

    #[test]
    fn an_array_builds_itself_without_fromstring() {
        let head = ArrayHead {
            dtype: "uint16",
            shape: &[2],
        };
        let array = bytes(Payload::array(head, Piece::Bytes(vec![1, 0, 2, 0]), None).unwrap());
        assert!(array.starts_with(&ARRAY_PREFIX));
        assert_eq!(
            literal(array),
            r"numpy.ndarray((2,), 'uint16', bytearray(b'\x01\x00\x02\x00'))"
        );
        let data = Piece::Bytes(vec![1, 0, 2, 0]);
        let masked = Payload::array(head, data, Some(Piece::Bytes(vec![0, 1]))).unwrap();
        let masked = bytes(masked);
        assert!(masked.starts_with(&MASKED_PREFIX));
        assert_eq!(
            literal(masked),
            r"numpy.ma.core.MaskedArray(numpy.ndarray((2,), 'uint16', bytearray(b'\x01\x00\x02\x00')), numpy.ndarray((2,), 'bool', bytearray(b'\x00\x01')))"
        );
    }
}
