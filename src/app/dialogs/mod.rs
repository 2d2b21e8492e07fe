//! Dialogs over the window: path, shortcuts, about. One at a time; Escape closes it.

mod about;
mod free_space;
mod key_name;
mod leave;
mod new_key;
mod open_path;
mod question;
mod shortcuts;

pub(super) use open_path::WhyTyped;

use super::context::ViewerContext;
use super::theme::tokens;
use super::widgets::spoken;
use crate::mmapdict::VacuumWay;
use crate::session::DocumentId;
use eframe::egui;

/// Which dialog is open, and what is typed in it.
#[derive(Default)]
pub(super) struct Dialogs {
    open: Option<Dialog>,
    /// How many were opened: what is typed in one is not known to the next.
    opened: u64,
    /// What had the keyboard before; it gets it back.
    focus: Option<egui::Id>,
    is_new: bool,
}

enum Dialog {
    OpenPath(open_path::OpenPath),
    Shortcuts,
    About,
    KeyName(key_name::KeyName),
    NewKey(Box<new_key::NewKey>),
    Quit,
    FreeSpace(free_space::FreeSpace),
}

impl Dialogs {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn open_path_dialog(&mut self, why: WhyTyped) {
        self.open(Dialog::OpenPath(open_path::OpenPath::new(why)));
    }

    /// A file was chosen otherwise.
    pub(super) fn close_path_dialog(&mut self) {
        if let Some(Dialog::OpenPath(_)) = self.open {
            self.open = None;
        }
    }

    fn open(&mut self, dialog: Dialog) {
        self.open = Some(dialog);
        self.opened += 1;
        self.is_new = true;
    }

    pub(super) fn open_shortcuts(&mut self) {
        self.open(Dialog::Shortcuts);
    }

    /// Asks before the program ends with something unsaved.
    pub(super) fn open_quit(&mut self) {
        self.open(Dialog::Quit);
    }

    /// Asks before earlier versions are erased.
    pub(super) fn open_free_space(&mut self, document: DocumentId, way: VacuumWay) {
        self.open(Dialog::FreeSpace(free_space::FreeSpace::new(document, way)));
    }

    pub(super) fn open_new_key(&mut self) {
        self.open(Dialog::NewKey(Box::new(new_key::NewKey::new())));
    }

    /// Asks for another name of a key.
    pub(super) fn open_rename(&mut self, key: Option<String>) {
        self.open_key_name(key_name::Purpose::Rename, key.clone(), key);
    }

    /// Asks for the name of a copy; `proposal`: a name that is free.
    pub(super) fn open_duplicate(&mut self, key: Option<String>, proposal: Option<String>) {
        self.open_key_name(key_name::Purpose::Duplicate, key, proposal);
    }

    fn open_key_name(
        &mut self,
        purpose: key_name::Purpose,
        key: Option<String>,
        text: Option<String>,
    ) {
        if let Some((key, text)) = key.zip(text) {
            self.open(Dialog::KeyName(key_name::KeyName::new(purpose, key, text)));
        }
    }

    pub(super) fn open_about(&mut self) {
        self.open(Dialog::About);
    }
}

/// Draws the open dialog, if any.
pub(super) fn show(ctx: &egui::Context, cx: &ViewerContext<'_>, dialogs: &mut Dialogs) {
    leave::show(ctx, cx);
    question::show(ctx, cx);
    let opened = dialogs.opened;
    if std::mem::take(&mut dialogs.is_new) {
        dialogs.focus = ctx.memory(egui::Memory::focused);
    }
    let Some(dialog) = &mut dialogs.open else {
        return;
    };
    let id = egui::Id::unique(match dialog {
        Dialog::OpenPath(_) => "path dialog",
        Dialog::Shortcuts => "shortcuts dialog",
        Dialog::About => "about dialog",
        Dialog::KeyName(_) => "key name dialog",
        Dialog::NewKey(_) => "new key dialog",
        Dialog::Quit => "quit dialog",
        Dialog::FreeSpace(_) => "free space dialog",
    });
    let modal = egui::Modal::new(id).show(ctx, |ui| {
        ui.set_width(460.0);
        let shown = ui.push_id(opened, |ui| match dialog {
            Dialog::OpenPath(state) => open_path::show(ui, cx, state),
            Dialog::Shortcuts => shortcuts::show(ui),
            Dialog::About => about::show(ui, cx),
            Dialog::KeyName(state) => key_name::show(ui, cx, state),
            Dialog::NewKey(state) => new_key::show(ui, cx, state),
            Dialog::Quit => leave::quit(ui, cx),
            Dialog::FreeSpace(state) => free_space::show(ui, cx, state),
        });
        shown.inner
    });
    if modal.inner || modal.should_close() {
        dialogs.open = None;
        if let Some(focus) = dialogs.focus.take() {
            ctx.memory_mut(|memory| memory.request_focus(focus));
        }
    }
}

/// A frame around the window while files hover over it.
pub(super) fn drop_highlight(ctx: &egui::Context) {
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop highlight"));
    let painter = ctx.layer_painter(layer);
    let rect = ctx.content_rect().shrink(4.0);
    let tokens = super::theme::Tokens::of(ctx.theme());
    painter.rect_filled(
        rect,
        6.0,
        ctx.global_style().visuals.panel_fill.gamma_multiply(0.8),
    );
    painter.rect_stroke(
        rect,
        6.0,
        egui::Stroke::new(3.0, tokens.accent),
        egui::StrokeKind::Inside,
    );
    let text = "Drop to open";
    let font = egui::FontId::proportional(22.0);
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        text,
        font,
        ctx.global_style().visuals.text_color(),
    );
}

/// Heading of a dialog.
fn heading(ui: &mut egui::Ui, text: &str) {
    spoken::dialog(ui, text);
    ui.heading(text);
    ui.add_space(tokens(ui).gap);
}

/// The buttons at the end: `Some(true)` when it is to be done, `Some(false)` when cancelled. `enter`: a key did it.
fn buttons(ui: &mut egui::Ui, text: &str, is_ready: bool, enter: bool) -> Option<bool> {
    ui.add_space(tokens(ui).gap);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let is_clicked = ui.add_enabled(is_ready, egui::Button::new(text)).clicked();
        let is_cancelled = ui.button("Cancel").clicked();
        if is_clicked || (enter && is_ready) {
            return Some(true);
        }
        is_cancelled.then_some(false)
    })
    .inner
}

/// The button at the end; `true` when pressed.
fn close_button(ui: &mut egui::Ui) -> bool {
    ui.add_space(tokens(ui).gap);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.button("Close").clicked()
    })
    .inner
}
