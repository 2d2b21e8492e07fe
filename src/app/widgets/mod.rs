//! Widgets: they know design tokens and plain values, never the session.
//!
//! SKELETON with the agreed public interface; one file per widget. Every interactive part has an accessible label (given here
//! in quotes), since tests and screen readers find it by that.
#![allow(unused)]

use crate::dataset::{ItemKind, Wavelengths};
use crate::pickle::Value;
use crate::render::{Colormap, Scale, Stretch};
use crate::session::camera::Camera;
use eframe::egui;

// --- canvas.rs -----------------------------------------------------------------------------------------------------

/// One textured rectangle of the picture; later layers are painted over earlier ones.
pub struct Layer {
    pub texture: egui::TextureId,
    /** image pixels covered */
    pub x: std::ops::Range<usize>,
    pub y: std::ops::Range<usize>,
}

/// A pinned pixel. (`xy`: column, row)
pub struct Marker {
    pub xy: [usize; 2],
    pub color: egui::Color32,
    pub label: String,
}

pub struct Canvas<'a> {
    /// Columns, rows of the whole picture.
    pub size: [usize; 2],
    pub layers: &'a [Layer],
    pub camera: Camera,
    pub markers: &'a [Marker],
    /// Names of the two axes, drawn at the edge with ticks in pixel indices.
    pub axis_names: [&'a str; 2],
    /// Drawn in each visible pixel when zoomed in far enough that the text fits (about 48 points); asked only for visible pixels.
    pub value_text: Option<&'a dyn Fn([usize; 2]) -> Option<String>>,
}

#[derive(Debug, Default)]
pub struct CanvasEvents {
    pub camera: Option<Camera>,
    /// Pixel under the pointer: `Some(None)` = the pointer has left the picture; `None` = unchanged since the last frame is not tracked here, so report each frame while hovered.
    pub hover: Option<Option<[usize; 2]>>,
    /// Primary click (not a drag) on a pixel.
    pub click: Option<[usize; 2]>,
    /// Pixels now visible and points per pixel, for level of detail.
    pub visible: Option<([std::ops::Range<usize>; 2], f64)>,
}

/// "Picture": wheel or pinch zooms at the cursor, drag pans, double click fits; keyboard when focused: `+` `-` `0` (fit) `1` (1:1), arrows pan.
/// Nearest-neighbour magnification; a checker in `tokens.no_data` under the picture; cells without data are transparent in the layers.
pub fn canvas(ui: &mut egui::Ui, canvas: &Canvas<'_>) -> CanvasEvents {
    todo!()
}

// --- spectrum_plot.rs ------------------------------------------------------------------------------------------------

pub struct Curve<'a> {
    pub name: &'a str,
    pub color: egui::Color32,
    /// In the order to draw; NaN y = a gap.
    pub points: &'a [[f64; 2]],
    /// ± one sigma, parallel to points.
    pub sigma: Option<&'a [f64]>,
}
pub struct SpectrumPlot<'a> {
    pub curves: &'a [Curve<'a>],
    /// `Wavelength (nm)` or `Band`
    pub x_label: &'a str,
    pub y_label: &'a str,
    /// x positions of the shown band (one, grey/accent) or of the red, green and blue bands (three, in these colours), with a short label.
    pub markers: &'a [(f64, egui::Color32, &'a str)],
    /// Text in the middle while there is no curve, e.g. `Move over the picture to see spectra`.
    pub empty_hint: &'a str,
    pub id: &'a str,
}
#[derive(Debug, Default)]
pub struct SpectrumEvents {
    /// Marker index and the x it was dragged (or, by a click in the plot, sent) to. The caller snaps to a band.
    pub marker_moved: Option<(usize, f64)>,
    /// x, y under the pointer.
    pub hover: Option<[f64; 2]>,
}
/// "Spectrum": egui_plot; auto bounds unless the user zoomed (double click resets); legend; pointer coordinates as text; markers are vertical lines that can be dragged
/// (wide grab zone, resize cursor); many points are decimated to about two per screen column (min/max).
pub fn spectrum_plot(ui: &mut egui::Ui, plot: &SpectrumPlot<'_>) -> SpectrumEvents {
    todo!()
}

// --- band_bar.rs, index_slider.rs ---------------------------------------------------------------------------------------

pub struct BandBar<'a> {
    pub band: usize,
    pub count: usize,
    pub wavelengths: Option<&'a Wavelengths>,
}
/// "Band" slider over the whole width, "Band number" typed, "Wavelength" typed (snaps to the nearest), "Previous band" / "Next band" buttons; the chosen band if it changed.
/// Slider with arrow keys ±1, Page ±10. Shows wavelength and unit beside it.
pub fn band_bar(ui: &mut egui::Ui, bar: &BandBar<'_>) -> Option<usize> {
    todo!()
}
/// A labelled slider plus typed number for one axis that is neither shown nor the spectrum.
pub fn index_slider(ui: &mut egui::Ui, label: &str, index: usize, len: usize) -> Option<usize> {
    todo!()
}

// --- scale_editor.rs -----------------------------------------------------------------------------------------------------

/// "Stretch" menu (min–max; percentiles 2–98, 1–99, 0.5–99.5, 5-95 and typed; fixed) with "Low"/"High" typed fields that show the limits in use (typing makes it fixed), "Scale", "Colormap" picker with
/// drawn previews, a horizontal colour bar with the limits at its ends. Read-only `used` are the numbers the picture was painted with (one per channel).
pub struct ScaleEditor<'a> {
    pub stretch: Stretch,
    pub scale: Scale,
    pub colormap: Option<Colormap>,
    pub used: &'a [Option<(f64, f64)>],
    /** e.g. `exact` or `from a sample of 1.2 M cells` */
    pub used_note: &'a str,
}
#[derive(Debug, Default, PartialEq)]
pub struct ScaleEvents {
    pub stretch: Option<Stretch>,
    pub scale: Option<Scale>,
    pub colormap: Option<Colormap>,
}
pub fn scale_editor(ui: &mut egui::Ui, editor: &ScaleEditor<'_>) -> ScaleEvents {
    todo!()
}

// --- kind_icon.rs, value_tree.rs -------------------------------------------------------------------------------------------

/// A small painted symbol (no font glyph) for a kind of item, with its name as tooltip and accessible label.
pub fn kind_icon(ui: &mut egui::Ui, kind: ItemKind, masked: bool) -> egui::Response {
    todo!()
}
/// Collapsible tree of a decoded value, virtual: 1 000 000 children cost as much as ten (children in ranges of 100 when there are more than 200). Texts over several lines shown
/// as such under "Show all"; copy of a value as Python literal by context menu. Recursive references (cycles) must not recurse.
pub fn value_tree(ui: &mut egui::Ui, id_salt: &str, value: &Value) {
    todo!()
}
/// Fuzzy? no: plain, case-insensitive search box with a clear button; label "Search keys". Returns the new text when it changed.
pub fn search_box(ui: &mut egui::Ui, text: &str, hint: &str) -> Option<String> {
    todo!()
}
