//! What pictures show besides a band as it is: means of bands, fewer pixels than cells, parts of what is being read.

use super::*;
use crate::array::{ArrayView, Plane, Samples, gather};
use crate::progress::Progress;
use crate::render::{MaskedCells, Shrink};
use crate::session::level::Visible;
use crate::session::picture::Picture;

fn picture(session: &Session) -> &Picture {
    let feed = active(session).feeds().picture();
    assert!(feed.is_current(), "{:?}", feed.error());
    feed.shown().expect("a picture")
}

fn array(session: &Session) -> ArrayView {
    let document = active(session);
    let item = document.item().expect("an item");
    let dataset = document.dataset().expect("a file");
    dataset.array(item).expect("an array")
}

fn band(session: &Session, band: usize) -> Plane {
    let view = array(session).index_axis(2, band).expect("a band");
    let planes = gather(&[view], &Progress::new());
    planes.expect("a plane").remove(0)
}

fn zoomed_out(session: &mut Session, zoom: f64) {
    let [x, y] = [0..88, 0..80];
    act(session, Action::SetVisible(Visible { x, y, zoom }));
}

#[test]
fn bands_are_chosen_anew_with_their_axis_and_axes_keep_their_names() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetAxis(AxisRole::Spectrum, 0));
    act(&mut session, Action::SetMode(Mode::Composite));
    let view = active(&session).view().expect("a view");
    // Of 80 rows, which have no wavelengths.
    assert_eq!(view.rgb, [60, 40, 20]);
    assert_eq!((view.band, view.mean), (40, [0, 79]));
    act(&mut session, Action::Hover([3, 2]));
    let found = readout(active(&session)).expect("a read-out");
    assert_eq!(found.position, "band 2, x 3");
    assert_eq!(found.band, "y 60, 40, 20");
    act(&mut session, Action::SetAxis(AxisRole::Spectrum, 2));
    let view = active(&session).view().expect("a view");
    assert_eq!(view.rgb, [25, 15, 6], "true colours again");
}

#[test]
fn a_channel_has_a_stretch_of_its_own() {
    let mut session = session_with(&sample());
    let before = picture(&session).limits.clone();
    let fixed = Stretch::Fixed { lo: 0.0, hi: 9.0 };
    act(&mut session, Action::SetChannelStretch(0, fixed));
    let after = picture(&session).limits.clone();
    assert_eq!(
        after[0].map(|limits| (limits.lo, limits.hi)),
        Some((0.0, 9.0))
    );
    assert_eq!(after[1..], before[1..]);
    act(&mut session, Action::SetStretch(Stretch::default()));
    assert_eq!(picture(&session).limits, before);
}

#[test]
fn masked_cells_that_are_shown_have_their_value_and_say_so() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SelectKey("hdr".to_owned()));
    act(&mut session, Action::SetBand(25));
    let view = array(&session).index_axis(2, 25).expect("a band");
    let masked = (0..30)
        .flat_map(|row| (0..34).map(move |column| [row, column]))
        .find(|at| view.cell(at).is_ok_and(|cell| cell.masked));
    let [row, column] = masked.expect("a masked cell");
    act(&mut session, Action::Hover([column, row]));
    let value = |session: &Session| readout(active(session)).expect("a read-out").value;
    assert_eq!(value(&session), "masked");
    act(&mut session, Action::ShowMasked(MaskedCells::Tinted));
    let cell = view.cell(&[row, column]).expect("a cell");
    assert_eq!(value(&session), format!("{} (masked)", cell.value));
    let probes = active(&session).feeds().cursor().shown().expect("a probe");
    let spectrum = probes[0].spectrum.as_ref().expect("a spectrum");
    assert!(
        spectrum
            .masked
            .iter()
            .any(|[_, y]| *y == cell.value.to_f64())
    );
}

#[test]
fn the_mean_of_bands_is_shown_and_read_out() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetMode(Mode::Mean));
    let all = active(&session).view().expect("a view").mean;
    assert_eq!(all, [0, 199]);
    act(&mut session, Action::SetMeanBand(0, 20));
    act(&mut session, Action::SetMeanBand(1, 22));
    act(&mut session, Action::Hover([3, 2]));
    let values: Vec<f64> = (20..=22)
        .filter_map(|number| band(&session, number).samples.get(2, 3))
        .collect();
    let mean = values.iter().sum::<f64>() / 3.0;
    let readout = readout(active(&session)).expect("a read-out");
    assert_eq!(
        readout.band,
        "mean of bands 20 (597.09 nm) to 22 (616.93 nm)"
    );
    let shown: f64 = readout.value.parse().expect("a number");
    assert!((shown - mean).abs() < 1e-5, "{shown} {mean}");
    let picture = picture(&session);
    assert_eq!(picture.limits.len(), 1);
    assert_eq!(picture.limits_note(), "exact");
    // The middle of the means, between limits that the picture itself names.
    let text = picture.value_text([3, 2]).expect("the cell itself");
    let painted: f64 = text.parse().expect("a number");
    assert!((painted - mean).abs() < 0.5, "{painted} {mean}");
}

#[test]
fn statistics_of_a_mean_are_of_all_its_bands() {
    use crate::session::statistics::{StatisticsAction, heading};
    let mut session = session_with(&sample());
    act(&mut session, Action::SetMode(Mode::Mean));
    act(&mut session, Action::SetMeanBand(0, 20));
    act(&mut session, Action::SetMeanBand(1, 22));
    act(
        &mut session,
        Action::Statistics(StatisticsAction::Open(true)),
    );
    let document = active(&session);
    let (spec, numbers) = (document.feeds().statistics())
        .shown_with_spec()
        .expect("numbers");
    assert_eq!(numbers.distribution.stats.count, 3 * 88 * 80);
    let text = heading(document, spec);
    assert_eq!(text, "Bands 20 to 22 (597.09 to 616.93 nm)");
}

#[test]
fn the_ends_of_a_mean_stay_in_order_and_move_together() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetMode(Mode::Mean));
    let mean = |session: &Session| active(session).view().expect("a view").mean;
    act(&mut session, Action::SetMeanBand(1, 10));
    act(&mut session, Action::SetMeanBand(0, 50));
    assert_eq!(mean(&session), [50, 50]);
    act(&mut session, Action::SetMeanBand(1, 30));
    assert_eq!(mean(&session), [30, 30]);
    act(&mut session, Action::SetMeanBand(1, 198));
    act(&mut session, Action::StepBand(1));
    assert_eq!(mean(&session), [31, 199]);
    act(&mut session, Action::StepBand(1));
    assert_eq!(mean(&session), [31, 199], "there is no band 200");
}

#[test]
fn a_small_picture_has_the_means_of_cells() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetBand(25));
    let whole = picture(&session).clone();
    zoomed_out(&mut session, 0.3);
    let small = picture(&session);
    let size = (small.overview.image.width(), small.overview.image.height());
    assert_eq!(size, (30, 27));
    assert_eq!(small.limits, whole.limits, "limits are of all cells");
    assert_eq!(small.limits_note(), "exact");
    assert!(small.overview.x.end >= 88 && small.overview.y.end >= 80);
    let plane = band(&session, 25);
    let Samples::U16(cells) = &plane.samples else {
        panic!("16 bits")
    };
    let square = cells.slice(ndarray::s![3..6, 6..9]);
    let mean = square.iter().map(|cell| f64::from(*cell)).sum::<f64>() / 9.0;
    let limits = small.limits[0].expect("limits");
    let view = active(&session).view().expect("a view");
    // Of a mean in single precision.
    let colour = crate::render::colour(f64::from(mean as f32), limits, view.scale, view.colormap);
    let [red, green, blue, _] = small.overview.image.get_pixel(2, 1).0;
    assert_eq!(Some([red, green, blue]), colour);
    act(&mut session, Action::SetZoomedOut(Shrink::Nearest));
    let nearest = picture(&session).overview.image.get_pixel(2, 1).0;
    let limits = picture(&session).limits[0].expect("limits");
    let view = active(&session).view().expect("a view");
    let cell = f64::from(cells[[4, 7]]);
    let colour = crate::render::colour(cell, limits, view.scale, view.colormap);
    assert_eq!(Some([nearest[0], nearest[1], nearest[2]]), colour);
    zoomed_out(&mut session, 3.0);
    assert_eq!(picture(&session).overview.image, whole.overview.image);
}
