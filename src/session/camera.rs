//! Where a picture is looked at: fit to the view, or a centre and a zoom.
//!
//! Plain arithmetic in `f64`: no toolkit, no state beyond the [`Camera`] value itself, no animation.
//!
//! Two spaces. *Image* coordinates `[x, y]` have pixel centres at integers and row 0 on top, so
//! pixel 0 covers -0.5..0.5. *View* coordinates are points from the top left of the view.
//!
//! What is drawn is a matter of the screen's own pixels: each shows the cell that its centre falls on. A [`Projection`] lies
//! on them, so that what is drawn, read out, marked and picked is the same cell at every scale: the picture begins between
//! two of them, and where cells are larger, their size is a multiple of a `grain`, so that no edge comes closer to a centre
//! than a graphics processor can tell.

use std::ops::Range;

/// Largest zoom reached by zooming, in view points for one image pixel; a picture so small that
/// fitting it needs more is let in to its fit.
pub const MAX_ZOOM: f64 = 200.0;
/// The smallest zoom reached by zooming, as a part of the zoom that fits the picture.
const MIN_ZOOM_OF_FIT: f64 = 0.25;
/// A drag leaves at least so many view points of the picture in sight.
const KEPT_IN_SIGHT: f64 = 32.0;

/// Which part of a screen pixel the sides of cells are multiples of, that are so many screen pixels long.
fn grain(side: f64) -> f64 {
    // As fine as the single precision of textures can tell: their error grows with the side.
    (side.log2().floor().exp2() / 128.0).min(0.25)
}

/// As it is drawn: cells that are smaller than screen pixels have no edges to see.
fn drawn_side(side: f64) -> f64 {
    // One to one in spite of what is rounded in it.
    if side < 1.0 - 1e-6 {
        side
    } else {
        (side / grain(side)).round() * grain(side)
    }
}

/// What the user chose to look at; meaningful for any picture and view size.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub enum Camera {
    /// The whole picture, centred, aspect kept; follows the view's size.
    #[default]
    Fit,
    /// Independent of the view's size.
    Free {
        /// In the middle of the view, in image coordinates.
        centre: [f64; 2],
        /// View points for one image pixel.
        zoom: f64,
    },
}

/// A camera resolved for one picture (columns, rows), one view size and one scale of the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// As it was asked for.
    centre: [f64; 2],
    zoom: f64,
    fit: f64,
    picture: [usize; 2],
    /// In points.
    view: [f64; 2],
    /// The same in screen pixels.
    pixels: [f64; 2],
    /// Screen pixels in a point.
    scale: f64,
    /// As it is drawn: screen pixels for one cell, and how many of them the picture begins from the top left of the view.
    side: f64,
    start: [f64; 2],
}

impl Camera {
    /// Resolves the camera; `scale` is screen pixels in a point, `view` is in points and begins between two screen pixels. A
    /// view or picture without extent counts as one point or pixel, and a free camera with numbers that make no sense (a
    /// damaged session file) as `Fit`.
    pub fn project(self, picture: [usize; 2], view: [f64; 2], scale: f64) -> Projection {
        let view = view.map(|v| if v.is_finite() { v.max(1.0) } else { 1.0 });
        let scale = if scale.is_normal() && scale > 0.0 {
            scale
        } else {
            1.0
        };
        let pixels = view.map(|v| (v * scale).round().max(1.0));
        let fit_side = (0..2)
            .map(|i| pixels[i] / picture[i].max(1) as f64)
            .fold(f64::INFINITY, f64::min);
        // Not beyond the view.
        let fit_side = if fit_side < 1.0 {
            fit_side
        } else {
            (fit_side / grain(fit_side)).floor() * grain(fit_side)
        };
        let fit = fit_side / scale;
        let middle = picture.map(|n| (n as f64 - 1.0) / 2.0);
        let (centre, zoom) = match self {
            Self::Free { centre, zoom }
                if zoom.is_normal() && zoom > 0.0 && centre.iter().all(|c| c.is_finite()) =>
            {
                (centre, zoom)
            }
            Self::Fit | Self::Free { .. } => (middle, fit),
        };
        let side = drawn_side(zoom * scale);
        let start = |i: usize| (pixels[i] / 2.0 - (centre[i] + 0.5) * side).round();
        Projection {
            centre,
            zoom,
            fit,
            picture,
            view,
            pixels,
            scale,
            side,
            start: [start(0), start(1)],
        }
    }
}

impl Projection {
    /// View points for one image pixel.
    pub fn zoom(&self) -> f64 {
        self.side / self.scale
    }

    /// Where an image point is in the view.
    pub fn view_from_image(&self, image: [f64; 2]) -> [f64; 2] {
        std::array::from_fn(|i| (self.start[i] + (image[i] + 0.5) * self.side) / self.scale)
    }

    /// Which image point a view position shows.
    pub fn image_from_view(&self, view: [f64; 2]) -> [f64; 2] {
        std::array::from_fn(|i| (view[i] * self.scale - self.start[i]) / self.side - 0.5)
    }

    /// The centre of the screen pixel that a pointer is in. Many systems give a pixel's corner, in single precision.
    pub fn pointed_at(&self, view: [f64; 2]) -> [f64; 2] {
        view.map(|v| ((v * self.scale + 1.0 / 256.0).floor() + 0.5) / self.scale)
    }

    /// The cell that the screen pixel under a view position shows, which may be outside of the picture.
    pub fn cell_near(&self, view: [f64; 2]) -> [f64; 2] {
        let look = self.look() / self.scale;
        let centre = self.pointed_at(view).map(|v| v + look);
        self.image_from_view(centre).map(|v| (v + 0.5).floor())
    }

    /// The pixel under a view position, `None` outside of the picture.
    pub fn pixel_at(&self, view: [f64; 2]) -> Option<[usize; 2]> {
        let cell = self.cell_near(view);
        let is_inside = |i: usize| cell[i] >= 0.0 && cell[i] < self.picture[i] as f64;
        (is_inside(0) && is_inside(1)).then(|| cell.map(|index| index as usize))
    }

    /// The screen pixels of a row or column of cells along one axis (0: columns), in view points; and which share of the
    /// cells lies before the first and before the last of them: where a texture of them is to be taken from, so that each
    /// screen pixel shows its cell. `None` where none is in sight.
    pub fn span(&self, axis: usize, cells: &Range<usize>) -> Option<[Range<f64>; 2]> {
        let edge = |cell: usize| self.start[axis] + cell as f64 * self.side;
        let (from, to) = (edge(cells.start), edge(cells.end));
        let look = self.look();
        // The first screen pixel whose centre is not before an edge.
        let first = |edge: f64| (edge - 0.5 - look).ceil();
        let (start, end) = (first(from).max(0.0), first(to).min(self.pixels[axis]));
        if start.is_nan() || end.is_nan() || start >= end {
            return None;
        }
        let share = |pixel: f64| (pixel + look - from) / (to - from);
        Some([
            start / self.scale..end / self.scale,
            share(start)..share(end),
        ])
    }

    /// How far from its centre it is looked which cell a screen pixel shows: between two places that an edge can have. Cells
    /// that are no larger have nothing to gain by it.
    fn look(&self) -> f64 {
        if self.side > 1.0 {
            grain(self.side) / 2.0
        } else {
            0.0
        }
    }

    /// Zoom by a factor, keeping the image point under `at` (view coordinates) where it is.
    ///
    /// The zoom stays between a quarter of the fit and [`MAX_ZOOM`], or where it is if it is
    /// beyond already.
    pub fn zoomed(&self, at: [f64; 2], factor: f64) -> Camera {
        let low = (self.fit * MIN_ZOOM_OF_FIT).min(self.zoom);
        let high = MAX_ZOOM.max(self.fit).max(self.zoom);
        let wanted = self.zoom * factor;
        let zoom = if wanted.is_nan() || factor <= 0.0 {
            self.zoom
        } else {
            wanted.clamp(low, high)
        };
        let anchor = self.image_from_view(at);
        // As it will be drawn, so that what is rounded of each cell moves nothing under the pointer.
        let side = drawn_side(zoom * self.scale);
        let centre =
            std::array::from_fn(|i| anchor[i] - (at[i] * self.scale - self.pixels[i] / 2.0) / side);
        if self.pixel_at(at).is_some() {
            return Camera::Free { centre, zoom };
        }
        // Beside the picture: zooming in there would push it out of sight.
        Camera::Free {
            centre: self.kept_in_sight(centre, zoom),
            zoom,
        }
    }

    /// Moved by a drag of so many view points; some of the picture stays in sight.
    pub fn panned(&self, by: [f64; 2]) -> Camera {
        let centre = std::array::from_fn(|i| self.centre[i] - by[i] / self.zoom());
        Camera::Free {
            centre: self.kept_in_sight(centre, self.zoom),
            zoom: self.zoom,
        }
    }

    /// One image pixel = one *physical* pixel.
    pub fn one_to_one(&self) -> Camera {
        let zoom = 1.0 / self.scale;
        Camera::Free {
            centre: self.kept_in_sight(self.centre, zoom),
            zoom,
        }
    }

    /// Visible pixels: x start..end, y start..end (clamped to the picture, may be empty).
    pub fn visible(&self) -> [Range<usize>; 2] {
        let first = self.image_from_view([0.0, 0.0]);
        let last = self.image_from_view(self.view);
        std::array::from_fn(|i| {
            // Float to integer conversion saturates, which is the clamp wanted below zero.
            let start = ((first[i] + 0.5).floor() as usize).min(self.picture[i]);
            let end = ((last[i] + 0.5).ceil() as usize).min(self.picture[i]);
            start..end.max(start)
        })
    }

    fn kept_in_sight(&self, centre: [f64; 2], zoom: f64) -> [f64; 2] {
        std::array::from_fn(|i| {
            let extent = self.picture[i].max(1) as f64 * zoom;
            let kept = KEPT_IN_SIGHT.min(extent).min(self.view[i]);
            let beyond = (self.view[i] / 2.0 - kept) / zoom;
            let low = -0.5 - beyond;
            let high = self.picture[i].max(1) as f64 - 0.5 + beyond;
            if low <= high {
                centre[i].clamp(low, high)
            } else {
                f64::midpoint(low, high)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64, scale: f64) -> bool {
        (a - b).abs() <= 1e-9 * scale.max(1.0)
    }

    #[test]
    fn fit_shows_the_whole_picture_centred() {
        let p = Camera::Fit.project([100, 50], [400.0, 400.0], 1.0);
        assert_eq!(p.zoom(), 4.0);
        assert_eq!(p.view_from_image([-0.5, -0.5]), [0.0, 100.0]);
        assert_eq!(p.view_from_image([99.5, 49.5]), [400.0, 300.0]);
        assert_eq!(p.visible(), [0..100, 0..50]);
    }

    #[test]
    fn pixels_have_their_centres_at_integers() {
        let p = Camera::Fit.project([4, 4], [400.0, 400.0], 1.0);
        for y in 0..4 {
            for x in 0..4 {
                let left_top = [x as f64 * 100.0, y as f64 * 100.0];
                for inside in [0.0, 50.0, 99.99] {
                    let at = left_top.map(|v| v + inside);
                    assert_eq!(p.pixel_at(at), Some([x, y]), "{at:?}");
                }
            }
        }
        assert_eq!(p.view_from_image([0.0, 3.0]), [50.0, 350.0]);
        assert_eq!(p.pixel_at([-0.01, 10.0]), None);
        assert_eq!(p.pixel_at([10.0, 400.0]), None);
    }

    #[test]
    fn zoom_stops_at_its_limits() {
        let camera = |p: Projection, factor| match p.zoomed([10.0, 10.0], factor) {
            Camera::Free { zoom, .. } => zoom,
            Camera::Fit => panic!("zooming leaves fit"),
        };
        let p = Camera::Fit.project([100, 100], [400.0, 400.0], 1.0);
        assert_eq!(camera(p, 1e9), 200.0);
        assert_eq!(camera(p, 1e-9), 1.0);
        assert_eq!(camera(p, f64::NAN), 4.0);
        assert_eq!(camera(p, 0.0), 4.0);
        let one_pixel = Camera::Fit.project([1, 1], [400.0, 400.0], 1.0);
        assert_eq!(camera(one_pixel, 2.0), 400.0);
    }

    #[test]
    fn one_to_one_is_in_physical_pixels() {
        let p = Camera::Fit.project([1000, 1000], [400.0, 400.0], 2.0);
        let Camera::Free { centre, zoom } = p.one_to_one() else {
            panic!("free");
        };
        assert_eq!((centre, zoom), ([499.5, 499.5], 0.5));
    }

    /// Each screen pixel shows a cell of its own, and that is the one which is told, wherever the view begins and ends.
    #[test]
    fn one_to_one_is_sharp_at_every_scale_and_size() {
        for scale in [1.0, 1.25, 1.5, 2.0] {
            for [width, height] in [
                [600.0, 400.0],
                [601.0, 400.0],
                [600.0, 401.0],
                [601.0, 401.0],
            ] {
                for picture in [[300, 400], [301, 400], [300, 401], [301, 401]] {
                    let view = [width / scale, height / scale];
                    let fit = Camera::Fit.project(picture, view, scale);
                    let p = fit.one_to_one().project(picture, view, scale);
                    for axis in 0..2 {
                        let [place, share] = p.span(axis, &(0..picture[axis])).unwrap();
                        let [first, end] = [place.start, place.end].map(|v| v * scale);
                        assert!((first - first.round()).abs() < 1e-9);
                        let cells = (share.end - share.start) * picture[axis] as f64;
                        assert!((end - first - cells).abs() < 1e-9, "one cell each");
                        let before = share.start * picture[axis] as f64;
                        for pixel in first.round() as usize..end.round() as usize {
                            let cell = before + pixel as f64 - first;
                            let at = p.cell_near([f64::from((pixel as f64 / scale) as f32); 2]);
                            assert_eq!(at[axis], cell.round(), "{scale} {view:?} {picture:?}");
                            assert!((cell - cell.round()).abs() < 1e-9);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_drag_does_not_lose_the_picture() {
        let p = Camera::Fit.project([100, 100], [400.0, 400.0], 1.0);
        for by in [[1e6, 0.0], [-1e6, 0.0], [0.0, 1e6], [1e6, -1e6]] {
            let visible = p
                .panned(by)
                .project([100, 100], [400.0, 400.0], 1.0)
                .visible();
            for i in 0..2 {
                let expected = if by[i] == 0.0 { 100 } else { 8 };
                assert_eq!(visible[i].len(), expected, "{by:?} {visible:?}");
            }
        }
    }

    #[test]
    fn nonsense_is_fit() {
        for zoom in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let camera = Camera::Free {
                centre: [0.0; 2],
                zoom,
            };
            assert_eq!(camera.project([4, 4], [8.0, 8.0], 1.0).zoom(), 2.0);
        }
        let p = Camera::Fit.project([0, 0], [0.0, f64::NAN], 1.0);
        assert_eq!(p.visible(), [0..0, 0..0]);
        assert_eq!(p.pixel_at([0.5, 0.5]), None);
    }

    fn projection() -> impl Strategy<Value = Projection> {
        let size = 1usize..100_000;
        let view = 1.0..4000.0;
        let free = (-1e5..2e5, -1e5..2e5, 1e-3..200.0).prop_map(|(x, y, zoom)| Camera::Free {
            centre: [x, y],
            zoom,
        });
        let camera = prop_oneof![Just(Camera::Fit), free];
        let scale = prop_oneof![Just(1.0), Just(1.25), Just(1.5), Just(2.0), 0.5..3.0];
        (camera, [size.clone(), size], [view.clone(), view], scale)
            .prop_map(|(camera, picture, view, scale)| camera.project(picture, view, scale))
    }

    proptest! {
        #[test]
        fn view_and_image_are_inverse(p in projection(), x in -1e4..1e4, y in -1e4..1e4) {
            let image = p.image_from_view([x, y]);
            let back = p.view_from_image(image);
            let scale = 1e6 * p.zoom().max(1.0);
            prop_assert!(close(back[0], x, scale) && close(back[1], y, scale), "{back:?}");
        }

        #[test]
        fn zooming_keeps_the_point_under_the_cursor(
            p in projection(),
            at in [0.0..1.0, 0.0..1.0],
            factor in 0.01..100.0,
        ) {
            let before: [f64; 2] = std::array::from_fn(|i| at[i] * p.picture[i] as f64 - 0.5);
            let at = p.view_from_image(before);
            prop_assume!(p.pixel_at(at).is_some());
            let zoomed = p.zoomed(at, factor).project(p.picture, p.view, p.scale);
            let after = zoomed.view_from_image(before);
            for i in 0..2 {
                let off = (after[i] - at[i]).abs() * p.scale;
                prop_assert!(off <= 0.5 + 1e-9 * at[i].abs(), "{after:?} {at:?}");
            }
        }

        #[test]
        fn fit_is_centred_and_touches(
            picture in [1usize..5000, 1usize..5000],
            view in [1.0..4000.0, 1.0..4000.0],
            scale in 1.0..3.0,
        ) {
            let p = Camera::Fit.project(picture, view, scale);
            let first = p.view_from_image([-0.5, -0.5]).map(|v| v * scale);
            let last = p.view_from_image(picture.map(|n| n as f64 - 0.5)).map(|v| v * scale);
            let mut touches = false;
            for i in 0..2 {
                let behind = (view[i] * scale).round().max(1.0) - last[i];
                prop_assert!(first[i] >= -0.501 && behind >= -0.501 && (first[i] - behind).abs() <= 1.001);
                let rounded = if p.side < 1.0 { 0.0 } else { picture[i] as f64 * grain(p.side) };
                touches |= first[i] + behind <= 1.001 + rounded;
            }
            prop_assert!(touches);
        }

        /// As a graphics processor finds the cell of each screen pixel, in single precision.
        #[test]
        fn what_is_drawn_is_what_is_read_out(p in projection(), at in 0.0..1.0_f64) {
            for axis in 0..2 {
                let all = 0..p.picture[axis];
                let pixels = p.pixels[axis];
                let pixel = (at * pixels).floor().min(pixels - 1.0);
                let corner = f64::from((pixel / p.scale) as f32);
                let drawn = p.span(axis, &all).and_then(|[place, share]: [Range<f64>; 2]| {
                    let place = [place.start, place.end].map(|v: f64| (v * p.scale).round());
                    let way = (pixel + 0.5 - place[0]) / (place[1] - place[0]);
                    let share = [share.start, share.end].map(|v: f64| v as f32);
                    let cell = (share[0] + (share[1] - share[0]) * way as f32) * all.len() as f32;
                    (0.0..1.0).contains(&way).then_some(f64::from(cell.floor()))
                });
                let cell = p.cell_near([corner; 2])[axis];
                let told = Some(cell).filter(|cell| *cell >= 0.0 && *cell < all.len() as f64);
                // More cells than pixels: what is drawn is something between them.
                if p.side >= 1.0 && all.len() <= 4096 {
                    prop_assert_eq!(drawn.map(|cell| cell.min(all.len() as f64 - 1.0)), told);
                } else {
                    prop_assert_eq!(drawn.is_some(), told.is_some());
                }
            }
        }

        #[test]
        fn visible_is_what_pixel_at_finds(p in projection(), at in [0.0..1.0, 0.0..1.0]) {
            let at = [at[0] * p.view[0], at[1] * p.view[1]];
            if let Some([x, y]) = p.pixel_at(at) {
                let [xs, ys] = p.visible();
                prop_assert!(xs.contains(&x) && ys.contains(&y));
            }
        }

        #[test]
        fn a_drag_moves_by_what_was_dragged(by in [-50.0..50.0, -50.0..50.0]) {
            let p = Camera::Fit.project([200, 100], [400.0, 400.0], 1.0);
            let moved = p.panned(by).project([200, 100], [400.0, 400.0], 1.0);
            let at = moved.view_from_image([10.0, 20.0]);
            let was = p.view_from_image([10.0, 20.0]);
            prop_assert!((0..2).all(|i| (at[i] - was[i] - by[i]).abs() <= 1.0));
        }
    }
}
