//! A picture of the window itself: once everything is drawn, save it and close.

use crate::exchange::{Output, OutputError};
use crate::session::{DocumentState, NoticeLevel, Session};
use eframe::egui;
use egui::ColorImage;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Frames after the last result: the level of detail depends on the frame before, texts on fonts loaded on the way.
const QUIET_FRAMES: u32 = 4;

/// What to save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenshotRequest {
    /// A PNG file.
    pub file: PathBuf,
    /// The files that are shown.
    pub inputs: Vec<PathBuf>,
}

impl ScreenshotRequest {
    /// Whether the file may be written; asked for before the window opens, too.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn output(&self) -> Result<Output<'_>, OutputError> {
        let inputs: Vec<&Path> = self.inputs.iter().map(PathBuf::as_path).collect();
        Output::new(&self.file, "png", &inputs)
    }
}

/// How it went; shared with whoever started the window.
pub(super) type ScreenshotResult = Arc<Mutex<Option<Result<(), String>>>>;

/// A screenshot that is to be made.
pub(super) struct Screenshot {
    request: ScreenshotRequest,
    result: ScreenshotResult,
    taken: Arc<Mutex<Option<Arc<ColorImage>>>>,
    quiet_frames: u32,
    is_done: bool,
}

impl Screenshot {
    pub(super) fn new(request: ScreenshotRequest, result: ScreenshotResult) -> Self {
        Self {
            request,
            result,
            taken: Arc::default(),
            quiet_frames: 0,
            is_done: false,
        }
    }

    /// To be called at the end of each frame.
    pub(super) fn step(&mut self, ctx: &egui::Context, session: &Session) {
        if self.is_done {
            return;
        }
        let taken = self
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(image) = taken {
            self.is_done = true;
            let result =
                save(&self.request, &image).and_then(|()| failure_of(session).map_or(Ok(()), Err));
            *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            return;
        }
        self.quiet_frames = if session.is_settled() {
            self.quiet_frames + 1
        } else {
            0
        };
        if self.quiet_frames == QUIET_FRAMES {
            let taken = Arc::clone(&self.taken);
            let again = ctx.clone();
            ctx.request_screenshot(move |image| {
                *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(image);
                again.request_repaint();
            });
        }
        if session.is_settled() {
            ctx.request_repaint();
        }
    }
}

/// Whether an event comes from mouse, pen or finger.
pub(super) fn is_of_pointer(event: &egui::Event) -> bool {
    matches!(
        event,
        egui::Event::PointerMoved(_)
            | egui::Event::MouseMoved(_)
            | egui::Event::PointerButton { .. }
            | egui::Event::MouseWheel { .. }
            | egui::Event::Touch { .. }
    )
}

/// A window that shows why something cannot be shown is a picture, but no success.
fn failure_of(session: &Session) -> Option<String> {
    let mut notices = session.notices().iter();
    if let Some(notice) = notices.find(|notice| notice.level == NoticeLevel::Error) {
        return Some(notice.text.clone());
    }
    session
        .documents()
        .iter()
        .find_map(|document| match document.state() {
            DocumentState::Failed(failed) => Some(failed.why.clone()),
            DocumentState::Opening | DocumentState::Open(_) => None,
        })
}

fn save(request: &ScreenshotRequest, image: &ColorImage) -> Result<(), String> {
    let bytes: Vec<u8> = image
        .pixels
        .iter()
        .flat_map(egui::Color32::to_array)
        .collect();
    let (width, height) = (image.width() as u32, image.height() as u32);
    let encoded = |out: &mut dyn Write| {
        PngEncoder::new(out)
            .write_image(&bytes, width, height, ExtendedColorType::Rgba8)
            .map_err(io::Error::other)
    };
    let written = request.output().and_then(|output| output.write(encoded));
    written.map_err(|error| error.to_string())
}
