//! What may be a key: at most 255 bytes of UTF-8, no other live entry of the same name.

use crate::dataset::Dataset;
use crate::mmapdict::MAX_KEY_LEN;

/// What is to be said about a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyCheck {
    /// Nothing.
    Good,
    /// It is allowed; the text says what is odd.
    Odd(&'static str),
    /// It is not allowed; the text says why.
    Bad(&'static str),
}

impl KeyCheck {
    /// Whether the key can be used.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        !matches!(self, Self::Bad(_))
    }

    /// What to tell the user.
    #[must_use]
    pub fn text(self) -> Option<&'static str> {
        match self {
            Self::Good => None,
            Self::Odd(text) | Self::Bad(text) => Some(text),
        }
    }
}

/// Looks at a key for a new entry of a file; `now` is the key that it takes the place of.
#[must_use]
pub fn check_key(dataset: &Dataset, key: &str, now: Option<&str>) -> KeyCheck {
    if key.len() > MAX_KEY_LEN {
        return KeyCheck::Bad("A key has at most 255 bytes of UTF-8");
    }
    if now == Some(key) {
        return KeyCheck::Bad("This is its name already");
    }
    if dataset.item(key).is_some() {
        return KeyCheck::Bad("There is a key of this name already");
    }
    if key.is_empty() {
        return KeyCheck::Odd("An empty key is allowed, but hard to see");
    }
    if key.trim() != key {
        return KeyCheck::Odd("The key begins or ends with a space");
    }
    if key.chars().any(char::is_control) {
        return KeyCheck::Odd("The key has characters that cannot be seen");
    }
    KeyCheck::Good
}

/// A name like this one that is not taken: `scan-copy`, `scan-copy-2`, … Cut where it would be too long.
#[must_use]
pub fn free_key(dataset: &Dataset, key: &str) -> String {
    let mut number = 1_u64;
    loop {
        let end = match number {
            1 => "-copy".to_owned(),
            _ => format!("-copy-{number}"),
        };
        let mut stem = key;
        while stem.len() + end.len() > MAX_KEY_LEN {
            let last = stem.char_indices().next_back();
            stem = stem.get(..last.map_or(0, |(at, _)| at)).unwrap_or_default();
        }
        let name = format!("{stem}{end}");
        if dataset.item(&name).is_none() {
            return name;
        }
        number += 1;
    }
}
