//! At the right: versions of the selected key, deleted keys, and the changes made here.

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::texture::TextureStore;
use crate::app::theme::tokens;
use crate::app::widgets::{Icon, PanelSide, icon_button, number_text, sized_panel};
use crate::dataset::text::byte_count;
use crate::dataset::{Item, ItemState};
use crate::pickle::Difference;
use crate::session::editing::{Change, Cleared};
use crate::session::history::{Compared, HistoryTab, Version, can_restore, versions};
use crate::session::version_picture::VersionPicture;
use crate::session::{Action, Document};
use eframe::egui;
use egui::RichText;

const TABS: [(HistoryTab, &str, &str); 4] = [
    (
        HistoryTab::Key,
        "This key",
        "Versions of the selected key, the latest first",
    ),
    (
        HistoryTab::Deleted,
        "Deleted",
        "Keys that were deleted and are still in the file",
    ),
    (
        HistoryTab::Changes,
        "Changes",
        "What was changed here, the latest first",
    ),
    (
        HistoryTab::File,
        "The file",
        "What lies where, space to free, what check finds, which NumPy loads it, new files",
    ),
];
/// Changes that are listed at most.
const MAX_CHANGES: usize = 200;
/// Rows of a list that are made at most; a vacuum takes the others away.
const MAX_ROWS: usize = 10_000;

pub(crate) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, textures: &mut TextureStore) {
    let Some(document) = cx.session.active_document() else {
        return;
    };
    if document.dataset().is_none() || !document.history().is_open() {
        return;
    }
    let most = (ui.ctx().content_rect().width() * 0.4).max(240.0);
    let range = egui::Rangef::new(240.0, most);
    sized_panel(ui, PanelSide::Right, "history", 330.0, range, |ui| {
        head(ui, cx, document);
        egui::ScrollArea::vertical()
            .id_salt(("history", document.history().tab() as u8))
            .auto_shrink([false, false])
            .show(ui, |ui| match document.history().tab() {
                HistoryTab::Key => of_key(ui, cx, document, textures),
                HistoryTab::Deleted => of_deleted(ui, cx, document, textures),
                HistoryTab::Changes => changes(ui, cx, document),
                HistoryTab::File => super::file_report::show(ui, cx, document),
            });
    });
}

fn head(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    ui.add_space(tokens(ui).gap);
    ui.horizontal(|ui| {
        for (tab, text, tip) in TABS {
            let is_chosen = document.history().tab() == tab;
            let label = ui.selectable_label(is_chosen, text).on_hover_text(tip);
            if label.clicked() {
                cx.act(Action::SetHistoryTab(tab));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close history").clicked() {
                cx.requests.run(Command::ToggleHistory);
            }
        });
    });
    ui.separator();
}

fn of_key(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    textures: &mut TextureStore,
) {
    let Some((key, dataset)) = document.list().selected().zip(document.dataset()) else {
        ui.weak("Select a key at the left");
        return;
    };
    ui.strong(shown_key(key));
    let found = versions(dataset, key);
    if found.len() < 2 {
        ui.weak("There are no earlier versions of this key in the file");
    }
    rows(ui, cx, document, &found, textures);
}

fn of_deleted(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    textures: &mut TextureStore,
) {
    let mut found: Vec<&Item> = document.list().deleted().iter().collect();
    // An earlier one that was chosen in the map of the file.
    if let Some((key, offset)) = document.history().chosen()
        && found.iter().any(|item| item.key == key)
        && !found.iter().any(|item| item.offset == offset)
    {
        let chosen = document.dataset().map(|dataset| versions(dataset, key));
        let chosen = chosen.into_iter().flatten();
        found.extend(chosen.filter(|item| item.offset == offset));
        found.sort_by_key(|item| std::cmp::Reverse(item.offset));
    }
    if found.is_empty() {
        ui.weak("No deleted keys are in the file");
    }
    rows(ui, cx, document, &found, textures);
}

fn rows(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    items: &[&Item],
    textures: &mut TextureStore,
) {
    // All rows but the chosen one are equally high; those that are not seen only take their place.
    let id = ui.scope_id().with("height of a row");
    let mut height: Option<f32> = ui.data(|data| data.get_temp(id));
    let chosen = document.history().chosen();
    for item in items.iter().take(MAX_ROWS) {
        let is_chosen = chosen == Some((item.key.as_str(), item.offset));
        let top = ui.cursor().top();
        if let Some(height) = height.filter(|_| !is_chosen)
            && (top + height < ui.clip_rect().top() || top > ui.clip_rect().bottom())
        {
            ui.advance_cursor_after_rect(egui::Rect::from_min_size(
                ui.cursor().min,
                egui::vec2(1.0, height - ui.spacing().item_spacing.y),
            ));
            continue;
        }
        row(ui, cx, document, item, textures);
        if !is_chosen {
            height = Some(ui.cursor().top() - top);
        }
    }
    if let Some(height) = height {
        ui.data_mut(|data| data.insert_temp(id, height));
    }
    if items.len() > MAX_ROWS {
        ui.weak(format!("and {} earlier ones", items.len() - MAX_ROWS));
    }
}

/// One version: what it is, and, if it is the chosen one, what it holds.
fn row(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    item: &Item,
    textures: &mut TextureStore,
) {
    let is_chosen = document.history().chosen() == Some((item.key.as_str(), item.offset));
    let by_name = document.history().tab() == HistoryTab::Deleted;
    let state = state_text(item);
    let title = if by_name {
        shown_key(&item.key).to_owned()
    } else {
        state.to_owned()
    };
    ui.push_id(item.offset, |ui| {
        ui.horizontal(|ui| {
            let label = ui
                .selectable_label(is_chosen, &title)
                .accessible_name(format!("Version at byte {}: {title}", item.offset))
                .on_hover_text(format!(
                    "{state}, at byte {} of the file, {} bytes. Click to see what it holds",
                    item.offset, item.length
                ));
            if label.clicked() {
                let chosen = (!is_chosen).then(|| (item.key.clone(), item.offset));
                cx.act(Action::ShowVersion(chosen));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if item.state != ItemState::Live {
                    restore_button(ui, cx, document, item);
                }
                let facts = format!("{} {}", item.type_text(), item.size_text());
                let facts = format!("{} · {}", facts.trim(), byte_count(item.length));
                ui.add(egui::Label::new(RichText::new(facts).small().weak()).truncate());
            });
        });
        if is_chosen {
            ui.indent("version", |ui| content(ui, cx, document, textures));
        }
    });
    ui.separator();
}

fn restore_button(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, item: &Item) {
    let is_on = document.editing().is_on();
    let can = can_restore(item);
    let tip = match (can, is_on) {
        (false, _) => "Its data was freed; it cannot be restored",
        (true, false) => "Turn on Edit to restore it",
        (true, true) => "Make this version the live one; the other one is kept",
    };
    let button = ui.add_enabled(can && is_on, egui::Button::new("Restore"));
    let button = button.on_hover_text(tip).on_disabled_hover_text(tip);
    if button.clicked() {
        cx.act(Action::Change(Change::Restore {
            key: item.key.clone(),
            offset: item.offset,
        }));
    }
}

fn content(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    textures: &mut TextureStore,
) {
    let feed = document.feeds().version();
    match (feed.error(), feed.shown()) {
        (Some(why), _) => {
            ui.colored_label(ui.visuals().error_fg_color, why);
            if ui.button("Try again").clicked() {
                cx.act(Action::Retry(document.id()));
            }
        }
        (None, Some(version)) => version_content(ui, version, textures),
        (None, None) => {
            ui.weak("Reading…");
        }
    }
}

fn version_content(ui: &mut egui::Ui, version: &Version, textures: &mut TextureStore) {
    if let Some(value) = &version.value {
        let text = value.line(value.root(), 2000);
        ui.add(egui::Label::new(RichText::new(text).monospace()).wrap());
    }
    match &version.compared {
        Compared::Alone => {}
        Compared::Unlike => {
            ui.weak("The live version is of another type or shape");
        }
        Compared::Cells(found, _) if found.differing == 0 => {
            ui.weak("All cells are as in the live version");
        }
        Compared::Cells(found, picture) => {
            ui.weak(format!(
                "{} of {} cells differ from the live version",
                found.differing, found.cells
            ));
            match picture {
                Some(picture) => difference_picture(ui, picture, textures),
                None => {
                    ui.weak("Nothing differs in the band that is shown");
                }
            }
        }
        Compared::Values(found) if found.list.is_empty() => {
            ui.weak("The same as the live version");
        }
        Compared::Values(found) => {
            ui.weak("From this version to the live one:");
            for difference in &found.list {
                difference_row(ui, difference);
            }
            if found.is_cut {
                ui.weak("and more");
            }
        }
    }
}

/// As wide as the panel allows, in its own proportions.
fn difference_picture(ui: &mut egui::Ui, picture: &VersionPicture, textures: &mut TextureStore) {
    let (width, height) = picture.image.dimensions();
    let texture = textures.of_image(ui.ctx(), picture.id, &picture.image);
    let size = egui::vec2(width as f32, height as f32);
    let room = egui::vec2(ui.available_width(), 260.0);
    let scale = (room / size.max(egui::Vec2::splat(1.0)))
        .min_elem()
        .max(0.01);
    let image = egui::Image::new((texture, size * scale)).fit_to_exact_size(size * scale);
    ui.add(image).accessible_name("Picture of the difference");
    let most = number_text(picture.most);
    let mut text =
        format!("Live minus this version, in the band that is shown: blue −{most}, red +{most}");
    if picture.step > 1 {
        text = format!("{text}; one of {0} rows and columns", picture.step);
    }
    if picture.masked_in_one > 0 {
        text = format!(
            "{text}; {} cells are masked in one of them only",
            picture.masked_in_one
        );
    }
    ui.add(egui::Label::new(RichText::new(text).small().weak()).wrap());
}

fn difference_row(ui: &mut egui::Ui, difference: &Difference) {
    if !difference.path.is_empty() {
        ui.label(RichText::new(difference.path.join(" › ")).small().strong());
    }
    let (old, new) = (tokens(ui).removed, tokens(ui).added);
    let side = |ui: &mut egui::Ui, sign: &str, text: &Option<String>, color| {
        if let Some(text) = text {
            let text = RichText::new(format!("{sign} {text}"))
                .monospace()
                .color(color);
            ui.add(egui::Label::new(text).wrap());
        }
    };
    side(ui, "−", &difference.before, old);
    side(ui, "+", &difference.after, new);
    if let Some(change) = difference.change {
        ui.label(RichText::new(format!("change {change:+}")).small().weak());
    }
}

fn changes(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let editing = document.editing();
    let journal = editing.journal();
    if journal.steps().is_empty() {
        ui.weak(journal.cleared().map_or("No changes yet", Cleared::text));
        return;
    }
    let back = egui::Button::new(Command::BackToOpened.text());
    let response = ui.add_enabled(editing.can_go_back(), back);
    if response
        .on_hover_text(Command::BackToOpened.tooltip())
        .clicked()
    {
        cx.requests.run(Command::BackToOpened);
    }
    ui.add_space(tokens(ui).gap);
    let shown = journal.steps().iter().enumerate().rev();
    for (number, step) in shown.take(MAX_CHANGES) {
        let is_made = number < journal.position();
        let text = RichText::new(&step.label);
        let text = if is_made {
            text
        } else {
            text.weak().strikethrough()
        };
        let response = ui.add(egui::Label::new(text).wrap());
        response.on_hover_text(if is_made { "Made" } else { "Undone" });
        if number == journal.opened_at() && number > 0 {
            ui.weak("— before the file was opened —");
        }
    }
    if journal.steps().len() > MAX_CHANGES {
        ui.weak(format!(
            "and {} earlier changes",
            journal.steps().len() - MAX_CHANGES
        ));
    } else if let Some(cleared) = journal.cleared() {
        ui.weak(cleared.text());
    }
}

fn state_text(item: &Item) -> &'static str {
    match item.state {
        ItemState::Live => "Live",
        _ if item.freed => "Freed",
        ItemState::Deleted => "Deleted",
        ItemState::Superseded => "Replaced",
        ItemState::Shadowed => "Shadowed",
    }
}

fn shown_key(key: &str) -> &str {
    if key.is_empty() { "(empty key)" } else { key }
}
