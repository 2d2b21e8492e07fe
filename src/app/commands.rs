//! Commands: what can be invoked by name. Declared once; menus, shortcuts and the list of shortcuts are derived from it.

use crate::app::panels::key_list_id;
use crate::app::widgets::cell_table_id;
use crate::session::document::Face;
use crate::session::{Document, Session};
use eframe::egui;
use egui::{Key, KeyboardShortcut, Modifiers};

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Choose files in the system's dialog.
    OpenFile,
    /// Type a path.
    OpenPath,
    /// Close the active file.
    CloseFile,
    /// End the program.
    Quit,
    /// The file in the next tab.
    NextFile,
    /// The file in the tab before.
    PreviousFile,
    /// Let the file be changed, or no longer.
    ToggleEditing,
    /// Take the last change back.
    Undo,
    /// Make it again.
    Redo,
    /// Write the value that is edited.
    ApplyValue,
    /// Take all changes since the opening back.
    BackToOpened,
    /// Versions and changes at the right.
    ToggleHistory,
    /// Put something under a new key.
    NewKey,
    /// Another name for the key.
    RenameKey,
    /// A copy under another name.
    DuplicateKey,
    /// Delete the chosen keys.
    DeleteKeys,
    /// Remember the chosen keys.
    CopyKeys,
    /// Copy the remembered keys in.
    PasteKeys,
    /// Go to the search field.
    SearchKeys,
    /// Choose all keys.
    SelectAllKeys,
    /// The key above.
    PreviousKey,
    /// The key below.
    NextKey,
    /// One band down.
    PreviousBand,
    /// One band up.
    NextBand,
    /// Ten bands down.
    BackTenBands,
    /// Ten bands up.
    ForwardTenBands,
    /// The whole picture.
    FitPicture,
    /// One pixel of the picture for one of the screen.
    ActualSize,
    /// Take all pins away.
    ClearPins,
    /// The cells as a table, or no longer.
    ToggleTable,
    /// The row of tools for masks.
    ToggleMaskTools,
    /// Statistics at the right.
    ToggleStatistics,
    /// The opcodes in place of the view, or no longer.
    ToggleOpcodes,
    /// The list of shortcuts.
    ShowShortcuts,
    /// About the program.
    ShowAbout,
}

/// Where a command is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Files and the program.
    File,
    /// Changing the file.
    Edit,
    /// The list of keys.
    Keys,
    /// The picture and its spectra.
    Picture,
    /// Help.
    Help,
}

impl Group {
    /// In the order to show them.
    pub const ALL: [Self; 5] = [
        Self::File,
        Self::Edit,
        Self::Keys,
        Self::Picture,
        Self::Help,
    ];

    /// Heading.
    pub fn text(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Keys => "Keys",
            Self::Picture => "Picture",
            Self::Help => "Help",
        }
    }
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn with_command(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn with_command_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

const fn with_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

impl Command {
    /// In the order to show them.
    pub const ALL: [Self; 35] = [
        Self::OpenFile,
        Self::OpenPath,
        Self::CloseFile,
        Self::NextFile,
        Self::PreviousFile,
        Self::Quit,
        Self::ToggleEditing,
        Self::ApplyValue,
        Self::Undo,
        Self::Redo,
        Self::BackToOpened,
        Self::ToggleHistory,
        Self::NewKey,
        Self::RenameKey,
        Self::DuplicateKey,
        Self::DeleteKeys,
        Self::CopyKeys,
        Self::PasteKeys,
        Self::SelectAllKeys,
        Self::SearchKeys,
        Self::PreviousKey,
        Self::NextKey,
        Self::PreviousBand,
        Self::NextBand,
        Self::BackTenBands,
        Self::ForwardTenBands,
        Self::FitPicture,
        Self::ActualSize,
        Self::ClearPins,
        Self::ToggleTable,
        Self::ToggleMaskTools,
        Self::ToggleStatistics,
        Self::ToggleOpcodes,
        Self::ShowShortcuts,
        Self::ShowAbout,
    ];

    /// On its button or menu entry.
    pub fn text(self) -> &'static str {
        match self {
            Self::OpenFile => "Open…",
            Self::OpenPath => "Open path…",
            Self::CloseFile => "Close file",
            Self::Quit => "Quit",
            Self::NextFile => "Next file",
            Self::PreviousFile => "Previous file",
            Self::ToggleEditing => "Edit this file",
            Self::ApplyValue => "Apply value",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::BackToOpened => "Revert to opened state",
            Self::ToggleHistory => "History",
            Self::NewKey => "New key…",
            Self::RenameKey => "Rename key…",
            Self::DuplicateKey => "Duplicate key…",
            Self::DeleteKeys => "Delete keys",
            Self::CopyKeys => "Copy keys",
            Self::PasteKeys => "Paste keys",
            Self::SelectAllKeys => "Select all keys",
            Self::SearchKeys => "Search keys",
            Self::PreviousKey => "Previous key",
            Self::NextKey => "Next key",
            Self::PreviousBand => "Previous band",
            Self::NextBand => "Next band",
            Self::BackTenBands => "Ten bands back",
            Self::ForwardTenBands => "Ten bands forward",
            Self::FitPicture => "Fit",
            Self::ActualSize => "1:1",
            Self::ClearPins => "Clear pins",
            Self::ToggleTable => "Table of cells",
            Self::ToggleMaskTools => "Mask tools",
            Self::ToggleStatistics => "Statistics",
            Self::ToggleOpcodes => "Opcodes",
            Self::ShowShortcuts => "Keyboard shortcuts",
            Self::ShowAbout => "About cubescope",
        }
    }

    /// One sentence more.
    pub fn tooltip(self) -> &'static str {
        match self {
            Self::OpenFile => "Choose files in the system's dialog",
            Self::OpenPath => "Type or paste the path of a file",
            Self::CloseFile => "Close the file that is shown",
            Self::Quit => "Close the window and all files",
            Self::NextFile => "Show the file in the next tab",
            Self::PreviousFile => "Show the file in the tab before",
            Self::ApplyValue => "Write the edited value to the file",
            Self::ToggleEditing => "Allow changes to this file; each is listed and can be undone",
            Self::Undo => "Undo the last change to the file",
            Self::Redo => "Redo the change that was undone last",
            Self::BackToOpened => "Undo or redo everything that changed since the file was opened",
            Self::ToggleHistory => {
                "Show earlier versions of keys, deleted keys, and the changes made here"
            }
            Self::NewKey => "Add a value, an array from a file, or an empty array",
            Self::RenameKey => "Give the selected key another name",
            Self::DuplicateKey => "Put a copy of the selected key under another name",
            Self::DeleteKeys => "Delete the chosen keys; they stay in the history",
            Self::CopyKeys => "Remember the chosen keys, to paste them into another open file",
            Self::PasteKeys => "Copy the keys that were copied into this file",
            Self::SelectAllKeys => "Choose all keys that the list shows",
            Self::SearchKeys => "Go to the search field of the list of keys",
            Self::PreviousKey => "Select the key above in the list",
            Self::NextKey => "Select the key below in the list",
            Self::PreviousBand => "Show the band before (all three of a composite)",
            Self::NextBand => "Show the band after (all three of a composite)",
            Self::BackTenBands => "Go ten bands back",
            Self::ForwardTenBands => "Go ten bands forward",
            Self::FitPicture => "Show the whole picture",
            Self::ActualSize => "One cell of the array on one pixel of the screen",
            Self::ClearPins => "Remove all pinned pixels and their spectra",
            Self::ToggleTable => {
                "Show the cells as a table instead of the picture or curve, or back"
            }
            Self::ToggleMaskTools => "Show the mask, and the tools that paint it",
            Self::ToggleStatistics => {
                "Show exact statistics of the band or of all cells, a histogram, and mean spectra"
            }
            Self::ToggleOpcodes => {
                "List the pickle opcodes of the key or of the file instead of its view, or back"
            }
            Self::ShowShortcuts => "List all keyboard shortcuts",
            Self::ShowAbout => "Version, licence, and what this program never does",
        }
    }

    /// Where it is listed.
    pub fn group(self) -> Group {
        match self {
            Self::OpenFile
            | Self::OpenPath
            | Self::CloseFile
            | Self::NextFile
            | Self::PreviousFile
            | Self::Quit => Group::File,
            Self::ToggleEditing
            | Self::ApplyValue
            | Self::Undo
            | Self::Redo
            | Self::BackToOpened
            | Self::ToggleHistory => Group::Edit,
            Self::PreviousKey
            | Self::NextKey
            | Self::NewKey
            | Self::RenameKey
            | Self::DuplicateKey
            | Self::DeleteKeys
            | Self::CopyKeys
            | Self::PasteKeys
            | Self::SelectAllKeys
            | Self::SearchKeys
            | Self::ToggleOpcodes => Group::Keys,
            Self::ShowShortcuts | Self::ShowAbout => Group::Help,
            Self::PreviousBand
            | Self::NextBand
            | Self::BackTenBands
            | Self::ForwardTenBands
            | Self::FitPicture
            | Self::ActualSize
            | Self::ClearPins
            | Self::ToggleTable
            | Self::ToggleMaskTools
            | Self::ToggleStatistics => Group::Picture,
        }
    }

    /// Keys that invoke it.
    pub fn shortcuts(self) -> &'static [KeyboardShortcut] {
        const OPEN: &[KeyboardShortcut] = &[with_command(Key::O)];
        const OPEN_PATH: &[KeyboardShortcut] = &[with_command(Key::L)];
        const CLOSE: &[KeyboardShortcut] = &[with_command(Key::W)];
        const QUIT: &[KeyboardShortcut] = &[with_command(Key::Q)];
        const UP: &[KeyboardShortcut] = &[plain(Key::ArrowUp)];
        const DOWN: &[KeyboardShortcut] = &[plain(Key::ArrowDown)];
        const PREVIOUS: &[KeyboardShortcut] = &[plain(Key::ArrowLeft), plain(Key::Comma)];
        const NEXT: &[KeyboardShortcut] = &[plain(Key::ArrowRight), plain(Key::Period)];
        const BACK: &[KeyboardShortcut] = &[with_shift(Key::ArrowLeft)];
        const FORWARD: &[KeyboardShortcut] = &[with_shift(Key::ArrowRight)];
        const FIT: &[KeyboardShortcut] = &[plain(Key::Num0), plain(Key::F)];
        const ACTUAL_SIZE: &[KeyboardShortcut] = &[plain(Key::Num1)];
        const TABLE: &[KeyboardShortcut] = &[plain(Key::T)];
        const MASK: &[KeyboardShortcut] = &[plain(Key::M)];
        const STATISTICS: &[KeyboardShortcut] = &[plain(Key::S)];
        const OPCODES: &[KeyboardShortcut] = &[plain(Key::O)];
        const HELP: &[KeyboardShortcut] = &[plain(Key::F1), plain(Key::Questionmark)];
        const EDIT: &[KeyboardShortcut] = &[with_command(Key::E)];
        const UNDO: &[KeyboardShortcut] = &[with_command(Key::Z)];
        const REDO: &[KeyboardShortcut] = &[with_command_shift(Key::Z), with_command(Key::Y)];
        const HISTORY: &[KeyboardShortcut] = &[with_command(Key::H)];
        const NEW: &[KeyboardShortcut] = &[with_command(Key::N)];
        const RENAME: &[KeyboardShortcut] = &[plain(Key::F2)];
        const DUPLICATE: &[KeyboardShortcut] = &[with_command(Key::D)];
        const DELETE: &[KeyboardShortcut] = &[plain(Key::Delete)];
        const NEXT_FILE: &[KeyboardShortcut] = &[with_command(Key::Tab)];
        const PREVIOUS_FILE: &[KeyboardShortcut] = &[with_command_shift(Key::Tab)];
        const APPLY: &[KeyboardShortcut] = &[with_command(Key::S), with_command(Key::Enter)];
        const SEARCH: &[KeyboardShortcut] = &[with_command(Key::F)];
        const COPY: &[KeyboardShortcut] = &[with_command(Key::C)];
        const PASTE: &[KeyboardShortcut] = &[with_command(Key::V)];
        const SELECT_ALL: &[KeyboardShortcut] = &[with_command(Key::A)];
        match self {
            Self::ToggleEditing => EDIT,
            Self::Undo => UNDO,
            Self::Redo => REDO,
            Self::ToggleHistory => HISTORY,
            Self::NewKey => NEW,
            Self::RenameKey => RENAME,
            Self::DuplicateKey => DUPLICATE,
            Self::DeleteKeys => DELETE,
            Self::NextFile => NEXT_FILE,
            Self::PreviousFile => PREVIOUS_FILE,
            Self::ApplyValue => APPLY,
            Self::SearchKeys => SEARCH,
            Self::CopyKeys => COPY,
            Self::PasteKeys => PASTE,
            Self::SelectAllKeys => SELECT_ALL,
            Self::OpenFile => OPEN,
            Self::OpenPath => OPEN_PATH,
            Self::CloseFile => CLOSE,
            Self::Quit => QUIT,
            Self::PreviousKey => UP,
            Self::NextKey => DOWN,
            Self::PreviousBand => PREVIOUS,
            Self::NextBand => NEXT,
            Self::BackTenBands => BACK,
            Self::ForwardTenBands => FORWARD,
            Self::FitPicture => FIT,
            Self::ActualSize => ACTUAL_SIZE,
            Self::ToggleTable => TABLE,
            Self::ToggleMaskTools => MASK,
            Self::ToggleStatistics => STATISTICS,
            Self::ToggleOpcodes => OPCODES,
            Self::ShowShortcuts => HELP,
            Self::ClearPins | Self::ShowAbout | Self::BackToOpened => &[],
        }
    }

    /// Whether it leaves what is being edited. What is typed there is taken before.
    pub fn goes_elsewhere(self) -> bool {
        matches!(
            self,
            Self::NextFile
                | Self::PreviousFile
                | Self::CloseFile
                | Self::Quit
                | Self::ToggleEditing
        )
    }

    /// Whether it can do anything now.
    pub fn is_enabled(self, session: &Session) -> bool {
        let document = session.active_document();
        match self {
            Self::OpenFile
            | Self::OpenPath
            | Self::Quit
            | Self::ShowShortcuts
            | Self::ShowAbout => true,
            Self::CloseFile => document.is_some(),
            Self::NextFile | Self::PreviousFile => session.documents().len() > 1,
            Self::ApplyValue => document.is_some_and(|document| document.value_edit().is_some()),
            Self::ToggleEditing
            | Self::ToggleHistory
            | Self::ToggleStatistics
            | Self::SearchKeys
            | Self::SelectAllKeys => document.is_some_and(|document| document.dataset().is_some()),
            Self::Undo => {
                document.is_some_and(|document| document.editing().undo_label().is_some())
            }
            Self::Redo => {
                document.is_some_and(|document| document.editing().redo_label().is_some())
            }
            Self::BackToOpened => document.is_some_and(|document| document.editing().can_go_back()),
            Self::NewKey => document.is_some_and(|document| document.editing().is_on()),
            Self::RenameKey | Self::DuplicateKey => document
                .is_some_and(|document| document.editing().is_on() && document.item().is_some()),
            Self::DeleteKeys => document.is_some_and(|document| {
                document.editing().is_on() && !document.list().chosen().is_empty()
            }),
            Self::CopyKeys => document.is_some_and(|document| document.item().is_some()),
            Self::PasteKeys => {
                session.copied().is_some()
                    && document.is_some_and(|document| document.editing().is_on())
            }
            Self::PreviousKey | Self::NextKey => {
                document.is_some_and(|document| !document.list().rows().is_empty())
            }
            Self::PreviousBand | Self::NextBand | Self::BackTenBands | Self::ForwardTenBands => {
                document.is_some_and(|document| document.band_count() > 1)
            }
            Self::FitPicture | Self::ActualSize | Self::ToggleMaskTools => document
                .and_then(Document::face)
                .is_some_and(|face| face == Face::Picture),
            Self::ToggleTable => (document.and_then(Document::own_face))
                .is_some_and(|face| matches!(face, Face::Picture | Face::Curve | Face::Scalar)),
            Self::ToggleOpcodes => document.is_some_and(Document::has_opcodes),
            Self::ClearPins => document
                .and_then(Document::view)
                .is_some_and(|view| !view.pins.is_empty()),
        }
    }

    /// Its shortcuts in words.
    pub fn shortcut_text(self, ctx: &egui::Context) -> String {
        let text = |shortcut: &KeyboardShortcut| match shortcut.logical_key {
            // As on the keyboard rather than by name.
            Key::Comma => ",".to_owned(),
            Key::Period => ".".to_owned(),
            Key::Questionmark => "?".to_owned(),
            _ => ctx.format_shortcut(shortcut),
        };
        let texts: Vec<String> = self.shortcuts().iter().map(text).collect();
        texts.join(" or ")
    }
}

/// The command whose shortcut these keys are. Shift and Alt count, except for symbols, for which some keyboards need them.
fn command_of(key: Key, modifiers: Modifiers) -> Option<Command> {
    let is_symbol = matches!(key, Key::Comma | Key::Period | Key::Questionmark);
    let is_meant = |shortcut: &KeyboardShortcut| {
        shortcut.logical_key == key
            && match is_symbol {
                true => modifiers.matches_logically(shortcut.modifiers),
                false => modifiers.matches_exact(shortcut.modifiers),
            }
    };
    let mut commands = Command::ALL.into_iter();
    commands.find(|command| command.shortcuts().iter().any(is_meant))
}

/// What has the keyboard, as far as shortcuts are concerned.
struct Keyboard {
    /// A text field.
    is_text: bool,
    /// Something that has keys of its own.
    is_taken: bool,
    /// A menu or a list is open.
    is_popup: bool,
    /// What is typed on a cell goes into it.
    is_cell: bool,
    /// The cells are a table.
    is_table: bool,
}

impl Keyboard {
    fn of(ctx: &egui::Context, session: &Session) -> Self {
        let focused = ctx.memory(egui::Memory::focused);
        let document = session.active_document();
        let is_editing = document.is_some_and(|document| document.editing().is_on());
        Self {
            is_text: ctx.text_edit_focused(),
            is_taken: focused.is_some_and(|id| id != key_list_id()),
            is_popup: egui::Popup::is_any_open(ctx),
            is_cell: focused == Some(cell_table_id()) && is_editing,
            is_table: document.and_then(Document::face) == Some(Face::Table)
                && focused != Some(key_list_id()),
        }
    }

    /// Whether a key means something else than the command that it stands for.
    fn takes(&self, command: Command, key: Key, modifiers: Modifiers) -> bool {
        let is_plain = !modifiers.command;
        let is_arrow = matches!(
            key,
            Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown
        );
        // A cell, a row of a value or a text that has the focus has its own.
        let is_of_focus = is_arrow || matches!(key, Key::F2 | Key::Delete);
        let is_function = matches!(key, Key::F1 | Key::F10);
        (is_plain && !is_function && (self.is_text || self.is_popup || self.is_cell))
            || (is_plain && is_of_focus && self.is_taken)
            // The cell is meant, not its key.
            || (command == Command::RenameKey && self.is_table)
            || (matches!(command, Command::Undo | Command::Redo) && self.is_text)
            || (command == Command::SelectAllKeys && self.is_taken)
    }
}

/// The commands whose shortcuts were pressed. Keys without Ctrl belong to whatever has the focus first, and to a menu or
/// list that is open.
pub fn pressed(ctx: &egui::Context, session: &Session) -> Vec<Command> {
    let keyboard = Keyboard::of(ctx, session);
    let mut pressed = Vec::new();
    ctx.input_mut(|input| {
        // Each press counts, also where several came in the time of one frame.
        input.events.retain(|event| {
            let command = match event {
                egui::Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } => command_of(*key, *modifiers)
                    .filter(|command| !keyboard.takes(*command, *key, *modifiers)),
                // The system's own, where nothing is that has a text to copy or can take one.
                egui::Event::Copy if !keyboard.is_taken => Some(Command::CopyKeys),
                egui::Event::Paste(_) if !keyboard.is_taken => Some(Command::PasteKeys),
                _ => None,
            };
            let command = command.filter(|command| command.is_enabled(session));
            pressed.extend(command);
            command.is_none()
        });
    });
    if keyboard.is_table && !keyboard.is_taken && ctx.input(|input| input.key_pressed(Key::F2)) {
        // The cell that is selected, also where the table has lost the keyboard.
        ctx.memory_mut(|memory| memory.request_focus(cell_table_id()));
    }
    pressed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_texts() {
        for command in Command::ALL {
            assert!(
                !command.text().is_empty() && !command.tooltip().is_empty(),
                "{command:?}"
            );
        }
    }

    /// As a keyboard sends them, with and without keys that are held besides.
    #[test]
    fn each_shortcut_is_that_of_its_command_alone() {
        let all = || {
            let commands = Command::ALL.into_iter();
            commands.flat_map(|command| command.shortcuts().iter().map(move |keys| (command, keys)))
        };
        let sent = |modifiers: Modifiers| Modifiers {
            ctrl: modifiers.command,
            ..modifiers
        };
        let mut pairs = 0;
        for (command, keys) in all() {
            let pressed = sent(keys.modifiers);
            assert_eq!(command_of(keys.logical_key, pressed), Some(command));
            for (other, others) in all().filter(|(other, _)| *other != command) {
                pairs += 1;
                // Keys of both at once are never the less specific one.
                let both = sent(keys.modifiers.plus(others.modifiers));
                let found = command_of(keys.logical_key, both);
                let exact = found.is_none_or(|found| {
                    let found = found.shortcuts().iter();
                    found
                        .map(|keys| sent(keys.modifiers))
                        .any(|keys| keys == both)
                });
                let is_symbol = matches!(
                    keys.logical_key,
                    Key::Comma | Key::Period | Key::Questionmark
                );
                assert!(exact || is_symbol, "{command:?} with {other:?}: {found:?}");
            }
        }
        assert!(pairs > 1000, "{pairs}");
        let shift_z = sent(Modifiers::COMMAND.plus(Modifiers::SHIFT));
        assert_eq!(command_of(Key::Z, shift_z), Some(Command::Redo));
        assert_eq!(
            command_of(Key::Z, sent(Modifiers::COMMAND)),
            Some(Command::Undo)
        );
        assert_eq!(command_of(Key::T, Modifiers::ALT), None);
        // Where a question mark needs Shift.
        assert_eq!(
            command_of(Key::Questionmark, Modifiers::SHIFT),
            Some(Command::ShowShortcuts)
        );
    }
}
