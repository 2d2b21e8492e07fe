//! The opcodes of one value, or of a whole pickle, walked without running anything: what they would do in Python, and
//! what is wrong with them.
//!
//! Unlike decoding, the walk goes on after most faults, so that nothing can hide behind one, and it looks at what is made
//! and dropped as well as at what stays.

mod calls;
mod steps;

pub(super) use steps::MAX_MEMO_INDEX;

use super::code::{Code, Severity};
use super::thing::{Objects, Thing};
use crate::pickle::scan::Scanner;
use crate::pickle::{DecodeError, DecodeErrorKind, Limits, Opcode};
use crate::progress::{Cancelled, Progress};
use crate::source::ByteSource;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Opcodes between two looks at the progress.
const CHECK_EVERY: usize = 4096;
/// Things on the stack and in the memo, each. Decoding takes no more either.
const MAX_THINGS: usize = Limits::FULL.nodes;
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
        name_numbers: HashMap::new(),
        last_tuple: None,
        faults: Vec::new(),
        seen: HashSet::new(),
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
    /// The last tuple of one to three items, and these: arguments of a call stand right before it.
    last_tuple: Option<(Thing, Vec<Thing>)>,
    faults: Vec<Fault>,
    /// Faults that were told: each code once, calls once for each name.
    seen: HashSet<(Code, String)>,
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
                    "STOP stands inside the value: plain pickle.load ends here and gives something else",
                ),
                _ => self.step(&op),
            }
            if self.stack.len().max(self.marks.len()).max(self.memo.len) > MAX_THINGS {
                let message =
                    format!("More than {MAX_THINGS} things at once; what follows is not checked");
                self.fault(Code::BadValue, Severity::Warning, op.offset, message);
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
        self.fault(code, Severity::Error, err.offset, err.kind.to_string());
        err.kind
    }

    fn finish(mut self, range: &Range<u64>, error: Option<DecodeErrorKind>) -> Walked {
        let left = self.stack.len() + self.marks.len();
        if self.extent == Extent::Entry && error.is_none() && left != 1 {
            let message = match left {
                0 => "There is no value: nothing is left on the stack".to_owned(),
                left => format!(
                    "The value leaves {left} things on the stack instead of one; plain pickle.load makes other keys of them"
                ),
            };
            self.imbalance(range.start, &message);
        }
        self.report_names();
        self.report_size(range);
        let foreign = [Code::StackImbalance, Code::UnboundMemo];
        let is_balanced = self
            .faults
            .iter()
            .all(|fault| !foreign.contains(&fault.code));
        Walked {
            end: self.scanner.position(),
            opcodes: self.opcodes,
            is_self_contained: error.is_none() && is_balanced,
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
            let message = format!(
                "The value is nested {} levels deep, more than {limit}: it cannot be shown, and many programs crash on it",
                unfolded.depth
            );
            self.fault(Code::NestingTooDeep, Severity::Error, range.start, message);
        }
        let length = self.end.saturating_sub(range.start) as f64;
        if unfolded.size > HARMLESS_SIZE && unfolded.size > HARMLESS_RATIO * length {
            let message = format!(
                "Shared parts unfold {length} bytes into about 10^{:.0}: it can be loaded, but not printed or copied",
                unfolded.size.log10()
            );
            self.fault(
                Code::ExponentialSharing,
                Severity::Warning,
                range.start,
                message,
            );
        }
    }

    // --- telling -------------------------------------------------------------------------------

    /// Tells of a kind of fault, once.
    fn fault(&mut self, code: Code, severity: Severity, offset: u64, message: String) {
        self.fault_about(code, severity, offset, String::new(), message);
    }

    /// Tells of a fault once for each subject.
    fn fault_about(
        &mut self,
        code: Code,
        severity: Severity,
        offset: u64,
        subject: String,
        message: String,
    ) {
        if self.seen.insert((code, subject)) {
            self.faults.push(Fault {
                code,
                severity,
                offset,
                message,
            });
        }
    }

    fn imbalance(&mut self, offset: u64, message: &str) {
        self.fault(
            Code::StackImbalance,
            Severity::Error,
            offset,
            message.to_owned(),
        );
    }
}

/// The memo: dense as programs write it, or with holes.
#[derive(Debug, Default)]
struct Memo {
    dense: Vec<Option<Thing>>,
    sparse: HashMap<u64, Thing>,
    len: usize,
}

impl Memo {
    fn put(&mut self, index: u64, thing: Thing) {
        let near = self.dense.len() + 1024;
        let old = match usize::try_from(index) {
            Ok(at) if at < near => {
                if at >= self.dense.len() {
                    self.dense.resize(at + 1, None);
                }
                // A number that was far away before may be near now.
                let far = self.sparse.remove(&index);
                self.dense
                    .get_mut(at)
                    .and_then(|slot| slot.replace(thing))
                    .or(far)
            }
            _ => self.sparse.insert(index, thing),
        };
        self.len += usize::from(old.is_none());
    }

    fn get(&self, index: u64) -> Option<Thing> {
        let dense = usize::try_from(index)
            .ok()
            .and_then(|at| self.dense.get(at).copied().flatten());
        dense.or_else(|| self.sparse.get(&index).copied())
    }
}
