//! The system's file dialog, on a thread of its own.
//!
//! Where no portal and no dialog program is there, the dialog ends at once and without a choice, which looks like a cancel.
//! An end that came too fast for any hand is told apart by its time.

use eframe::egui;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// No hand is faster.
const FASTEST_CANCEL: Duration = Duration::from_millis(150);

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
    open: Option<(Instant, Receiver<Option<Vec<PathBuf>>>)>,
}

impl FilePicker {
    /// Opens the dialog, unless it is open.
    pub(super) fn show(&mut self, ctx: &egui::Context, folder: Option<PathBuf>) {
        if self.open.is_some() {
            return;
        }
        let (sender, receiver) = sync_channel(1);
        let ctx = ctx.clone();
        let work = move || {
            let mut dialog = rfd::FileDialog::new()
                .set_title("Open mmappickle files")
                .add_filter(
                    "mmappickle and pickle files",
                    &["mmdpickle", "mmp", "pickle", "pkl"],
                )
                .add_filter("All files", &["*"]);
            if let Some(folder) = folder {
                dialog = dialog.set_directory(folder);
            }
            // If the window is gone, nobody wants the answer.
            let _is_wanted = sender.send(dialog.pick_files());
            ctx.request_repaint();
        };
        let thread = std::thread::Builder::new()
            .name("cubescope-file-dialog".to_owned())
            .spawn(work);
        if thread.is_ok() {
            self.open = Some((Instant::now(), receiver));
        }
    }

    /// How the dialog ended, once.
    pub(super) fn take(&mut self) -> Option<Picked> {
        let (since, receiver) = self.open.as_ref()?;
        let picked = match receiver.try_recv() {
            Ok(Some(files)) => Picked::Files(files),
            Ok(None) if since.elapsed() > FASTEST_CANCEL => Picked::Files(Vec::new()),
            Ok(None) | Err(TryRecvError::Disconnected) => Picked::NoDialog,
            Err(TryRecvError::Empty) => return None,
        };
        self.open = None;
        Some(picked)
    }
}
