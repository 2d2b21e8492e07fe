//! NumPy's `datetime64` and `timedelta64`: units, and the text of a number of them.
//!
//! Days are counted from 1970-01-01 in the Gregorian calendar without end in either direction; there are no leap
//! seconds and no time zones.

use super::encode::{CellTextError, short, syntax};

/// What one step of a `datetime64` or `timedelta64` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeUnit {
    /// A point in time, else a span.
    pub is_date: bool,
    base: Base,
    /// Steps of the base unit in one of this.
    count: i64,
}

/// The value that stands for no time at all.
const NAT: i64 = i64::MIN;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    /// Of a second: `10^-n`, in steps of three.
    Fraction(u32),
    Generic,
}

/// Code, meaning and name of each unit.
const BASES: [(&str, Base, &str); 15] = [
    ("Y", Base::Year, "years"),
    ("M", Base::Month, "months"),
    ("W", Base::Week, "weeks"),
    ("D", Base::Day, "days"),
    ("h", Base::Hour, "hours"),
    ("m", Base::Minute, "minutes"),
    ("s", Base::Second, "seconds"),
    ("ms", Base::Fraction(3), "milliseconds"),
    ("us", Base::Fraction(6), "microseconds"),
    ("μs", Base::Fraction(6), "microseconds"),
    ("ns", Base::Fraction(9), "nanoseconds"),
    ("ps", Base::Fraction(12), "picoseconds"),
    ("fs", Base::Fraction(15), "femtoseconds"),
    ("as", Base::Fraction(18), "attoseconds"),
    ("generic", Base::Generic, "generic time units"),
];

impl TimeUnit {
    /// Of `M8[s]`, `datetime64[25us]`, `m8`; `None` for other texts. A byte order must not stand before it.
    pub(super) fn of_dtype(text: &str) -> Option<Self> {
        let names = [
            ("datetime64", true),
            ("timedelta64", false),
            ("M8", true),
            ("m8", false),
            ("M", true),
            ("m", false),
        ];
        let (unit, is_date) = names
            .iter()
            .find_map(|(name, is_date)| Some((text.strip_prefix(name)?, *is_date)))?;
        let (count, code) = if unit.is_empty() {
            (1, "generic")
        } else {
            let inner = unit.strip_prefix('[')?.strip_suffix(']')?;
            let code = inner.trim_start_matches(|c: char| c.is_ascii_digit());
            match inner.strip_suffix(code)? {
                "" => (1, code),
                digits => (i64::from(digits.parse::<i32>().ok()?), code),
            }
        };
        let (_, base, _) = BASES.iter().find(|(name, _, _)| *name == code)?;
        (count > 0).then_some(Self {
            is_date,
            base: *base,
            count,
        })
    }

    /// As `str()` of the NumPy scalar; `None` for a date without a unit, which has no text.
    #[must_use]
    pub fn text(self, ticks: i64) -> Option<String> {
        if ticks == NAT {
            return Some("NaT".to_owned());
        }
        if !self.is_date {
            let (_, _, name) = BASES.iter().find(|(_, base, _)| *base == self.base)?;
            return Some(format!("{} {name}", ticks.wrapping_mul(self.count)));
        }
        let ticks = i128::from(ticks) * i128::from(self.count);
        let seconds = |ticks: i128, seconds: i128| {
            let clock = ticks * seconds;
            (clock.div_euclid(86_400), clock.rem_euclid(86_400))
        };
        Some(match self.base {
            Base::Generic => return None,
            Base::Year => year_text(ticks + 1970),
            Base::Month => {
                let year = ticks.div_euclid(12) + 1970;
                format!("{}-{:02}", year_text(year), ticks.rem_euclid(12) + 1)
            }
            Base::Week => date_text(ticks * 7),
            Base::Day => date_text(ticks),
            Base::Hour => {
                let (days, clock) = seconds(ticks, 3600);
                format!("{}T{:02}", date_text(days), clock / 3600)
            }
            Base::Minute => {
                let (days, clock) = seconds(ticks, 60);
                let (hour, minute) = (clock / 3600, clock / 60 % 60);
                format!("{}T{hour:02}:{minute:02}", date_text(days))
            }
            Base::Second => moment_text(ticks),
            Base::Fraction(digits) => {
                let steps = 10_i128.pow(digits);
                let width = digits as usize;
                format!(
                    "{}.{:0width$}",
                    moment_text(ticks.div_euclid(steps)),
                    ticks.rem_euclid(steps)
                )
            }
        })
    }
}

/// Why a text is no time; [`NoTime::of`] says it of a dtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTime {
    Syntax(&'static str),
    OutOfRange,
    BetweenSteps,
}

impl NoTime {
    pub(super) fn of(self, dtype: &super::DType, text: &str) -> CellTextError {
        match self {
            Self::Syntax(what) => syntax(text, what),
            Self::OutOfRange => CellTextError::OutOfRange {
                text: short(text),
                dtype: "64 bits",
                range: format!("in steps of {dtype}"),
            },
            Self::BetweenSteps => CellTextError::BetweenSteps {
                text: short(text),
                dtype: dtype.text().to_owned(),
            },
        }
    }
}

const A_DATE: &str = "date such as 2024-05-01, 2024-05-01T10:20:30.5 or NaT";
const A_SPAN: &str = "time span: a whole number, with or without its unit, or NaT";

impl TimeUnit {
    /// The number of steps whose text this is: the inverse of [`TimeUnit::text`]. Parts of a date that are left out are
    /// their first; a span without a unit has that of the dtype.
    pub(super) fn parse(self, text: &str) -> Result<i64, NoTime> {
        if text.eq_ignore_ascii_case("NaT") {
            return Ok(NAT);
        }
        let ticks = if self.is_date && self.base != Base::Generic {
            let moment = Moment::parse(text).ok_or(NoTime::Syntax(A_DATE))?;
            moment.in_base(self.base)?
        } else {
            self.span(text)?
        };
        if ticks % i128::from(self.count) != 0 {
            return Err(NoTime::BetweenSteps);
        }
        let ticks = i64::try_from(ticks / i128::from(self.count));
        ticks
            .ok()
            .filter(|ticks| *ticks != NAT)
            .ok_or(NoTime::OutOfRange)
    }

    /// A number of base units.
    fn span(self, text: &str) -> Result<i128, NoTime> {
        let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '+'));
        let (number, unit) = text.split_at(end.unwrap_or(text.len()));
        let unit = unit.trim();
        let is_own = |(code, base, name): &(&str, Base, &str)| {
            *base == self.base && [*code, *name, name.trim_end_matches('s')].contains(&unit)
        };
        if !unit.is_empty() && !BASES.iter().any(is_own) {
            return Err(NoTime::Syntax(A_SPAN));
        }
        number.parse().map_err(|_| NoTime::Syntax(A_SPAN))
    }
}

/// A point in time, by the calendar.
struct Moment {
    year: i128,
    month: i128,
    day: i128,
    seconds: i128,
    /// Of a second: attoseconds.
    fraction: i128,
}

impl Moment {
    fn parse(text: &str) -> Option<Self> {
        let (date, clock) = match text.split_once(['T', ' ']) {
            Some((date, clock)) => (date, Some(clock)),
            None => (text, None),
        };
        let (sign, date) = match date.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, date),
        };
        let mut parts = date.split('-').map(digits);
        let year = sign * parts.next()??;
        let month = parts.next().unwrap_or(Some(1))?;
        let day = parts.next().unwrap_or(Some(1))?;
        let is_date = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        if !is_date || parts.next().is_some() {
            return None;
        }
        let (seconds, fraction) = clock.map_or(Some((0, 0)), clock_of)?;
        Some(Self {
            year,
            month,
            day,
            seconds,
            fraction,
        })
    }

    fn in_base(&self, base: Base) -> Result<i128, NoTime> {
        let exact = |value: i128, step: i128| {
            if value % step == 0 {
                Ok(value / step)
            } else {
                Err(NoTime::BetweenSteps)
            }
        };
        if let Base::Fraction(digits) = base {
            let steps = 10_i128.pow(digits);
            let fraction = exact(self.fraction, 10_i128.pow(18 - digits))?;
            let whole = self.total_seconds().checked_mul(steps);
            return whole
                .map(|whole| whole + fraction)
                .ok_or(NoTime::OutOfRange);
        }
        if self.fraction != 0 {
            return Err(NoTime::BetweenSteps);
        }
        let seconds = self.total_seconds();
        match base {
            Base::Year if (self.month, self.day, self.seconds) == (1, 1, 0) => Ok(self.year - 1970),
            Base::Month if (self.day, self.seconds) == (1, 0) => {
                Ok((self.year - 1970) * 12 + self.month - 1)
            }
            Base::Year | Base::Month => Err(NoTime::BetweenSteps),
            Base::Week => exact(seconds, 7 * 86_400),
            Base::Day => exact(seconds, 86_400),
            Base::Hour => exact(seconds, 3600),
            Base::Minute => exact(seconds, 60),
            Base::Second | Base::Fraction(_) | Base::Generic => Ok(seconds),
        }
    }

    fn total_seconds(&self) -> i128 {
        days_before(self.year, self.month, self.day) * 86_400 + self.seconds
    }
}

/// Digits and nothing else; not so many that arithmetic would overflow.
fn digits(text: &str) -> Option<i128> {
    let is_number = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Seconds and attoseconds of `10`, `10:20`, `10:20:30.5`.
fn clock_of(text: &str) -> Option<(i128, i128)> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut total = 0;
    let mut parts = 0;
    for (part, (most, worth)) in clock.split(':').zip([(23, 3600), (59, 60), (59, 1)]) {
        total += digits(part).filter(|part| *part <= most)? * worth;
        parts += 1;
    }
    let is_whole = parts == clock.split(':').count() && (parts == 3 || !text.contains('.'));
    if !is_whole || fraction.len() > 18 {
        return None;
    }
    if !text.contains('.') {
        return Some((total, 0));
    }
    let width = u32::try_from(fraction.len()).ok()?;
    Some((total, digits(fraction)? * 10_i128.pow(18 - width)))
}

fn days_in(year: i128, month: i128) -> i128 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date: the inverse of [`date_text`].
fn days_before(year: i128, month: i128, day: i128) -> i128 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
    let in_cycle = 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1;
    cycle * 146_097 + in_cycle - 719_468
}

/// At least four characters, as C's `%04d`.
fn year_text(year: i128) -> String {
    format!("{year:04}")
}

fn moment_text(seconds: i128) -> String {
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}", date_text(days))
}

/// Date of a day counted from 1970-01-01. Years begin in March for the count, so that leap days come last.
fn date_text(days: i128) -> String {
    // From 0000-03-01 on, in cycles of 400 years.
    let days = days + 719_468;
    let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year_text(cycle * 400 + year + carry);
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(dtype: &str, ticks: i64) -> Option<String> {
        TimeUnit::of_dtype(dtype).unwrap().text(ticks)
    }

    #[test]
    fn dates_print_as_numpy_prints_them() {
        for (dtype, ticks, want) in [
            ("M8[s]", 225_110_362, "1977-02-18T10:39:22"),
            (
                "datetime64[ns]",
                676_514_685,
                "1970-01-01T00:00:00.676514685",
            ),
            ("M8[D]", 640_676_058, "1756081-06-20"),
            ("M8[25us]", 399_537_829, "1970-01-01T02:46:28.445725"),
            ("M8[ms]", -1, "1969-12-31T23:59:59.999"),
            ("M8[D]", 11_016, "2000-02-29"),
            ("M8[D]", -719_529, "-001-12-31"),
            ("M8[D]", -719_468, "0000-03-01"),
            ("M8[W]", 5, "1970-02-05"),
            ("M8[Y]", 30, "2000"),
            ("M8[M]", -1, "1969-12"),
            ("M8[h]", 29, "1970-01-02T05"),
            ("M8[m]", 61, "1970-01-01T01:01"),
            ("M8[as]", 1, "1970-01-01T00:00:00.000000000000000001"),
            ("M8", i64::MIN, "NaT"),
        ] {
            assert_eq!(text(dtype, ticks).as_deref(), Some(want), "{dtype} {ticks}");
        }
        assert_eq!(text("M8", 5), None);
    }

    #[test]
    fn spans_name_their_unit() {
        assert_eq!(text("m8[h]", 11).as_deref(), Some("11 hours"));
        assert_eq!(text("m8[25us]", 4).as_deref(), Some("100 microseconds"));
        assert_eq!(text("m8", 5).as_deref(), Some("5 generic time units"));
        assert_eq!(text("timedelta64[D]", i64::MIN).as_deref(), Some("NaT"));
    }

    #[test]
    fn shorter_and_longer_texts_are_read() {
        let parse = |dtype, text| TimeUnit::of_dtype(dtype).unwrap().parse(text);
        for (dtype, text, ticks) in [
            ("M8[s]", "1970-01-02", 86_400),
            ("M8[s]", "1970", 0),
            ("M8[D]", "2000-02-29T00:00:00.0", 11_016),
            ("M8[ms]", "1970-01-01 00:00:01.5", 1500),
            ("M8[Y]", "-001", -1971),
            ("m8[25us]", "100", 4),
            ("m8[h]", "11 h", 11),
            ("m8[h]", "-1 hour", -1),
            ("M8", "5", 5),
            ("m8", "nat", i64::MIN),
        ] {
            assert_eq!(parse(dtype, text), Ok(ticks), "{dtype} {text}");
        }
        for (dtype, text, why) in [
            ("M8[D]", "2023-02-29", NoTime::Syntax(A_DATE)),
            ("M8[D]", "2023-13", NoTime::Syntax(A_DATE)),
            ("M8[D]", "tomorrow", NoTime::Syntax(A_DATE)),
            ("M8[s]", "2023-01-01T24", NoTime::Syntax(A_DATE)),
            ("M8[s]", "2023-01-01T10:00.5", NoTime::Syntax(A_DATE)),
            ("M8[s]", "2023-01-01T10:00:00:00", NoTime::Syntax(A_DATE)),
            ("M8[D]", "2023-01-01T10", NoTime::BetweenSteps),
            ("M8[Y]", "2023-02", NoTime::BetweenSteps),
            ("M8[W]", "1970-01-02", NoTime::BetweenSteps),
            ("m8[25us]", "30", NoTime::BetweenSteps),
            ("m8[h]", "3 days", NoTime::Syntax(A_SPAN)),
            ("M8[as]", "2023-01-01", NoTime::OutOfRange),
            ("m8[s]", "9223372036854775808", NoTime::OutOfRange),
            ("m8[s]", "-9223372036854775808", NoTime::OutOfRange),
        ] {
            assert_eq!(parse(dtype, text), Err(why), "{dtype} {text}");
        }
    }

    #[test]
    fn other_units_are_refused() {
        for dtype in ["M8[parsec]", "M8[", "M8[0s]", "M8[s", "M8s", "M9", "m8[]"] {
            assert_eq!(TimeUnit::of_dtype(dtype), None, "{dtype}");
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        for unit in ["Y", "M", "W", "D", "h", "m", "s", "as"] {
            for ticks in [i64::MAX, i64::MIN + 1] {
                assert!(text(&format!("M8[2147483647{unit}]"), ticks).is_some());
            }
        }
    }
}
