//! A decoded value as a collapsible tree.
//!
//! Children are asked for when their branch is open and their row in sight, so neither a million
//! of them nor a value that contains itself costs more than what is shown. It shows values; what
//! else can be done to a row, its user says.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use eframe::egui;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Id, Key, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{Tokens, tokens};
use crate::pickle::{NodeId, Value};

/// More children than this are shown in ranges.
const MAX_PLAIN_CHILDREN: usize = 200;
/// Children in the smallest range, and ranges in a range.
const RANGE: usize = 100;
/// A row is cut after so many characters.
const ROW_CHARS: usize = 200;
/// A text longer than this has "Show all".
const SHORT_TEXT: usize = 120;
/// Height of a text that is shown as a whole.
const TEXT_HEIGHT: f32 = 220.0;
/// Lines of such a text are not broken shorter than this.
const MIN_COLUMNS: usize = 20;
/// Rows are not indented further than this.
const MAX_INDENT: usize = 24;
/// Of "Show all".
const SHOW_WIDTH: f32 = 66.0;

/// Collapsible tree of a decoded value, virtual: 1 000 000 children cost as much as ten (children
/// in ranges of 100 when there are more than 200).
///
/// A row's accessible label is what it shows, `label: type value`. Texts over several lines are
/// shown as such under "Show all"; "Copy as Python literal" and "Copy text" by context menu.
/// Keyboard: Enter or Space opens and closes, the right arrow opens, the left one closes.
pub fn value_tree(ui: &mut Ui, id_salt: &str, value: &Value) {
    tree_ui(ui, ui.make_persistent_id(id_salt), value, &mut ReadOnly);
}

/// As [`value_tree`], with rows that can be selected and have more in their context menu.
///
/// A click on a row selects it, as the keyboard does; a double click, a click on the triangle or a
/// key opens and closes.
pub(super) fn selectable_tree(ui: &mut Ui, id: Id, value: &Value, rows: &mut dyn Rows) {
    tree_ui(ui, id, value, rows);
}

/// What else a tree does with its rows, which are named by the positions of children from the root.
pub(super) trait Rows {
    /// Whether rows can be selected.
    fn selects(&self) -> bool {
        true
    }
    /// Whether it is the selected row.
    fn is_selected(&self, path: &[usize]) -> bool;
    /// The row was clicked, or has the keyboard.
    fn select(&mut self, path: &[usize]);
    /// The row has the keyboard: what do other keys do?
    fn keys(&mut self, ui: &mut Ui, path: &[usize]);
    /// More entries of the context menu.
    fn menu(&mut self, ui: &mut Ui, path: &[usize]);
}

/// Rows that are only looked at.
struct ReadOnly;

impl Rows for ReadOnly {
    fn selects(&self) -> bool {
        false
    }
    fn is_selected(&self, _: &[usize]) -> bool {
        false
    }
    fn select(&mut self, _: &[usize]) {}
    fn keys(&mut self, _: &mut Ui, _: &[usize]) {}
    fn menu(&mut self, _: &mut Ui, _: &[usize]) {}
}

/// What the tree needs to know of a value.
trait Source {
    type Node: Copy;
    fn root(&self) -> Self::Node;
    fn type_name(&self, node: Self::Node) -> String;
    fn line(&self, node: Self::Node, max_chars: usize) -> String;
    fn text(&self, node: Self::Node) -> Option<Cow<'_, str>>;
    fn child_count(&self, node: Self::Node) -> usize;
    fn child(&self, node: Self::Node, index: usize) -> Option<(String, Self::Node)>;
    /// Of the whole value.
    fn literal(&self) -> String;
}

impl Source for Value {
    type Node = NodeId;

    fn root(&self) -> NodeId {
        self.root()
    }
    fn type_name(&self, node: NodeId) -> String {
        self.type_name(node)
    }
    fn line(&self, node: NodeId, max_chars: usize) -> String {
        self.line(node, max_chars)
    }
    fn text(&self, node: NodeId) -> Option<Cow<'_, str>> {
        self.text(node)
    }
    fn child_count(&self, node: NodeId) -> usize {
        self.child_count(node)
    }
    fn child(&self, node: NodeId, index: usize) -> Option<(String, NodeId)> {
        self.child(node, index)
    }
    fn literal(&self) -> String {
        self.literal()
    }
}

fn tree_ui<S: Source>(ui: &mut Ui, id: Id, source: &S, rows: &mut dyn Rows) {
    egui::ScrollArea::vertical()
        .id_salt(id)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let toggled = ui
                .data(|data| data.get_temp::<Arc<HashSet<Id>>>(id))
                .unwrap_or_default();
            let mut tree = Tree {
                source,
                rows,
                path: Vec::new(),
                tokens: tokens(ui),
                row_height: ui.spacing().interact_size.y - 2.0,
                toggled,
                change: None,
            };
            tree.node(ui, id.with("root"), 0, None, source.root());
            if let Some(row) = tree.change {
                let mut toggled = Arc::unwrap_or_clone(tree.toggled);
                if !toggled.remove(&row) {
                    toggled.insert(row);
                }
                ui.data_mut(|data| data.insert_temp(id, Arc::new(toggled)));
            }
        });
}

/// One pass over the rows.
struct Tree<'a, S: Source> {
    source: &'a S,
    rows: &'a mut dyn Rows,
    /// Where the row is that the pass is at.
    path: Vec<usize>,
    tokens: Tokens,
    row_height: f32,
    /// Rows that are not as they are at first.
    toggled: Arc<HashSet<Id>>,
    /// The row to toggle after this pass.
    change: Option<Id>,
}

/// What a row shows.
struct Row {
    label: Option<String>,
    type_name: String,
    line: String,
}

impl Row {
    /// Whether it stands for several children.
    fn is_range(&self) -> bool {
        self.type_name.is_empty()
    }

    fn accessible(&self) -> String {
        let value = format!("{} {}", self.type_name, self.line);
        match &self.label {
            Some(label) => format!("{label}: {}", value.trim()),
            None => value.trim().to_owned(),
        }
    }
}

impl<S: Source> Tree<'_, S> {
    fn is_open(&self, row: Id, at_first: bool) -> bool {
        self.toggled.contains(&row) != at_first
    }

    /// A text that is the whole value is shown as a whole at first.
    fn is_text_open(&self, text: Id, depth: usize) -> bool {
        self.is_open(text, depth == 0)
    }

    /// Where the next row will be, if it can be seen or reached by the Tab key from one that can.
    fn row_in_sight(&self, ui: &Ui) -> bool {
        let rect = Rect::from_min_size(ui.cursor().min, vec2(1.0, self.row_height));
        let clip = ui.clip_rect().expand(2.0 * self.row_height);
        rect.bottom() >= clip.top() && rect.top() <= clip.bottom()
    }

    fn skip_row(&self, ui: &mut Ui) {
        ui.allocate_space(vec2(1.0, self.row_height));
    }

    fn node(&mut self, ui: &mut Ui, id: Id, depth: usize, label: Option<String>, node: S::Node) {
        let child_count = self.source.child_count(node);
        let is_root = depth == 0;
        let opens = child_count > 0;
        let is_open = opens && self.is_open(id, is_root);
        let text = (!opens).then(|| self.source.text(node)).flatten();
        let is_long = text.as_deref().is_some_and(is_long);
        if self.row_in_sight(ui) {
            let row = Row {
                label,
                type_name: self.source.type_name(node),
                line: self.source.line(node, ROW_CHARS),
            };
            let text_id = is_long.then(|| id.with("text"));
            let response = self.row(ui, id, depth, &row, opens.then_some(is_open), text_id);
            self.select(ui, &response);
            response.context_menu(|ui| {
                self.rows.menu(ui, &self.path);
                self.copy_menu(ui, node, is_root, text.as_deref());
            });
        } else {
            self.skip_row(ui);
        }
        if let Some(text) = text.filter(|_| is_long && self.is_text_open(id.with("text"), depth)) {
            self.long_text(ui, id.with("text"), depth, &text);
        }
        if is_open {
            self.children(ui, id, depth + 1, node, 0..child_count);
        }
    }

    /// Children of a range, or ranges of them if they are many.
    fn children(&mut self, ui: &mut Ui, id: Id, depth: usize, node: S::Node, range: Range<usize>) {
        let len = range.len();
        if len <= RANGE || (range.start == 0 && len <= MAX_PLAIN_CHILDREN) {
            for index in range {
                self.child(ui, id.with(("child", index)), depth, node, index);
            }
            return;
        }
        let mut step = RANGE;
        while len.div_ceil(step) > RANGE {
            step = step.saturating_mul(RANGE);
        }
        for start in range.clone().step_by(step) {
            let part = start..range.end.min(start.saturating_add(step));
            let id = id.with(("range", part.start, part.end));
            let is_open = self.is_open(id, false);
            if self.row_in_sight(ui) {
                let row = Row {
                    label: None,
                    type_name: String::new(),
                    line: format!("{} … {}", part.start, part.end - 1),
                };
                self.row(ui, id, depth, &row, Some(is_open), None);
            } else {
                self.skip_row(ui);
            }
            if is_open {
                self.children(ui, id, depth + 1, node, part);
            }
        }
    }

    fn child(&mut self, ui: &mut Ui, id: Id, depth: usize, node: S::Node, index: usize) {
        let is_changed = self.toggled.contains(&id) || self.toggled.contains(&id.with("text"));
        if !is_changed && !self.row_in_sight(ui) {
            self.skip_row(ui);
            return;
        }
        match self.source.child(node, index) {
            Some((label, child)) => {
                self.path.push(index);
                self.node(ui, id, depth, Some(label), child);
                self.path.pop();
            }
            None => self.skip_row(ui),
        }
    }

    fn select(&mut self, ui: &mut Ui, response: &egui::Response) {
        if response.clicked() || response.secondary_clicked() || response.gained_focus() {
            self.rows.select(&self.path);
        }
        if response.has_focus() {
            self.rows.keys(ui, &self.path);
        }
    }

    /// Whether a click is one that opens or closes.
    fn toggles(&self, response: &egui::Response, depth: usize) -> bool {
        let by_pointer = response.clicked_by(egui::PointerButton::Primary);
        if !self.rows.selects() || !by_pointer || response.double_clicked() {
            return response.clicked();
        }
        let pointer = response.interact_pointer_pos();
        pointer.is_some_and(|pos| pos.x < response.rect.left() + self.indent(depth) + 18.0)
    }

    fn indent(&self, depth: usize) -> f32 {
        depth.min(MAX_INDENT) as f32 * 14.0
    }

    fn row(
        &mut self,
        ui: &mut Ui,
        id: Id,
        depth: usize,
        row: &Row,
        is_open: Option<bool>,
        long_text: Option<Id>,
    ) -> egui::Response {
        let size = vec2(ui.available_width(), self.row_height);
        let (_, rect) = ui.allocate_space(size);
        let response = ui.interact(rect, id, Sense::click());
        response.widget_info(|| {
            let role = if is_open.is_some() {
                Role::TreeItem
            } else {
                Role::ListItem
            };
            WidgetInfo::labeled(role, ui.is_enabled(), row.accessible())
        });
        if let Some(is_open) = is_open {
            let key = if is_open {
                Key::ArrowLeft
            } else {
                Key::ArrowRight
            };
            let by_key = response.has_focus()
                && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
            let by_click = response.clicked() && (row.is_range() || self.toggles(&response, depth));
            if by_click || by_key {
                self.change = Some(id);
            }
            if response.has_focus() {
                let filter = egui::EventFilter {
                    horizontal_arrows: true,
                    ..egui::EventFilter::default()
                };
                ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            }
        }
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
        let button = Rect::from_min_max(
            pos2(rect.right() - SHOW_WIDTH, rect.top() + 1.0),
            rect.max - vec2(2.0, 1.0),
        );
        if ui.is_rect_visible(rect) {
            let mut inner = rect;
            if long_text.is_some() {
                inner.max.x = button.left() - 2.0;
            }
            if !row.is_range() && self.rows.is_selected(&self.path) {
                let fill = ui.visuals().selection.bg_fill;
                ui.painter().rect_filled(rect, 3.0, fill);
            }
            self.paint_row(ui, rect, inner, depth, row, is_open, &response);
        }
        if let Some(text) = long_text {
            let is_shown = self.is_text_open(text, depth);
            let name = if is_shown { "Show less" } else { "Show all" };
            let font = self.tokens.small_text.clone();
            let name = egui::RichText::new(name).font(font);
            let widget = egui::Button::new(name)
                .small()
                .wrap_mode(egui::TextWrapMode::Extend);
            if ui.put(button, widget).clicked() {
                self.change = Some(text);
            }
        }
        response
    }

    #[expect(clippy::too_many_arguments, reason = "one place of use")]
    fn paint_row(
        &self,
        ui: &Ui,
        rect: Rect,
        inner: Rect,
        depth: usize,
        row: &Row,
        is_open: Option<bool>,
        response: &egui::Response,
    ) {
        let painter = ui.painter();
        if response.hovered() || response.has_focus() || response.context_menu_opened() {
            painter.rect_filled(
                rect,
                3.0,
                ui.visuals()
                    .widgets
                    .noninteractive
                    .bg_stroke
                    .color
                    .gamma_multiply(0.45),
            );
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.5, self.tokens.accent);
            painter.rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
        }
        let left = rect.left() + 4.0 + self.indent(depth);
        if let Some(is_open) = is_open {
            let centre = pos2(left + 5.0, rect.center().y);
            let corners = if is_open {
                [vec2(-4.0, -2.5), vec2(4.0, -2.5), vec2(0.0, 3.5)]
            } else {
                [vec2(-2.5, -4.0), vec2(3.5, 0.0), vec2(-2.5, 4.0)]
            };
            let corners = corners.iter().map(|&corner| centre + corner).collect();
            let color = self.tokens.icon;
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
        let left = left + 14.0;
        let job = self.row_text(ui, row, inner.right() - left - 4.0);
        let galley = painter.layout_job(job);
        let pos = pos2(left, rect.center().y - galley.size().y / 2.0);
        painter.galley(pos, galley, ui.visuals().text_color());
    }

    fn row_text(&self, ui: &Ui, row: &Row, width: f32) -> LayoutJob {
        let mut job = LayoutJob {
            wrap: TextWrapping::truncate_at_width(width.max(10.0)),
            break_on_newline: false,
            ..LayoutJob::default()
        };
        let body = egui::TextStyle::Body.resolve(ui.style());
        if let Some(label) = &row.label {
            let format = TextFormat::simple(body, ui.visuals().strong_text_color());
            job.append(label, 0.0, format);
        }
        let gap = |job: &LayoutJob| if job.is_empty() { 0.0 } else { 8.0 };
        if !row.type_name.is_empty() {
            let small = self.tokens.small_text.clone();
            let format = TextFormat::simple(small, self.tokens.weak_text);
            let leading = gap(&job);
            job.append(&row.type_name, leading, format);
        }
        if !row.line.is_empty() {
            let font = self.tokens.number_text.clone();
            let format = TextFormat::simple(font, ui.visuals().text_color());
            let leading = gap(&job);
            job.append(&row.line, leading, format);
        }
        job
    }

    fn copy_menu(&self, ui: &mut Ui, node: S::Node, is_root: bool, text: Option<&str>) {
        let is_leaf = self.source.child_count(node) == 0;
        if (is_root || is_leaf) && ui.button("Copy as Python literal").clicked() {
            let literal = if is_root {
                self.source.literal()
            } else {
                self.source.line(node, usize::MAX)
            };
            ui.ctx().copy_text(literal);
            ui.close();
        }
        if ui.button("Copy text").clicked() {
            let text = match text {
                Some(text) => text.to_owned(),
                None => self.source.line(node, usize::MAX),
            };
            ui.ctx().copy_text(text);
            ui.close();
        }
    }

    /// All lines of a text; those out of sight cost nothing.
    fn long_text(&self, ui: &mut Ui, id: Id, depth: usize, text: &str) {
        let indent = (self.indent(depth) + 18.0) as i8;
        let font = self.tokens.number_text.clone();
        let (height, glyph) =
            ui.fonts_mut(|fonts| (fonts.row_height(&font), fonts.glyph_width(&font, 'm')));
        // Margins and the scroll bar are no room for text.
        let width = ui.available_width() - f32::from(indent) - 28.0;
        let columns = ((width / glyph.max(1.0)) as usize).max(MIN_COLUMNS);
        let lines = text_lines(ui, id, text, columns);
        egui::Frame::new()
            .fill(ui.visuals().extreme_bg_color)
            .corner_radius(4)
            .inner_margin(6)
            .outer_margin(egui::Margin {
                left: indent,
                bottom: 4,
                ..egui::Margin::ZERO
            })
            .show(ui, |ui| {
                egui::ScrollArea::both()
                    .id_salt(id)
                    .max_height(TEXT_HEIGHT)
                    .auto_shrink([false, true])
                    .show_rows(ui, height, lines.len(), |ui, rows| {
                        for line in &lines[rows] {
                            // Another text may have taken the place in memory of the one
                            // that was split; then a frame shows nonsense, but no panic.
                            let line = text.get(line.clone()).unwrap_or_default();
                            let line = egui::RichText::new(line).font(font.clone());
                            ui.add(egui::Label::new(line).extend());
                        }
                    });
            });
    }
}

/// Whether a text needs more than its row. Looks at the beginning only.
fn is_long(text: &str) -> bool {
    text.len() > SHORT_TEXT || text.contains('\n')
}

/// Where the lines of a text are, found once for each text and width.
fn text_lines(ui: &Ui, id: Id, text: &str, columns: usize) -> Arc<Vec<Range<usize>>> {
    type Known = ([usize; 3], Arc<Vec<Range<usize>>>);
    let wanted = [text.as_ptr() as usize, text.len(), columns];
    let known = ui.data(|data| data.get_temp::<Known>(id));
    if let Some((known, lines)) = known
        && known == wanted
    {
        return lines;
    }
    let lines = Arc::new(split_lines(text, columns));
    ui.data_mut(|data| data.insert_temp(id, (wanted, Arc::clone(&lines))));
    lines
}

/// Longer lines are broken after a space, or anywhere where there is none.
fn split_lines(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        let mut from = start;
        while let Some((over, _)) = text[from..end].char_indices().nth(columns.max(1)) {
            let full = &text[from..from + over];
            let to = from + full.rfind(' ').map_or(over, |space| space + 1);
            lines.push(from..to);
            from = to;
        }
        lines.push(from..end);
        start += line.len();
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;

    /// A list of so many numbers; or a list that contains itself; or a text.
    enum Fake {
        Numbers(usize, RefCell<Vec<usize>>),
        Cycle,
        Text(String),
    }

    impl Source for Fake {
        /// `None` is the root.
        type Node = Option<usize>;

        fn root(&self) -> Self::Node {
            None
        }
        fn type_name(&self, node: Self::Node) -> String {
            match (self, node) {
                (Self::Text(_), _) => "str",
                (Self::Numbers(..), Some(_)) => "int",
                _ => "list",
            }
            .to_owned()
        }
        fn line(&self, node: Self::Node, max_chars: usize) -> String {
            match (self, node) {
                (Self::Text(text), _) => {
                    let line = format!("'{}'", text.escape_default());
                    line.chars().take(max_chars).collect()
                }
                (Self::Numbers(_, asked), Some(number)) => {
                    asked.borrow_mut().push(number);
                    number.to_string()
                }
                _ => "items".to_owned(),
            }
        }
        fn text(&self, _: Self::Node) -> Option<Cow<'_, str>> {
            match self {
                Self::Text(text) => Some(Cow::Borrowed(text)),
                _ => None,
            }
        }
        fn child_count(&self, node: Self::Node) -> usize {
            match (self, node) {
                (Self::Numbers(len, _), None) => *len,
                (Self::Cycle, _) => 1,
                _ => 0,
            }
        }
        fn child(&self, _: Self::Node, index: usize) -> Option<(String, Self::Node)> {
            let node = match self {
                Self::Cycle => None,
                _ => Some(index),
            };
            Some((index.to_string(), node))
        }
        fn literal(&self) -> String {
            "the literal".to_owned()
        }
    }

    fn harness(fake: Fake) -> Harness<'static, Fake> {
        Harness::builder().with_size((400.0, 300.0)).build_ui_state(
            |ui, fake: &mut Fake| tree_ui(ui, Id::unique("tree"), fake, &mut ReadOnly),
            fake,
        )
    }

    fn numbers(len: usize) -> Harness<'static, Fake> {
        harness(Fake::Numbers(len, RefCell::default()))
    }

    #[test]
    fn few_children_are_plain() {
        let mut harness = numbers(3);
        harness.run_ok();
        harness.get_by_label("list items");
        for i in 0..3 {
            harness.get_by_label(&format!("{i}: int {i}"));
        }
    }

    #[test]
    fn only_rows_in_sight_are_asked_for() {
        let mut harness = numbers(200);
        harness.run_ok();
        let Fake::Numbers(_, asked) = harness.state() else {
            panic!("numbers");
        };
        let furthest = asked.borrow().iter().copied().max().unwrap_or(0);
        assert!((8..30).contains(&furthest), "{furthest}");
        assert!(harness.query_by_label_contains("…").is_none());
    }

    #[test]
    fn many_children_are_in_ranges() {
        let mut harness = numbers(1_050);
        harness.run_ok();
        harness.get_by_label("100 … 199").click();
        harness.run_ok();
        harness.get_by_label("100: int 100");
        assert!(harness.query_by_label("0: int 0").is_none());
        harness.get_by_label("100 … 199").click();
        harness.run_ok();
        assert!(harness.query_by_label("100: int 100").is_none());
    }

    #[test]
    fn a_million_children_are_in_nested_ranges() {
        let mut harness = numbers(1_000_000);
        harness.run_ok();
        harness.get_by_label("10000 … 19999").click();
        harness.run_ok();
        harness.get_by_label("10100 … 10199").click();
        harness.run_ok();
        harness.get_by_label("10100: int 10100");
        let Fake::Numbers(_, asked) = harness.state() else {
            panic!("numbers");
        };
        assert!(asked.borrow().len() < 500);
    }

    #[test]
    fn the_last_range_is_short() {
        let mut harness = numbers(201);
        harness.run_ok();
        harness.get_by_label("200 … 200").click();
        harness.run_ok();
        harness.get_by_label("200: int 200");
    }

    #[test]
    fn a_value_in_itself_opens_one_level_at_a_time() {
        let mut harness = harness(Fake::Cycle);
        harness.run_ok();
        assert_eq!(harness.get_all_by_label_contains("list items").count(), 2);
        harness.get_by_label("0: list items").click();
        harness.run_ok();
        assert_eq!(harness.get_all_by_label_contains("list items").count(), 3);
    }

    #[test]
    fn keys_open_and_close() {
        let mut harness = numbers(3);
        harness.run_ok();
        harness.get_by_label("list items").focus();
        harness.run_ok();
        harness.key_press(Key::ArrowLeft);
        harness.run_ok();
        assert!(harness.query_by_label("0: int 0").is_none());
        harness.key_press(Key::ArrowRight);
        harness.run_ok();
        harness.get_by_label("0: int 0");
        harness.key_press(Key::Enter);
        harness.run_ok();
        assert!(harness.query_by_label("0: int 0").is_none());
    }

    #[test]
    fn a_long_text_can_be_shown_whole() {
        let mut harness = harness(Fake::Text("first\nsecond\nthird".to_owned()));
        harness.run_ok();
        // At the root it is shown at first.
        let [first, second] = ["first", "second"].map(|line| harness.get_by_label(line).rect());
        assert!(second.top() >= first.bottom() && second.left() == first.left());
        harness.get_by_label("Show less").click();
        harness.run_ok();
        assert!(harness.query_by_label("second").is_none());
        harness.get_by_label("Show all").click();
        harness.run_ok();
        harness.get_by_label("third");
    }

    #[test]
    fn a_value_can_be_copied() {
        for (item, copied) in [
            ("Copy as Python literal", "the literal"),
            ("Copy text", "a\nb"),
        ] {
            let mut harness = harness(Fake::Text("a\nb".to_owned()));
            harness.run_ok();
            let row = harness.get_by_label("str 'a\\nb'");
            assert_eq!(row.accesskit_node().role(), Role::ListItem);
            row.click_secondary();
            harness.run_ok();
            harness.get_by_label(item).click();
            harness.step();
            let commands = &harness.output().platform_output.commands;
            let expected = egui::OutputCommand::CopyText(copied.to_owned());
            assert!(commands.contains(&expected), "{commands:?}");
        }
    }

    #[test]
    fn lines_are_found_and_long_ones_broken() {
        assert_eq!(split_lines("a\r\nbc\n\nd", 80), [0..1, 3..5, 6..6, 7..8]);
        let long = "é".repeat(500);
        let lines = split_lines(&long, 300);
        assert_eq!(lines, [0..600, 600..1000]);
        assert!(split_lines("", 80).is_empty());
    }
}
