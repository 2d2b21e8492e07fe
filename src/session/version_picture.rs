//! Two versions of an array as a picture: where the shown band differs, and by how much.

use super::cut::Cut;
use super::picture::next_picture_id;
use super::tasks::TaskError;
use crate::array::{ArrayView, Plane, Samples, gather};
use crate::dataset::{Dataset, Item};
use crate::progress::Progress;
use crate::render::{self, Colormap, Limits, Scale};
use image::RgbaImage;
use ndarray::Array2;

/// Pixels of the longer side.
const SIDE: usize = 320;

/// Which picture of an array: that which is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionPlane {
    /// Axis of the rows.
    pub y: usize,
    /// Axis of the columns.
    pub x: usize,
    /// Index of each axis.
    pub at: Vec<usize>,
}

/// See the module.
#[derive(Debug)]
pub struct VersionPicture {
    /// Never used again.
    pub id: u64,
    /// Blue where the live version has less, red where it has more, transparent where one of them has no number.
    pub image: RgbaImage,
    /// The largest difference, which has the full colour.
    pub most: f64,
    /// Every so many cells in both directions.
    pub step: usize,
    /// Cells of it that are masked in one version only.
    pub masked_in_one: usize,
}

/// Of two versions of equal shape; `None` where they are no pictures, or nothing differs in this one.
pub(super) fn difference(
    dataset: &Dataset,
    [before, after]: [&Item; 2],
    plane: &VersionPlane,
    progress: &Progress,
) -> Result<Option<VersionPicture>, TaskError> {
    let (Ok(old), Ok(new)) = (dataset.array(before), dataset.array(after)) else {
        return Ok(None);
    };
    let size = |view: &ArrayView| {
        let length = |axis: usize| view.shape().get(axis).copied();
        length(plane.y).zip(length(plane.x))
    };
    let Some((rows, columns)) = size(&old).filter(|found| size(&new) == Some(*found)) else {
        return Ok(None);
    };
    let step = rows.max(columns).div_ceil(SIDE).max(1);
    let cut = Cut {
        y: plane.y,
        x: plane.x,
        at: plane.at.clone(),
        rows: 0..rows,
        columns: 0..columns,
        step,
    };
    let planes = gather(&[cut.of(&old)?, cut.of(&new)?], progress)?;
    let [old, new] = planes.as_slice() else {
        return Ok(None);
    };
    Ok(painted(old, new, step))
}

fn painted(old: &Plane, new: &Plane, step: usize) -> Option<VersionPicture> {
    let is_masked = |plane: &Plane, at: [usize; 2]| {
        let mask = plane.masked.as_ref();
        mask.and_then(|mask| mask.get(at)).copied().unwrap_or(false)
    };
    let mut most = 0.0_f64;
    let mut masked_in_one = 0;
    let differences = Array2::from_shape_fn(new.shape(), |(row, column)| {
        let at = [row, column];
        let masks = [is_masked(old, at), is_masked(new, at)];
        masked_in_one += usize::from(masks[0] != masks[1]);
        let values = old
            .samples
            .get(row, column)
            .zip(new.samples.get(row, column));
        match values.filter(|_| masks == [false; 2]) {
            Some((old, new)) if new - old != 0.0 => {
                let difference = new - old;
                if difference.is_finite() {
                    most = most.max(difference.abs());
                }
                difference
            }
            Some((old, new)) if old.is_finite() && new.is_finite() => 0.0,
            _ => f64::NAN,
        }
    });
    if most == 0.0 && masked_in_one == 0 {
        return None;
    }
    let plane = Plane {
        samples: Samples::F64(differences),
        masked: None,
    };
    let limits = Limits {
        lo: -most.max(f64::MIN_POSITIVE),
        hi: most.max(f64::MIN_POSITIVE),
    };
    Some(VersionPicture {
        id: next_picture_id(),
        image: render::single(&plane, Some(limits), Scale::Linear, Colormap::Coolwarm),
        most,
        step,
        masked_in_one,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn plane(samples: Array2<f64>, masked: Option<Array2<bool>>) -> Plane {
        Plane {
            samples: Samples::F64(samples),
            masked,
        }
    }

    #[test]
    fn less_is_blue_and_more_is_red() {
        let old = plane(array![[1.0, 2.0, 3.0, f64::NAN]], None);
        let new = plane(array![[1.0, 1.0, 7.0, 2.0]], None);
        let found = painted(&old, &new, 1).unwrap();
        assert_eq!((found.most, found.masked_in_one), (4.0, 0));
        let [same, less, more, none] = [0, 1, 2, 3].map(|x| found.image.get_pixel(x, 0).0);
        assert!(less[2] > less[0] && more[0] > more[2], "{less:?} {more:?}");
        assert!(same[0].abs_diff(same[2]) < 8, "{same:?}");
        assert_eq!(none[3], 0);
    }

    #[test]
    fn what_is_the_same_has_no_picture_and_masks_count() {
        let old = plane(array![[1.0, 2.0]], Some(array![[false, false]]));
        assert!(painted(&old, &old, 1).is_none());
        let new = plane(array![[1.0, 2.0]], Some(array![[false, true]]));
        let found = painted(&old, &new, 1).unwrap();
        assert_eq!((found.most, found.masked_in_one), (0.0, 1));
        assert_eq!(found.image.get_pixel(1, 0).0[3], 0);
    }
}
