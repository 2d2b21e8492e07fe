//! `datetime` and `zoneinfo`.

use super::super::super::loadable::{Number, days_in, micros_of};
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
            // No zone is written as none.
            args.extend(Some(zone).filter(|&zone| *self.node(zone) != Node::None));
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
        const DAY: i64 = 86_400_000_000;
        /// In Python's order, in microseconds.
        const PARTS: [(&str, i64); 7] = [
            ("days", DAY),
            ("seconds", 1_000_000),
            ("microseconds", 1),
            ("milliseconds", 1000),
            ("minutes", 60_000_000),
            ("hours", 3_600_000_000),
            ("weeks", 7 * DAY),
        ];
        /// The finest first: so Python adds them up.
        const ORDER: [usize; 7] = [2, 3, 1, 4, 5, 0, 6];
        let mut numbers = Vec::new();
        for (name, factor) in PARTS {
            let number = match args.next(name) {
                None => Number::Int(BigInt::ZERO),
                Some(arg) => match self.node(arg) {
                    Node::Float(float) => Number::Float(*float),
                    _ => Number::Int(self.int(arg).map_err(|why| format!("{why} for {name}"))?),
                },
            };
            numbers.push((number, factor));
        }
        let ordered: Vec<_> = ORDER
            .iter()
            .filter_map(|&at| numbers.get(at).cloned())
            .collect();
        let micros = micros_of(&ordered).ok_or("expected finite numbers")?;
        let (day, second) = (BigInt::from(DAY), BigInt::from(1_000_000));
        let mut rest: BigInt = &micros % &day;
        if rest < BigInt::ZERO {
            rest += &day;
        }
        let days = (micros - &rest) / &day;
        let parts = [days, &rest / &second, rest % second].map(|part| self.builder.big_int(part));
        Ok(self.global_call("datetime", "timedelta", parts.to_vec()))
    }

    pub(super) fn time_zone(&mut self, args: &mut Args<'_>) -> Made {
        let mut parts = vec![args.need("offset")?];
        parts.extend(args.next("name"));
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
        self.quoted(key)?;
        let class = self.builder.global("zoneinfo", "ZoneInfo");
        let name = self.builder.str("_unpickle");
        let unpickle = self.global_call("builtins", "getattr", vec![class, name]);
        // Pickled as one of the zones that Python keeps one object of.
        let is_cached = self.builder.int(1);
        Ok(self.builder.call(unpickle, vec![key, is_cached]))
    }
}
