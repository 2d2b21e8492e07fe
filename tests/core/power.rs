//! Power that fails in the middle of a change: of what was written since the last flush, any sectors are on the disk, each
//! in any of the states that it had. The file is as before or as after the change, for us and for plain `pickle.load`, and
//! the next change works.
//!
//! With `CUBESCOPE_POWER=FOLDER` a sample of the states is saved there, so that Python's own readers can be tried on them.

use crate::crash::{State, base, payload, plain_keys, state, text};
use cubescope::mmapdict::{self, EditError, Editor, Index, Plan, Switch};
use cubescope::progress::Progress;
use cubescope::source::{ByteSource, MemoryStore, Store};
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::sync::Mutex;

const SECTOR: usize = 512;
const PAGE: usize = 4096;
/// Random states for each point in time.
const STATES: usize = 12;

#[derive(Debug, Clone)]
enum Step {
    Write(usize, Vec<u8>),
    Length(usize),
    Flush,
}

/// Takes every write, and remembers them.
#[derive(Debug)]
struct Recorder {
    now: MemoryStore,
    steps: Mutex<Vec<Step>>,
}

impl Recorder {
    fn new(bytes: &[u8]) -> Self {
        Self {
            now: MemoryStore::new(bytes.to_vec()),
            steps: Mutex::default(),
        }
    }

    fn note(&self, step: Step) {
        self.steps.lock().unwrap().push(step);
    }
}

impl ByteSource for Recorder {
    fn len(&self) -> u64 {
        self.now.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.now.read_at(offset, buffer)
    }
}

impl Store for Recorder {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.note(Step::Write(
            usize::try_from(offset).unwrap(),
            bytes.to_vec(),
        ));
        self.now.write_at(offset, bytes)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.note(Step::Length(usize::try_from(len).unwrap()));
        self.now.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.note(Step::Flush);
        self.now.sync()
    }

    fn punch(&self, range: Range<u64>) -> io::Result<()> {
        let len = usize::try_from(range.end - range.start).unwrap();
        self.note(Step::Write(
            usize::try_from(range.start).unwrap(),
            vec![0; len],
        ));
        self.now.punch(range)
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    if bytes.len() < at + new.len() {
        bytes.resize(at + new.len(), 0);
    }
    bytes[at..at + new.len()].copy_from_slice(new);
}

/// Numbers by chance, the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// What may be on the disk when the power fails after the last of `images`, of which the first is flushed.
fn states(images: &[Vec<u8>], chance: &mut Chance) -> BTreeSet<Vec<u8>> {
    let longest = images.iter().map(Vec::len).max().unwrap();
    let mut found = BTreeSet::new();
    for block in [SECTOR, PAGE] {
        let blocks: Vec<usize> = (0..longest.div_ceil(block))
            .filter(|number| {
                let part = |image: &Vec<u8>| {
                    let start = (number * block).min(image.len());
                    image[start..(start + block).min(image.len())].to_vec()
                };
                images.iter().any(|image| part(image) != part(&images[0]))
            })
            .collect();
        let last = images.len() - 1;
        let mut choices: Vec<Vec<usize>> = Vec::new();
        if blocks.len() <= 4 {
            // Each sector old or new.
            choices.extend((0..1 << blocks.len()).map(|set: usize| {
                let is_new = |number: usize| set >> number & 1 == 1;
                let picks = (0..blocks.len()).map(|number| if is_new(number) { last } else { 0 });
                picks.collect()
            }));
        }
        choices.extend((0..STATES).map(|_| {
            let picks = blocks.iter().map(|_| chance.below(images.len()));
            picks.collect()
        }));
        for choice in choices {
            for len in [images[0].len(), images[last].len()] {
                let mut bytes = images[0].clone();
                bytes.resize(longest, 0);
                for (number, pick) in blocks.iter().zip(&choice) {
                    let range = number * block..((number + 1) * block).min(longest);
                    let mut part = images[*pick]
                        .get(range.start..)
                        .unwrap_or_default()
                        .to_vec();
                    part.resize(range.len(), 0);
                    bytes[range].copy_from_slice(&part[..]);
                }
                bytes.truncate(len);
                found.insert(bytes);
            }
        }
    }
    found
}

/// Makes a change, and looks at every state that a power cut may leave.
fn cut(
    name: &str,
    before: &[u8],
    passing: &[State],
    change: impl Fn(&mut Editor<'_>) -> Result<(), EditError>,
) {
    let progress = Progress::new();
    let store = Recorder::new(before);
    change(&mut Editor::new(&store, &progress).unwrap()).unwrap();
    let after = store.now.bytes();
    let (old, new) = (state(before), state(&after));
    let steps = store.steps.into_inner().unwrap();
    assert!(
        matches!(steps.last(), Some(Step::Flush | Step::Length(_))),
        "{name}: the end is not flushed"
    );
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut images = vec![before.to_vec()];
    let mut saved = 0;
    for (number, step) in steps.iter().enumerate() {
        let mut image = images.last().unwrap().clone();
        match step {
            Step::Write(at, bytes) => write(&mut image, *at, bytes),
            Step::Length(len) => image.resize(*len, 0),
            Step::Flush => {
                images = vec![image];
                continue;
            }
        }
        images.push(image);
        for bytes in states(&images, &mut chance) {
            let what = format!("{name}, power lost after step {number} of {}", steps.len());
            if chance.below(40) == 0 {
                save(name, saved, &bytes);
                saved += 1;
            }
            look(&what, &bytes, [&old, &new], passing);
        }
    }
    assert_eq!(images.last().unwrap(), &after, "{name}");
}

fn look(what: &str, bytes: &[u8], ends: [&State; 2], passing: &[State]) {
    let progress = Progress::new();
    let now = state(bytes);
    assert!(ends.contains(&&now), "{what}: {:?}", now.keys());
    let seen = plain_keys(bytes).unwrap_or_else(|error| panic!("{what}: plain pickle: {error}"));
    let mut allowed = ends.iter().copied().chain(passing);
    assert!(
        allowed.any(|state| state.keys().eq(&seen)),
        "{what}: plain pickle sees {seen:?}"
    );
    let next = MemoryStore::new(bytes.to_vec());
    let mut editor = Editor::new(&next, &progress).unwrap();
    editor
        .put("next", Plan::Absent, payload(b"K\x07"))
        .unwrap_or_else(|error| panic!("{what}: the next change: {error}"));
    let mut with_next = now;
    with_next.insert("next".to_owned(), b"K\x07".to_vec());
    assert_eq!(state(&next.bytes()), with_next, "{what}, then another");
    let keys: Vec<String> = with_next.into_keys().collect();
    assert_eq!(plain_keys(&next.bytes()), Ok(keys), "{what}, then another");
    let index = Index::read(&next, &progress).unwrap();
    let rest = (index.trailing, index.damage, index.unfinished);
    assert_eq!(rest, (0, None, None), "{what}, then another");
}

fn save(name: &str, number: usize, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("CUBESCOPE_POWER") {
        let folder = std::path::Path::new(&folder);
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(format!("{name}-{number:05}.mmdpickle")), bytes).unwrap();
    }
}

/// A file whose terminator begins so many bytes before the end of a sector.
fn ending_before(boundary: usize, left: usize) -> Vec<u8> {
    let store = MemoryStore::new(base());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    let end = usize::try_from(store.len()).unwrap() - 11;
    let overhead = 11 + "fill".len() + 5 + 8;
    let wanted = (end + overhead + left).next_multiple_of(boundary) - left;
    let fill = text(wanted - end - overhead);
    editor.put("fill", Plan::Absent, payload(&fill)).unwrap();
    let bytes = store.bytes();
    assert_eq!((bytes.len() - 11 + left) % boundary, 0);
    bytes
}

#[test]
fn an_append_over_a_head_on_two_sectors() {
    for boundary in [SECTOR, PAGE] {
        for left in 0..=11 {
            let before = ending_before(boundary, left);
            // Lengths whose lowest bytes are borrowed from as well.
            for len in [20, 256 - 19 - 3 - 5 + 9, 256 - 19 - 3 - 5 + 10, 700] {
                let name = format!("power-put-{boundary}-{left}-{len}");
                cut(&name, &before, &[], |editor| {
                    let opcodes = text(len);
                    editor.put("new", Plan::Absent, payload(&opcodes)).map(drop)
                });
            }
        }
    }
}

#[test]
fn a_value_that_takes_the_place_of_another_one() {
    for left in [0, 3, 9, 10] {
        let before = ending_before(SECTOR, left);
        cut("power-replace", &before, &[], |editor| {
            editor
                .put("other", Plan::Any, payload(&text(900)))
                .map(drop)
        });
        cut("power-duplicate", &before, &[], |editor| {
            editor.duplicate("last", "copy", Plan::Any).map(drop)
        });
    }
}

/// Several live entries of one key: the last one counts, and the others must not come back.
fn with_shadowed() -> Vec<u8> {
    let mut bytes = base();
    bytes.truncate(bytes.len() - 11);
    for value in [b"K\x01", b"K\x02", b"K\x03"] {
        let filler: Vec<u8> = text(600);
        for (key, value) in [("twice", &value[..]), ("between", &filler)] {
            let len = 2 + key.len() + value.len() + 8;
            bytes.push(0x95);
            bytes.extend((len as u64).to_le_bytes());
            bytes.extend([0x8c, u8::try_from(key.len()).unwrap()]);
            bytes.extend(key.as_bytes());
            bytes.extend(value);
            bytes.extend(b"J\0\0\0\x000\x880");
        }
    }
    bytes.extend(mmapdict::TERMINATOR);
    bytes
}

#[test]
fn entries_that_are_switched_on_and_off() {
    cut("power-delete", &base(), &[], |editor| {
        editor.delete("first", Plan::Any).map(drop)
    });
    cut("power-restore", &base(), &[], |editor| {
        editor.restore("first", None, Plan::Any).map(drop)
    });
    let shadowed = with_shadowed();
    cut("power-delete-shadowed", &shadowed, &[], |editor| {
        editor.delete("twice", Plan::Any).map(drop)
    });
    let store = MemoryStore::new(shadowed.clone());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    // An earlier version, with live ones on both sides of it.
    let offset = editor.index().find(b"first").unwrap().offset;
    editor.put("first", Plan::Any, payload(&text(700))).unwrap();
    editor.put("first", Plan::Any, payload(b"K\x09")).unwrap();
    cut("power-restore-earlier", &store.bytes(), &[], |editor| {
        editor.restore("first", Some(offset), Plan::Any).map(drop)
    });
    cut("power-rename-shadowed", &shadowed, &[], |editor| {
        editor.rename("twice", "twicf", Plan::Any).map(drop)
    });
}

#[test]
fn a_key_that_is_written_over() {
    for left in [0, 5, 10] {
        // So that the key itself may lie on two sectors as well.
        let before = ending_before(SECTOR, left + 30);
        let store = MemoryStore::new(before);
        let progress = Progress::new();
        let mut editor = Editor::new(&store, &progress).unwrap();
        let key = "a key of twenty eight bytes!";
        editor.put(key, Plan::Any, payload(b"K\x04")).unwrap();
        let before = store.bytes();
        let progress = Progress::new();
        let store = Recorder::new(&before);
        let to = "another key of equal length!";
        Editor::new(&store, &progress)
            .unwrap()
            .rename(key, to, Plan::Any)
            .unwrap();
        // Plain pickle may see a mixture of the two keys, for which it needs the note.
        let steps = store.steps.into_inner().unwrap();
        let mut images = vec![before.clone()];
        let ends = [state(&before), state(&store.now.bytes())];
        let mut chance = Chance(7);
        for step in steps {
            let mut image = images.last().unwrap().clone();
            match step {
                Step::Write(at, bytes) => write(&mut image, at, &bytes),
                Step::Length(len) => image.resize(len, 0),
                Step::Flush => {
                    images = vec![image];
                    continue;
                }
            }
            images.push(image);
            for bytes in states(&images, &mut chance) {
                let now = state(&bytes);
                assert!(ends.contains(&now), "{:?}", now.keys());
                let next = MemoryStore::new(bytes);
                let mut editor = Editor::new(&next, &progress).unwrap();
                editor.put("next", Plan::Any, payload(b"N")).unwrap();
                let keys: Vec<String> = state(&next.bytes()).into_keys().collect();
                assert_eq!(plain_keys(&next.bytes()), Ok(keys));
            }
        }
    }
}

#[test]
fn a_value_that_moves_to_a_longer_key() {
    for left in [0, 4, 10] {
        let before = ending_before(SECTOR, left);
        let mut both = state(&before);
        both.insert("a longer name".to_owned(), both["last"].clone());
        cut("power-move", &before, &[both], |editor| {
            editor.rename("last", "a longer name", Plan::Any).map(drop)
        });
    }
}

#[test]
fn many_keys_that_are_deleted_at_once() {
    let store = MemoryStore::new(base());
    let progress = Progress::new();
    let mut editor = Editor::new(&store, &progress).unwrap();
    let keys: Vec<String> = (0..6).map(|number| format!("key {number}")).collect();
    for key in &keys {
        editor.put(key, Plan::Any, payload(&text(400))).unwrap();
    }
    let before = store.bytes();
    let recorder = Recorder::new(&before);
    let switches: Vec<Switch<'_>> = keys
        .iter()
        .map(|key| Switch {
            key,
            to: None,
            plan: Plan::Any,
        })
        .collect();
    Editor::new(&recorder, &progress)
        .unwrap()
        .switch(&switches)
        .unwrap();
    // Each key for itself is there or gone; the others stay.
    let kept = state(&base());
    let mut images = vec![before];
    let mut chance = Chance(3);
    for step in recorder.steps.into_inner().unwrap() {
        let mut image = images.last().unwrap().clone();
        match step {
            Step::Write(at, bytes) => write(&mut image, at, &bytes),
            Step::Length(len) => image.resize(len, 0),
            Step::Flush => {
                images = vec![image];
                continue;
            }
        }
        images.push(image);
        for bytes in states(&images, &mut chance) {
            let now = state(&bytes);
            assert!(kept.iter().all(|(key, value)| now.get(key) == Some(value)));
            let seen: Vec<String> = now.into_keys().collect();
            assert_eq!(plain_keys(&bytes), Ok(seen));
        }
    }
}
