//! Arguments in, window or subcommand out.

use clap::Parser as _;
use cubescope::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match &cli.command {
        Some(command) => cli::run(command),
        None => window(&cli),
    }
}

fn window(_cli: &Cli) -> ExitCode {
    cli::complain("this build has no window");
    ExitCode::from(2)
}
