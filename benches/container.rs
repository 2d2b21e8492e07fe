//! How long the container takes: the index of many keys, opening and editing a file of 100 GiB, decoding a long value.
//! Each file is made here, in a temporary folder.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark that cannot make its file may panic"
)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use cubescope::dataset::Dataset;
use cubescope::exchange::put_empty;
use cubescope::mmapdict::{HEADER_LEN, Index, Plan, TERMINATOR, edit};
use cubescope::pickle::{Limits, ValueBuilder, decode_value};
use cubescope::progress::Progress;
use cubescope::source::{FileSource, MemorySource};
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const KEYS: usize = 100_000;
/// 100 GiB of uint16.
const LARGE: [u64; 3] = [102_400, 1024, 512];
const LONG_VALUE: usize = 50 << 20;

/// A container with these entries, made without the writer that is measured.
fn container(entries: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let mut file = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\0\0\0\x000(".to_vec();
    assert_eq!(file.len() as u64, HEADER_LEN);
    for (key, value) in entries {
        let len = 10 + key.len() + value.len();
        file.push(0x95);
        file.extend((len as u64).to_le_bytes());
        file.push(0x8c);
        file.push(u8::try_from(key.len()).unwrap());
        file.extend(key.as_bytes());
        file.extend(value);
        file.extend(b"J\x01\0\0\x000\x880");
    }
    file.extend(TERMINATOR);
    file
}

/// A short text, as opcodes.
fn text(content: &str) -> Vec<u8> {
    let mut opcodes = vec![0x8c, u8::try_from(content.len()).unwrap()];
    opcodes.extend(content.as_bytes());
    opcodes
}

fn many_keys(folder: &Path) -> PathBuf {
    let path = folder.join("keys.mmdpickle");
    let entries = (0..KEYS).map(|i| (format!("scan-{i:06}-p"), text(&format!("value {i}"))));
    fs::write(&path, container(entries)).unwrap();
    path
}

/// A sparse file: a description, and an array whose data was never written.
fn large(folder: &Path) -> PathBuf {
    let path = folder.join("large.mmdpickle");
    let entries = [("description".to_owned(), text("title"))];
    fs::write(&path, container(entries.into_iter())).unwrap();
    put_empty(
        &path,
        "cube",
        Plan::Any,
        "uint16",
        &LARGE,
        false,
        &Progress::new(),
    )
    .unwrap();
    path
}

/// Opcodes of a list of dicts, as a table of measurements is stored.
fn long_value() -> Vec<u8> {
    let mut opcodes = b"](".to_vec();
    let mut row = 0_u32;
    while opcodes.len() < LONG_VALUE {
        opcodes.extend(b"}(");
        opcodes.extend(text("position"));
        opcodes.push(b'J');
        opcodes.extend(row.to_le_bytes());
        opcodes.extend(text("temperature"));
        opcodes.push(b'G');
        opcodes.extend((f64::from(row) / 8.0).to_be_bytes());
        opcodes.extend(text("note"));
        opcodes.extend(text("measured in the shade, 20 cm above the ground"));
        opcodes.push(b'u');
        row += 1;
    }
    opcodes.push(b'e');
    opcodes
}

fn index(c: &mut Criterion) {
    let folder = TempDir::new().unwrap();
    let path = many_keys(folder.path());
    let progress = Progress::new();
    c.bench_function("index of 100 000 keys", |b| {
        b.iter(|| {
            let source = FileSource::open(&path).unwrap();
            Index::read(&source, &progress).unwrap().entries.len()
        });
    });
    c.bench_function("index and kind of 100 000 values", |b| {
        b.iter(|| Dataset::open(&path, &progress).unwrap().items().count());
    });
}

fn large_file(c: &mut Criterion) {
    let progress = Progress::new();
    let folder = TempDir::new().unwrap();
    let path = large(folder.path());
    c.bench_function("opening 100 GiB", |b| {
        b.iter(|| Dataset::open(&path, &progress).unwrap().items().count());
    });
    let mut builder = ValueBuilder::new();
    let title = builder.str("title\nframe rate: 12");
    let value = builder.finish(title).unwrap();
    // A fresh file each time, else its history would grow under the measurement.
    c.bench_function("a value replaced in 100 GiB", |b| {
        b.iter_batched_ref(
            || {
                let folder = TempDir::new().unwrap();
                let path = large(folder.path());
                (folder, path)
            },
            |(_folder, path)| {
                edit(path, &progress, |editor| {
                    editor.put_value("description", Plan::Any, &value)
                })
                .unwrap()
            },
            BatchSize::PerIteration,
        );
    });
}

fn decode(c: &mut Criterion) {
    let opcodes = long_value();
    let end = opcodes.len() as u64;
    let source = MemorySource::new(opcodes);
    let progress = Progress::new();
    c.bench_function("decoding a value of 50 MB", |b| {
        b.iter(|| {
            black_box(decode_value(&source, 0, end, &Limits::FULL, &progress).unwrap()).node_count()
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = index, large_file, decode
}
criterion_main!(benches);
