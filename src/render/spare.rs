//! The memory of pictures that nobody looks at any more, for the next ones.
//!
//! To get memory from the system page by page takes longer than to paint a picture into it, and pictures of the same size
//! follow each other while somebody goes through bands. Few are kept, as long as the program runs.

use image::RgbaImage;
use std::sync::{Mutex, PoisonError};

/// Pictures that are kept: one becomes free while the next is painted.
const MAX_KEPT: usize = 2;
/// Larger ones are not kept.
const MAX_BYTES: usize = 16 << 20;

static SPARE: Mutex<Spare> = Mutex::new(Spare(Vec::new()));

/// Gives back a picture that is not needed any more, so that another one is painted in its memory.
pub fn recycle(image: RgbaImage) {
    let bytes = image.into_raw();
    let left_over = SPARE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .put(bytes);
    // Only now: to give memory back takes its time.
    drop(left_over);
}

/// So many bytes, of any value: all of them are to be written.
pub(super) fn take(len: usize) -> Vec<u8> {
    let spare = SPARE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take(len);
    // Zeros come from the system without being written.
    spare.unwrap_or_else(|| vec![0; len])
}

struct Spare(Vec<Vec<u8>>);

impl Spare {
    /// Gives back what is not kept.
    fn put(&mut self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        if bytes.capacity() == 0 || bytes.capacity() > MAX_BYTES {
            return Some(bytes);
        }
        self.0.push(bytes);
        // The oldest: pictures of its size are no longer made.
        (self.0.len() > MAX_KEPT).then(|| self.0.remove(0))
    }

    /// Memory of about this size.
    fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let fits = |bytes: &Vec<u8>| (len..=2 * len).contains(&bytes.capacity());
        let place = self.0.iter().rposition(fits)?;
        let mut bytes = self.0.remove(place);
        bytes.resize(len, 0);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_used_again() {
        let mut spare = Spare(Vec::new());
        assert_eq!(spare.put(vec![7; 1000]), None);
        assert_eq!(spare.take(900), Some(vec![7; 900]));
        assert_eq!(spare.take(900), None);
    }

    #[test]
    fn nothing_is_held_by_what_is_much_smaller() {
        let mut spare = Spare(Vec::new());
        spare.put(vec![7; 1000]);
        assert_eq!(
            (spare.take(400), spare.take(1001), spare.take(0)),
            (None, None, None)
        );
        // Its size is what it can hold, whatever was in it last.
        let mut bytes = vec![7; 1000];
        bytes.truncate(10);
        assert_eq!(spare.put(bytes), None);
        assert_eq!(spare.take(1000).map(|bytes| bytes.len()), Some(1000));
    }

    #[test]
    fn few_are_kept_and_none_that_are_large() {
        let mut spare = Spare(Vec::new());
        for size in 1..=MAX_KEPT {
            assert_eq!(spare.put(vec![0; size]), None);
        }
        assert_eq!(spare.put(vec![0; 9]), Some(vec![0; 1]));
        assert_eq!(spare.put(Vec::new()), Some(Vec::new()));
        let large = spare.put(vec![0; MAX_BYTES + 1]);
        assert_eq!(large.map(|bytes| bytes.len()), Some(MAX_BYTES + 1));
    }
}
