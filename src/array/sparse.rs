//! Planes of an array that is mostly holes of its file, as one that a recorder has only begun to fill: rows that lie in
//! holes are zeros, and are not read.

use super::{ArrayError, ArrayView, Plane, gather};
use crate::progress::{Cancelled, Progress};
use std::ops::Range;

/// As [`gather()`], of views of one shape with two axes. `has_data` says of a range of the file whether any of it takes space
/// on the disk; where none does, there are zeros.
///
/// # Errors
/// [`Cancelled`].
pub fn gather_around_holes(
    views: &[ArrayView],
    has_data: &dyn Fn(Range<u64>) -> bool,
    progress: &Progress,
) -> Result<Vec<Plane>, Cancelled> {
    let rows = views.first().and_then(|view| view.shape().first().copied());
    let rows = rows.unwrap_or(0);
    let mut there: Vec<Range<usize>> = Vec::new();
    for row in 0..rows {
        let is_there = (views.iter()).any(|view| lies_in_data(view, row, has_data).unwrap_or(true));
        match there.last_mut() {
            Some(last) if is_there && last.end == row => last.end = row + 1,
            _ if is_there => there.push(row..row + 1),
            _ => {}
        }
    }
    // The first row says of what kind the planes are.
    let first = 0..1;
    let parts = || -> Result<Vec<_>, ArrayError> {
        let runs = std::iter::once(&first).chain(&there);
        runs.map(|run| Ok((run.clone(), part(views, run)?)))
            .collect()
    };
    let is_whole = there.first().is_some_and(|run| run.len() == rows);
    let parts = match parts() {
        Ok(parts) if !is_whole && rows > 0 => parts,
        _ => return gather(views, progress),
    };
    let mut planes: Vec<Plane> = Vec::new();
    for (run, views) in parts {
        let read = gather(&views, progress)?;
        if planes.is_empty() {
            planes = read.iter().map(|plane| plane.blank(rows)).collect();
        }
        for (plane, read) in planes.iter_mut().zip(&read) {
            plane.put_rows(run.clone(), read);
        }
    }
    Ok(planes)
}

fn part(views: &[ArrayView], rows: &Range<usize>) -> Result<Vec<ArrayView>, ArrayError> {
    let part = |view: &ArrayView| view.slice_axis(0, rows.start, rows.end, 1);
    views.iter().map(part).collect()
}

fn lies_in_data(
    view: &ArrayView,
    row: usize,
    has_data: &dyn Fn(Range<u64>) -> bool,
) -> Result<bool, ArrayError> {
    let spans = view.slice_axis(0, row, row + 1, 1)?.spans();
    let mut spans = spans
        .into_iter()
        .map(|span| span.start as u64..span.end as u64);
    Ok(spans.any(has_data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{ArrayLayout, DType, Samples};
    use crate::source::Bytes;
    use std::sync::Mutex;

    #[test]
    fn rows_in_holes_are_zeros_and_the_others_are_read() {
        let bytes: Vec<u8> = (0..60).collect();
        let layout = ArrayLayout {
            dtype: DType::parse("u1"),
            shape: vec![6, 10],
            fortran: false,
            data_offset: 0,
            nbytes: 60,
            mask: None,
        };
        let view = ArrayView::new(Bytes::Memory(bytes.into()), &layout).unwrap();
        let asked = Mutex::new(Vec::new());
        // What is said to be a hole is not looked at.
        let has_data = |range: Range<u64>| {
            asked.lock().unwrap().push(range.clone());
            range.contains(&25) || range.contains(&35)
        };
        let planes =
            gather_around_holes(std::slice::from_ref(&view), &has_data, &Progress::new()).unwrap();
        let Samples::U8(cells) = &planes[0].samples else {
            panic!("bytes");
        };
        let starts: Vec<u8> = cells.column(0).to_vec();
        assert_eq!(starts, [0, 0, 20, 30, 0, 0]);
        assert_eq!(asked.lock().unwrap()[1], 10..20);
        let all =
            gather_around_holes(std::slice::from_ref(&view), &|_| true, &Progress::new()).unwrap();
        assert_eq!(all, gather(&[view], &Progress::new()).unwrap());
    }
}
