//! What jobs and the watch over the files brought, into state.

use super::cells::{CellBlock, CellsSpec};
use super::document::{Document, DocumentId, DocumentState, Failed, Following, Show, Snapshot};
use super::editing::{self, Edited};
use super::feed::{self, Feed, Spec};
use super::history::{Version, VersionSpec};
use super::jobs::{News, Outcome};
use super::notice::NoticeLevel;
use super::opcodes;
use super::picture::{Picture, PictureSpec};
use super::report::{Report, ReportSpec};
use super::rescue::Rescue;
use super::spectrum::{Probe, ProbeSpec, Series, WholeSpec};
use super::statistics::{MeanSpec, MeanSpectrum, Numbers, StatsSpec};
use super::tasks::{Failure, Opened};
use super::value_faces::{Comparison, ValueFaces};
use super::view::{Mode, ViewState};
use super::watch::WatchEvent;
use super::{Session, Slot};
use crate::dataset::regions::Regions;
use crate::dataset::{Change, Item, OpenError, Warning};
use crate::pickle::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a job gives.
pub(super) enum Output {
    Opened(DocumentId, Result<Opened, OpenError>),
    Product(DocumentId, Box<Product>),
    Edited(DocumentId, Box<Edited>),
    Opcodes(DocumentId, Box<opcodes::News>),
    Copied(Result<String, Failure>),
    Saved(Result<(), String>),
    RecentGone(Vec<PathBuf>),
    Nothing,
}

/// Something to show, with its full description.
pub(super) enum Product {
    Picture(PictureSpec, Result<Box<Picture>, Failure>),
    Cursor(ProbeSpec, Result<Vec<Probe>, Failure>),
    Pins(ProbeSpec, Result<Vec<Probe>, Failure>),
    Series(WholeSpec, Result<Series, Failure>),
    Value(WholeSpec, Result<Arc<Value>, Failure>),
    Version(VersionSpec, Result<Version, Failure>),
    Report(ReportSpec, Result<Box<Report>, Failure>),
    Cells(CellsSpec, Result<CellBlock, Failure>),
    Regions(ReportSpec, Result<Regions, Failure>),
    Rescue(ReportSpec, Result<Rescue, Failure>),
    Faces(WholeSpec, Result<Box<ValueFaces>, Failure>),
    Comparison(WholeSpec, Result<Comparison, Failure>),
    Statistics(StatsSpec, Result<Numbers, Failure>),
    Mean(MeanSpec, Result<MeanSpectrum, Failure>),
}

/// Takes in what a job brought. Returns whether there is anything new to show.
pub(super) fn news(session: &mut Session, job: News<Slot, Output>) -> bool {
    if job.slot == Slot::Settings && session.must_save_again {
        session.save_settings();
    }
    match job.outcome {
        Outcome::Done(Output::Opened(id, result)) => {
            // A newer opening of the same file is on its way.
            if !job.superseded {
                opened(session, id, result);
            }
            true
        }
        Outcome::Done(Output::Product(id, product)) => take_product(session, id, *product),
        Outcome::Part(Output::Product(id, product)) => take_part(session, id, *product),
        // Nothing else is of use before its end.
        Outcome::Part(_) => false,
        Outcome::Done(Output::Edited(id, edited)) => {
            editing::finished(session, id, *edited);
            true
        }
        Outcome::Done(Output::Opcodes(id, news)) => opcodes::take(session, id, *news),
        Outcome::Done(Output::Copied(result)) => {
            copied(session, result);
            true
        }
        Outcome::Done(Output::Saved(Err(why))) => {
            session.notices.tell(NoticeLevel::Warning, why);
            true
        }
        Outcome::Done(Output::RecentGone(gone)) => {
            let is_new = session.gone_recent != gone;
            session.gone_recent = gone;
            is_new
        }
        Outcome::Done(Output::Saved(Ok(())) | Output::Nothing) => false,
        Outcome::Cancelled => {
            if !job.superseded {
                give_up(session, job.slot, feed::CANCELLED);
            }
            true
        }
        Outcome::Panicked(why) => {
            let text = format!(
                "An error in cubescope itself ended \"{}\": {why}. Everything else goes on.",
                job.name
            );
            session.notices.tell(NoticeLevel::Error, &text);
            if !job.superseded {
                give_up(session, job.slot, &text);
            }
            true
        }
    }
}

/// Text for the clipboard is there, or not.
fn copied(session: &mut Session, result: Result<String, Failure>) {
    let why = match result {
        Ok(text) => {
            session.copied_text = Some(text);
            return;
        }
        Err(Failure::Because(why)) => why,
        Err(Failure::Torn) => "the file changed while it was read; try again".to_owned(),
    };
    let text = format!("The cells cannot be copied: {why}");
    session.notices.tell(NoticeLevel::Error, text);
}

/// Takes in what the watch saw.
pub(super) fn watched(session: &mut Session, event: WatchEvent) -> bool {
    let Some(document) = session.document_mut(event.document) else {
        return false;
    };
    if document
        .snapshot()
        .is_none_or(|snapshot| snapshot.revision != event.revision)
    {
        return false;
    }
    match event.change {
        Change::Same => document.following = Following::Live,
        Change::Changed => session.start_open(event.document),
        Change::Vanished => {
            document.following = Following::Vanished;
            let text = vanished_text(document);
            let id = event.document;
            session.notices.tell_of(id, NoticeLevel::Warning, text);
        }
    }
    true
}

fn opened(session: &mut Session, id: DocumentId, result: Result<Opened, OpenError>) {
    match result {
        Ok(opened) => {
            if session
                .document(id)
                .is_some_and(|document| document.snapshot().is_some())
            {
                swap(session, id, opened);
            } else {
                arrived(session, id, opened);
            }
        }
        Err(error) => session.not_opened(id, error.to_string(), error.has_bytes()),
    }
}

/// A file is open for the first time.
fn arrived(session: &mut Session, id: DocumentId, opened: Opened) {
    let twin = session
        .documents
        .iter()
        .find(|other| other.id() != id && other.is_of(&opened.canonical))
        .map(Document::id);
    if let Some(twin) = twin {
        // The same file by another name.
        let show = session
            .document(id)
            .map(|document| document.show.clone())
            .unwrap_or_default();
        if session.active == Some(id) {
            session.active = Some(twin);
        }
        session.documents.retain(|document| document.id() != id);
        if let Some(document) = session.document_mut(twin) {
            document.show = show;
        }
        session.apply_show(twin);
        return;
    }
    let revision = session.new_revision();
    let Some(document) = session.document_mut(id) else {
        return;
    };
    let path = document.path().to_owned();
    let dataset = Arc::clone(&opened.dataset);
    document.canonical = Some(opened.canonical);
    document
        .editing
        .set_journal(opened.journal.unwrap_or_default());
    document.state = DocumentState::Open(Snapshot {
        revision,
        dataset: Arc::clone(&dataset),
    });
    document.list.set_index(opened.index);
    if let Some(key) = dataset.first_item().map(|item| item.key.clone()) {
        document.select(&key);
    }
    for warning in dataset.warnings() {
        let text = warning_text(&path, warning);
        session.notices.tell_of(id, NoticeLevel::Warning, text);
    }
    session.watcher.follow(id, revision, dataset);
    session.settings.add_recent(&path);
    session.save_settings();
    session.apply_show(id);
}

fn vanished_text(document: &Document) -> String {
    let path = document.path().display();
    format!("The file was deleted or moved; its last state is shown. {path}")
}

/// One sentence, and the path last.
fn warning_text(path: &Path, warning: &Warning) -> String {
    let message = warning.message.trim_end_matches('.');
    format!("{message}. {}", path.display())
}

/// A file that was open is open at a new state: selection, views and pins stay.
fn swap(session: &mut Session, id: DocumentId, opened: Opened) {
    let revision = session.new_revision();
    let Some(document) = session.document_mut(id) else {
        return;
    };
    let fresh = Snapshot {
        revision,
        dataset: Arc::clone(&opened.dataset),
    };
    let old = std::mem::replace(&mut document.state, DocumentState::Open(fresh));
    document.following = Following::Live;
    let path = document.path().to_owned();
    let no_more = [Some(vanished_text(document)), document.refused.take()];
    document.list.set_index(opened.index);
    let next = document
        .select_next
        .take()
        .filter(|key| opened.dataset.item(key).is_some());
    if let Some(key) = next
        .as_deref()
        .or(document.list.selected().map(|key| &**key))
    {
        let key = key.to_owned();
        document.select(&key);
    }
    no_more
        .iter()
        .flatten()
        .for_each(|text| session.notices.withdraw(text));
    let warnings = opened.dataset.warnings().to_vec();
    session.watcher.follow(id, revision, opened.dataset);
    if let DocumentState::Open(old) = old {
        let before = old.dataset.warnings();
        for gone in before.iter().filter(|warning| !warnings.contains(warning)) {
            session.notices.withdraw(&warning_text(&path, gone));
        }
        for new in warnings.iter().filter(|warning| !before.contains(warning)) {
            session
                .notices
                .tell_of(id, NoticeLevel::Warning, warning_text(&path, new));
        }
        session.free(old);
    }
}

fn take_product(session: &mut Session, id: DocumentId, product: Product) -> bool {
    let is_active = session.active == Some(id);
    let Some(document) = session.document_mut(id).filter(|_| is_active) else {
        return false;
    };
    let feeds = &mut document.feeds;
    let (is_shown, is_torn) = match product {
        Product::Picture(spec, result) => {
            take(&mut feeds.picture, spec, result.map(|picture| *picture))
        }
        Product::Cursor(spec, result) => take(&mut feeds.cursor, spec, result),
        Product::Pins(spec, result) => take(&mut feeds.pins, spec, result),
        Product::Series(spec, result) => take(&mut feeds.series, spec, result),
        Product::Value(spec, result) => take(&mut feeds.value, spec, result),
        Product::Version(spec, result) => take(&mut feeds.version, spec, result),
        Product::Report(spec, result) => {
            take(&mut feeds.report, spec, result.map(|report| *report))
        }
        Product::Cells(spec, result) => take(&mut feeds.cells, spec, result),
        Product::Regions(spec, result) => take(&mut feeds.regions, spec, result),
        Product::Rescue(spec, result) => take(&mut feeds.rescue, spec, result),
        Product::Faces(spec, result) => take(&mut feeds.faces, spec, result.map(|faces| *faces)),
        Product::Comparison(spec, result) => take(&mut feeds.comparison, spec, result),
        Product::Statistics(spec, result) => take(&mut feeds.statistics, spec, result),
        Product::Mean(spec, result) => take(&mut feeds.mean, spec, result),
    };
    if is_torn && document.following == Following::Live {
        session.start_open(id);
    }
    is_shown || is_torn
}

/// Takes in a part of what is to come.
fn take_part(session: &mut Session, id: DocumentId, product: Product) -> bool {
    let is_active = session.active == Some(id);
    let Some(document) = session.document_mut(id).filter(|_| is_active) else {
        return false;
    };
    match product {
        Product::Picture(spec, Ok(picture)) => document.feeds.picture.arrive_part(spec, *picture),
        Product::Statistics(spec, Ok(numbers)) => {
            document.feeds.statistics.arrive_part(spec, numbers)
        }
        Product::Mean(spec, Ok(mean)) => document.feeds.mean.arrive_part(spec, mean),
        // All others come whole, and what failed says so at its end.
        Product::Picture(..)
        | Product::Statistics(..)
        | Product::Mean(..)
        | Product::Cursor(..)
        | Product::Pins(..)
        | Product::Series(..)
        | Product::Value(..)
        | Product::Version(..)
        | Product::Report(..)
        | Product::Cells(..)
        | Product::Regions(..)
        | Product::Rescue(..)
        | Product::Faces(..)
        | Product::Comparison(..) => false,
    }
}

/// Returns whether it is shown, and whether the file was cut.
fn take<K: Spec, T>(feed: &mut Feed<K, T>, spec: K, result: Result<T, Failure>) -> (bool, bool) {
    match result {
        Ok(value) => (feed.arrive(spec, Ok(value)), false),
        Err(Failure::Because(why)) => (feed.arrive(spec, Err(why)), false),
        Err(Failure::Torn) => (
            feed.arrive(
                spec,
                Err("The file changed while it was read; it is being opened again".to_owned()),
            ),
            true,
        ),
    }
}

fn give_up(session: &mut Session, slot: Slot, why: &str) {
    match slot {
        Slot::Open(id) => session.not_opened(id, why.to_owned(), false),
        Slot::Picture(id) => session.with_feeds(id, |feeds| feeds.picture.give_up(why)),
        Slot::Cursor(id) => session.with_feeds(id, |feeds| feeds.cursor.give_up(why)),
        Slot::Pins(id) => session.with_feeds(id, |feeds| feeds.pins.give_up(why)),
        Slot::Report(id) => session.with_feeds(id, |feeds| feeds.report.give_up(why)),
        Slot::Cells(id) => session.with_feeds(id, |feeds| feeds.cells.give_up(why)),
        Slot::Version(id) => session.with_feeds(id, |feeds| feeds.version.give_up(why)),
        Slot::Whole(id) => session.with_feeds(id, |feeds| {
            feeds.series.give_up(why);
            feeds.value.give_up(why);
        }),
        Slot::Regions(id) => session.with_feeds(id, |feeds| feeds.regions.give_up(why)),
        Slot::Faces(id) => session.with_feeds(id, |feeds| feeds.faces.give_up(why)),
        Slot::Comparison(id) => session.with_feeds(id, |feeds| feeds.comparison.give_up(why)),
        Slot::Statistics(id) => session.with_feeds(id, |feeds| feeds.statistics.give_up(why)),
        Slot::MeanSpectrum(id) => session.with_feeds(id, |feeds| feeds.mean.give_up(why)),
        Slot::Rescue(id) => session.with_feeds(id, |feeds| feeds.rescue.give_up(why)),
        Slot::OpcodeIndex(id) => session.with_feeds(id, |feeds| feeds.opcode_index.give_up(why)),
        Slot::OpcodeRows(id) => session.with_feeds(id, |feeds| feeds.opcode_rows.give_up(why)),
        Slot::OpcodeGoTo(id) => session.with_opcodes(id, opcodes::Opcodes::give_up_target),
        Slot::OpcodeFind(id) => session.with_opcodes(id, opcodes::Opcodes::give_up_search),
        Slot::Edit(id) => editing::give_up(session, id),
        Slot::Ahead(_) | Slot::Copy(_) | Slot::Settings | Slot::Recent | Slot::Free(_) => {}
    }
}

impl Session {
    fn with_feeds(&mut self, id: DocumentId, act: impl FnOnce(&mut super::document::Feeds)) {
        if let Some(document) = self.document_mut(id) {
            act(&mut document.feeds);
        }
    }

    fn with_opcodes(&mut self, id: DocumentId, act: impl FnOnce(&mut opcodes::Opcodes)) {
        if let Some(opcodes) = self
            .document_mut(id)
            .and_then(|found| found.opcodes.as_mut())
        {
            act(opcodes);
        }
    }

    /// A file could not be opened, or not again; what was shown of it stays.
    fn not_opened(&mut self, id: DocumentId, why: String, has_bytes: bool) {
        let revision = self.new_revision();
        self.request_recent();
        let Some(document) = self.document_mut(id) else {
            return;
        };
        if let DocumentState::Open(snapshot) = &document.state {
            // Maybe a moment of a writer: the watch reports it again.
            let Snapshot { revision, dataset } = snapshot.clone();
            document.following = Following::Live;
            let text = format!("The changed file cannot be read; the last state is shown. {why}");
            let document_refused = document.refused.replace(text.clone());
            self.watcher.follow(id, revision, dataset);
            if document_refused.is_none() {
                self.notices.tell_of(id, NoticeLevel::Warning, text);
            }
        } else {
            // The page in place of the file says why.
            document.state = DocumentState::Failed(Failed {
                why,
                has_bytes,
                revision,
            });
        }
    }

    /// Shows what was asked for together with the file, once it is open.
    pub(super) fn apply_show(&mut self, id: DocumentId) {
        let Some(document) = self
            .document_mut(id)
            .filter(|document| document.dataset().is_some())
        else {
            return;
        };
        let Show {
            key,
            band,
            wavelength_nm,
            rgb,
        } = std::mem::take(&mut document.show);
        if let Some(key) = key {
            if document
                .dataset()
                .is_some_and(|dataset| dataset.item(&key).is_some())
            {
                document.select(&key);
            } else {
                let text = format!(
                    "There is no key \"{key}\" in the file. {}",
                    document.path().display()
                );
                self.notices.tell_of(id, NoticeLevel::Error, text);
                return;
            }
        }
        let nearest = wavelength_nm.map(|nm| match document.wavelengths() {
            Some(wavelengths) => wavelengths.asked(nm),
            None => Err("There are no wavelengths for this array".to_owned()),
        });
        let shape = document.shape().to_vec();
        let asked: Vec<usize> = band.into_iter().chain(rgb.into_iter().flatten()).collect();
        let bands = document.band_count();
        let outside = asked.into_iter().find(|band| *band >= bands);
        if let Some(band) = outside {
            let text = format!(
                "There is no band {band}: there are {bands}, from 0. {}",
                document.path().display()
            );
            self.notices.tell_of(id, NoticeLevel::Error, text);
            return;
        }
        if let Some(view) = document.view_mut() {
            if let Some(band) = band.or(nearest.clone().and_then(Result::ok)) {
                view.band = band;
                view.mode = Mode::Single;
            }
            if let Some(rgb) = rgb {
                view.rgb = rgb;
                view.mode = Mode::Composite;
            }
            *view = view.clone().made_valid_for(&shape);
        }
        if let Some(Err(why)) = nearest {
            let text = format!("{why}. {}", document.path().display());
            self.notices.tell_of(id, NoticeLevel::Error, text);
        }
    }
}

impl Document {
    /// Whether it is this file, by the name it was asked for or by its name without links.
    pub(super) fn is_of(&self, path: &std::path::Path) -> bool {
        self.path() == path || self.canonical.as_deref() == Some(path)
    }

    /// A key of the file.
    pub(super) fn item_of(&self, key: &str) -> Option<&Item> {
        self.dataset()?.item(key)
    }

    /// Selects a key and makes its view valid for what the key holds now.
    pub(super) fn select(&mut self, key: &str) {
        if self
            .list
            .selected()
            .is_none_or(|selected| **selected != *key)
        {
            self.visible = None;
        }
        self.list.select(key);
        let Some(snapshot) = self.snapshot() else {
            return;
        };
        let dataset = Arc::clone(&snapshot.dataset);
        let Some(item) = dataset.item(key) else {
            return;
        };
        let shape = item.layout().map_or(&[][..], |layout| &layout.shape);
        let view = match self.views.remove(key) {
            Some(view) => view.made_valid_for(shape),
            None => ViewState::first_look(&dataset, item),
        };
        self.views.insert(key.into(), view);
    }
}
