//! Faces of `datetime`'s classes.

use super::super::text::text_repr;
use super::super::value::{NodeId, Value};
use super::{Face, MAX_NAME, raw_bytes};

/// CPython packs a datetime into ten bytes: year (2, big-endian), month, day, hour, minute, second, microsecond (3).
pub(super) fn face(value: &Value, name: &str, args: &[NodeId]) -> Option<Face> {
    match (name, args) {
        ("datetime", [packed, zone @ ..]) => {
            let packed = <[u8; 10]>::try_from(raw_bytes(value, *packed, 10)?).ok()?;
            let [y1, y2, month, day, clock @ ..] = packed;
            let year = u16::from_be_bytes([y1, y2]);
            // Bit 7 of the month is the fold of PEP 495.
            let (month, fold) = (month & 0x7f, month & 0x80);
            let clock = clock_text(clock);
            let head = format!("datetime.datetime({year}, {month}, {day}, {clock}");
            zoned(head, fold, zone)
        }
        ("date", [packed]) => {
            let [y1, y2, month, day] = raw_bytes(value, *packed, 10)?.try_into().ok()?;
            let year = u16::from_be_bytes([y1, y2]);
            Some(Face::Text(format!("datetime.date({year}, {month}, {day})")))
        }
        ("time", [packed, zone @ ..]) => {
            let mut clock = <[u8; 6]>::try_from(raw_bytes(value, *packed, 10)?).ok()?;
            // Bit 7 of the hour is the fold.
            let fold = clock[0] & 0x80;
            clock[0] &= 0x7f;
            zoned(format!("datetime.time({}", clock_text(clock)), fold, zone)
        }
        ("timedelta", _) => timedelta(value, args).map(Face::Text),
        ("timezone", [delta]) if is_zero(value, *delta) => {
            Some(Face::Text("datetime.timezone.utc".to_owned()))
        }
        ("timezone", [delta, name @ ..]) => {
            let close = match name {
                [] => ")".to_owned(),
                [name] => format!(
                    ", {})",
                    text_repr(value.short_str(*name, MAX_NAME)?.as_bytes())
                ),
                _ => return None,
            };
            let open = "datetime.timezone(".to_owned();
            Some(Face::Around(open, *delta, close))
        }
        _ => None,
    }
}

fn zoned(mut head: String, fold: u8, zone: &[NodeId]) -> Option<Face> {
    if fold != 0 {
        head.push_str(", fold=1");
    }
    match zone {
        [] => Some(Face::Text(format!("{head})"))),
        [zone] => Some(Face::Around(
            format!("{head}, tzinfo="),
            *zone,
            ")".to_owned(),
        )),
        _ => None,
    }
}

fn is_zero(value: &Value, delta: NodeId) -> bool {
    match value.call(delta) {
        Some(("datetime", "timedelta", args)) => {
            args.len() == 3 && args.iter().all(|&part| value.int(part) == Some(0))
        }
        _ => false,
    }
}

fn timedelta(value: &Value, args: &[NodeId]) -> Option<String> {
    let [days, seconds, micros] = args else {
        return None;
    };
    let parts = [
        ("days", value.int(*days)?),
        ("seconds", value.int(*seconds)?),
        ("microseconds", value.int(*micros)?),
    ];
    let shown: Vec<String> = parts
        .iter()
        .filter(|(_, n)| *n != 0)
        .map(|(name, n)| format!("{name}={n}"))
        .collect();
    let shown = if shown.is_empty() {
        "0".to_owned()
    } else {
        shown.join(", ")
    };
    Some(format!("datetime.timedelta({shown})"))
}

/// Hour, minute, and what is not zero of second and microsecond.
fn clock_text([hour, minute, second, a, b, c]: [u8; 6]) -> String {
    let micro = u32::from_be_bytes([0, a, b, c]);
    match (second, micro) {
        (0, 0) => format!("{hour}, {minute}"),
        (_, 0) => format!("{hour}, {minute}, {second}"),
        _ => format!("{hour}, {minute}, {second}, {micro}"),
    }
}
