//! Arguments in, window or subcommand out.

use clap::Parser as _;
use cubescope::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match &cli.command {
        Some(command) => cli::run(command),
        None => window(cli),
    }
}

#[cfg(feature = "gui")]
fn window(cli: Cli) -> ExitCode {
    use cubescope::app::{Options, ScreenshotRequest, run};
    use cubescope::session::{Settings, Show};

    let args = cli.window;
    let screenshot = args.screenshot.map(|file| ScreenshotRequest {
        file,
        size: args.size.map(|(w, h)| [w, h]),
    });
    let options = Options {
        files: args.files,
        show: Show {
            key: args.key,
            band: args.bands.band,
            wavelength_nm: args.bands.wavelength,
            rgb: args.bands.rgb,
        },
        // A picture for a report must not depend on the user's theme, nor change the recent files.
        settings_file: if screenshot.is_some() {
            None
        } else {
            Settings::default_file()
        },
        screenshot,
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::complain(&error.to_string());
            ExitCode::from(2)
        }
    }
}

#[cfg(not(feature = "gui"))]
fn window(_cli: Cli) -> ExitCode {
    cli::complain("this build has no window");
    ExitCode::from(2)
}
