//! Who may read and write a new file that is made of another one: never more than may the old one.
//!
//! A copy that takes the file's place keeps owner, group, permissions, access lists and extended attributes. A file of
//! another name gets no more than the permissions of the one it was made of, cut by the user's mask as for any new file.
//! Systems other than Unix give new files what their folder gives them.

use std::fs::File;

/// Permissions of any new file, before the user's mask.
pub(crate) const ANY_NEW: u32 = 0o666;

/// Permissions that a new file made of `source` begins with, before the user's mask. The group of a new file may be another:
/// it gets what everybody has.
#[cfg(unix)]
pub(crate) fn mode_for_new(source: &File) -> std::io::Result<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = source.metadata()?.mode();
    let is_private_group = attributes::has_access_list(source);
    Ok(without_group(mode & ANY_NEW, is_private_group))
}

/// The group's permissions cut to those of everybody.
#[cfg(unix)]
fn without_group(mode: u32, is_cut: bool) -> u32 {
    match is_cut {
        true => mode & !0o070 | mode & (mode & 0o007) << 3,
        false => mode,
    }
}

/// After a new file was made of `source` with [`mode_for_new`]: its group and the folder's access list give nobody more.
#[cfg(unix)]
pub(crate) fn restrict(source: &File, new: &File) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    attributes::remove_access_list(new);
    let meta = new.metadata()?;
    let mode = without_group(
        meta.mode() & ANY_NEW,
        meta.gid() != source.metadata()?.gid(),
    );
    new.set_permissions(std::fs::Permissions::from_mode(mode))
}

/// Gives a copy the owner, permissions and attributes of the file whose place it takes; whether the owner could be kept.
///
/// # Errors
/// The copy would lose an attribute.
#[cfg(unix)]
pub(crate) fn keep(old: &File, new: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let meta = old.metadata()?;
    let made = new.metadata()?;
    let keeps_owner = made.uid() == meta.uid() || fchown(new, Some(meta.uid()), None).is_ok();
    let keeps_group = made.gid() == meta.gid() || fchown(new, None, Some(meta.gid())).is_ok();
    attributes::remove_access_list(new);
    attributes::copy(old, new, keeps_group)?;
    // The mask of an access list stands where the group's permissions do, and is cut with its entries.
    let is_cut = !keeps_group && !attributes::has_access_list(new);
    let mode = without_group(meta.mode() & 0o7777, is_cut);
    new.set_permissions(std::fs::Permissions::from_mode(mode))?;
    Ok(keeps_owner)
}

#[cfg(not(unix))]
pub(crate) fn mode_for_new(_source: &File) -> std::io::Result<u32> {
    Ok(ANY_NEW)
}

#[cfg(not(unix))]
pub(crate) fn restrict(_source: &File, _new: &File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn keep(old: &File, new: &File) -> std::io::Result<bool> {
    new.set_permissions(old.metadata()?.permissions())?;
    Ok(true)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod attributes {
    use rustix::fs::{
        XattrFlags, fgetxattr, fgetxattr_query, flistxattr, flistxattr_query, fremovexattr,
        fsetxattr,
    };
    use rustix::io::Errno;
    use std::fs::File;
    use std::io;

    const ACCESS_LIST: &[u8] = b"system.posix_acl_access";

    pub(super) fn has_access_list(file: &File) -> bool {
        value(file, ACCESS_LIST).is_ok_and(|list| !list.is_empty())
    }

    /// One that came from the folder.
    pub(super) fn remove_access_list(file: &File) {
        // There may be none, or no such thing.
        fremovexattr(file, ACCESS_LIST).unwrap_or_default();
    }

    /// Copies extended attributes, the access list among them.
    pub(super) fn copy(old: &File, new: &File, keeps_group: bool) -> io::Result<()> {
        for name in names(old)? {
            let Ok(mut value) = value(old, &name) else {
                continue;
            };
            if name == ACCESS_LIST && !keeps_group {
                cut_group(&mut value);
            }
            let set = fsetxattr(new, name.as_slice(), &value, XattrFlags::empty());
            let is_ours = name.starts_with(b"user.") || name == ACCESS_LIST;
            match set {
                // What the system keeps for itself is set by the system.
                Err(_) if !is_ours => {}
                result => result?,
            }
        }
        Ok(())
    }

    fn names(file: &File) -> io::Result<Vec<Vec<u8>>> {
        let mut list = match flistxattr_query(file) {
            Err(Errno::OPNOTSUPP) => Vec::new(),
            len => vec![0; len?],
        };
        let len = flistxattr(file, list.as_mut_slice())?;
        list.truncate(len);
        let names = list.split(|byte| *byte == 0);
        Ok(names
            .filter(|name| !name.is_empty())
            .map(<[u8]>::to_vec)
            .collect())
    }

    fn value(file: &File, name: &[u8]) -> Result<Vec<u8>, Errno> {
        let mut value = vec![0; fgetxattr_query(file, name)?];
        let len = fgetxattr(file, name, value.as_mut_slice())?;
        value.truncate(len);
        Ok(value)
    }

    /// In an access list (version, then entries of tag, permissions and number): the owning group gets what everybody has.
    fn cut_group(list: &mut [u8]) {
        const GROUP: u8 = 0x04;
        const OTHER: u8 = 0x20;
        let entries = || list.get(4..).unwrap_or_default().chunks_exact(8);
        let others = entries().find(|entry| entry.first() == Some(&OTHER));
        let others = others.and_then(|entry| entry.get(2)).copied().unwrap_or(0);
        let entries = list.get_mut(4..).unwrap_or_default().chunks_exact_mut(8);
        for entry in entries {
            if let [GROUP, _, permissions, ..] = entry {
                *permissions &= others;
            }
        }
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod attributes {
    use std::fs::File;
    use std::io;

    pub(super) fn has_access_list(_file: &File) -> bool {
        false
    }

    pub(super) fn remove_access_list(_file: &File) {}

    pub(super) fn copy(_old: &File, _new: &File, _keeps_group: bool) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    fn with_mode(mode: u32) -> File {
        let file = tempfile::tempfile().expect("a file");
        let mode = Permissions::from_mode(mode);
        file.set_permissions(mode).expect("permissions");
        file
    }

    #[test]
    fn a_new_file_is_never_more_open_than_its_source() {
        for (mode, wanted) in [
            (0o600, 0o600),
            (0o640, 0o640),
            (0o755, 0o644),
            (0o4750, 0o640),
        ] {
            assert_eq!(mode_for_new(&with_mode(mode)).unwrap(), wanted, "{mode:o}");
        }
        assert_eq!(without_group(0o664, true), 0o644);
        assert_eq!(without_group(0o660, true), 0o600);
        assert_eq!(without_group(0o660, false), 0o660);
    }

    #[test]
    fn a_copy_keeps_permissions_access_lists_and_attributes() {
        let (old, new) = (with_mode(0o640), with_mode(0o600));
        let list = b"\x02\0\0\0\x01\0\x06\0\xff\xff\xff\xff\x02\0\x04\0\x0a\0\0\0\x04\0\x06\0\xff\xff\xff\xff\x10\0\x06\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff";
        let set = |name: &str, value: &[u8]| fsetxattr(&old, name, value, XattrFlags::empty());
        // Not every file system has them.
        let has_attributes = set("user.origin", b"camera 2").is_ok();
        let has_lists = set("system.posix_acl_access", list).is_ok();
        assert!(keep(&old, &new).unwrap());
        assert_eq!(
            old.metadata().unwrap().mode(),
            new.metadata().unwrap().mode()
        );
        let get = |name: &str| {
            let mut buffer = [0; 200];
            let len = fgetxattr(&new, name, &mut buffer).unwrap();
            buffer[..len].to_vec()
        };
        if has_attributes {
            assert_eq!(get("user.origin"), b"camera 2");
        }
        if has_lists {
            assert_eq!(get("system.posix_acl_access"), list);
            // The group's place shows the mask of the list; a new file gives the group nothing.
            assert_eq!(mode_for_new(&old).unwrap(), 0o600);
        }
    }
}
