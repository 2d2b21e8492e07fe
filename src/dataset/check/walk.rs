//! The opcodes of one value, or of a whole pickle, walked without running anything: what they would do in Python, and
//! what is wrong with them.
//!
//! Unlike decoding, the walk goes on after most faults, so that nothing can hide behind one, and it looks at what is made
//! and dropped as well as at what stays.

mod calls;
mod memo;
mod steps;

pub(super) use steps::MAX_MEMO_INDEX;

use super::code::{Code, Severity};
use super::names::Standing;
use super::thing::{Objects, Thing};
use crate::pickle::scan::Scanner;
use crate::pickle::{DecodeError, DecodeErrorKind, Limits, Opcode};
use crate::progress::{Cancelled, Progress};
use crate::source::ByteSource;
use ahash::{HashMap, HashSet};
use memo::Memo;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// Opcodes between two looks at the progress.
const CHECK_EVERY: usize = 4096;
/// Things on the stack and in the memo together. Decoding takes no more either.
const MAX_THINGS: usize = Limits::FULL.nodes;
/// Different classes and functions that are named.
const MAX_NAMES: usize = 500_000;
/// Faults that are told of each severity.
const MAX_TOLD: usize = 1000;
/// A name that stands for none.
const NO_NAME: u32 = u32::MAX;
/// An unfolded size that is harmless whatever it comes from.
const HARMLESS_SIZE: f64 = 1e8;
/// How many times its own length a value may unfold to.
const HARMLESS_RATIO: f64 = 1000.0;

/// What is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The value of an entry: it leaves one thing and has no STOP.
    Entry,
    /// A pickle up to its STOP.
    Pickle,
}

/// Something found at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) severity: Severity,
    pub(super) offset: u64,
    pub(super) message: String,
}

/// What a walk came to.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) faults: Vec<Fault>,
    /// Behind the last opcode that was understood: behind the STOP of a pickle.
    pub(super) end: u64,
    /// Opcodes that were understood.
    pub(super) opcodes: u64,
    /// Why it ended before its end.
    pub(super) error: Option<DecodeErrorKind>,
    /// Whether the opcodes do what those of an entry should: one thing, no memo entry of others, no error. Only then does
    /// what stands behind it mean the same whether it is found by its frame or by running all that comes before.
    pub(super) is_self_contained: bool,
    /// Whether it names classes or functions.
    pub(super) has_names: bool,
}

/// Walks opcodes; see [`Walked`].
pub(super) fn walk(
    source: &dyn ByteSource,
    range: Range<u64>,
    extent: Extent,
    progress: &Progress,
) -> Result<Walked, Cancelled> {
    let mut walker = Walker {
        scanner: Scanner::new(source, range.start, range.end),
        end: range.end.min(source.len()),
        extent,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Memo::default(),
        objects: Objects::default(),
        names: Vec::new(),
        name_numbers: HashMap::default(),
        last_tuple: None,
        // The header of a container says so.
        is_old: extent == Extent::Pickle,
        faults: Vec::new(),
        seen: HashSet::default(),
        told: BTreeMap::new(),
        untold: BTreeMap::new(),
        opcodes: 0,
    };
    let error = walker.run(progress)?;
    Ok(walker.finish(&range, error))
}

/// A class or function that was named.
#[derive(Debug)]
struct Name {
    module: String,
    name: String,
    /// What is known of it.
    standing: Standing,
    offset: u64,
    is_called: bool,
}

struct Walker<'s> {
    scanner: Scanner<'s>,
    end: u64,
    extent: Extent,
    stack: Vec<Thing>,
    /// Heights of the stack at which marks stand.
    marks: Vec<usize>,
    memo: Memo,
    objects: Objects,
    names: Vec<Name>,
    name_numbers: HashMap<(String, String), u32>,
    /// The last tuple, and its first items: arguments of a call stand right before it.
    last_tuple: Option<(Thing, Vec<Thing>)>,
    /// Whether names are those of Python 2: `PROTO` did not say 3 or more.
    is_old: bool,
    faults: Vec<Fault>,
    /// Faults that were told: each code once, calls once for each name.
    seen: HashSet<(Code, u32)>,
    /// How many were told, by severity, and that were not for there being so many.
    told: BTreeMap<Severity, usize>,
    untold: BTreeMap<Code, u64>,
    opcodes: u64,
}

impl Walker<'_> {
    /// Runs to the end; the error is why there was none.
    fn run(&mut self, progress: &Progress) -> Result<Option<DecodeErrorKind>, Cancelled> {
        let mut count = 0_usize;
        loop {
            if count.is_multiple_of(CHECK_EVERY) {
                progress.check()?;
            }
            count += 1;
            let op = match self.scanner.next_op() {
                Ok(Some(op)) => op,
                Ok(None) if self.extent == Extent::Entry => return Ok(None),
                Ok(None) => return Ok(Some(DecodeErrorKind::NoStop)),
                Err(err) => return Ok(Some(self.scan_error(err))),
            };
            self.opcodes += 1;
            match op.opcode {
                Opcode::Stop if self.extent == Extent::Pickle => {
                    if self.stack.len() <= self.floor() {
                        self.underflow(&op);
                    }
                    return Ok(None);
                }
                Opcode::Stop => self.imbalance(
                    op.offset,
                    format_args!("STOP stands inside the value: plain pickle.load ends here and gives something else"),
                ),
                _ => self.step(&op),
            }
            let things = self.stack.len() + self.marks.len() + self.memo.len();
            if things > MAX_THINGS || self.memo.is_full() || self.names.len() > MAX_NAMES {
                self.fault(
                    Code::BadValue,
                    Severity::Warning,
                    op.offset,
                    format_args!(
                        "More things at once than any program makes; what follows is not checked"
                    ),
                );
                return Ok(Some(DecodeErrorKind::Limit {
                    what: "things",
                    limit: MAX_THINGS as u64,
                }));
            }
        }
    }

    fn scan_error(&mut self, err: DecodeError) -> DecodeErrorKind {
        let code = match &err.kind {
            DecodeErrorKind::Overrun { .. } | DecodeErrorKind::NoNewline(_) => {
                Code::DeclaredLengthOverrun
            }
            DecodeErrorKind::NotUtf8(_) => Code::TextNotUtf8,
            DecodeErrorKind::BadOpcode(_) => Code::BadOpcode,
            _ => Code::BadValue,
        };
        self.fault(
            code,
            Severity::Error,
            err.offset,
            format_args!("{}", err.kind),
        );
        err.kind
    }

    fn finish(mut self, range: &Range<u64>, error: Option<DecodeErrorKind>) -> Walked {
        let left = self.stack.len() + self.marks.len();
        if self.extent == Extent::Entry && error.is_none() && left != 1 {
            match left {
                0 => self.imbalance(
                    range.start,
                    format_args!("There is no value: nothing is left on the stack"),
                ),
                left => self.imbalance(
                    range.start,
                    format_args!("The value leaves {left} things on the stack instead of one; plain pickle.load makes other keys of them"),
                ),
            }
        }
        let has_names = !self.names.is_empty();
        self.report_names();
        self.report_size(range);
        for (code, count) in std::mem::take(&mut self.untold) {
            self.faults.push(Fault {
                code,
                severity: Severity::Note,
                offset: range.start,
                message: format!("{count} more of the kind {code} in this value are not listed"),
            });
        }
        let foreign = [Code::StackImbalance, Code::UnboundMemo];
        let is_balanced = self
            .faults
            .iter()
            .all(|fault| !foreign.contains(&fault.code));
        Walked {
            end: self.scanner.position(),
            opcodes: self.opcodes,
            is_self_contained: error.is_none() && is_balanced,
            has_names,
            error,
            faults: self.faults,
        }
    }

    fn report_size(&mut self, range: &Range<u64>) {
        let Some(unfolded) = self.objects.unfolded() else {
            return;
        };
        let limit = Limits::FULL.depth;
        if unfolded.depth as usize > limit {
            self.fault(
                Code::NestingTooDeep,
                Severity::Error,
                range.start,
                format_args!(
                    "The value is nested {} levels deep, more than {limit}: it cannot be shown, and many programs crash on it",
                    unfolded.depth
                ),
            );
        }
        let length = self.end.saturating_sub(range.start) as f64;
        if unfolded.size > HARMLESS_SIZE && unfolded.size > HARMLESS_RATIO * length {
            self.fault(
                Code::ExponentialSharing,
                Severity::Warning,
                range.start,
                format_args!(
                    "Shared parts unfold {length} bytes into about 10^{:.0}: it can be loaded, but not printed or copied",
                    unfolded.size.log10()
                ),
            );
        }
    }

    // --- telling -------------------------------------------------------------------------------

    /// Tells of a kind of fault, once.
    fn fault(&mut self, code: Code, severity: Severity, offset: u64, message: fmt::Arguments<'_>) {
        self.fault_about(code, severity, offset, NO_NAME, message);
    }

    /// Tells of a fault once for each name, given by its number. A file may repeat one as often as it has bytes: only what
    /// is told is put into words.
    fn fault_about(
        &mut self,
        code: Code,
        severity: Severity,
        offset: u64,
        name: u32,
        message: fmt::Arguments<'_>,
    ) {
        if self.seen.insert((code, name)) {
            let told = self.told.entry(severity).or_default();
            *told += 1;
            if *told > MAX_TOLD {
                *self.untold.entry(code).or_default() += 1;
                return;
            }
            self.faults.push(Fault {
                code,
                severity,
                offset,
                message: message.to_string(),
            });
        }
    }

    fn imbalance(&mut self, offset: u64, message: fmt::Arguments<'_>) {
        self.fault(Code::StackImbalance, Severity::Error, offset, message);
    }
}
