//! The cells of an array as bytes in C order, whatever their order in memory: for copying them into a container.

use super::{ArrayError, ArrayLayout};
use crate::source::Bytes;
use std::io::{self, Read};

/// Reads the raw bytes of all cells, last axis fastest. Of a column-major array cell by cell; masks are not looked at.
#[derive(Debug)]
pub struct COrder {
    bytes: Bytes,
    /// Where the first cell begins.
    start: usize,
    itemsize: usize,
    shape: Vec<usize>,
    /// Distance of cells along each axis, in bytes.
    strides: Vec<usize>,
    /// Index of the next cell.
    index: Vec<usize>,
    /// Cells still to come.
    left: usize,
    /// Bytes of the next cell that were read already.
    partly: usize,
}

impl COrder {
    /// Refuses what does not lie wholly inside `bytes`.
    ///
    /// # Errors
    /// As [`ArrayLayout::check`], and [`ArrayError::OutsideBytes`].
    pub fn new(bytes: Bytes, layout: &ArrayLayout) -> Result<Self, ArrayError> {
        let layout = ArrayLayout {
            mask: None,
            ..layout.clone()
        };
        layout.check()?;
        let available = bytes.as_slice().len() as u64;
        super::layout::check_end(layout.data_offset, layout.nbytes, available)?;
        // All of it lies in memory, so all of it is counted by usize.
        let usize_of = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let itemsize = usize_of(layout.dtype.itemsize().unwrap_or_default());
        let shape: Vec<usize> = layout.shape.iter().map(|&len| usize_of(len)).collect();
        let mut strides = vec![0; shape.len()];
        let mut stride = itemsize;
        let axes: Vec<usize> = if layout.fortran {
            (0..shape.len()).collect()
        } else {
            (0..shape.len()).rev().collect()
        };
        for axis in axes {
            if let (Some(slot), Some(len)) = (strides.get_mut(axis), shape.get(axis)) {
                *slot = stride;
                stride = stride.saturating_mul(*len);
            }
        }
        Ok(Self {
            bytes,
            start: usize_of(layout.data_offset),
            itemsize,
            index: vec![0; shape.len()],
            left: usize_of(layout.cells().unwrap_or_default()),
            shape,
            strides,
            partly: 0,
        })
    }

    fn cell(&self) -> &[u8] {
        let steps = self.index.iter().zip(&self.strides);
        let at = self.start + steps.map(|(index, stride)| index * stride).sum::<usize>();
        let bytes = self.bytes.as_slice().get(at..at + self.itemsize);
        bytes.unwrap_or_default()
    }

    fn advance(&mut self) {
        self.left -= 1;
        self.partly = 0;
        for (index, len) in self.index.iter_mut().zip(&self.shape).rev() {
            *index += 1;
            if *index < *len {
                return;
            }
            *index = 0;
        }
    }
}

impl Read for COrder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() && self.left > 0 {
            let rest = self.cell().get(self.partly..).unwrap_or_default();
            let room = buffer.get_mut(done..).unwrap_or_default();
            let count = rest.len().min(room.len());
            for (to, from) in room.iter_mut().zip(rest) {
                *to = *from;
            }
            done += count;
            self.partly += count;
            if self.partly >= self.itemsize {
                self.advance();
            }
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;

    #[test]
    fn columns_become_rows() {
        // 2 × 3 cells of two bytes, column by column, behind one byte of something else.
        let mut file = vec![99];
        for (row, column) in [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)] {
            file.extend([row, column]);
        }
        let layout = ArrayLayout {
            dtype: DType::parse("uint16"),
            shape: vec![2, 3],
            fortran: true,
            data_offset: 1,
            nbytes: 12,
            mask: None,
        };
        let mut reader = COrder::new(Bytes::Memory(file.into()), &layout).unwrap();
        let mut out: Vec<u8> = Vec::new();
        let mut buffer = [0; 5];
        loop {
            match reader.read(&mut buffer).unwrap() {
                0 => break,
                count => out.extend(&buffer[..count]),
            }
        }
        assert_eq!(out, [0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2]);
    }
}
