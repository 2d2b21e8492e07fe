//! `spectrum`: its three forms, byte for byte, and arrays longer than any memory.

use crate::{data, json, sample, text};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// A copy of a file with an array of zeros, most of which is a hole.
fn with_zeros(cells: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.mmdpickle");
    fs::write(&path, fs::read(data("history.mmdpickle")).unwrap()).unwrap();
    let file = path.display().to_string();
    text(&["set", &file, "zeros", "--empty", cells, "--dtype", "uint8"]);
    (folder, file)
}

#[test]
fn each_form_is_what_scripts_know() {
    let arrays = data("arrays.mmdpickle");
    assert_eq!(
        text(&["spectrum", &arrays, "shape-4"]),
        "band  value  masked\n0     0      0\n1     1      0\n2     2      0\n3     3      0\n"
    );
    assert_eq!(
        text(&["spectrum", &arrays, "shape-4", "--csv"]),
        "band,value,masked\n0,0,0\n1,1,0\n2,2,0\n3,3,0\n"
    );
    assert_eq!(
        text(&["spectrum", &arrays, "shape-4", "--json"]),
        "{\"key\":\"shape-4\",\"at\":[],\"wavelengths\":null,\"values\":[0,1,2,3],\
         \"masked\":[false,false,false,false],\"sigma\":null}\n"
    );
    let table = text(&["spectrum", &sample(), "scan-00000", "--at", "0,0"]);
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("band  wavelength_nm  value  masked"));
    assert_eq!(lines.next(), Some("0     400.02         3682   0"));
}

#[test]
fn a_long_table_keeps_its_columns() {
    let (_folder, file) = with_zeros("1000001");
    let table = text(&["spectrum", &file, "zeros"]);
    let csv = text(&["spectrum", &file, "zeros", "--csv"]);
    assert_eq!(
        (table.lines().count(), csv.lines().count()),
        (1_000_002, 1_000_002)
    );
    assert!(table.starts_with("band     value  masked\n0        0      0\n"));
    assert!(table.ends_with("\n1000000  0      0\n"));
    assert!(csv.ends_with("\n1000000,0,0\n"));
    let document = json(&["spectrum", &file, "zeros", "--json"]);
    assert_eq!(document["values"].as_array().unwrap().len(), 1_000_001);
    assert_eq!(document["masked"].as_array().unwrap().len(), 1_000_001);
}

#[test]
fn of_an_endless_spectrum_as_much_is_read_as_is_wanted() {
    let (_folder, file) = with_zeros("100000000000");
    let first = |form: &[&str], bytes: u64, lines: usize| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cubescope"))
            .args(["spectrum", &file, "zeros"])
            .args(form)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(std::io::Read::take(child.stdout.take().unwrap(), bytes));
        let read: Vec<String> = out.lines().take(lines).map(Result::unwrap).collect();
        // The pipe is closed here.
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
        read
    };
    assert_eq!(
        first(&["--csv"], 1 << 20, 3),
        ["band,value,masked", "0,0,0", "1,0,0"]
    );
    assert_eq!(
        first(&[], 1 << 20, 2),
        ["band         value  masked", "0            0      0"]
    );
    let document = first(&["--json"], 1 << 20, 1);
    assert!(document[0].ends_with(",0,0,0") || document[0].ends_with(",0,0,"));
}
