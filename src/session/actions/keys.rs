//! The list of keys.

use crate::session::Session;
use crate::session::key_list::{KeyOrder, Mark};

/// Selects a key that is in the file.
pub(super) fn select(session: &mut Session, key: &str) {
    let Some(document) = session.active_document_mut() else {
        return;
    };
    if document
        .dataset()
        .is_some_and(|dataset| dataset.item(key).is_some())
    {
        document.list.clear_marks();
        document.select(key);
        document.follow_in_opcodes();
    }
}

pub(super) fn move_selection(session: &mut Session, by: isize) {
    let key = session
        .active_document()
        .and_then(|document| document.list().neighbour(by));
    if let Some(key) = key {
        select(session, &key);
    }
}

/// Chooses a key together with others; the last one is shown.
pub(super) fn mark(session: &mut Session, key: &str, mark: Mark) {
    let Some(document) = session.active_document_mut() else {
        return;
    };
    document.list.mark(key, mark);
    if document.list.is_marked(key) && document.item_of(key).is_some() {
        document.select(key);
        document.follow_in_opcodes();
    }
}

pub(super) fn mark_all(session: &mut Session) {
    if let Some(document) = session.active_document_mut() {
        document.list.mark_all();
    }
}

pub(super) fn set_filter(session: &mut Session, filter: String) {
    if let Some(document) = session.active_document_mut() {
        document.list.set_filter(filter);
    }
}

pub(super) fn set_order(session: &mut Session, order: KeyOrder) {
    if let Some(document) = session.active_document_mut() {
        document.list.set_order(order);
    }
}

pub(super) fn toggle_family(session: &mut Session, head: &str) {
    if let Some(document) = session.active_document_mut() {
        document.list.toggle_family(head);
    }
}
