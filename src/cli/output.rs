//! Printing: the only place that writes to stdout and stderr.
//!
//! All text passes through [`Text`], all JSON through [`json_out`] or [`Json`]'s formatter: names and values come from
//! files, and a terminal obeys control characters. What is not [visible](is_visible) is escaped as its number.
#![expect(clippy::print_stderr, reason = "a command line talks through stderr")]

use super::CliError;
use crate::pickle::text::is_visible;
use crate::pickle::typed::Token;
use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io::{self, BufWriter, StdoutLock, Write};

pub(super) use crate::pickle::text::printable;

/// Buffered stdout for text. Everything written to it is escaped, line ends too: [`Text::end_line`] makes those.
pub(super) fn out() -> Text<BufWriter<StdoutLock<'static>>> {
    Text(stdout())
}

/// Buffered stdout for what has passed through [`Text`] or [`json_text`] already.
pub(super) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// See [`out`].
#[derive(Debug)]
pub(super) struct Text<W>(W);

impl<W: Write> Text<W> {
    /// Over another writer.
    pub(super) fn over(out: W) -> Self {
        Self(out)
    }

    /// Ends the line.
    pub(super) fn end_line(&mut self) -> io::Result<()> {
        self.0.write_all(b"\n")
    }

    /// A line of text.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(printable(text).as_bytes())?;
        self.end_line()
    }
}

impl<W: Write> Write for Text<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Whole texts arrive here; a stray byte is no text, and shown as a number as well.
        for chunk in bytes.utf8_chunks() {
            self.0.write_all(printable(chunk.valid()).as_bytes())?;
            for byte in chunk.invalid() {
                write!(self.0, "\\x{byte:02x}")?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

// --- JSON ------------------------------------------------------------------------------------------

/// Compact JSON in which what is not visible is an escape, also where JSON would allow it as it is.
#[derive(Debug, Clone, Copy, Default)]
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.chars().all(is_visible) {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        for c in fragment.chars() {
            if is_visible(c) {
                writer.write_all(c.encode_utf8(&mut [0; 4]).as_bytes())?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// Buffered stdout for JSON that is written piece by piece.
pub(super) fn json_out() -> JsonOut<BufWriter<StdoutLock<'static>>> {
    JsonOut {
        out: stdout(),
        has_items: false,
    }
}

/// A JSON document in pieces: nothing of it is kept.
#[derive(Debug)]
pub(super) struct JsonOut<W> {
    out: W,
    /// A comma is due before the next item of the list.
    has_items: bool,
}

impl<W: Write> JsonOut<W> {
    /// Brackets, names and commas as they stand; nothing that comes from a file.
    pub(super) fn raw(&mut self, json: &'static str) -> io::Result<()> {
        self.out.write_all(json.as_bytes())
    }

    /// A value.
    pub(super) fn value(&mut self, json: &impl Serialize) -> io::Result<()> {
        write_json(&mut self.out, json)
    }

    /// Begins a list.
    pub(super) fn begin_list(&mut self) -> io::Result<()> {
        self.has_items = false;
        self.raw("[")
    }

    /// A value in a list.
    pub(super) fn item(&mut self, json: &impl Serialize) -> io::Result<()> {
        if std::mem::replace(&mut self.has_items, true) {
            self.raw(",")?;
        }
        self.value(json)
    }

    /// A list of values.
    pub(super) fn list<T: Serialize>(&mut self, items: impl Iterator<Item = T>) -> io::Result<()> {
        self.begin_list()?;
        for item in items {
            self.item(&item)?;
        }
        self.raw("]")
    }

    /// The end of the document, and of its line.
    pub(super) fn end(&mut self, json: &'static str) -> io::Result<()> {
        self.raw(json)?;
        self.raw("\n")?;
        self.out.flush()
    }
}

fn write_json(out: impl Write, json: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Escaping);
    Ok(json.serialize(&mut serializer)?)
}

/// One JSON document of tokens and a newline.
pub(super) fn print_tokens<'t>(
    tokens: impl Iterator<Item = Result<Token<'t>, CliError>>,
) -> Result<(), CliError> {
    let mut out = stdout();
    write_tokens(&mut out, tokens)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

fn write_tokens<'t>(
    out: &mut impl Write,
    tokens: impl Iterator<Item = Result<Token<'t>, CliError>>,
) -> Result<(), CliError> {
    // The brackets that are open, and whether a comma is due before the next thing.
    let mut open: Vec<&str> = Vec::new();
    let mut is_comma_due = false;
    for token in tokens {
        let token = token?;
        if is_comma_due && token != Token::End {
            write!(out, ",")?;
        }
        is_comma_due = !matches!(token, Token::List | Token::Map | Token::Name(_));
        match token {
            Token::List => {
                write!(out, "[")?;
                open.push("]");
            }
            Token::Map => {
                write!(out, "{{")?;
                open.push("}");
            }
            Token::End => write!(out, "{}", open.pop().unwrap_or_default())?,
            Token::Name(name) => {
                write_json(&mut *out, &name)?;
                write!(out, ":")?;
            }
            Token::Null => write!(out, "null")?,
            Token::Bool(flag) => write!(out, "{flag}")?,
            Token::Int(int) => write!(out, "{int}")?,
            Token::Text(text) => write_json(&mut *out, &text)?,
            Token::Json(json) => write_json(&mut *out, &json)?,
        }
    }
    Ok(())
}

/// JSON to be put between other JSON.
pub(super) fn json_text(json: &Json) -> String {
    let mut out = Vec::new();
    // Into memory this does not fail.
    match write_json(&mut out, json) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// One JSON document and a newline.
pub(super) fn print_json(json: &impl Serialize) -> io::Result<()> {
    let mut out = json_out();
    out.value(json)?;
    out.end("")
}

// --- lines -----------------------------------------------------------------------------------------

/// One line of text and a newline.
pub(super) fn print_line(text: &str) -> io::Result<()> {
    let mut out = out();
    out.line(text)?;
    out.flush()
}

/// Lines of text.
pub(super) fn print_lines(lines: impl Iterator<Item = String>) -> io::Result<()> {
    let mut out = out();
    for line in lines {
        out.line(&line)?;
    }
    out.flush()
}

/// Columns of text, each as wide as its widest cell. The rows are made twice, and none is kept.
pub(super) fn print_table(rows: impl Iterator<Item = Vec<String>> + Clone) -> io::Result<()> {
    let mut widths = Widths::default();
    for row in rows.clone() {
        widths.fit(&row);
    }
    let mut out = out();
    for row in rows {
        widths.write(&mut out, &row)?;
    }
    out.flush()
}

/// How wide the columns of a table are.
#[derive(Debug, Default)]
pub(super) struct Widths(Vec<usize>);

impl Widths {
    /// Makes room for the cells of a row.
    pub(super) fn fit(&mut self, row: &[String]) {
        self.0.resize(self.0.len().max(row.len()), 0);
        for (width, cell) in self.0.iter_mut().zip(row) {
            *width = width_of(cell).min(MAX_WIDTH).max(*width);
        }
    }

    /// A line of the table. A cell that is wider than its column moves those behind it.
    pub(super) fn write<W: Write>(&self, out: &mut Text<W>, row: &[String]) -> io::Result<()> {
        let cells = row.iter().zip(&self.0).map(|(cell, width)| {
            let padding = width.saturating_sub(width_of(cell));
            format!("{cell}{:padding$}", "")
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        out.line(line.trim_end())
    }
}

/// A column is not wider for one long cell: each row would be as long.
const MAX_WIDTH: usize = 120;

/// Characters of a cell as it is printed.
fn width_of(cell: &str) -> usize {
    printable(cell).chars().count()
}

/// A line on stderr. Nothing is to be done when even that fails.
pub(super) fn complain(message: &str) {
    eprintln!("cubescope: {}", printable(message));
}

/// A line of text on stderr, and a mark under one of its characters, counted from 1. Nothing for several lines.
pub(super) fn point_at(text: &str, column: usize) {
    const WIDTH: usize = 70;
    if text.contains('\n') {
        return;
    }
    let column = column.saturating_sub(1);
    let skipped = column.saturating_sub(WIDTH / 2);
    let shown: String = text.chars().skip(skipped).take(WIDTH).collect();
    eprintln!(
        "  {}\n  {}^",
        printable(&shown),
        " ".repeat(column - skipped)
    );
}

/// A number as JSON: integers as such, `null` for what JSON has no number for.
pub(super) fn json_number(float: f64) -> Json {
    serde_json::Number::from_f64(float).map_or(Json::Null, Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file may hold and a terminal must not get.
    const EVIL: &str = "a\x1b]0;x\x07\u{9b}31m\u{202e}b\u{200b}\u{2066}\u{2028}\nc\u{e0041}";

    #[test]
    fn text_has_no_control_characters_but_its_own_line_ends() {
        let mut out = Text(Vec::new());
        write!(out, "{EVIL}|").unwrap();
        out.write_all(b"\xff\x1b").unwrap();
        out.end_line().unwrap();
        out.line(EVIL).unwrap();
        let text = String::from_utf8(out.0).unwrap();
        assert!(text.chars().all(|c| c == '\n' || is_visible(c)), "{text:?}");
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("\\xff\\x1b") && text.contains("\\u202e"));
    }

    #[test]
    fn json_escapes_what_is_not_visible_and_says_the_same() {
        let mut out = Vec::new();
        let json = serde_json::json!({EVIL: [EVIL, "é \"x\" \\ /"]});
        write_json(&mut out, &json).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.chars().all(is_visible), "{text:?}");
        assert!(text.contains("\\udb40\\udc41"), "{text}");
        assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), json);
    }

    #[test]
    fn tokens_are_the_json_that_they_stand_for() {
        let text = "{'a': [1, [], {}, (2.5, 'x')], 'b': {1: None}, 'c': True}";
        let value = crate::pickle::parse_literal(text).unwrap();
        let mut out = Vec::new();
        write_tokens(&mut out, value.typed_tokens().map(Ok)).unwrap();
        assert_eq!(serde_json::from_slice::<Json>(&out).unwrap(), value.typed());
        let text = "{'a': [1, [], {}, [-2.5, 'x']], 'b': {'': None}, 'a': False}";
        let value = crate::pickle::parse_literal(text).unwrap();
        let mut out = Vec::new();
        write_tokens(&mut out, super::super::plain_json::tokens(&value)).unwrap();
        assert_eq!(out, br#"{"a":false,"b":{"":null}}"#);
    }

    #[test]
    fn json_in_pieces_is_one_document() {
        let mut out = JsonOut {
            out: Vec::new(),
            has_items: false,
        };
        out.raw("{\"a\":").unwrap();
        out.list([1, 2].iter()).unwrap();
        out.raw(",\"b\":").unwrap();
        out.list(["x"].iter()).unwrap();
        out.end("}").unwrap();
        assert_eq!(out.out, b"{\"a\":[1,2],\"b\":[\"x\"]}\n");
    }

    #[test]
    fn columns_are_as_wide_as_what_is_printed() {
        let rows = [["\x1b", "b"], ["long cell", "c"]].map(|row| row.map(str::to_owned).to_vec());
        let mut widths = Widths::default();
        rows.iter().for_each(|row| widths.fit(row));
        let mut out = Text(Vec::new());
        rows.iter()
            .for_each(|row| widths.write(&mut out, row).unwrap());
        assert_eq!(out.0, b"\\x1b       b\nlong cell  c\n");
    }
}
