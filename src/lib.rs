//! cubescope: look into mmappickle files without loading or executing them.
//!
//! Four rings; a ring uses only rings inside it. `ARCHITECTURE.md` has the table and the reasons.
//!
//! | ring | modules | knows |
//! | --- | --- | --- |
//! | bytes | [`pickle`], [`source`] | opcodes, byte ranges, locks |
//! | meaning | [`array`], [`mmapdict`], [`dataset`], [`render`], [`analysis`] | typed arrays, the container, cubes, pictures, numbers |
//! | session | [`session`] | all state of a running program and every change to it; no toolkit |
//! | faces | [`cli`], `app` | text; egui |

pub mod progress;

pub mod pickle;
pub mod source;

pub mod analysis;
pub mod array;
pub mod dataset;
pub mod mmapdict;
pub mod render;

pub mod session;

#[cfg(feature = "gui")]
pub mod app;
pub mod cli;
