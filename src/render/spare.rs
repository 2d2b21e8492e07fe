//! The memory of pictures that nobody looks at any more, for the next ones.
//!
//! To get memory from the system page by page takes longer than to paint a picture into it, and pictures of the same size
//! follow each other while somebody goes through bands. Few are kept, whatever the number of files.

use image::RgbaImage;
use std::sync::{Mutex, PoisonError};

/// Pictures that are kept: one becomes free while the next is painted.
const MAX_KEPT: usize = 2;
/// Larger ones are not kept.
const MAX_BYTES: usize = 32 << 20;

static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Gives back a picture that is not needed any more, so that another one is painted in its memory.
pub fn recycle(image: RgbaImage) {
    let bytes = image.into_raw();
    if bytes.is_empty() || bytes.capacity() > MAX_BYTES {
        return;
    }
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    if spare.len() >= MAX_KEPT {
        // The oldest: pictures of its size are no longer made.
        spare.remove(0);
    }
    spare.push(bytes);
}

/// So many bytes, of any value: all of them are to be written.
pub(super) fn take(len: usize) -> Vec<u8> {
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    let fitting = spare.iter().rposition(|bytes| bytes.len() >= len);
    let Some(mut bytes) = fitting.map(|at| spare.remove(at)) else {
        // Zeros come from the system without being written.
        return vec![0; len];
    };
    bytes.truncate(len);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_used_again() {
        let image = RgbaImage::from_pixel(70, 50, image::Rgba([7; 4]));
        let address = image.as_raw().as_ptr();
        recycle(image);
        // Other tests may take it meanwhile, but never twice.
        let taken: Vec<Vec<u8>> = (0..3).map(|_| take(70 * 50 * 4 - 4)).collect();
        assert!(taken.iter().all(|bytes| bytes.len() == 70 * 50 * 4 - 4));
        let same = taken.iter().filter(|bytes| bytes.as_ptr() == address);
        assert!(same.count() <= 1);
    }

    #[test]
    fn few_are_kept() {
        for _ in 0..10 {
            recycle(RgbaImage::new(3, 3));
        }
        recycle(RgbaImage::new(0, 0));
        let spare = SPARE.lock().unwrap();
        assert!(spare.len() <= MAX_KEPT && spare.iter().all(|bytes| !bytes.is_empty()));
    }
}
