//! A table of any number of cells: only those on the screen are painted, and it scrolls by whole rows and columns, since
//! positions on the screen have seven digits and a table may have a billion rows.

mod editor;
mod input;
mod paint;

use eframe::egui;
use egui::{Id, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::keyboard;
use super::paint::focus_ring;
use super::row_bar::{BAR, Rows, row_bar};
use crate::app::theme::{Tokens, tokens};
use crate::session::table::At;
use editor::Edit;

const ROW_HEIGHT: f32 = 20.0;
const MIN_COLUMN: f32 = 56.0;
const MAX_COLUMN: f32 = 340.0;
/// A single column is not narrower, so that it does not look lost.
const MIN_ONLY_COLUMN: f32 = 140.0;
/// Between text and the edge of its cell.
const PADDING: f32 = 6.0;

/// How one cell looks.
#[derive(Debug, Clone, Copy)]
pub struct CellLook<'a> {
    /// What is in it.
    pub text: &'a str,
    /// There is more than the text says.
    pub is_cut: bool,
    /// It is hidden by a mask.
    pub masked: bool,
    /// Background; the text is black or white on it.
    pub fill: Option<[u8; 3]>,
}

/// What a [`cell_table`] shows.
pub struct CellTable<'a> {
    /// What it is of: an edit ends when that changes.
    pub name: &'a str,
    /// Rows, columns.
    pub size: [usize; 2],
    /// The cell at the top left.
    pub first: At,
    /// The selected cell.
    pub cursor: At,
    /// The other end of the selected range.
    pub anchor: At,
    /// Names of the axes: of the rows, of the columns; empty where there is none.
    pub axis_names: [&'a str; 2],
    /// Besides the index of a row (0) or column (1), what it stands for: a wavelength.
    pub notes: [Option<&'a dyn Fn(usize) -> Option<String>>; 2],
    /// Cells that are there; others are shown as an ellipsis.
    pub cell: &'a dyn Fn(At) -> Option<CellLook<'a>>,
    /// Characters of the longest cell known.
    pub longest: usize,
    /// Numbers are, so that their digits are below each other.
    pub is_right_aligned: bool,
    /// Whether cells can be edited now.
    pub can_edit: bool,
    /// Why a text cannot be written into a cell.
    pub check: &'a dyn Fn(&str) -> Result<(), String>,
}

/// What the user did, and what fits.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct CellTableEvents {
    /// Another cell at the top left.
    pub first: Option<At>,
    /// Rows and columns that fit wholly.
    pub window: [usize; 2],
    /// Another selection: the end that stays, and the one that moves.
    pub select: Option<(At, At)>,
    /// A cell, and its new text.
    pub write: Option<(At, String)>,
    /// Editing was asked for where it cannot be.
    pub wants_edit: bool,
    /// Copy what is selected.
    pub copy: bool,
    /// Text to write from the selected cell on.
    pub paste: Option<String>,
}

/// By which the table can be given the keyboard.
#[must_use]
pub fn cell_table_id() -> Id {
    Id::unique("table of cells")
}

/// What is kept from frame to frame.
#[derive(Debug, Default, Clone)]
struct State {
    /// What it is of.
    name: String,
    /// Wheel movement of less than a row or column.
    wheel: Vec2,
    /// Columns become wider, but not narrower, so that they do not jump while scrolling.
    longest: usize,
    edit: Option<Edit>,
}

/// "Cells": each is labelled "row 3, column 5: VALUE", or "row 3, column 5: masked".
///
/// Keyboard when focused: arrows, Page Up and Down, Home and End, with Ctrl to the end, with Shift extending the selection;
/// F2, Enter or typing edit ("New value of the cell"); Ctrl+C and Ctrl+V. The scroll bars are "Scroll rows" and
/// "Scroll columns".
pub fn cell_table(ui: &mut Ui, table: &CellTable<'_>) -> CellTableEvents {
    let tokens = tokens(ui);
    let id = cell_table_id();
    let mut state: State = ui.data_mut(|data| data.remove_temp(id).unwrap_or_default());
    if state.name != table.name {
        state = State {
            name: table.name.to_owned(),
            ..State::default()
        };
    }
    state.longest = state.longest.max(table.longest);
    let outer = ui.available_rect_before_wrap();
    let outer = Rect::from_min_size(outer.min, outer.size().max(Vec2::splat(80.0)));
    ui.allocate_rect(outer, Sense::hover());
    let places = Places::new(ui, table, &tokens, state.longest, outer);
    let mut events = CellTableEvents {
        window: places.window(),
        ..CellTableEvents::default()
    };

    let response = ui.interact(places.body, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Grid, ui.is_enabled(), "Cells"));
    if keyboard::take(ui.ctx()) {
        response.request_focus();
    }
    input::wheel(ui, table, &places, &response, &mut state, &mut events);
    input::pointer(ui, table, &places, &response, &mut state, &mut events);
    if state.edit.is_none() && response.has_focus() {
        input::keys(ui, table, &places, &mut state, &mut events);
    }
    scroll_bars(ui, table, &places, &mut events);
    if ui.is_rect_visible(outer) {
        paint::paint(ui, table, &places, &tokens);
        if state.edit.is_none() {
            focus_ring(ui, &response, &tokens);
        }
    }
    editor::show(ui, table, &places, &mut state, &mut events);
    ui.data_mut(|data| data.insert_temp(id, state));
    events
}

fn scroll_bars(ui: &Ui, table: &CellTable<'_>, places: &Places, events: &mut CellTableEvents) {
    let body = places.body;
    let window = places.window();
    let right = Rect::from_min_max(body.right_top(), pos2(body.right() + BAR, body.bottom()));
    let below = Rect::from_min_max(body.left_bottom(), pos2(body.right(), body.bottom() + BAR));
    let of = |axis: usize, first: usize| Rows {
        first,
        count: window[axis],
        len: table.size[axis],
    };
    let (first, id) = (table.first, cell_table_id());
    let rows = row_bar(ui, right, 1, id, "Scroll rows", of(0, first.row));
    let columns = row_bar(ui, below, 0, id, "Scroll columns", of(1, first.col));
    if rows.is_some() || columns.is_some() {
        events.first = Some(At {
            row: rows.unwrap_or(first.row),
            col: columns.unwrap_or(first.col),
        });
    }
}

/// Where everything is on the screen.
struct Places {
    /// The cells, without headers and scroll bars.
    body: Rect,
    /// Left of the cells.
    row_header: f32,
    /// Above the cells.
    column_header: f32,
    column_width: f32,
    /// Of the cells that there are room for, those of the table.
    counts: [usize; 2],
    first: At,
}

impl Places {
    fn new(ui: &Ui, table: &CellTable<'_>, tokens: &Tokens, longest: usize, outer: Rect) -> Self {
        let side = char_width(ui, tokens);
        let header = |axis: usize| {
            let last = table.size[axis].saturating_sub(1);
            // Of wavelengths, `1234.56 nm`.
            let note = table.notes[axis].map_or(0, |_| 10);
            (last.to_string().len(), note)
        };
        let (digits, note) = header(0);
        let names: usize = table.axis_names.iter().map(|name| name.len()).sum();
        let row_header = (digits + note + 2).max(names + 3) as f32 * side + PADDING;
        let lines = if table.notes[1].is_some() { 2.0 } else { 1.0 };
        let column_header = ROW_HEIGHT * lines;
        let body = Rect::from_min_max(
            outer.min + vec2(row_header, column_header),
            outer.max - Vec2::splat(BAR),
        );
        let (digits, note) = header(1);
        let wanted = longest.max(digits + 1).max(note) as f32 * side + 2.0 * PADDING;
        let column_width = if table.size[1] == 1 {
            wanted.clamp(MIN_ONLY_COLUMN, body.width().max(MIN_ONLY_COLUMN))
        } else {
            wanted.clamp(MIN_COLUMN, MAX_COLUMN)
        };
        let room = |points: f32, side: f32, first: usize, len: usize| {
            let fits = (points / side).ceil().max(1.0) as usize;
            fits.min(len.saturating_sub(first))
        };
        let first = table.first;
        let counts = [
            room(body.height(), ROW_HEIGHT, first.row, table.size[0]),
            room(body.width(), column_width, first.col, table.size[1]),
        ];
        Self {
            body,
            row_header,
            column_header,
            column_width,
            counts,
            first,
        }
    }

    /// Rows and columns that fit wholly.
    fn window(&self) -> [usize; 2] {
        let fits = |points: f32, side: f32| (points / side).floor().max(1.0) as usize;
        [
            fits(self.body.height(), ROW_HEIGHT),
            fits(self.body.width(), self.column_width),
        ]
    }

    fn rect_of(&self, at: At) -> Rect {
        // Of cells on the screen the difference is small.
        let row = at.row as f64 - self.first.row as f64;
        let col = at.col as f64 - self.first.col as f64;
        let min = pos2(
            self.body.left() + col as f32 * self.column_width,
            self.body.top() + row as f32 * ROW_HEIGHT,
        );
        Rect::from_min_size(min, vec2(self.column_width, ROW_HEIGHT))
    }

    /// The cell at a position; beside the table the nearest one, one row or column off the screen where there is more.
    fn at(&self, pos: egui::Pos2, size: [usize; 2]) -> At {
        let index = |offset: f32, side: f32, first: usize, count: usize, len: usize| {
            let steps = (offset / side).floor().clamp(-1.0, count as f32) as isize;
            first
                .saturating_add_signed(steps)
                .min(len.saturating_sub(1))
        };
        let offset = pos - self.body.min;
        At {
            row: index(
                offset.y,
                ROW_HEIGHT,
                self.first.row,
                self.counts[0],
                size[0],
            ),
            col: index(
                offset.x,
                self.column_width,
                self.first.col,
                self.counts[1],
                size[1],
            ),
        }
    }

    /// Cells on the screen, row by row.
    fn cells(&self) -> impl Iterator<Item = At> {
        let (first, [rows, columns]) = (self.first, self.counts);
        (0..rows).flat_map(move |row| {
            (0..columns).map(move |col| At {
                row: first.row + row,
                col: first.col + col,
            })
        })
    }
}

fn char_width(ui: &Ui, tokens: &Tokens) -> f32 {
    ui.fonts_mut(|fonts| fonts.glyph_width(&tokens.number_text, '0'))
}
