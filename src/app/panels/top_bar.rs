//! The menu at the top.

use super::command_button as command;
use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::render::Shrink;
use crate::session::Action;
use crate::session::settings::Theme;
use eframe::egui;
use std::path::Path;

const ZOOMED_OUT: [(Shrink, &str, &str); 2] = [
    (
        Shrink::Mean,
        "Average",
        "A pixel shows the mean of the cells that share it; of a picture too large to be read whole, of those that are read",
    ),
    (
        Shrink::Nearest,
        "Nearest",
        "A pixel shows one of the cells that share it, as it is",
    ),
];

const THEMES: [(Theme, &str); 3] = [
    (Theme::System, "Follow system"),
    (Theme::Light, "Light"),
    (Theme::Dark, "Dark"),
];

pub(crate) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    egui::Panel::top("menu").show(ui, |ui| {
        egui::MenuBar::new().ui(ui, |ui| {
            let asked = menu_asked_for(ui.ctx());
            let file = ui.menu_button("File", |ui| file_menu(ui, cx)).response;
            // Named apart from the switch of that name.
            let edit = ui
                .menu_button("Edit", |ui| edit_menu(ui, cx))
                .response
                .accessible_name("Edit menu");
            let view = ui.menu_button("View", |ui| view_menu(ui, cx)).response;
            let help = ui.menu_button("Help", |ui| {
                command(ui, cx, Command::ShowShortcuts);
                command(ui, cx, Command::ShowAbout);
            });
            let menus = [file, edit, view, help.response];
            if let Some(menu) = asked.and_then(|asked| menus.get(asked)) {
                menu.request_focus();
                egui::Popup::open_id(ui.ctx(), egui::Popup::default_response_id(menu));
            }
        });
    });
}

/// The menu that Alt with its first letter, or F10, asks for. Down and Up go on from there.
fn menu_asked_for(ctx: &egui::Context) -> Option<usize> {
    use egui::{Event, Key, Modifiers};
    const LETTERS: [Key; 4] = [Key::F, Key::E, Key::V, Key::H];
    if ctx.memory(|memory| memory.top_modal_layer().is_some()) {
        return None;
    }
    ctx.input_mut(|input| {
        if input.consume_key(Modifiers::NONE, Key::F10) {
            return Some(0);
        }
        let is_pressed = |letter: &Key| {
            input.events.iter().any(|event| {
                matches!(event, Event::Key { key, pressed: true, modifiers, .. }
                    if key == letter && modifiers.matches_exact(Modifiers::ALT))
            })
        };
        let asked = LETTERS.iter().position(is_pressed)?;
        // Its letter is not typed.
        input
            .events
            .retain(|event| !matches!(event, Event::Text(_) | Event::Key { .. }));
        Some(asked)
    })
}

fn file_menu(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    command(ui, cx, Command::OpenFile);
    command(ui, cx, Command::OpenPath);
    ui.menu_button("Recent files", |ui| recent_menu(ui, cx));
    ui.separator();
    command(ui, cx, Command::CloseFile);
    ui.separator();
    command(ui, cx, Command::Quit);
}

fn recent_menu(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    let recent = cx.session.settings().recent();
    if recent.is_empty() {
        ui.weak("No file was opened yet");
        return;
    }
    ui.set_max_width(420.0);
    for path in recent {
        let mut text = egui::RichText::new(short_path(path));
        if cx.session.is_recent_gone(path) {
            text = egui::RichText::new(format!("{} (not found)", short_path(path))).weak();
        }
        let button = egui::Button::new(text).wrap_mode(egui::TextWrapMode::Truncate);
        if ui
            .add(button)
            .on_hover_text(path.display().to_string())
            .clicked()
        {
            cx.act(Action::Open(path.clone()));
        }
    }
    ui.separator();
    if ui.button("Forget recent files").clicked() {
        cx.act(Action::ClearRecent);
    }
}

/// Folder and name: enough to tell files apart, short enough for a menu.
fn short_path(path: &Path) -> String {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    match path.parent().and_then(Path::file_name) {
        Some(folder) => format!("{}/{name}", folder.to_string_lossy()),
        None => name.into_owned(),
    }
}

fn edit_menu(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    for (number, group) in [
        &[Command::ToggleEditing][..],
        &[Command::Undo, Command::Redo, Command::BackToOpened],
        &[
            Command::NewKey,
            Command::RenameKey,
            Command::DuplicateKey,
            Command::DeleteKeys,
        ],
        &[
            Command::CopyKeys,
            Command::PasteKeys,
            Command::SelectAllKeys,
        ],
    ]
    .into_iter()
    .enumerate()
    {
        if number > 0 {
            ui.separator();
        }
        for one in group {
            command(ui, cx, *one);
        }
    }
}

fn view_menu(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    for one in [
        Command::FitPicture,
        Command::ActualSize,
        Command::PreviousBand,
        Command::NextBand,
        Command::BackTenBands,
        Command::ForwardTenBands,
        Command::ClearPins,
        Command::ToggleStatistics,
        Command::ToggleHistory,
    ] {
        command(ui, cx, one);
    }
    ui.separator();
    ui.menu_button("Downsampling", |ui| {
        let chosen = cx.session.settings().zoomed_out();
        for (shrink, text, tip) in ZOOMED_OUT {
            let radio = ui.radio(chosen == shrink, text).on_hover_text(tip);
            if radio.clicked() {
                cx.act(Action::SetZoomedOut(shrink));
            }
        }
    });
    ui.menu_button("Theme", |ui| {
        let chosen = cx.session.settings().theme();
        for (theme, text) in THEMES {
            if ui.radio(chosen == theme, text).clicked() {
                cx.act(Action::SetTheme(theme));
            }
        }
    });
}
