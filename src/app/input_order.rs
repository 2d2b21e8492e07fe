//! Keys and clicks reach the window one after the other, however many of them came while a frame was being drawn.
//!
//! egui hands all events of a frame to whatever has the keyboard when the frame begins. On a slow machine a click, the
//! number that is typed after it, and Tab come in one frame: the field that the click opens does not have the keyboard yet,
//! and Tab takes it away before the digits are read. So what may move the keyboard is a frame of its own here, and what
//! comes after it waits until the window has settled. What is typed into a field that has the keyboard stays together.
//!
//! It does not know what the events do.

use super::widgets::keyboard;
use eframe::egui;
use egui::{Context, Event, Id, Key, Modifiers, RawInput, Ui};
use std::collections::VecDeque;

/// Frames to wait for a keyboard that does not come to rest.
const PATIENCE: u16 = 6;
/// The same where a value has to be read first, or a file to be looked at whether it can be changed.
const PATIENCE_WITH_JOBS: u16 = 300;

/// The events that wait for their frame.
#[derive(Debug, Default)]
pub(super) struct InOrder {
    waiting: VecDeque<Event>,
    /// What had the keyboard when the last frame began.
    focus: Option<Id>,
    /// The last frame had an event that may have moved the keyboard.
    is_after_step: bool,
    /// Frames without an event since then.
    held: u16,
}

/// What an event can do to others of its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// It moves no keyboard.
    Passive,
    /// It is typed into the field that has the keyboard.
    Typing,
    /// It may move the keyboard, or open something that takes it.
    Step,
}

impl egui::Plugin for InOrder {
    fn debug_name(&self) -> &'static str {
        "events in order"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        input.events.drain(..).for_each(|event| self.put(event));
        let focus = ctx.memory(egui::Memory::focused);
        let is_coming = keyboard::is_on_its_way(ctx) || keyboard::is_held(ctx);
        let is_settled = focus == self.focus && !self.is_after_step && !is_coming;
        let patience = if is_coming {
            PATIENCE_WITH_JOBS
        } else {
            PATIENCE
        };
        self.focus = focus;
        self.is_after_step = false;
        if !is_settled
            && self.held < patience
            && self.waiting.iter().any(|event| !is_passive(event))
        {
            self.held += 1;
            return;
        }
        self.held = 0;
        let is_typing = ctx.text_edit_focused();
        input.events = self.take(is_typing);
        if focus.is_some() && !is_typing && egui::Popup::is_any_open(ctx) {
            input.events.iter_mut().for_each(walk_popup);
        }
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        if !self.waiting.is_empty() {
            ui.ctx().request_repaint();
        }
    }
}

impl InOrder {
    fn put(&mut self, event: Event) {
        // Of a pointer that goes on moving, the last place counts.
        if let (Event::PointerMoved(_), Some(last @ Event::PointerMoved(_))) =
            (&event, self.waiting.back_mut())
        {
            *last = event;
            return;
        }
        self.waiting.push_back(event);
    }

    /// The events of the next frame.
    fn take(&mut self, is_typing: bool) -> Vec<Event> {
        let mut taken = Vec::new();
        let mut has_typing = false;
        while let Some(next) = self.waiting.front() {
            match class(next, is_typing) {
                Class::Step if has_typing => break,
                Class::Step => {
                    self.take_step(&mut taken);
                    self.is_after_step = true;
                    break;
                }
                Class::Typing => has_typing = true,
                Class::Passive => {}
            }
            taken.extend(self.waiting.pop_front());
        }
        taken
    }

    /// A step, what belongs to it, and its repetitions: an arrow that is held must not go on after it was let go.
    fn take_step(&mut self, taken: &mut Vec<Event>) {
        let Some(step) = self.waiting.pop_front() else {
            return;
        };
        let of_key = pressed_key(&step).filter(|(key, _)| !moves_keyboard(*key));
        taken.push(step);
        let Some(of_key) = of_key else { return };
        while let Some(next) = self.waiting.front() {
            let belongs = match next {
                // The letter of the key.
                Event::Text(_) => matches!(taken.last(), Some(last) if pressed_key(last).is_some()),
                Event::Key { pressed: false, .. } => is_arrow(of_key.0),
                _ => pressed_key(next) == Some(of_key),
            };
            if !belongs {
                break;
            }
            taken.extend(self.waiting.pop_front());
        }
    }
}

/// Up and down in a menu or list go from entry to entry, and not to whatever is behind it.
fn walk_popup(event: &mut Event) {
    if let Event::Key { key, modifiers, .. } = event {
        let tab = match key {
            Key::ArrowDown => Modifiers::NONE,
            Key::ArrowUp => Modifiers::SHIFT,
            _ => return,
        };
        (*key, *modifiers) = (Key::Tab, tab);
    }
}

fn pressed_key(event: &Event) -> Option<(Key, Modifiers)> {
    match event {
        Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } => Some((*key, *modifiers)),
        _ => None,
    }
}

fn is_passive(event: &Event) -> bool {
    class(event, false) == Class::Passive
}

fn class(event: &Event, is_typing: bool) -> Class {
    let typing = match is_typing {
        true => Class::Typing,
        false => Class::Step,
    };
    match event {
        Event::Copy | Event::Cut | Event::Paste(_) | Event::PasteImage(_) | Event::Text(_) => {
            typing
        }
        Event::Ime(_) if is_typing => Class::Typing,
        Event::Key { pressed: false, .. } => Class::Passive,
        Event::Key { key, modifiers, .. } => {
            let is_step = moves_keyboard(*key)
                // In a field of one line they lead out of it, or step its number.
                || matches!(key, Key::ArrowUp | Key::ArrowDown)
                || modifiers.alt
                || (modifiers.command && !edits_text(*key));
            match is_step {
                true => Class::Step,
                false => typing,
            }
        }
        Event::PointerButton { .. }
        | Event::MiddleClickPaste { .. }
        | Event::AccessKitActionRequest(_) => Class::Step,
        Event::Ime(_)
        | Event::ModifiersChanged(_)
        | Event::PointerMoved(_)
        | Event::MouseMoved(_)
        | Event::PointerGone
        | Event::Zoom(_)
        | Event::Rotate(_)
        | Event::Touch { .. }
        | Event::MouseWheel { .. }
        | Event::WindowFocused(_) => Class::Passive,
    }
}

/// Keys that leave a field, or that may mean something to what is around it.
fn moves_keyboard(key: Key) -> bool {
    matches!(
        key,
        Key::Enter | Key::Tab | Key::Escape | Key::PageUp | Key::PageDown | Key::Insert
    ) || (Key::F1..=Key::F35).contains(&key)
}

/// What Ctrl with this key does happens within a text field.
fn edits_text(key: Key) -> bool {
    is_arrow(key)
        || matches!(
            key,
            Key::A | Key::Backspace | Key::Delete | Key::Z | Key::Y | Key::K | Key::U
        )
}

fn is_arrow(key: Key) -> bool {
    matches!(
        key,
        Key::ArrowUp | Key::ArrowDown | Key::ArrowLeft | Key::ArrowRight | Key::Home | Key::End
    )
}
