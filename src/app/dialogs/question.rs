//! What stands in the way of an undo or a change, and what can be done about it.

use super::heading;
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::session::editing::{Answer, Question, Way};
use crate::session::{Action, Document};
use eframe::egui;

/// Asks, if a document waits for an answer.
pub(super) fn show(ctx: &egui::Context, cx: &ViewerContext<'_>) {
    let mut asking = (cx.session.documents().iter())
        .filter_map(|document| Some((document, document.editing().question()?)));
    let Some((document, question)) = asking.next() else {
        return;
    };
    let modal = egui::Modal::new(egui::Id::unique("question dialog")).show(ctx, |ui| {
        ui.set_width(480.0);
        match question {
            Question::Blocked {
                way,
                label,
                why,
                can_force,
            } => blocked(ui, cx, document, (*way, label), why, *can_force),
            Question::NotKept { why, .. } => not_kept(ui, cx, document, why),
        }
    });
    if modal.should_close() {
        cx.act(Action::Answer(Answer::Cancel));
    }
}

fn blocked(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    (way, label): (Way, &str),
    why: &str,
    can_force: bool,
) {
    let verb = match way {
        Way::Undo => "undone",
        Way::Redo => "redone",
    };
    heading(ui, &format!("\u{201c}{label}\u{201d} cannot be {verb}"));
    text(ui, why);
    ui.weak(document.name());
    let skip = (
        Answer::Skip,
        "Skip this step",
        "Take the step out of the list; the file stays as it is",
    );
    let force = (
        Answer::Force,
        match way {
            Way::Undo => "Undo anyway",
            Way::Redo => "Redo anyway",
        },
        "Write it as a new version; the other program's version is kept in the history",
    );
    let answers = [Some(skip), can_force.then_some(force)];
    buttons(ui, cx, answers.into_iter().flatten());
}

fn not_kept(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, why: &str) {
    heading(ui, "The previous cells cannot be saved for undo");
    text(ui, why);
    ui.weak(document.name());
    buttons(
        ui,
        cx,
        [
            (
                Answer::WriteOver,
                "Overwrite anyway",
                "The change can be undone only until the file is closed",
            ),
            (
                Answer::NewVersion,
                "Write as a new version",
                "The array is copied within the file and changed there; the previous version is kept in the history",
            ),
        ]
        .into_iter(),
    );
}

fn text(ui: &mut egui::Ui, text: &str) {
    ui.add(egui::Label::new(text).wrap());
    ui.add_space(tokens(ui).gap);
}

fn buttons(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    answers: impl Iterator<Item = (Answer, &'static str, &'static str)>,
) {
    ui.add_space(tokens(ui).gap);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let cancel = (Answer::Cancel, "Cancel", "Leave everything as it is");
        for (answer, text, tip) in answers.chain([cancel]) {
            if ui.button(text).on_hover_text(tip).clicked() {
                cx.act(Action::Answer(answer));
            }
        }
    });
}
