//! A file that another program cuts, vacuums and replaces all the time, while its bands are looked at: the session goes on,
//! and never shows a picture of something else.

use super::*;
use crate::mmapdict::{
    ArrayHead, Editor, NewFile, Payload, Piece, Plan, VacuumWay, create, vacuum,
};
use crate::progress::Progress;
use crate::render::{Colormap, Stretch};
use crate::session::statistics::{Scope, StatisticsAction};
use crate::session::tasks;
use crate::source::FileStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const ROWS: usize = 200;
const COLUMNS: usize = 300;
const BANDS: usize = 8;

/// How often the file is changed. `CUBESCOPE_ROUNDS` asks for more than a test should take.
fn rounds() -> usize {
    let asked = std::env::var("CUBESCOPE_ROUNDS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(25)
}

/// All cells of a band have its number, plus 100 for the other kind of file.
fn put_cube(editor: &mut Editor<'_>, kind: usize) {
    let pixel: Vec<u8> = (0..BANDS).map(|band| (100 * kind + band) as u8).collect();
    let data = pixel.repeat(ROWS * COLUMNS);
    let head = ArrayHead {
        dtype: "uint8",
        shape: &[ROWS as u64, COLUMNS as u64, BANDS as u64],
    };
    let payload = Payload::array(head, Piece::Bytes(data), None).expect("an array");
    editor.put("cube", Plan::Any, payload).expect("put");
}

fn write_new(path: &std::path::Path, kind: usize) {
    let progress = Progress::new();
    create(path, None, |store| {
        NewFile::begin(store, &progress)?.finish(0)
    })
    .expect("a new file");
    let store = FileStore::open(path).expect("a file");
    put_cube(
        &mut Editor::new(&store, &progress).expect("an editor"),
        kind,
    );
}

/// One way to pull the rug.
fn disturb(path: &std::path::Path, round: usize) {
    let progress = Progress::new();
    match round % 4 {
        // Cut in the middle of the data, then written anew.
        0 => {
            let file = std::fs::OpenOptions::new().write(true).open(path);
            let half = (ROWS * COLUMNS * BANDS / 2) as u64;
            file.and_then(|file| file.set_len(half)).expect("cut");
            std::thread::sleep(Duration::from_millis(3));
            std::fs::remove_file(path).expect("remove");
            write_new(path, round / 4 % 2);
        }
        // Another version, and the old one is dead.
        1 => crate::mmapdict::edit(path, &progress, |editor| {
            put_cube(editor, (round / 4 + 1) % 2);
            Ok(())
        })
        .expect("put"),
        // What is live moves to the front.
        2 => {
            vacuum(path, &VacuumWay::InPlace, true, &progress).expect("a vacuum");
        }
        // Another file under the same name.
        _ => {
            let other = path.with_extension("other");
            write_new(&other, round / 4 % 2);
            std::fs::rename(&other, path).expect("rename");
        }
    }
}

/// Whether there are statistics; they must be of one kind of file, and of all of it where they are whole.
fn numbers_are_of_one_file(session: &Session) -> bool {
    let feed = active(session).feeds().statistics();
    let Some(numbers) = feed.shown() else {
        return false;
    };
    let stats = &numbers.distribution.stats;
    let [min, max] = [stats.min, stats.max].map(|end| end.map_or(0.0, |end| end.to_f64()));
    let kind = (min / 100.0).floor();
    assert!(max < 100.0 * kind + BANDS as f64, "{min} to {max}");
    if feed.shown_whole().is_some() {
        assert_eq!(stats.count, (ROWS * COLUMNS * BANDS) as u64);
        let first = 100.0 * kind;
        let last = first + (BANDS - 1) as f64;
        assert_eq!((min, max), (first, last));
        assert_eq!(stats.mean, Some((first + last) / 2.0));
    }
    true
}

#[test]
fn pictures_are_never_of_something_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("cube.mmdpickle");
    write_new(&path, 0);
    let mut session = session_with(&path);
    session.apply(Action::SetStretch(Stretch::Fixed { lo: 0.0, hi: 255.0 }));
    session.apply(Action::SetColormap(Colormap::Gray));
    act(&mut session, Action::SetBand(0));
    for action in [
        StatisticsAction::Open(true),
        StatisticsAction::SetScope(Scope::Array),
    ] {
        act(&mut session, Action::Statistics(action));
    }
    // Until enough was seen, however fast the machine is.
    let (is_enough, disturbed) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let other = std::thread::spawn({
        let (path, is_enough) = (path.clone(), Arc::clone(&is_enough));
        let disturbed = Arc::clone(&disturbed);
        move || {
            while !is_enough.load(Ordering::Acquire) {
                let round = disturbed.load(Ordering::Acquire);
                disturb(&path, round);
                std::thread::sleep(Duration::from_millis(7 + round as u64 % 23));
                disturbed.store(round + 1, Ordering::Release);
            }
        }
    });
    let deadline = std::time::Instant::now() + 4 * TIMEOUT;
    let gray = |value: usize| Colormap::Gray.table()[value];
    let (mut seen, mut numbers_seen) = (0, 0);
    let mut number = 0;
    while seen
        .min(numbers_seen)
        .min(disturbed.load(Ordering::Acquire))
        <= rounds()
    {
        if std::time::Instant::now() > deadline || other.is_finished() {
            break;
        }
        number += 1;
        session.apply(Action::SetBand(number % BANDS));
        if number % 7 == 0 {
            session.apply(Action::Hover([number % COLUMNS, number % ROWS]));
        }
        std::thread::sleep(Duration::from_millis(2));
        session.take_in();
        numbers_seen += usize::from(numbers_are_of_one_file(&session));
        let Some(picture) = active(&session).feeds().picture().shown() else {
            continue;
        };
        seen += 1;
        let [band] = picture.content.bands[..] else {
            panic!("{:?}", picture.content.bands);
        };
        let pixels: std::collections::BTreeSet<[u8; 4]> = picture
            .overview
            .image
            .pixels()
            .map(|pixel| pixel.0)
            .collect();
        let wanted = [band, 100 + band].map(|value| {
            let [red, green, blue] = gray(value);
            std::collections::BTreeSet::from([[red, green, blue, 255]])
        });
        assert!(wanted.contains(&pixels), "band {band}: {pixels:?}");
    }
    is_enough.store(true, Ordering::Release);
    other.join().expect("the other program");
    assert!(seen > rounds(), "{seen} pictures were looked at");
    assert!(numbers_seen > rounds(), "{numbers_seen} statistics");
    // Afterwards all is as if nothing had been.
    wait_for(&mut session, "a picture of the last file", |session| {
        let document = active(session);
        document.following() == Following::Live
            && document.dataset().is_some_and(|dataset| !dataset.is_torn())
            && document.feeds().picture().is_current()
    });
}

/// A disk that does not give one page: only what lies there cannot be read, and asking again reads it again.
#[cfg(unix)]
#[test]
fn a_page_that_is_lost_takes_only_its_own_key() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.mmdpickle");
    let dataset = crate::dataset::Dataset::open(&path, &Progress::new()).expect("the sample");
    let subject = |key: &str| crate::session::cut::Subject {
        revision: crate::session::document::Revision(1),
        key: key.into(),
    };
    let (bad, good) = (subject("scan-00000"), subject("groundtruth"));
    let at = dataset.item(&bad.key).expect("a key").offset + 5000;
    let cell = |subject: &crate::session::cut::Subject| {
        let item = tasks::item_of(&dataset, subject)?;
        Ok(format!(
            "{:?}",
            dataset
                .array(item)?
                .cell(&[1, 2, 3][..item.layout().map_or(0, |layout| layout.shape.len())])?
        ))
    };
    let whole = cell(&bad).expect("a cell");
    // While the good key is read, a page of the other one is lost, once.
    let mut tries = 0;
    let read = tasks::checked(&dataset, Some(&good), |reading| {
        tries += 1;
        if tries == 1 {
            dataset.lose(at);
            assert!(!reading.is_sound());
        }
        cell(&good)
    });
    assert_eq!((read.expect("not cancelled").is_ok(), tries), (true, 2));
    // The page of the key itself: it says so, with the place.
    let failed = tasks::checked(&dataset, Some(&bad), |_| {
        dataset.lose(at);
        cell(&bad)
    });
    let Err(tasks::Failure::Because(why)) = failed.expect("not cancelled") else {
        panic!("no failure");
    };
    assert!(why.contains(&format!("at byte {at}")), "{why}");
    // Asked again, the disk gives it.
    let again = tasks::checked(&dataset, Some(&bad), |_| cell(&bad));
    assert_eq!(again.expect("not cancelled"), Ok(whole));
    let other = tasks::checked(&dataset, Some(&good), |_| cell(&good));
    assert!(other.expect("not cancelled").is_ok());
    assert_eq!(dataset.losses(), 2);
}
