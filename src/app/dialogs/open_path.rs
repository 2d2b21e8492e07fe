//! Opening a file by typing its path: works where no system dialog does.

use super::heading;
use crate::app::context::{Request, ViewerContext};
use crate::app::widgets::{field_id, line};
use eframe::egui;
use std::path::PathBuf;

/// Why a path is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum WhyTyped {
    /// The user wants to.
    Asked,
    /// The system has no file dialog.
    NoDialog,
    /// The system was asked for its dialog, and it may be that none comes.
    DialogIsSlow,
}

pub(super) struct OpenPath {
    text: String,
    why: WhyTyped,
    /// The field was given the keyboard.
    has_focus: bool,
}

impl OpenPath {
    pub(super) fn new(why: WhyTyped) -> Self {
        Self {
            text: String::new(),
            why,
            has_focus: false,
        }
    }
}

/// Returns whether it is done.
pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, state: &mut OpenPath) -> bool {
    heading(ui, "Open a file by its path");
    let drop = if cx.takes_drops {
        ", or drop the file on the window"
    } else {
        ""
    };
    let why = match state.why {
        WhyTyped::Asked => None,
        WhyTyped::NoDialog => Some("This system offers no file dialog."),
        WhyTyped::DialogIsSlow => {
            Some("Waiting for the system's file dialog. It may be behind the window.")
        }
    };
    if let Some(why) = why {
        ui.label(format!("{why} Type or paste the path here{drop}."));
        ui.add_space(6.0);
    }
    let label = ui.label("Path");
    let id = field_id(ui, "path");
    let field = line(&mut state.text, id)
        .desired_width(f32::INFINITY)
        .hint_text("/data/scan.mmdpickle");
    let response = ui.add(field).labelled_by(label.id);
    if !std::mem::replace(&mut state.has_focus, true) {
        response.request_focus();
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    ui.add_space(8.0);
    let path = state.text.trim();
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let is_clicked = ui
            .add_enabled(!path.is_empty(), egui::Button::new("Open"))
            .clicked();
        let is_cancelled = ui.button("Cancel").clicked();
        if (is_clicked || is_entered) && !path.is_empty() {
            cx.requests.push(Request::OpenTyped(typed_path(path)));
            return true;
        }
        is_cancelled
    })
    .inner
}

/// Pasted from a file manager or a shell: quotes, `file://`, `~`.
fn typed_path(text: &str) -> PathBuf {
    let text = text.trim_matches(|c| c == '"' || c == '\'');
    let text = text.strip_prefix("file://").unwrap_or(text);
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_paths_are_understood() {
        assert_eq!(typed_path("'/a b'"), PathBuf::from("/a b"));
        assert_eq!(typed_path("file:///a"), PathBuf::from("/a"));
        assert_eq!(typed_path("a/b"), PathBuf::from("a/b"));
    }
}
