//! What a screen reader is told.

use super::table::window_with_array;
use super::*;
use egui_kittest::kittest::NodeT as _;

/// Whether something is part of another thing of this role.
fn is_inside(node: &egui_kittest::Node<'_>, role: Role) -> bool {
    let mut around = node.accesskit_node().parent();
    while let Some(node) = around {
        if node.role() == role {
            return true;
        }
        around = node.parent();
    }
    false
}

fn description(harness: &Window, label: &str) -> String {
    let node = harness.get_by_role_and_label(Role::Image, label);
    node.accesskit_node().description().unwrap_or_default()
}

#[test]
fn cells_are_in_their_table_and_keys_in_their_list() {
    let (_folder, mut harness) = window_with_array("int32", &[3, 3]);
    click(&mut harness, "Show as table");
    let cell = harness.get_by_label("row 1, column 2: 0");
    assert!(is_inside(&cell, Role::Grid));
    let key = harness.get_by_label_contains("hdr, float32");
    assert_eq!(key.accesskit_node().role(), Role::ListBoxOption);
    assert!(is_inside(&key, Role::ListBox));
}

#[test]
fn pictures_plots_lists_and_dialogs_are_described() {
    let mut harness = window_with_sample();
    click(&mut harness, "Single band");
    let middle = harness.get_by_label("Picture").rect().center();
    harness.hover_at(middle);
    harness.run_steps(3);
    settle(&mut harness);
    let read = readout(document(&harness)).expect("a read-out");
    let picture = description(&harness, "Picture");
    assert!(
        picture.contains(" pixels; ") && picture.ends_with(&read.value),
        "{picture}"
    );
    assert!(description(&harness, "Spectrum").contains("1 curve; "));
    click(&mut harness, "Statistics");
    assert!(description(&harness, "Histogram").starts_with("Values from "));
    for (list, value) in [("Scale", "Linear"), ("Colormap", "viridis")] {
        let node = harness.get_by_role_and_label(Role::ComboBox, list);
        let told = node.value().unwrap_or_default();
        assert!(told.eq_ignore_ascii_case(value), "{list}: {told}");
    }
    harness.key_press(egui::Key::F1);
    harness.run_steps(6);
    harness.get_by_role_and_label(Role::Dialog, "Keyboard shortcuts");
}
