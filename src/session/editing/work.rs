//! From what is asked for to jobs, and what they bring into state. One change at a time for each file.

use super::apply::{self, Refusal};
use super::change::{Change, Made, Step};
use super::journal::Journal;
use super::state::{EditMode, Task};
use crate::dataset::compat;
use crate::mmapdict::{VacuumWay, vacuum};
use crate::progress::Progress;
use crate::session::Action;
use crate::session::document::{Document, DocumentId};
use crate::session::jobs::Lane;
use crate::session::notice::NoticeLevel;
use crate::session::take_in::Output;
use crate::session::{Session, Slot};
use std::path::PathBuf;

/// What a job brings.
pub(in crate::session) struct Edited {
    journal: Journal,
    result: Result<(), Refusal>,
    /// The journal could not be kept on the disk.
    unsaved: Option<String>,
}

/// The files that a job needs.
struct Files {
    path: PathBuf,
    /// By which the journal is kept.
    canonical: PathBuf,
    journals: Option<PathBuf>,
}

/// Begins the next task of a document, if none runs.
pub(in crate::session) fn start(session: &mut Session, id: DocumentId) {
    let journals = session.settings.journals();
    let Some(document) = session.document_mut(id) else {
        return;
    };
    if document.editing.running.is_some() {
        return;
    }
    let Some(task) = document.editing.waiting.pop_front() else {
        return;
    };
    let files = Files {
        path: document.path().to_owned(),
        canonical: document
            .canonical
            .clone()
            .unwrap_or_else(|| document.path().to_owned()),
        journals,
    };
    let journal = document.editing.journal.clone();
    document.editing.running = Some(task.clone());
    if task == Task::Check {
        document.editing.mode = EditMode::Checking;
    }
    let name = format!("{} in {}", label(&task, &journal), document.name());
    session
        .jobs
        .submit(Lane::Write, Slot::Edit(id), name, move |progress| {
            let edited = carry_out(&files, &task, journal, progress);
            Ok(Output::Edited(id, Box::new(edited)))
        });
}

fn label(task: &Task, journal: &Journal) -> String {
    let of = |step: Option<&std::sync::Arc<Step>>| {
        step.map_or_else(String::new, |step| step.label.clone())
    };
    match task {
        Task::Check => "Looking whether it can be changed".to_owned(),
        Task::Change(change) => change.label(),
        Task::Undo => format!("Undo: {}", of(journal.undoable())),
        Task::Redo => format!("Redo: {}", of(journal.redoable())),
        Task::BackToOpened => "Back to the state it was opened in".to_owned(),
        Task::FreeSpace(_) => "Free space".to_owned(),
        Task::SwitchSpelling { .. } => "Switch the spelling of arrays".to_owned(),
        Task::Write(_, to) => format!("Write {}", to.display()),
    }
}

fn carry_out(files: &Files, task: &Task, mut journal: Journal, progress: &Progress) -> Edited {
    let path = &files.path;
    let go_to = match task {
        Task::Check => {
            return Edited {
                journal,
                result: apply::can_edit(path, progress),
                unsaved: None,
            };
        }
        Task::Change(change) => {
            // Before cells are written over, what they were is on the disk: should the program end in the middle, this
            // can be undone when the file is opened again. What cannot be kept is told afterwards.
            let before = journal.clone();
            let mut note = |made: &[Made]| {
                let mut journal = before.clone();
                journal.push(step(change, made.to_vec()));
                drop(journal.save(files.journals.as_deref(), &files.canonical));
            };
            let (made, result) = apply::apply(path, change, progress, &mut note);
            if !made.is_empty() {
                journal.push(step(change, made));
            }
            return saved(files, journal, result);
        }
        Task::FreeSpace(way) => {
            let result = vacuum(path, way, false, progress);
            if result.is_ok() && !matches!(way, VacuumWay::To(_)) {
                journal.clear();
            }
            return saved(files, journal, result.map(drop).map_err(Refusal::from));
        }
        Task::SwitchSpelling { to_modern } => {
            let result = compat::switch(path, *to_modern, progress);
            return saved(files, journal, result.map(drop).map_err(Refusal::from));
        }
        Task::Write(what, to) => {
            let result = apply::write_new(path, *what, to, progress);
            return Edited {
                journal,
                result,
                unsaved: None,
            };
        }
        Task::Undo => journal.position().saturating_sub(1),
        Task::Redo => journal.position() + 1,
        Task::BackToOpened => journal.opened_at(),
    };
    let result = apply::replay(path, &journal.way_to(go_to), progress);
    match &result {
        Ok(()) => journal.go_to(go_to),
        Err(refusal) if refusal.is_gone => journal.clear(),
        Err(_) => {}
    }
    saved(files, journal, result)
}

/// As it is listed.
fn step(change: &Change, made: Vec<Made>) -> Step {
    let cells = made
        .iter()
        .filter_map(Made::masked_cells)
        .reduce(|a, b| a + b);
    let label = match cells {
        Some(1) => format!("{} (1 cell)", change.label()),
        Some(cells) => format!("{} ({cells} cells)", change.label()),
        None => change.label(),
    };
    Step { label, made }
}

fn saved(files: &Files, journal: Journal, result: Result<(), Refusal>) -> Edited {
    let saved = journal.save(files.journals.as_deref(), &files.canonical);
    let unsaved = saved.err().map(|error| {
        let path = files.canonical.display();
        format!("The list of changes cannot be kept for later ({error}). {path}")
    });
    Edited {
        journal,
        result,
        unsaved,
    }
}

/// Takes in what a job brought.
pub(in crate::session) fn finished(session: &mut Session, id: DocumentId, edited: Edited) {
    let Some(document) = session.document_mut(id) else {
        return;
    };
    let Some(task) = document.editing.running.take() else {
        return;
    };
    let Edited {
        journal,
        result,
        unsaved,
    } = edited;
    let what = label(&task, &document.editing.journal);
    document.editing.journal = journal;
    if task == Task::Check {
        document.editing.mode = match &result {
            Ok(()) => EditMode::On,
            Err(refusal) => EditMode::Refused(refusal.text.clone()),
        };
    } else if let Task::Write(_, file) = &task {
        if result.is_ok() {
            crate::session::actions::handle(session, Action::Open(file.clone()));
        }
    } else {
        document.took_change(&task, &result);
        session.start_open(id);
    }
    if let Err(refusal) = result {
        tell(session, id, &what, &refusal);
    }
    if let Some(text) = unsaved {
        session.notices.tell(NoticeLevel::Warning, text);
    }
    start(session, id);
    go_on(session, id);
}

/// What waited until a draft was written.
fn go_on(session: &mut Session, id: DocumentId) {
    let Some(document) = session.document_mut(id) else {
        return;
    };
    if !document.has_unsaved()
        && let Some(action) = document.leaving.take()
    {
        document.select_next = None;
        crate::session::actions::handle(session, action);
    }
}

/// The job is gone without a result.
pub(in crate::session) fn give_up(session: &mut Session, id: DocumentId) {
    let Some(document) = session.document_mut(id) else {
        return;
    };
    match document.editing.running.take() {
        Some(Task::Check) => document.editing.mode = EditMode::Off,
        Some(Task::Change(Change::Put { key, .. })) => document.value_was_applied(&key, false),
        // A new file says nothing of this one, which may not even be open.
        Some(Task::Write(..)) => return start(session, id),
        _ => {}
    }
    session.start_open(id);
    start(session, id);
}

fn tell(session: &mut Session, id: DocumentId, what: &str, refusal: &Refusal) {
    let path = session
        .document(id)
        .map(|document| document.path().display().to_string())
        .unwrap_or_default();
    let text = refusal.text.trim_end_matches('.');
    let level = if refusal.is_cancelled {
        NoticeLevel::Info
    } else {
        NoticeLevel::Error
    };
    session
        .notices
        .tell(level, format!("{what}: {text}. {path}"));
}

impl Document {
    /// What to look at once the file is opened again.
    fn took_change(&mut self, task: &Task, result: &Result<(), Refusal>) {
        if let Task::Change(Change::Put { key, .. }) = task {
            self.value_was_applied(key, result.is_ok());
        }
        if let (Task::Change(change), Ok(())) = (task, result)
            && let Some(key) = change.result_key()
        {
            self.select_next = Some(key.to_owned());
        }
    }
}
