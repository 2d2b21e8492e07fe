//! `set`: a value, or an array, under a key.

use super::change::{Report, changed, print};
use super::output::point_at;
use super::{CliError, SetArgs};
use crate::exchange::{ImportError, NpyFile, put_empty, put_npy, read_json};
use crate::mmapdict::{Done, Plan, edit};
use crate::pickle::{Value, parse_literal};
use crate::progress::Progress;
use std::path::Path;

pub(super) fn run(args: &SetArgs) -> Result<(), CliError> {
    let done = put(args)?;
    let did = if done.replaced.is_some() {
        "replaced"
    } else {
        "added"
    };
    print(
        args.json,
        &[Report {
            file: &args.file,
            did,
            key: &args.key,
            to: None,
            done: &done,
            unjudged: None,
        }],
    )
}

fn put(args: &SetArgs) -> Result<Done, CliError> {
    let progress = Progress::new();
    if let Some(file) = &args.from_npy {
        let data = npy(file)?;
        let mask = args.mask_npy.as_deref().map(npy).transpose()?;
        let (path, key) = (&args.file, &args.key);
        let done = put_npy(path, key, Plan::Any, &data, mask.as_ref(), &progress);
        return done.map_err(|err| import_error(err, path));
    }
    if let Some(shape) = &args.empty {
        let shape = parse_shape(shape)?;
        let dtype = args.dtype.as_deref().unwrap_or("float64");
        let (path, key) = (&args.file, &args.key);
        let done = put_empty(path, key, Plan::Any, dtype, &shape, args.masked, &progress);
        return done.map_err(|err| import_error(err, path));
    }
    let value = value(args, &progress)?;
    changed(
        &args.file,
        edit(&args.file, &progress, |editor| {
            editor.put_value(&args.key, Plan::Any, &value)
        }),
    )
}

/// The value as typed, or from a JSON file.
fn value(args: &SetArgs, progress: &Progress) -> Result<Value, CliError> {
    if let Some(file) = &args.from_json {
        return read_json(file, progress).map_err(|err| CliError::Usage(err.to_string()));
    }
    let Some(text) = &args.literal else {
        return Err(CliError::Usage(
            "Give a value as Python literal, e.g. '{\"a\": [1, 2.5]}' or '\"text\"', or one of --from-json, --from-npy, --empty"
                .to_owned(),
        ));
    };
    parse_literal(text).map_err(|err| {
        point_at(text, err.column);
        CliError::Usage(format!("Not a Python literal: {err}"))
    })
}

fn npy(file: &Path) -> Result<NpyFile, CliError> {
    NpyFile::open(file)
        .map_err(|err| CliError::Usage(ImportError::Npy(err, file.to_owned()).to_string()))
}

fn import_error(err: ImportError, path: &Path) -> CliError {
    match err {
        ImportError::Edit(why) => CliError::edit(why, path),
        other => CliError::Usage(format!("Nothing was written: {other}")),
    }
}

fn parse_shape(text: &str) -> Result<Vec<u64>, CliError> {
    let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
    let sizes = inner.split(',').map(str::trim);
    // A comma at the end, as in Python's (3,).
    let sizes: Vec<&str> = sizes.filter(|size| !size.is_empty()).collect();
    let parsed: Option<Vec<u64>> = sizes.iter().map(|size| size.parse().ok()).collect();
    parsed.ok_or_else(|| {
        CliError::Usage(format!(
            "'{text}' is not a shape; write the lengths of the axes, e.g. 100,200,300"
        ))
    })
}
