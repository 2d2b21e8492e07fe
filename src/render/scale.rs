//! How brightness grows between the limits.

use super::ParseError;
use std::fmt;

/// The strength of the bend of [`Scale::Asinh`].
const ASINH_STRENGTH: f64 = 10.0;
/// The strength of the bend of [`Scale::Log`], the one of astronomy's DS9.
const LOG_STRENGTH: f64 = 1000.0;

/// A curve from 0..=1 to 0..=1 that is applied to the normalised value `t`.
///
/// As text `linear`, `log`, `sqrt`, `asinh` or `gamma:2.2`.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub enum Scale {
    /// `t`
    #[default]
    Linear,
    /// `log1p(1000 t) / log1p(1000)`
    Log,
    /// `sqrt(t)`
    Sqrt,
    /// `asinh(10 t) / asinh(10)`
    Asinh,
    /// `t^(1/g)`: brighter for `g` above 1.
    Gamma(f64),
}

impl Scale {
    /// The curve at `t`.
    #[inline]
    #[must_use]
    pub fn apply(self, t: f64) -> f64 {
        match self {
            Self::Linear => t,
            Self::Log => (LOG_STRENGTH * t).ln_1p() / LOG_STRENGTH.ln_1p(),
            Self::Sqrt => t.sqrt(),
            Self::Asinh => (ASINH_STRENGTH * t).asinh() / ASINH_STRENGTH.asinh(),
            Self::Gamma(gamma) => t.powf(1.0 / gamma),
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Log => f.write_str("log"),
            Self::Sqrt => f.write_str("sqrt"),
            Self::Asinh => f.write_str("asinh"),
            Self::Gamma(gamma) => write!(f, "gamma:{gamma}"),
        }
    }
}

impl std::str::FromStr for Scale {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.to_ascii_lowercase().as_str() {
            "linear" => Ok(Self::Linear),
            "log" => Ok(Self::Log),
            "sqrt" => Ok(Self::Sqrt),
            "asinh" => Ok(Self::Asinh),
            lower => lower
                .strip_prefix("gamma:")
                .and_then(|gamma| gamma.trim().parse().ok())
                .filter(|gamma: &f64| gamma.is_finite() && *gamma > 0.0)
                .map(Self::Gamma)
                .ok_or_else(|| ParseError::Scale {
                    given: text.to_owned(),
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_there_and_back() {
        for text in ["linear", "log", "sqrt", "asinh", "gamma:2.2"] {
            assert_eq!(text.parse::<Scale>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "cubic",
            "gamma",
            "gamma:",
            "gamma:0",
            "gamma:-1",
            "gamma:nan",
            "gamma:inf",
        ] {
            assert!(
                text.parse::<Scale>()
                    .unwrap_err()
                    .to_string()
                    .contains("linear"),
                "{text}"
            );
        }
        assert_eq!(Scale::default(), Scale::Linear);
    }

    #[test]
    fn curves_keep_their_ends_and_rise() {
        for scale in [
            Scale::Linear,
            Scale::Log,
            Scale::Sqrt,
            Scale::Asinh,
            Scale::Gamma(2.2),
            Scale::Gamma(0.5),
        ] {
            assert_eq!(scale.apply(0.0), 0.0, "{scale}");
            assert!((scale.apply(1.0) - 1.0).abs() < 1e-15, "{scale}");
            assert!(scale.apply(0.3) < scale.apply(0.4), "{scale}");
        }
        assert_eq!(Scale::Sqrt.apply(0.25), 0.5);
        assert!((Scale::Gamma(2.0).apply(0.25) - 0.5).abs() < 1e-15);
        // ln(501) / ln(1001) and asinh(5) / asinh(10)
        assert!((Scale::Log.apply(0.5) - 0.899_815_7).abs() < 1e-6);
        assert!((Scale::Asinh.apply(0.5) - 0.771_269_6).abs() < 1e-6);
    }
}
