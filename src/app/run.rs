//! Starting the window, and saying why it cannot start.

use super::ViewerApp;
use super::display::{self, Display};
use super::screenshot::{Screenshot, ScreenshotRequest, ScreenshotResult};
use crate::session::{Action, NoticeLevel, Session, Settings, Show, Wake};
use eframe::egui;
use std::path::PathBuf;
use std::sync::PoisonError;

/// Width and height of the window in points, where the screen has room for it.
const SIZE: [f32; 2] = [1280.0, 800.0];
/// Smaller than this, panels would cover each other.
const MIN_SIZE: [f32; 2] = [720.0, 480.0];
/// What title bar, frame and the panels of a desktop take of a screen, about.
const TAKEN: [f32; 2] = [16.0, 110.0];
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
    /// The window was there.
    #[error("the connection to the display ended: {why}")]
    Ended {
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
    let display = display::choose()?;
    let wake = Wake::default();
    let mut session = session_of(&options, &wake);
    // Files are read while the window is being made.
    open_files(&mut session, &options);
    let result = ScreenshotResult::default();
    let mut app = ViewerApp::new(session);
    app.takes_drops = display.takes_drops();
    app.is_to_fit = options.size.is_none() && options.screenshot.is_none();
    app.screenshot = options
        .screenshot
        .as_ref()
        .map(|request| Screenshot::new(request.clone(), result.clone()));
    let native = native_options(&options, display);
    display::guarded(|is_open| {
        eframe::run_native(
            "cubescope",
            native,
            Box::new(move |creation| {
                is_open.set();
                app.picker.set_parent(creation);
                let ctx = creation.egui_ctx.clone();
                wake.set(move || ctx.request_repaint());
                Ok(Box::new(app))
            }),
        )
    })?;
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
            "No home folder was found: settings and undo lists are lost when the program ends";
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

/// The size of the window on a screen of this size, where the first one would reach beyond what is free of it.
pub(super) fn size_on(screen: egui::Vec2) -> Option<egui::Vec2> {
    let [width, height] = SIZE;
    let free = screen - egui::Vec2::from(TAKEN);
    let size = egui::vec2(width, height).min(free.max(MIN_SIZE.into()));
    (size != egui::vec2(width, height)).then_some(size)
}

fn native_options(options: &Options, display: Display) -> eframe::NativeOptions {
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
        event_loop_builder: display.event_loop(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    #[test]
    fn the_first_window_leaves_room_for_what_is_around_it() {
        assert_eq!(size_on(vec2(1920.0, 1080.0)), None);
        assert_eq!(size_on(vec2(1280.0, 800.0)), Some(vec2(1264.0, 690.0)));
        assert_eq!(size_on(vec2(1366.0, 768.0)), Some(vec2(1280.0, 658.0)));
        assert_eq!(size_on(vec2(700.0, 400.0)), Some(MIN_SIZE.into()));
    }
}
