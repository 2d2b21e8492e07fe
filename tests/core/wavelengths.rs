//! Spectrum axes as files have them: of many kinds, in many units, and of kinds that cannot be used.

use cubescope::array::DType;
use cubescope::dataset::{Bands, Dataset};
use cubescope::mmapdict::{ArrayHead, NewFile, Payload, Piece, create};
use cubescope::pickle::parse_literal;
use cubescope::progress::Progress;
use std::path::PathBuf;

/// What stands under a key.
enum Stored<'a> {
    /// As Python writes it.
    Literal(&'a str),
    /// dtype, shape, bytes and mask.
    Array(&'a str, &'a [u64], Vec<u8>, Option<Vec<u8>>),
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// A file with a cube of the given shape beside other keys.
fn file(shape: &[u64], keys: &[(&str, Stored<'_>)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cube.mmdpickle");
    let progress = Progress::new();
    create(&path, None, |store| {
        let mut file = NewFile::begin(store, &progress)?;
        let bytes = shape.iter().product::<u64>() * 4;
        let head = ArrayHead {
            dtype: "float32",
            shape,
        };
        file.add(b"cube", Payload::array(head, Piece::Zeros(bytes), None)?)?;
        for (key, stored) in keys {
            let value;
            let payload = match stored {
                Stored::Literal(text) => {
                    value = parse_literal(text).unwrap();
                    Payload::of_value(&value, 0, None)?
                }
                Stored::Array(dtype, shape, data, mask) => {
                    let mask = mask.as_ref().map(|mask| Piece::Bytes(mask.clone()));
                    let head = ArrayHead { dtype, shape };
                    Payload::array(head, Piece::Bytes(data.clone()), mask)?
                }
            };
            file.add(key.as_bytes(), payload)?;
        }
        file.finish(1)
    })
    .unwrap();
    (folder, path)
}

fn open(path: &std::path::Path) -> Dataset {
    Dataset::open(path, &Progress::new()).unwrap()
}

/// Values (missing ones as `None`), unit, and the first bands.
fn axis(keys: &[(&str, Stored<'_>)]) -> (Vec<Option<f64>>, String, Bands) {
    let (_folder, path) = file(&[2, 3, 4], keys);
    let dataset = open(&path);
    let item = dataset.item("cube").unwrap();
    let (along, wavelengths) = dataset.spectral_axis(item).expect("an axis");
    assert_eq!(along, 2);
    let values = (0..wavelengths.count()).map(|band| wavelengths.of(band));
    let (_, bands) = dataset.first_picture(item).unwrap();
    (values.collect(), wavelengths.unit().to_owned(), bands)
}

const VISIBLE: [f64; 4] = [450.0, 550.0, 650.0, 750.0];

#[test]
fn many_kinds_of_values_are_an_axis() {
    let halves: Vec<u8> = VISIBLE
        .iter()
        .flat_map(|value| half::f16::from_f64(*value).to_le_bytes())
        .collect();
    // The 80 bits of an extended double: exponent and mantissa with its leading one.
    let long = |value: f64| {
        let (bits, mut bytes) = (value.to_bits(), [0_u8; 16]);
        let exponent = ((bits >> 52) as u16 & 0x7ff) + 16383 - 1023;
        bytes[..8].copy_from_slice(&(1 << 63 | bits << 11).to_le_bytes());
        bytes[8..10].copy_from_slice(&exponent.to_le_bytes());
        bytes
    };
    assert_eq!(DType::parse("float128").itemsize(), Some(16));
    let numbers = doubles(&VISIBLE);
    for (name, stored) in [
        ("a list", Stored::Literal("[450.0, 550.0, 650, 750]")),
        (
            "a tuple of numpy scalars",
            Stored::Literal(
                "(numpy.float64(450), numpy.float32(550), numpy.int16(650), numpy.uint16(750))",
            ),
        ),
        ("a range", Stored::Literal("range(450, 751, 100)")),
        (
            "a column",
            Stored::Array("float64", &[4, 1], numbers.clone(), None),
        ),
        (
            "a row",
            Stored::Array("float64", &[1, 4], numbers.clone(), None),
        ),
        (
            "the other byte order",
            Stored::Array(
                ">f8",
                &[4],
                VISIBLE
                    .iter()
                    .flat_map(|value| value.to_be_bytes())
                    .collect(),
                None,
            ),
        ),
        ("float16", Stored::Array("float16", &[4], halves, None)),
        (
            "long doubles",
            Stored::Array(
                "float128",
                &[4],
                VISIBLE.iter().flat_map(|value| long(*value)).collect(),
                None,
            ),
        ),
        (
            "a mask of one byte",
            Stored::Array("float64", &[4], numbers, Some(vec![0])),
        ),
    ] {
        let (values, unit, bands) = axis(&[("wavelengths", stored)]);
        assert_eq!(values, VISIBLE.map(Some), "{name}");
        assert_eq!(unit, "nm", "{name}");
        assert_eq!(bands, Bands::Composite([2, 1, 0]), "{name}");
    }
}

#[test]
fn missing_values_are_none() {
    let masked = Stored::Array("float64", &[4], doubles(&VISIBLE), Some(vec![0, 0, 1, 0]));
    let expected = [Some(450.0), Some(550.0), None, Some(750.0)];
    let (values, _, bands) = axis(&[("wavelengths", masked)]);
    assert_eq!(values, expected);
    // Nothing near red.
    assert_eq!(bands, Bands::Single(2));
    let none = Stored::Literal("[450.0, 550.0, None, 750.0]");
    let other = |missing: f64| {
        let values = doubles(&[450.0, 550.0, missing, 750.0]);
        Stored::Array("float64", &[4], values, None)
    };
    for stored in [none, other(f64::NAN), other(f64::INFINITY)] {
        let (values, ..) = axis(&[("wavelengths", stored)]);
        assert_eq!(values, expected);
    }
}

#[test]
fn units_are_named_or_plausible_and_else_not_known() {
    let named = |key, unit| {
        let values = Stored::Array("float64", &[4], doubles(&VISIBLE), None);
        let (_, unit, bands) = axis(&[("wavelengths", values), (key, Stored::Literal(unit))]);
        (unit, bands)
    };
    let true_colour = Bands::Composite([2, 1, 0]);
    assert_eq!(
        named("wavelength_units", "'Nanometers'"),
        ("nm".to_owned(), true_colour)
    );
    assert_eq!(
        named("wavelength_units", "'cm-1'"),
        ("cm⁻¹".to_owned(), Bands::Single(2))
    );
    assert_eq!(
        named("header", "{'wavelength units': 'Micrometers', 'bands': 4}"),
        ("µm".to_owned(), Bands::Single(2))
    );
    assert_eq!(named("note", "'km/s'"), ("nm".to_owned(), true_colour));
    let values = Stored::Literal("[450, 550, 650, 750]");
    let (_, unit, _) = axis(&[("wavelengths (cm-1)", values)]);
    assert_eq!(unit, "cm⁻¹");
    // Raman shifts, the 21 cm line, velocities, energies: nobody is told a unit, and nothing is in true colours.
    for literal in [
        "[100.0, 550.0, 650.0, 3400.0]",
        "[1420405751.0, 1420405752.0, 1420405753.0, 1420405754.0]",
        "[-300.0, -100.0, 100.0, 300.0]",
        "[1.2, 1.9, 2.3, 2.8]",
        "[4500.0, 5500.0, 6500.0, 7500.0]",
    ] {
        let (_, unit, bands) = axis(&[("wavelengths", Stored::Literal(literal))]);
        assert_eq!((unit.as_str(), bands), ("", Bands::Single(2)), "{literal}");
    }
}

#[test]
fn keys_that_are_not_used_say_why() {
    let why = |shape: &[u64], keys: &[(&str, Stored<'_>)]| {
        let (_folder, path) = file(shape, keys);
        let dataset = open(&path);
        let item = dataset.item("cube").unwrap();
        let why = dataset.unused_wavelengths(item);
        assert_eq!(why.is_some(), !dataset.unused_wavelength_keys().is_empty());
        why
    };
    let list = |text| [("wavelengths", Stored::Literal(text))];
    assert_eq!(why(&[2, 3, 4], &list("[450.0, 550.0, 650.0, 750.0]")), None);
    assert_eq!(
        why(&[2, 3, 5], &list("[450.0, 550.0, 650.0, 750.0]")).as_deref(),
        Some(
            "\"wavelengths\" is not used: it has 4 values, and no axis of \"cube\" (2 × 3 × 5) has that length"
        )
    );
    assert_eq!(
        why(&[2, 3, 4], &list("[450.0, 'red', 650.0, 750.0]")).as_deref(),
        Some("\"wavelengths\" is not used: its value 1 is a str, not a number")
    );
    assert_eq!(
        why(&[2, 3, 4], &list("'450 to 750'")).as_deref(),
        Some("\"wavelengths\" is not used: it is a str, not a list")
    );
    let square = Stored::Array("float64", &[2, 2], doubles(&VISIBLE), None);
    assert_eq!(
        why(&[2, 3, 4], &[("wavelengths", square)]).as_deref(),
        Some("\"wavelengths\" is not used: its shape is 2 × 2, not a list")
    );
    // Another spelling takes its place.
    let keys = [
        ("wavelengths", Stored::Literal("'see wl_nm'")),
        ("wl_nm", Stored::Literal("[450.0, 550.0, 650.0, 750.0]")),
    ];
    let (_folder, path) = file(&[2, 3, 4], &keys);
    let dataset = open(&path);
    let item = dataset.item("cube").unwrap();
    assert!(dataset.spectral_axis(item).is_some());
    assert_eq!(dataset.unused_wavelengths(item), None);
}

#[test]
fn the_spectrum_is_along_the_last_axis_that_fits() {
    let along = |shape: &[u64]| {
        let bands: Vec<String> = (0..20).map(|band| (400 + 10 * band).to_string()).collect();
        let list = format!("[{}]", bands.join(", "));
        let (_folder, path) = file(shape, &[("wavelengths", Stored::Literal(&list))]);
        let dataset = open(&path);
        let item = dataset.item("cube").unwrap();
        dataset.spectral_axis(item).map(|(axis, _)| axis)
    };
    assert_eq!(along(&[20, 30, 20]), Some(2));
    assert_eq!(along(&[20, 20, 30]), Some(1));
    assert_eq!(along(&[20, 30, 40]), Some(0));
    // As many rows as bands, and three colours.
    assert_eq!(along(&[20, 30, 3]), None);
    assert_eq!(along(&[4, 30, 20, 3]), Some(2));
}
