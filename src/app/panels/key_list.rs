//! The list of keys at the left. Rows are made for what is visible only.

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{PanelSide, keyboard, kind_icon, search_box, sized_panel};
use crate::dataset::text::byte_count;
use crate::session::key_list::{KeyEntry, KeyOrder, KeyRow, Mark};
use crate::session::{Action, CopiedKeys, Document};
use eframe::egui;
use egui::{Label, RichText, Sense};
use egui_extras::{Column, TableBuilder, TableRow};

const ROW_HEIGHT: f32 = 22.0;
const MIN_WIDTH: f32 = 180.0;
/// Of the window: the picture is what it is for.
const MAX_SHARE: f32 = 0.35;
/// Names of keys have at least this before there are more columns.
const KEYS_WIDTH: f32 = 124.0;
const MEMBER_INDENT: f32 = 14.0;
const FOLD_WIDTH: f32 = 14.0;

/// By which the list can be given the keyboard.
pub(crate) fn key_list_id() -> egui::Id {
    egui::Id::unique("list of keys")
}

/// By which the search field of a file can be given the keyboard.
pub(crate) fn search_id(document: &Document) -> egui::Id {
    egui::Id::unique(("search field", document.id()))
}

pub(crate) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    let Some(document) = cx.session.active_document() else {
        return;
    };
    if document.dataset().is_none() {
        return;
    }
    let most = (ui.ctx().content_rect().width() * MAX_SHARE).max(MIN_WIDTH);
    sized_panel(
        ui,
        PanelSide::Left,
        "keys",
        400.0,
        egui::Rangef::new(MIN_WIDTH, most),
        |ui| {
            head(ui, cx, document);
            if document.list().rows().is_empty() {
                ui.add_space(8.0);
                ui.vertical_centered(|ui| {
                    ui.weak(if document.list().entries().is_empty() {
                        "The file holds no keys"
                    } else {
                        "No matching keys"
                    });
                });
            } else {
                keyboard(ui);
                let inside = egui::UiBuilder::new().accessibility_parent(key_list_id());
                ui.scope_builder(inside, |ui| table(ui, cx, document));
            }
            // The panel keeps its width whatever is in it.
            ui.take_available_space();
        },
    );
}

fn head(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let list = document.list();
    ui.add_space(4.0);
    let search = search_box(ui, list.filter(), search_id(document), "Search keys");
    if let Some(filter) = search.text {
        cx.act(Action::SetFilter(filter));
    }
    if search.leaves {
        // Who searched wants what was found.
        if list.selected_row().is_none()
            && let Some(first) = list.rows().first().and_then(|row| list.entry(*row))
        {
            cx.act(Action::SelectKey(first.key.to_string()));
        }
        ui.memory_mut(|memory| memory.request_focus(key_list_id()));
    }
    ui.horizontal(|ui| {
        for (order, text, tip) in [
            (
                KeyOrder::Natural,
                "By name",
                "In natural order, keys that belong together folded",
            ),
            (
                KeyOrder::File,
                "File order",
                "In the order in which they were written",
            ),
        ] {
            if ui
                .selectable_label(list.order() == order, text)
                .on_hover_text(tip)
                .clicked()
            {
                cx.act(Action::SetOrder(order));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let (shown, all) = (list.rows().len(), list.entries().len());
            let is_filtered = !list.filter().trim().is_empty();
            ui.weak(match all {
                _ if is_filtered => format!("{shown} of {all}"),
                1 => "1 key".to_owned(),
                _ => format!("{all} keys"),
            });
        });
    });
    ui.separator();
}

fn table(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let list = document.list();
    let width = ui.available_width();
    let columns = Columns::of(ui, document, width);
    let selected = list.selected_row();
    let scroll_to = row_to_scroll_to(ui, document, selected);
    let mut table = TableBuilder::new(ui)
        .id_salt(("keys", document.id()))
        .striped(false)
        // The list as a whole has the keyboard, not each cell of it.
        .sense(Sense::CLICK | Sense::DRAG)
        .auto_shrink([false, false])
        .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
        .column(Column::remainder().at_least(80.0).clip(true));
    for width in columns.widths() {
        table = table.column(Column::exact(width).clip(true));
    }
    if let Some(row) = scroll_to {
        table = table.scroll_to_row(row, None);
    }
    table
        .header(18.0, |mut header| {
            for text in columns.titles() {
                header.col(|ui| {
                    ui.add(Label::new(RichText::new(text).small().weak()).selectable(false));
                });
            }
        })
        .body(|body| {
            body.rows(ROW_HEIGHT, list.rows().len(), |mut row| {
                let number = row.index();
                if let Some((key_row, entry)) = list
                    .rows()
                    .get(number)
                    .and_then(|row| Some((*row, list.entry(*row)?)))
                {
                    let is_marked = list.is_marked(&entry.key);
                    row.set_selected(selected == Some(number) || is_marked);
                    show_row(&mut row, cx, document, columns, key_row, entry);
                }
            });
        });
}

/// One stop of Tab for the whole list; up and down go from key to key, as they do where nothing has the keyboard.
fn keyboard(ui: &egui::Ui) {
    let (id, rect) = (key_list_id(), ui.available_rect_before_wrap());
    let response = ui.interact(rect, id, Sense::FOCUSABLE);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListBox, true, "Keys"));
    if response.has_focus() {
        ui.memory_mut(|memory| {
            let filter = egui::EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                ..egui::EventFilter::default()
            };
            memory.set_focus_lock_filter(id, filter);
        });
        if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Enter)) {
            keyboard::give_to_view(ui.ctx());
        }
        let stroke = egui::Stroke::new(1.5, tokens(ui).accent);
        ui.painter()
            .rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
    }
}

/// Scrolls once, when another key was selected: the user may scroll away afterwards.
fn row_to_scroll_to(ui: &egui::Ui, document: &Document, selected: Option<usize>) -> Option<usize> {
    let id = egui::Id::unique(("scrolled to key", document.id()));
    let key = document.list().selected().cloned();
    let is_new = ui.data_mut(|data| {
        let before: Option<std::sync::Arc<str>> = data.get_temp(id);
        if let Some(key) = &key {
            data.insert_temp(id, std::sync::Arc::clone(key));
        }
        before != key
    });
    selected.filter(|_| is_new)
}

/// Widths of the columns beside the keys; `None` for one that does not fit.
#[derive(Clone, Copy)]
struct Columns {
    shape: f32,
    type_name: Option<f32>,
    size: Option<f32>,
}

impl Columns {
    /// As wide as what is in them, so that the keys get the rest.
    fn of(ui: &egui::Ui, document: &Document, width: f32) -> Self {
        /// Enough to look at for a width.
        const LOOKED_AT: usize = 1000;
        let entries = || document.list().entries().iter().take(LOOKED_AT);
        let font = egui::TextStyle::Body.resolve(ui.style());
        let text_width = |text: String| {
            ui.painter()
                .layout_no_wrap(text, font.clone(), egui::Color32::PLACEHOLDER)
                .size()
                .x
                + 4.0
        };
        // Of as many characters, an M is wider than a k.
        let longest = |texts: &mut dyn Iterator<Item = String>| {
            let longest = texts.max_by_key(|text| text.chars().count());
            text_width(longest.unwrap_or_default().replace(['k', 'i'], "M"))
        };
        let shape = longest(&mut entries().map(|entry| entry.size_text.to_string()));
        let type_name = longest(&mut entries().map(|entry| entry.type_text.to_string()));
        let size = longest(&mut entries().map(|entry| byte_count(entry.len_bytes)));
        let (type_name, size) = (type_name.clamp(32.0, 64.0), size.clamp(30.0, 60.0));
        let shape = shape.clamp(44.0, 118.0);
        let gap = ui.spacing().item_spacing.x;
        let keys = width - shape - gap;
        let has_type = keys - type_name - gap >= KEYS_WIDTH;
        let has_size = has_type && keys - type_name - size - 2.0 * gap >= KEYS_WIDTH;
        Self {
            shape,
            type_name: has_type.then_some(type_name),
            size: has_size.then_some(size),
        }
    }

    fn widths(self) -> impl Iterator<Item = f32> {
        [Some(self.shape), self.type_name, self.size]
            .into_iter()
            .flatten()
    }

    fn titles(self) -> impl Iterator<Item = &'static str> {
        [
            Some("Key"),
            Some("Shape"),
            self.type_name.map(|_| "Type"),
            self.size.map(|_| "Size"),
        ]
        .into_iter()
        .flatten()
    }
}

fn show_row(
    row: &mut TableRow<'_, '_>,
    cx: &ViewerContext<'_>,
    document: &Document,
    columns: Columns,
    key_row: KeyRow,
    entry: &KeyEntry,
) {
    row.col(|ui| name_cell(ui, cx, key_row, entry));
    let weak = |ui: &mut egui::Ui, text: &str| {
        ui.add(
            Label::new(RichText::new(text).weak())
                .selectable(false)
                .truncate(),
        );
    };
    row.col(|ui| weak(ui, &entry.size_text));
    if columns.type_name.is_some() {
        row.col(|ui| weak(ui, &entry.type_text));
    }
    if columns.size.is_some() {
        row.col(|ui| weak(ui, &byte_count(entry.len_bytes)));
    }
    let response = row.response();
    let label = format!(
        "{}, {}, {}",
        entry.shown(),
        entry.type_text,
        entry.size_text
    );
    let list = document.list();
    let is_selected = list.selected() == Some(&entry.key);
    let is_chosen = list.is_marked(&entry.key) || is_selected;
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::ListBoxOption, true, is_chosen, &label)
    });
    let (row_id, ctx) = (response.id, response.ctx.clone());
    ctx.accesskit_node_builder(row_id, |builder| builder.set_selected(is_chosen));
    if is_selected {
        ctx.accesskit_node_builder(key_list_id(), |builder| {
            builder.set_active_descendant(row_id.accesskit_id());
        });
    }
    let response = response.on_hover_ui(|ui| tooltip(ui, entry));
    let modifiers = response.ctx.input(|input| input.modifiers);
    if response.clicked() {
        ctx.memory_mut(|memory| memory.request_focus(key_list_id()));
        let key = entry.key.to_string();
        cx.act(match (modifiers.command, modifiers.shift) {
            (true, _) => Action::MarkKey(key, Mark::Toggle),
            (_, true) => Action::MarkKey(key, Mark::Range),
            _ => Action::SelectKey(key),
        });
    }
    if response.secondary_clicked() && !is_chosen {
        cx.act(Action::SelectKey(entry.key.to_string()));
    }
    if response.drag_started() {
        let keys = match is_chosen {
            true => list.chosen(),
            false => vec![entry.key.clone()],
        };
        response.dnd_set_drag_payload(CopiedKeys {
            document: document.id(),
            file: document.path().to_owned(),
            keys: keys.iter().map(|key| key.to_string()).collect(),
        });
    }
    response.context_menu(|ui| menu(ui, cx));
    if response.double_clicked() && key_row.family.is_some() {
        cx.act(Action::ToggleFamily(entry.key.to_string()));
    }
}

/// What can be done with the chosen keys.
fn menu(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    for command in [
        Command::RenameKey,
        Command::DuplicateKey,
        Command::DeleteKeys,
        Command::CopyKeys,
        Command::PasteKeys,
        Command::NewKey,
        Command::ToggleHistory,
        Command::ToggleOpcodes,
    ] {
        super::command_button(ui, cx, command);
    }
}

fn name_cell(ui: &mut egui::Ui, cx: &ViewerContext<'_>, row: KeyRow, entry: &KeyEntry) {
    ui.spacing_mut().item_spacing.x = 4.0;
    if row.is_member {
        ui.add_space(MEMBER_INDENT);
    }
    match row.family {
        Some((members, is_open)) => {
            if fold_triangle(ui, is_open, &entry.key, members).clicked() {
                cx.act(Action::ToggleFamily(entry.key.to_string()));
            }
        }
        None => {
            ui.add_space(FOLD_WIDTH + 4.0);
        }
    }
    kind_icon(ui, entry.kind, entry.is_masked);
    let name = if entry.key.is_empty() {
        RichText::new("(empty key)").italics()
    } else {
        RichText::new(entry.shown())
    };
    ui.add(
        Label::new(name)
            .selectable(false)
            .truncate()
            .show_tooltip_when_elided(false),
    );
    if let Some((members, false)) = row.family {
        ui.add(Label::new(RichText::new(format!("+{members}")).small().weak()).selectable(false));
    }
}

fn fold_triangle(ui: &mut egui::Ui, is_open: bool, key: &str, members: usize) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(FOLD_WIDTH, FOLD_WIDTH), Sense::CLICK);
    let verb = if is_open { "Fold" } else { "Unfold" };
    let label = format!("{verb} {key}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    egui::collapsing_header::paint_default_icon(
        ui,
        if is_open { 1.0 } else { 0.0 },
        &response.clone().with_new_rect(rect),
    );
    response.on_hover_text(format!("{verb} {members} keys that belong to {key}"))
}

fn tooltip(ui: &mut egui::Ui, entry: &KeyEntry) {
    ui.strong(entry.shown());
    ui.label(format!("{} {}", entry.type_text, entry.size_text));
    if entry.is_masked {
        ui.label("Masked array");
    }
    ui.label(format!("{} bytes in the file", entry.len_bytes));
}
