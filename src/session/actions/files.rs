//! Opening and closing.

use crate::session::Session;
use crate::session::document::{Document, DocumentId, DocumentState, Feeds, Show};
use std::path::Path;

/// Opens a file in a job; goes to it if it is open.
pub(super) fn open(session: &mut Session, path: &Path, show: Show) {
    // No look at the disk: the job finds out what links point to.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = session
        .documents
        .iter_mut()
        .find(|document| document.is_of(&path));
    if let Some(document) = known {
        let id = document.id();
        document.show = show;
        let has_failed = matches!(document.state, DocumentState::Failed(_));
        activate(session, id);
        if has_failed {
            retry(session, id);
        } else {
            session.apply_show(id);
        }
        return;
    }
    let id = session.new_document_id();
    session.documents.push(Document::new(id, path, show));
    activate(session, id);
    session.start_open(id);
}

/// Closes a file. What its jobs bring is dropped when it comes.
pub(super) fn close(session: &mut Session, id: DocumentId) {
    let Some(position) = session
        .documents
        .iter()
        .position(|document| document.id() == id)
    else {
        return;
    };
    let document = session.documents.remove(position);
    session.forget(document);
    if session.active == Some(id) {
        // The neighbour, so that closing several in a row needs no other click.
        let next = position.min(session.documents.len().saturating_sub(1));
        session.active = session.documents.get(next).map(Document::id);
    }
}

/// Goes to a file. Only the active one keeps its picture: memory does not grow with the number of files.
pub(super) fn activate(session: &mut Session, id: DocumentId) {
    if session.active == Some(id) || session.document(id).is_none() {
        return;
    }
    if let Some(document) = session.active_document_mut() {
        document.feeds = Feeds::default();
        let left = document.id();
        session.cancel_reading(left);
    }
    session.active = Some(id);
}

/// What could be saved of a file that could not be opened.
pub(super) fn rescue(session: &mut Session, is_shown: bool) {
    if let Some(document) = session.active_document_mut() {
        document.is_rescuing = is_shown;
    }
}

/// Opens again what could not be opened, reads again what could not be read.
pub(super) fn retry(session: &mut Session, id: DocumentId) {
    let Some(document) = session.document_mut(id) else {
        return;
    };
    match document.state {
        DocumentState::Failed(_) => {
            document.feeds.forget_failures();
            document.state = DocumentState::Opening;
            session.start_open(id);
        }
        DocumentState::Open(_) => document.feeds.forget_failures(),
        DocumentState::Opening => {}
    }
}
