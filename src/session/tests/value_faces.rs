//! Values as timelines and tables, and what they would run.

use super::*;
use crate::session::editing::Change;
use crate::session::value_faces::ValueFace;

fn select(session: &mut Session, key: &str) {
    act(session, Action::SelectKey(key.to_owned()));
}

#[test]
fn steps_are_a_timeline_until_another_face_is_chosen() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    select(&mut session, "processing_steps");
    assert_eq!(active(&session).value_face(), ValueFace::Timeline);
    let faces = active(&session).feeds().faces().shown().expect("faces");
    let steps = &faces.timeline.as_ref().expect("a timeline").steps;
    let titles: Vec<&str> = steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(titles, ["crop", "mask"]);
    act(&mut session, Action::SetValueFace(ValueFace::Tree));
    select(&mut session, "description");
    assert_eq!(active(&session).value_face(), ValueFace::Tree);
    // One that the value does not have is as if none was chosen.
    act(&mut session, Action::SetValueFace(ValueFace::Timeline));
    assert_eq!(active(&session).value_face(), ValueFace::Tree);
    select(&mut session, "processing_steps");
    assert_eq!(active(&session).value_face(), ValueFace::Tree, "it is kept");
    act(&mut session, Action::SetValueFace(ValueFace::Timeline));
    assert_eq!(active(&session).value_face(), ValueFace::Timeline);
    act(&mut session, Action::SetEditing(true));
    assert!(active(&session).value_edit().is_some());
    assert_eq!(
        active(&session).value_face(),
        ValueFace::Timeline,
        "until something is changed"
    );
    act(&mut session, Action::SetEditing(false));
    assert_eq!(active(&session).value_face(), ValueFace::Timeline);
}

#[test]
fn parameters_of_scans_stand_beside_each_other() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    select(&mut session, "scan-00000-p");
    assert_eq!(active(&session).value_face(), ValueFace::Table);
    let found = active(&session)
        .feeds()
        .comparison()
        .shown()
        .expect("a table");
    assert_eq!(found.keys, ["scan-00000-p"]);
    act(&mut session, Action::SetEditing(true));
    for (key, literal) in [
        (
            "scan-00001-p",
            "{'sensor': 'AVIRIS', 'site': 'elsewhere', 'gain': 2}",
        ),
        ("scan-00010-p", "{'sensor': 'AVIRIS'}"),
        ("white-00000-p", "{'sensor': 'other'}"),
        ("scan-00002-p", "[1, 2]"),
    ] {
        let value = crate::pickle::parse_literal(literal).expect("a literal");
        act(
            &mut session,
            Action::Change(Change::Put {
                key: key.to_owned(),
                value: value.into(),
                over: None,
            }),
        );
    }
    act(&mut session, Action::SetEditing(false));
    select(&mut session, "scan-00001-p");
    let found = active(&session)
        .feeds()
        .comparison()
        .shown()
        .expect("a table");
    assert_eq!(found.keys, ["scan-00000-p", "scan-00001-p", "scan-00010-p"]);
    assert_eq!((found.selected, found.left_out), (1, 0));
    let row = |name: &str| {
        found
            .rows
            .iter()
            .find(|row| row.name == name)
            .expect("a row")
    };
    assert!(!row("sensor").differs && row("site").differs && row("gain").differs);
    let site = row("site").cells[1]
        .as_ref()
        .map(|field| field.text.as_str());
    assert_eq!(site, Some("elsewhere"));
    assert!(row("gain").cells[0].is_none());
    // Another key of the same kind has the same table, which is read for it anew.
    select(&mut session, "scan-00010-p");
    let found = active(&session)
        .feeds()
        .comparison()
        .shown()
        .expect("a table");
    assert_eq!(found.selected, 2);
    select(&mut session, "description");
    assert!(active(&session).feeds().comparison().shown().is_none());
}

#[test]
fn what_python_would_run_is_named_when_the_file_opens_and_at_the_value() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/corpus/malicious");
    for (file, name) in [
        ("value_os_system.mmd", "system"),
        ("value_popen.mmd", "Popen"),
        ("value_eval.mmd", "builtins.eval"),
        ("value_nested.mmd", "system"),
    ] {
        let mut session = session_with(&corpus.join(file));
        let told = session
            .notices()
            .iter()
            .any(|notice| notice.level == NoticeLevel::Warning && notice.text.contains(name));
        assert!(told, "{file}: {:?}", session.notices());
        let dataset = active(&session).dataset().expect("it is open");
        let dangerous: Vec<String> = dataset
            .items()
            .filter(|item| item.calls.is_some())
            .map(|item| item.key.clone())
            .collect();
        assert!(!dangerous.is_empty(), "{file}");
        for key in dangerous {
            select(&mut session, &key);
            let calls = active(&session).feeds().faces().shown();
            let calls = calls.and_then(|faces| faces.calls.as_deref());
            assert!(
                calls.is_some_and(|calls| calls.contains(name)),
                "{file} {key} {calls:?}"
            );
        }
    }
}
