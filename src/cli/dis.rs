//! `dis`: the opcodes of a file or of one entry.
//!
//! The file is walked and never held, and works for any pickle. Each entry of a container is walked for itself, so damage in
//! one does not hide the next.

use super::output::{Text, json_text, stdout};
use super::{CliError, find, open_key};
use crate::dataset::opcodes::{OpcodeWalk, Pieces, Row};
use crate::dataset::{Format, OpenError};
use crate::pickle::Opcode;
use crate::progress::Progress;
use crate::source::FileSource;
use serde_json::json;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

pub(super) fn run(path: &Path, key: Option<&str>, as_json: bool) -> Result<(), CliError> {
    let entry = match key {
        Some(key) => Some(entry(path, key)?),
        None => None,
    };
    let source = FileSource::open(path).map_err(|err| OpenError::from_io(path, err))?;
    let pieces = entry.map_or_else(|| Pieces::of(&source, &Progress::new()), Pieces::of_range);
    let mut listing = Listing::begin(stdout(), as_json)?;
    let mut walk = OpcodeWalk::new(&source, &pieces);
    while let Some(step) = walk.next_step() {
        match walk.row(step) {
            Row::Op(line) => listing.line(line.offset, line.opcode, line.argument.as_deref())?,
            Row::Fault(offset, why) => listing.fault(offset, &why)?,
        }
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
    let dataset = open_key(path, key)?;
    let item = find(&dataset, key)?;
    if dataset.format() != Format::Mmapdict {
        let path = path.display();
        return Err(CliError::Usage(format!(
            "The keys of a plain pickle have no opcodes of their own; list the file without a key: {path}"
        )));
    }
    Ok(item.offset..item.offset + item.length)
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

    fn line(&mut self, offset: u64, opcode: Opcode, argument: Option<&str>) -> io::Result<()> {
        let name = opcode.name();
        if self.as_json {
            return self.json(&json!({"offset": offset, "opcode": name, "argument": argument}));
        }
        match argument {
            Some(argument) => self.text(&format!("{offset:>10}: {name:<16} {argument}")),
            None => self.text(&format!("{offset:>10}: {name}")),
        }
    }

    fn fault(&mut self, offset: u64, message: &str) -> io::Result<()> {
        self.faults += 1;
        if self.as_json {
            return self.json(&json!({"offset": offset, "error": message}));
        }
        self.text(&format!("{offset:>10}! {message}"))
    }

    fn text(&mut self, line: &str) -> io::Result<()> {
        Text::over(&mut self.out).line(line)
    }

    fn json(&mut self, json: &serde_json::Value) -> io::Result<()> {
        let before = if self.is_first { "" } else { ",\n" };
        self.is_first = false;
        write!(self.out, "{before}{}", json_text(json))
    }

    fn end(mut self) -> io::Result<usize> {
        if self.as_json {
            writeln!(self.out, "]")?;
        }
        self.out.flush()?;
        Ok(self.faults)
    }
}
