//! The keyboard on its way to what is shown: whoever presses Enter on a key wants to go on in its field, its cells or its
//! picture, which may not be there before the value is read.

use eframe::egui;
use egui::{Context, Id};

fn flag() -> Id {
    Id::unique("the keyboard is for the view")
}

/// Whatever the view shows first that takes the keyboard gets it.
pub fn give_to_view(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(flag(), true));
}

/// Whether something waits for the view to take the keyboard.
pub fn is_on_its_way(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(flag())).unwrap_or(false)
}

fn hold_flag() -> Id {
    Id::unique("what is typed waits")
}

/// What is typed now is for something that is not there yet: a file that is about to become editable.
pub fn hold(ctx: &Context, is_held: bool) {
    ctx.data_mut(|data| data.insert_temp(hold_flag(), is_held));
}

/// See [`hold`].
pub fn is_held(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(hold_flag())).unwrap_or(false)
}

/// Asked by what can take it; `true` once.
pub fn take(ctx: &Context) -> bool {
    ctx.data_mut(|data| data.remove_temp(flag()))
        .unwrap_or(false)
}
