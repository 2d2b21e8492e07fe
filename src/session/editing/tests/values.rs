//! Values that are edited as drafts.

use super::*;

fn set(path: &[usize], literal: &str) -> DraftEdit {
    DraftEdit::Set {
        path: path.to_vec(),
        value: parse_literal(literal).unwrap().into(),
    }
}

/// The case with a dict under `note`, selected and editable.
pub(super) fn case_with_note() -> Case {
    let mut case = case();
    let note = case.put("note", "{'by': 'me', 'when': [1, 2.5]}");
    case.change(note);
    assert_eq!(
        case.document().list().selected().map(|key| &**key),
        Some("note")
    );
    assert_eq!(
        case.document().value_edit().map(ValueEdit::key),
        Some("note")
    );
    case
}

fn change_note(case: &Case, literal: &str) {
    let theirs = value(literal);
    edit(&case.path, &Progress::new(), |editor| {
        editor.put_value("note", Plan::Any, &theirs)
    })
    .unwrap();
}

#[test]
fn a_draft_is_written_as_one_change_when_applied() {
    let mut case = case_with_note();
    case.act(Action::EditValue(vec![
        set(&[0], "'you'"),
        set(&[1, 0], "7"),
    ]));
    assert_eq!(
        case.value("note").as_deref(),
        Some("{'by': 'me', 'when': [1, 2.5]}")
    );
    assert!(case.document().has_unsaved());
    // An undo is one of the draft while there is something in it to undo.
    case.act(Action::Undo);
    case.act(Action::Redo);
    case.act(Action::ApplyValue);
    assert_eq!(
        case.value("note").as_deref(),
        Some("{'by': 'you', 'when': [7, 2.5]}")
    );
    assert!(!case.document().has_unsaved());
    case.act(Action::Undo);
    assert_eq!(
        case.value("note").as_deref(),
        Some("{'by': 'me', 'when': [1, 2.5]}")
    );
    assert!(case.notices().is_empty(), "{:?}", case.notices());
}

#[test]
fn what_cannot_be_done_to_a_draft_is_told_and_changes_nothing() {
    let mut case = case_with_note();
    case.act(Action::EditValue(vec![set(&[9], "1")]));
    let edit = case.document().value_edit().unwrap();
    assert!(edit.refused().is_some());
    assert!(!edit.is_changed() && !edit.can_apply());
    case.act(Action::EditValue(vec![set(&[0], "1")]));
    assert!(case.document().value_edit().unwrap().refused().is_none());
}

#[test]
fn a_value_that_changes_on_disk_while_it_is_edited_is_a_conflict() {
    for over_theirs in [true, false] {
        let mut case = case_with_note();
        case.act(Action::EditValue(vec![set(&[0], "'mine'")]));
        change_note(&case, "'theirs'");
        // Applied before the change was seen: refused, and the draft is kept.
        case.act(Action::ApplyValue);
        assert!(case.notices()[0].contains("Another program changed"));
        let edit = case.document().value_edit().unwrap();
        assert_eq!(edit.state(), DraftState::Conflict);
        assert_eq!(
            edit.draft().value().literal(),
            "{'by': 'mine', 'when': [1, 2.5]}"
        );
        assert_eq!(case.value("note").as_deref(), Some("'theirs'"));
        case.act(Action::ApplyValue);
        assert_eq!(case.value("note").as_deref(), Some("'theirs'"));
        if over_theirs {
            case.act(Action::ApplyOverTheirs);
            assert_eq!(
                case.value("note").as_deref(),
                Some("{'by': 'mine', 'when': [1, 2.5]}")
            );
            // Theirs is in the history, and comes back by an undo.
            case.act(Action::Undo);
        } else {
            case.act(Action::DiscardValue);
        }
        assert_eq!(case.value("note").as_deref(), Some("'theirs'"));
        let edit = case.document().value_edit().unwrap();
        assert_eq!(edit.draft().value().literal(), "'theirs'");
    }
}

#[test]
fn a_key_that_is_deleted_while_it_is_edited_can_be_written_again() {
    let mut case = case_with_note();
    case.act(Action::EditValue(vec![set(&[0], "'mine'")]));
    edit(&case.path, &Progress::new(), |editor| {
        editor.delete("note", Plan::Any)
    })
    .unwrap();
    case.act(Action::ApplyValue);
    assert_eq!(
        case.document().value_edit().unwrap().state(),
        DraftState::Gone
    );
    case.act(Action::ApplyOverTheirs);
    assert_eq!(
        case.value("note").as_deref(),
        Some("{'by': 'mine', 'when': [1, 2.5]}")
    );
}

#[test]
fn leaving_a_changed_value_asks() {
    for (leave, selected, literal) in [
        (Leave::Stay, "note", "'me'"),
        (Leave::Discard, "wavelengths", "'me'"),
        (Leave::Apply, "wavelengths", "'mine'"),
    ] {
        let mut case = case_with_note();
        case.act(Action::EditValue(vec![set(&[0], "'mine'")]));
        case.act(Action::SelectKey("wavelengths".to_owned()));
        assert!(case.document().leaving().is_some());
        assert_eq!(
            case.document().list().selected().map(|key| &**key),
            Some("note")
        );
        case.act(Action::Leave(leave));
        assert!(case.document().leaving().is_none());
        assert_eq!(
            case.document().list().selected().map(|key| &**key),
            Some(selected)
        );
        let note = case.value("note").unwrap();
        assert_eq!(note, format!("{{'by': {literal}, 'when': [1, 2.5]}}"));
        assert_eq!(case.document().has_unsaved(), leave == Leave::Stay);
    }
}

#[test]
fn closing_with_a_changed_value_asks() {
    let mut case = case_with_note();
    case.act(Action::EditValue(vec![set(&[0], "'mine'")]));
    let id = case.document().id();
    case.act(Action::Close(id));
    assert_eq!(case.session.documents().len(), 1);
    case.act(Action::Leave(Leave::Apply));
    assert!(case.session.documents().is_empty());
    let dataset = Dataset::open(&case.path, &Progress::new()).unwrap();
    let note = state_of(&dataset)
        .into_iter()
        .find(|(key, _)| key == "note");
    assert_eq!(note.unwrap().1, "{'by': 'mine', 'when': [1, 2.5]}");
}

#[test]
fn a_full_disk_or_a_file_that_vanished_keeps_the_draft() {
    let mut case = case_with_note();
    case.act(Action::EditValue(vec![set(&[0], "'mine'")]));
    let away = case.folder.path().join("away");
    std::fs::rename(&case.path, &away).unwrap();
    case.act(Action::ApplyValue);
    assert!(
        case.notices()[0].contains("File not found"),
        "{:?}",
        case.notices()
    );
    let edit = case.document().value_edit().unwrap();
    assert!(edit.draft().is_changed());
    std::fs::rename(&away, &case.path).unwrap();
    case.act(Action::ApplyValue);
    assert_eq!(
        case.value("note").as_deref(),
        Some("{'by': 'mine', 'when': [1, 2.5]}")
    );
}

/// Between the writing and the reading of the changed file, the value before must not come back as a draft: what would be
/// typed then would be lost, or would bring it back.
#[test]
fn no_draft_of_the_value_before_is_made_while_the_file_is_read_again() {
    let mut case = case_with_note();
    for number in 0..20 {
        let literal = format!("'mine {number}'");
        case.act(Action::EditValue(vec![set(&[0], &literal)]));
        case.session.apply(Action::ApplyValue);
        let deadline = std::time::Instant::now() + TIMEOUT;
        loop {
            case.session.take_in();
            let edit = case.document().value_edit();
            let edit = edit.expect("the value stays on the screen");
            let text = edit.draft().value().literal();
            assert!(
                text.contains(&literal),
                "{text} after {number}, {:?}",
                edit.state()
            );
            if edit.state() == DraftState::Open {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "it is not written");
            std::thread::yield_now();
        }
        assert!(case.session.settle(TIMEOUT));
    }
}
