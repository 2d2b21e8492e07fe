//! What the table looks like.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui;
use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align2, Color32, Galley, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

use super::{CellLook, CellTable, PADDING, Places, ROW_HEIGHT, cell_table_id};
use crate::app::theme::Tokens;
use crate::app::widgets::paint::contrasting;
use crate::session::table::At;

pub(super) fn paint(ui: &mut Ui, table: &CellTable<'_>, places: &Places, tokens: &Tokens) {
    // For screen readers the cells are in the table, and not beside it.
    let inside = egui::UiBuilder::new()
        .max_rect(places.body)
        .accessibility_parent(cell_table_id());
    let cells = ui.new_child(inside);
    let painter = ui
        .painter()
        .with_clip_rect(places.body.intersect(ui.clip_rect()));
    painter.rect_filled(places.body, 0.0, ui.visuals().extreme_bg_color);
    let [rows, columns] = selected(table);
    for at in places.cells() {
        let rect = places.rect_of(at);
        let cell = (table.cell)(at);
        let is_selected = rows.contains(&at.row) && columns.contains(&at.col);
        label(&cells, table, rect, at, cell.as_ref());
        paint_cell(ui, &painter, table, tokens, (rect, cell, is_selected));
    }
    paint_grid(&painter, places, tokens);
    let corner = |row: usize, col: usize| places.rect_of(At { row, col });
    if let (Some(bottom), Some(right)) = (rows.clone().last(), columns.clone().last()) {
        let first = corner(rows.start, columns.start);
        let last = corner(bottom, right);
        let range = first.union(last).intersect(places.body.expand(2.0));
        painter.rect_stroke(
            range,
            0.0,
            Stroke::new(1.0, tokens.accent),
            StrokeKind::Inside,
        );
    }
    let cursor = places.rect_of(table.cursor);
    painter.rect_stroke(
        cursor,
        0.0,
        Stroke::new(2.0, tokens.accent),
        StrokeKind::Inside,
    );
    paint_headers(ui, table, places, tokens);
}

fn selected(table: &CellTable<'_>) -> [Range<usize>; 2] {
    let range = |a: usize, b: usize| a.min(b)..a.max(b) + 1;
    [
        range(table.anchor.row, table.cursor.row),
        range(table.anchor.col, table.cursor.col),
    ]
}

/// For screen readers and tests.
fn label(ui: &Ui, table: &CellTable<'_>, rect: Rect, at: At, cell: Option<&CellLook<'_>>) {
    let visible = rect.intersect(ui.clip_rect());
    let id = cell_table_id().with((at.row, at.col));
    let response = ui.interact(visible, id, Sense::hover());
    response.widget_info(|| {
        let text = match cell {
            None => "being read",
            Some(cell) if cell.masked => "masked",
            Some(cell) => cell.text,
        };
        let place = place_text(table, at);
        WidgetInfo::labeled(Role::Cell, ui.is_enabled(), format!("{place}: {text}"))
    });
    // What does not fit is told whole.
    if let Some(cell) = cell
        && (cell.masked || cell.text.len() > 8)
    {
        let masked = if cell.masked { "\nmasked" } else { "" };
        response.on_hover_text(format!("{}: {}{masked}", place_text(table, at), cell.text));
    }
}

fn place_text(table: &CellTable<'_>, at: At) -> String {
    let part = |name: &str, axis: usize, index: usize| {
        let note = table.notes[axis].and_then(|note| note(index));
        note.map_or_else(
            || format!("{name} {index}"),
            |note| format!("{name} {index} ({note})"),
        )
    };
    let (row, column) = (part("row", 0, at.row), part("column", 1, at.col));
    format!("{row}, {column}")
}

fn paint_cell(
    ui: &Ui,
    painter: &Painter,
    table: &CellTable<'_>,
    tokens: &Tokens,
    (rect, cell, is_selected): (Rect, Option<CellLook<'_>>, bool),
) {
    let fill = cell
        .and_then(|cell| cell.fill)
        .map(|[red, green, blue]| Color32::from_rgb(red, green, blue));
    if let Some(fill) = fill {
        painter.rect_filled(rect, 0.0, fill);
    } else if is_selected {
        painter.rect_filled(rect, 0.0, ui.visuals().selection.bg_fill);
    }
    let (text, masked) = cell.map_or(("…", false), |cell| (cell.text, cell.masked));
    let color = match fill {
        Some(fill) => contrasting(fill, tokens),
        None if masked || cell.is_none() => tokens.weak_text,
        None => ui.visuals().text_color(),
    };
    let galley = galley(painter, text, color, masked, tokens);
    let inner = rect.shrink2(vec2(PADDING, 0.0));
    let fits = galley.size().x <= inner.width();
    // The beginning of a text, and of a number, is worth more than its end.
    let align = if table.is_right_aligned && fits {
        Align2::RIGHT_CENTER
    } else {
        Align2::LEFT_CENTER
    };
    let place = align.align_size_within_rect(galley.size(), inner);
    let clipped = painter.with_clip_rect(painter.clip_rect().intersect(inner.expand(2.0)));
    clipped.galley(place.min, galley, color);
}

fn galley(
    painter: &Painter,
    text: &str,
    color: Color32,
    masked: bool,
    tokens: &Tokens,
) -> Arc<Galley> {
    let mut format = TextFormat::simple(tokens.number_text.clone(), color);
    if masked {
        format.strikethrough = Stroke::new(1.0, color);
    }
    let mut job = LayoutJob::single_section(text.replace('\n', " "), format);
    job.wrap.max_width = f32::INFINITY;
    painter.layout_job(job)
}

fn paint_grid(painter: &Painter, places: &Places, tokens: &Tokens) {
    let stroke = Stroke::new(1.0, tokens.grid.gamma_multiply(0.45));
    let [rows, columns] = places.counts;
    let first = places.rect_of(places.first).min;
    let end = first
        + vec2(
            columns as f32 * places.column_width,
            rows as f32 * ROW_HEIGHT,
        );
    for row in 1..=rows {
        let y = first.y + row as f32 * ROW_HEIGHT;
        painter.hline(first.x..=end.x, y, stroke);
    }
    for col in 1..=columns {
        let x = first.x + col as f32 * places.column_width;
        painter.vline(x, first.y..=end.y, stroke);
    }
}

fn paint_headers(ui: &Ui, table: &CellTable<'_>, places: &Places, tokens: &Tokens) {
    let body = places.body;
    let corner = body.min - vec2(places.row_header, places.column_header);
    let left = Rect::from_min_max(pos2(corner.x, body.top()), body.left_bottom());
    let top = Rect::from_min_max(pos2(body.left(), corner.y), body.right_top());
    let [rows, columns] = selected(table);
    for number in 0..places.counts[0] {
        let index = places.first.row + number;
        let at = places.rect_of(At {
            row: index,
            col: places.first.col,
        });
        let rect = Rect::from_min_max(pos2(left.left(), at.top()), pos2(left.right(), at.bottom()));
        header(
            ui,
            table,
            tokens,
            (0, index),
            (rect, left, rows.contains(&index)),
        );
    }
    // A single column needs no number.
    let count = if table.axis_names[1].is_empty() {
        0
    } else {
        places.counts[1]
    };
    for number in 0..count {
        let index = places.first.col + number;
        let at = places.rect_of(At {
            row: places.first.row,
            col: index,
        });
        let rect = Rect::from_min_max(pos2(at.left(), top.top()), pos2(at.right(), top.bottom()));
        header(
            ui,
            table,
            tokens,
            (1, index),
            (rect, top, columns.contains(&index)),
        );
    }
    let names: Vec<&str> = (table.axis_names.into_iter())
        .filter(|name| !name.is_empty())
        .collect();
    ui.painter().text(
        pos2(body.left() - PADDING, body.top() - ROW_HEIGHT / 2.0),
        Align2::RIGHT_CENTER,
        names.join(" \\ "),
        tokens.small_text.clone(),
        tokens.weak_text,
    );
}

/// The index of a row (0) or column (1), and what it stands for.
fn header(
    ui: &Ui,
    table: &CellTable<'_>,
    tokens: &Tokens,
    (axis, index): (usize, usize),
    (rect, clip, is_selected): (Rect, Rect, bool),
) {
    let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    let color = if is_selected {
        ui.visuals().strong_text_color()
    } else {
        tokens.weak_text
    };
    if is_selected {
        painter.rect_filled(rect, 0.0, ui.visuals().faint_bg_color);
    }
    let note = table.notes[axis].and_then(|note| note(index));
    let id = cell_table_id().with(("header", axis, index));
    let response = ui.interact(rect.intersect(clip), id, Sense::hover());
    response.widget_info(|| {
        let (role, name) = [(Role::RowHeader, "Row"), (Role::ColumnHeader, "Column")][axis];
        let note = note
            .as_ref()
            .map(|note| format!(", {note}"))
            .unwrap_or_default();
        WidgetInfo::labeled(role, ui.is_enabled(), format!("{name} {index}{note}"))
    });
    let number = |pos, align| {
        painter.text(
            pos,
            align,
            index.to_string(),
            tokens.number_text.clone(),
            color,
        );
    };
    if axis == 0 {
        number(
            rect.right_center() - vec2(PADDING, 0.0),
            Align2::RIGHT_CENTER,
        );
    } else {
        let middle = pos2(rect.center().x, rect.top() + ROW_HEIGHT / 2.0);
        number(middle, Align2::CENTER_CENTER);
    }
    if let Some(note) = note {
        let (pos, align) = if axis == 0 {
            (rect.left_center() + vec2(PADDING, 0.0), Align2::LEFT_CENTER)
        } else {
            let y = rect.bottom() - ROW_HEIGHT / 2.0;
            (pos2(rect.center().x, y), Align2::CENTER_CENTER)
        };
        painter.text(
            pos,
            align,
            note,
            tokens.small_text.clone(),
            tokens.weak_text,
        );
    }
}
