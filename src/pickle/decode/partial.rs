//! Decoding where the end of a value is not known, or where it leans on what comes before it: for damaged files.

use super::super::error::{DecodeError, DecodeErrorKind as Kind};
use super::super::limits::Limits;
use super::super::opcode::Opcode;
use super::super::value::Value;
use super::Machine;
use crate::progress::Progress;
use crate::source::ByteSource;

/// Decodes a value of unknown length from `start` on: up to the first place, before `end`, where exactly one thing is on
/// the stack and `is_end` says that the value ends there. Also gives that place.
///
/// # Errors
/// As [`super::decode_value`]; there is no such place.
pub fn decode_until(
    source: &dyn ByteSource,
    start: u64,
    end: u64,
    limits: &Limits,
    progress: &Progress,
    is_end: &mut dyn FnMut(u64) -> bool,
) -> Result<(Value, u64), DecodeError> {
    let mut machine = Machine::new(source, start, end, *limits);
    for count in 0_usize.. {
        let at = machine.scanner.position();
        if machine.stack.len() == 1 && machine.marks.is_empty() && is_end(at) {
            return machine.finish(start).map(|value| (value, at));
        }
        machine.check(count, progress)?;
        match machine.scanner.next_op()? {
            Some(op) if op.opcode != Opcode::Stop => machine.step(&op)?,
            _ => break,
        }
    }
    let left = machine.stack.len() + machine.marks.len();
    Err(Kind::StackImbalance(left).at(machine.scanner.position()))
}

/// Decodes `start..end` and gives what is on top of the stack then, whatever lies below it: a value that reads memo entries
/// which were set before it.
///
/// # Errors
/// As [`super::decode_value`].
pub fn decode_top(
    source: &dyn ByteSource,
    start: u64,
    end: u64,
    limits: &Limits,
    progress: &Progress,
) -> Result<Value, DecodeError> {
    let mut machine = Machine::new(source, start, end, *limits);
    machine.run(progress)?;
    machine.finish_at_stop(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn a_value_ends_where_it_is_said_to() {
        // [1, 2] and rubbish.
        let source = MemorySource::new(b"](K\x01K\x02e\xff\xff".to_vec());
        let progress = Progress::new();
        let mut asked = Vec::new();
        let found = decode_until(&source, 0, 9, &Limits::FULL, &progress, &mut |at| {
            asked.push(at);
            at == 7
        });
        let (value, end) = found.unwrap();
        assert_eq!((value.literal().as_str(), end), ("[1, 2]", 7));
        assert_eq!(asked, [1, 7]);
        let none = decode_until(&source, 0, 9, &Limits::FULL, &progress, &mut |_| false);
        assert_eq!(none.unwrap_err(), Kind::BadOpcode(0xff).at(7));
    }

    #[test]
    fn what_is_on_top_may_lean_on_what_is_below() {
        let source = MemorySource::new(b"(X\x01\0\0\0aq\x05]h\x05a".to_vec());
        let value = decode_top(&source, 0, 13, &Limits::FULL, &Progress::new()).unwrap();
        assert_eq!(value.literal(), "['a']");
    }
}
