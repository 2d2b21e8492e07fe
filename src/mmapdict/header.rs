//! The first 24 bytes: PROTO 4, a frame, version, commit number, MARK.

use super::layout::{COMMIT_AT, HEADER_LEN};

/// A valid header with version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Counts changes, but not strictly: a vacuum sets it back. Any `i32`.
    pub commit: i32,
}

/// Why the first bytes of a file are no header of the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The file ends before the header does, but agrees with one up to there.
    #[error("the file ends inside the header, after {0} of {HEADER_LEN} bytes")]
    Cut(u64),
    /// A header of another version of the container.
    #[error("version {0} of the container is not known, only version 1 is")]
    Version(i32),
    /// Something else stands there.
    #[error("byte {0} is not what the header of an mmappickle file has there")]
    Foreign(usize),
}

/// The header with zeros for version and commit number.
const PATTERN: [u8; HEADER_LEN as usize] =
    *b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\0\0\0\x000J\0\0\0\x000(";
const VERSION_AT: usize = 12;

impl Header {
    /// Reads a header from the beginning of a file; `bytes` are its first 24, or all there are.
    ///
    /// # Errors
    /// What differs from a header.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let is_number = |at: usize| {
            (VERSION_AT..VERSION_AT + 4).contains(&at) || (COMMIT_AT..COMMIT_AT + 4).contains(&at)
        };
        let differs = PATTERN
            .iter()
            .zip(bytes)
            .enumerate()
            .find(|(at, (want, got))| !is_number(*at) && want != got);
        if let Some((at, _)) = differs {
            return Err(HeaderError::Foreign(at));
        }
        let Some(header) = bytes.first_chunk::<{ HEADER_LEN as usize }>() else {
            return Err(HeaderError::Cut(bytes.len() as u64));
        };
        let number = |at: usize| {
            header
                .get(at..)
                .and_then(|bytes| bytes.first_chunk())
                .map_or(0, |n| i32::from_le_bytes(*n))
        };
        match number(VERSION_AT) {
            1 => Ok(Self {
                commit: number(COMMIT_AT),
            }),
            version => Err(HeaderError::Version(version)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [u8; 24] = *b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\x07\0\0\x000(";

    #[test]
    fn the_commit_number_is_read() {
        assert_eq!(Header::parse(&GOOD), Ok(Header { commit: 7 }));
    }

    #[test]
    fn cut_foreign_and_newer_headers_are_told_apart() {
        assert_eq!(Header::parse(&GOOD[..10]), Err(HeaderError::Cut(10)));
        assert_eq!(
            Header::parse(b"\xff\xd8\xff\xe0"),
            Err(HeaderError::Foreign(0))
        );
        let mut newer = GOOD;
        newer[12] = 2;
        assert_eq!(Header::parse(&newer), Err(HeaderError::Version(2)));
    }
}
