//! Random sequences of changes, compared with a dict after each.

use cubescope::dataset::check::{Severity, check};
use cubescope::mmapdict::{
    ArrayHead, EditError, Editor, EntryState, Index, Payload, Piece, Plan, compact, is_freed, punch,
};
use cubescope::pickle::ValueBuilder;
use cubescope::progress::Progress;
use cubescope::source::{ByteSource as _, MemoryStore};
use proptest::prelude::*;
use std::collections::BTreeMap;

const EMPTY: &[u8] =
    b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(\x95\x02\0\0\0\0\0\0\0d.";

#[derive(Debug, Clone)]
enum Operation {
    PutText(usize, String),
    PutArray(usize, usize),
    Delete(usize),
    Restore(usize),
    Rename(usize, usize),
    Duplicate(usize, usize),
    Punch,
    Compact,
}

/// Short names so that they meet, of equal and of different lengths.
const KEYS: [&str; 6] = ["a", "b", "scan-00000", "scan-00001", "größe", ""];

fn operation() -> impl Strategy<Value = Operation> {
    let key = 0..KEYS.len();
    prop_oneof![
        4 => (key.clone(), "\\PC{0,30}").prop_map(|(key, text)| Operation::PutText(key, text)),
        2 => (key.clone(), 0..9000_usize).prop_map(|(key, len)| Operation::PutArray(key, len)),
        2 => key.clone().prop_map(Operation::Delete),
        2 => key.clone().prop_map(Operation::Restore),
        2 => (key.clone(), key.clone()).prop_map(|(key, to)| Operation::Rename(key, to)),
        2 => (key.clone(), key).prop_map(|(key, to)| Operation::Duplicate(key, to)),
        1 => Just(Operation::Punch),
        1 => Just(Operation::Compact),
    ]
}

/// What a dict and its history would hold.
#[derive(Default)]
struct Model {
    live: BTreeMap<String, Vec<u8>>,
    /// Dead versions, as key and place in the file: the later counts first.
    dead: Vec<(u64, String, Vec<u8>)>,
    places: BTreeMap<String, u64>,
}

impl Model {
    fn kill(&mut self, key: &str) {
        if let (Some(value), Some(at)) = (self.live.remove(key), self.places.remove(key)) {
            self.dead.push((at, key.to_owned(), value));
            self.dead.sort();
        }
    }

    fn put(&mut self, key: &str, value: Vec<u8>, at: u64) {
        self.kill(key);
        self.live.insert(key.to_owned(), value);
        self.places.insert(key.to_owned(), at);
    }
}

fn value_bytes(store: &MemoryStore, range: std::ops::Range<u64>) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap()];
    store.read_at(range.start, &mut bytes).unwrap();
    bytes
}

fn live(store: &MemoryStore) -> BTreeMap<String, Vec<u8>> {
    let index = Index::read(store, &Progress::new()).unwrap();
    assert_eq!(
        (&index.damage, index.trailing, &index.unfinished),
        (&None, 0, &None)
    );
    let live = index
        .entries
        .iter()
        .filter(|entry| entry.state == EntryState::Live);
    live.map(|entry| {
        let key = String::from_utf8(entry.key.to_vec()).unwrap();
        (key, value_bytes(store, entry.value_range()))
    })
    .collect()
}

/// Carries an operation out, on the file and on the model.
fn apply(store: &mut MemoryStore, model: &mut Model, operation: &Operation) {
    let progress = Progress::new();
    if matches!(operation, Operation::Compact | Operation::Punch) {
        return free(store, model, operation);
    }
    let mut editor = Editor::new(store, &progress).unwrap();
    let name = |key: &usize| KEYS[*key];
    match operation {
        Operation::PutText(key, text) => {
            let mut builder = ValueBuilder::new();
            let text = builder.str(text);
            let root = builder.list(vec![text, text]);
            let value = builder.finish(root).unwrap();
            let done = editor.put_value(name(key), Plan::Any, &value).unwrap();
            let entry = done.entry.unwrap();
            model.put(
                name(key),
                value_bytes(store, entry.value_range()),
                entry.offset,
            );
        }
        Operation::PutArray(key, len) => {
            let shape = [*len as u64];
            let head = ArrayHead {
                dtype: "uint8",
                shape: &shape,
            };
            let array = Payload::array(head, Piece::Bytes(vec![9; *len]), None).unwrap();
            let entry = editor
                .put(name(key), Plan::Any, array)
                .unwrap()
                .entry
                .unwrap();
            model.put(
                name(key),
                value_bytes(store, entry.value_range()),
                entry.offset,
            );
        }
        Operation::Delete(key) => match editor.delete(name(key), Plan::Any) {
            Ok(_) => {
                assert!(model.live.contains_key(name(key)));
                model.kill(name(key));
            }
            Err(err) => {
                assert!(
                    matches!(err, EditError::NoKey(_)) && !model.live.contains_key(name(key)),
                    "{err}"
                );
            }
        },
        Operation::Restore(key) => {
            let place = model
                .dead
                .iter()
                .rposition(|(_, dead, _)| dead == name(key));
            match (editor.restore(name(key), None, Plan::Any), place) {
                (Ok(done), Some(place)) => {
                    let (at, key, value) = model.dead.remove(place);
                    assert_eq!(done.entry.unwrap().offset, at);
                    model.put(&key, value, at);
                }
                (Err(EditError::NothingToRestore(_) | EditError::Freed(_)), None) => {}
                (result, place) => panic!("{result:?}, expected {place:?}"),
            }
        }
        Operation::Rename(key, to) => match editor.rename(name(key), name(to), Plan::Any) {
            Ok(done) => {
                assert!(!model.live.contains_key(name(to)));
                let value = model.live[name(key)].clone();
                if name(key).len() == name(to).len() {
                    model.live.remove(name(key));
                    model.places.remove(name(key));
                } else {
                    model.kill(name(key));
                }
                model.put(name(to), value, done.entry.unwrap().offset);
            }
            Err(EditError::NoKey(_)) => assert!(!model.live.contains_key(name(key))),
            Err(EditError::KeyExists(_)) => assert!(model.live.contains_key(name(to))),
            Err(err) => panic!("{err}"),
        },
        Operation::Duplicate(key, to) => match editor.duplicate(name(key), name(to), Plan::Any) {
            Ok(done) => {
                let value = model.live[name(key)].clone();
                model.put(name(to), value, done.entry.unwrap().offset);
            }
            Err(EditError::NoKey(_)) => assert!(!model.live.contains_key(name(key))),
            Err(EditError::KeyExists(_)) => assert!(model.live.contains_key(name(to))),
            Err(err) => panic!("{err}"),
        },
        Operation::Punch | Operation::Compact => {}
    }
}

/// Frees space, in the file and in the model.
fn free(store: &mut MemoryStore, model: &mut Model, operation: &Operation) {
    let progress = Progress::new();
    if let Operation::Compact = operation {
        let index = Index::read(store, &progress).unwrap();
        let target = MemoryStore::default();
        compact(store, &index, &target, &progress).unwrap();
        *store = target;
        model.dead.clear();
        let index = Index::read(store, &progress).unwrap();
        for entry in &index.entries {
            let key = String::from_utf8(entry.key.to_vec()).unwrap();
            model.places.insert(key, entry.offset);
        }
    } else {
        punch(store, &progress).unwrap();
        // What was freed is not restored any more; only what is long is.
        let index = Index::read(store, &progress).unwrap();
        model.dead.retain(|(at, _, value)| {
            let freed = is_freed(index.at(*at).unwrap());
            assert!(!freed || value.len() > 4096);
            !freed
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changes_do_what_a_dict_does(operations in proptest::collection::vec(operation(), 1..40)) {
        let mut store = MemoryStore::new(EMPTY.to_vec());
        let mut model = Model::default();
        let file = tempfile::NamedTempFile::new().unwrap();
        for operation in &operations {
            let before = Index::read(&store, &Progress::new()).unwrap().commit;
            let unchanged = store.bytes();
            apply(&mut store, &mut model, operation);
            prop_assert_eq!(&live(&store), &model.live, "{:?}", operation);
            // Whoever looks at the commit number sees each change of the contents.
            let index = Index::read(&store, &Progress::new()).unwrap();
            if !matches!(operation, Operation::Punch) {
                prop_assert_eq!(index.commit == before, store.bytes() == unchanged, "{:?}", operation);
            }
            // The file is one pickle: it decodes as a whole.
            let (root, end) = cubescope::pickle::decode_pickle(&store, &cubescope::pickle::Limits::FULL, &Progress::new()).unwrap();
            prop_assert_eq!(end, store.len());
            prop_assert_eq!(root.child_count(root.root()), model.live.len());
            std::fs::write(file.path(), store.bytes()).unwrap();
            let mut findings = check(file.path(), &Progress::new()).unwrap();
            findings.retain(|finding| finding.severity > Severity::Note);
            prop_assert!(findings.is_empty(), "{:?}: {:?}", operation, findings);
        }
    }
}

#[test]
fn what_python_refuses_is_not_written() {
    let store = MemoryStore::new(EMPTY.to_vec());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    editor
        .put(
            "a",
            Plan::Any,
            Payload {
                pieces: vec![Piece::Bytes(b"N".to_vec())],
                memo: 1,
            },
        )
        .unwrap();
    let before = store.bytes();
    // As a draft may hold it.
    let mut builder = ValueBuilder::new();
    let class = builder.global("decimal", "Decimal");
    let text = builder.str("no number");
    let refused = builder.call(class, vec![text]);
    let value = builder.finish(refused).unwrap();
    let error = editor.put_value("b", Plan::Any, &value).unwrap_err();
    assert!(matches!(error, EditError::Refused(_)), "{error}");
    assert_eq!(store.bytes(), before);
    // As it comes from another file.
    let opcodes = b"cdecimal\nDecimal\n\x8c\x01x\x85R";
    let payload = Payload {
        pieces: vec![Piece::Bytes(opcodes.to_vec())],
        memo: 1,
    };
    let error = editor.put("b", Plan::Any, payload).unwrap_err();
    assert!(matches!(error, EditError::Refused(_)), "{error}");
    assert_eq!(store.bytes(), before);
}
