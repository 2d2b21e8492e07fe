//! The memory of planes and pictures that nobody needs any more, for the next ones.
//!
//! To get memory from the system page by page takes longer than to fill it, and planes and pictures of the same size follow
//! each other while somebody goes through bands. A little is kept, as long as the program runs.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

/// What is kept of all types together: enough for a picture and the planes of a composite, if they are no larger than a screen.
const MAX_BYTES: usize = 24 << 20;
/// Less is quick to get, and is not to push out what is not.
const MIN_BYTES: usize = if cfg!(test) { 64 << 10 } else { 1 << 20 };

static KEPT: Mutex<Kept> = Mutex::new(Kept(Vec::new()));

/// What memory is kept of.
pub(crate) trait Spare: Copy + Default + Send + Sync + 'static {}
impl<T: Copy + Default + Send + Sync + 'static> Spare for T {}

/// Gives back memory, so that something else is put into it.
pub(crate) fn give_back<T: Spare>(values: Vec<T>) {
    let left_over = KEPT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .put(values);
    // Only now: to give memory back to the system takes its time.
    drop(left_over);
}

/// So many values, whatever they are: all of them are to be written.
pub(crate) fn take<T: Spare>(len: usize) -> Vec<T> {
    let kept = KEPT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take(len);
    let Some(mut values) = kept else {
        return vec![T::default(); len];
    };
    values.resize(len, T::default());
    values
}

/// The oldest is first.
struct Kept(Vec<Piece>);

struct Piece {
    size: usize,
    /// A vector of any type.
    values: Box<dyn Any + Send>,
}

impl Kept {
    /// Gives back what is not kept.
    fn put<T: Spare>(&mut self, values: Vec<T>) -> Vec<Piece> {
        let piece = Piece {
            size: values.capacity() * size_of::<T>(),
            values: Box::new(values),
        };
        if !(MIN_BYTES..=MAX_BYTES).contains(&piece.size) {
            return vec![piece];
        }
        self.0.push(piece);
        // The oldest go: what is of their type and size is no longer made.
        let mut size = 0;
        let newest_first = self.0.iter().rev();
        let fit = newest_first.take_while(|piece| {
            size += piece.size;
            size <= MAX_BYTES
        });
        let too_many = self.0.len() - fit.count();
        self.0.drain(..too_many).collect()
    }

    /// Memory of this size, or a little more: whoever counts what planes take counts their cells.
    fn take<T: Spare>(&mut self, len: usize) -> Option<Vec<T>> {
        let fits = |piece: &Piece| {
            let values = piece.values.downcast_ref::<Vec<T>>();
            values.is_some_and(|values| (len..=len + len / 8).contains(&values.capacity()))
        };
        let place = self.0.iter().rposition(fits)?;
        (self.0.remove(place).values.downcast().ok()).map(|values| *values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many bytes.
    const SIZE: usize = MIN_BYTES;

    fn sizes(pieces: &[Piece]) -> Vec<usize> {
        pieces.iter().map(|piece| piece.size).collect()
    }

    #[test]
    fn what_is_given_back_is_used_again() {
        let mut kept = Kept(Vec::new());
        assert!(kept.put(vec![7_u16; SIZE]).is_empty());
        assert_eq!(kept.take(SIZE), None::<Vec<i16>>, "of another type");
        assert_eq!(kept.take(SIZE - 100), Some(vec![7_u16; SIZE]));
        assert_eq!(kept.take(SIZE - 100), None::<Vec<u16>>);
    }

    #[test]
    fn nothing_is_held_by_what_is_much_smaller() {
        let mut kept = Kept(Vec::new());
        kept.put(vec![7_u8; SIZE]);
        let sizes = [SIZE / 4 * 3, SIZE + 1, 0];
        assert_eq!(sizes.map(|size| kept.take::<u8>(size)), [const { None }; 3]);
        // Its size is what it can hold, whatever was in it last.
        let mut values = vec![7_u8; SIZE];
        values.truncate(10);
        assert!(kept.put(values).is_empty());
        assert_eq!(kept.take(SIZE), Some(vec![7_u8; 10]));
    }

    #[test]
    fn no_more_is_kept_than_there_may_be() {
        let mut kept = Kept(Vec::new());
        assert!(kept.put(vec![0_u8; SIZE]).is_empty());
        assert!(
            kept.put(vec![0_f64; MAX_BYTES / 8 - 2 * SIZE / 8])
                .is_empty()
        );
        assert!(kept.put(vec![0_u16; SIZE / 2]).is_empty());
        // The oldest goes, whatever its type.
        assert_eq!(sizes(&kept.put(vec![0_i8; SIZE])), [SIZE]);
        assert_eq!(kept.take::<u8>(SIZE), None);
        for size in [0, SIZE - 1, MAX_BYTES + 1] {
            assert_eq!(sizes(&kept.put(vec![0_u8; size])), [size]);
        }
        assert_eq!(kept.put(vec![0_u8; MAX_BYTES]).len(), 3);
        let all = kept.take::<u8>(MAX_BYTES);
        assert_eq!(all.map(|values| values.len()), Some(MAX_BYTES));
    }
}
