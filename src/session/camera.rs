//! Where a picture is looked at: fit to the view, or a centre and a zoom.
//!
//! Plain arithmetic in `f64`: no toolkit, no state beyond the [`Camera`] value itself, no animation.
//!
//! Two spaces. *Image* coordinates `[x, y]` have pixel centres at integers and row 0 on top, so
//! pixel 0 covers -0.5..0.5. *View* coordinates are points from the top left of the view.

use std::ops::Range;

/// Largest zoom reached by zooming, in view points for one image pixel; a picture so small that
/// fitting it needs more is let in to its fit.
pub const MAX_ZOOM: f64 = 200.0;
/// The smallest zoom reached by zooming, as a part of the zoom that fits the picture.
const MIN_ZOOM_OF_FIT: f64 = 0.25;
/// A drag leaves at least so many view points of the picture in sight.
const KEPT_IN_SIGHT: f64 = 32.0;

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

/// A camera resolved for one picture (columns, rows) and one view size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    centre: [f64; 2],
    zoom: f64,
    fit: f64,
    picture: [usize; 2],
    view: [f64; 2],
}

impl Camera {
    /// Resolves the camera. A view or picture without extent counts as one point or pixel, and a
    /// free camera with numbers that make no sense (a damaged session file) as `Fit`.
    pub fn project(self, picture: [usize; 2], view: [f64; 2]) -> Projection {
        let view = view.map(|v| if v.is_finite() { v.max(1.0) } else { 1.0 });
        let fit = (0..2)
            .map(|i| view[i] / picture[i].max(1) as f64)
            .fold(f64::INFINITY, f64::min);
        let middle = picture.map(|n| (n as f64 - 1.0) / 2.0);
        let (centre, zoom) = match self {
            Self::Free { centre, zoom }
                if zoom.is_normal() && zoom > 0.0 && centre.iter().all(|c| c.is_finite()) =>
            {
                (centre, zoom)
            }
            Self::Fit | Self::Free { .. } => (middle, fit),
        };
        Projection {
            centre,
            zoom,
            fit,
            picture,
            view,
        }
    }
}

impl Projection {
    /// View points for one image pixel.
    pub fn zoom(&self) -> f64 {
        self.zoom
    }

    /// Where an image point is in the view.
    pub fn view_from_image(&self, image: [f64; 2]) -> [f64; 2] {
        std::array::from_fn(|i| (image[i] - self.centre[i]) * self.zoom + self.view[i] / 2.0)
    }

    /// Which image point a view position shows.
    pub fn image_from_view(&self, view: [f64; 2]) -> [f64; 2] {
        std::array::from_fn(|i| (view[i] - self.view[i] / 2.0) / self.zoom + self.centre[i])
    }

    /// The pixel under a view position, `None` outside of the picture.
    pub fn pixel_at(&self, view: [f64; 2]) -> Option<[usize; 2]> {
        let image = self.image_from_view(view);
        let mut pixel = [0; 2];
        for i in 0..2 {
            let index = (image[i] + 0.5).floor();
            if !(index >= 0.0 && index < self.picture[i] as f64) {
                return None;
            }
            pixel[i] = index as usize;
        }
        Some(pixel)
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
        let centre = std::array::from_fn(|i| anchor[i] - (at[i] - self.view[i] / 2.0) / zoom);
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
        let centre = std::array::from_fn(|i| self.centre[i] - by[i] / self.zoom);
        Camera::Free {
            centre: self.kept_in_sight(centre, self.zoom),
            zoom: self.zoom,
        }
    }

    /// One image pixel = one *physical* pixel.
    pub fn one_to_one(&self, pixels_per_point: f64) -> Camera {
        let zoom = 1.0 / pixels_per_point;
        if !zoom.is_normal() || zoom <= 0.0 {
            return Camera::Fit;
        }
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
        let p = Camera::Fit.project([100, 50], [400.0, 400.0]);
        assert_eq!(p.zoom(), 4.0);
        assert_eq!(p.view_from_image([-0.5, -0.5]), [0.0, 100.0]);
        assert_eq!(p.view_from_image([99.5, 49.5]), [400.0, 300.0]);
        assert_eq!(p.visible(), [0..100, 0..50]);
    }

    #[test]
    fn pixels_have_their_centres_at_integers() {
        let p = Camera::Fit.project([4, 4], [400.0, 400.0]);
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
        let p = Camera::Fit.project([100, 100], [400.0, 400.0]);
        assert_eq!(camera(p, 1e9), 200.0);
        assert_eq!(camera(p, 1e-9), 1.0);
        assert_eq!(camera(p, f64::NAN), 4.0);
        assert_eq!(camera(p, 0.0), 4.0);
        let one_pixel = Camera::Fit.project([1, 1], [400.0, 400.0]);
        assert_eq!(camera(one_pixel, 2.0), 400.0);
    }

    #[test]
    fn one_to_one_is_in_physical_pixels() {
        let p = Camera::Fit.project([1000, 1000], [400.0, 400.0]);
        let Camera::Free { centre, zoom } = p.one_to_one(2.0) else {
            panic!("free");
        };
        assert_eq!((centre, zoom), ([499.5, 499.5], 0.5));
    }

    #[test]
    fn a_drag_does_not_lose_the_picture() {
        let p = Camera::Fit.project([100, 100], [400.0, 400.0]);
        for by in [[1e6, 0.0], [-1e6, 0.0], [0.0, 1e6], [1e6, -1e6]] {
            let visible = p.panned(by).project([100, 100], [400.0, 400.0]).visible();
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
            assert_eq!(camera.project([4, 4], [8.0, 8.0]).zoom(), 2.0);
        }
        let p = Camera::Fit.project([0, 0], [0.0, f64::NAN]);
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
        (camera, [size.clone(), size], [view.clone(), view])
            .prop_map(|(camera, picture, view)| camera.project(picture, view))
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
            let zoomed = p.zoomed(at, factor).project(p.picture, p.view);
            let after = zoomed.view_from_image(before);
            prop_assert!(close(after[0], at[0], 1e7) && close(after[1], at[1], 1e7), "{after:?}");
        }

        #[test]
        fn fit_is_centred_and_touches(picture in [1usize..5000, 1usize..5000], view in [1.0..4000.0, 1.0..4000.0]) {
            let p = Camera::Fit.project(picture, view);
            let top_left = p.view_from_image([-0.5, -0.5]);
            let bottom_right = p.view_from_image(picture.map(|n| n as f64 - 0.5));
            for i in 0..2 {
                prop_assert!(top_left[i] >= -1e-6);
                prop_assert!(close(top_left[i], view[i] - bottom_right[i], 1e4));
            }
            prop_assert!(top_left[0].min(top_left[1]).abs() < 1e-6);
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
            let p = Camera::Fit.project([200, 100], [400.0, 400.0]);
            let moved = p.panned(by).project([200, 100], [400.0, 400.0]);
            let at = moved.view_from_image([10.0, 20.0]);
            let was = p.view_from_image([10.0, 20.0]);
            prop_assert!(close(at[0] - was[0], by[0], 1e3) && close(at[1] - was[1], by[1], 1e3));
        }
    }
}
