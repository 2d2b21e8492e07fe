//! The cells of an array as a stream of bytes in C order, whatever their order in memory: for copying them into a container.
//!
//! Blocks of the output are gathered one after the other: as many steps of one axis as fit, all of the axes behind it.
//! Within a block the innermost loop runs along the file.

use super::layout::check_end;
use super::{ArrayError, ArrayLayout};
use crate::source::Bytes;
use std::io::{self, Read};

/// Bytes gathered at once.
const BLOCK: usize = 32 << 20;

/// Reads the cells in C order.
#[derive(Debug)]
pub struct COrder {
    bytes: Bytes,
    offset: usize,
    itemsize: usize,
    shape: Vec<usize>,
    /// Distance in bytes along each axis.
    strides: Vec<usize>,
    /// The axis that is cut into blocks; those before it are fixed in a block, those behind it are whole.
    axis: usize,
    /// Steps along that axis in a block.
    steps: usize,
    /// Where the next block begins: an index for each axis up to `axis`. `None` at the end.
    next: Option<Vec<usize>>,
    block: Vec<u8>,
    read: usize,
}

impl COrder {
    /// Refuses what does not lie wholly inside `bytes`. Masks are not looked at.
    ///
    /// # Errors
    /// As [`ArrayLayout::check`], and [`ArrayError::OutsideBytes`].
    pub fn new(bytes: Bytes, layout: &ArrayLayout) -> Result<Self, ArrayError> {
        Self::with_block(bytes, layout, BLOCK)
    }

    fn with_block(bytes: Bytes, layout: &ArrayLayout, block: usize) -> Result<Self, ArrayError> {
        let layout = ArrayLayout {
            mask: None,
            ..layout.clone()
        };
        layout.check()?;
        let available = bytes.as_slice().len() as u64;
        check_end(layout.data_offset, layout.nbytes, available)?;
        // All of it lies in memory, so all of it is counted by usize.
        let usize_of = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let itemsize = usize_of(layout.dtype.itemsize().unwrap_or_default());
        let shape: Vec<usize> = layout.shape.iter().map(|&len| usize_of(len)).collect();
        let mut strides = vec![0; shape.len()];
        let mut stride = itemsize;
        let mut along = |(slot, len): (&mut usize, &usize)| {
            *slot = stride;
            stride = stride.saturating_mul(*len);
        };
        let axes = strides.iter_mut().zip(&shape);
        if layout.fortran {
            axes.for_each(&mut along);
        } else {
            axes.rev().for_each(&mut along);
        }
        let is_empty = layout.nbytes == 0;
        let offset = usize_of(layout.data_offset);
        // The first axis behind which a step fits into a block; the last one where none does.
        let mut axis = shape.len().saturating_sub(1);
        let mut step = itemsize;
        while axis > 0 {
            let larger = step.saturating_mul(shape.get(axis).copied().unwrap_or(1));
            if larger > block {
                break;
            }
            step = larger;
            axis -= 1;
        }
        Ok(Self {
            bytes,
            offset,
            itemsize,
            next: (!is_empty).then(|| vec![0; (axis + 1).min(shape.len())]),
            steps: block.checked_div(step).unwrap_or(1).max(1),
            shape,
            strides,
            axis,
            block: Vec::new(),
            read: 0,
        })
    }

    /// Gathers the next block; whether there is one.
    fn fill(&mut self) -> io::Result<bool> {
        let Some(first) = self.next.take() else {
            return Ok(false);
        };
        let at = self.axis;
        let length = self.shape.get(at).copied().unwrap_or(1);
        let begin = first.get(at).copied().unwrap_or(0);
        let count = self.steps.min(length - begin.min(length));
        let inner: Vec<usize> = self.shape.get(at + 1..).unwrap_or_default().to_vec();
        let cells: usize = inner.iter().product();
        self.block.clear();
        self.block.resize(count * cells * self.itemsize, 0);
        self.read = 0;
        let start = first
            .iter()
            .zip(&self.strides)
            .map(|(index, stride)| index * stride);
        let start = self.offset + start.sum::<usize>();
        let along = self.strides.get(at).copied().unwrap_or(self.itemsize);
        let outside = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let source = self.bytes.as_slice();
        let strides = self.strides.get(at + 1..).unwrap_or_default();
        // The axes behind, the first of them fastest: so the file is read forwards.
        let mut index = vec![0_usize; inner.len()];
        for _ in 0..cells {
            let mut from = start;
            let mut cell = 0;
            for ((&i, &stride), &len) in index.iter().zip(strides).zip(&inner) {
                from += i * stride;
                cell = cell * len + i;
            }
            for step in 0..count {
                let to = (step * cells + cell) * self.itemsize;
                let target = self
                    .block
                    .get_mut(to..to + self.itemsize)
                    .ok_or_else(outside)?;
                let item = source.get(from..from + self.itemsize).ok_or_else(outside)?;
                target.copy_from_slice(item);
                from += along;
            }
            for (i, &len) in index.iter_mut().zip(&inner) {
                *i += 1;
                if *i < len {
                    break;
                }
                *i = 0;
            }
        }
        if self.bytes.is_torn() {
            return Err(outside());
        }
        self.next = self.after(first, count);
        Ok(true)
    }

    /// Where the block behind one begins.
    fn after(&self, mut index: Vec<usize>, count: usize) -> Option<Vec<usize>> {
        let mut step = count;
        for (i, &len) in index.iter_mut().zip(&self.shape).rev() {
            *i += step;
            if *i < len {
                return Some(index);
            }
            *i = 0;
            step = 1;
        }
        None
    }
}

impl Read for COrder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read >= self.block.len() && !self.fill()? {
            return Ok(0);
        }
        let left = self.block.get(self.read..).unwrap_or_default();
        let len = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), left.get(..len)) {
            to.copy_from_slice(from);
        }
        self.read += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;
    use proptest::prelude::*;

    /// C order by the definition, cell by cell.
    fn by_hand(data: &[u8], itemsize: usize, shape: &[usize]) -> Vec<u8> {
        let cells: usize = shape.iter().product();
        let mut out = Vec::new();
        for mut cell in 0..cells {
            let mut index = vec![0; shape.len()];
            for (i, len) in index.iter_mut().zip(shape).rev() {
                *i = cell % len;
                cell /= len;
            }
            let (mut from, mut stride) = (0, itemsize);
            for (i, len) in index.iter().zip(shape) {
                from += i * stride;
                stride *= len;
            }
            out.extend(&data[from..from + itemsize]);
        }
        out
    }

    fn column_major(offset: u64, itemsize: usize, shape: &[usize]) -> ArrayLayout {
        let shape: Vec<u64> = shape.iter().map(|&len| len as u64).collect();
        ArrayLayout {
            dtype: DType::parse(&format!("V{itemsize}")),
            nbytes: shape.iter().product::<u64>() * itemsize as u64,
            shape,
            fortran: true,
            data_offset: offset,
            mask: None,
        }
    }

    proptest! {
        #[test]
        fn any_shape_in_blocks_of_any_size(
            shape in proptest::collection::vec(0_usize..5, 0..5),
            itemsize in 1_usize..4,
            block in 1_usize..100,
        ) {
            let layout = column_major(3, itemsize, &shape);
            let len = usize::try_from(layout.nbytes).unwrap() + 3;
            let data: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let bytes = Bytes::Memory(data.clone().into());
            let mut out = Vec::new();
            let mut reader = COrder::with_block(bytes.clone(), &layout, block).unwrap();
            reader.read_to_end(&mut out).unwrap();
            prop_assert_eq!(out, by_hand(&data[3..], itemsize, &shape));
            let mut same = Vec::new();
            let row_major = ArrayLayout { fortran: false, ..layout };
            let mut reader = COrder::with_block(bytes, &row_major, block).unwrap();
            reader.read_to_end(&mut same).unwrap();
            prop_assert_eq!(&same, &data[3..]);
        }
    }

    #[test]
    fn what_lies_outside_is_refused() {
        let bytes = Bytes::Memory(vec![0; 8].into());
        assert!(COrder::new(bytes.clone(), &column_major(1, 4, &[2])).is_err());
        assert!(COrder::new(bytes, &column_major(0, 4, &[2])).is_ok());
    }

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
        let mut out = Vec::<u8>::new();
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
