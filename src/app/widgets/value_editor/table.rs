//! Lists of numbers as a table: cells are edited in place, and whole tables are pasted.

use eframe::egui;
use egui::{Align2, Event, Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::field::{Lines, text_edit};
use super::{Cx, State, error_text};
use crate::app::theme::tokens;
use crate::app::widgets::field_error::field_error;
use crate::app::widgets::text_field;
use crate::pickle::NodeId;
use crate::pickle::draft::{DraftEdit, Number, Path, Table, TableError, TableShape, number_text};

/// More rows than this are shown in pages, since positions on the screen have seven digits.
const PAGE: usize = 100_000;
const INDEX_WIDTH: f32 = 72.0;
const CELL_WIDTH: f32 = 104.0;
const CELL_HEIGHT: f32 = 22.0;

/// What a table keeps from frame to frame.
#[derive(Debug, Default)]
pub(super) struct TableState {
    /// Place and revision that the shape is of: finding it looks at all numbers.
    known: Option<(Path, u64)>,
    shape: Option<TableShape>,
    page: usize,
    cell: Option<Cell>,
    /// Why the last paste was not done.
    error: Option<String>,
    /// All numbers to come.
    all: Option<All>,
}

/// Numbers that are to replace all, and the text that they are read from.
#[derive(Debug)]
struct All {
    text: String,
    parsed: Result<Table, TableError>,
}

/// The cell that is edited.
#[derive(Debug)]
struct Cell {
    row: usize,
    column: usize,
    text: String,
    before: String,
    is_new: bool,
}

impl TableState {
    fn shape(&mut self, cx: &Cx<'_>, path: &Path, id: NodeId) -> Option<TableShape> {
        let key = (path.clone(), cx.draft.revision());
        if self.known.as_ref() != Some(&key) {
            if self.known.as_ref().map(|(path, _)| path) != Some(path) {
                (self.page, self.cell, self.error, self.all) = (0, None, None, None);
            }
            self.shape = TableShape::of(cx.draft.value(), id);
            self.known = Some(key);
        }
        self.shape
    }

    fn open(&mut self, cx: &Cx<'_>, id: NodeId, shape: TableShape, row: usize, column: usize) {
        let value = cx.draft.value();
        let cell = shape.cell(value, id, row, column);
        let text = cell.and_then(|cell| number_text(value.node(cell)));
        let text = text.unwrap_or_default();
        let before = text.clone();
        self.cell = Some(Cell {
            row,
            column,
            text,
            before,
            is_new: true,
        });
    }
}

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut State, path: &Path, id: NodeId) {
    let table = &mut state.table;
    let value = cx.draft.value();
    let Some(shape) = table.shape(cx, path, id) else {
        let count = cx.draft.items_at(path).map_or(0, |items| items.len());
        ui.weak(format!("{count} items; each is edited in the tree"));
        if value.items(id).is_some_and(<[_]>::is_empty) {
            paste_all(ui, cx, table, path);
        }
        return;
    };
    ui.horizontal_wrapped(|ui| {
        let columns = shape.columns.unwrap_or(1);
        ui.weak(size_text(shape.rows, columns));
        pages(ui, table, shape.rows);
    });
    paste_all(ui, cx, table, path);
    paste_error(ui, table);
    ui.weak("Click a cell to edit it; cells copied in a spreadsheet can be pasted there.");
    cells(ui, cx, table, path, id, shape);
}

fn pages(ui: &mut Ui, table: &mut TableState, rows: usize) {
    if rows <= PAGE {
        table.page = 0;
        return;
    }
    let last = (rows - 1) / PAGE;
    table.page = table.page.min(last);
    if ui
        .add_enabled(table.page > 0, egui::Button::new("Previous rows"))
        .clicked()
    {
        table.page -= 1;
    }
    let start = table.page * PAGE;
    ui.label(format!("{} … {}", start, rows.min(start + PAGE) - 1));
    if ui
        .add_enabled(table.page < last, egui::Button::new("Next rows"))
        .clicked()
    {
        table.page += 1;
    }
}

/// All numbers at once, from text.
fn paste_all(ui: &mut Ui, cx: &mut Cx<'_>, table: &mut TableState, path: &Path) {
    let Some(all) = &mut table.all else {
        if ui.button("Replace all numbers…").clicked() {
            let text = String::new();
            let parsed = Table::parse(&text);
            table.all = Some(All { text, parsed });
        }
        return;
    };
    let id = cx.id.with(("all numbers", path));
    ui.label("Cells of a spreadsheet, or numbers with tabs, semicolons, commas or spaces between:");
    ui.allocate_ui(vec2(ui.available_width(), 110.0), |ui| {
        if text_edit(ui, &mut all.text, id, "New numbers", Lines::Many).changed() {
            all.parsed = Table::parse(&all.text);
        }
    });
    let (mut is_done, mut is_cancelled) = (cx.is_applied && all.parsed.is_ok(), false);
    ui.horizontal(|ui| {
        let button = egui::Button::new("Replace all");
        is_done |= ui.add_enabled(all.parsed.is_ok(), button).clicked();
        is_cancelled = ui.button("Cancel").clicked();
    });
    match &all.parsed {
        Ok(new) if is_done => {
            let (path, table) = (path.clone(), new.clone());
            cx.emit(DraftEdit::SetTable { path, table });
        }
        Ok(new) => {
            ui.weak(size_text(new.rows(), new.columns()));
        }
        Err(err) if !all.text.trim().is_empty() => error_text(ui, &err.to_string()),
        Err(_) => {}
    }
    if is_done || is_cancelled {
        table.all = None;
    }
    cx.events.is_pending |= table.all.is_some();
}

/// What is wrong with what was pasted.
fn paste_error(ui: &mut Ui, table: &TableState) {
    if let Some(why) = &table.error {
        error_text(ui, &format!("Not pasted: {why}"));
    }
}

fn cells(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    table: &mut TableState,
    path: &Path,
    id: NodeId,
    shape: TableShape,
) {
    let first = table.page * PAGE;
    // A list of numbers has an empty row at its end, to go on.
    let all_rows = shape.rows + usize::from(shape.columns.is_none());
    let rows = all_rows.min(first + PAGE).saturating_sub(first);
    let columns = shape.columns.unwrap_or(1);
    let size = vec2(
        INDEX_WIDTH + columns as f32 * CELL_WIDTH,
        rows as f32 * CELL_HEIGHT,
    );
    egui::ScrollArea::both()
        .id_salt(("value table", path, table.page))
        .auto_shrink([false, true])
        .show_viewport(ui, |ui, view| {
            ui.set_min_size(size);
            let origin = ui.min_rect().min;
            let seen = |from: f32, to: f32, side: f32, count: usize| {
                let start = (from / side).floor().max(0.0) as usize;
                let end = (to / side).ceil().max(0.0) as usize;
                start.min(count)..end.min(count)
            };
            let in_sight = seen(view.min.y, view.max.y, CELL_HEIGHT, rows);
            let (left, right) = (view.min.x - INDEX_WIDTH, view.max.x - INDEX_WIDTH);
            for row in in_sight {
                let top = origin.y + row as f32 * CELL_HEIGHT;
                let index = pos2(origin.x + INDEX_WIDTH - 8.0, top + CELL_HEIGHT / 2.0);
                let style = tokens(ui);
                let text = (first + row).to_string();
                let (font, color) = (style.small_text, style.weak_text);
                ui.painter()
                    .text(index, Align2::RIGHT_CENTER, text, font, color);
                for column in seen(left, right, CELL_WIDTH, columns) {
                    let x = origin.x + INDEX_WIDTH + column as f32 * CELL_WIDTH;
                    let rect = Rect::from_min_size(pos2(x, top), vec2(CELL_WIDTH, CELL_HEIGHT));
                    let place = (first + row, column);
                    cell(ui, cx, table, (path, id, shape), place, rect.shrink(1.0));
                }
            }
        });
}

fn cell(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    table: &mut TableState,
    (path, id, shape): (&Path, NodeId, TableShape),
    (row, column): (usize, usize),
    rect: Rect,
) {
    let is_open = table
        .cell
        .as_ref()
        .is_some_and(|cell| (cell.row, cell.column) == (row, column));
    if is_open {
        open_cell(ui, cx, table, (path, id, shape), rect);
        return;
    }
    let value = cx.draft.value();
    let node = shape.cell(value, id, row, column);
    let text = node.map(|node| value.line(node, 40)).unwrap_or_default();
    let name = match text.as_str() {
        "" => format!("row {}, column {}: empty", row + 1, column + 1),
        text => format!("row {}, column {}: {text}", row + 1, column + 1),
    };
    let response = ui.interact(rect, ui.scope_id().with((row, column)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
    let style = tokens(ui);
    let visuals = ui.style().interact(&response);
    let stroke = match response.has_focus() {
        true => egui::Stroke::new(1.5, style.accent),
        false => visuals.bg_stroke,
    };
    ui.painter().rect(
        rect,
        2.0,
        ui.visuals().extreme_bg_color,
        stroke,
        egui::StrokeKind::Inside,
    );
    let at = pos2(rect.right() - 5.0, rect.center().y);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let color = ui.visuals().text_color();
    painter.text(at, Align2::RIGHT_CENTER, text, style.number_text, color);
    if response.clicked() {
        table.error = None;
        table.open(cx, id, shape, row, column);
    }
}

fn open_cell(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    table: &mut TableState,
    (path, id, shape): (&Path, NodeId, TableShape),
    rect: Rect,
) {
    let Some(cell) = &mut table.cell else { return };
    let (row, column) = (cell.row, cell.column);
    let edit_id = cx.id.with(("cell", path, row, column));
    let pasted = ui
        .memory(|memory| memory.has_focus(edit_id))
        .then(|| take_paste(ui))
        .flatten();
    match pasted.map(|text| Table::parse(&text)) {
        Some(Ok(new)) => {
            let path = path.clone();
            cx.emit(DraftEdit::SetCells {
                path,
                row,
                column,
                table: new,
            });
            (table.cell, table.error) = (None, None);
            return;
        }
        // The field stays as it was, and keeps the keyboard.
        Some(Err(err)) => table.error = Some(err.to_string()),
        None => {}
    }
    if cell.is_new {
        text_field::forget_history(ui.ctx(), edit_id);
        // What is typed replaces the number, as in a spreadsheet.
        text_field::select_all(ui.ctx(), edit_id, &cell.text);
    }
    let edit = text_field::line(&mut cell.text, edit_id)
        .font(tokens(ui).number_text)
        .margin(egui::Margin::symmetric(4, 1));
    let name = format!("row {}, column {}", row + 1, column + 1);
    let response = ui.put(rect, edit).accessible_name(name);
    let why = (cell.text != cell.before)
        .then(|| Number::parse(&cell.text).err())
        .flatten();
    if let Some(why) = &why {
        field_error(ui, edit_id, rect, &why.to_string());
        cx.events.has_error = true;
    }
    if std::mem::take(&mut cell.is_new) {
        response.request_focus();
        response.scroll_to_me(None);
        return;
    }
    if cx.is_applied
        && cell.text != cell.before
        && let Ok(number) = Number::parse(&cell.text)
    {
        cell.before.clone_from(&cell.text);
        let (path, table) = (path.clone(), Table::one(number));
        cx.emit(DraftEdit::SetCells {
            path,
            row,
            column,
            table,
        });
        return;
    }
    if !response.lost_focus() {
        return;
    }
    let [enter, tab, escape] =
        [Key::Enter, Key::Tab, Key::Escape].map(|key| ui.input(|input| input.key_pressed(key)));
    let is_changed = cell.text != cell.before && !escape;
    match Number::parse(&cell.text) {
        Ok(number) if is_changed => {
            let path = path.clone();
            let table = Table::one(number);
            cx.emit(DraftEdit::SetCells {
                path,
                row,
                column,
                table,
            });
        }
        // What is no number stays to be mended, unless the user gives it up.
        Err(_) if is_changed => {
            if enter || tab {
                response.request_focus();
            }
            return;
        }
        _ => {}
    }
    let columns = shape.columns.unwrap_or(1);
    table.cell = None;
    match (enter, tab) {
        // A list goes on in its empty row.
        (true, _) if row + 1 < shape.rows + usize::from(shape.columns.is_none()) => {
            table.open(cx, id, shape, row + 1, column);
        }
        (_, true) if column + 1 < columns => table.open(cx, id, shape, row, column + 1),
        _ => {}
    }
}

/// What is pasted in this frame, if it is more than one number.
fn take_paste(ui: &Ui) -> Option<String> {
    ui.input_mut(|input| {
        let is_table = |event: &Event| match event {
            Event::Paste(text) => text.trim().contains(['\t', '\n', ';', ',', ' ']),
            _ => false,
        };
        let at = input.events.iter().position(is_table)?;
        match input.events.remove(at) {
            Event::Paste(text) => Some(text),
            _ => None,
        }
    })
}

/// `200 rows, 1 column`.
fn size_text(rows: usize, columns: usize) -> String {
    let s = |count: usize| if count == 1 { "" } else { "s" };
    format!("{rows} row{}, {columns} column{}", s(rows), s(columns))
}
