//! A Fortran-ordered array as a stream of its bytes in C order, with bounded memory.
//!
//! Blocks of the output are gathered one after the other: as many steps of one axis as fit, all of the axes behind it.
//! Within a block the innermost loop runs along the file.

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
    /// `None` where the array does not lie inside of the bytes.
    #[must_use]
    pub fn new(bytes: Bytes, offset: u64, itemsize: u64, shape: &[u64]) -> Option<Self> {
        Self::with_block(bytes, offset, itemsize, shape, BLOCK)
    }

    fn with_block(
        bytes: Bytes,
        offset: u64,
        itemsize: u64,
        shape: &[u64],
        block: usize,
    ) -> Option<Self> {
        let offset = usize::try_from(offset).ok()?;
        let itemsize = usize::try_from(itemsize).ok()?;
        let shape = shape
            .iter()
            .map(|&len| usize::try_from(len).ok())
            .collect::<Option<Vec<_>>>()?;
        let is_empty = itemsize == 0 || shape.contains(&0);
        let mut strides = Vec::with_capacity(shape.len());
        let mut stride = itemsize;
        for len in &shape {
            strides.push(stride);
            stride = if is_empty { 0 } else { stride.checked_mul(*len)? };
        }
        if offset.checked_add(stride)? > bytes.as_slice().len() {
            return None;
        }
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
        Some(Self {
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
        let start = first.iter().zip(&self.strides).map(|(index, stride)| index * stride);
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
                let target = self.block.get_mut(to..to + self.itemsize).ok_or_else(outside)?;
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
        if let Bytes::Mapped(map) = &self.bytes
            && map.is_torn()
        {
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

    proptest! {
        #[test]
        fn any_shape_in_blocks_of_any_size(
            shape in proptest::collection::vec(0_usize..5, 0..5),
            itemsize in 1_usize..4,
            block in 1_usize..100,
        ) {
            let len = shape.iter().product::<usize>() * itemsize;
            let data: Vec<u8> = (0..len + 3).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let bytes = Bytes::Memory(data.clone().into());
            let sizes: Vec<u64> = shape.iter().map(|&len| len as u64).collect();
            let mut reader = COrder::with_block(bytes, 3, itemsize as u64, &sizes, block).unwrap();
            let mut out = Vec::new();
            reader.read_to_end(&mut out).unwrap();
            prop_assert_eq!(out, by_hand(&data[3..], itemsize, &shape));
        }
    }

    #[test]
    fn what_lies_outside_is_refused() {
        let bytes = Bytes::Memory(vec![0; 8].into());
        assert!(COrder::new(bytes.clone(), 1, 4, &[2]).is_none());
        assert!(COrder::new(bytes, 0, 8, &[u64::MAX, 2]).is_none());
    }
}
