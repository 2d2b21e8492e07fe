//! Writing over bytes of values in place, where the length stays: cells, masks, and the letters that tell one spelling from
//! another.

use super::{Counted, EditError, Editor};
use crate::source::{Store, visit_strided};
use std::io;

/// Bytes written at once.
const CHUNK: u64 = 1 << 20;

/// Equal bytes at equal distances that get another value: cells of a mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// Position of the first one in the file.
    pub at: u64,
    /// From each to the next; at least 1.
    pub step: u64,
    /// How many; at least 1.
    pub count: u64,
    /// What they are.
    pub old: u8,
    /// What they become.
    pub new: u8,
}

impl Fill {
    /// From the first of its bytes to the end of the last one; `None` if no file is so long.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        if self.step == 0 {
            return None;
        }
        let reach = self.count.checked_sub(1)?.checked_mul(self.step)?;
        Some((self.at, self.at.checked_add(reach)?.checked_add(1)?))
    }

    /// The same the other way round.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            old: self.new,
            new: self.old,
            ..*self
        }
    }

    /// Whether each of its bytes is as it was or as it will be.
    ///
    /// # Errors
    /// Of reading.
    pub fn holds(&self, store: &dyn Store) -> std::io::Result<bool> {
        let mut holds = true;
        visit_strided(store, (self.at, self.step, self.count), |_, byte| {
            holds &= byte == self.old || byte == self.new;
            Ok::<_, std::io::Error>(())
        })?;
        Ok(holds)
    }

    fn write(&self, store: &dyn Store) -> std::io::Result<()> {
        if self.step > 1 {
            let places = (0..self.count).map(|number| self.at + number * self.step);
            for at in places {
                store.write_at(at, &[self.new])?;
            }
            return Ok(());
        }
        let bytes = vec![self.new; usize::try_from(self.count.min(CHUNK)).unwrap_or_default()];
        let mut written = 0;
        while written < self.count {
            let left = usize::try_from(self.count - written).unwrap_or(usize::MAX);
            let part = bytes.get(..left).unwrap_or(&bytes);
            store.write_at(self.at + written, part)?;
            written += part.len() as u64;
        }
        Ok(())
    }
}

impl Editor<'_> {
    /// Writes the new value of each fill, each inside the value of an entry; one counted change.
    ///
    /// They are written one after the other: a crash leaves some of them as they were.
    ///
    /// # Errors
    /// A place is not inside a value; or see [`EditError`].
    pub fn fill(&mut self, fills: &[Fill]) -> Result<Counted, EditError> {
        for fill in fills {
            let (start, end) = fill.span().ok_or(EditError::TooLarge)?;
            self.check_inside(start, end)?;
        }
        self.settle()?;
        let store = self.store();
        if let Err(err) = fills.iter().try_for_each(|fill| fill.write(store)) {
            let back = fills.iter().map(Fill::reversed);
            let is_back = back.fold(true, |all, fill| all & fill.write(store).is_ok());
            return Err(half_unless(is_back, err));
        }
        self.written_over();
        Ok(self.counted())
    }

    /// What was written over is counted after it is on the disk: who sees the count reads what it stands for.
    fn written_over(&mut self) {
        let synced = self.store().sync();
        self.in_force(synced);
        self.count(1);
    }

    /// Whether a range of the file is part of one value.
    fn check_inside(&self, start: u64, end: u64) -> Result<(), EditError> {
        let entries = &self.index().entries;
        let place = entries.partition_point(|entry| entry.offset <= start);
        let entry = place.checked_sub(1).and_then(|place| entries.get(place));
        let value = entry.map(super::Entry::value_range);
        match value.filter(|value| value.start <= start && end <= value.end) {
            Some(_) => Ok(()),
            None => Err(EditError::Io(std::io::Error::other(
                "a place to be written to lies outside of all values",
            ))),
        }
    }

    /// Writes bytes over others, each inside the value of an entry, live or dead; one counted change.
    ///
    /// The places are written one after the other: a crash leaves some of them as they were. If writing fails, they get
    /// back what they had.
    ///
    /// # Errors
    /// A place is not inside a value; or see [`EditError`].
    pub fn overwrite(&mut self, places: &[(u64, &[u8])]) -> Result<Counted, EditError> {
        for &(at, bytes) in places {
            self.check_inside(at, at.saturating_add(bytes.len() as u64))?;
        }
        self.settle()?;
        let store = self.store();
        let read = |&(at, bytes): &(u64, &[u8])| {
            let mut old = vec![0; bytes.len()];
            store.read_at(at, &mut old)?;
            Ok((at, old))
        };
        let old: Vec<(u64, Vec<u8>)> = places.iter().map(read).collect::<io::Result<_>>()?;
        let mut writes = places.iter();
        if let Err(err) = writes.try_for_each(|&(at, bytes)| store.write_at(at, bytes)) {
            let back = old.iter().map(|(at, bytes)| store.write_at(*at, bytes));
            let is_back = back.fold(true, |all, back| all & back.is_ok());
            return Err(half_unless(is_back, err));
        }
        self.written_over();
        Ok(self.counted())
    }
}

fn half_unless(is_back: bool, err: io::Error) -> EditError {
    match is_back {
        true => err.into(),
        false => EditError::Half(err),
    }
}
