//! `compat`: which NumPy can load the arrays of a file, and changing that.

use super::change::{certain, changed, made};
use super::output::{print_json, print_line};
use super::{CliError, CompatArgs, InPlace, open};
use crate::dataset::compat::{Compat, Count, portable, switch};
use crate::dataset::text::byte_count;
use crate::dataset::{Dataset, Format, Mixed, Spelling};
use crate::progress::Progress;
use serde_json::{Value as Json, json};

pub(super) fn run(args: &CompatArgs) -> Result<(), CliError> {
    let progress = Progress::new();
    match (args.set, &args.output) {
        (Some(to), _) => set(args, to, &progress),
        (None, Some(output)) => {
            let done = changed(&args.file, portable(&args.file, output, &progress))?;
            if args.json {
                return made(print_json(&json!({
                    "file": output.display().to_string(),
                    "did": "portable",
                    "arrays": done.arrays,
                    "left": done.left,
                    "entries": done.entries,
                    "size": done.bytes,
                })));
            }
            let left = match done.left {
                0 => String::new(),
                left => format!("; {left} could not be rewritten and are as they were"),
            };
            made(print_line(&format!(
                "{} arrays of {} entries are portable now, {}{left}",
                done.arrays,
                done.entries,
                byte_count(done.bytes)
            )))
        }
        (None, None) => show(args, &progress),
    }
}

fn set(args: &CompatArgs, to: InPlace, progress: &Progress) -> Result<(), CliError> {
    let result = switch(&args.file, to == InPlace::Modern, progress);
    let done = changed(&args.file, result)?;
    let name = match to {
        InPlace::Legacy => "legacy",
        InPlace::Modern => "modern",
    };
    if args.json {
        let document = json!({
            "file": args.file.display().to_string(),
            "did": name,
            "arrays": done.entries,
            "commit": done.commit,
            "doubt": done.doubt.as_ref().map(ToString::to_string),
        });
        made(print_json(&document))?;
        return certain(done.doubt.as_ref(), &args.file);
    }
    let undo = match (done.entries, to) {
        (0, _) => "",
        (_, InPlace::Modern) => "; undo with --set legacy",
        (_, InPlace::Legacy) => "; undo with --set modern",
    };
    made(print_line(&format!(
        "{} arrays switched to {name} (commit {}){undo}",
        done.entries, done.commit
    )))?;
    certain(done.doubt.as_ref(), &args.file)
}

fn show(args: &CompatArgs, progress: &Progress) -> Result<(), CliError> {
    let dataset = open(&args.file)?;
    let compat = Compat::of(&dataset, progress);
    if args.json {
        return Ok(print_json(&document(&dataset, &compat))?);
    }
    print_line(&format!("{}: {}", status(&compat), numpy(&compat)))?;
    if dataset.format() == Format::Pickle {
        return Ok(print_line("a plain pickle, not a container")?);
    }
    for (name, count) in counts(&compat) {
        if !count.is_none() {
            let Count { live, dead } = count;
            print_line(&format!(
                "{name}: {live} live, {dead} dead; {}",
                mapped(name)
            ))?;
        }
    }
    Ok(())
}

fn counts(compat: &Compat) -> [(&'static str, Count); 4] {
    [
        ("legacy", compat.legacy),
        ("modern", compat.modern),
        ("portable", compat.portable),
        ("interrupted", compat.torn),
    ]
}

fn status(compat: &Compat) -> &'static str {
    match compat.spelling() {
        None => "none",
        Some(Err(Mixed)) => "mixed",
        Some(Ok(Spelling::Legacy)) => "legacy",
        Some(Ok(Spelling::Modern)) => "modern",
        Some(Ok(Spelling::Portable)) => "portable",
    }
}

/// Which NumPy loads the whole file with plain `pickle.load`.
fn numpy(compat: &Compat) -> &'static str {
    if !compat.torn.is_none() {
        "no NumPy loads it with plain pickle: a switch was interrupted; run compat --set again"
    } else if !compat.legacy.is_none() {
        "NumPy before 2.3 loads it with plain pickle"
    } else {
        "every NumPy loads its arrays with plain pickle"
    }
}

/// What the reference makes of a spelling.
fn mapped(name: &str) -> &'static str {
    match name {
        "modern" => "mmappickle unpickles them, and does not map them",
        "interrupted" => "nothing reads them",
        _ => "mmappickle maps them",
    }
}

fn document(dataset: &Dataset, compat: &Compat) -> Json {
    let counts: serde_json::Map<String, Json> = counts(compat)
        .iter()
        .map(|(name, count)| {
            let count = json!({"live": count.live, "dead": count.dead});
            ((*name).to_owned(), count)
        })
        .collect();
    json!({
        "file": dataset.path().display().to_string(),
        "compat": status(compat),
        "arrays": counts,
        "numpy": numpy(compat),
        "mapped_by_reference": compat.modern.is_none() && compat.torn.is_none(),
    })
}
