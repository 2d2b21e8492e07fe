use super::*;
use std::io::Read as _;

#[derive(Debug, PartialEq)]
struct Read {
    dtype: &'static str,
    shape: Vec<u64>,
    numbers: Vec<String>,
}

fn read(text: impl AsRef<[u8]>) -> Result<Read, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, text).unwrap();
    let table = super::read(&file, &folder.path().join("m"), &Progress::new());
    let table = table.map_err(|trouble| match trouble {
        Trouble::Wrong(why) => why,
        Trouble::Cancelled(_) => "cancelled".to_owned(),
    })?;
    let mut bytes = Vec::new();
    let mut reader = table.cells.into_reader().unwrap();
    reader.read_to_end(&mut bytes).unwrap();
    let word = |bytes: &[u8]| <[u8; 8]>::try_from(bytes).unwrap();
    let numbers = bytes.chunks(8).map(|bytes| match table.dtype {
        "int64" => i64::from_le_bytes(word(bytes)).to_string(),
        "uint64" => u64::from_le_bytes(word(bytes)).to_string(),
        _ => format!("{:?}", f64::from_le_bytes(word(bytes))),
    });
    Ok(Read {
        dtype: table.dtype,
        shape: table.shape,
        numbers: numbers.collect(),
    })
}

#[track_caller]
fn reads(text: impl AsRef<[u8]>, dtype: &'static str, shape: &[u64], numbers: &[&str]) {
    let numbers = numbers.iter().map(|&number| number.to_owned()).collect();
    let shape = shape.to_vec();
    let expected = Read {
        dtype,
        shape,
        numbers,
    };
    assert_eq!(read(text).unwrap(), expected);
}

#[track_caller]
fn refused(text: impl AsRef<[u8]>, words: &[&str]) {
    let why = read(text).unwrap_err();
    for word in words {
        assert!(why.contains(word), "{why}");
    }
}

#[test]
fn tables_of_numbers() {
    reads("1,2\n3,4\n", "int64", &[2, 2], &["1", "2", "3", "4"]);
    reads("nm;r\n400;0.5\n", "float64", &[1, 2], &["400.0", "0.5"]);
    reads("# note\n1\n2.5\n", "float64", &[2], &["1.0", "2.5"]);
    reads("1 2 3", "int64", &[1, 3], &["1", "2", "3"]);
    reads(
        "  1   2\t3  \r\n 4 5 6\r\n",
        "int64",
        &[2, 3],
        &["1", "2", "3", "4", "5", "6"],
    );
    reads("1,,3\n", "float64", &[1, 3], &["1.0", "NaN", "3.0"]);
    reads("\n\n7\n\n8\n", "int64", &[2], &["7", "8"]);
}

#[test]
fn a_byte_order_mark_is_no_text() {
    reads("\u{feff}400\r\n405\r\n", "int64", &[2], &["400", "405"]);
    let utf16 = |text: &str, mark: u16, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = std::iter::once(mark).chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    };
    let text = "µ\tr\r\n400\t0.5\r\n405\t0.6\r\n";
    let numbers = ["400.0", "0.5", "405.0", "0.6"];
    reads(
        utf16(text, 0xfeff, u16::to_le_bytes),
        "float64",
        &[2, 2],
        &numbers,
    );
    reads(
        utf16(text, 0xfeff, u16::to_be_bytes),
        "float64",
        &[2, 2],
        &numbers,
    );
    reads(
        b"Wellenl\xe4nge;R\n0.4;0.5\n",
        "float64",
        &[1, 2],
        &["0.4", "0.5"],
    );
}

#[test]
fn gaps_in_the_first_row_are_a_row() {
    reads("NA\n1\n2\n", "float64", &[3], &["NaN", "1.0", "2.0"]);
    reads(
        "-,-\n1,2\n",
        "float64",
        &[2, 2],
        &["NaN", "NaN", "1.0", "2.0"],
    );
    reads("nm,-\n1,2\n", "int64", &[1, 2], &["1", "2"]);
}

#[test]
fn headings_of_several_rows_and_what_says_the_separator() {
    reads(
        "Instrument: X\nnm,r\n400,0.5\n",
        "float64",
        &[1, 2],
        &["400.0", "0.5"],
    );
    reads(
        "wavelength, in nm\n400 0.5\n",
        "float64",
        &[1, 2],
        &["400.0", "0.5"],
    );
    reads("sep=;\n1;2\n3;4\n", "int64", &[2, 2], &["1", "2", "3", "4"]);
    reads("\"a;b\",c\n1,2\n", "int64", &[1, 2], &["1", "2"]);
}

#[test]
fn decimal_commas_where_they_separate_no_cells() {
    reads("nm;r\n400,5;0,25\n", "float64", &[1, 2], &["400.5", "0.25"]);
    reads("400,5 0,25\n", "float64", &[1, 2], &["400.5", "0.25"]);
    refused("1,5;2\n2.5;3\n", &["line 1", "1,5", "line 2", "2.5"]);
    refused(
        "\"1,234\",\"5,678\"\n",
        &["line 1", "'1,234' is not a number", "decimal commas"],
    );
    refused("1;2\n1.234,5;2\n", &["line 2", "1.234,5"]);
    refused("1.234,5;2\n1;2\n", &["line 1", "1.234,5"]);
}

#[test]
fn whole_numbers_stay_what_they_are() {
    let large = ["18446744073709551615", "18446744073709551614"];
    reads(large.join("\n"), "uint64", &[2], &large);
    reads(
        "9007199254740993\n-1",
        "int64",
        &[2],
        &["9007199254740993", "-1"],
    );
    refused(
        "9007199254740993\n0.5",
        &["line 1", "9007199254740993", "float64"],
    );
    refused("9007199254740993\nNA", &["line 1", "gaps"]);
    refused("18446744073709551615\n-1", &["line 1", "64 bits"]);
    refused(
        "1\n99999999999999999999999999999999999999999999",
        &["line 2"],
    );
    reads(
        "36893488147419103232",
        "float64",
        &[1],
        &["3.6893488147419103e19"],
    );
    refused("1\n1e400", &["line 2", "1e400", "too large"]);
}

#[test]
fn exponents_of_fortran_and_notes_behind_numbers() {
    reads("1.5D3 2d-1\n", "float64", &[1, 2], &["1500.0", "0.2"]);
    reads(
        "1,2 # good, at noon\n3,4\n",
        "int64",
        &[2, 2],
        &["1", "2", "3", "4"],
    );
    reads(
        "1 2 # good\n3 4 #\n",
        "int64",
        &[2, 2],
        &["1", "2", "3", "4"],
    );
}

#[test]
fn tables_that_do_not_add_up_say_where() {
    refused(
        "1,2\n3\n",
        &["line 2 has 1 number, the lines before have 2"],
    );
    refused("1\r\n2\r\n3,4\r\n", &["line 3 has 2 numbers"]);
    refused("1,2\n\n# note\n3,x\n5,6", &["line 4: 'x' is not a number"]);
    refused("rock 1,2\n", &["line 1", "rock"]);
    refused(
        "rock,1\n",
        &["line 1: 'rock' is not a number", "columns of words"],
    );
    refused("1\n4\0", &["line 2", "'4\\0'"]);
    refused("a,b\n", &["no numbers"]);
    refused("", &["no numbers"]);
    refused(
        format!("1\n{}", "9".repeat(5000)),
        &["line 2", "more than 4096"],
    );
}

#[test]
fn long_tables_come_through_in_pieces() {
    let text: String = (0..200_000)
        .map(|n| format!("{n};{},5 \r\n", n % 7))
        .collect();
    let found = read(text).unwrap();
    assert_eq!((found.dtype, found.shape), ("float64", vec![200_000, 2]));
    let expected = (0..200_000).flat_map(|n| [f64::from(n), f64::from(n % 7) + 0.5]);
    assert!(
        found
            .numbers
            .into_iter()
            .eq(expected.map(|number| format!("{number:?}")))
    );
    let blanks: String = (0..100_000)
        .map(|n| format!("   {n} \t {n}   \n"))
        .collect();
    let found = read(blanks).unwrap();
    assert_eq!((found.dtype, found.shape), ("int64", vec![100_000, 2]));
    assert!(
        found
            .numbers
            .into_iter()
            .eq((0..100_000).flat_map(|n| [n.to_string(), n.to_string()]))
    );
}

#[test]
fn a_cancel_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "1\n".repeat(100_000)).unwrap();
    let progress = Progress::new();
    progress.cancel();
    let stopped = super::read(&file, &folder.path().join("m"), &progress);
    assert!(matches!(stopped, Err(Trouble::Cancelled(_))));
}
