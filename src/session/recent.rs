//! Which of the recent files are there. Looked at on a thread of its own: a disk that does not answer holds up nothing else.

use super::jobs::Lane;
use super::take_in::Output;
use super::{Session, Slot};
use std::path::{Path, PathBuf};

impl Session {
    /// Whether a recent file was not there when it was looked for last.
    pub fn is_recent_gone(&self, path: &Path) -> bool {
        self.gone_recent.iter().any(|gone| gone == path)
    }

    /// Looks for the recent files.
    pub(super) fn request_recent(&mut self) {
        let recent: Vec<PathBuf> = self.settings.recent().to_vec();
        if recent.is_empty() {
            return;
        }
        let name = "Checking recent files";
        self.jobs
            .submit(Lane::Recent, Slot::Recent, name, move |progress| {
                let mut gone = Vec::new();
                for path in recent {
                    progress.check()?;
                    // What cannot be looked at may be there.
                    if path.try_exists().is_ok_and(|exists| !exists) {
                        gone.push(path);
                    }
                }
                Ok(Output::RecentGone(gone))
            });
    }
}
