//! Changing the file.

use crate::dataset::Format;
use crate::mmapdict::MAX_KEY_LEN;
use crate::session::action::Action;
use crate::session::document::{Document, DocumentId};
use crate::session::editing::{
    self, Answer, CellsEdit, Change, EditMode, Keeping, Leave, NewFile, Place, Question, Task, Way,
    free_key,
};
use crate::session::history::History;
use crate::session::notice::NoticeLevel;
use crate::session::{CopiedKeys, Session};
use std::collections::HashSet;
use std::path::PathBuf;

/// Switches editing on, if the file can be changed, or off. What was changed stays.
pub(super) fn set_editing(session: &mut Session, on: bool) {
    let Some(document) = session.active_document_mut() else {
        return;
    };
    let id = document.id();
    if !on {
        document.editing.set_mode(EditMode::Off);
        return;
    }
    match document.dataset().map(crate::dataset::Dataset::format) {
        None => {}
        Some(Format::Pickle) => {
            let why = "A plain pickle cannot be changed in place; convert it to a container first (a new file)";
            document.editing.set_mode(EditMode::Refused(why.to_owned()));
        }
        Some(Format::Mmapdict) => ask(session, id, Task::Check),
    }
}

/// Makes a change, if editing is on.
pub(super) fn change(session: &mut Session, change: Change) {
    let Some(document) = editable(session) else {
        return;
    };
    if let Some(why) = refused(document, &change) {
        session.tell_active(NoticeLevel::Error, format!("{}: {why}", change.label()));
        return;
    }
    let id = document.id();
    ask(session, id, Task::Change(change, Keeping::List));
}

/// Writes cells of an array, all or none.
pub(super) fn write_cells(session: &mut Session, edit: &CellsEdit) {
    let Some(document) = editable(session) else {
        return;
    };
    let Some(item) = document.item_of(&edit.key) else {
        return;
    };
    let over = Place::of_item(item);
    let patches = item
        .layout()
        .ok_or_else(|| "it is not an array".to_owned())
        .and_then(|layout| editing::patches(layout, edit));
    match patches {
        Ok(patches) if patches.is_empty() => {}
        Ok(patches) => change(
            session,
            Change::Overwrite {
                key: edit.key.clone(),
                over,
                patches,
                what: edit.what(),
            },
        ),
        Err(why) => {
            let text = format!("Nothing was written to \"{}\": {why}", edit.key);
            session.tell_active(NoticeLevel::Error, text);
        }
    }
}

/// Undo and its like.
pub(super) fn step(session: &mut Session, task: Task) {
    let Some(document) = editable(session) else {
        return;
    };
    let id = document.id();
    ask(session, id, task);
}

/// Changes what the panel of versions shows.
pub(super) fn history(session: &mut Session, change: impl FnOnce(&mut History)) {
    if let Some(document) = session.active_document_mut() {
        change(&mut document.history);
    }
}

/// There is room for one panel at the right.
pub(super) fn show_history(session: &mut Session, is_open: bool) {
    with_document(session, |document| {
        document.history.is_open = is_open;
        if is_open {
            document.statistics.close();
        }
    });
}

pub(super) fn with_document(session: &mut Session, change: impl FnOnce(&mut Document)) {
    if let Some(document) = session.active_document_mut() {
        change(document);
    }
}

/// In the draft of a value first, then in the file.
pub(super) fn undo(session: &mut Session) {
    let document = session.active_document_mut();
    if !document.is_some_and(|document| document.step_value(true)) {
        step(session, Task::Step(Way::Undo));
    }
}

/// See [`undo`].
pub(super) fn redo(session: &mut Session) {
    let document = session.active_document_mut();
    if !document.is_some_and(|document| document.step_value(false)) {
        step(session, Task::Step(Way::Redo));
    }
}

/// Does what the user decided about a question that stood in the way.
pub(super) fn answer(session: &mut Session, answer: Answer) {
    let asking = session
        .documents
        .iter_mut()
        .find_map(|document| Some((document.id(), document.editing.take_question()?)));
    let Some((id, question)) = asking else { return };
    let task = match (question, answer) {
        (Question::Blocked { way, .. }, Answer::Skip) => Task::Skip(way),
        (Question::Blocked { way, .. }, Answer::Force) => Task::Force(way),
        (Question::NotKept { change, .. }, Answer::NewVersion) => {
            Task::Change(change, Keeping::File)
        }
        (Question::NotKept { change, .. }, Answer::WriteOver) => {
            Task::Change(change, Keeping::Memory)
        }
        (Question::Blocked { .. } | Question::NotKept { .. }, _) => return,
    };
    ask(session, id, task);
}

/// Writes a new file; the active one may be for reading only.
pub(super) fn write_new(session: &mut Session, what: NewFile, to: PathBuf) {
    if let Some(id) = session.active {
        let to = std::path::absolute(&to).unwrap_or(to);
        ask(session, id, Task::Write(what, to));
    }
}

/// Writes the draft.
pub(super) fn apply_value(session: &mut Session, over_theirs: bool) {
    let Some(document) = editable(session) else {
        return;
    };
    let id = document.id();
    if let Some(change) = document.apply_value(over_theirs) {
        ask(session, id, Task::Change(change, Keeping::List));
    }
}

/// An action that would lose a draft waits for an answer; what is not about that goes on.
pub(super) fn ask_before_leaving(session: &mut Session, action: Action) -> Option<Action> {
    let id = match &action {
        Action::Close(id) => *id,
        Action::SelectKey(_)
        | Action::MarkKey(..)
        | Action::MoveSelection(_)
        | Action::SetEditing(false)
        | Action::BackToOpened => session.active?,
        _ => return Some(action),
    };
    let Some(document) = session.document_mut(id) else {
        return Some(action);
    };
    let edit = document.value_edit.as_ref();
    let stays = match (&action, edit) {
        (Action::SelectKey(key), Some(edit)) => edit.key() == key,
        _ => false,
    };
    if !document.has_unsaved() || stays {
        return Some(action);
    }
    document.leaving = Some(action);
    None
}

/// The answer.
pub(super) fn leave(session: &mut Session, leave: Leave) {
    let waiting = session
        .documents
        .iter()
        .find(|document| document.leaving().is_some())
        .map(Document::id);
    let Some(id) = waiting else { return };
    let Some(document) = session.document_mut(id) else {
        return;
    };
    match leave {
        Leave::Stay => document.leaving = None,
        Leave::Discard => {
            document.discard_value();
            if let Some(action) = document.leaving.take() {
                super::handle(session, action);
            }
        }
        // What was to be done is done when it is written.
        Leave::Apply => match document.apply_value(false) {
            Some(change) => ask(session, id, Task::Change(change, Keeping::List)),
            None => document.leaving = None,
        },
    }
}

/// Deletes the chosen keys.
pub(super) fn delete_chosen(session: &mut Session) {
    let Some(document) = editable(session) else {
        return;
    };
    let keys = chosen(document);
    if keys.is_empty() {
        return;
    }
    // What comes next in the list, so that deleting one after the other needs no other click.
    let next = document.list.after(&keys);
    document.select_next = next.map(|key| key.to_string());
    change(session, Change::Delete { keys });
}

/// Remembers the chosen keys, to be copied into another file.
pub(super) fn copy(session: &mut Session) {
    let Some(document) = session.active_document() else {
        return;
    };
    let keys = chosen(document);
    if !keys.is_empty() {
        let (id, file) = (document.id(), document.path().to_owned());
        // For other programs.
        session.copied_text = Some(keys.join("\n"));
        session.copied = Some(CopiedKeys {
            document: id,
            file,
            keys,
        });
    }
}

/// Copies what was remembered into the active file.
pub(super) fn paste(session: &mut Session) {
    if let (Some(copied), Some(id)) = (session.copied.clone(), session.active) {
        copy_to(session, &copied, id);
    }
}

/// Copies keys of an open file into another one, or makes copies in the same.
pub(super) fn copy_to(session: &mut Session, copied: &CopiedKeys, to: DocumentId) {
    let Some(document) = session.document(to) else {
        return;
    };
    if !document.editing.is_on() {
        tell_off(session, to);
        return;
    }
    let Some(dataset) = document.dataset() else {
        return;
    };
    let is_same = copied.document == to || document.is_of(&copied.file);
    let mut taken = HashSet::new();
    let mut pairs = Vec::new();
    for key in &copied.keys {
        let mut name = key.clone();
        while dataset.item(&name).is_some() || taken.contains(&name) {
            let next = free_key(dataset, &name);
            if next == name || next.len() > MAX_KEY_LEN {
                break;
            }
            name = next;
        }
        taken.insert(name.clone());
        pairs.push((key.clone(), name));
    }
    let tasks = if is_same {
        let duplicate = |(key, to)| Change::Duplicate { key, to };
        pairs.into_iter().map(duplicate).collect()
    } else {
        vec![Change::CopyFrom {
            file: copied.file.clone(),
            keys: pairs,
        }]
    };
    for change in tasks {
        ask(session, to, Task::Change(change, Keeping::List));
    }
}

fn ask(session: &mut Session, id: DocumentId, task: Task) {
    if let Some(document) = session.document_mut(id) {
        document.editing.ask(task);
    }
    editing::start(session, id);
}

/// The active file, if it can be changed; else the user is told.
fn editable(session: &mut Session) -> Option<&mut Document> {
    let id = session.active?;
    if !session.document(id)?.editing.is_on() {
        tell_off(session, id);
        return None;
    }
    session.document_mut(id)
}

fn tell_off(session: &mut Session, id: DocumentId) {
    let Some(document) = session.document(id) else {
        return;
    };
    let name = document.name();
    let text = match document.editing.mode() {
        EditMode::Refused(why) => format!("{name} cannot be changed: {why}"),
        _ => format!("{name} is open for reading only. Turn on Edit first."),
    };
    session.notices.tell_of(id, NoticeLevel::Warning, text);
}

fn chosen(document: &Document) -> Vec<String> {
    let chosen = document.list.chosen();
    chosen.iter().map(|key| key.to_string()).collect()
}

/// What can be seen to be wrong without the file.
fn refused(document: &Document, change: &Change) -> Option<&'static str> {
    let dataset = document.dataset()?;
    let (key, now) = match change {
        Change::Put {
            key, over: None, ..
        }
        | Change::Import { key, .. }
        | Change::PutEmpty { key, .. }
        | Change::Duplicate { to: key, .. } => (key, None),
        Change::Rename { key, to } => (to, Some(key.as_str())),
        _ => return None,
    };
    let check = editing::check_key(dataset, key, now);
    check.text().filter(|_| !check.is_allowed())
}
