//! What is wrong with the container itself: header, frames, keys, flags, end.

use super::code::{Code, Severity};
use super::{Finding, plain_key};
use crate::mmapdict::{
    Damage, Entry, EntryState, HEADER_LEN, HeaderError, Index, TERMINATOR, Unfinished,
    check_writable,
};
use crate::pickle::Opcode;
use crate::progress::Progress;
use crate::source::ByteSource;
use std::collections::HashMap;

/// The flag of a live entry and that of a dead one.
const ALIVE: u8 = Opcode::NewTrue as u8;
const DEAD: u8 = Opcode::Pop as u8;
/// Where the version number stands.
const VERSION_AT: u64 = 12;

/// Index damage, bytes behind the end, duplicate keys.
pub(super) fn findings(source: &dyn ByteSource, index: &Index) -> Vec<Finding> {
    let mut findings: Vec<Finding> = index
        .damage
        .iter()
        .map(|damage| of_damage(source, index, damage))
        .collect();
    if index.trailing > 0 {
        let end = index.end + TERMINATOR.len() as u64;
        let count = index.trailing;
        let message = match check_writable(source, index, &Progress::new()) {
            Ok(()) => format!(
                "{count} bytes behind the end, left by a change that was interrupted{}: mmappickle may not open the file; `cubescope cleanup` or the next change mends it",
                what_was_begun(index)
            ),
            Err(why) => format!(
                "{count} bytes behind the end: everything before them can be read here and by plain pickle.load, but mmappickle may not open the file. {why}"
            ),
        };
        findings.push(Finding::new(
            Code::TrailingGarbage,
            Severity::Warning,
            Some(end),
            message,
        ));
    }
    if index.unfinished == Some(Unfinished::OddTerminator) {
        let message = "The frame at the end has another length than mmappickle writes, so it cannot open the file; `cubescope cleanup` or the next change mends it, if nothing stands behind it";
        findings.push(Finding::new(
            Code::FrameLengthMismatch,
            Severity::Warning,
            Some(index.end),
            message.to_owned(),
        ));
    }
    if index.unfinished == Some(Unfinished::AppendAfter) {
        let message = "the last entry is whole, but the length of its frame is not fully written (the change was interrupted); `cubescope cleanup` or the next change completes it";
        let at = index.entries.last().map(|entry| entry.offset);
        findings.push(Finding::new(
            Code::FrameLengthMismatch,
            Severity::Warning,
            at,
            message.to_owned(),
        ));
    }
    findings.extend(duplicates(index));
    findings
}

/// Which change it was, where that is known, and what its next step is.
fn what_was_begun(index: &Index) -> String {
    match &index.unfinished {
        Some(Unfinished::Move(moving)) => {
            let key = |at| index.at(at).map(|entry| plain_key(&entry.key));
            format!(
                " (renaming {:?} to {:?}, which is completed then; plain pickle.load sees both)",
                key(moving.from).unwrap_or_default(),
                key(moving.to).unwrap_or_default()
            )
        }
        Some(Unfinished::Rename(renaming)) => format!(
            " (renaming {:?} to {:?})",
            plain_key(&renaming.from),
            plain_key(&renaming.to)
        ),
        Some(
            Unfinished::AppendBefore { .. } | Unfinished::AppendAfter | Unfinished::OddTerminator,
        )
        | None => String::new(),
    }
}

fn of_damage(source: &dyn ByteSource, index: &Index, damage: &Damage) -> Finding {
    let at = index.end;
    let keeps = match index.entries.len() {
        0 => "no entry could be read".to_owned(),
        1 => "the entry before it is shown".to_owned(),
        count => format!("the {count} entries before it are shown"),
    };
    let code = match damage {
        Damage::NoTerminator => Code::MissingTerminator,
        Damage::PartialTerminator => Code::PartialTerminator,
        Damage::CutEntry { .. } if is_terminator_begun(source, index) => Code::PartialTerminator,
        // A file that ends as files do was not cut, so the length is wrong.
        Damage::CutEntry { .. } if ends_properly(source, at) => Code::FrameLengthOverrun,
        Damage::CutEntry { .. } => Code::TruncatedRecord,
        Damage::NotAFrame => Code::NotAFrame,
        Damage::NotAnEntry => Code::NotARecord,
        Damage::FrameTooShort(_) => Code::FrameLengthTooSmall,
        Damage::KeyOverrun if is_followed_by_frame(source, at) => Code::KeyLengthOverrun,
        Damage::KeyOverrun => Code::FrameLengthTooSmall,
        Damage::BadTrailer if is_followed_by_frame(source, at) => Code::BadRecordTrailer,
        Damage::BadTrailer => Code::FrameLengthMismatch,
    };
    let what = match code {
        Code::PartialTerminator => Damage::PartialTerminator.to_string(),
        Code::FrameLengthOverrun => {
            "the length of an entry reaches past the end of the file".to_owned()
        }
        _ => damage.to_string(),
    };
    let message = format!(
        "At byte {at}: {what}; {keeps}; `cubescope repair` writes what can be saved to a new file"
    );
    let mut finding = Finding::new(code, Severity::Error, Some(at), message);
    if code == Code::TruncatedRecord {
        finding.key = key_at(source, at);
    }
    finding
}

/// Whether a single byte at the end is more likely the first one of the terminator than that of an entry: all changes
/// that were counted are there.
fn is_terminator_begun(source: &dyn ByteSource, index: &Index) -> bool {
    let dead = index.entries.iter().filter(|entry| entry.flag != ALIVE);
    let changes = index.entries.len() + dead.count();
    source.len() == index.end + 1 && i64::from(index.commit) <= changes as i64
}

fn ends_properly(source: &dyn ByteSource, at: u64) -> bool {
    let len = TERMINATOR.len() as u64;
    let start = source.len().saturating_sub(len);
    let mut bytes = [0; TERMINATOR.len()];
    start > at && source.read_at(start, &mut bytes).is_ok() && bytes == TERMINATOR
}

/// Whether another frame begins where the frame at `at` says that it ends.
fn is_followed_by_frame(source: &dyn ByteSource, at: u64) -> bool {
    let mut length = [0; 8];
    if source.read_at(at + 1, &mut length).is_err() {
        return false;
    }
    let next = (at + 9).checked_add(u64::from_le_bytes(length));
    let mut byte = [0];
    next.is_some_and(|next| source.read_at(next, &mut byte).is_ok())
        && byte == [Opcode::Frame as u8]
}

/// The key of the entry at `at`, if it is there as a whole.
fn key_at(source: &dyn ByteSource, at: u64) -> Option<String> {
    let mut head = [0; 11];
    source.read_at(at, &mut head).ok()?;
    let mut key = vec![0; usize::from(*head.last()?)];
    source.read_at(at + head.len() as u64, &mut key).ok()?;
    Some(plain_key(&key))
}

/// For each key with several live entries, at the one that counts.
fn duplicates(index: &Index) -> Vec<Finding> {
    let mut first: HashMap<&[u8], u64> = HashMap::new();
    for entry in &index.entries {
        if entry.state == EntryState::Shadowed {
            first.entry(&entry.key).or_insert(entry.offset);
        }
    }
    let live = index
        .entries
        .iter()
        .filter(|entry| entry.state == EntryState::Live);
    live.filter_map(|entry| {
        let earlier = first.get(entry.key.as_ref())?;
        let message = format!(
            "Two live entries have this key: this one counts; the one at byte {earlier} comes back when it is deleted"
        );
        let mut finding = Finding::new(
            Code::DuplicateKey,
            Severity::Warning,
            Some(entry.offset),
            message,
        );
        finding.key = Some(plain_key(&entry.key));
        Some(finding)
    })
    .collect()
}

/// Whether the flag is one of the two that the reference writes.
pub(super) fn has_plain_flag(entry: &Entry) -> bool {
    [ALIVE, DEAD].contains(&entry.flag)
}

/// Key, flag and memo field of one entry.
pub(super) fn of_entry(entry: &Entry) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |code, severity, message: &str| {
        let mut finding = Finding::new(code, severity, Some(entry.offset), message.to_owned());
        finding.key = Some(plain_key(&entry.key));
        findings.push(finding);
    };
    if std::str::from_utf8(&entry.key).is_err() {
        if entry.flag == ALIVE {
            add(
                Code::KeyNotUtf8,
                Severity::Error,
                "The key is not valid text: mmappickle cannot open the file any more; deleting this key cures it",
            );
        } else {
            add(
                Code::KeyNotUtf8,
                Severity::Note,
                "The key of this dead entry is not valid text",
            );
        }
    }
    if !has_plain_flag(entry) {
        let message = format!(
            "The flag is 0x{:02x}: mmappickle takes the entry for deleted, plain pickle.load may not",
            entry.flag
        );
        add(Code::OddFlag, Severity::Warning, &message);
    }
    if i64::from(entry.memo) > super::walk::MAX_MEMO_INDEX as i64 {
        let message = format!(
            "The memo field says {}: mmappickle numbers new values from there, and each takes that much more memory to load",
            entry.memo
        );
        add(Code::MemoIndexHuge, Severity::Note, &message);
    }
    findings
}

/// What is wrong with a header behind which entries stand; `None` if none do.
pub(super) fn of_header(source: &dyn ByteSource, err: &HeaderError) -> Option<Finding> {
    let (code, at, what) = match err {
        HeaderError::Version(version) => (
            Code::UnsupportedVersion,
            VERSION_AT,
            format!("The container has version {version}, and only version 1 is known"),
        ),
        HeaderError::Foreign(at) if has_entry_behind_header(source) => (
            Code::BadHeader,
            *at as u64,
            format!("The header is damaged at byte {at}, and entries follow it"),
        ),
        _ => return None,
    };
    let message = format!(
        "{what}; mmappickle takes the file for a plain pickle; `cubescope repair` writes what can be saved to a new file"
    );
    Some(Finding::new(code, Severity::Error, Some(at), message))
}

fn has_entry_behind_header(source: &dyn ByteSource) -> bool {
    let mut head = [0; 11];
    if source.read_at(HEADER_LEN, &mut head).is_err() {
        return false;
    }
    let [frame, length @ .., key, _] = head;
    let end = HEADER_LEN
        .checked_add(9)
        .and_then(|at| at.checked_add(u64::from_le_bytes(length)));
    head == TERMINATOR
        || (frame == Opcode::Frame as u8
            && key == Opcode::ShortBinUnicode as u8
            && end.is_some_and(|end| end <= source.len()))
}
