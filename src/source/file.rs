//! A file on disk, opened for reading only: positioned reads, identity, length and time of change.

use super::ByteSource;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    /// Length in bytes.
    pub len: u64,
    /// Device and inode; zero where the system has none.
    pub identity: (u64, u64),
    /// Time of the last change.
    pub modified: Option<SystemTime>,
}

impl FileStamp {
    /// Of whatever now stands at `path`.
    ///
    /// # Errors
    /// As `std::fs::metadata`.
    pub fn of_path(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|meta| Self::of(&meta))
    }

    fn of(meta: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            (meta.dev(), meta.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Self {
            len: meta.len(),
            identity,
            modified: meta.modified().ok(),
        }
    }
}

/// A file opened for reading. Its length is that of the moment of the last [`FileSource::stamp`], or what was written since.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    path: PathBuf,
    len: std::sync::atomic::AtomicU64,
}

impl FileSource {
    /// Opens a regular file so that neither its contents nor, where the system allows it, its access time change.
    ///
    /// # Errors
    /// As `File::open`; `IsADirectory` for folders and `InvalidInput` for pipes and devices, which could block for ever.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_with(path, open_keeping_times)
    }

    /// Looks at what stands at the path before opening it.
    pub(super) fn open_with(
        path: &Path,
        open: impl FnOnce(&Path) -> io::Result<File>,
    ) -> io::Result<Self> {
        let meta = std::fs::metadata(path)?;
        if meta.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !meta.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        Self::new(open(path)?, path)
    }

    /// Takes an open file.
    pub(super) fn new(file: File, path: &Path) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self {
            file,
            path: path.to_owned(),
            len: len.into(),
        })
    }

    /// The path it was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file, for locking and mapping.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// It was written to up to here.
    pub(super) fn reaches(&self, end: u64) {
        self.len
            .fetch_max(end, std::sync::atomic::Ordering::Relaxed);
    }

    /// It was made to end here.
    pub(super) fn ends_at(&self, len: u64) {
        self.len.store(len, std::sync::atomic::Ordering::Relaxed);
    }

    /// Looks at the open file (not at the path) again; its length is taken over.
    ///
    /// # Errors
    /// As `File::metadata`.
    pub fn stamp(&self) -> io::Result<FileStamp> {
        let stamp = FileStamp::of(&self.file.metadata()?);
        self.len
            .store(stamp.len, std::sync::atomic::Ordering::Relaxed);
        Ok(stamp)
    }
}

impl ByteSource for FileSource {
    fn len(&self) -> u64 {
        self.len.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn file(&self) -> Option<&File> {
        Some(&self.file)
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        use std::os::windows::fs::FileExt as _;
        while !buffer.is_empty() {
            let count = self.file.seek_read(buffer, offset)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            offset += count as u64;
            buffer = buffer.get_mut(count..).unwrap_or_default();
        }
        Ok(())
    }
}

/// `O_NOATIME` is granted to the owner of the file only; others get the file with whatever the system does to its access time.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn open_keeping_times(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let quiet = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOATIME)
        .open(path);
    match quiet {
        Err(err) if err.raw_os_error() == Some(libc::EPERM) => File::open(path),
        other => other,
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn open_keeping_times(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let err = FileSource::open(folder.path()).unwrap_err();
        assert_eq!(err.kind(), io::ErrorKind::IsADirectory);
    }

    #[test]
    fn reads_past_the_end_are_errors() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        io::Write::write_all(&mut file, b"0123456789").unwrap();
        let source = FileSource::open(file.path()).unwrap();
        let mut buffer = [0; 4];
        source.read_at(6, &mut buffer).unwrap();
        assert_eq!(&buffer, b"6789");
        let err = source.read_at(7, &mut buffer).unwrap_err();
        assert_eq!(err.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn reading_leaves_the_access_time_alone() {
        use std::os::unix::fs::MetadataExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"0123456789").unwrap();
        let past = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        let times = std::fs::FileTimes::new().set_accessed(past);
        File::options()
            .write(true)
            .open(file.path())
            .unwrap()
            .set_times(times)
            .unwrap();
        let source = FileSource::open(file.path()).unwrap();
        source.read_at(0, &mut [0; 10]).unwrap();
        let map = super::super::FileMap::new(source.file()).unwrap();
        assert_eq!(map.as_slice(), b"0123456789");
        assert_eq!(std::fs::metadata(file.path()).unwrap().atime(), 1_000_000);
    }

    #[test]
    fn a_stamp_sees_growth() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let source = FileSource::open(file.path()).unwrap();
        let before = source.stamp().unwrap();
        std::fs::write(file.path(), b"more").unwrap();
        let after = source.stamp().unwrap();
        assert_eq!((before.len, after.len, source.len()), (0, 4, 4));
        assert_eq!(after, FileStamp::of_path(file.path()).unwrap());
    }
}
