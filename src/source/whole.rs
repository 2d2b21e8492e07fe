//! Writing a file as a whole: beside its place, flushed, and given its name only then. Whatever fails, the old one stays.
//!
//! What is no regular file (a device, a pipe) is written to as it is.

use super::access;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file, in the place of the one that may be there. A new one is made of `source`, and is not more open than that.
///
/// # Errors
/// The old file is as it was, or there is none. Of what is no regular file, any part may be written.
pub fn write_whole(
    path: &Path,
    source: Option<&File>,
    work: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let old = match std::fs::metadata(path) {
        Ok(meta) => Some(meta),
        Err(err) if err.kind() == io::ErrorKind::NotFound => None,
        Err(err) => return Err(err),
    };
    if old.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if old.as_ref().is_some_and(|meta| !meta.is_file()) {
        let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
        return through_buffer(&mut file, work);
    }
    // The file that a link leads to is replaced, not the link.
    let path = &target(path);
    let mode = source.map_or(Ok(access::ANY_NEW), access::mode_for_new)?;
    let mut builder = tempfile::Builder::new();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.cubescope-");
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let mut temporary = builder.tempfile_in(folder(path))?;
    through_buffer(temporary.as_file_mut(), work)?;
    match (&old, source) {
        (Some(old), _) => temporary.as_file().set_permissions(old.permissions())?,
        (None, Some(source)) => access::restrict(source, temporary.as_file())?,
        (None, None) => {}
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|err| err.error)?;
    // It has its name by now; some file systems cannot flush a folder.
    #[cfg(unix)]
    drop(File::open(folder(path)).and_then(|folder| folder.sync_all()));
    Ok(())
}

fn through_buffer(
    file: &mut File,
    work: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = BufWriter::new(file);
    work(&mut buffer)?;
    buffer.flush()
}

/// Where a path leads, also if nothing is there yet.
fn target(path: &Path) -> PathBuf {
    if let Ok(target) = std::fs::canonicalize(path) {
        return target;
    }
    match std::fs::read_link(path) {
        Ok(link) => folder(path).join(link),
        Err(_) => path.to_owned(),
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn the_old_file_stays_if_anything_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        std::fs::write(&path, "old").unwrap();
        let fails = |out: &mut dyn Write| {
            out.write_all(b"new")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        write_whole(&path, None, fails).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), 1);
        write_whole(&path, None, |out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_to_and_its_errors_are_told() {
        let full = write_whole(Path::new("/dev/full"), None, |out| out.write_all(b"x"));
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::StorageFull);
        write_whole(Path::new("/dev/null"), None, |out| out.write_all(b"x")).unwrap();
        assert!(std::fs::metadata("/dev/null").is_ok_and(|meta| !meta.is_file()));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_behind_a_link_is_replaced_and_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["file", "link"].map(|name| folder.path().join(name));
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        write_whole(&link, None, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
