//! Adding, removing, doubling, moving, renaming, and other types.

use eframe::egui;
use egui::{Key, Modifiers, Ui};

use super::field::{Lines, text_edit};
use super::{Cx, State, error_text};
use crate::app::widgets::text_field;
use crate::pickle::draft::{DraftEdit, Kind, NewValue, Path, ValueDraft};
use crate::pickle::parse_literal;

/// What a button or key means for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Add,
    Remove,
    Duplicate,
    Up,
    Down,
    Rename,
    Change(Kind),
}

/// Something that is being typed before it is added or renamed.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// The container and the place in it; or the entry to be renamed.
    path: Path,
    at: usize,
    is_rename: bool,
    has_key: bool,
    key: String,
    value: String,
    /// The fields take the keyboard once.
    is_shown: bool,
}

/// What can be done with a place.
struct Place {
    /// Neighbours in the container, and where the place is among them.
    siblings: Option<(std::ops::Range<usize>, usize)>,
    parent: Option<Kind>,
    kind: Kind,
    is_editable: bool,
}

impl Place {
    fn of(draft: &ValueDraft, path: &[usize]) -> Option<Self> {
        let kind = draft.kind_at(path)?;
        let (mut siblings, mut parent) = (None, None);
        if let Some((&child, container)) = path.split_last()
            && draft.obstacle(container).is_none()
        {
            let items = draft.items_at(container);
            siblings = items
                .filter(|items| items.contains(&child))
                .map(|items| (items, child));
            parent = draft.kind_at(container).filter(|_| siblings.is_some());
        }
        Some(Self {
            siblings,
            parent,
            kind,
            is_editable: draft.obstacle(path).is_none(),
        })
    }

    fn can(&self, action: Action) -> bool {
        let is_item = self.siblings.is_some();
        match action {
            Action::Add => is_item || (self.is_editable && self.kind.is_container()),
            Action::Remove => is_item,
            Action::Duplicate => is_item && !self.parent.is_some_and(Kind::is_set),
            Action::Up => matches!(&self.siblings, Some((items, at)) if *at > items.start),
            Action::Down => matches!(&self.siblings, Some((items, at)) if at + 1 < items.end),
            Action::Rename => self.parent.is_some_and(Kind::has_keys),
            Action::Change(kind) => self.is_editable && self.kinds().contains(&kind),
        }
    }

    fn kinds(&self) -> &'static [Kind] {
        const FROM_NONE: [Kind; 9] = [
            Kind::Str,
            Kind::Int,
            Kind::Float,
            Kind::Bool,
            Kind::Bytes,
            Kind::List,
            Kind::Tuple,
            Kind::Set,
            Kind::Dict,
        ];
        match self.kind {
            Kind::None => &FROM_NONE,
            kind if Kind::CONTAINERS.contains(&kind) => &Kind::CONTAINERS,
            kind if Kind::LEAVES.contains(&kind) || kind == Kind::ByteArray => &Kind::LEAVES,
            _ => &[],
        }
    }
}

/// Buttons, or entries of a menu, for a place.
pub(super) fn buttons(ui: &mut Ui, draft: &ValueDraft, path: &[usize]) -> Option<Action> {
    let place = Place::of(draft, path)?;
    let mut chosen = None;
    for (action, name, shortcut) in [
        (Action::Add, "Add item…", "Insert"),
        (Action::Remove, "Remove", "Delete"),
        (Action::Duplicate, "Duplicate", ""),
        (Action::Up, "Move up", "Alt+Up"),
        (Action::Down, "Move down", "Alt+Down"),
        (Action::Rename, "Rename key…", "F2"),
    ] {
        if action == Action::Rename && !place.can(action) {
            continue;
        }
        let mut button = ui.add_enabled(place.can(action), egui::Button::new(name));
        if !shortcut.is_empty() {
            button = button.on_hover_text(format!("{shortcut}, in the tree"));
        }
        if button.clicked() {
            chosen = Some(action);
        }
    }
    if place.is_editable && !place.kinds().is_empty() {
        ui.menu_button("Change type", |ui| {
            for &kind in place.kinds().iter().filter(|&&kind| kind != place.kind) {
                if ui.button(format!("To {}", kind.name())).clicked() {
                    chosen = Some(Action::Change(kind));
                    ui.close();
                }
            }
        });
    }
    chosen
}

/// What a key means while a row has the keyboard.
pub(super) fn key_action(ui: &mut Ui, draft: &ValueDraft, path: &[usize]) -> Option<Action> {
    let keys = [
        (Modifiers::NONE, Key::Insert, Action::Add),
        (Modifiers::NONE, Key::Delete, Action::Remove),
        (Modifiers::NONE, Key::F2, Action::Rename),
        (Modifiers::ALT, Key::ArrowUp, Action::Up),
        (Modifiers::ALT, Key::ArrowDown, Action::Down),
    ];
    let (.., action) = keys
        .into_iter()
        .find(|&(modifiers, key, _)| ui.input_mut(|input| input.consume_key(modifiers, key)))?;
    Place::of(draft, path)?.can(action).then_some(action)
}

/// Does what was chosen, or opens the form for it.
pub(super) fn act(cx: &mut Cx<'_>, state: &mut State, path: &[usize], action: Action) {
    let Some(place) = Place::of(cx.draft, path) else {
        return;
    };
    if !place.can(action) {
        return;
    }
    let path = path.to_vec();
    let container = || path.get(..path.len().saturating_sub(1)).unwrap_or_default();
    let beside = |child: usize| [container(), &[child]].concat();
    let child = place.siblings.as_ref().map_or(0, |(_, at)| *at);
    state.selected.clone_from(&path);
    state.form = None;
    match action {
        Action::Add if place.is_editable && place.kind.is_container() => {
            let items = cx.draft.items_at(&path).unwrap_or_default();
            let has_key = place.kind.has_keys();
            state.form = Some(Form::add(path, items.end, has_key));
        }
        Action::Add => {
            let has_key = place.parent.is_some_and(Kind::has_keys);
            state.form = Some(Form::add(container().to_vec(), child + 1, has_key));
        }
        Action::Rename => {
            let key = cx.draft.key_at(&path);
            let key = key.map(|key| cx.draft.value().node_literal(key, usize::MAX));
            let key = key.unwrap_or_default();
            state.form = Some(Form {
                path,
                key,
                is_rename: true,
                has_key: true,
                ..Form::default()
            });
        }
        Action::Remove => {
            state.selected = match place.siblings {
                Some((items, at)) if at > items.start => beside(at - 1),
                _ => container().to_vec(),
            };
            cx.emit(DraftEdit::Remove { path });
        }
        Action::Duplicate => {
            state.selected = beside(child + 1);
            cx.emit(DraftEdit::Duplicate { path });
        }
        Action::Up | Action::Down => {
            let to = match action {
                Action::Up => child.saturating_sub(1),
                _ => child + 1,
            };
            state.selected = beside(to);
            cx.emit(DraftEdit::Move { path, to });
        }
        Action::Change(kind) => cx.emit(DraftEdit::ChangeKind { path, kind }),
    }
}

impl Form {
    fn add(path: Path, at: usize, has_key: bool) -> Self {
        Self {
            path,
            at,
            has_key,
            ..Self::default()
        }
    }

    fn edit(&self) -> Result<DraftEdit, String> {
        let key = match self.has_key {
            true => Some(literal("key", &self.key)?),
            false => None,
        };
        let path = self.path.clone();
        match (self.is_rename, key) {
            (true, Some(key)) => Ok(DraftEdit::RenameKey { path, key }),
            (_, key) => Ok(DraftEdit::Add {
                path,
                at: self.at,
                key,
                value: literal("value", &self.value)?,
            }),
        }
    }
}

fn literal(what: &str, text: &str) -> Result<NewValue, String> {
    match parse_literal(text) {
        Ok(value) => Ok(value.into()),
        Err(err) => Err(format!("{what}: {}", err.message)),
    }
}

/// Fields for what is added or renamed.
pub(super) fn form(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut State) {
    let Some(form) = &mut state.form else {
        return;
    };
    let mut is_entered = false;
    let id = cx.id.with("form");
    let is_new = !form.is_shown;
    let mut line = |ui: &mut Ui, text: &mut String, name: &str, takes_focus: bool| {
        ui.horizontal(|ui| {
            ui.label(name);
            if is_new {
                text_field::forget_history(ui.ctx(), id.with(name));
            }
            let response = text_edit(ui, text, id.with(name), name, Lines::One);
            if takes_focus {
                response.request_focus();
            }
            is_entered |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        });
    };
    if form.has_key {
        line(ui, &mut form.key, "New key", !form.is_shown);
    }
    if !form.is_rename {
        let takes_focus = !form.is_shown && !form.has_key;
        line(ui, &mut form.value, "New value", takes_focus);
    }
    form.is_shown = true;
    let edit = form.edit();
    let is_empty = form.key.is_empty() && form.value.is_empty();
    let name = if form.is_rename { "Rename" } else { "Add" };
    let (mut is_done, mut is_cancelled) = (cx.is_applied, false);
    ui.horizontal(|ui| {
        is_done |= ui
            .add_enabled(edit.is_ok(), egui::Button::new(name))
            .clicked();
        is_cancelled = ui
            .button("Cancel")
            .on_hover_text("Leave everything as it is")
            .clicked();
    });
    match edit {
        Ok(edit) if is_done || is_entered => {
            if let DraftEdit::Add { path, at, .. } = &edit {
                state.selected = [path.as_slice(), &[*at]].concat();
            }
            cx.emit(edit);
            state.form = None;
        }
        Err(_) if is_empty => {
            ui.weak("As Python writes it: 1.5, 'text', [1, 2], None");
        }
        Err(why) => error_text(ui, &why),
        Ok(_) => {}
    }
    if is_cancelled {
        state.form = None;
    }
    cx.events.is_pending |= state.form.is_some();
}
