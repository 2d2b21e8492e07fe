//! `check` on files made for one finding each, beyond what the corpus has.

use cubescope::dataset::check::{Finding, Severity, check};
use cubescope::progress::Progress;

/// An entry with its parts.
fn entry(key: &[u8], value: &[u8], flag: u8) -> Vec<u8> {
    let mut body = vec![0x8c, u8::try_from(key.len()).unwrap()];
    body.extend(key);
    body.extend(value);
    body.extend([b'J', 1, 0, 0, 0, b'0', flag, b'0']);
    let mut frame = vec![0x95];
    frame.extend((body.len() as u64).to_le_bytes());
    frame.extend(body);
    frame
}

/// A container of entries.
fn container(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\x07\0\0\x000(".to_vec();
    bytes.extend(entries.concat());
    bytes.extend(b"\x95\x02\0\0\0\0\0\0\0d.");
    bytes
}

fn findings(bytes: &[u8]) -> Vec<Finding> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    check(file.path(), &Progress::new()).unwrap()
}

/// Codes above notes of a container with one value.
fn codes_of(value: &[u8]) -> Vec<&'static str> {
    let found = findings(&container(&[entry(b"a", value, 0x88)]));
    let loud = found.iter().filter(|found| found.severity > Severity::Note);
    loud.map(|found| found.code.text()).collect()
}

#[test]
fn calls_are_told_by_what_they_call() {
    for (value, want) in [
        (&b"cdatetime\ndate\n(M\xe2\x07K\x05K\x01tR"[..], &[][..]),
        (b"cbuiltins\neval\n(\x8c\x011tR", &["code-execution"]),
        (b"cbuiltins\nlen\n(]tR", &["code-execution"]),
        (b"cbuiltins\nlen\n", &[]),
        (b"cos\nsystem\n", &["code-execution"]),
        (b"cnumpy\nload\n(\x8c\x01xtR", &["code-execution"]),
        (b"cnumpy\nmean\n", &[]),
        (b"csomebody\nThing\n)R", &[]),
        (b"csomebody\nThing\n)\x81}b", &[]),
        (b"csomebody\nrun\n)R", &["unknown-global"]),
        (b"csomebody\nos.system\n)R", &["code-execution"]),
        // What a call made is called.
        (
            b"coperator\nmethodcaller\n\x8c\x01x\x85R)R",
            &["code-execution"],
        ),
        (b"csomebody\nThing\n)R)R", &["code-execution"]),
        // A bound method of an instance; of a class; called.
        (b"cbuiltins\ngetattr\n(csomebody\nThing\n)R\x8c\x01xtR", &[]),
        (
            b"cbuiltins\ngetattr\n(csomebody\nThing\n\x8c\x01xtR",
            &["code-execution"],
        ),
        (
            b"cbuiltins\ngetattr\n(csomebody\nThing\n)R\x8c\x01xtR)R",
            &["code-execution"],
        ),
        (b"cbuiltins\ntype\nN\x85R", &[]),
        (b"cbuiltins\ntype\n(\x8c\x01x)}tR", &["code-execution"]),
        // A name that is only worked out when it is loaded.
        (
            b"csomebody\nThing\n)R\x8c\x06system\x93)R",
            &["code-execution"],
        ),
        // A class is changed.
        (b"csomebody\nThing\n}b", &["code-execution"]),
        (b"cdecimal\nDecimal\n\x8c\x011\x85R)R", &["bad-value"]),
    ] {
        let mut codes = codes_of(value);
        codes.dedup();
        assert_eq!(codes, want, "{}", value.escape_ascii());
    }
}

#[test]
fn names_are_judged_by_what_they_say() {
    let called = &["code-execution"][..];
    for (value, want) in [
        // Escapes of UNICODE and STRING.
        (&b"Vp\\u006fsix\nVsyst\\u0065m\n\x93\x8c\x04true\x85R"[..], called),
        (b"S'po\\x73ix'\nS'syst\\145m'\n\x93\x8c\x04true\x85R", called),
        (b"Vdatetim\\u0065\nVdate\n\x93(M\xe2\x07K\x05K\x01tR", &[]),
        // Texts from the memo, however it is written.
        (b"\x8c\x05posixp1_0\n0\x8c\x06system\x940g 10\nh\x01\x93)R", called),
        (b"\x8c\x08datetimer\0\x10\0\x000\x8c\x04dateq\x070j\0\x10\0\0g07\n\x93(M\xe2\x07K\x05K\x01tR", &[]),
        // A function that is copied.
        (b"cposix\nsystem\n2(\x8c\x02lstR\x86", called),
        (b"(cposix\nsystem\n\x8c\x02lso", called),
        (b"(\x8c\x02lsiposix\nsystem\n", called),
        (b"cposix\nsystem\n\x8c\x02ls\x85}\x92", called),
        // The class that is made, not what makes it.
        (b"ccopyreg\n_reconstructor\n(czipfile\nZipFile\nczipfile\nZipFile\n(\x8c\x01x\x8c\x01wttR", called),
        (b"ccopyreg\n__newobj__\n(csubprocess\nPopen\n\x8c\x02lstR", called),
        (b"ccopyreg\n__newobj__\n(cdatetime\ndatetime\nK\x01K\x01K\x01K\x01K\x01K\x01K\x01tR", &[]),
        // Names of Python 2 mean those of today where PROTO says so.
        (b"\x80\x02chttplib\nHTTPSConnection\n\x8c\x01x\x85R", called),
        (b"\x80\x02ccommands\ngetoutput\n\x8c\x01x\x85R", called),
        (b"\x80\x02c__builtin__\nxrange\nK\x05\x85R", &[]),
        (b"\x80\x02cUserDict\nIterableUserDict\n)R", &[]),
        // What a module has is changed.
        (b"csys\npath\n\x8c\x01xa", called),
        (b"cos\nenviron\n\x8c\x01x\x8c\x01ys", called),
        // A class inside of another, and a method of a builtin, as old protocols have them.
        (b"cbuiltins\ngetattr\n(csomebody\nOuter\n\x8c\x05InnertR)R", &[]),
        (b"cbuiltins\ngetattr\n(]\x8c\x06appendtR", &[]),
        (b"cbuiltins\ngetattr\n(cos\npath\n\x8c\x02ostR", called),
    ] {
        let mut codes = codes_of(value);
        codes.sort_unstable();
        codes.dedup();
        codes.retain(|code| !["stack-imbalance", "python2-str"].contains(code));
        assert_eq!(codes, want, "{}", value.escape_ascii());
    }
}

#[test]
fn plain_data_of_old_protocols_is_silent() {
    for pickle in [
        // A set, a range, an OrderedDict, an exception, a complex number, bytes, an object of uuid: protocol 0.
        &b"c__builtin__\nset\np0\n((lp1\nI1\natp2\nRp3\n."[..],
        b"c__builtin__\nxrange\np0\n(I0\nI3\nI1\ntp1\nRp2\n.",
        b"ccollections\nOrderedDict\np0\n(tRp1\nVa\np2\nI1\ns.",
        b"cexceptions\nValueError\np0\n(Vx\np1\ntp2\nRp3\n.",
        b"c__builtin__\ncomplex\np0\n(F1.0\nF2.0\ntp1\nRp2\n.",
        b"c_codecs\nencode\np0\n(Vab\xff\np1\nVlatin1\np2\ntp3\nRp4\n.",
        b"ccopy_reg\n_reconstructor\np0\n(cuuid\nUUID\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n(dp5\nVint\np6\nI5\nsb.",
        b"cUserList\nUserList\n)R.",
    ] {
        let found = findings(pickle);
        assert!(found.is_empty(), "{}: {found:?}", pickle.escape_ascii());
    }
}

#[test]
fn many_names_are_told_up_to_a_limit() {
    let names: Vec<u8> = (0..5000)
        .flat_map(|number| format!("csomebody\nThing{number}\n0").into_bytes())
        .collect();
    let found = findings(&container(&[entry(
        b"a",
        &[&names[..], b"N"].concat(),
        0x88,
    )]));
    assert_eq!(found.len(), 1001);
    assert!(
        found
            .iter()
            .any(|found| found.message.starts_with("4000 more"))
    );
}

#[test]
fn what_python_runs_across_entries_is_found() {
    let call = b"cposix\nsystem\n\x8c\x02ls\x85R";
    // The function comes from the memo of another entry.
    let split = container(&[
        entry(b"a", b"cposix\nsystem\nq\x050N", 0x88),
        entry(b"b", b"h\x05\x8c\x02ls\x85R", 0x88),
    ]);
    let found = findings(&split);
    let call_of_b = found.iter().find(|found| {
        found.code.text() == "code-execution" && found.message.contains("posix.system")
    });
    assert!(call_of_b.is_some(), "{found:?}");
    // A flag that is the beginning of a name: what follows is read as text, and then as opcodes.
    let flag = container(&[entry(b"a", b"N", b'c'), entry(b"b\nx\n)R", b"N", 0x88)]);
    let found = findings(&flag);
    assert!(
        found.iter().any(|found| found.code.text() == "odd-flag"),
        "{found:?}"
    );
    // A length that reaches into the next entry.
    let swallowed = [&b"B\x10\0\0\0"[..], call].concat();
    let found = findings(&container(&[
        entry(b"a", b"B\x14\0\0\0", 0x88),
        entry(b"b", &swallowed, 0x30),
    ]));
    let codes: Vec<&str> = found.iter().map(|found| found.code.text()).collect();
    assert!(codes.contains(&"declared-length-overrun"), "{found:?}");
    // Behind a frame that lies.
    let mut lying = container(&[entry(b"a", b"N", 0x88), entry(b"b", call, 0x88)]);
    lying[25] = 200;
    let found = findings(&lying);
    assert!(
        found
            .iter()
            .any(|found| found.code.text() == "code-execution"),
        "{found:?}"
    );
}

#[test]
fn depth_and_sharing_are_found_whatever_the_order() {
    // Lists filled from the outermost to the innermost.
    let mut deep = Vec::new();
    for index in 0..3000_u32 {
        deep.extend([&b"]r"[..], &index.to_le_bytes(), b"0"].concat());
    }
    for index in 0..2999_u32 {
        let (outer, inner) = (index.to_le_bytes(), (index + 1).to_le_bytes());
        deep.extend([&b"j"[..], &outer, b"j", &inner, b"a0"].concat());
    }
    deep.extend(b"j\0\0\0\0");
    assert_eq!(codes_of(&deep), ["nesting-too-deep"]);
    // Each list holds the next one ten times.
    let mut wide = Vec::new();
    for index in 0..=20_u8 {
        wide.extend([b']', b'q', index, b'0']);
    }
    for index in 0..20_u8 {
        wide.extend([b'h', index, b'(']);
        wide.extend([b'h', index + 1].repeat(10));
        wide.extend(b"e0");
    }
    wide.extend(b"h\0");
    assert_eq!(codes_of(&wide), ["exponential-sharing"]);
    // A value that contains itself is neither.
    assert_eq!(codes_of(b"]q\0(h\0h\0h\0e"), [""; 0]);
}

#[test]
fn a_thousand_objects_of_one_class_are_told_once() {
    let object = b"csomebody\nThing\n)\x81";
    let entries: Vec<Vec<u8>> = (0..1000_u32)
        .map(|index| entry(index.to_string().as_bytes(), object, 0x88))
        .collect();
    let found = findings(&container(&entries));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].severity, Severity::Note);
}

#[test]
fn pickles_are_checked_up_to_their_stop() {
    assert!(findings(b"\x80\x04]q\x00K\x01a.").is_empty());
    let codes = |bytes: &[u8]| -> Vec<&str> {
        findings(bytes)
            .iter()
            .map(|found| found.code.text())
            .collect()
    };
    assert_eq!(
        codes(b"(lp0\nI1\naI2\naI3"),
        ["declared-length-overrun", "truncated-pickle"]
    );
    assert_eq!(codes(b"\x80\x04]K\x01a.rest"), ["trailing-garbage"]);
    assert_eq!(codes(b"0.25, 0.5"), ["not-a-pickle"]);
    assert_eq!(codes(b""), ["empty-file"]);
    assert_eq!(codes(b"\x80\x04\x95\x0d"), ["truncated-header"]);
}

proptest::proptest! {
    #[test]
    fn damaged_files_never_panic(at in 0..6000_usize, byte in proptest::prelude::any::<u8>(), cut in 1..6000_usize) {
        let mut bytes = std::fs::read(crate::kit::data("values.mmdpickle")).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(cut);
        let _count = findings(&bytes).len();
    }
}

#[test]
fn a_value_that_python_refuses_is_found_dead_or_alive() {
    let day = b"cdatetime\ntimezone\ncdatetime\ntimedelta\n(K\x01K\0K\0tR\x85R";
    for flag in [0x88, b'0'] {
        let bytes = container(&[entry(b"a", b"K\x01", 0x88), entry(b"b", day, flag)]);
        let found = findings(&bytes);
        let codes: Vec<_> = found.iter().map(|found| found.code.text()).collect();
        assert_eq!(codes, ["refused-value"]);
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(found[0].key.as_deref(), Some("b"));
    }
    // In an entry nothing is translated; in a pickle of Python 2's time it is.
    assert_eq!(codes_of(b"c__builtin__\nset\n"), ["refused-value"]);
    let old = findings(b"\x80\x02}U\x01ac__builtin__\nset\ns.");
    assert!(
        old.iter().all(|found| found.severity < Severity::Error),
        "{old:?}"
    );
    let plain = [b"\x80\x04}\x8c\x01b", &day[..], b"s."].concat();
    let found = findings(&plain);
    assert!(
        found
            .iter()
            .any(|found| found.code.text() == "refused-value"),
        "{found:?}"
    );
}
