//! The end of the window.

use crate::session::Session;
use std::time::Duration;

/// Settings of the last second are written before the process ends, unless the disk hangs.
pub(super) fn on_exit(session: &mut Session) {
    session.finish_saving(Duration::from_secs(2));
}
