//! `dis`: the opcodes of a file or of one entry.
//!
//! The file is walked and never held, and works for any pickle. Each entry of a container is walked for itself, so damage in
//! one does not hide the next.

use super::output::{out, printable};
use super::{CliError, find, open};
use crate::dataset::{Format, OpenError};
use crate::mmapdict::Index;
use crate::pickle::{Disassembly, Opcode};
use crate::progress::Progress;
use crate::source::{ByteSource, FileSource};
use serde_json::json;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

pub(super) fn run(path: &Path, key: Option<&str>, as_json: bool) -> Result<(), CliError> {
    let ranges = match key {
        Some(key) => Some(vec![entry(path, key)?]),
        None => None,
    };
    let source = FileSource::open(path).map_err(|err| OpenError::from_io(path, err))?;
    let ranges = ranges.unwrap_or_else(|| pieces(&source));
    let mut listing = Listing::begin(out(), as_json)?;
    for range in ranges {
        listing.range(&source, range)?;
    }
    match listing.end()? {
        0 => Ok(()),
        faults => Err(CliError::Gaps {
            faults,
            path: path.to_owned(),
        }),
    }
}

/// Where the frame of a live entry lies.
fn entry(path: &Path, key: &str) -> Result<Range<u64>, CliError> {
    let dataset = open(path)?;
    let item = find(&dataset, key)?;
    if dataset.format() != Format::Mmapdict {
        let path = path.display();
        return Err(CliError::Usage(format!(
            "The keys of a plain pickle have no opcodes of their own; list the file without a key: {path}"
        )));
    }
    Ok(item.offset..item.offset + item.length)
}

/// The header of a container, each of its entries, and the rest; of anything else, the whole.
fn pieces(source: &FileSource) -> Vec<Range<u64>> {
    let whole = 0..source.len();
    let Ok(index) = Index::read(source, &Progress::new()) else {
        return vec![whole];
    };
    let first = index
        .entries
        .first()
        .map_or(index.end, |entry| entry.offset);
    let (header, rest) = (whole.start..first, index.end..whole.end);
    let entries = index.entries.iter();
    let entries = entries.map(|entry| entry.offset..entry.offset + entry.len);
    std::iter::once(header)
        .chain(entries)
        .chain(std::iter::once(rest))
        .collect()
}

struct Listing<W> {
    out: W,
    as_json: bool,
    is_first: bool,
    faults: usize,
}

impl<W: Write> Listing<W> {
    fn begin(mut out: W, as_json: bool) -> io::Result<Self> {
        if as_json {
            write!(out, "[")?;
        }
        Ok(Self {
            out,
            as_json,
            is_first: true,
            faults: 0,
        })
    }

    fn range(&mut self, source: &dyn ByteSource, range: Range<u64>) -> io::Result<()> {
        let mut lines = Disassembly::new(source, range.start, range.end);
        while let Some(line) = lines.next() {
            let line = match line {
                Ok(line) => line,
                Err(err) => return self.fault(err.offset, &err.kind.to_string()),
            };
            self.line(line.offset, line.opcode, line.argument.as_deref())?;
            let left = range.end - lines.position();
            if line.opcode == Opcode::Stop && left > 0 {
                return self.fault(
                    lines.position(),
                    &format!("{left} bytes behind STOP are not listed"),
                );
            }
        }
        Ok(())
    }

    fn line(&mut self, offset: u64, opcode: Opcode, argument: Option<&str>) -> io::Result<()> {
        let name = opcode.name();
        if self.as_json {
            return self.json(&json!({"offset": offset, "opcode": name, "argument": argument}));
        }
        match argument {
            Some(argument) => {
                writeln!(self.out, "{offset:>10}: {name:<16} {}", printable(argument))
            }
            None => writeln!(self.out, "{offset:>10}: {name}"),
        }
    }

    fn fault(&mut self, offset: u64, message: &str) -> io::Result<()> {
        self.faults += 1;
        if self.as_json {
            return self.json(&json!({"offset": offset, "error": message}));
        }
        writeln!(self.out, "{offset:>10}! {}", printable(message))
    }

    fn json(&mut self, json: &serde_json::Value) -> io::Result<()> {
        let before = if self.is_first { "" } else { ",\n" };
        self.is_first = false;
        write!(self.out, "{before}{json}")
    }

    fn end(mut self) -> io::Result<usize> {
        if self.as_json {
            writeln!(self.out, "]")?;
        }
        self.out.flush()?;
        Ok(self.faults)
    }
}
