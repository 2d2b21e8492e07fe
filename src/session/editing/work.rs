//! From what is asked for to jobs, and what they bring into state. One change at a time for each file.

use super::apply;
use super::change::{Change, Made, Step};
use super::journal::{Cleared, Journal};
use super::refusal::{Refusal, RefusalKind};
use super::replay;
use super::state::{EditMode, Question, Task, Way};
use crate::dataset::compat;
use crate::mmapdict::{Doubt, VacuumWay, vacuum};
use crate::progress::Progress;
use crate::session::Action;
use crate::session::document::{Document, DocumentId};
use crate::session::jobs::Lane;
use crate::session::notice::NoticeLevel;
use crate::session::take_in::Output;
use crate::session::{Session, Slot};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a job brings.
pub(in crate::session) struct Edited {
    journal: Journal,
    result: Result<(), Refusal>,
    /// What the user is to know besides: of what is not certain, or could not be kept.
    warnings: Vec<String>,
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
    let of = |way| step_of(journal, way).map_or_else(String::new, |step| step.label.clone());
    match task {
        Task::Check => "Checking whether the file can be edited".to_owned(),
        Task::Change(change, _) => change.label(),
        Task::Step(Way::Undo) | Task::Force(Way::Undo) => format!("Undo: {}", of(Way::Undo)),
        Task::Step(Way::Redo) | Task::Force(Way::Redo) => format!("Redo: {}", of(Way::Redo)),
        Task::Skip(way) => format!("Skip: {}", of(*way)),
        Task::BackToOpened => "Back to the state it was opened in".to_owned(),
        Task::FreeSpace(_) => "Free space".to_owned(),
        Task::SwitchSpelling { .. } => "Switch the spelling of arrays".to_owned(),
        Task::CleanUp => "Clean up".to_owned(),
        Task::Write(_, to) => format!("Write {}", to.display()),
    }
}

fn step_of(journal: &Journal, way: Way) -> Option<&Arc<Step>> {
    match way {
        Way::Undo => journal.undoable(),
        Way::Redo => journal.redoable(),
    }
}

fn carry_out(files: &Files, task: &Task, mut journal: Journal, progress: &Progress) -> Edited {
    let path = &files.path;
    let mut doubt = None;
    let result = match task {
        Task::Check | Task::CleanUp => {
            return not_listed(journal, apply::can_edit(path, progress));
        }
        Task::Write(what, to) => {
            let written = apply::write_new(path, *what, to, progress);
            return not_listed(journal, written.map(|()| None));
        }
        Task::Change(change, keeping) => {
            // Before cells are written over, what they were is on the disk: should the program end in the middle, this
            // can be undone when the file is opened again.
            let before = journal.clone();
            let mut note = |made: &[Made]| {
                let mut journal = before.clone();
                journal.push(step(change, made.to_vec()));
                let kept = journal.save(files.journals.as_deref(), &files.canonical);
                kept.map_err(|error| error.to_string())
            };
            let (out, result) = apply::apply(path, change, *keeping, progress, &mut note);
            doubt = out.doubt;
            if !out.made.is_empty() {
                journal.push(step(change, out.made));
            }
            result
        }
        Task::FreeSpace(way) => match vacuum(path, way, false, progress) {
            Ok(done) => {
                // Holes free arrays only: all else can still be undone, and what cannot says so.
                if matches!(way, VacuumWay::Copy | VacuumWay::InPlace) {
                    journal.clear(Cleared::Compacted);
                }
                doubt = done.doubt;
                Ok(())
            }
            Err(error) => Err(error.into()),
        },
        Task::SwitchSpelling { to_modern } => compat::switch(path, *to_modern, progress)
            .map(|done| doubt = done.doubt)
            .map_err(Refusal::from),
        Task::Step(Way::Undo) => {
            let to = journal.position().saturating_sub(1);
            go_to(path, &mut journal, to, progress, &mut doubt)
        }
        Task::Step(Way::Redo) => {
            let to = journal.position() + 1;
            go_to(path, &mut journal, to, progress, &mut doubt)
        }
        Task::BackToOpened => {
            let to = journal.opened_at();
            go_to(path, &mut journal, to, progress, &mut doubt)
        }
        Task::Skip(way) => {
            journal.skip(*way == Way::Undo);
            Ok(())
        }
        Task::Force(way) => force(path, &mut journal, *way, progress, &mut doubt),
    };
    let mut edited = saved(files, journal, result);
    edited.warnings.extend(doubt.map(|doubt| doubt.to_string()));
    edited
}

/// Undoes or redoes steps up to a position of the list, which says how far it came.
fn go_to(
    path: &Path,
    journal: &mut Journal,
    to: usize,
    progress: &Progress,
    doubt: &mut Option<Doubt>,
) -> Result<(), Refusal> {
    let is_back = to < journal.position();
    for step in journal.way_to(to) {
        let found = replay::replay(path, &step, progress)?;
        *doubt = doubt.take().or(found);
        let at = journal.position();
        journal.go_to(if is_back { at - 1 } else { at + 1 });
    }
    Ok(())
}

/// Makes a step over what another program changed. Going back over it brings that change back.
fn force(
    path: &Path,
    journal: &mut Journal,
    way: Way,
    progress: &Progress,
    doubt: &mut Option<Doubt>,
) -> Result<(), Refusal> {
    let Some(step) = step_of(journal, way).cloned() else {
        return Ok(());
    };
    let is_undo = way == Way::Undo;
    let wanted = match is_undo {
        true => step.reversed(),
        false => Step::clone(&step),
    };
    let (out, result) = replay::force(path, &wanted, progress);
    *doubt = out.doubt;
    let done = Step {
        label: step.label.clone(),
        made: out.made,
    };
    if result.is_ok() {
        journal.resolve(is_undo, if is_undo { done.reversed() } else { done });
    } else if !done.made.is_empty() {
        // Half of it: that can be undone by itself.
        journal.push(done);
    }
    result
}

fn not_listed(journal: Journal, result: Result<Option<Doubt>, Refusal>) -> Edited {
    let (warnings, result) = match result {
        Ok(doubt) => (doubt.map(|doubt| doubt.to_string()), Ok(())),
        Err(refusal) => (None, Err(refusal)),
    };
    Edited {
        journal,
        result,
        warnings: warnings.into_iter().collect(),
    }
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
    let warning = saved.err().map(|error| {
        let path = files.canonical.display();
        format!(
            "The undo list cannot be saved ({error}): cells that were written over can be undone only until the file is closed. {path}"
        )
    });
    Edited {
        journal,
        result,
        warnings: warning.into_iter().collect(),
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
        warnings,
    } = edited;
    let what = label(&task, &document.editing.journal);
    let before = journal.clone();
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
        match question(&task, &before, &refusal) {
            Some(question) => session.ask_about(id, question),
            None => tell(session, id, &what, &refusal),
        }
    }
    for text in warnings {
        session.notices.tell_of(id, NoticeLevel::Warning, text);
    }
    start(session, id);
    go_on(session, id);
}

/// What the user has to decide before it can go on; `None` where there is nothing to be decided. `journal`: as the task left
/// it, so that the step in the way is the next one.
fn question(task: &Task, journal: &Journal, refusal: &Refusal) -> Option<Question> {
    let can_force = match refusal.kind {
        RefusalKind::Conflict => true,
        RefusalKind::Gone => false,
        RefusalKind::NotKept => {
            let Task::Change(change, _) = task else {
                return None;
            };
            return Some(Question::NotKept {
                change: change.clone(),
                why: refusal.text.clone(),
            });
        }
        RefusalKind::Other | RefusalKind::Cancelled => return None,
    };
    let way = match task {
        Task::Step(way) => *way,
        Task::Force(way) => *way,
        Task::BackToOpened if journal.position() > journal.opened_at() => Way::Undo,
        Task::BackToOpened => Way::Redo,
        Task::Check
        | Task::Change(..)
        | Task::Skip(_)
        | Task::CleanUp
        | Task::FreeSpace(_)
        | Task::SwitchSpelling { .. }
        | Task::Write(..) => return None,
    };
    Some(Question::Blocked {
        way,
        label: step_of(journal, way)?.label.clone(),
        // What to do next is on the buttons.
        why: match refusal.text.split_once("; nothing was written") {
            Some((why, _)) => format!("{why}."),
            None => refusal.text.clone(),
        },
        can_force,
    })
}

impl Session {
    /// Puts a question before the user; steps that wait would meet the same.
    fn ask_about(&mut self, id: DocumentId, question: Question) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let editing = &mut document.editing;
        (editing.waiting).retain(|task| !matches!(task, Task::Step(_) | Task::BackToOpened));
        editing.question = Some(question);
    }
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
        Some(Task::Change(Change::Put { key, .. }, _)) => document.value_was_applied(&key, false),
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
    let level = match refusal.kind {
        RefusalKind::Cancelled => NoticeLevel::Info,
        RefusalKind::Other | RefusalKind::Conflict | RefusalKind::Gone | RefusalKind::NotKept => {
            NoticeLevel::Error
        }
    };
    session
        .notices
        .tell_of(id, level, format!("{what}: {text}. {path}"));
}

impl Document {
    /// What to look at once the file is opened again.
    fn took_change(&mut self, task: &Task, result: &Result<(), Refusal>) {
        if let Task::Change(Change::Put { key, .. }, _) = task {
            self.value_was_applied(key, result.is_ok());
        }
        if let (Task::Change(change, _), Ok(())) = (task, result)
            && let Some(key) = change.result_key()
        {
            self.select_next = Some(key.to_owned());
        }
    }
}
