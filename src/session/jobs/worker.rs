//! The threads behind a job queue and what they share with it.

use super::{JobId, Lane, Outcome, Wake};
use crate::progress::{Cancelled, Progress};
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

pub(super) type Work<T> = Box<dyn FnOnce(&Progress, &Parts<T>) -> Result<T, Cancelled> + Send>;

/// What a thread says about a job.
pub(super) type Message<T> = (JobId, Outcome<T>);

/// Takes what long work has so far.
pub struct Parts<T> {
    id: JobId,
    results: SyncSender<Message<T>>,
    wake: Wake,
}

impl<T> Parts<T> {
    /// Gives a part of the result, or one that is not exact yet; each is to replace the one before. May wait for the owner
    /// of the queue: not to be called more often than makes sense on a screen.
    pub fn give(&self, part: T) {
        self.send(Outcome::Part(part));
    }

    /// Returns whether anybody is there to take it.
    fn send(&self, outcome: Outcome<T>) -> bool {
        let is_taken = self.results.send((self.id, outcome)).is_ok();
        if is_taken {
            self.wake.wake();
        }
        is_taken
    }
}

pub(super) struct Assignment<T> {
    pub(super) id: JobId,
    pub(super) lane: Lane,
    pub(super) progress: Progress,
    pub(super) work: Work<T>,
}

struct Waiting<T> {
    jobs: VecDeque<Assignment<T>>,
    is_closed: bool,
}

/// Jobs no thread has begun. As long as the number of slots, since each slot has one at most.
pub(super) struct Shared<T> {
    waiting: Mutex<Waiting<T>>,
    changed: Condvar,
}

impl<T> Shared<T> {
    pub(super) fn new() -> Self {
        let waiting = Waiting {
            jobs: VecDeque::new(),
            is_closed: false,
        };
        Self {
            waiting: Mutex::new(waiting),
            changed: Condvar::new(),
        }
    }

    /// Work runs outside of the lock, so a poisoned lock only means that an allocation failed inside.
    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, assignment: Assignment<T>) {
        self.lock().jobs.push_back(assignment);
        self.changed.notify_all();
    }

    /// Takes a job back; `false` when a thread has begun it.
    pub(super) fn withdraw(&self, id: JobId) -> bool {
        let mut waiting = self.lock();
        let before = waiting.jobs.len();
        waiting.jobs.retain(|job| job.id != id);
        waiting.jobs.len() < before
    }

    pub(super) fn close(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.jobs.clear();
        drop(waiting);
        self.changed.notify_all();
    }

    /// Waits for the oldest job of a lane; `None` when the queue is gone.
    fn next(&self, lane: Lane) -> Option<Assignment<T>> {
        let mut waiting = self.lock();
        loop {
            if waiting.is_closed {
                return None;
            }
            if let Some(position) = waiting.jobs.iter().position(|job| job.lane == lane) {
                return waiting.jobs.remove(position);
            }
            waiting = self
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Starts a thread that works on one lane until the queue is dropped.
#[expect(
    clippy::panic,
    reason = "without its threads the program could only look dead"
)]
pub(super) fn start<T: Send + 'static>(
    name: &str,
    lane: Lane,
    shared: Arc<Shared<T>>,
    results: SyncSender<Message<T>>,
    wake: Wake,
) {
    let work = move || {
        while let Some(Assignment {
            id, progress, work, ..
        }) = shared.next(lane)
        {
            let parts = Parts {
                id,
                results: results.clone(),
                wake: wake.clone(),
            };
            let outcome = run(work, &progress, &parts);
            if !parts.send(outcome) {
                return;
            }
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
    {
        panic!("cannot start the thread {name}: {error}");
    }
}

fn run<T>(work: Work<T>, progress: &Progress, parts: &Parts<T>) -> Outcome<T> {
    if progress.is_cancelled() {
        return Outcome::Cancelled;
    }
    match catch_unwind(AssertUnwindSafe(|| work(progress, parts))) {
        Ok(Ok(result)) => Outcome::Done(result),
        Ok(Err(Cancelled)) => Outcome::Cancelled,
        Err(payload) => Outcome::Panicked(panic_text(payload.as_ref())),
    }
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given")
        .to_owned()
}
