//! A value as a timeline or as a table, instead of its tree.

use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::timeline;
use crate::session::editing::ValueEdit;
use crate::session::value_faces::{Comparison, Field, Record, ValueFace, ValueFaces};
use crate::session::{Action, Document};
use eframe::egui;
use egui::{Label, RichText};
use egui_extras::{Column, TableBuilder, TableRow};

const ROW_HEIGHT: f32 = 20.0;
const NAME_WIDTH: f32 = 180.0;
const CELL_WIDTH: f32 = 140.0;

/// Which face is shown, to be chosen.
pub(super) fn choice(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let Some(faces) = document.feeds().faces().shown() else {
        return;
    };
    let all = faces.all();
    if all.len() < 2 {
        return;
    }
    let shown = document.value_face();
    let is_changed = document.value_edit().is_some_and(ValueEdit::is_changed);
    for face in all {
        let (text, tip) = match face {
            ValueFace::Timeline => ("Timeline", "The steps, one below the other"),
            ValueFace::Table => ("Table", "Names and values, beside those of other scans"),
            ValueFace::Tree => ("Tree", "All of the value, to be unfolded"),
        };
        let button = egui::Button::selectable(shown == face, text);
        let label = ui.add_enabled(!is_changed || shown == face, button);
        let label = label.on_disabled_hover_text("Apply or discard the changes first");
        if label.on_hover_text(tip).clicked() {
            cx.act(Action::SetValueFace(face));
        }
    }
}

/// Draws a face that is no tree. Returns whether there was one.
pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    faces: &ValueFaces,
) -> bool {
    match document.value_face() {
        ValueFace::Tree => return false,
        ValueFace::Timeline => {
            let Some(found) = &faces.timeline else {
                return false;
            };
            let cut = found.all.saturating_sub(found.steps.len());
            timeline(ui, &found.steps, cut);
        }
        ValueFace::Table => {
            let Some(record) = &faces.record else {
                return false;
            };
            match document.feeds().comparison().shown() {
                Some(found) if found.keys.len() > 1 => comparison(ui, cx, found),
                _ => table(ui, record),
            }
        }
    }
    true
}

fn table(ui: &mut egui::Ui, record: &Record) {
    if record.all > record.fields.len() {
        let text = format!(
            "The first {} of {} entries",
            record.fields.len(),
            record.all
        );
        ui.weak(text);
    }
    let width = ui.available_width();
    TableBuilder::new(ui)
        .id_salt("record")
        .auto_shrink([false, false])
        .striped(true)
        .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
        .column(name_column(width))
        .column(Column::remainder().at_least(80.0).clip(true))
        .column(Column::exact(110.0).clip(true))
        .header(18.0, |mut header| {
            for text in ["Name", "Value", "Type"] {
                header.col(|ui| title(ui, text));
            }
        })
        .body(|body| {
            body.rows(ROW_HEIGHT, record.fields.len(), |mut row| {
                let Some(field) = record.fields.get(row.index()) else {
                    return;
                };
                name_cell(&mut row, &field.name, false);
                value_cell(&mut row, &field.name, Some(field), false);
                row.col(|ui| {
                    ui.add(Label::new(RichText::new(&field.type_name).weak()).truncate());
                });
            });
        });
}

fn comparison(ui: &mut egui::Ui, cx: &ViewerContext<'_>, found: &Comparison) {
    let width = ui.available_width();
    ui.horizontal_wrapped(|ui| {
        let count = found.rows.iter().filter(|row| row.differs).count();
        let left_out = match found.left_out {
            0 => String::new(),
            left_out => format!("; {left_out} more are not shown"),
        };
        let keys = found.keys.len();
        ui.weak(format!(
            "{keys} keys side by side{left_out}; {count} of {} values differ (≠)",
            found.rows.len()
        ));
    });
    egui::ScrollArea::horizontal()
        .id_salt("comparison")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let mut table = TableBuilder::new(ui)
                .id_salt(("comparison", found.keys.len()))
                .auto_shrink([false, false])
                .striped(true)
                .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
                .column(name_column(width));
            for _ in &found.keys {
                let column = Column::initial(CELL_WIDTH).at_least(48.0).clip(true);
                table = table.column(column.resizable(true));
            }
            table
                .header(20.0, |mut header| {
                    header.col(|ui| title(ui, "Name"));
                    for (number, key) in found.keys.iter().enumerate() {
                        header.col(|ui| {
                            let is_selected = number == found.selected;
                            let label = egui::Button::selectable(is_selected, key).truncate();
                            let label = ui.add(label).on_hover_text(key);
                            if label.clicked() && !is_selected {
                                cx.act(Action::SelectKey(key.clone()));
                            }
                        });
                    }
                })
                .body(|body| {
                    body.rows(ROW_HEIGHT, found.rows.len(), |mut row| {
                        let Some(of) = found.rows.get(row.index()) else {
                            return;
                        };
                        name_cell(&mut row, &of.name, of.differs);
                        for (key, cell) in found.keys.iter().zip(&of.cells) {
                            let name = format!("{}, {key}", of.name);
                            value_cell(&mut row, &name, cell.as_ref(), of.differs);
                        }
                    });
                });
        });
}

/// Names leave room for values, also where there is little.
fn name_column(width: f32) -> Column {
    Column::initial(NAME_WIDTH.min(width * 0.4))
        .at_least(60.0)
        .clip(true)
        .resizable(true)
}

fn title(ui: &mut egui::Ui, text: &str) {
    ui.label(RichText::new(text).small().weak());
}

fn name_cell(row: &mut TableRow<'_, '_>, name: &str, differs: bool) {
    row.col(|ui| {
        let mark = if differs { "≠ " } else { "" };
        let text = RichText::new(format!("{mark}{name}"));
        let text = if differs { text.strong() } else { text };
        ui.add(Label::new(text).truncate());
    });
}

fn value_cell(row: &mut TableRow<'_, '_>, name: &str, field: Option<&Field>, is_strong: bool) {
    row.col(|ui| {
        let Some(field) = field else {
            ui.weak("–");
            return;
        };
        let text = RichText::new(&field.text).font(tokens(ui).number_text);
        let text = if is_strong { text.strong() } else { text };
        let label = ui.add(Label::new(text).truncate());
        let label = label.on_hover_text(format!("{name} ({})\n{}", field.type_name, field.text));
        label.context_menu(|ui| {
            if ui.button("Copy").clicked() {
                ui.ctx().copy_text(field.text.clone());
            }
        });
    });
}
