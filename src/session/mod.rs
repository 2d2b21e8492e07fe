//! All state of a running program, without a toolkit.
pub mod camera;
