//! From state to work: what is wanted on the screen, and the jobs that are asked for because of it.

use super::ahead::AheadSpec;
use super::cells::{self, CellsSpec};
use super::cut::Subject;
use super::document::{Document, DocumentId, DocumentState, Face, Following, Snapshot};
use super::history;
use super::jobs::{Lane, Parts};
use super::level;
use super::picture::{self, Picture, PictureContent, PictureSpec};
use super::private_file;
use super::report;
use super::spectrum::{self, ProbeSpec, WholeSpec};
use super::table;
use super::take_in::{Output, Product};
use super::tasks::{self, Failure, Reading, checked};
use super::view::{Mode, ViewState};
use super::{Session, Slot};
use crate::array::ArrayLayout;
use crate::dataset::Item;
use crate::progress::{Cancelled, Progress};
use crate::render::Shrink;
use std::sync::Arc;

/// What is wanted of a document, all that it wants at one time.
#[derive(Default)]
struct Wanted {
    picture: Option<PictureSpec>,
    cursor: Option<ProbeSpec>,
    pins: Option<ProbeSpec>,
    series: Option<WholeSpec>,
    value: Option<WholeSpec>,
    cells: Option<CellsSpec>,
}

impl Session {
    /// Asks for what is wanted and was not asked for. Called after every change.
    pub(super) fn request_wanted(&mut self) {
        self.notices.set_active(self.active);
        let Some(id) = self.active else { return };
        let shrink = self.settings.zoomed_out();
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let snapshot = document.snapshot().cloned();
        self.request_wanted_opcodes(id);
        self.request_wanted_rescue(id);
        let Some(snapshot) = snapshot else { return };
        self.request_wanted_version(id, &snapshot);
        self.request_wanted_report(id, &snapshot);
        self.request_wanted_regions(id, &snapshot);
        let Some(document) = self.document_mut(id) else {
            return;
        };
        // A key that is not there may come back at once: replacing it is two steps. What is shown stays meanwhile.
        let Some(item) = document.item() else { return };
        let wanted = wanted(document, &snapshot, item, shrink);
        let feeds = &mut document.feeds;
        let picture_before = feeds.picture.wanted().cloned();
        let picture = feeds.picture.want(wanted.picture);
        let cursor = feeds.cursor.want(wanted.cursor);
        let pins = feeds.pins.want(wanted.pins);
        let series = feeds.series.want(wanted.series);
        let value = feeds.value.want(wanted.value);
        let cells = feeds.cells.want(wanted.cells);
        let idle = [
            (Slot::Picture(id), !feeds.picture.is_waiting()),
            (Slot::Cursor(id), !feeds.cursor.is_waiting()),
            (Slot::Pins(id), !feeds.pins.is_waiting()),
            (Slot::Cells(id), !feeds.cells.is_waiting()),
            (
                Slot::Whole(id),
                !feeds.series.is_waiting() && !feeds.value.is_waiting(),
            ),
        ];
        // What nobody waits for any more must not hold up what comes next.
        for (slot, _) in idle.into_iter().filter(|(_, is_idle)| *is_idle) {
            self.jobs.cancel_slot(slot);
        }
        if let Some(spec) = picture {
            let is_read = |before: PictureSpec| before.content.reads_as(&spec.content);
            let is_read = picture_before.is_some_and(is_read);
            self.request_picture(id, &snapshot, spec, is_read);
        }
        if let Some(spec) = cursor {
            self.request_probe(Slot::Cursor(id), &snapshot, spec, Product::Cursor);
        }
        if let Some(spec) = pins {
            self.request_probe(Slot::Pins(id), &snapshot, spec, Product::Pins);
        }
        if let Some(spec) = series {
            self.request_series(id, &snapshot, spec);
        }
        if let Some(spec) = value {
            self.request_value(id, &snapshot, spec);
        }
        if let Some(spec) = cells {
            self.request_cells(id, &snapshot, spec);
        }
        self.request_wanted_faces(id, &snapshot);
        self.request_statistics(id, &snapshot);
        self.request_ahead(id, &snapshot);
    }

    /// What may be wanted next, once nothing else is. Every picture that is wanted stops it.
    fn request_ahead(&mut self, id: DocumentId, snapshot: &Snapshot) {
        // Half of the cache stays with what was looked at before.
        let budget = self.settings.cache_bytes() / 2;
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let wanted = document.wanted_ahead(budget);
        if document.ahead == wanted {
            return;
        }
        document.ahead.clone_from(&wanted);
        self.jobs.cancel_slot(Slot::Ahead(id));
        let Some(spec) = wanted else { return };
        let planes = self.planes.clone();
        let dataset = Arc::clone(&snapshot.dataset);
        let name = "Prefetching bands";
        self.jobs
            .submit(Lane::Ahead, Slot::Ahead(id), name, move |progress| {
                let read = |_: &Reading<'_>| {
                    let AheadSpec { picture, bands } = &spec;
                    picture::read_ahead(&dataset, picture, bands, &planes, progress)
                };
                // Whatever goes wrong is told when the band is wanted.
                drop(checked(
                    &dataset,
                    Some(&spec.picture.content.subject),
                    read,
                )?);
                Ok(Output::Nothing)
            });
    }

    /// The panel of versions is about any key, not only the selected one.
    fn request_wanted_version(&mut self, id: DocumentId, snapshot: &Snapshot) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let subject = |key: &str| Subject {
            revision: snapshot.revision,
            key: key.into(),
        };
        let wanted = document.wanted_version(subject);
        let version = document.feeds.version.want(wanted);
        if !document.feeds.version.is_waiting() {
            self.jobs.cancel_slot(Slot::Version(id));
        }
        let Some(spec) = version else { return };
        let dataset = Arc::clone(&snapshot.dataset);
        let name = format!("Reading a version of {}", spec.subject.key);
        self.jobs
            .submit(Lane::Whole, Slot::Version(id), name, move |progress| {
                let result = checked(&dataset, Some(&spec.subject), |_| {
                    history::version(&dataset, &spec, progress)
                })?;
                Ok(Output::Product(
                    id,
                    Box::new(Product::Version(spec, result)),
                ))
            });
    }

    fn request_wanted_report(&mut self, id: DocumentId, snapshot: &Snapshot) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let wanted = document.wanted_report(snapshot.revision);
        let report = document.feeds.report.want(wanted);
        if !document.feeds.report.is_waiting() {
            self.jobs.cancel_slot(Slot::Report(id));
        }
        let Some(spec) = report else { return };
        let dataset = Arc::clone(&snapshot.dataset);
        let name = "Checking the file";
        self.jobs
            .submit(Lane::Walk, Slot::Report(id), name, move |progress| {
                let result = checked(&dataset, None, |_| report::report(&dataset, progress))?;
                let product = Product::Report(spec, result.map(Box::new));
                Ok(Output::Product(id, Box::new(product)))
            });
    }

    /// Asks for a file to be opened, or opened again.
    pub(super) fn start_open(&mut self, id: DocumentId) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let is_open = matches!(document.state, DocumentState::Open(_));
        if is_open {
            document.following = Following::Refreshing;
        }
        let path = document.path().to_owned();
        let name = format!("Opening {}", document.name());
        let journals = self.settings.journals().filter(|_| !is_open);
        self.jobs
            .submit(Lane::Files, Slot::Open(id), name, move |progress| {
                let result = tasks::open(&path, journals.as_deref(), progress);
                progress.check()?;
                Ok(Output::Opened(id, result))
            });
    }

    /// Asks for the settings to be written. One write at a time, so that an older one never ends last.
    pub(super) fn save_settings(&mut self) {
        if self.jobs.is_busy(Slot::Settings) {
            self.must_save_again = true;
            return;
        }
        self.must_save_again = false;
        self.request_recent();
        let Some((file, text)) = self.settings.to_save() else {
            return;
        };
        self.jobs.submit(
            Lane::Files,
            Slot::Settings,
            "Saving the settings",
            move |_| {
                let result = private_file::write(&file, &text);
                Ok(Output::Saved(result.map_err(|error| {
                    format!("The settings cannot be saved ({error}). {}", file.display())
                })))
            },
        );
    }

    /// Takes the traces of a document away; what takes long to free is freed elsewhere.
    pub(super) fn forget(&mut self, document: Document) {
        let id = document.id();
        self.notices.forget(id);
        self.watcher.leave(id);
        self.jobs.cancel_slot(Slot::Open(id));
        self.cancel_reading(id);
        if let Some(snapshot) = document.snapshot().cloned() {
            drop(document);
            self.free(snapshot);
        }
    }

    /// Cancels what is read for the screen of a document.
    pub(super) fn cancel_reading(&mut self, id: DocumentId) {
        if let Some(document) = self.document_mut(id) {
            document.ahead = None;
        }
        for slot in [
            Slot::Picture(id),
            Slot::Ahead(id),
            Slot::Cursor(id),
            Slot::Pins(id),
            Slot::Whole(id),
            Slot::Cells(id),
            Slot::Copy(id),
            Slot::Version(id),
            Slot::Report(id),
            Slot::Regions(id),
            Slot::Rescue(id),
            Slot::Faces(id),
            Slot::Comparison(id),
            Slot::Statistics(id),
            Slot::MeanSpectrum(id),
        ]
        .into_iter()
        .chain(Slot::of_opcodes(id))
        {
            self.jobs.cancel_slot(slot);
        }
    }

    /// Unmaps a file that nobody shows any more: with many mapped pages this is slow.
    pub(super) fn free(&mut self, snapshot: Snapshot) {
        let revision = snapshot.revision;
        self.planes.lock().forget(revision);
        self.jobs.submit(
            Lane::Files,
            Slot::Free(revision),
            "Closing a file",
            move |_| {
                drop(snapshot);
                Ok(Output::Nothing)
            },
        );
    }

    /// `is_read`: by the job for the picture before. It is not read twice because of a zoom or another colormap.
    fn request_picture(
        &mut self,
        id: DocumentId,
        snapshot: &Snapshot,
        spec: PictureSpec,
        is_read: bool,
    ) {
        let before = self
            .document(id)
            .and_then(|document| document.feeds.picture.shown_whole().cloned());
        let planes = self.planes.clone();
        let dataset = Arc::clone(&snapshot.dataset);
        let name = format!("Reading {}", spec.content.subject.key);
        let product = move |spec: PictureSpec, result: Result<Picture, Failure>| {
            let result = result.map(Box::new);
            Output::Product(id, Box::new(Product::Picture(spec, result)))
        };
        let work = move |progress: &Progress, parts: &Parts<Output>| {
            let subject = &spec.content.subject;
            let before = before.as_ref();
            let result = checked(&dataset, Some(subject), |reading| {
                let mut give = |part: Picture| {
                    if reading.is_sound() {
                        parts.give(product(spec.clone(), Ok(part)));
                    }
                };
                picture::paint(&dataset, &spec, before, &planes, progress, &mut give)
            })?;
            Ok(product(spec, result))
        };
        let (lane, slot) = (Lane::Picture, Slot::Picture(id));
        match is_read {
            true => self.jobs.submit_behind(lane, slot, name, work),
            false => self.jobs.submit_in_parts(lane, slot, name, work),
        };
    }

    fn request_probe(
        &mut self,
        slot: Slot,
        snapshot: &Snapshot,
        spec: ProbeSpec,
        product: fn(ProbeSpec, Result<Vec<spectrum::Probe>, Failure>) -> Product,
    ) {
        let (Slot::Cursor(id) | Slot::Pins(id)) = slot else {
            return;
        };
        let dataset = Arc::clone(&snapshot.dataset);
        self.jobs.submit(
            Lane::Read,
            slot,
            "Reading spectra",
            move |progress: &Progress| {
                let result = checked(&dataset, Some(&spec.subject), |_| {
                    spectrum::probe(&dataset, &spec, progress)
                })?;
                Ok::<_, Cancelled>(Output::Product(id, Box::new(product(spec, result))))
            },
        );
    }

    fn request_series(&mut self, id: DocumentId, snapshot: &Snapshot, spec: WholeSpec) {
        let dataset = Arc::clone(&snapshot.dataset);
        let name = format!("Reading {}", spec.0.key);
        self.jobs
            .submit(Lane::Whole, Slot::Whole(id), name, move |_| {
                let result = checked(&dataset, Some(&spec.0), |_| {
                    spectrum::series(&dataset, &spec)
                })?;
                Ok(Output::Product(id, Box::new(Product::Series(spec, result))))
            });
    }

    fn request_value(&mut self, id: DocumentId, snapshot: &Snapshot, spec: WholeSpec) {
        let dataset = Arc::clone(&snapshot.dataset);
        let name = format!("Reading {}", spec.0.key);
        self.jobs
            .submit(Lane::Whole, Slot::Whole(id), name, move |progress| {
                let read = |_: &Reading<'_>| {
                    Ok(dataset.value(tasks::item_of(&dataset, &spec.0)?, progress)?)
                };
                let result = checked(&dataset, Some(&spec.0), read)?;
                Ok(Output::Product(
                    id,
                    Box::new(Product::Value(spec, result.map(Arc::new))),
                ))
            });
    }

    fn request_cells(&mut self, id: DocumentId, snapshot: &Snapshot, spec: CellsSpec) {
        let dataset = Arc::clone(&snapshot.dataset);
        self.jobs.submit(
            Lane::Read,
            Slot::Cells(id),
            "Reading cells",
            move |progress| {
                let result = checked(&dataset, Some(&spec.subject), |_| {
                    cells::read(&dataset, &spec, progress)
                })?;
                Ok(Output::Product(id, Box::new(Product::Cells(spec, result))))
            },
        );
    }

    /// Asks for the text of cells, for the clipboard.
    pub(super) fn request_copy(&mut self, id: DocumentId, snapshot: &Snapshot, spec: CellsSpec) {
        let dataset = Arc::clone(&snapshot.dataset);
        let name = format!("Copying {} cells", spec.count());
        self.jobs
            .submit(Lane::Whole, Slot::Copy(id), name, move |progress| {
                let result = checked(&dataset, Some(&spec.subject), |_| {
                    cells::copy(&dataset, &spec, progress)
                })?;
                Ok(Output::Copied(result))
            });
    }
}

fn wanted(document: &Document, snapshot: &Snapshot, item: &Item, shrink: Shrink) -> Wanted {
    let subject = Subject {
        revision: snapshot.revision,
        key: item.key.as_str().into(),
    };
    if document.opcodes().is_some() {
        // The value stays, as it may be edited.
        let is_value = super::document::face_of(item) == Face::Value;
        return Wanted {
            value: is_value.then_some(WholeSpec(subject)),
            ..Wanted::default()
        };
    }
    let own_face = super::document::face_of(item);
    let is_table = document.face_for(item) == Face::Table;
    let mut wanted = match own_face {
        Face::Value => Wanted {
            value: Some(WholeSpec(subject.clone())),
            ..Wanted::default()
        },
        Face::Curve | Face::Scalar if !is_table => Wanted {
            series: Some(WholeSpec(subject.clone())),
            ..Wanted::default()
        },
        Face::Message(_) | Face::Table | Face::Curve | Face::Scalar => Wanted::default(),
        Face::Picture => match (item.layout(), document.view()) {
            (Some(layout), Some(view)) => wanted_picture(document, layout, view, &subject, shrink),
            _ => Wanted::default(),
        },
    };
    if is_table && let Some(view) = document.view() {
        // Only its colours are of use then.
        wanted.picture = wanted.picture.filter(|_| view.table.has_colours);
        if let Some(picture) = &mut wanted.picture {
            picture.detail = None;
        }
        wanted.cells = wanted_cells(document, view, subject);
    }
    wanted
}

fn wanted_cells(document: &Document, view: &ViewState, subject: Subject) -> Option<CellsSpec> {
    let window = document.table_window();
    let [rows, columns] = table::block(view.table.first, window, document.table_size());
    document.cells_spec(subject, rows, columns)
}

fn wanted_picture(
    document: &Document,
    layout: &ArrayLayout,
    view: &ViewState,
    subject: &Subject,
    shrink: Shrink,
) -> Wanted {
    let Some(axes) = view.axes else {
        return Wanted::default();
    };
    let size = view.picture_size(&layout.shape);
    let shown_bands = view.shown_bands().to_vec();
    let is_mean = view.shown_mode() == Mode::Mean && axes.band.is_some();
    let bands = match is_mean {
        true => Vec::new(),
        false => shown_bands.clone(),
    };
    let itemsize = layout
        .dtype
        .itemsize()
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or(8);
    // Means are doubles, without a mask.
    let cell_bytes = match is_mean {
        true => size_of::<f64>(),
        false => (itemsize + usize::from(layout.mask.is_some())) * bands.len().max(1),
    };
    let step = level::overview_step(size, cell_bytes, layout.nbytes);
    let before = document
        .feeds
        .picture
        .wanted()
        .and_then(|spec| spec.detail.as_ref());
    let detail = document.visible.as_ref().and_then(|visible| {
        level::detail(size, step, (cell_bytes, layout.nbytes), visible, before)
    });
    let probe = |pixels: Vec<[usize; 2]>, bands: Vec<usize>| {
        let index = view.index.clone();
        (!pixels.is_empty()).then(|| ProbeSpec {
            subject: subject.clone(),
            axes,
            index,
            bands,
            pixels,
        })
    };
    Wanted {
        cursor: probe(view.cursor.into_iter().collect(), shown_bands),
        pins: probe(
            view.pins.iter().map(|pin| [pin.col, pin.row]).collect(),
            Vec::new(),
        ),
        picture: Some(PictureSpec {
            content: PictureContent {
                subject: subject.clone(),
                size,
                y: axes.y,
                x: axes.x,
                band_axis: axes.band,
                index: view.index.clone(),
                bands,
                mean_of: is_mean.then_some(view.mean),
                stretches: view.stretches(),
                scale: view.scale,
                colormap: view.colormap,
                masked: view.masked,
                step,
                shrink: (
                    level::cells_per_pixel(step, document.visible.as_ref()),
                    shrink,
                ),
            },
            detail,
        }),
        ..Wanted::default()
    }
}
