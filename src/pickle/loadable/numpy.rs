//! NumPy: dtypes, scalars, and arrays in every form that they are pickled in. Sizes have to agree.

use super::super::nodes::Nodes;
use super::super::value::{Node, NodeId};
use super::judge::{Judge, Judged, Why, refuse};

/// Axes that any NumPy takes; before 2.0 it were half as many.
const MAX_AXES: usize = 64;

impl<N: Nodes> Judge<'_, N> {
    pub(super) fn numpy(&mut self, id: NodeId, name: &str, args: &[NodeId]) -> Judged {
        let nodes = self.nodes;
        match (name, args) {
            ("dtype", [_, ..]) => self.dtype(id, args),
            ("scalar", [dtype, data]) => self.scalar(*dtype, *data),
            ("_reconstruct", [class, shape, code]) => {
                if nodes
                    .class(*class)
                    .is_none_or(|(module, _)| !module.starts_with("numpy"))
                {
                    return Err(Why::Unknown);
                }
                self.shape(*shape)?;
                match nodes.bytes_len(*code) {
                    Some(1) => self.array_state(id),
                    _ => Err(Why::Unknown),
                }
            }
            ("_frombuffer", [data, dtype, shape, order]) => {
                if !matches!(nodes.text(*order), Some("C" | "F" | "A")) {
                    return Err(Why::Unknown);
                }
                self.fits(*data, *dtype, *shape)
            }
            ("fromstring" | "frombuffer", [data, dtype]) => self.flat(*data, *dtype).map(drop),
            ("reshape", [flat, shape]) => match nodes.called(*flat) {
                Some((_, "fromstring" | "frombuffer", [data, dtype])) => {
                    self.fits(*data, *dtype, *shape)
                }
                _ => Err(Why::Unknown),
            },
            ("ndarray", [shape, dtype, buffer]) => {
                let (Some(size), Some(cells)) = (self.dtype_size(*dtype)?, self.shape(*shape)?)
                else {
                    return Err(Why::Unknown);
                };
                let needed = u128::from(size).checked_mul(cells);
                match (nodes.bytes_len(*buffer), needed) {
                    (Some(len), Some(needed)) if needed <= u128::from(len) => Ok(()),
                    (Some(_), _) => refuse("the data are too short for the shape"),
                    (None, _) => Err(Why::Unknown),
                }
            }
            ("MaskedArray", [data, mask]) => {
                let is_array = |id: &NodeId| {
                    matches!(
                        nodes.called(*id),
                        Some((module, "reshape" | "ndarray" | "_reconstruct" | "_frombuffer", _)) if module.starts_with("numpy")
                    )
                };
                match is_array(data) && is_array(mask) {
                    true => self.mask_fits(*data, *mask),
                    false => Err(Why::Unknown),
                }
            }
            ("_mareconstruct", [_, _, shape, _]) => {
                self.shape(*shape)?;
                self.masked_state(id)
            }
            _ => Err(Why::Unknown),
        }
    }

    // --- dtypes ----------------------------------------------------------------------------------

    fn dtype(&self, id: NodeId, args: &[NodeId]) -> Judged {
        let nodes = self.nodes;
        let Some(code) = args.first().and_then(|code| nodes.text(*code)) else {
            return Err(Why::Unknown);
        };
        match code_size(code) {
            Code::Unknown => return Err(Why::Unknown),
            Code::Wrong => return refuse(format!("there is no dtype {code:?}")),
            Code::Object | Code::Size(_) => {}
        }
        nodes.state(id).iter().try_for_each(|state| {
            let Some(Node::Tuple(parts)) = nodes.node(*state) else {
                return match nodes.node(*state) {
                    Some(Node::Call(_)) => Err(Why::Unknown),
                    _ => refuse("its state is none"),
                };
            };
            match parts.as_slice() {
                [version, order, _base, _names, _fields, size, _, _, ..] if parts.len() <= 9 => {
                    let is_order = matches!(nodes.text(*order), Some("<" | ">" | "|" | "="));
                    let is_known = matches!(nodes.small_int(*version), Some(0..=4));
                    match is_order
                        && is_known
                        && nodes.small_int(*size).is_some_and(|size| size >= -1)
                    {
                        true => Ok(()),
                        false => refuse("its state is none"),
                    }
                }
                _ => Err(Why::Unknown),
            }
        })
    }

    /// Bytes of a cell; nothing for objects.
    fn dtype_size(&self, id: NodeId) -> Result<Option<u64>, Why> {
        let nodes = self.nodes;
        let code = match nodes.node(id) {
            Some(Node::Str(_)) => id,
            _ => match nodes.called(id) {
                Some(("numpy", "dtype", [code, ..])) => {
                    // Python's machine has judged the dtype before it judges what is made of it.
                    let stated = nodes
                        .state(id)
                        .first()
                        .and_then(|state| nodes.listed(*state));
                    let stated = stated.and_then(|state| state.get(5));
                    if let Some(size) = stated.and_then(|size| nodes.small_int(*size))
                        && let Ok(size) = u64::try_from(size)
                    {
                        return Ok(Some(size));
                    }
                    *code
                }
                _ => return Err(Why::Unknown),
            },
        };
        let Some(text) = nodes.text(code) else {
            return Err(Why::Unknown);
        };
        match code_size(text) {
            Code::Size(size) => Ok(Some(size)),
            Code::Object => Ok(None),
            Code::Unknown => Err(Why::Unknown),
            Code::Wrong => refuse(format!("there is no dtype {text:?}")),
        }
    }

    fn scalar(&self, dtype: NodeId, data: NodeId) -> Judged {
        match self.nodes.called(dtype) {
            Some(("numpy", "dtype", _)) => {}
            _ => match self.nodes.node(dtype) {
                Some(Node::Call(_)) => return Err(Why::Unknown),
                _ => return refuse("its first argument is no dtype"),
            },
        }
        let Some(size) = self.dtype_size(dtype)? else {
            return Err(Why::Unknown);
        };
        match (self.nodes.bytes_len(data), self.nodes.node(data)) {
            (Some(len), _) if len >= size => Ok(()),
            (Some(len), _) => refuse(format!("it has {len} bytes, and its dtype {size}")),
            (None, Some(Node::Call(_) | Node::Str(_))) => Err(Why::Unknown),
            (None, _) => refuse("its data are no bytes"),
        }
    }

    // --- arrays ----------------------------------------------------------------------------------

    /// Number of cells of a shape; nothing if one length is to be worked out.
    fn shape(&self, id: NodeId) -> Result<Option<u128>, Why> {
        let nodes = self.nodes;
        let sizes = match nodes.node(id) {
            Some(Node::Tuple(sizes) | Node::List(sizes)) => sizes.as_slice(),
            Some(Node::Int(_) | Node::Bool(_)) => std::slice::from_ref(&id),
            Some(Node::Call(_)) => return Err(Why::Unknown),
            _ => return refuse("its shape is none"),
        };
        if sizes.len() > MAX_AXES {
            return refuse(format!("it has {} axes", sizes.len()));
        }
        let (mut cells, mut is_open) = (1_u128, false);
        for &size in sizes {
            match nodes.small_int(size) {
                Some(-1) if !is_open => is_open = true,
                Some(size @ 0..) => {
                    cells = cells.saturating_mul(u128::from(size.unsigned_abs()));
                }
                _ => return refuse("its shape is none"),
            }
        }
        Ok((!is_open).then_some(cells))
    }

    /// Cells of data that are read as one row.
    fn flat(&self, data: NodeId, dtype: NodeId) -> Result<u64, Why> {
        let (Some(size), Some(len)) = (self.dtype_size(dtype)?, self.nodes.bytes_len(data)) else {
            return Err(Why::Unknown);
        };
        match size {
            0 => refuse("its cells have no bytes"),
            _ if len % size == 0 => Ok(len / size),
            _ => refuse("its last cell is cut"),
        }
    }

    /// Whether data that are read as one row have as many cells as a shape.
    fn fits(&self, data: NodeId, dtype: NodeId, shape: NodeId) -> Judged {
        let row = self.flat(data, dtype)?;
        match self.shape(shape)? {
            Some(cells) if cells == u128::from(row) => Ok(()),
            Some(cells) => refuse(format!("there are {row} cells, and its shape has {cells}")),
            None => Err(Why::Unknown),
        }
    }

    fn mask_fits(&self, data: NodeId, mask: NodeId) -> Judged {
        let shape = |id: NodeId| match self.nodes.called(id) {
            Some((_, "reshape", [_, shape])) => Some(*shape),
            Some((_, "ndarray", [shape, ..])) => Some(*shape),
            Some((_, "_frombuffer", [_, _, shape, _])) => Some(*shape),
            Some((_, "_reconstruct", _)) => {
                let state = *self.nodes.state(id).first()?;
                self.nodes.listed(state)?.get(1).copied()
            }
            _ => None,
        };
        let (Some(data), Some(mask)) = (shape(data), shape(mask)) else {
            return Err(Why::Unknown);
        };
        match (self.shape(data)?, self.shape(mask)?) {
            (Some(data), Some(mask)) if data == mask || mask == 1 => Ok(()),
            (Some(data), Some(mask)) => {
                refuse(format!("there are {data} cells, and its mask has {mask}"))
            }
            _ => Err(Why::Unknown),
        }
    }

    /// Version, shape, dtype, order, data.
    fn array_state(&self, id: NodeId) -> Judged {
        self.nodes
            .state(id)
            .iter()
            .try_for_each(|state| match self.nodes.listed(*state) {
                Some([_, shape, dtype, _, data]) => self.raw(*shape, *dtype, *data),
                Some(_) => refuse("its state is none"),
                None => Err(Why::Unknown),
            })
    }

    /// The same, and mask and fill value.
    fn masked_state(&self, id: NodeId) -> Judged {
        self.nodes.state(id).iter().try_for_each(|state| {
            match self.nodes.listed(*state) {
                Some([_, shape, dtype, _, data, mask, _]) => {
                    self.raw(*shape, *dtype, *data)?;
                    match (self.shape(*shape)?, self.nodes.bytes_len(*mask)) {
                        (Some(cells), Some(len)) if cells == u128::from(len) => Ok(()),
                        // A mask with fields has more of them.
                        _ => Err(Why::Unknown),
                    }
                }
                _ => Err(Why::Unknown),
            }
        })
    }

    fn raw(&self, shape: NodeId, dtype: NodeId, data: NodeId) -> Judged {
        let cells = self.shape(shape)?;
        let (Some(cells), Some(size)) = (cells, self.dtype_size(dtype)?) else {
            // Objects are in a list.
            return match (cells, self.nodes.node(data)) {
                (Some(cells), Some(Node::List(items))) if cells == items.len() as u128 => Ok(()),
                (Some(_), Some(Node::List(_))) => refuse("its shape has another number of cells"),
                _ => Err(Why::Unknown),
            };
        };
        match self.nodes.bytes_len(data) {
            Some(len) if cells.checked_mul(u128::from(size)) == Some(u128::from(len)) => Ok(()),
            Some(_) => refuse("its shape and dtype need another length than its data have"),
            None => Err(Why::Unknown),
        }
    }
}

/// What a dtype's text says.
enum Code {
    /// Cells of so many bytes.
    Size(u64),
    Object,
    /// Something else than a plain dtype.
    Unknown,
    /// What looks like a plain dtype, and is none.
    Wrong,
}

fn code_size(text: &str) -> Code {
    let bare = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text);
    let named = match bare {
        "bool" | "bool_" | "int8" | "uint8" => Some(1),
        "int16" | "uint16" | "float16" => Some(2),
        "int32" | "uint32" | "float32" => Some(4),
        "int64" | "uint64" | "float64" | "complex64" | "datetime64" | "timedelta64" => Some(8),
        "complex128" | "float128" => Some(16),
        "complex256" => Some(32),
        _ => None,
    };
    if let Some(size) = named {
        return Code::Size(size);
    }
    let (kind, size) = bare.split_at_checked(1).unwrap_or((bare, ""));
    let (size, unit) = match size.split_once('[') {
        Some((size, unit)) => (size, unit.strip_suffix(']')),
        None => (size, None),
    };
    if matches!(bare.strip_prefix("datetime64[").or(bare.strip_prefix("timedelta64[")), Some(unit) if unit.ends_with(']'))
    {
        return Code::Size(8);
    }
    if size.is_empty() || !size.bytes().all(|byte| byte.is_ascii_digit()) {
        return match kind {
            "O" if size.is_empty() => Code::Object,
            _ => Code::Unknown,
        };
    }
    let Ok(size) = size.parse::<u64>() else {
        return Code::Wrong;
    };
    let most = i32::MAX.unsigned_abs().into();
    match (kind, size) {
        ("b", 1) | ("i" | "u", 1 | 2 | 4 | 8) | ("f", 2 | 4 | 8 | 16) | ("c", 8 | 16 | 32) => {
            Code::Size(size)
        }
        ("f", 12) | ("c", 24) => Code::Unknown,
        ("M" | "m", 8) if unit.is_some() || !bare.contains('[') => Code::Size(8),
        ("S" | "V" | "a", size) if size <= most => Code::Size(size),
        ("U", size) if size.saturating_mul(4) <= most => Code::Size(size.saturating_mul(4)),
        ("O", 4 | 8) => Code::Object,
        ("b" | "i" | "u" | "f" | "c" | "M" | "m" | "S" | "V" | "U", _) => Code::Wrong,
        _ => Code::Unknown,
    }
}
