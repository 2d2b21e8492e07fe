//! The cells of a table of text, one after the other, however long its lines are. What a cell means is not looked at here.

use std::io::{self, BufRead, BufReader, Read};

/// Longest cell. A file without separators is no table.
const MAX_CELL: usize = 4096;
/// How much is looked at to find out what separates cells.
const HEAD: usize = 64 << 10;

/// What stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    Tab,
    Semicolon,
    Comma,
    /// One or more spaces or tabs.
    Blanks,
}

impl Separator {
    /// In the order in which they are believed.
    const SINGLE: [Self; 3] = [Self::Tab, Self::Semicolon, Self::Comma];

    fn byte(self) -> u8 {
        match self {
            // Runs of blanks are made one tab.
            Self::Tab | Self::Blanks => b'\t',
            Self::Semicolon => b';',
            Self::Comma => b',',
        }
    }

    fn of_byte(byte: u8) -> Option<Self> {
        Self::SINGLE
            .into_iter()
            .find(|single| single.byte() == byte)
    }

    /// What may separate the cells of a line: what stands in it outside quotes, and blanks.
    fn candidates(line: &[u8]) -> impl Iterator<Item = Self> + Clone + use<> {
        let mut is_quoted = false;
        let mut found = [false; 3];
        for &byte in line {
            is_quoted ^= byte == b'"';
            for (single, found) in Self::SINGLE.into_iter().zip(&mut found) {
                *found |= !is_quoted && single.byte() == byte;
            }
        }
        let singles = Self::SINGLE.into_iter().zip(found);
        let singles = singles.filter_map(|(single, found)| found.then_some(single));
        singles.chain([Self::Blanks])
    }

    /// The cells of a line, for a guess: quotes are not looked at.
    pub(super) fn split(self, line: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
        let is_between = move |byte: &u8| match self {
            Self::Blanks => byte.is_ascii_whitespace(),
            Self::Tab | Self::Semicolon | Self::Comma => *byte == self.byte(),
        };
        let cells = line.split(is_between).map(<[u8]>::trim_ascii);
        cells.filter(move |cell| self != Self::Blanks || !cell.is_empty())
    }
}

/// Where a cell ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is there; more of its row follow.
    Cell,
    /// It is there, the last of its row.
    LastCell,
    /// The text is over.
    End,
}

/// A reader of cells.
pub(super) struct Cells<R> {
    text: BufReader<Squeezed<R>>,
    core: csv_core::Reader,
    separator: Separator,
    cell: Vec<u8>,
    /// Line ends that were read.
    lines: u64,
    /// On which line the last cell ended, from 1 on.
    line: u64,
}

impl<R: Read> Cells<R> {
    /// Finds out what separates cells: a first line `sep=;` says it, as spreadsheets write it; else the first line in which
    /// `is_data` sees cells does.
    ///
    /// # Errors
    /// As `text` says.
    pub(super) fn new(
        mut text: R,
        is_data: impl Fn(&[u8], Separator) -> bool,
    ) -> io::Result<Cells<io::Chain<io::Cursor<Vec<u8>>, R>>> {
        let mut head = Vec::new();
        text.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let first = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let (separator, skipped) = match declared(first) {
            Some(separator) => (separator, first.len() + 1),
            None => (guess(&head, is_data), 0),
        };
        head.drain(..skipped.min(head.len()));
        let text = Squeezed {
            inner: io::Cursor::new(head).chain(text),
            is_on: separator == Separator::Blanks,
            blank: Blank::Start,
        };
        let core = csv_core::ReaderBuilder::new()
            .delimiter(separator.byte())
            .comment(Some(b'#'))
            .build();
        Ok(Cells {
            text: BufReader::with_capacity(HEAD, text),
            core,
            separator,
            cell: vec![0; MAX_CELL],
            lines: u64::from(skipped > 0),
            line: 1,
        })
    }
}

impl<R: Read> Cells<R> {
    pub(super) fn separator(&self) -> Separator {
        self.separator
    }

    /// Reads the next cell into `cell`, without the blanks around it. Empty lines and lines that begin with `#` are no rows.
    ///
    /// # Errors
    /// As the text's reader says; a cell is too long (`InvalidData`).
    pub(super) fn next(&mut self, cell: &mut Vec<u8>) -> io::Result<Next> {
        let mut filled = 0;
        loop {
            let input = self.text.fill_buf()?;
            let space = self.cell.get_mut(filled..).unwrap_or_default();
            let (result, read, written) = self.core.read_field(input, space);
            let taken = input.get(..read).unwrap_or_default();
            self.lines += taken.iter().filter(|&&byte| byte == b'\n').count() as u64;
            let ends_line = taken.ends_with(b"\n");
            self.text.consume(read);
            filled += written;
            let next = match result {
                csv_core::ReadFieldResult::InputEmpty => continue,
                csv_core::ReadFieldResult::OutputFull => {
                    let line = self.lines + 1;
                    let why = format!("line {line} has a cell of more than {MAX_CELL} characters");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
                csv_core::ReadFieldResult::Field { record_end: true } => Next::LastCell,
                csv_core::ReadFieldResult::Field { record_end: false } => Next::Cell,
                csv_core::ReadFieldResult::End => Next::End,
            };
            self.line = self.lines + u64::from(next == Next::Cell || !ends_line);
            cell.clear();
            cell.extend_from_slice(self.cell.get(..filled).unwrap_or_default().trim_ascii());
            return Ok(next);
        }
    }

    /// Number of the line on which the last cell ended, from 1 on.
    pub(super) fn line(&self) -> u64 {
        self.line
    }
}

/// Of a first line `sep=;`.
fn declared(line: &[u8]) -> Option<Separator> {
    let says = line.trim_ascii_end();
    let says = says
        .strip_prefix(b"\"")
        .and_then(|says| says.strip_suffix(b"\""))
        .unwrap_or(says);
    let (name, byte) = says.split_at_checked(4)?;
    match byte {
        [] if line.starts_with(b"sep=\t") => Some(Separator::Tab),
        &[byte] if name.eq_ignore_ascii_case(b"sep=") => Separator::of_byte(byte),
        _ => None,
    }
}

/// What separates the cells of the first line of data with several of them; else of the first one, else of any.
fn guess(head: &[u8], is_data: impl Fn(&[u8], Separator) -> bool) -> Separator {
    let lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    let pairs = lines.flat_map(|line| {
        let candidates = Separator::candidates(line);
        candidates.map(move |separator| (line, separator))
    });
    let first = pairs.clone().map(|(_, separator)| separator).next();
    let mut of_data = pairs.filter(|&(line, separator)| is_data(line, separator));
    let several = of_data
        .clone()
        .find(|(line, separator)| separator.split(line).nth(1).is_some());
    let found = several
        .or_else(|| of_data.next())
        .map(|(_, separator)| separator);
    found.or(first).unwrap_or(Separator::Blanks)
}

/// Blanks between cells, each run as one tab, and none at the ends of lines; or the text as it is.
struct Squeezed<R> {
    inner: R,
    is_on: bool,
    blank: Blank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blank {
    /// At the start of a line.
    Start,
    /// Behind a cell.
    No,
    /// Between cells.
    Pending,
}

impl<R: Read> Read for Squeezed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !self.is_on {
            return self.inner.read(into);
        }
        // A tab that was held back needs a place of its own.
        let half = into.len().div_ceil(2);
        let mut raw = vec![0; half];
        loop {
            let count = self.inner.read(&mut raw)?;
            if count == 0 {
                return Ok(0);
            }
            let mut places = into.iter_mut();
            let mut kept = 0;
            for &byte in raw.get(..count).unwrap_or_default() {
                for byte in self.squeeze(byte) {
                    if let Some(place) = places.next() {
                        *place = byte;
                        kept += 1;
                    }
                }
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

impl<R> Squeezed<R> {
    fn squeeze(&mut self, byte: u8) -> impl Iterator<Item = u8> + use<R> {
        let (tab, byte, blank) = match byte {
            b'\n' | b'\r' => (false, Some(byte), Blank::Start),
            b' ' | b'\t' => match self.blank {
                Blank::Start => (false, None, Blank::Start),
                Blank::No | Blank::Pending => (false, None, Blank::Pending),
            },
            _ => (self.blank == Blank::Pending, Some(byte), Blank::No),
        };
        self.blank = blank;
        tab.then_some(b'\t').into_iter().chain(byte)
    }
}
