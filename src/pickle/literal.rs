//! Values as Python literals, and piece by piece for a tree.
//!
//! What Python has no literal for is written as the call that would make it (`datetime.date(2018, 5, 1)`), so the text
//! says all there is, but not all of it can be read back. Self-references print as `[...]`, as in Python.
//!
//! Whatever is printed takes from a [`Budget`]. A single line has one of its own, which its length bounds; who prints many
//! lines gives one for all of them.

use super::budget::Budget;
use super::face::{Face, array_text, face, latin1_head, type_name};
use super::limits::Limits;
use super::number::{MAX_BITS, float_repr, int_cost};
use super::text;
use super::value::{Blob, Node, NodeId, Value};
use std::borrow::Cow;

/// Characters of a key, as the label of what belongs to it.
const LABEL: usize = 60;
/// Twice what the decoder's limit on nesting can lead to.
const MAX_DEPTH: usize = 2 * Limits::FULL.depth;

impl Value {
    /// Class of the node as a reader would call it: `str`, `datetime.datetime`, …
    #[must_use]
    pub fn type_name(&self, id: NodeId) -> String {
        type_name(self, id)
    }

    /// The whole value as a Python literal. Shared references can make that longer than any memory: where it is more than
    /// a few times what the value holds, it ends in `…`.
    #[must_use]
    pub fn literal(&self) -> String {
        self.whole_literal().text
    }

    /// As [`Value::literal`], and whether that is all of it.
    #[must_use]
    pub fn whole_literal(&self) -> Literal {
        let budget = Budget::of(self);
        let text = self.node_literal_within(self.root(), usize::MAX, &budget);
        let is_cut = budget.is_spent();
        Literal { text, is_cut }
    }

    /// The literal of one node, cut after about `max_bytes` bytes with `…`.
    #[must_use]
    pub fn node_literal(&self, id: NodeId, max_bytes: usize) -> String {
        self.node_literal_within(id, max_bytes, &Budget::of_line(max_bytes))
    }

    /// The same, for one of many.
    #[must_use]
    pub fn node_literal_within(&self, id: NodeId, max_bytes: usize, budget: &Budget) -> String {
        let mut writer = Writer {
            value: self,
            out: String::new(),
            limit: max_bytes,
            budget,
            paid: 0,
            open: Vec::new(),
            // Who asks for all of a value gets all of its arrays.
            writes_arrays: max_bytes == usize::MAX,
        };
        writer.node(id);
        writer.out
    }

    /// The beginning of the literal on one line of at most `max_chars` characters.
    #[must_use]
    pub fn line(&self, id: NodeId, max_chars: usize) -> String {
        self.line_within(id, max_chars, &Budget::of_line(max_chars))
    }

    /// The same, for one of many.
    #[must_use]
    pub fn line_within(&self, id: NodeId, max_chars: usize, budget: &Budget) -> String {
        let literal = self.node_literal_within(id, max_chars.saturating_mul(4), budget);
        match literal.char_indices().nth(max_chars) {
            None => literal,
            Some(_) => literal
                .chars()
                .take(max_chars.saturating_sub(1))
                .chain(['…'])
                .collect(),
        }
    }

    /// The text of a str, lone surrogates escaped.
    #[must_use]
    pub fn text(&self, id: NodeId) -> Option<Cow<'_, str>> {
        match self.node(id) {
            Node::Str(blob) => blob.loaded().map(text::escaped),
            _ => None,
        }
    }

    /// Number of children that a tree shows below the node.
    #[must_use]
    pub fn child_count(&self, id: NodeId) -> usize {
        self.child_count_within(id, &Budget::of_line(0))
    }

    /// The same, for one of many.
    #[must_use]
    pub fn child_count_within(&self, id: NodeId, budget: &Budget) -> usize {
        if let Some(Face::Text(_) | Face::Latin1(_)) = face(self, id, budget) {
            return 0;
        }
        let extras = self.extras(id).map_or(0, |extras| {
            extras.list_items.len() + extras.dict_items.len() + extras.state.len()
        });
        extras
            + match self.node(id) {
                Node::List(items)
                | Node::Tuple(items)
                | Node::Set(items)
                | Node::FrozenSet(items) => items.len(),
                Node::Dict(pairs) => pairs.len(),
                Node::Call(call) => {
                    self.items(call.args).map_or(1, <[NodeId]>::len)
                        + usize::from(call.kwargs.is_some())
                }
                Node::Persistent(_) => 1,
                _ => 0,
            }
    }

    /// Label and node of a child; index, key or what the part is to the object.
    #[must_use]
    pub fn child(&self, id: NodeId, index: usize) -> Option<(String, NodeId)> {
        self.child_within(id, index, &Budget::of_line(LABEL))
    }

    /// The same, for one of many.
    #[must_use]
    pub fn child_within(
        &self,
        id: NodeId,
        index: usize,
        budget: &Budget,
    ) -> Option<(String, NodeId)> {
        let (own, index) = match self.own_child(id, index, budget) {
            Ok(child) => return Some(child),
            Err(own) => (own, index),
        };
        let mut index = index.checked_sub(own)?;
        let extras = self.extras(id)?;
        if let Some(&item) = extras.list_items.get(index) {
            return Some((index.to_string(), item));
        }
        index -= extras.list_items.len();
        if let Some(&(key, item)) = extras.dict_items.get(index) {
            return Some((self.line_within(key, LABEL, budget), item));
        }
        let state = *extras.state.get(index - extras.dict_items.len())?;
        Some(("state".to_owned(), state))
    }

    /// A child that is part of the node itself, or how many of those there are.
    fn own_child(
        &self,
        id: NodeId,
        index: usize,
        budget: &Budget,
    ) -> Result<(String, NodeId), usize> {
        let numbered = |items: &[NodeId]| match items.get(index) {
            Some(&item) => Ok((index.to_string(), item)),
            None => Err(items.len()),
        };
        match self.node(id) {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => {
                numbered(items)
            }
            Node::Dict(pairs) => match pairs.get(index) {
                Some(&(key, item)) => Ok((self.line_within(key, LABEL, budget), item)),
                None => Err(pairs.len()),
            },
            Node::Persistent(inner) if index == 0 => Ok(("id".to_owned(), *inner)),
            Node::Persistent(_) => Err(1),
            Node::Call(call) => {
                let args = self.items(call.args).map_or(1, <[NodeId]>::len);
                if index < args {
                    let arg = match self.items(call.args) {
                        Some(items) => items.get(index).copied().unwrap_or(call.args),
                        None => call.args,
                    };
                    return Ok((format!("argument {index}"), arg));
                }
                match call.kwargs {
                    Some(kwargs) if index == args => Ok(("keyword arguments".to_owned(), kwargs)),
                    kwargs => Err(args + usize::from(kwargs.is_some())),
                }
            }
            _ => Err(0),
        }
    }
}

/// A printed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// As Python would print it.
    pub text: String,
    /// It ends in `…`: shared parts make it longer than it is of use.
    pub is_cut: bool,
}

struct Writer<'v> {
    value: &'v Value,
    out: String,
    limit: usize,
    budget: &'v Budget,
    /// Bytes of the text that were taken from the budget.
    paid: usize,
    /// Nodes being written, to end self-references.
    open: Vec<NodeId>,
    /// Arrays with all their cells, not as a summary.
    writes_arrays: bool,
}

impl Writer<'_> {
    fn is_full(&self) -> bool {
        self.out.len() > self.limit || self.budget.is_spent()
    }

    /// Takes a node, and what was written since the last one.
    fn pay(&mut self) {
        let new = self.out.len().saturating_sub(self.paid);
        self.paid = self.out.len();
        self.budget.take(1, new as u64);
    }

    /// What a part of the text may be long at most.
    fn room(&self) -> usize {
        self.limit.saturating_sub(self.out.len())
    }

    /// Writes a node; once the text is full, only `…`.
    fn node(&mut self, id: NodeId) {
        self.pay();
        if self.is_full() {
            if !self.out.ends_with('…') {
                self.out.push('…');
            }
            return;
        }
        if self.atom(id) {
            return;
        }
        match self.value.node(id) {
            node if self.open.contains(&id) => self.out.push_str(match node {
                Node::List(_) => "[...]",
                Node::Tuple(_) => "(...)",
                Node::Dict(_) => "{...}",
                _ => "...",
            }),
            // A value that contains itself can be walked along paths longer than it is deep.
            _ if self.open.len() > MAX_DEPTH => self.out.push('…'),
            _ => {
                self.open.push(id);
                self.compound(id);
                self.open.pop();
            }
        }
    }

    /// Writes a node that has nothing in it. `false` if it is not one.
    fn atom(&mut self, id: NodeId) -> bool {
        match self.value.node(id) {
            Node::None => self.out.push_str("None"),
            Node::Bool(flag) => self.out.push_str(if *flag { "True" } else { "False" }),
            Node::Int(int) => self.out.push_str(&int.to_string()),
            Node::BigInt(int) if int.bits() > MAX_BITS => {
                self.out.push_str(&format!("<int of {} bits>", int.bits()));
            }
            Node::BigInt(int) if !self.budget.take(0, int_cost(int)) => self.out.push('…'),
            Node::BigInt(int) => self.out.push_str(&int.to_string()),
            Node::Float(float) => self.out.push_str(&float_repr(*float)),
            Node::Str(blob) => self.blob(blob, "str"),
            Node::Bytes(blob) => self.blob(blob, "bytes"),
            Node::ByteArray(blob) => {
                self.out.push_str("bytearray(");
                self.blob(blob, "bytes");
                self.out.push(')');
            }
            Node::Py2Str(blob) => self.blob(blob, "bytes"),
            Node::Global(global)
                if global.module == "builtins"
                    && matches!(global.name.as_str(), "Ellipsis" | "NotImplemented") =>
            {
                self.out.push_str(&global.name);
            }
            Node::Global(global) => {
                self.words(&global.module);
                self.out.push('.');
                self.words(&global.name);
            }
            Node::Extension(code) => self.out.push_str(&format!("<extension code {code}>")),
            Node::OutOfBand(index) => self.out.push_str(&format!("<out-of-band buffer {index}>")),
            Node::List(_)
            | Node::Tuple(_)
            | Node::Set(_)
            | Node::FrozenSet(_)
            | Node::Dict(_)
            | Node::Call(_)
            | Node::Persistent(_) => return false,
        }
        true
    }

    fn compound(&mut self, id: NodeId) {
        match self.value.node(id) {
            Node::List(items) => self.items("[", items, "]"),
            Node::Tuple(items) if items.len() == 1 => self.items("(", items, ",)"),
            Node::Tuple(items) => self.items("(", items, ")"),
            Node::Set(items) if items.is_empty() => self.out.push_str("set()"),
            Node::Set(items) => self.items("{", items, "}"),
            Node::FrozenSet(items) if items.is_empty() => self.out.push_str("frozenset()"),
            Node::FrozenSet(items) => self.items("frozenset({", items, "})"),
            Node::Dict(pairs) => self.pairs(pairs),
            Node::Persistent(inner) => {
                self.out.push_str("<persistent id ");
                self.node(*inner);
                self.out.push('>');
            }
            _ => self.object(id),
        }
        if !matches!(self.value.node(id), Node::Call(_)) {
            self.state(id);
        }
    }

    /// Apart from [`Writer::compound`], which recurses through all containers and should take little stack.
    fn object(&mut self, id: NodeId) {
        match face(self.value, id, self.budget) {
            Some(Face::Summary(text)) if self.writes_arrays => self.array(id, &text),
            Some(face) => self.face(face),
            None => self.call(id),
        }
    }

    /// An array as what makes it; one that is too long, or whose cells are not in memory, as a summary that nobody takes
    /// for a literal.
    fn array(&mut self, id: NodeId, summary: &str) {
        if self.is_full() {
            return;
        }
        if let Some(text) = array_text(self.value, id) {
            self.out.push_str(&text);
            return;
        }
        match self.value.call(id) {
            Some((_, "reshape" | "fromstring" | "frombuffer" | "ndarray", _)) => self.call(id),
            _ => self.out.push_str(summary),
        }
    }

    fn face(&mut self, face: Face) {
        match face {
            Face::Text(text) | Face::Summary(text) => self.out.push_str(&text),
            Face::Latin1(text) => self.latin1(text),
            Face::Around(before, inner, after) => {
                self.out.push_str(&before);
                self.node(inner);
                self.out.push_str(&after);
            }
            Face::Items(before, id, after) => {
                let items = self.value.extras(id).map(|extras| &extras.list_items);
                self.out.push_str(&before);
                self.items("[", items.map_or(&[], Vec::as_slice), "]");
                self.out.push_str(&after);
            }
            Face::Pairs(before, id) => {
                let pairs = self.value.extras(id).map(|extras| &extras.dict_items);
                self.out.push_str(&before);
                self.pairs(pairs.map_or(&[], Vec::as_slice));
                self.out.push(')');
            }
        }
    }

    fn call(&mut self, id: NodeId) {
        let Node::Call(call) = self.value.node(id) else {
            return;
        };
        match self.value.global(call.func) {
            Some(("builtins" | "__builtin__", name)) => self.words(name),
            _ => self.node(call.func),
        }
        match self.value.items(call.args) {
            Some(items) => self.items("(", items, ""),
            None => {
                self.out.push_str("(*");
                self.node(call.args);
            }
        }
        if let Some(kwargs) = call.kwargs {
            self.out.push_str(", **");
            self.node(kwargs);
        }
        self.out.push(')');
        self.state(id);
    }

    /// What is done to the object after it is made.
    fn state(&mut self, id: NodeId) {
        let Some(extras) = self.value.extras(id) else {
            return;
        };
        if !extras.list_items.is_empty() {
            self.items(" + [", &extras.list_items, "]");
        }
        if !extras.dict_items.is_empty() {
            self.out.push_str(" + ");
            self.pairs(&extras.dict_items);
        }
        for &state in &extras.state {
            self.out.push_str(" with state ");
            self.node(state);
        }
    }

    fn items(&mut self, open: &str, items: &[NodeId], close: &str) {
        self.out.push_str(open);
        for (at, &item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push_str(", ");
            }
            self.node(item);
            if self.is_full() {
                self.node(item);
                break;
            }
        }
        self.out.push_str(close);
    }

    fn pairs(&mut self, pairs: &[(NodeId, NodeId)]) {
        self.out.push('{');
        for (at, &(key, item)) in pairs.iter().enumerate() {
            if at > 0 {
                self.out.push_str(", ");
            }
            self.node(key);
            self.out.push_str(": ");
            self.node(item);
            if self.is_full() {
                self.node(item);
                break;
            }
        }
        self.out.push('}');
    }

    /// Names, which may be as long as anything.
    fn words(&mut self, words: &str) {
        let room = self.room();
        if words.len() <= room {
            self.out.push_str(words);
        } else {
            self.out.extend(words.chars().take(room).chain(['…']));
        }
    }

    /// Bytes that are stored as text.
    fn latin1(&mut self, text: NodeId) {
        let all = match self.value.node(text) {
            Node::Str(blob) => usize::try_from(blob.len()).unwrap_or(usize::MAX),
            _ => 0,
        };
        let max = all.min(self.room().saturating_add(1));
        if !self.budget.take(0, max as u64) {
            self.out.push('…');
            return;
        }
        match latin1_head(self.value, text, max) {
            Some(bytes) => text::push_bytes_repr(&mut self.out, &bytes, self.limit),
            // Some character is none, further on: Python would refuse it as well.
            None => {
                self.out.push_str("_codecs.encode(");
                self.node(text);
                self.out.push_str(", 'latin1')");
            }
        }
    }

    fn blob(&mut self, blob: &Blob, what: &str) {
        match blob.loaded() {
            None => self
                .out
                .push_str(&format!("<{what} of {} bytes>", blob.len())),
            Some(bytes) if what == "str" => text::push_text_repr(&mut self.out, bytes, self.limit),
            Some(bytes) => text::push_bytes_repr(&mut self.out, bytes, self.limit),
        }
    }
}
