//! Python literals → [`Value`]: what [`Value::literal`] prints for plain values and well-known classes reads back.
//!
//! Nothing is evaluated. Calls are taken for the classes in `known` only, and become the very data that CPython pickles
//! for an object of that class. The parser keeps its open brackets in a list of its own, so nesting costs no stack.

mod known;
mod lexer;

use super::limits::Limits;
use super::loadable::{Judge, Why};
use super::nodes::Nodes;
use super::value::{Extras, Node, NodeId, Value};
use known::{Class, Maker};
use lexer::{Lexer, Token, TokenKind};
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

/// A text that is no literal, and where it stops being one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct LiteralError {
    /// Position in bytes.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// What is wrong, at which byte.
#[derive(Debug)]
struct Fault {
    at: usize,
    message: String,
}

fn fault<T>(at: usize, message: impl Into<String>) -> Result<T, Fault> {
    let message = message.into();
    Err(Fault { at, message })
}

/// Reads a Python literal: numbers, text, bytes, containers, and the classes that [`Value::literal`] prints readably.
///
/// # Errors
/// The first thing that is no part of a literal, with its line and column.
pub fn parse_literal(text: &str) -> Result<Value, LiteralError> {
    let parser = Parser {
        lexer: Lexer::new(text),
        ahead: None,
        maker: Maker::default(),
        frames: Vec::new(),
    };
    parser.parse().map_err(|Fault { at, message }| {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        LiteralError {
            offset: at,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message,
        }
    })
}

impl Nodes for Maker {
    fn node(&self, id: NodeId) -> Option<&Node> {
        self.builder.node(id)
    }

    fn extras(&self, id: NodeId) -> Option<&Extras> {
        self.builder.extras(id)
    }

    fn is_nan(&self, id: NodeId) -> bool {
        self.has_nan(id)
    }
}

/// Whether objects of a class, by its name as [`Value::type_name`] has it, can be written as text.
pub(super) fn is_known_class(name: &str) -> bool {
    Class::called(name).is_some()
}

/// An open bracket.
struct Frame {
    at: usize,
    kind: FrameKind,
    /// Items so far; keys of a dict.
    items: Vec<NodeId>,
    /// Values of a dict.
    values: Vec<NodeId>,
    /// Where each item of a set or dict stands.
    places: Vec<usize>,
    /// Whether another item may follow: at the beginning, and behind a comma.
    wants_item: bool,
    has_comma: bool,
}

enum FrameKind {
    List,
    /// A tuple, or just brackets around something.
    Paren,
    /// `{}`, of which it is not known yet what it is.
    Brace,
    Set,
    /// The next thing is a value of the last key.
    DictValue,
    /// The next thing is a key.
    DictKey,
    Call(Call),
}

struct Call {
    class: Class,
    /// Keyword arguments so far.
    keywords: Vec<(String, NodeId)>,
    /// The keyword whose value comes next.
    keyword: Option<String>,
}

/// What stands where a value is expected.
enum Operand {
    Value(NodeId, usize),
    /// A bracket was opened.
    Opened,
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    ahead: Option<Token<'t>>,
    maker: Maker,
    frames: Vec<Frame>,
}

impl<'t> Parser<'t> {
    fn parse(mut self) -> Result<Value, Fault> {
        loop {
            let (mut value, mut at) = match self.operand()? {
                Operand::Value(value, at) => (value, at),
                Operand::Opened => continue,
            };
            // A value may close the bracket that it stands in, and that the next one.
            loop {
                if self.frames.is_empty() {
                    return self.end(value);
                }
                match self.take(value, at)? {
                    Some(closed) => (value, at) = closed,
                    None => break,
                }
            }
        }
    }

    fn end(mut self, value: NodeId) -> Result<Value, Fault> {
        let token = self.next()?;
        match token.kind {
            TokenKind::End => {}
            TokenKind::Op(',') => {
                return fault(
                    token.at,
                    "only one value is expected; a tuple needs brackets: (1, 2)",
                );
            }
            kind => return fault(token.at, format!("{kind} behind the end of the value")),
        }
        let result = self.maker.builder.finish(value);
        result.or_else(|err| fault(0, err.to_string()))
    }

    fn next(&mut self) -> Result<Token<'t>, Fault> {
        match self.ahead.take() {
            Some(token) => Ok(token),
            None => self.lexer.next(),
        }
    }

    fn next_is(&mut self, op: char) -> Result<bool, Fault> {
        if self.ahead.is_none() {
            self.ahead = Some(self.lexer.next()?);
        }
        let ahead = self.ahead.as_ref().map(|token| &token.kind);
        Ok(matches!(ahead, Some(TokenKind::Op(found)) if *found == op))
    }

    // --- brackets --------------------------------------------------------------------------------

    fn open(&mut self, at: usize, kind: FrameKind) -> Result<Operand, Fault> {
        if self.frames.len() >= Limits::FULL.depth {
            let depth = Limits::FULL.depth;
            return fault(at, format!("more than {depth} levels of nesting"));
        }
        self.frames.push(Frame {
            at,
            kind,
            items: Vec::new(),
            values: Vec::new(),
            places: Vec::new(),
            wants_item: true,
            has_comma: false,
        });
        Ok(Operand::Opened)
    }

    /// Gives a value to the innermost bracket and looks at what follows. Gives the object when the bracket closes.
    fn take(&mut self, value: NodeId, at: usize) -> Result<Option<(NodeId, usize)>, Fault> {
        let colon_next = self.next_is(':')?;
        let Some(frame) = self.frames.last_mut() else {
            return Ok(None);
        };
        frame.wants_item = false;
        match &mut frame.kind {
            FrameKind::Call(call) => match call.keyword.take() {
                Some(keyword) => call.keywords.push((keyword, value)),
                None if !call.keywords.is_empty() => {
                    return fault(at, "an argument without a name behind one with a name");
                }
                None => frame.items.push(value),
            },
            FrameKind::DictValue => {
                frame.values.push(value);
                frame.kind = FrameKind::DictKey;
            }
            FrameKind::DictKey | FrameKind::Brace if colon_next => {
                frame.kind = FrameKind::DictValue;
                frame.items.push(value);
                frame.places.push(at);
                self.ahead = None;
                return Ok(None);
            }
            FrameKind::DictKey => {
                let token = self.next()?;
                return fault(
                    token.at,
                    format!(
                        "expected ':' behind the key of a dict, found {}",
                        token.kind
                    ),
                );
            }
            FrameKind::Brace | FrameKind::Set => {
                frame.kind = FrameKind::Set;
                frame.items.push(value);
                frame.places.push(at);
            }
            FrameKind::List | FrameKind::Paren => frame.items.push(value),
        }
        self.after_item()
    }

    /// A comma, or the end of the bracket.
    fn after_item(&mut self) -> Result<Option<(NodeId, usize)>, Fault> {
        let token = self.next()?;
        let Some(frame) = self.frames.last_mut() else {
            return Ok(None);
        };
        let close = frame.close();
        match token.kind {
            TokenKind::Op(',') => {
                (frame.wants_item, frame.has_comma) = (true, true);
                Ok(None)
            }
            TokenKind::Op(op) if op == close => self.close().map(Some),
            TokenKind::End => {
                let at = frame.at;
                fault(
                    at,
                    format!("this bracket is not closed, expected '{close}'"),
                )
            }
            kind => fault(token.at, format!("expected ',' or '{close}', found {kind}")),
        }
    }

    fn close(&mut self) -> Result<(NodeId, usize), Fault> {
        let Some(frame) = self.frames.pop() else {
            return fault(0, "a bracket that was never opened");
        };
        let at = frame.at;
        let builder = &mut self.maker.builder;
        let made = match frame.kind {
            FrameKind::List => builder.list(frame.items),
            FrameKind::Paren if frame.items.len() == 1 && !frame.has_comma => {
                let inner = frame.items.first().copied();
                return Ok((inner.unwrap_or_else(|| builder.none()), at));
            }
            FrameKind::Paren => builder.tuple(frame.items),
            FrameKind::Set => {
                let items = self.unique(&frame.items, &frame.places)?;
                self.maker.builder.set(items)
            }
            FrameKind::Brace | FrameKind::DictKey | FrameKind::DictValue => self.dict(&frame)?,
            FrameKind::Call(call) => return self.call(call, frame.items, at),
        };
        Ok((made, at))
    }

    fn call(&mut self, call: Call, args: Vec<NodeId>, at: usize) -> Result<(NodeId, usize), Fault> {
        let made = match self.maker.make(call.class, &args, &call.keywords) {
            Ok(made) => made,
            Err(why) => return fault(at, format!("{}: {why}", call.class.name())),
        };
        // What Python's constructor refuses would keep all of the file from being loaded.
        match Judge::new(&self.maker).node(made) {
            Err(Why::Refused(why)) => fault(at, why),
            Ok(()) | Err(Why::Unknown) => Ok((made, at)),
        }
    }

    fn unique(&mut self, items: &[NodeId], places: &[usize]) -> Result<Vec<NodeId>, Fault> {
        let unique = self.maker.unique(items);
        unique.or_else(|(at, why)| {
            let place = places.get(at).copied().unwrap_or_default();
            fault(place, format!("{why} cannot be an item of a set"))
        })
    }

    fn dict(&mut self, frame: &Frame) -> Result<NodeId, Fault> {
        let pairs = frame
            .items
            .iter()
            .copied()
            .zip(frame.values.iter().copied());
        match self.maker.unique_pairs(pairs) {
            Ok(pairs) => Ok(self.maker.builder.dict(pairs)),
            Err((at, why)) => {
                let place = frame.places.get(at).copied().unwrap_or_default();
                fault(place, format!("{why} cannot be a key of a dict"))
            }
        }
    }

    // --- values ----------------------------------------------------------------------------------

    /// What stands where a value is expected: one that is complete, or an opening bracket, or the bracket's end.
    fn operand(&mut self) -> Result<Operand, Fault> {
        let token = self.next()?;
        let at = token.at;
        match token.kind {
            TokenKind::Op('[') => self.open(at, FrameKind::List),
            TokenKind::Op('(') => self.open(at, FrameKind::Paren),
            TokenKind::Op('{') => self.open(at, FrameKind::Brace),
            TokenKind::Op('+' | '-')
            | TokenKind::Int(_)
            | TokenKind::Float(_)
            | TokenKind::Imaginary(_) => self.number(token),
            TokenKind::Str(bytes) => {
                let text = self.adjacent(bytes, true)?;
                Ok(Operand::Value(self.maker.builder.utf8(text), at))
            }
            TokenKind::Bytes(bytes) => {
                let bytes = self.adjacent(bytes, false)?;
                Ok(Operand::Value(self.maker.builder.bytes(bytes), at))
            }
            TokenKind::Name(name) => self.name(name, at),
            TokenKind::Op(op) if self.may_close(op) => {
                let (value, at) = self.close()?;
                Ok(Operand::Value(value, at))
            }
            TokenKind::End => match self.frames.last() {
                Some(frame) => {
                    let close = frame.close();
                    fault(
                        frame.at,
                        format!("this bracket is not closed, expected '{close}'"),
                    )
                }
                None => fault(at, "expected a value, found nothing"),
            },
            kind => fault(at, format!("expected a value, found {kind}")),
        }
    }

    fn may_close(&self, op: char) -> bool {
        self.frames.last().is_some_and(|frame| {
            let is_value_missing = match &frame.kind {
                FrameKind::DictValue => true,
                FrameKind::Call(call) => call.keyword.is_some(),
                // `(,)` is nothing.
                _ => frame.has_comma && frame.items.is_empty(),
            };
            frame.wants_item && op == frame.close() && !is_value_missing
        })
    }

    /// Strings next to each other are one.
    fn adjacent(&mut self, mut bytes: Vec<u8>, is_text: bool) -> Result<Vec<u8>, Fault> {
        loop {
            let token = self.next()?;
            match token.kind {
                TokenKind::Str(more) if is_text => bytes.extend(more),
                TokenKind::Bytes(more) if !is_text => bytes.extend(more),
                TokenKind::Str(_) | TokenKind::Bytes(_) => {
                    return fault(token.at, "text and bytes cannot be joined");
                }
                kind => {
                    self.ahead = Some(Token { at: token.at, kind });
                    return Ok(bytes);
                }
            }
        }
    }

    /// A number with its signs, and with an imaginary part where one follows.
    fn number(&mut self, first: Token<'t>) -> Result<Operand, Fault> {
        let at = first.at;
        let (is_negative, token) = self.signs(first)?;
        let real = match Number::of(&token.kind) {
            Some(number) => number.signed(is_negative),
            None => return fault(token.at, format!("expected a number, found {}", token.kind)),
        };
        // An int has no negative zero, the real part of `-0+1j` has one.
        let real_part = match &real {
            Number::Int(int) if is_negative && *int == BigInt::ZERO => -0.0,
            number => number.float(),
        };
        if let Number::Imaginary(imaginary) = real {
            return Ok(Operand::Value(self.maker.complex(0.0, imaginary), at));
        }
        let has_more = self.next_is('+')? || self.next_is('-')?;
        if has_more {
            let sign = self.next()?;
            let (is_negative, token) = self.signs(sign)?;
            return match Number::of(&token.kind).map(|number| number.signed(is_negative)) {
                Some(Number::Imaginary(imaginary)) => {
                    Ok(Operand::Value(self.maker.complex(real_part, imaginary), at))
                }
                _ => fault(
                    token.at,
                    format!(
                        "expected the imaginary part of a complex number, like 2j, found {}; nothing is computed",
                        token.kind
                    ),
                ),
            };
        }
        let builder = &mut self.maker.builder;
        let made = match real {
            Number::Int(int) => builder.big_int(int),
            number => builder.float(number.float()),
        };
        Ok(Operand::Value(made, at))
    }

    /// Takes signs, and gives the first token that is none.
    fn signs(&mut self, mut token: Token<'t>) -> Result<(bool, Token<'t>), Fault> {
        let mut is_negative = false;
        while let TokenKind::Op(sign @ ('+' | '-')) = token.kind {
            is_negative ^= sign == '-';
            token = self.next()?;
        }
        Ok((is_negative, token))
    }

    /// `None`, `nan`, a class that is called, or the name of an argument.
    fn name(&mut self, first: &'t str, at: usize) -> Result<Operand, Fault> {
        if Number::of(&TokenKind::Name(first)).is_some() {
            let kind = TokenKind::Name(first);
            return self.number(Token { at, kind });
        }
        if self.next_is('=')?
            && let Some(frame) = self.frames.last_mut()
            && let FrameKind::Call(call) = &mut frame.kind
            && call.keyword.is_none()
        {
            call.keyword = Some(first.to_owned());
            self.ahead = None;
            return Ok(Operand::Opened);
        }
        let mut path = first.to_owned();
        while self.next_is('.')? {
            self.ahead = None;
            let token = self.next()?;
            match token.kind {
                TokenKind::Name(name) => path = format!("{path}.{name}"),
                kind => return fault(token.at, format!("expected a name, found {kind}")),
            }
        }
        if self.next_is('(')? {
            let Some(class) = Class::called(&path) else {
                return fault(
                    at,
                    format!(
                        "{path}(…) cannot be written as text; these can: {}",
                        Class::list()
                    ),
                );
            };
            self.ahead = None;
            let (keywords, keyword) = (Vec::new(), None);
            return self.open(
                at,
                FrameKind::Call(Call {
                    class,
                    keywords,
                    keyword,
                }),
            );
        }
        let made = match path.as_str() {
            "None" => Some(self.maker.builder.none()),
            "True" => Some(self.maker.builder.bool(true)),
            "False" => Some(self.maker.builder.bool(false)),
            "datetime.timezone.utc" | "timezone.utc" => Some(self.maker.utc()),
            "Ellipsis" | "builtins.Ellipsis" => Some(self.maker.constant("Ellipsis")),
            "NotImplemented" | "builtins.NotImplemented" => {
                Some(self.maker.constant("NotImplemented"))
            }
            _ if self.is_factory() || path.starts_with("builtins.") => self.maker.factory(&path),
            _ => self.maker.named_class(&path),
        };
        match made {
            Some(made) => Ok(Operand::Value(made, at)),
            None => fault(
                at,
                format!("{path} is no literal; text needs quotes: '{path}'"),
            ),
        }
    }

    /// Whether the next value is what a `defaultdict` makes its values with.
    fn is_factory(&self) -> bool {
        self.frames.last().is_some_and(|frame| {
            let is_call =
                matches!(&frame.kind, FrameKind::Call(call) if call.class == Class::DefaultDict);
            is_call && frame.items.is_empty()
        })
    }
}

impl Frame {
    fn close(&self) -> char {
        match self.kind {
            FrameKind::List => ']',
            FrameKind::Paren | FrameKind::Call(_) => ')',
            _ => '}',
        }
    }
}

enum Number {
    Int(BigInt),
    Float(f64),
    Imaginary(f64),
}

impl Number {
    fn of(kind: &TokenKind<'_>) -> Option<Self> {
        match kind {
            TokenKind::Int(int) => Some(Self::Int(int.clone())),
            TokenKind::Float(float) => Some(Self::Float(*float)),
            TokenKind::Imaginary(float) => Some(Self::Imaginary(*float)),
            TokenKind::Name("inf") => Some(Self::Float(f64::INFINITY)),
            TokenKind::Name("nan") => Some(Self::Float(f64::NAN)),
            TokenKind::Name("infj") => Some(Self::Imaginary(f64::INFINITY)),
            TokenKind::Name("nanj") => Some(Self::Imaginary(f64::NAN)),
            _ => None,
        }
    }

    fn signed(self, is_negative: bool) -> Self {
        match self {
            number if !is_negative => number,
            Self::Int(int) => Self::Int(-int),
            // The sign of a NaN is not printed, so it is not written either.
            Self::Float(float) if float.is_nan() => Self::Float(float),
            Self::Imaginary(float) if float.is_nan() => Self::Imaginary(float),
            Self::Float(float) => Self::Float(-float),
            Self::Imaginary(float) => Self::Imaginary(-float),
        }
    }

    fn float(&self) -> f64 {
        match self {
            Self::Int(int) => int.to_f64().unwrap_or(f64::NAN),
            Self::Float(float) | Self::Imaginary(float) => *float,
        }
    }
}
