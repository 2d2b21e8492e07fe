//! Checking a file: what is wrong with it, where, and what that means.
//!
//! Everything is looked at but the data of arrays: header and frames (`structure`), the opcodes of each value, live or
//! dead, without running any (`walk`), names and calls (`names`), depth and size when unfolded (`thing`), and what arrays
//! say of themselves (`arrays`). The time is proportional to the bytes that are no array data.
//!
//! Nothing is repaired here.

mod arrays;
mod code;
pub(super) mod names;
mod refused;
mod structure;
mod thing;
mod walk;

pub use code::{Code, Severity};

use super::OpenError;
use super::error::OpenErrorCause;
use super::open::read_index;
use super::piece::{self, Piece};
use super::plain::known_format_of;
use crate::mmapdict::{Entry, HeaderError, Index, IndexError};
use crate::pickle::{DecodeErrorKind, text};
use crate::progress::{Cancelled, Progress};
use crate::source::{ByteSource, FileSource};
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use walk::{Extent, Fault, Walked};

/// Entries of more bytes are walked one after the other, not side by side: a walk takes memory for what it meets.
const LARGE: u64 = 1 << 20;

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Position in the file.
    pub offset: Option<u64>,
    /// The key it is about.
    pub key: Option<String>,
    /// What it means, what still works, and what to do.
    pub message: String,
}

impl Finding {
    fn new(code: Code, severity: Severity, offset: Option<u64>, message: String) -> Self {
        Self {
            code,
            severity,
            offset,
            key: None,
            message,
        }
    }
}

/// Checks a file, in the order of the file. An empty list is a sound file; so is one of notes.
///
/// # Errors
/// Only where the file cannot be read at all, or the work was cancelled.
pub fn check(path: &Path, progress: &Progress) -> Result<Vec<Finding>, OpenError> {
    let source = FileSource::open(path).map_err(OpenErrorCause::from_io);
    source
        .and_then(|source| check_source(&source, progress))
        .map_err(|cause| cause.of(path))
}

fn check_source(source: &FileSource, progress: &Progress) -> Result<Vec<Finding>, OpenErrorCause> {
    if source.is_empty() {
        let message =
            "The file is empty (0 bytes); a recorder may have created it and not yet written to it";
        return Ok(vec![Finding::new(
            Code::EmptyFile,
            Severity::Error,
            Some(0),
            message.to_owned(),
        )]);
    }
    let mut findings = match read_index(source, &mut Vec::new(), progress) {
        Ok((index, _)) => container(source, &index, progress),
        Err(IndexError::Header(err)) => other_file(source, &err, progress),
        Err(IndexError::Cancelled(cancelled)) => Err(cancelled),
        Err(IndexError::Read(err)) => return Err(OpenErrorCause::Io(err)),
    }
    .map_err(|_cancelled| OpenErrorCause::Cancelled)?;
    findings.sort_by_key(|finding| finding.offset);
    Ok(findings)
}

/// A key as text, with what is no text escaped.
fn plain_key(key: &[u8]) -> String {
    text::escaped(key).into_owned()
}

// --- containers ------------------------------------------------------------------------------------

fn container(
    source: &dyn ByteSource,
    index: &Index,
    progress: &Progress,
) -> Result<Vec<Finding>, Cancelled> {
    let mut findings = structure::findings(source, index);
    progress.set_total(index.entries.len() as u64);
    let one_by_one = Mutex::new(());
    let checked = index
        .entries
        .par_chunks(piece::ENTRIES)
        .flat_map_iter(|entries| {
            let piece = Piece::of(source, entries);
            let checked = entries.iter().map(|entry| {
                let turn = (entry.len > LARGE).then(|| one_by_one.lock());
                let found = entry_findings(&piece, entry, progress);
                drop(turn);
                found
            });
            let checked = checked.collect::<Vec<_>>();
            progress.add(entries.len() as u64);
            checked
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut is_in_step = index.damage.is_none();
    let mut notes = HashSet::new();
    for (of_entry, is_self_contained) in checked {
        is_in_step &= is_self_contained;
        findings.extend(of_entry.into_iter().filter(|finding| {
            // A class of which there are thousands is told of once.
            finding.severity > Severity::Note || notes.insert(finding.message.clone())
        }));
    }
    // Python runs all of the file as one pickle, and knows nothing of frames. Where these do not tell what it runs, that
    // is walked, too.
    if !is_in_step {
        let walked = walk::walk(source, 0..source.len(), Extent::Pickle, progress)?;
        let known: HashSet<(Code, Option<u64>)> = findings
            .iter()
            .map(|finding| (finding.code, finding.offset))
            .collect();
        let calls = walked.faults.into_iter().filter(|fault| {
            matches!(fault.code, Code::CodeExecution | Code::UnknownGlobal)
                && !known.contains(&(fault.code, Some(fault.offset)))
        });
        findings.extend(calls.map(|fault| {
            let key = key_of(index, fault.offset);
            finding(fault, key)
        }));
    }
    Ok(findings)
}

/// The entry that a position lies in.
fn key_of(index: &Index, offset: u64) -> Option<String> {
    let after = index
        .entries
        .partition_point(|entry| entry.offset <= offset);
    let entry = index.entries.get(after.checked_sub(1)?)?;
    (offset < entry.offset + entry.len).then(|| plain_key(&entry.key))
}

fn finding(fault: Fault, key: Option<String>) -> Finding {
    Finding {
        code: fault.code,
        severity: fault.severity,
        offset: Some(fault.offset),
        key,
        message: fault.message,
    }
}

/// What is wrong with an entry, and whether its opcodes touch nothing but its own.
fn entry_findings(
    source: &dyn ByteSource,
    entry: &Entry,
    progress: &Progress,
) -> Result<(Vec<Finding>, bool), Cancelled> {
    let range = entry.value_range();
    let walked = walk::walk(source, range.clone(), Extent::Entry, progress)?;
    let array = arrays::faults(source, &range, &walked, progress);
    let mut findings = structure::of_entry(entry);
    // Any other flag is an opcode that does who knows what.
    let is_in_step = walked.is_self_contained && structure::has_plain_flag(entry);
    let has_names = walked.has_names && walked.error.is_none();
    let mut faults: Vec<Fault> = walked.faults.into_iter().chain(array).collect();
    if has_names && is_loadable(&faults) {
        faults.extend(refused::fault(source, range, Extent::Entry, progress));
    }
    findings.extend(
        faults
            .into_iter()
            .map(|fault| finding(fault, Some(plain_key(&entry.key)))),
    );
    Ok((findings, is_in_step))
}

/// Whether nothing was found that fails anyway.
fn is_loadable(faults: &[Fault]) -> bool {
    faults
        .iter()
        .all(|fault| fault.severity < Severity::Error || fault.code == Code::CodeExecution)
}

// --- other files -----------------------------------------------------------------------------------

fn other_file(
    source: &dyn ByteSource,
    err: &HeaderError,
    progress: &Progress,
) -> Result<Vec<Finding>, Cancelled> {
    if let HeaderError::Cut(len) = err {
        let message = format!(
            "The file ends after {len} bytes, inside its header: nothing was stored in it, or the copy was not finished"
        );
        return Ok(vec![Finding::new(
            Code::TruncatedHeader,
            Severity::Error,
            Some(*len),
            message,
        )]);
    }
    let header = structure::of_header(source, err);
    if let Some(format) = known_format_of(source) {
        let message = format!("This is {format}, not an mmappickle file");
        return Ok(vec![Finding::new(
            Code::NotAPickle,
            Severity::Error,
            Some(0),
            message,
        )]);
    }
    let walked = walk::walk(source, 0..source.len(), Extent::Pickle, progress)?;
    let is_pickle = walked.error.is_none() && (has_proto(source) || is_sensible(&walked));
    let mut findings: Vec<Finding> = header.into_iter().collect();
    if is_pickle {
        let trailing = source.len().saturating_sub(walked.end);
        if trailing > 0 {
            let message = format!(
                "{trailing} bytes behind the end of the pickle; plain pickle.load does not read them, and neither does cubescope"
            );
            findings.push(Finding::new(
                Code::TrailingGarbage,
                Severity::Warning,
                Some(walked.end),
                message,
            ));
        }
    } else if findings.is_empty() {
        findings.push(no_pickle(source, &walked));
    }
    if is_pickle || !findings.iter().any(|found| found.code == Code::NotAPickle) {
        let mut faults = walked.faults;
        if is_pickle && walked.has_names && is_loadable(&faults) {
            let range = 0..source.len();
            faults.extend(refused::fault(source, range, Extent::Pickle, progress));
        }
        findings.extend(faults.into_iter().map(|fault| finding(fault, None)));
    }
    Ok(findings)
}

/// `PROTO`: every pickle since protocol 2 begins so, and hardly anything else does.
fn has_proto(source: &dyn ByteSource) -> bool {
    let mut first = [0];
    source.read_at(0, &mut first).is_ok() && first == [0x80]
}

/// Without PROTO any text is a few opcodes; those of a pickle do something sensible, at least for a while.
fn is_sensible(walked: &Walked) -> bool {
    const FEW: u64 = 16;
    let senseless = [Code::StackImbalance, Code::BadOpcode, Code::BadValue];
    walked.opcodes >= FEW
        || walked
            .faults
            .iter()
            .all(|fault| !senseless.contains(&fault.code))
}

/// A pickle that breaks off, or something else altogether.
fn no_pickle(source: &dyn ByteSource, walked: &Walked) -> Finding {
    let breaks_off = matches!(
        walked.error,
        Some(
            DecodeErrorKind::NoStop
                | DecodeErrorKind::Overrun { .. }
                | DecodeErrorKind::NoNewline(_)
                | DecodeErrorKind::Limit { .. }
        )
    );
    let has_proto = has_proto(source);
    let why = walked
        .error
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    let at = Some(walked.end);
    // A text breaks off, too, and early.
    if breaks_off && (has_proto || (walked.opcodes >= 3 && is_sensible(walked))) {
        let message = format!(
            "A pickle that ends before its end ({why}): it was cut, or the copy was not finished; plain pickle.load fails on it"
        );
        return Finding::new(Code::TruncatedPickle, Severity::Error, at, message);
    }
    if has_proto {
        let message = format!(
            "A pickle that cannot be read from byte {} on: {why}",
            walked.end
        );
        return Finding::new(Code::BadOpcode, Severity::Error, at, message);
    }
    let message = "This is neither an mmappickle file nor a pickle; it may be of another format, or its beginning was overwritten";
    Finding::new(
        Code::NotAPickle,
        Severity::Error,
        Some(0),
        message.to_owned(),
    )
}
