//! NumPy's dates as text and back: a count of units since 1970, in the Gregorian calendar.

/// Units with a fixed length, the finest last: name, how many make one of the next coarser, digits behind the second.
const FIXED: [(&str, i128, usize); 10] = [
    ("D", 1, 0),
    ("h", 24, 0),
    ("m", 60, 0),
    ("s", 60, 0),
    ("ms", 1000, 3),
    ("us", 1000, 6),
    ("ns", 1000, 9),
    ("ps", 1000, 12),
    ("fs", 1000, 15),
    ("as", 1000, 18),
];

/// How many of a unit a day has, and its place in [`FIXED`].
fn per_day(unit: &str) -> Option<(i128, usize)> {
    let at = FIXED.iter().position(|(name, ..)| *name == unit)?;
    let factors = FIXED.iter().take(at + 1).map(|(_, factor, _)| factor);
    Some((factors.product(), at))
}

/// Days since 1970 → year, month, day.
fn civil(days: i128) -> (i128, i128, i128) {
    // Years begin in March here, so that a leap day is the last of its year; an era has 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i128::from(month <= 2);
    (year, month, day)
}

/// Year, month, day → days since 1970.
fn days_of((year, month, day): (i128, i128, i128)) -> i128 {
    let year = year - i128::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// ISO 8601 text of `count` units since 1970, as fine as the unit.
#[must_use]
pub(in crate::pickle) fn date_text(count: i128, unit: &str) -> Option<String> {
    let (year, month) = (count.div_euclid(12) + 1970, count.rem_euclid(12) + 1);
    match unit {
        "Y" => return Some(format!("{:04}", count + 1970)),
        "M" => return Some(format!("{year:04}-{month:02}")),
        "W" => return date_text(count * 7, "D"),
        _ => {}
    }
    let (units, at) = per_day(unit)?;
    let (days, mut rest) = (count.div_euclid(units), count.rem_euclid(units));
    let (year, month, day) = civil(days);
    let mut text = format!("{year:04}-{month:02}-{day:02}");
    let mut weight = units;
    for (index, (_, factor, _)) in FIXED.iter().enumerate().take(at.min(3) + 1).skip(1) {
        weight /= factor;
        let separator = if index == 1 { 'T' } else { ':' };
        text.push_str(&format!("{separator}{:02}", rest / weight));
        rest %= weight;
    }
    let digits = FIXED.get(at).map_or(0, |(.., digits)| *digits);
    if digits > 0 {
        text.push_str(&format!(".{rest:0digits$}"));
    }
    Some(text)
}

/// The count that [`date_text`] makes this text of.
#[must_use]
pub(in crate::pickle) fn date_count(text: &str, unit: &str) -> Option<i128> {
    let (date, clock) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let (sign, date) = match date.strip_prefix('-') {
        Some(date) => (-1, date),
        None => (1, date),
    };
    let parts: Vec<i128> = date.split('-').map(number).collect::<Option<_>>()?;
    let (year, month, day) = match *parts.as_slice() {
        [year] => (year, 1, 1),
        [year, month] => (year, month, 1),
        [year, month, day] => (year, month, day),
        _ => return None,
    };
    let day = (sign * year, month, day);
    let days = days_of(day);
    // What is no date in the calendar does not come back as it was.
    if year > 1_000_000_000_000 || civil(days) != day {
        return None;
    }
    let nanos = clock_attos(clock)?;
    let count = match unit {
        "Y" => day.0 - 1970,
        "M" => (day.0 - 1970) * 12 + month - 1,
        "W" => days.div_euclid(7),
        _ => {
            let (units, _) = per_day(unit)?;
            let (attos_per_day, _) = per_day("as")?;
            days.checked_mul(units)?
                .checked_add(nanos / (attos_per_day / units))?
        }
    };
    // Nothing may have been finer than the unit.
    let same = date_text(count, unit)?;
    let is_same = text.replace(' ', "T").starts_with(&same) && {
        let rest = text.get(same.len()..).unwrap_or_default();
        rest.chars()
            .all(|c| matches!(c, '0' | ':' | 'T' | ' ' | '.'))
    };
    let is_short = same.starts_with(&text.replace(' ', "T"));
    (is_same || is_short).then_some(count)
}

/// Hours, minutes, seconds with a fraction, as attoseconds.
fn clock_attos(clock: &str) -> Option<i128> {
    if clock.is_empty() {
        return Some(0);
    }
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<i128> = clock.split(':').map(number).collect::<Option<_>>()?;
    let (hour, minute, second) = match *parts.as_slice() {
        [hour] => (hour, 0, 0),
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 || fraction.len() > 18 {
        return None;
    }
    let fraction = number(&format!("{fraction:0<18}"))?;
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000_000_000_000_000 + fraction)
}

fn number(digits: &str) -> Option<i128> {
    let is_plain = (1..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_plain.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_those_of_numpy() {
        // (count, unit, str(numpy.datetime64(count, unit)))
        let cases = [
            (48, "Y", "2018"),
            (580, "M", "2018-05"),
            (2522, "W", "2018-05-03"),
            (17_652, "D", "2018-05-01"),
            (-1, "D", "1969-12-31"),
            (-719_529, "D", "-001-12-31"),
            (423_649, "h", "2018-05-01T01"),
            (25_418_942, "m", "2018-05-01T01:02"),
            (1_525_136_523, "s", "2018-05-01T01:02:03"),
            (1_525_136_523_004, "ms", "2018-05-01T01:02:03.004"),
            (-1, "us", "1969-12-31T23:59:59.999999"),
            (i64::MAX, "ns", "2262-04-11T23:47:16.854775807"),
            (1, "as", "1970-01-01T00:00:00.000000000000000001"),
        ];
        for (count, unit, text) in cases {
            assert_eq!(date_text(count.into(), unit).unwrap(), text, "{unit}");
            assert_eq!(date_count(text, unit), Some(count.into()), "{unit}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "2018-02-30",
            "2018-13-01",
            "x",
            "",
            "2018-05-01T25",
            "2018-05-01T01:60",
            "1-1",
        ] {
            assert_eq!(date_count(text, "s"), None, "{text}");
        }
        assert_eq!(
            date_count("2018-05-01T00:00:01", "D"),
            None,
            "finer than a day"
        );
        assert_eq!(date_count("2018-05-01", "s"), Some(1_525_132_800));
    }

    proptest! {
        #[test]
        fn dates_read_back(count in any::<i64>(), unit in 0..13_usize) {
            let unit = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"][unit];
            // Years of more than twelve digits are beyond any calendar.
            let count = if unit.len() == 1 { count >> 24 } else { count };
            let text = date_text(count.into(), unit).unwrap();
            prop_assert_eq!(date_count(&text, unit), Some(count.into()), "{}", text);
        }
    }
}
