//! Why an array cannot be shown or a cell cannot be reached.

/// Says what is wrong with a layout, an index or a selection, and with which figures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArrayError {
    /// The dtype's text is not understood, so not even the size of a cell is known.
    #[error("the size of a cell of dtype '{dtype}' is not known")]
    UnknownItemsize {
        /// As in the file.
        dtype: String,
    },
    /// The dtype is no plain number (text, date, structure, …): it has cells, but none we can read.
    #[error("cells of dtype '{dtype}' are not plain numbers")]
    NotANumber {
        /// As in the file.
        dtype: String,
    },
    /// More axes than NumPy allows.
    #[error("the array has {dimensions} dimensions, more than {max}")]
    TooManyDimensions {
        /// Number of axes in the shape.
        dimensions: usize,
        /// The most that is accepted.
        max: usize,
    },
    /// The product of the shape, or that times the size of a cell, does not fit any machine.
    #[error("an array of shape {shape:?} with {itemsize} bytes a cell is too large")]
    TooLarge {
        /// Lengths of the axes.
        shape: Vec<u64>,
        /// Bytes a cell.
        itemsize: u64,
    },
    /// Cells that take no bytes: a file of any size can say that it has any number of them.
    #[error("an array of shape {shape:?} has {values} values in {nbytes} bytes; it is not read")]
    Widthless {
        /// Lengths of the axes.
        shape: Vec<u64>,
        /// Values in all cells.
        values: u64,
        /// Bytes there are.
        nbytes: u64,
    },
    /// Shape and dtype say another length than the file.
    #[error(
        "shape {shape:?} with {itemsize} bytes a cell needs {expected} bytes, but there are {actual} (at offset {offset})"
    )]
    LengthMismatch {
        /// Lengths of the axes.
        shape: Vec<u64>,
        /// Bytes a cell.
        itemsize: u64,
        /// Bytes that the shape asks for.
        expected: u64,
        /// Bytes that the file states.
        actual: u64,
        /// Where the data begins in the file.
        offset: u64,
    },
    /// The mask has not one byte a cell.
    #[error(
        "a mask for shape {shape:?} needs {expected} bytes, but there are {actual} (at offset {offset})"
    )]
    MaskLengthMismatch {
        /// Lengths of the axes of the data.
        shape: Vec<u64>,
        /// Number of cells.
        expected: u64,
        /// Bytes that the file states.
        actual: u64,
        /// Where the mask begins in the file.
        offset: u64,
    },
    /// The array, or its mask, does not lie wholly inside the bytes.
    #[error("{nbytes} bytes at offset {offset} do not fit into the {available} bytes there are")]
    OutsideBytes {
        /// Where it begins.
        offset: u64,
        /// How long it is.
        nbytes: u64,
        /// How long all of the bytes are.
        available: u64,
    },
    /// An axis number that the array does not have.
    #[error("there is no axis {axis} in an array of {dimensions} dimensions")]
    NoSuchAxis {
        /// The axis asked for.
        axis: usize,
        /// How many there are.
        dimensions: usize,
    },
    /// An index beyond its axis. Negative ones count from the end and are reported as given.
    #[error("index {index} is out of bounds for axis {axis} with length {length}")]
    IndexOutOfBounds {
        /// As asked for.
        index: i128,
        /// The axis it was meant for.
        axis: usize,
        /// The length of that axis.
        length: usize,
    },
    /// A range along an axis that ends before it begins or beyond the axis, or has step 0.
    #[error(
        "the range {start}..{end} with step {step} does not fit axis {axis} with length {length}"
    )]
    BadRange {
        /// First index.
        start: usize,
        /// One past the last index.
        end: usize,
        /// Distance between indices.
        step: usize,
        /// The axis it was meant for.
        axis: usize,
        /// The length of that axis.
        length: usize,
    },
    /// An index has not one number for each axis.
    #[error("{given} indices for an array of {dimensions} dimensions")]
    WrongIndexCount {
        /// Indices given.
        given: usize,
        /// Axes there are.
        dimensions: usize,
    },
    /// A list of axes that is no permutation of all of them.
    #[error("{axes:?} is not an order of the {dimensions} axes")]
    NotAPermutation {
        /// As given.
        axes: Vec<usize>,
        /// Axes there are.
        dimensions: usize,
    },
    /// Something that needs a single axis was asked of another number of them.
    #[error("an array of 1 dimension is needed, this one has {dimensions}")]
    NotOneDimensional {
        /// Axes there are.
        dimensions: usize,
    },
    /// A selection that cannot be read.
    #[error("'{part}' is not an index: {reason} (in the selection '{text}')")]
    SelectionSyntax {
        /// The piece between two commas.
        part: String,
        /// What is wrong with it.
        reason: &'static str,
        /// The whole selection.
        text: String,
    },
}
