//! Statistics and mean spectra of real files: exact, in parts, and only of what is wanted.

use super::super::Slot;
use super::super::statistics::{MeanOf, Numbers, Scope, StatisticsAction as Do, heading};
use super::*;
use crate::analysis::Stats;
use crate::mmapdict::{ArrayHead, Editor, NewFile, Payload, Piece, Plan, create};
use crate::progress::Progress;
use crate::source::FileStore;
use std::io::Write as _;
use std::ops::Range;

fn floats(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn put(path: &Path, shape: &[u64], data: Vec<u8>, mask: Option<Vec<u8>>) {
    let progress = Progress::new();
    let store = FileStore::open(path).expect("a file");
    let mut editor = Editor::new(&store, &progress).expect("an editor");
    let head = ArrayHead {
        dtype: "float32",
        shape,
    };
    let payload = Payload::array(head, Piece::Bytes(data), mask.map(Piece::Bytes));
    let payload = payload.expect("an array");
    editor.put("cube", Plan::Any, payload).expect("put");
}

/// A new file with one cube.
fn file_with(shape: &[u64], data: Vec<u8>, mask: Option<Vec<u8>>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("cube.mmdpickle");
    let progress = Progress::new();
    create(&path, None, |store| {
        NewFile::begin(store, &progress)?.finish(0)
    })
    .expect("a new file");
    put(&path, shape, data, mask);
    (folder, path)
}

/// Two rows, three columns, two bands; band 0 has a NaN, an infinity and a masked cell.
fn small() -> (tempfile::TempDir, PathBuf) {
    let band_0 = [1.0, 2.0, 3.0, f32::NAN, f32::INFINITY, 6.0];
    let cells: Vec<f32> = band_0
        .iter()
        .enumerate()
        .flat_map(|(pixel, cell)| [*cell, 10.0 * (pixel + 1) as f32])
        .collect();
    let mask = (0..12).map(|cell| u8::from(cell == 10)).collect();
    file_with(&[2, 3, 2], floats(&cells), Some(mask))
}

/// Seen by cells that somebody overwrites without another word: they are not read a second time.
#[test]
fn what_the_picture_has_is_not_read_again() {
    let (_folder, path) = small();
    let mut session = session_with(&path);
    act(&mut session, Action::SetBand(0));
    let mut bytes = std::fs::read(&path).expect("the file");
    let three = 3.0_f32.to_le_bytes();
    let place = bytes.windows(4).position(|bytes| bytes == three);
    let place = place.expect("a cell of band 0");
    bytes[place..place + 4].copy_from_slice(&7.0_f32.to_le_bytes());
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("the file");
    file.write_all(&bytes).expect("written");
    act(&mut session, Action::Statistics(Do::Open(true)));
    assert_eq!(
        stats(&session).mean,
        Some(2.0),
        "1, 2 and 3, as they are shown"
    );
    set_visible(&mut session, 2..3, 0..1);
    assert_eq!(stats(&session).mean, Some(3.0));
    // Other cells are read.
    act(&mut session, Action::Statistics(Do::SetScope(Scope::Array)));
    assert_eq!(stats(&session).mean, Some((1.0 + 2.0 + 7.0 + 210.0) / 9.0));
}

/// As many as a job needs a while for.
const CELLS: u32 = 12_000_000;

/// Takes its time: some million cells of several passes.
fn large() -> (tempfile::TempDir, PathBuf) {
    let cells: Vec<f32> = (0..CELLS).map(|cell| (cell % 1000) as f32).collect();
    file_with(&[1000, 1000, 12], floats(&cells), None)
}

fn with_panel(path: &Path, scope: Scope) -> Session {
    let mut session = session_with(path);
    act(&mut session, Action::SetBand(0));
    act(&mut session, Action::Statistics(Do::SetScope(scope)));
    act(&mut session, Action::Statistics(Do::Open(true)));
    session
}

/// Has only these pixels on the screen, and asks for their statistics.
fn set_visible(session: &mut Session, x: Range<usize>, y: Range<usize>) {
    act(session, Action::SetVisible(Visible { x, y, zoom: 1.0 }));
    act(session, Action::Statistics(Do::SetScope(Scope::Visible)));
}

fn numbers(session: &Session) -> &Numbers {
    let feed = active(session).feeds().statistics();
    assert!(feed.is_current(), "{:?}", feed.error());
    feed.shown_whole().expect("numbers")
}

fn stats(session: &Session) -> &Stats {
    &numbers(session).distribution.stats
}

fn title(session: &Session) -> String {
    let document = active(session);
    let (spec, _) = document
        .feeds()
        .statistics()
        .shown_with_spec()
        .expect("numbers");
    heading(document, spec)
}

fn percentile(session: &Session, asked: f64) -> Option<f64> {
    let found = stats(session).percentiles.iter();
    found
        .filter(|(of, _)| *of == asked)
        .find_map(|(_, value)| *value)
}

#[test]
fn each_scope_has_the_numbers_of_its_cells() {
    let (_folder, path) = small();
    let mut session = with_panel(&path, Scope::Shown);
    let band = stats(&session);
    assert_eq!((band.count, band.masked, band.nan, band.inf), (3, 1, 1, 1));
    assert_eq!(band.mean, Some(2.0));
    let std = band.std.expect("a deviation");
    assert!((std - (2.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{std}");
    assert_eq!(percentile(&session, 50.0), Some(2.0));
    assert_eq!(percentile(&session, 25.0), Some(1.5));
    assert_eq!((numbers(&session).done, numbers(&session).total), (6, 6));
    let bins = numbers(&session).distribution.bins.as_ref();
    assert_eq!(bins.expect("a histogram").total(), 3);
    assert_eq!(title(&session), "Band 0");

    set_visible(&mut session, 1..3, 0..1);
    assert_eq!(
        (stats(&session).count, stats(&session).mean),
        (2, Some(2.5))
    );
    assert_eq!(title(&session), "Band 0, y 0 to 0, x 1 to 2");

    act(&mut session, Action::Statistics(Do::SetScope(Scope::Bands)));
    assert_eq!(
        (stats(&session).count, stats(&session).mean),
        (9, Some(24.0))
    );
    act(&mut session, Action::Statistics(Do::SetBands([1, 9])));
    assert_eq!(
        (stats(&session).count, stats(&session).mean),
        (6, Some(35.0))
    );
    assert_eq!(title(&session), "Bands 1 to 1");

    act(&mut session, Action::Statistics(Do::SetScope(Scope::Array)));
    let all = stats(&session);
    assert_eq!((all.count, all.masked, all.mean), (9, 1, Some(24.0)));
    assert_eq!(title(&session), "Whole array");
}

#[test]
fn another_band_is_counted_anew_and_the_old_numbers_say_what_they_are_of() {
    let (_folder, path) = small();
    let mut session = with_panel(&path, Scope::Shown);
    session.apply(Action::SetBand(1));
    let feed = active(&session).feeds().statistics();
    assert!(feed.is_waiting() && feed.shown().is_some());
    assert_eq!(title(&session), "Band 0");
    assert!(session.settle(TIMEOUT));
    assert_eq!(
        (stats(&session).mean, title(&session).as_str()),
        (Some(35.0), "Band 1")
    );
    // The whole array does not depend on it.
    act(&mut session, Action::Statistics(Do::SetScope(Scope::Array)));
    session.apply(Action::SetBand(0));
    assert!(active(&session).feeds().statistics().is_current());
}

#[test]
fn nothing_is_read_while_the_panel_is_closed() {
    let (_folder, path) = small();
    let mut session = session_with(&path);
    assert!(active(&session).feeds().statistics().wanted().is_none());
    act(&mut session, Action::Statistics(Do::Open(true)));
    assert!(stats(&session).count > 0);
    session.apply(Action::Statistics(Do::Open(false)));
    assert!(active(&session).feeds().statistics().shown().is_none());
    session.apply(Action::SetBand(1));
    let mut slots = session.running_jobs().map(|job| job.slot());
    assert!(!slots.any(|slot| matches!(slot, Slot::Statistics(_) | Slot::MeanSpectrum(_))));
}

#[test]
fn one_panel_is_at_the_right() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetHistory(true));
    act(&mut session, Action::Statistics(Do::Open(true)));
    assert!(!active(&session).history().is_open());
    act(&mut session, Action::SetHistory(true));
    assert!(!active(&session).statistics().is_open());
}

#[test]
fn of_three_bands_one_is_chosen() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetMode(Mode::Composite));
    act(&mut session, Action::Statistics(Do::Open(true)));
    let rgb = active(&session)
        .view()
        .map(|view| view.rgb)
        .expect("a view");
    for (channel, band) in rgb.into_iter().enumerate() {
        act(&mut session, Action::Statistics(Do::SetChannel(channel)));
        assert!(title(&session).starts_with(&format!("Band {band} (")));
    }
}

#[test]
fn what_has_no_numbers_has_no_scope() {
    let mut session = session_with(&sample());
    act(&mut session, Action::Statistics(Do::Open(true)));
    for key in keys(&session) {
        act(&mut session, Action::SelectKey(key.clone()));
        let document = active(&session);
        let is_array = matches!(
            document.own_face(),
            Some(Face::Picture | Face::Curve | Face::Scalar)
        );
        assert_eq!(document.scope().is_some(), is_array, "{key}");
        assert_eq!(
            document.feeds().statistics().shown().is_some(),
            is_array,
            "{key}"
        );
    }
}

#[test]
fn percentiles_can_be_added() {
    let (_folder, path) = small();
    let mut session = with_panel(&path, Scope::Bands);
    act(&mut session, Action::Statistics(Do::SetBands([1, 1])));
    let more = vec![110.0, 10.0, 50.0, f64::NAN];
    act(&mut session, Action::Statistics(Do::SetPercentiles(more)));
    assert_eq!(percentile(&session, 10.0), Some(15.0));
    assert_eq!(stats(&session).percentiles.len(), 10);
}

#[test]
fn numbers_are_copied_as_a_table() {
    let (_folder, path) = small();
    let mut session = with_panel(&path, Scope::Shown);
    act(&mut session, Action::Statistics(Do::Copy));
    let text = session.take_copied_text().expect("text");
    for line in [
        "array\tcube",
        "cells of\tBand 0",
        "state\texact",
        "masked\t1",
        "minimum\t1.0",
        "mean\t2.0",
        "percentile 50\t2.0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

/// Takes in until there is a part of the statistics, but not all; where the end came first, once more.
fn wait_for_part(session: &mut Session) -> Numbers {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        session.take_in();
        let feed = active(session).feeds().statistics();
        match (feed.shown_whole(), feed.shown()) {
            (None, Some(numbers)) => return numbers.clone(),
            (Some(_), _) => {
                session.apply(Action::Statistics(Do::Open(false)));
                session.apply(Action::Statistics(Do::Open(true)));
            }
            (None, None) => std::thread::sleep(Duration::from_micros(200)),
        }
        assert!(Instant::now() < deadline);
    }
}

#[test]
fn parts_come_before_the_end() {
    let (_folder, path) = large();
    let mut session = session_with(&path);
    session.apply(Action::Statistics(Do::SetScope(Scope::Array)));
    session.apply(Action::Statistics(Do::Open(true)));
    let part = wait_for_part(&mut session);
    assert_eq!(part.total, u64::from(CELLS));
    assert_eq!(part.distribution.stats.count, part.done);
    assert!(
        part.distribution
            .stats
            .percentiles
            .iter()
            .all(|(_, value)| value.is_none())
    );
    session.apply(Action::Statistics(Do::Copy));
    let text = session.take_copied_text();
    assert!(text.is_some_and(|text| text.contains("state\tnot final: ")));
    assert!(session.settle(TIMEOUT));
    assert_eq!(stats(&session).count, u64::from(CELLS));
    let mean = stats(&session).mean.expect("a mean");
    assert!((mean - 499.5).abs() < 1e-9, "{mean}");
    assert_eq!(percentile(&session, 50.0), Some(499.5));
}

#[test]
fn a_cancelled_job_leaves_what_it_had_and_can_be_asked_for_again() {
    let (_folder, path) = large();
    let mut session = session_with(&path);
    session.apply(Action::Statistics(Do::SetScope(Scope::Array)));
    session.apply(Action::Statistics(Do::Open(true)));
    let part = wait_for_part(&mut session);
    let job = session
        .running_jobs()
        .find(|job| job.name() == "Statistics of cube");
    let job = job.expect("a job").id();
    act(&mut session, Action::CancelJob(job));
    let feed = active(&session).feeds().statistics();
    assert_eq!(feed.error(), Some(crate::session::feed::CANCELLED));
    assert!(feed.shown_whole().is_none());
    assert!(feed.shown().is_some_and(|shown| shown.done >= part.done));
    let id = active(&session).id();
    act(&mut session, Action::Retry(id));
    assert_eq!(stats(&session).count, u64::from(CELLS));
}

#[test]
fn a_file_that_is_cut_has_no_numbers() {
    let (_folder, path) = large();
    let mut session = session_with(&path);
    let file = std::fs::OpenOptions::new().write(true).open(&path);
    file.and_then(|file| file.set_len(2_000_000)).expect("cut");
    act(&mut session, Action::Statistics(Do::SetScope(Scope::Array)));
    act(&mut session, Action::Statistics(Do::Open(true)));
    let feed = active(&session).feeds().statistics();
    assert!(feed.shown_whole().is_none());
    // It says why, unless the loss was seen before.
    assert!(feed.error().is_some() || active(&session).item().is_none());
}

#[test]
fn a_changed_file_is_counted_anew() {
    let (_folder, path) = small();
    let mut session = with_panel(&path, Scope::Array);
    put(&path, &[2, 3, 2], floats(&[7.0; 12]), None);
    wait_for(&mut session, "the new cube", |session| {
        let feed = active(session).feeds().statistics();
        feed.is_current()
            && (feed.shown()).is_some_and(|numbers| numbers.distribution.stats.count == 12)
    });
    assert_eq!(stats(&session).mean, Some(7.0));
    assert_eq!(stats(&session).std, Some(0.0));
}

#[test]
fn a_mean_spectrum_is_over_the_pixels_that_count() {
    let (_folder, path) = small();
    let mut session = session_with(&path);
    let points = |session: &Session| {
        let mean = active(session).feeds().mean().shown_whole().cloned();
        mean.map(|mean| mean.points)
    };
    assert_eq!(points(&session), None);
    act(
        &mut session,
        Action::Statistics(Do::SetMean(MeanOf::Picture)),
    );
    assert_eq!(points(&session), Some(vec![[0.0, 2.0], [1.0, 35.0]]));
    act(&mut session, Action::SetBand(1));
    let visible = Visible {
        x: 1..3,
        y: 0..1,
        zoom: 1.0,
    };
    act(&mut session, Action::SetVisible(visible));
    act(
        &mut session,
        Action::Statistics(Do::SetMean(MeanOf::Visible)),
    );
    assert_eq!(points(&session), Some(vec![[0.0, 2.5], [1.0, 25.0]]));
    act(&mut session, Action::Statistics(Do::SetMean(MeanOf::Off)));
    assert_eq!(points(&session), None);
}

#[test]
fn a_mean_spectrum_goes_by_wavelength() {
    let mut session = session_with(&sample());
    act(
        &mut session,
        Action::Statistics(Do::SetMean(MeanOf::Picture)),
    );
    let mean = active(&session).feeds().mean().shown_whole();
    let points = &mean.expect("a spectrum").points;
    assert_eq!(points.len(), 200);
    let wavelengths = active(&session).wavelengths().expect("wavelengths");
    assert!(points.iter().map(|[x, _]| x).eq(wavelengths.values()));
    // The same as the statistics of one band.
    act(&mut session, Action::SetBand(25));
    act(&mut session, Action::Statistics(Do::Open(true)));
    let wavelengths = active(&session).wavelengths().expect("wavelengths");
    let x = wavelengths.values()[25];
    let mean = active(&session)
        .feeds()
        .mean()
        .shown_whole()
        .expect("still there");
    let point = mean
        .points
        .iter()
        .find(|point| point[0] == x)
        .expect("the band");
    assert!((point[1] - stats(&session).mean.expect("a mean")).abs() < 1e-9);
}
