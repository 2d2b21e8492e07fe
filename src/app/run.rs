//! Starting the window, and saying why it cannot start.

use super::ViewerApp;
use super::screenshot::{Screenshot, ScreenshotRequest, ScreenshotResult};
use crate::session::{Action, NoticeLevel, Session, Settings, Show, Wake};
use eframe::egui;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::PoisonError;

/// Width and height of the window in points.
const SIZE: [f32; 2] = [1280.0, 800.0];
/// Smaller than this, panels would cover each other.
const MIN_SIZE: [f32; 2] = [720.0, 480.0];
/// Debian's names of what the window loads at run time.
const PACKAGES: &str = "libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libgl1";

/// What to open the window with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files to open; the last one is shown.
    pub files: Vec<PathBuf>,
    /// What to show of the last one.
    pub show: Show,
    /// Width and height of the window in points.
    pub size: Option<[u32; 2]>,
    /// Save a picture of the window and close it.
    pub screenshot: Option<ScreenshotRequest>,
    /// Where settings are kept; `None` keeps them in memory.
    pub settings_file: Option<PathBuf>,
}

/// Why there is no window, or no screenshot.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Neither X11 nor Wayland.
    #[error("there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set)")]
    NoDisplay,
    /// The toolkit could not make a window.
    #[error(
        "the window cannot be opened: {why}; if libraries are missing: apt-get install {PACKAGES}"
    )]
    Window {
        /// As the toolkit says.
        why: String,
    },
    /// The screenshot was asked for and not made, or shows an error.
    #[error("{why}")]
    Screenshot {
        /// Cause, path.
        why: String,
    },
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// Where no window can be opened, or the screenshot that was asked for cannot be made.
pub fn run(options: Options) -> Result<(), AppError> {
    if let Some(request) = &options.screenshot {
        let output = request.output().map(drop);
        output.map_err(|why| AppError::Screenshot {
            why: why.to_string(),
        })?;
    }
    check_display()?;
    let wake = Wake::default();
    let mut session = session_of(&options, &wake);
    // Files are read while the window is being made.
    open_files(&mut session, &options);
    let result = ScreenshotResult::default();
    let mut app = ViewerApp::new(session);
    app.screenshot = options
        .screenshot
        .as_ref()
        .map(|request| Screenshot::new(request.clone(), result.clone()));
    let native = native_options(&options);
    let window = catch_unwind(AssertUnwindSafe(|| {
        eframe::run_native(
            "cubescope",
            native,
            Box::new(move |creation| {
                let ctx = creation.egui_ctx.clone();
                wake.set(move || ctx.request_repaint());
                Ok(Box::new(app))
            }),
        )
    }));
    match window {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            return Err(AppError::Window {
                why: error.to_string(),
            });
        }
        // A missing keyboard library is reported by a panic, on stderr already.
        Err(_) => {
            return Err(AppError::Window {
                why: "the toolkit gave up".to_owned(),
            });
        }
    }
    let Some(request) = options.screenshot else {
        return Ok(());
    };
    let made = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    made.unwrap_or_else(|| {
        Err(format!(
            "The window was closed before the picture was ready. {}",
            request.file.display()
        ))
    })
    .map_err(|why| AppError::Screenshot { why })
}

fn session_of(options: &Options, wake: &Wake) -> Session {
    let (settings, warnings) = Settings::load(options.settings_file.clone());
    let mut session = Session::new(settings, wake);
    for warning in warnings {
        session.apply(Action::Tell(NoticeLevel::Warning, warning));
    }
    if options.settings_file.is_none() && options.screenshot.is_none() {
        let text =
            "There is no home folder: settings and undo lists are kept until the program ends";
        session.apply(Action::Tell(NoticeLevel::Warning, text.to_owned()));
    }
    session
}

fn open_files(session: &mut Session, options: &Options) {
    if let Some((last, others)) = options.files.split_last() {
        for file in others {
            session.apply(Action::Open(file.clone()));
        }
        session.apply(Action::OpenAt(last.clone(), options.show.clone()));
    }
}

fn native_options(options: &Options) -> eframe::NativeOptions {
    let size = options
        .size
        .map_or(SIZE, |size| size.map(|side| side as f32));
    let viewport = egui::ViewportBuilder::default()
        .with_title("cubescope")
        .with_app_id("cubescope")
        .with_inner_size(size)
        .with_min_inner_size(MIN_SIZE)
        .with_drag_and_drop(true);
    eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        ..Default::default()
    }
}

fn check_display() -> Result<(), AppError> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let names = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"];
    let needs_display = cfg!(all(unix, not(target_os = "macos")));
    if needs_display && !names.into_iter().any(is_set) {
        Err(AppError::NoDisplay)
    } else {
        Ok(())
    }
}
