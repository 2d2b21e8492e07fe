//! At the right: exact statistics of the selected array, their histogram, and the mean spectrum of a region.

mod mean;
mod numbers;
mod scope;

use crate::app::commands::Command;
use crate::app::context::ViewerContext;
use crate::app::frame::SHOW_JOB_AFTER;
use crate::app::theme::tokens;
use crate::app::widgets::{Histogram, Icon, PanelSide, histogram, icon_button, sized_panel};
use crate::array::Element;
use crate::render::{Limits, Stretch};
use crate::session::jobs::Running;
use crate::session::statistics::{Numbers, Scope, StatisticsAction, heading};
use crate::session::view::{Mode, ViewState};
use crate::session::{Action, Document, Slot};
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
            .show(ui, |ui| {
                // The numbers at the right stay clear of the scroll bar.
                let margin = egui::Margin {
                    right: 10,
                    ..egui::Margin::ZERO
                };
                let frame = egui::Frame::NONE.inner_margin(margin);
                frame.show(ui, |ui| body(ui, cx, document));
            });
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
                let of = document.value_name();
                let title = RichText::new(format!("Statistics of {of}")).strong();
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
    let found = document.feeds().statistics().shown_with_spec();
    let is_final = is_final(cx, document);
    let title = found.map_or_else(String::new, |(spec, _)| heading(document, spec));
    // Of one line always, so that nothing below moves.
    let label = ui.add(egui::Label::new(&title).truncate());
    if !title.is_empty() {
        label.on_hover_text(title);
    }
    state(ui, cx, document, is_final);
    plot(ui, cx, document, is_final);
    ui.horizontal_wrapped(|ui| {
        logarithmic_switch(ui, document);
        if document.feeds().picture().shown().is_some() {
            as_limits(ui, cx, document, is_final);
        }
    });
    ui.add_space(tokens(ui).gap_small);
    let numbers = found.map(|(_, numbers)| numbers);
    numbers::show(ui, cx, document, numbers, is_final);
    if document.has_mean() {
        ui.separator();
        mean::show(ui, cx, document);
    }
    ui.add_space(tokens(ui).gap);
}

/// Whether what is shown is exact for what it says it is of. Numbers of the band before count as such until those of the
/// next one are late: nothing is to flicker while bands go by.
fn is_final(cx: &ViewerContext<'_>, document: &Document) -> bool {
    let feed = document.feeds().statistics();
    let is_late = |job: &Running<Slot>| {
        job.slot() == Slot::Statistics(document.id()) && job.age() > SHOW_JOB_AFTER
    };
    feed.shown_whole().is_some()
        && feed.error().is_none()
        && (feed.is_current() || !cx.session.running_jobs().any(is_late))
}

/// One line: whether the numbers are final.
fn state(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, is_final: bool) {
    let feed = document.feeds().statistics();
    let shown = feed.shown();
    let text = match (feed.error(), shown) {
        (Some(why), None) => why.to_owned(),
        (Some(why), Some(numbers)) => format!("{why}. {}", so_far(numbers)),
        (None, None) if feed.wanted().is_none() => "Nothing is on the screen".to_owned(),
        (None, None) => "Reading…".to_owned(),
        (None, Some(_)) if is_final => "Exact".to_owned(),
        (None, Some(_)) if feed.shown_whole().is_some() => {
            "Updating; these are the values before the change".to_owned()
        }
        (None, Some(numbers)) => so_far(numbers),
    };
    let color = match (feed.error(), is_final) {
        (Some(_), _) if feed.is_cancelled() => ui.visuals().weak_text_color(),
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
    "Percentiles are not ready yet".to_owned()
}

fn plot(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, is_final: bool) {
    let found = document.feeds().statistics().shown();
    let is_log = ui
        .data(|data| data.get_temp(logarithmic(document)))
        .unwrap_or_default();
    let bins = found.and_then(|numbers| numbers.distribution.bins.as_ref());
    let empty_hint = match found {
        Some(_) if is_final => "No valid cells: all are masked, NaN or infinite",
        Some(_) => "The histogram is not ready yet",
        None => "",
    };
    let key = document.list().selected();
    let shown = Histogram {
        bins,
        is_part: !is_final,
        is_log,
        limits: limits(document).map(|limits| [limits.lo, limits.hi]),
        limits_color: limits_color(ui, document),
        empty_hint,
        id: ui.make_persistent_id(("histogram", document.id(), key, document.scope())),
    };
    if let Some([lo, hi]) = histogram(ui, &shown, HISTOGRAM_HEIGHT) {
        cx.act(set_limits(document, [lo, hi]));
    }
}

/// Limits for what the histogram is of: in a composite the one channel whose line it shows.
fn set_limits(document: &Document, [lo, hi]: [f64; 2]) -> Action {
    let stretch = Stretch::Fixed { lo, hi };
    let mode = document.view().map(ViewState::shown_mode);
    match mode {
        Some(Mode::Composite) => {
            Action::SetChannelStretch(document.statistics().channel(), stretch)
        }
        _ => Action::SetStretch(stretch),
    }
}

/// Whether the histogram of a file has logarithmic counts is kept by the toolkit.
fn logarithmic(document: &Document) -> egui::Id {
    egui::Id::unique(("logarithmic counts", document.id()))
}

fn logarithmic_switch(ui: &mut egui::Ui, document: &Document) {
    let id = logarithmic(document);
    let mut is_log: bool = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let check = ui.checkbox(&mut is_log, "Log");
    let check = check.accessible_name("Logarithmic counts");
    let tip = "Logarithmic counts: bars of few cells can be seen beside those of many";
    if check.on_hover_text(tip).changed() {
        ui.data_mut(|data| data.insert_temp(id, is_log));
    }
}

/// Of the band that is shown.
fn limits(document: &Document) -> Option<Limits> {
    let limits = &document.feeds().picture().shown()?.limits;
    let channel = document.statistics().channel();
    *limits.get(channel).or(limits.first())?
}

/// Of the red, green or blue band, if there are three.
fn limits_color(ui: &egui::Ui, document: &Document) -> egui::Color32 {
    let tokens = tokens(ui);
    let bands = document.view().map_or(0, |view| view.shown_bands().len());
    let channel = tokens.channels.get(document.statistics().channel());
    let channel = channel.filter(|_| bands == tokens.channels.len());
    channel.copied().unwrap_or(tokens.accent)
}

/// The numbers as limits of the picture's colours: with those of the whole array, bands can be compared.
fn as_limits(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, is_final: bool) {
    let feed = document.feeds().statistics();
    let stats = feed
        .shown_whole()
        .filter(|_| is_final)
        .map(|numbers| &numbers.distribution.stats);
    let percentile = |asked: f64| {
        let found = stats?.percentiles.iter().find(|(of, _)| *of == asked)?;
        found.1
    };
    let extreme = |which: Option<Element>| which.map(Element::to_f64);
    let ends = stats.and_then(|stats| extreme(stats.min).zip(extreme(stats.max)));
    let inner = percentile(2.0).zip(percentile(98.0));
    // Numbers of several bands are for all channels of a composite.
    let is_of_all = matches!(document.scope(), Some(Scope::Bands | Scope::Array));
    ui.label("Limits");
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
            cx.act(match is_of_all {
                true => Action::SetStretch(Stretch::Fixed { lo, hi }),
                false => set_limits(document, [lo, hi]),
            });
        }
    }
}
