//! The window by label: what a user or a screen reader finds, and what it does.

mod editing;
mod file;
mod masks;
mod pictures;
mod spoken;
mod statistics;
mod table;
mod typing;
mod undo;
mod values;

use super::ViewerApp;
use crate::session::readout::readout;
use crate::session::view::Mode;
use crate::session::{Action, Document, DocumentState, Session};
use eframe::egui;
use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

type Window = Harness<'static, ViewerApp>;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.mmdpickle")
}

fn window() -> Window {
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(40)
        .build_ui_state(
            |ui, app: &mut ViewerApp| app.show(ui),
            ViewerApp::new(Session::for_test()),
        );
    harness.run_steps(3);
    harness
}

/// Waits for all jobs, then draws what they brought.
fn settle(harness: &mut Window) {
    for _ in 0..3 {
        assert!(
            harness.state_mut().session_mut().settle(TIMEOUT),
            "the session does not settle"
        );
        harness.run_steps(3);
    }
}

fn window_with_sample() -> Window {
    let mut harness = window();
    harness
        .state_mut()
        .session_mut()
        .apply(Action::Open(sample()));
    settle(&mut harness);
    harness
}

fn document(harness: &Window) -> &Document {
    harness
        .state()
        .session()
        .active_document()
        .expect("a document")
}

fn click(harness: &mut Window, label: &str) {
    harness.get_by_label(label).click();
    // One for each event of the click, and one for what it opens.
    harness.run_steps(6);
    settle(harness);
}

#[test]
fn a_path_can_be_typed() {
    let mut harness = window();
    click(&mut harness, "or type its path");
    harness
        .get_by_role_and_label(Role::TextInput, "Path")
        .type_text(&sample().display().to_string());
    harness.run_steps(2);
    click(&mut harness, "Open");
    assert!(matches!(document(&harness).state(), DocumentState::Open(_)));
    assert!(
        harness.query_by_label("Path").is_none(),
        "the dialog is closed"
    );
    harness.get_by_label_contains("scan-00000, uint16");
    harness.get_by_role_and_label(Role::Image, "Picture");
    harness.get_by_role_and_label(Role::Image, "Spectrum");
}

#[test]
fn a_key_can_be_selected() {
    let mut harness = window_with_sample();
    harness.get_by_label_contains("hdr, float32").click();
    settle(&mut harness);
    assert_eq!(
        document(&harness).list().selected().map(|key| &**key),
        Some("hdr")
    );
    harness.get_by_label_contains("description, str").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Picture").is_none());
    assert!(document(&harness).feeds().value().shown().is_some());
}

#[test]
fn the_band_slider_moves_the_band() {
    let mut harness = window_with_sample();
    click(&mut harness, "Single band");
    let band = document(&harness).view().map_or(0, |view| view.band);
    harness.get_by_label("Band").focus();
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(2);
    settle(&mut harness);
    let view = document(&harness).view().expect("a view");
    assert_eq!((view.mode, view.band), (Mode::Single, band + 1));
    let wavelength = document(&harness)
        .wavelengths()
        .and_then(|found| found.values().get(band + 1))
        .copied();
    let shown = harness
        .get_by_label("Wavelength")
        .value()
        .unwrap_or_default();
    let shown: f64 = shown.parse().expect("a number");
    assert!(
        (shown - wavelength.unwrap_or(f64::NAN)).abs() < 0.01,
        "{shown}"
    );
}

#[test]
fn hovering_reads_the_pixel_and_a_click_pins_it() {
    let mut harness = window_with_sample();
    let middle = harness.get_by_label("Picture").rect().center() + egui::vec2(31.0, 17.0);
    harness.hover_at(middle);
    harness.run_steps(2);
    settle(&mut harness);
    let position = readout(document(&harness)).expect("a read-out").position;
    harness.get_by_label(&position);

    harness.drag_at(middle);
    harness.run_steps(1);
    harness.drop_at(middle);
    harness.run_steps(2);
    settle(&mut harness);
    assert_eq!(
        document(&harness).view().map(|view| view.pins.len()),
        Some(1)
    );
    harness.get_by_label(&format!("Remove pin {position}"));
    click(&mut harness, "Clear pins");
    assert_eq!(
        document(&harness).view().map(|view| view.pins.len()),
        Some(0)
    );
}

#[test]
fn the_list_can_be_filtered() {
    let mut harness = window_with_sample();
    harness.get_by_label("Search keys").focus();
    harness.run_steps(1);
    harness.get_by_label("Search keys").type_text("scan");
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("hdr, float32").is_none());
    harness.get_by_label_contains("scan-00000-p, dict");
    harness.get_by_label("2 of 8");
}

#[test]
fn bands_step_by_keyboard_unless_a_text_field_has_the_focus() {
    let mut harness = window_with_sample();
    click(&mut harness, "Single band");
    let band = document(&harness).view().map_or(0, |view| view.band);
    harness.key_press(egui::Key::Period);
    harness.run_steps(2);
    assert_eq!(
        document(&harness).view().map(|view| view.band),
        Some(band + 1)
    );
    harness.get_by_label("Search keys").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::Comma);
    harness.run_steps(2);
    assert_eq!(
        document(&harness).view().map(|view| view.band),
        Some(band + 1)
    );
}

#[test]
fn a_broken_file_says_why_and_can_be_tried_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("broken.mmdpickle");
    std::fs::write(&path, "not a pickle").expect("written");
    let mut harness = window();
    harness
        .state_mut()
        .session_mut()
        .apply(Action::Open(path.clone()));
    settle(&mut harness);
    harness.get_by_label("This file cannot be opened");
    let why = harness.get_all_by_label_contains("broken.mmdpickle");
    assert!(why.count() <= 3, "once, besides the tab and its name");
    assert!(harness.state().session().notices().is_empty());
    std::fs::copy(sample(), &path).expect("mended");
    click(&mut harness, "Try again");
    harness.get_by_label("Picture");
}

#[test]
fn every_dialog_opens_and_closes() {
    let mut harness = window();
    harness.key_press(egui::Key::F1);
    harness.run_steps(3);
    harness.get_by_label("Wheel or pinch");
    click(&mut harness, "Close");
    click(&mut harness, "Help");
    click(&mut harness, "About cubescope");
    harness.get_by_label_contains("Pictures kept in memory");
    harness.get_by_label_contains("Nothing in a file is ever executed");
    harness.key_press(egui::Key::Escape);
    harness.run_steps(3);
    assert!(
        harness
            .query_by_label_contains("Nothing in a file")
            .is_none()
    );
}

#[test]
fn several_files_have_tabs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("second.mmdpickle");
    std::fs::copy(sample(), &path).expect("a copy");
    let mut harness = window_with_sample();
    harness.state_mut().session_mut().apply(Action::Open(path));
    settle(&mut harness);
    assert_eq!(document(&harness).name(), "second.mmdpickle");
    click(&mut harness, "sample.mmdpickle");
    assert_eq!(document(&harness).name(), "sample.mmdpickle");
    click(&mut harness, "Close sample.mmdpickle");
    assert_eq!(harness.state().session().documents().len(), 1);
}

#[test]
fn a_quiet_window_asks_for_no_frames() {
    asks_for_no_frames(window_with_sample());
}

/// Once nothing happens any more.
fn asks_for_no_frames(mut harness: Window) {
    // What the last frame made necessary is done as well.
    for _ in 0..3 {
        harness.run();
        settle(&mut harness);
    }
    harness.run();
    let delay = harness
        .output()
        .viewport_output
        .values()
        .map(|output| output.repaint_delay)
        .min();
    assert!(
        delay.is_none_or(|delay| delay > Duration::from_secs(3600)),
        "{delay:?}"
    );
}

/// Where the picture begins: below everything above it.
fn top_of_picture(harness: &Window) -> f32 {
    harness.get_by_label("Picture").rect().top()
}

#[test]
fn notices_stay_small() {
    let mut harness = window_with_sample();
    let bare = top_of_picture(&harness);
    for count in 1..=6 {
        let text = format!("{count} {}", "a long text about a file ".repeat(40));
        let tell = Action::Tell(crate::session::NoticeLevel::Error, text);
        harness.state_mut().session_mut().apply(tell);
        harness.run_steps(30);
        assert_eq!(top_of_picture(&harness), bare, "{count}: nothing moves");
        let texts = harness.get_all_by_label_contains("a long text about a file");
        let top = texts.map(|text| text.rect().top());
        let top = top.fold(f32::INFINITY, f32::min);
        let most = 50.0 * count.min(3) as f32 + 80.0;
        assert!(top > 800.0 - most || count > 3, "{count}: {top}");
    }
}

#[test]
fn the_spectrum_is_as_high_as_before_after_the_window_was_small() {
    let mut harness = window_with_sample();
    let height = |harness: &Window| {
        harness
            .get_by_role_and_label(Role::Image, "Spectrum")
            .rect()
            .height()
    };
    let (before, keys) = (
        height(&harness),
        harness.get_by_label("Search keys").rect().width(),
    );
    harness.set_size(egui::vec2(600.0, 330.0));
    harness.run_steps(5);
    assert!(height(&harness) < before - 20.0);
    assert!(harness.get_by_label("Search keys").rect().width() < keys - 20.0);
    harness.set_size(egui::vec2(1280.0, 800.0));
    harness.run_steps(5);
    assert!((height(&harness) - before).abs() < 1.0);
    assert!((harness.get_by_label("Search keys").rect().width() - keys).abs() < 1.0);
}

fn ctrl_l() -> egui::Event {
    egui::Event::Key {
        key: egui::Key::L,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::COMMAND,
    }
}

#[test]
fn what_is_typed_right_after_the_shortcut_is_the_path() {
    let mut harness = window_with_sample();
    click(&mut harness, "Single band");
    let band = document(&harness).view().map_or(0, |view| view.band);
    let text = |text: &str| egui::Event::Text(text.to_owned());
    let period = |pressed| egui::Event::Key {
        key: egui::Key::Period,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    // In the same frame, in the next one, and one after the other.
    let frames = [
        vec![ctrl_l(), period(true), text("."), period(false)],
        vec![period(true), text("."), period(false)],
        vec![text("/")],
        vec![text("a")],
        vec![text("b")],
    ];
    for events in frames {
        harness.input_mut().events.extend(events);
        harness.step();
    }
    harness.run_steps(3);
    let field = harness.get_by_role_and_label(Role::TextInput, "Path");
    assert_eq!(field.value().as_deref(), Some("../ab"));
    assert!(field.is_focused());
    assert_eq!(document(&harness).view().map(|view| view.band), Some(band));
}

#[test]
fn keys_do_not_act_behind_an_open_list() {
    let mut harness = window_with_sample();
    let selected = |harness: &Window| document(harness).list().selected().cloned();
    let before = selected(&harness);
    harness.get_by_label("Rows axis").click();
    harness.run_steps(6);
    harness.key_press(egui::Key::ArrowDown);
    harness.key_press(egui::Key::ArrowDown);
    harness.run_steps(3);
    assert_eq!(selected(&harness), before);
}

#[test]
fn the_picture_has_keys_for_its_size() {
    use crate::session::camera::Camera;
    let mut harness = window_with_sample();
    let is_fit = |harness: &Window| {
        document(harness)
            .view()
            .is_some_and(|view| view.camera == Camera::Fit)
    };
    harness.key_press(egui::Key::Num1);
    harness.run_steps(3);
    assert!(!is_fit(&harness));
    harness.key_press(egui::Key::Num0);
    harness.run_steps(3);
    assert!(is_fit(&harness));
}
