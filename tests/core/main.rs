//! Rings bytes and meaning against golden files of the reference, and against bad files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails may panic"
)]

mod bad_files;
mod checking;
mod corpus;
mod crash;
mod encoding;
mod following;
mod golden_arrays;
mod golden_values;
mod kit;
mod operations;
mod pickles;
mod sample;
