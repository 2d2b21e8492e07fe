//! What the opcodes for containers, calls and names build.

use super::super::error::{DecodeError, DecodeErrorKind as Kind};
use super::super::opcode::Opcode;
use super::super::python2::python3_name;
use super::super::scan::{Arg, Op, Span};
use super::super::text;
use super::super::value::{Blob, Call, CallKind, Global, Node, NodeId};
use super::Machine;

impl Machine<'_> {
    // --- containers ------------------------------------------------------------------------------

    pub(super) fn container(&mut self, op: &Op) -> Result<(), Kind> {
        let opcode = op.opcode;
        let node = match opcode {
            Opcode::EmptyList => Node::List(Vec::new()),
            Opcode::EmptyDict => Node::Dict(Vec::new()),
            Opcode::EmptyTuple => Node::Tuple(Vec::new()),
            Opcode::EmptySet => Node::Set(Vec::new()),
            Opcode::List => Node::List(self.marked(opcode)?),
            Opcode::FrozenSet => Node::FrozenSet(self.marked(opcode)?),
            Opcode::Dict => Node::Dict(pairs(opcode, &self.marked(opcode)?)?),
            Opcode::Tuple => Node::Tuple(self.marked(opcode)?),
            _ => Node::Tuple(self.pop_tuple(opcode)?),
        };
        self.push(node)
    }

    fn marked(&mut self, opcode: Opcode) -> Result<Vec<NodeId>, Kind> {
        let items = self.pop_mark(opcode)?;
        self.refer(items.len())?;
        Ok(items)
    }

    fn pop_tuple(&mut self, opcode: Opcode) -> Result<Vec<NodeId>, Kind> {
        let len = match opcode {
            Opcode::Tuple1 => 1,
            Opcode::Tuple2 => 2,
            _ => 3,
        };
        if self.stack.len() < self.floor() + len {
            return Err(Kind::StackUnderflow(opcode.name()));
        }
        self.refer(len)?;
        Ok(self.stack.split_off(self.stack.len() - len))
    }

    pub(super) fn append(&mut self, op: &Op) -> Result<(), Kind> {
        let items = match op.opcode {
            Opcode::Append => {
                self.refer(1)?;
                vec![self.pop(op.opcode)?]
            }
            _ => self.marked(op.opcode)?,
        };
        let target = self.top(op.opcode)?;
        let adds = op.opcode == Opcode::AddItems;
        match self.nodes.get_mut(target.0 as usize) {
            Some(Node::List(list)) if !adds => list.extend(items),
            Some(Node::Set(set)) if adds => set.extend(items),
            // Python appends ints to a bytearray.
            Some(Node::ByteArray(_)) if !adds => self.add_later(target, items, adds),
            Some(node) => match what_it_is(node) {
                Some(on) => return Err(wrong_type(op.opcode, on)),
                None => self.add_later(target, items, adds),
            },
            None => {}
        }
        Ok(())
    }

    fn add_later(&mut self, target: NodeId, items: Vec<NodeId>, adds: bool) {
        let extras = self.extras.entry(target).or_default();
        extras.list_items.extend(items);
        extras.adds = adds;
    }

    pub(super) fn set_items(&mut self, op: &Op) -> Result<(), Kind> {
        let items = match op.opcode {
            Opcode::SetItem => self.pop_tuple(Opcode::Tuple2)?,
            _ => self.marked(op.opcode)?,
        };
        let pairs = pairs(op.opcode, &items)?;
        let target = self.top(op.opcode)?;
        match self.nodes.get_mut(target.0 as usize) {
            Some(Node::Dict(dict)) => {
                dict.extend(pairs);
                return Ok(());
            }
            // Python sets items by their index.
            Some(Node::List(_) | Node::ByteArray(_)) | None => {}
            Some(node) => {
                if let Some(on) = what_it_is(node) {
                    return Err(wrong_type(op.opcode, on));
                }
            }
        }
        let extras = self.extras.entry(target).or_default();
        extras.dict_items.extend(pairs);
        Ok(())
    }

    // --- calls -----------------------------------------------------------------------------------

    pub(super) fn global(&mut self, op: &Op) -> Result<(), DecodeError> {
        let global = match op.arg {
            Arg::Lines(module, name) => self.global_lines(module, name, op)?,
            _ => self.stack_global(op).map_err(|kind| kind.at(op.offset))?,
        };
        let id = self.named(global).map_err(|kind| kind.at(op.offset))?;
        self.stack.push(id);
        Ok(())
    }

    /// The one node of a name, which in a pickle of Python 2's time is what Python 3 makes of it.
    fn named(&mut self, mut global: Global) -> Result<NodeId, Kind> {
        if self.protocol < 3 {
            let (module, name) = python3_name(&global.module, &global.name);
            global = Global {
                module: module.to_owned(),
                name: name.to_owned(),
            };
        }
        if let Some(&id) = self.globals.get(&global) {
            self.refer(1)?;
            return Ok(id);
        }
        let id = self.add(Node::Global(Box::new(global.clone())))?;
        self.globals.insert(global, id);
        Ok(id)
    }

    fn global_lines(&mut self, module: Span, name: Span, op: &Op) -> Result<Global, DecodeError> {
        let mut read = |span| {
            let bytes = self.load(span, op)?;
            String::from_utf8(bytes).map_err(|_err| Kind::NotUtf8(op.opcode.name()).at(op.offset))
        };
        Ok(Global {
            module: read(module)?,
            name: read(name)?,
        })
    }

    fn stack_global(&mut self, op: &Op) -> Result<Global, Kind> {
        let name = self.pop(op.opcode)?;
        let module = self.pop(op.opcode)?;
        let wrong = || Kind::WrongType {
            opcode: op.opcode.name(),
            on: "a name that is no short text",
        };
        let text = |id: NodeId| match self.nodes.get(id.0 as usize) {
            Some(Node::Str(blob)) => blob
                .loaded()
                .map(|bytes| text::escaped(bytes).into_owned())
                .ok_or_else(wrong),
            _ => Err(wrong()),
        };
        let (module, name) = (text(module)?, text(name)?);
        self.reserve((module.len() + name.len()) as u64)?;
        Ok(Global { module, name })
    }

    pub(super) fn call(&mut self, op: &Op) -> Result<(), Kind> {
        let kwargs = match op.opcode {
            Opcode::NewObjEx => Some(self.pop(op.opcode)?),
            _ => None,
        };
        let args = self.pop(op.opcode)?;
        let func = self.pop(op.opcode)?;
        let kind = match op.opcode {
            Opcode::Reduce => CallKind::Reduce,
            _ => CallKind::NewObj,
        };
        self.refer(3)?;
        self.push(Node::Call(Box::new(Call {
            kind,
            func,
            args,
            kwargs,
        })))
    }

    /// `INST` and `OBJ` of protocols 0 and 1: a class called with everything above the mark.
    pub(super) fn instance(&mut self, op: &Op) -> Result<(), DecodeError> {
        let global = match op.arg {
            Arg::Lines(module, name) => Some(self.global_lines(module, name, op)?),
            _ => None,
        };
        self.instance_of(global, op.opcode)
            .map_err(|kind| kind.at(op.offset))
    }

    fn instance_of(&mut self, global: Option<Global>, opcode: Opcode) -> Result<(), Kind> {
        let mut items = self.marked(opcode)?;
        let func = match global {
            Some(global) => self.named(global)?,
            None if items.is_empty() => return Err(Kind::StackUnderflow(opcode.name())),
            None => items.remove(0),
        };
        let args = self.add(Node::Tuple(items))?;
        self.push(Node::Call(Box::new(Call {
            kind: CallKind::Instance,
            func,
            args,
            kwargs: None,
        })))
    }

    pub(super) fn build(&mut self) -> Result<(), Kind> {
        let state = self.pop(Opcode::Build)?;
        let target = self.top(Opcode::Build)?;
        if let Some(on) = self.nodes.get(target.0 as usize).and_then(what_it_is) {
            return Err(wrong_type(Opcode::Build, on));
        }
        self.refer(1)?;
        self.extras.entry(target).or_default().state.push(state);
        Ok(())
    }

    pub(super) fn persistent(&mut self, op: &Op) -> Result<(), DecodeError> {
        let at = |kind: Kind| kind.at(op.offset);
        let inner = match op.arg {
            Arg::Span(span) => {
                let bytes = self.load(span, op)?;
                if !bytes.is_ascii() {
                    return Err(at(Kind::NotUtf8(op.opcode.name())));
                }
                self.add(Node::Str(Blob::Loaded(bytes.into())))
                    .map_err(at)?
            }
            _ => self.pop(op.opcode).map_err(at)?,
        };
        self.refer(1).map_err(at)?;
        self.push(Node::Persistent(inner)).map_err(at)
    }
}

/// What Python's own types are called, whose objects have no attributes; `None` for objects that may take anything.
fn what_it_is(node: &Node) -> Option<&'static str> {
    Some(match node {
        Node::None => "None",
        Node::Bool(_) => "a bool",
        Node::Int(_) | Node::BigInt(_) => "an int",
        Node::Float(_) => "a float",
        Node::Str(_) => "a str",
        Node::Bytes(_) => "bytes",
        Node::ByteArray(_) => "a bytearray",
        Node::Py2Str(_) => "a Python 2 str",
        Node::List(_) => "a list",
        Node::Tuple(_) => "a tuple",
        Node::Set(_) => "a set",
        Node::FrozenSet(_) => "a frozenset",
        Node::Dict(_) => "a dict",
        Node::Global(_)
        | Node::Call(_)
        | Node::Persistent(_)
        | Node::Extension(_)
        | Node::OutOfBand(_) => return None,
    })
}

fn wrong_type(opcode: Opcode, on: &'static str) -> Kind {
    let opcode = opcode.name();
    Kind::WrongType { opcode, on }
}

fn pairs(opcode: Opcode, items: &[NodeId]) -> Result<Vec<(NodeId, NodeId)>, Kind> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Kind::OddItems(opcode.name()));
    }
    Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
}
