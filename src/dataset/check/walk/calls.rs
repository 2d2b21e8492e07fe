//! Names and calls: what Python would import and run when it loads the value.

use super::super::code::{Code, Severity};
use super::super::names::{Standing, standing};
use super::super::thing::{Kind, Letters, Make, Thing};
use super::{Name, Walker};
use crate::pickle::Opcode;
use crate::pickle::python2::python3_name;
use crate::pickle::scan::{Arg, Op, Span};
use crate::pickle::text;

/// Names are never longer in earnest.
const MAX_NAME: u64 = 1024;
/// Arguments that are told.
const MAX_SPELLED: usize = 3;
/// What is told after each call.
const NEVER_RUN: &str =
    "cubescope never runs it; do not load the file in Python unless you trust where it comes from";

impl Walker<'_> {
    // --- names -------------------------------------------------------------------------------

    pub(super) fn global(&mut self, op: &Op) {
        let name = match op.arg {
            Arg::Lines(module, name) => {
                self.named((module, Letters::Plain), (name, Letters::Plain))
            }
            _ => {
                let (name, module) = (self.pop(op), self.pop(op));
                match (module, name) {
                    (Thing::Text(module, how), Thing::Text(name, how_named)) => {
                        self.named((module, how), (name, how_named))
                    }
                    (Thing::Unknown, _) | (_, Thing::Unknown) => None,
                    (module, name) if is_settled(module) || is_settled(name) => {
                        self.fault(
                            Code::BadValue,
                            Severity::Error,
                            op.offset,
                            format_args!("STACK_GLOBAL needs two texts"),
                        );
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
                self.fault(
                    Code::CodeExecution,
                    Severity::Error,
                    op.offset,
                    format_args!(
                        "A class or function whose name is only worked out when it is loaded; {NEVER_RUN}"
                    ),
                );
                self.stack.push(Thing::Unknown);
            }
        }
    }

    /// Module and name as Python reads them.
    fn named(
        &mut self,
        module: (Span, Letters),
        name: (Span, Letters),
    ) -> Option<(String, String)> {
        let mut read = |(span, letters)| self.words(span, letters, MAX_NAME);
        Some((read(module)?, read(name)?))
    }

    /// A text as Python reads it, if it is short enough and one at all.
    fn words(&mut self, span: Span, letters: Letters, limit: u64) -> Option<String> {
        let bytes = self.load(span, limit)?;
        let bytes = match letters {
            Letters::Plain => bytes,
            Letters::Escaped => text::raw_unicode_escape(&bytes).ok()?,
            Letters::Quoted => text::unquote(&bytes).ok()?,
        };
        Some(text::escaped(&bytes).into_owned())
    }

    fn push_name(&mut self, op: &Op, module: String, name: String) {
        let key = match (self.is_old, module, name) {
            (true, module, name) => {
                let (module, name) = python3_name(&module, &name);
                (module.to_owned(), name.to_owned())
            }
            (false, module, name) => (module, name),
        };
        if let Some(&index) = self.name_numbers.get(&key) {
            self.stack.push(Thing::Name(index));
            return;
        }
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let (module, name) = key.clone();
        self.name_numbers.insert(key, index);
        self.names.push(Name {
            standing: standing(&module, &name),
            module,
            name,
            offset: op.offset,
            is_called: false,
        });
        self.stack.push(Thing::Name(index));
    }

    /// At the end: names that were not called.
    pub(super) fn report_names(&mut self) {
        for (index, name) in (0..).zip(std::mem::take(&mut self.names)) {
            if name.is_called {
                continue;
            }
            let (code, severity, what) = match name.standing {
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
                Standing::Data
                | Standing::Named
                | Standing::MakesCallable
                | Standing::OneArgument
                | Standing::GetAttribute
                | Standing::CallsFirst
                | Standing::CallsSecond => continue,
            };
            let full = full_name(&name.module, &name.name);
            self.fault_about(
                code,
                severity,
                name.offset,
                index,
                format_args!("The value names {full}: {what}"),
            );
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
            self.fault(
                Code::BadValue,
                Severity::Error,
                op.offset,
                format_args!("A call whose arguments are {}, not a tuple", args.noun()),
            );
        }
        self.made(op, func, args, kwargs);
    }

    /// `INST` and `OBJ`: a class called with everything above the mark.
    pub(super) fn instance(&mut self, op: &Op) {
        let mut items = self.pop_mark(op);
        let func = match op.arg {
            Arg::Lines(module, name) => {
                match self.named((module, Letters::Plain), (name, Letters::Plain)) {
                    Some((module, name)) => {
                        self.push_name(op, module, name);
                        self.pop(op)
                    }
                    None => Thing::Unknown,
                }
            }
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
        let items = match &self.last_tuple {
            Some((tuple, items)) if *tuple == args => items.clone(),
            _ => Vec::new(),
        };
        if let Some((module, name)) = self.inner_name(func, &items) {
            self.push_name(op, module, name);
            return;
        }
        let make = self.judge(op, func, &items);
        let id = self.objects.add();
        self.objects.put(id, args);
        if let Some(kwargs) = kwargs {
            self.objects.put(id, kwargs);
        }
        self.stack.push(Thing::Made(make, id));
    }

    /// Tells of a call that is not known to be harmless; what it makes. Of arguments only those are known that were put
    /// together right before the call.
    fn judge(&mut self, op: &Op, func: Thing, args: &[Thing]) -> Make {
        let index = match func {
            Thing::Name(index) => index,
            Thing::Made(Make::Instance | Make::Function, _) | Thing::Unknown => {
                self.fault(
                    Code::CodeExecution,
                    Severity::Error,
                    op.offset,
                    format_args!(
                        "Loading this in Python calls what another call made, or what is not in the value; {NEVER_RUN}"
                    ),
                );
                return Make::Function;
            }
            other => {
                self.fault(
                    Code::BadValue,
                    Severity::Error,
                    op.offset,
                    format_args!("{} is called, but is not a function", other.noun()),
                );
                return Make::Data;
            }
        };
        let Some(name) = self.names.get_mut(index as usize) else {
            return Make::Function;
        };
        name.is_called = true;
        match (name.standing, args) {
            (Standing::Data, _) => Make::Data,
            // The class that is made stands among the arguments, and may not be one.
            (Standing::CallsFirst, [class @ Thing::Name(_), ..])
            | (Standing::CallsSecond, [_, class @ Thing::Name(_), ..]) => {
                let class = *class;
                let rest = args.get(1..).unwrap_or_default();
                match args.first() {
                    Some(first @ Thing::Name(_)) if *first != class => {
                        let first = *first;
                        self.judge(op, class, rest);
                        self.judge(op, first, rest)
                    }
                    _ => self.judge(op, class, rest),
                }
            }
            // As bound methods are pickled: of an object, not of a module.
            (Standing::MakesCallable, _)
            | (Standing::OneArgument, [_])
            | (
                Standing::GetAttribute,
                [
                    Thing::Made(Make::Data | Make::Instance, _)
                    | Thing::Container(..)
                    | Thing::Text(..)
                    | Thing::Atom(_),
                    Thing::Text(..),
                ],
            ) => Make::Function,
            (Standing::ForeignClass, _) => {
                self.tell(op, index, Code::UnknownGlobal, Severity::Note, |full| {
                    format!("An instance of {full}, a class that is not known here: loading the file in Python imports its module and runs its code; here its contents are shown")
                });
                Make::Instance
            }
            (Standing::Foreign, _) => {
                self.tell(op, index, Code::UnknownGlobal, Severity::Warning, |full| {
                    format!("Loading this in Python calls {full}, which is not known here; make sure that you know it")
                });
                Make::Function
            }
            (
                Standing::Named
                | Standing::NotListed
                | Standing::Dangerous
                | Standing::OneArgument
                | Standing::GetAttribute
                | Standing::CallsFirst
                | Standing::CallsSecond,
                args,
            ) => {
                self.runs(op, index, args);
                Make::Function
            }
        }
    }

    /// A call that runs something foreign.
    fn runs(&mut self, op: &Op, index: u32, args: &[Thing]) {
        if self.seen.contains(&(Code::CodeExecution, index)) {
            return;
        }
        let args = self.spelled(args);
        self.tell(op, index, Code::CodeExecution, Severity::Error, |full| {
            format!("Loading this in Python calls {full}({args}); {NEVER_RUN}")
        });
    }

    /// Tells of a name once; `message` is made of its full name.
    fn tell(
        &mut self,
        op: &Op,
        index: u32,
        code: Code,
        severity: Severity,
        message: impl FnOnce(&str) -> String,
    ) {
        if self.seen.contains(&(code, index)) {
            return;
        }
        let name = self.names.get(index as usize);
        let full = name.map_or_else(String::new, |name| full_name(&name.module, &name.name));
        let message = message(&full);
        self.fault_about(code, severity, op.offset, index, format_args!("{message}"));
    }

    /// `getattr(Outer, "Inner")`: before protocol 4 the only way to name a class inside of another.
    fn inner_name(&mut self, func: Thing, args: &[Thing]) -> Option<(String, String)> {
        let (Thing::Name(getattr), [Thing::Name(outer), Thing::Text(span, letters)]) = (func, args)
        else {
            return None;
        };
        let is_getattr = |name: &Name| name.standing == Standing::GetAttribute;
        self.names
            .get(getattr as usize)
            .filter(|name| is_getattr(name))?;
        let inner = self.words(*span, *letters, MAX_NAME)?;
        let outer = self.names.get_mut(*outer as usize)?;
        let (module, name) = (outer.module.clone(), format!("{}.{inner}", outer.name));
        let is_class = matches!(
            standing(&module, &name),
            Standing::Data | Standing::ForeignClass
        );
        // Told of by the longer name.
        outer.is_called |= is_class;
        is_class.then_some((module, name))
    }

    /// Arguments of a call as far as they are short texts.
    fn spelled(&mut self, args: &[Thing]) -> String {
        let mut spell = |arg: &Thing| match *arg {
            Thing::Text(span, letters) => {
                let head = Span {
                    len: span.len.min(60),
                    ..span
                };
                let is_whole = head.len == span.len;
                match self.words(head, letters, MAX_NAME).filter(|_| is_whole) {
                    Some(words) => format!("{words:?}"),
                    // Cut, maybe inside of an escape.
                    None => {
                        let bytes = self.load(head, MAX_NAME).unwrap_or_default();
                        format!("{:?}…", text::escaped(&bytes))
                    }
                }
            }
            Thing::Name(index) => match self.names.get(index as usize) {
                Some(name) => full_name(&name.module, &name.name),
                None => "…".to_owned(),
            },
            _ => "…".to_owned(),
        };
        let mut spelled: Vec<String> = args.iter().take(MAX_SPELLED).map(&mut spell).collect();
        if args.len() > MAX_SPELLED {
            spelled.push("…".to_owned());
        }
        spelled.join(", ")
    }

    pub(super) fn build(&mut self, op: &Op) {
        let state = self.pop(op);
        match self.top(op) {
            Thing::Made(_, id) => self.objects.put(id, state),
            Thing::Unknown => {}
            Thing::Name(index) => self.changes(op, index),
            other => self.fault(
                Code::BadValue,
                Severity::Error,
                op.offset,
                format_args!("BUILD on {}, which has no state", other.noun()),
            ),
        }
    }

    /// A class, function or object of a module is changed itself.
    pub(super) fn changes(&mut self, op: &Op, index: u32) {
        self.tell(op, index, Code::CodeExecution, Severity::Error, |full| {
            format!("Loading this in Python changes {full} itself; {NEVER_RUN}")
        });
    }

    /// What is not in the file: persistent ids, extension codes, out-of-band buffers.
    pub(super) fn elsewhere(&mut self, op: &Op) {
        match op.opcode {
            Opcode::PersId | Opcode::BinPersId => {
                if op.opcode == Opcode::BinPersId {
                    self.pop(op);
                }
                self.fault(Code::PersistentId, Severity::Warning, op.offset, format_args!("A reference that only the program that wrote the file can resolve; plain pickle.load fails on it"));
            }
            Opcode::NextBuffer => {
                self.fault(Code::OutOfBandBuffer, Severity::Warning, op.offset, format_args!("Contents were kept in a buffer outside of the file and are not here; plain pickle.load fails without it"));
            }
            _ => {
                let code = match op.arg {
                    Arg::Int(code) => code,
                    _ => 0,
                };
                self.fault(Code::ExtensionCode, Severity::Warning, op.offset, format_args!("Number {code} of the copyreg extension registry: what it stands for is not in the file"));
            }
        }
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
