//! Parts of a file that take no space: copying without filling them, and making them.
//!
//! On systems other than Linux everything is copied, and nothing can be freed.

use std::fs::File;
use std::io;
use std::ops::Range;

/// Copies a range from one file to another, or within one file where the ranges do not overlap.
///
/// Holes of the source are left out: the target must read as zeros there (a new or just grown part of a file does).
pub(super) fn copy(
    from: &File,
    range: Range<u64>,
    to: &File,
    at: u64,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<()> {
    // Where the target begins for an offset of the source.
    let place = |offset: u64| at + (offset - range.start);
    let mut done = range.start;
    while done < range.end {
        let data = next_data(from, done..range.end)?;
        step(data.start - done)?;
        copy_data(from, data.clone(), to, place(data.start), step)?;
        done = data.end;
    }
    // Behind the end of a file that was cut meanwhile, there is nothing to be taken for a hole.
    if from.metadata()?.len() < range.end {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let end = place(range.end);
    if to.metadata()?.len() < end {
        to.set_len(end)?;
    }
    Ok(())
}

/// Bytes that the system copies in one call: the work can be cancelled in between.
const CHUNK: u64 = 16 << 20;

#[cfg(any(target_os = "linux", target_os = "android"))]
fn copy_data(
    from: &File,
    range: Range<u64>,
    to: &File,
    at: u64,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<()> {
    use rustix::io::Errno;
    let (mut source, mut target) = (range.start, at);
    while source < range.end {
        let len = usize::try_from((range.end - source).min(CHUNK)).unwrap_or(1 << 20);
        match rustix::fs::copy_file_range(from, Some(&mut source), to, Some(&mut target), len) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => step(count as u64)?,
            Err(Errno::INTR) => {}
            // Between file systems, on some network disks, and in old kernels.
            Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::IO) => {
                return copy_by_hand(from, source..range.end, to, target, step);
            }
            Err(err) => return Err(err.into()),
        }
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn copy_data(
    from: &File,
    range: Range<u64>,
    to: &File,
    at: u64,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<()> {
    copy_by_hand(from, range, to, at, step)
}

fn copy_by_hand(
    from: &File,
    range: Range<u64>,
    to: &File,
    at: u64,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<()> {
    let source = super::FileSource::new(from.try_clone()?, std::path::Path::new(""))?;
    let store = super::FileStore::new(to.try_clone()?, std::path::Path::new(""))?;
    super::store::copy_by_chunks(&store, &source, range, at, step)
}

/// The first run of data in a range; empty, at its end, where there is none.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn next_data(file: &File, range: Range<u64>) -> io::Result<Range<u64>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;
    let start = match seek(file, SeekFrom::Data(range.start)) {
        Ok(start) => start.clamp(range.start, range.end),
        // No data up to the end of the file.
        Err(Errno::NXIO) => range.end,
        // The file system does not tell.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => return Ok(range),
        Err(err) => return Err(err.into()),
    };
    if start >= range.end {
        return Ok(range.end..range.end);
    }
    let end = match seek(file, SeekFrom::Hole(start)) {
        Ok(end) => end.min(range.end),
        Err(_) => range.end,
    };
    Ok(start..end.max(start + 1))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn next_data(_file: &File, range: Range<u64>) -> io::Result<Range<u64>> {
    Ok(range)
}

/// Frees the blocks of a range. The length stays; the range reads as zeros.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn punch(file: &File, range: Range<u64>) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    let len = range.end.saturating_sub(range.start);
    if len == 0 {
        return Ok(());
    }
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(rustix::io::retry_on_intr(|| {
        fallocate(file, flags, range.start, len)
    })?)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn punch(_file: &File, _range: Range<u64>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes sure that a range has its blocks, so that writing to it cannot fail for want of space.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn reserve(file: &File, range: Range<u64>) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    let len = range.end.saturating_sub(range.start);
    let keep = FallocateFlags::KEEP_SIZE;
    match rustix::io::retry_on_intr(|| fallocate(file, keep, range.start, len.max(1))) {
        // The file system does not know how.
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => Ok(()),
        result => Ok(result?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn reserve(_file: &File, _range: Range<u64>) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileExt as _, MetadataExt as _};

    #[test]
    fn holes_are_copied_as_holes() {
        let (from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.set_len(64 << 20).unwrap();
        from.write_all_at(b"front", 0).unwrap();
        from.write_all_at(b"back", (64 << 20) - 4).unwrap();
        let mut counted = 0;
        let mut step = |bytes| {
            counted += bytes;
            Ok(())
        };
        copy(&from, 1..64 << 20, &to, 100, &mut step).unwrap();
        assert_eq!(counted, (64 << 20) - 1);
        assert_eq!(to.metadata().unwrap().len(), (64 << 20) + 99);
        assert!(to.metadata().unwrap().blocks() < 1000);
        let mut buffer = [1; 6];
        to.read_exact_at(&mut buffer, 100).unwrap();
        assert_eq!(&buffer, b"ront\0\0");
        to.read_exact_at(&mut buffer, (64 << 20) + 93).unwrap();
        assert_eq!(&buffer, b"\0\0back");
    }

    #[test]
    fn a_file_that_was_cut_gives_no_zeros() {
        let (from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.write_all_at(b"short", 0).unwrap();
        let err = copy(&from, 0..100, &to, 0, &mut |_| Ok(())).unwrap_err();
        assert_eq!(err.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn punching_frees_blocks_and_keeps_the_length() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&vec![7; 8 << 20], 0).unwrap();
        file.sync_all().unwrap();
        let before = file.metadata().unwrap().blocks();
        punch(&file, 5000..(8 << 20) - 5000).unwrap();
        let after = file.metadata().unwrap();
        assert!(after.blocks() * 10 < before && after.len() == 8 << 20);
        let mut buffer = [0; 2];
        file.read_exact_at(&mut buffer, 4999).unwrap();
        assert_eq!(buffer, [7, 0]);
    }
}
