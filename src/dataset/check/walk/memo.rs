//! The memo of a walk: dense as programs write it, or with holes, in memory that its entries pay for.

use super::super::thing::Thing;
use ahash::HashMap;

/// Entries far from all others; no program makes so many.
const MAX_SPARSE: usize = 4_000_000;
/// A slot is made for a number that is no further than this from those there are.
const NEAR: usize = 1024;

/// Numbers to things.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// The number of the first slot: values begin above those of the entries before them.
    first: u64,
    /// At most [`NEAR`] slots more than twice the entries.
    dense: Vec<Option<Thing>>,
    sparse: HashMap<u64, Thing>,
    len: usize,
}

impl Memo {
    /// Number of entries.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether no more can be told apart.
    pub(super) fn is_full(&self) -> bool {
        self.sparse.len() > MAX_SPARSE
    }

    pub(super) fn put(&mut self, index: u64, thing: Thing) {
        if self.len == 0 {
            self.first = index;
        }
        let slot = self.slot(index).filter(|slot| *slot < 2 * self.len + NEAR);
        let old = match slot {
            Some(slot) => {
                if slot >= self.dense.len() {
                    self.dense.resize(slot + 1, None);
                }
                // A number that was far away before may be near now.
                let far = self.sparse.remove(&index);
                let slot = self.dense.get_mut(slot);
                slot.and_then(|slot| slot.replace(thing)).or(far)
            }
            None => self.sparse.insert(index, thing),
        };
        self.len += usize::from(old.is_none());
    }

    pub(super) fn get(&self, index: u64) -> Option<Thing> {
        let dense = self.slot(index).and_then(|slot| self.dense.get(slot));
        let dense = dense.copied().flatten();
        dense.or_else(|| self.sparse.get(&index).copied())
    }

    fn slot(&self, index: u64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.first)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_numbers_take_no_room_between_them() {
        let mut memo = Memo::default();
        for step in [1, 1000, 1023, 1 << 20] {
            memo = Memo::default();
            for number in 0..10_000_u64 {
                memo.put(7 + number * step, Thing::Atom(number));
            }
            assert_eq!(memo.len(), 10_000);
            assert!(memo.dense.len() <= 2 * memo.len() + NEAR, "{step}");
            assert_eq!(memo.get(7 + 9_999 * step), Some(Thing::Atom(9_999)));
        }
        assert_eq!(memo.get(8), None);
    }

    #[test]
    fn what_is_put_again_is_replaced() {
        let mut memo = Memo::default();
        for (index, size) in [(5000, 1), (90_000, 2), (3, 3), (5000, 4), (90_000, 5)] {
            memo.put(index, Thing::Atom(size));
        }
        // Near by now.
        for index in 5001..60_000 {
            memo.put(index, Thing::Atom(0));
        }
        memo.put(90_000, Thing::Atom(6));
        let got = [3, 5000, 90_000].map(|index| memo.get(index));
        assert_eq!(got, [3, 4, 6].map(|size| Some(Thing::Atom(size))));
        assert_eq!(memo.len(), 3 + 54_999);
    }
}
