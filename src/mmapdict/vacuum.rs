//! Freeing the space of dead entries. Their history is gone afterwards.
//!
//! | way | what it does | a crash leaves | other programs |
//! | --- | --- | --- | --- |
//! | holes | the data of dead arrays becomes holes; nothing moves | the file, as it was or with holes | notice nothing, maps of live arrays stay valid |
//! | copy | live entries go to a new file that takes the old one's name | the old file or the new one | keep the old file until they reopen it |
//! | in place | live entries are moved to the front, as the reference does | a broken file | maps show other data |

use super::edit::{read_index, with_locked};
use super::layout::{DEAD, HEADER_LEN, TERMINATOR, TERMINATOR_LEN};
use super::new_file::{self, NewFile};
use super::{
    ARRAY_PREFIX, Counted, Damage, Doubt, EditError, Editor, Entry, Header, Index, MASKED_PREFIX,
    freed, settle,
};
use crate::pickle::Opcode;
use crate::pickle::scan::{Arg, Scanner};
use crate::progress::Progress;
use crate::source::{ByteSource, FileSource, FileStamp, FileStore, Opener, Store, openers};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Shorter data is not worth a hole: file systems free whole blocks.
const BLOCK: u64 = 4096;
/// Bytes moved at once in place.
const CHUNK: u64 = 1 << 20;

/// How to free space; see the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VacuumWay {
    /// Holes in place of the data of dead arrays.
    Punch,
    /// A compacted copy takes the file's name.
    Copy,
    /// A compacted copy under another name; the file stays.
    To(PathBuf),
    /// Moving everything to the front.
    InPlace,
}

/// What freeing space would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VacuumPlan {
    /// Bytes of the file now.
    pub size: u64,
    /// Number of dead entries.
    pub dead: usize,
    /// Bytes that all dead entries take: what a compacted copy saves.
    pub dead_bytes: u64,
    /// Bytes that holes would free, in whole blocks.
    pub holes: u64,
    /// Other programs that have the file open, as far as the system tells.
    pub openers: Vec<Opener>,
}

/// What freeing space did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacuumed {
    /// Dead entries whose space was freed.
    pub entries: usize,
    /// Bytes that were freed.
    pub freed: u64,
    /// The commit number of the file, or of the copy.
    pub commit: i32,
    /// What is not certain about it, or was not done.
    pub doubt: Option<Doubt>,
}

impl Vacuumed {
    /// There was nothing to free.
    fn none(commit: i32) -> Self {
        Self {
            entries: 0,
            freed: 0,
            commit,
            doubt: None,
        }
    }
}

/// Looks what there is to free, without writing.
///
/// # Errors
/// It is no container, or reading fails.
pub fn vacuum_plan(path: &Path, progress: &Progress) -> Result<VacuumPlan, EditError> {
    let source = FileSource::open(path)?;
    let stamp = source.stamp()?;
    let index = read_index(&source, progress)?;
    refuse_damage(&index)?;
    let dead = dead_entries(&index);
    let mut holes = 0;
    for entry in dead.iter().filter(|entry| !freed::is_freed(entry)) {
        let data = long_data(&source, entry, progress)?;
        holes += data.iter().map(whole_blocks).sum::<u64>();
    }
    Ok(VacuumPlan {
        size: stamp.len,
        dead: dead.len(),
        dead_bytes: dead.iter().map(|entry| entry.len).sum(),
        holes,
        openers: openers(&stamp),
    })
}

/// Frees the space of dead entries. `force` replaces a file that other programs have open for writing, too.
///
/// # Errors
/// The file is damaged, in use, cannot be locked or written, …; see [`EditError`].
pub fn vacuum(
    path: &Path,
    way: &VacuumWay,
    force: bool,
    progress: &Progress,
) -> Result<Vacuumed, EditError> {
    // What is replaced is the file, not a link to it.
    let path = &std::fs::canonicalize(path)?;
    match way {
        VacuumWay::Punch => with_locked(path, |store| punch(store, progress)),
        VacuumWay::InPlace => with_locked(path, |store| in_place(store, progress)),
        VacuumWay::Copy => copy(path, force, progress),
        VacuumWay::To(target) => {
            let source = FileSource::open(path)?;
            let index = read_index(&source, progress)?;
            settle::check(&source, &index, progress)?;
            new_file::create(target, Some(source.file()), |new| {
                let done = compact(&source, &index, new, progress)?;
                still_holds(&source, &index, progress)?;
                Ok(done)
            })
        }
    }
}

/// How often a copy is made without the lock, before one is made under it.
const TRIES: usize = 3;

/// Replaces a file by a compacted copy. The copy is made without the lock, so that nobody waits for it; it takes the name
/// only if nothing was changed meanwhile.
fn copy(path: &Path, force: bool, progress: &Progress) -> Result<Vacuumed, EditError> {
    let mut tried = 0;
    loop {
        tried += 1;
        let before = with_locked(path, |store| {
            let index = settled(store, progress)?;
            let dead = dead_entries(&index);
            if dead.is_empty() {
                return Ok(Err(Vacuumed::none(index.commit)));
            }
            if !force {
                let stamp = store.source().stamp()?;
                refuse_writers(&stamp)?;
                refuse_links(store.source().file())?;
            }
            Ok(Ok((store.source().stamp()?, index)))
        })?;
        let (stamp, index) = match before {
            Ok(before) => before,
            Err(nothing) => return Ok(nothing),
        };
        if tried > TRIES {
            return with_locked(path, |store| copy_locked(path, store, force, progress));
        }
        let source = FileSource::open(path)?;
        let (done, new) = new_file::replacement(path, source.file(), force, |new| {
            compact(&source, &index, new, progress)
        })?;
        let renamed = with_locked(path, |store| {
            if !is_unchanged(store, &stamp, &index)? {
                return Ok(None);
            }
            // Who opened it during the copy waits for our lock now, and would write to the old file afterwards.
            if !force {
                refuse_writers(&stamp)?;
            }
            new.take_name(path).map(Some)
        })?;
        if let Some(doubt) = renamed {
            return Ok(Vacuumed { doubt, ..done });
        }
    }
}

/// As [`copy`], all of it under the lock.
fn copy_locked(
    path: &Path,
    store: &FileStore,
    force: bool,
    progress: &Progress,
) -> Result<Vacuumed, EditError> {
    let index = settled(store, progress)?;
    let old = store.source();
    let (done, new) = new_file::replacement(path, old.file(), force, |new| {
        compact(old, &index, new, progress)
    })?;
    if !force {
        refuse_writers(&old.stamp()?)?;
    }
    let doubt = new.take_name(path)?;
    Ok(Vacuumed { doubt, ..done })
}

/// Whether nobody wrote to a file since it was looked at.
fn is_unchanged(store: &FileStore, stamp: &FileStamp, index: &Index) -> Result<bool, EditError> {
    let now = store.source().stamp()?;
    let mut head = [0; HEADER_LEN as usize];
    store.read_at(0, &mut head)?;
    let commit = Header::parse(&head).map(|header| header.commit);
    Ok(now == *stamp && commit == Ok(index.commit))
}

/// A copy takes one name of a file that has several; the others would keep the old file.
fn refuse_links(file: &std::fs::File) -> Result<(), EditError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let names = file.metadata()?.nlink();
        if names > 1 {
            return Err(EditError::HardLinks(names));
        }
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn refuse_damage(index: &Index) -> Result<(), EditError> {
    match &index.damage {
        None | Some(Damage::NoTerminator | Damage::PartialTerminator) => Ok(()),
        Some(damage) => Err(EditError::Damaged {
            at: index.end,
            damage: damage.clone(),
        }),
    }
}

/// Whether what was copied without a lock still stands where it did. What was appended meanwhile does not matter.
fn still_holds(source: &FileSource, index: &Index, progress: &Progress) -> Result<(), EditError> {
    let now = read_index(source, progress)?;
    let same = |(old, new): (&Entry, &Entry)| {
        (old.offset, old.len, &old.key, old.flag) == (new.offset, new.len, &new.key, new.flag)
    };
    let mut pairs = index.entries.iter().zip(&now.entries);
    if now.entries.len() >= index.entries.len() && pairs.all(same) {
        Ok(())
    } else {
        Err(EditError::Changed)
    }
}

/// What another program goes on writing to the old file is lost once a new one has its name.
fn refuse_writers(stamp: &FileStamp) -> Result<(), EditError> {
    let writers: Vec<String> = openers(stamp)
        .into_iter()
        .filter(|opener| opener.writes)
        .map(|opener| format!("{} (process {})", opener.name, opener.pid))
        .collect();
    if writers.is_empty() {
        Ok(())
    } else {
        Err(EditError::InUse(writers.join(", ")))
    }
}

/// The index of a file after it was brought into order.
fn settled(store: &dyn Store, progress: &Progress) -> Result<Index, EditError> {
    let mut editor = Editor::new(store, progress)?;
    editor.settle()?;
    Ok(editor.index().clone())
}

/// Entries that everybody takes for dead. An odd flag is dead to the reference and alive to plain pickle: those stay.
fn dead_entries(index: &Index) -> Vec<&Entry> {
    let entries = index.entries.iter();
    entries.filter(|entry| entry.flag == DEAD).collect()
}

// --- a compacted copy ------------------------------------------------------------------------------

/// Writes the live entries of a file into an empty store.
///
/// # Errors
/// Of reading and writing; cancelled.
pub fn compact(
    source: &dyn ByteSource,
    index: &Index,
    target: &dyn Store,
    progress: &Progress,
) -> Result<Vacuumed, EditError> {
    let live = || index.entries.iter().filter(|entry| entry.flag != DEAD);
    progress.set_total(live().map(|entry| entry.len).sum());
    let mut new = NewFile::begin(target, progress)?;
    for entry in live() {
        new.copy(source, entry)?;
    }
    // Not set back, as the reference does: a reader that kept an old number could take the new file for the old one.
    let commit = index.commit.wrapping_add(1);
    new.finish(commit)?;
    let dead = dead_entries(index);
    Ok(Vacuumed {
        entries: dead.len(),
        freed: dead.iter().map(|entry| entry.len).sum(),
        commit,
        doubt: None,
    })
}

// --- holes -----------------------------------------------------------------------------------------

/// Frees the data of dead arrays under the file's lock. If it fails in the middle, a doubt says so; what was freed is.
///
/// # Errors
/// Nothing is freed.
pub fn punch(store: &dyn Store, progress: &Progress) -> Result<Vacuumed, EditError> {
    let index = settled(store, progress)?;
    let mut done = Vacuumed::none(index.commit);
    let mut found = Vec::new();
    for entry in dead_entries(&index) {
        progress.check()?;
        if freed::is_pending(entry) {
            continue;
        }
        let data = long_data(store, entry, progress)?;
        let blocks: u64 = data.iter().map(whole_blocks).sum();
        if blocks > 0 {
            found.push((entry, data, blocks));
        }
    }
    if found.is_empty() {
        return Ok(done);
    }
    // Behind the end a hole changes nothing: it tells whether there can be one, before anything is marked.
    let end = store.len().next_multiple_of(BLOCK);
    store.punch(end..end + BLOCK).map_err(EditError::NoHoles)?;
    for (entry, data, blocks) in found {
        let stopped = match progress.check() {
            Err(cancelled) => Err(cancelled.into()),
            Ok(()) => free(store, entry, data, blocks, &mut done).map_err(EditError::from),
        };
        match stopped {
            Ok(()) => {}
            Err(err) if done.entries == 0 => return Err(err),
            Err(err) => {
                done.doubt = Some(Doubt::Partly(err.to_string()));
                return Ok(done);
            }
        }
    }
    if let Err(err) = store.sync() {
        done.doubt = Some(Doubt::not_on_disk(&err));
    }
    Ok(done)
}

/// Marks one dead entry and frees its data. It counts as freed from the mark on.
fn free(
    store: &dyn Store,
    entry: &Entry,
    data: Vec<Range<u64>>,
    blocks: u64,
    done: &mut Vacuumed,
) -> io::Result<()> {
    if !freed::is_freed(entry) {
        let (at, mark) = freed::mark(entry);
        let marked = store.write_at(at, &mark).and_then(|()| store.sync());
        if let Err(err) = marked {
            drop(store.write_at(at, &entry.memo.to_le_bytes()));
            return Err(err);
        }
        done.entries += 1;
        done.freed += blocks;
    }
    for range in data {
        store.punch(range)?;
    }
    Ok(())
}

/// The long byte strings of an entry that is an array: its data. Elsewhere, zeros could be what plain pickle stumbles over.
fn long_data(
    source: &dyn ByteSource,
    entry: &Entry,
    progress: &Progress,
) -> Result<Vec<Range<u64>>, EditError> {
    let range = entry.value_range();
    let mut found = Vec::new();
    if !is_array(source, range.clone())? {
        return Ok(found);
    }
    let mut scanner = Scanner::new(source, range.start, range.end);
    // What cannot be scanned to its end is left alone from there on.
    while let Ok(Some(op)) = scanner.next_op() {
        progress.check()?;
        match (op.opcode, op.arg) {
            (Opcode::BinBytes | Opcode::BinBytes8 | Opcode::ByteArray8, Arg::Span(span))
                if span.len >= BLOCK =>
            {
                found.push(span.offset..span.offset + span.len);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Whether a value begins as the reference's arrays do, in whatever spelling.
fn is_array(source: &dyn ByteSource, range: Range<u64>) -> Result<bool, EditError> {
    let len = (range.end - range.start).min((MASKED_PREFIX.len() + ARRAY_PREFIX.len()) as u64);
    let mut start = vec![0; usize::try_from(len).unwrap_or_default()];
    source.read_at(range.start, &mut start)?;
    let first = start.strip_prefix(&MASKED_PREFIX).unwrap_or(&start);
    // But for the name of the function: the modern spelling has another there.
    let fixed = ARRAY_PREFIX.len() - b"string\x93".len();
    Ok(ARRAY_PREFIX
        .get(..fixed)
        .is_some_and(|prefix| first.starts_with(prefix)))
}

/// Bytes of the blocks that lie in a range with all of their bytes.
fn whole_blocks(range: &Range<u64>) -> u64 {
    let start = range.start.next_multiple_of(BLOCK);
    (range.end / BLOCK * BLOCK).saturating_sub(start)
}

// --- in place --------------------------------------------------------------------------------------

fn in_place(store: &dyn Store, progress: &Progress) -> Result<Vacuumed, EditError> {
    let index = settled(store, progress)?;
    let dead = dead_entries(&index);
    let mut done = Vacuumed::none(index.commit);
    if dead.is_empty() {
        return Ok(done);
    }
    done.entries = dead.len();
    done.freed = dead.iter().map(|entry| entry.len).sum();
    let live = || index.entries.iter().filter(|entry| entry.flag != DEAD);
    let end = HEADER_LEN + live().map(|entry| entry.len).sum::<u64>();
    store.reserve(HEADER_LEN..end + TERMINATOR_LEN)?;
    // Counted first: whoever reads after this looks again.
    let mut editor = Editor::new(store, progress)?;
    editor.count(1);
    let Counted { commit, doubt } = editor.counted();
    if let Some(Doubt::NotOnDisk(why)) = doubt {
        return Err(io::Error::other(why).into());
    }
    done.commit = commit;
    if let Err(err) = move_all(store, live(), progress) {
        // What stands there now tells how far it came.
        let now = Index::read(store, progress);
        let layout = |index: &Index| -> Vec<(u64, u64, u8)> {
            let entries = index.entries.iter();
            entries
                .map(|entry| (entry.offset, entry.len, entry.flag))
                .collect()
        };
        return match now {
            Ok(now) if now.damage.is_none() && layout(&now) == layout(&index) => Err(err.into()),
            Ok(now) if now.damage.is_none() && now.end == end && dead_entries(&now).is_empty() => {
                done.doubt = Some(Doubt::not_on_disk(&err));
                Ok(done)
            }
            _ => Err(EditError::HalfMoved(err)),
        };
    }
    Ok(done)
}

fn move_all<'e>(
    store: &dyn Store,
    live: impl Iterator<Item = &'e Entry>,
    progress: &Progress,
) -> io::Result<()> {
    let mut end = HEADER_LEN;
    for entry in live {
        move_down(store, entry.offset..entry.end(), end)?;
        progress.add(entry.len);
        end += entry.len;
    }
    store.sync()?;
    // Cut off first: entries behind a terminator would be somebody's.
    store.set_len(end)?;
    store.write_at(end, &TERMINATOR)?;
    store.sync()
}

/// Moves a range to a lower place, chunk by chunk; the two may overlap.
fn move_down(store: &dyn Store, range: Range<u64>, to: u64) -> io::Result<()> {
    if range.start == to {
        return Ok(());
    }
    let mut buffer = Vec::new();
    let (mut from, mut to) = (range.start, to);
    while from < range.end {
        let len = CHUNK.min(range.end - from);
        buffer.resize(usize::try_from(len).unwrap_or_default(), 0);
        store.read_at(from, &mut buffer)?;
        store.write_at(to, &buffer)?;
        from += len;
        to += len;
    }
    Ok(())
}
