//! Long work beside the pictures: threads of its own, and how often it says how far it is.
//!
//! The loops of inner rings are parallel. On the threads that pictures are gathered with, those of a long job would have to
//! end first; here the system shares the processor out between both.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// How often what there is so far is given: five times a second is as often as anybody can read numbers.
const PART_INTERVAL: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 200 });

thread_local! {
    /// One for each thread that takes such jobs: two jobs at the same time share the processor, and neither waits.
    static POOL: Option<ThreadPool> = new_pool();
}

fn new_pool() -> Option<ThreadPool> {
    // One is left to whoever waits for a picture.
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let builder = ThreadPoolBuilder::new().num_threads(threads.saturating_sub(1).max(1));
    let builder = builder.thread_name(|number| format!("cubescope-loop-{number}"));
    builder.build().ok()
}

/// Runs work with parallel loops apart from those of pictures.
pub(super) fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    POOL.with(|pool| match pool {
        Some(pool) => pool.install(work),
        None => work(),
    })
}

/// Says when it is time for the next part.
pub(super) struct Pace {
    last: Instant,
}

impl Pace {
    /// The first part comes after a while, so that short work gives none.
    pub(super) fn begin() -> Self {
        Self {
            last: Instant::now(),
        }
    }

    /// Once for each part.
    pub(super) fn is_time(&mut self) -> bool {
        let is_time = self.last.elapsed() >= PART_INTERVAL;
        if is_time {
            self.last = Instant::now();
        }
        is_time
    }
}
