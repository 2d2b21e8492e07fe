//! What the subcommands that write have in common, and the short ones: `rm`, `mv`, `cp`, `restore`.

use super::CliError;
use super::output::{print_json, print_line};
use crate::mmapdict::{self, Done, Doubt, EditError, Entry, Plan, Switch, edit, switch_in_steps};
use crate::pickle::{Limits, decode_value, unjudged};
use crate::progress::Progress;
use crate::source::FileSource;
use serde_json::{Value as Json, json};
use std::collections::HashSet;
use std::path::Path;

/// One change that was made, for printing.
pub(super) struct Report<'a> {
    pub(super) file: &'a Path,
    /// `added`, `deleted`, …
    pub(super) did: &'a str,
    pub(super) key: &'a str,
    /// The new key, where there is one.
    pub(super) to: Option<&'a str>,
    pub(super) done: &'a Done,
    /// A class in the value of which it is not known whether Python can load it.
    pub(super) unjudged: Option<&'a str>,
}

impl Report<'_> {
    fn line(&self) -> String {
        let to = self.to.map(|to| format!(" to {to:?}")).unwrap_or_default();
        let at = match &self.done.entry {
            Some(entry) => format!(" at byte {}", entry.offset),
            None => String::new(),
        };
        let undo = match (&self.done.replaced, self.to) {
            (Some(old), None) => format!("; the version before is kept at byte {}", old.offset),
            _ => String::new(),
        };
        let commit = self.done.commit;
        let unjudged = match self.unjudged {
            Some(class) => format!("; whether Python can load it depends on {class}"),
            None => String::new(),
        };
        format!(
            "{} {:?}{to}{at} (commit {commit}){undo}{unjudged}",
            self.did, self.key
        )
    }

    fn json(&self) -> Json {
        let entry = self.done.entry.as_ref();
        json!({
            "file": self.file.display().to_string(),
            "did": self.did,
            "key": self.key,
            "to": self.to,
            "commit": self.done.commit,
            "offset": entry.map(|entry| entry.offset),
            "length": entry.map(|entry| entry.len),
            "replaced": self.done.replaced.as_ref().map(|entry| entry.offset),
            "doubt": self.done.doubt.as_ref().map(ToString::to_string),
            "depends_on": self.unjudged,
        })
    }
}

/// Prints changes that are made: a line each, or one JSON document (a list if there are several).
pub(super) fn print(as_json: bool, reports: &[Report<'_>]) -> Result<(), CliError> {
    say(as_json, reports).map_err(CliError::unsaid)?;
    let doubt = reports.iter().find_map(|report| {
        let doubt = report.done.doubt.as_ref()?;
        Some((doubt, report.file))
    });
    match doubt {
        Some((doubt, file)) => certain(Some(doubt), file),
        None => Ok(()),
    }
}

fn say(as_json: bool, reports: &[Report<'_>]) -> Result<(), CliError> {
    match (as_json, reports) {
        (false, _) => {
            for report in reports {
                print_line(&report.line())?;
            }
        }
        (true, [only]) => print_json(&only.json())?,
        (true, all) => print_json(&all.iter().map(Report::json).collect::<Json>())?,
    }
    Ok(())
}

/// What is printed of a change that is made.
pub(super) fn made(said: std::io::Result<()>) -> Result<(), CliError> {
    said.map_err(|err| CliError::from(err).unsaid())
}

/// A change that may not survive a power cut, or was made in part, is no success, though it is made.
pub(super) fn certain(doubt: Option<&Doubt>, path: &Path) -> Result<(), CliError> {
    match doubt {
        None => Ok(()),
        Some(doubt) => Err(CliError::Doubt {
            doubt: doubt.clone(),
            path: path.to_owned(),
        }),
    }
}

/// Says of an error which file it is about.
pub(super) fn changed<T>(path: &Path, result: Result<T, EditError>) -> Result<T, CliError> {
    result.map_err(|why| CliError::edit(why, path))
}

pub(super) fn delete(path: &Path, keys: &[String], as_json: bool) -> Result<(), CliError> {
    let progress = Progress::new();
    let mut seen = HashSet::new();
    let keys: Vec<&String> = keys.iter().filter(|key| seen.insert(*key)).collect();
    let mut done = Vec::new();
    let switches: Vec<Switch<'_>> = keys
        .iter()
        .map(|key| Switch {
            key,
            to: None,
            plan: Plan::Any,
        })
        .collect();
    // A mistyped name stops before anything is deleted.
    let result = switch_in_steps(path, &switches, &progress, &mut |_, one| done.push(one));
    let reports: Vec<Report<'_>> = keys
        .iter()
        .zip(&done)
        .map(|(key, done)| Report {
            file: path,
            did: "deleted",
            key,
            to: None,
            done,
            unjudged: None,
        })
        .collect();
    if result.is_ok() || !reports.is_empty() {
        print(as_json, &reports)?;
    }
    changed(path, result)
}

pub(super) fn clean_up(path: &Path, as_json: bool) -> Result<(), CliError> {
    let cleaned = changed(path, crate::mmapdict::clean_up(path, &Progress::new()))?;
    if as_json {
        let file = path.display().to_string();
        made(print_json(
            &json!({"file": file, "cleaned": cleaned.was_needed}),
        ))?;
    } else {
        made(print_line(match cleaned.was_needed {
            true => "cleaned up what an interrupted change had left; all readers can open the file",
            false => "nothing to clean up",
        }))?;
    }
    certain(cleaned.doubt.as_ref(), path)
}

pub(super) fn rename(path: &Path, key: &str, to: &str, as_json: bool) -> Result<(), CliError> {
    let progress = Progress::new();
    let done = mmapdict::rename(path, key, to, Plan::Any, &progress);
    let done = changed(path, done)?;
    one(path, "renamed", key, Some(to), (done, None), as_json)
}

pub(super) fn duplicate(path: &Path, key: &str, to: &str, as_json: bool) -> Result<(), CliError> {
    let progress = Progress::new();
    let done = mmapdict::duplicate(path, key, to, Plan::Any, &progress);
    let done = judged(path, changed(path, done)?);
    one(path, "copied", key, Some(to), done, as_json)
}

pub(super) fn restore(
    path: &Path,
    key: &str,
    offset: Option<u64>,
    as_json: bool,
) -> Result<(), CliError> {
    let progress = Progress::new();
    let done = edit(path, &progress, |editor| {
        editor.restore(key, offset, Plan::Any)
    });
    let done = judged(path, changed(path, done)?);
    one(path, "restored", key, None, done, as_json)
}

/// With a class in the entry that was made of which it is not known whether Python can load it.
fn judged(path: &Path, done: Done) -> (Done, Option<String>) {
    let range = done.entry.as_ref().map(Entry::value_range);
    let class = range.and_then(|range| {
        let source = FileSource::open(path).ok()?;
        let progress = Progress::new();
        let value = decode_value(&source, range.start, range.end, &Limits::JUDGED, &progress);
        unjudged(&value.ok()?)
    });
    (done, class)
}

fn one(
    file: &Path,
    did: &str,
    key: &str,
    to: Option<&str>,
    (done, unjudged): (Done, Option<String>),
    as_json: bool,
) -> Result<(), CliError> {
    let (done, unjudged) = (&done, unjudged.as_deref());
    print(
        as_json,
        &[Report {
            file,
            did,
            key,
            to,
            done,
            unjudged,
        }],
    )
}
