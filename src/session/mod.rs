//! All state of a running program and every change to it, without a toolkit.
//!
//! ```text
//!            Action                        what is wanted now                     job
//!  face ───────────────► Session::apply ─────────────────────► requests ───────────────► workers
//!    ▲                        │ state                                                       │ results
//!    └──── &Session ──────────┴◄─────────────────── Session::take_in ◄──────────────────────┘
//! ```
//!
//! State changes in two places only: [`Session::apply`] (what a user did) and [`Session::take_in`] (what jobs and the watch
//! over the files brought). After both, the session compares what is wanted on the screen with what was asked for, and asks
//! for the difference. Nothing here reads a file, waits, or draws: that is done by jobs on other threads, and by the face.

pub mod action;
mod actions;
mod ahead;
mod background;
pub mod cache;
pub mod camera;
pub mod cells;
pub mod cut;
pub mod document;
pub mod editing;
pub mod feed;
pub mod history;
pub mod jobs;
pub mod key_list;
pub mod level;
pub mod mask_tools;
pub mod notice;
pub mod opcodes;
pub mod picture;
mod picture_text;
mod private_file;
mod progressive;
pub mod readout;
mod recent;
pub mod report;
mod requests;
pub mod rescue;
pub mod settings;
pub mod spectrum;
pub mod statistics;
pub mod table;
mod take_in;
mod tasks;
pub mod value_faces;
pub mod version_picture;
pub mod view;
mod watch;

#[cfg(test)]
mod tests;

pub use action::Action;
pub use document::{Document, DocumentId, DocumentState, Face, Failed, Following, Show};
pub use jobs::Wake;
pub use notice::{Notice, NoticeLevel};
pub use settings::Settings;

use cache::SharedPlanes;
use document::Revision;
use jobs::{JobQueue, Running};
use notice::Notices;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use take_in::Output;
use watch::Watcher;

/// How often open files are looked at.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Keys that were copied, to be pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedKeys {
    /// From which file.
    pub document: DocumentId,
    /// The same, should it be closed.
    pub file: PathBuf,
    /// Which.
    pub keys: Vec<String>,
}

/// What a job is for; a newer one for the same takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Opening a file, or opening it again.
    Open(DocumentId),
    /// The picture.
    Picture(DocumentId),
    /// Bands that may be wanted next.
    Ahead(DocumentId),
    /// The pixel under the pointer.
    Cursor(DocumentId),
    /// The pinned pixels.
    Pins(DocumentId),
    /// Cells of the table.
    Cells(DocumentId),
    /// Text of cells for the clipboard.
    Copy(DocumentId),
    /// An earlier version of a key.
    Version(DocumentId),
    /// What there is to say about the file.
    Report(DocumentId),
    /// What lies where in the file.
    Regions(DocumentId),
    /// Where the rows of an opcode listing are.
    OpcodeIndex(DocumentId),
    /// Rows of an opcode listing.
    OpcodeRows(DocumentId),
    /// The row of a byte.
    OpcodeGoTo(DocumentId),
    /// The row with a text.
    OpcodeFind(DocumentId),
    /// What a value can be shown as.
    Faces(DocumentId),
    /// The selected dict beside others.
    Comparison(DocumentId),
    /// What could be saved of a damaged file.
    Rescue(DocumentId),
    /// A whole key that is no picture.
    Whole(DocumentId),
    /// Statistics of many cells.
    Statistics(DocumentId),
    /// The mean spectrum of a region.
    MeanSpectrum(DocumentId),
    /// Changing a file.
    Edit(DocumentId),
    /// Writing the settings.
    Settings,
    /// Which of the recent files are there.
    Recent,
    /// Freeing what takes long to free.
    Free(Revision),
}

impl Slot {
    /// All for the listing of opcodes.
    fn of_opcodes(id: DocumentId) -> [Self; 4] {
        [
            Self::OpcodeIndex(id),
            Self::OpcodeRows(id),
            Self::OpcodeGoTo(id),
            Self::OpcodeFind(id),
        ]
    }
}

/// See the module.
pub struct Session {
    documents: Vec<Document>,
    active: Option<DocumentId>,
    settings: Settings,
    /// They changed while they were being written.
    must_save_again: bool,
    notices: Notices,
    gone_recent: Vec<PathBuf>,
    jobs: JobQueue<Slot, Output>,
    watcher: Watcher,
    planes: SharedPlanes,
    copied: Option<CopiedKeys>,
    /// For the clipboard, which is the face's.
    copied_text: Option<String>,
    next_document: u64,
    next_revision: u64,
}

impl Session {
    /// A session without files. `wake` is called from other threads when there is something to take in.
    #[must_use]
    pub fn new(settings: Settings, wake: &Wake) -> Self {
        Self::with_watch_interval(settings, wake, WATCH_INTERVAL)
    }

    /// A session that touches no settings file and looks at its files twenty times a second.
    #[must_use]
    pub fn for_test() -> Self {
        Self::with_watch_interval(
            Settings::for_test(),
            &Wake::default(),
            Duration::from_millis(50),
        )
    }

    fn with_watch_interval(settings: Settings, wake: &Wake, interval: Duration) -> Self {
        let mut session = Self {
            documents: Vec::new(),
            active: None,
            notices: Notices::default(),
            gone_recent: Vec::new(),
            jobs: JobQueue::new(wake),
            watcher: Watcher::new(interval, wake.clone()),
            planes: SharedPlanes::new(settings.cache_bytes()),
            settings,
            must_save_again: false,
            copied: None,
            copied_text: None,
            next_document: 0,
            next_revision: 0,
        };
        session.request_recent();
        session
    }

    /// Does what a user did.
    pub fn apply(&mut self, action: Action) {
        actions::handle(self, action);
        self.request_wanted();
        self.update_value_edit();
    }

    /// Takes in what jobs and the watch over the files brought. Returns whether there is anything new to show.
    pub fn take_in(&mut self) -> bool {
        let mut has_news = false;
        while let Some(news) = self.jobs.next_news() {
            has_news |= take_in::news(self, news);
        }
        while let Some(event) = self.watcher.next_event() {
            has_news |= take_in::watched(self, event);
        }
        if has_news {
            self.request_wanted();
            self.update_value_edit();
        }
        has_news
    }

    /// Takes in until there is nothing more to come, or the time is over. For tests and for drawing without a user.
    pub fn settle(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            self.take_in();
            if self.is_settled() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.jobs.wait(left.min(Duration::from_millis(20)));
        }
    }

    /// Whether everything wanted is there, or known not to come.
    pub fn is_settled(&self) -> bool {
        let mut jobs = self.jobs.outstanding();
        jobs.all(|job| matches!(job.slot(), Slot::Ahead(_)))
            && self
                .active_document()
                .is_none_or(|document| !document.feeds.is_waiting())
    }

    /// Waits until changes and settings are written, at the end of the program; not longer than the time given.
    pub fn finish_saving(&mut self, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        while self.is_writing() && Instant::now() < deadline {
            self.jobs.wait(Duration::from_millis(10));
            self.take_in();
        }
    }

    fn update_value_edit(&mut self) {
        if let Some(document) = self.active_document_mut() {
            document.update_value_edit();
        }
    }

    fn is_writing(&self) -> bool {
        self.jobs.is_busy(Slot::Settings)
            || self
                .jobs
                .running()
                .any(|job| matches!(job.slot(), Slot::Edit(_)))
    }

    /// Open files, in the order of their tabs.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// An open file.
    pub fn document(&self, id: DocumentId) -> Option<&Document> {
        self.documents.iter().find(|document| document.id() == id)
    }

    /// The file that is shown.
    pub fn active_document(&self) -> Option<&Document> {
        self.document(self.active?)
    }

    /// Bytes of the pictures that are kept in memory, and the limit of it.
    pub fn cache_fill(&self) -> [u64; 2] {
        let used = self.planes.lock().size_bytes();
        [used, self.settings.cache_bytes()].map(|bytes| bytes as u64)
    }

    /// Settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The keys that would be pasted.
    pub fn copied(&self) -> Option<&CopiedKeys> {
        self.copied.as_ref()
    }

    /// Text that is to be put on the clipboard; there once.
    pub fn take_copied_text(&mut self) -> Option<String> {
        self.copied_text.take()
    }

    /// What the user is to be told about the file that is shown, and about none; oldest first.
    pub fn notices(&self) -> &[Notice] {
        self.notices.shown()
    }

    /// Jobs that wait or run.
    pub fn running_jobs(&self) -> impl Iterator<Item = &Running<Slot>> {
        self.jobs.running()
    }

    /// Whether [`Session::take_in`] is to be called soon although nobody wakes for it, to cancel a job that was replaced.
    pub fn needs_tick(&self) -> bool {
        self.jobs.has_superseded()
    }

    /// Tells the user something about the file that is shown.
    fn tell_active(&mut self, level: NoticeLevel, text: impl Into<String>) {
        match self.active {
            Some(id) => self.notices.tell_of(id, level, text),
            None => self.notices.tell(level, text),
        }
    }

    fn document_mut(&mut self, id: DocumentId) -> Option<&mut Document> {
        self.documents
            .iter_mut()
            .find(|document| document.id() == id)
    }

    fn active_document_mut(&mut self) -> Option<&mut Document> {
        self.document_mut(self.active?)
    }

    fn new_document_id(&mut self) -> DocumentId {
        self.next_document += 1;
        DocumentId(self.next_document)
    }

    fn new_revision(&mut self) -> Revision {
        self.next_revision += 1;
        Revision(self.next_revision)
    }
}
