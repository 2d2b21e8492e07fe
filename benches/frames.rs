//! How long the window's own code takes for a frame, painting excluded, with large lists, values and tables.
//!
//! A list of figures, not a test: the times depend on the machine. `benches/README.md` has some.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a program for measuring"
)]

use cubescope::app::ViewerApp;
use cubescope::exchange::put_empty;
use cubescope::mmapdict::{Editor, NewFile, Payload, Plan, create};
use cubescope::pickle::parse_literal;
use cubescope::progress::Progress;
use cubescope::session::history::HistoryTab;
use cubescope::session::{Action, Session};
use cubescope::source::{ByteSource as _, MemoryStore};
use eframe::egui;
use egui_kittest::Harness;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[path = "pictures/cube.rs"]
#[allow(dead_code, reason = "shared with other benchmarks")]
mod cube;

type Window = Harness<'static, ViewerApp>;

fn main() {
    // `cargo test --benches` runs it as well; there is nothing to test.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        "frame times", "median", "p99", "longest"
    );
    keys(folder.path());
    list(folder.path());
    text(folder.path(), 10_000_000);
    text(folder.path(), 90_000);
    text(folder.path(), 1_900_000);
    table(folder.path());
    bands();
}

/// A container with what `fill` puts, written at once.
fn container(folder: &Path, name: &str, fill: impl FnOnce(&mut Editor<'_>)) -> PathBuf {
    let path = folder.join(name);
    let progress = Progress::new();
    create(&path, None, |store| {
        NewFile::begin(store, &progress)?.finish(0)
    })
    .unwrap();
    let store = MemoryStore::new(std::fs::read(&path).unwrap());
    fill(&mut Editor::new(&store, &progress).unwrap());
    let mut bytes = vec![0; usize::try_from(store.len()).unwrap()];
    store.read_at(0, &mut bytes).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

fn put(editor: &mut Editor<'_>, key: &str, literal: &str) {
    let value = parse_literal(literal).unwrap();
    editor.put_value(key, Plan::Any, &value).unwrap();
}

fn window(path: &Path) -> Window {
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(40)
        .build_ui_state(
            |ui, app: &mut ViewerApp| app.show(ui),
            ViewerApp::new(Session::for_test()),
        );
    act(&mut harness, Action::Open(path.to_owned()));
    act(&mut harness, Action::SetEditing(true));
    harness
}

fn act(harness: &mut Window, action: Action) {
    harness.state_mut().session_mut().apply(action);
    settle(harness);
}

fn settle(harness: &mut Window) {
    for _ in 0..2 {
        assert!(
            harness
                .state_mut()
                .session_mut()
                .settle(Duration::from_secs(60))
        );
        harness.run_steps(2);
    }
}

/// Frames in each of which something happens.
fn measure(
    what: &str,
    harness: &mut Window,
    count: usize,
    mut event: impl FnMut(&mut Window, usize),
) {
    let mut times = Vec::new();
    for number in 0..count {
        event(harness, number);
        let start = Instant::now();
        harness.step();
        times.push(start.elapsed());
    }
    settle(harness);
    times.sort();
    let at = |part: usize| {
        let place = (times.len() * part / 100).min(times.len() - 1);
        format!("{:.1} ms", times[place].as_secs_f64() * 1e3)
    };
    println!("{what:<44} {:>9} {:>9} {:>9}", at(50), at(99), at(100));
}

fn wheel(harness: &mut Window, at: egui::Pos2, points: f32) {
    harness.hover_at(at);
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, points),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
}

const LEFT: egui::Pos2 = egui::pos2(120.0, 500.0);
const MIDDLE: egui::Pos2 = egui::pos2(700.0, 500.0);

/// Ten thousand keys, and as many dead versions.
fn keys(folder: &Path) {
    let path = container(folder, "keys", |editor| {
        for number in 0..10_000 {
            let payload = |opcodes: &[u8]| Payload {
                pieces: vec![cubescope::mmapdict::Piece::Bytes(opcodes.to_vec())],
                memo: 1,
            };
            let key = format!("key {number:05}");
            editor.put(&key, Plan::Any, payload(b"K\x01")).unwrap();
            let key = format!("gone {number:05}");
            editor.put(&key, Plan::Any, payload(b"K\x02")).unwrap();
            editor.delete(&key, Plan::Any).unwrap();
        }
    });
    let mut harness = window(&path);
    measure("10 000 keys: nothing happens", &mut harness, 100, |_, _| {});
    measure(
        "10 000 keys: the list scrolls",
        &mut harness,
        200,
        |harness, _| {
            wheel(harness, LEFT, -400.0);
        },
    );
    measure(
        "10 000 keys: the selection moves",
        &mut harness,
        200,
        |harness, _| {
            harness
                .state_mut()
                .session_mut()
                .apply(Action::MoveSelection(7));
        },
    );
    measure(
        "10 000 keys: a filter is typed",
        &mut harness,
        50,
        |harness, number| {
            let filter = "key 00012".get(..number % 9).unwrap_or_default().to_owned();
            harness
                .state_mut()
                .session_mut()
                .apply(Action::SetFilter(filter));
        },
    );
    act(&mut harness, Action::SetFilter(String::new()));
    act(&mut harness, Action::SetHistory(true));
    for (tab, what) in [
        (HistoryTab::Key, "10 000 keys: versions of one at the right"),
        (
            HistoryTab::Deleted,
            "10 000 keys: 10 000 deleted at the right",
        ),
    ] {
        act(&mut harness, Action::SetHistoryTab(tab));
        measure(what, &mut harness, 100, |harness, _| {
            wheel(harness, LEFT, -400.0)
        });
    }
}

fn list(folder: &Path) {
    let path = container(folder, "list", |editor| {
        let items: Vec<String> = (0..1_000_000)
            .map(|number| (number * 7).to_string())
            .collect();
        put(editor, "list", &format!("[{}]", items.join(",")));
    });
    let mut harness = window(&path);
    measure(
        "list of 1 000 000: nothing happens",
        &mut harness,
        100,
        |_, _| {},
    );
    measure(
        "list of 1 000 000: it scrolls",
        &mut harness,
        200,
        |harness, _| {
            wheel(harness, MIDDLE, -4000.0);
        },
    );
}

fn text(folder: &Path, len: usize) {
    let name = format!("str of {len}");
    let path = container(folder, &name, |editor| {
        let line = "A line of a log that somebody keeps in one string. ";
        let text: String = line.chars().cycle().take(len).collect();
        let text = text.replace("string. A", "string.\\nA");
        put(editor, "log", &format!("'{text}'"));
    });
    let mut harness = window(&path);
    measure(
        &format!("{name}: nothing happens"),
        &mut harness,
        60,
        |_, _| {},
    );
    measure(
        &format!("{name}: it scrolls"),
        &mut harness,
        100,
        |harness, _| {
            wheel(harness, MIDDLE, -400.0);
        },
    );
    harness.drag_at(MIDDLE);
    harness.step();
    harness.drop_at(MIDDLE);
    harness.step();
    measure(
        &format!("{name}: something is typed"),
        &mut harness,
        30,
        |harness, _| {
            harness.event(egui::Event::Text("x".to_owned()));
        },
    );
}

/// 50 000 × 50 000 cells that take no space.
fn table(folder: &Path) {
    let path = container(folder, "table", |_| {});
    let shape = [50_000, 50_000];
    put_empty(
        &path,
        "image",
        Plan::Absent,
        "uint16",
        &shape,
        false,
        &Progress::new(),
    )
    .unwrap();
    let mut harness = window(&path);
    act(&mut harness, Action::ShowTable(true));
    measure(
        "table of 50 000 × 50 000: nothing happens",
        &mut harness,
        100,
        |_, _| {},
    );
    measure(
        "table of 50 000 × 50 000: it scrolls",
        &mut harness,
        200,
        |harness, number| {
            wheel(
                harness,
                MIDDLE,
                if number % 50 < 25 { -4000.0 } else { 90_000.0 },
            );
        },
    );
}

/// A hundred bands of a cube of 1.5 GB that is in memory, one in each frame, as a slider that is dragged wants them.
fn bands() {
    let cube = cube::Cube::new(cube::Kind::U16, cube::Order::Yxl);
    let mut harness = window(cube.path());
    act(&mut harness, Action::SetEditing(false));
    for (what, pause) in [
        ("1.5 GB: a band in each frame, at once", 0),
        ("1.5 GB: a band in each frame, 60 a second", 16),
    ] {
        act(&mut harness, Action::SetBand(150));
        measure(what, &mut harness, 100, |harness, number| {
            // The time between two frames, in which jobs go on.
            std::thread::sleep(Duration::from_millis(pause));
            let session = harness.state_mut().session_mut();
            session.apply(Action::SetBand(150 + number));
        });
    }
}
