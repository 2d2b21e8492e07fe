//! Files made of whole files: repaired, converted, with their arrays spelled otherwise.

use crate::kit::{data, open, sample};
use cubescope::dataset::check::check;
use cubescope::dataset::compat::{Compat, portable, switch, switch_in};
use cubescope::dataset::repair::{Assumption, RepairError, plan};
use cubescope::dataset::{ConvertError, Dataset, Spelling, convert};
use cubescope::mmapdict::{
    ArrayHead, EditError, Editor, EntryState, Index, NewFile, Payload, Piece, Plan,
};
use cubescope::pickle::{Limits, decode_value};
use cubescope::progress::Progress;
use cubescope::source::{FileSource, MemoryStore};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Keys with the value's bytes, in file order.
fn live(path: &Path) -> Vec<(String, Vec<u8>)> {
    entries(path, |state| state == EntryState::Live)
}

fn entries(path: &Path, which: impl Fn(EntryState) -> bool) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(path).unwrap();
    let source = FileSource::open(path).unwrap();
    let index = Index::read(&source, &Progress::new()).unwrap();
    assert_eq!(
        (&index.damage, index.trailing),
        (&None, 0),
        "{}",
        path.display()
    );
    let chosen = index.entries.iter().filter(|entry| which(entry.state));
    chosen
        .map(|entry| {
            let range = entry.value_range();
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            (
                String::from_utf8(entry.key.to_vec()).unwrap(),
                bytes[range].to_vec(),
            )
        })
        .collect()
}

fn literal(opcodes: &[u8]) -> String {
    let source = MemoryStore::new(opcodes.to_vec());
    let len = opcodes.len() as u64;
    decode_value(&source, 0, len, &Limits::FULL, &Progress::new())
        .unwrap()
        .literal()
}

fn value(opcodes: &[u8]) -> Payload<'static> {
    Payload {
        pieces: vec![Piece::Bytes(opcodes.to_vec())],
        memo: 1,
    }
}

fn array(dtype: &str, shape: &[u64], bytes: Vec<u8>, mask: Option<Vec<u8>>) -> Payload<'static> {
    let head = ArrayHead { dtype, shape };
    Payload::array(head, Piece::Bytes(bytes), mask.map(Piece::Bytes)).unwrap()
}

/// A file with values, arrays, a masked array and a dead entry.
fn base() -> Vec<u8> {
    let store = MemoryStore::default();
    let progress = Progress::new();
    let mut new = NewFile::begin(&store, &progress).unwrap();
    new.add(b"text", value(b"\x8c\x05hello")).unwrap();
    new.add_dead(b"text2", value(b"K\x01")).unwrap();
    let cells: Vec<u8> = (0..24).collect();
    new.add(b"cube", array("uint16", &[3, 4], cells.clone(), None))
        .unwrap();
    let mask = Some(vec![1, 0, 0, 1, 0, 0]);
    new.add(b"masked", array("uint32", &[3, 2], cells, mask))
        .unwrap();
    new.add(b"last", value(b"](K\x01K\x02e")).unwrap();
    new.finish(7).unwrap();
    store.bytes()
}

fn write(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("damaged");
    std::fs::write(&path, bytes).unwrap();
    path
}

// --- repair ------------------------------------------------------------------------------------------

#[test]
fn a_file_cut_at_any_byte_keeps_what_is_whole() {
    let folder = scratch();
    let whole = base();
    let full = live(&write(folder.path(), &whole));
    let source = MemoryStore::new(whole.clone());
    let index = Index::read(&source, &Progress::new()).unwrap();
    let mut salvaged = 0;
    for cut in 0..whole.len() {
        let path = write(folder.path(), &whole[..cut]);
        let output = folder.path().join(format!("out-{cut}"));
        // A value is whole once all of it is there, even if the entry's end is not.
        let wanted: Vec<_> = index
            .live()
            .zip(&full)
            .filter(|(entry, _)| entry.value_range().end <= cut as u64)
            .map(|(_, wanted)| wanted.clone())
            .collect();
        let done = plan(&path, &[], &Progress::new())
            .and_then(|plan| plan.write(&output, &Progress::new()));
        assert_eq!(std::fs::read(&path).unwrap(), &whole[..cut]);
        match done {
            Ok(done) => {
                let got = live(&output);
                assert_eq!(done.live, got.len());
                assert_eq!(got[..wanted.len()], wanted[..], "cut at {cut}");
                // Besides, at most the rows of one array.
                match &got[wanted.len()..] {
                    [] => {}
                    // Where the end of a dead entry is cut, nothing says that it is dead.
                    [(key, _)] if key == "text2" => {}
                    [(key, rows)] => {
                        assert!(
                            ["cube", "masked"].contains(&key.as_str()),
                            "cut at {cut}: {key}"
                        );
                        salvaged += 1;
                        assert!(literal(rows).contains("numpy.ndarray(("), "cut at {cut}");
                    }
                    more => panic!("cut at {cut}: {more:?}"),
                }
            }
            Err(RepairError::Nothing(_)) => {
                assert!(wanted.is_empty(), "cut at {cut}");
                assert!(!output.exists(), "cut at {cut}");
            }
            Err(err) => panic!("cut at {cut}: {err}"),
        }
    }
    assert!(salvaged > 50, "{salvaged}");
}

#[test]
fn rows_of_a_cut_array_are_kept_where_its_shape_is_known() {
    let folder = scratch();
    let store = MemoryStore::default();
    let progress = Progress::new();
    let mut new = NewFile::begin(&store, &progress).unwrap();
    let cells: Vec<u8> = (0..24).collect();
    let cube = new
        .add(b"cube", array("uint16", &[3, 4], cells, None))
        .unwrap();
    // 70 bytes of prefix, 9 of the length; then one row and a half.
    let at = usize::try_from(cube.value_range().start).unwrap() + 79 + 12;
    let path = write(folder.path(), &store.bytes()[..at]);
    let err = plan(&path, &[], &progress).unwrap_err().to_string();
    assert!(
        err.contains("12 of 24 bytes") && err.contains("--assume"),
        "{err}"
    );
    let assumed = |shape: &[u64]| Assumption {
        key: "cube".to_owned(),
        dtype: "uint16".to_owned(),
        shape: shape.to_vec(),
    };
    plan(&path, &[assumed(&[3, 5])], &progress).unwrap_err();
    let output = folder.path().join("out");
    let made = plan(&path, &[assumed(&[3, 4])], &progress).unwrap();
    made.write(&output, &progress).unwrap();
    assert_eq!(
        literal(&live(&output)[0].1),
        r"numpy.ndarray((1, 4), 'uint16', bytearray(b'\x00\x01\x02\x03\x04\x05\x06\x07'))"
    );
    let err = plan(&sample(), &[assumed(&[3, 4])], &progress).unwrap_err();
    assert!(matches!(err, RepairError::NotCut(_)), "{err}");
}

/// Repairs and gives the live values as literals.
fn repaired(bytes: &[u8]) -> Vec<(String, String)> {
    let folder = scratch();
    let path = write(folder.path(), bytes);
    let output = folder.path().join("out");
    let made = plan(&path, &[], &Progress::new()).unwrap();
    made.write(&output, &Progress::new()).unwrap();
    let values = live(&output).into_iter();
    values.map(|(key, value)| (key, literal(&value))).collect()
}

fn three() -> (Vec<u8>, Vec<usize>) {
    let store = MemoryStore::default();
    let progress = Progress::new();
    let mut new = NewFile::begin(&store, &progress).unwrap();
    let mut places = Vec::new();
    for (key, opcodes) in [("a", b"K\x01"), ("bb", b"K\x02"), ("c", b"K\x03")] {
        let entry = new.add(key.as_bytes(), value(opcodes)).unwrap();
        places.push(usize::try_from(entry.offset).unwrap());
    }
    new.finish(3).unwrap();
    (store.bytes(), places)
}

fn pairs(keys: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = keys
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    pairs.collect()
}

const ALL: [(&str, &str); 3] = [("a", "1"), ("bb", "2"), ("c", "3")];

#[test]
fn wrong_lengths_are_found_out() {
    let (whole, places) = three();
    for declared in [0_u64, 1, 12, 13, 15, 35, 60, 1 << 32, u64::MAX, 1 << 63] {
        let mut bytes = whole.clone();
        bytes[places[1] + 1..places[1] + 9].copy_from_slice(&declared.to_le_bytes());
        assert_eq!(repaired(&bytes), pairs(&ALL), "{declared}");
    }
    for declared in [0, 5, 20, 255] {
        let mut bytes = whole.clone();
        bytes[places[1] + 10] = declared;
        assert_eq!(repaired(&bytes), pairs(&ALL), "{declared}");
    }
}

#[test]
fn overwritten_ends_and_headers_cost_nothing() {
    let (whole, places) = three();
    let mut bytes = whole.clone();
    bytes[places[2] - 3] = 0xff;
    assert_eq!(repaired(&bytes), pairs(&ALL));
    for at in 0..24 {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        assert_eq!(repaired(&bytes), pairs(&ALL), "{at}");
    }
    assert_eq!(repaired(&whole[24..]), pairs(&ALL));
}

#[test]
fn one_byte_changed_anywhere_never_spoils_the_others() {
    let (whole, places) = three();
    for at in 24..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let got = repaired(&bytes);
            let hit = places.partition_point(|place| *place <= at) - 1;
            for (place, (key, value)) in ALL.iter().enumerate() {
                let there = got
                    .iter()
                    .any(|pair| (pair.0.as_str(), pair.1.as_str()) == (*key, *value));
                assert!(there || place == hit, "byte {at} ^ {flip:#x}: {got:?}");
            }
        }
    }
}

#[test]
fn what_stands_behind_the_end_is_kept_and_hides_nothing() {
    let (whole, places) = three();
    let mut twice = whole.clone();
    twice.extend(b"rubbish");
    // Another version of `a`, and a new key.
    let mut again = whole[places[0]..places[1]].to_vec();
    again[13] = 9;
    twice.extend(&again);
    again[11] = b'z';
    twice.extend(&again);
    assert_eq!(
        repaired(&twice),
        pairs(&[ALL[0], ALL[1], ALL[2], ("z", "9")])
    );
    let folder = scratch();
    let path = write(folder.path(), &twice);
    let output = folder.path().join("out");
    let made = plan(&path, &[], &Progress::new()).unwrap();
    let done = made.write(&output, &Progress::new()).unwrap();
    assert_eq!((done.live, done.dead, done.commit), (4, 1, 4));
    assert_eq!(
        entries(&output, |state| state == EntryState::Superseded
            || state == EntryState::Deleted),
        [("a".to_owned(), b"K\x09".to_vec())]
    );
}

#[test]
fn what_would_spoil_plain_pickle_is_left_out_and_named() {
    let (whole, places) = three();
    let mut bytes = whole[..places[1]].to_vec();
    // {[]: None}, and a key that is no UTF-8.
    let entry = |key: &[u8], value: &[u8]| {
        let len = (2 + key.len() + value.len() + 8) as u64;
        let mut entry = vec![0x95];
        entry.extend(len.to_le_bytes());
        entry.extend([0x8c, u8::try_from(key.len()).unwrap()]);
        entry.extend(key);
        entry.extend(value);
        entry.extend(b"J\0\0\0\x000\x880");
        entry
    };
    bytes.extend(entry(b"bad", b"}]Ns"));
    bytes.extend(entry(b"k\xff", b"K\x05"));
    bytes.extend(entry(b"stop", b"K\x06.K\x07"));
    bytes.extend(&whole[places[1]..]);
    let folder = scratch();
    let path = write(folder.path(), &bytes);
    let made = plan(&path, &[], &Progress::new()).unwrap();
    let cut: Vec<_> = made.cut.iter().map(|cut| cut.key.as_deref()).collect();
    assert_eq!(cut, [Some("bad")]);
    assert!(
        made.cut[0].why.contains("cannot hash"),
        "{}",
        made.cut[0].why
    );
    let wanted = [ALL[0], ("k\\xff", "5"), ("stop", "6"), ALL[1], ALL[2]];
    assert_eq!(repaired(&bytes), pairs(&wanted));
}

#[test]
fn a_sound_file_is_copied_and_nothing_is_left_out() {
    let folder = scratch();
    for name in ["history.mmdpickle", "values.mmdpickle"] {
        let output = folder.path().join(name);
        let made = plan(&data(name), &[], &Progress::new()).unwrap();
        assert!(made.cut.is_empty(), "{name}: {:?}", made.cut);
        made.write(&output, &Progress::new()).unwrap();
        assert_eq!(live(&output), live(&data(name)), "{name}");
    }
}

#[test]
fn hostile_bytes_end_soon() {
    // Each place looks like an entry whose value goes on to the end of the file.
    let mut bytes = Vec::new();
    while bytes.len() < 200_000 {
        bytes.extend(b"\x95\0\0\0\0\0\0\0\0\x8c\x00NNNNNN");
    }
    let folder = scratch();
    let path = write(folder.path(), &bytes);
    assert!(matches!(
        plan(&path, &[], &Progress::new()),
        Err(RepairError::Nothing(_))
    ));
}

// --- convert -----------------------------------------------------------------------------------------

/// A pickle of protocol 4, by hand.
fn pickle(items: &[u8]) -> Vec<u8> {
    [b"\x80\x04}(".as_slice(), items, b"u."].concat()
}

#[test]
fn plain_values_and_doubled_keys() {
    let folder = scratch();
    let input = folder.path().join("in.pickle");
    let output = folder.path().join("out");
    let items = b"\x8c\x01aK\x01\x8c\x01b]K\x02a\x8c\x01aK\x03";
    std::fs::write(&input, pickle(items)).unwrap();
    let done = convert(&input, &output, &Progress::new()).unwrap();
    assert_eq!((done.keys, done.arrays, done.trailing), (2, 0, 0));
    let source = FileSource::open(&output).unwrap();
    assert_eq!(Index::read(&source, &Progress::new()).unwrap().commit, 2);
    let got: Vec<_> = live(&output)
        .into_iter()
        .map(|(key, value)| (key, literal(&value)))
        .collect();
    assert_eq!(got, pairs(&[("a", "3"), ("b", "[2]")]));
    // It is one already, and what is there is not overwritten.
    let again = convert(&output, &folder.path().join("other"), &Progress::new());
    assert!(matches!(again, Err(ConvertError::IsContainer)), "{again:?}");
    let again = convert(&input, &output, &Progress::new());
    assert!(
        matches!(again, Err(ConvertError::Edit(EditError::TargetExists(_)))),
        "{again:?}"
    );
}

#[test]
fn keys_that_do_not_fit_are_named_and_nothing_is_written() {
    let folder = scratch();
    let input = folder.path().join("in.pickle");
    let output = folder.path().join("out");
    let long = [b"X\x00\x01\x00\x00".as_slice(), &[b'k'; 256]].concat();
    for (key, name) in [
        (b"K\x05".as_slice(), "5"),
        (b"\x8c\x03\xed\xa0\x80", "'\\ud800'"),
        (&long, "kkk"),
    ] {
        std::fs::write(&input, pickle(&[b"\x8c\x01aN", key, b"N"].concat())).unwrap();
        let err = convert(&input, &output, &Progress::new()).unwrap_err();
        assert!(matches!(err, ConvertError::Keys(_)), "{err}");
        assert!(err.to_string().contains(name), "{err}");
        assert!(!output.exists());
    }
}

#[test]
fn a_pickle_cut_at_any_byte_converts_to_nothing() {
    let folder = scratch();
    let input = folder.path().join("in.pickle");
    let whole = pickle(b"\x8c\x01aK\x01\x8c\x01bC\x03xyz\x8c\x01c]K\x02a");
    for cut in 0..whole.len() {
        std::fs::write(&input, &whole[..cut]).unwrap();
        let output = folder.path().join("out");
        convert(&input, &output, &Progress::new()).unwrap_err();
        assert!(!output.exists(), "{cut}");
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "{cut}"
        );
    }
}

// --- compat ------------------------------------------------------------------------------------------

fn spelling(path: &Path) -> Option<Spelling> {
    let dataset: Dataset = open(path);
    Compat::of(&dataset, &Progress::new())
        .spelling()
        .map(|one| one.unwrap())
}

#[test]
fn a_switch_and_back_restores_every_byte() {
    let folder = scratch();
    for name in ["arrays.mmdpickle", "masked.mmdpickle", "history.mmdpickle"] {
        let path = folder.path().join(name);
        if !data(name).exists() {
            continue;
        }
        std::fs::copy(data(name), &path).unwrap();
        let before = std::fs::read(&path).unwrap();
        let done = switch(&path, true, &Progress::new()).unwrap();
        assert!(done.entries > 0, "{name}");
        assert_eq!(spelling(&path), Some(Spelling::Modern), "{name}");
        let again = switch(&path, true, &Progress::new()).unwrap();
        assert_eq!((again.entries, again.commit), (0, done.commit), "{name}");
        switch(&path, false, &Progress::new()).unwrap();
        let mut after = std::fs::read(&path).unwrap();
        // All but the commit number.
        after[18..22].copy_from_slice(&before[18..22]);
        assert_eq!(after, before, "{name}");
    }
}

#[test]
fn a_switch_cut_after_any_byte_is_healed_by_another() {
    let before = std::fs::read(data("history.mmdpickle")).unwrap();
    let progress = Progress::new();
    let run = |store: &MemoryStore, to_modern| {
        switch_in(&mut Editor::new(store, &progress)?, to_modern, &progress)
    };
    let whole = MemoryStore::new(before.clone());
    run(&whole, true).unwrap();
    assert!(whole.steps() >= 10);
    for steps in 0..whole.steps() {
        let store = MemoryStore::failing_after(before.clone(), steps);
        match run(&store, true) {
            Ok(done) => assert!(done.doubt.is_some(), "{steps}: nobody knows"),
            Err(_) => assert_ne!(store.bytes()[24..], whole.bytes()[24..], "{steps}"),
        }
        for (to_modern, wanted) in [(true, whole.bytes()), (false, before.clone())] {
            let store = MemoryStore::new(store.bytes());
            run(&store, to_modern).unwrap();
            assert_eq!(store.bytes()[24..], wanted[24..], "{steps}");
        }
    }
}

#[test]
fn a_portable_copy_has_the_same_arrays_and_values() {
    let folder = scratch();
    for name in ["arrays.mmdpickle", "history.mmdpickle", "values.mmdpickle"] {
        let output = folder.path().join(name);
        let done = portable(&data(name), &output, &Progress::new()).unwrap();
        let (old, new) = (open(&data(name)), open(&output));
        assert_eq!(old.commit(), new.commit(), "{name}");
        for (old, new) in old.items().zip(new.items()) {
            let shape = |item: &cubescope::dataset::Item| {
                item.layout()
                    .map(|layout| (layout.dtype.clone(), layout.shape.clone(), layout.nbytes))
            };
            assert_eq!((&old.key, shape(old)), (&new.key, shape(new)), "{name}");
        }
        assert_eq!(old.dead_items().count(), new.dead_items().count(), "{name}");
        let compat = Compat::of(&new, &Progress::new());
        assert!(compat.modern.is_none(), "{name}");
        assert_eq!(compat.legacy.live + compat.legacy.dead, done.left, "{name}");
    }
}

#[test]
fn arrays_are_known_by_what_they_build() {
    let folder = scratch();
    let store = MemoryStore::default();
    let progress = Progress::new();
    let mut new = NewFile::begin(&store, &progress).unwrap();
    // By GLOBAL, with the shape as a list: no array for the reference, but fromstring for plain pickle.
    let opcodes = b"cnumpy.core.fromnumeric\nreshape\ncnumpy.core.multiarray\nfromstring\n\
        C\x06abcdef\x8c\x05uint8\x86R](K\x02K\x03e\x86R";
    new.add(b"a", value(opcodes)).unwrap();
    new.finish(1).unwrap();
    let path = write(folder.path(), &store.bytes());
    assert_eq!(spelling(&path), Some(Spelling::Legacy));
    let output = folder.path().join("out");
    let done = portable(&path, &output, &progress).unwrap();
    assert_eq!((done.arrays, done.left), (1, 0));
    assert_eq!(
        literal(&live(&output)[0].1),
        "numpy.ndarray((2, 3), 'uint8', bytearray(b'abcdef'))"
    );
    switch(&path, true, &progress).unwrap();
    assert_eq!(spelling(&path), Some(Spelling::Modern));
    switch(&path, false, &progress).unwrap();
    assert_eq!(std::fs::read(&path).unwrap()[24..], store.bytes()[24..]);
}

#[test]
fn changes_are_planned_on_entries_that_are_there() {
    let store = MemoryStore::new(base());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    editor.overwrite(&[(3, b"x")]).unwrap_err();
    assert_eq!(store.bytes(), base());
    editor.put("more", Plan::Absent, value(b"N")).unwrap();
}

/// Writes to a file while holding its lock, and lets `read` begin in the middle of that.
fn in_the_middle<T>(path: &Path, half: &[u8], whole: &[u8], read: impl FnOnce() -> T) -> T {
    std::fs::write(path, half).unwrap();
    let writer = File::open(path).unwrap();
    writer.lock().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(Duration::from_millis(200));
            std::fs::write(path, whole).unwrap();
            writer.unlock().unwrap();
        });
        read()
    })
}

#[test]
fn a_file_is_not_read_in_the_middle_of_a_change() {
    let folder = scratch();
    let (path, output) = (folder.path().join("in"), folder.path().join("out"));
    let (whole, places) = three();
    let half = &whole[..places[1] + 5];
    let progress = Progress::new();
    let found = in_the_middle(&path, half, &whole, || check(&path, &progress));
    assert_eq!(found.unwrap(), []);
    let made = in_the_middle(&path, half, &whole, || plan(&path, &[], &progress)).unwrap();
    assert_eq!((made.kept.len(), made.cut.len()), (3, 0));
    let pickle = std::fs::read(data("plain4.pickle")).unwrap();
    let half = &pickle[..pickle.len() / 2];
    let done = in_the_middle(&path, half, &pickle, || convert(&path, &output, &progress));
    assert_eq!(
        done.unwrap().keys,
        open(&data("plain4.pickle")).items().count()
    );
}

#[test]
fn a_lock_that_is_never_given_back_is_not_waited_for() {
    let folder = scratch();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let writer = File::open(&path).unwrap();
        writer.lock().unwrap();
        (path, writer)
    };
    let (whole, places) = three();
    let (damaged, _writer) = file("damaged", &whole[..places[2] + 5]);
    let pickle = std::fs::read(data("plain4.pickle")).unwrap();
    let (plain, _other) = file("plain", &pickle);
    let output = folder.path().join("out");
    thread::scope(|scope| {
        scope.spawn(|| assert!(!check(&damaged, &Progress::new()).unwrap().is_empty()));
        scope.spawn(|| {
            let made = plan(&damaged, &[], &Progress::new()).unwrap();
            assert_eq!((made.kept.len(), made.cut.len()), (2, 1));
        });
        scope.spawn(|| convert(&plain, &output, &Progress::new()).unwrap());
    });
}
