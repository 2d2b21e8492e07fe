//! cubescope: look into mmappickle files without loading or executing them.
//!
//! Four rings; a ring uses only rings inside it. `ARCHITECTURE.md` has the table and the reasons.
//!
//! | ring | modules | knows |
//! | --- | --- | --- |
//! | bytes | [`pickle`], [`source`] | opcodes, byte ranges, locks |
//! | meaning | [`mod@array`], [`mmapdict`], [`dataset`], [`render`], [`analysis`], [`exchange`] | typed arrays, the container, cubes, pictures, numbers, other formats |
//! | session | [`session`] | all state of a running program and every change to it; no toolkit |
//! | faces | [`cli`], `app` | text; egui |

pub mod float_text;
pub mod progress;

// What comes from a file must not be able to cause a panic: no indexing in the rings that handle it.
#[deny(clippy::indexing_slicing)]
pub mod pickle;
#[deny(clippy::indexing_slicing)]
pub mod source;

#[deny(clippy::indexing_slicing)]
pub mod analysis;
#[deny(clippy::indexing_slicing)]
pub mod array;
#[deny(clippy::indexing_slicing)]
pub mod dataset;
#[deny(clippy::indexing_slicing)]
pub mod exchange;
#[deny(clippy::indexing_slicing)]
pub mod mmapdict;
#[deny(clippy::indexing_slicing)]
pub mod render;

pub mod session;

#[cfg(feature = "gui")]
pub mod app;
#[deny(clippy::indexing_slicing)]
pub mod cli;
