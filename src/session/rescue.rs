//! What could be saved of a file that cannot be opened: looked at before anything is written.
//!
//! The new file is written as any other that is made of a file, see [`super::editing::NewFile::Repaired`].

use super::document::{DocumentId, DocumentState};
use super::jobs::Lane;
use super::report::ReportSpec;
use super::take_in::{Output, Product};
use super::tasks::Failure;
use super::{Session, Slot};
use crate::dataset::repair::{Cut, Kept, plan};
use crate::dataset::text::byte_count;
use crate::progress::{Cancelled, Progress};
use std::path::Path;

/// Rows that are kept of a longer list.
const MAX_ROWS: usize = 10_000;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescue {
    /// What is wrong with the header, which the new file has anew.
    pub header: Option<String>,
    /// Keys of the new file.
    pub live: usize,
    /// Earlier versions in it.
    pub dead: usize,
    /// Stretches of bytes that are left out.
    pub cut: usize,
    /// Entries and stretches in the order of the file; of very many, the first ones.
    pub rows: Vec<RescueRow>,
}

/// An entry that is kept, or bytes that are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescueRow {
    /// Where it begins.
    pub offset: u64,
    /// Whether it is saved.
    pub is_kept: bool,
    /// The key; empty where there is none.
    pub key: String,
    /// `uint16 (80, 88, 200)`, `str`, or how many bytes.
    pub what: String,
    /// What was wrong with it, or why it is left out.
    pub note: String,
}

/// Looks through a file. Runs in a job.
fn rescue(path: &Path, progress: &Progress) -> Result<Result<Rescue, Failure>, Cancelled> {
    let plan = match plan(path, &[], progress) {
        Ok(plan) => plan,
        Err(why) => {
            progress.check()?;
            return Ok(Err(Failure::Because(why.to_string())));
        }
    };
    let live = plan.kept.iter().filter(|kept| kept.is_live).count();
    let kept = plan.kept.iter().take(MAX_ROWS).map(kept_row);
    let cut = plan.cut.iter().take(MAX_ROWS).map(cut_row);
    let mut rows: Vec<RescueRow> = kept.chain(cut).collect();
    rows.sort_by_key(|row| row.offset);
    rows.truncate(MAX_ROWS);
    Ok(Ok(Rescue {
        header: plan.header.as_ref().map(ToString::to_string),
        live,
        dead: plan.kept.len() - live,
        cut: plan.cut.len(),
        rows,
    }))
}

fn kept_row(kept: &Kept) -> RescueRow {
    let mut notes: Vec<&str> = Vec::new();
    if !kept.is_live {
        notes.push("an earlier version");
    }
    notes.extend(kept.note.as_deref());
    if kept.is_renamed {
        notes.push("its key is not UTF-8 and is written with escapes");
    }
    RescueRow {
        offset: kept.offset,
        is_kept: true,
        key: kept.key.clone(),
        what: kept.what.clone(),
        note: notes.join("; "),
    }
}

fn cut_row(Cut { range, key, why }: &Cut) -> RescueRow {
    RescueRow {
        offset: range.start,
        is_kept: false,
        key: key.clone().unwrap_or_default(),
        what: byte_count(range.end.saturating_sub(range.start)),
        note: why.clone(),
    }
}

impl Session {
    /// Asks for what could be saved, where it is to be shown.
    pub(super) fn request_wanted_rescue(&mut self, id: DocumentId) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let wanted = match &document.state {
            DocumentState::Failed(failed) if document.is_rescuing && failed.has_bytes => {
                Some(ReportSpec(failed.revision))
            }
            _ => None,
        };
        let spec = document.feeds.rescue.want(wanted);
        let path = document.path().to_owned();
        let name = format!("Finding what can be saved of {}", document.name());
        if !document.feeds.rescue.is_waiting() {
            self.jobs.cancel_slot(Slot::Rescue(id));
        }
        let Some(spec) = spec else { return };
        self.jobs
            .submit(Lane::Walk, Slot::Rescue(id), name, move |progress| {
                let result = rescue(&path, progress)?;
                let product = Product::Rescue(spec, result);
                Ok(Output::Product(id, Box::new(product)))
            });
    }
}
