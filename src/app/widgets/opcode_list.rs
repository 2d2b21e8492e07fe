//! Opcodes as rows: position, name, argument. Any number of rows: it scrolls by whole ones, and only those on the screen
//! are asked for.

use eframe::egui;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Color32, Event, EventFilter, Id, Key, Painter, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::paint::focus_ring;
use super::row_bar::{BAR, Rows, row_bar};
use crate::app::theme::{Tokens, tokens};
use crate::session::opcodes::OpcodeRow;
use crate::session::table::scrolled;

const ROW_HEIGHT: f32 = 18.0;
const PADDING: f32 = 6.0;
/// Characters of the longest name, `SHORT_BINUNICODE`, and a gap.
const NAME_CHARS: f32 = 18.0;
/// With less room than this for arguments, names are as wide as they are.
const MIN_ARGUMENT: f32 = 120.0;

/// What an [`opcode_list`] shows.
pub struct OpcodeList<'a> {
    /// What it is of, so that places on the screen are told apart.
    pub id: Id,
    /// All rows.
    pub len: u64,
    /// The row at the top.
    pub first: u64,
    /// The selected row.
    pub cursor: u64,
    /// The largest offset, for the width of the column.
    pub last_offset: u64,
    /// Rows that are there; others are shown as an ellipsis.
    pub row: &'a dyn Fn(u64) -> Option<&'a OpcodeRow>,
}

/// What the user did, and what fits.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct OpcodeListEvents {
    /// Another row at the top.
    pub first: Option<u64>,
    /// Rows that fit wholly.
    pub window: u64,
    /// Another row was selected.
    pub select: Option<u64>,
    /// Text for the clipboard.
    pub copy: Option<String>,
}

/// "Opcode rows": each row is labelled "at byte 24: FRAME 120".
///
/// Keyboard when focused: arrows, Page Up and Down, Home and End; Ctrl+C copies the selected row. The scroll bar is
/// "Scroll opcodes".
pub fn opcode_list(ui: &mut Ui, list: &OpcodeList<'_>) -> OpcodeListEvents {
    let tokens = tokens(ui);
    let outer = ui.available_rect_before_wrap();
    let outer = Rect::from_min_size(outer.min, outer.size().max(Vec2::splat(40.0)));
    ui.allocate_rect(outer, Sense::hover());
    let body = Rect::from_min_max(outer.min, outer.max - vec2(BAR, 0.0));
    let count = (body.height() / ROW_HEIGHT).floor().max(1.0) as usize;
    let (len, first) = (size(list.len), size(list.first));
    let mut events = OpcodeListEvents {
        window: count as u64,
        ..OpcodeListEvents::default()
    };
    let response = ui.interact(body, list.id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Grid, ui.is_enabled(), "Opcode rows"));
    if response.contains_pointer() {
        wheel(ui, list, count, &mut events);
    }
    if let Some(pos) = response.interact_pointer_pos()
        && (response.clicked() || response.secondary_clicked())
    {
        response.request_focus();
        let row = list.first + ((pos.y - body.top()) / ROW_HEIGHT).max(0.0) as u64;
        events.select = Some(row).filter(|row| *row < list.len);
    }
    if response.has_focus() {
        keys(ui, list, count as u64, &mut events);
    }
    let bar = Rect::from_min_max(pos2(body.right(), body.top()), outer.max);
    let rows = Rows { first, count, len };
    if let Some(first) = row_bar(ui, bar, 1, list.id, "Scroll opcodes", rows) {
        events.first = Some(first as u64);
    }
    if ui.is_rect_visible(body) {
        paint(ui, list, body, &tokens);
        focus_ring(ui, &response, &tokens);
    }
    response.context_menu(|ui| {
        if ui.button("Copy row").clicked() {
            events.copy = (list.row)(list.cursor).map(line);
        }
        if ui.button("Copy offset").clicked() {
            events.copy = (list.row)(list.cursor).map(|row| row.offset.to_string());
        }
    });
    events
}

fn size(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

fn line(row: &OpcodeRow) -> String {
    [&row.offset.to_string(), row.name, &row.text]
        .map(str::trim)
        .join("\t")
}

fn wheel(ui: &Ui, list: &OpcodeList<'_>, count: usize, events: &mut OpcodeListEvents) {
    let id = list.id.with("wheel");
    let moved = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
    let mut points = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(0.0) + moved;
    let whole = (points / ROW_HEIGHT).trunc();
    points -= whole * ROW_HEIGHT;
    ui.data_mut(|data| data.insert_temp(id, points));
    let first = scrolled(size(list.first), -whole as isize, count, size(list.len)) as u64;
    events.first = Some(first).filter(|first| *first != list.first);
}

fn keys(ui: &Ui, list: &OpcodeList<'_>, page: u64, events: &mut OpcodeListEvents) {
    ui.memory_mut(|memory| {
        let filter = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        memory.set_focus_lock_filter(list.id, filter);
    });
    let mut cursor = list.cursor;
    let last = list.len.saturating_sub(1);
    ui.input_mut(|input| {
        input.events.retain(|event| {
            match event {
                Event::Copy => events.copy = (list.row)(list.cursor).map(line),
                Event::Key {
                    key, pressed: true, ..
                } => match key {
                    Key::ArrowUp => cursor = cursor.saturating_sub(1),
                    Key::ArrowDown => cursor = cursor.saturating_add(1).min(last),
                    Key::PageUp => cursor = cursor.saturating_sub(page),
                    Key::PageDown => cursor = cursor.saturating_add(page).min(last),
                    Key::Home => cursor = 0,
                    Key::End => cursor = last,
                    _ => return true,
                },
                _ => return true,
            }
            false
        });
    });
    if cursor != list.cursor {
        events.select = Some(cursor);
    }
}

fn paint(ui: &Ui, list: &OpcodeList<'_>, body: Rect, tokens: &Tokens) {
    let painter = ui.painter().with_clip_rect(body.intersect(ui.clip_rect()));
    painter.rect_filled(body, 0.0, ui.visuals().extreme_bg_color);
    let side = ui.fonts_mut(|fonts| fonts.glyph_width(&tokens.number_text, '0'));
    let digits = list.last_offset.to_string().len().max(4) as f32;
    let names = body.left() + PADDING + (digits + 2.0) * side;
    let arguments = names + NAME_CHARS * side;
    // In a narrow window an argument follows its name at once.
    let arguments = (body.right() - arguments >= MIN_ARGUMENT).then_some(arguments);
    let rows = (body.height() / ROW_HEIGHT).ceil().max(1.0) as u64;
    for number in list.first..list.first.saturating_add(rows).min(list.len) {
        let top = body.top() + (number - list.first) as f32 * ROW_HEIGHT;
        let rect = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), ROW_HEIGHT));
        if number == list.cursor {
            painter.rect_filled(rect, 0.0, ui.visuals().selection.bg_fill);
        }
        let row = (list.row)(number);
        label(ui, list.id, rect, number, row);
        let Some(row) = row else {
            let text = |text: &str, x: f32| {
                one_line(&painter, rect, x, (text, tokens.weak_text), tokens);
            };
            text("…", names);
            continue;
        };
        let offset = row.offset.to_string();
        let left = names - (offset.len() as f32 + 2.0) * side;
        one_line(&painter, rect, left, (&offset, tokens.weak_text), tokens);
        let color = ui.visuals().text_color();
        let selected = ui.visuals().selection.stroke.color;
        let is_selected = number == list.cursor;
        if row.is_fault {
            let color = if is_selected { selected } else { tokens.error };
            let text = format!("! {}", row.text);
            one_line(&painter, rect, names, (&text, color), tokens);
            continue;
        }
        let name = if is_selected { selected } else { tokens.accent };
        one_line(&painter, rect, names, (row.name, name), tokens);
        let after = names + (row.name.len() as f32 + 1.0) * side;
        let x = arguments.unwrap_or(after);
        one_line(&painter, rect, x, (&row.text, color), tokens);
    }
}

/// Text from `x` to the end of the row, cut where there is no more room.
fn one_line(painter: &Painter, row: Rect, x: f32, (text, color): (&str, Color32), tokens: &Tokens) {
    let width = row.right() - PADDING - x;
    if width <= 0.0 || text.is_empty() {
        return;
    }
    let format = TextFormat::simple(tokens.number_text.clone(), color);
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap = TextWrapping::truncate_at_width(width);
    job.break_on_newline = false;
    let galley = painter.layout_job(job);
    let y = row.center().y - galley.size().y / 2.0;
    painter.galley(pos2(x, y), galley, color);
}

/// For screen readers and tests; what does not fit is told whole.
fn label(ui: &Ui, id: Id, rect: Rect, number: u64, row: Option<&OpcodeRow>) {
    let visible = rect.intersect(ui.clip_rect());
    let response = ui.interact(visible, id.with(("row", number)), Sense::hover());
    let text = row.map_or_else(
        || "being read".to_owned(),
        |row| {
            let parts = [row.name, &row.text].map(str::trim).join(" ");
            format!("at byte {}: {}", row.offset, parts.trim())
        },
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Row, ui.is_enabled(), &text));
    if row.is_some_and(|row| row.text.len() > 24) {
        response.on_hover_text(text);
    }
}
