//! What decoding one value may cost. A hostile file reaches a limit, never the end of memory or stack.

/// Hard limits of one decoding. Reaching one is an error that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nesting of containers and calls. Everything that walks a value may recurse this deep.
    pub depth: usize,
    /// Nodes of the value, and references between them, each.
    pub nodes: usize,
    /// Bytes of text, byte strings and integers held in memory, in all.
    pub bytes: u64,
    /// A text of this many bytes or more stays in the file; the value then knows only where it lies.
    pub inline_text: u64,
    /// The same for byte strings. Zero leaves all of them in the file.
    pub inline_bytes: u64,
}

impl Limits {
    /// For showing or editing a value: up to 20 million nodes and 1 GiB of contents.
    pub const FULL: Self = Self {
        depth: 1000,
        nodes: 20_000_000,
        bytes: 1 << 30,
        inline_text: 1 << 30,
        inline_bytes: 1 << 30,
    };

    /// For checking that a value just written is one: all of its structure, with long contents left in the file. What a
    /// constructor looks at is short.
    pub const READ_BACK: Self = Self {
        inline_text: 1 << 16,
        inline_bytes: 256,
        ..Self::FULL
    };

    /// For judging the values of a file one after the other.
    pub const JUDGED: Self = Self {
        nodes: 4_000_000,
        ..Self::READ_BACK
    };

    /// For recognising what an entry is, with long contents left in the file.
    pub const OUTLINE: Self = Self {
        depth: 1000,
        nodes: 5_000,
        bytes: 1 << 20,
        inline_text: 4096,
        inline_bytes: 0,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::FULL
    }
}
