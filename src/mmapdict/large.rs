//! Values with much data: written a piece at a time, so that another program that wants the lock waits for milliseconds.
//!
//! 1. Under the lock an entry of the final length is appended that is switched off and marked as not whole, with holes for
//!    its data: arrays, long texts and byte strings, whose bytes mean nothing to whoever walks over the opcodes.
//! 2. The data is filled in. The lock is taken for each write, and each time it is looked whether the entry still stands.
//! 3. Without the lock, all of it is flushed and read back.
//! 4. Under the lock the mark goes, and the entry is switched on.
//!
//! If that fails or is cancelled, the entry is taken off again. Where others stand behind it by then, its data is freed, and
//! it stays as a version that cannot be brought back; so it does after a crash.

use super::edit::{PAUSE, with_locked};
use super::layout::{ALIVE, DEAD, TRAILER_LEN, entry_head, trailer};
use super::{
    Done, EditError, Editor, Entry, Payload, Piece, Plan, Switch, append, edit, freed, read_index,
    reuse,
};
use crate::progress::Progress;
use crate::source::{ByteSource, FileSource, FileStore, Store, next_data};
use std::ops::Range;
use std::path::Path;

/// Values with less data are written at once.
pub(super) const LARGE: u64 = 4 << 20;
/// Bytes that are written under one lock.
const CHUNK: u64 = 2 << 20;

/// Puts a value under a key as [`Editor::put`] does. `check` is asked under the lock whether what it is made of is still so.
///
/// # Errors
/// As [`Editor::put`].
pub fn put(
    path: &Path,
    key: &str,
    plan: Plan,
    payload: Payload<'_>,
    check: &dyn Fn() -> Result<(), EditError>,
    progress: &Progress,
) -> Result<Done, EditError> {
    if !is_large(&payload) {
        return edit(path, progress, |editor| {
            check()?;
            editor.put(key, plan, payload)
        });
    }
    let begin = |editor: &Editor<'_>| {
        check()?;
        editor.check_plan(key.as_bytes(), plan)
    };
    let finish = |editor: &mut Editor<'_>, entry: &Entry| {
        check()?;
        let to = Some(entry.offset);
        let mut done = editor.switch(&[Switch { key, to, plan }])?;
        done.pop()
            .ok_or_else(|| EditError::NoKey(key.as_bytes().into()))
    };
    in_steps(path, (key, true), payload, begin, finish, progress)
}

/// Puts a copy of a value under another key, as [`Editor::duplicate`] does.
///
/// # Errors
/// As [`Editor::duplicate`].
pub fn duplicate(
    path: &Path,
    key: &str,
    to: &str,
    plan: Plan,
    progress: &Progress,
) -> Result<Done, EditError> {
    copied(
        path,
        [key, to],
        plan,
        progress,
        &|editor| editor.duplicate(key, to, plan),
        &|editor, _, copy| {
            let plan = Plan::Absent;
            let switch = Switch {
                key: to,
                to: Some(copy.offset),
                plan,
            };
            let mut done = editor.switch(&[switch])?;
            done.pop()
                .ok_or_else(|| EditError::NoKey(to.as_bytes().into()))
        },
    )
}

/// Gives a key another name, as [`Editor::rename`] does.
///
/// # Errors
/// As [`Editor::rename`].
pub fn rename(
    path: &Path,
    key: &str,
    to: &str,
    plan: Plan,
    progress: &Progress,
) -> Result<Done, EditError> {
    let at_once = |editor: &mut Editor<'_>| editor.rename(key, to, plan);
    if key.len() == to.len() {
        return edit(path, progress, at_once);
    }
    copied(
        path,
        [key, to],
        plan,
        progress,
        &at_once,
        &|editor, entry, copy| editor.rename_to_copy(entry, copy.clone()),
    )
}

type AtOnce<'f> = &'f dyn Fn(&mut Editor<'_>) -> Result<Done, EditError>;
type Finish<'f> = &'f dyn Fn(&mut Editor<'_>, &Entry, &Entry) -> Result<Done, EditError>;

/// What a copy and a move to another key have in common.
fn copied(
    path: &Path,
    [key, to]: [&str; 2],
    plan: Plan,
    progress: &Progress,
    at_once: AtOnce<'_>,
    finish: Finish<'_>,
) -> Result<Done, EditError> {
    let source = FileSource::open(path)?;
    let index = read_index(&source, progress)?;
    let entry = index
        .find(key.as_bytes())
        .filter(|entry| entry.len >= LARGE);
    let Some(entry) = entry else {
        return edit(path, progress, |editor| at_once(editor));
    };
    let first_memo = index.first_memo();
    let payload = reuse::payload(&source, entry, first_memo, progress)?;
    if !is_large(&payload) {
        return edit(path, progress, |editor| at_once(editor));
    }
    progress.set_total(payload.len().unwrap_or(0));
    let holds = |editor: &Editor<'_>| {
        editor.check_plan(key.as_bytes(), plan)?;
        if editor.index().find(to.as_bytes()).is_some() {
            return Err(EditError::KeyExists(to.as_bytes().into()));
        }
        let place = Plan::Entry {
            offset: entry.offset,
            len: entry.len,
        };
        editor.check_plan(key.as_bytes(), place)
    };
    let finish = |editor: &mut Editor<'_>, copy: &Entry| {
        holds(editor)?;
        finish(editor, entry, copy)
    };
    in_steps(path, (to, false), payload, holds, finish, progress)
}

/// Whether a value has so much data that it is written in steps.
fn is_large(payload: &Payload<'_>) -> bool {
    let data = payload.pieces.iter().filter(|piece| is_data(piece));
    data.map(Piece::len).sum::<u64>() >= LARGE
}

fn is_data(piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Copy(..) | Piece::Stream(..) => true,
        Piece::Bytes(_) | Piece::Zeros(_) | Piece::Opcodes(..) => false,
    }
}

fn in_steps(
    path: &Path,
    (key, judged): (&str, bool),
    payload: Payload<'_>,
    begin: impl FnOnce(&Editor<'_>) -> Result<(), EditError>,
    finish: impl FnOnce(&mut Editor<'_>, &Entry) -> Result<Done, EditError>,
    progress: &Progress,
) -> Result<Done, EditError> {
    progress.check()?;
    let memo = payload.memo;
    let mark = freed::mark_of_pending();
    let mut offset = 0;
    let mut data = Vec::new();
    let mut hollow = Payload {
        pieces: Vec::new(),
        memo: mark,
    };
    for piece in payload.pieces {
        let len = piece.len();
        if is_data(&piece) {
            hollow.pieces.push(Piece::Zeros(len));
            data.push((offset, piece));
        } else {
            hollow.pieces.push(piece);
        }
        offset += len;
    }
    let pending = with_locked(path, |store| {
        let quick = Progress::new();
        let mut editor = Editor::new(store, &quick)?;
        begin(&editor)?;
        Ok(Pending {
            path,
            identity: store.source().stamp()?.identity,
            entry: editor.reserve(key, hollow, judged)?,
        })
    })?;
    let start = pending.entry.value_range().start;
    let spans: Vec<Range<u64>> = data
        .iter()
        .map(|(at, piece)| start + at..start + at + piece.len())
        .collect();
    let mut filled = Ok(());
    for (at, piece) in data {
        filled = filled.and_then(|()| pending.fill(start + at, piece, progress));
    }
    let done = filled
        .and_then(|()| pending.look_over(progress))
        .and_then(|()| pending.finish(memo, finish, progress));
    done.inspect_err(|_| pending.give_up(&spans))
}

/// An entry that is not whole yet.
#[derive(Debug)]
struct Pending<'p> {
    path: &'p Path,
    /// Of the file it stands in.
    identity: (u64, u64),
    entry: Entry,
}

impl Pending<'_> {
    /// Works on the file under the lock, as long as the entry stands there.
    fn locked<T>(
        &self,
        work: impl FnOnce(&FileStore) -> Result<T, EditError>,
    ) -> Result<T, EditError> {
        with_locked(self.path, |store| match self.stands(store)? {
            true => work(store),
            false => Err(EditError::Changed),
        })
    }

    fn stands(&self, store: &FileStore) -> Result<bool, EditError> {
        let entry = &self.entry;
        if store.source().stamp()?.identity != self.identity || store.len() < entry.end() {
            return Ok(false);
        }
        let key_len = u8::try_from(entry.key.len()).unwrap_or_default();
        let wanted = [&entry_head(entry.len, key_len)[..], &entry.key].concat();
        let mut head = vec![0; wanted.len()];
        store.read_at(entry.offset, &mut head)?;
        let mut end = [0; TRAILER_LEN as usize];
        store.read_at(entry.end() - TRAILER_LEN, &mut end)?;
        Ok(head == wanted && end == trailer(entry.memo, DEAD))
    }

    fn fill(&self, mut at: u64, piece: Piece<'_>, progress: &Progress) -> Result<(), EditError> {
        let mut buffer = Vec::new();
        match piece {
            Piece::Copy(source, range) => {
                let mut from = range.start;
                while from < range.end {
                    let data = match source.file() {
                        Some(file) => next_data(file, from..range.end)?,
                        None => from..range.end,
                    };
                    let skipped = data.start - from;
                    progress.add(skipped);
                    at += skipped;
                    from = data.start;
                    let end = data.end.min(from + CHUNK);
                    buffer.resize(usize::try_from(end - from).unwrap_or_default(), 0);
                    source.read_at(from, &mut buffer)?;
                    self.write(at, &buffer, progress)?;
                    at += end - from;
                    from = end;
                }
            }
            Piece::Stream(reader, len) => {
                let mut left = len;
                while left > 0 {
                    let count = left.min(CHUNK);
                    buffer.resize(usize::try_from(count).unwrap_or_default(), 0);
                    reader.read_exact(&mut buffer)?;
                    self.write(at, &buffer, progress)?;
                    at += count;
                    left -= count;
                }
            }
            Piece::Bytes(_) | Piece::Zeros(_) | Piece::Opcodes(..) => {}
        }
        Ok(())
    }

    /// Writes under the lock. Zeros are there already.
    fn write(&self, at: u64, bytes: &[u8], progress: &Progress) -> Result<(), EditError> {
        progress.check()?;
        if bytes.iter().any(|byte| *byte != 0) {
            std::thread::sleep(PAUSE);
            self.locked(|store| Ok(store.write_at(at, bytes)?))?;
        }
        progress.add(bytes.len() as u64);
        Ok(())
    }

    /// Flushes the entry and reads it back, without the lock.
    fn look_over(&self, progress: &Progress) -> Result<(), EditError> {
        let store = FileStore::open(self.path)?;
        if !self.stands(&store)? {
            return Err(EditError::Changed);
        }
        store.sync()?;
        append::read_back(&store, self.entry.value_range(), false, progress)
    }

    fn finish(
        &self,
        memo: i32,
        finish: impl FnOnce(&mut Editor<'_>, &Entry) -> Result<Done, EditError>,
        progress: &Progress,
    ) -> Result<Done, EditError> {
        self.locked(|store| {
            let mut editor = Editor::new(store, progress)?;
            editor.settle()?;
            let entry = editor.whole(&self.entry, memo)?;
            finish(&mut editor, &entry).inspect_err(|_| {
                // As it was before, so that it is found when it is given up.
                drop(editor.whole(&entry, self.entry.memo));
            })
        })
    }

    /// The file gets back what it had. What fails here is left to the next vacuum.
    fn give_up(&self, data: &[Range<u64>]) {
        let quick = Progress::new();
        drop(self.locked(|store| {
            let mut editor = Editor::new(store, &quick)?;
            editor.settle()?;
            if !editor.withdraw(&self.entry) {
                for range in data {
                    store.punch(range.clone())?;
                }
            }
            Ok(())
        }));
    }
}

impl Editor<'_> {
    /// Appends an entry that does not count.
    fn reserve(
        &mut self,
        key: &str,
        hollow: Payload<'_>,
        judged: bool,
    ) -> Result<Entry, EditError> {
        let key = super::editor::valid_key(key)?;
        self.settle()?;
        let entry = self.append((key, DEAD), hollow, judged)?;
        self.count(1);
        // It is only a place; what is certain is asked when it is filled.
        self.doubt = None;
        Ok(entry)
    }

    /// Gives a dead entry another memo field: the mark of one that is not whole, or that of its value.
    fn whole(&mut self, entry: &Entry, memo: i32) -> Result<Entry, EditError> {
        let at = entry.end() - TRAILER_LEN + 1;
        self.store().write_at(at, &memo.to_le_bytes())?;
        self.store().sync()?;
        if let Some(known) = self.index.at_mut(entry.offset) {
            known.memo = memo;
        }
        Ok(Entry {
            memo,
            ..entry.clone()
        })
    }

    /// Takes an entry off that never counted, if it is the last one.
    fn withdraw(&mut self, entry: &Entry) -> bool {
        let last = self.index.entries.last();
        let is_last = last.is_some_and(|last| last.offset == entry.offset && last.flag != ALIVE);
        let is_off = is_last && self.took_off(entry);
        if is_off {
            self.count(1);
        }
        is_off
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mmapdict::{ArrayHead, Index, NewFile, create, is_freed, switch_in_steps};
    use std::io::{self, Read};
    use std::path::PathBuf;

    const SIZE: u64 = 9 << 20;

    /// Gives bytes, and does something else before some of them.
    struct Source<F> {
        given: u64,
        at: u64,
        then: Option<F>,
    }

    impl<F: FnOnce() -> io::Result<()>> Read for Source<F> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.given >= self.at
                && let Some(then) = self.then.take()
            {
                then()?;
            }
            for (byte, number) in buffer.iter_mut().zip(self.given..) {
                *byte = u8::try_from(number % 251).unwrap_or_default();
            }
            self.given += buffer.len() as u64;
            Ok(buffer.len())
        }
    }

    fn empty() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.mmdpickle");
        create::<_, EditError>(&path, None, |store| {
            let progress = Progress::new();
            let mut new = NewFile::begin(store, &progress)?;
            let pieces = vec![Piece::Bytes(b"K\x05".to_vec())];
            new.add(b"first", Payload { pieces, memo: 1 })?;
            new.finish(1)
        })
        .unwrap();
        (folder, path)
    }

    fn small() -> Payload<'static> {
        Payload {
            pieces: vec![Piece::Bytes(b"K\x07".to_vec())],
            memo: 1,
        }
    }

    fn put_array(
        path: &Path,
        progress: &Progress,
        then: impl FnOnce() -> io::Result<()>,
    ) -> Result<Done, EditError> {
        let mut source = Source {
            given: 0,
            at: 5 << 20,
            then: Some(then),
        };
        let head = ArrayHead {
            dtype: "uint8",
            shape: &[SIZE],
        };
        let payload = Payload::array(head, Piece::Stream(&mut source, SIZE), None)?;
        put(path, "cube", Plan::Any, payload, &|| Ok(()), progress)
    }

    fn index(path: &Path) -> Index {
        let source = FileSource::open(path).unwrap();
        Index::read(&source, &Progress::new()).unwrap()
    }

    #[test]
    fn others_write_while_a_large_array_is_filled_in() {
        let (_folder, path) = empty();
        let progress = Progress::new();
        let done = put_array(&path, &progress, || {
            let put = |editor: &mut Editor<'_>| editor.put("other", Plan::Absent, small());
            edit(&path, &Progress::new(), put).map_err(io::Error::other)?;
            Ok(())
        })
        .unwrap();
        let index = index(&path);
        let keys: Vec<&[u8]> = index.live().map(|entry| &*entry.key).collect();
        assert_eq!(keys, [&b"first"[..], b"cube", b"other"]);
        let entry = done.entry.unwrap();
        assert_eq!(index.find(b"cube"), Some(&entry));
        assert_eq!((entry.memo, done.commit, done.doubt), (3, 4, None));
        let bytes = std::fs::read(&path).unwrap();
        let data: Vec<u8> = (0..SIZE)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        let start = usize::try_from(entry.value_range().start).unwrap() + 79;
        assert!(bytes[start..].starts_with(&data));
        // Copies and moves are made in steps as well.
        duplicate(&path, "cube", "a copy", Plan::Any, &progress).unwrap();
        rename(&path, "cube", "another name", Plan::Any, &progress).unwrap();
        let index = self::index(&path);
        let keys: Vec<&[u8]> = index.live().map(|entry| &*entry.key).collect();
        assert_eq!(keys, [&b"first"[..], b"other", b"a copy", b"another name"]);
        assert_eq!((index.trailing, index.unfinished.clone()), (0, None));
        let bytes = std::fs::read(&path).unwrap();
        for key in [&b"a copy"[..], b"another name"] {
            let entry = index.find(key).unwrap();
            let start = usize::try_from(entry.value_range().start).unwrap() + 79;
            assert!(bytes[start..].starts_with(&data));
        }
    }

    #[test]
    fn what_is_cancelled_leaves_the_file_as_it_was() {
        let (_folder, path) = empty();
        let before = std::fs::read(&path).unwrap();
        let progress = Progress::new();
        let stopped = put_array(&path, &progress, || {
            progress.cancel();
            Ok(())
        });
        assert!(matches!(stopped, Err(EditError::Cancelled(_))));
        let mut after = std::fs::read(&path).unwrap();
        // But for the commit number.
        after[18..22].copy_from_slice(&before[18..22]);
        assert_eq!(after, before);
    }

    #[test]
    fn what_fails_behind_others_cannot_be_brought_back() {
        let (_folder, path) = empty();
        let failed = put_array(&path, &Progress::new(), || {
            let put = |editor: &mut Editor<'_>| editor.put("other", Plan::Absent, small());
            edit(&path, &Progress::new(), put).map_err(io::Error::other)?;
            Err(io::ErrorKind::UnexpectedEof.into())
        });
        assert!(failed.is_err());
        let index = index(&path);
        let keys: Vec<&[u8]> = index.live().map(|entry| &*entry.key).collect();
        assert_eq!(keys, [&b"first"[..], b"other"]);
        assert!(index.entries.iter().any(is_freed));
        let progress = Progress::new();
        let restored = edit(&path, &progress, |editor| {
            editor.restore("cube", None, Plan::Any)
        });
        assert!(matches!(restored, Err(EditError::Freed(_))));
    }

    #[test]
    fn many_keys_are_deleted_in_steps_and_others_write_in_between() {
        let (_folder, path) = empty();
        let progress = Progress::new();
        let keys: Vec<String> = (0..600).map(|number| format!("key {number}")).collect();
        edit(&path, &progress, |editor| {
            for key in &keys {
                editor.put(key, Plan::Absent, small())?;
            }
            Ok(())
        })
        .unwrap();
        let switches: Vec<Switch<'_>> = keys
            .iter()
            .map(|key| Switch {
                key,
                to: None,
                plan: Plan::Any,
            })
            .collect();
        let mut deleted = 0;
        switch_in_steps(&path, &switches, &progress, &mut |_, _| {
            if deleted == 0 {
                let put = |editor: &mut Editor<'_>| editor.put("other", Plan::Absent, small());
                edit(&path, &Progress::new(), put).unwrap();
            }
            deleted += 1;
        })
        .unwrap();
        let index = index(&path);
        let left: Vec<&[u8]> = index.live().map(|entry| &*entry.key).collect();
        assert_eq!((deleted, left), (600, vec![&b"first"[..], b"other"]));
    }
}
