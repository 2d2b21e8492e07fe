//! Printing: the only place that writes to stdout and stderr.
#![expect(clippy::print_stderr, reason = "a command line talks through stderr")]

use serde_json::Value as Json;
use std::borrow::Cow;
use std::io::{self, BufWriter, StdoutLock, Write};

/// Buffered stdout.
pub(super) fn out() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// Control characters escaped: names come from files, and a terminal obeys them.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| match c {
        c if c.is_control() => format!("\\x{:02x}", u32::from(c)),
        c => c.to_string(),
    };
    Cow::Owned(text.chars().map(escape).collect())
}

/// One JSON document and a newline.
pub(super) fn print_json(json: &Json) -> io::Result<()> {
    let mut out = out();
    serde_json::to_writer(&mut out, json)?;
    writeln!(out)?;
    out.flush()
}

/// One line of text and a newline.
pub(super) fn print_line(text: &str) -> io::Result<()> {
    let mut out = out();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Lines of text that may come from a file.
pub(super) fn print_lines(lines: impl Iterator<Item = String>) -> io::Result<()> {
    let mut out = out();
    for line in lines {
        writeln!(out, "{}", printable(&line))?;
    }
    out.flush()
}

/// Columns of text, each as wide as its widest cell.
pub(super) fn print_table(rows: &[Vec<String>]) -> io::Result<()> {
    let mut widths = Widths::default();
    for row in rows {
        widths.fit(row);
    }
    let mut out = out();
    for row in rows {
        widths.write(&mut out, row)?;
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
            *width = cell.chars().count().max(*width);
        }
    }

    /// A line of the table. A cell that is wider than its column moves those behind it.
    pub(super) fn write(&self, out: &mut dyn Write, row: &[String]) -> io::Result<()> {
        let cells = row
            .iter()
            .zip(&self.0)
            .map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        writeln!(out, "{}", printable(line.trim_end()))
    }
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
