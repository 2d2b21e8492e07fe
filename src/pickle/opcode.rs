//! The opcodes of pickle protocols 0 to 5: code, name and kind of argument.
//!
//! The table follows CPython's `pickletools`. What an opcode does to the stack is `decode`'s business.

/// How the argument of an opcode is stored behind its code byte. Integers are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// No argument.
    None,
    /// One unsigned byte.
    U8,
    /// Two bytes, unsigned.
    U16,
    /// Four bytes, signed.
    I32,
    /// Four bytes, unsigned.
    U32,
    /// Eight bytes, unsigned.
    U64,
    /// Eight bytes, IEEE double, big-endian.
    F64,
    /// Text up to a newline.
    Line,
    /// Two texts, each up to a newline.
    Lines2,
    /// One length byte, then that many bytes.
    Counted1,
    /// Four length bytes (unsigned), then that many bytes.
    Counted4,
    /// Four length bytes that Python reads as signed, then that many bytes.
    CountedSigned4,
    /// Eight length bytes, then that many bytes.
    Counted8,
}

macro_rules! opcodes {
    ($($name:ident = $text:literal, $code:literal, $arg:ident;)*) => {
        /// A pickle opcode, named as in CPython's `pickletools`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = concat!("`", $text, "`")] $name = $code,)*
        }

        impl Opcode {
            /// Every opcode there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The opcode of a code byte; `None` for bytes that are no opcode.
            #[must_use]
            pub fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Name in CPython's `pickletools`, e.g. `SHORT_BINUNICODE`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// How the argument is stored.
            #[must_use]
            pub fn arg_kind(self) -> ArgKind {
                match self {
                    $(Self::$name => ArgKind::$arg,)*
                }
            }
        }
    };
}

opcodes! {
    Mark = "MARK", b'(', None;
    Stop = "STOP", b'.', None;
    Pop = "POP", b'0', None;
    PopMark = "POP_MARK", b'1', None;
    Dup = "DUP", b'2', None;
    Float = "FLOAT", b'F', Line;
    Int = "INT", b'I', Line;
    BinInt = "BININT", b'J', I32;
    BinInt1 = "BININT1", b'K', U8;
    Long = "LONG", b'L', Line;
    BinInt2 = "BININT2", b'M', U16;
    None = "NONE", b'N', None;
    PersId = "PERSID", b'P', Line;
    BinPersId = "BINPERSID", b'Q', None;
    Reduce = "REDUCE", b'R', None;
    String = "STRING", b'S', Line;
    BinString = "BINSTRING", b'T', CountedSigned4;
    ShortBinString = "SHORT_BINSTRING", b'U', Counted1;
    Unicode = "UNICODE", b'V', Line;
    BinUnicode = "BINUNICODE", b'X', Counted4;
    Append = "APPEND", b'a', None;
    Build = "BUILD", b'b', None;
    Global = "GLOBAL", b'c', Lines2;
    Dict = "DICT", b'd', None;
    EmptyDict = "EMPTY_DICT", b'}', None;
    Appends = "APPENDS", b'e', None;
    Get = "GET", b'g', Line;
    BinGet = "BINGET", b'h', U8;
    Inst = "INST", b'i', Lines2;
    LongBinGet = "LONG_BINGET", b'j', U32;
    List = "LIST", b'l', None;
    EmptyList = "EMPTY_LIST", b']', None;
    Obj = "OBJ", b'o', None;
    Put = "PUT", b'p', Line;
    BinPut = "BINPUT", b'q', U8;
    LongBinPut = "LONG_BINPUT", b'r', U32;
    SetItem = "SETITEM", b's', None;
    Tuple = "TUPLE", b't', None;
    EmptyTuple = "EMPTY_TUPLE", b')', None;
    SetItems = "SETITEMS", b'u', None;
    BinFloat = "BINFLOAT", b'G', F64;
    Proto = "PROTO", 0x80, U8;
    NewObj = "NEWOBJ", 0x81, None;
    Ext1 = "EXT1", 0x82, U8;
    Ext2 = "EXT2", 0x83, U16;
    Ext4 = "EXT4", 0x84, I32;
    Tuple1 = "TUPLE1", 0x85, None;
    Tuple2 = "TUPLE2", 0x86, None;
    Tuple3 = "TUPLE3", 0x87, None;
    NewTrue = "NEWTRUE", 0x88, None;
    NewFalse = "NEWFALSE", 0x89, None;
    Long1 = "LONG1", 0x8a, Counted1;
    Long4 = "LONG4", 0x8b, CountedSigned4;
    BinBytes = "BINBYTES", b'B', Counted4;
    ShortBinBytes = "SHORT_BINBYTES", b'C', Counted1;
    ShortBinUnicode = "SHORT_BINUNICODE", 0x8c, Counted1;
    BinUnicode8 = "BINUNICODE8", 0x8d, Counted8;
    BinBytes8 = "BINBYTES8", 0x8e, Counted8;
    EmptySet = "EMPTY_SET", 0x8f, None;
    AddItems = "ADDITEMS", 0x90, None;
    FrozenSet = "FROZENSET", 0x91, None;
    NewObjEx = "NEWOBJ_EX", 0x92, None;
    StackGlobal = "STACK_GLOBAL", 0x93, None;
    Memoize = "MEMOIZE", 0x94, None;
    Frame = "FRAME", 0x95, U64;
    ByteArray8 = "BYTEARRAY8", 0x96, Counted8;
    NextBuffer = "NEXT_BUFFER", 0x97, None;
    ReadonlyBuffer = "READONLY_BUFFER", 0x98, None;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique() {
        let codes: std::collections::HashSet<u8> = Opcode::ALL.iter().map(|op| *op as u8).collect();
        let names: std::collections::HashSet<&str> =
            Opcode::ALL.iter().map(|op| op.name()).collect();
        // CPython 3.8 to 3.13 know 68 opcodes.
        assert_eq!((codes.len(), names.len(), Opcode::ALL.len()), (68, 68, 68));
    }

    #[test]
    fn bytes_lead_back_to_opcodes() {
        for &op in Opcode::ALL {
            assert_eq!(Opcode::from_byte(op as u8), Some(op));
        }
        assert_eq!(Opcode::from_byte(0xff), None);
    }
}
