//! Where a picture is looked at: fit to the view, or a centre and a zoom. Plain arithmetic, no toolkit.
//!
//! SKELETON with the agreed public interface. Image coordinates: pixel centres at integers, `[x, y]`, row 0 on top, so pixel 0
//! covers -0.5..0.5. View coordinates: points from the top left of the view.
#![allow(unused)]

#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub enum Camera {
    /// The whole picture, centred, aspect kept; follows the view's size.
    #[default]
    Fit,
    /// `centre` in image coordinates is in the middle of the view; `zoom` in view points for one image pixel.
    Free { centre: [f64; 2], zoom: f64 },
}

/// A camera resolved for one picture (columns, rows) and one view size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {/* … */}

impl Camera {
    pub fn project(self, picture: [usize; 2], view: [f64; 2]) -> Projection {
        todo!()
    }
}
impl Projection {
    pub fn zoom(&self) -> f64 {
        todo!()
    }
    pub fn view_from_image(&self, image: [f64; 2]) -> [f64; 2] {
        todo!()
    }
    pub fn image_from_view(&self, view: [f64; 2]) -> [f64; 2] {
        todo!()
    }
    /// The pixel under a view position, `None` outside of the picture.
    pub fn pixel_at(&self, view: [f64; 2]) -> Option<[usize; 2]> {
        todo!()
    }
    /// Zoom by a factor, keeping the image point under `at` (view coordinates) where it is.
    pub fn zoomed(&self, at: [f64; 2], factor: f64) -> Camera {
        todo!()
    }
    /// Moved by a drag of so many view points.
    pub fn panned(&self, by: [f64; 2]) -> Camera {
        todo!()
    }
    /// One image pixel = one *physical* pixel.
    pub fn one_to_one(&self, pixels_per_point: f64) -> Camera {
        todo!()
    }
    /// Visible pixels: x start..end, y start..end (clamped to the picture, may be empty).
    pub fn visible(&self) -> [std::ops::Range<usize>; 2] {
        todo!()
    }
}
