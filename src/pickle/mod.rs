//! Python pickle (protocols 0 to 5) as inert data.
//!
//! `scan` takes bytes apart into opcodes, `decode` builds a [`Value`] from them, `encode` writes one. Calls in the data are
//! *kept as data*: nothing here imports, constructs or runs what a file names. `literal` prints a value as Python would,
//! `parse_literal` reads that back.

mod arena;
mod budget;
mod builder;
mod decode;
mod difference;
mod dis;
pub mod draft;
mod encode;
mod error;
mod face;
mod hashable;
mod json;
mod limits;
mod literal;
mod loadable;
mod nodes;
pub mod number;
pub mod opcode;
mod parse_literal;
pub mod python2;
pub mod scan;
pub mod text;
pub mod typed;
mod value;

pub use budget::Budget;
pub use builder::{BuildError, ValueBuilder};
pub use decode::{Onward, decode_pickle, decode_until, decode_value};
pub use difference::{Difference, Differences};
pub use dis::{Disassembly, Line};
pub use encode::{EncodeError, Encoded, Part, encode, encode_within};
pub use error::{DecodeError, DecodeErrorKind};
pub use face::{complex_repr, dtype_code, dtype_name, dtype_spec};
pub use limits::Limits;
pub use literal::Literal;
pub use loadable::{obstacle, python2_name, refusal, unjudged};
pub use opcode::Opcode;
pub use parse_literal::{LiteralError, parse_literal};
pub use scan::Span;
pub use value::{Blob, Call, CallKind, Extras, Global, Node, NodeId, Value};
