//! Choosing the shown band by slider, number or wavelength.

use eframe::egui;

use super::icon_button::{Icon, icon_button};
use super::index_slider::{Name, index_number, slider, text_width};
use super::number_field::{NumberField, Numbers, number_field};
use crate::dataset::Wavelengths;

/// What a [`band_bar`] shows.
pub struct BandBar<'a> {
    /// The shown band.
    pub band: usize,
    /// Number of bands.
    pub count: usize,
    /// Their wavelengths, if known.
    pub wavelengths: Option<&'a Wavelengths>,
}

/// "Band" slider over the whole width, "Band number" typed, "Wavelength" typed (snaps to the
/// nearest), "Previous band" and "Next band" buttons; the chosen band if it changed.
///
/// Slider with arrow keys ±1, Page ±10. Shows wavelength and unit beside it.
pub fn band_bar(ui: &mut egui::Ui, bar: &BandBar<'_>) -> Option<usize> {
    let scale = bar.wavelengths.map(|w| SpectralScale {
        values: w.values(),
        name: w.quantity(),
        unit: w.unit(),
        nearest: |wavelength| w.nearest(wavelength),
    });
    bar_ui(ui, bar.band, bar.count, scale)
}

/// What the bar needs to know of wavelengths.
struct SpectralScale<'a, F: Fn(f64) -> usize> {
    values: &'a [f64],
    /// `Wavelength`, or what they are.
    name: &'a str,
    unit: &'a str,
    nearest: F,
}

fn bar_ui<F: Fn(f64) -> usize>(
    ui: &mut egui::Ui,
    band: usize,
    count: usize,
    scale: Option<SpectralScale<'_, F>>,
) -> Option<usize> {
    ui.horizontal(|ui| {
        let last = count.saturating_sub(1);
        let mut chosen = None;
        ui.add_enabled_ui(band > 0, |ui| {
            if icon_button(ui, Icon::Previous, "Previous band").clicked() {
                chosen = Some(band.saturating_sub(1).min(last));
            }
        });
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.add_enabled_ui(band < last, |ui| {
            if icon_button(ui, Icon::Next, "Next band").clicked() {
                chosen = Some(band + 1);
            }
        });
        ui.spacing_mut().item_spacing.x = 8.0;

        let of = format!("/ {last}");
        let mut rest = 52.0 + text_width(ui, &of) + 2.0 * ui.spacing().item_spacing.x;
        if let Some(scale) = &scale {
            rest += NumberField::WIDTH
                + 16.0
                + text_width(ui, scale.unit)
                + 2.0 * ui.spacing().item_spacing.x;
        }
        let width = (ui.available_width() - rest - 8.0).max(80.0);
        chosen = slider(ui, band, count, width, Name::Own("Band")).or(chosen);
        chosen = index_number(ui, "Band number", band, count).or(chosen);
        ui.weak(of);
        if let Some(scale) = scale {
            ui.spacing_mut().item_spacing.x = 4.0;
            chosen = wavelength_ui(ui, band, count, &scale).or(chosen);
        }
        chosen.filter(|&chosen| chosen != band)
    })
    .inner
}

fn wavelength_ui<F: Fn(f64) -> usize>(
    ui: &mut egui::Ui,
    band: usize,
    count: usize,
    scale: &SpectralScale<'_, F>,
) -> Option<usize> {
    let finite = || scale.values.iter().copied().filter(|v| v.is_finite());
    // The ends of the list, not of its values: cheap, and only the speed of a drag depends on it.
    let width = match (finite().next(), finite().next_back()) {
        (Some(first), Some(last)) => (last - first).abs(),
        _ => 0.0,
    };
    let field = NumberField {
        name: scale.name,
        value: scale.values.get(band).copied(),
        speed: width / 400.0,
        resolution: apart(scale.values, band),
        width: NumberField::WIDTH,
        range: f64::MIN..=f64::MAX,
        numbers: Numbers::Real,
    };
    let typed = number_field(ui, &field);
    ui.label(scale.unit);
    let nearest = (scale.nearest)(typed?);
    (nearest < count).then_some(nearest)
}

/// How far a band is from the nearer one beside it.
fn apart(values: &[f64], band: usize) -> f64 {
    let value = values.get(band).copied().unwrap_or(f64::NAN);
    let beside = [band.checked_sub(1), band.checked_add(1)];
    (beside.into_iter().flatten())
        .filter_map(|beside| Some((values.get(beside)? - value).abs()))
        .filter(|difference| difference.is_normal())
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    const WAVELENGTHS: [f64; 5] = [400.0, 450.5, 520.0, 700.0, 690.0];

    fn nearest(wavelength: f64) -> usize {
        let distance = |&i: &usize| (WAVELENGTHS[i] - wavelength).abs();
        (0..5)
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap_or(0)
    }

    fn harness(band: usize) -> Harness<'static, usize> {
        Harness::builder().with_size((600.0, 60.0)).build_ui_state(
            |ui, band: &mut usize| {
                let scale = SpectralScale {
                    values: &WAVELENGTHS,
                    name: "Wavelength",
                    unit: "nm",
                    nearest,
                };
                if let Some(new) = bar_ui(ui, *band, 5, Some(scale)) {
                    assert_ne!(new, *band);
                    *band = new;
                }
            },
            band,
        )
    }

    #[test]
    fn arrow_keys_on_the_slider_change_the_band() {
        let mut harness = harness(2);
        harness.get_by_label("Band").focus();
        harness.run_ok();
        for (key, band) in [(Key::ArrowRight, 3), (Key::ArrowLeft, 2), (Key::PageUp, 4)] {
            harness.key_press(key);
            harness.run_ok();
            assert_eq!(*harness.state(), band, "{key:?}");
        }
    }

    #[test]
    fn buttons_step_and_stop_at_the_ends() {
        let mut harness = harness(3);
        for band in [4, 4] {
            harness.get_by_label("Next band").click();
            harness.run_ok();
            assert_eq!(*harness.state(), band);
        }
        for band in [3, 2, 1, 0, 0] {
            harness.get_by_label("Previous band").click();
            harness.run_ok();
            assert_eq!(*harness.state(), band);
        }
    }

    fn typed(harness: &mut Harness<'_, usize>, label: &str, text: &str) {
        harness.get_by_label(label).click();
        harness.run_ok();
        harness.get_by_label(label).type_text(text);
        harness.run_ok();
        harness.key_press(Key::Enter);
        harness.run_ok();
    }

    #[test]
    fn a_typed_wavelength_snaps_to_the_nearest_band() {
        let mut harness = harness(0);
        typed(&mut harness, "Wavelength", "692.1");
        assert_eq!(*harness.state(), 4);
        assert_eq!(
            harness.get_by_label("Wavelength").value().as_deref(),
            Some("690")
        );
        typed(&mut harness, "Wavelength", "9e9");
        assert_eq!(*harness.state(), 3);
        typed(&mut harness, "Wavelength", "blue");
        assert_eq!(*harness.state(), 3);
    }

    #[test]
    fn a_typed_number_is_the_band() {
        let mut harness = harness(0);
        typed(&mut harness, "Band number", "2");
        assert_eq!(*harness.state(), 2);
    }

    #[test]
    fn a_cube_without_bands_or_wavelengths_does_no_harm() {
        for count in [0, 1] {
            let mut harness = Harness::new_ui(move |ui| {
                let bar = BandBar {
                    band: 0,
                    count,
                    wavelengths: None,
                };
                assert_eq!(band_bar(ui, &bar), None);
            });
            harness.run_ok();
        }
    }
}
