//! Which display the window is opened on, and what is said where there is none, or where it ends.
//!
//! The toolkit takes Wayland whenever a variable names it, and gives up where nobody listens there, although X11 would do.
//! What it cannot cope with it tells by panics.

use super::run::AppError;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A display that there is, as far as can be known before a window is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Display {
    /// The toolkit's choice: a system with one kind of display.
    Native,
    X11,
    Wayland,
}

impl Display {
    /// Under Wayland the toolkit hears of no drops.
    pub(super) fn takes_drops(self) -> bool {
        match self {
            Self::Native | Self::X11 => true,
            Self::Wayland => false,
        }
    }

    /// What makes the toolkit take it.
    pub(super) fn event_loop(self) -> Option<eframe::EventLoopBuilderHook> {
        #[cfg(all(unix, not(target_os = "macos")))]
        match self {
            Self::X11 => {
                use winit::platform::x11::EventLoopBuilderExtX11 as _;
                return Some(Box::new(|builder| {
                    builder.with_x11();
                }));
            }
            Self::Native | Self::Wayland => {}
        }
        None
    }
}

/// The display of this session.
pub(super) fn choose() -> Result<Display, AppError> {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return Ok(Display::Native);
    }
    choose_among(
        |name| std::env::var_os(name).filter(|value| !value.is_empty()),
        answers,
    )
}

fn choose_among(
    variable: impl Fn(&str) -> Option<std::ffi::OsString>,
    answers: impl Fn(&std::path::Path) -> bool,
) -> Result<Display, AppError> {
    let has_x11 = variable("DISPLAY").is_some();
    if variable("WAYLAND_SOCKET").is_some() {
        return Ok(Display::Wayland);
    }
    let Some(name) = variable("WAYLAND_DISPLAY") else {
        return match has_x11 {
            true => Ok(Display::X11),
            false => Err(AppError::NoDisplay),
        };
    };
    // An absolute name needs no folder.
    let folder = variable("XDG_RUNTIME_DIR").unwrap_or_default();
    let socket = std::path::PathBuf::from(folder).join(name);
    match socket.is_absolute() && answers(&socket) {
        true => Ok(Display::Wayland),
        false if has_x11 => Ok(Display::X11),
        false => Err(AppError::Window {
            why: format!("no Wayland display answers at {}", socket.display()),
        }),
    }
}

#[cfg(unix)]
fn answers(socket: &std::path::Path) -> bool {
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

#[cfg(not(unix))]
fn answers(_: &std::path::Path) -> bool {
    false
}

/// Whether there was a window already.
#[derive(Clone, Default)]
pub(super) struct IsOpen(Arc<AtomicBool>);

impl IsOpen {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

thread_local! {
    /// What a panic said on the thread that opens the window.
    static SAID: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
}

/// Runs the toolkit, and says in one line what it gave up at. `work` gets something to tell when there is a window; a panic
/// after that is a fault of ours, and is printed as one.
pub(super) fn guarded<E: std::fmt::Display>(
    work: impl FnOnce(IsOpen) -> Result<(), E>,
) -> Result<(), AppError> {
    let is_open = IsOpen::default();
    let thread = std::thread::current().id();
    let print = std::panic::take_hook();
    let opened = is_open.clone();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == thread && !opened.get() {
            let said = panic.payload_as_str().unwrap_or("the toolkit gave up");
            SAID.set(Some(first_line(said).into()));
        } else {
            print(panic);
        }
    }));
    let told = is_open.clone();
    let result = catch_unwind(AssertUnwindSafe(|| work(told)));
    let why = match result {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => SAID
            .take()
            .map_or_else(|| "the toolkit gave up".to_owned(), |said| said.to_string()),
    };
    let why = first_line(&why).to_owned();
    Err(match is_open.get() {
        true => AppError::Ended { why },
        false => AppError::Window { why },
    })
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn chosen(variables: &[(&str, &str)], socket: &str) -> Result<Display, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).into())
        };
        choose_among(variable, |path| path == Path::new(socket)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_stale_wayland_display_is_not_in_the_way_of_x11() {
        let x11 = ("DISPLAY", ":0");
        let name = ("WAYLAND_DISPLAY", "wayland-0");
        let folder = ("XDG_RUNTIME_DIR", "/run/user/7");
        let socket = "/run/user/7/wayland-0";
        assert_eq!(chosen(&[x11, name, folder], socket), Ok(Display::Wayland));
        assert_eq!(chosen(&[x11, name, folder], ""), Ok(Display::X11));
        assert_eq!(chosen(&[x11, name], "wayland-0"), Ok(Display::X11));
        assert_eq!(chosen(&[x11], ""), Ok(Display::X11));
        let absolute = ("WAYLAND_DISPLAY", "/tmp/w");
        assert_eq!(chosen(&[absolute], "/tmp/w"), Ok(Display::Wayland));
        let why = chosen(&[name, folder], "").unwrap_err();
        assert!(why.contains("/run/user/7/wayland-0"), "{why}");
        let why = chosen(&[], "").unwrap_err();
        assert!(why.contains("no display"), "{why}");
    }
}
