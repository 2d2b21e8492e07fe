//! Arrays of NumPy inside other values: `numpy.array` of nested lists, as NumPy pickles arrays; and the calls that arrays
//! of a container are made of, as they stand.

use super::super::super::nodes::Nodes as _;
use super::super::super::value::{Blob, Node, NodeId};
use super::numbers::int_of_text;
use super::numpy::{date_in_units, float_bytes, int_bytes};
use super::{Args, Made, Maker};
use num_traits::ToPrimitive as _;

/// Axes that every NumPy takes.
const MAX_AXES: usize = 32;
/// Zeros that are written out.
const MAX_ZEROS: u64 = 1 << 26;

/// What the cells of an array are.
struct Cells {
    kind: char,
    size: usize,
    unit: Option<String>,
    is_big: bool,
}

impl Maker {
    /// `numpy.array([[1, 2], [3, 4]], dtype='uint8')`
    pub(super) fn array(&mut self, args: &mut Args<'_>) -> Made {
        let (object, dtype) = (args.need("object")?, args.next("dtype"));
        let shape = self.shape_of(object)?;
        let mut leaves = Vec::new();
        self.leaves(object, &shape, &mut leaves)?;
        let dtype = match dtype.filter(|id| *self.node(*id) != Node::None) {
            Some(dtype) => self.dtype_of(dtype)?,
            None => self.dtype_for(&leaves)?,
        };
        let cells = self.cells(dtype)?;
        let mut data = Vec::with_capacity(leaves.len().saturating_mul(cells.size));
        for leaf in leaves {
            data.extend(self.cell(&cells, leaf)?);
        }
        let shape: Vec<u64> = shape.iter().map(|len| *len as u64).collect();
        Ok(self.pickled_array(&shape, dtype, data))
    }

    /// `numpy.zeros((0, 3), dtype='uint8')`: what nested lists cannot say.
    pub(super) fn zeros(&mut self, args: &mut Args<'_>) -> Made {
        let (shape, dtype) = (args.need("shape")?, args.next("dtype"));
        let sizes = match self.listed(shape) {
            Some(sizes) => sizes.to_vec(),
            None => vec![shape],
        };
        let sizes: Option<Vec<u64>> = sizes
            .into_iter()
            .map(|size| u64::try_from(self.small_int(size)?).ok())
            .collect();
        let sizes = sizes.filter(|sizes| sizes.len() <= MAX_AXES);
        let sizes = sizes.ok_or("expected a shape, like (2, 3)")?;
        let dtype = match dtype {
            Some(dtype) => self.dtype_of(dtype)?,
            None => self.dtype("f8", '<')?,
        };
        let size = u64::try_from(self.itemsize(dtype)?).unwrap_or_default();
        let bytes = sizes
            .iter()
            .try_fold(size, |bytes, len| bytes.checked_mul(*len));
        let bytes = match sizes.contains(&0) {
            true => Some(0),
            false => bytes.filter(|bytes| *bytes <= MAX_ZEROS),
        };
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| format!("more than {MAX_ZEROS} bytes of zeros"))?;
        Ok(self.pickled_array(&sizes, dtype, vec![0; bytes]))
    }

    /// A call as it stands in containers; what it is given is judged like any other call.
    pub(super) fn call_as_it_is(&mut self, path: &str, args: &mut Args<'_>) -> Made {
        let (module, name) = path.rsplit_once('.').unwrap_or(("builtins", path));
        let given = args.rest().to_vec();
        Ok(self.global_call(module, name, given))
    }

    fn pickled_array(&mut self, shape: &[u64], dtype: NodeId, data: Vec<u8>) -> NodeId {
        let class = self.builder.global("numpy", "ndarray");
        let zero = self.builder.int(0);
        let none_yet = self.builder.tuple(vec![zero]);
        let code = self.builder.bytes(b"b".to_vec());
        let made_with = vec![class, none_yet, code];
        let array = self.global_call("numpy.core.multiarray", "_reconstruct", made_with);
        let version = self.builder.int(1);
        let sizes = shape
            .iter()
            .map(|len| i64::try_from(*len).unwrap_or(i64::MAX));
        let sizes = sizes.map(|len| self.builder.int(len)).collect();
        let shape = self.builder.tuple(sizes);
        let is_fortran = self.builder.bool(false);
        let data = self.builder.bytes(data);
        let state = vec![version, shape, dtype, is_fortran, data];
        let state = self.builder.tuple(state);
        self.builder.set_state(array, state);
        array
    }

    // --- cells -----------------------------------------------------------------------------------

    /// Lengths of nested lists, along the first items.
    fn shape_of(&self, mut id: NodeId) -> Result<Vec<usize>, String> {
        let mut shape = Vec::new();
        while let Some(items) = self.listed(id) {
            if shape.len() == MAX_AXES {
                return Err(format!("more than {MAX_AXES} axes"));
            }
            shape.push(items.len());
            match items.first() {
                Some(first) => id = *first,
                None => break,
            }
        }
        Ok(shape)
    }

    fn leaves(&self, id: NodeId, shape: &[usize], out: &mut Vec<NodeId>) -> Result<(), String> {
        match (self.listed(id), shape.split_first()) {
            (Some(items), Some((len, rest))) if items.len() == *len => items
                .iter()
                .try_for_each(|item| self.leaves(*item, rest, out)),
            (None, None) => {
                out.push(id);
                Ok(())
            }
            _ => Err("the lists are not all of the same length".to_owned()),
        }
    }

    /// What NumPy takes for cells without being told.
    fn dtype_for(&mut self, leaves: &[NodeId]) -> Made {
        let all = |is: &dyn Fn(&Node) -> bool| leaves.iter().all(|id| is(self.node(*id)));
        let is_int = |node: &Node| matches!(node, Node::Int(_));
        let is_bool = |node: &Node| matches!(node, Node::Bool(_));
        let code = if leaves.is_empty() {
            "f8"
        } else if all(&is_bool) {
            "b1"
        } else if all(&is_int) {
            "i8"
        } else if all(&|node| is_int(node) || matches!(node, Node::Float(_))) {
            "f8"
        } else {
            return Err("expected a dtype, like dtype='float32'".to_owned());
        };
        self.dtype(code, '<')
    }

    fn cells(&self, dtype: NodeId) -> Result<Cells, String> {
        let wrong = || "cells of this dtype cannot be written as text".to_owned();
        let (_, _, args) = self.called(dtype).ok_or_else(wrong)?;
        let code = args
            .first()
            .and_then(|code| self.text(*code))
            .ok_or_else(wrong)?;
        let state = self
            .state(dtype)
            .first()
            .and_then(|state| self.listed(*state));
        let state = state.ok_or_else(wrong)?;
        let part = |at: usize| state.get(at).copied();
        let is_none = |at| part(at).is_none_or(|id| *self.node(id) == Node::None);
        if !(is_none(2) && is_none(3)) {
            return Err(wrong());
        }
        let unit = part(8).and_then(|metadata| {
            let unit = self.listed(*self.listed(metadata)?.get(1)?)?;
            let &[name, count, ..] = unit else {
                return None;
            };
            let Node::Bytes(Blob::Loaded(name)) = self.node(name) else {
                return None;
            };
            let name = std::str::from_utf8(name).ok()?;
            match (name, self.small_int(count)?) {
                ("generic", _) => None,
                (name, 1) => Some(name.to_owned()),
                (name, count) => Some(format!("{count}{name}")),
            }
        });
        Ok(Cells {
            kind: code.chars().next().ok_or_else(wrong)?,
            size: usize::try_from(self.itemsize(dtype)?).map_err(|_err| wrong())?,
            unit,
            is_big: part(1).and_then(|order| self.text(order)) == Some(">"),
        })
    }

    fn cell(&self, cells: &Cells, id: NodeId) -> Result<Vec<u8>, String> {
        // Of a scalar of NumPy, only the value counts.
        let size = cells.size;
        let (mut bytes, width) = match cells.kind {
            'b' => (vec![u8::from(self.truth(id)?)], 1),
            kind @ ('i' | 'u') => (int_bytes(&self.whole(id)?, kind == 'i', size)?, size),
            'f' => (float_bytes(self.real(id)?, size)?, size),
            'c' => {
                let (real, imaginary) = self.complex_parts(id)?;
                let half = size / 2;
                let parts = [float_bytes(real, half)?, float_bytes(imaginary, half)?];
                (parts.concat(), half)
            }
            'U' => {
                let chars = self.quoted(id)?.chars();
                let bytes: Vec<u8> = chars.flat_map(|c| u32::from(c).to_le_bytes()).collect();
                (padded(bytes, size)?, 4)
            }
            'S' | 'V' => match self.node(id) {
                Node::Bytes(Blob::Loaded(bytes)) => (padded(bytes.to_vec(), size)?, 1),
                _ => return Err("expected bytes, like b'..'".to_owned()),
            },
            kind @ ('M' | 'm') => (
                self.count(kind, cells.unit.as_deref(), id)?
                    .to_le_bytes()
                    .to_vec(),
                8,
            ),
            _ => return Err("cells of this dtype cannot be written as text".to_owned()),
        };
        if cells.is_big && width > 1 {
            bytes.chunks_mut(width).for_each(<[u8]>::reverse);
        }
        Ok(bytes)
    }

    /// Units of a date or of a difference.
    fn count(&self, kind: char, unit: Option<&str>, id: NodeId) -> Result<i64, String> {
        let int = match (self.text(id), unit) {
            (Some("NaT"), _) => return Ok(i64::MIN),
            (Some(text), Some(unit)) if kind == 'M' => return date_in_units(text, unit),
            (Some(text), _) if kind == 'm' => int_of_text(text)?,
            (None, _) => self.int(id)?,
            _ => return Err("expected a date".to_owned()),
        };
        int.to_i64()
            .ok_or_else(|| "expected a number of 64 bits".to_owned())
    }
}

/// With zeros up to the size of a cell.
fn padded(mut bytes: Vec<u8>, size: usize) -> Result<Vec<u8>, String> {
    if bytes.len() > size {
        return Err("a cell is longer than its dtype has room for".to_owned());
    }
    bytes.resize(size, 0);
    Ok(bytes)
}
