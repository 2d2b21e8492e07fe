//! A value as lossless JSON: each node an object with its type in `t`.
//!
//! | `t` | fields |
//! | --- | --- |
//! | `none`, `bool`, `int`, `float` | `v` (int: decimal text); float: `repr` and `bits`, eight bytes big-endian in hex |
//! | `str` | `v`, or `utf8_hex` where it has lone surrogates |
//! | `bytes`, `bytearray`, `py2str` | `hex` |
//! | `list`, `tuple`, `set`, `frozenset` | `v`: items |
//! | `dict` | `v`: pairs |
//! | `global` | `module`, `name` |
//! | `reduce`, `newobj` | `func`, `args`, `kwargs` |
//! | `persid`, `ext`, `oob` | `v` |
//!
//! Text and bytes of more than 4096 bytes and ints of more than 13 000 bits are given by length and SHA-256.
//! Objects carry `listitems`, `dictitems`, `state` where the pickle adds them. One that is met again has an `id`, and
//! is `{"t": "ref", "id": n}` from then on; so recursive values end, and shared ones stay small. Paths of more than
//! 2000 nodes, which only values that contain themselves have, end in `{"t": "too-deep"}`.

use super::limits::Limits;
use super::number::float_repr;
use super::text;
use super::value::{Blob, CallKind, Node, NodeId, Value};
use num_bigint::{BigInt, Sign};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};

const MAX_BLOB: usize = 4096;
const MAX_BITS: u64 = 13_000;
/// Twice what the decoder's limit on nesting can lead to.
const MAX_DEPTH: usize = 2 * Limits::FULL.depth;
/// Nodes that are written more often than four times each.
const MAX_REPEATED: usize = 100_000;

impl Value {
    /// The typed JSON of the whole value.
    #[must_use]
    pub fn typed(&self) -> Json {
        let mut writer = Writer {
            value: self,
            shared: self.shared_nodes(),
            ids: HashMap::new(),
            depth: 0,
            left: MAX_REPEATED.saturating_add(self.node_count().saturating_mul(4)),
        };
        writer.node(self.root())
    }

    /// Containers and calls that are referred to more than once.
    fn shared_nodes(&self) -> HashSet<NodeId> {
        let (mut seen, mut shared) = (HashSet::new(), HashSet::new());
        let mut todo = vec![self.root()];
        while let Some(id) = todo.pop() {
            if let Node::Persistent(inner) = self.node(id) {
                // It has no id of its own, but what it holds may be shared.
                todo.push(*inner);
                continue;
            }
            if is_atom(self.node(id)) {
                continue;
            }
            if seen.insert(id) {
                todo.extend(self.references(id));
            } else {
                shared.insert(id);
            }
        }
        shared
    }
}

fn is_atom(node: &Node) -> bool {
    !matches!(
        node,
        Node::List(_)
            | Node::Tuple(_)
            | Node::Set(_)
            | Node::FrozenSet(_)
            | Node::Dict(_)
            | Node::Call(_)
            | Node::ByteArray(_)
    )
}

/// `{"t": "float", …}`
#[must_use]
pub fn typed_float(float: f64) -> Json {
    json!({"t": "float", "repr": float_repr(float), "bits": format!("{:016x}", float.to_bits())})
}

/// `{"t": "int", …}`
#[must_use]
pub fn typed_int(int: &BigInt) -> Json {
    // Two's complement has room for one bit less on the positive side; Python counts the bits of the magnitude.
    let bits = int.bits();
    if bits <= MAX_BITS {
        return json!({"t": "int", "v": int.to_string()});
    }
    let len = usize::try_from(bits / 8 + 1).unwrap_or(usize::MAX);
    let mut bytes = int.to_signed_bytes_le();
    let is_negative = int.sign() == Sign::Minus;
    bytes.resize(len.max(bytes.len()), if is_negative { 0xff } else { 0 });
    json!({
        "t": "int", "bit_length": bits, "negative": is_negative,
        "two_complement_le_sha256": sha256(&bytes), "two_complement_len": bytes.len(),
    })
}

/// `{"t": "str", …}` of UTF-8 with lone surrogates.
#[must_use]
pub fn typed_str(bytes: &[u8]) -> Json {
    let strict = std::str::from_utf8(bytes);
    if bytes.len() <= MAX_BLOB {
        return match strict {
            Ok(text) => json!({"t": "str", "v": text}),
            Err(_) => json!({"t": "str", "utf8_hex": hex(bytes)}),
        };
    }
    let head: String = text::escaped(bytes).chars().take(64).collect();
    json!({"t": "str", "utf8_len": bytes.len(), "chars": text::char_count(bytes), "sha256": sha256(bytes), "head": head})
}

/// `{"t": "bytes", …}` or another type of bytes.
#[must_use]
pub fn typed_bytes(kind: &str, bytes: &[u8]) -> Json {
    if bytes.len() <= MAX_BLOB {
        return json!({"t": kind, "hex": hex(bytes)});
    }
    let head = bytes.get(..32).unwrap_or_default();
    json!({"t": kind, "len": bytes.len(), "sha256": sha256(bytes), "head_hex": hex(head)})
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

struct Writer<'v> {
    value: &'v Value,
    shared: HashSet<NodeId>,
    ids: HashMap<NodeId, usize>,
    depth: usize,
    /// Nodes that may still be written.
    left: usize,
}

impl Writer<'_> {
    fn node(&mut self, id: NodeId) -> Json {
        // A value that contains itself can be walked along paths longer than it is deep.
        if self.depth > MAX_DEPTH {
            return json!({"t": "too-deep"});
        }
        // Persistent ids have no number, so a long chain of them is written for each reference to it.
        let Some(left) = self.left.checked_sub(1) else {
            return json!({"t": "too-large"});
        };
        self.left = left;
        self.depth += 1;
        let json = self.any_node(id);
        self.depth -= 1;
        json
    }

    fn any_node(&mut self, id: NodeId) -> Json {
        let node = self.value.node(id);
        match node {
            Node::None => json!({"t": "none"}),
            Node::Bool(flag) => json!({"t": "bool", "v": flag}),
            Node::Int(int) => typed_int(&BigInt::from(*int)),
            Node::BigInt(int) => typed_int(int),
            Node::Float(float) => typed_float(*float),
            Node::Str(blob) => blob_json(blob, "str"),
            Node::Bytes(blob) => blob_json(blob, "bytes"),
            Node::Py2Str(blob) => blob_json(blob, "py2str"),
            Node::Global(global) => {
                json!({"t": "global", "module": global.module, "name": global.name})
            }
            Node::Extension(code) => json!({"t": "ext", "v": code}),
            Node::OutOfBand(index) => json!({"t": "oob", "v": index}),
            Node::Persistent(inner) => {
                // Not by `json!`, which copies what it is given: along a chain of these, each time all of it.
                let mut out = Map::new();
                out.insert("t".to_owned(), json!("persid"));
                out.insert("v".to_owned(), self.node(*inner));
                Json::Object(out)
            }
            _ => self.compound(id, node),
        }
    }

    fn compound(&mut self, id: NodeId, node: &Node) -> Json {
        if let Some(number) = self.ids.get(&id) {
            return json!({"t": "ref", "id": number});
        }
        let mut out = Map::new();
        if self.shared.contains(&id) {
            let number = self.ids.len() + 1;
            self.ids.insert(id, number);
            out.insert("id".to_owned(), json!(number));
        }
        let mut put = |name: &str, json: Json| drop(out.insert(name.to_owned(), json));
        match node {
            Node::ByteArray(blob) => {
                if let Json::Object(fields) = blob_json(blob, "bytearray") {
                    fields.into_iter().for_each(|(name, json)| put(&name, json));
                }
            }
            Node::List(items) => {
                put("t", json!("list"));
                put("v", self.items(items));
            }
            Node::Tuple(items) => {
                put("t", json!("tuple"));
                put("v", self.items(items));
            }
            Node::Set(items) => {
                put("t", json!("set"));
                put("v", self.items(items));
            }
            Node::FrozenSet(items) => {
                put("t", json!("frozenset"));
                put("v", self.items(items));
            }
            Node::Dict(pairs) => {
                put("t", json!("dict"));
                put("v", self.pairs(pairs));
            }
            Node::Call(call) => {
                let kind = match call.kind {
                    CallKind::Reduce | CallKind::Instance => "reduce",
                    CallKind::NewObj => "newobj",
                };
                put("t", json!(kind));
                put("func", self.node(call.func));
                put("args", self.node(call.args));
                if let Some(kwargs) = call.kwargs {
                    put("kwargs", self.node(kwargs));
                }
            }
            _ => {}
        }
        if let Some(extras) = self.value.extras(id) {
            if !extras.list_items.is_empty() {
                put("listitems", self.items(&extras.list_items));
            }
            if !extras.state.is_empty() {
                put("state", self.items(&extras.state));
            }
            if !extras.dict_items.is_empty() {
                put("dictitems", self.pairs(&extras.dict_items));
            }
        }
        Json::Object(out)
    }

    fn items(&mut self, items: &[NodeId]) -> Json {
        items.iter().map(|&item| self.node(item)).collect()
    }

    fn pairs(&mut self, pairs: &[(NodeId, NodeId)]) -> Json {
        pairs
            .iter()
            .map(|&(key, item)| Json::Array(vec![self.node(key), self.node(item)]))
            .collect()
    }
}

fn blob_json(blob: &Blob, kind: &str) -> Json {
    match blob {
        Blob::Loaded(bytes) if kind == "str" => typed_str(bytes),
        Blob::Loaded(bytes) => typed_bytes(kind, bytes),
        Blob::InFile(span) => json!({"t": kind, "len": span.len, "offset": span.offset}),
    }
}
