//! The binary as scripts use it: output, exit status, untouched files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that fails may panic"
)]

mod dis;
mod hostile;
mod offline;
mod spectrum;
mod writing;

use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(name)
        .display()
        .to_string()
}

fn sample() -> String {
    root("assets/sample.mmdpickle")
}

fn data(name: &str) -> String {
    root(&format!("tests/data/{name}"))
}

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cubescope"));
    command.args(args).stdin(Stdio::null());
    for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(display);
    }
    command.output().unwrap()
}

/// stdout of a run that must succeed.
fn text(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Json {
    serde_json::from_str(&text(args)).unwrap()
}

/// Exit status and stderr of a run that must not succeed.
fn failure(args: &[&str]) -> (i32, String) {
    let output = run(args);
    assert!(
        output.stdout.is_empty(),
        "{args:?} printed {:?}",
        String::from_utf8_lossy(&output.stdout)
    );
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn ls_lists_keys_in_file_order_with_places() {
    let list = json(&["ls", &sample(), "--json"]);
    assert_eq!(
        (&list["format"], &list["commit"], &list["compat"]),
        (
            &Json::from("mmapdict"),
            &Json::from(8),
            &Json::from("legacy")
        )
    );
    let entries = list["entries"].as_array().unwrap();
    let keys: Vec<&str> = entries
        .iter()
        .map(|entry| entry["key"].as_str().unwrap())
        .collect();
    let expected = [
        "description",
        "wavelengths",
        "labels",
        "scan-00000",
        "scan-00000-p",
        "groundtruth",
        "hdr",
        "processing_steps",
    ];
    assert_eq!(keys, expected);
    let scan = &entries[3];
    assert_eq!(scan["shape"], Json::from(vec![80, 88, 200]));
    assert_eq!(
        (&scan["dtype"], &scan["data_offset"]),
        (&Json::from("uint16"), &Json::from(2903))
    );
    assert_eq!(
        (&entries[6]["kind"], &entries[6]["mask_offset"]),
        (&Json::from("masked"), &Json::from(3_642_672))
    );
    assert_eq!(
        (&entries[0]["type"], &entries[0]["dtype"]),
        (&Json::from("str"), &Json::Null)
    );
}

#[test]
fn ls_all_shows_the_history() {
    let list = json(&["ls", &data("history.mmdpickle"), "--all", "--json"]);
    let states: Vec<&str> = list["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["live", "live", "live", "superseded", "deleted"]);
    assert!(text(&["ls", &data("history.mmdpickle")]).lines().count() == 3);
}

#[test]
fn get_prints_values_and_cells() {
    let values = data("values.mmdpickle");
    assert_eq!(text(&["get", &values, "tuple-1"]), "(1,)\n");
    assert_eq!(
        text(&["get", &values, "list", "--json"]).trim(),
        r#"[1,2.5,"three",null,true]"#
    );
    assert_eq!(
        json(&["get", &values, "float", "--typed"])["bits"],
        "3fb999999999999a"
    );
    assert_eq!(
        text(&["get", &sample(), "scan-00000", "--slice", "[0, 0, :3]"]),
        "[3682, 4022, 4592]\n"
    );
    assert_eq!(
        text(&["get", &sample(), "scan-00000", "--slice", "-1, -1, ::-100"]),
        "[1013, 2188]\n"
    );
    assert_eq!(
        json(&[
            "get",
            &sample(),
            "groundtruth",
            "--slice",
            "[0:2, 0]",
            "--typed"
        ])["v"][0]["t"],
        "int"
    );
    assert!(
        text(&["get", &sample(), "hdr"]).contains("masked array of float32, shape (30, 34, 200)")
    );
}

#[test]
fn what_json_cannot_say_exactly_is_refused_with_a_hint() {
    for key in [
        "bytes",
        "float-nan",
        "tuple-4",
        "complex",
        "loop",
        "datetime",
    ] {
        let (status, message) = failure(&["get", &data("values.mmdpickle"), key, "--json"]);
        assert_eq!(status, 1, "{key}");
        assert!(message.contains("--typed"), "{key}: {message}");
    }
}

#[test]
fn stats_are_those_of_numpy() {
    let stats = json(&[
        "stats",
        &sample(),
        "scan-00000",
        "--slice",
        "[:, :, 25]",
        "--percentiles",
        "2,98",
        "--json",
    ]);
    let close = |name: &str, want: f64| {
        let got = stats[name].as_f64().unwrap();
        assert!((got - want).abs() <= want.abs() * 1e-12, "{name}: {got}");
    };
    assert_eq!(
        (&stats["count"], &stats["min"], &stats["max"]),
        (&Json::from(7040), &Json::from(2379), &Json::from(7000))
    );
    close("mean", 4_023.695_028_409_091);
    close("std", 922.054_656_933_639);
    assert_eq!(
        stats["percentiles"]["98"]
            .as_f64()
            .map(|p| (p * 100.0).round()),
        Some(567_444.0)
    );
    let masked = json(&["stats", &sample(), "hdr", "--json"]);
    assert_eq!(
        (&masked["masked"], &masked["nan"]),
        (&Json::from(60_200), &Json::from(0))
    );
}

#[test]
fn spectrum_names_wavelengths_and_masked_bands() {
    let spectrum = json(&["spectrum", &sample(), "scan-00000", "--at", "0,0", "--json"]);
    assert_eq!(
        (&spectrum["values"][0], &spectrum["values"][199]),
        (&Json::from(3682), &Json::from(1010))
    );
    assert_eq!(spectrum["wavelengths"][25], Json::from(646.72));
    assert_eq!(
        (&spectrum["masked"][0], &spectrum["sigma"]),
        (&Json::from(false), &Json::Null)
    );
    let csv = text(&["spectrum", &sample(), "scan-00000", "--at", "0,0", "--csv"]);
    assert!(
        csv.starts_with("band,wavelength_nm,value,masked\n0,400.02,3682,0\n"),
        "{csv}"
    );
    let (status, message) = failure(&["spectrum", &sample(), "scan-00000", "--at", "0,99"]);
    assert!(status == 2 && message.contains("88"), "{message}");
    let (status, message) = failure(&["spectrum", &sample(), "scan-00000", "--at", "7"]);
    assert!(
        status == 2 && message.contains("needs 2 indices"),
        "{message}"
    );
}

fn picture(folder: &Path, args: &[&str]) -> image::RgbaImage {
    let file: PathBuf = folder.join("picture.png");
    let name = file.display().to_string();
    text(&[&["render"], args, &["-o", &name]].concat());
    image::open(&file).unwrap().to_rgba8()
}

#[test]
fn render_follows_the_convention() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample();
    let rgb = picture(folder.path(), &[&sample, "scan-00000", "--rgb", "25,15,6"]);
    // Values and limits of this pixel are in the sample: bands 25, 15, 6 at row 0, column 0.
    assert_eq!(
        (rgb.dimensions(), rgb.get_pixel(0, 0).0),
        ((88, 80), [105, 81, 99, 255])
    );
    assert_eq!(
        picture(folder.path(), &[&sample, "scan-00000"]),
        rgb,
        "the default is what the window shows first"
    );
    let single = picture(folder.path(), &[&sample, "scan-00000", "--band", "49"]);
    assert_eq!(single.get_pixel(0, 0).0, [72, 36, 117, 255]);
    assert_eq!(
        picture(folder.path(), &[&sample, "scan-00000", "--slice", ":,:,49"]),
        single
    );
    let small = picture(
        folder.path(),
        &[&sample, "scan-00000", "--band", "49", "--max-size", "40"],
    );
    assert_eq!(
        (small.dimensions(), small.get_pixel(0, 0)),
        ((30, 27), single.get_pixel(0, 0))
    );
    let masked = picture(
        folder.path(),
        &[
            &sample,
            "hdr",
            "--band",
            "0",
            "--colormap",
            "gray",
            "--stretch",
            "fixed:0,1",
        ],
    );
    assert!(
        masked.pixels().any(|pixel| pixel.0 == [0, 0, 0, 0])
            && masked.pixels().any(|pixel| pixel.0[3] == 255)
    );
}

#[test]
fn render_never_overwrites_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cube.mmdpickle");
    std::fs::copy(sample(), &file).unwrap();
    let name = file.display().to_string();
    let (status, message) = failure(&["render", &name, "scan-00000", "-o", &name]);
    assert!(status == 2 && message.contains("overwrite"), "{message}");
    assert_eq!(
        std::fs::read(&file).unwrap(),
        std::fs::read(sample()).unwrap()
    );
}

#[test]
fn a_curve_is_its_own_spectrum() {
    let spectrum = json(&["spectrum", &data("arrays.mmdpickle"), "shape-4", "--json"]);
    assert_eq!(spectrum["values"], serde_json::json!([0, 1, 2, 3]));
    assert_eq!(
        text(&[
            "get",
            &data("arrays.mmdpickle"),
            "shape-3x0x2",
            "--slice",
            "..."
        ]),
        "[[], [], []]\n"
    );
}

#[test]
fn names_from_a_file_cannot_command_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("escape.pickle");
    std::fs::write(&file, b"\x80\x04}\x8c\x05a\x1b[2JK\x01s.").unwrap();
    let name = file.display().to_string();
    let list = text(&["ls", &name]);
    assert!(list.starts_with("a\\x1b[2J"), "{list:?}");
    assert_eq!(
        json(&["ls", &name, "--json"])["entries"][0]["key"],
        "a\u{1b}[2J"
    );
}

#[test]
fn mistakes_have_their_status_and_message() {
    let sample = sample();
    let cases: [(&[&str], i32, &str); 7] = [
        (&["get", &sample, "scan"], 1, "\"scan-00000\""),
        (&["get", &sample, "nothing like it"], 1, "There is no key"),
        (&["ls", "/no/such/file"], 2, "not found"),
        (&["ls", &data("list.json")], 2, "not found"),
        (
            &["stats", &sample, "description"],
            2,
            "it is a str, not an array",
        ),
        (&["get", &sample, "hdr", "--slice", "[0, 99]"], 2, "99"),
        (
            &[
                "render",
                &sample,
                "groundtruth",
                "--band",
                "1",
                "-o",
                "/dev/null",
            ],
            2,
            "no bands",
        ),
    ];
    for (args, status, words) in cases {
        let (got, message) = failure(args);
        assert_eq!(got, status, "{args:?}: {message}");
        assert!(message.contains(words), "{args:?}: {message}");
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cubescope"))
        .args(["get", &sample(), "scan-00000", "--slice", "..."])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn without_a_display_the_command_for_the_same_picture_is_named() {
    let (status, message) = failure(&[]);
    assert_eq!((status, message.lines().count()), (2, 1), "{message}");
    assert!(
        message.contains("cubescope render") && message.contains("--rgb 25,15,6"),
        "{message}"
    );
    let (status, message) = failure(&[&sample(), "--key", "hdr", "--band", "3"]);
    assert!(
        status == 2 && message.contains("hdr --band 3 -o"),
        "{message}"
    );
}
