//! Which other processes have a file open: asked before space is freed in a way that they would notice.
//!
//! Linux tells through `/proc`; elsewhere, and of other users' processes, nothing is known. No answer is no promise.

use super::FileStamp;

/// Another process that has the file open or mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener {
    /// Its number.
    pub pid: u32,
    /// Its name, as `ps` shows it.
    pub name: String,
    /// Whether it can write through one of its handles. What it writes to a file that was replaced is lost.
    pub writes: bool,
}

/// The other processes that have the file open, as far as this one may know.
#[must_use]
pub fn openers(file: &FileStamp) -> Vec<Opener> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return linux::openers(file.identity);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = file;
        Vec::new()
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use super::Opener;
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    pub(super) fn openers(identity: (u64, u64)) -> Vec<Opener> {
        let Ok(processes) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let own = std::process::id();
        processes
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|&pid: &u32| pid != own)
            .filter_map(|pid| opener(pid, identity))
            .collect()
    }

    fn opener(pid: u32, identity: (u64, u64)) -> Option<Opener> {
        let folder = Path::new("/proc").join(pid.to_string());
        let handles = fs::read_dir(folder.join("fd")).ok()?.flatten();
        let ours = handles.filter(|handle| {
            fs::metadata(handle.path()).is_ok_and(|meta| (meta.dev(), meta.ino()) == identity)
        });
        let mut writes =
            ours.map(|handle| can_write(&folder, &handle.file_name().to_string_lossy()));
        let first = writes.next();
        let open_writes = first.is_some_and(|first| first || writes.any(|writes| writes));
        let mapped = mapping(&folder, identity);
        if first.is_none() && mapped.is_none() {
            return None;
        }
        let name = fs::read_to_string(folder.join("comm")).unwrap_or_default();
        Some(Opener {
            pid,
            name: name.trim_end().to_owned(),
            writes: open_writes || mapped == Some(true),
        })
    }

    /// The access mode is in the lowest two bits of `flags`, in octal: 0 = reading only.
    fn can_write(folder: &Path, handle: &str) -> bool {
        let info = fs::read_to_string(folder.join("fdinfo").join(handle)).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        flags
            .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
            .is_some_and(|flags| flags & 3 != 0)
    }

    /// Whether a map of the file can be written through; `None` without a map.
    /// A line of `maps`: `address perms offset major:minor inode path`; `s` in the permissions is a shared map.
    fn mapping(folder: &Path, identity: (u64, u64)) -> Option<bool> {
        let maps = fs::read_to_string(folder.join("maps")).ok()?;
        let (device, inode) = (identity.0, identity.1.to_string());
        let device = format!(
            "{:02x}:{:02x}",
            rustix::fs::major(device),
            rustix::fs::minor(device)
        );
        let mut writes = maps.lines().filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let permissions = fields.next()?;
            let is_ours = fields.nth(1) == Some(&device) && fields.next() == Some(&inode);
            is_ours.then(|| permissions.contains('w') && permissions.contains('s'))
        });
        let first = writes.next()?;
        Some(first || writes.any(|writes| writes))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn another_process_is_found_and_this_one_is_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stamp = FileStamp::of_path(file.path()).unwrap();
        assert_eq!(openers(&stamp), []);
        let writer = std::fs::OpenOptions::new()
            .append(true)
            .open(file.path())
            .unwrap();
        let mut child = Command::new("sleep")
            .arg("60")
            .stdout(Stdio::from(writer))
            .spawn()
            .unwrap();
        let found = openers(&stamp);
        child.kill().unwrap();
        child.wait().unwrap();
        let found: Vec<(u32, bool)> = found
            .iter()
            .map(|opener| (opener.pid, opener.writes))
            .collect();
        assert_eq!(found, [(child.id(), true)]);
    }
}
