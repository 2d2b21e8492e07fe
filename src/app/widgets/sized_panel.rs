//! A panel whose size is the user's wish, as far as there is room.

use eframe::egui;
use egui::containers::panel::PanelState;
use egui::{Panel, Rangef, Rect, vec2};

/// At which side of the rest a [`sized_panel`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelSide {
    /// Its width is chosen.
    Left,
    /// Its width is chosen.
    Right,
    /// Its height is chosen.
    Bottom,
}

/// A resizable panel with a first size and a range.
///
/// egui remembers the size that a panel had last, also when a small window left it no more. Here
/// what the user chose is remembered: the panel is as large as before once there is room again.
pub fn sized_panel(
    ui: &mut egui::Ui,
    side: PanelSide,
    salt: &'static str,
    first: f32,
    range: Rangef,
    contents: impl FnOnce(&mut egui::Ui),
) {
    let panel = match side {
        PanelSide::Left => Panel::left(salt),
        PanelSide::Right => Panel::right(salt),
        PanelSide::Bottom => Panel::bottom(salt).frame(egui::Frame::NONE),
    };
    let length = |rect: Rect| match side {
        PanelSide::Left | PanelSide::Right => rect.width(),
        PanelSide::Bottom => rect.height(),
    };
    let room = length(ui.available_rect_before_wrap());
    let most = range.max.min(room).max(1.0);
    let range = Rangef::new(range.min.min(most), most);
    let panel_id = ui.scope_id().with_salt(egui::IdSalt::new(salt));
    let id = panel_id.with("wanted");
    let wanted = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(first);
    let expected = range.clamp(wanted);
    ui.data_mut(|data| {
        let outer_rect = Rect::from_min_size(egui::Pos2::ZERO, vec2(expected, expected));
        data.insert_persisted(panel_id, PanelState { outer_rect });
    });
    let shown = panel
        .resizable(true)
        .default_size(expected)
        .size_range(range)
        .show(ui, contents);
    let size = length(shown.response.rect);
    // Another size than was asked for is one that the user dragged it to.
    if (size - expected).abs() > 1.5 {
        ui.data_mut(|data| data.insert_temp(id, size));
    }
}
