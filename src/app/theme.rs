//! Design tokens: every colour, spacing and text size of the window, light and dark.
//!
//! SKELETON with the agreed public interface; tokens to be added as fields.
#![allow(unused)]
use eframe::egui;

#[derive(Debug, Clone)]
pub struct Tokens {
    /// Two greys of the checker that shows through where a picture has no data.
    pub no_data: [egui::Color32; 2],
}

/// Tokens of the theme in use.
pub fn tokens(ui: &egui::Ui) -> Tokens {
    todo!()
}
/// Colours of pins and their curves: distinct, readable in both themes, colour-blind aware, repeating after the last.
pub fn pin_color(tokens: &Tokens, index: usize) -> egui::Color32 {
    todo!()
}
/// Fonts, spacing, rounding, visuals of both themes. Called once at start.
pub fn install(ctx: &egui::Context) {
    todo!()
}
