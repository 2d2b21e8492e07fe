//! The spectrum axis of a cube: a number for each band, in the order of the bands.
//!
//! Wavelengths in most files, but also wavenumbers, frequencies, energies, velocities: whatever the values are, they stay
//! by band. Where they come from is in [`super::spectral_keys`].

use super::units::Unit;

/// Red, green and blue of a true-colour composite, in nanometres.
const TRUE_COLOUR_NM: [f64; 3] = [650.0, 550.0, 460.0];
/// How far a band may be from the colour it stands for, in nanometres.
const TRUE_COLOUR_TOLERANCE_NM: f64 = 50.0;
/// Up to one step in so many may go back, and the axis still has an order of its own: where detectors overlap.
const STEPS_PER_STEP_BACK: usize = 8;

/// A number for each band. They are not always sorted, may be negative, may have gaps and may be missing; nothing here
/// assumes equal spacing.
#[derive(Debug, Clone, PartialEq)]
pub struct Wavelengths {
    /// NaN where there is none.
    values: Vec<f64>,
    unit: Option<Unit>,
    /// The key they are stored under.
    key: String,
    span: [f64; 2],
}

impl Wavelengths {
    /// From the values by band, NaN where there is none; `unit` is what the file says of it.
    ///
    /// # Errors
    /// Why these are no axis.
    pub(super) fn new(
        mut values: Vec<f64>,
        unit: Option<Unit>,
        key: &str,
    ) -> Result<Self, &'static str> {
        for value in &mut values {
            if !value.is_finite() {
                *value = f64::NAN;
            }
        }
        let present = values.iter().copied().filter(|value| !value.is_nan());
        let span = present.fold([f64::INFINITY, f64::NEG_INFINITY], |[min, max], value| {
            [min.min(value), max.max(value)]
        });
        let [min, max] = span;
        if values.is_empty() {
            return Err("it is empty");
        }
        if min > max {
            return Err("none of its values is a finite number");
        }
        if min == max && values.len() > 1 {
            return Err("all of its values are the same");
        }
        Ok(Self {
            unit: unit.or_else(|| Unit::plausible(span)),
            values,
            key: key.to_owned(),
            span,
        })
    }

    /// The key they are stored under.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How many bands they are for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// By band; NaN where there is none.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Of one band; `None` where it has none.
    #[must_use]
    pub fn of(&self, band: usize) -> Option<f64> {
        let value = self.values.get(band).copied();
        value.filter(|value| !value.is_nan())
    }

    /// `nm`, `cm⁻¹`; empty where it is not known.
    #[must_use]
    pub fn unit(&self) -> &str {
        self.unit.as_ref().map_or("", Unit::text)
    }

    /// What they are: `Wavelength`, `Frequency`; without a unit the key they are stored under.
    #[must_use]
    pub fn quantity(&self) -> &str {
        let quantity = self.unit.as_ref().and_then(Unit::quantity);
        quantity.unwrap_or(&self.key)
    }

    /// For an axis of a plot: `Wavelength (nm)`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.unit() {
            "" => self.quantity().to_owned(),
            unit => format!("{} ({unit})", self.quantity()),
        }
    }

    /// The value of a band with its unit, in as many digits as tell it from its neighbours: `646.72 nm`.
    #[must_use]
    pub fn text(&self, band: usize) -> Option<String> {
        let text = self.digits(band)?;
        Some(match self.unit() {
            "" => text,
            unit => format!("{text} {unit}"),
        })
    }

    /// The value of a band in as many digits as tell it from its neighbours.
    #[must_use]
    pub fn digits(&self, band: usize) -> Option<String> {
        let value = self.of(band)?;
        let near = [band.checked_sub(1), band.checked_add(1)];
        let steps = near.into_iter().flatten();
        let steps = steps.filter_map(|other| Some((self.of(other)? - value).abs()));
        let step = steps.filter(|step| *step > 0.0).fold(f64::NAN, f64::min);
        Some(digits(value, step))
    }

    /// Bands in the order in which a line through them is drawn, without those that have no value. That is the order of the
    /// bands, also where a few steps go back (detectors that overlap); an axis without an order is sorted.
    #[must_use]
    pub fn drawn_order(&self) -> Vec<usize> {
        let present = (0..self.values.len()).filter(|band| self.of(*band).is_some());
        let mut order: Vec<usize> = present.collect();
        let at = |band: &usize| self.of(*band).unwrap_or(f64::NAN);
        let steps = order.iter().zip(order.iter().skip(1));
        let (mut up, mut down) = (0, 0);
        for (one, next) in steps {
            up += usize::from(at(next) > at(one));
            down += usize::from(at(next) < at(one));
        }
        if up.min(down) * STEPS_PER_STEP_BACK > up + down {
            // The sort is stable, so equal values keep the order of their bands.
            order.sort_by(|a, b| at(a).total_cmp(&at(b)));
        }
        order
    }

    /// Band whose value is nearest, in the stored unit; the first of equals.
    #[must_use]
    pub fn nearest(&self, value: f64) -> usize {
        let distance = |other: f64| (other - value).abs();
        let present = self.values.iter().enumerate();
        present
            .filter(|(_, other)| !other.is_nan())
            .min_by(|(_, a), (_, b)| distance(**a).total_cmp(&distance(**b)))
            .map_or(0, |(band, _)| band)
    }

    /// Band nearest to a value that was asked for: in nanometres where the unit is a length, else in the unit of the axis.
    ///
    /// # Errors
    /// The value lies outside the axis; the text says from where to where that goes.
    pub fn asked(&self, asked: f64) -> Result<usize, String> {
        let scale = self.unit.as_ref().and_then(Unit::nanometres);
        let value = asked / scale.unwrap_or(1.0);
        let [min, max] = self.span;
        let [below, above] = self.end_widths();
        if (min - below..=max + above).contains(&value) {
            return Ok(self.nearest(value));
        }
        let unit = match scale {
            Some(_) => " nm",
            None => "",
        };
        let own = |end: f64| digits(end, (max - min) / self.values.len() as f64);
        let [first, last] = [min, max].map(own);
        let range = match self.unit() {
            "" => format!("{first} to {last}"),
            unit => format!("{first} to {last} {unit}"),
        };
        Err(format!(
            "{asked}{unit} is outside of {:?}: {range}",
            self.key
        ))
    }

    /// Half the step at both ends: so far the outermost bands reach.
    fn end_widths(&self) -> [f64; 2] {
        let [min, max] = self.span;
        let present = || self.values.iter().filter(|value| !value.is_nan());
        let next = present().filter(|value| **value > min);
        let next = next.copied().fold(f64::INFINITY, f64::min);
        let before = present().filter(|value| **value < max);
        let before = before.copied().fold(f64::NEG_INFINITY, f64::max);
        [next - min, max - before].map(|step| if step.is_finite() { step / 2.0 } else { 0.0 })
    }

    /// Red, green and blue bands for a true-colour composite, if there is a band near each of these colours. Only of an axis
    /// in nanometres or micrometres.
    #[must_use]
    pub fn true_colour(&self) -> Option<[usize; 3]> {
        let unit = self.unit.as_ref().filter(|unit| unit.is_of_colours())?;
        let scale = unit.nanometres()?;
        let bands = TRUE_COLOUR_NM.map(|nm| self.nearest(nm / scale));
        let is_near = |(band, nm): (usize, f64)| {
            let centre = self.of(band).unwrap_or(f64::NAN) * scale;
            (centre - nm).abs() <= TRUE_COLOUR_TOLERANCE_NM
        };
        let all_near = bands.into_iter().zip(TRUE_COLOUR_NM).all(is_near);
        let [red, green, blue] = bands;
        (all_near && red != green && green != blue).then_some(bands)
    }

    /// Three bands from the long end of the axis to the short, where there are no true colours.
    #[must_use]
    pub fn long_to_short(&self) -> Option<[usize; 3]> {
        let mut order: Vec<usize> = (0..self.values.len())
            .filter(|band| self.of(*band).is_some())
            .collect();
        let at = |band: &usize| self.of(*band).unwrap_or(f64::NAN);
        order.sort_by(|a, b| at(a).total_cmp(&at(b)));
        let place = |part: usize| order.get(order.len() * part / 4).copied();
        Some([place(3)?, place(2)?, place(1)?])
    }
}

/// A value to a hundredth of a step, so that neighbours differ; without trailing zeros. Very large and very small ones with
/// an exponent.
fn digits(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    // What spectrometers have at least; seven digits where no neighbour tells.
    let usual = if magnitude < 2.0 { 4.0 } else { 2.0 };
    let places = match step.is_normal() {
        true => (2.0 - step.log10().floor()).max(usual),
        false => (6.0 - magnitude).max(usual),
    };
    let trimmed = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    if (-5.0..12.0).contains(&magnitude) {
        let places = places.clamp(0.0, 17.0) as usize;
        return trimmed(format!("{value:.places$}"));
    }
    let places = (places + magnitude).clamp(0.0, 17.0) as usize;
    let text = format!("{value:.places$e}");
    match text.split_once('e') {
        Some((digits, exponent)) => format!("{}e{exponent}", trimmed(digits.to_owned())),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Wavelengths {
        Wavelengths::new(values.to_vec(), None, "wavelengths").unwrap()
    }

    #[test]
    fn nearest_does_not_need_sorted_centres() {
        let unsorted = of(&[700.0, 400.0, 650.0, 550.0, 650.0]);
        assert_eq!(unsorted.nearest(640.0), 2);
        assert_eq!(unsorted.nearest(1e9), 0);
        assert_eq!(unsorted.values(), &[700.0, 400.0, 650.0, 550.0, 650.0]);
    }

    #[test]
    fn an_axis_is_drawn_in_its_own_order() {
        let order = |values: &[f64]| of(values).drawn_order();
        assert_eq!(order(&[-300.0, -100.0, 0.0, 200.0]), [0, 1, 2, 3]);
        assert_eq!(order(&[900.0, 700.0, 500.0]), [0, 1, 2]);
        // Two detectors.
        let mut overlap: Vec<f64> = (0..20).map(|band| 400.0 + 10.0 * f64::from(band)).collect();
        overlap.extend((0..20).map(|band| 585.0 + 10.0 * f64::from(band)));
        assert_eq!(order(&overlap), (0..40).collect::<Vec<_>>());
        // No order at all.
        assert_eq!(order(&[700.0, 400.0, 650.0, 550.0, 650.0]), [1, 3, 2, 4, 0]);
        assert_eq!(order(&[f64::NAN, 500.0, f64::INFINITY, 600.0]), [1, 3]);
    }

    #[test]
    fn micrometres_are_recognised() {
        let swir = of(&[0.45, 0.55, 0.65, 2.5]);
        assert_eq!(
            (swir.unit(), swir.asked(560.0), swir.true_colour()),
            ("µm", Ok(1), Some([2, 1, 0]))
        );
    }

    #[test]
    fn a_composite_needs_bands_in_the_visible() {
        assert_eq!(
            of(&[492.4, 559.8, 664.6, 832.8]).true_colour(),
            Some([2, 1, 0])
        );
        assert_eq!(of(&[540.84, 580.0, 650.0, 2976.2]).true_colour(), None);
        assert_eq!(of(&[500.0, 600.0]).true_colour(), None);
    }

    #[test]
    fn true_colours_need_nanometres_or_micrometres() {
        let visible: Vec<f64> = (0..61).map(|band| 100.0 + 55.0 * f64::from(band)).collect();
        let raman = of(&visible);
        assert_eq!((raman.unit(), raman.true_colour()), ("", None));
        let named = Wavelengths::new(visible.clone(), Unit::named("cm-1"), "wavelengths").unwrap();
        assert_eq!(
            (named.title(), named.true_colour()),
            ("Wavenumber (cm⁻¹)".to_owned(), None)
        );
        let named = Wavelengths::new(visible, Unit::named("nm"), "wavelengths").unwrap();
        assert!(named.true_colour().is_some());
    }

    #[test]
    fn a_value_outside_the_axis_is_refused() {
        let axis = of(&[400.02, 410.0, 420.0, f64::NAN, 2489.11]);
        assert_eq!(axis.asked(400.0), Ok(0));
        assert_eq!(axis.asked(2489.11), Ok(4));
        for outside in [300.0, 9e4, -5.0, f64::NAN, f64::INFINITY] {
            let why = axis.asked(outside).unwrap_err();
            assert!(why.contains("400.02 to 2489.11 nm"), "{why}");
        }
        let velocity = of(&[-300.0, -290.0, -280.0]);
        assert_eq!(velocity.asked(-291.0), Ok(1));
    }

    #[test]
    fn what_is_no_axis_says_why() {
        let why = |values: &[f64]| Wavelengths::new(values.to_vec(), None, "w").unwrap_err();
        assert_eq!(why(&[]), "it is empty");
        assert!(why(&[f64::NAN, f64::INFINITY]).contains("finite"));
        assert!(why(&[0.0, 0.0]).contains("the same"));
    }

    #[test]
    fn values_have_the_digits_that_tell_them_apart() {
        let text = |values: &[f64], band| of(values).text(band).unwrap();
        assert_eq!(text(&[400.019_989, 409.0], 0), "400.02 nm");
        assert_eq!(text(&[637.0, 646.72, 656.0], 1), "646.72 nm");
        assert_eq!(text(&[700.0, 710.0], 0), "700 nm");
        assert_eq!(text(&[4e-7, 4.05e-7], 1), "4.05e-7 m");
        assert_eq!(text(&[1_420_405_752.0, 1_420_405_753.0], 0), "1420405752");
        assert_eq!(text(&[0.45, 0.5512, 0.65], 1), "0.5512 µm");
        assert_eq!(text(&[-300.0, -290.0], 0), "-300");
        assert_eq!(text(&[0.0, 1e-9], 1), "1e-9");
        assert_eq!(of(&[f64::NAN, 1.0, 2.0]).text(0), None);
    }
}
