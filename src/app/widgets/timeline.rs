//! Steps one below the other along a line: what was done, when, by which version, and with which parameters.

use eframe::egui;
use egui::{Label, Rect, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{Tokens, tokens};
use crate::session::value_faces::{Detail, TimelineStep};

const LINE_HEIGHT: f32 = 19.0;
const GAP: f32 = 10.0;
/// Of the line with its dots.
const RAIL: f32 = 30.0;
const DOT: f32 = 5.0;
const NAME_WIDTH: f32 = 150.0;

/// Each step is labelled "step 1: TITLE, DATE". Only those on the screen are made; `cut` more are not in the list.
pub fn timeline(ui: &mut Ui, steps: &[TimelineStep], cut: usize) {
    let tokens = tokens(ui);
    let heights = steps.iter().map(height);
    // Where each step begins: ten thousand additions at most.
    let mut tops = Vec::with_capacity(steps.len() + 1);
    tops.push(0.0_f64);
    for height in heights {
        let last = tops.last().copied().unwrap_or_default();
        tops.push(last + f64::from(height));
    }
    let all = tops.last().copied().unwrap_or_default() as f32;
    egui::ScrollArea::vertical()
        .id_salt("timeline")
        .auto_shrink([false, false])
        .show_viewport(ui, |ui, viewport| {
            let extra = if cut > 0 { LINE_HEIGHT } else { 0.0 };
            let size = vec2(ui.available_width(), all + extra);
            let (area, _) = ui.allocate_exact_size(size, Sense::hover());
            let first = tops.partition_point(|top| (*top as f32) <= viewport.top());
            let first = first.saturating_sub(1);
            for (number, step) in steps.iter().enumerate().skip(first) {
                let top = tops[number] as f32;
                if top > viewport.bottom() {
                    break;
                }
                let min = pos2(area.left(), area.top() + top);
                let rect = Rect::from_min_size(min, vec2(area.width(), height(step)));
                rail(ui, rect, [number == 0, number + 1 == steps.len()], &tokens);
                one(ui, rect, number, step, &tokens);
            }
            if cut > 0 && all < viewport.bottom() {
                let min = pos2(area.left() + RAIL, area.top() + all);
                let rect = Rect::from_min_size(min, vec2(area.width() - RAIL, LINE_HEIGHT));
                ui.put(rect, Label::new(format!("and {cut} more steps")));
            }
        });
}

fn lines(step: &TimelineStep) -> usize {
    1 + step.details.len() + usize::from(step.more > 0)
}

fn height(step: &TimelineStep) -> f32 {
    lines(step) as f32 * LINE_HEIGHT + GAP
}

fn rail(ui: &Ui, rect: Rect, [is_first, is_last]: [bool; 2], tokens: &Tokens) {
    let centre = pos2(rect.left() + RAIL / 2.0, rect.top() + LINE_HEIGHT / 2.0);
    let top = if is_first { centre.y } else { rect.top() };
    let bottom = if is_last { centre.y } else { rect.bottom() };
    let stroke = Stroke::new(2.0, tokens.grid);
    ui.painter().vline(centre.x, top..=bottom, stroke);
    ui.painter().circle_filled(centre, DOT, tokens.accent);
}

fn one(ui: &mut Ui, rect: Rect, number: usize, step: &TimelineStep, tokens: &Tokens) {
    let rect = Rect::from_min_max(pos2(rect.left() + RAIL, rect.top()), rect.max);
    let id = ui.scope_id().with(("step", number));
    let response = ui.interact(rect.intersect(ui.clip_rect()), id, Sense::hover());
    let when = step
        .when
        .as_deref()
        .map_or_else(String::new, |when| format!(", {when}"));
    let name = format!("step {}: {}{when}", number + 1, step.title);
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, ui.is_enabled(), &name));
    let line = |row: usize| {
        let min = pos2(rect.left(), rect.top() + row as f32 * LINE_HEIGHT);
        Rect::from_min_size(min, vec2(rect.width(), LINE_HEIGHT))
    };
    let within = |rect: Rect| {
        egui::UiBuilder::new()
            .max_rect(rect)
            .layout(egui::Layout::left_to_right(egui::Align::Center))
    };
    ui.scope_builder(within(line(0)), |ui| {
        ui.weak(format!("{}", number + 1));
        if !step.title.is_empty() {
            ui.add(Label::new(RichText::new(&step.title).strong()).truncate());
        }
        if let Some(when) = &step.when {
            ui.label(RichText::new(when).color(tokens.accent));
        }
        if let Some(version) = &step.version {
            ui.add(Label::new(RichText::new(format!("version {version}")).weak()).truncate());
        }
        if step.details.is_empty() && step.more == 0 {
            ui.weak("without parameters");
        }
    });
    for (row, detail) in step.details.iter().enumerate() {
        let rect = line(row + 1);
        if rect.intersects(ui.clip_rect()) {
            ui.scope_builder(within(rect), |ui| parameter(ui, rect, detail, tokens));
        }
    }
    if step.more > 0 {
        ui.scope_builder(within(line(lines(step) - 1)), |ui| {
            ui.weak(format!("and {} more; the tree shows them", step.more));
        });
    }
}

fn parameter(ui: &mut Ui, rect: Rect, detail: &Detail, tokens: &Tokens) {
    let name = NAME_WIDTH.min(rect.width() * 0.4);
    let cell = vec2(name, LINE_HEIGHT);
    ui.allocate_ui_with_layout(
        cell,
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_min_width(name);
            ui.add(Label::new(RichText::new(&detail.name).weak()).truncate());
        },
    );
    let text = RichText::new(&detail.text).font(tokens.number_text.clone());
    ui.add(Label::new(text).truncate());
}
