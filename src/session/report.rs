//! What there is to say about a file as a whole: what freeing space would bring, what `check` finds, which NumPy loads it.

use super::document::{Document, DocumentId, Revision, Snapshot};
use super::feed::Spec;
use super::history::HistoryTab;
use super::jobs::Lane;
use super::take_in::{Output, Product};
use super::tasks::{TaskError, checked};
use super::{Session, Slot};
use crate::dataset::check::{Finding, check};
use crate::dataset::compat::Compat;
use crate::dataset::regions::Regions;
use crate::dataset::{Dataset, Format};
use crate::mmapdict::{VacuumPlan, vacuum_plan};
use crate::progress::Progress;
use std::sync::Arc;

/// Of one revision of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSpec(pub(super) Revision);

impl Spec for ReportSpec {
    fn may_stand_in(&self, _wanted: &Self) -> bool {
        true
    }
}

/// See the module.
#[derive(Debug)]
pub struct Report {
    /// What freeing space would do; of a container.
    pub space: Option<Result<VacuumPlan, String>>,
    /// What is wrong with the file.
    pub findings: Result<Vec<Finding>, String>,
    /// The spellings of its arrays.
    pub compat: Compat,
}

/// Reads it. Runs in a job.
pub(super) fn report(dataset: &Dataset, progress: &Progress) -> Result<Report, TaskError> {
    let space = (dataset.format() == Format::Mmapdict)
        .then(|| vacuum_plan(dataset.path(), progress).map_err(|error| error.to_string()));
    progress.check()?;
    let findings = check(dataset.path(), progress).map_err(|error| error.to_string());
    progress.check()?;
    Ok(Report {
        space,
        findings,
        compat: Compat::of(dataset, progress),
    })
}

impl Session {
    /// Asks for what lies where in the file, as long as that is on the screen.
    pub(super) fn request_wanted_regions(&mut self, id: DocumentId, snapshot: &Snapshot) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let wanted = document.wanted_report(snapshot.revision);
        let spec = document.feeds.regions.want(wanted);
        if !document.feeds.regions.is_waiting() {
            self.jobs.cancel_slot(Slot::Regions(id));
        }
        let Some(spec) = spec else { return };
        let dataset = Arc::clone(&snapshot.dataset);
        let (name, slot) = ("Mapping the file", Slot::Regions(id));
        self.jobs.submit(Lane::Whole, slot, name, move |progress| {
            let result = checked(&dataset, None, |_| Ok(Regions::of(&dataset)))?;
            progress.check()?;
            let product = Product::Regions(spec, result);
            Ok(Output::Product(id, Box::new(product)))
        });
    }
}

impl Document {
    /// Whether the report is on the screen.
    pub(super) fn wanted_report(&self, revision: Revision) -> Option<ReportSpec> {
        let history = self.history();
        (history.is_open() && history.tab() == HistoryTab::File).then_some(ReportSpec(revision))
    }
}
