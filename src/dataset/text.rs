//! Figures as people read them.

/// A number of bytes with a decimal unit: `2.8 MB`, `512 B`.
#[must_use]
pub fn byte_count(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1000.0;
    let mut unit = 0;
    while amount >= 999.95 && unit + 1 < UNITS.len() {
        amount /= 1000.0;
        unit += 1;
    }
    let digits = if amount < 99.95 { 1 } else { 0 };
    format!(
        "{amount:.digits$} {}",
        UNITS.get(unit).copied().unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::byte_count;

    #[test]
    fn amounts_keep_two_or_three_digits() {
        let cases = [
            (0, "0 B"),
            (1, "1 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (2_816_000, "2.8 MB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(byte_count(bytes), text);
        }
        assert_eq!(byte_count(999_960), "1.0 MB");
        assert_eq!(byte_count(123_456), "123 kB");
        assert_eq!(byte_count(u64::MAX), "18.4 EB");
    }
}
