//! The real window on a virtual display. Needs Xvfb and the window's run-time libraries, so it does not run by default.
#![cfg(all(target_os = "linux", feature = "gui"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that fails may panic"
)]

mod clipboard;
mod display;
mod typing;

use display::{Display, binary};
use image::RgbaImage;
use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

fn screenshot(display: &Display, args: &[&str]) -> (Option<i32>, Option<RgbaImage>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("window.png");
    let status = Command::new(binary())
        .args(args)
        .arg("--screenshot")
        .arg(&file)
        .env("DISPLAY", &display.name)
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", folder.path())
        .status()
        .unwrap();
    let image = image::open(&file).ok().map(|image| image.to_rgba8());
    (status.code(), image)
}

/// Left and right, top and bottom of a part of the window.
type Part = (std::ops::Range<u32>, std::ops::Range<u32>);

fn colours(image: &RgbaImage, (xs, ys): Part) -> HashSet<[u8; 4]> {
    ys.flat_map(|y| xs.clone().map(move |x| (x, y)))
        .map(|(x, y)| image.get_pixel(x, y).0)
        .collect()
}

/// Columns in which a thin line stands out from the background: at least 100 levels apart, on at most a third of the height.
fn columns_with_a_curve(image: &RgbaImage, (xs, ys): Part) -> usize {
    let luminance = |x, y| {
        image.get_pixel(x, y).0[..3]
            .iter()
            .map(|&level| i32::from(level))
            .sum::<i32>()
            / 3
    };
    let height = ys.end - ys.start;
    xs.filter(|&x| {
        let mut levels: Vec<i32> = ys.clone().map(|y| luminance(x, y)).collect();
        levels.sort_unstable();
        let background = levels[levels.len() / 2];
        let apart = levels
            .iter()
            .filter(|level| (*level - background).abs() >= 100)
            .count();
        apart > 0 && apart < height as usize / 3
    })
    .count()
}

#[test]
#[ignore = "needs Xvfb; .ci/run runs it"]
fn the_sample_shows_its_picture_and_a_spectrum() {
    let display = Display::start();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.mmdpickle");
    let before = std::fs::metadata(&sample).unwrap();
    for (width, height, size) in [(1280, 800, "1280x800"), (1920, 1080, "1920x1080")] {
        // No file is named: the sample is what opens.
        let (status, image) = screenshot(&display, &["--size", size]);
        let image = image.expect("no screenshot was saved");
        assert_eq!((status, image.dimensions()), (Some(0), (width, height)));
        // The picture is in the upper part right of the keys, the spectrum in the lower.
        let picture = colours(&image, (width * 2 / 5..width, height / 5..height / 2));
        assert!(
            picture.len() > 1000,
            "{size}: the picture has {} colours",
            picture.len()
        );
        let plot: Part = (
            width * 2 / 5..width * 49 / 50,
            // Below it are the axis, its label and the status bar, whatever the size.
            height * 7 / 10..height - 70,
        );
        let columns = columns_with_a_curve(&image, plot.clone());
        let share = columns as f64 / f64::from(plot.0.end - plot.0.start);
        assert!(
            share > 0.5,
            "{size}: a curve stands in {share:.2} of the columns"
        );
    }
    let after = std::fs::metadata(&sample).unwrap();
    assert_eq!(
        before.modified().unwrap(),
        after.modified().unwrap(),
        "the sample was touched"
    );
}

#[test]
#[ignore = "needs Xvfb; .ci/run runs it"]
fn the_picture_in_the_window_is_the_one_that_render_makes() {
    let display = Display::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("band.png");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.mmdpickle");
    let rendered = Command::new(binary())
        .args([
            "render",
            &sample.display().to_string(),
            "scan-00000",
            "--band",
            "49",
            "-o",
            &file.display().to_string(),
        ])
        .status()
        .unwrap();
    assert!(rendered.success());
    let (_, image) = screenshot(&display, &["--band", "49"]);
    let shown = colours(&image.unwrap(), (0..1280, 0..800));
    let rendered: HashSet<[u8; 4]> = image::open(&file)
        .unwrap()
        .to_rgba8()
        .pixels()
        .map(|pixel| pixel.0)
        .collect();
    let missing = rendered
        .iter()
        .filter(|colour| !shown.contains(*colour))
        .count();
    assert!(
        missing * 50 < rendered.len(),
        "{missing} of {} colours are not in the window",
        rendered.len()
    );
}

#[test]
#[ignore = "needs Xvfb; .ci/run runs it"]
fn a_broken_file_is_shown_as_such_and_told_by_the_status() {
    let display = Display::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("photo.mmdpickle");
    std::fs::write(&file, b"\xff\xd8\xff\xe0 no cube").unwrap();
    let (status, image) = screenshot(&display, &[&file.display().to_string()]);
    assert_eq!(status, Some(2));
    let text = colours(
        &image.expect("no screenshot was saved"),
        (300..1280, 100..700),
    );
    assert!(text.len() > 20, "nothing is said in the window");
}
