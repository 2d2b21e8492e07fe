//! Choosing one index of an axis by slider or number.

use eframe::egui;
use egui::{EventFilter, Key};

use super::number_field::{NumberField, Numbers, number_field};
use crate::app::theme::tokens;

const NUMBER_WIDTH: f32 = 52.0;

/// A labelled slider plus typed number for one axis that is neither shown nor the spectrum.
///
/// The slider has `label` as its accessible label, the number "`label` number".
pub fn index_slider(ui: &mut egui::Ui, label: &str, index: usize, len: usize) -> Option<usize> {
    ui.horizontal(|ui| {
        let name = ui.label(label);
        let of = format!("/ {}", len.saturating_sub(1));
        let rest = NUMBER_WIDTH + text_width(ui, &of) + 2.0 * ui.spacing().item_spacing.x;
        let width = (ui.available_width() - rest).max(60.0);
        let slider = slider(ui, index, len, width, Name::Labelled(name.id));
        let number = index_number(ui, &format!("{label} number"), index, len);
        ui.weak(of);
        number.or(slider)
    })
    .inner
}

pub(super) fn text_width(ui: &egui::Ui, text: &str) -> f32 {
    let font = egui::TextStyle::Body.resolve(ui.style());
    ui.painter()
        .layout_no_wrap(text.to_owned(), font, egui::Color32::PLACEHOLDER)
        .size()
        .x
}

/// Where a slider's accessible label comes from.
pub(super) enum Name<'a> {
    Labelled(egui::Id),
    Own(&'a str),
}

/// A slider over `0..len`: arrow keys ±1, Page ±10, Home and End; the new index if it changed.
pub(super) fn slider(
    ui: &mut egui::Ui,
    index: usize,
    len: usize,
    width: f32,
    name: Name<'_>,
) -> Option<usize> {
    let last = len.saturating_sub(1);
    let mut chosen = index.min(last);
    let was = chosen;
    let height = ui.spacing().interact_size.y;
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = width;
        ui.spacing_mut().interact_size.y = height;
        ui.add_enabled_ui(len > 1, |ui| {
            let slider = egui::Slider::new(&mut chosen, 0..=last)
                .show_value(false)
                .smart_aim(false);
            let response = ui.add(slider);
            let response = match name {
                Name::Labelled(id) => response.labelled_by(id),
                Name::Own(name) => response.accessible_name(name),
            };
            if response.drag_started() {
                response.request_focus();
            }
            if let Some(tapped) = tapped(ui, &response, last) {
                chosen = tapped;
                response.request_focus();
            }
            if response.has_focus() {
                chosen = stepped(ui, response.id, chosen, last);
                let rail = response.rect.expand2(egui::vec2(2.0, 0.0));
                let stroke = egui::Stroke::new(1.0, tokens(ui).accent);
                ui.painter()
                    .rect_stroke(rail, 4.0, stroke, egui::StrokeKind::Inside);
            }
        });
    });
    (chosen != was || (index > last && len > 0)).then_some(chosen)
}

/// Where a slider was tapped so shortly that press and release fell into one frame, which it
/// takes for nothing.
fn tapped(ui: &egui::Ui, slider: &egui::Response, last: usize) -> Option<usize> {
    let id = slider.id.with("tap");
    let response = ui.interact(slider.rect, id, egui::Sense::CLICK);
    let is_short = ui.input(|i| i.pointer.any_pressed() && i.pointer.any_released());
    if !response.clicked() || !is_short {
        return None;
    }
    let pos = response.interact_pointer_pos()?;
    let radius = slider.rect.height() / 2.5;
    let handle = match ui.visuals().handle_shape {
        egui::style::HandleShape::Circle => radius,
        egui::style::HandleShape::Rect { aspect_ratio } => radius * aspect_ratio,
    };
    let rail = slider.rect.x_range().shrink(handle);
    let part = egui::remap_clamp(pos.x, rail, 0.0..=1.0);
    Some((f64::from(part) * last as f64).round() as usize)
}

/// Keys that the slider itself does not know.
fn stepped(ui: &egui::Ui, id: egui::Id, index: usize, last: usize) -> usize {
    ui.memory_mut(|memory| {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        memory.set_focus_lock_filter(id, filter);
    });
    ui.input_mut(|input| {
        let mut count = |key| input.count_and_consume_key(egui::Modifiers::NONE, key);
        let forward = 10 * count(Key::PageUp) + count(Key::ArrowUp);
        let back = 10 * count(Key::PageDown) + count(Key::ArrowDown);
        let (home, end) = (count(Key::Home) > 0, count(Key::End) > 0);
        match (home, end) {
            (true, _) => 0,
            (_, true) => last,
            _ => (index + forward).saturating_sub(back).min(last),
        }
    })
}

/// The typed number of an index; the new one if it changed.
pub fn index_number(ui: &mut egui::Ui, name: &str, index: usize, len: usize) -> Option<usize> {
    let last = len.saturating_sub(1);
    let field = NumberField {
        name,
        value: Some(index.min(last) as f64),
        speed: (len as f64 / 400.0).clamp(0.05, 10.0),
        resolution: 1.0,
        width: NUMBER_WIDTH,
        range: 0.0..=last as f64,
        numbers: Numbers::Index,
    };
    let chosen = ui.add_enabled_ui(len > 0, |ui| number_field(ui, &field));
    chosen.inner.map(|chosen| chosen as usize)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    fn harness(index: usize, len: usize) -> Harness<'static, (usize, usize)> {
        Harness::builder().with_size((400.0, 60.0)).build_ui_state(
            |ui, (index, len): &mut (usize, usize)| {
                if let Some(new) = index_slider(ui, "Axis 0", *index, *len) {
                    *index = new;
                }
            },
            (index, len),
        )
    }

    #[test]
    fn keys_step_the_index() {
        let mut harness = harness(5, 100);
        harness.get_by_label("Axis 0").focus();
        harness.run_ok();
        for (key, expected) in [
            (Key::ArrowRight, 6),
            (Key::ArrowUp, 7),
            (Key::ArrowLeft, 6),
            (Key::PageUp, 16),
            (Key::PageDown, 6),
            (Key::PageDown, 0),
            (Key::End, 99),
            (Key::ArrowRight, 99),
            (Key::Home, 0),
        ] {
            harness.key_press(key);
            harness.run_ok();
            assert_eq!(harness.state().0, expected, "{key:?}");
        }
    }

    #[test]
    fn a_tap_within_one_frame_counts_as_a_long_one_does() {
        let mut chosen = Vec::new();
        for is_short in [false, true] {
            let mut harness = harness(5, 1000);
            harness.run_ok();
            let rect = harness.get_by_label("Axis 0").rect();
            let pos = rect.left_center() + egui::vec2(rect.width() * 0.7, 0.0);
            harness.hover_at(pos);
            harness.run_ok();
            for pressed in [true, false] {
                let event = egui::Event::PointerButton {
                    pos,
                    button: egui::PointerButton::Primary,
                    pressed,
                    modifiers: egui::Modifiers::NONE,
                };
                if is_short {
                    harness.input_mut().events.push(event);
                } else {
                    harness.event(event);
                }
            }
            harness.run_ok();
            chosen.push(harness.state().0);
        }
        assert!(chosen[0] > 600 && chosen[0] == chosen[1], "{chosen:?}");
    }

    #[test]
    fn a_typed_index_is_clamped() {
        let mut harness = harness(5, 100);
        harness.get_by_label("Axis 0 number").click();
        harness.run_ok();
        harness.get_by_label("Axis 0 number").type_text("250");
        harness.key_press(Key::Enter);
        harness.run_ok();
        assert_eq!(harness.state().0, 99);
    }

    #[test]
    fn an_axis_without_a_choice_stands_still() {
        for len in [0, 1] {
            let mut harness = harness(0, len);
            harness.run_ok();
            assert_eq!(harness.state().0, 0);
        }
    }

    #[test]
    fn an_index_beyond_the_end_is_brought_back() {
        let mut harness = harness(500, 100);
        harness.run_ok();
        assert_eq!(harness.state().0, 99);
    }
}
