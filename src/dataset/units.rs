//! Units of a spectrum axis: what files call them, and what plain numbers make plausible.
//!
//! A unit that neither a file names nor its numbers make plausible is not known, and nobody is told one.

use std::fmt;

/// What an axis measures.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Quantity {
    /// A length; so many nanometres to the unit.
    Wavelength(f64),
    Wavenumber,
    Frequency,
    Energy,
    Velocity,
    Other,
}

/// The unit of a spectrum axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    text: String,
    quantity: Quantity,
}

/// Longer texts are no units.
const MAX_LENGTH: usize = 24;

/// As it is printed, how files spell it (in lower case), and what it measures.
const KNOWN: [(&str, &[&str], Quantity); 18] = [
    (
        "nm",
        &[
            "nm",
            "nanometer",
            "nanometers",
            "nanometre",
            "nanometres",
            "nanos",
        ],
        Quantity::Wavelength(1.0),
    ),
    (
        "µm",
        &[
            "µm",
            "μm",
            "um",
            "micron",
            "microns",
            "micrometer",
            "micrometers",
            "micrometre",
            "micrometres",
        ],
        Quantity::Wavelength(1e3),
    ),
    (
        "Å",
        &[
            "å",
            "aa",
            "a",
            "angstrom",
            "angstroms",
            "ångström",
            "ångstroms",
            "angström",
        ],
        Quantity::Wavelength(0.1),
    ),
    (
        "mm",
        &[
            "mm",
            "millimeter",
            "millimeters",
            "millimetre",
            "millimetres",
        ],
        Quantity::Wavelength(1e6),
    ),
    (
        "cm",
        &[
            "cm",
            "centimeter",
            "centimeters",
            "centimetre",
            "centimetres",
        ],
        Quantity::Wavelength(1e7),
    ),
    (
        "m",
        &["m", "meter", "meters", "metre", "metres"],
        Quantity::Wavelength(1e9),
    ),
    (
        "cm⁻¹",
        &[
            "cm⁻¹",
            "cm-1",
            "cm^-1",
            "cm**-1",
            "cm^{-1}",
            "1/cm",
            "cm1",
            "/cm",
            "percm",
            "kayser",
            "wavenumber",
            "wavenumbers",
            "reciprocalcentimeters",
        ],
        Quantity::Wavenumber,
    ),
    ("m⁻¹", &["m⁻¹", "m-1", "m^-1", "1/m"], Quantity::Wavenumber),
    ("Hz", &["hz", "hertz"], Quantity::Frequency),
    ("kHz", &["khz", "kilohertz"], Quantity::Frequency),
    ("MHz", &["mhz", "megahertz"], Quantity::Frequency),
    ("GHz", &["ghz", "gigahertz"], Quantity::Frequency),
    ("THz", &["thz", "terahertz"], Quantity::Frequency),
    (
        "eV",
        &["ev", "electronvolt", "electronvolts"],
        Quantity::Energy,
    ),
    (
        "keV",
        &["kev", "kiloelectronvolt", "kiloelectronvolts"],
        Quantity::Energy,
    ),
    (
        "m/s",
        &["m/s", "ms-1", "ms^-1", "m.s-1", "m*s^-1", "ms⁻¹"],
        Quantity::Velocity,
    ),
    (
        "km/s",
        &["km/s", "kms-1", "kms^-1", "km.s-1", "km*s^-1", "kms⁻¹"],
        Quantity::Velocity,
    ),
    // Prefixes differ in case only; energies of a spectrum are hardly ever this high.
    (
        "meV",
        &["millielectronvolt", "millielectronvolts"],
        Quantity::Energy,
    ),
];

/// What ENVI and others write where there is none.
const NONE: [&str; 5] = ["", "unknown", "none", "index", "n/a"];

impl Unit {
    /// The unit that a text names; `None` for what says that there is none, and for what is too long to be one.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text
            .strip_prefix(['(', '['])
            .and_then(|text| text.strip_suffix([')', ']']))
            .unwrap_or(text);
        let bare: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '_')
            .collect();
        let lower = bare.to_lowercase();
        if NONE.contains(&lower.as_str()) || text.chars().count() > MAX_LENGTH {
            return None;
        }
        if bare == "meV" {
            return Self::known("meV");
        }
        let found = KNOWN
            .iter()
            .find(|(_, spellings, _)| spellings.contains(&lower.as_str()));
        match found {
            Some((name, ..)) => Self::known(name),
            None if text.chars().any(char::is_control) => None,
            None => Some(Self {
                text: text.to_owned(),
                quantity: Quantity::Other,
            }),
        }
    }

    /// The same, for the end of a key such as `wavelengths_nm`: a known unit or nothing.
    #[must_use]
    pub(super) fn at_end_of_key(text: &str) -> Option<Self> {
        // A letter alone is more likely to number keys.
        let unit = Self::named(text).filter(|_| text.chars().count() > 1)?;
        (unit.quantity != Quantity::Other).then_some(unit)
    }

    fn known(name: &str) -> Option<Self> {
        let (text, _, quantity) = KNOWN.iter().find(|(text, ..)| *text == name)?;
        Some(Self {
            text: (*text).to_owned(),
            quantity: *quantity,
        })
    }

    /// The unit that the ends of an axis leave no doubt of: what spectrometers of the visible and near infrared cover, in
    /// nanometres, micrometres or metres. Wavenumbers, angstroms, energies and the far infrared have other numbers.
    #[must_use]
    pub(super) fn plausible([min, max]: [f64; 2]) -> Option<Self> {
        let within = |first: f64, last: f64| min >= first && max <= last;
        if within(300.0, 3000.0) {
            Self::known("nm")
        } else if within(0.3, 2.6) && min <= 0.6 {
            Self::known("µm")
        } else if within(3e-7, 3e-5) {
            Self::known("m")
        } else {
            None
        }
    }

    /// As it is printed: `nm`, `µm`, `cm⁻¹`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `Wavelength`, `Frequency`; `None` for a unit of anything else.
    #[must_use]
    pub fn quantity(&self) -> Option<&'static str> {
        match self.quantity {
            Quantity::Wavelength(_) => Some("Wavelength"),
            Quantity::Wavenumber => Some("Wavenumber"),
            Quantity::Frequency => Some("Frequency"),
            Quantity::Energy => Some("Energy"),
            Quantity::Velocity => Some("Velocity"),
            Quantity::Other => None,
        }
    }

    /// How many nanometres it is, if it is a length.
    #[must_use]
    pub fn nanometres(&self) -> Option<f64> {
        match self.quantity {
            Quantity::Wavelength(nanometres) => Some(nanometres),
            Quantity::Wavenumber
            | Quantity::Frequency
            | Quantity::Energy
            | Quantity::Velocity
            | Quantity::Other => None,
        }
    }

    /// Nanometres or micrometres: what true colours are chosen by.
    pub(super) fn is_of_colours(&self) -> bool {
        matches!(self.text.as_str(), "nm" | "µm")
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Option<String> {
        Unit::named(text).map(|unit| unit.text)
    }

    fn plausible(min: f64, max: f64) -> Option<String> {
        Unit::plausible([min, max]).map(|unit| unit.text)
    }

    #[test]
    fn units_are_read_however_they_are_spelled() {
        for (text, unit) in [
            ("Nanometers", "nm"),
            (" [nm] ", "nm"),
            ("Micrometers", "µm"),
            ("\u{3bc}m", "µm"),
            ("um", "µm"),
            ("Angstroms", "Å"),
            ("\u{212b}", "Å"),
            ("cm-1", "cm⁻¹"),
            ("Wavenumber", "cm⁻¹"),
            ("GHz", "GHz"),
            ("eV", "eV"),
            ("meV", "meV"),
            ("km s-1", "km/s"),
            ("m", "m"),
            ("Rydberg", "Rydberg"),
        ] {
            assert_eq!(named(text).as_deref(), Some(unit), "{text}");
        }
        for text in [
            "",
            "Unknown",
            "Index",
            "a sentence, which is no unit at all",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_visible_and_near_infrared_are_plausible() {
        // Sentinel-2, AVIRIS, the Moon Mineralogy Mapper; in micrometres and metres.
        for (min, max, unit) in [
            (492.4, 832.8, "nm"),
            (365.9, 2497.0, "nm"),
            (540.84, 2976.2, "nm"),
            (0.4, 2.5, "µm"),
            (4e-7, 7e-7, "m"),
        ] {
            assert_eq!(plausible(min, max).as_deref(), Some(unit), "{min} to {max}");
        }
        // A Raman shift, infrared wavenumbers, angstroms, the 21 cm line in Hz, the far infrared in µm, energies in eV,
        // velocities.
        for (min, max) in [
            (100.0, 3400.0),
            (400.0, 4000.0),
            (3800.0, 9200.0),
            (1.42e9, 1.421e9),
            (50.0, 200.0),
            (1.5, 3.1),
            (-300.0, 300.0),
        ] {
            assert_eq!(plausible(min, max), None, "{min} to {max}");
        }
    }
}
