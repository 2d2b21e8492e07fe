//! An X server, the program in a window on it, and hands that type.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An X server without a screen, gone when dropped.
pub(crate) struct Display {
    server: Child,
    pub(crate) name: String,
}

impl Display {
    pub(crate) fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1920x1080x24",
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is not installed");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        let name = format!(":{}", number.trim());
        Self { server, name }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

pub(crate) fn binary() -> PathBuf {
    std::env::var_os("CUBESCOPE_BINARY")
        .map_or_else(|| env!("CARGO_BIN_EXE_cubescope").into(), PathBuf::from)
}

/// Longer waits mean that what is waited for does not come.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What a command of the program prints.
pub(crate) fn prints(args: &[&str]) -> String {
    let output = Command::new(binary()).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A small file of this name, to be changed.
pub(crate) fn small_file(folder: &Path, name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/history.mmdpickle");
    let file = folder.join(name);
    std::fs::copy(data, &file).unwrap();
    file
}

/// The program on a file, with the keyboard.
pub(crate) struct Window<'a> {
    display: &'a Display,
    program: Child,
    /// Settings and the journal.
    _home: tempfile::TempDir,
}

impl<'a> Window<'a> {
    pub(crate) fn open(display: &'a Display, file: &Path, key: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let program = Command::new(binary())
            .args(["--size", "1280x800", "--key", key])
            .arg(file)
            .env("DISPLAY", &display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env("XDG_STATE_HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let window = Self {
            display,
            program,
            _home: home,
        };
        let name = file.file_name().unwrap().to_str().unwrap();
        let id = window.xdotool(&["search", "--sync", "--name", name]);
        let id = id.lines().next().unwrap().to_owned();
        // There is no window manager to do that.
        window.xdotool(&["windowfocus", "--sync", &id]);
        // The file is read.
        std::thread::sleep(Duration::from_secs(3));
        window
    }

    /// Runs `xdotool`; what it printed.
    pub(crate) fn xdotool(&self, args: &[&str]) -> String {
        let output = Command::new("xdotool")
            .args(args)
            .env("DISPLAY", &self.display.name)
            .output()
            .expect("xdotool is not installed");
        assert!(output.status.success(), "xdotool {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Presses keys, each alone or as `ctrl+s`.
    pub(crate) fn press(&self, keys: &[&str]) {
        let args = [&["key", "--delay", "4"], keys].concat();
        self.xdotool(&args);
    }

    /// Types a text, faster than any hand.
    pub(crate) fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "4", "--", text]);
    }

    /// While the program stands still, as it does on a machine with other things to do.
    pub(crate) fn while_stopped(&self, act: impl FnOnce()) {
        self.signal("-STOP");
        act();
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.program.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(status.success());
    }

    /// What another program would paste.
    pub(crate) fn clipboard(&self) -> String {
        let output = Command::new("xclip")
            .args(["-selection", "clipboard", "-o"])
            .env("DISPLAY", &self.display.name)
            .output()
            .expect("xclip is not installed");
        String::from_utf8(output.stdout).unwrap()
    }

    /// As another program copies.
    pub(crate) fn set_clipboard(&self, text: &str) {
        use std::io::Write as _;
        let mut xclip = Command::new("xclip")
            .args(["-selection", "clipboard", "-i"])
            .env("DISPLAY", &self.display.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("xclip is not installed");
        let mut input = xclip.stdin.take().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        drop(input);
        assert!(xclip.wait().unwrap().success());
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }
}
