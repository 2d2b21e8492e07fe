//! The session as a whole, on real files, without a window.

mod file;
mod opcodes;
mod pictures;
mod statistics;
mod table;
mod torn;
mod value_faces;

use super::action::Action;
use super::document::{DocumentState, Face, Following, Show};
use super::level::Visible;
use super::notice::NoticeLevel;
use super::readout::readout;
use super::view::{AxisRole, Mode, Pin};
use super::{Document, Session};
use crate::render::Stretch;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(30);

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.mmdpickle")
}

fn session_with(path: &Path) -> Session {
    let mut session = Session::for_test();
    session.apply(Action::Open(path.to_owned()));
    assert!(session.settle(TIMEOUT), "the session does not settle");
    session
}

fn active(session: &Session) -> &Document {
    session.active_document().expect("a document is active")
}

fn act(session: &mut Session, action: Action) {
    session.apply(action);
    assert!(session.settle(TIMEOUT), "the session does not settle");
}

fn keys(session: &Session) -> Vec<String> {
    active(session)
        .list()
        .entries()
        .iter()
        .map(|entry| entry.key.to_string())
        .collect()
}

/// A copy that a test may change.
fn copy_of_sample() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("copy.mmdpickle");
    std::fs::copy(sample(), &path).expect("a copy");
    (folder, path)
}

#[test]
fn a_cube_opens_with_a_picture_and_a_spectrum() {
    let session = session_with(&sample());
    let document = active(&session);
    assert_eq!(
        document.list().selected().map(|key| &**key),
        Some("scan-00000")
    );
    assert_eq!(document.view().map(|view| view.mode), Some(Mode::Composite));
    let picture = document.feeds().picture().shown().expect("a picture");
    assert_eq!(
        (
            picture.overview.image.width(),
            picture.overview.image.height()
        ),
        (88, 80)
    );
    assert_eq!(picture.limits_note(), "exact");
    let probe = document
        .feeds()
        .cursor()
        .shown()
        .and_then(|probes| probes.first())
        .expect("a spectrum");
    let spectrum = probe.spectrum.as_ref().expect("a spectrum");
    assert_eq!(spectrum.points.len(), 200);
    // Its detectors overlap: the order is that of the bands.
    let drawn: Vec<f64> = spectrum.points.iter().map(|[x, _]| *x).collect();
    let wavelengths = document.wavelengths().expect("wavelengths");
    assert_eq!(drawn, wavelengths.values());
    assert!(!drawn.is_sorted(), "they overlap");
    assert!(session.notices().is_empty(), "{:?}", session.notices());
    assert_eq!(session.settings().recent(), [sample()]);
}

#[test]
fn a_file_opens_at_what_is_asked_for() {
    let mut session = Session::for_test();
    let show = Show {
        key: Some("hdr".to_owned()),
        ..Show::default()
    };
    act(&mut session, Action::OpenAt(sample(), show));
    let selected = active(&session).list().selected();
    assert_eq!(selected.map(|key| &**key), Some("hdr"));
}

#[test]
fn a_band_is_read_and_read_out() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetBand(25));
    act(&mut session, Action::Hover([3, 2]));
    let readout = readout(active(&session)).expect("a read-out");
    assert_eq!(readout.position, "y 2, x 3");
    assert_eq!(readout.band, "band 25 (646.72 nm)");
    let value: u32 = readout.value.parse().expect("a number");
    assert!((2379..=7000).contains(&value), "{value}");
}

#[test]
fn a_value_is_never_told_for_another_band() {
    let mut session = session_with(&sample());
    session.apply(Action::SetMode(Mode::Single));
    let early = readout(active(&session)).expect("a read-out");
    assert_eq!(early.value, "", "the old probe holds three other bands");
    assert!(session.settle(TIMEOUT));
    let late = readout(active(&session)).expect("a read-out");
    assert!(late.value.parse::<u32>().is_ok(), "{}", late.value);
}

#[test]
fn what_nobody_waits_for_is_cancelled() {
    let mut session = session_with(&sample());
    session.apply(Action::SetBand(3));
    session.apply(Action::SelectKey("description".to_owned()));
    // Nothing is taken in meanwhile, so each job that was asked for is listed.
    let names = |session: &Session| {
        let jobs = session.running_jobs();
        jobs.map(|job| job.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&session), ["Reading description"]);
    assert!(session.settle(TIMEOUT));
    session.apply(Action::SelectKey("scan-00000".to_owned()));
    let (_folder, other) = copy_of_sample();
    session.apply(Action::Open(other));
    assert_eq!(names(&session), ["Opening copy.mmdpickle"]);
    assert!(session.settle(TIMEOUT));
}

#[test]
fn each_key_of_a_plain_pickle_is_listed_once() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/plain4.pickle");
    let mut session = session_with(&path);
    let heads: Vec<String> = (active(&session).list().rows().iter())
        .filter(|row| row.family.is_some())
        .filter_map(|row| active(&session).list().entry(*row))
        .map(|entry| entry.key.to_string())
        .collect();
    for head in heads {
        act(&mut session, Action::ToggleFamily(head));
    }
    let list = active(&session).list();
    let mut listed: Vec<usize> = list.rows().iter().map(|row| row.entry).collect();
    listed.sort_unstable();
    assert_eq!(listed, (0..list.entries().len()).collect::<Vec<_>>());
}

#[test]
fn stretch_and_colours_do_not_read_the_file_again() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetBand(25));
    // Bands that are read ahead, too.
    wait_for(&mut session, "an end of all jobs", |session| {
        session.jobs.outstanding().next().is_none()
    });
    let planes = |session: &Session| {
        let picture = active(session).feeds().picture().shown();
        picture.expect("a picture").overview.plane_addresses()
    };
    let read = planes(&session);
    assert!(!read.is_empty());
    act(
        &mut session,
        Action::SetStretch(Stretch::Fixed {
            lo: 2500.0,
            hi: 6000.0,
        }),
    );
    let picture = active(&session)
        .feeds()
        .picture()
        .shown()
        .expect("a picture");
    assert_eq!(
        picture.limits[0].map(|limits| (limits.lo, limits.hi)),
        Some((2500.0, 6000.0))
    );
    assert_eq!(planes(&session), read, "the very planes that were read");
    act(
        &mut session,
        Action::SetColormap(crate::render::Colormap::Gray),
    );
    assert_eq!(planes(&session), read);
}

#[test]
fn a_masked_array_has_masked_cells() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SelectKey("hdr".to_owned()));
    let picture = active(&session)
        .feeds()
        .picture()
        .shown()
        .expect("a picture");
    let transparent = picture
        .overview
        .image
        .pixels()
        .filter(|pixel| pixel[3] == 0)
        .count();
    assert!(transparent > 0);
    let (x, y) = picture
        .overview
        .image
        .enumerate_pixels()
        .find(|(_, _, pixel)| pixel[3] == 0)
        .map_or((0, 0), |(x, y, _)| (x, y));
    act(&mut session, Action::Hover([x as usize, y as usize]));
    let readout = readout(active(&session)).expect("a read-out");
    assert!(readout.value.contains("masked"), "{readout:?}");
}

#[test]
fn every_key_of_the_sample_settles() {
    let mut session = session_with(&sample());
    for key in keys(&session) {
        act(&mut session, Action::SelectKey(key.clone()));
        let document = active(&session);
        let feeds = document.feeds();
        let is_shown = match document.face() {
            Some(Face::Picture) => feeds.picture().shown().is_some(),
            Some(Face::Curve | Face::Scalar) => feeds.series().shown().is_some(),
            Some(Face::Table) => feeds.cells().shown().is_some(),
            Some(Face::Value) => feeds.value().shown().is_some(),
            Some(Face::Message(_)) | None => false,
        };
        assert!(is_shown, "{key}: {:?}", document.face());
    }
}

#[test]
fn views_are_kept_for_each_key() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetBand(7));
    act(&mut session, Action::SelectKey("hdr".to_owned()));
    act(&mut session, Action::SetBand(9));
    act(&mut session, Action::SelectKey("scan-00000".to_owned()));
    assert_eq!(active(&session).view().map(|view| view.band), Some(7));
}

#[test]
fn pins_toggle_and_have_spectra() {
    let mut session = session_with(&sample());
    act(&mut session, Action::TogglePin([1, 2]));
    act(&mut session, Action::TogglePin([3, 4]));
    act(&mut session, Action::TogglePin([1, 2]));
    act(&mut session, Action::TogglePin([5, 6]));
    let document = active(&session);
    let pins = document
        .view()
        .map(|view| view.pins.clone())
        .unwrap_or_default();
    assert_eq!(
        pins,
        [
            Pin {
                row: 4,
                col: 3,
                color: 1
            },
            Pin {
                row: 6,
                col: 5,
                color: 0
            }
        ]
    );
    assert_eq!(document.feeds().pins().shown().map(Vec::len), Some(2));
    act(&mut session, Action::ClearPins);
    assert!(active(&session).feeds().pins().shown().is_none());
}

#[test]
fn axes_can_be_swapped() {
    let mut session = session_with(&sample());
    act(&mut session, Action::SetAxis(AxisRole::Rows, 2));
    let picture = active(&session)
        .feeds()
        .picture()
        .shown()
        .expect("a picture");
    assert_eq!(
        (
            picture.overview.image.width(),
            picture.overview.image.height()
        ),
        (88, 200)
    );
    assert_eq!(active(&session).band_count(), 80);
    assert!(
        active(&session).wavelengths().is_none(),
        "they run along the rows now"
    );
}

#[test]
fn what_cannot_be_opened_is_told_and_hurts_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "").expect("an empty file");
    let jpeg = folder.path().join("picture.jpg");
    std::fs::write(
        &jpeg,
        [0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F'],
    )
    .expect("a file");
    let mut session = session_with(&sample());
    for path in [
        folder.path().join("missing"),
        folder.path().to_owned(),
        empty,
        jpeg,
    ] {
        act(&mut session, Action::Open(path.clone()));
        let document = active(&session);
        let DocumentState::Failed(failed) = document.state() else {
            panic!("{} opened", path.display())
        };
        let why = &failed.why;
        assert!(why.contains(&path.display().to_string()), "{why}");
        assert!(session.notices().is_empty(), "the page says it once");
        let id = document.id();
        act(&mut session, Action::Close(id));
    }
    assert_eq!(session.documents().len(), 1);
    assert!(active(&session).feeds().picture().shown().is_some());
    assert_eq!(
        session.settings().recent(),
        [sample()],
        "what failed is not recent"
    );
}

#[test]
fn a_file_is_opened_once() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    act(&mut session, Action::Open(sample()));
    act(&mut session, Action::Open(path.clone()));
    assert_eq!(session.documents().len(), 2);
    assert_eq!(active(&session).path(), path);
    #[cfg(unix)]
    {
        let link = path.with_extension("link");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        act(&mut session, Action::Open(link));
        assert_eq!(session.documents().len(), 2);
        assert_eq!(active(&session).path(), path);
    }
}

#[test]
fn a_file_can_be_opened_at_a_band() {
    let mut session = Session::for_test();
    let show = Show {
        key: Some("hdr".to_owned()),
        wavelength_nm: Some(550.0),
        ..Show::default()
    };
    act(&mut session, Action::OpenAt(sample(), show));
    let view = active(&session).view().expect("a view");
    assert_eq!((view.mode, view.band), (Mode::Single, 15));
    let show = Show {
        key: Some("nothing".to_owned()),
        ..Show::default()
    };
    act(&mut session, Action::OpenAt(sample(), show));
    assert!(
        session
            .notices()
            .iter()
            .any(|notice| notice.text.contains("nothing"))
    );
}

fn wait_for(session: &mut Session, what: &str, is_there: impl Fn(&Session) -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !is_there(session) {
        assert!(Instant::now() < deadline, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(5));
        session.take_in();
    }
    assert!(session.settle(TIMEOUT));
}

/// Appends a key in place, as a writer does: a frame over the old terminator, a new one behind it, the commit number last.
fn append_key(path: &Path, key: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::options().read(true).write(true).open(path)?;
    let mut entry = vec![0x8c, u8::try_from(key.len()).unwrap_or_default()];
    entry.extend(key.as_bytes());
    // The value 7, the memo field, the flag of a live entry.
    entry.extend(b"K\x07J\x01\0\0\x000\x880");
    let mut frame = vec![0x95];
    frame.extend((entry.len() as u64).to_le_bytes());
    frame.extend(entry);
    frame.extend(b"\x95\x02\0\0\0\0\0\0\0d.");
    file.seek(SeekFrom::End(-11))?;
    file.write_all(&frame)?;
    let mut commit = [0; 4];
    file.seek(SeekFrom::Start(18))?;
    file.read_exact(&mut commit)?;
    file.seek(SeekFrom::Start(18))?;
    file.write_all(&(i32::from_le_bytes(commit) + 1).to_le_bytes())
}

#[test]
fn a_growing_file_is_followed() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    act(&mut session, Action::SetBand(3));
    act(&mut session, Action::TogglePin([1, 1]));
    let before = keys(&session).len();
    append_key(&path, "another").expect("appended");
    wait_for(&mut session, "the new key", |session| {
        keys(session).len() == before + 1
    });
    let document = active(&session);
    assert_eq!(document.following(), Following::Live);
    assert_eq!(
        document.list().selected().map(|key| &**key),
        Some("scan-00000")
    );
    assert_eq!(
        document.view().map(|view| (view.band, view.pins.len())),
        Some((3, 1))
    );
    assert!(document.feeds().picture().is_current());
    assert!(session.notices().is_empty(), "{:?}", session.notices());
}

#[test]
fn a_vanished_file_stays_on_the_screen_and_may_come_back() {
    let (_folder, path) = copy_of_sample();
    let mut session = session_with(&path);
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).expect("moved");
    wait_for(&mut session, "the loss", |session| {
        active(session).following() == Following::Vanished
    });
    assert_eq!(session.notices().len(), 1);
    act(&mut session, Action::SetBand(4));
    assert!(active(&session).feeds().picture().is_current());
    std::fs::rename(&aside, &path).expect("moved back");
    wait_for(&mut session, "the return", |session| {
        active(session).following() == Following::Live
    });
}

#[test]
fn scrubbing_ends_with_the_last_band() {
    let mut session = session_with(&sample());
    for band in 0..200 {
        session.apply(Action::SetBand(band));
    }
    assert!(session.settle(TIMEOUT));
    let picture = active(&session)
        .feeds()
        .picture()
        .shown()
        .expect("a picture");
    assert_eq!(picture.content.bands, [199]);
}

#[test]
fn small_pictures_need_no_detail() {
    let mut session = session_with(&sample());
    act(
        &mut session,
        Action::SetVisible(Visible {
            x: 0..10,
            y: 0..10,
            zoom: 50.0,
        }),
    );
    let picture = active(&session)
        .feeds()
        .picture()
        .shown()
        .expect("a picture");
    assert!(picture.detail.is_none());
    assert!(picture.value_text([2, 2]).is_some());
}

#[test]
fn settings_are_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("settings.json");
    let (settings, _) = super::Settings::load(Some(file.clone()));
    let mut session = Session::new(settings, &super::Wake::default());
    session.apply(Action::Open(sample()));
    session.apply(Action::SetTheme(super::settings::Theme::Light));
    assert!(session.settle(TIMEOUT));
    let (settings, warnings) = super::Settings::load(Some(file));
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(settings.theme(), super::settings::Theme::Light);
    assert_eq!(settings.recent(), [sample()]);
}
