//! Byte layout of the container: constants, offsets, and the fixed parts of an entry. All integers are little-endian.

/// Length of the header in bytes.
pub const HEADER_LEN: u64 = 24;

/// The last bytes of a file: `FRAME 2, DICT, STOP`.
pub const TERMINATOR: [u8; 11] = [0x95, 2, 0, 0, 0, 0, 0, 0, 0, b'd', b'.'];

/// Length of the terminator in bytes.
pub(super) const TERMINATOR_LEN: u64 = TERMINATOR.len() as u64;

/// Longest key in bytes of UTF-8.
pub const MAX_KEY_LEN: usize = 255;

/// Position of the commit number in the header.
pub(super) const COMMIT_AT: usize = 18;

/// `FRAME` and its length.
pub(super) const FRAME_HEAD_LEN: u64 = 9;

/// `FRAME`, length, `SHORT_BINUNICODE`, length of the key. As long as the terminator, which it is written over.
pub(super) const ENTRY_HEAD_LEN: u64 = FRAME_HEAD_LEN + 2;

/// `BININT memo POP flag POP` at the end of an entry.
pub(super) const TRAILER_LEN: u64 = 8;

/// `FRAME`
pub(super) const FRAME: u8 = 0x95;
/// `BINBYTES8`
pub(super) const BINBYTES8: u8 = 0x8e;
/// `SHORT_BINUNICODE`
pub(super) const SHORT_BINUNICODE: u8 = 0x8c;
/// `BININT`
pub(super) const BININT: u8 = b'J';
/// `POP`
pub(super) const POP: u8 = b'0';
/// `NEWTRUE`: the flag of an entry that is alive.
pub(super) const ALIVE: u8 = 0x88;
/// The flag of an entry that is dead, as the reference writes it.
pub(super) const DEAD: u8 = POP;

/// Length of a whole entry; `None` where the key is too long or no file could hold it.
pub(super) fn entry_len(key: &[u8], value: u64) -> Option<u64> {
    let key = u64::from(u8::try_from(key.len()).ok()?);
    value
        .checked_add(ENTRY_HEAD_LEN + key + TRAILER_LEN)
        .filter(|len| i64::try_from(*len).is_ok())
}

/// The first bytes of an entry of `len` bytes.
pub(super) fn entry_head(len: u64, key_len: u8) -> [u8; ENTRY_HEAD_LEN as usize] {
    let [a, b, c, d, e, f, g, h] = (len - FRAME_HEAD_LEN).to_le_bytes();
    [FRAME, a, b, c, d, e, f, g, h, SHORT_BINUNICODE, key_len]
}

/// The last bytes of an entry.
pub(super) fn trailer(memo: i32, flag: u8) -> [u8; TRAILER_LEN as usize] {
    let [a, b, c, d] = memo.to_le_bytes();
    [BININT, a, b, c, d, POP, flag, POP]
}

/// Memo field and flag, if these are the last bytes of an entry.
pub(super) fn parse_trailer(bytes: &[u8]) -> Option<(i32, u8)> {
    match *bytes {
        [BININT, a, b, c, d, POP, flag, POP] => Some((i32::from_le_bytes([a, b, c, d]), flag)),
        _ => None,
    }
}
