//! What panels, views and dialogs get: the session to read, and a way to ask for changes.

use super::commands::Command;
use crate::mmapdict::VacuumWay;
use crate::session::{Action, Session};
use std::cell::RefCell;
use std::path::PathBuf;

/// Something to be done at the end of the frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// A change of the session.
    Act(Action),
    /// A command, as if from the menu.
    Run(Command),
    /// End the program, whatever is lost.
    QuitNow,
    /// Free space of the active file, after a question.
    FreeSpace(VacuumWay),
    /// What the path dialog was closed with.
    OpenTyped(PathBuf),
}

/// Collects requests of one frame.
#[derive(Debug, Default)]
pub struct Requests(RefCell<Vec<Request>>);

impl Requests {
    /// Asks for a change of the session.
    pub fn act(&self, action: Action) {
        self.0.borrow_mut().push(Request::Act(action));
    }

    /// Asks for a command.
    pub fn run(&self, command: Command) {
        self.0.borrow_mut().push(Request::Run(command));
    }

    /// Asks for anything.
    pub fn push(&self, request: Request) {
        self.0.borrow_mut().push(request);
    }

    /// Whether a command was asked for already.
    pub fn has(&self, command: Command) -> bool {
        self.0.borrow().contains(&Request::Run(command))
    }

    /// All that was asked for, in order; what is written, and what is left, comes after what was typed for it.
    pub fn into_inner(self) -> Vec<Request> {
        let mut requests = self.0.into_inner();
        requests.sort_by_key(|request| match request {
            Request::Run(command) => *command == Command::ApplyValue || command.goes_elsewhere(),
            Request::Act(_) | Request::QuitNow | Request::OpenTyped(_) | Request::FreeSpace(_) => {
                false
            }
        });
        requests
    }
}

/// See the module.
pub struct ViewerContext<'a> {
    /// To read.
    pub session: &'a Session,
    /// To change.
    pub requests: &'a Requests,
    /// Files can be dropped on the window.
    pub takes_drops: bool,
}

impl ViewerContext<'_> {
    /// Asks for a change of the session.
    pub fn act(&self, action: Action) {
        self.requests.act(action);
    }
}
