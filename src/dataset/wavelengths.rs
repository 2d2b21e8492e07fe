//! Band centres of a cube.

/// Red, green and blue of a true-colour composite, in nanometres.
const TRUE_COLOUR_NM: [f64; 3] = [650.0, 550.0, 460.0];
/// How far a band may be from the colour it stands for, in nanometres.
const TRUE_COLOUR_TOLERANCE_NM: f64 = 50.0;
/// Below this every centre is taken for micrometres: nobody measures below 50 nm with these instruments.
const MICROMETRES_BELOW: f64 = 50.0;

/// Band centres, one for each band. They are not always sorted and may have gaps; nothing here assumes equal spacing.
#[derive(Debug, Clone, PartialEq)]
pub struct Wavelengths {
    values: Vec<f64>,
    ascending: Vec<usize>,
    is_micrometres: bool,
}

impl Wavelengths {
    /// From the centres as stored; `None` unless at least one is finite and positive.
    #[must_use]
    pub fn new(values: Vec<f64>) -> Option<Self> {
        let max = values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .fold(f64::NEG_INFINITY, f64::max);
        if max <= 0.0 {
            return None;
        }
        let mut ascending: Vec<usize> = (0..values.len()).collect();
        let at = |band: &usize| values.get(*band).copied().unwrap_or(f64::NAN);
        // `total_cmp` puts (positive) NaN last; the sort is stable, so equal centres keep their order.
        ascending.sort_by(|a, b| at(a).abs().total_cmp(&at(b).abs()));
        Some(Self {
            values,
            ascending,
            is_micrometres: max < MICROMETRES_BELOW,
        })
    }

    /// As stored, one for each band.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// `nm` or `µm`, guessed from the magnitude.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        if self.is_micrometres { "µm" } else { "nm" }
    }

    /// Bands by ascending wavelength (NaN last): the order in which a line plot is drawn.
    #[must_use]
    pub fn ascending(&self) -> &[usize] {
        &self.ascending
    }

    /// Band whose centre is nearest, in the stored unit; the first of equals.
    #[must_use]
    pub fn nearest(&self, wavelength: f64) -> usize {
        let distance = |value: f64| (value - wavelength).abs();
        let finite = self
            .values
            .iter()
            .enumerate()
            .filter(|(_, value)| value.is_finite());
        finite
            .min_by(|(_, a), (_, b)| distance(**a).total_cmp(&distance(**b)))
            .map_or(0, |(band, _)| band)
    }

    /// Band whose centre is nearest to a wavelength in nanometres.
    #[must_use]
    pub fn nearest_nm(&self, nanometres: f64) -> usize {
        self.nearest(nanometres / self.nm_per_unit())
    }

    /// Red, green and blue bands for a true-colour composite, if there is a band near each of these colours.
    #[must_use]
    pub fn true_colour(&self) -> Option<[usize; 3]> {
        let bands = TRUE_COLOUR_NM.map(|nm| self.nearest_nm(nm));
        let is_near = |(band, nm): (usize, f64)| {
            let centre = self.values.get(band).copied().unwrap_or(f64::NAN) * self.nm_per_unit();
            (centre - nm).abs() <= TRUE_COLOUR_TOLERANCE_NM
        };
        let all_near = bands.into_iter().zip(TRUE_COLOUR_NM).all(is_near);
        let [red, green, blue] = bands;
        (all_near && red != green && green != blue).then_some(bands)
    }

    fn nm_per_unit(&self) -> f64 {
        if self.is_micrometres { 1000.0 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Wavelengths {
        Wavelengths::new(values.to_vec()).unwrap()
    }

    #[test]
    fn nearest_does_not_need_sorted_centres() {
        let unsorted = of(&[700.0, 400.0, 650.0, 550.0, 650.0]);
        assert_eq!(unsorted.nearest(640.0), 2);
        assert_eq!(unsorted.nearest(1e9), 0);
        assert_eq!(unsorted.ascending(), &[1, 3, 2, 4, 0]);
    }

    #[test]
    fn micrometres_are_recognised() {
        let swir = of(&[0.45, 0.55, 0.65, 2.5]);
        assert_eq!(
            (swir.unit(), swir.nearest_nm(560.0), swir.true_colour()),
            ("µm", 1, Some([2, 1, 0]))
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
    fn nothing_finite_is_no_wavelengths() {
        assert_eq!(Wavelengths::new(vec![f64::NAN, 0.0]), None);
        let holes = of(&[f64::NAN, 500.0, f64::INFINITY]);
        assert_eq!((holes.nearest(1e6), holes.ascending()[0]), (1, 1));
    }
}
