//! Pictures by label: the mean of bands, and what is seen of cells that share a pixel.

use super::*;
use crate::render::Shrink;

#[test]
fn the_mean_of_bands_has_a_slider_for_each_end() {
    let mut harness = window_with_sample();
    click(&mut harness, "Mean");
    let view = |harness: &Window| document(harness).view().expect("a view").clone();
    assert_eq!(
        (view(&harness).mode, view(&harness).mean),
        (Mode::Mean, [0, 199])
    );
    for (slider, key) in [
        ("First band", egui::Key::PageUp),
        ("Last band", egui::Key::PageDown),
    ] {
        harness.get_by_label(slider).focus();
        harness.key_press(key);
        harness.run_steps(2);
        settle(&mut harness);
    }
    let [first, last] = view(&harness).mean;
    assert!(first > 0 && last < 199 && first < last, "{first} {last}");
    let text = readout(document(&harness)).expect("a read-out").band;
    harness.get_by_label(&text);
    assert!(text.starts_with("mean of bands "), "{text}");
    click(&mut harness, "Single band");
    assert!(harness.query_by_label("First band").is_none());
}

#[test]
fn what_a_pixel_stands_for_is_chosen_in_the_menu() {
    let mut harness = window_with_sample();
    assert_eq!(
        harness.state().session().settings().zoomed_out(),
        Shrink::Mean
    );
    harness.get_by_label("View").click();
    harness.run_steps(6);
    harness.get_by_label_contains("Downsampling").click();
    harness.run_steps(6);
    harness.get_by_label("Nearest").click();
    harness.run_steps(6);
    settle(&mut harness);
    let chosen = harness.state().session().settings().zoomed_out();
    assert_eq!(chosen, Shrink::Nearest);
}
