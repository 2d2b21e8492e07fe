//! Cells that were typed or pasted: from text to bytes at places in the file. Nothing is read.

use crate::array::{ArrayLayout, CellType, encode_cell};
use std::collections::BTreeMap;

/// So many cells are written at once at most: the list of changes keeps the old and new bytes of each.
pub const MAX_WRITTEN_CELLS: usize = 100_000;
/// The text of a masked cell.
const MASKED: &str = "--";

/// New cells of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellsEdit {
    /// The array's key.
    pub key: String,
    /// Full index of each cell, and its text; `--` masks it, where there is a mask.
    pub cells: Vec<(Vec<usize>, String)>,
}

impl CellsEdit {
    /// `3 cells`.
    #[must_use]
    pub fn what(&self) -> String {
        match self.cells.len() {
            1 => "1 cell".to_owned(),
            count => format!("{count} cells"),
        }
    }
}

/// Whether the text of a cell can be written, and if not, why.
///
/// # Errors
/// For the user.
pub fn check_cell(layout: &ArrayLayout, text: &str) -> Result<(), String> {
    if is_mask(layout, text) {
        return Ok(());
    }
    encode_cell(&layout.dtype, text)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Whether cells of this array can be typed at all.
#[must_use]
pub fn can_type(layout: &ArrayLayout) -> bool {
    (layout.dtype.cell_type())
        .is_some_and(|kind| !matches!(kind, CellType::Record(_) | CellType::SubArray(_)))
}

/// Where which bytes have to be written. As in NumPy, a masked cell that is written is masked no more.
pub(in crate::session) fn patches(
    layout: &ArrayLayout,
    edit: &CellsEdit,
) -> Result<Vec<(u64, Vec<u8>)>, String> {
    if edit.cells.len() > MAX_WRITTEN_CELLS {
        return Err(format!(
            "{} cells at once are more than {MAX_WRITTEN_CELLS}",
            edit.cells.len()
        ));
    }
    // In the order of the file; of a cell that is named twice the last counts.
    let mut bytes = BTreeMap::new();
    for (index, text) in &edit.cells {
        let at = |error: String| format!("cell {index:?}: {error}");
        let place = layout
            .place_of(index)
            .map_err(|error| at(error.to_string()))?;
        let is_masked = is_mask(layout, text);
        if !is_masked {
            let cell = encode_cell(&layout.dtype, text).map_err(|error| at(error.to_string()))?;
            if !cell.is_empty() {
                bytes.insert(place.offset, cell);
            }
        }
        if let Some((offset, len)) = place.mask {
            let len = usize::try_from(len).unwrap_or_default();
            bytes.insert(offset, vec![u8::from(is_masked); len]);
        }
    }
    Ok(joined(bytes))
}

fn is_mask(layout: &ArrayLayout, text: &str) -> bool {
    let mask = layout.mask.as_ref();
    text.trim() == MASKED && mask.is_some_and(|mask| !mask.is_for_all_cells())
}

/// Runs of bytes that follow each other become one.
fn joined(bytes: BTreeMap<u64, Vec<u8>>) -> Vec<(u64, Vec<u8>)> {
    let mut patches: Vec<(u64, Vec<u8>)> = Vec::new();
    for (offset, new) in bytes {
        match patches.last_mut() {
            Some((at, before)) if *at + before.len() as u64 == offset => before.extend(new),
            _ => patches.push((offset, new)),
        }
    }
    patches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{DType, MaskLayout};

    fn layout(has_mask: bool) -> ArrayLayout {
        ArrayLayout {
            dtype: DType::parse(">u2"),
            shape: vec![2, 3],
            fortran: false,
            data_offset: 100,
            nbytes: 12,
            mask: has_mask.then_some(MaskLayout {
                data_offset: 200,
                nbytes: 6,
                fortran: false,
            }),
        }
    }

    fn edit(cells: &[([usize; 2], &str)]) -> CellsEdit {
        CellsEdit {
            key: "key".to_owned(),
            cells: cells
                .iter()
                .map(|(index, text)| (index.to_vec(), (*text).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn neighbours_are_written_at_once() {
        let edit = edit(&[([0, 2], "1"), ([1, 0], "2"), ([0, 0], "3"), ([0, 0], "4")]);
        assert_eq!(
            patches(&layout(false), &edit).unwrap(),
            [(100, vec![0, 4]), (104, vec![0, 1, 0, 2])]
        );
    }

    #[test]
    fn a_written_cell_is_masked_no_more() {
        let edit = edit(&[([0, 1], "7"), ([1, 1], "--")]);
        assert_eq!(
            patches(&layout(true), &edit).unwrap(),
            [(102, vec![0, 7]), (201, vec![0]), (204, vec![1])]
        );
        assert!(patches(&layout(false), &edit).is_err());
    }

    #[test]
    fn one_wrong_cell_stops_all() {
        let wrong = patches(&layout(false), &edit(&[([0, 0], "1"), ([1, 2], "x")]));
        assert_eq!(
            wrong.unwrap_err(),
            "cell [1, 2]: \"x\" is not a whole number"
        );
        assert!(patches(&layout(false), &edit(&[([2, 0], "1")])).is_err());
        assert_eq!(
            check_cell(&layout(false), "70000").unwrap_err(),
            "70000 does not fit uint16 (0 to 65535)"
        );
        assert!(check_cell(&layout(true), "--").is_ok());
    }
}
