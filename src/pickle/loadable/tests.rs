use super::super::{Limits, decode_value};
use super::*;
use crate::progress::Progress;
use crate::source::MemorySource;

fn of(opcodes: &[u8]) -> Option<String> {
    let source = MemorySource::new(opcodes.to_vec());
    let len = opcodes.len() as u64;
    obstacle(&decode_value(&source, 0, len, &Limits::FULL, &Progress::new()).unwrap())
}

#[test]
fn sound_values_have_no_obstacle() {
    for opcodes in [
        &b"N"[..],
        b"}(K\x01NK\x02Nu",
        b"}(K\x01K\x02\x86)tNs",
        b"ccollections\nOrderedDict\n)R(K\x01K\x02u",
        b"\x8f(K\x01K\x02\x90",
        b"]h\0"[..1].as_ref(),
    ] {
        assert_eq!(of(opcodes), None, "{opcodes:?}");
    }
}

#[test]
fn what_python_refuses_is_named() {
    for (opcodes, why) in [
        (&b"}]Ns"[..], "cannot hash"),
        (b"}]\x85Ns", "cannot hash"),
        (b"\x8f(]\x90", "cannot hash"),
        (b"K\x01)R", "no function"),
        (b"cposix\nsystem\nNR", "no tuple"),
        (b"NQ", "persistent"),
        (b"U\x01\xff", "Python 2"),
        // Dropped again, but built before.
        (b"N}]Ns0", "cannot hash"),
    ] {
        let found = of(opcodes).unwrap_or_default();
        assert!(found.contains(why), "{opcodes:?}: {found}");
    }
}

/// `GLOBAL`, and the arguments of a call.
fn call(name: &str, args: &[u8]) -> Vec<u8> {
    let (module, name) = name.split_once(' ').unwrap();
    let mut opcodes = format!("c{module}\n{name}\n(").into_bytes();
    opcodes.extend(args);
    opcodes.extend(b"tR");
    opcodes
}

const FLOAT: &[u8] = b"cnumpy\ndtype\n(\x8c\x02f4\x89\x88tR(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb";

/// Each is refused for a reason that has these words in it, or taken.
fn assert_named(cases: &[(Vec<u8>, &str)]) {
    for (opcodes, why) in cases {
        let found = of(opcodes);
        let shown = String::from_utf8_lossy(opcodes).into_owned();
        match *why {
            "" => assert_eq!(found, None, "{shown:?}"),
            why => assert!(
                found.clone().unwrap_or_default().contains(why),
                "{shown:?}: {found:?}"
            ),
        }
    }
}

#[test]
fn what_dates_and_zones_refuse_is_named() {
    let day = call("datetime timedelta", b"K\x01K\0K\0");
    let hour = call("datetime timedelta", b"K\0M\x10\x0eK\0");
    let noon = b"C\x0a\x07\xe2\x05\x01\x0c\0\0\0\0\0";
    let zone = |key: &str| {
        let mut opcodes = call(
            "builtins getattr",
            b"czoneinfo\nZoneInfo\n\x8c\x09_unpickle",
        );
        opcodes.extend([b'(', 0x8c, u8::try_from(key.len()).unwrap()]);
        opcodes.extend(key.as_bytes());
        opcodes.extend(b"K\x01tR");
        opcodes
    };
    assert_named(&[
        (call("datetime timezone", &day), "24 hours"),
        (call("datetime timezone", &hour), ""),
        (
            call("datetime timezone", &[&hour[..], b"N"].concat()),
            "text",
        ),
        (
            call("datetime datetime", &[&noon[..], &day].concat()),
            "time zone",
        ),
        (call("datetime datetime", noon), ""),
        (
            call("datetime datetime", b"C\x0a\x07\xe2\x0d\x01\0\0\0\0\0\0"),
            "month",
        ),
        (call("datetime date", b"C\x03abc"), "4 bytes"),
        (call("datetime time", b"C\x06\x18\0\0\0\0\0"), "hour"),
        (
            call("datetime timedelta", b"J\0\xca\x9a\x3bK\0K\0"),
            "999999999",
        ),
        (zone("Europe/Zurich"), ""),
        (zone("Europe/Zurch"), "no time zone"),
        (call("zoneinfo ZoneInfo", b"\x8c\x03utc"), "no time zone"),
    ]);
}

#[test]
fn what_other_constructors_refuse_is_named() {
    let signalling = call("decimal Decimal", b"\x8c\x04sNaN");
    assert_named(&[
        (signalling.clone(), ""),
        (
            [b"\x8f(", &signalling[..], b"\x90"].concat(),
            "signalling NaN",
        ),
        (
            [b"}(", &signalling[..], b"\x85Nu"].concat(),
            "signalling NaN",
        ),
        (call("decimal Decimal", b"\x8c\x03abc"), "decimal number"),
        (
            call("decimal Decimal", b"\x8c\x161e99999999999999999999"),
            "decimal number",
        ),
        (call("fractions Fraction", b"K\x01K\0"), "denominator"),
        (call("fractions Fraction", b"\x8c\x033/4"), ""),
        (
            call("collections OrderedDict", b"]]K\x01\x86a"),
            "a list is a key",
        ),
        (call("collections OrderedDict", b"]K\x01K\x02\x86a"), ""),
        (
            call("collections deque", b"]\x8a\x09\0\0\0\0\0\0\0\0\x01"),
            "too large",
        ),
        (call("collections deque", b")K\x03"), ""),
        (call("collections defaultdict", b"K\x05"), "no class"),
        (call("collections Counter", b"]]a"), "a list"),
        (call("builtins range", b"K\0K\x05K\0"), "other than 0"),
        (call("builtins set", b"]]a"), "a list"),
        (call("builtins bytearray", b"\x8c\x01a"), "bytes"),
        (call("builtins complex", b"NN"), "real"),
        (call("builtins ValueError", b"NN"), ""),
        (
            call("builtins UnicodeDecodeError", b"\x8c\x01a"),
            "encoding",
        ),
        (call("pathlib PosixPath", b"\x8c\x01aK\x01"), "texts"),
        (
            call("_codecs encode", b"\x8c\x03\xe2\x82\xac\x8c\x06latin1"),
            "Latin-1",
        ),
        (
            call(
                "numpy.core.multiarray scalar",
                &[FLOAT, b"C\x02ab"].concat(),
            ),
            "2 bytes",
        ),
        (
            call(
                "numpy.core.multiarray scalar",
                &[FLOAT, b"C\x04abcd"].concat(),
            ),
            "",
        ),
        (call("numpy dtype", b"\x8c\x02f3\x89\x88"), "no dtype"),
        (
            [
                &call(
                    "numpy.core.multiarray _reconstruct",
                    b"cnumpy\nndarray\nK\0\x85C\x01b",
                )[..],
                b"(K\x01K\x03\x85",
                FLOAT,
                b"\x89C\x04abcdtb",
            ]
            .concat(),
            "another length",
        ),
        // Who knows.
        (call("somebody Thing", b"K\x01"), ""),
    ]);
    let windows = of(&call("pathlib WindowsPath", b"\x8c\x03C:/"));
    assert_eq!(windows.is_some(), !cfg!(windows));
}

#[test]
fn calls_of_unknown_classes_are_not_judged() {
    let source = |opcodes: &[u8]| {
        let source = MemorySource::new(opcodes.to_vec());
        let len = opcodes.len() as u64;
        decode_value(&source, 0, len, &Limits::FULL, &Progress::new()).unwrap()
    };
    let thing = [b"](K\x01", &call("somebody Thing", b"K\x01")[..], b"e"].concat();
    assert_eq!(unjudged(&source(&thing)).as_deref(), Some("somebody.Thing"));
    assert_eq!(
        unjudged(&source(&call("decimal Decimal", b"\x8c\x011"))),
        None
    );
}
