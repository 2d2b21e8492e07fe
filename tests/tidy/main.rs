//! The structure of the source tree, checked: who may use whom, module docs, file lengths, no word of the toolkit outside `app`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails may panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules and what each may use, besides itself. `ARCHITECTURE.md` explains the table.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("float_text", &[]),
    ("progress", &[]),
    ("source", &["progress"]),
    ("pickle", &["float_text", "progress", "source"]),
    ("array", &["float_text", "progress", "source"]),
    ("mmapdict", &["progress", "source", "pickle"]),
    (
        "dataset",
        &["progress", "source", "pickle", "array", "mmapdict"],
    ),
    (
        "exchange",
        &["progress", "source", "pickle", "array", "mmapdict"],
    ),
    ("render", &["progress", "array"]),
    ("analysis", &["progress", "array"]),
    (
        "session",
        &[
            "progress", "source", "pickle", "array", "mmapdict", "dataset", "render", "analysis",
            "exchange",
        ],
    ),
    (
        "cli",
        &[
            "progress", "source", "pickle", "array", "mmapdict", "dataset", "render", "analysis",
            "exchange",
        ],
    ),
    (
        "app",
        &[
            "progress", "source", "pickle", "array", "mmapdict", "dataset", "render", "analysis",
            "exchange", "session",
        ],
    ),
    ("main", &["cli", "app", "session"]),
];

/// Longest file, tests not counted.
const MAX_LINES: usize = 600;

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "only {} source files found", found.len());
    found
}

/// First part of the path: the module of a file.
fn module(path: &Path) -> String {
    let first = path
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests")
        || path.components().any(|part| part.as_os_str() == "tests")
}

/// A file without its unit tests, wherever they stand: code behind `mod tests;` counts.
fn without_tests(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, tests)) = rest.split_once("#[cfg(test)]\nmod tests") {
        left += before;
        // A block ends with the first brace that is not indented.
        let end = if tests.starts_with(';') {
            "\n"
        } else {
            "\n}\n"
        };
        rest = tests.split_once(end).map_or("", |(_, after)| after);
    }
    left + rest
}

#[test]
fn code_behind_the_tests_counts() {
    let text = "a\n#[cfg(test)]\nmod tests;\nb\n#[cfg(test)]\nmod tests {\n    c\n}\nd\n";
    assert_eq!(without_tests(text), "a\nb\nd\n");
    assert_eq!(without_tests("a\n"), "a\n");
}

/// The same without comments.
fn code(text: &str) -> String {
    without_tests(text)
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn rings_use_only_rings_inside_them() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut broken = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| !is_test(path)) {
        let from = module(path);
        let Some(allowed) = table.get(from.as_str()) else {
            assert_eq!(from, "lib", "{} is in no ring", path.display());
            continue;
        };
        let code = code(text);
        let used = code
            .split("crate::")
            .skip(1)
            .chain(code.split("cubescope::").skip(1).filter(|_| from == "main"));
        for rest in used {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if table.contains_key(name.as_str())
                && name != from
                && !allowed.contains(&name.as_str())
            {
                broken.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The toolkit's own fields have ids of the place on the screen, which hand what is typed in one to the next.
#[test]
fn text_fields_are_made_in_one_place() {
    for (path, text) in sources() {
        let made = [
            "TextEdit::singleline",
            "TextEdit::multiline",
            "DragValue::new",
            "text_edit_singleline",
        ]
        .into_iter()
        .find(|made| code(&text).contains(made));
        assert!(
            made.is_none() || path.ends_with("app/widgets/text_field.rs"),
            "{} makes a field with {made:?}; app/widgets/text_field.rs has fields with an identity",
            path.display()
        );
    }
}

#[test]
fn only_the_window_knows_the_toolkit() {
    for (path, text) in sources() {
        let code = code(&text);
        let mentions = ["egui", "eframe", "rfd::"]
            .iter()
            .find(|word| code.contains(**word));
        assert!(
            mentions.is_none() || module(&path) == "app",
            "{} mentions {mentions:?}",
            path.display()
        );
    }
}

#[test]
fn unsafe_code_is_in_one_file() {
    for (path, text) in sources() {
        let is_unsafe = code(&text)
            .lines()
            .any(|line| line.contains("unsafe ") && !line.contains("unsafe_code"));
        assert!(
            !is_unsafe || path == Path::new("source/mmap.rs"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources().iter().filter(|(path, _)| !is_test(path)) {
        assert!(
            text.starts_with("//! "),
            "{} has no module doc",
            path.display()
        );
    }
}

#[test]
fn files_stay_small() {
    for (path, text) in sources().iter().filter(|(path, _)| !is_test(path)) {
        let lines = without_tests(text).lines().count();
        assert!(
            lines <= MAX_LINES,
            "{} has {lines} lines; split it by topic",
            path.display()
        );
    }
}
