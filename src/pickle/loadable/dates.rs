//! `datetime` and `zoneinfo`.

use super::super::nodes::Nodes;
use super::super::value::{Blob, Node, NodeId};
use super::judge::{Judge, Judged, Why, refuse};
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Keys of the time zone database, as Python's package `tzdata` has them.
static ZONES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("zones.txt").lines().collect());
const DAY: i128 = 86_400_000_000;
/// Days that a `timedelta` can have, on either side.
const MAX_DAYS: i128 = 999_999_999;

impl<N: Nodes> Judge<'_, N> {
    pub(super) fn date(&mut self, name: &str, args: &[NodeId]) -> Judged {
        match (name, args) {
            ("datetime", [packed]) => self.packed_datetime(*packed),
            ("datetime", [packed, zone]) => {
                self.packed_datetime(*packed)?;
                self.tzinfo(*zone)
            }
            ("date", [packed]) => match self.packed::<4>(*packed)? {
                [_, _, 1..=12, _] => Ok(()),
                _ => refuse("there is no such month"),
            },
            ("time", [packed, zone @ ..]) if zone.len() < 2 => {
                match self.packed::<6>(*packed)? {
                    [hour, ..] if hour & 0x7f < 24 => {}
                    _ => return refuse("there is no such hour"),
                }
                zone.iter().try_for_each(|&zone| self.tzinfo(zone))
            }
            ("date" | "datetime", [year, month, day, clock @ ..]) => {
                self.day(*year, *month, *day)?;
                match (name, clock.len()) {
                    ("datetime", ..=5) => self.clock(clock),
                    ("date", 0) => Ok(()),
                    _ => refuse("it takes fewer arguments"),
                }
            }
            ("time", []) => Ok(()),
            ("time", clock @ [_, _, ..]) if clock.len() <= 5 => self.clock(clock),
            ("date" | "datetime" | "time", _) => refuse("these are not its arguments"),
            ("timedelta", _) => self.delta(args).map(drop),
            ("timezone", [offset]) => self.offset(*offset),
            ("timezone", [offset, name]) => {
                self.offset(*offset)?;
                match self.nodes.node(*name) {
                    Some(Node::Str(_)) => Ok(()),
                    Some(Node::Call(_)) => Err(Why::Unknown),
                    _ => refuse("the name has to be a text"),
                }
            }
            ("timezone", _) => refuse("it takes an offset and a name"),
            ("tzinfo", []) => Ok(()),
            _ => Err(Why::Unknown),
        }
    }

    fn packed_datetime(&self, id: NodeId) -> Judged {
        match self.packed::<10>(id)? {
            [_, _, month, ..] if (1..=12).contains(&(month & 0x7f)) => Ok(()),
            _ => refuse("there is no such month"),
        }
    }

    /// Bytes of the length that a date or time is packed into; Python looks at hardly anything in them.
    fn packed<const LEN: usize>(&self, id: NodeId) -> Result<[u8; LEN], Why> {
        let nodes = self.nodes;
        let wrong = || refuse(format!("it takes {LEN} bytes"));
        let text = match nodes.node(id) {
            Some(Node::Bytes(Blob::Loaded(bytes)) | Node::Py2Str(Blob::Loaded(bytes))) => {
                return bytes.as_ref().try_into().or_else(|_| wrong());
            }
            Some(Node::Str(_)) => id,
            Some(Node::Call(_)) => match nodes.called(id) {
                Some(("_codecs", "encode", [text, encoding]))
                    if matches!(nodes.text(*encoding), Some("latin1" | "latin-1")) =>
                {
                    *text
                }
                _ => return Err(Why::Unknown),
            },
            _ => return wrong(),
        };
        let Some(text) = nodes.text(text) else {
            return Err(Why::Unknown);
        };
        let mut bytes = [0; LEN];
        let mut chars = text.chars();
        for byte in &mut bytes {
            match chars.next().map(|c| u8::try_from(u32::from(c))) {
                Some(Ok(next)) => *byte = next,
                _ => return wrong(),
            }
        }
        if chars.next().is_some() {
            return wrong();
        }
        Ok(bytes)
    }

    fn day(&self, year: NodeId, month: NodeId, day: NodeId) -> Judged {
        let [year, month, day] = [year, month, day].map(|id| self.nodes.small_int(id));
        match (year, month, day) {
            (Some(year @ 1..=9999), Some(month @ 1..=12), Some(day))
                if (1..=days_in(year, month)).contains(&day) =>
            {
                Ok(())
            }
            _ => refuse("there is no such day"),
        }
    }

    /// Hour, minute, second, microsecond, zone; as many as there are.
    fn clock(&self, args: &[NodeId]) -> Judged {
        for (&arg, most) in args.iter().zip([23, 59, 59, 999_999]) {
            match self.nodes.small_int(arg) {
                Some(part) if (0..=most).contains(&part) => {}
                _ => return refuse("there is no such time"),
            }
        }
        args.get(4).map_or(Ok(()), |zone| self.tzinfo(*zone))
    }

    /// A time zone, or None.
    fn tzinfo(&self, id: NodeId) -> Judged {
        let nodes = self.nodes;
        let no_zone = || refuse("the time zone is none");
        match nodes.node(id) {
            Some(Node::None) => Ok(()),
            Some(Node::Call(call)) => match nodes.called(id) {
                Some(("datetime", "timezone" | "tzinfo", _)) => Ok(()),
                Some(("zoneinfo", "ZoneInfo" | "ZoneInfo._unpickle", _)) => Ok(()),
                Some((
                    "datetime" | "decimal" | "fractions" | "uuid" | "collections" | "pathlib",
                    ..,
                )) => no_zone(),
                Some(("builtins", name, _)) if name != "getattr" => no_zone(),
                // That of `zoneinfo` is made by what a call gives.
                _ => match nodes.called(call.func) {
                    Some(("builtins", "getattr", _)) => Ok(()),
                    _ => Err(Why::Unknown),
                },
            },
            _ => no_zone(),
        }
    }

    /// Less than a day, on either side.
    fn offset(&self, id: NodeId) -> Judged {
        match self.nodes.called(id) {
            Some(("datetime", "timedelta", args)) => match self.delta(args)? {
                micros if (1 - DAY..DAY).contains(&micros) => Ok(()),
                _ => refuse("the offset has to be less than 24 hours"),
            },
            Some(("datetime" | "builtins" | "decimal" | "fractions", ..)) => {
                refuse("the offset has to be a datetime.timedelta")
            }
            _ => match self.nodes.node(id) {
                Some(Node::Call(_)) => Err(Why::Unknown),
                _ => refuse("the offset has to be a datetime.timedelta"),
            },
        }
    }

    /// Microseconds of a `timedelta`.
    fn delta(&self, args: &[NodeId]) -> Result<i128, Why> {
        /// Of days, seconds, microseconds, milliseconds, minutes, hours, weeks.
        const FACTORS: [i128; 7] = [DAY, 1_000_000, 1, 1000, 60_000_000, 3_600_000_000, 7 * DAY];
        if args.len() > FACTORS.len() {
            return refuse("it takes seven arguments at most");
        }
        let too_large = || Why::Refused(format!("it has more than {MAX_DAYS} days"));
        let mut micros: i128 = 0;
        for (&arg, factor) in args.iter().zip(FACTORS) {
            let part = match self.nodes.node(arg) {
                Some(Node::BigInt(int)) => int.to_i128().and_then(|int| int.checked_mul(factor)),
                Some(Node::Float(float)) if float.is_nan() => return refuse("it is not a number"),
                // Rounded by itself, which may be a microsecond off.
                Some(Node::Float(float)) => (*float * factor as f64).to_i128(),
                Some(Node::Call(_)) => return Err(Why::Unknown),
                _ => match self.nodes.small_int(arg) {
                    Some(int) => i128::from(int).checked_mul(factor),
                    None => return refuse("it takes numbers"),
                },
            };
            micros = part
                .and_then(|part| micros.checked_add(part))
                .ok_or_else(too_large)?;
        }
        match (-MAX_DAYS..=MAX_DAYS).contains(&micros.div_euclid(DAY)) {
            true => Ok(micros),
            false => Err(too_large()),
        }
    }

    /// The key of a zone, and whether Python may keep it.
    pub(super) fn zone(&self, args: &[NodeId]) -> Judged {
        let ([key] | [key, _]) = args else {
            return refuse("it takes the key of a time zone");
        };
        match self.nodes.text(*key) {
            Some(key) if ZONES.contains(key) => Ok(()),
            Some(key) => {
                let key: String = key.chars().take(60).collect();
                refuse(format!("there is no time zone {key:?}"))
            }
            None => refuse("it takes the key of a time zone"),
        }
    }
}

/// Number of days of a month.
pub(in crate::pickle) fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Microseconds that Python makes of seven numbers: whole parts exactly, the rest summed up and rounded to the even one.
pub(in crate::pickle) fn micros_of(parts: &[(Number, i64)]) -> Option<BigInt> {
    let mut whole = BigInt::ZERO;
    let mut left = 0.0;
    for (part, factor) in parts {
        match part {
            Number::Int(int) => whole += int * *factor,
            Number::Float(float) if float.is_finite() => {
                let (int, rest) = (float.trunc(), float.fract());
                whole +=
                    num_traits::FromPrimitive::from_f64(int).map(|int: BigInt| int * *factor)?;
                // What is whole of the rest is exact, too.
                let rest = rest * *factor as f64;
                whole += rest.trunc() as i64;
                left += rest.fract();
            }
            Number::Float(_) => return None,
        }
    }
    let is_odd = whole.bit(0);
    // Halfway between two microseconds the sum decides which one is even.
    let rounded = match is_odd {
        true => (left + 1.0).round_ties_even() - 1.0,
        false => f64::round_ties_even(left),
    };
    Some(whole + rounded as i64)
}

/// A number of either kind.
#[derive(Debug, Clone)]
pub(in crate::pickle) enum Number {
    Int(BigInt),
    Float(f64),
}
