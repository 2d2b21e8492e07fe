//! What is typed into a field, as values; with errors for the one who typed it.

use super::super::parse_literal::parse_literal;
use super::super::text::bytes_repr;
use super::super::value::{NodeId, Value};
use super::edit::NewValue;
use super::kind::Kind;
use num_bigint::BigInt;

/// What is wrong with the text of a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FieldError(pub String);

fn wrong<T>(message: impl Into<String>) -> Result<T, FieldError> {
    Err(FieldError(message.into()))
}

/// The beginning of a text, for messages.
fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The usual minus sign, and no space around.
fn plain(text: &str) -> String {
    text.trim().replace('\u{2212}', "-")
}

/// An int of any size, as Python reads it: `12`, `-1_000`, `0xff`.
///
/// # Errors
/// The text is no whole number.
pub fn parse_int(text: &str) -> Result<BigInt, FieldError> {
    let text = plain(text);
    if let Ok(small) = text.parse::<i64>() {
        return Ok(small.into());
    }
    let (is_negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text.as_str()),
    };
    let begins = digits.bytes().next().is_some_and(|c| c.is_ascii_digit());
    // Python's int() takes leading zeros, a literal does not.
    let digits = match digits.bytes().all(|c| c.is_ascii_digit()) {
        true => digits.trim_start_matches('0'),
        false => digits,
    };
    let digits = if digits.is_empty() { "0" } else { digits };
    let int = match begins.then(|| parse_literal(digits)) {
        Some(Ok(value)) => big_int(&value, value.root()),
        Some(Err(err)) if digits.bytes().all(|c| c.is_ascii_digit()) => {
            return wrong(err.message);
        }
        _ => None,
    };
    match int {
        Some(int) if is_negative => Ok(-int),
        Some(int) => Ok(int),
        None if text.is_empty() => wrong("a whole number is missing"),
        None => wrong(format!("'{}' is not a whole number", short(&text))),
    }
}

/// The int that a node is; a bool is none here.
pub(super) fn big_int(value: &Value, id: NodeId) -> Option<BigInt> {
    match value.node(id) {
        super::super::Node::Int(int) => Some(BigInt::from(*int)),
        super::super::Node::BigInt(int) => Some((**int).clone()),
        _ => None,
    }
}

/// A float, as Python reads it: `1`, `-.5e-3`, `nan`, `inf`, `-inf`.
///
/// # Errors
/// The text is no number.
pub fn parse_float(text: &str) -> Result<f64, FieldError> {
    let text = plain(text);
    let unsigned = text.trim_start_matches(['+', '-']);
    let is_word = matches!(
        unsigned.to_ascii_lowercase().as_str(),
        "nan" | "inf" | "infinity"
    );
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let digits = text.replace('_', "");
    match digits.parse::<f64>() {
        // Python makes it infinite without a word.
        Ok(float) if float.is_infinite() && !is_word && is_number => wrong(format!(
            "'{}' is too large for a float (at most 1.8e308)",
            short(&text)
        )),
        Ok(float) if is_word || is_number => Ok(float),
        _ if text.is_empty() => wrong("a number is missing"),
        _ if digits.contains(',') => wrong(format!(
            "'{}' is not a number; decimals need a point",
            short(&text)
        )),
        _ => wrong(format!("'{}' is not a number", short(&text))),
    }
}

/// bytes as Python writes them, with or without `b` and quotes around: `b'a\x00'`, `a\x00`.
///
/// # Errors
/// The text is no bytes literal.
pub fn parse_bytes(text: &str) -> Result<Vec<u8>, FieldError> {
    let trimmed = text.trim();
    let lower = trimmed.get(..3).unwrap_or(trimmed).to_ascii_lowercase();
    let is_literal = ["b'", "b\"", "rb'", "rb\"", "br'", "br\""]
        .iter()
        .any(|start| lower.starts_with(start));
    let literal = match is_literal {
        true => trimmed.to_owned(),
        false => format!("b'{}'", escape_quotes(text)),
    };
    match parse_literal(&literal) {
        Ok(value) => match value.root_node() {
            super::super::Node::Bytes(blob) => Ok(blob.loaded().unwrap_or_default().to_vec()),
            _ => wrong("this is no bytes literal, like b'a\\x00'"),
        },
        Err(err) => wrong(format!("column {}: {}", err.column, err.message)),
    }
}

/// Quotes and line ends that stand unescaped in a text get a backslash.
fn escape_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_escaped = false;
    for c in text.chars() {
        match c {
            '\'' if !is_escaped => out.push_str("\\'"),
            '\n' if !is_escaped => out.push_str("\\n"),
            '\r' if !is_escaped => out.push_str("\\r"),
            c => out.push(c),
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    out
}

/// bytes as [`parse_bytes`] reads them, without `b` and quotes.
#[must_use]
pub fn bytes_text(bytes: &[u8]) -> String {
    let text = bytes_repr(bytes);
    let inner = text.get(2..text.len().saturating_sub(1));
    inner.unwrap_or_default().to_owned()
}

/// bytes from hexadecimal digits; spaces and line ends between bytes are allowed.
///
/// # Errors
/// The text is no hexadecimal.
pub fn parse_hex(text: &str) -> Result<Vec<u8>, FieldError> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (at, c) in text.chars().enumerate() {
        if c.is_whitespace() && high.is_none() {
            continue;
        }
        let Some(digit) = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()) else {
            return wrong(format!(
                "character {}: '{c}' is no hexadecimal digit",
                at + 1
            ));
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    match high {
        Some(_) => wrong("the last byte has one digit only; a byte needs two"),
        None => Ok(bytes),
    }
}

/// bytes as [`parse_hex`] reads them, 16 on a line.
#[must_use]
pub fn hex_text(bytes: &[u8]) -> String {
    let line = |line: &[u8]| {
        let bytes: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.join(" ")
    };
    bytes.chunks(16).map(line).collect::<Vec<_>>().join("\n")
}

// --- dates and times -----------------------------------------------------------------------------

/// A date, time, or both as ISO 8601 writes them, if they can be written so: not with a named zone or a fold.
#[must_use]
pub fn iso_text(value: &Value, id: NodeId) -> Option<String> {
    let kind = Kind::of(value, id);
    let literal = value.node_literal(id, 1000);
    let name = match kind {
        Kind::Date => "datetime.date(",
        Kind::Time => "datetime.time(",
        Kind::DateTime => "datetime.datetime(",
        _ => return None,
    };
    let inner = literal.strip_prefix(name)?.strip_suffix(')')?;
    let (numbers, zone) = match inner.split_once(", tzinfo=") {
        Some((numbers, zone)) => (numbers, zone_text(zone)?),
        None => (inner, String::new()),
    };
    let numbers: Vec<u32> = numbers
        .split(", ")
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let (date, clock) = match kind {
        Kind::Time => (None, Some(numbers.as_slice())),
        Kind::Date => (numbers.first_chunk::<3>(), None),
        _ => (numbers.first_chunk::<3>(), numbers.get(3..)),
    };
    let date = date.map(|[year, month, day]| format!("{year:04}-{month:02}-{day:02}"));
    let clock = match clock {
        Some([hour, minute, rest @ ..]) => {
            let second = rest.first().copied().unwrap_or_default();
            let micro = match rest.get(1) {
                Some(micro) => format!(".{micro:06}"),
                None => String::new(),
            };
            Some(format!("{hour:02}:{minute:02}:{second:02}{micro}{zone}"))
        }
        _ => None,
    };
    match (date, clock) {
        (Some(date), Some(clock)) => Some(format!("{date} {clock}")),
        (date, clock) => date.or(clock),
    }
}

/// `+02:00` of a fixed offset without a name.
fn zone_text(literal: &str) -> Option<String> {
    if literal == "datetime.timezone.utc" {
        return Some("+00:00".to_owned());
    }
    let delta = literal.strip_prefix("datetime.timezone(datetime.timedelta(")?;
    let delta = delta.strip_suffix("))")?;
    let mut seconds = 0_i64;
    for part in delta.split(", ") {
        seconds += match part.split_once('=')? {
            ("days", days) => days.parse::<i64>().ok()? * 86400,
            ("seconds", seconds) => seconds.parse::<i64>().ok()?,
            _ => return None,
        };
    }
    let (sign, offset) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let (hours, minutes, rest) = (offset / 3600, offset / 60 % 60, offset % 60);
    (rest == 0).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

/// A date, a time or both from ISO 8601: `2018-05-01`, `12:30:05.25`, `2018-05-01 12:30+02:00`.
///
/// # Errors
/// What cannot be read, or is no day or time of day.
pub fn parse_iso(kind: Kind, text: &str) -> Result<NewValue, FieldError> {
    let text = plain(text);
    let (date, clock) = match kind {
        Kind::Date => (Some(text.as_str()), None),
        Kind::Time => (None, Some(text.as_str())),
        _ => match text.split_once(['T', 't', ' ']) {
            Some((date, clock)) => (Some(date), Some(clock.trim_start())),
            None => {
                return wrong("a date and a time are expected, like 2018-05-01 12:30:00");
            }
        },
    };
    let mut args = Vec::new();
    if let Some(date) = date {
        args.extend(iso_date(date)?);
    }
    if let Some(clock) = clock {
        args.extend(iso_clock(clock)?);
    }
    let name = match kind {
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "datetime",
        _ => return wrong("this is no date and no time"),
    };
    match parse_literal(&format!("datetime.{name}({})", args.join(", "))) {
        Ok(value) => Ok(value.into()),
        Err(err) => {
            let message = err.message.split_once(": ").map(|(_, why)| why.to_owned());
            wrong(message.unwrap_or(err.message))
        }
    }
}

fn iso_date(text: &str) -> Result<Vec<String>, FieldError> {
    let parts: Vec<&str> = text.split('-').collect();
    let is_date = matches!(
        parts.as_slice(),
        [year, month, day] if is_digits(year, 4..=4) && is_digits(month, 1..=2) && is_digits(day, 1..=2)
    );
    if !is_date {
        let text = short(text);
        return wrong(format!("'{text}' is not a date such as 2018-05-01"));
    }
    Ok(parts.into_iter().map(number).collect())
}

fn iso_clock(text: &str) -> Result<Vec<String>, FieldError> {
    let bad = || {
        let text = short(text);
        wrong(format!(
            "'{text}' is no time like 12:30:05.25 or 12:30+02:00"
        ))
    };
    let zone_at = text.find(['+', '-', 'Z', 'z']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    let (clock, fraction) = match clock.trim_end().split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock.trim_end(), None),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(|part| is_digits(part, 1..=2)) {
        return bad();
    }
    let mut args: Vec<String> = parts.iter().map(|part| number(part)).collect();
    if let Some(fraction) = fraction {
        if parts.len() < 3 || !is_digits(fraction, 1..=6) {
            return bad();
        }
        args.push(number(&format!("{fraction:0<6}")));
    }
    match (zone.get(..1), zone.get(1..)) {
        (Some("Z" | "z"), Some("")) => args.push("tzinfo=datetime.timezone.utc".to_owned()),
        (Some(sign), Some(offset)) => {
            let minutes = match offset.split(':').collect::<Vec<_>>().as_slice() {
                // One digit is the beginning of two.
                [hours] if is_digits(hours, 2..=2) => hours.parse::<i64>().map(|h| h * 60),
                [hours, minutes]
                    if is_digits(hours, 1..=2) && is_digits(minutes, 2..=2) && *minutes < "60" =>
                {
                    hours
                        .parse::<i64>()
                        .and_then(|h| minutes.parse::<i64>().map(|m| h * 60 + m))
                }
                _ => return bad(),
            };
            let minutes = minutes.unwrap_or_default() * if sign == "-" { -1 } else { 1 };
            args.push(match minutes {
                0 => "tzinfo=datetime.timezone.utc".to_owned(),
                _ => format!("tzinfo=datetime.timezone(datetime.timedelta(minutes={minutes}))"),
            });
        }
        _ => {}
    }
    Ok(args)
}

fn is_digits(text: &str, len: std::ops::RangeInclusive<usize>) -> bool {
    len.contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit())
}

/// Digits without zeros before them, which a literal does not have.
fn number(digits: &str) -> String {
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }.to_owned()
}

/// A literal of the class that an object has.
///
/// # Errors
/// The text is no literal, or one of something else.
pub fn parse_same_class(value: &Value, id: NodeId, text: &str) -> Result<NewValue, FieldError> {
    let name = value.type_name(id);
    match parse_literal(text) {
        Ok(new) if new.type_name(new.root()) == name => Ok(new.into()),
        parsed => match (converted(&name, &plain(text)), parsed) {
            (Some(new), _) => new,
            (None, Ok(new)) => wrong(format!(
                "expected {name}, got {}",
                new.type_name(new.root())
            )),
            (None, Err(err)) => wrong(err.to_string()),
        },
    }
}

/// The number alone of the literal of a NumPy scalar, as it is typed.
#[must_use]
pub fn plain_scalar(name: &str, literal: String) -> String {
    let kind = name.strip_prefix("numpy.").unwrap_or_default();
    let is_number = ["int", "uint", "float", "bool"]
        .iter()
        .any(|start| kind.starts_with(start));
    let inner = literal
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')'))
        .filter(|_| is_number);
    match inner {
        Some(inner) => inner.to_owned(),
        None => literal,
    }
}

/// An object of a class from what stands between the parentheses of its literal: `2.75` for `numpy.float32(2.75)`.
fn converted(name: &str, text: &str) -> Option<Result<NewValue, FieldError>> {
    let is_bare = !text.contains(['(', ')', '\'', '"', '[', '{']);
    let inner = match name.strip_prefix("numpy.") {
        Some(kind) if kind.starts_with("float") => match parse_float(text) {
            Ok(float) if float.is_finite() && !fits(kind, float) => {
                return Some(wrong(format!("'{}' does not fit {name}", short(text))));
            }
            Ok(_) => text.to_owned(),
            Err(why) => return Some(Err(why)),
        },
        Some(kind) if kind.starts_with("int") || kind.starts_with("uint") => {
            match parse_int(text) {
                Ok(int) => int.to_string(),
                Err(why) => return Some(Err(why)),
            }
        }
        Some("str_" | "bytes_" | "void" | "bool" | "bool_") => text.to_owned(),
        Some(kind) if kind.starts_with("complex") && is_bare => text.to_owned(),
        None if name == "complex" && is_bare => format!("{text}, 0"),
        // Digits of a Decimal are not those of the nearest float.
        None if matches!(name, "decimal.Decimal" | "uuid.UUID") && is_bare => format!("'{text}'"),
        None if name == "fractions.Fraction" && is_bare => text.replacen('/', ", ", 1),
        _ => return None,
    };
    let made = parse_literal(&format!("{name}({inner})"));
    Some(match made {
        Ok(new) if new.type_name(new.root()) == name => Ok(new.into()),
        Ok(_) => return None,
        Err(err) => wrong(err.message),
    })
}

/// Whether a number is finite in a float of NumPy of this name.
fn fits(kind: &str, float: f64) -> bool {
    match kind {
        "float16" => float.abs() < 65520.0,
        "float32" => (float as f32).is_finite(),
        _ => true,
    }
}
