//! Dtypes of more than one word: comma lists (`i4,f8`), small arrays (`(3,)f4`, `2f4`), and the Python literals that
//! `str()` makes of structured dtypes (`[('a', '<i4')]`, `{'names': …}`).
//!
//! Only the forms that NumPy itself writes or reads; nothing is evaluated.

use super::{CellType, Field, Record, plain};
use std::sync::Arc;

/// Nesting of structured dtypes.
const MAX_DEPTH: usize = 16;

pub(super) fn parse(text: &str) -> Option<CellType> {
    if text.starts_with(['[', '{']) || text.starts_with("(numpy.") {
        let mut reader = Reader {
            rest: text,
            depth: 0,
        };
        let literal = reader.value()?;
        return reader.rest.is_empty().then(|| of_literal(&literal))?;
    }
    comma_list(text)
}

// --- comma lists -----------------------------------------------------------------------------------

fn comma_list(text: &str) -> Option<CellType> {
    let parts = split_at_commas(text);
    let starts_as_list = text.trim_start_matches(['<', '>', '=', '|']);
    if parts.len() == 1 && !starts_as_list.starts_with(|c: char| c == '(' || c.is_ascii_digit()) {
        return None;
    }
    let types = parts
        .iter()
        .map(|part| repeated(part.trim()))
        .collect::<Option<Vec<_>>>()?;
    if let [single] = types.as_slice() {
        return Some(single.clone());
    }
    let named = types
        .into_iter()
        .enumerate()
        .map(|(at, cell_type)| (format!("f{at}"), cell_type));
    packed(named)
}

/// At commas outside of brackets.
fn split_at_commas(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

/// `f4`, `<f4`, `2f4`, `(2, 3)f4`, `(2,)<f4`.
fn repeated(part: &str) -> Option<CellType> {
    let (order, rest) = match part.chars().next()? {
        order @ ('<' | '>' | '=' | '|') => (Some(order), part.get(1..)?),
        _ => (None, part),
    };
    let (shape, word) = if let Some(inner) = rest.strip_prefix('(') {
        let (sizes, word) = inner.split_once(')')?;
        let sizes = sizes.split(',').map(str::trim);
        let sizes = sizes.filter(|size| !size.is_empty()).map(size);
        (Some(sizes.collect::<Option<Vec<_>>>()?), word.trim_start())
    } else {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (count, word) = rest.split_at_checked(digits)?;
        match count {
            "" => (None, word),
            // NumPy takes `1f4` for `f4`.
            "1" => (None, word),
            count => (Some(vec![size(count)?]), word.trim_start()),
        }
    };
    let word = match order {
        Some(order) => format!("{order}{word}"),
        None => word.to_owned(),
    };
    let item = plain(&word)?;
    Some(match shape {
        Some(shape) if !shape.is_empty() => CellType::SubArray(Arc::new((item, shape))),
        _ => item,
    })
}

fn size(text: &str) -> Option<u64> {
    let is_clean = text.bytes().all(|byte| byte.is_ascii_digit());
    is_clean.then(|| text.parse().ok())?
}

/// Fields one behind the other.
fn packed(named: impl Iterator<Item = (String, CellType)>) -> Option<CellType> {
    let mut itemsize = 0_u64;
    let mut fields = Vec::new();
    for (name, cell_type) in named {
        let offset = itemsize;
        itemsize = itemsize.checked_add(cell_type.itemsize()?)?;
        fields.push(Field {
            name,
            cell_type,
            offset,
        });
    }
    Some(CellType::Record(Arc::new(Record { fields, itemsize })))
}

// --- literals --------------------------------------------------------------------------------------

/// The part of Python's literals that dtypes are written in.
#[derive(Debug, PartialEq)]
enum Literal {
    Text(String),
    Int(u64),
    List(Vec<Self>),
    Tuple(Vec<Self>),
    Dict(Vec<(Self, Self)>),
    /// `True`, `numpy.record`, …
    Name(String),
}

fn of_literal(literal: &Literal) -> Option<CellType> {
    match literal {
        Literal::Text(text) => plain(text).or_else(|| comma_list(text)),
        Literal::List(fields) => {
            let fields = fields.iter().enumerate().map(|(at, field)| {
                let Literal::Tuple(parts) = field else {
                    return None;
                };
                let (name, format, shape) = match parts.as_slice() {
                    [name, format] => (name, format, None),
                    [name, format, shape] => (name, format, Some(shape)),
                    _ => return None,
                };
                Some((field_name(name, at)?, shaped(of_literal(format)?, shape)?))
            });
            packed(fields.collect::<Option<Vec<_>>>()?.into_iter())
        }
        Literal::Tuple(parts) => match parts.as_slice() {
            // A record class around a structure.
            [Literal::Name(_), inner] => of_literal(inner),
            [inner, shape] => shaped(of_literal(inner)?, Some(shape)),
            _ => None,
        },
        Literal::Dict(pairs) => of_dict(pairs),
        Literal::Int(_) | Literal::Name(_) => None,
    }
}

/// A name, or a title and a name.
fn field_name(literal: &Literal, at: usize) -> Option<String> {
    match literal {
        Literal::Text(name) if name.is_empty() => Some(format!("f{at}")),
        Literal::Text(name) => Some(name.clone()),
        Literal::Tuple(parts) => match parts.as_slice() {
            [_, Literal::Text(name)] => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn shaped(item: CellType, shape: Option<&Literal>) -> Option<CellType> {
    let shape = match shape {
        None => return Some(item),
        Some(Literal::Int(len)) => vec![*len],
        Some(Literal::Tuple(sizes)) => sizes
            .iter()
            .map(|size| match size {
                Literal::Int(len) => Some(*len),
                _ => None,
            })
            .collect::<Option<_>>()?,
        Some(_) => return None,
    };
    Some(if shape.is_empty() {
        item
    } else {
        CellType::SubArray(Arc::new((item, shape)))
    })
}

/// `{'names': […], 'formats': […], 'offsets': […], 'itemsize': n}`
fn of_dict(pairs: &[(Literal, Literal)]) -> Option<CellType> {
    let get = |name: &str| {
        pairs.iter().find_map(|(key, value)| match key {
            Literal::Text(key) if key == name => Some(value),
            _ => None,
        })
    };
    let list = |name: &str| match get(name) {
        Some(Literal::List(items) | Literal::Tuple(items)) => Some(items.as_slice()),
        _ => None,
    };
    let (names, formats) = (list("names")?, list("formats")?);
    if names.len() != formats.len() {
        return None;
    }
    let named = names.iter().zip(formats).enumerate();
    let named = named
        .map(|(at, (name, format))| Some((field_name(name, at)?, of_literal(format)?)))
        .collect::<Option<Vec<_>>>()?;
    let CellType::Record(packed) = packed(named.into_iter())? else {
        return None;
    };
    let mut record = (*packed).clone();
    if let Some(offsets) = list("offsets") {
        for (field, offset) in record.fields.iter_mut().zip(offsets) {
            let Literal::Int(offset) = offset else {
                return None;
            };
            field.offset = *offset;
        }
    }
    let ends = record.fields.iter().map(|field| {
        field
            .offset
            .saturating_add(field.cell_type.itemsize().unwrap_or(u64::MAX))
    });
    let needed = ends.max().unwrap_or(0);
    record.itemsize = match get("itemsize") {
        Some(Literal::Int(itemsize)) => *itemsize,
        Some(_) => return None,
        None => needed,
    };
    (record.itemsize >= needed).then(|| CellType::Record(Arc::new(record)))
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Literal> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        let value = match self.rest.chars().next()? {
            '[' => Literal::List(self.sequence(']')?.0),
            '(' => match self.sequence(')')? {
                (mut items, false) if items.len() == 1 => items.pop()?,
                (items, _) => Literal::Tuple(items),
            },
            '{' => self.dict()?,
            quote @ ('\'' | '"') => self.text(quote)?,
            c if c.is_ascii_digit() => {
                let end = self.rest.find(|c: char| !c.is_ascii_digit());
                Literal::Int(self.take(end)?.parse().ok()?)
            }
            c if c.is_ascii_alphabetic() => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
                let end = self.rest.find(|c: char| !is_part(c));
                Literal::Name(self.take(end)?.to_owned())
            }
            _ => return None,
        };
        self.skip_space();
        self.depth -= 1;
        Some(value)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, end: Option<usize>) -> Option<&str> {
        let (head, tail) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = tail;
        Some(head)
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    /// Items, and whether a comma stood behind the last one.
    fn sequence(&mut self, close: char) -> Option<(Vec<Literal>, bool)> {
        self.rest = self.rest.get(1..)?.trim_start();
        let (mut items, mut comma) = (Vec::new(), false);
        while !self.eat(close) {
            if !items.is_empty() && !comma {
                return None;
            }
            items.push(self.value()?);
            comma = self.eat(',');
        }
        Some((items, comma))
    }

    fn dict(&mut self) -> Option<Literal> {
        self.rest = self.rest.get(1..)?.trim_start();
        let (mut pairs, mut comma) = (Vec::new(), true);
        while !self.eat('}') {
            if !comma {
                return None;
            }
            let key = self.value()?;
            self.eat(':').then_some(())?;
            pairs.push((key, self.value()?));
            comma = self.eat(',');
        }
        Some(Literal::Dict(pairs))
    }

    fn text(&mut self, quote: char) -> Option<Literal> {
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.rest = self.rest.get(at + 1..)?;
                    return Some(Literal::Text(out));
                }
                '\\' => {
                    // Names with other escapes keep them as they stand.
                    let (_, escaped) = chars.next()?;
                    if !matches!(escaped, '\\' | '\'' | '"') {
                        out.push('\\');
                    }
                    out.push(escaped);
                }
                c => out.push(c),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::array::{CellType, DType};

    fn fields(text: &str) -> Option<(Vec<(String, u64)>, u64)> {
        match DType::parse(text).cell_type()? {
            CellType::Record(record) => {
                let fields = record.fields.iter();
                let fields = fields.map(|field| (field.name.clone(), field.offset));
                Some((fields.collect(), record.itemsize))
            }
            _ => None,
        }
    }

    fn record(names: &[(&str, u64)], itemsize: u64) -> Option<(Vec<(String, u64)>, u64)> {
        let names = names.iter().map(|(name, at)| ((*name).to_owned(), *at));
        Some((names.collect(), itemsize))
    }

    #[test]
    fn structures_as_numpy_writes_them() {
        for (text, want) in [
            (
                "[('id', '<i4'), ('v', '<f8'), ('tag', 'S3')]",
                record(&[("id", 0), ("v", 4), ("tag", 12)], 15),
            ),
            (
                "[('a', '<i2', (2, 3)), ('b', [('c', '?')]), (('title', 'd'), '<M8[s]')]",
                record(&[("a", 0), ("b", 12), ("d", 13)], 21),
            ),
            (
                "{'names': ['a','b'], 'formats': ['i1','<i4'], 'offsets': [0,4], 'itemsize': 12, 'aligned': True}",
                record(&[("a", 0), ("b", 4)], 12),
            ),
            ("(numpy.record, [('a', '<i4')])", record(&[("a", 0)], 4)),
            ("i4,f8", record(&[("f0", 0), ("f1", 4)], 12)),
            (
                "i4, (2,3)f4, S5",
                record(&[("f0", 0), ("f1", 4), ("f2", 28)], 33),
            ),
            (
                "[('it\\'s', 'u1'), (\"b\", 'u1')]",
                record(&[("it's", 0), ("b", 1)], 2),
            ),
            ("[('a', 'O')]", None),
            ("[('a', '<i4')", None),
            ("[('a' '<i4')]", None),
            (
                "{'names': ['a'], 'formats': ['<i4'], 'offsets': [4], 'itemsize': 4}",
                None,
            ),
            ("i4,", None),
            ("i4,O", None),
            ("__import__('os').system('ls')", None),
            (&"[('a', ".repeat(100), None),
        ] {
            assert_eq!(fields(text), want, "{text}");
        }
    }

    #[test]
    fn small_arrays_in_each_cell() {
        for (text, want) in [
            ("(3,)f4", Some(vec![3])),
            ("2f4", Some(vec![2])),
            ("<2f4", Some(vec![2])),
            ("(2,2)>u2", Some(vec![2, 2])),
            ("1f4", None),
            ("2", None),
            ("(2f4", None),
            ("2float17", None),
        ] {
            let shape = match DType::parse(text).cell_type() {
                Some(CellType::SubArray(parts)) => Some(parts.1.clone()),
                _ => None,
            };
            assert_eq!(shape, want, "{text}");
        }
        assert_eq!(DType::parse("1f4").itemsize(), Some(4));
        assert_eq!(DType::parse("(99999,99999)f8").itemsize(), None);
    }
}
