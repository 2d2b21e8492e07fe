//! What a cut array may have been, by what is whole: arrays of as many bytes.

use crate::array::ArrayLayout;
use std::collections::HashMap;

/// Layouts of arrays, by their number of bytes.
#[derive(Debug, Default)]
pub(super) struct Alike {
    /// The latest of each key.
    of_key: HashMap<(u64, String), ArrayLayout>,
    /// The first one and its key, if all are of its dtype and shape.
    of_all: HashMap<u64, Option<(String, ArrayLayout)>>,
}

impl Alike {
    pub(super) fn add(&mut self, key: &str, layout: &ArrayLayout) {
        let nbytes = layout.nbytes;
        let first =
            (self.of_all.entry(nbytes)).or_insert_with(|| Some((key.to_owned(), layout.clone())));
        if let Some((_, first_layout)) = first
            && (&first_layout.dtype, &first_layout.shape) != (&layout.dtype, &layout.shape)
        {
            *first = None;
        }
        (self.of_key).insert((nbytes, key.to_owned()), layout.clone());
    }

    /// An array of the same number of bytes, and its key: an earlier version of the key, or any, if all of these are alike.
    pub(super) fn of<'a>(
        &'a self,
        key: &'a str,
        nbytes: u64,
    ) -> Option<(&'a str, &'a ArrayLayout)> {
        if let Some(earlier) = self.of_key.get(&(nbytes, key.to_owned())) {
            return Some((key, earlier));
        }
        let (key, layout) = self.of_all.get(&nbytes)?.as_ref()?;
        Some((key, layout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;

    #[test]
    fn an_earlier_version_counts_and_else_only_what_all_agree_on() {
        let layout = |dtype, shape: &[u64]| ArrayLayout {
            dtype: DType::parse(dtype),
            shape: shape.to_vec(),
            fortran: false,
            data_offset: 0,
            nbytes: 12,
            mask: None,
        };
        let mut alike = Alike::default();
        alike.add("a", &layout("uint8", &[3, 4]));
        alike.add("b", &layout("uint8", &[3, 4]));
        assert_eq!(alike.of("c", 12).map(|(key, _)| key), Some("a"));
        assert_eq!(alike.of("c", 13), None);
        alike.add("b", &layout("uint16", &[6]));
        assert_eq!(alike.of("c", 12), None);
        assert_eq!(alike.of("b", 12), Some(("b", &layout("uint16", &[6]))));
    }
}
