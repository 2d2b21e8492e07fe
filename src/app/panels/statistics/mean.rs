//! Which mean spectrum is drawn beside those of pixels.

use crate::app::context::ViewerContext;
use crate::session::statistics::{MeanOf, StatisticsAction};
use crate::session::{Action, Document};
use eframe::egui;

const CHOICES: [(MeanOf, &str, &str); 3] = [
    (MeanOf::Off, "Off", "No mean spectrum"),
    (
        MeanOf::Visible,
        "Visible part",
        "Mean spectrum of the visible part",
    ),
    (
        MeanOf::Picture,
        "Whole picture",
        "Mean spectrum of the whole picture",
    ),
];

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    ui.strong("Mean spectrum");
    ui.horizontal_wrapped(|ui| {
        for (mean, text, name) in CHOICES {
            let label = ui.selectable_label(document.statistics().mean() == mean, text);
            let label = label.accessible_name(name).on_hover_text(name);
            if label.clicked() {
                cx.act(Action::Statistics(StatisticsAction::SetMean(mean)));
            }
        }
    });
    let feed = document.feeds().mean();
    if let Some(why) = feed.error() {
        ui.horizontal(|ui| {
            ui.colored_label(ui.visuals().error_fg_color, why);
            if ui.small_button("Try again").clicked() {
                cx.act(Action::Retry(document.id()));
            }
        });
    } else {
        let text = match (feed.wanted(), feed.is_current(), feed.shown()) {
            (None, ..) => "Mean over unmasked pixels, for every band",
            (Some(_), true, _) => "Exact; shown in the plot below",
            (Some(_), false, _) => "Not final yet; shown in the plot below",
        };
        ui.weak(text);
    }
}
