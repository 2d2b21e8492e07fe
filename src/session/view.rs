//! How one array is looked at: axes, indices, bands, colours, camera, pins. Plain data that can be saved.
//!
//! A view may come from a file of another version or belong to an array that has changed since: [`ViewState::made_valid_for`]
//! clamps and fills, and never refuses.

use super::camera::Camera;
use super::table::{TableAxes, TableView};
use super::value_faces::ValueFace;
use crate::dataset::{AxisRoles, Bands, Dataset, Item, three_bands};
use crate::render::{Colormap, MaskedCells, Scale, Stretch};
use serde::{Deserialize, Serialize};

/// More pins would be more curves than can be told apart.
pub const MAX_PINS: usize = 24;

/// A part of [`AxisRoles`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisRole {
    /// Rows of the picture.
    Rows,
    /// Columns of the picture.
    Columns,
    /// The spectrum.
    Spectrum,
}

/// What is shown of the bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// [`ViewState::band`] through a colormap.
    Single,
    /// [`ViewState::rgb`] as red, green and blue.
    Composite,
    /// The mean of all from the first to the last of [`ViewState::mean`], through a colormap.
    Mean,
}

/// A pixel whose spectrum stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Index along the rows axis.
    pub row: usize,
    /// Index along the columns axis.
    pub col: usize,
    /// Which of the pin colours.
    pub color: usize,
}

/// How one array is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewState {
    /// `None` for less than two dimensions.
    pub axes: Option<AxisRoles>,
    /// Index of each axis that is neither rows, columns nor spectrum; the others are zero.
    pub index: Vec<usize>,
    /// One band or three.
    pub mode: Mode,
    /// The band of [`Mode::Single`].
    pub band: usize,
    /// The red, green and blue bands of [`Mode::Composite`].
    pub rgb: [usize; 3],
    /// The first and the last band of [`Mode::Mean`].
    #[serde(default = "all_bands")]
    pub mean: [usize; 2],
    /// How limits are found.
    pub stretch: Stretch,
    /// How those of red, green and blue are found where it is another way.
    #[serde(default)]
    pub channel_stretch: [Option<Stretch>; 3],
    /// The curve between the limits.
    pub scale: Scale,
    /// Colours of a single band.
    pub colormap: Colormap,
    /// How masked cells are shown.
    #[serde(default)]
    pub masked: MaskedCells,
    /// Zoom and position.
    pub camera: Camera,
    /// Pixels whose spectra stay.
    pub pins: Vec<Pin>,
    /// The cells as a table.
    #[serde(default)]
    pub table: TableView,
    /// How a value that is no array is shown, if that was chosen.
    #[serde(default)]
    pub value_face: Option<ValueFace>,
    /// `[column, row]` the pointer is or was over last. Starts in the middle.
    #[serde(skip)]
    pub cursor: Option<[usize; 2]>,
}

impl ViewState {
    /// The first look at an item: the picture that the dataset suggests, stretched between percentiles; an image in colours
    /// as cameras and screens mean them.
    #[must_use]
    pub fn first_look(dataset: &Dataset, item: &Item) -> Self {
        let shape = item.layout().map_or(&[][..], |layout| &layout.shape);
        let first = dataset.first_picture(item);
        let axes = first.map(|(axes, _)| axes);
        let axis = axes.and_then(|axes| axes.band);
        let bands = axis.map_or(0, |axis| length(shape, axis));
        let wavelengths = axis.and_then(|axis| dataset.wavelengths_along(item, axis));
        let (mode, band, rgb) = match first {
            Some((_, Bands::Composite(rgb))) => (Mode::Composite, bands / 2, rgb),
            Some((_, Bands::Single(band))) => (Mode::Single, band, three_bands(bands, wavelengths)),
            _ => (Mode::Single, 0, three_bands(bands, wavelengths)),
        };
        let stretch = match dataset.is_colour_image(item) {
            true => Stretch::Fixed { lo: 0.0, hi: 255.0 },
            false => Stretch::default(),
        };
        let state = Self {
            axes,
            index: Vec::new(),
            mode,
            band,
            rgb,
            mean: all_bands(),
            stretch,
            channel_stretch: [None; 3],
            scale: Scale::Linear,
            colormap: Colormap::Viridis,
            masked: MaskedCells::default(),
            camera: Camera::Fit,
            pins: Vec::new(),
            table: TableView::default(),
            value_face: None,
            cursor: None,
        };
        state.made_valid_for(shape)
    }

    /// The nearest view that this shape allows.
    #[must_use]
    pub fn made_valid_for(mut self, shape: &[u64]) -> Self {
        self.axes = valid_axes(self.axes, shape);
        self.index = valid_index(&self.index, self.axes, shape);
        let bands = self
            .axes
            .and_then(|axes| axes.band)
            .map(|axis| length(shape, axis));
        let last_band = bands.unwrap_or(0).saturating_sub(1);
        self.band = self.band.min(last_band);
        // Those of another axis are no choice for this one.
        if self.rgb.iter().any(|band| *band > last_band) {
            self.rgb = three_bands(bands.unwrap_or(0), None).map(|band| band.min(last_band));
        }
        let [first, last] = self.mean.map(|band| band.min(last_band));
        self.mean = [first.min(last), last];
        if bands.is_none_or(|count| count < 2) {
            self.mode = Mode::Single;
        }
        let [columns, rows] = self.picture_size(shape);
        self.pins.retain(|pin| pin.col < columns && pin.row < rows);
        self.pins.truncate(MAX_PINS);
        let table = TableAxes::of(&self, shape.len()).size(shape);
        self.table = self.table.made_valid_for(table);
        let middle = self.middle(shape);
        self.cursor = self
            .cursor
            .filter(|[x, y]| *x < columns && *y < rows)
            .or(Some(middle));
        self
    }

    /// Columns and rows of the picture.
    #[must_use]
    pub fn picture_size(&self, shape: &[u64]) -> [usize; 2] {
        self.axes.map_or([0, 0], |axes| {
            [length(shape, axes.x), length(shape, axes.y)]
        })
    }

    /// `[column, row]` in the middle of the picture.
    #[must_use]
    pub fn middle(&self, shape: &[u64]) -> [usize; 2] {
        self.picture_size(shape).map(|len| len / 2)
    }

    /// A table has cells of one band.
    #[must_use]
    pub fn shown_mode(&self) -> Mode {
        if self.table.is_shown {
            Mode::Single
        } else {
            self.mode
        }
    }

    /// The bands that are shown: none, one, or red, green and blue; the two ends of a mean.
    #[must_use]
    pub fn shown_bands(&self) -> &[usize] {
        match (self.axes.and_then(|axes| axes.band), self.shown_mode()) {
            (None, _) => &[],
            (Some(_), Mode::Single) => std::slice::from_ref(&self.band),
            (Some(_), Mode::Composite) => &self.rgb,
            (Some(_), Mode::Mean) => &self.mean,
        }
    }

    /// How the limits of each shown plane are found: one, or those of red, green and blue.
    #[must_use]
    pub fn stretches(&self) -> Vec<Stretch> {
        match self.shown_mode() {
            Mode::Composite => {
                let own = self.channel_stretch.iter();
                own.map(|own| own.unwrap_or(self.stretch)).collect()
            }
            Mode::Single | Mode::Mean => vec![self.stretch],
        }
    }

    /// The bands that a change of what is shown is about.
    #[must_use]
    pub fn bands_meant(&self) -> Vec<usize> {
        match (self.shown_mode(), self.mean) {
            (Mode::Mean, [first, last]) if self.axes.is_some_and(|axes| axes.band.is_some()) => {
                (first..=last).collect()
            }
            _ => self.shown_bands().to_vec(),
        }
    }

    /// Gives an axis a role; what had the role before takes the role the axis had.
    pub fn set_axis(&mut self, role: AxisRole, axis: usize) {
        let Some(old) = self.axes else { return };
        let mut axes = old;
        let before = match role {
            AxisRole::Rows => Some(std::mem::replace(&mut axes.y, axis)),
            AxisRole::Columns => Some(std::mem::replace(&mut axes.x, axis)),
            AxisRole::Spectrum => axes.band.replace(axis),
        };
        if old.y == axis && role != AxisRole::Rows {
            axes.y = before.unwrap_or(old.y);
        }
        if old.x == axis && role != AxisRole::Columns {
            axes.x = before.unwrap_or(old.x);
        }
        if old.band == Some(axis) && role != AxisRole::Spectrum {
            axes.band = before;
        }
        let is_same_picture = (axes.y, axes.x) == (old.y, old.x);
        self.axes = Some(axes);
        if !is_same_picture {
            self.pins.clear();
            self.table = TableView {
                is_shown: self.table.is_shown,
                has_colours: self.table.has_colours,
                ..TableView::default()
            };
            self.cursor = None;
            self.camera = Camera::Fit;
        }
    }

    /// The first pin colour that is free.
    #[must_use]
    pub fn free_color(&self) -> usize {
        (0..)
            .find(|color| self.pins.iter().all(|pin| pin.color != *color))
            .unwrap_or(0)
    }
}

/// Ends of a mean over all bands, however many there are.
fn all_bands() -> [usize; 2] {
    [0, usize::MAX]
}

/// What an axis is, whatever it is shown as: `y`, `x`, `band`, or `axis 3`. The usual roles tell which is which.
#[must_use]
pub fn axis_name(usual: Option<AxisRoles>, axis: usize) -> String {
    match usual {
        Some(usual) if usual.y == axis => "y".to_owned(),
        Some(usual) if usual.x == axis => "x".to_owned(),
        Some(usual) if usual.band == Some(axis) => "band".to_owned(),
        _ => format!("axis {axis}"),
    }
}

/// Length of an axis; 0 where there is none.
pub(super) fn length(shape: &[u64], axis: usize) -> usize {
    shape
        .get(axis)
        .and_then(|len| usize::try_from(*len).ok())
        .unwrap_or(0)
}

fn valid_axes(axes: Option<AxisRoles>, shape: &[u64]) -> Option<AxisRoles> {
    let guess = AxisRoles::guess(shape, None)?;
    let axes = axes.unwrap_or(guess);
    let count = shape.len();
    if axes.y >= count || axes.x >= count || axes.y == axes.x {
        return Some(guess);
    }
    let band = axes
        .band
        .filter(|band| *band < count && *band != axes.y && *band != axes.x);
    // With a third axis there is always a spectrum to look at.
    let free = || {
        (0..count)
            .rev()
            .find(|axis| *axis != axes.y && *axis != axes.x)
    };
    Some(AxisRoles {
        band: band.or_else(free),
        ..axes
    })
}

fn valid_index(index: &[usize], axes: Option<AxisRoles>, shape: &[u64]) -> Vec<usize> {
    let has_role =
        |axis| axes.is_some_and(|axes| axes.y == axis || axes.x == axis || axes.band == Some(axis));
    let clamped = |axis| {
        index
            .get(axis)
            .copied()
            .unwrap_or(0)
            .min(length(shape, axis).saturating_sub(1))
    };
    (0..shape.len())
        .map(|axis| if has_role(axis) { 0 } else { clamped(axis) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(shape: &[u64]) -> ViewState {
        ViewState {
            axes: (shape.len() >= 2).then(|| AxisRoles {
                y: 0,
                x: 1,
                band: (shape.len() > 2).then_some(2),
            }),
            index: Vec::new(),
            mode: Mode::Single,
            band: 0,
            rgb: [0; 3],
            mean: all_bands(),
            stretch: Stretch::MinMax,
            channel_stretch: [None; 3],
            scale: Scale::Linear,
            colormap: Colormap::Viridis,
            masked: MaskedCells::default(),
            camera: Camera::Fit,
            pins: Vec::new(),
            table: TableView::default(),
            value_face: None,
            cursor: None,
        }
        .made_valid_for(shape)
    }

    #[test]
    fn a_smaller_array_clamps_the_view() {
        let mut view = look(&[10, 20, 30]);
        view.band = 29;
        view.rgb = [29, 10, 0];
        view.pins = vec![
            Pin {
                row: 9,
                col: 19,
                color: 0,
            },
            Pin {
                row: 1,
                col: 1,
                color: 1,
            },
        ];
        view.cursor = Some([19, 9]);
        let view = view.made_valid_for(&[5, 6, 7]);
        assert_eq!((view.band, view.rgb), (6, [5, 3, 1]));
        assert_eq!(view.mean, [0, 6]);
        assert_eq!(
            view.pins,
            [Pin {
                row: 1,
                col: 1,
                color: 1
            }]
        );
        assert_eq!(view.cursor, Some([3, 2]));
    }

    #[test]
    fn nothing_is_refused() {
        let mut view = look(&[10, 20, 30]);
        view.axes = Some(AxisRoles {
            y: 7,
            x: 7,
            band: Some(9),
        });
        view.index = vec![usize::MAX; 3];
        for shape in [
            &[][..],
            &[3],
            &[0, 0],
            &[2, 3],
            &[1, 2, 3],
            &[9, 8, 7, 6, 5, 4],
        ] {
            let valid = view.clone().made_valid_for(shape);
            assert_eq!(valid.index.len(), shape.len());
            assert_eq!(valid.axes.is_some(), shape.len() >= 2, "{shape:?}");
        }
    }

    #[test]
    fn axes_swap_roles() {
        let mut view = look(&[10, 20, 30]);
        view.set_axis(AxisRole::Rows, 2);
        assert_eq!(
            view.axes,
            Some(AxisRoles {
                y: 2,
                x: 1,
                band: Some(0)
            })
        );
        view.set_axis(AxisRole::Columns, 2);
        assert_eq!(
            view.axes,
            Some(AxisRoles {
                y: 1,
                x: 2,
                band: Some(0)
            })
        );
        view.set_axis(AxisRole::Spectrum, 1);
        assert_eq!(
            view.axes,
            Some(AxisRoles {
                y: 0,
                x: 2,
                band: Some(1)
            })
        );
    }

    #[test]
    fn an_axis_without_a_role_gives_its_index_up() {
        let mut view = look(&[4, 5, 6, 7]);
        view.index = vec![0, 0, 0, 3];
        view.set_axis(AxisRole::Spectrum, 3);
        let view = view.made_valid_for(&[4, 5, 6, 7]);
        assert_eq!(
            view.axes,
            Some(AxisRoles {
                y: 0,
                x: 1,
                band: Some(3)
            })
        );
        assert_eq!(view.index, [0, 0, 0, 0]);
    }

    #[test]
    fn axes_keep_their_names_whatever_they_are_shown_as() {
        let usual = AxisRoles::guess(&[4, 5, 6, 7], None);
        let names = [0, 1, 2, 3].map(|axis| axis_name(usual, axis));
        assert_eq!(names, ["axis 0", "y", "x", "band"]);
        let usual = AxisRoles::guess(&[7, 5, 6], Some(0));
        let names = [0, 1, 2].map(|axis| axis_name(usual, axis));
        assert_eq!(names, ["band", "y", "x"]);
        assert_eq!(axis_name(None, 0), "axis 0");
    }

    #[test]
    fn views_survive_a_file() -> Result<(), serde_json::Error> {
        let view = look(&[4, 5, 6]);
        let text = serde_json::to_string(&view)?;
        let read: ViewState = serde_json::from_str(&text)?;
        assert_eq!(read.made_valid_for(&[4, 5, 6]), view);
        Ok(())
    }
}
