//! Which classes and functions are known to be harmless when a pickle names or calls them.
//!
//! An allow-list: only what stands here is silent. Everything else of the standard library and of NumPy that is called
//! counts as running foreign code. Names of other modules are those of somebody's own program: nobody can know what they
//! do; a class is told as a note, a function that is called as a warning.

use ahash::{HashMap, HashSet};
use std::sync::LazyLock;

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dataset) enum Standing {
    /// Makes plain data.
    Data,
    /// Harmless to name, not to call.
    Named,
    /// Makes something that can be called.
    MakesCallable,
    /// Harmless with exactly one argument: `type(x)`, `iter(x)`.
    OneArgument,
    /// `getattr`: harmless on an instance, as pickles of bound methods have it.
    GetAttribute,
    /// Makes an instance of the class that is its first argument.
    CallsFirst,
    /// Likewise, and its second argument is the class whose `__init__` is called.
    CallsSecond,
    /// A class of an unknown module, by its spelling.
    ForeignClass,
    /// Another name of an unknown module.
    Foreign,
    /// Of the standard library or NumPy, and not known to be harmless.
    NotListed,
    /// Made for running something.
    Dangerous,
}

/// Classes and functions that make data of their arguments, by module.
const DATA: [(&str, &str); 50] = [
    (
        "builtins",
        "object int float bool complex str bytes bytearray list dict set frozenset tuple range slice Ellipsis NotImplemented enumerate zip reversed",
    ),
    (
        "__builtin__",
        "object int long float bool complex str unicode bytearray list dict set frozenset tuple xrange slice Ellipsis NotImplemented",
    ),
    ("_codecs", "encode"),
    ("argparse", "Namespace"),
    ("array", "array _array_reconstructor"),
    (
        "collections",
        "OrderedDict defaultdict Counter deque ChainMap UserDict UserList UserString",
    ),
    ("datetime", "datetime date time timedelta timezone tzinfo"),
    ("dateutil.tz.tz", "tzutc tzlocal tzoffset tzfile"),
    (
        "decimal",
        "Decimal Context Clamped InvalidOperation DivisionByZero Inexact Rounded Subnormal Overflow Underflow FloatOperation",
    ),
    ("_decimal", "Decimal Context"),
    ("fractions", "Fraction"),
    ("io", "BytesIO StringIO"),
    ("_io", "BytesIO StringIO"),
    (
        "ipaddress",
        "IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface IPv6Interface",
    ),
    ("itertools", "count repeat"),
    (
        "pathlib",
        "PurePath PurePosixPath PureWindowsPath Path PosixPath WindowsPath",
    ),
    (
        "pathlib._local",
        "PurePath PurePosixPath PureWindowsPath Path PosixPath WindowsPath",
    ),
    ("pytz", "_UTC _p timezone"),
    ("random", "Random"),
    ("re", "_compile"),
    ("statistics", "NormalDist"),
    ("string", "Template"),
    ("os", "stat_result"),
    ("urllib.parse", "ParseResult SplitResult"),
    ("xml.etree.ElementTree", "Element"),
    ("time", "struct_time"),
    ("types", "SimpleNamespace"),
    ("uuid", "UUID SafeUUID"),
    ("zoneinfo", "ZoneInfo ZoneInfo._unpickle"),
    ("zoneinfo._zoneinfo", "ZoneInfo ZoneInfo._unpickle"),
    ("enum", "Enum IntEnum Flag IntFlag StrEnum"),
    ("weakref", "WeakValueDictionary"),
    (
        "numpy",
        "ndarray dtype frombuffer bool_ bool8 bool int8 int16 int32 int64 intc intp int_ longlong uint8 uint16 uint32 uint64 uintc uintp uint ulonglong float16 float32 float64 float128 longdouble half single double float_ complex64 complex128 complex256 clongdouble csingle cdouble complex_ str_ bytes_ void record datetime64 timedelta64 object_ poly1d",
    ),
    (
        "numpy.core.multiarray",
        "_reconstruct scalar fromstring frombuffer",
    ),
    (
        "numpy._core.multiarray",
        "_reconstruct scalar fromstring frombuffer",
    ),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.fromnumeric", "reshape"),
    ("numpy._core.fromnumeric", "reshape"),
    (
        "numpy.ma.core",
        "MaskedArray MaskedConstant mvoid _mareconstruct",
    ),
    ("numpy.ma", "MaskedArray mvoid"),
    ("numpy.ma.mrecords", "MaskedRecords _mrreconstruct"),
    (
        "numpy.random._pickle",
        "__randomstate_ctor __generator_ctor __bit_generator_ctor",
    ),
    ("numpy.random", "__RandomState_ctor"),
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"),
    ("numpy.polynomial.polynomial", "Polynomial"),
    ("numpy.polynomial.chebyshev", "Chebyshev"),
    ("numpy.polynomial.legendre", "Legendre"),
    ("numpy.polynomial.hermite", "Hermite"),
    ("numpy.lib.polynomial", "poly1d"),
];

/// Classes that occur as the type of an array, and are never called for it.
const NAMED: [(&str, &str); 15] = [
    ("numpy.random._pcg64", "PCG64 PCG64DXSM"),
    ("numpy.random._mt19937", "MT19937"),
    ("numpy.random._philox", "Philox"),
    ("numpy.random._sfc64", "SFC64"),
    ("numpy.random.bit_generator", "SeedSequence"),
    ("numpy", "matrix recarray memmap chararray generic number"),
    ("numpy.rec", "recarray record"),
    ("numpy.core.records", "recarray record"),
    ("numpy._core.records", "recarray record"),
    ("numpy.matrixlib.defmatrix", "matrix"),
    ("numpy.core.memmap", "memmap"),
    ("numpy.core.defchararray", "chararray"),
    ("numpy._core.defchararray", "chararray"),
    ("numpy._core.memmap", "memmap"),
    ("numpy.ma.core", "MaskType nomask"),
];

/// Modules in which even the mention of a name is suspicious.
const DANGEROUS: &str = "os posix nt subprocess sys importlib imp runpy code codeop pty shutil socket ctypes _ctypes multiprocessing pickle _pickle cPickle shelve marshal commands popen2 webbrowser urllib urllib2 http ftplib smtplib asyncio timeit pdb bdb cProfile profile tempfile inspect pip setuptools pkgutil zipimport signal site";

/// Functions of `builtins` that run, find or change things.
const DANGEROUS_BUILTINS: &str = "eval exec execfile compile open input raw_input __import__ setattr delattr globals locals vars breakpoint apply file reload map filter exit quit help";

/// Top-level modules of the standard library, of Python 2 too.
const STANDARD: &str = "abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo __builtin__ __future__ commands copy_reg cPickle cStringIO StringIO exceptions execfile popen2 Queue UserDict UserList sets thread urllib2 urlparse";

/// The tables above, for looking up: `check` asks for each name of a file.
struct Tables {
    listed: HashMap<(&'static str, &'static str), Standing>,
    dangerous: HashSet<&'static str>,
    dangerous_builtins: HashSet<&'static str>,
    standard: HashSet<&'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let words = |list: &'static str| list.split(' ').collect();
    let mut listed = HashMap::default();
    for (table, standing) in [(&NAMED[..], Standing::Named), (&DATA[..], Standing::Data)] {
        for (module, names) in table {
            listed.extend(names.split(' ').map(|name| ((*module, name), standing)));
        }
    }
    Tables {
        listed,
        dangerous: words(DANGEROUS),
        dangerous_builtins: words(DANGEROUS_BUILTINS),
        standard: words(STANDARD),
    }
});

/// What is known of `name` in `module`.
pub(in crate::dataset) fn standing(module: &str, name: &str) -> Standing {
    let tables = &*TABLES;
    if let Some(standing) = tables.listed.get(&(module, name)) {
        return *standing;
    }
    match (module, name) {
        ("copyreg" | "copy_reg", "__newobj__" | "__newobj_ex__") => return Standing::CallsFirst,
        ("copyreg" | "copy_reg", "_reconstructor") => return Standing::CallsSecond,
        ("functools", "partial") | ("operator", "itemgetter" | "attrgetter" | "methodcaller") => {
            return Standing::MakesCallable;
        }
        ("builtins", "type" | "iter") | ("__builtin__", "type" | "iter") => {
            return Standing::OneArgument;
        }
        ("builtins" | "__builtin__", "getattr") => return Standing::GetAttribute,
        ("builtins" | "__builtin__" | "exceptions", _) if is_exception(name) => {
            return Standing::Data;
        }
        ("builtins" | "__builtin__", _) if tables.dangerous_builtins.contains(name) => {
            return Standing::Dangerous;
        }
        _ => {}
    }
    let root = module.split('.').next().unwrap_or_default();
    let is_hidden = name.split('.').any(|part| {
        part.starts_with("__")
            || tables.dangerous.contains(part)
            || tables.dangerous_builtins.contains(part)
    });
    if tables.dangerous.contains(root) || (name.contains('.') && is_hidden) {
        return Standing::Dangerous;
    }
    // A private module is the standard library's more often than anybody's own.
    if root == "numpy"
        || tables.standard.contains(root.trim_start_matches('_'))
        || tables.standard.contains(root)
    {
        return if name.contains('.') {
            Standing::Dangerous
        } else {
            Standing::NotListed
        };
    }
    let is_class = |part: &str| part.trim_start_matches('_').starts_with(char::is_uppercase);
    if name.split('.').all(is_class) {
        Standing::ForeignClass
    } else {
        Standing::Foreign
    }
}

/// Whether a call of it, whatever the arguments, is one of the standard library or NumPy that nothing harmless makes.
pub(in crate::dataset) fn runs_foreign_code(module: &str, name: &str) -> bool {
    matches!(
        standing(module, name),
        Standing::NotListed | Standing::Dangerous | Standing::Named
    )
}

fn is_exception(name: &str) -> bool {
    let endings = [
        "Error",
        "Exception",
        "Warning",
        "Iteration",
        "Interrupt",
        "Exit",
    ];
    name.chars().all(|c| c.is_ascii_alphanumeric())
        && endings.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::Standing::{
        CallsFirst, CallsSecond, Dangerous, Data, Foreign, ForeignClass, GetAttribute,
        MakesCallable, Named, NotListed, OneArgument,
    };
    use super::*;

    #[test]
    fn only_what_is_listed_is_harmless() {
        for (module, name, want) in [
            ("datetime", "datetime", Data),
            ("numpy.core.multiarray", "_reconstruct", Data),
            ("numpy", "float32", Data),
            ("numpy", "recarray", Named),
            ("numpy", "memmap", Named),
            ("builtins", "ValueError", Data),
            ("builtins", "type", OneArgument),
            ("builtins", "getattr", GetAttribute),
            ("copyreg", "_reconstructor", CallsSecond),
            ("copy_reg", "__newobj__", CallsFirst),
            ("functools", "partial", MakesCallable),
            ("numpy", "mean", NotListed),
            ("numpy.testing._private.utils", "runstring", NotListed),
            ("numpy", "load", NotListed),
            ("numpy.core.multiarray", "fromfile", NotListed),
            ("builtins", "len", NotListed),
            ("functools", "reduce", NotListed),
            ("_operator", "methodcaller", NotListed),
            ("posixpath", "join", NotListed),
            ("os", "system", Dangerous),
            ("os", "path.os.system", Dangerous),
            ("numpy", "os.system", Dangerous),
            ("numpy", "ndarray.tofile", Dangerous),
            ("datetime", "sys.modules", Dangerous),
            ("collections", "_sys.exit", Dangerous),
            ("builtins", "eval", Dangerous),
            ("builtins", "object.__subclasses__", Dangerous),
            ("builtins", "os.Error", Dangerous),
            ("importlib._bootstrap", "_load", Dangerous),
            ("somebody.lib", "Thing", ForeignClass),
            ("somebody", "Outer.Inner", ForeignClass),
            ("somebody", "_Hidden", ForeignClass),
            ("somebody", "rebuild", Foreign),
            ("somebody", "np.load", Foreign),
            ("somebody", "Thing.__init__", Dangerous),
            ("somebody", "os.system", Dangerous),
            ("", "", Foreign),
        ] {
            assert_eq!(standing(module, name), want, "{module} {name}");
        }
    }
}
