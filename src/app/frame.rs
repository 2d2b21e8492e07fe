//! One frame: which panels there are and in which order, and what happens at its end.

use super::ViewerApp;
use super::commands::{self, Command};
use super::context::{Request, Requests, ViewerContext};
use super::dialogs::WhyTyped;
use super::file_picker::Picked;
use super::input_order::InOrder;
use super::spoken::Spoken;
use super::widgets::{cell_table_id, keyboard, select_all};
use super::{dialogs, panels, run::size_on, theme, views};
use crate::session::camera::Camera;
use crate::session::document::Face;
use crate::session::editing::{EditMode, free_key};
use crate::session::jobs::Running;
use crate::session::mask_tools::{MaskTool, MaskTools};
use crate::session::opcodes::{OpcodeAction, OpcodeScope};
use crate::session::settings::Theme;
use crate::session::statistics::StatisticsAction;
use crate::session::{Action, Document, DocumentId};
use eframe::egui;
use std::path::Path;
use std::time::Duration;

/// A job that takes longer is shown.
pub(super) const SHOW_JOB_AFTER: Duration = Duration::from_millis(200);
/// How often progress is redrawn.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);
/// How soon a replaced job is looked after.
const TICK: Duration = Duration::from_millis(30);

/// Takes in what other threads brought. No painting: this also runs while the window is hidden.
pub(super) fn take_in(app: &mut ViewerApp, ctx: &egui::Context) {
    if app.session.take_in() {
        ctx.request_repaint();
    }
    match app.picker.take() {
        Some(Picked::Files(files)) => {
            app.dialogs.close_path_dialog();
            for file in files {
                app.session.apply(Action::Open(file));
            }
            ctx.request_repaint();
        }
        Some(Picked::NoDialog) => {
            app.dialogs.open_path_dialog(WhyTyped::NoDialog);
            ctx.request_repaint();
        }
        None => {}
    }
    if app.picker.is_slow() && !app.dialogs.is_open() {
        app.dialogs.open_path_dialog(WhyTyped::DialogIsSlow);
        ctx.request_repaint();
    }
}

/// Draws everything, then does what was asked for.
pub(super) fn show(app: &mut ViewerApp, ui: &mut egui::Ui) {
    let ctx = ui.ctx().clone();
    set_up(app, &ctx);
    take_in(app, &ctx);
    let requests = Requests::default();
    {
        let cx = ViewerContext {
            session: &app.session,
            requests: &requests,
            takes_drops: app.takes_drops,
        };
        let mut documents = cx.session.documents().iter();
        if !app.dialogs.is_open() && !documents.any(Document::is_asking) {
            let pressed = commands::pressed(&ctx, cx.session);
            if ctx.text_edit_focused() && pressed.iter().any(|command| command.goes_elsewhere()) {
                // A cell that is being typed is written. Lists and pictures keep the keyboard.
                ctx.memory_mut(|memory| {
                    if let Some(id) = memory.focused() {
                        memory.surrender_focus(id);
                    }
                });
            }
            pressed
                .into_iter()
                .for_each(|command| requests.run(command));
        }
        panels::top_bar::show(ui, &cx);
        panels::tabs::show(ui, &cx);
        panels::status_bar::show(ui, &cx);
        panels::key_list::show(ui, &cx);
        panels::history::show(ui, &cx, &mut app.textures);
        panels::statistics::show(ui, &cx);
        egui::CentralPanel::default()
            .frame(egui::Frame::central_panel(ui.style()).inner_margin(0))
            .show(ui, |ui| views::show(ui, &cx, &mut app.textures));
        panels::notices::show(&ctx, &cx);
        dialogs::show(&ctx, &cx, &mut app.dialogs);
        take_dropped(&ctx, &cx);
    }
    app.textures.end_frame();
    finish(app, &ctx, requests.into_inner());
}

fn set_up(app: &mut ViewerApp, ctx: &egui::Context) {
    if !app.is_set_up {
        app.is_set_up = true;
        theme::install(ctx);
        ctx.add_plugin(InOrder::default());
        ctx.add_plugin(Spoken::default());
    }
    if app.is_to_fit
        && let Some(screen) = ctx.input(|input| input.viewport().monitor_size)
    {
        app.is_to_fit = false;
        if let Some(size) = size_on(screen) {
            ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(size));
        }
    }
    let theme = app.session.settings().theme();
    if app.theme != Some(theme) {
        app.theme = Some(theme);
        ctx.set_theme(match theme {
            Theme::System => egui::ThemePreference::System,
            Theme::Light => egui::ThemePreference::Light,
            Theme::Dark => egui::ThemePreference::Dark,
        });
    }
}

/// Files dropped on the window; a highlight while they hover over it.
fn take_dropped(ctx: &egui::Context, cx: &ViewerContext<'_>) {
    let dropped = ctx.input(|input| input.raw.dropped_files.clone());
    for file in &dropped {
        cx.act(Action::Open(file.path().to_owned()));
    }
    if ctx.input(|input| !input.raw.hovered_files.is_empty()) {
        dialogs::drop_highlight(ctx);
    }
}

fn finish(app: &mut ViewerApp, ctx: &egui::Context, requests: Vec<Request>) {
    let is_changed = !requests.is_empty();
    for request in requests {
        match request {
            Request::Act(action) => app.session.apply(action),
            Request::Run(command) => run(app, ctx, command),
            Request::QuitNow => {
                app.may_quit = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Request::FreeSpace(way) => {
                if let Some(document) = app.session.active_document() {
                    app.dialogs.open_free_space(document.id(), way);
                }
            }
            Request::OpenTyped(path) => {
                app.picker.give_up();
                app.session.apply(Action::Open(path));
            }
        }
    }
    if is_changed {
        ctx.request_repaint();
    }
    ask_before_quitting(app, ctx);
    if let Some(text) = app.session.take_copied_text() {
        ctx.copy_text(text);
    }
    let mode = app.session.active_document();
    let mode = mode.map(|document| document.editing().mode());
    keyboard::hold(ctx, mode == Some(&EditMode::Checking));
    update_title(app, ctx);
    ask_for_repaint(app, ctx);
    if let Some(screenshot) = &mut app.screenshot {
        screenshot.step(ctx, &app.session);
    }
}

/// A window that is closed with something unsaved stays, and asks.
fn ask_before_quitting(app: &mut ViewerApp, ctx: &egui::Context) {
    let is_closing = ctx.input(|input| input.viewport().close_requested());
    let mut documents = app.session.documents().iter();
    if is_closing && !app.may_quit && documents.any(Document::has_unsaved) {
        ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        app.dialogs.open_quit();
        ctx.request_repaint();
    }
}

fn run(app: &mut ViewerApp, ctx: &egui::Context, command: Command) {
    let active = app.session.active_document().map(Document::id);
    match command {
        Command::OpenFile => app.picker.show(ctx, first_folder(app)),
        Command::OpenPath => app.dialogs.open_path_dialog(WhyTyped::Asked),
        Command::CloseFile => {
            if let Some(id) = active {
                app.session.apply(Action::Close(id));
            }
        }
        Command::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        Command::ToggleEditing => act(app, |document| {
            Action::SetEditing(!document.editing().is_on())
        }),
        Command::ToggleHistory => act(app, |document| {
            Action::SetHistory(!document.history().is_open())
        }),
        Command::ToggleStatistics => act(app, |document| {
            let is_open = document.statistics().is_open();
            Action::Statistics(StatisticsAction::Open(!is_open))
        }),
        Command::Undo => app.session.apply(Action::Undo),
        Command::Redo => app.session.apply(Action::Redo),
        Command::BackToOpened => app.session.apply(Action::BackToOpened),
        Command::DeleteKeys => app.session.apply(Action::DeleteKeys),
        Command::CopyKeys => app.session.apply(Action::CopyKeys),
        Command::PasteKeys => app.session.apply(Action::PasteKeys),
        Command::SelectAllKeys => app.session.apply(Action::MarkAllKeys),
        Command::NewKey => app.dialogs.open_new_key(),
        Command::RenameKey => app.dialogs.open_rename(selected_key(app)),
        Command::DuplicateKey => duplicate_key(app),
        Command::ApplyValue => app.session.apply(Action::ApplyValue),
        Command::NextFile => go_beside(app, 1),
        Command::PreviousFile => go_beside(app, -1),
        Command::SearchKeys => {
            if let Some(document) = app.session.active_document() {
                let id = panels::search_id(document);
                select_all(ctx, id, document.list().filter());
                ctx.memory_mut(|memory| memory.request_focus(id));
            }
        }
        Command::PreviousKey => app.session.apply(Action::MoveSelection(-1)),
        Command::NextKey => app.session.apply(Action::MoveSelection(1)),
        Command::PreviousBand => app.session.apply(Action::StepBand(-1)),
        Command::NextBand => app.session.apply(Action::StepBand(1)),
        Command::BackTenBands => app.session.apply(Action::StepBand(-10)),
        Command::ForwardTenBands => app.session.apply(Action::StepBand(10)),
        Command::FitPicture => app.session.apply(Action::SetCamera(Camera::Fit)),
        Command::ActualSize => actual_size(app, ctx),
        Command::ToggleTable => toggle_table(app, ctx),
        Command::ToggleMaskTools => toggle_mask_tools(app),
        Command::ToggleOpcodes => toggle_opcodes(app),
        Command::ClearPins => app.session.apply(Action::ClearPins),
        Command::ShowShortcuts => app.dialogs.open_shortcuts(),
        Command::ShowAbout => app.dialogs.open_about(),
    }
}

/// Does something that depends on the active file.
fn act(app: &mut ViewerApp, action: impl FnOnce(&Document) -> Action) {
    if let Some(action) = app.session.active_document().map(action) {
        app.session.apply(action);
    }
}

fn selected_key(app: &ViewerApp) -> Option<String> {
    let document = app.session.active_document()?;
    document.list().selected().map(|key| key.to_string())
}

fn duplicate_key(app: &mut ViewerApp) {
    let key = selected_key(app);
    let dataset = app.session.active_document().and_then(Document::dataset);
    let free = (dataset.zip(key.as_deref())).map(|(dataset, key)| free_key(dataset, key));
    app.dialogs.open_duplicate(key, free);
}

fn go_beside(app: &mut ViewerApp, step: isize) {
    if let Some(id) = beside(app, step) {
        app.session.apply(Action::Activate(id));
    }
}

/// The file in a tab beside the active one, around the end.
fn beside(app: &ViewerApp, step: isize) -> Option<DocumentId> {
    let documents = app.session.documents();
    let active = app.session.active_document()?.id();
    let at = documents
        .iter()
        .position(|document| document.id() == active)?;
    let count = isize::try_from(documents.len()).ok()?;
    let to = (isize::try_from(at).ok()? + step).rem_euclid(count);
    documents.get(usize::try_from(to).ok()?).map(Document::id)
}

/// Who asks for the table wants to go about in it by keyboard.
fn toggle_table(app: &mut ViewerApp, ctx: &egui::Context) {
    let face = app.session.active_document().and_then(Document::face);
    let is_shown = face == Some(Face::Table);
    app.session.apply(Action::ShowTable(!is_shown));
    if !is_shown {
        ctx.memory_mut(|memory| memory.request_focus(cell_table_id()));
    }
}

/// Opens or closes the row of tools; whoever closes it wants to look.
fn toggle_mask_tools(app: &mut ViewerApp) {
    let Some(document) = app.session.active_document() else {
        return;
    };
    let tools = *document.mask_tools();
    app.session.apply(Action::SetMaskTools(MaskTools {
        is_open: !tools.is_open,
        tool: MaskTool::Look,
        ..tools
    }));
}

fn toggle_opcodes(app: &mut ViewerApp) {
    let document = app.session.active_document();
    let is_shown = document.is_some_and(|document| document.opcodes().is_some());
    let action = match is_shown {
        true => OpcodeAction::Hide,
        false => OpcodeAction::Show(OpcodeScope::Key),
    };
    app.session.apply(Action::Opcodes(action));
}

/// One cell on one physical pixel, around what is in the middle now.
fn actual_size(app: &mut ViewerApp, ctx: &egui::Context) {
    let Some(document) = app.session.active_document() else {
        return;
    };
    let Some(view) = document.view() else { return };
    let [columns, rows] = view.picture_size(document.shape());
    let middle = |len: usize| (len as f64 - 1.0) / 2.0;
    let centre = match view.camera {
        Camera::Free { centre, .. } => centre,
        Camera::Fit => [middle(columns), middle(rows)],
    };
    let zoom = 1.0 / f64::from(ctx.pixels_per_point());
    app.session
        .apply(Action::SetCamera(Camera::Free { centre, zoom }));
}

/// Where the dialog begins: beside the file that is shown, or the one opened last.
fn first_folder(app: &ViewerApp) -> Option<std::path::PathBuf> {
    let shown = app.session.active_document().map(Document::path);
    let recent = app
        .session
        .settings()
        .recent()
        .first()
        .map(std::path::PathBuf::as_path);
    shown.or(recent).and_then(Path::parent).map(Path::to_owned)
}

fn update_title(app: &mut ViewerApp, ctx: &egui::Context) {
    let title = match app.session.active_document() {
        Some(document) => format!("{} - cubescope", document.name()),
        None => "cubescope".to_owned(),
    };
    if app.title != title {
        app.title.clone_from(&title);
        ctx.plugin::<Spoken>().lock().title.clone_from(&title);
        ctx.send_viewport_cmd(egui::ViewportCommand::Title(title));
    }
}

/// Frames without a cause are none: only progress and a replaced job need a clock.
fn ask_for_repaint(app: &ViewerApp, ctx: &egui::Context) {
    if app.session.needs_tick() {
        ctx.request_repaint_after(TICK);
    }
    if let Some(age) = app.session.running_jobs().map(Running::age).max() {
        ctx.request_repaint_after(SHOW_JOB_AFTER.saturating_sub(age).max(PROGRESS_INTERVAL));
    }
}
