//! Long runs of values, made in parallel.

use rayon::prelude::*;

/// `len` values, made in parallel in blocks of `B`, at least so many of them in one task: `make` is given where a block
/// begins, and the block to fill.
///
/// Each value is written once: to make a vector first and then fill it would write all of it twice.
pub(crate) fn in_blocks<T: Copy + Default + Send, const B: usize>(
    len: usize,
    blocks_per_task: usize,
    make: impl Fn(usize, &mut [T]) + Sync,
) -> Vec<T> {
    let (whole, rest) = (len / B, len % B);
    let block = |number: usize| {
        let mut values = [T::default(); B];
        let end = if number < whole { B } else { rest };
        make(number * B, values.get_mut(..end).unwrap_or_default());
        values
    };
    // With room for the last few, or these would have it copied.
    let mut values = Vec::with_capacity(len.div_ceil(B));
    (0..whole)
        .into_par_iter()
        .with_min_len(blocks_per_task)
        .map(block)
        .collect_into_vec(&mut values);
    if rest > 0 {
        values.push(block(whole));
    }
    let mut values = values.into_flattened();
    values.truncate(len);
    if whole == 0 {
        // Not a block for each of many small ones.
        values.shrink_to_fit();
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_made_where_they_belong() {
        for len in [0, 1, 7, 8, 9, 800, 1001] {
            let values = in_blocks::<usize, 8>(len, 3, |start, values| {
                for (number, value) in values.iter_mut().enumerate() {
                    *value = start + number;
                }
            });
            assert_eq!(values, (0..len).collect::<Vec<_>>());
        }
    }
}
