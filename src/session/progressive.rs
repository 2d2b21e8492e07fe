//! Reading planes whose bytes may have to come from a disk first: every 32nd row, then all rows in the order of the file.
//!
//! Whole rows, because the cells of a row lie together: to read every 32nd cell of each row costs as much as to read all. A
//! plane that is in memory already takes little longer than read at once, and no part of it is given unless that is long
//! enough to be seen. This is about when what is read, not about what is shown of it.

use crate::analysis::{Means, means};
use crate::array::{ArrayView, Plane, Samples, bytes_reached, gather, will_need};
use crate::progress::{Cancelled, Progress};
use ndarray::Array2;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Less than so many bytes of the file are read at once.
const SMALL: u64 = 8 << 20;
/// Every so many rows are read first.
const COARSE: usize = 32;
/// Of the first pass over the rows; each further pass halves the distance, down to [`COARSE`].
const COARSEST: usize = 256;
/// Bytes of the file that are read between two looks at the clock, at least and at most, about.
const BLOCK: [u64; 2] = [1 << 20, 32 << 20];
/// How long reading so many should take.
const BLOCK_TIME: f64 = 0.1;
/// The same where bytes come from memory.
const QUICK_BLOCK_TIME: f64 = 0.02;
/// From here on, bytes are taken to come from memory: few disks have so many in a second.
const MEMORY_RATE: f64 = 4e9;
/// The same where each cell is in a page of its own, which takes a microsecond or two to get at. A disk takes many.
const MEMORY_RATE_OF_PAGES: f64 = 0.8e9;
/// Bytes of a page.
const PAGE: u64 = 4096;
/// The first part is given after so long, but not before the coarse rows are there.
const FIRST_PART_AFTER: Duration = Duration::from_millis(15);
/// Time between two parts.
const PART_EVERY: Duration = Duration::from_millis(150);

/// What is known of some planes that are being read.
pub(super) struct Part<'a> {
    planes: &'a [Plane],
    known: &'a [bool],
}

impl Part<'_> {
    /// Rows that are there, of all.
    pub(super) fn rows(&self) -> [usize; 2] {
        let known = self.known.iter().filter(|known| **known).count();
        [known, self.known.len()]
    }

    /// Rows from the first on without a gap.
    pub(super) fn rows_from_top(&self) -> usize {
        let gap = self.known.iter().position(|known| !known);
        gap.unwrap_or(self.known.len())
    }

    /// The planes, with the nearest row that is known in place of each that is not.
    pub(super) fn filled(&self) -> Vec<Plane> {
        let rows = nearest(self.known);
        let planes = self.planes.iter();
        planes.map(|plane| plane.select_rows(&rows)).collect()
    }
}

/// For each index the nearest that is known; 0 where none is.
fn nearest(known: &[bool]) -> Vec<usize> {
    let mut nearest = vec![0; known.len()];
    let mut last: Option<usize> = None;
    let all_known = known.iter().enumerate().filter(|(_, known)| **known);
    for (row, _) in all_known {
        let start = last.map_or(0, |last| last + (row - last) / 2 + 1);
        fill(&mut nearest, last.unwrap_or(0)..start, last.unwrap_or(0));
        fill(&mut nearest, start..row + 1, row);
        last = Some(row);
    }
    let last = last.unwrap_or(0);
    fill(&mut nearest, last..known.len(), last);
    nearest
}

fn fill(values: &mut [usize], range: Range<usize>, value: usize) {
    if let Some(values) = values.get_mut(range) {
        values.fill(value);
    }
}

/// Reads several views of (rows, columns), of equal shape, as [`gather`] does. `give` is called with what there is so far,
/// a few times a second, where reading takes long. States the total to `progress`, and how many bytes it is.
pub(super) fn read(
    views: &[ArrayView],
    progress: &Progress,
    give: &mut dyn FnMut(&Part<'_>),
) -> Result<Vec<Plane>, Cancelled> {
    let rows = (views.first()).map_or(0, |view| view.shape().first().copied().unwrap_or(0));
    let bytes = bytes_reached(views);
    progress.start(rows as u64, bytes);
    if bytes < SMALL || rows < 2 * COARSE {
        return gather(views, progress);
    }
    let bytes_per_row = bytes / rows as u64;
    let columns = (views.first()).map_or(0, |view| view.shape().get(1).copied().unwrap_or(0));
    let is_by_pages = bytes_per_row >= PAGE.saturating_mul(columns as u64);
    let mut reader = Reader {
        views,
        progress,
        give,
        planes: Vec::new(),
        known: vec![false; rows],
        bytes_per_row,
        memory_rate: if is_by_pages {
            MEMORY_RATE_OF_PAGES
        } else {
            MEMORY_RATE
        },
        started: Instant::now(),
        given: None,
        rate: 0.0,
    };
    reader.coarse()?;
    reader.fine()?;
    Ok(reader.planes)
}

struct Reader<'a> {
    views: &'a [ArrayView],
    progress: &'a Progress,
    give: &'a mut dyn FnMut(&Part<'_>),
    planes: Vec<Plane>,
    known: Vec<bool>,
    bytes_per_row: u64,
    /// Faster than disks are.
    memory_rate: f64,
    started: Instant,
    given: Option<Instant>,
    /// Bytes of the file in a second, of late.
    rate: f64,
}

impl Reader<'_> {
    /// Every so many rows, from few to more.
    fn coarse(&mut self) -> Result<(), Cancelled> {
        let rows = self.known.len();
        let mut distance = COARSEST;
        while distance > COARSE && 2 * distance > rows {
            distance /= 2;
        }
        self.asked_rows(0..rows, distance)?;
        while distance > COARSE {
            self.tell(PART_EVERY);
            distance /= 2;
            self.asked_rows(distance..rows, 2 * distance)?;
        }
        self.tell(FIRST_PART_AFTER);
        Ok(())
    }

    /// All rows, as the file has them.
    fn fine(&mut self) -> Result<(), Cancelled> {
        let rows = self.known.len();
        let (mut start, mut asked) = (0, 0);
        while start < rows {
            let [least, most] = BLOCK;
            let bytes = match self.is_slow() {
                true => ((self.rate * BLOCK_TIME) as u64).clamp(least, most),
                // What comes from memory need not be cut as small.
                false => ((self.rate * QUICK_BLOCK_TIME) as u64).clamp(most, 4 * most),
            };
            let count = usize::try_from(bytes / self.bytes_per_row.max(1)).unwrap_or(rows);
            let end = start.saturating_add(count.max(1)).min(rows);
            // To ask a disk with much to do takes time as well.
            let started = Instant::now();
            if self.is_slow() {
                // While this block is worked on, the next is on its way.
                let next = end.saturating_add(count.max(1)).min(rows);
                self.ask_for(asked.max(start)..next, 1)?;
                asked = asked.max(next);
            }
            self.rows(start..end, 1, started)?;
            start = end;
            if start < rows {
                self.tell(match self.given {
                    Some(_) => PART_EVERY,
                    None => FIRST_PART_AFTER,
                });
            }
        }
        Ok(())
    }

    /// Asks for every so many rows of a range, and reads them.
    fn asked_rows(&mut self, range: Range<usize>, step: usize) -> Result<(), Cancelled> {
        let started = Instant::now();
        self.ask_for(range.clone(), step)?;
        self.rows(range, step, started)
    }

    /// Reads every so many rows of a range; the rate is that since they were begun with.
    fn rows(
        &mut self,
        range: Range<usize>,
        step: usize,
        started: Instant,
    ) -> Result<(), Cancelled> {
        let views = self.views.iter();
        // Both are inside: this cannot fail.
        let views: Vec<ArrayView> = views
            .filter_map(|view| view.slice_axis(0, range.start, range.end, step).ok())
            .collect();
        let read = gather(&views, self.progress)?;
        if self.planes.is_empty() {
            let rows = self.known.len();
            self.planes = read.iter().map(|plane| plane.blank(rows)).collect();
        }
        for (plane, read) in self.planes.iter_mut().zip(&read) {
            plane.put_rows(range.clone().step_by(step), read);
        }
        let count = range.len().div_ceil(step);
        for row in range.step_by(step) {
            if let Some(known) = self.known.get_mut(row) {
                *known = true;
            }
        }
        let bytes = self.bytes_per_row.saturating_mul(count as u64) as f64;
        self.rate = bytes / started.elapsed().as_secs_f64();
        Ok(())
    }

    /// Whether bytes come from a disk.
    fn is_slow(&self) -> bool {
        self.rate < self.memory_rate
    }

    /// Has the disk begin with rows.
    fn ask_for(&self, range: Range<usize>, step: usize) -> Result<(), Cancelled> {
        for row in range.step_by(step) {
            let views = self.views.iter();
            let rows = views.filter_map(|view| view.slice_axis(0, row, row + 1, 1).ok());
            will_need(&rows.collect::<Vec<_>>(), self.progress)?;
        }
        Ok(())
    }

    /// Gives a part if none was given for so long.
    fn tell(&mut self, after: Duration) {
        if self.given.unwrap_or(self.started).elapsed() >= after {
            (self.give)(&Part {
                planes: &self.planes,
                known: &self.known,
            });
            self.given = Some(Instant::now());
        }
    }
}

/// The mean along the last of three axes, as [`analysis::means`](crate::analysis::means). `give` is called with what there is
/// so far, a few times a second: a plane whose rows are NaN from the first on that is not read, and how many are, of all.
pub(super) fn mean(
    block: &ArrayView,
    progress: &Progress,
    give: &mut dyn FnMut(Plane, [usize; 2]),
) -> Result<Plane, Cancelled> {
    let plane = |means: Means| {
        let &[rows, columns] = means.shape.as_slice() else {
            // Of three axes two are kept.
            return Plane {
                samples: Samples::F64(Array2::default((0, 0))),
                masked: None,
            };
        };
        let samples = Array2::from_shape_vec((rows, columns), means.means);
        Plane {
            samples: Samples::F64(samples.unwrap_or_default()),
            masked: None,
        }
    };
    // Another piece of work than the layer before; how many cells it has is stated with the means.
    progress.start(0, bytes_reached(std::slice::from_ref(block)));
    let rows = block.shape().first().copied().unwrap_or(0);
    let mut given = Instant::now();
    let means = means(block, &[0, 1], progress, |part| {
        if given.elapsed() >= PART_EVERY && part.done < part.total {
            let read = (rows as f64 * part.share()) as usize;
            give(plane(part.value()), [read, rows]);
            given = Instant::now();
        }
    })?;
    Ok(plane(means))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{ArrayLayout, DType};
    use crate::source::Bytes;

    /// (rows, columns, bands) of bytes; large enough to be read in pieces.
    fn cube(rows: usize) -> ArrayView {
        let layout = ArrayLayout {
            dtype: DType::parse("u1"),
            shape: vec![rows as u64, 100, 2000],
            fortran: false,
            data_offset: 0,
            nbytes: rows as u64 * 200_000,
            mask: None,
        };
        let mut bytes = vec![0; rows * 200_000];
        for (row, bytes) in bytes.chunks_mut(200_000).enumerate() {
            bytes.fill(row as u8);
        }
        ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap()
    }

    #[test]
    fn the_nearest_row_stands_in() {
        let known = [false, true, false, false, false, true, false];
        assert_eq!(nearest(&known), [1, 1, 1, 1, 5, 5, 5]);
        assert_eq!(nearest(&[false; 2]), [0, 0]);
    }

    #[test]
    fn read_in_pieces_as_at_once() {
        for rows in [200, 333, 600] {
            let cube = cube(rows);
            let views = [3, 900].map(|band| cube.index_axis(2, band).unwrap());
            let progress = Progress::new();
            let planes = read(&views, &progress, &mut |_| {}).unwrap();
            assert_eq!(planes, gather(&views, &Progress::new()).unwrap());
            assert_eq!(progress.fraction(), Some(1.0));
        }
    }

    #[test]
    fn parts_have_rows_at_their_places() {
        let cube = cube(600);
        let views = [cube.index_axis(2, 7).unwrap()];
        let progress = Progress::new();
        let mut seen = Vec::new();
        let mut give = |part: &Part<'_>| {
            seen.push((part.rows(), part.rows_from_top(), part.filled()));
        };
        let mut reader = Reader {
            views: &views,
            progress: &progress,
            give: &mut give,
            planes: Vec::new(),
            known: vec![false; 600],
            bytes_per_row: BLOCK[1] / 100,
            memory_rate: MEMORY_RATE,
            started: Instant::now(),
            given: None,
            rate: 0.0,
        };
        reader.coarse().unwrap();
        reader.tell(Duration::ZERO);
        reader.rows(0..100, 1, Instant::now()).unwrap();
        reader.tell(Duration::ZERO);
        let Samples::U8(coarse) = &seen[seen.len() - 2].2[0].samples else {
            panic!("bytes")
        };
        // 0, 32, 64 … and the nearest of them in between.
        for row in 0..600 {
            let expected = ((row + 15) / 32).min(18) * 32;
            assert_eq!(coarse[[row, 50]], expected as u8, "{row}");
        }
        let (rows, top, planes) = &seen[seen.len() - 1];
        assert_eq!((*rows, *top), ([100 + 15, 600], 100));
        let Samples::U8(finer) = &planes[0].samples else {
            panic!("bytes")
        };
        assert_eq!((finer[[99, 0]], finer[[130, 99]]), (99, 128));
    }

    #[test]
    fn a_cancel_ends_it() {
        let cube = cube(200);
        let progress = Progress::new();
        progress.cancel();
        let views = [cube.index_axis(2, 7).unwrap()];
        assert_eq!(read(&views, &progress, &mut |_| {}), Err(Cancelled));
    }
}
