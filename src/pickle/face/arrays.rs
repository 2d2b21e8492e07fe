//! Arrays inside values as the text that makes them: `numpy.array([[1, 2]], dtype='uint8')`.

use super::super::value::{NodeId, Value};
use super::numpy::{dtype_code, dtype_name, dtype_spec, element_text};
use super::raw_bytes;

/// More cells than this are not written out.
const MAX_CELLS: usize = 1 << 20;
/// Bytes of all cells together.
const MAX_BYTES: usize = 64 << 20;

/// The text that makes an array which NumPy pickled, if it is one of plain cells that are in memory, and not too long.
#[must_use]
pub(in crate::pickle) fn array_text(value: &Value, id: NodeId) -> Option<String> {
    let (_, "_reconstruct", args) = value.call(id)? else {
        return None;
    };
    if value.global(*args.first()?) != Some(("numpy", "ndarray")) {
        return None;
    }
    let extras = value.extras(id)?;
    let [state] = extras.state.as_slice() else {
        return None;
    };
    let [_version, shape, dtype, fortran, data] = value.items(*state)? else {
        return None;
    };
    let code = dtype_code(value, *dtype)?;
    // One with fields has no text of its own.
    if dtype_spec(value, *dtype)? != code {
        return None;
    }
    let sizes = value.items(*shape)?.iter();
    let shape: Vec<usize> = sizes
        .map(|&size| usize::try_from(value.int(size)?).ok())
        .collect::<Option<_>>()?;
    let cells = match shape.contains(&0) {
        true => 0,
        false => shape
            .iter()
            .try_fold(1_usize, |cells, len| cells.checked_mul(*len))?,
    };
    let label = match code.starts_with('>') {
        true => code.clone(),
        false => dtype_name(code.trim_start_matches(['<', '=', '|'])),
    };
    if cells == 0 && (shape.len() > 1 || shape.is_empty()) {
        let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
        return Some(format!(
            "numpy.zeros(({}), dtype='{label}')",
            sizes.join(", ")
        ));
    }
    if cells > MAX_CELLS || shape.len() > 32 {
        return None;
    }
    let data = raw_bytes(value, *data, cells.saturating_mul(4096).min(MAX_BYTES))?;
    let size = data.len().checked_div(cells).unwrap_or(0);
    if cells > 0 && (size == 0 || size * cells != data.len()) {
        return None;
    }
    let mut writer = Writer {
        shape: &shape,
        is_fortran: value.int(*fortran)? == 1,
        code: &code,
        data: &data,
        size,
        out: "numpy.array(".to_owned(),
    };
    writer.axis(0, 0, 1)?;
    let mut out = writer.out;
    out.push_str(&format!(", dtype='{label}')"));
    Some(out)
}

struct Writer<'a> {
    shape: &'a [usize],
    is_fortran: bool,
    code: &'a str,
    data: &'a [u8],
    size: usize,
    out: String,
}

impl Writer<'_> {
    /// The part of an axis whose cells begin at a number: in C order the index of the part so far, in Fortran order the
    /// number of its first cell, and `step` the distance to the next.
    fn axis(&mut self, axis: usize, at: usize, step: usize) -> Option<()> {
        let Some(&len) = self.shape.get(axis) else {
            let from = at.checked_mul(self.size)?;
            let cell = self.data.get(from..from.checked_add(self.size)?)?;
            let text = element_text(self.code, cell)?;
            // Of a date, the unit is that of the dtype.
            let bare = self.code.trim_start_matches(['<', '>', '=', '|']);
            let text = match bare.starts_with(['M', 'm']) {
                true => text.split(", ").next().unwrap_or_default(),
                false => &text,
            };
            self.out.push_str(text);
            return Some(());
        };
        self.out.push('[');
        for index in 0..len {
            if index > 0 {
                self.out.push_str(", ");
            }
            match self.is_fortran {
                true => self.axis(axis + 1, at + index * step, step * len)?,
                false => self.axis(axis + 1, at * len + index, 1)?,
            }
        }
        self.out.push(']');
        Some(())
    }
}
