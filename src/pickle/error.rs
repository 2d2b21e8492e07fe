//! What can be wrong with a pickle, and at which byte of the file.

/// A pickle that cannot be decoded; `offset` is the position in the file of the opcode at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at byte {offset})")]
pub struct DecodeError {
    /// Position of the opcode in the file.
    pub offset: u64,
    /// What is wrong.
    pub kind: DecodeErrorKind,
}

/// The kinds of faults, apart from where they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeErrorKind {
    /// A byte that no protocol defines as an opcode.
    #[error("byte 0x{0:02x} is not a pickle opcode")]
    BadOpcode(u8),
    /// A declared length, or an opcode itself, that reaches past the end of what there is.
    #[error("{opcode} declares {declared} bytes but only {available} are left")]
    Overrun {
        /// Name of the opcode.
        opcode: &'static str,
        /// Bytes that its argument would take.
        declared: u64,
        /// Bytes up to the end of the value.
        available: u64,
    },
    /// A text argument without its newline.
    #[error("{0} has no newline at the end of its text")]
    NoNewline(&'static str),
    /// A text argument, number or flag that does not parse.
    #[error("{opcode} has an argument that cannot be read: {why}")]
    BadArgument {
        /// Name of the opcode.
        opcode: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Text that is no UTF-8.
    #[error("{0} holds text that is not UTF-8")]
    NotUtf8(&'static str),
    /// An opcode that needs more than the stack holds.
    #[error("{0} finds too few values on the stack")]
    StackUnderflow(&'static str),
    /// An opcode that needs a mark where there is none.
    #[error("{0} finds no mark on the stack")]
    NoMark(&'static str),
    /// The pickle ends with other than one value.
    #[error("the value leaves {0} things on the stack instead of one")]
    StackImbalance(usize),
    /// A memo entry that was never set.
    #[error("memo entry {0} was never set")]
    UnboundMemo(u64),
    /// Keys without values.
    #[error("{0} has an odd number of items")]
    OddItems(&'static str),
    /// An opcode applied to something it cannot work on.
    #[error("{opcode} cannot work on {on}")]
    WrongType {
        /// Name of the opcode.
        opcode: &'static str,
        /// What it found.
        on: &'static str,
    },
    /// A limit of [`super::Limits`] was reached.
    #[error("the value has more than {limit} {what}; it is not read")]
    Limit {
        /// `levels of nesting`, `nodes`, `bytes`.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The protocol is newer than 5.
    #[error("pickle protocol {0} is not known (0 to 5 are)")]
    BadProtocol(u8),
    /// The pickle ends without STOP.
    #[error("the pickle ends without STOP")]
    NoStop,
    /// Reading the file failed.
    #[error("reading failed: {0}")]
    Read(String),
    /// The work was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl DecodeErrorKind {
    /// With the position it belongs to.
    #[must_use]
    pub fn at(self, offset: u64) -> DecodeError {
        DecodeError { offset, kind: self }
    }
}
