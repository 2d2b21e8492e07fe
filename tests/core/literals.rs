//! Text → values: Python's literals, and what is refused where.

use cubescope::pickle::{Value, encode, parse_literal};

fn parse(text: &str) -> Value {
    parse_literal(text).unwrap_or_else(|err| panic!("{text}: {err}"))
}

/// The literal of what a text says.
fn back(text: &str) -> String {
    parse(text).literal()
}

#[test]
fn atoms() {
    let cases = [
        ("None", "None"),
        (" True # a comment", "True"),
        ("-0", "0"),
        ("+-+5", "-5"),
        ("1_000", "1000"),
        ("0xFF", "255"),
        ("0x_ff", "255"),
        ("0o17", "15"),
        ("0b101", "5"),
        ("000", "0"),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567890",
        ),
        ("-0x8000000000000000", "-9223372036854775808"),
        ("1.", "1.0"),
        (".5", "0.5"),
        ("-.5e-3", "-0.0005"),
        ("1e5", "100000.0"),
        ("inf", "inf"),
        ("float('-inf')", "-inf"),
        ("1_0.0_1", "10.01"),
        ("-inf", "-inf"),
        ("nan", "nan"),
        ("3j", "3j"),
        ("1+2j", "(1+2j)"),
        ("(1-0j)", "(1-0j)"),
        ("-1.5-infj", "(-1.5-infj)"),
        ("(nan+nanj)", "(nan+nanj)"),
        ("complex(1, 2)", "(1+2j)"),
        ("08.5", "8.5"),
        ("\\\n7", "7"),
    ];
    for (text, want) in cases {
        assert_eq!(back(text), want, "{text}");
    }
    assert!(parse("-0.0").literal().starts_with('-'));
}

#[test]
fn strings_with_all_their_escapes() {
    let cases = [
        (r#"'a'"#, "a"),
        (r#""it's""#, "it's"),
        (
            r"'\n\t\\\'\x41\101\0é\u20ac\U0001F600\a\b\f\v\r'",
            "\n\t\\'AA\0é€😀\u{7}\u{8}\u{c}\u{b}\r",
        ),
        (r"'\q'", "\\q"),
        (r"r'\n\''", "\\n\\'"),
        ("'a' \"b\"\n'c'", "abc"),
        ("'''x\n'y''z'''", "x\n'y''z"),
        ("\"\"\"a\r\nb\rc\"\"\"", "a\nb\nc"),
        ("'a\\\nb'", "ab"),
        ("U'u'", "u"),
        (r"'\777'", "\u{1ff}"),
    ];
    for (text, want) in cases {
        let value = parse(text);
        assert_eq!(value.str(value.root()), Some(want), "{text}");
    }
    assert_eq!(back(r"'\ud800\udc00'"), r"'\ud800\udc00'");
    for (text, want) in [
        (r"b'\x00\xff\n\400'", r"b'\x00\xff\n\x00'"),
        (r"Rb'\x'", r"b'\\x'"),
        (r"b'a' b'\u1'", r"b'a\\u1'"),
        ("bytearray(b'x')", "bytearray(b'x')"),
        ("bytearray()", "bytearray(b'')"),
    ] {
        assert_eq!(back(text), want, "{text}");
    }
}

#[test]
fn containers() {
    let cases = [
        ("[]", "[]"),
        ("[1, [2,], ]", "[1, [2]]"),
        ("()", "()"),
        ("(1)", "1"),
        ("(1,)", "(1,)"),
        ("((1), 2)", "(1, 2)"),
        ("{}", "{}"),
        ("{1: 2, 'a': {}, }", "{1: 2, 'a': {}}"),
        ("{1, 2, 1.0, True}", "{1, 2}"),
        ("{1: 'a', 1.0: 'b', True: 'c', 2: 'd'}", "{1: 'c', 2: 'd'}"),
        ("{(1, 'a'): 1, (1.0, 'a'): 2}", "{(1, 'a'): 2}"),
        ("{nan: 1, nan: 2}", "{nan: 1, nan: 2}"),
        (
            "{numpy.datetime64('NaT', 's'), numpy.datetime64('NaT', 's')}",
            "{numpy.datetime64('NaT', 's'), numpy.datetime64('NaT', 's')}",
        ),
        (
            "{decimal.Decimal('NaN'), numpy.float32(nan), numpy.float32(1), numpy.float32(1), decimal.Decimal('NaN')}",
            "{decimal.Decimal('NaN'), numpy.float32(nan), numpy.float32(1.0), decimal.Decimal('NaN')}",
        ),
        ("set()", "set()"),
        ("set([1, 1])", "{1}"),
        ("frozenset({1, 2})", "frozenset({1, 2})"),
        ("frozenset()", "frozenset()"),
        (
            "{frozenset({1, 2}): 1, frozenset([2, 1]): 2}",
            "{frozenset({1, 2}): 2}",
        ),
        (
            "{datetime.date(2018, 5, 1): 1, datetime.date(2018, 5, 1): 2}",
            "{datetime.date(2018, 5, 1): 2}",
        ),
        ("list((1, 2))", "[1, 2]"),
        ("tuple()", "()"),
        ("[ # one\n 1, # two\n\n 2\n]", "[1, 2]"),
        ("{'a':1,'b':[(1,2),{3}]}", "{'a': 1, 'b': [(1, 2), {3}]}"),
    ];
    for (text, want) in cases {
        assert_eq!(back(text), want, "{text}");
    }
}

#[test]
fn well_known_classes_in_other_spellings() {
    let cases = [
        ("Decimal('1.50')", "decimal.Decimal('1.50')"),
        ("decimal.Decimal(3)", "decimal.Decimal('3')"),
        ("Fraction(6, -4)", "fractions.Fraction(-3, 2)"),
        ("fractions.Fraction('3/4')", "fractions.Fraction(3, 4)"),
        (
            "UUID('{12345678123456781234567812345678}')",
            "uuid.UUID('12345678-1234-5678-1234-567812345678')",
        ),
        (
            "OrderedDict([('b', 1), ('a', 2)])",
            "collections.OrderedDict({'b': 1, 'a': 2})",
        ),
        (
            "defaultdict(list, {'k': [1]})",
            "collections.defaultdict(list, {'k': [1]})",
        ),
        (
            "datetime.timedelta(hours=-1, minutes=30)",
            "datetime.timedelta(days=-1, seconds=84600)",
        ),
        (
            "datetime.datetime(2018, 5, 1)",
            "datetime.datetime(2018, 5, 1, 0, 0)",
        ),
        (
            "datetime.datetime(year=2018, month=5, day=1, hour=3, tzinfo=datetime.timezone.utc, fold=1)",
            "datetime.datetime(2018, 5, 1, 3, 0, fold=1, tzinfo=datetime.timezone.utc)",
        ),
        ("PosixPath('/a//b/./c')", "pathlib.PosixPath('/a/b/c')"),
        (
            "PureWindowsPath('C:a//b')",
            "pathlib.PureWindowsPath('C:a/b')",
        ),
        ("PureWindowsPath('C:/a')", "pathlib.PureWindowsPath('C:/a')"),
        ("PureWindowsPath(':/a')", "pathlib.PureWindowsPath(':/a')"),
        ("-nan", "nan"),
        ("PureWindowsPath('//s')", "pathlib.PureWindowsPath('/s')"),
        (
            "PureWindowsPath('///x/y')",
            "pathlib.PureWindowsPath('/x/y')",
        ),
        (
            "PureWindowsPath('//s/t')",
            "pathlib.PureWindowsPath('//s/t/')",
        ),
        ("np.float64(1.5)", "numpy.float64(1.5)"),
        ("numpy.bool_(True)", "numpy.bool(True)"),
        ("numpy.float32(0.1)", "numpy.float32(0.1)"),
        ("numpy.dtype('uint16')", "numpy.dtype('<u2')"),
        ("numpy.dtype('M8[25us]')", "numpy.dtype('<M8[25us]')"),
        (
            "numpy.datetime64('2018-05-01 01:02', 's')",
            "numpy.datetime64('2018-05-01T01:02:00', 's')",
        ),
        ("range(5)", "range(0, 5, 1)"),
        ("slice(1, None)", "slice(1, None, None)"),
    ];
    for (text, want) in cases {
        assert_eq!(back(text), want, "{text}");
    }
}

#[test]
fn refusals_say_where_and_what() {
    let cases = [
        ("", 1, 1, "expected a value"),
        ("1 2", 1, 3, "behind the end"),
        ("1, 2", 1, 2, "brackets"),
        ("[1,\n 2", 1, 1, "not closed, expected ']'"),
        ("[1,\n é 2]", 2, 2, "no literal"),
        ("{'é': x}", 1, 7, "'x'"),
        ("[1 2]", 1, 4, "expected ',' or ']', found a number"),
        ("(1]", 1, 3, "expected ',' or ')'"),
        ("(,)", 1, 2, "found ','"),
        ("[1,,]", 1, 4, "found ','"),
        ("{1: 2, 3}", 1, 9, "expected ':'"),
        ("{1: }", 1, 5, "expected a value"),
        ("{1, 2: 3}", 1, 6, "expected ',' or '}'"),
        ("{[1]: 2}", 1, 2, "a list cannot be a key"),
        ("{1, {2}}", 1, 5, "a set cannot be an item"),
        ("{(1, {}): 2}", 1, 2, "a dict cannot be a key"),
        ("{bytearray(b''): 2}", 1, 2, "a bytearray"),
        ("{collections.Counter(): 2}", 1, 2, "a Counter"),
        ("'abc", 1, 1, "not closed"),
        ("'a\nb'", 1, 1, "end of the line"),
        ("'\\x4'", 1, 2, "2 hexadecimal digits"),
        ("'\\U00110000'", 1, 2, "no character"),
        ("'\\N{DASH}'", 1, 2, "by name"),
        ("b'é'", 1, 3, "in bytes"),
        ("f'{1}'", 1, 1, "f-string"),
        ("'a' b'b'", 1, 5, "cannot be joined"),
        ("012", 1, 1, "begin with 0"),
        ("1__0", 1, 1, "underscore"),
        ("1_", 1, 1, "underscore"),
        ("0x", 1, 1, "without digits"),
        ("12ab", 1, 3, "does not belong"),
        ("1+2", 1, 3, "nothing is computed"),
        ("- 'a'", 1, 3, "expected a number"),
        ("abc", 1, 1, "quotes"),
        ("list", 1, 1, "no literal"),
        ("os.system('x')", 1, 1, "os.system"),
        ("eval('1')", 1, 1, "cannot be written as text"),
        (
            "datetime.date(2018, 2, 29)",
            1,
            1,
            "the day has to be 1 to 28",
        ),
        ("datetime.date(2018, 2)", 1, 1, "day is missing"),
        ("datetime.date(2018, 2, 1, 1)", 1, 1, "at most 3"),
        ("datetime.date(2018, 2, 1, x=1)", 1, 1, "no argument x"),
        (
            "datetime.date(2018, year=1, month=2, day=3)",
            1,
            1,
            "no argument",
        ),
        ("datetime.date(day=1, 2)", 1, 22, "behind one with a name"),
        ("decimal.Decimal('x')", 1, 1, "not a decimal"),
        ("numpy.uint8(256)", 1, 1, "expected 0 to 255"),
        ("numpy.dtype('O')", 1, 1, "cannot be written"),
        ("uuid.UUID('12')", 1, 1, "32 hexadecimal"),
        ("range(1, 2, 0)", 1, 1, "other than 0"),
        ("x=1", 1, 1, "no literal"),
        ("[...]", 1, 2, "found '.'"),
        ("\u{feff}1", 1, 1, "expected a value"),
    ];
    for (text, line, column, message) in cases {
        let err = parse_literal(text)
            .map(|value| value.literal())
            .unwrap_err();
        assert_eq!((err.line, err.column), (line, column), "{text:?}: {err}");
        assert!(err.message.contains(message), "{text:?}: {err}");
    }
}

#[test]
fn depth_and_length_are_bounded_and_cost_no_stack() {
    let deep =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    for (open, close) in [
        ("[", "]"),
        ("(", ",)"),
        ("{1: ", "}"),
        ("frozenset([", "])"),
    ] {
        assert!(parse_literal(&deep(open, close, 100_000)).is_err());
    }
    for (open, close) in [("[", "]"), ("(", ",)"), ("{1: ", "}")] {
        let value = parse(&deep(open, close, 999));
        assert_eq!(parse(&value.literal()).literal(), value.literal());
        assert!(encode(&value, 1).is_ok());
    }
    // A key as deep as anything may be.
    let key = format!("{{{}: 1}}", deep("(", ",)", 990));
    assert_eq!(back(&key), key);
    assert!(parse_literal(&"-".repeat(1_000_000)).is_err());
    assert!(
        parse_literal(&"9".repeat(200_000))
            .unwrap_err()
            .message
            .contains("200000 digits")
    );
    let long = format!("[{}]", "1, ".repeat(300_000));
    assert_eq!(parse(&long).node_count(), 300_001);
    let strings = "'a' ".repeat(300_000);
    assert_eq!(back(&strings).len(), 300_002);
}
