//! Widgets: they know design tokens and plain values, never the session.
//!
//! Each takes what it shows, paints it, and returns what the user did; nothing is changed in
//! place, and what a widget keeps from frame to frame (an open branch, a dragged line) lives in
//! egui's own memory. Panels decide where widgets go and what an event means.
//!
//! Every interactive part has an accessible label, quoted in the widget's documentation, since
//! tests and screen readers find it by that. Symbols are painted: the default fonts have few.

mod band_bar;
mod canvas;
mod cell_table;
mod field_error;
mod file_map;
mod histogram;
mod icon_button;
mod index_slider;
pub mod keyboard;
mod kind_icon;
mod number_field;
mod opcode_list;
mod paint;
mod row_bar;
mod scale_editor;
mod search_box;
mod sized_panel;
mod spectrum_plot;
pub mod spoken;
mod text_field;
mod timeline;
mod value_editor;
mod value_tree;

pub use band_bar::{BandBar, band_bar};
pub use canvas::{Canvas, CanvasEvents, DrawTool, Drawn, Layer, Marker, canvas};
pub use cell_table::{CellLook, CellTable, CellTableEvents, cell_table, cell_table_id};
pub use field_error::field_error;
pub use file_map::{FileMap, FileMapEvents, file_map, part_text};
pub use histogram::{Histogram, histogram};
pub use icon_button::{Icon, icon_button};
pub use index_slider::{index_number, index_slider};
pub use kind_icon::kind_icon;
pub use number_field::{NumberField, Numbers, number_field, number_text, number_text_near};
pub use opcode_list::{OpcodeList, OpcodeListEvents, opcode_list};
pub use scale_editor::{ScaleEditor, ScaleEvents, scale_editor};
pub use search_box::{SearchEvents, search_box};
pub use sized_panel::{PanelSide, sized_panel};
pub use spectrum_plot::{Curve, SpectrumEvents, SpectrumPlot, spectrum_plot};
pub use text_field::{field_id, line, lines, select_all};
pub use timeline::timeline;
pub use value_editor::{ValueEditor, ValueEditorEvents, value_editor};
pub use value_tree::value_tree;
