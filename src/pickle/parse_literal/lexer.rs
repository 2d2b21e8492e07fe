//! Text → tokens of Python's literals: numbers, strings with their escapes, names, brackets.

use super::super::number::int_digits;
use super::super::text::push_code_point;
use super::known::too_large;
use super::{Fault, fault};
use num_bigint::BigInt;
use std::fmt;

/// A token and where it begins.
#[derive(Debug)]
pub(super) struct Token<'t> {
    pub(super) at: usize,
    pub(super) kind: TokenKind<'t>,
}

#[derive(Debug)]
pub(super) enum TokenKind<'t> {
    Name(&'t str),
    Int(BigInt),
    Float(f64),
    Imaginary(f64),
    /// UTF-8 with lone surrogates.
    Str(Vec<u8>),
    Bytes(Vec<u8>),
    Op(char),
    End,
}

impl fmt::Display for TokenKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "the name {name}"),
            Self::Int(_) | Self::Float(_) | Self::Imaginary(_) => write!(f, "a number"),
            Self::Str(_) => write!(f, "a string"),
            Self::Bytes(_) => write!(f, "bytes"),
            Self::Op(op) => write!(f, "'{op}'"),
            Self::End => write!(f, "the end"),
        }
    }
}

#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn peek_byte(&self, ahead: usize) -> u8 {
        let byte = self.text.as_bytes().get(self.at + ahead);
        byte.copied().unwrap_or_default()
    }

    /// Takes characters as long as `accept` says so.
    fn take(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> Result<Token<'t>, Fault> {
        self.skip_space();
        let at = self.at;
        let kind = match self.peek() {
            None => TokenKind::End,
            Some('0'..='9') => self.number()?,
            Some('.') if self.peek_byte(1).is_ascii_digit() => self.number()?,
            Some('\'' | '"') => self.string("")?,
            Some(c) if c == '_' || c.is_alphabetic() => {
                let name = self.take(|c| c == '_' || c.is_alphanumeric());
                match self.peek() {
                    Some('\'' | '"') => self.string(name)?,
                    _ => TokenKind::Name(name),
                }
            }
            Some(op) => {
                self.at += op.len_utf8();
                TokenKind::Op(op)
            }
        };
        Ok(Token { at, kind })
    }

    /// Spaces, line ends, comments, and backslashes at the end of a line.
    fn skip_space(&mut self) {
        loop {
            self.take(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c'));
            let rest = self.rest();
            if rest.starts_with('#') {
                self.take(|c| c != '\n');
            } else if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
                self.at += 2;
            } else {
                return;
            }
        }
    }

    // --- numbers ---------------------------------------------------------------------------------

    fn number(&mut self) -> Result<TokenKind<'t>, Fault> {
        let start = self.at;
        let radix = match (self.peek_byte(0), self.peek_byte(1) | 0x20) {
            (b'0', b'x') => 16,
            (b'0', b'o') => 8,
            (b'0', b'b') => 2,
            _ => 10,
        };
        let token = if radix == 10 {
            self.decimal(start)?
        } else {
            self.at += 2;
            // An underscore may stand behind the prefix, too.
            if self.peek_byte(0) == b'_' {
                self.at += 1;
            }
            let digits = self.digits(radix)?;
            self.integer(start, &digits, radix)?
        };
        match self.peek() {
            Some(c) if c == '_' || c.is_alphanumeric() => fault(
                self.at,
                format!("'{c}' does not belong to the number before it"),
            ),
            _ => Ok(token),
        }
    }

    fn integer(&self, start: usize, digits: &str, radix: u32) -> Result<TokenKind<'t>, Fault> {
        if digits.is_empty() {
            return fault(start, "a number without digits");
        }
        match int_digits(digits, radix) {
            Ok(int) => Ok(TokenKind::Int(int)),
            Err(why) => fault(start, why),
        }
    }

    fn decimal(&mut self, start: usize) -> Result<TokenKind<'t>, Fault> {
        let mut text = self.digits(10)?;
        let mut is_int = true;
        if self.peek_byte(0) == b'.' {
            self.at += 1;
            is_int = false;
            text.push('.');
            text.push_str(&self.digits(10)?);
        }
        if self.peek_byte(0) | 0x20 == b'e' {
            let sign_len = usize::from(matches!(self.peek_byte(1), b'+' | b'-'));
            if self.peek_byte(1 + sign_len).is_ascii_digit() {
                let sign = if self.peek_byte(1) == b'-' { "e-" } else { "e" };
                self.at += 1 + sign_len;
                is_int = false;
                text.push_str(sign);
                text.push_str(&self.digits(10)?);
            }
        }
        let is_imaginary = self.peek_byte(0) | 0x20 == b'j';
        if is_int && !is_imaginary {
            if text.starts_with('0') && text.bytes().any(|digit| digit != b'0') {
                return fault(
                    start,
                    "a number may not begin with 0; write 0o for octal digits",
                );
            }
            return self.integer(start, &text, 10);
        }
        let Ok(float) = text.parse::<f64>() else {
            return fault(start, format!("{text} is not a number"));
        };
        if float.is_infinite() {
            return fault(start, too_large(&text));
        }
        if is_imaginary {
            self.at += 1;
            return Ok(TokenKind::Imaginary(float));
        }
        Ok(TokenKind::Float(float))
    }

    /// Digits without their underscores, each of which has to stand between two digits.
    fn digits(&mut self, radix: u32) -> Result<String, Fault> {
        let start = self.at;
        let text = self.take(|c| c == '_' || c.is_digit(radix));
        if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
            return fault(start, "an underscore that is not between two digits");
        }
        Ok(text.replace('_', ""))
    }

    // --- strings ---------------------------------------------------------------------------------

    fn string(&mut self, prefix: &str) -> Result<TokenKind<'t>, Fault> {
        let start = self.at - prefix.len();
        let (is_bytes, is_raw) = match prefix.to_ascii_lowercase().as_str() {
            "" | "u" => (false, false),
            "b" => (true, false),
            "r" => (false, true),
            "br" | "rb" => (true, true),
            "f" | "fr" | "rf" | "t" | "tr" | "rt" => {
                return fault(
                    start,
                    "an f-string is no literal: it would have to be computed",
                );
            }
            _ => return fault(start, format!("{prefix} is no prefix of a string")),
        };
        let quote = self.peek_byte(0);
        let is_triple = self.peek_byte(1) == quote && self.peek_byte(2) == quote;
        self.at += if is_triple { 3 } else { 1 };
        let mut out = Vec::new();
        loop {
            let at = self.at;
            let Some(c) = self.peek() else {
                return fault(start, "the string is not closed");
            };
            self.at += c.len_utf8();
            match c {
                '\\' if is_raw => {
                    // It keeps a quote from ending the string, and stays.
                    out.push(b'\\');
                    let escaped = self.char_or_newline(start)?;
                    self.push(&mut out, escaped, is_bytes)?;
                }
                '\\' => self.escape(&mut out, is_bytes, at, start)?,
                '\n' | '\r' if !is_triple => {
                    return fault(start, "the string is not closed before the end of the line");
                }
                '\r' => {
                    self.at = at;
                    let newline = self.char_or_newline(start)?;
                    self.push(&mut out, newline, is_bytes)?;
                }
                _ if c as u32 == u32::from(quote) => {
                    let more = [self.peek_byte(0), self.peek_byte(1)];
                    if !is_triple {
                        break;
                    }
                    if more == [quote, quote] {
                        self.at += 2;
                        break;
                    }
                    out.push(quote);
                }
                _ => self.push(&mut out, c, is_bytes)?,
            }
        }
        Ok(if is_bytes {
            TokenKind::Bytes(out)
        } else {
            TokenKind::Str(out)
        })
    }

    /// The next character; every kind of line end is `\n`.
    fn char_or_newline(&mut self, start: usize) -> Result<char, Fault> {
        let Some(c) = self.peek() else {
            return fault(start, "the string is not closed");
        };
        self.at += c.len_utf8();
        if c != '\r' {
            return Ok(c);
        }
        if self.peek() == Some('\n') {
            self.at += 1;
        }
        Ok('\n')
    }

    /// Adds a character that was just taken.
    fn push(&self, out: &mut Vec<u8>, c: char, is_bytes: bool) -> Result<(), Fault> {
        if is_bytes && !c.is_ascii() {
            let at = self.at - c.len_utf8();
            return fault(at, format!("'{c}' in bytes; write its bytes as \\x.."));
        }
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    /// What follows a backslash that stands at `at`.
    fn escape(
        &mut self,
        out: &mut Vec<u8>,
        is_bytes: bool,
        at: usize,
        start: usize,
    ) -> Result<(), Fault> {
        let c = self.char_or_newline(start)?;
        let code = match c {
            '\n' => return Ok(()),
            '\\' | '\'' | '"' => c as u32,
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '0'..='7' => {
                let first = self.at - 1;
                let digits = self.text.get(first..).unwrap_or_default().bytes();
                let len = digits
                    .take(3)
                    .take_while(|digit| (b'0'..=b'7').contains(digit))
                    .count();
                self.at = first + len;
                let digits = self.text.get(first..self.at).unwrap_or_default();
                let code = u32::from_str_radix(digits, 8).unwrap_or_default();
                if is_bytes { code & 0xff } else { code }
            }
            'x' => self.hex(2, at)?,
            'u' if !is_bytes => self.hex(4, at)?,
            'U' if !is_bytes => self.hex(8, at)?,
            'N' if !is_bytes => {
                return fault(
                    at,
                    "characters by name are not known; write \\u with four digits",
                );
            }
            // Python keeps the backslash of what is no escape.
            _ => {
                out.push(b'\\');
                return self.push(out, c, is_bytes);
            }
        };
        if is_bytes {
            out.push(u8::try_from(code).unwrap_or_default());
            return Ok(());
        }
        push_code_point(out, code).or_else(|why| fault(at, why))
    }

    fn hex(&mut self, len: usize, at: usize) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at + len);
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.map(|digits| u32::from_str_radix(digits, 16)) {
            Some(Ok(code)) => {
                self.at += len;
                Ok(code)
            }
            _ => fault(at, format!("an escape that needs {len} hexadecimal digits")),
        }
    }
}
