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
//! 2000 nodes, which only values that contain themselves have, end in `{"t": "too-deep"}`. Text, bytes and numbers have no
//! `id`; where they are met so often that they are far more than the value itself, they are `{"t": "too-large"}`.
//!
//! It is made as it is written ([`Value::typed_tokens`]), without recursion, so it takes neither memory nor stack.

use super::budget::Budget;
use super::limits::Limits;
use super::number::{float_repr, int_cost};
use super::text::{char_count, escaped};
use super::value::{Blob, CallKind, Node, NodeId, Value};
use num_bigint::{BigInt, Sign};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::slice::Iter;

const MAX_BLOB: usize = 4096;
const MAX_BITS: u64 = 13_000;
/// Twice what the decoder's limit on nesting can lead to.
const MAX_DEPTH: usize = 2 * Limits::FULL.depth;

/// A piece of JSON, in the order in which it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Token<'v> {
    /// A list begins.
    List,
    /// An object begins.
    Map,
    /// The innermost list or object ends.
    End,
    /// The name of the next value in an object.
    Name(&'v str),
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A text.
    Text(&'v str),
    /// Any value.
    Json(Json),
}

impl Value {
    /// The typed JSON of the whole value, to be written.
    pub fn typed_tokens(&self) -> impl Iterator<Item = Token<'_>> {
        Tokens {
            value: self,
            shared: self.shared_nodes(),
            ids: HashMap::new(),
            depth: 0,
            budget: Budget::of(self),
            todo: vec![Step::Node(self.root())],
        }
    }

    /// The same, in memory.
    #[must_use]
    pub fn typed(&self) -> Json {
        let mut open: Vec<(Json, String)> = Vec::new();
        let mut name = String::new();
        for token in self.typed_tokens() {
            let done = match token {
                Token::List => {
                    open.push((Json::Array(Vec::new()), std::mem::take(&mut name)));
                    continue;
                }
                Token::Map => {
                    open.push((Json::Object(Map::new()), std::mem::take(&mut name)));
                    continue;
                }
                Token::Name(next) => {
                    next.clone_into(&mut name);
                    continue;
                }
                Token::End => match open.pop() {
                    Some((done, of)) => {
                        name = of;
                        done
                    }
                    None => continue,
                },
                Token::Null => Json::Null,
                Token::Bool(flag) => flag.into(),
                Token::Int(int) => int.into(),
                Token::Text(text) => text.into(),
                Token::Json(json) => json,
            };
            match open.last_mut() {
                Some((Json::Array(items), _)) => items.push(done),
                Some((Json::Object(fields), _)) => {
                    fields.insert(std::mem::take(&mut name), done);
                }
                _ => return done,
            }
        }
        Json::Null
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
    let head: String = escaped(bytes).chars().take(64).collect();
    json!({"t": "str", "utf8_len": bytes.len(), "chars": char_count(bytes), "sha256": sha256(bytes), "head": head})
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

/// See [`Value::typed_tokens`].
struct Tokens<'v> {
    value: &'v Value,
    shared: HashSet<NodeId>,
    ids: HashMap<NodeId, usize>,
    /// Containers that are open.
    depth: usize,
    budget: Budget,
    /// What is still to be written, the last one first.
    todo: Vec<Step<'v>>,
}

/// Something to be written.
enum Step<'v> {
    Node(NodeId),
    Items(Iter<'v, NodeId>),
    Pairs(Iter<'v, (NodeId, NodeId)>),
    Token(Token<'v>),
    /// A container is complete.
    Leave,
}

impl<'v> Iterator for Tokens<'v> {
    type Item = Token<'v>;

    fn next(&mut self) -> Option<Token<'v>> {
        loop {
            match self.todo.pop()? {
                Step::Node(id) => return Some(self.node(id)),
                Step::Token(token) => return Some(token),
                Step::Leave => self.depth -= 1,
                Step::Items(mut items) => {
                    if let Some(&item) = items.next() {
                        self.todo.extend([Step::Items(items), Step::Node(item)]);
                    }
                }
                Step::Pairs(mut pairs) => {
                    if let Some(&(key, item)) = pairs.next() {
                        let pair = [Step::Token(Token::End), Step::Node(item), Step::Node(key)];
                        self.todo.push(Step::Pairs(pairs));
                        self.todo.extend(pair);
                        return Some(Token::List);
                    }
                }
            }
        }
    }
}

/// Bytes that are read and written for an atom.
fn cost(node: &Node) -> u64 {
    match node {
        Node::Str(blob) | Node::Bytes(blob) | Node::ByteArray(blob) | Node::Py2Str(blob) => {
            2 * blob.loaded().map_or(0, <[u8]>::len) as u64
        }
        Node::BigInt(int) => int_cost(int),
        Node::Global(global) => (global.module.len() + global.name.len()) as u64,
        _ => 0,
    }
}

impl<'v> Tokens<'v> {
    /// The first token of a node; the others are put down to be written.
    fn node(&mut self, id: NodeId) -> Token<'v> {
        let value = self.value;
        // A value that contains itself can be walked along paths longer than it is deep.
        if self.depth > MAX_DEPTH {
            return Token::Json(json!({"t": "too-deep"}));
        }
        // Persistent ids have no number, so a long chain of them is written for each reference to it.
        if !self.budget.take(1, cost(value.node(id))) {
            return Token::Json(json!({"t": "too-large"}));
        }
        let parts = match value.node(id) {
            Node::None => vec![name("t"), text("none")],
            Node::Bool(flag) => vec![name("t"), text("bool"), name("v"), of(Token::Bool(*flag))],
            Node::Int(int) => return Token::Json(json!({"t": "int", "v": int.to_string()})),
            Node::BigInt(int) => return Token::Json(typed_int(int)),
            Node::Float(float) => return Token::Json(typed_float(*float)),
            Node::Str(blob) => return Token::Json(blob_json(blob, "str")),
            Node::Bytes(blob) => return Token::Json(blob_json(blob, "bytes")),
            Node::Py2Str(blob) => return Token::Json(blob_json(blob, "py2str")),
            Node::Global(global) => {
                let (module, name) = (&global.module, &global.name);
                return Token::Json(json!({"t": "global", "module": module, "name": name}));
            }
            Node::Extension(code) => return Token::Json(json!({"t": "ext", "v": code})),
            Node::OutOfBand(index) => return Token::Json(json!({"t": "oob", "v": index})),
            Node::Persistent(inner) => {
                vec![name("t"), text("persid"), name("v"), Step::Node(*inner)]
            }
            node => match self.ids.get(&id) {
                Some(number) => return Token::Json(json!({"t": "ref", "id": number})),
                None => self.compound(id, node),
            },
        };
        self.depth += 1;
        self.todo.extend([Step::Leave, of(Token::End)]);
        self.todo.extend(parts.into_iter().rev());
        Token::Map
    }

    /// The fields of a container or a call.
    fn compound(&mut self, id: NodeId, node: &'v Node) -> Vec<Step<'v>> {
        let mut parts = Vec::new();
        if self.shared.contains(&id) {
            let number = self.ids.len() + 1;
            self.ids.insert(id, number);
            parts.extend([name("id"), of(Token::Json(json!(number)))]);
        }
        match node {
            Node::List(items) => list(&mut parts, "list", items),
            Node::Tuple(items) => list(&mut parts, "tuple", items),
            Node::Set(items) => list(&mut parts, "set", items),
            Node::FrozenSet(items) => list(&mut parts, "frozenset", items),
            Node::Dict(pairs) => {
                parts.extend([name("t"), text("dict"), name("v")]);
                push_pairs(&mut parts, pairs);
            }
            Node::ByteArray(blob) => {
                parts.extend([name("t"), text("bytearray")]);
                if let Json::Object(fields) = blob_json(blob, "bytearray") {
                    let known = ["hex", "len", "sha256", "head_hex", "offset"];
                    let fields = known
                        .iter()
                        .filter_map(|&field| Some((field, fields.get(field)?)));
                    parts
                        .extend(fields.flat_map(|(field, json)| {
                            [name(field), of(Token::Json(json.clone()))]
                        }));
                }
            }
            Node::Call(call) => {
                let kind = match call.kind {
                    CallKind::Reduce | CallKind::Instance => "reduce",
                    CallKind::NewObj => "newobj",
                };
                parts.extend([name("t"), text(kind)]);
                parts.extend([name("func"), Step::Node(call.func)]);
                parts.extend([name("args"), Step::Node(call.args)]);
                if let Some(kwargs) = call.kwargs {
                    parts.extend([name("kwargs"), Step::Node(kwargs)]);
                }
            }
            _ => {}
        }
        if let Some(extras) = self.value.extras(id) {
            if !extras.list_items.is_empty() {
                parts.push(name("listitems"));
                push_items(&mut parts, &extras.list_items);
            }
            if !extras.state.is_empty() {
                parts.push(name("state"));
                push_items(&mut parts, &extras.state);
            }
            if !extras.dict_items.is_empty() {
                parts.push(name("dictitems"));
                push_pairs(&mut parts, &extras.dict_items);
            }
        }
        parts
    }
}

fn of(token: Token<'_>) -> Step<'_> {
    Step::Token(token)
}

fn name(name: &'static str) -> Step<'static> {
    of(Token::Name(name))
}

fn text(text: &'static str) -> Step<'static> {
    of(Token::Text(text))
}

fn list<'v>(parts: &mut Vec<Step<'v>>, kind: &'static str, items: &'v [NodeId]) {
    parts.extend([name("t"), text(kind), name("v")]);
    push_items(parts, items);
}

fn push_items<'v>(parts: &mut Vec<Step<'v>>, items: &'v [NodeId]) {
    parts.extend([of(Token::List), Step::Items(items.iter()), of(Token::End)]);
}

fn push_pairs<'v>(parts: &mut Vec<Step<'v>>, pairs: &'v [(NodeId, NodeId)]) {
    parts.extend([of(Token::List), Step::Pairs(pairs.iter()), of(Token::End)]);
}

fn blob_json(blob: &Blob, kind: &str) -> Json {
    match blob {
        Blob::Loaded(bytes) if kind == "str" => typed_str(bytes),
        Blob::Loaded(bytes) => typed_bytes(kind, bytes),
        Blob::InFile(span) => json!({"t": kind, "len": span.len, "offset": span.offset}),
    }
}
