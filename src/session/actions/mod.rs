//! One handler for each action, by topic. Handlers change state only; what has to be read because of it is asked for afterwards.

mod edit;
mod files;
mod keys;
mod mask;
mod table;
mod view;

use super::Session;
use super::action::Action;
use super::document::Document;
use super::editing::Task;

/// Carries an action out.
pub(super) fn handle(session: &mut Session, action: Action) {
    let Some(action) = edit::ask_before_leaving(session, action) else {
        return;
    };
    match action {
        Action::Open(path) => files::open(session, &path, super::document::Show::default()),
        Action::OpenAt(path, show) => files::open(session, &path, show),
        Action::Close(id) => files::close(session, id),
        Action::Activate(id) => files::activate(session, id),
        Action::Retry(id) => files::retry(session, id),
        Action::SelectKey(key) => keys::select(session, &key),
        Action::MoveSelection(by) => keys::move_selection(session, by),
        Action::SetFilter(filter) => keys::set_filter(session, filter),
        Action::SetOrder(order) => keys::set_order(session, order),
        Action::ToggleFamily(head) => keys::toggle_family(session, &head),
        Action::SetTheme(theme) => {
            session.settings.set_theme(theme);
            session.save_settings();
        }
        Action::SetZoomedOut(shrink) => {
            session.settings.set_zoomed_out(shrink);
            session.save_settings();
        }
        Action::ClearRecent => {
            session.settings.clear_recent();
            session.save_settings();
        }
        Action::Tell(level, text) => session.notices.tell(level, text),
        Action::Dismiss(id) => session.notices.dismiss(id),
        Action::CancelJob(id) => session.jobs.cancel(id),
        Action::Statistics(action) => super::statistics::act(session, action),
        Action::Opcodes(action) => super::opcodes::act(session, action),
        Action::Rescue(is_shown) => files::rescue(session, is_shown),
        action => handle_edit(session, action),
    }
}

fn handle_edit(session: &mut Session, action: Action) {
    match action {
        Action::SetEditing(on) => edit::set_editing(session, on),
        Action::Change(change) => edit::change(session, change),
        Action::Undo => edit::undo(session),
        Action::Redo => edit::redo(session),
        Action::EditValue(edits) => {
            edit::with_document(session, |document| document.edit_value(&edits))
        }
        Action::SetUnfinished(is) => {
            edit::with_document(session, |document| document.set_unfinished(is))
        }
        Action::ApplyValue => edit::apply_value(session, false),
        Action::ApplyOverTheirs => edit::apply_value(session, true),
        Action::DiscardValue => edit::with_document(session, Document::discard_value),
        Action::Leave(leave) => edit::leave(session, leave),
        Action::Answer(answer) => edit::answer(session, answer),
        Action::CleanUp => edit::step(session, Task::CleanUp),
        Action::BackToOpened => edit::step(session, Task::BackToOpened),
        Action::SetHistory(is_open) => edit::show_history(session, is_open),
        Action::SetHistoryTab(tab) => edit::history(session, |history| history.tab = tab),
        Action::ShowVersion(chosen) => edit::history(session, |history| history.chosen = chosen),
        Action::FreeSpace(way) => edit::step(session, Task::FreeSpace(way)),
        Action::SwitchSpelling(to_modern) => {
            edit::step(session, Task::SwitchSpelling { to_modern })
        }
        Action::WriteNewFile(what, to) => edit::write_new(session, what, to),
        Action::DeleteKeys => edit::delete_chosen(session),
        Action::CopyKeys => edit::copy(session),
        Action::PasteKeys => edit::paste(session),
        Action::CopyKeysTo(copied, to) => edit::copy_to(session, &copied, to),
        Action::WriteCells(cells) => edit::write_cells(session, &cells),
        Action::MarkKey(key, mark) => keys::mark(session, &key, mark),
        Action::MarkAllKeys => keys::mark_all(session),
        action => handle_mask(session, action),
    }
}

fn handle_mask(session: &mut Session, action: Action) {
    match action {
        Action::SetMaskTools(tools) => mask::set_tools(session, tools),
        Action::PaintMask(outline) => mask::paint(session, outline),
        Action::MaskValues(values) => mask::by_value(session, values),
        Action::MaskSimilar(pixel) => mask::similar(session, pixel),
        Action::InvertMask => mask::invert(session),
        Action::SetMask(is_masked) => mask::set_mask(session, is_masked),
        action => handle_table(session, action),
    }
}

fn handle_table(session: &mut Session, action: Action) {
    match action {
        Action::ShowTable(is_shown) => table::show(session, is_shown),
        Action::ColourCells(on) => view::change(session, |view| view.table.has_colours = on),
        Action::ScrollTable(first) => table::scroll(session, first),
        Action::SetTableWindow(window) => table::set_window(session, window),
        Action::SelectCells(anchor, cursor) => table::select(session, anchor, cursor),
        Action::CopyCells => table::copy(session),
        Action::PasteCells(text) => table::paste(session, &text),
        action => handle_view(session, action),
    }
}

fn handle_view(session: &mut Session, action: Action) {
    match action {
        Action::SetMode(mode) => view::set_mode(session, mode),
        Action::SetBand(band) => view::set_band(session, band),
        Action::StepBand(by) => view::step_band(session, by),
        Action::SetRgbBand(channel, band) => view::set_rgb_band(session, channel, band),
        Action::SetMeanBand(end, band) => view::set_mean_band(session, end, band),
        Action::SetAxis(role, axis) => view::set_axis(session, role, axis),
        Action::SetIndex(axis, index) => view::set_index(session, axis, index),
        Action::SetStretch(stretch) => view::set_stretch(session, stretch),
        Action::SetChannelStretch(channel, stretch) => {
            view::set_channel_stretch(session, channel, stretch);
        }
        Action::SetScale(scale) => view::change(session, |view| view.scale = scale),
        Action::ShowMasked(masked) => view::change(session, |view| view.masked = masked),
        Action::SetColormap(colormap) => view::change(session, |view| view.colormap = colormap),
        Action::SetCamera(camera) => view::change(session, |view| view.camera = camera),
        Action::SetVisible(visible) => view::set_visible(session, visible),
        Action::Hover(pixel) => view::change(session, |view| view.cursor = Some(pixel)),
        Action::TogglePin(pixel) => view::toggle_pin(session, pixel),
        Action::SetValueFace(face) => view::change(session, |view| view.value_face = Some(face)),
        Action::ClearPins => view::change(session, |view| view.pins.clear()),
        action => handled_before(&action),
    }
}

/// All actions by name, so that a new one that is forgotten above does not compile.
fn handled_before(action: &Action) {
    match action {
        Action::Open(..)
        | Action::OpenAt(..)
        | Action::Close(..)
        | Action::Activate(..)
        | Action::Retry(..)
        | Action::SelectKey(..)
        | Action::MoveSelection(..)
        | Action::MarkKey(..)
        | Action::MarkAllKeys
        | Action::SetFilter(..)
        | Action::SetOrder(..)
        | Action::ToggleFamily(..)
        | Action::SetMode(..)
        | Action::SetBand(..)
        | Action::StepBand(..)
        | Action::SetRgbBand(..)
        | Action::SetMeanBand(..)
        | Action::SetAxis(..)
        | Action::SetIndex(..)
        | Action::SetStretch(..)
        | Action::SetChannelStretch(..)
        | Action::SetScale(..)
        | Action::SetColormap(..)
        | Action::ShowMasked(..)
        | Action::SetCamera(..)
        | Action::SetVisible(..)
        | Action::Hover(..)
        | Action::TogglePin(..)
        | Action::ClearPins
        | Action::ShowTable(..)
        | Action::ColourCells(..)
        | Action::ScrollTable(..)
        | Action::SetTableWindow(..)
        | Action::SelectCells(..)
        | Action::CopyCells
        | Action::PasteCells(..)
        | Action::WriteCells(..)
        | Action::SetMaskTools(..)
        | Action::PaintMask(..)
        | Action::MaskValues(..)
        | Action::MaskSimilar(..)
        | Action::InvertMask
        | Action::SetMask(..)
        | Action::SetEditing(..)
        | Action::Change(..)
        | Action::Undo
        | Action::Redo
        | Action::Answer(..)
        | Action::CleanUp
        | Action::BackToOpened
        | Action::EditValue(..)
        | Action::SetUnfinished(..)
        | Action::ApplyValue
        | Action::ApplyOverTheirs
        | Action::DiscardValue
        | Action::Leave(..)
        | Action::SetHistory(..)
        | Action::SetHistoryTab(..)
        | Action::ShowVersion(..)
        | Action::FreeSpace(..)
        | Action::SwitchSpelling(..)
        | Action::WriteNewFile(..)
        | Action::DeleteKeys
        | Action::CopyKeys
        | Action::PasteKeys
        | Action::CopyKeysTo(..)
        | Action::Statistics(..)
        | Action::Opcodes(..)
        | Action::Rescue(..)
        | Action::SetValueFace(..)
        | Action::SetTheme(..)
        | Action::SetZoomedOut(..)
        | Action::ClearRecent
        | Action::Tell(..)
        | Action::Dismiss(..)
        | Action::CancelJob(..) => {}
    }
}
