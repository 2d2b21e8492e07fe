//! Byte layout of the container: constants and offsets. All integers are little-endian.

/// Length of the header in bytes.
pub const HEADER_LEN: u64 = 24;

/// The last bytes of a file: `FRAME 2, DICT, STOP`.
pub const TERMINATOR: [u8; 11] = [0x95, 2, 0, 0, 0, 0, 0, 0, 0, b'd', b'.'];

/// Position of the commit number in the header.
pub(super) const COMMIT_AT: usize = 18;

/// `FRAME` and its length.
pub(super) const FRAME_HEAD_LEN: u64 = 9;

/// `FRAME`, length, `SHORT_BINUNICODE`, length of the key.
pub(super) const ENTRY_HEAD_LEN: u64 = FRAME_HEAD_LEN + 2;

/// `BININT memo POP flag POP` at the end of an entry.
pub(super) const TRAILER_LEN: u64 = 8;

/// `FRAME`
pub(super) const FRAME: u8 = 0x95;
/// `SHORT_BINUNICODE`
pub(super) const SHORT_BINUNICODE: u8 = 0x8c;
/// `BININT`
pub(super) const BININT: u8 = b'J';
/// `POP`
pub(super) const POP: u8 = b'0';
/// `NEWTRUE`: the flag of an entry that is alive.
pub(super) const ALIVE: u8 = 0x88;
