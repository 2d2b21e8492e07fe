//! Where the undo list of a file is kept on the disk, and how it is found again after the file got another name or place.
//!
//! The name of its JSON file has what a file is known by: a digest of its path, its device and inode, and the entry that was
//! changed last with a digest of how that entry begins. Any of the three finds it. A list found by one that fits by chance
//! does no harm: what it names has to be in the file, and nothing is undone that is not as the list says.

use super::change::Place;
use crate::session::private_file;
use crate::source::{ByteSource as _, FileSource, FileStamp};
use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How much of an entry's beginning is looked at.
const BEGINNING: u64 = 4096;
/// A larger file is no list: its bytes are bounded when it is written.
const MAX_FILE: u64 = 1 << 30;

/// What a file is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    path: String,
    /// Device and inode; none where the system has none.
    identity: Option<(u64, u64)>,
    entry: Option<(Place, String)>,
}

impl Name {
    /// `entry`: the one that was changed last.
    fn of(file: &Path, entry: Option<Place>) -> Self {
        let digest_of = |place| Some((place, beginning(file, place)?));
        Self {
            path: digest(file.as_os_str().as_encoded_bytes(), 16),
            identity: identity(file),
            entry: entry.and_then(digest_of),
        }
    }

    /// `None` for files that are no lists. Earlier versions named them by the path alone.
    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".json")?.split('-');
        let path = parts.next()?.to_owned();
        let mut numbers = parts
            .next()
            .into_iter()
            .flat_map(|part| part.split('.'))
            .map(|number| u64::from_str_radix(number, 16).ok());
        let identity = numbers.next().flatten().zip(numbers.next().flatten());
        let entry = parts.next().and_then(|part| {
            let mut parts = part.split('.');
            let offset = u64::from_str_radix(parts.next()?, 16).ok()?;
            let len = u64::from_str_radix(parts.next()?, 16).ok()?;
            Some((Place { offset, len }, parts.next()?.to_owned()))
        });
        Some(Self {
            path,
            identity,
            entry,
        })
    }

    fn text(&self) -> String {
        let mut text = self.path.clone();
        let (device, inode) = self.identity.unwrap_or_default();
        text = format!("{text}-{device:x}.{inode:x}");
        if let Some((Place { offset, len }, digest)) = &self.entry {
            text = format!("{text}-{offset:x}.{len:x}.{digest}");
        }
        text + ".json"
    }
}

/// A list that may be that of a file.
pub(super) struct Candidate {
    file: PathBuf,
    /// It was kept for a file of this path.
    pub(super) is_of_path: bool,
}

impl Candidate {
    /// What is in it.
    pub(super) fn read(&self) -> io::Result<String> {
        private_file::read(&self.file, MAX_FILE)
    }
}

/// The lists that may be that of `file`, the likeliest first. `has`: whether there is an entry.
pub(super) fn candidates(
    folder: &Path,
    file: &Path,
    has: impl Fn(&Place) -> bool,
) -> Vec<Candidate> {
    let own = Name::of(file, None);
    let mut found: Vec<(u8, SystemTime, Candidate)> = lists(folder)
        .filter_map(|(name, entry)| {
            let is_of_path = name.path == own.path;
            let is_same_file = name.identity.is_some() && name.identity == own.identity;
            let has_entry = || {
                name.entry.as_ref().is_some_and(|(place, digest)| {
                    has(place) && beginning(file, *place).as_ref() == Some(digest)
                })
            };
            let rank = match (is_same_file, is_of_path) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) if has_entry() => 3,
                (false, false) => return None,
            };
            let time = entry.metadata().and_then(|meta| meta.modified());
            let candidate = Candidate {
                file: entry.path(),
                is_of_path,
            };
            Some((rank, time.unwrap_or(SystemTime::UNIX_EPOCH), candidate))
        })
        .collect();
    found.sort_by(|(rank, time, _), (other, other_time, _)| {
        rank.cmp(other).then(other_time.cmp(time))
    });
    found
        .into_iter()
        .map(|(_, _, candidate)| candidate)
        .collect()
}

/// Writes the list of a file in place of those that were kept for it before. It is on the disk when this returns.
pub(super) fn write(
    folder: &Path,
    file: &Path,
    entry: Option<Place>,
    text: &str,
) -> io::Result<()> {
    let name = Name::of(file, entry);
    let fresh = folder.join(name.text());
    private_file::write(&fresh, text)?;
    remove_others(folder, &name, Some(&fresh))
}

/// Removes the list of a file.
pub(super) fn remove(folder: &Path, file: &Path) -> io::Result<()> {
    remove_others(folder, &Name::of(file, None), None)
}

fn remove_others(folder: &Path, own: &Name, but: Option<&Path>) -> io::Result<()> {
    for (name, entry) in lists(folder) {
        let is_same_file = name.identity.is_some() && name.identity == own.identity;
        // One of this path and of another file may be that of a file that was moved away: it is not removed.
        let is_same_path = name.path == own.path && (name.identity.is_none() || is_same_file);
        if (is_same_file || is_same_path) && Some(entry.path().as_path()) != but {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn lists(folder: &Path) -> impl Iterator<Item = (Name, std::fs::DirEntry)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let name: OsString = entry.file_name();
        Some((Name::parse(name.to_str()?)?, entry))
    })
}

fn identity(file: &Path) -> Option<(u64, u64)> {
    let identity = FileStamp::of_path(file).ok()?.identity;
    (identity != (0, 0)).then_some(identity)
}

fn beginning(file: &Path, place: Place) -> Option<String> {
    let source = FileSource::open(file).ok()?;
    let mut bytes = vec![0; usize::try_from(place.len.min(BEGINNING)).ok()?];
    source.read_at(place.offset, &mut bytes).ok()?;
    Some(digest(&bytes, 8))
}

fn digest(bytes: &[u8], len: usize) -> String {
    let digest = Sha256::digest(bytes);
    let bytes = digest.iter().take(len);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        let place = Place {
            offset: 24,
            len: 4000,
        };
        let name = Name {
            path: "00ff".to_owned(),
            identity: Some((2049, 77)),
            entry: Some((place, "ab".to_owned())),
        };
        assert_eq!(name.text(), "00ff-801.4d-18.fa0.ab.json");
        assert_eq!(Name::parse(&name.text()), Some(name));
        let old = Name::parse("00ff.json").unwrap();
        assert_eq!((old.identity, old.entry), (None, None));
        assert_eq!(Name::parse("notes.txt"), None);
    }
}
