//! Design tokens: every colour, spacing and text size of the window, light and dark.
//!
//! The picture is the hero: surfaces are neutral greys with one accent, so that no colour near a
//! picture changes how it is read. It deliberately knows no widget; widgets ask for tokens.

use eframe::egui;
use egui::{Color32, CornerRadius, FontId, Margin, Stroke, TextStyle, Theme, vec2};

/// Colours and measures of one theme.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Two greys of the checker that shows through where a picture has no data.
    pub no_data: [Color32; 2],
    /// Around the picture, inside of the canvas.
    pub canvas: Color32,
    /// Selection, focus, the shown band.
    pub accent: Color32,
    /// Marker lines of the red, green and blue band.
    pub channels: [Color32; 3],
    /// Pins and their curves; use [`pin_color`].
    pub pins: [Color32; 8],
    /// The spectrum under the pointer, which has no pin yet.
    pub live_curve: Color32,
    /// The mean spectrum of a region.
    pub mean_curve: Color32,
    /// Drawn over a picture of any colour: the light and the dark half of a contrasting pair.
    pub halo: [Color32; 2],
    /// Texts of less weight: axis ticks, units, notes.
    pub weak_text: Color32,
    /// Grid lines and ticks.
    pub grid: Color32,
    /// Symbols of kinds of items.
    pub icon: Color32,
    /// Something to look at.
    pub warning: Color32,
    /// Something that failed.
    pub error: Color32,
    /// What is being masked, drawn over a picture.
    pub mask: Color32,
    /// What a comparison has only in the older version.
    pub removed: Color32,
    /// What a comparison has only in the newer version.
    pub added: Color32,
    /// What lies where in a file, in the order of `Part::ALL`: live, dead, freed, other, header, end, not read.
    pub parts: [Color32; 7],
    /// Between parts of one control.
    pub gap_small: f32,
    /// Between controls.
    pub gap: f32,
    /// Between groups of controls.
    pub gap_large: f32,
    /// Side of a small symbol or icon button.
    pub icon_side: f32,
    /// Axis ticks and notes.
    pub small_text: FontId,
    /// Numbers and values.
    pub number_text: FontId,
}

/// The tint of masked cells in pictures.
const MASK: Color32 = Color32::from_rgb(255, 0, 160);
const GAP_SMALL: f32 = 4.0;
const GAP: f32 = 8.0;
const GAP_LARGE: f32 = 14.0;
const ICON_SIDE: f32 = 16.0;
const BODY_SIZE: f32 = 13.0;
const SMALL_SIZE: f32 = 11.0;
const HEADING_SIZE: f32 = 16.0;
const RADIUS: CornerRadius = CornerRadius::same(4);

impl Tokens {
    /// Tokens of one theme.
    pub fn of(theme: Theme) -> Self {
        match theme {
            Theme::Dark => Self::dark(),
            Theme::Light => Self::light(),
        }
    }

    fn dark() -> Self {
        Self {
            no_data: [Color32::from_gray(52), Color32::from_gray(66)],
            canvas: Color32::from_gray(17),
            accent: Color32::from_rgb(86, 156, 230),
            channels: [
                Color32::from_rgb(240, 96, 84),
                Color32::from_rgb(92, 200, 104),
                Color32::from_rgb(104, 150, 255),
            ],
            pins: [
                Color32::from_rgb(230, 159, 0),
                Color32::from_rgb(86, 180, 233),
                Color32::from_rgb(20, 184, 140),
                Color32::from_rgb(226, 139, 186),
                Color32::from_rgb(240, 228, 66),
                Color32::from_rgb(230, 110, 40),
                Color32::from_rgb(80, 140, 220),
                Color32::from_rgb(176, 176, 176),
            ],
            live_curve: Color32::from_gray(225),
            mean_curve: Color32::from_rgb(186, 140, 255),
            halo: [Color32::from_gray(255), Color32::from_gray(0)],
            weak_text: Color32::from_gray(150),
            grid: Color32::from_gray(78),
            icon: Color32::from_gray(176),
            warning: Color32::from_rgb(240, 176, 64),
            error: Color32::from_rgb(242, 112, 100),
            removed: Color32::from_rgb(240, 130, 116),
            added: Color32::from_rgb(112, 200, 122),
            parts: [
                Color32::from_rgb(64, 128, 196),
                Color32::from_rgb(214, 150, 60),
                Color32::from_rgb(150, 118, 76),
                Color32::from_gray(120),
                Color32::from_rgb(188, 140, 220),
                Color32::from_rgb(92, 200, 150),
                Color32::from_rgb(236, 92, 84),
            ],
            ..Self::measures()
        }
    }

    fn light() -> Self {
        Self {
            no_data: [Color32::from_gray(214), Color32::from_gray(232)],
            canvas: Color32::from_gray(226),
            accent: Color32::from_rgb(20, 98, 178),
            channels: [
                Color32::from_rgb(200, 40, 34),
                Color32::from_rgb(22, 128, 50),
                Color32::from_rgb(40, 84, 214),
            ],
            pins: [
                Color32::from_rgb(184, 118, 0),
                Color32::from_rgb(24, 132, 190),
                Color32::from_rgb(0, 124, 90),
                Color32::from_rgb(184, 84, 138),
                Color32::from_rgb(142, 130, 0),
                Color32::from_rgb(200, 76, 0),
                Color32::from_rgb(0, 84, 150),
                Color32::from_rgb(92, 92, 92),
            ],
            live_curve: Color32::from_gray(28),
            mean_curve: Color32::from_rgb(118, 56, 200),
            halo: [Color32::from_gray(255), Color32::from_gray(0)],
            weak_text: Color32::from_gray(92),
            grid: Color32::from_gray(176),
            icon: Color32::from_gray(84),
            warning: Color32::from_rgb(160, 96, 0),
            error: Color32::from_rgb(186, 34, 26),
            removed: Color32::from_rgb(176, 40, 32),
            added: Color32::from_rgb(20, 112, 44),
            parts: [
                Color32::from_rgb(58, 124, 196),
                Color32::from_rgb(206, 136, 30),
                Color32::from_rgb(196, 170, 130),
                Color32::from_gray(150),
                Color32::from_rgb(136, 82, 176),
                Color32::from_rgb(14, 138, 92),
                Color32::from_rgb(200, 44, 36),
            ],
            ..Self::measures()
        }
    }

    /// What both themes share; the colours are placeholders that each theme replaces.
    fn measures() -> Self {
        let none = Color32::TRANSPARENT;
        Self {
            no_data: [none; 2],
            canvas: none,
            accent: none,
            channels: [none; 3],
            pins: [none; 8],
            live_curve: none,
            mean_curve: none,
            halo: [none; 2],
            weak_text: none,
            grid: none,
            icon: none,
            warning: none,
            error: none,
            mask: MASK,
            removed: none,
            added: none,
            parts: [none; 7],
            gap_small: GAP_SMALL,
            gap: GAP,
            gap_large: GAP_LARGE,
            icon_side: ICON_SIDE,
            small_text: FontId::proportional(SMALL_SIZE),
            number_text: FontId::monospace(BODY_SIZE - 1.0),
        }
    }
}

/// Tokens of the theme in use.
pub fn tokens(ui: &egui::Ui) -> Tokens {
    Tokens::of(Theme::from_dark_mode(ui.visuals().dark_mode))
}

/// Colours of pins and their curves: distinct, readable in both themes, colour-blind aware,
/// repeating after the last.
///
/// After Okabe and Ito, lightened or darkened until each has contrast to the theme's background.
pub fn pin_color(tokens: &Tokens, index: usize) -> Color32 {
    tokens.pins[index % tokens.pins.len()]
}

/// Fonts, spacing, rounding, visuals of both themes. Called once at start.
pub fn install(ctx: &egui::Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            style.text_styles = [
                (TextStyle::Small, FontId::proportional(SMALL_SIZE)),
                (TextStyle::Body, FontId::proportional(BODY_SIZE)),
                (TextStyle::Button, FontId::proportional(BODY_SIZE)),
                (TextStyle::Heading, FontId::proportional(HEADING_SIZE)),
                (TextStyle::Monospace, FontId::monospace(BODY_SIZE - 1.0)),
            ]
            .into();
            let spacing = &mut style.spacing;
            spacing.item_spacing = vec2(GAP, GAP_SMALL);
            spacing.button_padding = vec2(7.0, 2.0);
            spacing.interact_size = vec2(32.0, 22.0);
            spacing.menu_margin = Margin::same(6);
            spacing.window_margin = Margin::same(12);
            spacing.indent = 16.0;
            spacing.slider_width = 160.0;
            spacing.slider_rail_height = 5.0;
            spacing.combo_width = 60.0;
            spacing.combo_height = 420.0;
            spacing.tooltip_width = 420.0;
            style.interaction.tooltip_delay = 0.4;
            style.visuals = visuals(theme);
        });
    }
}

fn visuals(theme: Theme) -> egui::Visuals {
    let tokens = Tokens::of(theme);
    let mut visuals = match theme {
        Theme::Dark => egui::Visuals::dark(),
        Theme::Light => egui::Visuals::light(),
    };
    // panel, window or popup, text field, at rest, hovered, pressed, outline, text, strong text
    let [panel, window, field, rest, hover, press, line, text, strong] = match theme {
        Theme::Dark => [30, 37, 20, 50, 62, 74, 58, 206, 245],
        Theme::Light => [246, 252, 255, 230, 219, 204, 204, 38, 0],
    }
    .map(Color32::from_gray);

    visuals.panel_fill = panel;
    visuals.window_fill = window;
    visuals.extreme_bg_color = field;
    visuals.faint_bg_color = match theme {
        Theme::Dark => Color32::from_gray(35),
        Theme::Light => Color32::from_gray(240),
    };
    visuals.code_bg_color = rest;
    visuals.window_stroke = Stroke::new(1.0, line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.warning;
    visuals.error_fg_color = tokens.error;
    visuals.weak_text_color = Some(tokens.weak_text);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Rect { aspect_ratio: 0.5 };
    visuals.selection.bg_fill = match theme {
        Theme::Dark => Color32::from_rgb(34, 82, 132),
        Theme::Light => Color32::from_rgb(176, 210, 244),
    };
    visuals.selection.stroke = Stroke::new(
        1.0,
        match theme {
            Theme::Dark => Color32::from_rgb(206, 228, 252),
            Theme::Light => Color32::from_rgb(6, 50, 98),
        },
    );

    let widgets = &mut visuals.widgets;
    for (state, fill) in [
        (&mut widgets.noninteractive, panel),
        (&mut widgets.inactive, rest),
        (&mut widgets.hovered, hover),
        (&mut widgets.active, press),
        (&mut widgets.open, hover),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.corner_radius = RADIUS;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.0, text);
        state.expansion = 0.0;
    }
    widgets.inactive.bg_stroke = Stroke::NONE;
    widgets.hovered.fg_stroke = Stroke::new(1.5, strong);
    widgets.hovered.bg_stroke = Stroke::new(1.0, tokens.weak_text);
    // Also the look of what has the keyboard.
    widgets.active.fg_stroke = Stroke::new(1.5, strong);
    widgets.active.bg_stroke = Stroke::new(1.5, tokens.accent);
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f64 {
        let linear = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn texts_and_curves_can_be_read_on_their_background() {
        for theme in [Theme::Dark, Theme::Light] {
            let tokens = Tokens::of(theme);
            let visuals = visuals(theme);
            for background in [visuals.panel_fill, visuals.extreme_bg_color] {
                for color in [visuals.text_color(), tokens.weak_text, tokens.error] {
                    let contrast = contrast(color, background);
                    assert!(contrast >= 4.5, "{theme:?} {color:?} {contrast}");
                }
                let curves = tokens.pins.iter().chain(&tokens.channels);
                let others = [
                    &tokens.accent,
                    &tokens.live_curve,
                    &tokens.mean_curve,
                    &tokens.icon,
                ];
                for &color in curves.chain(others) {
                    let contrast = contrast(color, background);
                    assert!(contrast >= 3.0, "{theme:?} {color:?} {contrast}");
                }
            }
        }
    }

    #[test]
    fn pin_colours_differ_and_repeat() {
        for theme in [Theme::Dark, Theme::Light] {
            let tokens = Tokens::of(theme);
            let len = tokens.pins.len();
            assert_eq!(pin_color(&tokens, 0), pin_color(&tokens, len));
            for i in 0..len {
                for j in 0..i {
                    assert_ne!(pin_color(&tokens, i), pin_color(&tokens, j));
                }
            }
        }
    }

    #[test]
    fn no_token_of_a_theme_is_forgotten() {
        for theme in [Theme::Dark, Theme::Light] {
            assert!(!format!("{:?}", Tokens::of(theme)).contains("#00_00_00_00"));
        }
    }
}
