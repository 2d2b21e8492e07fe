//! What is typed is what is in the file, however slow the machine is.

use crate::display::{Display, Window, prints, small_file, wait_until};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const CELLS: usize = 150;
const FIELDS: usize = 50;

/// Numbers as people type them, short and long.
fn numbers() -> Vec<String> {
    let number = |n: usize| match n % 5 {
        0 => format!("{n}.5"),
        1 => format!("-{}.{:03}", n * 7 % 100, n * 37 % 1000),
        2 => format!("{}e-{}", n + 1, n % 9),
        3 => (1_700_000_000 + n * 100).to_string(),
        _ => format!("0.{}", n * 7919 % 100_000 + 1),
    };
    (0..CELLS + FIELDS).map(number).collect()
}

/// Two threads that keep the machine busy.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn start() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        for _ in 0..2 {
            let is_over = Arc::clone(&is_over);
            std::thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(is_over)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The array of a file, as its bytes stand there.
fn cells_in(file: &Path, cells: &[f64]) -> bool {
    let bytes: Vec<u8> = cells.iter().flat_map(|cell| cell.to_le_bytes()).collect();
    let file = std::fs::read(file).unwrap();
    file.windows(bytes.len()).any(|window| window == bytes)
}

#[test]
#[ignore = "needs Xvfb and xdotool; .ci/run runs it"]
fn two_hundred_numbers_arrive_as_typed_on_a_slow_machine() {
    let display = Display::start();
    let folder = tempfile::tempdir().unwrap();
    let file = small_file(folder.path(), "typed.mmdpickle");
    let path = file.to_str().unwrap();
    let shape = CELLS.to_string();
    prints(&[
        "set", path, "cells", "--empty", &shape, "--dtype", "float64",
    ]);
    for field in 0..FIELDS {
        prints(&["set", path, &format!("k{field:02}"), "0.0"]);
    }
    let numbers = numbers();
    let values: Vec<f64> = numbers
        .iter()
        .map(|number| number.parse().unwrap())
        .collect();
    let _busy = Busy::start();
    let window = Window::open(&display, &file, "cells");

    window.press(&["ctrl+e", "t", "ctrl+Home"]);
    for (round, chunk) in numbers[..CELLS].chunks(10).enumerate() {
        window.while_stopped(|| {
            for (n, number) in chunk.iter().enumerate() {
                window.type_text(number);
                // A slip of the finger, taken back.
                if n % 3 == 0 {
                    window.press(&["7", "BackSpace"]);
                }
                window.press(&["Return"]);
            }
        });
        let end = (round + 1) * 10;
        wait_until(
            &format!("the cells before {end} are not in the file"),
            || cells_in(&file, &values[..end]),
        );
    }

    for (field, number) in numbers[CELLS..].iter().enumerate() {
        let key = format!("k{field:02}");
        window.while_stopped(|| {
            // To the key, to its field, and there.
            window.press(&["ctrl+f"]);
            window.type_text(&key);
            window.press(&["Return", "Return", "ctrl+a"]);
            window.type_text(number);
            window.press(&["ctrl+s"]);
        });
        let value = values[CELLS + field];
        wait_until(&format!("{key} is not {number}"), || {
            prints(&["get", path, &key]).trim().parse() == Ok(value)
        });
    }
    assert!(cells_in(&file, &values[..CELLS]));
    for (field, value) in values[CELLS..].iter().enumerate() {
        let read = prints(&["get", path, &format!("k{field:02}")]);
        assert_eq!(read.trim().parse(), Ok(*value));
    }
}
