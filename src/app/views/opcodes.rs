//! The listing of opcodes, with what there is to go about in it: a byte to go to, a text to look for, the fault.

use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{
    Icon, OpcodeList, field_error, field_id, icon_button, line, opcode_list,
};
use crate::session::opcodes::{Answer, OpcodeAction, OpcodeIndex, OpcodeScope, Opcodes, SEARCHED};
use crate::session::{Action, Document};
use eframe::egui;
use egui::RichText;

const FIELD_WIDTH: f32 = 150.0;
const NARROW_FIELD: f32 = 84.0;
/// With less room there are more lines.
const WIDE: f32 = 420.0;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let Some(opcodes) = document.opcodes() else {
        return;
    };
    let feed = document.feeds().opcode_index();
    let index = feed.shown();
    egui::Panel::top("opcodes head").show(ui, |ui| {
        ui.add_space(tokens(ui).gap_small);
        head(ui, cx, document, opcodes);
        ui.horizontal_wrapped(|ui| {
            go_to(ui, cx, document, opcodes);
            search(ui, cx, document, opcodes);
        });
        ui.horizontal_wrapped(|ui| state(ui, cx, document, index.map(|index| &**index)));
        ui.add_space(tokens(ui).gap_small);
    });
    egui::CentralPanel::default()
        .frame(egui::Frame::NONE)
        .show(ui, |ui| match index {
            Some(index) => list(ui, cx, document, opcodes, index),
            None => {
                if let Some(why) = feed.error() {
                    super::message::show(ui, "The opcodes cannot be listed", why, None);
                }
            }
        });
}

fn act(cx: &ViewerContext<'_>, action: OpcodeAction) {
    cx.act(Action::Opcodes(action));
}

fn head(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, opcodes: &Opcodes) {
    let is_wide = ui.available_width() >= WIDE;
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close opcodes").clicked() {
                act(cx, OpcodeAction::Hide);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.heading("Opcodes");
                if is_wide {
                    scopes(ui, cx, document, opcodes);
                }
            });
        });
    });
    if !is_wide {
        ui.horizontal_wrapped(|ui| scopes(ui, cx, document, opcodes));
    }
}

fn scopes(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, opcodes: &Opcodes) {
    let key = document.entry().map(|(key, _)| key);
    let is_key = opcodes
        .walked()
        .is_some_and(|walked| walked.key().is_some());
    let file = ui.selectable_label(!is_key, "Whole file");
    if file
        .on_hover_text("From the first byte to the last")
        .clicked()
        && is_key
    {
        act(cx, OpcodeAction::Show(OpcodeScope::File));
    }
    let name = key.as_deref().map_or_else(
        || "This key".to_owned(),
        |key| {
            let short: String = key.chars().take(24).collect();
            let dots = if short.len() < key.len() { "…" } else { "" };
            format!("Key {short}{dots}")
        },
    );
    let tip = match &key {
        Some(key) => format!("Only the entry of {key}"),
        None => "Only a key of a container has opcodes of its own".to_owned(),
    };
    let label = egui::Button::selectable(is_key, name);
    let label = ui.add_enabled(key.is_some(), label);
    if label
        .on_hover_text(&tip)
        .on_disabled_hover_text(&tip)
        .clicked()
        && !is_key
    {
        act(cx, OpcodeAction::Show(OpcodeScope::Key));
    }
}

/// A byte, decimal or hexadecimal.
fn parse_offset(text: &str) -> Option<u64> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '_')).collect();
    match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn go_to(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, opcodes: &Opcodes) {
    let id = field_id(ui, ("byte to go to", document.id()));
    let mut text: String = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let field = line(&mut text, id)
        .hint_text("Go to byte")
        .desired_width(FIELD_WIDTH * 0.6);
    let response = ui.add(field).accessible_name("Go to byte");
    let is_wrong = parse_offset(&text).is_none() && !text.trim().is_empty();
    let tip = "A position in the file, 1234 or 0x4d2; Enter goes there";
    let response = response.on_hover_text(tip);
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    }
    if is_entered {
        response.request_focus();
        if let Some(offset) = parse_offset(&text) {
            act(cx, OpcodeAction::GoTo(offset));
        }
    }
    if is_wrong {
        field_error(
            ui,
            id,
            response.rect,
            "This is not a position: 1234 or 0x4d2",
        );
    }
    if let Some(offset) = opcodes.target() {
        ui.weak(format!("on the way to byte {offset}…"));
    }
}

fn search(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, opcodes: &Opcodes) {
    let mut text = opcodes.text().to_owned();
    let room = ui.max_rect().width();
    let id = field_id(ui, ("find in opcodes", document.id()));
    let field = line(&mut text, id)
        .hint_text("Find in opcodes")
        .desired_width(if room < WIDE {
            NARROW_FIELD
        } else {
            FIELD_WIDTH
        });
    let response = ui.add(field).accessible_name("Find in opcodes");
    let tip = format!(
        "In names and arguments (of long ones, the first {SEARCHED} bytes); Enter goes on, Shift+Enter back"
    );
    let response = response.on_hover_text(tip);
    let entered = ui.input(|input| {
        input
            .key_pressed(egui::Key::Enter)
            .then_some(input.modifiers.shift)
    });
    let entered = entered.filter(|_| response.lost_focus());
    if response.changed() {
        act(cx, OpcodeAction::SetText(text));
    }
    if let Some(backwards) = entered {
        response.request_focus();
        act(cx, OpcodeAction::Find(backwards));
    }
    if icon_button(ui, Icon::Previous, "Previous match").clicked() {
        act(cx, OpcodeAction::Find(true));
    }
    if icon_button(ui, Icon::Next, "Next match").clicked() {
        act(cx, OpcodeAction::Find(false));
    }
    match opcodes.answer() {
        None => {}
        Some(Answer::Searching) => {
            ui.weak("Searching…");
        }
        Some(Answer::Nothing) => {
            ui.colored_label(ui.visuals().warn_fg_color, "Not found");
        }
        Some(Answer::Failed(why)) => {
            let text = egui::RichText::new("Search failed").color(ui.visuals().error_fg_color);
            ui.label(text).on_hover_text(why);
        }
        Some(Answer::Found(found)) if found.is_around => {
            ui.weak("Found, from the other end on");
        }
        Some(Answer::Found(_)) => {
            ui.weak("Found");
        }
    }
}

/// How many there are, and what is wrong.
fn state(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    index: Option<&OpcodeIndex>,
) {
    let Some(index) = index else {
        ui.weak("Reading…");
        return;
    };
    let rows = index.rows();
    let count = match rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    };
    let feed = document.feeds().opcode_index();
    if index.is_complete() {
        ui.weak(count);
    } else if feed.error().is_some() {
        ui.weak(format!(
            "{count} in the first {:.0} %",
            index.fraction() * 100.0
        ));
        if ui.button("Go on").clicked() {
            cx.act(Action::Retry(document.id()));
        }
    } else {
        ui.weak(format!(
            "{count} so far, {:.0} % of the file",
            index.fraction() * 100.0
        ));
        if ui.button("Stop").clicked() {
            act(cx, OpcodeAction::Stop);
        }
    }
    if let Some((offset, why)) = index.first_fault() {
        let text = RichText::new(format!("At byte {offset}: {why}")).color(tokens(ui).error);
        let label = egui::Label::new(text)
            .sense(egui::Sense::click())
            .truncate();
        let label = ui
            .add(label)
            .on_hover_text(format!("{why}. Click to go there"));
        if label.clicked() {
            act(cx, OpcodeAction::GoTo(offset));
        }
    }
}

fn list(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    opcodes: &Opcodes,
    index: &OpcodeIndex,
) {
    let rows = document.feeds().opcode_rows();
    if let Some(why) = rows.error() {
        ui.colored_label(ui.visuals().error_fg_color, why);
    }
    let block = rows.shown();
    let events = opcode_list(
        ui,
        &OpcodeList {
            id: ui.make_persistent_id("opcodes"),
            len: index.rows(),
            first: opcodes.first(),
            cursor: opcodes.cursor(),
            last_offset: index.pieces().range().end,
            row: &|row| block?.row(row),
        },
    );
    // Told each time it changes only: every action makes another frame.
    if events.window != opcodes.window() {
        act(cx, OpcodeAction::SetWindow(events.window));
    }
    if let Some(first) = events.first {
        act(cx, OpcodeAction::Scroll(first));
    }
    if let Some(row) = events.select.filter(|row| *row != opcodes.cursor()) {
        act(cx, OpcodeAction::Select(row));
    }
    if let Some(text) = events.copy {
        ui.ctx().copy_text(text);
    }
}

#[cfg(test)]
mod tests {
    use super::parse_offset;

    #[test]
    fn bytes_are_read_in_both_notations() {
        assert_eq!(parse_offset(" 1234"), Some(1234));
        assert_eq!(parse_offset("1 234_567"), Some(1_234_567));
        assert_eq!(parse_offset("0xFf"), Some(255));
        for text in ["", "0x", "12g", "-1", "1e3"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
    }
}
