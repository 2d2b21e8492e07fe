//! Files that are made for a user besides containers: pictures, tables, reports. None of them destroys data.
//!
//! A file that is read from, and one that holds pickled data, are never written over, whatever name they are given by. The
//! rest is [`write_whole`]'s business: the old file stays until the new one is whole.

use crate::mmapdict::TERMINATOR;
use crate::pickle::scan::Scanner;
use crate::source::{ByteSource as _, FileSource, FileStamp, write_whole};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Opcodes that a file begins with if it is a pickle of an old protocol, which has no mark of its own.
const OPCODES: usize = 1000;

/// Why a file was not written. `Display` is ready for a user and ends in the path.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is read from.
    #[error("This would overwrite the file that it is made from; give another name: {}", .0.display())]
    IsInput(PathBuf),
    /// There is data in it.
    #[error("There is an mmappickle file or a pickle of this name; it is not overwritten: {}", .0.display())]
    HoldsData(PathBuf),
    /// A kind of file that cannot be made.
    #[error("Only {supported} can be written here; give a name that ends in .{supported}, in lower or upper case: {}", path.display())]
    Ending {
        /// The ending that is supported.
        supported: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// What the system says.
    #[error("The file could not be written ({why}): {}", path.display())]
    Io {
        /// What it says.
        why: io::Error,
        /// The file.
        path: PathBuf,
    },
}

/// A file that may be written.
#[derive(Debug)]
pub struct Output<'p> {
    path: &'p Path,
    source: Option<File>,
}

impl<'p> Output<'p> {
    /// Looks whether a file may be written that is made of these. A name with an ending has to have `ending`; what is no
    /// regular file has none to go by.
    ///
    /// # Errors
    /// It is one of them, or holds data, or has another ending.
    pub fn new(
        path: &'p Path,
        ending: &'static str,
        inputs: &[&Path],
    ) -> Result<Self, OutputError> {
        let meta = std::fs::metadata(path).ok();
        let is_special = meta
            .as_ref()
            .is_some_and(|meta| !meta.is_file() && !meta.is_dir());
        if !is_special {
            let stamp = FileStamp::of_path(path).ok();
            for input in inputs {
                let same_name = match (path.canonicalize(), input.canonicalize()) {
                    (Ok(output), Ok(input)) => output == input,
                    _ => path == *input,
                };
                // Hard links, too.
                let same_file = FileStamp::of_path(input)
                    .ok()
                    .zip(stamp)
                    .is_some_and(|(a, b)| a.identity == b.identity && a.identity != (0, 0));
                if same_name || same_file {
                    return Err(OutputError::IsInput(path.to_owned()));
                }
            }
            if stamp.is_some_and(|stamp| stamp.len > 0) && holds_data(path) {
                return Err(OutputError::HoldsData(path.to_owned()));
            }
            if let Some(found) = path.extension()
                && !found.eq_ignore_ascii_case(ending)
            {
                return Err(OutputError::Ending {
                    supported: ending,
                    path: path.to_owned(),
                });
            }
        }
        Ok(Self {
            path,
            source: inputs.first().and_then(|input| File::open(input).ok()),
        })
    }

    /// Writes it. It is not more open than the first of the files that it is made of.
    ///
    /// # Errors
    /// The old file is as it was.
    pub fn write(
        &self,
        work: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        write_whole(self.path, self.source.as_ref(), work).map_err(|why| OutputError::Io {
            why,
            path: self.path.to_owned(),
        })
    }
}

/// Whether a file is a pickle or a container, whole or damaged, by what is in it. One that cannot be read may be.
fn holds_data(path: &Path) -> bool {
    let Ok(source) = FileSource::open(path) else {
        return true;
    };
    let mut head = [0; 2];
    let is_marked = source.read_at(0, &mut head).is_ok() && head[0] == 0x80 && head[1] <= 5;
    let mut end = TERMINATOR;
    let end_at = source.len().checked_sub(end.len() as u64);
    let has_end = end_at.is_some_and(|at| source.read_at(at, &mut end).is_ok())
        && end == TERMINATOR
        && source.len() > TERMINATOR.len() as u64;
    is_marked || has_end || is_old_pickle(&source)
}

/// Opcodes up to the STOP at the end, or very many of them.
fn is_old_pickle(source: &FileSource) -> bool {
    let mut scanner = Scanner::new(source, 0, source.len());
    let mut count = 0;
    loop {
        match scanner.next_op() {
            Ok(Some(op)) if op.opcode == crate::pickle::Opcode::Stop => {
                return count > 0;
            }
            Ok(Some(_)) if count < OPCODES => count += 1,
            Ok(Some(_)) => return true,
            Ok(None) | Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_not_written_over_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let make = |name: &str, bytes: &[u8]| {
            std::fs::write(path(name), bytes).unwrap();
            path(name)
        };
        let input = make("input", b"not even a pickle");
        let check = |output: &Path| Output::new(output, "png", &[&input]).map(drop);
        for (name, bytes) in [
            ("container.png", &b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01"[..]),
            ("damaged.png", b"xxxxxxxx\x95\x02\0\0\0\0\0\0\0d."),
            ("p2.png", b"\x80\x02}."),
            ("p0.png", b"(dp0\nS'a'\np1\nI1\ns."),
        ] {
            let refused = check(&make(name, bytes));
            assert!(matches!(refused, Err(OutputError::HoldsData(_))), "{name}");
        }
        for (name, bytes) in [
            ("empty.png", &b""[..]),
            ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            ("text.PNG", b"some text. And more"),
        ] {
            check(&make(name, bytes)).unwrap();
        }
        check(&path("new.png")).unwrap();
        check(&path("new")).unwrap();
        let refused = check(&path("new.jpg"));
        assert!(matches!(refused, Err(OutputError::Ending { .. })));
        assert!(matches!(check(&input), Err(OutputError::IsInput(_))));
        std::fs::hard_link(&input, path("hard.png")).unwrap();
        let refused = check(&path("hard.png"));
        #[cfg(unix)]
        {
            assert!(matches!(refused, Err(OutputError::IsInput(_))));
            std::os::unix::fs::symlink("input", path("soft.png")).unwrap();
            assert!(matches!(
                check(&path("soft.png")),
                Err(OutputError::IsInput(_))
            ));
        }
        #[cfg(not(unix))]
        drop(refused);
    }
}
