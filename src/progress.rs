//! How far a piece of work is, and whether to go on: the one value that long work and its owner share.
//!
//! Work of the inner rings takes a `&Progress`, counts what it did and asks between pieces whether
//! it was cancelled. It never learns who watches. There is no clock and no callback here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The work was told to stop. Nothing it produced so far is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Shared between a running job and whoever started it; clones refer to the same work.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    /// Work of unknown size, not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// States how many units there are in all (any unit, usually rows or bytes).
    pub fn set_total(&self, units: u64) {
        self.inner.total.store(units, Ordering::Relaxed);
    }

    /// States how many bytes of a file all units are, about: for a rate that means something to people.
    pub fn set_bytes(&self, bytes: u64) {
        self.inner.bytes.store(bytes, Ordering::Relaxed);
    }

    /// Begins with another piece of work: nothing of it is done yet.
    pub fn start(&self, units: u64, bytes: u64) {
        self.inner.done.store(0, Ordering::Relaxed);
        self.set_total(units);
        self.set_bytes(bytes);
    }

    /// Bytes that are read, if it was said how many all are.
    #[must_use]
    pub fn bytes_done(&self) -> Option<f64> {
        let bytes = self.inner.bytes.load(Ordering::Relaxed);
        (bytes > 0).then_some(bytes as f64 * f64::from(self.fraction()?))
    }

    /// Counts finished units.
    pub fn add(&self, units: u64) {
        self.inner.done.fetch_add(units, Ordering::Relaxed);
    }

    /// Share done in 0..=1, or `None` while the size is unknown.
    #[must_use]
    pub fn fraction(&self) -> Option<f32> {
        let total = self.inner.total.load(Ordering::Relaxed);
        let done = self.inner.done.load(Ordering::Relaxed);
        (total > 0).then(|| (done as f64 / total as f64).min(1.0) as f32)
    }

    /// Asks the work to stop at its next check.
    pub fn cancel(&self) {
        self.inner.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`Progress::cancel`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::Relaxed)
    }

    /// To be called between pieces of work, often enough that a cancel is seen within 50 ms.
    ///
    /// # Errors
    /// [`Cancelled`] once somebody asked the work to stop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }
}
