//! Masks by label: the tools, painting on the picture, how masked cells look.

use super::*;
use crate::analysis::Values;
use crate::render::MaskedCells;
use crate::session::mask_tools::MaskTool;

/// A copy of the sample, editable, with the tools open.
fn with_tools() -> (tempfile::TempDir, Window) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("copy.mmdpickle");
    std::fs::copy(sample(), &path).expect("a copy");
    let mut harness = window();
    harness.state_mut().session_mut().apply(Action::Open(path));
    settle(&mut harness);
    click(&mut harness, "Single band");
    click(&mut harness, "Mask tools");
    (folder, harness)
}

fn has_mask(harness: &Window) -> bool {
    let item = document(harness).item().expect("an item");
    item.layout().expect("an array").mask.is_some()
}

fn editable_mask() -> (tempfile::TempDir, Window) {
    let (folder, mut harness) = with_tools();
    click(&mut harness, "Edit");
    click(&mut harness, "Add mask");
    assert!(has_mask(&harness));
    (folder, harness)
}

fn masked_count(harness: &Window) -> usize {
    let document = document(harness);
    let item = document.item().expect("an item");
    let view = document
        .dataset()
        .expect("a file")
        .array(item)
        .expect("an array");
    let band = document.view().expect("a view").band;
    let plane = view.index_axis(2, band).expect("a band");
    let planes = crate::array::gather(&[plane], &crate::progress::Progress::new());
    let planes = planes.expect("a plane");
    planes[0]
        .masked
        .as_ref()
        .map_or(0, |mask| mask.iter().filter(|masked| **masked).count())
}

fn undo_label(harness: &Window) -> String {
    document(harness)
        .editing()
        .undo_label()
        .unwrap_or_default()
        .to_owned()
}

/// Drags over the picture, from its middle on.
fn drag(harness: &mut Window, by: egui::Vec2) {
    let start = harness.get_by_label("Picture").rect().center();
    harness.hover_at(start);
    harness.run_steps(1);
    harness.drag_at(start);
    harness.run_steps(1);
    for part in [0.3, 0.7, 1.0] {
        harness.hover_at(start + by * part);
        harness.run_steps(1);
    }
    harness.drop_at(start + by);
    harness.run_steps(2);
    settle(harness);
}

#[test]
fn an_array_without_a_mask_offers_one_when_it_can_be_changed() {
    let (_folder, mut harness) = with_tools();
    harness.get_by_label("This array has no mask.");
    let button = harness.get_by_role_and_label(Role::Button, "Add mask");
    use egui_kittest::kittest::NodeT as _;
    assert!(button.accesskit_node().is_disabled());
    click(&mut harness, "Edit");
    click(&mut harness, "Add mask");
    assert!(has_mask(&harness));
    harness.get_by_label("Brush");
    click(&mut harness, "Drop mask");
    assert!(!has_mask(&harness));
    click(&mut harness, "Undo");
    assert!(has_mask(&harness));
}

#[test]
fn the_brush_paints_and_undo_takes_it_back() {
    let (_folder, mut harness) = editable_mask();
    click(&mut harness, "Brush");
    let camera = document(&harness).view().expect("a view").camera;
    drag(&mut harness, egui::vec2(60.0, 30.0));
    let painted = masked_count(&harness);
    assert!(painted > 5, "{painted}");
    assert_eq!(
        undo_label(&harness),
        format!("Mask cells of \"scan-00000\" ({painted} cells)")
    );
    let view = document(&harness).view().expect("a view");
    assert_eq!(
        (view.camera, view.pins.len()),
        (camera, 0),
        "it neither pans nor pins"
    );
    // The same way with the other tool takes it away again.
    click(&mut harness, "Unmask");
    drag(&mut harness, egui::vec2(60.0, 30.0));
    assert_eq!(masked_count(&harness), 0);
    click(&mut harness, "Undo");
    assert_eq!(masked_count(&harness), painted);
    click(&mut harness, "Inspect");
    drag(&mut harness, egui::vec2(60.0, 30.0));
    assert_eq!(masked_count(&harness), painted);
    assert_ne!(document(&harness).view().expect("a view").camera, camera);
}

#[test]
fn rectangle_similar_and_invert_are_there() {
    let (_folder, mut harness) = editable_mask();
    click(&mut harness, "Rectangle");
    drag(&mut harness, egui::vec2(40.0, 40.0));
    let painted = masked_count(&harness);
    assert!(painted > 4, "{painted}");
    click(&mut harness, "Invert");
    assert_eq!(masked_count(&harness), 80 * 88 - painted);
    click(&mut harness, "Undo");
    click(&mut harness, "All bands");
    assert!(document(&harness).mask_tools().all_bands);
    click(&mut harness, "Similar");
    assert_eq!(document(&harness).mask_tools().tool, MaskTool::Similar);
    harness.get_by_role_and_label(Role::SpinButton, "Angle (°)");
    let before = undo_label(&harness);
    let middle = harness.get_by_label("Picture").rect().center();
    harness.hover_at(middle);
    harness.run_steps(1);
    harness.drag_at(middle);
    harness.run_steps(1);
    harness.drop_at(middle);
    harness.run_steps(2);
    settle(&mut harness);
    assert_ne!(undo_label(&harness), before);
    assert_eq!(
        document(&harness).view().map(|view| view.pins.len()),
        Some(0)
    );
}

#[test]
fn values_are_typed_and_masked() {
    let (_folder, mut harness) = editable_mask();
    let picture = document(&harness)
        .feeds()
        .picture()
        .shown()
        .expect("a picture");
    let high = picture.limits[0].expect("limits").hi;
    let mut tools = *document(&harness).mask_tools();
    tools.values = [Some(high), None];
    let session = harness.state_mut().session_mut();
    session.apply(Action::SetMaskTools(tools));
    harness.run_steps(2);
    click(&mut harness, "By value");
    let by_button = masked_count(&harness);
    assert!(by_button > 0);
    click(&mut harness, "Undo");
    assert_eq!(masked_count(&harness), 0);
    let values = Values::Between(high, f64::INFINITY);
    harness
        .state_mut()
        .session_mut()
        .apply(Action::MaskValues(values));
    settle(&mut harness);
    assert_eq!(masked_count(&harness), by_button);
}

#[test]
fn masked_cells_can_be_tinted() {
    let (_folder, mut harness) = editable_mask();
    click(&mut harness, "Tinted");
    assert_eq!(
        document(&harness).view().map(|view| view.masked),
        Some(MaskedCells::Tinted)
    );
    click(&mut harness, "Hidden");
    assert_eq!(
        document(&harness).view().map(|view| view.masked),
        Some(MaskedCells::Hidden)
    );
}
