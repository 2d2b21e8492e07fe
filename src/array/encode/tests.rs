use super::super::{ArrayLayout, Cells, DType};
use super::encode_cell;
use crate::source::Bytes;
use proptest::prelude::*;

/// What a cell with these bytes prints as.
fn printed(dtype: &DType, bytes: &[u8]) -> String {
    let layout = ArrayLayout {
        dtype: dtype.clone(),
        shape: vec![1],
        fortran: false,
        data_offset: 0,
        nbytes: bytes.len() as u64,
        mask: None,
    };
    let cells = Cells::new(Bytes::Memory(bytes.to_vec().into()), &layout).unwrap();
    cells.cell(&[0]).unwrap().value.to_string()
}

fn error(dtype: &str, text: &str) -> String {
    encode_cell(&DType::parse(dtype), text)
        .unwrap_err()
        .to_string()
}

fn bytes(dtype: &str, text: &str) -> Vec<u8> {
    encode_cell(&DType::parse(dtype), text).unwrap()
}

#[test]
fn numbers_have_the_bytes_of_their_order() {
    assert_eq!(bytes("<u2", "258"), [2, 1]);
    assert_eq!(bytes(">u2", " 258 "), [1, 2]);
    assert_eq!(bytes(">i4", "-2"), [255, 255, 255, 254]);
    assert_eq!(bytes("i1", "\u{2212}5"), [251]);
    assert_eq!(bytes("bool", "True"), [1]);
    assert_eq!(bytes("bool", "0"), [0]);
    assert_eq!(bytes(">f4", "1.5"), 1.5_f32.to_be_bytes());
    assert_eq!(bytes("<f2", "-inf"), half::f16::NEG_INFINITY.to_le_bytes());
    assert_eq!(bytes("<f8", ".5e1"), 5_f64.to_le_bytes());
    assert_eq!(
        bytes("<c8", "(1-2e-1j)"),
        [1_f32.to_le_bytes(), (-0.2_f32).to_le_bytes()].concat()
    );
    assert_eq!(
        bytes(">c16", "1e+16 - j"),
        [1e16_f64.to_be_bytes(), (-1_f64).to_be_bytes()].concat()
    );
    assert_eq!(
        bytes("<c8", "-0j"),
        [0_f32.to_le_bytes(), (-0.0_f32).to_le_bytes()].concat()
    );
    assert_eq!(bytes("float128", "1")[8..10], [0xff, 0x3f]);
}

#[test]
fn what_does_not_fit_says_what_would() {
    assert_eq!(error("uint8", "300"), "300 does not fit uint8 (0 to 255)");
    assert_eq!(
        error(">i2", "-32769"),
        "-32769 does not fit int16 (-32768 to 32767)"
    );
    let huge = "9".repeat(60);
    assert!(error("u8", &huge).contains("… does not fit uint64 (0 to"));
    assert_eq!(
        error("float16", "65520"),
        "65520 does not fit float16 (-65504 to 65504)"
    );
    assert_eq!(bytes("float16", "65519"), half::f16::MAX.to_ne_bytes());
    assert!(error("float32", "1e39").contains("does not fit float32"));
    assert!(error("float64", "1e309").contains("does not fit float64"));
    assert!(error("complex64", "1+1e39j").contains("does not fit float32"));
    assert_eq!(error("int16", "1.5"), "\"1.5\" is not a whole number");
    assert!(error("float64", "1,5").contains("is not a number such as"));
    assert!(error("complex64", "1+2").contains("complex"));
    assert!(error("bool", "2").contains("True or False"));
    assert_eq!(error("S3", "abcd"), "4 bytes do not fit S3, which holds 3");
    assert_eq!(
        error("<U2", "äöü"),
        "3 characters do not fit <U2, which holds 2"
    );
    assert!(error("S3", "ä").contains("ASCII"));
    assert!(error("U3", "'it's'").contains("literal"));
    assert!(error("[('a', '<i4')]", "(1,)").contains("cannot be typed"));
    assert!(error("datetime64[D]", "2024-05-01T10").contains("not a whole number of steps"));
    for dtype in ["u2", "f4", "c8", "bool", "M8[s]", "m8[s]", "V2", "f16"] {
        assert!(encode_cell(&DType::parse(dtype), "").is_err(), "{dtype}");
    }
}

#[test]
fn text_is_taken_as_it_stands_or_as_a_literal() {
    assert_eq!(bytes("S4", "ab"), b"ab\0\0");
    assert_eq!(bytes("S4", "b'\\xe9\\''"), b"\xe9'\0\0");
    assert_eq!(bytes("S4", "banana'"[..4].trim()), b"bana");
    assert_eq!(bytes(">U2", "'\\u00e9'"), [0, 0, 0, 0xe9, 0, 0, 0, 0]);
    assert_eq!(bytes("<U2", "é "), [0xe9, 0, 0, 0, 0x20, 0, 0, 0]);
    assert_eq!(bytes("<U2", ""), [0; 8]);
    assert_eq!(bytes("<U3", "it's"[..3].trim())[..4], *b"i\0\0\0");
    assert_eq!(bytes("V2", "void(b'\\x01a')"), [1, b'a']);
}

const NUMBERS: [&str; 16] = [
    "bool", "<i1", "<i2", ">i2", ">i4", "<i8", "|u1", ">u2", "<u4", ">u8", "<f2", ">f2", ">f4",
    "<f8", "<c8", ">c16",
];

proptest! {
    /// What a cell prints as gives a cell that prints the same, and the same bytes where the text says all.
    #[test]
    fn printed_numbers_give_their_bytes(raw in prop::collection::vec(any::<u8>(), 16)) {
        for text in NUMBERS {
            let dtype = DType::parse(text);
            let size = dtype.itemsize().unwrap() as usize;
            let text = printed(&dtype, &raw[..size]);
            let back = encode_cell(&dtype, &text).unwrap();
            prop_assert_eq!(&printed(&dtype, &back), &text);
            // NaNs have more bits than a name, and so have truth values.
            if !text.contains("nan") && dtype.text() != "bool" {
                prop_assert_eq!(&back[..], &raw[..size], "{}", text);
            }
        }
    }

    #[test]
    fn printed_texts_give_their_bytes(raw in prop::collection::vec(any::<u8>(), 12), wide: [char; 3]) {
        for text in ["S12", "V12"] {
            let dtype = DType::parse(text);
            let back = encode_cell(&dtype, &printed(&dtype, &raw));
            prop_assert_eq!(back.as_deref(), Ok(&raw[..]));
        }
        let wide: Vec<u8> = wide.iter().flat_map(|c| u32::from(*c).to_be_bytes()).collect();
        for raw in [&raw, &wide] {
            let dtype = DType::parse(">U3");
            let back = encode_cell(&dtype, &printed(&dtype, raw));
            prop_assert_eq!(back.as_deref(), Ok(&raw[..]));
        }
    }

    #[test]
    fn printed_times_give_their_bytes(ticks: i64, few in -100_000_i64..100_000) {
        for ticks in [ticks, few, i64::MIN] {
            for text in ["M8[Y]", "M8[M]", "M8[W]", "M8[D]", "M8[h]", ">M8[m]", "M8[s]", "M8[ms]", "M8[7us]", "M8[ns]", "M8[as]", "M8", "m8[s]", "m8"] {
                let dtype = DType::parse(text);
                let raw = if text.starts_with('>') { ticks.to_be_bytes() } else { ticks.to_ne_bytes() };
                let text = printed(&dtype, &raw);
                let back = encode_cell(&dtype, &text);
                prop_assert_eq!(back.as_deref(), Ok(&raw[..]), "{} {}", dtype, text);
            }
        }
    }

    #[test]
    fn any_text_is_taken_or_refused(text in "\\PC{0,12}") {
        for dtype in NUMBERS.into_iter().chain(["S3", "U3", "V3", "M8[s]", "m8[25us]", "f16", "c32"]) {
            let dtype = DType::parse(dtype);
            if let Ok(bytes) = encode_cell(&dtype, &text) {
                prop_assert_eq!(bytes.len() as u64, dtype.itemsize().unwrap());
            }
        }
    }
}
