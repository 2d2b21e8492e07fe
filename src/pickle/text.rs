//! Python's text in bytes: UTF-8 that may hold lone surrogates (`surrogatepass`), and how it is shown.

use std::borrow::Cow;

/// Whether the bytes are UTF-8 as Python writes it with `surrogatepass`: strict UTF-8 but for lone surrogates.
#[must_use]
pub fn is_python_utf8(bytes: &[u8]) -> bool {
    pieces(bytes).all(|piece| !matches!(piece, Piece::Byte(_)))
}

/// The text with lone surrogates as `\udXXX` and bytes that are no text as `\xNN`.
#[must_use]
pub fn escaped(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len());
    for piece in pieces(bytes) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Surrogate(code) => out.push_str(&format!("\\u{code:04x}")),
            Piece::Byte(byte) => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    Cow::Owned(out)
}

/// Number of characters as Python counts them.
#[must_use]
pub fn char_count(bytes: &[u8]) -> usize {
    pieces(bytes)
        .map(|piece| match piece {
            Piece::Text(text) => text.chars().count(),
            Piece::Surrogate(_) | Piece::Byte(_) => 1,
        })
        .sum()
}

/// A run of text, a lone surrogate, or a byte that belongs to neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'b> {
    /// Valid UTF-8.
    Text(&'b str),
    /// A lone surrogate, U+D800 to U+DFFF.
    Surrogate(u16),
    /// Anything else.
    Byte(u8),
}

/// Takes bytes apart into text, lone surrogates and stray bytes.
pub fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (piece, taken) = first_piece(rest)?;
        rest = rest.get(taken..).unwrap_or_default();
        Some(piece)
    })
}

fn first_piece(bytes: &[u8]) -> Option<(Piece<'_>, usize)> {
    let first = *bytes.first()?;
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(err) => {
            let head = bytes.get(..err.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(head).unwrap_or_default()
        }
    };
    if !valid.is_empty() {
        return Some((Piece::Text(valid), valid.len()));
    }
    // A surrogate in UTF-8's pattern: 1110_1101 101x_xxxx 10xx_xxxx.
    if let [0xed, mid @ 0xa0..=0xbf, low @ 0x80..=0xbf, ..] = bytes {
        let code = 0xd000 | (u16::from(mid & 0x3f) << 6) | u16::from(low & 0x3f);
        return Some((Piece::Surrogate(code), 3));
    }
    Some((Piece::Byte(first), 1))
}

// --- repr ----------------------------------------------------------------------------------------

/// `repr()` of a str.
pub(super) fn text_repr(bytes: &[u8]) -> String {
    let mut out = String::new();
    push_text_repr(&mut out, bytes, usize::MAX);
    out
}

/// `repr()` of bytes.
pub(super) fn bytes_repr(bytes: &[u8]) -> String {
    let mut out = String::new();
    push_bytes_repr(&mut out, bytes, usize::MAX);
    out
}

/// Adds `repr()` of a str; ends it with `…` where the whole becomes longer than `limit`.
pub(super) fn push_text_repr(out: &mut String, bytes: &[u8], limit: usize) {
    let head = head_of(bytes, limit.saturating_sub(out.len()));
    let quote = quote_for(head);
    out.push(quote);
    for piece in pieces(head) {
        match piece {
            Piece::Text(text) => {
                for c in text.chars() {
                    if out.len() > limit {
                        out.push('…');
                        return;
                    }
                    push_char(out, c, quote);
                }
            }
            Piece::Surrogate(code) => out.push_str(&format!("\\u{code:04x}")),
            Piece::Byte(byte) => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(if head.len() < bytes.len() {
        '…'
    } else {
        quote
    });
}

/// As much of the bytes as there is room for, and a little more, up to the end of a character: what is behind it is not
/// looked at, since a long text may be met at very many places.
fn head_of(bytes: &[u8], room: usize) -> &[u8] {
    let mut end = room.saturating_add(8);
    while bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end += 1;
    }
    bytes.get(..end).unwrap_or(bytes)
}

/// The same for bytes.
pub(super) fn push_bytes_repr(out: &mut String, bytes: &[u8], limit: usize) {
    let head = head_of(bytes, limit.saturating_sub(out.len()));
    let quote = quote_for(head);
    out.push('b');
    out.push(quote);
    for &byte in head {
        if out.len() > limit {
            out.push('…');
            return;
        }
        match byte {
            b'\t' | b'\n' | b'\r' | b'\\' | 0x20..=0x7e => push_char(out, char::from(byte), quote),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(if head.len() < bytes.len() {
        '…'
    } else {
        quote
    });
}

fn quote_for(bytes: &[u8]) -> char {
    if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    }
}

/// A character as Python's `repr` writes it. What Python calls unprintable is close to what Rust escapes in debug text.
fn push_char(out: &mut String, c: char, quote: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\\' => out.push_str("\\\\"),
        _ if c == quote => out.extend(['\\', c]),
        '\'' | '"' | ' '..='~' => out.push(c),
        _ if (c as u32) >= 0xa1 && is_printable(c) => out.push(c),
        _ => push_escape(out, c),
    }
}

/// The number of a character, as Python escapes it.
fn push_escape(out: &mut String, c: char) {
    out.push_str(&match c as u32 {
        code @ ..0x100 => format!("\\x{code:02x}"),
        code @ ..0x1_0000 => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    });
}

// --- for people ------------------------------------------------------------------------------------

/// Whether a character is one to be seen: no control, format or unassigned character, and nothing that separates lines.
///
/// A terminal obeys the others, and they make text look like another one: names come from files, so none is shown raw.
#[must_use]
pub fn is_visible(c: char) -> bool {
    let is_space = c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    matches!(c, ' '..='~') || is_space || is_printable(c)
}

/// At most so many characters of a text, with `…` for the others.
#[must_use]
pub fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}…", text.get(..at).unwrap_or_default())),
    }
}

/// Text on one line with every character that is not [visible](is_visible) as its number: `\x1b`, `\u202e`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_visible(c) => out.push(c),
            c => push_escape(&mut out, c),
        }
    }
    Cow::Owned(out)
}

fn is_printable(c: char) -> bool {
    if c.escape_debug().len() == 1 {
        return true;
    }
    // Marks that join the character before them are escaped only at the beginning of a text.
    let mut pair = [b'a'; 5];
    let (_, rest) = pair.split_at_mut(1);
    let len = c.encode_utf8(rest).len();
    let pair = pair
        .get(..=len)
        .and_then(|pair| std::str::from_utf8(pair).ok());
    pair.is_some_and(|pair| pair.escape_debug().count() == 2)
}

// --- old protocols -------------------------------------------------------------------------------

/// Argument of `STRING`: a quoted Python 2 string literal → its bytes.
///
/// # Errors
/// What is wrong with the quotes or the escapes.
pub fn unquote(line: &[u8]) -> Result<Vec<u8>, String> {
    let line = line.trim_ascii_end();
    let inner = match line {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
        _ => return Err("the text is not in quotes".to_owned()),
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&escape, tail) = rest.split_first().ok_or("a backslash at the end")?;
        rest = tail;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'x' => {
                let (code, tail) = digits(rest, 2, 16).ok_or("\\x without two digits")?;
                out.push(u8::try_from(code).unwrap_or_default());
                rest = tail;
            }
            b'0'..=b'7' => {
                let from = std::slice::from_ref(&escape);
                let more = rest
                    .iter()
                    .take(2)
                    .take_while(|byte| (b'0'..=b'7').contains(byte));
                let octal: Vec<u8> = from.iter().chain(more).copied().collect();
                rest = rest.get(octal.len() - 1..).unwrap_or_default();
                let code = octal
                    .iter()
                    .fold(0_u32, |code, &digit| code * 8 + u32::from(digit - b'0'));
                // Python keeps the low byte of three octal digits.
                out.push((code & 0xff) as u8);
            }
            other => out.extend([b'\\', other]),
        }
    }
    Ok(out)
}

/// Argument of `UNICODE`: Latin-1 with `\uXXXX` and `\UXXXXXXXX` escapes → UTF-8 with lone surrogates.
///
/// # Errors
/// An escape without its digits, or of no character.
pub fn raw_unicode_escape(line: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let escape = match (byte, tail.first()) {
            (b'\\', Some(b'u')) => Some(4),
            (b'\\', Some(b'U')) => Some(8),
            // Both stand for themselves: what follows them is no escape.
            (b'\\', Some(b'\\')) => {
                out.extend(b"\\\\");
                rest = tail.get(1..).unwrap_or_default();
                continue;
            }
            _ => None,
        };
        let code = match escape {
            None => u32::from(byte),
            Some(len) => {
                let hex = tail.get(1..).unwrap_or_default();
                let (code, tail) = digits(hex, len, 16).ok_or("a \\u escape without its digits")?;
                rest = tail;
                code
            }
        };
        push_code_point(&mut out, code)?;
    }
    Ok(out)
}

fn digits(bytes: &[u8], len: usize, radix: u32) -> Option<(u32, &[u8])> {
    let (head, tail) = bytes.split_at_checked(len)?;
    let text = std::str::from_utf8(head).ok()?;
    let is_clean = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_clean
        .then(|| u32::from_str_radix(text, radix).ok())?
        .map(|code| (code, tail))
}

/// Adds a character, or a lone surrogate, by its number.
pub(super) fn push_code_point(out: &mut Vec<u8>, code: u32) -> Result<(), String> {
    if let Some(character) = char::from_u32(code) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else if (0xd800..0xe000).contains(&code) {
        let byte = |bits: u32| (0x80 | (bits & 0x3f)) as u8;
        out.extend([0xed, byte(code >> 6), byte(code)]);
    } else {
        return Err(format!("U+{code:X} is no character"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_pass_and_are_escaped() {
        let bytes = b"a\xed\xa0\x80b";
        assert!(is_python_utf8(bytes));
        assert_eq!(escaped(bytes), "a\\ud800b");
        assert_eq!(char_count(bytes), 3);
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let cases = [
            ("plain é 你 ✓", "plain é 你 ✓"),
            ("no\u{a0}break", "no\u{a0}break"),
            ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
            ("a\u{9b}31m\u{7f}", "a\\x9b31m\\x7f"),
            ("b\u{202e}gnp\u{2066}", "b\\u202egnp\\u2066"),
            ("c\u{200b}\u{feff}\u{ad}", "c\\u200b\\ufeff\\xad"),
            ("d\u{2028}\u{2029}\r\n\t", "d\\u2028\\u2029\\r\\n\\t"),
            ("e\u{e0041}", "e\\U000e0041"),
            ("a\u{301}", "a\u{301}"),
        ];
        for (text, shown) in cases {
            assert_eq!(printable(text), shown);
        }
        assert!(matches!(printable("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_rest_of_a_long_text_is_not_looked_at() {
        let mut out = String::new();
        push_text_repr(&mut out, "é".repeat(100).as_bytes(), 9);
        assert_eq!(out, format!("'{}…", "é".repeat(5)));
        let mut out = String::new();
        push_bytes_repr(&mut out, &[b'"'; 100], 4);
        assert!(out.ends_with('…') && out.len() < 20, "{out}");
    }

    #[test]
    fn quoted_strings_of_protocol_0() {
        assert_eq!(unquote(br"'a\n\x41\101\\\''").unwrap(), b"a\nAA\\'");
        assert_eq!(unquote(br#""it's""#).unwrap(), b"it's");
        assert!(unquote(b"'open").is_err());
    }

    #[test]
    fn unicode_lines_of_protocol_0() {
        assert_eq!(
            raw_unicode_escape(b"caf\xe9 \\u20ac \\U0001f600").unwrap(),
            "café € 😀".as_bytes()
        );
        assert_eq!(raw_unicode_escape(b"\\ud800").unwrap(), b"\xed\xa0\x80");
        assert_eq!(raw_unicode_escape(b"\\n").unwrap(), b"\\n");
        assert_eq!(
            raw_unicode_escape(br"\\u0041 \\\u0041").unwrap(),
            br"\\u0041 \\A"
        );
        assert!(raw_unicode_escape(b"\\u12").is_err());
    }

    #[test]
    fn stray_bytes_do_not_pass() {
        assert!(!is_python_utf8(b"\xff"));
        assert!(!is_python_utf8(b"\xed\x9f"));
        assert_eq!(escaped("né".as_bytes()), "né");
        assert_eq!(escaped(b"\xffz"), "\\xffz");
    }
}
