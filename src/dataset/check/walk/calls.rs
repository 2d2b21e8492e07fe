//! Names and calls: what Python would import and run when it loads the value.

use super::super::code::{Code, Severity};
use super::super::names::{Standing, standing};
use super::super::thing::{Kind, Make, Thing};
use super::{Name, Walker};
use crate::pickle::Opcode;
use crate::pickle::scan::{Arg, Op, Span};
use crate::pickle::text;

/// Names are never longer in earnest.
const MAX_NAME: u64 = 1024;
/// What is told after each call.
const NEVER_RUN: &str =
    "cubescope never runs it; do not load the file in Python unless you trust where it comes from";

impl Walker<'_> {
    // --- names -------------------------------------------------------------------------------

    pub(super) fn global(&mut self, op: &Op) {
        let name = match op.arg {
            Arg::Lines(module, name) => self.named(module, name),
            _ => {
                let (name, module) = (self.pop(op), self.pop(op));
                match (module, name) {
                    (Thing::Text(module), Thing::Text(name)) => self.named(module, name),
                    (Thing::Unknown, _) | (_, Thing::Unknown) => None,
                    (module, name) if is_settled(module) || is_settled(name) => {
                        let message = "STACK_GLOBAL needs two texts".to_owned();
                        self.fault(Code::BadValue, Severity::Error, op.offset, message);
                        self.stack.push(Thing::Unknown);
                        return;
                    }
                    _ => None,
                }
            }
        };
        match name {
            Some((module, name)) => self.push_name(op, module, name),
            None => {
                let message = format!(
                    "A class or function whose name is only worked out when it is loaded; {NEVER_RUN}"
                );
                self.fault(Code::CodeExecution, Severity::Error, op.offset, message);
                self.stack.push(Thing::Unknown);
            }
        }
    }

    fn named(&mut self, module: Span, name: Span) -> Option<(String, String)> {
        let mut read = |span| {
            let bytes = self.load(span, MAX_NAME)?;
            Some(text::escaped(&bytes).into_owned())
        };
        Some((read(module)?, read(name)?))
    }

    fn push_name(&mut self, op: &Op, module: String, name: String) {
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let key = (module.clone(), name.clone());
        let index = *self.name_numbers.entry(key).or_insert(next);
        if index == next {
            self.names.push(Name {
                module,
                name,
                offset: op.offset,
                is_called: false,
            });
        }
        self.stack.push(Thing::Name(index));
    }

    /// At the end: names that were not called.
    pub(super) fn report_names(&mut self) {
        for name in std::mem::take(&mut self.names) {
            if name.is_called {
                continue;
            }
            let full = full_name(&name.module, &name.name);
            let (code, severity, what) = match standing(&name.module, &name.name) {
                Standing::Dangerous => (
                    Code::CodeExecution,
                    Severity::Warning,
                    "it is not called here, but nothing harmless needs it",
                ),
                Standing::NotListed | Standing::Foreign | Standing::ForeignClass => (
                    Code::UnknownGlobal,
                    Severity::Note,
                    "loading the file in Python imports that module",
                ),
                _ => continue,
            };
            let message = format!("The value names {full}: {what}");
            self.fault_about(code, severity, name.offset, full, message);
        }
    }

    // --- calls -------------------------------------------------------------------------------

    pub(super) fn call(&mut self, op: &Op) {
        let kwargs = (op.opcode == Opcode::NewObjEx).then(|| self.pop(op));
        let args = self.pop(op);
        let func = self.pop(op);
        if !matches!(
            args,
            Thing::Container(Kind::Tuple(_), _) | Thing::Made(..) | Thing::Unknown
        ) {
            let message = format!("A call whose arguments are {}, not a tuple", args.noun());
            self.fault(Code::BadValue, Severity::Error, op.offset, message);
        }
        self.made(op, func, args, kwargs);
    }

    /// `INST` and `OBJ`: a class called with everything above the mark.
    pub(super) fn instance(&mut self, op: &Op) {
        let mut items = self.pop_mark(op);
        let func = match op.arg {
            Arg::Lines(module, name) => match self.named(module, name) {
                Some((module, name)) => {
                    self.push_name(op, module, name);
                    self.pop(op)
                }
                None => Thing::Unknown,
            },
            _ if items.is_empty() => {
                self.underflow(op);
                Thing::Unknown
            }
            _ => items.remove(0),
        };
        self.tuple(items);
        let args = self.pop(op);
        self.made(op, func, args, None);
    }

    /// Pushes what a call makes, after judging it.
    fn made(&mut self, op: &Op, func: Thing, args: Thing, kwargs: Option<Thing>) {
        let make = match func {
            Thing::Name(index) => self.judge(op, index, args),
            Thing::Made(Make::Instance | Make::Function, _) | Thing::Unknown => {
                let message = format!(
                    "Loading this in Python calls what another call made, or what is not in the value; {NEVER_RUN}"
                );
                self.fault(Code::CodeExecution, Severity::Error, op.offset, message);
                Make::Function
            }
            other => {
                let message = format!("{} is called, which is no function", other.noun());
                self.fault(Code::BadValue, Severity::Error, op.offset, message);
                Make::Data
            }
        };
        let id = self.objects.add();
        self.objects.put(id, args);
        if let Some(kwargs) = kwargs {
            self.objects.put(id, kwargs);
        }
        self.stack.push(Thing::Made(make, id));
    }

    /// Tells of a call that is not known to be harmless; what it makes.
    fn judge(&mut self, op: &Op, index: u32, args: Thing) -> Make {
        let Some(name) = self.names.get_mut(index as usize) else {
            return Make::Function;
        };
        name.is_called = true;
        let full = full_name(&name.module, &name.name);
        let standing = standing(&name.module, &name.name);
        let args = match &self.last_tuple {
            Some((tuple, items)) if *tuple == args => items.clone(),
            _ => Vec::new(),
        };
        match (standing, args.as_slice()) {
            (Standing::Data, _) => Make::Data,
            // As bound methods are pickled: of an object, not of a class or module.
            (Standing::MakesCallable, _)
            | (Standing::OneArgument, [_])
            | (
                Standing::GetAttribute,
                [Thing::Made(Make::Data | Make::Instance, _), Thing::Text(_)],
            ) => Make::Function,
            (Standing::ForeignClass, _) => {
                let message = format!(
                    "An instance of {full}, a class that is not known here: loading the file in Python imports its module and runs its code; here its contents are shown"
                );
                self.fault_about(
                    Code::UnknownGlobal,
                    Severity::Note,
                    op.offset,
                    full,
                    message,
                );
                Make::Instance
            }
            (Standing::Foreign, _) => {
                let message = format!(
                    "Loading this in Python calls {full}, which is not known here; make sure that you know it"
                );
                self.fault_about(
                    Code::UnknownGlobal,
                    Severity::Warning,
                    op.offset,
                    full,
                    message,
                );
                Make::Function
            }
            (_, args) => {
                let args = self.spelled(args);
                let message = format!("Loading this in Python calls {full}({args}); {NEVER_RUN}");
                self.fault_about(
                    Code::CodeExecution,
                    Severity::Error,
                    op.offset,
                    full,
                    message,
                );
                Make::Function
            }
        }
    }

    /// Arguments of a call as far as they are short texts.
    fn spelled(&mut self, args: &[Thing]) -> String {
        let mut spell = |arg: &Thing| match *arg {
            Thing::Text(span) => {
                let head = Span {
                    len: span.len.min(60),
                    ..span
                };
                let bytes = self.load(head, MAX_NAME).unwrap_or_default();
                let rest = if head.len < span.len { "…" } else { "" };
                format!("{:?}{rest}", text::escaped(&bytes))
            }
            _ => "…".to_owned(),
        };
        args.iter().map(&mut spell).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn build(&mut self, op: &Op) {
        let state = self.pop(op);
        match self.top(op) {
            Thing::Made(_, id) => self.objects.put(id, state),
            Thing::Unknown => {}
            Thing::Name(index) => {
                let name = self.names.get(index as usize);
                let full =
                    name.map_or_else(String::new, |name| full_name(&name.module, &name.name));
                let message = format!("Loading this in Python changes {full} itself; {NEVER_RUN}");
                self.fault_about(
                    Code::CodeExecution,
                    Severity::Error,
                    op.offset,
                    full,
                    message,
                );
            }
            other => {
                let message = format!("BUILD on {}, which has no state", other.noun());
                self.fault(Code::BadValue, Severity::Error, op.offset, message);
            }
        }
    }

    /// What is not in the file: persistent ids, extension codes, out-of-band buffers.
    pub(super) fn elsewhere(&mut self, op: &Op) {
        let (code, message) = match op.opcode {
            Opcode::PersId | Opcode::BinPersId => {
                if op.opcode == Opcode::BinPersId {
                    self.pop(op);
                }
                let message = "A reference that only the program that wrote the file can resolve; plain pickle.load fails on it";
                (Code::PersistentId, message.to_owned())
            }
            Opcode::NextBuffer => {
                let message = "Contents were kept in a buffer outside of the file and are not here; plain pickle.load fails without it";
                (Code::OutOfBandBuffer, message.to_owned())
            }
            _ => {
                let code = match op.arg {
                    Arg::Int(code) => code,
                    _ => 0,
                };
                let message = format!(
                    "Number {code} of the copyreg extension registry: what it stands for is not in the file"
                );
                (Code::ExtensionCode, message)
            }
        };
        self.fault(code, Severity::Warning, op.offset, message);
        let id = self.objects.add();
        self.stack.push(Thing::Made(Make::Function, id));
    }
}

/// Whether nothing that happens on loading can make a text of it.
fn is_settled(thing: Thing) -> bool {
    matches!(
        thing,
        Thing::Atom(_) | Thing::Container(..) | Thing::Name(_)
    )
}

fn full_name(module: &str, name: &str) -> String {
    format!("{module}.{name}")
}
