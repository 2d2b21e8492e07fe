//! Single bytes at equal distances, read in as few reads as is sensible.

use super::ByteSource;
use std::io;

/// Bytes read at once.
const CHUNK: u64 = 1 << 20;
/// Bytes farther apart are read one by one.
const SPARSE: u64 = 4096;

/// Calls `visit` with each of `count` bytes, the first at `at`, and each `step` bytes after the one before, and with its
/// position. What lies between is read where that is cheaper than another read.
///
/// # Errors
/// Of reading, or of `visit`.
pub fn visit_strided<E: From<io::Error>>(
    source: &dyn ByteSource,
    (at, step, count): (u64, u64, u64),
    mut visit: impl FnMut(u64, u8) -> Result<(), E>,
) -> Result<(), E> {
    let step = step.max(1);
    let at_once = if step > SPARSE { 1 } else { CHUNK / step };
    let too_far = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let mut buffer = Vec::new();
    let mut done = 0;
    while done < count {
        let number = at_once.min(count - done);
        let from = done.checked_mul(step).and_then(|by| at.checked_add(by));
        let from = from.ok_or_else(too_far)?;
        let len = (number - 1) * step + 1;
        buffer.resize(usize::try_from(len).unwrap_or_default(), 0);
        source.read_at(from, &mut buffer)?;
        let bytes = buffer
            .iter()
            .step_by(usize::try_from(step).unwrap_or(usize::MAX));
        for (number, byte) in (0..).zip(bytes) {
            visit(from + number * step, *byte)?;
        }
        done += number;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    fn visited(len: usize, place: (u64, u64, u64)) -> io::Result<Vec<(u64, u8)>> {
        let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
        let mut seen = Vec::new();
        visit_strided(&MemorySource::new(bytes), place, |at, byte| {
            seen.push((at, byte));
            Ok::<_, io::Error>(())
        })?;
        Ok(seen)
    }

    #[test]
    fn all_are_visited_in_chunks_and_one_by_one() {
        let len = 3 << 20;
        for (at, step, count) in [
            (0, 1, 3 << 20),
            (5, 3, 1_000_000),
            (7, 4096, 700),
            (1, 5000, 600),
            (9, 0, 2),
        ] {
            let seen = visited(len, (at, step, count)).unwrap();
            let wanted = (0..count).map(|number| at + number * step.max(1));
            assert!(seen.iter().map(|(at, _)| *at).eq(wanted), "{step}");
            assert!(
                seen.iter().all(|(at, byte)| u64::from(*byte) == at % 251),
                "{step}"
            );
        }
        assert_eq!(visited(5, (9, 1, 0)).unwrap(), []);
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        assert!(visited(10, (5, 1, 6)).is_err());
        assert!(visited(10, (5, u64::MAX, 3)).is_err());
    }
}
