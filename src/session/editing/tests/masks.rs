//! Masks: painted in place, added and dropped as new versions, undone.

use super::*;
use crate::analysis::Values;
use crate::array::{ArrayView, Outline};
use crate::exchange::put_empty;
use crate::render::MaskedCells;
use crate::session::editing::CellsEdit;
use crate::session::mask_tools::MaskTools;

/// The case with a masked array of zeros, selected.
fn masked(dtype: &str, shape: &[u64]) -> Case {
    let mut case = case();
    let path = case.path.clone();
    put_empty(
        &path,
        "new",
        Plan::Absent,
        dtype,
        shape,
        true,
        &Progress::new(),
    )
    .unwrap();
    wait_for_key(&mut case, "new");
    case.act(Action::SelectKey("new".to_owned()));
    case
}

fn wait_for_key(case: &mut Case, key: &str) {
    let deadline = std::time::Instant::now() + TIMEOUT;
    while case.document().dataset().unwrap().item(key).is_none() {
        assert!(std::time::Instant::now() < deadline, "{key} does not come");
        std::thread::sleep(Duration::from_millis(20));
        case.session.take_in();
    }
    assert!(case.session.settle(TIMEOUT));
}

fn view(case: &Case, key: &str) -> ArrayView {
    let dataset = Dataset::open(&case.path, &Progress::new()).unwrap();
    dataset.array(dataset.item(key).unwrap()).unwrap()
}

/// Indices of the masked cells, as a fresh look at the file finds them.
fn masked_cells(case: &Case) -> Vec<Vec<usize>> {
    let view = view(case, "new");
    let [rows, columns, bands] = view.shape().try_into().unwrap_or([1, 1, 1]);
    let mut found = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            for band in 0..bands {
                if view.cell(&[row, column, band]).unwrap().masked {
                    found.push(vec![row, column, band]);
                }
            }
        }
    }
    found
}

fn tools(case: &mut Case, change: impl FnOnce(&mut MaskTools)) {
    let mut tools = *case.document().mask_tools();
    change(&mut tools);
    case.act(Action::SetMaskTools(tools));
}

fn rectangle(rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Action {
    Action::PaintMask(Outline::Rectangle { rows, columns })
}

fn undo_label(case: &Case) -> Option<String> {
    case.document().editing().undo_label().map(str::to_owned)
}

#[test]
fn cells_are_masked_in_the_shown_band_or_in_all_and_undone() {
    let mut case = masked("uint16", &[4, 5, 3]);
    let before = std::fs::read(&case.path).unwrap();
    case.act(Action::SetBand(1));
    case.act(rectangle(1..2, 2..4));
    assert_eq!(masked_cells(&case), [[1, 2, 1], [1, 3, 1]]);
    assert_eq!(
        undo_label(&case).as_deref(),
        Some("Mask cells of \"new\" (2 cells)")
    );
    assert_eq!(
        std::fs::metadata(&case.path).unwrap().len(),
        before.len() as u64,
        "masking takes no space"
    );
    tools(&mut case, |tools| tools.all_bands = true);
    case.act(rectangle(1..2, 3..4));
    assert_eq!(
        masked_cells(&case),
        [[1, 2, 1], [1, 3, 0], [1, 3, 1], [1, 3, 2]]
    );
    assert_eq!(
        undo_label(&case).as_deref(),
        Some("Mask cells of \"new\" (2 cells)"),
        "one was masked before"
    );
    tools(&mut case, |tools| tools.unmasks = true);
    case.act(rectangle(0..4, 0..3));
    assert_eq!(masked_cells(&case), [[1, 3, 0], [1, 3, 1], [1, 3, 2]]);
    // One after the other back, and all of it again.
    case.act(Action::Undo);
    assert_eq!(masked_cells(&case).len(), 4);
    case.act(Action::Undo);
    assert_eq!(masked_cells(&case), [[1, 2, 1], [1, 3, 1]]);
    case.act(Action::Undo);
    assert_eq!(masked_cells(&case), Vec::<Vec<usize>>::new());
    let after = std::fs::read(&case.path).unwrap();
    let different = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    assert!(different <= 4, "only the commit number: {different} bytes");
    for _ in 0..3 {
        case.act(Action::Redo);
    }
    assert_eq!(masked_cells(&case), [[1, 3, 0], [1, 3, 1], [1, 3, 2]]);
    assert!(case.notices().is_empty(), "{:?}", case.notices());
}

#[test]
fn masking_is_undone_after_closing_and_opening_again() {
    let mut case = masked("uint8", &[4, 5, 3]);
    case.act(Action::PaintMask(Outline::Stroke {
        points: vec![[0.0, 0.0], [4.0, 3.0]],
        size: 1.0,
    }));
    let count = masked_cells(&case).len();
    assert!(count >= 5);
    case.session = open(&case.folder, &case.path);
    case.act(Action::SetEditing(true));
    assert_eq!(masked_cells(&case).len(), count);
    case.act(Action::Undo);
    assert_eq!(masked_cells(&case).len(), 0);
    assert!(case.notices().is_empty(), "{:?}", case.notices());
}

#[test]
fn the_mask_is_inverted_in_what_is_shown() {
    let mut case = masked("uint8", &[2, 2, 2]);
    case.act(rectangle(0..1, 0..1));
    case.act(Action::InvertMask);
    let band = case.document().view().unwrap().band;
    let masked = masked_cells(&case);
    assert_eq!(masked, [[0, 1, band], [1, 0, band], [1, 1, band]]);
    tools(&mut case, |tools| tools.all_bands = true);
    case.act(Action::InvertMask);
    assert_eq!(masked_cells(&case).len(), 8 - 3);
}

#[test]
fn cells_are_chosen_by_value_in_the_shown_band() {
    let mut case = masked("float32", &[2, 3, 2]);
    let write = |cells: &[([usize; 3], &str)]| {
        let cell = |(index, text): &([usize; 3], &str)| (index.to_vec(), (*text).to_owned());
        Action::WriteCells(CellsEdit {
            key: "new".to_owned(),
            cells: cells.iter().map(cell).collect(),
        })
    };
    case.act(write(&[
        ([0, 1, 1], "2.5"),
        ([1, 2, 1], "7"),
        ([1, 0, 1], "nan"),
        ([0, 0, 0], "2.5"),
    ]));
    case.act(Action::SetBand(1));
    case.act(Action::MaskValues(Values::Between(2.0, 3.0)));
    assert_eq!(masked_cells(&case), [[0, 1, 1]]);
    tools(&mut case, |tools| tools.all_bands = true);
    case.act(Action::MaskValues(Values::NotFinite));
    assert_eq!(masked_cells(&case), [[0, 1, 1], [1, 0, 0], [1, 0, 1]]);
}

#[test]
fn what_is_like_a_pixel_is_masked_around_it() {
    let mut case = case();
    case.act(Action::SelectKey("scan-00000".to_owned()));
    case.act(Action::SetMask(true));
    tools(&mut case, |tools| {
        (tools.all_bands, tools.angle) = (true, 0.0)
    });
    case.act(Action::MaskSimilar([3, 2]));
    let view = view(&case, "scan-00000");
    assert!(view.cell(&[2, 3, 0]).unwrap().masked);
    assert!(view.cell(&[2, 3, 79]).unwrap().masked);
    let label = undo_label(&case).unwrap();
    let bands = view.shape()[2];
    assert!(label.ends_with(&format!("({bands} cells)")), "{label}");
    case.act(Action::Undo);
    tools(&mut case, |tools| tools.angle = 180.0);
    case.act(Action::MaskSimilar([3, 2]));
    let label = undo_label(&case).unwrap();
    let all = view.num_cells();
    assert!(label.ends_with(&format!("({all} cells)")), "{label}");
}

#[test]
fn a_mask_is_added_and_dropped_as_a_new_version() {
    let mut case = case();
    case.act(Action::SelectKey("scan-00000".to_owned()));
    let values = |case: &Case| {
        let view = view(case, "scan-00000");
        let cells = [[0, 0, 0], [79, 87, 3], [40, 2, 60]].map(|at| view.cell(&at).unwrap());
        cells.map(|cell| cell.value)
    };
    let before = values(&case);
    let is_masked = |case: &Case| {
        let item = case.document().item().unwrap();
        assert_eq!(item.key, "scan-00000");
        item.layout().unwrap().mask.is_some()
    };
    case.act(Action::SetMask(true));
    assert!(is_masked(&case));
    assert_eq!(values(&case), before);
    // What is painted on the new version is undone before it is.
    case.act(rectangle(0..1, 0..1));
    case.act(Action::SetMask(false));
    assert!(!is_masked(&case));
    assert_eq!(values(&case), before);
    case.act(Action::Undo);
    assert!(is_masked(&case));
    case.act(Action::Undo);
    case.act(Action::Undo);
    assert!(!is_masked(&case));
    assert!(case.notices().is_empty(), "{:?}", case.notices());
    let found = versions(case.document().dataset().unwrap(), "scan-00000");
    assert_eq!(found.len(), 3);
}

#[test]
fn what_cannot_be_masked_says_why() {
    let mut case = case();
    case.act(Action::SelectKey("scan-00000".to_owned()));
    case.act(rectangle(0..1, 0..1));
    case.act(Action::SetMask(false));
    let [no_mask, none_to_drop] = case.notices()[..] else {
        panic!("{:?}", case.notices());
    };
    assert!(no_mask.contains("has no mask; add one first"), "{no_mask}");
    assert!(none_to_drop.contains("has no mask"), "{none_to_drop}");
    case.act(Action::SetEditing(false));
    case.act(Action::SetMask(true));
    assert!(
        case.notices()[2].contains("reading only"),
        "{:?}",
        case.notices()
    );
    assert_eq!(undo_label(&case), None);
}

#[test]
fn masked_cells_are_hidden_tinted_or_shown() {
    let mut case = masked("uint8", &[4, 4, 2]);
    case.act(rectangle(1..2, 1..2));
    let pixel = |case: &Case, at: (u32, u32)| {
        let picture = case.document().feeds().picture().shown().unwrap();
        picture.overview.image.get_pixel(at.0, at.1).0
    };
    let plain = pixel(&case, (0, 0));
    assert_eq!(pixel(&case, (1, 1))[3], 0);
    case.act(Action::ShowMasked(MaskedCells::Shown));
    assert_eq!(pixel(&case, (1, 1)), plain);
    case.act(Action::ShowMasked(MaskedCells::Tinted));
    assert_ne!(pixel(&case, (1, 1)), plain);
    assert_eq!(
        (pixel(&case, (1, 1))[3], pixel(&case, (0, 0))),
        (255, plain)
    );
}

/// The program ends in the middle of painting: half of the cells are masked. What they were is known, and comes back.
#[test]
fn painting_that_was_interrupted_can_be_undone() {
    let mut case = masked("uint8", &[4, 4, 2]);
    case.act(rectangle(0..1, 0..1));
    let before = masked_cells(&case);
    tools(&mut case, |tools| tools.all_bands = true);
    case.act(rectangle(1..3, 0..4));
    // As if the last bytes had not been written.
    let item = case.document().item().unwrap().clone();
    let mask = item.layout().unwrap().mask.clone().unwrap();
    let bytes = std::fs::read(&case.path).unwrap();
    let from = usize::try_from(mask.data_offset).unwrap() + 14;
    let mut cut = bytes.clone();
    cut[from..from + 10].fill(0);
    assert_ne!(cut, bytes);
    std::fs::write(&case.path, cut).unwrap();
    case.session = open(&case.folder, &case.path);
    case.act(Action::SetEditing(true));
    case.act(Action::Undo);
    assert_eq!(masked_cells(&case), before);
    assert!(case.notices().is_empty(), "{:?}", case.notices());
}
