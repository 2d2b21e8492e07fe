//! Decoding where the end of a value is not known, or where it leans on what comes before it: for damaged files.

use super::super::error::{DecodeError, DecodeErrorKind as Kind};
use super::super::limits::Limits;
use super::super::opcode::Opcode;
use super::super::value::{Node, NodeId, Value};
use super::Machine;
use crate::progress::Progress;
use crate::source::ByteSource;
use ahash::HashMap;

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

/// Decodes from the beginning of a source on, and gives values on the way that read memo entries which were set before
/// them. However many are asked for, each byte is decoded once, and no more nodes are given than there may be.
#[derive(Debug)]
pub struct Onward<'s> {
    machine: Machine<'s>,
    error: Option<DecodeError>,
    /// Nodes that may still be given, and those that may still be looked at for that.
    left: usize,
    effort: usize,
}

/// For each node that may be given, so many may be looked at: what turns out to be too large was looked at in vain.
const EFFORT: usize = 4;

impl<'s> Onward<'s> {
    /// Nothing is read yet. The limits hold for all that is decoded; all that is given has at most `nodes` nodes.
    #[must_use]
    pub fn new(source: &'s dyn ByteSource, limits: Limits, nodes: usize) -> Self {
        Self {
            machine: Machine::new(source, 0, u64::MAX, limits),
            error: None,
            left: nodes,
            effort: nodes.saturating_mul(EFFORT),
        }
    }

    /// What is on top of the stack at `end`, whatever lies below it. An earlier place than the last one is an error, and so
    /// is everything behind an error.
    ///
    /// # Errors
    /// As [`super::decode_value`].
    pub fn top_at(&mut self, end: u64, progress: &Progress) -> Result<Value, DecodeError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let value = self.run(end, progress);
        // What would be given needs more than there may be; others may not.
        let is_over = |err: &&DecodeError| !matches!(err.kind, Kind::Limit { what: GIVEN, .. });
        self.error = value.as_ref().err().filter(is_over).cloned();
        value
    }

    fn run(&mut self, end: u64, progress: &Progress) -> Result<Value, DecodeError> {
        let machine = &mut self.machine;
        for count in 0_usize.. {
            let at = machine.scanner.position();
            machine.check(count, progress)?;
            if at >= end {
                break;
            }
            match machine.scanner.next_op()? {
                Some(op) if op.opcode != Opcode::Stop => machine.step(&op)?,
                _ => break,
            }
        }
        let top = *match machine.stack.last() {
            Some(top) if machine.scanner.position() == end => top,
            _ => return Err(Kind::StackImbalance(machine.stack.len()).at(end)),
        };
        let limit = self.left.min(self.effort);
        let (value, nodes) = machine.copy(top, limit);
        self.effort = self.effort.saturating_sub(nodes);
        let value = value.ok_or_else(|| {
            let limit = limit as u64;
            Kind::Limit { what: GIVEN, limit }.at(end)
        })?;
        self.left = self.left.saturating_sub(nodes);
        let limit = machine.limits.depth as u64;
        if value.depth() as u64 > limit {
            let what = "levels of nesting";
            return Err(Kind::Limit { what, limit }.at(end));
        }
        Ok(value)
    }
}

/// Limit of what [`Onward`] gives.
const GIVEN: &str = "nodes that are shared with other values";

impl Machine<'_> {
    /// A node with everything in it, as a value of its own, and how many nodes and references that are; `None` where these
    /// are more than the limit.
    fn copy(&self, root: NodeId, limit: usize) -> (Option<Value>, usize) {
        let mut numbers = HashMap::from_iter([(root, NodeId(0))]);
        let mut order = vec![root];
        let (mut nodes, mut extras) = (Vec::new(), std::collections::HashMap::new());
        let mut count = 0_usize;
        while let Some(&id) = order.get(nodes.len()) {
            count += 1;
            if count > limit {
                return (None, count);
            }
            let mut number = |id: NodeId| {
                count += 1;
                let next = NodeId(u32::try_from(order.len()).unwrap_or(u32::MAX));
                *numbers.entry(id).or_insert_with(|| {
                    order.push(id);
                    next
                })
            };
            let at = NodeId(u32::try_from(nodes.len()).unwrap_or(u32::MAX));
            if let Some(of_node) = self.extras.get(&id) {
                extras.insert(at, of_node.map(&mut number));
            }
            let node = self.nodes.get(id.0 as usize).unwrap_or(&Node::None);
            nodes.push(node.map(&mut number));
        }
        (Some(Value::new(nodes, extras, NodeId(0))), count)
    }
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
        let source = MemorySource::new(b"(X\x01\0\0\0aq\x05]h\x05ah\x05h\x07".to_vec());
        let mut onward = Onward::new(&source, Limits::FULL, 100);
        let progress = Progress::new();
        assert_eq!(onward.top_at(13, &progress).unwrap().literal(), "['a']");
        let text = onward.top_at(15, &progress).unwrap();
        assert_eq!((text.literal().as_str(), text.node_count()), ("'a'", 1));
        for _ in 0..2 {
            let err = onward.top_at(17, &progress).unwrap_err();
            assert_eq!(err, Kind::UnboundMemo(7).at(15));
        }
    }

    #[test]
    fn no_more_is_given_than_the_limit() {
        // A list of a hundred, and the same again and again.
        let opcodes = [&b"("[..], &[b'N'; 100], b"lq\x05", &b"h\x05".repeat(9)].concat();
        let source = MemorySource::new(opcodes);
        // A list, a hundred references and as many nodes.
        let mut onward = Onward::new(&source, Limits::FULL, 3 * 201);
        let given = (0..9).filter(|again| onward.top_at(106 + 2 * again, &Progress::new()).is_ok());
        assert_eq!(given.count(), 3);
    }
}
