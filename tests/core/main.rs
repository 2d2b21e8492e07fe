//! Rings bytes and meaning against golden files of the reference, and against bad files.

mod bad_files;
mod following;
mod golden_arrays;
mod golden_values;
mod kit;
mod pickles;
mod sample;
