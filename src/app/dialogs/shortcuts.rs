//! The list of shortcuts, made from the commands.

use super::{close_button, heading};
use crate::app::commands::{Command, Group};
use eframe::egui;

/// What is not in the table of commands: menus, the key list, and the pointer in picture and plot.
const OTHERS: [(&str, &str); 9] = [
    ("Alt+F, E, V, H or F10", "Open a menu; Up and Down go on"),
    (
        "Enter on a key",
        "Go on in its field, its cells or its picture",
    ),
    ("Move over the picture", "Values and spectrum of the pixel"),
    (
        "Click on the picture",
        "Pin the spectrum of the pixel, or remove its pin",
    ),
    ("Wheel or pinch", "Zoom at the pointer"),
    ("Drag the picture", "Pan"),
    ("Double click on the picture", "Fit"),
    ("Drag a line in the spectrum", "Select the band"),
    ("Drag a line in the histogram", "Set the colour limits"),
];

pub(super) fn show(ui: &mut egui::Ui) -> bool {
    heading(ui, "Keyboard shortcuts");
    let height = ui.ctx().content_rect().height() - 160.0;
    egui::ScrollArea::vertical()
        .max_height(height)
        .min_scrolled_height(height)
        .show(ui, |ui| {
            egui::Grid::new("shortcuts")
                .num_columns(2)
                .spacing([24.0, 6.0])
                .striped(true)
                .show(ui, |ui| {
                    for group in Group::ALL {
                        for command in Command::ALL
                            .into_iter()
                            .filter(|command| command.group() == group)
                        {
                            let keys = command.shortcut_text(ui.ctx());
                            if !keys.is_empty() {
                                row(ui, &keys, command.text());
                            }
                        }
                    }
                    for (gesture, effect) in OTHERS {
                        row(ui, gesture, effect);
                    }
                });
        });
    close_button(ui)
}

fn row(ui: &mut egui::Ui, keys: &str, effect: &str) {
    ui.strong(keys);
    ui.label(effect);
    ui.end_row();
}
