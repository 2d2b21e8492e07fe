//! Statistics by label: the panel, its scopes, limits of the colours, mean spectra.

use super::*;
use crate::render::Stretch;
use crate::session::readout::band_name;
use crate::session::statistics::{Numbers, Scope};

fn with_panel() -> Window {
    let mut harness = window_with_sample();
    click(&mut harness, "Single band");
    harness.key_press(egui::Key::S);
    harness.run_steps(3);
    settle(&mut harness);
    harness
}

fn numbers(harness: &Window) -> Numbers {
    let feed = document(harness).feeds().statistics();
    assert!(feed.is_current());
    feed.shown_whole().expect("numbers").clone()
}

fn stretch(harness: &Window) -> Stretch {
    document(harness).view().expect("a view").stretch
}

#[test]
fn the_panel_opens_and_closes() {
    let mut harness = window_with_sample();
    assert!(harness.query_by_label("Histogram").is_none());
    harness
        .get_by_role_and_label(Role::Button, "Statistics")
        .click();
    harness.run_steps(3);
    settle(&mut harness);
    harness.get_by_label("Statistics of scan-00000");
    harness.get_by_role_and_label(Role::Image, "Histogram");
    harness.get_by_label("Exact");
    click(&mut harness, "Close statistics");
    assert!(harness.query_by_label("Histogram").is_none());
    harness.key_press(egui::Key::S);
    harness.run_steps(3);
    settle(&mut harness);
    harness.get_by_label("Histogram");
}

#[test]
fn the_numbers_are_of_the_band_that_is_shown() {
    let mut harness = with_panel();
    let of = |band| format!("Band {}", band_name(document(&harness), band));
    let [first, next] = [100, 101].map(of);
    harness.get_by_label(&first);
    let before = numbers(&harness);
    harness.get_by_label(&before.distribution.stats.max.expect("cells").to_string());
    harness.key_press(egui::Key::Period);
    harness.run_steps(3);
    settle(&mut harness);
    assert!(harness.query_by_label(&first).is_none());
    harness.get_by_label(&next);
    assert_ne!(before, numbers(&harness));
}

#[test]
fn scopes_can_be_chosen() {
    let mut harness = with_panel();
    click(&mut harness, "Whole array");
    assert_eq!(numbers(&harness).total, 80 * 88 * 200);
    click(&mut harness, "Bands");
    assert_eq!(document(&harness).scope(), Some(Scope::Bands));
    harness.get_by_label("First band of the numbers");
    harness.get_by_label("Last band of the numbers");
    click(&mut harness, "Visible");
    harness.get_by_label_contains(", y 0 to 79, x 0 to 87");
    click(&mut harness, "This band");
    assert_eq!(numbers(&harness).total, 80 * 88);
    click(&mut harness, "RGB");
    click(&mut harness, "Green band's statistics");
    let green = document(&harness).view().expect("a view").rgb[1];
    harness.get_by_label_contains(&format!("Band {green} ("));
}

#[test]
fn the_numbers_become_limits() {
    let mut harness = with_panel();
    click(&mut harness, "Whole array");
    let stats = numbers(&harness).distribution.stats;
    let ends = [stats.min, stats.max].map(|end| end.expect("cells").to_f64());
    click(&mut harness, "Use minimum and maximum as limits");
    let [lo, hi] = ends;
    assert_eq!(stretch(&harness), Stretch::Fixed { lo, hi });
    click(&mut harness, "Use percentiles 2 and 98 as limits");
    let Stretch::Fixed { lo: inner, .. } = stretch(&harness) else {
        panic!("{:?}", stretch(&harness));
    };
    assert!(inner > lo);
}

#[test]
fn a_limit_of_one_channel_leaves_the_others() {
    let mut harness = with_panel();
    click(&mut harness, "RGB");
    let limits = |harness: &Window| {
        let picture = document(harness).feeds().picture().shown();
        picture.expect("a picture").limits.clone()
    };
    let before = limits(&harness);
    harness.get_by_label("Lower limit").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(3);
    settle(&mut harness);
    let after = limits(&harness);
    let [red, green, blue] = [0, 1, 2].map(|channel| (before[channel], after[channel]));
    assert_eq!(
        red.0.map(|limits| limits.lo + 1.0),
        red.1.map(|limits| limits.lo)
    );
    assert_eq!((green.0, blue.0), (green.1, blue.1));
}

#[test]
fn a_limit_can_be_dragged_and_stepped() {
    let mut harness = with_panel();
    click(&mut harness, "Use percentiles 2 and 98 as limits");
    let Stretch::Fixed { lo, hi } = stretch(&harness) else {
        panic!("{:?}", stretch(&harness));
    };
    let line = harness.get_by_label("Lower limit").rect().center();
    harness.hover_at(line);
    harness.run_steps(1);
    harness.drag_at(line);
    harness.run_steps(1);
    harness.hover_at(line + egui::vec2(20.0, 0.0));
    harness.run_steps(2);
    harness.drop_at(line + egui::vec2(20.0, 0.0));
    harness.run_steps(2);
    settle(&mut harness);
    let Stretch::Fixed {
        lo: dragged,
        hi: same,
    } = stretch(&harness)
    else {
        panic!("{:?}", stretch(&harness));
    };
    assert!(dragged > lo && same == hi, "{lo} became {dragged}");
    assert_eq!(dragged.fract(), 0.0);
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(3);
    settle(&mut harness);
    assert_eq!(
        stretch(&harness),
        Stretch::Fixed {
            lo: dragged + 1.0,
            hi
        }
    );
}

#[test]
fn percentiles_can_be_typed() {
    let mut harness = with_panel();
    harness.get_by_label("More percentiles").focus();
    harness.run_steps(1);
    harness
        .get_by_label("More percentiles")
        .type_text("0.5, 99.5");
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    settle(&mut harness);
    harness.get_by_label("0.5 %");
    harness.get_by_label("99.5 %");
    assert_eq!(numbers(&harness).distribution.stats.percentiles.len(), 11);
}

#[test]
fn a_mean_spectrum_is_drawn_and_removed() {
    let mut harness = with_panel();
    // All of the panel is in sight.
    harness.set_size(egui::vec2(1280.0, 1000.0));
    harness.run_steps(3);
    click(&mut harness, "Mean spectrum of the whole picture");
    let mean = document(&harness).feeds().mean();
    assert!(mean.is_current() && mean.shown().is_some());
    click(&mut harness, "Close statistics");
    assert!(document(&harness).feeds().mean().shown().is_some());
    click(&mut harness, "Remove mean spectrum");
    assert!(document(&harness).feeds().mean().shown().is_none());
}

#[test]
fn the_numbers_are_copied() {
    let mut harness = with_panel();
    harness.get_by_label("Copy statistics").click();
    let mut copied = None;
    for _ in 0..6 {
        harness.step();
        for command in &harness.output().platform_output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                copied = Some(text.clone());
            }
        }
    }
    let copied = copied.expect("text");
    assert!(
        copied.starts_with("array\tscan-00000\ncells of\tBand 100 ("),
        "{copied}"
    );
}

#[test]
fn a_quiet_panel_asks_for_no_frames() {
    asks_for_no_frames(with_panel());
}
