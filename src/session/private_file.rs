//! The program's own files (settings, undo lists): readable by their owner only, and whole after a crash.
//!
//! They hold paths and cells of the user's data, so they are no more open than that data may be. Not for data files: those
//! are written in `mmapdict`.

use crate::source::{ByteSource as _, FileSource};
use std::io::{self, Write as _};
use std::path::Path;

/// Reads a regular file of at most `max` bytes. A pipe or device, which could block for ever, is an error.
pub(super) fn read(file: &Path, max: u64) -> io::Result<String> {
    let source = FileSource::open(file)?;
    let len = source.stamp()?.len;
    if len > max {
        let text = format!("it is larger than {} MB", max >> 20);
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
    source.read_at(0, &mut bytes)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Writes a file whole: beside it first, flushed to the disk, then renamed over it.
pub(super) fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file
        .parent()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    make_folder(folder)?;
    let mut fresh = tempfile::Builder::new()
        .prefix(".cubescope-")
        .tempfile_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    fresh.as_file().sync_all()?;
    fresh.persist(file).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// The names in a folder are flushed, too.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match std::fs::File::open(folder)?.sync_all() {
        // Some file systems cannot flush folders: nothing more can be done there.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
        other => return other,
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Makes the folder, or closes one that others can look into.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    close(folder, 0o700);
    Ok(())
}

/// Takes away what others may do with a file or folder of the program that an earlier version left open to them. What is
/// reached by a link was put there by the user and is left alone.
pub(super) fn close(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let Ok(meta) = std::fs::symlink_metadata(path) else {
            return;
        };
        if !meta.is_symlink() && meta.permissions().mode() & 0o077 != 0 {
            // Somebody else's folder cannot be closed; what is written there is for its owner only all the same.
            drop(std::fs::set_permissions(
                path,
                std::fs::Permissions::from_mode(mode),
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_are_for_their_owner_only_in_folders_that_are_closed() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("cubescope/changes");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o755)).unwrap();
        let file = inner.join("a.json");
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        write(&file, "new").unwrap();
        assert_eq!(read(&file, 10).unwrap(), "new");
        assert_eq!((mode(&file), mode(&inner)), (0o600, 0o700));
        assert_eq!(std::fs::read_dir(&inner).unwrap().count(), 1);
        let made = folder.path().join("made/deep/b.json");
        write(&made, "").unwrap();
        assert_eq!(mode(made.parent().unwrap()), 0o700);
        assert!(read(&file, 2).is_err());
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("settings.json");
        let made = std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap();
        assert!(made.success());
        let error = read(&pipe, 10).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn what_a_link_leads_to_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path().join("shared");
        std::fs::create_dir(&shared).unwrap();
        std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o755)).unwrap();
        let link = folder.path().join("cubescope");
        std::os::unix::fs::symlink(&shared, &link).unwrap();
        write(&link.join("a.json"), "x").unwrap();
        assert_eq!(
            (mode(&shared), mode(&shared.join("a.json"))),
            (0o755, 0o600)
        );
    }
}
