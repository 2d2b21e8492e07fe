//! The built-in colormaps; `assets/colormaps/README.md` says where they come from.

use super::ParseError;
use std::fmt;
use std::sync::LazyLock;

/// 256 colours, darkest value first.
type Table = [[u8; 3]; 256];

macro_rules! colormaps {
    ($($variant:ident, $name:literal, $doc:literal;)*) => {
        /// One of the built-in colormaps.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum Colormap {
            $(#[doc = $doc] $variant,)*
        }

        impl Default for Colormap {
            fn default() -> Self {
                Self::Viridis
            }
        }

        impl Colormap {
            /// All of them, in the order to offer them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As in a command line, lower case.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../assets/colormaps/", $name, ".txt")),)*
                }
            }
        }
    };
}

colormaps! {
    Viridis, "viridis", "Sequential, perceptually uniform, readable with any colour vision.";
    Magma, "magma", "Sequential, perceptually uniform, from black over purple to cream.";
    Inferno, "inferno", "Sequential, perceptually uniform, from black over red to yellow.";
    Plasma, "plasma", "Sequential, perceptually uniform, from blue to yellow.";
    Cividis, "cividis", "Sequential, made to look the same with red-green colour blindness.";
    Turbo, "turbo", "Rainbow with even lightness steps.";
    Gray, "gray", "From black to white.";
    Hot, "hot", "From black over red and yellow to white.";
    Jet, "jet", "The old rainbow; shows edges that are not in the data.";
    Coolwarm, "coolwarm", "Diverging, from blue over grey to red.";
    RdBu, "rdbu", "Diverging, from red over white to blue.";
    Spectral, "spectral", "Diverging, from red over yellow to blue.";
    Twilight, "twilight", "Cyclic: both ends are the same.";
    Cubehelix, "cubehelix", "Sequential, evenly brighter while the hue turns.";
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    Colormap::ALL
        .iter()
        .map(|colormap| parse(colormap.text()))
        .collect()
});
/// Only for a variant without a table, which cannot be.
static BLACK: Table = [[0; 3]; 256];

impl Colormap {
    /// The colour of each byte, as red, green, blue.
    #[must_use]
    pub fn table(self) -> &'static Table {
        // Variants are numbered in the order of `ALL`.
        TABLES.get(self as usize).unwrap_or(&BLACK)
    }
}

/// Lines of `rrggbb`. The files are part of the program; a test checks each of them.
fn parse(text: &str) -> Table {
    let mut table = BLACK;
    for (colour, line) in table.iter_mut().zip(text.lines()) {
        let rgb = u32::from_str_radix(line, 16).unwrap_or_default();
        let [_, red, green, blue] = rgb.to_be_bytes();
        *colour = [red, green, blue];
    }
    table
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Colormap {
    type Err = ParseError;

    /// By name, in upper or lower case.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .iter()
            .copied()
            .find(|colormap| colormap.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|colormap| colormap.name()).collect();
                ParseError::Colormap {
                    given: text.to_owned(),
                    names: names.join(", "),
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_256_colours() {
        for &colormap in Colormap::ALL {
            let lines: Vec<_> = colormap.text().lines().collect();
            assert_eq!(lines.len(), 256, "{colormap}");
            for line in lines {
                assert!(
                    line.len() == 6 && u32::from_str_radix(line, 16).is_ok(),
                    "{colormap}: {line}"
                );
            }
            assert_eq!(colormap.name().parse(), Ok(colormap));
        }
        assert!(Colormap::ALL.len() >= 12);
    }

    /// Colours read off Matplotlib 3.11.
    #[test]
    fn tables_belong_to_their_names() {
        for (colormap, first, middle, last) in [
            (
                Colormap::Viridis,
                [0x44, 0x01, 0x54],
                [0x21, 0x91, 0x8c],
                [0xfd, 0xe7, 0x25],
            ),
            (
                Colormap::Turbo,
                [0x30, 0x12, 0x3b],
                [0xa4, 0xfc, 0x3c],
                [0x7a, 0x04, 0x03],
            ),
            (
                Colormap::RdBu,
                [0x67, 0x00, 0x1f],
                [0xf6, 0xf7, 0xf7],
                [0x05, 0x30, 0x61],
            ),
            (
                Colormap::Jet,
                [0x00, 0x00, 0x80],
                [0x7d, 0xff, 0x7a],
                [0x80, 0x00, 0x00],
            ),
            (Colormap::Gray, [0, 0, 0], [128, 128, 128], [255, 255, 255]),
            (
                Colormap::Cubehelix,
                [0, 0, 0],
                [0xa1, 0x79, 0x4a],
                [255, 255, 255],
            ),
        ] {
            let table = colormap.table();
            assert_eq!(
                [table[0], table[128], table[255]],
                [first, middle, last],
                "{colormap}"
            );
        }
    }

    #[test]
    fn names() {
        assert_eq!(Colormap::default(), Colormap::Viridis);
        assert_eq!("RdBu".parse(), Ok(Colormap::RdBu));
        let error = "rainbow".parse::<Colormap>().unwrap_err().to_string();
        assert!(
            error.contains("rainbow")
                && error.contains("viridis, magma")
                && error.contains("cubehelix")
        );
    }
}
