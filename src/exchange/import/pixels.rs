//! The pixels of a PNG picture, row by row and as they are stored: a palette's numbers stay numbers (they may be classes),
//! and samples of fewer than 8 bits are not scaled.

use super::input::{Input, Metered};
use super::{Spool, Table, Trouble};
use crate::progress::Progress;
use png::{BitDepth, Decoder, DecodingError, Limits, Reader, Transformations};
use std::path::Path;

/// An interlaced picture comes in seven passes over all its rows, so it has to be held in memory.
const MAX_INTERLACED: usize = 256 << 20;
/// What the decoder may hold: some rows of the widest picture.
const MEMORY: usize = 64 << 20;

/// Reads a picture as (y, x) or (y, x, channel); its pixels wait on the disk of `container`.
///
/// # Errors
/// What is wrong with it; or it was cancelled.
pub(super) fn read(file: &Path, container: &Path, progress: &Progress) -> Result<Table, Trouble> {
    let input = Input::open(file)?;
    progress.start(input.len(), input.len());
    let mut decoder = Decoder::new_with_limits(input.bytes(progress)?, Limits { bytes: MEMORY });
    decoder.set_transformations(Transformations::IDENTITY);
    decoder.set_ignore_text_chunk(true);
    let mut picture = decoder.read_info().map_err(trouble)?;
    let info = picture.info();
    let (width, height) = (info.width, info.height);
    let channels = u64::from(info.color_type.samples() as u32);
    let depth = info.bit_depth;
    let is_interlaced = info.interlaced;
    let mut cells = Spool::beside(container)?;
    let mut add = |row: &[u8]| cells.add(&samples(row, depth, width));
    if is_interlaced {
        for row in held(&mut picture)?.chunks_exact(line_size(&picture, width)?) {
            add(row)?;
        }
    } else {
        while let Some(row) = picture.next_row().map_err(trouble)? {
            progress.check()?;
            add(row.data())?;
        }
    }
    let mut shape = vec![u64::from(height), u64::from(width)];
    shape.extend((channels > 1).then_some(channels));
    Ok(Table {
        dtype: if depth == BitDepth::Sixteen {
            "uint16"
        } else {
            "uint8"
        },
        shape,
        cells: cells.finish()?,
    })
}

fn line_size(picture: &Reader<Metered<'_>>, width: u32) -> Result<usize, Trouble> {
    let size = picture.output_line_size(width).filter(|&size| size > 0);
    size.ok_or_else(|| Trouble::Wrong("its rows are too wide".to_owned()))
}

fn held(picture: &mut Reader<Metered<'_>>) -> Result<Vec<u8>, Trouble> {
    let size = picture
        .output_buffer_size()
        .filter(|&size| size <= MAX_INTERLACED);
    let Some(size) = size else {
        let most = MAX_INTERLACED >> 20;
        return Err(Trouble::Wrong(format!(
            "it is interlaced and larger than {most} MB; save it without interlacing"
        )));
    };
    let mut pixels = vec![0; size];
    picture.next_frame(&mut pixels).map_err(trouble)?;
    Ok(pixels)
}

fn trouble(err: DecodingError) -> Trouble {
    match err {
        DecodingError::IoError(err) => err.into(),
        other => Trouble::Wrong(other.to_string()),
    }
}

/// A row of samples, one or two little-endian bytes each.
fn samples(row: &[u8], depth: BitDepth, width: u32) -> Vec<u8> {
    let bits = match depth {
        BitDepth::Eight => return row.to_vec(),
        BitDepth::Sixteen => {
            let words = row.chunks_exact(2);
            return words.flat_map(|word| word.iter().rev().copied()).collect();
        }
        BitDepth::One => 1,
        BitDepth::Two => 2,
        BitDepth::Four => 4,
    };
    // Several samples to a byte, the first in the highest bits; only pictures of one channel have these.
    let packed = row.iter().flat_map(|&byte| {
        let shifts = (0..8 / bits).rev();
        shifts.map(move |at| byte >> (at * bits) & ((1 << bits) - 1))
    });
    packed.take(width as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use png::ColorType;
    use std::io::Read as _;

    fn encoded(size: [u32; 2], color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, size[0], size[1]);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(vec![9; 3 * 16]);
        }
        encoder
            .write_header()
            .unwrap()
            .write_image_data(data)
            .unwrap();
        bytes
    }

    fn read(png: &[u8]) -> Result<(&'static str, Vec<u64>, Vec<u8>), String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        std::fs::write(&file, png).unwrap();
        let table = super::read(&file, &folder.path().join("m"), &Progress::new());
        let table = table.map_err(|trouble| format!("{trouble:?}"))?;
        let mut bytes = Vec::new();
        table
            .cells
            .into_reader()
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        Ok((table.dtype, table.shape, bytes))
    }

    #[test]
    fn pixels_are_as_they_are_stored() {
        let rgb = encoded(
            [3, 1],
            ColorType::Rgb,
            BitDepth::Eight,
            &[1, 2, 3, 4, 5, 6, 7, 8, 9],
        );
        assert_eq!(
            read(&rgb).unwrap(),
            ("uint8", vec![1, 3, 3], (1..10).collect())
        );
        let gray = encoded(
            [2, 1],
            ColorType::Grayscale,
            BitDepth::Sixteen,
            &[1, 44, 0, 5],
        );
        assert_eq!(
            read(&gray).unwrap(),
            ("uint16", vec![1, 2], vec![44, 1, 5, 0])
        );
        let alpha = encoded(
            [1, 2],
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            &[7, 255, 8, 0],
        );
        assert_eq!(
            read(&alpha).unwrap(),
            ("uint8", vec![2, 1, 2], vec![7, 255, 8, 0])
        );
    }

    #[test]
    fn numbers_of_classes_stay_what_they_are() {
        let palette = encoded(
            [3, 2],
            ColorType::Indexed,
            BitDepth::Eight,
            &[0, 1, 2, 14, 15, 3],
        );
        assert_eq!(
            read(&palette).unwrap(),
            ("uint8", vec![2, 3], vec![0, 1, 2, 14, 15, 3])
        );
        let four = encoded(
            [3, 2],
            ColorType::Grayscale,
            BitDepth::Four,
            &[0xe1, 0xf0, 0x23, 0x40],
        );
        assert_eq!(
            read(&four).unwrap(),
            ("uint8", vec![2, 3], vec![14, 1, 15, 2, 3, 4])
        );
        let two = encoded(
            [5, 1],
            ColorType::Indexed,
            BitDepth::Two,
            &[0b00_01_10_11, 0b10_00_00_00],
        );
        assert_eq!(
            read(&two).unwrap(),
            ("uint8", vec![1, 5], vec![0, 1, 2, 3, 2])
        );
        let one = encoded(
            [9, 1],
            ColorType::Grayscale,
            BitDepth::One,
            &[0b1010_0001, 0b1000_0000],
        );
        assert_eq!(read(&one).unwrap().2, [1, 0, 1, 0, 0, 0, 0, 1, 1]);
    }

    #[test]
    fn interlaced_pictures_come_in_the_order_of_their_rows() {
        // 3 x 3, 4 bits, interlaced; made pass by pass in tests/data/make_interlaced.py.
        let png = include_bytes!("../../../tests/data/interlaced_4bit.png");
        assert_eq!(read(png).unwrap(), ("uint8", vec![3, 3], (1..10).collect()));
    }

    #[test]
    fn what_is_no_picture_or_cut_says_so() {
        assert!(read(b"no picture").unwrap_err().contains("Wrong"));
        let whole = encoded([300, 300], ColorType::Rgb, BitDepth::Eight, &[77; 270_000]);
        assert!(read(&whole[..whole.len() - 40]).is_err());
    }
}
