//! A message in place of a view: what, why, and what is known of the item.

use crate::dataset::Item;
use crate::session::feed::CANCELLED;
use eframe::egui;

/// Shows it in the middle.
pub(super) fn show(ui: &mut egui::Ui, what: &str, why: &str, item: Option<&Item>) {
    centred(ui, |ui| {
        texts(ui, what, why);
        if let Some(item) = item {
            facts(ui, item);
        }
    });
}

/// The same with a button; `true` when pressed.
pub(super) fn show_with_button(ui: &mut egui::Ui, what: &str, why: &str, button: &str) -> bool {
    let mut is_clicked = false;
    centred(ui, |ui| {
        texts(ui, what, why);
        ui.add_space(12.0);
        is_clicked = ui.button(button).clicked();
    });
    is_clicked
}

/// What could not be read, and why; a cancelled read is not shown as an error. Returns `true` when it should be read again.
pub(super) fn failure(ui: &mut egui::Ui, what: &str, why: &str) -> bool {
    match why {
        CANCELLED => show_with_button(ui, CANCELLED, "", "Resume"),
        _ => show_with_button(ui, what, why, "Try again"),
    }
}

/// A column in the middle of the view.
pub(super) fn centred(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui)) {
    let height = ui.available_height();
    ui.vertical_centered(|ui| {
        ui.add_space((height * 0.3).max(8.0));
        ui.set_max_width((ui.available_width() - 32.0).min(640.0));
        add(ui);
    });
}

fn texts(ui: &mut egui::Ui, what: &str, why: &str) {
    ui.heading(what);
    if !why.is_empty() {
        ui.add_space(8.0);
        ui.add(egui::Label::new(why).wrap());
    }
}

fn facts(ui: &mut egui::Ui, item: &Item) {
    ui.add_space(12.0);
    let mut facts = vec![format!("Type {}", item.type_text())];
    if let Some(layout) = item.layout() {
        let shape: Vec<String> = layout.shape.iter().map(ToString::to_string).collect();
        facts.push(format!("Shape ({})", shape.join(", ")));
        facts.push(format!(
            "{} bytes of data at offset {}",
            layout.nbytes, layout.data_offset
        ));
    }
    facts.push(format!(
        "Entry of {} bytes at offset {}",
        item.length, item.offset
    ));
    for fact in facts {
        ui.weak(fact);
    }
}
