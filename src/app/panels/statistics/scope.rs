//! Of which cells there are to be statistics.

use crate::app::context::ViewerContext;
use crate::app::widgets::{NumberField, Numbers, number_field};
use crate::session::statistics::{Scope, StatisticsAction};
use crate::session::view::Mode;
use crate::session::{Action, Document};
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, chosen: Scope) {
    let act = |action| cx.act(Action::Statistics(action));
    ui.horizontal_wrapped(|ui| {
        for scope in document.scopes() {
            let is_mean = (document.view()).is_some_and(|view| view.shown_mode() == Mode::Mean);
            let (text, tip) = match scope {
                Scope::Shown if is_mean => ("These bands", "All pixels of the bands of the mean"),
                _ => words(scope, document.band_count() > 0),
            };
            let label = ui.selectable_label(scope == chosen, text);
            if label.on_hover_text(tip).clicked() {
                act(StatisticsAction::SetScope(scope));
            }
        }
    });
    let is_of_shown = matches!(chosen, Scope::Shown | Scope::Visible);
    let is_composite = document
        .view()
        .is_some_and(|view| view.shown_mode() != Mode::Single && view.shown_bands().len() == 3);
    if is_of_shown && is_composite {
        ui.horizontal(|ui| {
            for (channel, text) in ["Red", "Green", "Blue"].into_iter().enumerate() {
                let is_chosen = document.statistics().channel() == channel;
                let label = ui.selectable_label(is_chosen, text);
                let label = label.accessible_name(format!("{text} band's statistics"));
                if label.clicked() {
                    act(StatisticsAction::SetChannel(channel));
                }
            }
        });
    }
    if chosen == Scope::Bands {
        ui.push_id(document.id(), |ui| {
            ui.horizontal(|ui| bands(ui, document, act));
        });
    }
}

fn words(scope: Scope, has_bands: bool) -> (&'static str, &'static str) {
    match scope {
        Scope::Shown if has_bands => ("This band", "All pixels of the band that is shown"),
        Scope::Shown => ("This picture", "All pixels of the picture"),
        Scope::Visible => ("Visible", "What of it is on the screen"),
        Scope::Bands => ("Bands", "A range of bands, all pixels"),
        Scope::Array => ("Whole array", "All cells of the array"),
    }
}

fn bands(ui: &mut egui::Ui, document: &Document, act: impl Fn(StatisticsAction)) {
    let count = document.band_count();
    let last = count.saturating_sub(1);
    let chosen = document.statistics().bands(count);
    let mut new = chosen.map(Some);
    for (place, (text, name)) in [
        ("From", "First band of the numbers"),
        ("to", "Last band of the numbers"),
    ]
    .into_iter()
    .enumerate()
    {
        ui.label(text);
        let field = NumberField {
            name,
            value: chosen.get(place).map(|band| *band as f64),
            speed: 0.2,
            resolution: 1.0,
            width: 52.0,
            range: 0.0..=last as f64,
            numbers: Numbers::Index,
        };
        if let (Some(value), Some(place)) = (number_field(ui, &field), new.get_mut(place)) {
            *place = Some(value.round() as usize);
        }
    }
    if let [Some(first), Some(end)] = new
        && [first, end] != chosen
    {
        // The other end gives way.
        let bands = match first == chosen[0] {
            true => [first.min(end), end],
            false => [first, end.max(first)],
        };
        act(StatisticsAction::SetBands(bands));
    }
}
