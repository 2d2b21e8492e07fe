//! How long pictures and numbers of a large cube take, against bare loops over the same bytes.
//!
//! Each cube is made here, in a folder of the build, and removed again. Every comparison is printed as the ratio of two
//! medians whose runs alternate, so that what else the machine does meets both.
//!
//! `cargo bench --no-default-features --bench pictures -- [PART OF A NAME]`
//!
//! With CUBESCOPE_CUBE, the numbers of the `cube` in that file instead, which is (y, x, l) of uint16: for
//! `against_numpy.py`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot make its file may panic, and says what it measured"
)]

#[allow(dead_code, reason = "shared with other benchmarks")]
mod cube;
mod peer;

use criterion::Criterion;
use cube::{COLUMNS, Cube, Kind, Order, ROWS};
use cubescope::analysis::{means, stats};
use cubescope::array::{ArrayView, Plane, gather, percentiles};
use cubescope::progress::Progress;
use cubescope::render::{self, Colormap, Limits, Scale, Stretch};
use image::RgbaImage;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// Alternating runs of each side.
const ROUNDS: usize = 15;

/// Both sides as criterion measures, and their ratio from runs that alternate.
fn compare<A, B>(
    criterion: &mut Criterion,
    name: &str,
    mut peer: impl FnMut() -> A,
    mut ours: impl FnMut() -> B,
) {
    criterion.bench_function(&format!("{name}: bare loop"), |b| b.iter(&mut peer));
    criterion.bench_function(&format!("{name}: cubescope"), |b| b.iter(&mut ours));
    let (mut theirs, mut own) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(timed(&mut peer));
        own.push(timed(&mut ours));
    }
    let (theirs, own) = (median(&mut theirs), median(&mut own));
    println!(
        "{name}: bare loop {:.2} ms, cubescope {:.2} ms, ratio {:.2}\n",
        theirs * 1e3,
        own * 1e3,
        own / theirs
    );
}

fn timed<T>(work: &mut impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Read, limits from percentiles, painted: what the window does for a band that it has not seen.
fn picture(bands: &[ArrayView]) -> RgbaImage {
    let planes = gather(bands, &Progress::new()).unwrap();
    let limits = limits(&planes);
    painted(&planes, &limits)
}

/// The same with percentiles of every 16th row.
fn picture_by_sample(bands: &[ArrayView]) -> RgbaImage {
    let few = |view: &ArrayView| view.slice_axis(0, 0, view.shape()[0], 16).unwrap();
    let few: Vec<_> = bands.iter().map(few).collect();
    let limits = limits(&gather(&few, &Progress::new()).unwrap());
    let planes = gather(bands, &Progress::new()).unwrap();
    painted(&planes, &limits)
}

fn limits(planes: &[Plane]) -> Vec<Option<Limits>> {
    render::limits(planes, Stretch::default(), &Progress::new()).unwrap()
}

fn painted(planes: &[Plane], limits: &[Option<Limits>]) -> RgbaImage {
    match (planes, limits) {
        ([red, green, blue], &[r, g, b]) => {
            render::composite([red, green, blue], [r, g, b], Scale::Linear)
        }
        ([plane], &[limits]) => render::single(plane, limits, Scale::Linear, Colormap::Viridis),
        _ => RgbaImage::default(),
    }
}

/// Darkest and brightest of the integers, for the bare loops.
const ENDS: (f32, f32) = (1600.0, 4800.0);

/// The byte of each integer, for the bare loop of three bands.
fn bytes() -> Vec<u8> {
    let (lo, hi) = ENDS;
    let byte = |value: u16| ((f32::from(value) - lo) / (hi - lo) * 255.0 + 0.5) as u8;
    (0..=u16::MAX).map(byte).collect()
}

/// Colours and limits for the bare loop.
fn table(kind: Kind) -> (Vec<u32>, (f32, f32)) {
    let (lo, hi) = ENDS;
    let colour = |byte: u8| {
        let [red, green, blue] = Colormap::Viridis.table()[usize::from(byte)];
        u32::from_le_bytes([red, green, blue, 255])
    };
    if kind == Kind::U16 {
        (bytes().into_iter().map(colour).collect(), (lo, hi))
    } else {
        ((0..=u8::MAX).map(colour).collect(), (lo / 7.0, hi / 7.0))
    }
}

fn pictures(criterion: &mut Criterion, cube: &Cube) {
    let name = cube.name();
    let (table, limits) = table(cube.kind);
    let mut out = vec![0_u32; ROWS * COLUMNS];
    let band = cube.bands / 2;
    let view = [cube.band(band)];
    compare(
        criterion,
        &format!("{name}, one band, whole"),
        || peer::paint(cube, band, &table, limits, &mut out),
        || render::recycle(picture(&view)),
    );
    compare(
        criterion,
        &format!("{name}, one band, whole, limits of a sample"),
        || peer::paint(cube, band, &table, limits, &mut out),
        || render::recycle(picture_by_sample(&view)),
    );
    // Bands as far apart as the visible spectrum is in such a cube.
    let bands = [band, band / 2, band / 4];
    let composite = bands.map(|band| cube.band(band));
    let bytes = bytes();
    compare(
        criterion,
        &format!("{name}, three bands, whole"),
        || peer::compose(cube, bands, &bytes, limits, &mut out),
        || render::recycle(picture(&composite)),
    );
    compare(
        criterion,
        &format!("{name}, three bands, whole, limits of samples"),
        || peer::compose(cube, bands, &bytes, limits, &mut out),
        || render::recycle(picture_by_sample(&composite)),
    );
    compare_own(
        criterion,
        &format!("{name}, three bands against one"),
        || render::recycle(picture(&view)),
        || render::recycle(picture(&composite)),
    );
    if cube.order == Order::Yxl {
        // In the same cache line for most pixels.
        let near = [0, 3, 6].map(|before| cube.band(band - before));
        compare_own(
            criterion,
            &format!("{name}, three bands side by side against one"),
            || render::recycle(picture(&view)),
            || render::recycle(picture(&near)),
        );
    }
    let mut single = out.clone();
    compare_own(
        criterion,
        &format!("{name}, three bands against one, bare loops"),
        || peer::paint(cube, band, &table, limits, &mut single),
        || peer::compose(cube, bands, &bytes, limits, &mut out),
    );
    let screen = view[0].slice_axis(0, 100, 900, 1).unwrap();
    let screen = [screen.slice_axis(1, 100, 1100, 1).unwrap()];
    criterion.bench_function(&format!("{name}, one band, 1000 x 800"), |b| {
        b.iter(|| render::recycle(picture(&screen)));
    });
}

/// Exact numbers against the sum over the bytes that they are made from.
fn numbers(criterion: &mut Criterion, cube: &Cube) {
    let name = cube.name();
    let progress = Progress::new();
    for (what, kept) in [("mean picture", &[0, 1][..]), ("mean spectrum", &[2])] {
        compare(
            criterion,
            &format!("{name}, {what}"),
            || peer::sum(cube.data()) ^ cube.mask().map_or(0, peer::sum),
            || means(&cube.view, kept, &progress, |_| {}).unwrap(),
        );
    }
    let band = cube.band(cube.bands / 2);
    criterion.bench_function(&format!("{name}, percentiles of a band"), |b| {
        b.iter(|| percentiles(&band, &[2.0, 50.0, 98.0], &progress).unwrap());
    });
    criterion.bench_function(&format!("{name}, statistics of a band"), |b| {
        b.iter(|| stats(&band, &[2.0, 50.0, 98.0], &progress).unwrap());
    });
}

/// Two works of the program, as a ratio.
fn compare_own<A, B>(
    criterion: &mut Criterion,
    name: &str,
    mut base: impl FnMut() -> A,
    mut more: impl FnMut() -> B,
) {
    criterion.bench_function(name, |b| b.iter(&mut more));
    let (mut bases, mut mores) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bases.push(timed(&mut base));
        mores.push(timed(&mut more));
    }
    let ratio = median(&mut mores) / median(&mut bases);
    println!("{name}: ratio {ratio:.2}\n");
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .without_plots()
        .configure_from_args();
    if let Some(path) = std::env::var_os("CUBESCOPE_CUBE") {
        numbers(
            &mut criterion,
            &Cube::open(Path::new(&path), Kind::U16, Order::Yxl),
        );
        return criterion.final_summary();
    }
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    for kind in Kind::ALL {
        for order in Order::ALL {
            let name = format!("{} {}", kind.name(), order.name());
            // A cube is made only for those that are asked for.
            if wanted
                .as_ref()
                .is_none_or(|wanted| name.contains(wanted.as_str()) || wanted.contains(&name))
            {
                let cube = Cube::new(kind, order);
                pictures(&mut criterion, &cube);
                numbers(&mut criterion, &cube);
            }
        }
    }
    criterion.final_summary();
}
