//! Background work: a few named threads, a slot for each purpose, the newest request wins.
//!
//! A job has a name for the user, a [`Progress`] and a slot. A newer request in the same slot replaces one that still waits
//! and cancels one that runs. There is no debounce; but a job that has only just begun may go on for [`PATIENCE`], so that
//! dragging a slider shows pictures on the way where they are cheap. What a job returns is only taken in by the owner of the
//! queue, on its own thread. A panic inside a job comes back as an outcome like any other.
//!
//! This module knows nothing of files and pictures; and it never drops a result because of its age: whether a result still
//! fits is a question about its content.
//!
//! Long work may give what it has so far ([`Parts`]) before its end.

mod worker;

use crate::progress::{Cancelled, Progress};
use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
pub use worker::Parts;
use worker::{Assignment, Message, Shared, Work};

/// How long a job that runs may go on after a newer request replaced it.
pub const PATIENCE: Duration = Duration::from_millis(80);
/// Results that wait to be taken in; workers wait when there are more.
const RESULT_BOUND: usize = 64;

/// Called from other threads when there is something to take in. Set once, by the face that runs the event loop.
#[derive(Clone, Default)]
pub struct Wake(Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>);

impl Wake {
    /// States what to call; later calls change nothing.
    pub fn set(&self, call: impl Fn() + Send + Sync + 'static) {
        // A second event loop in one process would be a second `Wake`.
        let _already_set = self.0.set(Box::new(call));
    }

    /// Calls it.
    pub fn wake(&self) {
        if let Some(call) = self.0.get() {
            call();
        }
    }
}

impl std::fmt::Debug for Wake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wake(set: {})", self.0.get().is_some())
    }
}

/// Threads do not mix kinds of work, so that a long read never delays a short one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Gathering and colouring pictures: many cells.
    Picture,
    /// What may be wanted next.
    Ahead,
    /// Spectra and cells of the table: few cells, many requests.
    Read,
    /// Whole values and curves, versions, cells for the clipboard: may take seconds, and somebody waits for them.
    Whole,
    /// Opening files and writing settings: may hang on a network disk.
    Files,
    /// Looking for recent files, on disks that may not be there any more.
    Recent,
    /// Changing files.
    Write,
    /// Numbers of all cells of an array: long, and somebody waits for them.
    Numbers,
    /// Walking through all of a file: long, and nothing else waits for it.
    Walk,
}

impl Lane {
    /// Name of each worker thread, and its lane.
    const THREADS: [(&'static str, Self); 13] = [
        ("cubescope-picture", Self::Picture),
        ("cubescope-ahead", Self::Ahead),
        ("cubescope-read", Self::Read),
        ("cubescope-val-1", Self::Whole),
        ("cubescope-val-2", Self::Whole),
        ("cubescope-file-1", Self::Files),
        ("cubescope-file-2", Self::Files),
        ("cubescope-recent", Self::Recent),
        ("cubescope-write", Self::Write),
        ("cubescope-num-1", Self::Numbers),
        ("cubescope-num-2", Self::Numbers),
        ("cubescope-walk-1", Self::Walk),
        ("cubescope-walk-2", Self::Walk),
    ];
}

/// One job of one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(u64);

/// How a job ended, or how far it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Not ended: what it has so far.
    Part(T),
    /// With a result.
    Done(T),
    /// It was told to stop.
    Cancelled,
    /// It panicked; the text says why.
    Panicked(String),
}

/// What a job brought.
#[derive(Debug)]
pub struct News<S, T> {
    /// What it was for.
    pub slot: S,
    /// Its name for the user.
    pub name: String,
    /// Whether a newer request took its slot.
    pub superseded: bool,
    /// What came of it.
    pub outcome: Outcome<T>,
}

/// A job that waits or runs, for showing it.
#[derive(Debug)]
pub struct Running<S> {
    id: JobId,
    slot: S,
    name: String,
    progress: Progress,
    since: Instant,
    superseded: bool,
    /// What replaced it needs what it reads, so it goes on.
    is_useful: bool,
}

impl<S> Running<S> {
    /// For cancelling it.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// What it is for.
    pub fn slot(&self) -> S
    where
        S: Copy,
    {
        self.slot
    }

    /// For the user.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Share done, if known.
    pub fn fraction(&self) -> Option<f32> {
        self.progress.fraction()
    }

    /// Time since it was asked for.
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Bytes of the file that were read in a second so far, if known.
    pub fn bytes_per_second(&self) -> Option<f64> {
        Some(self.progress.bytes_done()? / self.age().as_secs_f64())
    }
}

/// Jobs of slots `S` with results `T`.
pub struct JobQueue<S, T> {
    shared: Arc<Shared<T>>,
    results: Receiver<Message<T>>,
    /// Taken from the channel while waiting, not yet handed out.
    inbox: VecDeque<Message<T>>,
    outstanding: Vec<Running<S>>,
    next_id: u64,
}

impl<S: Copy + Eq + Hash, T: Send + 'static> JobQueue<S, T> {
    /// Starts the threads.
    pub fn new(wake: &Wake) -> Self {
        let (sender, results) = sync_channel(RESULT_BOUND);
        let shared = Arc::new(Shared::new());
        for (name, lane) in Lane::THREADS {
            worker::start(
                name,
                lane,
                Arc::clone(&shared),
                sender.clone(),
                wake.clone(),
            );
        }
        Self {
            shared,
            results,
            inbox: VecDeque::new(),
            outstanding: Vec::new(),
            next_id: 0,
        }
    }

    /// Asks for work; replaces what was asked for before in the same slot.
    pub fn submit(
        &mut self,
        lane: Lane,
        slot: S,
        name: impl Into<String>,
        work: impl FnOnce(&Progress) -> Result<T, Cancelled> + Send + 'static,
    ) -> JobId {
        self.submit_in_parts(lane, slot, name, |progress, _| work(progress))
    }

    /// As [`JobQueue::submit`], for work that gives parts of its result on the way.
    pub fn submit_in_parts(
        &mut self,
        lane: Lane,
        slot: S,
        name: impl Into<String>,
        work: impl FnOnce(&Progress, &Parts<T>) -> Result<T, Cancelled> + Send + 'static,
    ) -> JobId {
        self.supersede(slot, false);
        self.push(lane, slot, name.into(), Box::new(work))
    }

    /// As [`JobQueue::submit_in_parts`], for work that needs what the one it replaces reads: that goes on to its end, unless
    /// something else is asked for in the slot.
    pub fn submit_behind(
        &mut self,
        lane: Lane,
        slot: S,
        name: impl Into<String>,
        work: impl FnOnce(&Progress, &Parts<T>) -> Result<T, Cancelled> + Send + 'static,
    ) -> JobId {
        self.supersede(slot, true);
        self.push(lane, slot, name.into(), Box::new(work))
    }

    fn push(&mut self, lane: Lane, slot: S, name: String, work: Work<T>) -> JobId {
        let id = JobId(self.next_id);
        self.next_id += 1;
        let progress = Progress::new();
        self.outstanding.push(Running {
            id,
            slot,
            name,
            progress: progress.clone(),
            since: Instant::now(),
            superseded: false,
            is_useful: false,
        });
        self.shared.push(Assignment {
            id,
            lane,
            progress,
            work,
        });
        id
    }

    /// Drops what waits in a slot and cancels what runs there, at once.
    pub fn cancel_slot(&mut self, slot: S) {
        self.supersede(slot, false);
        for job in self.outstanding.iter().filter(|job| job.slot == slot) {
            job.progress.cancel();
        }
    }

    /// Asks one job to stop, and what its slot has besides. Outcomes come as usual.
    pub fn cancel(&self, id: JobId) {
        let slot = self.outstanding.iter().find(|job| job.id == id);
        let Some(slot) = slot.map(|job| job.slot) else {
            return;
        };
        for job in self.outstanding.iter().filter(|job| job.slot == slot) {
            job.progress.cancel();
        }
    }

    /// The next result or part of one, without waiting. To be called often: it also cancels replaced jobs that run for too long.
    pub fn next_news(&mut self) -> Option<News<S, T>> {
        self.cancel_overdue();
        let (id, outcome) = match self.inbox.pop_front() {
            Some(message) => message,
            None => match self.results.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
            },
        };
        let position = self.outstanding.iter().position(|job| job.id == id)?;
        let job = match outcome {
            Outcome::Part(_) => self.outstanding.get(position)?,
            Outcome::Done(_) | Outcome::Cancelled | Outcome::Panicked(_) => {
                &self.outstanding.remove(position)
            }
        };
        Some(News {
            slot: job.slot,
            name: job.name.clone(),
            superseded: job.superseded,
            outcome,
        })
    }

    /// Waits until there is a result or the time is over.
    pub fn wait(&mut self, timeout: Duration) {
        if !self.inbox.is_empty() {
            return;
        }
        match self.results.recv_timeout(timeout) {
            Ok(result) => self.inbox.push_back(result),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }

    /// Jobs that wait, run or are to be taken in, those that were replaced too.
    pub fn outstanding(&self) -> impl Iterator<Item = &Running<S>> {
        self.outstanding.iter()
    }

    /// Whether a job of this slot waits, runs or is to be taken in.
    pub fn is_busy(&self, slot: S) -> bool {
        self.outstanding.iter().any(|job| job.slot == slot)
    }

    /// Jobs that wait or run, oldest first: of each slot the one that works for what is wanted now.
    pub fn running(&self) -> impl Iterator<Item = &Running<S>> {
        let is_behind = |job: &Running<S>| {
            let mut others = self.outstanding.iter();
            others.any(|other| other.slot == job.slot && other.is_useful)
        };
        let jobs = self.outstanding.iter();
        jobs.filter(move |job| job.is_useful || !(job.superseded || is_behind(job)))
    }

    /// Whether a replaced job may have to be cancelled soon, which [`JobQueue::next_news`] does.
    pub fn has_superseded(&self) -> bool {
        self.outstanding
            .iter()
            .any(|job| job.superseded && !job.is_useful && !job.progress.is_cancelled())
    }

    fn supersede(&mut self, slot: S, is_useful: bool) {
        let shared = &self.shared;
        self.outstanding.retain_mut(|job| {
            if job.slot == slot {
                job.superseded = true;
                job.is_useful = is_useful;
            }
            // What no thread has begun is gone without an outcome.
            !(job.slot == slot && shared.withdraw(job.id))
        });
        self.cancel_overdue();
    }

    fn cancel_overdue(&self) {
        for job in &self.outstanding {
            if job.superseded && !job.is_useful && job.since.elapsed() > PATIENCE {
                job.progress.cancel();
            }
        }
    }
}

impl<S, T> Drop for JobQueue<S, T> {
    /// Does not wait: a thread may hang on a network disk.
    fn drop(&mut self) {
        for job in &self.outstanding {
            job.progress.cancel();
        }
        self.shared.close();
    }
}

#[cfg(test)]
mod tests;
