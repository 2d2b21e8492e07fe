//! Scalars and dtypes of NumPy as NumPy 1 pickles them, which NumPy 2 reads, too.

use super::super::super::face::date_count;
use super::super::super::value::{Node, NodeId};
use super::{Args, Maker};
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

/// A scalar type of NumPy by its code: kind and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pickle::parse_literal) struct Scalar {
    code: &'static str,
    name: &'static str,
}

const SCALARS: [Scalar; 20] = [
    Scalar::new("bool", "b1"),
    Scalar::new("bool_", "b1"),
    Scalar::new("int8", "i1"),
    Scalar::new("int16", "i2"),
    Scalar::new("int32", "i4"),
    Scalar::new("int64", "i8"),
    Scalar::new("uint8", "u1"),
    Scalar::new("uint16", "u2"),
    Scalar::new("uint32", "u4"),
    Scalar::new("uint64", "u8"),
    Scalar::new("float16", "f2"),
    Scalar::new("float32", "f4"),
    Scalar::new("float64", "f8"),
    Scalar::new("complex64", "c8"),
    Scalar::new("complex128", "c16"),
    Scalar::new("datetime64", "M8"),
    Scalar::new("timedelta64", "m8"),
    // Those whose size is that of their contents.
    Scalar::new("str_", "U"),
    Scalar::new("bytes_", "S"),
    Scalar::new("void", "V"),
];

impl Scalar {
    const fn new(name: &'static str, code: &'static str) -> Self {
        Self { code, name }
    }

    /// The type of a name with `numpy.` or `np.` before it.
    pub(super) fn called(path: &str) -> Option<Self> {
        let name = path
            .strip_prefix("numpy.")
            .or_else(|| path.strip_prefix("np."))?;
        SCALARS.into_iter().find(|scalar| scalar.name == name)
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }

    fn kind(self) -> char {
        self.code.chars().next().unwrap_or_default()
    }

    fn size(self) -> usize {
        self.code
            .get(1..)
            .and_then(|size| size.parse().ok())
            .unwrap_or_default()
    }
}

impl Maker {
    pub(super) fn numpy_scalar(
        &mut self,
        scalar: Scalar,
        args: &mut Args<'_>,
    ) -> Result<NodeId, String> {
        let arg = args.need("value")?;
        if let 'M' | 'm' = scalar.kind() {
            return self.numpy_date(scalar, arg, args);
        }
        let mut code = scalar.code.to_owned();
        let mut is_nan = false;
        let bytes = match scalar.kind() {
            'b' => match self.node(arg) {
                Node::Bool(flag) => vec![u8::from(*flag)],
                _ => return Err("expected True or False".to_owned()),
            },
            'i' | 'u' => int_bytes(&self.int(arg)?, scalar)?,
            'f' => {
                let float = self.float(arg)?;
                is_nan = float.is_nan();
                float_bytes(float, scalar.size())
            }
            'U' => {
                let chars: Vec<[u8; 4]> = self
                    .text(arg)?
                    .chars()
                    .map(|c| u32::from(c).to_le_bytes())
                    .collect();
                code.push_str(&chars.len().to_string());
                chars.concat()
            }
            'S' | 'V' => match self.node(arg) {
                Node::Bytes(blob) => {
                    code.push_str(&blob.len().to_string());
                    blob.loaded().unwrap_or_default().to_vec()
                }
                _ => return Err("expected bytes, like b'..'".to_owned()),
            },
            _ => {
                let (real, imaginary) = self.complex_parts(arg)?;
                let half = scalar.size() / 2;
                is_nan = real.is_nan() || imaginary.is_nan();
                [float_bytes(real, half), float_bytes(imaginary, half)].concat()
            }
        };
        let made = self.scalar_of(&code, bytes)?;
        Ok(self.note_nan(made, is_nan))
    }

    fn scalar_of(&mut self, code: &str, bytes: Vec<u8>) -> Result<NodeId, String> {
        let dtype = self.dtype(code, '<')?;
        let bytes = self.builder.bytes(bytes);
        Ok(self.global_call("numpy.core.multiarray", "scalar", vec![dtype, bytes]))
    }

    /// `datetime64('2018-05-01', 'D')`, `timedelta64(5, 'D')`; either may be `'NaT'`, the only one without a unit but for
    /// plain counts.
    fn numpy_date(
        &mut self,
        scalar: Scalar,
        arg: NodeId,
        args: &mut Args<'_>,
    ) -> Result<NodeId, String> {
        let unit = match args.next("unit") {
            Some(unit) => Some(self.text(unit)?.to_owned()),
            None => None,
        };
        let text = self.text(arg).ok();
        let count = match (text, unit.as_deref()) {
            (Some("NaT"), _) => i64::MIN,
            (Some(text), Some(unit)) if scalar.kind() == 'M' => date_in_units(text, unit)?,
            (None, _) if scalar.kind() == 'm' => self
                .int(arg)?
                .to_i64()
                .ok_or("expected a number of 64 bits")?,
            _ => {
                return Err(format!(
                    "expected {}",
                    if scalar.kind() == 'M' {
                        "a date and a unit, like '2018-05-01', 'D'"
                    } else {
                        "an int and a unit, like 5, 'D'"
                    }
                ));
            }
        };
        let code = unit.map_or(scalar.code.to_owned(), |unit| {
            format!("{}[{unit}]", scalar.code)
        });
        let made = self.scalar_of(&code, count.to_le_bytes().to_vec())?;
        Ok(self.note_nan(made, count == i64::MIN))
    }

    fn complex_parts(&self, id: NodeId) -> Result<(f64, f64), String> {
        if let Node::Call(call) = self.node(id)
            && let Some(&[real, imaginary]) = self.items(call.args).as_deref()
            && matches!(self.node(call.func), Node::Global(global) if global.name == "complex")
        {
            return Ok((self.float(real)?, self.float(imaginary)?));
        }
        Ok((self.float(id)?, 0.0))
    }

    pub(super) fn dtype_call(&mut self, args: &mut Args<'_>) -> Result<NodeId, String> {
        let arg = args.need("dtype")?;
        let text = self.text(arg)?.to_owned();
        let named = SCALARS.iter().find(|scalar| scalar.name == text);
        let code = named.map_or(text.as_str(), |scalar| scalar.code);
        let order = code
            .chars()
            .next()
            .filter(|c| matches!(c, '<' | '>' | '=' | '|'));
        let code = code.trim_start_matches(['<', '>', '=', '|']).to_owned();
        // Whoever writes no byte order means that of the machine, and that is this one nearly everywhere.
        self.dtype(&code, if order == Some('>') { '>' } else { '<' })
    }

    /// A plain dtype: its code, without byte order, and the byte order.
    fn dtype(&mut self, code: &str, order: char) -> Result<NodeId, String> {
        let wrong = || format!("the dtype {code:?} cannot be written as text");
        let (kind, size) = code.split_at_checked(1).ok_or_else(wrong)?;
        let (size, unit) = match size.strip_suffix(']').and_then(|size| size.split_once('[')) {
            Some((size, unit)) => (size, Some(unit)),
            None => (size, None),
        };
        let is_date = matches!(kind, "M" | "m");
        let bytes: i64 = size.parse().map_err(|_err| wrong())?;
        let is_number = SCALARS.iter().any(|scalar| {
            scalar.code == code && matches!(scalar.kind(), 'b' | 'i' | 'u' | 'f' | 'c')
        });
        let is_text = matches!(kind, "S" | "U" | "V")
            && unit.is_none()
            && (0..=i64::from(i32::MAX) / 4).contains(&bytes);
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
            "U" => (bytes * 4, 4, 8),
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
    fn unit(&mut self, unit: Option<&str>) -> Result<NodeId, String> {
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

/// A date as a number of units, like `D` or `25us`.
fn date_in_units(text: &str, unit: &str) -> Result<i64, String> {
    let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
    let times = unit.strip_suffix(name).unwrap_or_default();
    let times: i128 = if times.is_empty() {
        1
    } else {
        times.parse().unwrap_or(0)
    };
    let count = date_count(text, name).filter(|count| times > 0 && count % times == 0);
    let count = count.and_then(|count| i64::try_from(count / times).ok());
    count
        .filter(|count| *count != i64::MIN)
        .ok_or_else(|| format!("{text:?} is no date in units of {unit:?}"))
}

fn int_bytes(int: &BigInt, scalar: Scalar) -> Result<Vec<u8>, String> {
    let size = scalar.size();
    let bits = u32::try_from(size * 8).unwrap_or_default();
    let (lowest, highest) = match scalar.kind() {
        'u' => (0, (1_i128 << bits) - 1),
        _ => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
    };
    match int.to_i128().filter(|int| (lowest..=highest).contains(int)) {
        Some(int) => Ok(int.to_le_bytes().into_iter().take(size).collect()),
        None => Err(format!("expected {lowest} to {highest}")),
    }
}

fn float_bytes(float: f64, size: usize) -> Vec<u8> {
    match size {
        2 => half::f16::from_f64(float).to_le_bytes().to_vec(),
        4 => (float as f32).to_le_bytes().to_vec(),
        _ => float.to_le_bytes().to_vec(),
    }
}
