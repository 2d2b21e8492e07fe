//! The system's file dialog, on a thread of its own.
//!
//! Where no portal and no dialog program is there, the dialog ends at once and without a choice, which looks like a cancel.
//! An end that came too fast for any hand is told apart by its time. A portal that hangs shows nothing at all, for ever: who
//! waits for longer than a dialog takes to appear is offered to type instead.

use eframe::egui;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// No hand is faster.
const FASTEST_CANCEL: Duration = Duration::from_millis(150);

/// A dialog is there by then.
const SLOW: Duration = Duration::from_secs(1);

/// How a dialog ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Picked {
    /// With files, or with none.
    Files(Vec<PathBuf>),
    /// There is no such dialog on this system.
    NoDialog,
}

/// At most one dialog at a time.
#[derive(Default)]
pub(super) struct FilePicker {
    /// With the window that it belongs to.
    dialog: rfd::FileDialog,
    open: Option<Open>,
}

struct Open {
    since: Instant,
    is_told_slow: bool,
    receiver: Receiver<Option<Vec<PathBuf>>>,
}

impl FilePicker {
    /// The window that dialogs are to stay in front of.
    pub(super) fn set_parent(&mut self, creation: &eframe::CreationContext<'_>) {
        self.dialog = rfd::FileDialog::new().set_parent(creation);
    }

    /// Opens the dialog, unless it is open.
    pub(super) fn show(&mut self, ctx: &egui::Context, folder: Option<PathBuf>) {
        if self.open.is_some() {
            return;
        }
        let (sender, receiver) = sync_channel(1);
        let mut dialog = (self.dialog.clone())
            .set_title("Open mmappickle files")
            .add_filter(
                "mmappickle and pickle files",
                &["mmdpickle", "mmp", "pickle", "pkl"],
            )
            .add_filter("All files", &["*"]);
        if let Some(folder) = folder {
            dialog = dialog.set_directory(folder);
        }
        let waker = ctx.clone();
        let work = move || {
            // If nobody waits any more, nobody wants the answer.
            let _is_wanted = sender.send(dialog.pick_files());
            waker.request_repaint();
        };
        let thread = std::thread::Builder::new()
            .name("cubescope-file-dialog".to_owned())
            .spawn(work);
        if thread.is_ok() {
            self.open = Some(Open {
                since: Instant::now(),
                is_told_slow: false,
                receiver,
            });
            ctx.request_repaint_after(SLOW);
        }
    }

    /// Once, when the dialog takes longer than it takes to appear.
    pub(super) fn is_slow(&mut self) -> bool {
        let Some(open) = &mut self.open else {
            return false;
        };
        let is_slow = !open.is_told_slow && open.since.elapsed() >= SLOW;
        open.is_told_slow |= is_slow;
        is_slow
    }

    /// Another file was opened: the dialog may be asked for again.
    pub(super) fn give_up(&mut self) {
        self.open = None;
    }

    /// How the dialog ended, once.
    pub(super) fn take(&mut self) -> Option<Picked> {
        let open = self.open.as_ref()?;
        let picked = match open.receiver.try_recv() {
            Ok(Some(files)) => Picked::Files(files),
            Ok(None) if open.since.elapsed() > FASTEST_CANCEL => Picked::Files(Vec::new()),
            Ok(None) | Err(TryRecvError::Disconnected) => Picked::NoDialog,
            Err(TryRecvError::Empty) => return None,
        };
        self.open = None;
        Some(picked)
    }
}
