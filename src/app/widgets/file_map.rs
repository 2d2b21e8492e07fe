//! A file as a bar: what lies where. Each column of pixels is divided by what is in it, and what there is little of is still
//! seen; parts have their own order and pattern besides their colours.

use eframe::egui;
use egui::{
    Color32, Event, EventFilter, Key, Painter, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::paint::focus_ring;
use crate::app::theme::{Tokens, tokens};
use crate::dataset::regions::{COLUMNS, Part, Region, Regions, Shares};
use crate::dataset::text::byte_count;

const HEIGHT: f32 = 44.0;
/// However little there is of a part.
const MIN_PART: f32 = 4.0;
const SWATCH: f32 = 10.0;
/// What is narrower has no frame.
const NARROW: f32 = 8.0;

/// What a [`file_map`] shows.
pub struct FileMap<'a> {
    /// The file.
    pub regions: &'a Regions,
    /// A byte of the region that is selected.
    pub selected: Option<u64>,
}

/// What the user did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct FileMapEvents {
    /// A region, by its number, is to be shown.
    pub show: Option<usize>,
    /// Its bytes are to be shown.
    pub opcodes: Option<usize>,
}

/// What a part is called.
pub fn part_text(part: Part) -> &'static str {
    match part {
        Part::Live => "Live",
        Part::Dead => "Dead",
        Part::Freed => "Freed",
        Part::Between => "Other",
        Part::Header => "Header",
        Part::End => "End",
        Part::Unread => "Not read",
    }
}

fn part_tip(part: Part) -> &'static str {
    match part {
        Part::Live => "Values of keys",
        Part::Dead => "Earlier versions and deleted keys; a vacuum frees them",
        Part::Freed => "Earlier versions whose data was given back to the disk",
        Part::Between => "What belongs to no array",
        Part::Header => "The first bytes of a container",
        Part::End => "The terminator: readers stop here",
        Part::Unread => "Behind the end of the dict, or behind damage: no reader looks there",
    }
}

/// "Map of the file", a legend, and a line about the region that was chosen by keyboard or is under the pointer.
///
/// A click shows a region; its context menu has "Opcodes here". Keyboard when focused: left and right, Home and End go from
/// region to region, Enter shows it.
pub fn file_map(ui: &mut Ui, map: &FileMap<'_>) -> FileMapEvents {
    let tokens = tokens(ui);
    let mut events = FileMapEvents::default();
    let size = vec2(ui.available_width().max(40.0), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = format!("Map of the file: {}", shares_text(map.regions));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &name));
    let bar = Bar::new(ui, map.regions, rect);
    let cursor_id = response.id.with("cursor");
    let mut cursor: Option<usize> = ui.data(|data| data.get_temp(cursor_id));
    if response.has_focus() {
        keys(ui, map, &response, &mut cursor, &mut events);
    }
    let pointed = response
        .hover_pos()
        .or(response.interact_pointer_pos())
        .and_then(|pos| bar.at(pos));
    if response.clicked() && events.show.is_none() {
        response.request_focus();
        events.show = pointed.map(|(number, _)| number);
        cursor = events.show.or(cursor);
    }
    if response.secondary_clicked() {
        cursor = pointed.map(|(number, _)| number).or(cursor);
    }
    let shown = pointed.or_else(|| {
        cursor
            .filter(|_| response.has_focus())
            .map(|number| (number, 0))
    });
    if ui.is_rect_visible(rect) {
        bar.paint(ui, &tokens);
        bar.mark(ui, map, shown.map(|(number, _)| number), &tokens);
        focus_ring(ui, &response, &tokens);
    }
    response.context_menu(|ui| {
        if ui.button("Opcodes here").clicked() {
            events.opcodes = cursor;
        }
    });
    if let Some(cursor) = cursor {
        ui.data_mut(|data| data.insert_temp(cursor_id, cursor));
    }
    legend(ui, map.regions, &tokens);
    // Always two lines, so that nothing jumps.
    let text = shown.map_or_else(
        || "Point at the map to see what is there\n".to_owned(),
        |(number, others)| about(map.regions, number, others),
    );
    let lines = ui.spacing().interact_size.y * 1.6;
    ui.allocate_ui(vec2(ui.available_width(), lines), |ui| {
        ui.set_min_height(lines);
        ui.spacing_mut().item_spacing.y = 0.0;
        for line in text.lines() {
            let text = egui::RichText::new(line).color(tokens.weak_text);
            ui.add(egui::Label::new(text).truncate());
        }
    });
    events
}

/// `live 1.2 GB, dead 3.4 MB`
fn shares_text(regions: &Regions) -> String {
    let parts = Part::ALL.iter().zip(regions.totals());
    let parts = parts.filter(|(_, bytes)| **bytes > 0);
    let texts = parts
        .map(|(part, bytes)| format!("{} {}", part_text(*part).to_lowercase(), byte_count(*bytes)));
    texts.collect::<Vec<_>>().join(", ")
}

/// Two lines.
fn about(regions: &Regions, number: usize, others: usize) -> String {
    let Some(region) = regions.list().get(number) else {
        return String::new();
    };
    let part = part_text(region.part);
    let title = match region.key.as_deref() {
        Some("") => format!("(empty key) · {part}"),
        Some(key) => format!("{key} · {part}"),
        None => part.to_owned(),
    };
    let more = match others {
        0 => String::new(),
        others => format!(" · {others} more here"),
    };
    let len = region.range.end - region.range.start;
    let (start, bytes) = (region.range.start, byte_count(len));
    format!("{title}\nat byte {start} · {len} bytes ({bytes}){more}")
}

fn keys(
    ui: &Ui,
    map: &FileMap<'_>,
    response: &egui::Response,
    cursor: &mut Option<usize>,
    events: &mut FileMapEvents,
) {
    let Some(last) = map.regions.list().len().checked_sub(1) else {
        return;
    };
    let filter = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let now = cursor.map_or(0, |cursor| cursor.min(last));
    let next = cursor.map_or(0, |cursor| (cursor + 1).min(last));
    ui.input_mut(|input| {
        input.events.retain(|event| {
            let Event::Key {
                key, pressed: true, ..
            } = event
            else {
                return true;
            };
            match key {
                Key::ArrowLeft => *cursor = Some(now.saturating_sub(1)),
                Key::ArrowRight => *cursor = Some(next),
                Key::Home => *cursor = Some(0),
                Key::End => *cursor = Some(last),
                Key::Enter => events.show = *cursor,
                _ => return true,
            }
            false
        });
    });
}

/// The columns on the screen.
struct Bar<'a> {
    regions: &'a Regions,
    rect: Rect,
    columns: Vec<Shares>,
}

impl<'a> Bar<'a> {
    fn new(ui: &Ui, regions: &'a Regions, rect: Rect) -> Self {
        let pixels = (rect.width() * ui.ctx().pixels_per_point())
            .floor()
            .max(1.0) as usize;
        Self {
            columns: regions.columns(pixels.min(COLUMNS)),
            regions,
            rect,
        }
    }

    fn side(&self) -> f32 {
        self.rect.width() / self.columns.len().max(1) as f32
    }

    /// The parts of a column from below, each with its height.
    fn parts(&self, shares: &Shares) -> Vec<(Part, f32)> {
        let all: u64 = shares.iter().sum();
        let present = Part::ALL.iter().copied().zip(*shares);
        let present: Vec<(Part, u64)> = present.filter(|(_, bytes)| *bytes > 0).collect();
        // What is too little to be seen takes from the others.
        let spare = self.rect.height() - MIN_PART * present.len() as f32;
        let share = |bytes: u64| (bytes as f64 / all.max(1) as f64) as f32;
        present
            .into_iter()
            .map(|(part, bytes)| (part, MIN_PART + spare * share(bytes)))
            .collect()
    }

    /// Whether there is more than one part in a column.
    fn is_mixed(&self, column: usize) -> bool {
        let shares = self.columns.get(column);
        shares.is_some_and(|shares| shares.iter().filter(|bytes| **bytes > 0).count() > 1)
    }

    /// The region under the pointer, and how many others of its part are in the same column.
    fn at(&self, pos: Pos2) -> Option<(usize, usize)> {
        let column = ((pos.x - self.rect.left()) / self.side()).max(0.0) as usize;
        let column = column.min(self.columns.len().checked_sub(1)?);
        // A mixed one is painted wider than it is.
        let reach = (MIN_PART / 2.0 / self.side()).round() as usize;
        let near = column.saturating_sub(reach)..=column + reach;
        let column = near
            .filter(|near| self.is_mixed(*near))
            .min_by_key(|near| near.abs_diff(column))
            .unwrap_or(column);
        let range = self.regions.bytes_of(column, self.columns.len());
        // A column of a tiny file is less than a byte.
        let range = range.start..range.end.max(range.start + 1);
        let mut bottom = self.rect.bottom();
        let parts = self.parts(self.columns.get(column)?);
        for (part, height) in &parts {
            bottom -= height;
            if pos.y >= bottom {
                return self.regions.largest(&range, *part);
            }
        }
        self.regions.largest(&range, parts.last()?.0)
    }

    fn paint(&self, ui: &Ui, tokens: &Tokens) {
        let painter = ui
            .painter()
            .with_clip_rect(self.rect.intersect(ui.clip_rect()));
        painter.rect_filled(self.rect, 0.0, ui.visuals().extreme_bg_color);
        let x = |column: usize| self.rect.left() + column as f32 * self.side();
        let mut first = 0;
        while first < self.columns.len() {
            let parts = self.parts(&self.columns[first]);
            // Neighbours that look alike are painted as one.
            let alike = |shares: &&Shares| self.parts(shares) == parts;
            let count = self.columns[first..].iter().take_while(alike).count();
            let behind = first + count.max(1);
            self.paint_parts(&painter, [x(first), x(behind)], &parts, tokens);
            first = behind;
        }
        self.paint_dividers(&painter, ui.visuals().extreme_bg_color);
        for column in (0..self.columns.len()).filter(|column| self.is_mixed(*column)) {
            // One pixel would not be seen.
            let (left, right) = (x(column), x(column + 1));
            let more = ((MIN_PART - (right - left)) / 2.0).max(0.0);
            let left = (left - more).min(self.rect.right() - MIN_PART);
            let left = left.max(self.rect.left());
            let right = right.max(left + MIN_PART);
            let parts = self.parts(&self.columns[column]);
            self.paint_parts(&painter, [left, right], &parts, tokens);
        }
    }

    fn paint_parts(
        &self,
        painter: &Painter,
        [left, right]: [f32; 2],
        parts: &[(Part, f32)],
        tokens: &Tokens,
    ) {
        let mut bottom = self.rect.bottom();
        for (part, height) in parts {
            let rect = Rect::from_min_max(pos2(left, bottom - height), pos2(right, bottom));
            paint_part(painter, rect, *part, tokens);
            bottom -= height;
        }
    }

    /// A line between neighbours that are both wide enough to be told apart.
    fn paint_dividers(&self, painter: &Painter, color: Color32) {
        let size = self.regions.size().max(1) as f64;
        let x = |at: u64| self.rect.left() + (at as f64 / size) as f32 * self.rect.width();
        let is_wide = |region: &Region| x(region.range.end) - x(region.range.start) >= 4.0;
        // As many wide ones as fit: others need no look.
        let mut at = 0;
        let step = (size / f64::from(self.rect.width().max(1.0)) * 4.0) as u64;
        while let Some(first) = self.regions.within(&(at..at + 1)).next() {
            let Some(region) = self.regions.list().get(first) else {
                break;
            };
            if is_wide(region) {
                let line = x(region.range.end);
                let stroke = egui::Stroke::new(1.0, color);
                painter.vline(line, self.rect.y_range(), stroke);
            }
            at = region.range.end.max(at + step.max(1));
        }
    }

    /// Shows which regions are selected and looked at, also narrow ones.
    fn mark(&self, ui: &Ui, map: &FileMap<'_>, shown: Option<usize>, tokens: &Tokens) {
        let selected = map
            .selected
            .and_then(|at| self.regions.within(&(at..at.saturating_add(1))).next());
        let size = self.regions.size().max(1) as f64;
        let x = |at: u64| self.rect.left() + (at as f64 / size) as f32 * self.rect.width();
        for (number, color) in [
            (selected, ui.visuals().strong_text_color()),
            (shown, tokens.accent),
        ] {
            let Some(region) = number.and_then(|number| self.regions.list().get(number)) else {
                continue;
            };
            let (left, right) = (x(region.range.start), x(region.range.end));
            if right - left < NARROW {
                // A frame would hide what it is about: a bar at its foot.
                let middle = (left + right) / 2.0;
                let foot = self.rect.bottom();
                let bar = Rect::from_min_max(
                    pos2(middle - NARROW / 2.0, foot - 3.0),
                    pos2(middle + NARROW / 2.0, foot),
                );
                ui.painter()
                    .rect_filled(bar.intersect(self.rect), 0.0, color);
                continue;
            }
            let frame = Rect::from_min_max(
                pos2(left, self.rect.top()),
                pos2(right.min(self.rect.right()), self.rect.bottom()),
            );
            let stroke = egui::Stroke::new(1.5, color);
            (ui.painter()).rect_stroke(frame, 1.0, stroke, egui::StrokeKind::Inside);
        }
    }
}

/// The colour of a part, and its pattern: what does not count is striped.
fn paint_part(painter: &Painter, rect: Rect, part: Part, tokens: &Tokens) {
    painter.rect_filled(rect, 0.0, tokens.parts[part as usize]);
    let gap = match part {
        Part::Dead => 6.0,
        Part::Freed => 3.0,
        _ => return,
    };
    // Lines at fixed places, so that they go through all columns.
    let mut y = (rect.top() / gap).ceil() * gap;
    while y < rect.bottom() {
        let line = Rect::from_min_max(pos2(rect.left(), y), pos2(rect.right(), y + 1.0));
        painter.rect_filled(line.intersect(rect), 0.0, tokens.canvas);
        y += gap;
    }
}

/// "Live 1.2 GB": only what is there.
fn legend(ui: &mut Ui, regions: &Regions, tokens: &Tokens) {
    ui.horizontal_wrapped(|ui| {
        for (part, bytes) in Part::ALL.iter().zip(regions.totals()) {
            if *bytes == 0 {
                continue;
            }
            let text = format!("{} {}", part_text(*part), byte_count(*bytes));
            let font = tokens.small_text.clone();
            let color = ui.visuals().text_color();
            let galley = ui.painter().layout_no_wrap(text.clone(), font, color);
            // In one piece, so that it goes to the next line where there is no more room.
            let size = vec2(SWATCH + 4.0 + galley.size().x, galley.size().y.max(SWATCH));
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), &text));
            let middle = pos2(rect.left() + SWATCH / 2.0, rect.center().y);
            let swatch = Rect::from_center_size(middle, Vec2::splat(SWATCH));
            paint_part(ui.painter(), swatch, *part, tokens);
            let top = rect.center().y - galley.size().y / 2.0;
            let at = pos2(swatch.right() + 4.0, top);
            ui.painter().galley(at, galley, color);
            response.on_hover_text(part_tip(*part));
        }
    });
}
