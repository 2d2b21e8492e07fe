//! The listing of opcodes in place of the view of a key: what is listed, where it is scrolled to, and what is read for it.
//!
//! Rows are numbered; where they are in the file, the [`OpcodeIndex`] knows. It grows in stretches, each a job, while the
//! rows on the screen are read by another one, so a file of any number of opcodes is there at once. It lists files that
//! could not be opened, too. Nothing is evaluated.

mod index;
mod read;

pub use index::OpcodeIndex;
pub use read::{FoundRow, OpcodeBlock, OpcodeRow, SEARCHED};

use super::document::{Document, DocumentId, DocumentState, Revision};
use super::feed::Spec;
use super::jobs::Lane;
use super::table::{self, At, followed, scrolled};
use super::take_in::Output;
use super::tasks::Failure;
use super::{Session, Slot};
use crate::dataset::opcodes::Pieces;
use crate::dataset::{Format, Item};
use crate::progress::{Cancelled, Progress};
use crate::source::FileSource;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The first stretch of a walk: what is on the screen is in it.
const FIRST_STRETCH: Duration = Duration::from_millis(30);
/// The others.
const STRETCH: Duration = Duration::from_millis(200);

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OpcodeScope {
    /// The entry of the selected key; the file, where keys have none.
    #[default]
    Key,
    /// The whole file.
    File,
}

/// What a user does with the listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpcodeAction {
    /// Show it in place of the view.
    Show(OpcodeScope),
    /// Back to the view.
    Hide,
    /// Show the row that a byte of the file belongs to; opens the listing of the file.
    GoTo(u64),
    /// The row at the top.
    Scroll(u64),
    /// Select a row.
    Select(u64),
    /// So many rows fit on the screen.
    SetWindow(u64),
    /// What is searched for.
    SetText(String),
    /// Select the next row with the text, or (true) the one before.
    Find(bool),
    /// Do not walk the rest of the file.
    Stop,
}

/// What is listed, at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    revision: Revision,
    /// A key and where its entry is; `None` for the file.
    entry: Option<(Arc<str>, Range<u64>)>,
}

impl Walked {
    /// The same thing, maybe at another revision.
    fn is_like(&self, other: &Self) -> bool {
        let key = |of: &Self| of.entry.as_ref().map(|(key, _)| Arc::clone(key));
        key(self) == key(other)
    }

    /// The key whose entry it is.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.entry.as_ref().map(|(key, _)| &**key)
    }
}

/// An index that begins where another one ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSpec {
    of: Walked,
    /// Rows that are known before.
    from: u64,
}

impl Spec for IndexSpec {
    fn may_stand_in(&self, wanted: &Self) -> bool {
        self.of.is_like(&wanted.of)
    }
}

/// Rows around those on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsSpec {
    of: Walked,
    rows: Range<u64>,
}

impl Spec for RowsSpec {
    fn may_stand_in(&self, wanted: &Self) -> bool {
        self.of.is_like(&wanted.of)
    }
}

/// What the last search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is still at work.
    Searching,
    /// A row, which is selected.
    Found(FoundRow),
    /// There is none.
    Nothing,
    /// It could not be looked for to the end; the text says why.
    Failed(String),
}

/// The state of the listing of one document.
#[derive(Debug, Default)]
pub struct Opcodes {
    scope: OpcodeScope,
    first: u64,
    cursor: u64,
    window: u64,
    text: String,
    answer: Option<Answer>,
    /// The byte to go to, as soon as its row is known.
    target: Option<u64>,
    /// For which of them there is a job.
    asked: Option<(Walked, u64)>,
    walked: Option<Walked>,
}

impl Opcodes {
    /// What is to be listed; see also [`Opcodes::walked`].
    pub fn scope(&self) -> OpcodeScope {
        self.scope
    }

    /// What is listed.
    pub fn walked(&self) -> Option<&Walked> {
        self.walked.as_ref()
    }

    /// The row at the top.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The selected row.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Rows that fit on the screen, as far as that was told.
    pub fn window(&self) -> u64 {
        self.window
    }

    /// What is searched for.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What came of it.
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// The byte that is to be shown once the walk has come to it.
    pub fn target(&self) -> Option<u64> {
        self.target
    }

    /// Selects a row and brings it on the screen, not at its edge.
    fn show_row(&mut self, row: u64, rows: u64) {
        self.cursor = row.min(rows.saturating_sub(1));
        let seen = self.first..self.first.saturating_add(self.window.max(1));
        if !seen.contains(&self.cursor) {
            self.scroll(self.cursor.saturating_sub(self.window / 3), rows);
        }
    }

    fn scroll(&mut self, first: u64, rows: u64) {
        let first = scrolled(size(first), 0, size(self.window), size(rows));
        self.first = first as u64;
    }

    /// Another thing is listed from its beginning on.
    fn begin(&mut self, of: &Walked) {
        let before = self.walked.replace(of.clone());
        if before.is_none_or(|before| !before.is_like(of)) {
            (self.first, self.cursor, self.answer) = (0, 0, None);
        }
    }
}

fn size(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

/// What jobs bring.
pub(super) enum News {
    Index(IndexSpec, Result<Arc<OpcodeIndex>, Failure>),
    Rows(RowsSpec, Result<OpcodeBlock, Failure>),
    /// The row of a byte.
    Row(Walked, u64, Result<u64, Failure>),
    Found(Walked, Result<Option<FoundRow>, Failure>),
}

impl Document {
    /// The listing, where it is shown.
    pub fn opcodes(&self) -> Option<&Opcodes> {
        self.opcodes.as_ref()
    }

    /// Whether the file can be listed at all.
    pub fn has_opcodes(&self) -> bool {
        match &self.state {
            DocumentState::Opening => false,
            DocumentState::Failed(failed) => failed.has_bytes,
            DocumentState::Open(_) => true,
        }
    }

    /// Where the opcodes of the selected key are; those of a plain pickle are not apart from each other.
    pub fn entry(&self) -> Option<(Arc<str>, Range<u64>)> {
        let is_container = self.dataset()?.format() == Format::Mmapdict;
        let Item { offset, length, .. } = self.item().filter(|_| is_container)?;
        let key = self.list.selected()?;
        Some((Arc::clone(key), *offset..offset.saturating_add(*length)))
    }

    fn wanted_opcodes(&self) -> Option<Walked> {
        let opcodes = self.opcodes.as_ref()?;
        let revision = match &self.state {
            DocumentState::Opening => return None,
            DocumentState::Failed(failed) => failed.revision,
            DocumentState::Open(snapshot) => snapshot.revision,
        };
        let entry = match opcodes.scope {
            OpcodeScope::Key => self.entry(),
            OpcodeScope::File => None,
        };
        Some(Walked { revision, entry })
    }

    /// The index of what is listed now, not of an earlier revision.
    fn opcode_index(&self, of: &Walked) -> Option<Arc<OpcodeIndex>> {
        let (spec, index) = self.feeds.opcode_index.shown_with_spec()?;
        (spec.of == *of).then(|| Arc::clone(index))
    }

    fn known_rows(&self) -> u64 {
        let index = self.feeds.opcode_index.shown();
        index.map_or(0, |index| index.rows())
    }

    /// The selected key is another one.
    pub(super) fn follow_in_opcodes(&mut self) {
        let offset = self.item().map(|item| item.offset);
        if let Some(opcodes) = &mut self.opcodes
            && opcodes.scope == OpcodeScope::File
        {
            opcodes.target = offset;
        }
    }
}

/// Does what a user did.
pub(super) fn act(session: &mut Session, action: OpcodeAction) {
    let Some(document) = session.active_document_mut() else {
        return;
    };
    if !document.has_opcodes() {
        return;
    }
    let id = document.id();
    let rows = document.known_rows();
    match action {
        OpcodeAction::Show(scope) => show(document, scope),
        OpcodeAction::Hide => document.opcodes = None,
        OpcodeAction::GoTo(offset) => {
            let entry = document.entry();
            let is_inside = |range: &Range<u64>| range.contains(&offset);
            let opcodes = document.opcodes.get_or_insert_default();
            if !entry.is_some_and(|(_, range)| is_inside(&range)) || opcodes.walked.is_none() {
                opcodes.scope = OpcodeScope::File;
            }
            opcodes.target = Some(offset);
        }
        OpcodeAction::Stop => {
            document.feeds.opcode_index.give_up("Stopped");
            session.jobs.cancel_slot(Slot::OpcodeIndex(id));
        }
        OpcodeAction::Find(backwards) => find(session, id, backwards),
        action => {
            if let Some(opcodes) = &mut document.opcodes {
                change(opcodes, action, rows);
            }
        }
    }
}

/// From the whole file to a key and back, the place in the file stays.
fn show(document: &mut Document, scope: OpcodeScope) {
    let cursor = document.opcodes.as_ref().and_then(|opcodes| {
        let block = document.feeds.opcode_rows.shown()?;
        Some(block.row(opcodes.cursor)?.offset)
    });
    let entry = document.entry();
    let opcodes = document.opcodes.get_or_insert_default();
    opcodes.scope = scope;
    opcodes.target = match scope {
        OpcodeScope::File => cursor,
        OpcodeScope::Key => cursor.filter(|at| entry.is_some_and(|(_, range)| range.contains(at))),
    };
}

fn change(opcodes: &mut Opcodes, action: OpcodeAction, rows: u64) {
    match action {
        OpcodeAction::Scroll(first) => opcodes.scroll(first, rows),
        OpcodeAction::Select(row) => {
            opcodes.cursor = row.min(rows.saturating_sub(1));
            let window = size(opcodes.window.max(1));
            let (first, cursor) = (size(opcodes.first), size(opcodes.cursor));
            opcodes.first = followed(first, cursor, window, size(rows)) as u64;
        }
        OpcodeAction::SetWindow(window) => {
            opcodes.window = window;
            opcodes.scroll(opcodes.first, rows);
        }
        OpcodeAction::SetText(text) => {
            opcodes.text = text;
            opcodes.answer = None;
        }
        _ => {}
    }
}

fn find(session: &mut Session, id: DocumentId, backwards: bool) {
    let Some(document) = session.document_mut(id) else {
        return;
    };
    let path = document.path().to_owned();
    let of = document
        .opcodes
        .as_ref()
        .and_then(|found| found.walked.clone());
    let index = of.as_ref().and_then(|of| document.opcode_index(of));
    let (Some(of), Some(index), Some(opcodes)) = (of, index, &mut document.opcodes) else {
        return;
    };
    if opcodes.text.trim().is_empty() {
        return;
    }
    opcodes.answer = Some(Answer::Searching);
    let (text, from) = (opcodes.text.trim().to_owned(), opcodes.cursor);
    let name = format!("Searching opcodes for {text}");
    session
        .jobs
        .submit(Lane::Walk, Slot::OpcodeFind(id), name, move |progress| {
            let found = with_source(&path, |source| {
                read::find(source, &index, (&text, from, backwards), progress)
            })?;
            Ok(news(id, News::Found(of, found)))
        });
}

fn news(id: DocumentId, news: News) -> Output {
    Output::Opcodes(id, Box::new(news))
}

fn with_source<T>(
    path: &Path,
    read: impl FnOnce(&FileSource) -> Result<T, Cancelled>,
) -> Result<Result<T, Failure>, Cancelled> {
    match FileSource::open(path) {
        Ok(source) => Ok(Ok(read(&source)?)),
        Err(error) => {
            let why = format!("The file cannot be read ({error})");
            Ok(Err(Failure::Because(why)))
        }
    }
}

impl Session {
    /// Asks for what the listing of a document needs and was not asked for.
    pub(super) fn request_wanted_opcodes(&mut self, id: DocumentId) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let Some(of) = document.wanted_opcodes() else {
            document.feeds.opcode_index.want(None);
            document.feeds.opcode_rows.want(None);
            for slot in Slot::of_opcodes(id) {
                self.jobs.cancel_slot(slot);
            }
            return;
        };
        let index = document.opcode_index(&of);
        if let Some(opcodes) = &mut document.opcodes {
            opcodes.begin(&of);
            if index.is_none() {
                // What was asked for was about another revision, or another file was shown meanwhile.
                opcodes.asked = None;
                opcodes.give_up_search();
            }
        }
        let from = match (document.feeds.opcode_index.shown_with_spec(), &index) {
            (Some((spec, _)), Some(index)) if index.is_complete() => spec.from,
            (_, Some(index)) => index.rows(),
            (_, None) => 0,
        };
        let spec = IndexSpec {
            of: of.clone(),
            from,
        };
        if let Some(spec) = document.feeds.opcode_index.want(Some(spec)) {
            self.request_index(id, spec, index.clone());
        }
        // Rows of an earlier state stay until where the others are is known.
        if let Some(index) = index {
            self.request_rows(id, &of, &index);
            self.request_row_of_target(id, &of, index);
        }
    }

    fn request_index(&mut self, id: DocumentId, spec: IndexSpec, known: Option<Arc<OpcodeIndex>>) {
        let Some(path) = self.path_of(id) else { return };
        let name = "Listing opcodes";
        let slot = Slot::OpcodeIndex(id);
        self.jobs.submit(Lane::Walk, slot, name, move |progress| {
            let result = with_source(&path, |source| extended(source, &spec, known, progress))?;
            Ok(news(id, News::Index(spec, result)))
        });
    }

    fn request_rows(&mut self, id: DocumentId, of: &Walked, index: &Arc<OpcodeIndex>) {
        let Some(path) = self.path_of(id) else { return };
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let Some(opcodes) = &document.opcodes else {
            return;
        };
        let at = At {
            row: size(opcodes.first),
            col: 0,
        };
        let window = (opcodes.window > 0).then(|| [size(opcodes.window), 1]);
        let [rows, _] = table::block(at, window, [size(index.rows()), 1]);
        let spec = RowsSpec {
            of: of.clone(),
            rows: rows.start as u64..rows.end as u64,
        };
        let Some(spec) = document.feeds.opcode_rows.want(Some(spec)) else {
            return;
        };
        let (name, index) = ("Reading opcodes", Arc::clone(index));
        let slot = Slot::OpcodeRows(id);
        self.jobs.submit(Lane::Read, slot, name, move |progress| {
            let read = |source: &FileSource| read::block(source, &index, &spec.rows, progress);
            let result = with_source(&path, read)?;
            Ok(news(id, News::Rows(spec, result)))
        });
    }

    /// Which row a byte belongs to is asked for when the walk has come to it.
    fn request_row_of_target(&mut self, id: DocumentId, of: &Walked, index: Arc<OpcodeIndex>) {
        let Some(path) = self.path_of(id) else { return };
        let opcodes = self
            .document_mut(id)
            .and_then(|document| document.opcodes.as_mut());
        let Some(opcodes) = opcodes else { return };
        let Some(offset) = opcodes.target.filter(|offset| index.reaches(*offset)) else {
            return;
        };
        let asked = Some((of.clone(), offset));
        if opcodes.asked == asked {
            return;
        }
        opcodes.asked = asked;
        let (name, of) = (format!("Finding byte {offset}"), of.clone());
        let slot = Slot::OpcodeGoTo(id);
        self.jobs.submit(Lane::Read, slot, name, move |progress| {
            let read = |source: &FileSource| read::row_of_byte(source, &index, offset, progress);
            let result = with_source(&path, read)?;
            Ok(news(id, News::Row(of, offset, result)))
        });
    }

    fn path_of(&self, id: DocumentId) -> Option<std::path::PathBuf> {
        Some(self.document(id)?.path().to_owned())
    }
}

/// The next stretch of an index. Runs in a job.
fn extended(
    source: &FileSource,
    spec: &IndexSpec,
    known: Option<Arc<OpcodeIndex>>,
    progress: &Progress,
) -> Result<Arc<OpcodeIndex>, Cancelled> {
    let (mut index, time) = match known {
        Some(index) => ((*index).clone(), STRETCH),
        None => {
            let pieces = match &spec.of.entry {
                Some((_, range)) => Pieces::of_range(range.clone()),
                None => Pieces::of(source, progress),
            };
            (OpcodeIndex::new(source, pieces), FIRST_STRETCH)
        }
    };
    index.extend(source, time, progress)?;
    Ok(Arc::new(index))
}

/// Takes in what a job brought. Returns whether there is anything new to show.
pub(super) fn take(session: &mut Session, id: DocumentId, news: News) -> bool {
    let is_active = session.active == Some(id);
    let Some(document) = session.document_mut(id).filter(|_| is_active) else {
        return false;
    };
    let why = |failure| match failure {
        Failure::Torn => "The file changed while it was read".to_owned(),
        Failure::Because(why) => why,
    };
    let rows = document.known_rows();
    match news {
        News::Index(spec, result) => {
            return (document.feeds.opcode_index).arrive(spec, result.map_err(why));
        }
        News::Rows(spec, result) => {
            return (document.feeds.opcode_rows).arrive(spec, result.map_err(why));
        }
        News::Row(of, offset, result) => {
            if let Some(opcodes) = document.opcodes.as_mut().filter(|found| found.is_of(&of))
                && opcodes.target == Some(offset)
            {
                (opcodes.target, opcodes.asked) = (None, None);
                if let Ok(row) = result {
                    opcodes.show_row(row, rows);
                }
            }
        }
        News::Found(of, result) => {
            let Some(opcodes) = document.opcodes.as_mut().filter(|found| found.is_of(&of)) else {
                return false;
            };
            opcodes.answer = match result {
                Ok(None) => Some(Answer::Nothing),
                Err(failure) => Some(Answer::Failed(why(failure))),
                Ok(Some(found)) => {
                    // It may be behind what the walk has come to.
                    opcodes.show_row(found.row, rows.max(found.row.saturating_add(1)));
                    Some(Answer::Found(found))
                }
            };
        }
    }
    true
}

impl Opcodes {
    fn is_of(&self, of: &Walked) -> bool {
        self.walked.as_ref() == Some(of)
    }

    /// A search ended without a result.
    pub(super) fn give_up_search(&mut self) {
        if self.answer == Some(Answer::Searching) {
            self.answer = None;
        }
    }

    /// Where to go is not going to be known.
    pub(super) fn give_up_target(&mut self) {
        (self.target, self.asked) = (None, None);
    }
}
