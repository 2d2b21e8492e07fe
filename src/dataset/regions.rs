//! What lies where in a file: header, entries that count and that do not, the end, and what is behind it.
//!
//! Every byte of the file is in exactly one region. The bar that is drawn of them has a fixed number of columns, computed
//! here once, so that a frame costs the same for three entries and for a hundred thousand. No values are read.

use super::{Dataset, Format, Item, ItemState};
use crate::mmapdict::{HEADER_LEN, TERMINATOR};
use crate::source::ByteSource as _;
use std::ops::Range;

/// Columns of the bar; it is drawn from as many as there are pixels, or fewer.
pub const COLUMNS: usize = 2048;

/// What a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The value of a key.
    Live,
    /// An earlier version, or a deleted key.
    Dead,
    /// The same, whose data was given back to the disk.
    Freed,
    /// Of a plain pickle: what belongs to no key.
    Between,
    /// The first bytes of a container.
    Header,
    /// The terminator of a container.
    End,
    /// Behind the end of the dict, or from where the file is damaged on: no reader looks there.
    Unread,
}

impl Part {
    /// In the order to show them.
    pub const ALL: [Self; 7] = [
        Self::Live,
        Self::Dead,
        Self::Freed,
        Self::Between,
        Self::Header,
        Self::End,
        Self::Unread,
    ];
}

/// Bytes of each part, in the order of [`Part::ALL`].
pub type Shares = [u64; Part::ALL.len()];

/// Bytes of one part, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Where.
    pub range: Range<u64>,
    /// What.
    pub part: Part,
    /// The key of an entry.
    pub key: Option<Box<str>>,
}

/// A file in regions. One revision of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Regions {
    size: u64,
    /// In the order of the file, without gaps.
    list: Vec<Region>,
    totals: Shares,
    columns: Vec<Shares>,
}

impl Regions {
    /// Of an open file. Reads the eleven bytes behind the last entry.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        let is_container = dataset.format() == Format::Mmapdict;
        // Keys of a plain pickle have no places of their own, but their arrays do.
        let mut items: Vec<&Item> = dataset
            .items()
            .chain(dataset.dead_items())
            .filter(|item| is_container || item.layout().is_some())
            .collect();
        items.sort_by_key(|item| item.offset);
        let mut making = Making::new(dataset.size());
        if is_container {
            making.to(HEADER_LEN, Part::Header, None);
        }
        for item in items {
            making.to(item.offset, Part::Between, None);
            let end = item.offset.saturating_add(item.length);
            making.to(end, part_of(item), Some(&item.key));
        }
        if is_container {
            let mut bytes = TERMINATOR;
            let read = dataset.source.read_at(making.at, &mut bytes);
            if read.is_ok() && bytes == TERMINATOR {
                making.to(making.at + bytes.len() as u64, Part::End, None);
            }
            making.to(dataset.size(), Part::Unread, None);
        } else {
            making.to(dataset.size(), Part::Between, None);
        }
        making.finish()
    }

    /// Bytes of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn list(&self) -> &[Region] {
        &self.list
    }

    /// Bytes of each part in the whole file.
    #[must_use]
    pub fn totals(&self) -> &Shares {
        &self.totals
    }

    /// Bytes of each part in each of `count` columns of equal size, at most [`COLUMNS`].
    #[must_use]
    pub fn columns(&self, count: usize) -> Vec<Shares> {
        let count = count.clamp(1, COLUMNS);
        let mut columns = vec![Shares::default(); count];
        for (number, shares) in self.columns.iter().enumerate() {
            if let Some(column) = columns.get_mut(number * count / COLUMNS) {
                for (sum, bytes) in column.iter_mut().zip(shares) {
                    *sum += bytes;
                }
            }
        }
        columns
    }

    /// The bytes that a column of [`Regions::columns`] stands for.
    #[must_use]
    pub fn bytes_of(&self, column: usize, count: usize) -> Range<u64> {
        let count = count.clamp(1, COLUMNS);
        let first = (column * COLUMNS).div_ceil(count);
        let behind = ((column + 1) * COLUMNS).div_ceil(count);
        bound(self.size, first)..bound(self.size, behind)
    }

    /// Numbers of the regions in [`Regions::list`] that have bytes in a range.
    #[must_use]
    pub fn within(&self, range: &Range<u64>) -> Range<usize> {
        let first = (self.list).partition_point(|region| region.range.end <= range.start);
        let behind = (self.list).partition_point(|region| region.range.start < range.end);
        first..behind.max(first)
    }

    /// Of the regions of a part in a range, the one with the most bytes there, and how many others there are.
    #[must_use]
    pub fn largest(&self, range: &Range<u64>, part: Part) -> Option<(usize, usize)> {
        let within = self.within(range);
        let regions = self.list.get(within.clone())?.iter().enumerate();
        let mut others = 0_usize;
        let mut best: Option<(u64, usize)> = None;
        for (number, region) in regions.filter(|(_, region)| region.part == part) {
            let bytes = region.range.end.min(range.end) - region.range.start.max(range.start);
            others += usize::from(best.is_some());
            if best.is_none_or(|(most, _)| bytes > most) {
                best = Some((bytes, number));
            }
        }
        best.map(|(_, number)| (within.start + number, others))
    }
}

fn part_of(item: &Item) -> Part {
    match item.state {
        ItemState::Live => Part::Live,
        _ if item.freed => Part::Freed,
        ItemState::Deleted | ItemState::Superseded | ItemState::Shadowed => Part::Dead,
    }
}

/// Where a column of the bar begins.
fn bound(size: u64, column: usize) -> u64 {
    let at = u128::from(size) * column.min(COLUMNS) as u128 / COLUMNS as u128;
    u64::try_from(at).unwrap_or(size)
}

/// Regions so far, up to `at`.
struct Making {
    at: u64,
    regions: Regions,
}

impl Making {
    fn new(size: u64) -> Self {
        let regions = Regions {
            size,
            columns: vec![Shares::default(); COLUMNS],
            ..Regions::default()
        };
        Self { at: 0, regions }
    }

    /// All up to `end` that is in no region yet. What reaches back is cut, as arrays of a pickle may be shared.
    fn to(&mut self, end: u64, part: Part, key: Option<&str>) {
        let end = end.min(self.regions.size);
        if end <= self.at {
            return;
        }
        let range = self.at..end;
        self.at = end;
        if let Some(total) = self.regions.totals.get_mut(part as usize) {
            *total += range.end - range.start;
        }
        self.count(&range, part);
        self.regions.list.push(Region {
            range,
            part,
            key: key.map(Box::from),
        });
    }

    /// Bytes of a region, to the columns that it lies in.
    fn count(&mut self, range: &Range<u64>, part: Part) {
        let size = self.regions.size;
        let scaled = |at: u64| u128::from(at) * COLUMNS as u128;
        let all = u128::from(size.max(1));
        let first = usize::try_from(scaled(range.start) / all).unwrap_or(COLUMNS);
        let behind = usize::try_from(scaled(range.end).div_ceil(all)).unwrap_or(COLUMNS);
        // A column of a file with fewer bytes than columns is a part of a byte.
        let least = u64::from(size < COLUMNS as u64);
        for column in first..behind {
            let start = bound(size, column).max(range.start);
            let end = bound(size, column + 1).min(range.end);
            let bytes = end.saturating_sub(start).max(least);
            let shares = self.regions.columns.get_mut(column);
            if let Some(sum) = shares.and_then(|shares| shares.get_mut(part as usize)) {
                *sum += bytes;
            }
        }
    }

    fn finish(self) -> Regions {
        self.regions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(size: u64, parts: &[(u64, Part)]) -> Regions {
        let mut making = Making::new(size);
        for (end, part) in parts {
            making.to(*end, *part, (*part == Part::Live).then_some("key"));
        }
        making.finish()
    }

    fn of(shares: &Shares, part: Part) -> u64 {
        shares[part as usize]
    }

    #[test]
    fn tiny_regions_beside_a_huge_one_are_there() {
        const HUGE: u64 = 1 << 40;
        let parts = [
            (24, Part::Header),
            (60, Part::Live),
            (90, Part::Dead),
            (HUGE, Part::Live),
            (HUGE + 50, Part::Dead),
            (HUGE + 61, Part::End),
        ];
        let map = regions(HUGE + 61, &parts);
        for count in [1, 7, 300, COLUMNS] {
            let columns = map.columns(count);
            assert_eq!(columns.len(), count);
            let (first, last) = (columns[0], columns[count - 1]);
            assert_eq!(of(&first, Part::Header), 24);
            assert!(of(&first, Part::Dead) >= 30 && of(&last, Part::Dead) >= 50);
            assert_eq!(of(&last, Part::End), 11);
            let sum: u64 = columns.iter().flatten().sum();
            assert_eq!(sum, map.size(), "all bytes are in exactly one column");
        }
        let first = map.bytes_of(0, 300);
        assert_eq!(map.largest(&first, Part::Live), Some((3, 1)));
        assert_eq!(map.largest(&first, Part::Dead), Some((2, 0)));
        assert_eq!(map.largest(&first, Part::Freed), None);
    }

    #[test]
    fn no_column_of_a_small_file_is_empty() {
        let map = regions(35, &[(24, Part::Header), (35, Part::End)]);
        for count in [10, 300, COLUMNS] {
            let columns = map.columns(count);
            for (number, shares) in columns.iter().enumerate() {
                assert!(shares.iter().any(|bytes| *bytes > 0), "{number} of {count}");
            }
            assert_eq!(map.bytes_of(0, count).start, 0);
            assert_eq!(map.bytes_of(count - 1, count).end, 35);
        }
        assert_eq!(*map.totals(), [0, 0, 0, 0, 24, 11, 0]);
    }

    #[test]
    fn a_hundred_thousand_entries_are_counted_once() {
        let parts: Vec<(u64, Part)> = (1..=100_000)
            .map(|number| {
                let part = if number % 10 == 0 {
                    Part::Dead
                } else {
                    Part::Live
                };
                (number * 50, part)
            })
            .collect();
        let map = regions(5_000_000, &parts);
        assert_eq!(of(map.totals(), Part::Dead), 500_000);
        let sum: u64 = map.columns(250).iter().flatten().sum();
        assert_eq!(sum, map.size());
        for shares in map.columns(250) {
            let dead = of(&shares, Part::Dead) as f64 / of(&shares, Part::Live) as f64;
            assert!((dead - 1.0 / 9.0).abs() < 0.01, "{dead}");
        }
        let range = map.bytes_of(100, 250);
        let (number, others) = map.largest(&range, Part::Dead).unwrap();
        assert!(
            map.within(&range).contains(&number) && others > 30,
            "{others}"
        );
    }

    #[test]
    fn what_reaches_back_or_past_the_end_is_cut() {
        let map = regions(
            100,
            &[(50, Part::Live), (40, Part::Dead), (300, Part::Live)],
        );
        let ranges: Vec<_> = map
            .list()
            .iter()
            .map(|region| region.range.clone())
            .collect();
        assert_eq!(ranges, [0..50, 50..100]);
        assert_eq!(map.within(&(49..51)), 0..2);
        assert_eq!(map.within(&(50..51)), 1..2);
        assert_eq!(regions(0, &[]).columns(5).len(), 5);
    }
}
