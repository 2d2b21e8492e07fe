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
mod faces;
mod following;
mod fuzz_corpus;
mod golden_arrays;
mod golden_values;
mod kit;
mod literal_batches;
mod literals;
mod moments;
mod offline;
mod operations;
mod pickles;
mod power;
mod read_budget;
mod sample;
mod value_budgets;
mod wavelengths;
