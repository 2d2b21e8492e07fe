//! The text face: subcommands that do without a window what the window does.
//!
//! Exit status 0 = fine, 1 = nothing matched, not exact or not sound, 2 = usage error or failure. Errors go to stderr:
//! cause first, path last.

mod args;
mod change;
mod check;
mod compat;
mod convert;
mod dis;
mod get;
mod headless;
mod history;
mod ls;
mod output;
mod plain_json;
mod render;
mod repair;
mod set;
mod spectrum;
mod stats;
mod vacuum;

pub use headless::{headless_hint, sample_file};

pub use args::{
    BandArgs, Cli, Command, CompatArgs, InPlace, RenderArgs, RepairArgs, SetArgs, TwoKeysArgs,
    VacuumArgs, WindowArgs,
};

use crate::dataset::repair::RepairError;
use crate::dataset::{ConvertError, Dataset, Item, OpenError, ReadError};
use crate::exchange::OutputError;
use crate::mmapdict::{Doubt, EditError};
use crate::progress::{Cancelled, Progress};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why a subcommand did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The file could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No such key; the status is 1.
    #[error("There is no key {key:?}{hint}: {}", path.display())]
    NoKey {
        /// What was asked for.
        key: String,
        /// ` (did you mean …?)`, or nothing.
        hint: String,
        /// The file.
        path: PathBuf,
    },
    /// Plain JSON cannot say it; the status is 1.
    #[error("{0}; use --typed for an exact form")]
    NotExact(String),
    /// The file was read, the item was not.
    #[error("{key:?} cannot be read: {why}: {}", path.display())]
    Read {
        /// The item's key.
        key: String,
        /// What is wrong.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// Opcodes were listed, but not all; the status is 1.
    #[error("{faults} {} not be listed, see the lines with '!': {}", if *faults == 1 { "part could" } else { "parts could" }, path.display())]
    Gaps {
        /// How many places.
        faults: usize,
        /// The file.
        path: PathBuf,
    },
    /// The file was not changed.
    #[error("{why}: {}", path.display())]
    Edit {
        /// Why not.
        why: Box<EditError>,
        /// The file.
        path: PathBuf,
    },
    /// The change is made, but not certain.
    #[error("{doubt}: {}", path.display())]
    Doubt {
        /// What is not certain.
        doubt: Doubt,
        /// The file.
        path: PathBuf,
    },
    /// The file was not converted.
    #[error("{why}: {}", path.display())]
    Convert {
        /// Why not.
        why: Box<ConvertError>,
        /// The file.
        path: PathBuf,
    },
    /// The file was not repaired.
    #[error("{why}: {}", path.display())]
    Repair {
        /// Why not.
        why: Box<RepairError>,
        /// The file.
        path: PathBuf,
    },
    /// Arguments that do not fit the file.
    #[error("{0}")]
    Usage(String),
    /// Writing the output failed.
    #[error("Writing failed: {0}")]
    Output(#[from] io::Error),
    /// A file could not be made.
    #[error(transparent)]
    File(#[from] OutputError),
    /// A change was made, and standard output could not be written to.
    #[error("The change is made, but it could not be said on standard output ({0})")]
    Unsaid(io::Error),
}

impl CliError {
    fn edit(why: EditError, path: &Path) -> Self {
        Self::Edit {
            why: Box::new(why),
            path: path.to_owned(),
        }
    }

    /// Of what is said about a change that is made.
    fn unsaid(self) -> Self {
        match self {
            Self::Output(err) if err.kind() != io::ErrorKind::BrokenPipe => Self::Unsaid(err),
            other => other,
        }
    }

    fn status(&self) -> u8 {
        match self {
            Self::NoKey { .. } | Self::NotExact(_) | Self::Gaps { .. } => 1,
            Self::Repair { why, .. } if matches!(**why, RepairError::Nothing(_)) => 1,
            Self::Edit { why, .. } => match **why {
                EditError::NoKey(_)
                | EditError::NothingToRestore(_)
                | EditError::NoSuchVersion { .. }
                | EditError::Freed(_) => 1,
                _ => 2,
            },
            _ => 2,
        }
    }
}

/// Runs a subcommand and prints what it has to say.
#[must_use]
pub fn run(command: &Command) -> ExitCode {
    let result = match command {
        Command::Ls { file, all, json } => ls::run(file, *all, *json),
        Command::Get {
            file,
            key,
            slice,
            json,
            typed,
        } => {
            let form = get::Form::new(*json, *typed);
            get::run(file, key.as_deref(), slice.as_deref(), form)
        }
        Command::Stats {
            file,
            key,
            slice,
            percentiles,
            json,
        } => stats::run(file, key, slice.as_deref(), percentiles, *json),
        Command::Spectrum {
            file,
            key,
            at,
            json,
            csv,
        } => spectrum::run(file, key, at, spectrum::Form::new(*json, *csv)),
        Command::Render(args) => render::run(args),
        Command::Check { file, json } => match check::run(file, *json) {
            Ok(false) => return ExitCode::from(1),
            other => other.map(drop),
        },
        Command::Set(args) => set::run(args),
        Command::Rm { file, keys, json } => change::delete(file, keys, *json),
        Command::Mv(args) => change::rename(&args.file, &args.key, &args.to, args.json),
        Command::Cp(args) => change::duplicate(&args.file, &args.key, &args.to, args.json),
        Command::History { file, key, json } => history::run(file, key.as_deref(), *json),
        Command::Restore {
            file,
            key,
            offset,
            json,
        } => change::restore(file, key, *offset, *json),
        Command::Vacuum(args) => vacuum::run(args),
        Command::Cleanup { file, json } => change::clean_up(file, *json),
        Command::Dis { file, key, json } => dis::run(file, key.as_deref(), *json),
        Command::Convert { file, output, json } => convert::run(file, output, *json),
        Command::Repair(args) => repair::run(args),
        Command::Compat(args) => compat::run(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has had enough of it.
        Err(CliError::Output(err)) if err.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(err) => {
            output::complain(&err.to_string());
            ExitCode::from(err.status())
        }
    }
}

/// Prints an error of the program itself, in the same form.
pub fn complain(message: &str) {
    output::complain(message);
}

/// A file of which all items are looked at.
fn open(path: &Path) -> Result<Dataset, CliError> {
    Ok(warned(Dataset::list(path, &Progress::new())?))
}

/// A file of which one key is looked at.
fn open_key(path: &Path, key: &str) -> Result<Dataset, CliError> {
    Ok(warned(Dataset::open_key(path, key, &Progress::new())?))
}

fn warned(dataset: Dataset) -> Dataset {
    for warning in dataset.warnings() {
        let message = warning.message.trim_end_matches('.');
        let path = dataset.path().display();
        output::complain(&format!("warning: {message}: {path}"));
    }
    dataset
}

fn find<'d>(dataset: &'d Dataset, key: &str) -> Result<&'d Item, CliError> {
    dataset.item(key).ok_or_else(|| {
        let lower = key.to_lowercase();
        // Others may not have been looked at.
        let all = Dataset::list(dataset.path(), &Progress::new()).ok();
        let mut items = all.iter().flat_map(Dataset::items);
        let similar = items.find(|item| item.key.to_lowercase().contains(&lower));
        CliError::NoKey {
            key: key.to_owned(),
            hint: similar
                .map(|item| format!(" (there is {:?})", item.key))
                .unwrap_or_else(|| "; `cubescope ls` lists the keys".to_owned()),
            path: dataset.path().to_owned(),
        }
    })
}

/// Says of an error which key and file it is about.
fn about<E: Into<ReadError>>(dataset: &Dataset, item: &Item) -> impl Fn(E) -> CliError {
    let (key, path) = (item.key.clone(), dataset.path().to_owned());
    move |err| CliError::Read {
        key: key.clone(),
        why: err.into().to_string(),
        path: path.clone(),
    }
}

/// What was read counts only if the item still stands where it did.
fn check_unchanged(dataset: &Dataset, item: &Item) -> Result<(), CliError> {
    if dataset.still_holds(item) {
        return Ok(());
    }
    Err(about(dataset, item)(ReadError::Changed))
}

/// Reads from an array, and discards the result when the file was cut meanwhile.
fn reading<T>(
    dataset: &Dataset,
    item: &Item,
    work: impl FnOnce(&Progress) -> Result<T, Cancelled>,
) -> Result<T, CliError> {
    let result = work(&Progress::new()).map_err(about(dataset, item))?;
    check_unchanged(dataset, item)?;
    Ok(result)
}
