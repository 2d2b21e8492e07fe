//! What the tests share.

use cubescope::dataset::Dataset;
use cubescope::progress::Progress;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// The sample cube that comes with the program.
pub(crate) fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.mmdpickle")
}

/// What `make_golden.py` says is in a file.
pub(crate) fn truth(name: &str) -> serde_json::Map<String, Json> {
    let text = std::fs::read_to_string(data(name)).unwrap();
    match serde_json::from_str(&text).unwrap() {
        Json::Object(map) => map,
        other => panic!("{name} holds {other}"),
    }
}

pub(crate) fn open(path: &Path) -> Dataset {
    Dataset::open(path, &Progress::new()).unwrap()
}

/// The message of a file that cannot be opened.
pub(crate) fn refusal(path: &Path) -> String {
    Dataset::open(path, &Progress::new())
        .map(|_| "opened")
        .unwrap_err()
        .to_string()
}
