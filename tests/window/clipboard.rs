//! The system's clipboard, in both directions: only the real window has one.

use crate::display::{Display, Window, prints, small_file, wait_until};
use std::path::{Path, PathBuf};

fn file_in(folder: &Path) -> PathBuf {
    let file = small_file(folder, "copied.mmdpickle");
    let path = file.to_str().unwrap();
    prints(&["set", path, "cells", "--empty", "4,2", "--dtype", "int32"]);
    prints(&["set", path, "note", "'from the file'"]);
    file
}

#[test]
#[ignore = "needs Xvfb, xdotool and xclip; .ci/run runs it"]
fn what_is_copied_is_there_for_other_programs() {
    let display = Display::start();
    let folder = tempfile::tempdir().unwrap();
    let file = file_in(folder.path());
    let window = Window::open(&display, &file, "cells");
    let comes = |text: &str| {
        wait_until(&format!("{text:?} is not in the clipboard"), || {
            window.clipboard() == text
        });
    };
    // Cells of the table.
    window.press(&["t", "ctrl+Home", "shift+Down", "shift+Right", "ctrl+c"]);
    comes("0\t0\n0\t0\n");
    // Names of keys.
    window.press(&["ctrl+f"]);
    window.type_text("note");
    window.press(&["Return", "ctrl+c"]);
    comes("note");
    // The text of a field.
    window.press(&["ctrl+e", "Return", "ctrl+a", "ctrl+c"]);
    comes("from the file");
    window.press(&["ctrl+f", "ctrl+a", "ctrl+x"]);
    comes("note");
    // A path.
    window.press(&["ctrl+l"]);
    window.type_text("/data/scan.mmdpickle");
    window.press(&["ctrl+a", "ctrl+c"]);
    comes("/data/scan.mmdpickle");
}

#[test]
#[ignore = "needs Xvfb, xdotool and xclip; .ci/run runs it"]
fn what_other_programs_copied_can_be_pasted() {
    let display = Display::start();
    let folder = tempfile::tempdir().unwrap();
    let file = file_in(folder.path());
    let path = file.to_str().unwrap();
    let window = Window::open(&display, &file, "cells");
    let becomes = |key: &str, text: &str| {
        wait_until(&format!("{key} does not become {text}"), || {
            prints(&["get", path, key, "--json"])
                .split_whitespace()
                .collect::<String>()
                == text
        });
    };
    // Into the table.
    window.set_clipboard("11\t12\n21\t22\n");
    window.press(&["ctrl+e", "t", "ctrl+Home", "Down", "ctrl+v"]);
    becomes("cells", "[[0,0],[11,12],[21,22],[0,0]]");
    // Into a cell.
    window.set_clipboard("-7");
    window.press(&["ctrl+Home", "F2", "ctrl+a", "ctrl+v", "Return"]);
    becomes("cells", "[[-7,0],[11,12],[21,22],[0,0]]");
    // Into the search field, and into the field of a value.
    window.set_clipboard("note");
    window.press(&[
        "ctrl+f", "ctrl+v", "Return", "Return", "ctrl+a", "ctrl+v", "ctrl+s",
    ]);
    becomes("note", "\"note\"");
}
