//! Undo that nothing stands in the way of, or something does: other programs, a moved file, a folder that cannot be written.

use super::super::{Answer, Question};
use super::*;
use crate::session::editing::Cleared;

/// Another program puts a value.
fn theirs(case: &Case, key: &str, literal: &str) {
    let value = value(literal);
    edit(&case.path, &Progress::new(), |editor| {
        editor.put_value(key, Plan::Any, &value)
    })
    .unwrap();
}

fn question(case: &Case) -> Option<&Question> {
    case.document().editing().question()
}

fn steps(case: &Case) -> (usize, usize) {
    let journal = case.document().editing().journal();
    (journal.position(), journal.steps().len())
}

/// Position and bytes of the first two cells of an array.
fn first_cells(case: &Case) -> (u64, Vec<u8>) {
    let item = case.document().dataset().unwrap().item("scan-00000");
    let at = item.unwrap().layout().unwrap().data_offset;
    let bytes = std::fs::read(&case.path).unwrap();
    (at, bytes[at as usize..][..4].to_vec())
}

fn overwrite(case: &Case, new: &[u8]) -> Change {
    let item = case.document().dataset().unwrap().item("scan-00000");
    let item = item.unwrap();
    Change::Overwrite {
        key: item.key.clone(),
        over: Place::of_item(item),
        patches: vec![(item.layout().unwrap().data_offset, new.to_vec())],
        what: "2 cells".to_owned(),
    }
}

fn mask_all(case: &Case, key: &str) -> Change {
    let item = case.document().dataset().unwrap().item(key).unwrap();
    Change::Mask {
        key: key.to_owned(),
        over: Place::of_item(item),
        plane: crate::dataset::MaskPlane {
            y: 0,
            x: 1,
            bands: None,
            at: vec![0, 0],
        },
        pixels: crate::session::editing::MaskPixels::Values {
            values: crate::analysis::Values::NotFinite,
            at: vec![0, 0],
        },
        paint: crate::dataset::Paint::Mask,
    }
}

#[test]
fn a_step_that_another_program_blocks_is_skipped_and_the_rest_is_undone() {
    let mut case = case();
    let before = case.value("wavelengths");
    case.change(Change::Delete {
        keys: vec!["wavelengths".to_owned()],
    });
    let mine = case.put("description", "'mine'");
    case.change(mine);
    theirs(&case, "description", "'theirs'");
    case.act(Action::Undo);
    let Some(Question::Blocked { why, can_force, .. }) = question(&case) else {
        panic!("{:?}", question(&case));
    };
    assert!(why.contains("Another program changed") && *can_force);
    case.act(Action::Answer(Answer::Skip));
    assert_eq!((question(&case), steps(&case)), (None, (1, 1)));
    case.act(Action::Undo);
    assert_eq!(case.value("wavelengths"), before);
    assert_eq!(case.value("description").as_deref(), Some("'theirs'"));
    assert!(case.notices().is_empty(), "{:?}", case.notices());
}

#[test]
fn a_blocked_step_is_undone_all_the_same_and_theirs_comes_back_by_redo() {
    let mut case = case();
    let old = case.value("description");
    let mine = case.put("description", "'mine'");
    case.change(mine);
    theirs(&case, "description", "'theirs'");
    case.act(Action::Undo);
    case.act(Action::Answer(Answer::Force));
    assert_eq!(case.value("description"), old);
    assert_eq!(steps(&case), (0, 1));
    case.act(Action::Redo);
    assert_eq!(case.value("description").as_deref(), Some("'theirs'"));
    case.act(Action::Undo);
    assert_eq!(case.value("description"), old);
    // An answer that nothing asked for does nothing.
    case.act(Action::Answer(Answer::Force));
    case.act(Action::Answer(Answer::NewVersion));
    assert_eq!(steps(&case), (0, 1));
}

#[test]
fn cells_that_another_program_wrote_are_kept_as_a_version_when_mine_come_back() {
    let mut case = case();
    let (at, old) = first_cells(&case);
    let new: Vec<u8> = old.iter().map(|byte| !byte).collect();
    case.change(overwrite(&case, &new));
    let mut file = std::fs::read(&case.path).unwrap();
    file[at as usize] = 77;
    file[at as usize + 1000] = 99;
    std::fs::write(&case.path, &file).unwrap();
    case.act(Action::Undo);
    assert!(matches!(question(&case), Some(Question::Blocked { .. })));
    case.act(Action::Answer(Answer::Force));
    let (now_at, now) = first_cells(&case);
    assert_ne!(now_at, at, "a version of its own");
    assert_eq!(now, old);
    let file = std::fs::read(&case.path).unwrap();
    assert_eq!(
        file[now_at as usize + 1000],
        99,
        "what they wrote elsewhere"
    );
    assert_eq!(file[at as usize], 77, "theirs is still there");
    case.act(Action::Redo);
    assert_eq!(first_cells(&case).0, at);
}

#[test]
fn a_renaming_is_undone_although_the_key_was_replaced() {
    for to in ["descriptioN", "another name"] {
        let mut case = case();
        let old = case.value("description");
        case.change(rename("description", to));
        theirs(&case, to, "'theirs'");
        case.act(Action::Undo);
        case.act(Action::Answer(Answer::Force));
        assert_eq!(case.value("description"), old, "{to}");
        assert!(case.notices().is_empty(), "{:?}", case.notices());
    }
}

#[test]
fn compacting_clears_the_undo_list_and_it_says_so() {
    let mut case = case();
    let mine = case.put("description", "'mine'");
    case.change(mine);
    case.act(Action::FreeSpace(VacuumWay::Punch));
    assert_eq!(steps(&case), (1, 1), "holes leave values alone");
    case.act(Action::FreeSpace(VacuumWay::Copy));
    let cleared = |case: &Case| case.document().editing().journal().cleared();
    assert_eq!(
        (steps(&case), cleared(&case)),
        ((0, 0), Some(Cleared::Compacted))
    );
    case.session = open(&case.folder, &case.path);
    assert_eq!(cleared(&case), Some(Cleared::Compacted));
    // What the list could not undo before is not lost by compacting.
    case.session = open(&case.folder, &case.path);
    case.act(Action::SetEditing(true));
    case.act(Action::FreeSpace(VacuumWay::InPlace));
    assert_eq!(cleared(&case), Some(Cleared::Compacted));
}

#[test]
fn a_step_whose_data_was_freed_can_be_skipped_only() {
    let mut case = case();
    case.change(Change::Delete {
        keys: vec!["scan-00000".to_owned()],
    });
    case.act(Action::FreeSpace(VacuumWay::Punch));
    case.act(Action::Undo);
    let Some(Question::Blocked { can_force, .. }) = question(&case) else {
        panic!("{:?} {:?}", question(&case), case.notices());
    };
    assert!(!can_force);
    case.act(Action::Answer(Answer::Skip));
    assert_eq!(steps(&case), (0, 0));
}

#[test]
fn cells_are_undone_after_the_file_was_closed_and_moved() {
    let mut case = case();
    let (_, old) = first_cells(&case);
    case.change(overwrite(&case, &[1, 2, 3, 4]));
    let moved = case.folder.path().join("elsewhere");
    std::fs::create_dir(&moved).unwrap();
    let moved = moved.join("renamed.mmdpickle");
    std::fs::rename(&case.path, &moved).unwrap();
    case.session = open(&case.folder, &moved);
    case.path = moved;
    case.act(Action::SetEditing(true));
    case.act(Action::Undo);
    assert_eq!(first_cells(&case).1, old);
    // To another disk: another inode.
    case.act(Action::Redo);
    let copied = case.folder.path().join("copied.mmdpickle");
    std::fs::copy(&case.path, &copied).unwrap();
    std::fs::remove_file(&case.path).unwrap();
    case.session = open(&case.folder, &copied);
    case.path = copied;
    case.act(Action::SetEditing(true));
    assert_eq!(first_cells(&case).1, [1, 2, 3, 4]);
    case.act(Action::Undo);
    assert_eq!(first_cells(&case).1, old);
}

/// The undo lists cannot be written: a file stands where their folder would be.
fn without_lists() -> Case {
    let case = case();
    std::fs::write(case.folder.path().join("program/changes"), "in the way").unwrap();
    case
}

#[test]
fn cells_whose_undo_cannot_be_kept_are_not_overwritten_unasked() {
    let mut case = without_lists();
    let (at, old) = first_cells(&case);
    let new = [1, 2, 3, 4];
    case.change(overwrite(&case, &new));
    assert_eq!(first_cells(&case), (at, old.clone()));
    let Some(Question::NotKept { why, .. }) = question(&case) else {
        panic!("{:?}", question(&case));
    };
    assert!(why.contains("cannot be kept for undo"), "{why}");
    assert_eq!(steps(&case), (0, 0));
    case.act(Action::Answer(Answer::Cancel));
    assert_eq!((first_cells(&case).1, question(&case)), (old.clone(), None));
    // In a version of its own, nothing is lost that would have to be kept.
    case.change(overwrite(&case, &new));
    case.act(Action::Answer(Answer::NewVersion));
    let (now_at, now) = first_cells(&case);
    assert!(now_at != at && now == new);
    let bytes = std::fs::read(&case.path).unwrap();
    assert_eq!(bytes[at as usize..][..4], old);
    case.act(Action::Undo);
    assert_eq!(first_cells(&case), (at, old.clone()));
    // Or in place, as long as the program runs, which is told.
    case.change(overwrite(&case, &new));
    case.act(Action::Answer(Answer::WriteOver));
    assert_eq!(first_cells(&case), (at, new.to_vec()));
    let notices = case.notices().join("\n");
    assert!(
        notices.contains("only until the file is closed"),
        "{notices}"
    );
    case.act(Action::Undo);
    assert_eq!(first_cells(&case), (at, old));
}

#[test]
fn a_mask_whose_undo_cannot_be_kept_is_painted_in_a_new_version() {
    let mut case = case();
    case.change(Change::PutEmpty {
        key: "m".to_owned(),
        dtype: "float64".to_owned(),
        shape: vec![3, 4],
        masked: true,
    });
    let key = "m";
    let item = case.document().dataset().unwrap().item(key).unwrap();
    let (data, mask) = (
        item.layout().unwrap().data_offset,
        item.layout().unwrap().mask.as_ref().unwrap().data_offset,
    );
    let mut bytes = std::fs::read(&case.path).unwrap();
    bytes[data as usize..][..8].copy_from_slice(&f64::NAN.to_le_bytes());
    std::fs::write(&case.path, bytes).unwrap();
    std::fs::remove_dir_all(case.folder.path().join("program/changes")).unwrap();
    std::fs::write(case.folder.path().join("program/changes"), "in the way").unwrap();
    case.change(mask_all(&case, key));
    assert!(matches!(question(&case), Some(Question::NotKept { .. })));
    case.act(Action::Answer(Answer::NewVersion));
    let item = case.document().dataset().unwrap().item(key).unwrap();
    let now = item.layout().unwrap().mask.as_ref().unwrap().data_offset;
    let bytes = std::fs::read(&case.path).unwrap();
    assert_eq!((bytes[mask as usize], bytes[now as usize]), (0, 1));
}

#[test]
fn many_keys_are_deleted_and_come_back_in_turns() {
    let mut case = case();
    let before = case.state();
    let progress = Progress::new();
    edit(&case.path, &progress, |editor| {
        for number in 0..300 {
            editor.put_value(&format!("n{number}"), Plan::Absent, &value("1"))?;
        }
        Ok(())
    })
    .unwrap();
    case.act(Action::SetEditing(true));
    let keys: Vec<String> = (0..300).map(|number| format!("n{number}")).collect();
    // All or none: one that is not there stops before the first.
    let mut with_missing = keys.clone();
    with_missing.push("not there".to_owned());
    case.change(Change::Delete { keys: with_missing });
    assert!(case.value("n0").is_some() && steps(&case) == (0, 0));
    case.change(Change::Delete { keys });
    assert_eq!(case.state(), before);
    assert_eq!(steps(&case), (1, 1));
    case.act(Action::Undo);
    assert_eq!(case.state().len(), before.len() + 300);
    case.act(Action::Redo);
    assert_eq!(case.state(), before);
}

#[cfg(unix)]
#[test]
fn settings_and_undo_lists_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    std::fs::create_dir_all(program.join("changes")).unwrap();
    for open in [&program, &program.join("changes")] {
        std::fs::set_permissions(open, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut case = case();
    case.session = open(&folder, &case.path);
    case.act(Action::SetEditing(true));
    case.change(overwrite(&case, &[1, 2, 3, 4]));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&program), 0o700);
    assert_eq!(mode(&program.join("changes")), 0o700);
    let lists = std::fs::read_dir(program.join("changes"))
        .unwrap()
        .flatten();
    let lists: Vec<_> = lists.map(|list| mode(&list.path())).collect();
    assert_eq!(lists, [0o600]);
    assert_eq!(mode(&program.join("settings.json")), 0o600);
}
