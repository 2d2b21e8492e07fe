//! Why a text names no stretch, scale or colormap.

/// Says what was given and what would be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// No such stretch.
    #[error("'{given}' is no stretch: expected auto, minmax, percentile:LO,HI or fixed:LO,HI")]
    Stretch {
        /// The whole text.
        given: String,
    },
    /// No such scale.
    #[error("'{given}' is no scale: expected linear, log, sqrt, asinh or gamma:G with G above 0")]
    Scale {
        /// The whole text.
        given: String,
    },
    /// A percentile that is none.
    #[error("percentile {given} is not between 0 and 100")]
    Percentile {
        /// The number as written.
        given: String,
    },
    /// No such colormap.
    #[error("there is no colormap '{given}': expected one of {names}")]
    Colormap {
        /// The whole text.
        given: String,
        /// All names there are.
        names: String,
    },
}
