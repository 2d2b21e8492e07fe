//! The keys of a file that hold its spectrum axis: how they are spelled, and how values of many kinds become numbers.
//!
//! Which cube an axis belongs to is told by its length alone. Of a key that should hold an axis and does not, the reason is
//! kept, so that it can be shown.

use super::item::{Content, Item};
use super::numpy;
use super::units::Unit;
use super::wavelengths::Wavelengths;
use crate::array::{ArrayLayout, Cells, DType, Element, MaskLayout, Scalar};
use crate::pickle::{Blob, Limits, Node, NodeId, Value, dtype_code};
use crate::source::{ByteSource, Bytes, MemorySource};

/// More values than this are no spectrum.
const MAX_BANDS: u64 = 1 << 20;
/// More keys than this are not looked into.
const MAX_KEYS: usize = 8;
/// Longer texts are no numbers and no names: nothing is made of what many places may share.
const MAX_WORD: usize = 64;
/// More bytes than this are no number.
const MAX_NUMBER: u64 = 64;
/// What decoding an axis may cost.
pub(super) const LIMITS: Limits = Limits {
    nodes: 4 << 20,
    bytes: 64 << 20,
    ..Limits::FULL
};

/// What the keys of a file say of its spectrum axes.
#[derive(Debug, Default)]
pub(super) struct SpectralKeys {
    /// Those that can be used, the most usual spelling first.
    found: Vec<Wavelengths>,
    /// Key and reason of those that cannot.
    unused: Vec<(String, String)>,
}

/// A value and the node of it that is meant.
pub(super) type Decoded = Result<(Value, NodeId), String>;

/// How likely a key holds the axis; the smallest is the most usual spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Wavelengths,
    Wavelength,
    /// In another case, with a unit at its end.
    Variant,
    /// A name that others use for something else: nothing is said if it does not hold an axis.
    Other,
}

/// Names of an axis, without what is no letter; in lower case.
const NAMES: [(&str, Rank); 17] = [
    ("centerwavelengths", Rank::Variant),
    ("centerwavelength", Rank::Variant),
    ("centrewavelengths", Rank::Variant),
    ("centrewavelength", Rank::Variant),
    ("wavelengths", Rank::Variant),
    ("wavelength", Rank::Variant),
    ("bandcenters", Rank::Other),
    ("bandcentres", Rank::Other),
    ("wavenumbers", Rank::Other),
    ("wavenumber", Rank::Other),
    ("ramanshifts", Rank::Other),
    ("ramanshift", Rank::Other),
    ("lambdas", Rank::Other),
    ("lambda", Rank::Other),
    ("wvl", Rank::Other),
    ("wls", Rank::Other),
    ("wl", Rank::Other),
];

/// Dicts in which other formats' headers are kept.
const HEADERS: [&str; 6] = [
    "header",
    "enviheader",
    "metadata",
    "meta",
    "attrs",
    "attributes",
];

impl SpectralKeys {
    /// Looks through the keys of a file. `decode` gives the value of one that is no array.
    pub(super) fn of(
        source: &dyn ByteSource,
        items: &[Item],
        decode: &dyn Fn(&Item) -> Decoded,
    ) -> Self {
        let mut keys: Vec<(Rank, Option<Unit>, &Item)> = items
            .iter()
            .filter_map(|item| rank(&item.key).map(|(rank, unit)| (rank, unit, item)))
            .collect();
        keys.sort_by_key(|(rank, ..)| *rank);
        let mut this = Self::default();
        let reader = Reader { source };
        let mut named = None;
        for (rank, unit, item) in keys.into_iter().take(MAX_KEYS) {
            let axis = reader.axis(item, decode).and_then(|axis| {
                let unit = unit.or(axis.unit).or_else(|| {
                    let named: &mut Option<Option<Unit>> = &mut named;
                    named
                        .get_or_insert_with(|| named_unit(items, decode))
                        .clone()
                });
                Wavelengths::new(axis.values, unit, &item.key).map_err(str::to_owned)
            });
            match axis {
                Ok(axis) => this.found.push(axis),
                Err(why) if rank < Rank::Other => this.unused.push((item.key.clone(), why)),
                Err(_) => {}
            }
        }
        this
    }

    /// The axis that fits an array, and which of its axes it runs along: the last one of that length. Lengths of three or
    /// four at the end of an image are colours, whatever its rows are.
    pub(super) fn along(&self, shape: &[u64]) -> Option<(usize, &Wavelengths)> {
        self.found.iter().find_map(|axis| {
            let bands = axis.count() as u64;
            let place = shape.iter().rposition(|&len| len == bands)?;
            let is_of_colours =
                shape.len() == 3 && place == 0 && matches!(shape.last(), Some(3 | 4)) && bands > 4;
            (!is_of_colours).then_some((place, axis))
        })
    }

    /// Why the file's wavelengths are not used for an array, if it has some and they are not.
    pub(super) fn unused_for(&self, item: &Item) -> Option<String> {
        let shape = &item.layout()?.shape;
        let is_axis = |key: &str| rank(key).is_some();
        if shape.len() < 3 || is_axis(&item.key) || self.along(shape).is_some() {
            return None;
        }
        if let Some((key, why)) = self.unused.first() {
            return Some(format!("{key:?} is not used: {why}"));
        }
        let axis = self.found.first()?;
        let count = axis.count();
        let sizes: Vec<String> = shape.iter().map(u64::to_string).collect();
        Some(format!(
            "{:?} is not used: it has {count} values, and no axis of {:?} ({}) has that length",
            axis.key(),
            item.key,
            sizes.join(" × ")
        ))
    }

    /// One line for each key that is not used for any cube.
    pub(super) fn unused<'a>(&self, items: impl Iterator<Item = &'a Item>) -> Vec<String> {
        let broken = self.unused.iter();
        let mut lines: Vec<String> = broken
            .map(|(key, why)| format!("{key:?} is not used: {why}"))
            .collect();
        let shapes = items.filter_map(|item| Some(item.layout()?.shape.as_slice()));
        let cubes: Vec<&[u64]> = shapes.filter(|shape| shape.len() > 2).collect();
        if cubes.is_empty() {
            return lines;
        }
        for axis in &self.found {
            let bands = axis.count() as u64;
            if !cubes.iter().any(|shape| shape.contains(&bands)) {
                lines.push(format!(
                    "{:?} is not used: it has {bands} values, and no cube has an axis of that length",
                    axis.key()
                ));
            }
        }
        lines
    }
}

/// Letters and digits of a key, in lower case, if the first one is one of these: of a hundred thousand keys hardly any is
/// looked at further.
fn letters(key: &str, first: &str) -> Option<String> {
    let mut chars = (key.chars().filter(|c| c.is_alphanumeric())).flat_map(char::to_lowercase);
    let begins = chars.next().filter(|c| first.contains(*c))?;
    Some(std::iter::once(begins).chain(chars).collect())
}

/// What the names of an axis begin with.
const AXIS: &str = "bclrw";
/// The same of the keys of its unit.
const UNIT: &str = "bclrsw";
/// The same of headers.
const HEADER: &str = "aehm";

/// Whether a key is that of a header.
fn is_header(key: &str) -> bool {
    key.len() <= MAX_WORD && letters(key, HEADER).is_some_and(|key| HEADERS.contains(&&*key))
}

/// Whether a key may have to do with the axis: hold it, its unit, or the header of another format.
pub(super) fn may_tell_axis(key: &str) -> bool {
    rank(key).is_some() || is_unit_key(key) || is_header(key)
}

/// Whether a key names an axis, and the unit at its end.
fn rank(key: &str) -> Option<(Rank, Option<Unit>)> {
    match key {
        "wavelengths" => return Some((Rank::Wavelengths, None)),
        "wavelength" => return Some((Rank::Wavelength, None)),
        "λ" => return Some((Rank::Other, None)),
        _ if key.len() > MAX_WORD => return None,
        _ => {}
    }
    let letters = letters(key, AXIS)?;
    NAMES.iter().find_map(|(name, rank)| {
        let rest = letters.strip_prefix(name)?;
        if rest.is_empty() {
            return Some((*rank, None));
        }
        let unit = Unit::at_end_of_key(rest)?;
        Some((*rank, Some(unit)))
    })
}

/// Whether a key holds the unit of the axis: `wavelength_units`.
fn is_unit_key(key: &str) -> bool {
    if key.len() > MAX_WORD {
        return false;
    }
    let Some(letters) = letters(key, UNIT) else {
        return false;
    };
    let name = letters
        .strip_suffix("units")
        .or_else(|| letters.strip_suffix("unit"));
    name.is_some_and(|name| name == "spectral" || NAMES.iter().any(|(known, _)| *known == name))
}

/// The unit that a key of its own names, or a header in a dict.
fn named_unit(items: &[Item], decode: &dyn Fn(&Item) -> Decoded) -> Option<Unit> {
    let value = |item: &Item| match item.content {
        Content::Value { .. } => decode(item).ok(),
        Content::Array(_) | Content::Unreadable { .. } => None,
    };
    let units = items.iter().filter(|item| is_unit_key(&item.key));
    let units = units.take(MAX_KEYS);
    let mut units = units.filter_map(value);
    if let Some(unit) = units.find_map(|(value, id)| unit_of(&value, id)) {
        return Some(unit);
    }
    let headers = items
        .iter()
        .filter(|item| is_header(&item.key))
        .take(MAX_KEYS);
    let mut headers = headers.filter_map(value);
    headers.find_map(|(value, id)| {
        let Node::Dict(pairs) = value.node(id) else {
            return None;
        };
        let is_unit = |key: NodeId| value.short_str(key, MAX_WORD).is_some_and(is_unit_key);
        let (_, unit) = pairs.iter().find(|(key, _)| is_unit(*key))?;
        unit_of(&value, *unit)
    })
}

fn unit_of(value: &Value, id: NodeId) -> Option<Unit> {
    match value.node(id) {
        Node::Bytes(blob) if blob.len() <= MAX_WORD as u64 => {
            Unit::named(std::str::from_utf8(blob.loaded()?).ok()?)
        }
        _ => Unit::named(value.short_str(id, MAX_WORD)?),
    }
}

/// Numbers, and the unit that stands beside them.
struct Axis {
    values: Vec<f64>,
    unit: Option<Unit>,
}

struct Reader<'a> {
    source: &'a dyn ByteSource,
}

impl Reader<'_> {
    fn axis(&self, item: &Item, decode: &dyn Fn(&Item) -> Decoded) -> Result<Axis, String> {
        match &item.content {
            Content::Array(layout) => {
                let values = match &item.memory {
                    None => self.numbers_of_array(layout)?,
                    Some(own) => {
                        check_shape(&layout.shape)?;
                        let source = &MemorySource::new(own.to_vec());
                        Reader { source }.numbers_of_array(layout)?
                    }
                };
                Ok(Axis { values, unit: None })
            }
            Content::Value { .. } => {
                let (value, id) = decode(item)?;
                self.axis_of_value(&value, id)
            }
            Content::Unreadable { why, .. } => Err(why.clone()),
        }
    }

    /// A list, or a dict of a list and a unit.
    fn axis_of_value(&self, value: &Value, id: NodeId) -> Result<Axis, String> {
        let Node::Dict(pairs) = value.node(id) else {
            return Ok(Axis {
                values: self.numbers(value, id)?,
                unit: None,
            });
        };
        let under = |names: &[&str]| {
            let is_named = |key: NodeId| {
                let key = value.short_str(key, MAX_WORD);
                let key = key.and_then(|key| letters(key, "duvw"));
                key.is_some_and(|key| names.contains(&key.as_str()))
            };
            let found = pairs.iter().find(|(key, _)| is_named(*key));
            found.map(|(_, id)| *id)
        };
        let values = under(&["values", "value", "data", "wavelengths", "wavelength"]);
        let values = values.ok_or("it is a dict without a list of numbers")?;
        let unit = under(&["units", "unit", "wavelengthunits", "wavelengthunit"]);
        Ok(Axis {
            values: self.numbers(value, values)?,
            unit: unit.and_then(|unit| unit_of(value, unit)),
        })
    }

    fn numbers(&self, value: &Value, id: NodeId) -> Result<Vec<f64>, String> {
        if let Some(range) = range(value, id) {
            return range;
        }
        if let Some(array) = numpy::array(value, id) {
            return self.numbers_of_pickled(value, &array);
        }
        let Some(items) = value.items(id) else {
            return Err(format!("it is a {}, not a list", value.type_name(id)));
        };
        too_many(items.len() as u64)?;
        // A row: one list in a list.
        if let [row] = items
            && (value.items(*row).is_some() || numpy::array(value, *row).is_some())
        {
            return self.flat(value, *row);
        }
        let numbers = items.iter().enumerate().map(|(at, &item)| {
            self.number(value, item).ok_or_else(|| {
                let kind = value.type_name(item);
                format!("its value {at} is a {kind}, not a number")
            })
        });
        numbers.collect()
    }

    fn flat(&self, value: &Value, id: NodeId) -> Result<Vec<f64>, String> {
        if let Some(array) = numpy::array(value, id) {
            return self.numbers_of_pickled(value, &array);
        }
        let items = value.items(id).unwrap_or_default();
        let numbers = items.iter().map(|&item| self.number(value, item));
        let numbers: Option<Vec<f64>> = numbers.collect();
        numbers.ok_or_else(|| "it is a list of lists".to_owned())
    }

    /// A number, also one of NumPy's or one in a list of its own; `None` in Python is one that is missing.
    fn number(&self, value: &Value, id: NodeId) -> Option<f64> {
        match value.node(id) {
            Node::None => return Some(f64::NAN),
            Node::Bool(_) => return None,
            Node::List(items) | Node::Tuple(items) => {
                // A column: lists of one number.
                let [item] = items.as_slice() else {
                    return None;
                };
                let is_list = value.items(*item).is_some();
                return (!is_list).then(|| self.number(value, *item)).flatten();
            }
            _ => {}
        }
        if let Some(float) = value.float(id) {
            return Some(float);
        }
        if let Some(text) = value.short_str(id, MAX_WORD) {
            return text.trim().parse().ok();
        }
        if let Some(array) = numpy::array(value, id) {
            let is_one = array.shape.iter().all(|len| *len == 1);
            let numbers = is_one.then(|| self.numbers_of_pickled(value, &array).ok());
            return numbers.flatten()?.first().copied();
        }
        match value.call(id)? {
            (module, "scalar", [dtype, data]) if module.starts_with("numpy") => {
                let bytes = self.load(&numpy::raw_bytes(value, *data)?, MAX_NUMBER)?;
                let dtype = DType::parse(&dtype_code(value, *dtype)?);
                cells_of(dtype, &[], bytes, None).ok()?.first().copied()
            }
            ("decimal", "Decimal", [text]) => value.short_str(*text, MAX_WORD)?.parse().ok(),
            _ => None,
        }
    }

    /// A short array read by position: opening does not map the file.
    fn numbers_of_array(&self, layout: &ArrayLayout) -> Result<Vec<f64>, String> {
        let cells = check_shape(&layout.shape)?;
        let itemsize = layout.dtype.itemsize().unwrap_or(0);
        if layout.nbytes != cells.saturating_mul(itemsize) || itemsize > MAX_NUMBER {
            return Err(format!("its cells are of type {}", layout.dtype));
        }
        let read = |offset: u64, len: u64| {
            let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
            let read = self.source.read_at(offset, &mut bytes);
            read.map(|()| bytes).map_err(|err| err.to_string())
        };
        let data = read(layout.data_offset, layout.nbytes)?;
        let mask = match &layout.mask {
            Some(mask) if mask.nbytes <= cells.max(1) => Some(read(mask.data_offset, mask.nbytes)?),
            Some(_) => return Err("its mask has another length".to_owned()),
            None => None,
        };
        cells_of(layout.dtype.clone(), &layout.shape, data, mask)
    }

    /// An array in NumPy's own form, in memory.
    fn numbers_of_pickled(
        &self,
        value: &Value,
        array: &numpy::PickledArray,
    ) -> Result<Vec<f64>, String> {
        let cells = check_shape(&array.shape)?;
        let load = |id: NodeId, most: u64| {
            let bytes = numpy::raw_bytes(value, id).and_then(|raw| self.load(&raw, most));
            bytes.ok_or_else(|| "its data cannot be read".to_owned())
        };
        let data = load(array.data, cells.saturating_mul(MAX_NUMBER))?;
        let mask = array
            .mask
            .map(|mask| load(mask, cells.max(1)))
            .transpose()?;
        cells_of(DType::parse(&array.dtype), &array.shape, data, mask)
    }

    /// Bytes that are in memory or in the file, up to so many.
    fn load(&self, raw: &numpy::Raw<'_>, most: u64) -> Option<Vec<u8>> {
        let blob = match raw {
            numpy::Raw::Bytes(blob) | numpy::Raw::Latin1(blob) => blob,
            numpy::Raw::Nothing => return Some(Vec::new()),
        };
        // In UTF-8 a byte is at most two.
        if blob.len() > most.saturating_mul(2) {
            return None;
        }
        let bytes = match blob {
            Blob::Loaded(bytes) => bytes.to_vec(),
            Blob::InFile(span) => {
                let mut bytes = vec![0; usize::try_from(span.len).ok()?];
                self.source.read_at(span.offset, &mut bytes).ok()?;
                bytes
            }
        };
        match raw {
            numpy::Raw::Bytes(_) | numpy::Raw::Nothing => Some(bytes),
            numpy::Raw::Latin1(_) => numpy::latin1(&bytes),
        }
    }
}

/// `range(400, 461)`
fn range(value: &Value, id: NodeId) -> Option<Result<Vec<f64>, String>> {
    let ("builtins" | "__builtin__", "range" | "xrange", args) = value.call(id)? else {
        return None;
    };
    let args: Option<Vec<i64>> = args.iter().map(|&arg| value.int(arg)).collect();
    let (first, end, step) = match args?.as_slice() {
        [end] => (0, *end, 1),
        [first, end] => (*first, *end, 1),
        [first, end, step] => (*first, *end, *step),
        _ => return None,
    };
    let (first, end, step) = (i128::from(first), i128::from(end), i128::from(step));
    if step == 0 {
        return None;
    }
    let count = ((end - first + step - step.signum()) / step).max(0);
    let checked = too_many(u64::try_from(count).unwrap_or(u64::MAX));
    Some(checked.map(|()| (0..count).map(|at| (first + at * step) as f64).collect()))
}

fn too_many(count: u64) -> Result<(), String> {
    match count {
        0..=MAX_BANDS => Ok(()),
        _ => Err(format!("it has {count} values")),
    }
}

/// The number of cells, of which one axis has all.
fn check_shape(shape: &[u64]) -> Result<u64, String> {
    let long = shape.iter().filter(|len| **len != 1).count();
    if long > 1 {
        let sizes: Vec<String> = shape.iter().map(u64::to_string).collect();
        return Err(format!("its shape is {}, not a list", sizes.join(" × ")));
    }
    let cells = shape.iter().copied().fold(1, u64::saturating_mul);
    too_many(cells).map(|()| cells)
}

/// The numbers of cells along their one axis; NaN where they are masked.
fn cells_of(
    dtype: DType,
    shape: &[u64],
    mut data: Vec<u8>,
    mask: Option<Vec<u8>>,
) -> Result<Vec<f64>, String> {
    let name = dtype.text().to_owned();
    let nbytes = data.len() as u64;
    let mask = mask.map(|mask| {
        data.extend(&mask);
        MaskLayout {
            data_offset: nbytes,
            nbytes: mask.len() as u64,
            fortran: false,
        }
    });
    let layout = ArrayLayout {
        dtype,
        shape: shape.to_vec(),
        fortran: false,
        data_offset: 0,
        nbytes,
        mask,
    };
    let cells = Cells::new(Bytes::Memory(data.into()), &layout).map_err(|err| err.to_string())?;
    let along = shape.iter().position(|len| *len != 1);
    let mut index = vec![0; shape.len()];
    let mut numbers = Vec::new();
    for at in 0..cells.num_cells() {
        if let Some(place) = along.and_then(|along| index.get_mut(along)) {
            *place = at;
        }
        let cell = cells.cell(&index).map_err(|err| err.to_string())?;
        let number = match (cell.masked, cell.value) {
            (true, _) => Some(f64::NAN),
            (
                false,
                Scalar::Number(Element::Bool(_) | Element::C64 { .. } | Element::C128 { .. }),
            ) => None,
            (false, Scalar::Number(number)) => Some(number.to_f64()),
            (false, Scalar::LongDouble(number)) => Some(number),
            (false, Scalar::Text(codes)) => {
                let text: String = codes
                    .iter()
                    .filter_map(|code| char::from_u32(*code))
                    .collect();
                text.trim().parse().ok()
            }
            (false, Scalar::Bytes(bytes)) => {
                let text = std::str::from_utf8(&bytes).ok();
                text.and_then(|text| text.trim().parse().ok())
            }
            (
                false,
                Scalar::LongComplex { .. }
                | Scalar::Time(..)
                | Scalar::Void(_)
                | Scalar::Record(_)
                | Scalar::List(_)
                | Scalar::Masked(_),
            ) => None,
        };
        numbers.push(number.ok_or_else(|| format!("its cells are of type {name}"))?);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn keys_are_recognised_however_they_are_spelled() {
        let unit = |key: &str| {
            rank(key).map(|(_, unit)| unit.map_or(String::new(), |unit| unit.text().to_owned()))
        };
        for (key, expected) in [
            ("wavelengths", Some("")),
            ("Wavelength", Some("")),
            ("WAVELENGTHS", Some("")),
            ("wavelengths_nm", Some("nm")),
            ("wavelength (µm)", Some("µm")),
            ("wavelengths-um", Some("µm")),
            ("wl", Some("")),
            ("wl_nm", Some("nm")),
            ("lambda", Some("")),
            ("wavenumber_cm-1", Some("cm⁻¹")),
            ("band_centers", Some("")),
            ("wavelength_units", None),
            ("wavelengths-2", None),
            ("wlan", None),
            ("scan-00000", None),
        ] {
            assert_eq!(unit(key).as_deref(), expected, "{key}");
        }
        for key in [
            "wavelength_units",
            "wavelength units",
            "Wavelengths-Unit",
            "spectral_unit",
        ] {
            assert!(is_unit_key(key), "{key}");
        }
    }

    /// The axis that a Python literal is.
    fn axis(literal: &str) -> Result<Vec<f64>, String> {
        let value = crate::pickle::parse_literal(literal).unwrap();
        let source = MemorySource::new(Vec::new());
        let axis = Reader { source: &source }.axis_of_value(&value, value.root());
        axis.map(|axis| axis.values)
    }

    #[test]
    fn lists_of_many_kinds_are_numbers() {
        for literal in [
            "[400.0, 401.5, 403.0]",
            "(400, 401.5, 403)",
            "[numpy.float64(400.0), numpy.float32(401.5), numpy.int16(403)]",
            "['400', ' 401.5', '403.0']",
            "[[400.0, 401.5, 403.0]]",
            "[[400.0], [401.5], (403,)]",
            "{'values': [400.0, 401.5, 403.0], 'unit': 'nm'}",
            "[decimal.Decimal('400'), 401.5, 403]",
        ] {
            assert_eq!(axis(literal), Ok(vec![400.0, 401.5, 403.0]), "{literal}");
        }
        assert_eq!(axis("range(400, 403)"), Ok(vec![400.0, 401.0, 402.0]));
        assert_eq!(axis("range(10, 0, -4)"), Ok(vec![10.0, 6.0, 2.0]));
        let missing = axis("[400.0, None, 402.0]").unwrap();
        assert!(missing[1].is_nan() && missing[2] == 402.0);
    }

    #[test]
    fn what_is_no_axis_says_why() {
        for (literal, why) in [
            ("'400-700'", "it is a str, not a list"),
            ("[400.0, 'x']", "its value 1 is a str, not a number"),
            ("[400.0, [1, 2]]", "its value 1 is a list, not a number"),
            ("{'a': 1}", "it is a dict without a list of numbers"),
            ("{1.0, 2.0}", "it is a set, not a list"),
            ("range(0, 1000000000000)", "it has 1000000000000 values"),
        ] {
            assert_eq!(axis(literal).unwrap_err(), why, "{literal}");
        }
    }

    #[test]
    fn masked_cells_are_missing() {
        let data: Vec<u8> = [400.0, 401.0, 402.0_f64]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        let numbers = |mask: Option<Vec<u8>>, shape: &[u64]| {
            cells_of(DType::parse("<f8"), shape, data.clone(), mask).unwrap()
        };
        let found = numbers(Some(vec![0, 1, 0]), &[3]);
        assert!(found[1].is_nan() && found[2] == 402.0);
        assert_eq!(numbers(Some(vec![0]), &[3, 1]), [400.0, 401.0, 402.0]);
        assert_eq!(numbers(None, &[1, 3]), [400.0, 401.0, 402.0]);
        assert!(check_shape(&[2, 3]).is_err());
    }
}
