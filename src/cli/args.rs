//! Arguments as typed. What they mean for a given file is worked out by the subcommands.

use crate::render::{Colormap, Scale, Stretch};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Look into mmappickle files: hyperspectral cubes and their metadata, opened in place.
#[derive(Debug, Parser)]
#[command(name = "cubescope", version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Without a subcommand a window opens; without a file it shows the sample cube.\n\
    Nothing in a file is ever executed, and opening a file never changes it."
)]
pub struct Cli {
    /// Work without a window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to show in the window.
    #[command(flatten)]
    pub window: WindowArgs,
}

impl Cli {
    /// What the program was called with; prints help, version or what is wrong, and exits, where there is nothing to do.
    #[must_use]
    pub fn from_args() -> Self {
        let args = help_in_front(std::env::args_os().collect());
        Self::parse_from(json_in_front(args))
    }
}

/// `rm FILE KEY… --json` as `rm --json FILE KEY…`: a list of keys that may begin with a dash ends at no option. Behind `--`
/// all are keys.
fn json_in_front(args: Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_none_or(|command| command != "rm") {
        return args;
    }
    let options = args.iter().position(|arg| arg == "--");
    let (options, keys) = args.split_at(options.unwrap_or(args.len()));
    let mut sorted = options.to_vec();
    let count = sorted.len();
    sorted.retain(|arg| arg != "--json");
    if sorted.len() < count {
        sorted.insert(2.min(sorted.len()), "--json".into());
    }
    sorted.extend_from_slice(keys);
    sorted
}

/// `get --help` as `help get`. The argument behind the file is a key, whatever it looks like.
fn help_in_front(mut args: Vec<OsString>) -> Vec<OsString> {
    let is_get = args.get(1).is_some_and(|command| command == "get");
    if is_get
        && args
            .get(2)
            .is_some_and(|arg| arg == "--help" || arg == "-h")
    {
        args.truncate(1);
        args.extend(["help", "get"].map(OsString::from));
    }
    args
}

/// Arguments of the window.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// Files to open
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Key to show first
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Band or bands to show first
    #[command(flatten)]
    pub bands: BandArgs,
    /// Draw the window once its picture is final, save it as PNG and exit
    #[arg(long, value_name = "OUT.png")]
    pub screenshot: Option<PathBuf>,
    /// Size of the window, e.g. 1280x800
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<(u32, u32)>,
}

/// One band by number or wavelength, or three by number.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false)]
pub struct BandArgs {
    /// Band number, from 0
    #[arg(long, value_name = "N")]
    pub band: Option<usize>,
    /// The band nearest to this wavelength in nanometres (where the unit is no length: in the unit of the axis)
    #[arg(long, value_name = "NM", allow_negative_numbers = true)]
    pub wavelength: Option<f64>,
    /// Three band numbers as red, green and blue
    #[arg(long, value_name = "A,B,C", value_parser = three_bands)]
    pub rgb: Option<[usize; 3]>,
}

/// Work without a window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the keys of a file
    Ls {
        /// The file
        file: PathBuf,
        /// Dead entries too
        #[arg(long)]
        all: bool,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print a value, or cells of an array
    // A key may be `--help`; see `Cli::from_args`.
    #[command(disable_help_flag = true)]
    Get {
        /// The file
        file: PathBuf,
        /// The key; without it the top of a plain pickle
        #[arg(allow_hyphen_values = true)]
        key: Option<String>,
        /// NumPy-style slice of an array, e.g. '[0:3, 2, ::2]', '[()]' for a scalar
        #[arg(long, value_name = "S", allow_hyphen_values = true)]
        slice: Option<String>,
        /// Plain JSON, where that is exact
        #[arg(long, conflicts_with = "typed")]
        json: bool,
        /// JSON that names each type, for any value
        #[arg(long)]
        typed: bool,
    },
    /// Exact statistics of an array over its finite, unmasked cells
    Stats {
        /// The file
        file: PathBuf,
        /// The key
        #[arg(allow_hyphen_values = true)]
        key: String,
        /// NumPy-style slice, e.g. '[:, :, 10]'
        #[arg(long, value_name = "S", allow_hyphen_values = true)]
        slice: Option<String>,
        /// Percentiles to compute, 0 to 100
        #[arg(
            long,
            value_name = "P,…",
            value_delimiter = ',',
            default_value = "2,50,98"
        )]
        percentiles: Vec<String>,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print the spectrum of a pixel
    Spectrum {
        /// The file
        file: PathBuf,
        /// The key
        #[arg(allow_hyphen_values = true)]
        key: String,
        /// Index of each axis but the spectral one, e.g. row,column; not for an array of one axis
        #[arg(long, value_name = "Y,X", value_delimiter = ',')]
        at: Vec<usize>,
        /// One JSON document
        #[arg(long)]
        json: bool,
        /// Comma-separated values with a header line
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Say what is wrong with a file; the status is 1 where there is more than notes
    Check {
        /// The file
        file: PathBuf,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Save a picture of an array as PNG
    Render(RenderArgs),
    /// Put a value or an array under a key; the version before is kept
    Set(SetArgs),
    /// Delete keys; their values are kept until the file is vacuumed
    Rm {
        /// The file
        file: PathBuf,
        /// The keys
        #[arg(required = true, allow_hyphen_values = true)]
        keys: Vec<String>,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Rename a key
    Mv(TwoKeysArgs),
    /// Copy a value to another key
    Cp(TwoKeysArgs),
    /// List the versions that were deleted or replaced
    History {
        /// The file
        file: PathBuf,
        /// Of this key only
        #[arg(allow_hyphen_values = true)]
        key: Option<String>,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Bring a deleted or replaced version back
    Restore {
        /// The file
        file: PathBuf,
        /// The key
        #[arg(allow_hyphen_values = true)]
        key: String,
        /// Where the version begins, as `history` says; default: the latest
        #[arg(long, value_name = "N")]
        offset: Option<u64>,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Free the space of deleted and replaced versions
    Vacuum(VacuumArgs),
    /// Take back or complete what an interrupted change left, so that mmappickle can open the file again
    #[command(alias = "clean-up")]
    Cleanup {
        /// The file
        file: PathBuf,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the pickle opcodes of a file, or of one entry: offset, name, argument
    Dis {
        /// The file
        file: PathBuf,
        /// The key; without it the whole file
        #[arg(allow_hyphen_values = true)]
        key: Option<String>,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a container of a plain pickle that holds a dict
    Convert {
        /// The pickle; it is not changed
        file: PathBuf,
        /// The container's file, which must not exist
        output: PathBuf,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Save what is whole in a damaged file to a new one
    Repair(RepairArgs),
    /// Say or change which NumPy can load the arrays of a file
    Compat(CompatArgs),
}

/// Arguments of `repair`.
#[derive(Debug, Args)]
#[command(after_help = "The damaged file is not changed. Without -o only the plan is shown.")]
pub struct RepairArgs {
    /// The damaged file
    pub file: PathBuf,
    /// The new file, which must not exist
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Only show what would be kept and what not
    #[arg(long)]
    pub dry_run: bool,
    /// dtype and shape of an array that is cut before they are stored, e.g. cube=uint16:80,88,200
    #[arg(long, value_name = "KEY=DTYPE:SHAPE")]
    pub assume: Vec<String>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `compat`.
#[derive(Debug, Args)]
#[command(
    after_help = "legacy: what mmappickle writes; NumPy 2.3 and later refuse to unpickle it.\n\
    modern: loaded by every NumPy, but not memory-mapped by mmappickle.\n\
    portable: loaded by every NumPy and memory-mapped by mmappickle."
)]
pub struct CompatArgs {
    /// The file
    pub file: PathBuf,
    /// Switch all arrays between legacy and modern, in place; can be undone
    #[arg(long, value_name = "SPELLING")]
    pub set: Option<InPlace>,
    /// Write a new file with all arrays portable
    #[arg(long, requires = "output", conflicts_with = "set")]
    pub portable: bool,
    /// The new file, which must not exist
    #[arg(short, long, value_name = "OUT", requires = "portable")]
    pub output: Option<PathBuf>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// Spellings of arrays that can be switched in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum InPlace {
    /// With `fromstring`
    Legacy,
    /// With `frombuffer`
    Modern,
}

/// Arguments of `set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// The file
    pub file: PathBuf,
    /// The key
    #[arg(allow_hyphen_values = true)]
    pub key: String,
    /// The value as Python literal, e.g. "{'a': (1, 2.5)}"
    #[arg(allow_hyphen_values = true, conflicts_with_all = ["from_json", "from_npy", "empty"])]
    pub literal: Option<String>,
    /// The value from a JSON file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_npy", "empty"])]
    pub from_json: Option<PathBuf>,
    /// An array from a .npy file
    #[arg(long, value_name = "FILE.npy", conflicts_with = "empty")]
    pub from_npy: Option<PathBuf>,
    /// The mask of the array, bool and of its shape
    #[arg(long, value_name = "FILE.npy", requires = "from_npy")]
    pub mask_npy: Option<PathBuf>,
    /// An array of zeros that takes no space yet, e.g. 100,200,300
    #[arg(long, value_name = "SHAPE")]
    pub empty: Option<String>,
    /// What the cells of the empty array are, e.g. uint16; default: float64
    #[arg(long, value_name = "DTYPE", requires = "empty")]
    pub dtype: Option<String>,
    /// With a mask that masks nothing
    #[arg(long, requires = "empty")]
    pub masked: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `mv` and `cp`.
#[derive(Debug, Args)]
pub struct TwoKeysArgs {
    /// The file
    pub file: PathBuf,
    /// The key
    #[arg(allow_hyphen_values = true)]
    pub key: String,
    /// The new key
    #[arg(allow_hyphen_values = true)]
    pub to: String,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `vacuum`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without an option, a compacted copy takes the file's name; programs that have the old file open keep that.\n\
    The history of what is freed is lost."
)]
pub struct VacuumArgs {
    /// The file
    pub file: PathBuf,
    /// Only say what there is to free
    #[arg(long)]
    pub dry_run: bool,
    /// Make holes of the data of dead arrays: nothing moves, safe while other programs use the file
    #[arg(long)]
    pub punch: bool,
    /// Move everything to the front, as the reference does; not safe against a crash
    #[arg(long, conflicts_with = "punch")]
    pub in_place: bool,
    /// Write the compacted copy to a new file
    #[arg(short, long, value_name = "OUT", conflicts_with_all = ["punch", "in_place"])]
    pub output: Option<PathBuf>,
    /// Replace the file even if other programs have it open for writing
    #[arg(long)]
    pub force: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// The file
    pub file: PathBuf,
    /// The key
    #[arg(allow_hyphen_values = true)]
    pub key: String,
    /// Which band or bands; default: what the window shows first
    #[command(flatten)]
    pub bands: BandArgs,
    /// NumPy-style slice that leaves two axes, e.g. '[:, 3, ::2]'
    #[arg(long, value_name = "S", allow_hyphen_values = true, conflicts_with_all = ["band", "wavelength", "rgb"])]
    pub slice: Option<String>,
    /// auto, minmax, percentile:LO,HI or fixed:LO,HI; default: auto, of images in colours fixed:0,255. auto is
    /// percentile:2,98, or minmax where integers have few values
    #[arg(long, allow_hyphen_values = true)]
    pub stretch: Option<Stretch>,
    /// linear, log, sqrt, asinh or gamma:G
    #[arg(long, default_value = "linear")]
    pub scale: Scale,
    /// Colours of a single band
    #[arg(long, value_name = "NAME", default_value = "viridis")]
    pub colormap: Colormap,
    /// Longest side of the picture in pixels; cells are left out to fit
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_size: Option<u32>,
    /// The picture's file
    #[arg(short, long, value_name = "OUT.png")]
    pub output: PathBuf,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parse = |part: &str| {
        part.trim()
            .parse::<u32>()
            .ok()
            .filter(|side| (64..=16_384).contains(side))
    };
    let sides = text
        .split_once(['x', 'X', '×'])
        .and_then(|(w, h)| Some((parse(w)?, parse(h)?)));
    sides
        .ok_or_else(|| "write width x height in pixels, 64 to 16384 each, e.g. 1280x800".to_owned())
}

fn three_bands(text: &str) -> Result<[usize; 3], String> {
    let bands: Vec<usize> = text
        .split(',')
        .map(|part| part.trim().parse().ok())
        .collect::<Option<_>>()
        .unwrap_or_default();
    bands
        .try_into()
        .map_err(|_bands| "write three band numbers, e.g. 25,15,6".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn files_open_a_window_and_subcommands_do_not() {
        let cli = Cli::parse_from([
            "cubescope",
            "a.mmdpickle",
            "b.mmdpickle",
            "--rgb",
            "3, 2,1",
            "--size",
            "800x600",
        ]);
        assert!(cli.command.is_none());
        assert_eq!(
            (
                cli.window.files.len(),
                cli.window.bands.rgb,
                cli.window.size
            ),
            (2, Some([3, 2, 1]), Some((800, 600)))
        );
        let cli = Cli::parse_from(["cubescope", "ls", "a.mmdpickle"]);
        assert!(matches!(
            cli.command,
            Some(Command::Ls {
                all: false,
                json: false,
                ..
            })
        ));
    }

    #[test]
    fn negative_slices_and_limits_are_no_options() {
        let cli = Cli::parse_from(["cubescope", "get", "f", "k", "--slice", "-1, ::-2"]);
        assert!(
            matches!(cli.command, Some(Command::Get { slice: Some(slice), .. }) if slice == "-1, ::-2")
        );
    }

    #[test]
    fn keys_may_begin_with_a_dash() {
        let cli = Cli::parse_from(["cubescope", "get", "f", "-dash", "--typed"]);
        assert!(
            matches!(cli.command, Some(Command::Get { key: Some(key), typed: true, .. }) if key == "-dash")
        );
        let cli = Cli::parse_from(["cubescope", "get", "f", "--json"]);
        assert!(matches!(
            cli.command,
            Some(Command::Get {
                key: None,
                json: true,
                ..
            })
        ));
    }

    #[test]
    fn options_may_come_last() {
        let parse = |args: &[&str]| {
            let args = ["cubescope"].iter().chain(args).map(OsString::from);
            match Cli::parse_from(json_in_front(args.collect())).command {
                Some(Command::Rm { keys, json, .. }) => (keys, json),
                other => panic!("{other:?}"),
            }
        };
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            parse(&["rm", "f", "a", "-b", "--json"]),
            (keys(&["a", "-b"]), true)
        );
        assert_eq!(parse(&["rm", "f", "--json", "a"]), (keys(&["a"]), true));
        assert_eq!(parse(&["rm", "--json", "f", "a"]), (keys(&["a"]), true));
        assert_eq!(parse(&["rm", "f", "a"]), (keys(&["a"]), false));
        assert_eq!(
            parse(&["rm", "f", "--", "a", "--json"]),
            (keys(&["a", "--json"]), false)
        );
        for verb in [
            &["history", "f", "k", "--json"][..],
            &["set", "f", "k", "-5", "--json"],
            &["mv", "f", "-a", "-b", "--json"],
            &["cp", "f", "a", "b", "--json"],
            &["restore", "f", "k", "--json"],
            &["stats", "f", "k", "--json"],
            &["spectrum", "f", "k", "--at", "1,1", "--json"],
            &["get", "f", "k", "--json"],
            &["dis", "f", "k", "--json"],
            &["ls", "f", "--json"],
            &["check", "f", "--json"],
            &["convert", "f", "g", "--json"],
            &["vacuum", "f", "--json"],
            &["repair", "f", "--json"],
            &["compat", "f", "--json"],
            &["cleanup", "f", "--json"],
        ] {
            let command = Cli::parse_from(["cubescope"].iter().chain(verb)).command;
            assert!(format!("{command:?}").contains("json: true"), "{verb:?}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for args in [
            ["--size", "0x5"],
            ["--size", "abc"],
            ["--rgb", "1,2"],
            ["--rgb", "1,2,x"],
        ] {
            assert!(
                Cli::try_parse_from(["cubescope", args[0], args[1]]).is_err(),
                "{args:?}"
            );
        }
        assert!(Cli::try_parse_from(["cubescope", "--band", "1", "--rgb", "1,2,3"]).is_err());
    }
}
