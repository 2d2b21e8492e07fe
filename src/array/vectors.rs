//! Loops in the widest instructions that the processor has, found out while the program runs.

use pulp::{Arch, Simd, WithSimd};

/// Runs loops over plain slices, compiled for the processor at hand besides for the oldest one that the program runs on.
///
/// Only what is inlined into `work` gains by it: the closure itself and what it calls are to be `#[inline(always)]`. The
/// results are the same.
#[inline(always)]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    struct Work<F>(F);
    impl<R, F: FnOnce() -> R> WithSimd for Work<F> {
        type Output = R;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> R {
            (self.0)()
        }
    }
    Arch::new().dispatch(Work(work))
}
