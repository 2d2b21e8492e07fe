//! dtypes of NumPy: plain ones by their code, structured ones by their fields.

use super::super::super::nodes::Nodes as _;
use super::super::super::value::{Node, NodeId};
use super::numpy::SCALARS;
use super::{Args, Made, Maker};

/// What else a dtype says of its cells: text in them is swapped with the byte order, and fields are cells of their own.
const TEXT: i64 = 8;
const FIELDS: i64 = 16;

impl Maker {
    pub(super) fn dtype_call(&mut self, args: &mut Args<'_>) -> Made {
        let arg = args.need("dtype")?;
        self.dtype_of(arg)
    }

    /// A dtype from what NumPy takes for one: a code, a dtype, fields in a list or a dict, a base with a shape.
    pub(super) fn dtype_of(&mut self, id: NodeId) -> Made {
        if let Some(text) = self.text(id) {
            let text = text.to_owned();
            return self.dtype_of_text(&text);
        }
        if let Some(("numpy", "dtype", _)) = self.called(id) {
            return Ok(id);
        }
        match self.node(id).clone() {
            Node::List(fields) => {
                let mut parts = Vec::new();
                let mut offset = 0;
                for field in fields {
                    let (name, dtype) = self.field(field)?;
                    parts.push((name, dtype, offset));
                    offset += self.itemsize(dtype)?;
                }
                self.structured(&parts, offset)
            }
            Node::Tuple(parts) => match *parts.as_slice() {
                [base, shape] => self.sub_array(base, shape),
                _ => Err("expected a dtype and a shape".to_owned()),
            },
            Node::Dict(pairs) => self.dtype_of_dict(&pairs),
            _ => Err("expected a code in quotes, or a list of fields".to_owned()),
        }
    }

    fn dtype_of_text(&mut self, text: &str) -> Made {
        let named = SCALARS.iter().find(|scalar| scalar.name() == text);
        let code = named.map_or(text, |scalar| scalar.code());
        let code = match code.split_once('[') {
            Some(("datetime64", unit)) => format!("M8[{unit}"),
            Some(("timedelta64", unit)) => format!("m8[{unit}"),
            _ => code.to_owned(),
        };
        let order = code
            .chars()
            .next()
            .filter(|c| matches!(c, '<' | '>' | '=' | '|'));
        let code = match order {
            Some(_) => code.get(1..).unwrap_or_default(),
            None => code.as_str(),
        };
        // Whoever writes no byte order means that of the machine, and that is this one nearly everywhere.
        self.dtype(code, if order == Some('>') { '>' } else { '<' })
    }

    /// `('name', dtype)` or `('name', dtype, shape)`.
    fn field(&mut self, id: NodeId) -> Result<(String, NodeId), String> {
        let wrong = || "expected fields like ('name', 'f8')".to_owned();
        let parts = match self.node(id) {
            Node::Tuple(parts) => parts.clone(),
            _ => return Err(wrong()),
        };
        let (name, dtype) = match *parts.as_slice() {
            [name, dtype] => (name, self.dtype_of(dtype)?),
            [name, dtype, shape] => (name, self.sub_array(dtype, shape)?),
            _ => return Err(wrong()),
        };
        Ok((self.quoted(name)?.to_owned(), dtype))
    }

    /// A small array in each cell.
    fn sub_array(&mut self, base: NodeId, shape: NodeId) -> Made {
        let base = self.dtype_of(base)?;
        let sizes = match self.listed(shape) {
            Some(sizes) => sizes.to_vec(),
            None => vec![shape],
        };
        let mut size = self.itemsize(base)?;
        if size == 0 {
            return Err("cells of no bytes have no shape".to_owned());
        }
        for &length in &sizes {
            let length = self.small_int(length).filter(|length| *length >= 0);
            let length = length.ok_or("expected a shape of ints")?;
            size = size.checked_mul(length).ok_or("the cells are too large")?;
        }
        // A shape of one cell is none.
        if sizes.is_empty() {
            return Ok(base);
        }
        let shape = self.builder.tuple(sizes);
        let sub = self.builder.tuple(vec![base, shape]);
        let none = self.builder.none();
        self.compound(size, [sub, none, none], 1, 0)
    }

    fn dtype_of_dict(&mut self, pairs: &[(NodeId, NodeId)]) -> Made {
        let part = |maker: &Self, wanted: &str| {
            let mut pairs = pairs.iter();
            let found = pairs.find(|(key, _)| maker.text(*key) == Some(wanted));
            found.map(|(_, part)| *part)
        };
        let list = |maker: &Self, wanted: &str| {
            let listed = maker.listed(part(maker, wanted)?)?;
            Some(listed.to_vec())
        };
        let (names, formats) = (list(self, "names"), list(self, "formats"));
        let offsets = list(self, "offsets");
        let (Some(names), Some(formats), Some(offsets)) = (names, formats, offsets) else {
            return Err("expected 'names', 'formats' and 'offsets'".to_owned());
        };
        if names.len() != formats.len() || names.len() != offsets.len() {
            return Err("there are not as many formats and offsets as names".to_owned());
        }
        let (mut parts, mut end) = (Vec::new(), 0);
        for ((name, format), offset) in names.into_iter().zip(formats).zip(offsets) {
            let (name, dtype) = (self.quoted(name)?.to_owned(), self.dtype_of(format)?);
            let offset = self.small_int(offset).filter(|offset| *offset >= 0);
            let offset = offset.ok_or("an offset has to be 0 or more")?;
            let behind = offset.checked_add(self.itemsize(dtype)?);
            end = end.max(behind.ok_or("the cells are too large")?);
            parts.push((name, dtype, offset));
        }
        let size = match part(self, "itemsize") {
            Some(size) => self.small_int(size).filter(|size| *size >= end),
            None => Some(end),
        };
        self.structured(
            &parts,
            size.ok_or("the itemsize is too small for the fields")?,
        )
    }

    /// A dtype of named fields, each with its place.
    fn structured(&mut self, parts: &[(String, NodeId, i64)], size: i64) -> Made {
        let (mut names, mut fields, mut flags) = (Vec::new(), Vec::new(), FIELDS);
        for (at, (name, dtype, offset)) in parts.iter().enumerate() {
            if name.is_empty() || parts.iter().take(at).any(|(other, ..)| other == name) {
                return Err("each field needs a name of its own".to_owned());
            }
            flags |= self.dtype_state(*dtype, 7).unwrap_or(0);
            let name = self.builder.str(name);
            let offset = self.builder.int(*offset);
            let field = self.builder.tuple(vec![*dtype, offset]);
            names.push(name);
            fields.push((name, field));
        }
        if names.is_empty() {
            return Err("expected at least one field".to_owned());
        }
        let none = self.builder.none();
        let names = self.builder.tuple(names);
        let fields = self.builder.dict(fields);
        self.compound(size, [none, names, fields], 1, flags)
    }

    fn compound(&mut self, size: i64, parts: [NodeId; 3], alignment: i64, flags: i64) -> Made {
        if size > i32::MAX.into() {
            return Err("the cells are too large".to_owned());
        }
        let builder = &mut self.builder;
        let args = vec![
            builder.str(&format!("V{size}")),
            builder.bool(false),
            builder.bool(true),
        ];
        let mut state = vec![builder.int(3), builder.str("|")];
        state.extend(parts);
        state.extend([size, alignment, flags].map(|int| builder.int(int)));
        let dtype = self.global_call("numpy", "dtype", args);
        let state = self.builder.tuple(state);
        self.builder.set_state(dtype, state);
        Ok(dtype)
    }

    /// A number in the state of a dtype.
    fn dtype_state(&self, dtype: NodeId, at: usize) -> Option<i64> {
        let state = self.listed(*self.state(dtype).first()?)?;
        self.small_int(*state.get(at)?)
    }

    /// Bytes of a cell.
    pub(super) fn itemsize(&self, dtype: NodeId) -> Result<i64, String> {
        match self.dtype_state(dtype, 5) {
            Some(size @ 0..) => Ok(size),
            _ => {
                let code = self
                    .called(dtype)
                    .and_then(|(_, _, args)| self.text(*args.first()?));
                let size = code.and_then(|code| code.get(1..)?.parse().ok());
                size.ok_or_else(|| "expected a dtype".to_owned())
            }
        }
    }

    /// A plain dtype: its code, without byte order, and the byte order.
    pub(super) fn dtype(&mut self, code: &str, order: char) -> Made {
        let wrong = || format!("the dtype {code:?} cannot be written as text");
        let (kind, size) = code.split_at_checked(1).ok_or_else(wrong)?;
        let (size, unit) = match size.strip_suffix(']').and_then(|size| size.split_once('[')) {
            Some((size, unit)) => (size, Some(unit)),
            None => (size, None),
        };
        let is_date = matches!(kind, "M" | "m");
        let bytes: i64 = size.parse().map_err(|_err| wrong())?;
        let is_number = SCALARS.iter().any(|scalar| {
            scalar.code() == code && matches!(scalar.kind(), 'b' | 'i' | 'u' | 'f' | 'c')
        });
        let most = i64::from(i32::MAX) / if kind == "U" { 4 } else { 1 };
        let is_text =
            matches!(kind, "S" | "U" | "V") && unit.is_none() && (0..=most).contains(&bytes);
        let is_text = is_text && !size.starts_with('+');
        if !(is_number || is_text || (is_date && bytes == 8)) {
            return Err(wrong());
        }
        let has_order = (is_number && bytes > 1) || is_date || kind == "U";
        let order = if has_order { order } else { '|' };
        let full = format!("{order}{code}");
        if let Some(&known) = self.dtypes.get(&full) {
            return Ok(known);
        }
        let (itemsize, alignment, flags) = match kind {
            "S" | "V" => (bytes, 1, 0),
            "U" => (bytes * 4, 4, TEXT),
            _ => (-1, -1, 0),
        };
        let builder = &mut self.builder;
        let args = vec![
            builder.str(&format!("{kind}{size}")),
            builder.bool(false),
            builder.bool(true),
        ];
        let mut state = vec![
            builder.int(if is_date { 4 } else { 3 }),
            builder.str(&order.to_string()),
        ];
        state.extend([builder.none(), builder.none(), builder.none()]);
        state.extend([itemsize, alignment, flags].map(|int| builder.int(int)));
        if is_date {
            state.push(self.unit(unit)?);
        }
        let dtype = self.global_call("numpy", "dtype", args);
        let state = self.builder.tuple(state);
        self.builder.set_state(dtype, state);
        self.dtypes.insert(full, dtype);
        Ok(dtype)
    }

    /// Unit of a date, `s` or `25us`: metadata, then name, count and divisors.
    fn unit(&mut self, unit: Option<&str>) -> Made {
        const UNITS: [&str; 13] = [
            "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as",
        ];
        let unit = unit.unwrap_or("generic");
        let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = unit.strip_suffix(name).unwrap_or_default();
        let count: i64 = if count.is_empty() {
            1
        } else {
            count.parse().unwrap_or(0)
        };
        if !(UNITS.contains(&name) || unit == "generic")
            || !(1..=i64::from(i32::MAX)).contains(&count)
        {
            return Err(format!("{unit:?} is no unit of time"));
        }
        let builder = &mut self.builder;
        let name = builder.bytes(name.as_bytes().to_vec());
        let numbers = [count, 1, 1].map(|int| builder.int(int));
        let spec = builder.tuple([&[name][..], &numbers].concat());
        let metadata = builder.dict(Vec::new());
        Ok(builder.tuple(vec![metadata, spec]))
    }
}
