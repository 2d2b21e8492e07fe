//! Cells on their way into a container, in a file without a name: they may be more than memory holds, and the container is
//! not to be locked while they are made.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _, Write};
use std::path::Path;

/// Cells that are being made.
#[derive(Debug)]
pub(super) struct Spool {
    writer: BufWriter<File>,
    len: u64,
}

impl Spool {
    /// On the disk of the container, which has to hold the cells anyway; where its folder cannot be written to, in the
    /// system's folder for temporary files.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn beside(container: &Path) -> io::Result<Self> {
        let folder = container.parent().filter(|at| !at.as_os_str().is_empty());
        let file = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")))
            .or_else(|_err| tempfile::tempfile())?;
        Ok(Self {
            writer: BufWriter::with_capacity(1 << 18, file),
            len: 0,
        })
    }

    pub(super) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.len += bytes.len() as u64;
        self.writer.write_all(bytes)
    }

    pub(super) fn finish(self) -> io::Result<Spooled> {
        let file = self
            .writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(Spooled {
            file,
            len: self.len,
        })
    }
}

/// Cells that are made.
#[derive(Debug)]
pub(super) struct Spooled {
    file: File,
    len: u64,
}

impl Spooled {
    /// In bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// From the first byte on.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn into_reader(mut self) -> io::Result<BufReader<File>> {
        self.file.rewind()?;
        Ok(BufReader::with_capacity(1 << 18, self.file))
    }
}
