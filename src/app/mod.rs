//! The window: the only place that may say `egui`.
pub mod theme;
pub mod widgets;
