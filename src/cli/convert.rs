//! `convert`: a container of a plain pickle.

use super::CliError;
use super::change::made;
use super::output::{print_json, print_line};
use crate::dataset::text::byte_count;
use crate::dataset::{ConvertError, convert};
use crate::mmapdict::EditError;
use crate::progress::Progress;
use serde_json::json;
use std::path::Path;

pub(super) fn run(input: &Path, output: &Path, as_json: bool) -> Result<(), CliError> {
    let converted = convert(input, output, &Progress::new()).map_err(|err| match err {
        ConvertError::Open(err) => CliError::Open(err),
        // It says which file it is about.
        ConvertError::Edit(why @ EditError::TargetExists(_)) => CliError::Usage(why.to_string()),
        why => CliError::Convert {
            why: Box::new(why),
            path: input.to_owned(),
        },
    })?;
    if as_json {
        return made(print_json(&json!({
            "file": output.display().to_string(),
            "did": "converted",
            "keys": converted.keys,
            "arrays": converted.arrays,
            "size": converted.bytes,
            "commit": converted.keys,
        })));
    }
    let behind = match converted.trailing {
        0 => String::new(),
        bytes => format!(
            "; {} behind the end of the pickle are left out",
            byte_count(bytes)
        ),
    };
    made(print_line(&format!(
        "converted {} keys, {} of them arrays, {} (commit {}){behind}",
        converted.keys,
        converted.arrays,
        byte_count(converted.bytes),
        converted.keys,
    )))
}
