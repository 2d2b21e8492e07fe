//! Follows open files: one thread looks at each of them once in a while and reports what changed.
//!
//! Polling, since that works on network disks, and off the thread of the window, since a look can hang there. It looks, it
//! does not open: what to do about a change is the session's business. Nothing is reported twice.

use super::document::{DocumentId, Revision};
use super::jobs::Wake;
use crate::dataset::{Change, Dataset};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Reports that wait to be taken in; the thread waits when there are more.
const EVENT_BOUND: usize = 64;

/// A file is not as it was at this revision, or is again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WatchEvent {
    pub(super) document: DocumentId,
    pub(super) revision: Revision,
    pub(super) change: Change,
}

#[derive(Clone)]
struct Watched {
    document: DocumentId,
    revision: Revision,
    dataset: Arc<Dataset>,
    reported: Change,
}

struct State {
    watched: Vec<Watched>,
    is_closed: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See the module.
pub(super) struct Watcher {
    shared: Arc<Shared>,
    events: Receiver<WatchEvent>,
}

impl Watcher {
    /// Starts the thread.
    pub(super) fn new(interval: Duration, wake: Wake) -> Self {
        let (sender, events) = sync_channel(EVENT_BOUND);
        let state = State {
            watched: Vec::new(),
            is_closed: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let for_thread = Arc::clone(&shared);
        let work = move || poll(&for_thread, interval, &sender, &wake);
        if let Err(error) = std::thread::Builder::new()
            .name("cubescope-watch".to_owned())
            .spawn(work)
        {
            // Without the thread files are not followed; all else works.
            drop(error);
        }
        Self { shared, events }
    }

    /// Follows a document from this revision on, in place of an older one. Again, after a report: it may be reported again.
    pub(super) fn follow(&self, document: DocumentId, revision: Revision, dataset: Arc<Dataset>) {
        let mut state = self.shared.lock();
        state.watched.retain(|watched| watched.document != document);
        state.watched.push(Watched {
            document,
            revision,
            dataset,
            reported: Change::Same,
        });
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Follows a document no longer.
    pub(super) fn leave(&self, document: DocumentId) {
        self.shared
            .lock()
            .watched
            .retain(|watched| watched.document != document);
    }

    /// The next report, without waiting.
    pub(super) fn next_event(&self) -> Option<WatchEvent> {
        self.events.try_recv().ok()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
    }
}

fn poll(shared: &Shared, interval: Duration, events: &SyncSender<WatchEvent>, wake: &Wake) {
    while let Some(watched) = next_round(shared, interval) {
        for one in watched {
            let change = one.dataset.change();
            if change == one.reported || !note(shared, &one, change) {
                continue;
            }
            let event = WatchEvent {
                document: one.document,
                revision: one.revision,
                change,
            };
            if events.send(event).is_err() {
                return;
            }
            wake.wake();
        }
    }
}

/// Sleeps, for ever while there is nothing to follow; `None` at the end.
fn next_round(shared: &Shared, interval: Duration) -> Option<Vec<Watched>> {
    let mut state = shared.lock();
    while state.watched.is_empty() && !state.is_closed {
        state = shared
            .changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
    let asleep = shared
        .changed
        .wait_timeout_while(state, interval, |state| !state.is_closed);
    let (state, _) = asleep.unwrap_or_else(PoisonError::into_inner);
    (!state.is_closed).then(|| state.watched.clone())
}

/// Notes what was seen, unless the document has moved on meanwhile.
fn note(shared: &Shared, seen: &Watched, change: Change) -> bool {
    let mut state = shared.lock();
    let same = |watched: &&mut Watched| {
        (watched.document, watched.revision) == (seen.document, seen.revision)
    };
    match state.watched.iter_mut().find(same) {
        Some(watched) => {
            watched.reported = change;
            true
        }
        None => false,
    }
}
