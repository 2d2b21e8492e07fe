//! At the right: exact statistics of the selected array, their histogram, and the mean spectrum of a region.

mod mean;
mod numbers;
mod scope;

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{Histogram, Icon, PanelSide, histogram, icon_button, sized_panel};
use crate::array::Element;
use crate::render::{Limits, Stretch};
use crate::session::statistics::{Numbers, Scope, StatisticsAction, StatsSpec, heading};
use crate::session::{Action, Document};
use eframe::egui;
use egui::RichText;

const HISTOGRAM_HEIGHT: f32 = 150.0;

pub(crate) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    let Some(document) = cx.session.active_document() else {
        return;
    };
    if document.dataset().is_none() || !document.statistics().is_open() {
        return;
    }
    let most = (ui.ctx().content_rect().width() * 0.4).max(240.0);
    let range = egui::Rangef::new(240.0, most);
    sized_panel(ui, PanelSide::Right, "statistics", 310.0, range, |ui| {
        head(ui, cx, document);
        egui::ScrollArea::vertical()
            .id_salt("statistics")
            .auto_shrink([false, false])
            .show(ui, |ui| body(ui, cx, document));
    });
}

fn head(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    ui.add_space(tokens(ui).gap);
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close statistics").clicked() {
                cx.requests.run(Command::ToggleStatistics);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let key = document.list().selected().map_or("", |key| &**key);
                let title = RichText::new(format!("Statistics of {key}")).strong();
                ui.add(egui::Label::new(title).truncate());
            });
        });
    });
    ui.separator();
}

fn body(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let Some(chosen) = document.scope() else {
        ui.weak("Select an array of numbers at the left");
        return;
    };
    scope::show(ui, cx, document, chosen);
    ui.separator();
    let feed = document.feeds().statistics();
    let found = feed.shown_with_spec();
    match found {
        Some((spec, _)) => ui.add(egui::Label::new(heading(document, spec)).wrap()),
        None => ui.label(""),
    };
    state(ui, cx, document);
    plot(ui, cx, document, found);
    if document.feeds().picture().shown().is_some() {
        as_limits(ui, cx, document);
    }
    ui.add_space(tokens(ui).gap_small);
    numbers::show(ui, cx, document, found.map(|(_, numbers)| numbers));
    if document.has_mean() {
        ui.separator();
        mean::show(ui, cx, document);
    }
    ui.add_space(tokens(ui).gap);
}

/// One line: whether the numbers are final.
fn state(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let feed = document.feeds().statistics();
    let shown = feed.shown();
    let (text, is_final) = match (feed.error(), shown) {
        (Some(why), None) => (why.to_owned(), false),
        (Some(why), Some(numbers)) => (format!("{why}. {}", so_far(numbers)), false),
        (None, None) if feed.wanted().is_none() => ("Nothing is on the screen".to_owned(), false),
        (None, None) => ("Reading…".to_owned(), false),
        (None, Some(_)) if feed.is_current() => ("Exact".to_owned(), true),
        (None, Some(_)) if feed.shown_whole().is_some() => {
            ("Being read anew; these are of before".to_owned(), false)
        }
        (None, Some(numbers)) => (so_far(numbers), false),
    };
    let color = match (feed.error(), is_final) {
        (Some(_), _) => ui.visuals().error_fg_color,
        (None, true) => tokens(ui).added,
        (None, false) => ui.visuals().warn_fg_color,
    };
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let copy = ui.add_enabled(shown.is_some(), egui::Button::new("Copy").small());
            let copy = copy.accessible_name("Copy statistics");
            if copy
                .on_hover_text("Copy the numbers as text with tabs, for a spreadsheet")
                .clicked()
            {
                cx.act(Action::Statistics(StatisticsAction::Copy));
            }
            if feed.error().is_some() && ui.small_button("Try again").clicked() {
                cx.act(Action::Retry(document.id()));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let label = egui::Label::new(RichText::new(&text).color(color)).truncate();
                ui.add(label).on_hover_text(text);
            });
        });
    });
}

/// What is not final says so.
fn so_far(numbers: &Numbers) -> String {
    if numbers.done < numbers.total {
        let percent = 100 * numbers.done / numbers.total.max(1);
        return format!("So far: {percent} % of the cells");
    }
    "So far: percentiles are still to come".to_owned()
}

fn plot(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    found: Option<(&StatsSpec, &Numbers)>,
) {
    let feed = document.feeds().statistics();
    let is_log_id = ui.scope_id().with("logarithmic counts");
    let mut is_log: bool = ui.data(|data| data.get_temp(is_log_id)).unwrap_or_default();
    let bins = found.and_then(|(_, numbers)| numbers.distribution.bins.as_ref());
    let is_final = feed.is_current();
    let empty_hint = match found {
        Some(_) if is_final => "No cell counts: all are masked or not finite",
        Some(_) => "The histogram is still to come",
        None => "",
    };
    let key = document.list().selected();
    let shown = Histogram {
        bins,
        is_part: !is_final,
        is_log,
        limits: limits(document).map(|limits| [limits.lo, limits.hi]),
        empty_hint,
        id: ui.make_persistent_id((
            "histogram",
            document.id(),
            key,
            document.scope().map(number),
        )),
    };
    if let Some([lo, hi]) = histogram(ui, &shown, HISTOGRAM_HEIGHT) {
        cx.act(Action::SetStretch(Stretch::Fixed { lo, hi }));
    }
    let check = ui.checkbox(&mut is_log, "Logarithmic counts");
    if check
        .on_hover_text("Make bars of few cells visible beside those of many")
        .changed()
    {
        ui.data_mut(|data| data.insert_temp(is_log_id, is_log));
    }
}

/// Something to make an identifier of.
fn number(scope: Scope) -> u8 {
    scope as u8
}

/// Of the band that is shown.
fn limits(document: &Document) -> Option<Limits> {
    let limits = &document.feeds().picture().shown()?.limits;
    let channel = document.statistics().channel();
    *limits.get(channel).or(limits.first())?
}

/// The numbers as limits of the picture's colours: with those of the whole array, bands can be compared.
fn as_limits(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let feed = document.feeds().statistics();
    let stats = feed
        .shown_whole()
        .filter(|_| feed.is_current())
        .map(|numbers| &numbers.distribution.stats);
    let percentile = |asked: f64| {
        let found = stats?.percentiles.iter().find(|(of, _)| *of == asked)?;
        found.1
    };
    let extreme = |which: Option<Element>| which.map(Element::to_f64);
    let ends = stats.and_then(|stats| extreme(stats.min).zip(extreme(stats.max)));
    let inner = percentile(2.0).zip(percentile(98.0));
    ui.horizontal_wrapped(|ui| {
        ui.label("Use as limits");
        for (text, name, limits) in [
            ("Min to max", "Use minimum and maximum as limits", ends),
            ("2 to 98 %", "Use percentiles 2 and 98 as limits", inner),
        ] {
            let button = ui.add_enabled(limits.is_some(), egui::Button::new(text));
            let button = button
                .accessible_name(name)
                .on_hover_text(format!("{name} of the picture's colours, for all bands"))
                .on_disabled_hover_text("Once they are exact");
            if let Some((lo, hi)) = limits.filter(|_| button.clicked()) {
                cx.act(Action::SetStretch(Stretch::Fixed { lo, hi }));
            }
        }
    });
}
