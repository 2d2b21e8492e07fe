//! The window: the only place that may say `egui`.
//!
//! ```text
//!  logic()  takes in what jobs and the watch over files brought        &mut Session
//!  ui()     shortcuts, panels, views, dialogs, dropped files           &Session, Request ─┐
//!           then, at the end of the frame, what they asked for         &mut Session ◄─────┘
//! ```
//!
//! Panels and views read the session and send requests; they change nothing, read no file, compute nothing over an array and
//! never wait. Panels, views and dialogs do not know each other: only `frame` knows all of them. Widgets know design tokens
//! and plain values, not the session.

mod clean_up;
pub mod commands;
pub mod context;
mod dialogs;
mod display;
mod file_picker;
mod frame;
mod input_order;
mod panels;
mod run;
mod screenshot;
mod spoken;
mod texture;
pub mod theme;
mod views;
pub mod widgets;

#[cfg(test)]
mod tests;

pub use run::{AppError, Options, run};
pub use screenshot::ScreenshotRequest;

use crate::session::Session;
use crate::session::settings::Theme;
use dialogs::Dialogs;
use eframe::egui;
use file_picker::FilePicker;
use screenshot::Screenshot;
use texture::TextureStore;

/// A session in a window.
pub struct ViewerApp {
    session: Session,
    dialogs: Dialogs,
    picker: FilePicker,
    textures: TextureStore,
    screenshot: Option<Screenshot>,
    /// The theme egui was told.
    theme: Option<Theme>,
    is_set_up: bool,
    /// The window has the size of a large screen, and is to fit the one that it is on.
    is_to_fit: bool,
    /// Files can be dropped on the window.
    takes_drops: bool,
    /// What is unsaved may be lost.
    may_quit: bool,
    title: String,
}

impl ViewerApp {
    /// A window on a session.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session,
            dialogs: Dialogs::default(),
            picker: FilePicker::default(),
            textures: TextureStore::default(),
            screenshot: None,
            theme: None,
            is_set_up: false,
            is_to_fit: false,
            takes_drops: true,
            may_quit: false,
            title: String::new(),
        }
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The session, to act on it from outside of the window.
    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Draws the whole window, then does what was asked for in it.
    pub fn show(&mut self, ui: &mut egui::Ui) {
        frame::show(self, ui);
    }
}

impl eframe::App for ViewerApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        frame::take_in(self, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn raw_input_hook(&mut self, _ctx: &egui::Context, raw_input: &mut egui::RawInput) {
        if self.screenshot.is_some() {
            // Wherever the pointer happens to be, the picture is the same.
            raw_input
                .events
                .retain(|event| !screenshot::is_of_pointer(event));
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        clean_up::on_exit(&mut self.session);
    }
}
