//! `get`: a value as Python literal or JSON; an array's summary, or its cells.

use super::output::{Text, json_text, print_line, print_tokens, stdout};
use super::plain_json;
use super::{CliError, about, check_unchanged, find, open, open_key};
use crate::array::{AnyCell, Cells, Element, Scalar, Selection, python_utf8};
use crate::dataset::text::byte_count;
use crate::dataset::{Dataset, Item};
use crate::pickle::Value;
use crate::pickle::typed::{typed_bytes, typed_float, typed_int, typed_str};
use crate::progress::Progress;
use num_bigint::BigInt;
use serde_json::{Number, Value as Json, json};
use std::io::Write as _;
use std::path::Path;

/// How the value is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
    Typed,
}

impl Form {
    pub(super) fn new(json: bool, typed: bool) -> Self {
        match (json, typed) {
            (true, _) => Self::Json,
            (_, true) => Self::Typed,
            _ => Self::Text,
        }
    }
}

pub(super) fn run(
    path: &Path,
    key: Option<&str>,
    slice: Option<&str>,
    form: Form,
) -> Result<(), CliError> {
    let Some(key) = key else {
        return whole(&open(path)?, form);
    };
    let dataset = open_key(path, key)?;
    let item = find(&dataset, key)?;
    match (slice, item.layout()) {
        (Some(slice), _) => cells(&dataset, item, slice, form),
        (None, Some(_)) if form == Form::Text => Ok(print_line(&summary(item))?),
        (None, Some(_)) => cells(&dataset, item, "...", form),
        (None, None) => {
            let value = dataset
                .value(item, &Progress::new())
                .map_err(about(&dataset, item))?;
            print_value(&value, form)
        }
    }
}

fn whole(dataset: &Dataset, form: Form) -> Result<(), CliError> {
    match dataset.root(&Progress::new()) {
        Some(root) => {
            let root = root
                .map_err(|err| CliError::Usage(format!("{err}: {}", dataset.path().display())))?;
            print_value(&root, form)
        }
        None => Err(CliError::Usage(
            "Name a key: this file is a container of many values (see `cubescope ls`)".to_owned(),
        )),
    }
}

fn print_value(value: &Value, form: Form) -> Result<(), CliError> {
    match form {
        Form::Text => {
            let literal = value.whole_literal();
            print_line(&literal.text)?;
            if literal.is_cut {
                let why = "The value is printed in part: what it shares makes it too long";
                return Err(CliError::NotExact(why.to_owned()));
            }
        }
        Form::Typed => print_tokens(value.typed_tokens().map(Ok))?,
        Form::Json => {
            plain_json::tokens(value).try_for_each(|token| token.map(drop))?;
            print_tokens(plain_json::tokens(value))?;
        }
    }
    Ok(())
}

fn summary(item: &Item) -> String {
    let Some(layout) = item.layout() else {
        return String::new();
    };
    let shape: Vec<String> = layout.shape.iter().map(u64::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let kind = if layout.mask.is_some() {
        "masked array"
    } else {
        "array"
    };
    format!(
        "<{kind} of {}, shape ({}{comma}), {} at byte {}; print cells with --slice>",
        layout.dtype.text(),
        shape.join(", "),
        byte_count(layout.nbytes),
        layout.data_offset
    )
}

// --- cells -----------------------------------------------------------------------------------------

fn cells(dataset: &Dataset, item: &Item, slice: &str, form: Form) -> Result<(), CliError> {
    let selection: Selection = slice
        .parse()
        .map_err(|err| CliError::Usage(format!("--slice {slice}: {err}")))?;
    let view = dataset.cells(item).map_err(about(dataset, item))?;
    let view = view
        .select(&selection)
        .map_err(|err| CliError::Usage(format!("--slice {slice}: {err}")))?;
    let mut out = stdout();
    let mut printer = Printer {
        out: &mut out,
        form,
        dataset,
        item,
    };
    printer.block(&view)?;
    check_unchanged(dataset, item)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Lists that an array without cells is printed as.
fn brackets(shape: &[usize]) -> usize {
    let lengths = shape.iter().filter(|length| **length > 0);
    lengths.fold(1, |product, length| product.saturating_mul(*length))
}

/// More empty lists than this are of no use to anybody.
const MAX_BRACKETS: usize = 1 << 20;

/// Prints cells as nested lists while reading them, so that their number does not matter.
struct Printer<'a, W> {
    out: &'a mut W,
    form: Form,
    dataset: &'a Dataset,
    item: &'a Item,
}

impl<W: std::io::Write> Printer<'_, W> {
    fn block(&mut self, view: &Cells) -> Result<(), CliError> {
        let about = about(self.dataset, self.item);
        match view.shape() {
            [] => self.cell(view.cell(&[]).map_err(about)?),
            // No cells, but as many brackets as the other axes say: that could be output without end.
            shape if view.num_cells() == 0 && brackets(shape) > MAX_BRACKETS => Err(
                CliError::Usage(format!("There are no cells in an array of shape {shape:?}")),
            ),
            [len] => {
                let cells = (0..*len).map(|index| view.cell(&[index]));
                self.list(cells, |printer, cell| printer.cell(cell.map_err(&about)?))
            }
            [len, ..] => {
                let rows = (0..*len).map(|index| view.index_axis(0, index));
                self.list(rows, |printer, row| printer.block(&row.map_err(&about)?))
            }
        }
    }

    fn list<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        mut each: impl FnMut(&mut Self, T) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let (open, separator, close) = match self.form {
            Form::Text => ("[", ", ", "]"),
            Form::Json => ("[", ",", "]"),
            Form::Typed => ("{\"t\":\"list\",\"v\":[", ",", "]}"),
        };
        write!(self.out, "{open}")?;
        for (at, item) in items.enumerate() {
            if at > 0 {
                write!(self.out, "{separator}")?;
            }
            each(self, item)?;
        }
        Ok(write!(self.out, "{close}")?)
    }

    fn cell(&mut self, cell: AnyCell) -> Result<(), CliError> {
        match self.form {
            Form::Text if cell.masked => write!(self.out, "--")?,
            Form::Text => write!(Text::over(&mut *self.out), "{}", cell.value)?,
            Form::Json if cell.masked => {
                return Err(CliError::NotExact("JSON has no masked cells".to_owned()));
            }
            Form::Json => write!(self.out, "{}", json_text(&exact_json(&cell.value)?))?,
            Form::Typed if cell.masked => {
                let json = json!({"t": "masked", "v": typed_cell(&cell.value)});
                write!(self.out, "{}", json_text(&json))?;
            }
            Form::Typed => write!(self.out, "{}", json_text(&typed_cell(&cell.value)))?,
        }
        Ok(())
    }
}

fn exact_json(value: &Scalar) -> Result<Json, CliError> {
    let inexact = |what: &str| CliError::NotExact(format!("JSON has no {what}"));
    let element = match value {
        Scalar::Number(element) => *element,
        Scalar::Text(codes) => {
            let text = String::from_utf8(python_utf8(codes));
            return text.map(Json::String).map_err(|_| inexact("surrogates"));
        }
        Scalar::List(items) => return items.iter().map(exact_json).collect(),
        Scalar::LongDouble(_) | Scalar::LongComplex { .. } => return Err(inexact("long doubles")),
        Scalar::Time(..) => return Err(inexact("dates")),
        Scalar::Bytes(_) | Scalar::Void(_) => return Err(inexact("bytes")),
        Scalar::Record(_) => return Err(inexact("records")),
        Scalar::Masked(_) => return Err(inexact("masked fields")),
    };
    match element {
        Element::Bool(flag) => Ok(Json::Bool(flag)),
        Element::Int(int) => Ok(json!(int)),
        Element::UInt(int) => Ok(json!(int)),
        Element::C64 { .. } | Element::C128 { .. } => Err(inexact("complex numbers")),
        Element::F16(_) | Element::F32(_) | Element::F64(_) => Number::from_f64(element.to_f64())
            .map(Json::Number)
            .ok_or_else(|| inexact(&element.to_string())),
    }
}

fn typed_cell(value: &Scalar) -> Json {
    match value {
        Scalar::Number(element) => typed_number(*element),
        Scalar::LongDouble(value) => typed_float(*value),
        Scalar::LongComplex { re, im } => typed_number(Element::C128 { re: *re, im: *im }),
        Scalar::Time(ticks, unit) => {
            let kind = if unit.is_date {
                "datetime64"
            } else {
                "timedelta64"
            };
            json!({"t": kind, "i": ticks.to_string(), "v": unit.text(*ticks)})
        }
        Scalar::Bytes(bytes) => typed_bytes("bytes", bytes),
        Scalar::Void(bytes) => typed_bytes("void", bytes),
        Scalar::Text(codes) => typed_str(&python_utf8(codes)),
        Scalar::Record(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, value)| json!([name, typed_cell(value)]));
            json!({"t": "record", "v": fields.collect::<Vec<_>>()})
        }
        Scalar::List(items) => {
            json!({"t": "list", "v": items.iter().map(typed_cell).collect::<Vec<_>>()})
        }
        Scalar::Masked(value) => json!({"t": "masked", "v": typed_cell(value)}),
    }
}

fn typed_number(value: Element) -> Json {
    let complex =
        |re: f64, im: f64| json!({"t": "complex", "re": typed_float(re), "im": typed_float(im)});
    match value {
        Element::Bool(flag) => json!({"t": "bool", "v": flag}),
        Element::Int(int) => typed_int(&BigInt::from(int)),
        Element::UInt(int) => typed_int(&BigInt::from(int)),
        Element::C64 { re, im } => complex(re.into(), im.into()),
        Element::C128 { re, im } => complex(re, im),
        Element::F16(_) | Element::F32(_) | Element::F64(_) => typed_float(value.to_f64()),
    }
}
