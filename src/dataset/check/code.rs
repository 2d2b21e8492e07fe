//! What can be found: codes, which scripts rely on, and how bad each is.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the file is sound.
    Note,
    /// Odd or risky; everything can still be read.
    Warning,
    /// Something is lost, or some program cannot read the file.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

macro_rules! codes {
    ($($name:ident = $text:literal, $doc:literal;)*) => {
        /// What was found, as a word that stays the same from version to version.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $name,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// In kebab case, e.g. `trailing-garbage`.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    EmptyFile = "empty-file", "Zero bytes.";
    TruncatedHeader = "truncated-header", "The file ends inside the header.";
    BadHeader = "bad-header", "Entries, but behind a damaged header.";
    UnsupportedVersion = "unsupported-version", "Another version of the container.";
    NotAPickle = "not-a-pickle", "Neither a container nor a pickle.";
    TruncatedPickle = "truncated-pickle", "A pickle that ends before its STOP.";
    MissingTerminator = "missing-terminator", "The file ends behind an entry.";
    PartialTerminator = "partial-terminator", "The file ends inside its terminator.";
    TrailingGarbage = "trailing-garbage", "Bytes behind the end.";
    TruncatedRecord = "truncated-record", "The last entry is cut.";
    NotAFrame = "not-a-frame", "No frame where an entry should begin.";
    NotARecord = "not-a-record", "A frame without a key at its beginning.";
    FrameLengthOverrun = "frame-length-overrun", "A frame that is longer than the file.";
    FrameLengthTooSmall = "frame-length-too-small", "A frame that is too short for an entry.";
    FrameLengthMismatch = "frame-length-mismatch", "A frame that does not end where its entry does.";
    KeyLengthOverrun = "key-length-overrun", "A key that is longer than its frame.";
    KeyNotUtf8 = "key-not-utf8", "A key that is no text.";
    BadRecordTrailer = "bad-record-trailer", "An entry that does not end as entries do.";
    DuplicateKey = "duplicate-key", "Two live entries of one key.";
    OddFlag = "odd-flag", "Alive for one reader, dead for another.";
    BadDtype = "bad-dtype", "A dtype that is none, or one of objects.";
    StructuredDtype = "structured-dtype", "A structured dtype in a form that NumPy cannot read.";
    ZeroItemsize = "zero-itemsize", "Cells of no bytes.";
    ShapeDataMismatch = "shape-data-mismatch", "Shape and dtype ask for another length than there is.";
    ShapeOverflow = "shape-overflow", "A shape whose product no machine can hold.";
    NegativeDimension = "negative-dimension", "A negative size.";
    TooManyDimensions = "too-many-dimensions", "More axes than NumPy takes.";
    MaskMismatch = "mask-mismatch", "A mask that does not fit its data.";
    ScalarMask = "scalar-mask", "One mask value for all cells.";
    BadArray = "bad-array", "It begins as an array and does not go on as one.";
    DeclaredLengthOverrun = "declared-length-overrun", "A length that reaches past the end of the value.";
    NestingTooDeep = "nesting-too-deep", "Too many levels of nesting.";
    ExponentialSharing = "exponential-sharing", "Few bytes that unfold without end.";
    LargeInteger = "large-integer", "An int that Python will not print.";
    MemoIndexHuge = "memo-index-huge", "A memo number that costs Python much memory.";
    UnboundMemo = "unbound-memo", "A memo entry that this value did not set.";
    BadOpcode = "bad-opcode", "No opcode, or an argument that is none.";
    BadValue = "bad-value", "An operation that its object does not have.";
    UnhashableKey = "unhashable-key", "A key of a dict or set that cannot be one.";
    RefusedValue = "refused-value", "Arguments that their class refuses.";
    TextNotUtf8 = "text-not-utf8", "Text that is not UTF-8.";
    StackImbalance = "stack-imbalance", "A value that leaves other than one thing.";
    UnknownGlobal = "unknown-global", "A class or function of an unknown module.";
    OutOfBandBuffer = "out-of-band-buffer", "Contents that were kept outside of the file.";
    PersistentId = "persistent-id", "A reference that only the writer can resolve.";
    ExtensionCode = "extension-code", "A number of the copyreg registry.";
    Python2Str = "python2-str", "A Python 2 str that is no ASCII.";
    CodeExecution = "code-execution", "Loading it in Python would run something foreign.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
