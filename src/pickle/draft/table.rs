//! Lists of numbers, and lists of rows of numbers, as tables; tables from the text of a spreadsheet.

use super::super::number::{float_repr, int_node};
use super::super::value::{Node, NodeId, Value};
use super::fields::{FieldError, parse_float, parse_int};
use super::kind::Kind;
use num_bigint::BigInt;
use num_traits::{FromPrimitive as _, ToPrimitive as _};

/// A number of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// An int.
    Int(BigInt),
    /// A float.
    Float(f64),
}

impl Number {
    /// A whole number is an int, anything else a float.
    ///
    /// # Errors
    /// The text is no number.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        match parse_int(text) {
            Ok(int) => Ok(Self::Int(int)),
            Err(_) => parse_float(text).map(Self::Float),
        }
    }

    /// The node of the number; as a float if it stands among floats and loses nothing by that.
    pub(super) fn node(&self, among_floats: bool) -> Node {
        match self {
            Self::Float(float) => Node::Float(*float),
            Self::Int(int) => {
                let float = int.to_f64().filter(|_| among_floats);
                match float.filter(|float| BigInt::from_f64(*float).as_ref() == Some(int)) {
                    Some(float) => Node::Float(float),
                    None => int_node(int.clone()),
                }
            }
        }
    }
}

/// Numbers in rows of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: usize,
    /// Row by row.
    cells: Vec<Number>,
}

/// What is wrong with a table, at which row and column, both counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}, column {column}: {message}")]
pub struct TableError {
    /// From 1.
    pub row: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl TableError {
    pub(super) fn at(row: usize, column: usize, message: impl Into<String>) -> Self {
        Self {
            row: row + 1,
            column: column + 1,
            message: message.into(),
        }
    }
}

impl Table {
    /// One number.
    #[must_use]
    pub fn one(number: Number) -> Self {
        Self {
            columns: 1,
            cells: vec![number],
        }
    }

    /// Numbers below each other.
    #[must_use]
    pub fn column(cells: Vec<Number>) -> Self {
        Self { columns: 1, cells }
    }

    /// Reads what a spreadsheet copies: cells with tabs between them, or semicolons, commas or spaces.
    ///
    /// # Errors
    /// The first cell that is no number, or the first row that is longer or shorter than the first.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let separator = ['\t', ';', ','].into_iter().find(|&c| text.contains(c));
        let (mut columns, mut cells) = (0, Vec::new());
        let text = text.trim_matches(['\n', '\r']);
        for (row, line) in text.lines().enumerate() {
            let before = cells.len();
            let mut add = |cell: &str| match Number::parse(cell) {
                Ok(number) => {
                    cells.push(number);
                    Ok(())
                }
                Err(err) => Err(TableError::at(row, cells.len() - before, err.to_string())),
            };
            match separator {
                Some(separator) => line.split(separator).try_for_each(&mut add)?,
                None => line.split_whitespace().try_for_each(&mut add)?,
            }
            let found = cells.len() - before;
            if row == 0 {
                columns = found;
            }
            if found != columns || found == 0 {
                let message = format!("this row has {found} numbers, the first one {columns}");
                return Err(TableError::at(row, found.min(columns), message));
            }
        }
        match cells.is_empty() {
            true => Err(TableError::at(0, 0, "there are no numbers")),
            false => Ok(Self { columns, cells }),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All numbers, row by row.
    #[must_use]
    pub fn cells(&self) -> &[Number] {
        &self.cells
    }

    pub(super) fn row(&self, row: usize) -> &[Number] {
        let start = row.saturating_mul(self.columns);
        let range = start..start.saturating_add(self.columns);
        self.cells.get(range).unwrap_or_default()
    }
}

/// Size of a list that is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableShape {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns of a list of rows; `None` for a list of numbers.
    pub columns: Option<usize>,
}

impl TableShape {
    /// Size of a list of numbers, or of rows of equally many numbers; `None` if it is neither. Looks at all of it.
    #[must_use]
    pub fn of(value: &Value, id: NodeId) -> Option<Self> {
        let items = numbers_or_rows(value, id)?;
        let (&first, rows) = (items.first()?, items.len());
        if is_number(value.node(first)) {
            let all = items.iter().all(|&item| is_number(value.node(item)));
            return all.then_some(Self {
                rows,
                columns: None,
            });
        }
        let columns = numbers_or_rows(value, first)?.len();
        let is_row = |&row: &NodeId| {
            numbers_or_rows(value, row).is_some_and(|items| {
                items.len() == columns && items.iter().all(|&item| is_number(value.node(item)))
            })
        };
        let is_table = columns > 0 && items.iter().all(is_row);
        is_table.then_some(Self {
            rows,
            columns: Some(columns),
        })
    }

    /// The number in a cell of the list.
    #[must_use]
    pub fn cell(self, value: &Value, list: NodeId, row: usize, column: usize) -> Option<NodeId> {
        let item = *value.items(list)?.get(row)?;
        match self.columns {
            None => (column == 0).then_some(item),
            Some(_) => value.items(item)?.get(column).copied(),
        }
    }
}

fn numbers_or_rows(value: &Value, id: NodeId) -> Option<&[NodeId]> {
    let is_list = matches!(Kind::of(value, id), Kind::List | Kind::Tuple);
    value.items(id).filter(|_| is_list)
}

fn is_number(node: &Node) -> bool {
    matches!(node, Node::Int(_) | Node::BigInt(_) | Node::Float(_))
}

/// A number as it is typed: all digits that it has.
#[must_use]
pub fn number_text(node: &Node) -> Option<String> {
    match node {
        Node::Int(int) => Some(int.to_string()),
        Node::BigInt(int) if int.bits() < 400_000 => Some(int.to_string()),
        Node::Float(float) => Some(float_repr(*float)),
        _ => None,
    }
}
