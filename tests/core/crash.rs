//! A change that is cut off after every byte it writes: the file is as before or as after, for us and for plain `pickle.load`.
//!
//! With `CUBESCOPE_CUTS=FOLDER` every state is saved there, so that Python's own readers can be tried on them.

use cubescope::array::{ArrayLayout, DType, MaskLayout, Outline};
use cubescope::dataset::{MaskBands, MaskPlane, Paint, fills, set_mask};
use cubescope::mmapdict::{
    self, ArrayHead, EditError, Editor, EntryState, Index, Payload, Piece, Plan, TERMINATOR,
    VacuumWay,
};
use cubescope::pickle::{Limits, Node, Opcode, decode_pickle, scan};
use cubescope::progress::Progress;
use cubescope::source::{ByteSource as _, MemoryStore, Store as _};
use std::collections::BTreeMap;

pub(crate) type State = BTreeMap<String, Vec<u8>>;

pub(crate) const EMPTY: &[u8] =
    b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(\x95\x02\0\0\0\0\0\0\0d.";

/// Opcodes of a value.
pub(crate) fn payload(opcodes: &[u8]) -> Payload<'static> {
    Payload {
        pieces: vec![Piece::Bytes(opcodes.to_vec())],
        memo: 1,
    }
}

/// A text of so many bytes.
pub(crate) fn text(len: usize) -> Vec<u8> {
    let mut opcodes = b"X".to_vec();
    opcodes.extend(u32::try_from(len).unwrap().to_le_bytes());
    opcodes.extend((0..len).map(|at| b'a' + u8::try_from(at % 26).unwrap()));
    opcodes
}

/// A file with live, replaced and deleted entries.
pub(crate) fn base() -> Vec<u8> {
    let store = MemoryStore::new(EMPTY.to_vec());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    editor.put("first", Plan::Any, payload(b"K\x05")).unwrap();
    editor.put("other", Plan::Any, payload(&text(40))).unwrap();
    editor.put("first", Plan::Any, payload(b"K\x06")).unwrap();
    editor.put("gone", Plan::Any, payload(b"N")).unwrap();
    editor.put("last", Plan::Any, payload(&text(300))).unwrap();
    editor.delete("gone", Plan::Any).unwrap();
    store.bytes()
}

pub(crate) fn state(bytes: &[u8]) -> State {
    let source = MemoryStore::new(bytes.to_vec());
    let index = Index::read(&source, &Progress::new()).unwrap();
    let live = index
        .entries
        .iter()
        .filter(|entry| entry.state == EntryState::Live);
    live.map(|entry| {
        let range = entry.value_range();
        let value = bytes
            [usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
            .to_vec();
        (String::from_utf8(entry.key.to_vec()).unwrap(), value)
    })
    .collect()
}

/// The keys that plain `pickle.load` gives: all opcodes up to STOP, and frames that must not reach past the end.
pub(crate) fn plain_keys(bytes: &[u8]) -> Result<Vec<String>, String> {
    let source = MemoryStore::new(bytes.to_vec());
    let mut scanner = scan::Scanner::new(&source, 0, u64::MAX);
    loop {
        let op = scanner.next_op().map_err(|err| err.to_string())?;
        let op = op.ok_or("no STOP")?;
        match (op.opcode, op.arg) {
            (Opcode::Stop, _) => break,
            (Opcode::Frame, scan::Arg::Int(len))
                if op.offset as i128 + 9 + len > bytes.len() as i128 =>
            {
                return Err(format!("the frame at {} reaches past the end", op.offset));
            }
            _ => {}
        }
    }
    let (value, _) =
        decode_pickle(&source, &Limits::FULL, &Progress::new()).map_err(|err| err.to_string())?;
    let Node::Dict(pairs) = value.root_node() else {
        return Err(value.literal());
    };
    // As in Python, a key set again counts once.
    let keys = pairs
        .iter()
        .map(|(key, _)| value.text(*key).unwrap().into_owned());
    let mut keys: Vec<String> = keys.collect();
    keys.sort();
    keys.dedup();
    Ok(keys)
}

/// What may be seen while a change is under way.
struct Wanted {
    name: &'static str,
    /// Plain pickle reads every state, and sees the same keys as we do.
    plain: bool,
    /// States besides the one before and the one after, for plain pickle only.
    also: Vec<State>,
}

fn wanted(name: &'static str) -> Wanted {
    Wanted {
        name,
        plain: true,
        also: Vec::new(),
    }
}

/// Runs a change once in full, then again and again, stopping after each step.
fn cut(before: &[u8], wanted: &Wanted, change: impl Fn(&mut Editor<'_>) -> Result<(), EditError>) {
    let progress = Progress::new();
    let run = |store: &MemoryStore| change(&mut Editor::new(store, &progress)?);
    let whole = MemoryStore::new(before.to_vec());
    run(&whole).unwrap();
    let (old, new) = (state(before), state(&whole.bytes()));
    assert_ne!(
        before,
        whole.bytes(),
        "{}: nothing was changed",
        wanted.name
    );
    let mut switched = false;
    for steps in 0..whole.steps() {
        let what = format!(
            "{} cut after {steps} of {} steps",
            wanted.name,
            whole.steps()
        );
        let store = MemoryStore::failing_after(before.to_vec(), steps);
        let said = run(&store);
        let bytes = store.bytes();
        save(wanted.name, steps, &bytes);
        let now = state(&bytes);
        // What is said of the file is so: an error means that the change is not made.
        match said {
            Ok(()) => assert_eq!(now, new, "{what}: not made"),
            Err(EditError::Half(_)) => {}
            Err(error) => assert_eq!(now, old, "{what}: {error}"),
        }
        assert!(now == old || now == new, "{what}: {:?}", now.keys());
        assert!(
            now != old || !switched || old == new,
            "{what}: the old state came back"
        );
        switched |= now == new && old != new;
        if wanted.plain {
            let keys: Vec<String> = now.keys().cloned().collect();
            let seen = plain_keys(&bytes);
            let passes = wanted.also.iter().chain([&old, &new]).any(|state| {
                !wanted.also.is_empty() && seen.as_ref().is_ok_and(|seen| state.keys().eq(seen))
            });
            assert!(passes || seen == Ok(keys), "{what}: {seen:?}");
            assert!(
                bytes.ends_with(&TERMINATOR) || bytes.len() > before.len(),
                "{what}"
            );
        }
        // The next change cleans up, and finds nothing odd afterwards.
        let next = MemoryStore::new(bytes);
        let mut editor = Editor::new(&next, &progress).unwrap();
        editor
            .put("next", Plan::Absent, payload(b"K\x07"))
            .unwrap_or_else(|err| panic!("{what}: {err}"));
        let mut with_next = now.clone();
        with_next.insert("next".to_owned(), b"K\x07".to_vec());
        assert_eq!(
            state(&next.bytes()),
            with_next,
            "{what}, then another change"
        );
        let index = Index::read(&next, &progress).unwrap();
        assert_eq!(
            (index.trailing, index.damage, index.unfinished),
            (0, None, None),
            "{what}, then another change"
        );
        assert_eq!(index.end + 11, next.len(), "{what}, then another change");
        if wanted.plain {
            let keys: Vec<String> = with_next.keys().cloned().collect();
            assert_eq!(
                plain_keys(&next.bytes()),
                Ok(keys),
                "{what}, then another change"
            );
        }
    }
}

fn save(name: &str, steps: u64, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("CUBESCOPE_CUTS") {
        let folder = std::path::Path::new(&folder);
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(format!("{name}-{steps:05}.mmdpickle")), bytes).unwrap();
    }
}

#[test]
fn put() {
    cut(&base(), &wanted("put"), |editor| {
        editor
            .put("new", Plan::Absent, payload(&text(20)))
            .map(drop)
    });
}

#[test]
fn put_of_every_length() {
    // The length of the frame less one borrows from higher bytes where it ends in zeros.
    for len in (215..260).chain([65_530 - 30, 65_536 - 27, 65_536 - 28, 65_536 - 26]) {
        let before = base();
        let progress = Progress::new();
        let change = |store: &MemoryStore| {
            Editor::new(store, &progress)?
                .put("key", Plan::Any, payload(&text(len)))
                .map(drop)
        };
        let whole = MemoryStore::new(before.clone());
        change(&whole).unwrap();
        let (old, new) = (state(&before), state(&whole.bytes()));
        // Only the switch, at the end, has other states than the cases above.
        for steps in whole.steps().saturating_sub(60)..whole.steps() {
            let store = MemoryStore::failing_after(before.clone(), steps);
            let is_made = change(&store).is_ok();
            let now = state(&store.bytes());
            assert_eq!(
                now,
                if is_made { new.clone() } else { old.clone() },
                "{len}, {steps}"
            );
            let keys: Vec<String> = now.keys().cloned().collect();
            assert_eq!(plain_keys(&store.bytes()), Ok(keys), "{len}, {steps}");
            Editor::new(&store, &progress).unwrap();
        }
    }
}

#[test]
fn put_across_pages() {
    // The terminator that ends the file lies on two pages for some of these.
    for len in 3500..3540 {
        let store = MemoryStore::new(base());
        let progress = Progress::new();
        let mut editor = Editor::new(&store, &progress).unwrap();
        editor.put("key", Plan::Any, payload(&text(len))).unwrap();
        let index = Index::read(&store, &progress).unwrap();
        assert_eq!((index.damage, index.trailing), (None, 0), "{len}");
        assert!(store.bytes().ends_with(&TERMINATOR), "{len}");
    }
    let store = MemoryStore::new(base());
    let end = store.len();
    let fill = usize::try_from(4096 - end - 5 - 30).unwrap();
    cut(&base(), &wanted("put-across-pages"), |editor| {
        editor
            .put("k", Plan::Any, payload(&text(fill + 5)))
            .map(drop)
    });
}

#[test]
fn put_of_the_longest_key_and_of_the_empty_one() {
    for key in ["", &"k".repeat(253), &"k".repeat(254), &"k".repeat(255)] {
        cut(&base(), &wanted("put-key"), |editor| {
            editor.put(key, Plan::Absent, payload(b"N")).map(drop)
        });
    }
}

#[test]
fn replace() {
    cut(&base(), &wanted("replace"), |editor| {
        editor.put("other", Plan::Any, payload(&text(10))).map(drop)
    });
}

#[test]
fn delete() {
    cut(&base(), &wanted("delete"), |editor| {
        editor.delete("first", Plan::Any).map(drop)
    });
}

#[test]
fn restore_of_what_was_deleted_and_of_what_was_replaced() {
    cut(&base(), &wanted("restore-deleted"), |editor| {
        editor.restore("gone", None, Plan::Any).map(drop)
    });
    cut(&base(), &wanted("restore-replaced"), |editor| {
        editor.restore("first", None, Plan::Any).map(drop)
    });
}

#[test]
fn rename_in_place() {
    cut(&base(), &wanted("rename-one-byte"), |editor| {
        editor.rename("other", "othex", Plan::Any).map(drop)
    });
    let unsure = Wanted {
        plain: false,
        ..wanted("rename")
    };
    cut(&base(), &unsure, |editor| {
        editor.rename("other", "brand", Plan::Any).map(drop)
    });
}

#[test]
fn rename_by_copy_shows_both_to_plain_pickle_for_a_moment() {
    let mut both = state(&base());
    both.insert("longer name".to_owned(), both["other"].clone());
    let wanted = Wanted {
        also: vec![both],
        ..wanted("rename-copy")
    };
    cut(&base(), &wanted, |editor| {
        editor.rename("other", "longer name", Plan::Any).map(drop)
    });
}

#[test]
fn duplicate() {
    cut(&base(), &wanted("duplicate"), |editor| {
        editor.duplicate("last", "copy", Plan::Any).map(drop)
    });
}

/// A dead array of 10 000 bytes between two live values.
fn with_dead_array() -> Vec<u8> {
    let store = MemoryStore::new(base());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    let head = ArrayHead {
        dtype: "uint8",
        shape: &[10_000],
    };
    let array = Payload::array(head, Piece::Bytes(vec![7; 10_000]), None).unwrap();
    editor.put("array", Plan::Any, array).unwrap();
    editor.put("end", Plan::Any, payload(b"N")).unwrap();
    editor.delete("array", Plan::Any).unwrap();
    store.bytes()
}

#[test]
fn punch() {
    let before = with_dead_array();
    let progress = Progress::new();
    let whole = MemoryStore::new(before.clone());
    let done = mmapdict::punch(&whole, &progress).unwrap();
    assert_eq!((done.entries, done.freed), (1, 4096));
    for steps in 0..whole.steps() {
        let store = MemoryStore::failing_after(before.clone(), steps);
        let said = mmapdict::punch(&store, &progress);
        assert!(said.is_err() || said.is_ok_and(|done| done.doubt.is_some()));
        let bytes = store.bytes();
        save("punch", steps, &bytes);
        assert_eq!(state(&bytes), state(&before), "cut after {steps} steps");
        assert_eq!(
            plain_keys(&bytes),
            plain_keys(&before),
            "cut after {steps} steps"
        );
        // Zeros are never taken for data: an array that lost some is marked.
        let mut editor = Editor::new(&store, &progress).unwrap();
        let is_whole = bytes.windows(10_000).any(|bytes| bytes == [7; 10_000]);
        let refused = matches!(
            editor.restore("array", None, Plan::Any),
            Err(EditError::Freed(_))
        );
        assert!(is_whole || refused, "cut after {steps} steps");
    }
    let mut editor = Editor::new(&whole, &progress).unwrap();
    let at = editor
        .index()
        .entries
        .iter()
        .find(|entry| *entry.key == *b"array")
        .unwrap()
        .offset;
    let err = editor.restore("array", Some(at), Plan::Any).unwrap_err();
    assert!(matches!(err, EditError::Freed(_)), "{err}");
}

#[test]
fn a_compacted_copy_is_whole_or_not_used() {
    let before = MemoryStore::new(with_dead_array());
    let progress = Progress::new();
    let index = Index::read(&before, &progress).unwrap();
    let whole = MemoryStore::new(Vec::new());
    let done = mmapdict::compact(&before, &index, &whole, &progress).unwrap();
    assert_eq!(done.commit, index.commit + 1);
    assert_eq!(state(&whole.bytes()), state(&before.bytes()));
    let copy = Index::read(&whole, &progress).unwrap();
    assert_eq!(copy.entries.len(), state(&before.bytes()).len());
    for steps in 0..whole.steps() {
        let store = MemoryStore::failing_after(Vec::new(), steps);
        mmapdict::compact(&before, &index, &store, &progress).unwrap_err();
    }
}

#[test]
fn a_vacuum_that_fails_leaves_the_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.mmdpickle");
    std::fs::write(&path, with_dead_array()).unwrap();
    let progress = Progress::new();
    progress.cancel();
    for way in [
        VacuumWay::Copy,
        VacuumWay::To(folder.path().join("other")),
        VacuumWay::Punch,
    ] {
        mmapdict::vacuum(&path, &way, false, &progress).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), with_dead_array(), "{way:?}");
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "{way:?}"
        );
    }
}

#[test]
fn what_is_cut_off_is_only_what_nobody_wrote() {
    // A whole entry behind the terminator: two writers at once. Nothing is written then.
    let mut bytes = base();
    let stray = b"\x95\x0c\0\0\0\0\0\0\0\x8c\x01zNJ\0\0\0\x000\x880";
    bytes.extend(b"rubbish");
    let at = bytes.len() as u64;
    bytes.extend(stray);
    let store = MemoryStore::new(bytes.clone());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    let err = editor.put("new", Plan::Any, payload(b"N")).unwrap_err();
    assert!(
        matches!(err, EditError::StrayEntry { at: found } if found == at),
        "{err}"
    );
    assert_eq!(store.bytes(), bytes);
}

#[test]
fn a_full_disk_leaves_the_file_as_it_was() {
    // The write fails, but cutting the rest off works, as on a full disk.
    let before = base();
    let store = MemoryStore::new(before.clone());
    let progress = Progress::new();
    let mut nothing = std::io::empty();
    let payload = Payload {
        pieces: vec![Piece::Bytes(b"N".to_vec()), Piece::Stream(&mut nothing, 10)],
        memo: 0,
    };
    Editor::new(&store, &progress)
        .unwrap()
        .put("new", Plan::Any, payload)
        .unwrap_err();
    assert_eq!(store.bytes(), before);
    store.set_len(0).unwrap();
}

/// A masked array of 3 × 4 × 2 bytes, with where its parts are.
fn with_masked_array() -> (Vec<u8>, ArrayLayout) {
    let store = MemoryStore::new(base());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    let head = ArrayHead {
        dtype: "uint8",
        shape: &[3, 4, 2],
    };
    let data = Piece::Bytes((100..124).collect());
    // With ends that tell it from the zeros of the length before it.
    let mut mask = vec![0; 24];
    (mask[0], mask[23]) = (1, 1);
    let payload = Payload::array(head, data, Some(Piece::Bytes(mask.clone()))).unwrap();
    editor.put("cube", Plan::Absent, payload).unwrap();
    let bytes = store.bytes();
    let find = |part: &[u8]| {
        let mut places = bytes.windows(part.len()).enumerate();
        let place = places.find(|(_, bytes)| *bytes == part);
        place.unwrap().0 as u64
    };
    let layout = ArrayLayout {
        dtype: DType::parse("uint8"),
        shape: vec![3, 4, 2],
        fortran: false,
        data_offset: find(&(100..124).collect::<Vec<u8>>()),
        nbytes: 24,
        mask: Some(MaskLayout {
            data_offset: find(&mask),
            nbytes: 24,
            fortran: false,
        }),
    };
    (bytes, layout)
}

/// Cells and masks are written in place, one after the other: each is as before or as after, and nothing else changes.
#[test]
fn cells_written_over_are_old_or_new_one_by_one() {
    let (before, layout) = with_masked_array();
    let at = layout.data_offset;
    let patches: [(u64, &[u8]); 3] = [(at + 1, &[1, 2, 3]), (at + 9, &[4]), (at + 20, &[5, 6])];
    old_or_new(&before, "overwrite", |editor| {
        editor.overwrite(&patches).map(drop)
    });
}

#[test]
fn masked_cells_are_old_or_new_one_by_one() {
    let (before, layout) = with_masked_array();
    for bands in [MaskBands::All, MaskBands::These(vec![1])] {
        let plane = MaskPlane {
            y: 0,
            x: 1,
            at: vec![0; 3],
            bands: Some((2, bands)),
        };
        let runs = Outline::Polygon(vec![[-1.0, -1.0], [3.5, 0.0], [1.0, 3.0]]);
        let runs = runs.runs([4, 3]).unwrap();
        old_or_new(&before, "fill", |editor| {
            let progress = Progress::new();
            let fills = fills(
                editor.store(),
                &layout,
                &plane,
                &runs,
                Paint::Mask,
                &progress,
            );
            let fills = fills.unwrap();
            editor.fill(&fills).map(drop)
        });
    }
}

/// Stops a change that writes over bytes of values after each step.
fn old_or_new(
    before: &[u8],
    name: &'static str,
    change: impl Fn(&mut Editor<'_>) -> Result<(), EditError>,
) {
    let progress = Progress::new();
    let run = |store: &MemoryStore| change(&mut Editor::new(store, &progress)?);
    let whole = MemoryStore::new(before.to_vec());
    run(&whole).unwrap();
    let after = whole.bytes();
    assert_ne!(before, after);
    for steps in 0..whole.steps() {
        let store = MemoryStore::failing_after(before.to_vec(), steps);
        let said = run(&store);
        let bytes = store.bytes();
        save(name, steps, &bytes);
        match said {
            Ok(()) => assert_eq!(state(&bytes), state(&after), "{name}, {steps}: not made"),
            Err(EditError::Half(_)) => {}
            Err(error) => assert_eq!(state(&bytes), state(before), "{name}, {steps}: {error}"),
        }
        assert_eq!(bytes.len(), before.len());
        for (at, byte) in bytes.iter().enumerate() {
            assert!(
                [before[at], after[at]].contains(byte),
                "{name}, {steps}: byte {at}"
            );
        }
        let keys: Vec<String> = state(before).into_keys().collect();
        assert_eq!(plain_keys(&bytes), Ok(keys), "{name}, {steps}");
        // Done once more, it is whole.
        let next = MemoryStore::new(bytes);
        run_again(&next, &after, &change);
    }
}

fn run_again(
    store: &MemoryStore,
    after: &[u8],
    change: &impl Fn(&mut Editor<'_>) -> Result<(), EditError>,
) {
    let progress = Progress::new();
    let mut editor = Editor::new(store, &progress).unwrap();
    change(&mut editor).unwrap();
    let [now, after] = [store.bytes(), after.to_vec()].map(|bytes| state(&bytes));
    assert_eq!(now, after);
}

#[test]
fn an_array_gets_a_mask_or_loses_it() {
    let (before, layout) = with_masked_array();
    let mask = |bytes: &[u8], layout: &ArrayLayout, is_masked: bool, name| {
        cut(bytes, &wanted(name), |editor| {
            let plan = Plan::Any;
            set_mask(editor, "cube", plan, layout, is_masked).map(|done| drop(done.unwrap()))
        });
    };
    mask(&before, &layout, false, "drop-mask");
    let store = MemoryStore::new(before.clone());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    set_mask(&mut editor, "cube", Plan::Any, &layout, false)
        .unwrap()
        .unwrap();
    let plain = store.bytes();
    let data: Vec<u8> = (100..124).collect();
    let at = plain.windows(24).rposition(|bytes| bytes == data).unwrap();
    let layout = ArrayLayout {
        data_offset: at as u64,
        mask: None,
        ..layout
    };
    mask(&plain, &layout, true, "add-mask");
}
