//! Keys for entries whose key is no UTF-8: escaped, one for all versions of the same key, and none that another has.

use crate::mmapdict::MAX_KEY_LEN;
use crate::pickle::text;
use std::collections::{HashMap, HashSet};

/// The keys that are given out.
pub(super) struct Names {
    /// Keys that are in use.
    taken: HashSet<String>,
    /// What was given to a key that is no UTF-8.
    given: HashMap<Box<[u8]>, String>,
    /// The next number for a name that is taken. It only grows: what is taken is met once.
    next: usize,
}

impl Names {
    /// Starts with all keys of a file: those that are UTF-8 stay as they are.
    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k [u8]>) -> Self {
        let text = keys.filter_map(|key| std::str::from_utf8(key).ok());
        Self {
            taken: text.map(str::to_owned).collect(),
            given: HashMap::new(),
            next: 1,
        }
    }

    /// The key as it is to be written, and whether it is another.
    pub(super) fn of(&mut self, key: &[u8]) -> (String, bool) {
        if let Ok(key) = std::str::from_utf8(key) {
            return (key.to_owned(), false);
        }
        if let Some(name) = self.given.get(key) {
            return (name.clone(), true);
        }
        let escaped = text::escaped(key);
        let mut count = 0_usize;
        let name = loop {
            let name = numbered(&escaped, count);
            if self.taken.insert(name.clone()) {
                break name;
            }
            count = self.next;
            self.next += 1;
        };
        self.given.insert(key.into(), name.clone());
        (name, true)
    }
}

/// The text, cut so that it and a number fit into a key.
fn numbered(text: &str, count: usize) -> String {
    let tail = match count {
        0 => String::new(),
        _ => format!(" ({count})"),
    };
    let room = MAX_KEY_LEN - tail.len();
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= room).last().unwrap_or(0);
    format!("{}{tail}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_a_key_keep_one_name_and_no_other_key_is_taken() {
        let keys: [&[u8]; 3] = [b"\xff", br"\xff", b"\xfe"];
        let mut names = Names::new(keys.into_iter());
        assert_eq!(names.of(b"\xff"), (r"\xff (1)".to_owned(), true));
        assert_eq!(names.of(b"\xff"), (r"\xff (1)".to_owned(), true));
        assert_eq!(names.of(br"\xff"), (r"\xff".to_owned(), false));
        assert_eq!(names.of(b"\xfe"), (r"\xfe".to_owned(), true));
        let long = [0xff; 200];
        assert!(names.of(&long).0.len() <= MAX_KEY_LEN);
        let (first, second) = (names.of(&long).0, names.of(&[0xff; 201]).0);
        assert!(first != second && second.len() <= MAX_KEY_LEN);
    }
}
