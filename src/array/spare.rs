//! The memory of planes and pictures that nobody needs any more, for the next ones.
//!
//! To get memory from the system page by page takes longer than to fill it, and planes and pictures of the same size follow
//! each other while somebody goes through bands. A little of each type is kept, as long as the program runs.

use std::sync::{Mutex, PoisonError};

/// Pieces of memory that are kept of a type: as many as a composite has planes.
const MAX_KEPT: usize = 3;
/// What they take together.
const MAX_BYTES: usize = 16 << 20;
/// Less is quick to get.
const MIN_BYTES: usize = 64 << 10;

/// What memory is kept of.
pub(crate) trait Spare: Copy + Default + Send + Sync + 'static {
    /// What there is.
    fn kept() -> &'static Mutex<Kept<Self>>;
}

macro_rules! spare {
    ($($t:ty)*) => {$(
        impl Spare for $t {
            fn kept() -> &'static Mutex<Kept<Self>> {
                static KEPT: Mutex<Kept<$t>> = Mutex::new(Kept(Vec::new()));
                &KEPT
            }
        }
    )*};
}
spare!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64 bool);
// Cells that are copied as they are.
spare!([u8; 1] [u8; 2] [u8; 4] [u8; 8] [u8; 16]);

/// Gives back memory, so that something else is put into it.
pub(crate) fn give_back<T: Spare>(values: Vec<T>) {
    let left_over = T::kept()
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .put(values);
    // Only now: to give memory back to the system takes its time.
    drop(left_over);
}

/// So many values, whatever they are: all of them are to be written.
pub(crate) fn take<T: Spare>(len: usize) -> Vec<T> {
    let spare = T::kept()
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take(len);
    spare.unwrap_or_else(|| vec![T::default(); len])
}

/// See the module. The oldest is first.
pub(crate) struct Kept<T>(Vec<Vec<T>>);

impl<T: Copy + Default> Kept<T> {
    /// Gives back what is not kept.
    fn put(&mut self, values: Vec<T>) -> Vec<Vec<T>> {
        if !(MIN_BYTES..=MAX_BYTES).contains(&size_of_memory(&values)) {
            return vec![values];
        }
        self.0.push(values);
        // The oldest go: what is of their size is no longer made.
        let (mut count, mut size) = (0, 0);
        let fits = self.0.iter().rev().take_while(|values| {
            (count, size) = (count + 1, size + size_of_memory(values));
            count <= MAX_KEPT && size <= MAX_BYTES
        });
        let fits = fits.count();
        let too_many = self.0.len() - fits;
        self.0.drain(..too_many).collect()
    }

    /// Memory of about this size.
    fn take(&mut self, len: usize) -> Option<Vec<T>> {
        let fits = |values: &Vec<T>| (len..=2 * len).contains(&values.capacity());
        let place = self.0.iter().rposition(fits)?;
        let mut values = self.0.remove(place);
        values.resize(len, T::default());
        Some(values)
    }
}

fn size_of_memory<T>(values: &Vec<T>) -> usize {
    values.capacity() * size_of::<T>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many bytes.
    const SIZE: usize = MIN_BYTES;

    #[test]
    fn what_is_given_back_is_used_again() {
        let mut kept = Kept(Vec::new());
        assert!(kept.put(vec![7_u16; SIZE]).is_empty());
        assert_eq!(kept.take(SIZE - 100), Some(vec![7; SIZE - 100]));
        assert_eq!(kept.take(SIZE - 100), None);
    }

    #[test]
    fn nothing_is_held_by_what_is_much_smaller() {
        let mut kept = Kept(Vec::new());
        kept.put(vec![7_u8; SIZE]);
        let sizes = [SIZE / 2 - 1, SIZE + 1, 0];
        assert_eq!(sizes.map(|size| kept.take(size)), [None, None, None]);
        // Its size is what it can hold, whatever was in it last.
        let mut values = vec![7_u8; SIZE];
        values.truncate(10);
        assert!(kept.put(values).is_empty());
        assert_eq!(kept.take(SIZE).map(|values| values.len()), Some(SIZE));
    }

    #[test]
    fn few_are_kept_and_none_that_are_small_or_large() {
        let mut kept = Kept(Vec::new());
        for more in 0..MAX_KEPT {
            assert!(kept.put(vec![0_u8; SIZE + more]).is_empty());
        }
        assert_eq!(kept.put(vec![0; SIZE + 9]), [vec![0; SIZE]]);
        for size in [0, SIZE - 1, MAX_BYTES + 1] {
            assert_eq!(kept.put(vec![0; size]), [vec![0; size]]);
        }
        // All of the others have to go for one that takes all there may be.
        assert_eq!(kept.put(vec![0; MAX_BYTES]).len(), MAX_KEPT);
        assert_eq!(
            kept.take(MAX_BYTES).map(|values| values.len()),
            Some(MAX_BYTES)
        );
    }
}
