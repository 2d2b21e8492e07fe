//! [`Value`] → the opcodes of one entry of a container, in the style of the reference.
//!
//! That style is what CPython's pickler writes for protocol 4, without PROTO, FRAME and STOP, and with numbers for only
//! those memo entries that are read back. Each object is written once, so shared references cost what they cost in the
//! value. Nothing here recurses. What a value names is written as it stands and never looked up.

mod output;

use super::budget::Budget;
use super::opcode::Opcode;
use super::python2::python3_name;
use super::scan::Span;
use super::value::{Blob, Call, CallKind, Global, Node, NodeId, Value};
use output::{Output, Slot};
use std::collections::{HashMap, HashSet};

/// CPython's pickler closes a batch of items after as many.
const BATCH: usize = 1000;
/// Items that may be written a second time, for tuples that hold themselves; see [`Encoder::begin_again`].
const MAX_AGAIN: usize = 1 << 20;

/// Why a value cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Longer than the opcode of its type can say.
    #[error("{what} of {len} bytes is too long for a pickle")]
    TooLong {
        /// `an int`, `a Python 2 str`.
        what: &'static str,
        /// Its length.
        len: u64,
    },
    /// The numbers of memo entries, which count up over the whole file, are used up.
    #[error(
        "the file has no memo numbers left for shared references; a vacuum does not free them, a new file does"
    )]
    MemoFull,
    /// Out-of-band buffers can be had in their order only.
    #[error("the value takes its out-of-band buffers in another order than they come in")]
    BufferOrder,
    /// More than the task may write, see [`encode_within`].
    #[error(
        "what it shares with other values makes it many times as large as the file it comes from"
    )]
    Unfolds,
    /// Tuples that contain themselves in very many ways.
    #[error("the value contains itself in too many ways")]
    Tangled,
}

/// A stretch of encoded bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Bytes in memory.
    Bytes(Vec<u8>),
    /// Bytes of the source that the value was decoded from.
    InFile(Span),
}

/// The opcodes of one value: no PROTO, FRAME or STOP. They leave exactly one thing on the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// What to write, in order.
    pub parts: Vec<Part>,
    /// Length of all parts in bytes.
    pub len: u64,
    /// The first memo number that is free after this value.
    pub next_memo: u32,
}

impl Encoded {
    /// The bytes, if none of them were left in a file.
    #[must_use]
    pub fn in_memory(&self) -> Option<Vec<u8>> {
        let parts = self.parts.iter().map(|part| match part {
            Part::Bytes(bytes) => Some(bytes.as_slice()),
            Part::InFile(_) => None,
        });
        parts
            .collect::<Option<Vec<&[u8]>>>()
            .map(|parts| parts.concat())
    }
}

/// Encodes a value; its memo entries get the numbers from `first_memo` on.
///
/// Bytearrays become calls of `bytearray`, as in every pickle of protocol 4.
///
/// # Errors
/// What cannot be said in a pickle.
pub fn encode(value: &Value, first_memo: u32) -> Result<Encoded, EncodeError> {
    encode_within(value, first_memo, &Budget::new(u64::MAX, u64::MAX))
}

/// The same, for one of many that may share their parts.
///
/// # Errors
/// As [`encode`], and [`EncodeError::Unfolds`] where the budget is spent.
pub fn encode_within(
    value: &Value,
    first_memo: u32,
    budget: &Budget,
) -> Result<Encoded, EncodeError> {
    let mut encoder = Encoder {
        value,
        out: Output::default(),
        memo: HashMap::new(),
        globals: HashMap::new(),
        modules: HashMap::new(),
        begun: HashSet::new(),
        again: 0,
        buffers: 0,
        todo: vec![Step::Node(value.root())],
    };
    while let Some(step) = encoder.todo.pop() {
        if !budget.take(1, 0) {
            return Err(EncodeError::Unfolds);
        }
        match step {
            Step::Node(id) => encoder.node(id)?,
            Step::Items(run) => encoder.items(run),
            Step::Close(id) => encoder.close(id),
            Step::Arguments(id) => encoder.arguments(id)?,
            Step::CloseArguments(id) => encoder.close_arguments(id),
            Step::Op(opcode) => encoder.out.op(opcode),
        }
    }
    let encoded = encoder.out.finish(first_memo)?;
    match budget.take(0, encoded.len) {
        true => Ok(encoded),
        false => Err(EncodeError::Unfolds),
    }
}

/// What is still to be written, the last one first.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A node with all that belongs to it.
    Node(NodeId),
    /// The rest of a node's items.
    Items(Run),
    /// The opcode that makes an object of the items on the stack.
    Close(NodeId),
    /// The arguments of a call.
    Arguments(NodeId),
    /// The opcode that makes a tuple of arguments, whatever was made meanwhile.
    CloseArguments(NodeId),
    /// One opcode.
    Op(Opcode),
}

/// Items of a node, from `at` on.
#[derive(Debug, Clone, Copy)]
struct Run {
    owner: NodeId,
    which: Which,
    at: usize,
}

/// Items of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Those the node itself holds.
    Own,
    /// Those appended later.
    Late,
    /// Pairs set later.
    LatePairs,
}

/// How a run of items is cut into batches.
#[derive(Debug, Clone, Copy)]
struct Batches {
    /// The opcode behind a batch, and behind a batch of one.
    many: Opcode,
    one: Option<Opcode>,
    /// The short form is for a last batch of one, too, not only for a single item.
    one_at_end: bool,
    /// An empty batch follows when the last one is full.
    empty_at_end: bool,
}

struct Encoder<'v> {
    value: &'v Value,
    out: Output,
    /// Objects that are written.
    memo: HashMap<NodeId, Slot>,
    /// Names that are written: Python has one object for each class and function, and for each module's name.
    globals: HashMap<(&'v str, &'v str), Slot>,
    modules: HashMap<&'v str, Slot>,
    /// Tuples, frozensets and calls whose items are being written.
    begun: HashSet<NodeId>,
    again: usize,
    buffers: u64,
    todo: Vec<Step>,
}

impl<'v> Encoder<'v> {
    fn node(&mut self, id: NodeId) -> Result<(), EncodeError> {
        if let Some(&slot) = self.memo.get(&id) {
            self.out.get(slot);
            return Ok(());
        }
        let value = self.value;
        match value.node(id) {
            Node::None => self.out.op(Opcode::None),
            Node::Bool(true) => self.out.op(Opcode::NewTrue),
            Node::Bool(false) => self.out.op(Opcode::NewFalse),
            Node::Int(int) => self.out.int(*int),
            Node::Float(float) => self.out.float(*float),
            Node::Tuple(items) if items.is_empty() => {
                self.out.op(Opcode::EmptyTuple);
                self.made(id);
            }
            Node::BigInt(int) => {
                self.out.big_int(int)?;
                self.made(id);
            }
            Node::Str(blob) => {
                self.out.str(blob);
                self.made(id);
            }
            Node::Bytes(blob) => {
                self.out.bytes(blob);
                self.made(id);
            }
            Node::Py2Str(blob) => {
                self.out.py2_str(blob)?;
                self.made(id);
            }
            Node::ByteArray(blob) => {
                self.byte_array(blob);
                self.made(id);
            }
            Node::Global(global) => self.global_node(id, global),
            Node::Extension(code) => {
                self.out.extension(*code);
                self.made(id);
            }
            Node::OutOfBand(index) if *index == self.buffers => {
                self.buffers += 1;
                self.out.op(Opcode::NextBuffer);
                self.made(id);
            }
            Node::OutOfBand(_) => return Err(EncodeError::BufferOrder),
            Node::List(_) => self.container(id, Opcode::EmptyList),
            Node::Dict(_) => self.container(id, Opcode::EmptyDict),
            Node::Set(_) => self.container(id, Opcode::EmptySet),
            Node::Tuple(items) => {
                self.begin_again(id, items.len())?;
                self.bracket(id, items.len() > 3);
            }
            Node::FrozenSet(items) => {
                self.begin_again(id, items.len())?;
                self.bracket(id, true);
            }
            Node::Call(call) if self.is_bare_instance(call) => {
                self.begin_again(id, 1)?;
                self.out.op(Opcode::Mark);
                self.todo.extend([Step::Close(id), Step::Node(call.func)]);
            }
            Node::Call(call) => {
                self.begin_again(id, 3)?;
                self.todo.push(Step::Close(id));
                self.todo.extend(call.kwargs.map(Step::Node));
                self.todo
                    .extend([Step::Arguments(call.args), Step::Node(call.func)]);
            }
            Node::Persistent(inner) => {
                self.begin_again(id, 1)?;
                self.todo.extend([Step::Close(id), Step::Node(*inner)]);
            }
        }
        Ok(())
    }

    /// Puts an object that is complete on the stack into the memo; what is done to it afterwards follows.
    fn made(&mut self, id: NodeId) {
        let slot = self.out.put();
        self.memo.insert(id, slot);
        self.follow_up(id);
    }

    /// A mutable container: it is made empty and filled afterwards, so it may hold itself.
    fn container(&mut self, id: NodeId, empty: Opcode) {
        self.out.op(empty);
        self.made(id);
        self.todo.push(run(id, Which::Own));
    }

    /// Items first, then what makes an object of them.
    fn bracket(&mut self, id: NodeId, has_mark: bool) {
        if has_mark {
            self.out.op(Opcode::Mark);
        }
        self.todo.extend([Step::Close(id), run(id, Which::Own)]);
    }

    /// Counts what is written again: an object that is made of its items holds itself by way of a list, dict, set or state.
    /// There it is written a second time, made, and dropped in favour of the first made when the outer one is complete.
    fn begin_again(&mut self, id: NodeId, len: usize) -> Result<(), EncodeError> {
        if !self.begun.insert(id) {
            self.again += len + 1;
        }
        if self.again > MAX_AGAIN {
            return Err(EncodeError::Tangled);
        }
        Ok(())
    }

    /// Makes an object of the items on the stack, if that has not been done while these were written.
    fn close(&mut self, id: NodeId) {
        let value = self.value;
        let node = value.node(id);
        if let Some(&slot) = self.memo.get(&id) {
            match node {
                Node::Tuple(items) if items.len() <= 3 => {
                    items.iter().for_each(|_| self.out.op(Opcode::Pop));
                }
                Node::Tuple(_) | Node::FrozenSet(_) => self.out.op(Opcode::PopMark),
                _ => {
                    self.apply(node);
                    self.out.op(Opcode::Pop);
                }
            }
            self.out.get(slot);
            return;
        }
        self.apply(node);
        self.made(id);
    }

    /// Arguments are a new tuple for every call in Python. So a call that holds itself does not look whether they were
    /// made meanwhile.
    fn arguments(&mut self, id: NodeId) -> Result<(), EncodeError> {
        match self.value.node(id) {
            Node::Tuple(items) if !items.is_empty() && !self.memo.contains_key(&id) => {
                self.begin_again(id, items.len())?;
                if items.len() > 3 {
                    self.out.op(Opcode::Mark);
                }
                self.todo
                    .extend([Step::CloseArguments(id), run(id, Which::Own)]);
                Ok(())
            }
            _ => self.node(id),
        }
    }

    fn close_arguments(&mut self, id: NodeId) {
        let value = self.value;
        self.apply(value.node(id));
        if !self.memo.contains_key(&id) {
            self.made(id);
        }
    }

    fn apply(&mut self, node: &Node) {
        self.out.op(match node {
            Node::Tuple(items) => match items.len() {
                1 => Opcode::Tuple1,
                2 => Opcode::Tuple2,
                3 => Opcode::Tuple3,
                _ => Opcode::Tuple,
            },
            Node::FrozenSet(_) => Opcode::FrozenSet,
            Node::Call(call) if self.is_bare_instance(call) => Opcode::Obj,
            Node::Call(call) => call_opcode(call),
            _ => Opcode::BinPersId,
        });
    }

    /// Whether only the opcode of protocol 1 says what this is; with arguments, `REDUCE` does the same.
    fn is_bare_instance(&self, call: &Call) -> bool {
        call.kind == CallKind::Instance && self.value.items(call.args).is_some_and(<[_]>::is_empty)
    }

    /// What is done to an object after it is made, in CPython's order: items, pairs, state.
    fn follow_up(&mut self, id: NodeId) {
        let Some(extras) = self.value.extras(id) else {
            return;
        };
        for &state in extras.state.iter().rev() {
            self.todo
                .extend([Step::Op(Opcode::Build), Step::Node(state)]);
        }
        self.todo
            .extend([run(id, Which::LatePairs), run(id, Which::Late)]);
    }

    // --- items -----------------------------------------------------------------------------------

    /// Writes what belongs between two items, and goes on with the next one.
    fn items(&mut self, run: Run) {
        let Run { owner, which, at } = run;
        let len = self.length(owner, which);
        if let Some(batches) = self.batches(owner, which) {
            if at > 0 && (at == len || at.is_multiple_of(BATCH)) {
                let (last, _) = batches.of(at - 1, len);
                self.out.op(last);
            }
            if at == len {
                if batches.empty_at_end && len > 0 && len.is_multiple_of(BATCH) {
                    self.out.op(Opcode::Mark);
                    self.out.op(batches.many);
                }
                return;
            }
            if at.is_multiple_of(BATCH) && batches.of(at, len).1 {
                self.out.op(Opcode::Mark);
            }
        }
        if at < len {
            self.todo.push(Step::Items(Run { at: at + 1, ..run }));
            self.push_item(owner, which, at);
        }
    }

    fn length(&self, owner: NodeId, which: Which) -> usize {
        let extras = self.value.extras(owner);
        match (which, self.value.node(owner)) {
            (Which::Late, _) => extras.map_or(0, |extras| extras.list_items.len()),
            (Which::LatePairs, _) => extras.map_or(0, |extras| extras.dict_items.len()),
            (
                _,
                Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items),
            ) => items.len(),
            (_, Node::Dict(pairs)) => pairs.len(),
            _ => 0,
        }
    }

    fn push_item(&mut self, owner: NodeId, which: Which, at: usize) {
        let extras = self.value.extras(owner);
        let (item, pair) = match (which, self.value.node(owner)) {
            (Which::Late, _) => (extras.and_then(|extras| extras.list_items.get(at)), None),
            (Which::LatePairs, _) => (None, extras.and_then(|extras| extras.dict_items.get(at))),
            (
                _,
                Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items),
            ) => (items.get(at), None),
            (_, Node::Dict(pairs)) => (None, pairs.get(at)),
            _ => (None, None),
        };
        self.todo.extend(item.copied().map(Step::Node));
        if let Some(&(key, item)) = pair {
            self.todo.extend([Step::Node(item), Step::Node(key)]);
        }
    }

    /// How CPython's pickler batches these items; `None` for those that are all left on the stack.
    fn batches(&self, owner: NodeId, which: Which) -> Option<Batches> {
        let (many, one, one_at_end, empty_at_end) = match (which, self.value.node(owner)) {
            (Which::Late, _) if self.value.extras(owner).is_some_and(|extras| extras.adds) => {
                (Opcode::AddItems, None, true, false)
            }
            (Which::Late, _) => (Opcode::Appends, Some(Opcode::Append), true, false),
            (Which::LatePairs, _) => (Opcode::SetItems, Some(Opcode::SetItem), true, false),
            (_, Node::List(_)) => (Opcode::Appends, Some(Opcode::Append), false, false),
            (_, Node::Dict(_)) => (Opcode::SetItems, Some(Opcode::SetItem), false, true),
            (_, Node::Set(_)) => (Opcode::AddItems, None, false, true),
            _ => return None,
        };
        Some(Batches {
            many,
            one,
            one_at_end,
            empty_at_end,
        })
    }

    // --- names -----------------------------------------------------------------------------------

    fn global_node(&mut self, id: NodeId, global: &'v Global) {
        let slot = self.global(&global.module, &global.name);
        if self.value.extras(id).is_some() {
            self.memo.insert(id, slot);
            self.follow_up(id);
        }
    }

    fn global(&mut self, module: &'v str, name: &'v str) -> Slot {
        let (module, name) = name_of_today(module, name);
        if let Some(&slot) = self.globals.get(&(module, name)) {
            self.out.get(slot);
            return slot;
        }
        match self.modules.get(module) {
            Some(&slot) => self.out.get(slot),
            None => {
                self.out.text(module.as_bytes());
                let slot = self.out.put();
                self.modules.insert(module, slot);
            }
        }
        self.out.text(name.as_bytes());
        self.out.op(Opcode::StackGlobal);
        let slot = self.out.put();
        self.globals.insert((module, name), slot);
        slot
    }

    fn byte_array(&mut self, blob: &Blob) {
        self.global("builtins", "bytearray");
        if blob.is_empty() {
            self.out.op(Opcode::EmptyTuple);
        } else {
            self.out.bytes(blob);
            self.out.op(Opcode::Tuple1);
        }
        self.out.op(Opcode::Reduce);
    }
}

impl Batches {
    /// The opcode that ends the batch which item `at` is in, and whether a mark begins it.
    fn of(&self, at: usize, len: usize) -> (Opcode, bool) {
        let begin = at - at % BATCH;
        let is_one = len - begin == 1 && (self.one_at_end || len == 1);
        match self.one {
            Some(one) if is_one => (one, false),
            _ => (self.many, true),
        }
    }
}

fn run(owner: NodeId, which: Which) -> Step {
    Step::Items(Run {
        owner,
        which,
        at: 0,
    })
}

/// Entries are not translated when they are loaded, so one with names of Python 2 fails. Modules whose name could be that
/// of another module today are left alone.
fn name_of_today<'n>(module: &'n str, name: &'n str) -> (&'n str, &'n str) {
    match module {
        "__builtin__" | "copy_reg" | "exceptions" => python3_name(module, name),
        _ => (module, name),
    }
}

fn call_opcode(call: &Call) -> Opcode {
    match (call.kind, call.kwargs) {
        (CallKind::Reduce | CallKind::Instance, _) => Opcode::Reduce,
        (CallKind::NewObj, None) => Opcode::NewObj,
        (CallKind::NewObj, Some(_)) => Opcode::NewObjEx,
    }
}
