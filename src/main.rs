//! Arguments in, window or subcommand out.

use cubescope::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::from_args();
    match cli.command {
        Some(command) => cli::run(&command),
        None => window(cli.window),
    }
}

#[cfg(feature = "gui")]
fn window(mut args: cli::WindowArgs) -> ExitCode {
    use cubescope::app::{AppError, Options, ScreenshotRequest, run};
    use cubescope::session::{Settings, Show};

    if args.files.is_empty() {
        args.files.extend(cli::sample_file());
    }
    let size = args.size.map(|(width, height)| [width, height]);
    let screenshot = args.screenshot.clone().map(|file| ScreenshotRequest {
        file,
        inputs: args.files.clone(),
    });
    let options = Options {
        files: args.files.clone(),
        show: Show {
            key: args.key.clone(),
            band: args.bands.band,
            wavelength_nm: args.bands.wavelength,
            rgb: args.bands.rgb,
        },
        size,
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
        Err(err @ AppError::NoDisplay) => {
            cli::complain(&format!("{err}; {}", cli::headless_hint(&args)));
            ExitCode::from(2)
        }
        Err(err) => {
            cli::complain(&err.to_string());
            ExitCode::from(2)
        }
    }
}

#[cfg(not(feature = "gui"))]
fn window(args: cli::WindowArgs) -> ExitCode {
    cli::complain(&format!(
        "this build has no window; {}",
        cli::headless_hint(&args)
    ));
    ExitCode::from(2)
}
