//! Whether plain `pickle.load` would build a value: what its machine refuses although the opcodes are sound.
//!
//! What the opcodes cannot do at all is refused by `decode`. Calls are taken to succeed: whether a class can be imported is the business of who loads the file.

use super::value::{Call, Node, NodeId, Value};
use std::collections::HashMap;

/// Why plain `pickle.load` fails on a value that decodes, if it does: the first reason found.
///
/// Looks at everything that the opcodes build, also at what is dropped again.
#[must_use]
pub fn obstacle(value: &Value) -> Option<String> {
    let mut hashable = Hashable {
        value,
        known: HashMap::new(),
    };
    let count = u32::try_from(value.node_count()).unwrap_or(u32::MAX);
    (0..count).map(NodeId).find_map(|id| {
        let why = of_node(value, id).map(str::to_owned);
        why.or_else(|| hashable.problem(id))
    })
}

fn of_node(value: &Value, id: NodeId) -> Option<&'static str> {
    match value.node(id) {
        Node::Persistent(_) => Some("it holds a persistent id, which only its maker can resolve"),
        Node::Extension(_) => Some("it holds an extension code, which only its maker can resolve"),
        Node::OutOfBand(_) => Some("it needs a buffer that is not in the file"),
        Node::Py2Str(_) => Some("it holds a Python 2 str that is not ASCII"),
        Node::Call(call) => of_call(value, call),
        _ => None,
    }
}

fn of_call(value: &Value, call: &Call) -> Option<&'static str> {
    match (value.node(call.func), value.node(call.args)) {
        (Node::Global(_) | Node::Call(_), Node::Tuple(_) | Node::Call(_)) => None,
        (Node::Global(_) | Node::Call(_), _) => {
            Some("it calls something with no tuple of arguments")
        }
        _ => Some("it calls something that is no function"),
    }
}

struct Hashable<'v> {
    value: &'v Value,
    known: HashMap<NodeId, bool>,
}

impl Hashable<'_> {
    /// A key of a dict, or an item of a set, that Python cannot hash.
    fn problem(&mut self, id: NodeId) -> Option<String> {
        let bad = match self.value.node(id) {
            Node::Dict(pairs) => pairs
                .iter()
                .map(|(key, _)| *key)
                .find(|&key| !self.can(key)),
            Node::Set(items) | Node::FrozenSet(items) => {
                items.iter().copied().find(|&item| !self.can(item))
            }
            _ => None,
        };
        bad.map(|bad| {
            let name = self.value.type_name(bad);
            format!("a {name} is a key of a dict, or in a set, and Python cannot hash it")
        })
    }

    /// Nesting is limited, so this may recurse. A node on the way counts as hashable: it is not, only if something in it
    /// is not.
    fn can(&mut self, id: NodeId) -> bool {
        if let Some(&known) = self.known.get(&id) {
            return known;
        }
        self.known.insert(id, true);
        let can = match self.value.node(id) {
            Node::List(_) | Node::Dict(_) | Node::Set(_) | Node::ByteArray(_) => false,
            Node::Tuple(items) => items.iter().all(|&item| self.can(item)),
            Node::Call(call) => !matches!(
                self.value.global(call.func),
                Some((
                    "builtins" | "__builtin__",
                    "list" | "dict" | "set" | "bytearray"
                ))
            ),
            _ => true,
        };
        self.known.insert(id, can);
        can
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, decode_value};
    use super::*;
    use crate::progress::Progress;
    use crate::source::MemorySource;

    fn of(opcodes: &[u8]) -> Option<String> {
        let source = MemorySource::new(opcodes.to_vec());
        let len = opcodes.len() as u64;
        obstacle(&decode_value(&source, 0, len, &Limits::FULL, &Progress::new()).unwrap())
    }

    #[test]
    fn sound_values_have_no_obstacle() {
        for opcodes in [
            &b"N"[..],
            b"}(K\x01NK\x02Nu",
            b"}(K\x01K\x02\x86)tNs",
            b"ccollections\nOrderedDict\n)R(K\x01K\x02u",
            b"\x8f(K\x01K\x02\x90",
            b"]h\0"[..1].as_ref(),
        ] {
            assert_eq!(of(opcodes), None, "{opcodes:?}");
        }
    }

    #[test]
    fn what_python_refuses_is_named() {
        for (opcodes, why) in [
            (&b"}]Ns"[..], "cannot hash"),
            (b"}]\x85Ns", "cannot hash"),
            (b"\x8f(]\x90", "cannot hash"),
            (b"K\x01)R", "no function"),
            (b"cposix\nsystem\nNR", "no tuple"),
            (b"NQ", "persistent"),
            (b"U\x01\xff", "Python 2"),
            // Dropped again, but built before.
            (b"N}]Ns0", "cannot hash"),
        ] {
            let found = of(opcodes).unwrap_or_default();
            assert!(found.contains(why), "{opcodes:?}: {found}");
        }
    }
}
