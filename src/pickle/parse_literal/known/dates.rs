//! `datetime` and `zoneinfo`.

use super::super::super::value::{Node, NodeId};
use super::{Args, Made, Maker};
use num_bigint::BigInt;

impl Maker {
    pub(super) fn day(&self, args: &mut Args<'_>) -> Result<[u8; 4], String> {
        let (year, month, day) = (args.need("year")?, args.need("month")?, args.need("day")?);
        let year = self.small(Some(year), "the year", 1..=9999, 1)?;
        let month = self.small(Some(month), "the month", 1..=12, 1)?;
        let day = self.small(Some(day), "the day", 1..=days_in(year, month), 1)?;
        let byte = |n: i64| (n & 0xff) as u8;
        Ok([byte(year >> 8), byte(year), byte(month), byte(day)])
    }

    pub(super) fn clock(&self, args: &mut Args<'_>) -> Result<[u8; 6], String> {
        let mut part = |name: &'static str, top| {
            let arg = args.next(name);
            self.small(arg, name, 0..=top, 0)
        };
        let (hour, minute) = (part("hour", 23)?, part("minute", 59)?);
        let (second, micro) = (part("second", 59)?, part("microsecond", 999_999)?);
        let byte = |n: i64| (n & 0xff) as u8;
        Ok([
            byte(hour),
            byte(minute),
            byte(second),
            byte(micro >> 16),
            byte(micro >> 8),
            byte(micro),
        ])
    }

    /// The packed bytes, and the time zone where there is one.
    pub(super) fn zoned(&mut self, name: &str, packed: Vec<u8>, zone: Option<NodeId>) -> Made {
        let mut args = vec![self.builder.bytes(packed)];
        if let Some(zone) = zone {
            match self.node(zone) {
                Node::None => {}
                Node::Call(_) => args.push(zone),
                _ => return Err("tzinfo has to be a time zone".to_owned()),
            }
        }
        Ok(self.global_call("datetime", name, args))
    }

    pub(super) fn fold(&self, args: &mut Args<'_>) -> Result<u8, String> {
        let fold = self.small(args.named("fold"), "fold", 0..=1, 0)?;
        Ok(if fold == 1 { 0x80 } else { 0 })
    }

    pub(super) fn date_time(&mut self, args: &mut Args<'_>) -> Made {
        let [y1, y2, month, day] = self.day(args)?;
        let clock = self.clock(args)?;
        let zone = args.next("tzinfo");
        let fold = self.fold(args)?;
        let packed = [&[y1, y2, month | fold, day][..], &clock].concat();
        self.zoned("datetime", packed, zone)
    }

    pub(super) fn date(&mut self, args: &mut Args<'_>) -> Made {
        let packed = self.day(args)?.to_vec();
        self.zoned("date", packed, None)
    }

    pub(super) fn time(&mut self, args: &mut Args<'_>) -> Made {
        let [hour, rest @ ..] = self.clock(args)?;
        let zone = args.next("tzinfo");
        let fold = self.fold(args)?;
        let packed = [&[hour | fold][..], &rest].concat();
        self.zoned("time", packed, zone)
    }

    /// Python brings any numbers of days, seconds, … to days, seconds of a day, and microseconds.
    pub(super) fn time_delta(&mut self, args: &mut Args<'_>) -> Made {
        /// In Python's order, in microseconds.
        const PARTS: [(&str, i64); 7] = [
            ("days", 86_400_000_000),
            ("seconds", 1_000_000),
            ("microseconds", 1),
            ("milliseconds", 1000),
            ("minutes", 60_000_000),
            ("hours", 3_600_000_000),
            ("weeks", 604_800_000_000),
        ];
        let mut micros = BigInt::ZERO;
        for (name, factor) in PARTS {
            if let Some(arg) = args.next(name) {
                let int = self.int(arg).map_err(|why| format!("{why} for {name}"))?;
                micros += int * factor;
            }
        }
        let days = i128::try_from(micros).ok().map(|micros| {
            let day = i128::from(PARTS[0].1);
            (micros.div_euclid(day), micros.rem_euclid(day))
        });
        let Some((days, micros)) = days.filter(|(days, _)| days.abs() <= 999_999_999) else {
            return Err("at most 999999999 days are possible".to_owned());
        };
        let parts = [days, micros / 1_000_000, micros % 1_000_000];
        let parts = parts.map(|part| self.builder.int(i64::try_from(part).unwrap_or_default()));
        Ok(self.global_call("datetime", "timedelta", parts.to_vec()))
    }

    pub(super) fn time_zone(&mut self, args: &mut Args<'_>) -> Made {
        let offset = args.need("offset")?;
        let is_delta = match self.node(offset) {
            Node::Call(call) => {
                matches!(self.node(call.func), Node::Global(global) if global.name == "timedelta")
            }
            _ => false,
        };
        if !is_delta {
            return Err("expected a datetime.timedelta".to_owned());
        }
        let mut parts = vec![offset];
        if let Some(name) = args.next("name") {
            self.text(name)?;
            parts.push(name);
        }
        Ok(self.global_call("datetime", "timezone", parts))
    }

    /// `datetime.timezone.utc`, of which there is one in Python.
    pub(in crate::pickle::parse_literal) fn utc(&mut self) -> NodeId {
        if let Some(utc) = self.utc {
            return utc;
        }
        let zeros = [0; 3].map(|zero| self.builder.int(zero));
        let delta = self.global_call("datetime", "timedelta", zeros.to_vec());
        let utc = self.global_call("datetime", "timezone", vec![delta]);
        self.utc = Some(utc);
        utc
    }

    pub(super) fn zone_info(&mut self, args: &mut Args<'_>) -> Made {
        let key = args.need("key")?;
        self.text(key)?;
        let class = self.builder.global("zoneinfo", "ZoneInfo");
        let name = self.builder.str("_unpickle");
        let unpickle = self.global_call("builtins", "getattr", vec![class, name]);
        // Pickled as one of the zones that Python keeps one object of.
        let is_cached = self.builder.int(1);
        Ok(self.builder.call(unpickle, vec![key, is_cached]))
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
