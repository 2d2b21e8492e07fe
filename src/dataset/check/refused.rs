//! Values that decode, and that a constructor of Python refuses all the same: then the whole file does not load, whether
//! they are alive or dead.

use super::code::{Code, Severity};
use super::walk::{Extent, Fault};
use crate::pickle::{Limits, Value, decode_pickle, decode_value, obstacle, python2_name};
use crate::progress::Progress;
use crate::source::ByteSource;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Values of more bytes are decoded one after the other, whatever the number of threads.
const LARGE: u64 = 1 << 20;

/// What Python refuses in a value that has no other fault. Nothing is said of one that is too large to be judged.
pub(super) fn fault(
    source: &dyn ByteSource,
    range: Range<u64>,
    extent: Extent,
    progress: &Progress,
) -> Option<Fault> {
    static ONE: Mutex<()> = Mutex::new(());
    let is_large = range.end.saturating_sub(range.start) > LARGE;
    let _one = is_large.then(|| ONE.lock().unwrap_or_else(PoisonError::into_inner));
    let value = match extent {
        Extent::Entry => decode_value(source, range.start, range.end, &Limits::JUDGED, progress),
        Extent::Pickle => decode_pickle(source, &Limits::JUDGED, progress).map(|(value, _)| value),
    };
    let why = reason(&value.ok()?)?;
    let message = match extent {
        Extent::Entry => format!(
            "Python refuses this value, and so the whole file, also when its key is deleted ({why}); delete or set the key, then a vacuum frees the file of it"
        ),
        Extent::Pickle => format!("Python refuses a value of it, and so the whole file ({why})"),
    };
    Some(Fault {
        code: Code::RefusedValue,
        severity: Severity::Error,
        offset: range.start,
        message,
    })
}

fn reason(value: &Value) -> Option<String> {
    obstacle(value).or_else(|| {
        let name = python2_name(value)?;
        Some(format!("it names {name} of Python 2"))
    })
}
