//! `pathlib`: a path is pickled as its parts.

use super::super::super::value::NodeId;
use super::{Args, Class, Made, Maker};

impl Maker {
    pub(super) fn path(
        &mut self,
        class: Class,
        args: &mut Args<'_>,
        parts: fn(&str) -> Vec<String>,
    ) -> Made {
        let texts = args
            .rest()
            .iter()
            .map(|&arg| self.quoted(arg).map(str::to_owned));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        let mut joined: Vec<String> = Vec::new();
        for text in texts {
            let next = parts(&text);
            let is_whole = next
                .first()
                .is_some_and(|first| first.contains(['/', '\\', ':']));
            match (joined.is_empty(), is_whole) {
                (true, _) => joined = next,
                (false, false) => joined.extend(next),
                // A root begins anew; what a drive does depends on the one before.
                (false, true) if parts("/") == ["/"] => joined = next,
                (false, true) => return Err("expected the path in one text".to_owned()),
            }
        }
        let parts = joined;
        let parts: Vec<NodeId> = parts.iter().map(|part| self.builder.str(part)).collect();
        let name = class.name();
        let name = name.strip_prefix("pathlib.").unwrap_or(&name);
        Ok(self.global_call("pathlib", name, parts))
    }
}

/// Parts of a path as pathlib keeps them: root first, without empty parts and single dots.
pub(super) fn posix_parts(path: &str) -> Vec<String> {
    // Two slashes at the beginning are something else than one; three are one.
    let root = match path.len() - path.trim_start_matches('/').len() {
        0 => None,
        2 => Some("//".to_owned()),
        _ => Some("/".to_owned()),
    };
    let names = path.split('/').filter(|name| !matches!(*name, "" | "."));
    root.into_iter().chain(names.map(str::to_owned)).collect()
}

/// The same for Windows: the first part is drive and root, `C:\` or `\\server\share\`.
pub(super) fn windows_parts(path: &str) -> Vec<String> {
    let path = path.replace('/', "\\");
    let (anchor, rest) = match share(&path) {
        Some((share, rest)) => (format!("{share}\\"), rest),
        None => {
            let drive = match path.as_bytes() {
                [_, b':', ..] => path.get(..2).unwrap_or_default(),
                _ => "",
            };
            let rest = path.get(drive.len()..).unwrap_or_default();
            let root = if rest.starts_with('\\') { "\\" } else { "" };
            (format!("{drive}{root}"), rest)
        }
    };
    let names = rest.split('\\').filter(|name| !matches!(*name, "" | "."));
    let anchor = Some(anchor).filter(|anchor| !anchor.is_empty());
    anchor.into_iter().chain(names.map(str::to_owned)).collect()
}

/// `\\server\share` and what follows; both need a name, else the path only begins at the root.
fn share(path: &str) -> Option<(&str, &str)> {
    let names = path.strip_prefix("\\\\")?;
    let (server, rest) = names.split_once('\\')?;
    let share = rest.split('\\').next()?;
    if server.is_empty() || share.is_empty() {
        return None;
    }
    path.split_at_checked("\\\\".len() + server.len() + "\\".len() + share.len())
}
