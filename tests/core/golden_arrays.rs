//! Arrays that the reference wrote, cell by cell against NumPy.

use crate::kit::{data, open, truth};
use cubescope::array::{Cell, Element};
use cubescope::dataset::{Content, Dataset};
use serde_json::Value as Json;

/// Whether a cell is what NumPy's `item()` gave, exactly.
fn is_same(cell: Cell, want: &Json, masked: &Json) -> bool {
    let float = |value: f64, want: &Json| match want.as_str() {
        Some("nan") => value.is_nan(),
        Some(text) => text.parse() == Ok(value),
        None => want.as_f64() == Some(value),
    };
    let complex = |re: f64, im: f64| float(re, &want[0]) && float(im, &want[1]);
    let value = match cell.value {
        Element::Bool(flag) => want.as_bool() == Some(flag),
        Element::Int(int) => want.as_i64() == Some(int),
        Element::UInt(int) => want.as_u64() == Some(int),
        Element::C64 { re, im } => complex(re.into(), im.into()),
        Element::C128 { re, im } => complex(re, im),
        other => float(other.to_f64(), want),
    };
    value && masked.as_bool() == Some(cell.masked)
}

fn all_indices(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![vec![]], |indices, &len| {
        let extend =
            |index: Vec<usize>| (0..len).map(move |i| index.iter().copied().chain([i]).collect());
        indices.into_iter().flat_map(extend).collect()
    })
}

fn check_cells(dataset: &Dataset, key: &str, want: &Json) {
    let item = dataset.item(key).unwrap();
    let view = dataset.array(item).unwrap();
    let indices = all_indices(view.shape());
    let cells = want["cells"].as_array().unwrap();
    assert_eq!(indices.len(), cells.len(), "{key}");
    for (at, index) in indices.iter().enumerate() {
        let cell = view.cell(index).unwrap();
        assert!(
            is_same(cell, &cells[at], &want["masked"][at]),
            "{key}{index:?}: {cell:?} is not {}",
            cells[at]
        );
    }
}

#[test]
fn every_plain_number_of_either_byte_order_in_any_number_of_dimensions() {
    let dataset = open(&data("arrays.mmdpickle"));
    let truth = truth("arrays.json");
    assert_eq!(dataset.items().count(), truth.len());
    for (key, want) in &truth {
        let item = dataset
            .item(key)
            .unwrap_or_else(|| panic!("{key} is not listed"));
        let layout = item
            .layout()
            .unwrap_or_else(|| panic!("{key} is no array: {:?}", item.content));
        assert_eq!(
            layout.dtype.text(),
            want["dtype"].as_str().unwrap(),
            "{key}"
        );
        assert_eq!(Json::from(layout.shape.clone()), want["shape"], "{key}");
        assert_eq!(item.is_masked(), want["kind"] == "masked", "{key}");
        if want.get("cells").is_some() {
            check_cells(&dataset, key, want);
        }
    }
}

#[test]
fn cells_of_other_dtypes_are_read_one_by_one() {
    let dataset = open(&data("arrays.mmdpickle"));
    for key in ["dates", "text", "unicode"] {
        let item = dataset.item(key).unwrap();
        assert!(dataset.array(item).is_err(), "{key} has no plain numbers");
        let cells = dataset.cells(item).unwrap();
        let texts: Vec<String> = all_indices(cells.shape())
            .iter()
            .map(|index| cells.cell(index).unwrap().value.to_string())
            .collect();
        println!("{key}: {texts:?}");
    }
}

#[test]
fn dead_entries_stay_as_history() {
    let dataset = open(&data("history.mmdpickle"));
    let live: Vec<&str> = dataset.items().map(|item| item.key.as_str()).collect();
    assert_eq!(live, ["kept", "replaced", "last"]);
    let dead: Vec<String> = dataset
        .dead_items()
        .map(|item| format!("{} {:?}", item.key, item.state))
        .collect();
    assert_eq!(dead, ["replaced Superseded", "deleted Deleted"]);
    assert!(
        dataset
            .dead_items()
            .any(|item| matches!(item.content, Content::Array(_)))
    );
    // Three sets, a replacement (2), a deletion (1), another set.
    assert_eq!(dataset.commit(), Some(7));
}
