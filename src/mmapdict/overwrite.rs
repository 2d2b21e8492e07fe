//! Writing over bytes of values in place, where the length stays: the letters that tell one spelling from another.

use super::{EditError, Editor};

impl Editor<'_> {
    /// Writes bytes over others, each inside the value of an entry, live or dead; one counted change.
    ///
    /// The places are written one after the other: a crash leaves some of them as they were. Gives the commit number.
    ///
    /// # Errors
    /// A place is not inside a value; or see [`EditError`].
    pub fn overwrite(&mut self, places: &[(u64, &[u8])]) -> Result<i32, EditError> {
        for &(at, bytes) in places {
            let end = at.saturating_add(bytes.len() as u64);
            let inside = |entry: &super::Entry| {
                let value = entry.value_range();
                value.start <= at && end <= value.end
            };
            let entries = &self.index().entries;
            let place = entries.partition_point(|entry| entry.offset <= at);
            if !place
                .checked_sub(1)
                .and_then(|place| entries.get(place))
                .is_some_and(inside)
            {
                return Err(EditError::Io(std::io::Error::other(
                    "a place to be written to lies outside of all values",
                )));
            }
        }
        self.settle()?;
        for &(at, bytes) in places {
            self.store().write_at(at, bytes)?;
        }
        // The letters before the count: who sees the count reads what it stands for.
        self.store().sync()?;
        self.count(1)?;
        Ok(self.index().commit)
    }
}
