//! A band of a file that is not in memory: how long until something is to be seen, until all is, and until a cancel is heard.
//!
//! `cargo bench --no-default-features --bench cold -- [FILE…]`
//!
//! With files: the first and the whole picture of each, bands that were read ahead, and statistics of the band that is shown,
//! without dropping anything from the cache.
//!
//! Without: makes a cube of 1.5 GB in the build folder, drops it from the system's cache before each run, and drives the session that
//! the window shows. Beside it one plain read of the file from its beginning to its end, as the limit of the disk. Linux only.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot make its file may panic, and says what it measured"
)]

#[path = "pictures/cube.rs"]
mod cube;

use cube::{Cube, Kind, Order};
use cubescope::session::statistics::StatisticsAction;
use cubescope::session::{Action, Document, Session, Settings, Slot, Wake};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

fn main() {
    // `cargo test --benches` runs it as well; there is nothing to test.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let files = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'));
    let files: Vec<PathBuf> = files.map(PathBuf::from).collect();
    match files.as_slice() {
        [] => cold(),
        files => files.iter().for_each(|file| warm(file)),
    }
}

fn cold() {
    let cube = Cube::new(Kind::U16, Order::Yxl);
    let path = cube.path();
    let mut rows = Vec::new();
    for _ in 0..ROUNDS {
        rows.push([
            read_whole(path),
            first_part(path),
            whole_picture(path),
            cancel(path),
        ]);
    }
    let names = [
        "one read of the file",
        "the first picture, coarse",
        "the whole band",
        "a cancel is heard",
    ];
    println!(
        "{:<28} {:>10} {:>10} {:>10}",
        "cold, 1.5 GB", "least", "median", "most"
    );
    let mut medians = Vec::new();
    for (column, name) in names.into_iter().enumerate() {
        let mut times: Vec<f64> = rows.iter().map(|row| row[column].as_secs_f64()).collect();
        times.sort_by(f64::total_cmp);
        let [least, median, most] = [0, ROUNDS / 2, ROUNDS - 1].map(|place| times[place] * 1e3);
        println!("{name:<28} {least:>7.1} ms {median:>7.1} ms {most:>7.1} ms");
        medians.push(median);
    }
    println!(
        "the whole band in {:.2} of the time of one read",
        medians[2] / medians[0]
    );
}

/// How long pictures of a file take that is in the cache as far as they need it. The screen is as large for each.
fn warm(path: &Path) {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..=ROUNDS {
        let mut session = Session::new(Settings::for_test(), &Wake::default());
        let start = Instant::now();
        session.apply(Action::Open(path.to_owned()));
        let first = wait(&mut session, |session| picture(session).is_some());
        let [read, rows] = picture(&session).unwrap().rows_read;
        let whole = wait(&mut session, |session| {
            picture(session).is_some_and(|picture| picture.is_read())
        });
        println!("{}: first {read} of {rows} rows", path.display());
        times[0].push((first - start).as_secs_f64() * 1e3);
        times[1].push((whole - start).as_secs_f64() * 1e3);
        close(session);
    }
    let [first, whole] = times.map(|mut times| {
        // The first round has the file read.
        times.remove(0);
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    println!(
        "{}: first picture {first:.0} ms, whole picture {whole:.0} ms",
        path.display()
    );
    read_ahead(path);
}

/// How long the picture of a band takes whose cells were read ahead, and then its statistics: asked for, found by the job, taken
/// in.
fn read_ahead(path: &Path) {
    let (woken, wakes) = std::sync::mpsc::channel();
    let wake = Wake::default();
    wake.set(move || woken.send(()).unwrap_or_default());
    let mut session = Session::new(Settings::for_test(), &wake);
    session.apply(Action::Open(path.to_owned()));
    wait(&mut session, |session| picture(session).is_some());
    let (mut times, mut numbers) = (Vec::new(), Vec::new());
    for band in (0..32).step_by(2) {
        session.apply(Action::SetBand(band));
        session.settle(Duration::from_secs(60));
        // What shares its cache lines is read once nothing else is to do.
        wait(&mut session, |session| {
            session.running_jobs().next().is_none()
        });
        let start = Instant::now();
        session.apply(Action::SetBand(band + 1));
        let until = |session: &mut Session, is_there: fn(&Document) -> bool| {
            while !is_there(session.active_document().unwrap()) {
                wakes.recv().unwrap();
                session.take_in();
            }
            start.elapsed().as_secs_f64() * 1e3
        };
        let pictured = until(&mut session, |document| {
            document.feeds().picture().is_current()
        });
        session.apply(Action::Statistics(StatisticsAction::Open(true)));
        let counted = until(&mut session, |document| {
            let statistics = document.feeds().statistics();
            statistics.is_current() && statistics.shown_whole().is_some()
        });
        session.apply(Action::Statistics(StatisticsAction::Open(false)));
        times.push(pictured);
        numbers.push(counted - pictured);
    }
    let size = picture(&session).unwrap().overview.image.dimensions();
    println!(
        "a band that was read ahead, as {size:?} pixels: {}",
        summary(times)
    );
    println!(
        "all statistics of the band that is shown: {}\n",
        summary(numbers)
    );
    close(session);
}

fn summary(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let (median, most) = (times[times.len() / 2], times[times.len() - 1]);
    format!("median {median:.1} ms, longest {most:.1} ms")
}

/// Takes the file out of the system's cache. Nobody may have it mapped.
fn drop_from_cache(path: &Path) {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}

fn read_whole(path: &Path) -> Duration {
    drop_from_cache(path);
    let mut file = File::open(path).unwrap();
    let mut buffer = vec![0; 4 << 20];
    let start = Instant::now();
    while file.read(&mut buffer).unwrap() > 0 {}
    start.elapsed()
}

/// A session that opens the cold file, and when it was asked to.
fn open(path: &Path) -> (Session, Instant) {
    drop_from_cache(path);
    let mut session = Session::new(Settings::for_test(), &Wake::default());
    let start = Instant::now();
    session.apply(Action::Open(path.to_owned()));
    (session, start)
}

/// Lets the session take in what comes, until something holds.
fn wait(session: &mut Session, until: impl Fn(&Session) -> bool) -> Instant {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        session.take_in();
        if until(session) {
            return Instant::now();
        }
        assert!(Instant::now() < deadline, "nothing comes");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn picture(session: &Session) -> Option<&cubescope::session::picture::Picture> {
    session.active_document()?.feeds().picture().shown()
}

/// Waits for its jobs, so that nothing keeps the file mapped.
fn close(mut session: Session) {
    if let Some(id) = session.active_document().map(Document::id) {
        session.apply(Action::Close(id));
    }
    wait(&mut session, |session| {
        session.running_jobs().next().is_none()
    });
}

fn first_part(path: &Path) -> Duration {
    let (mut session, start) = open(path);
    let end = wait(&mut session, |session| picture(session).is_some());
    let [read, rows] = picture(&session).unwrap().rows_read;
    println!("first picture: {read} of {rows} rows");
    close(session);
    end - start
}

fn whole_picture(path: &Path) -> Duration {
    let (mut session, start) = open(path);
    let end = wait(&mut session, |session| {
        picture(session).is_some_and(|picture| picture.is_read())
    });
    close(session);
    end - start
}

/// In the middle of reading.
fn cancel(path: &Path) -> Duration {
    let (mut session, _) = open(path);
    wait(&mut session, |session| picture(session).is_some());
    std::thread::sleep(Duration::from_millis(130));
    let is_picture = |slot| matches!(slot, Slot::Picture(_));
    let job = session
        .running_jobs()
        .find(|job| is_picture(job.slot()))
        .map(|job| job.id());
    let start = Instant::now();
    session.apply(Action::CancelJob(job.unwrap()));
    let end = wait(&mut session, |session| {
        !session.running_jobs().any(|job| is_picture(job.slot()))
    });
    close(session);
    end - start
}
