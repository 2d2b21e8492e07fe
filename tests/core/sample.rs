//! The sample cube that comes with the program.

use crate::kit::{data, open, sample};
use cubescope::dataset::Bands;

#[test]
fn the_first_picture_is_a_true_colour_composite_of_the_scan() {
    let dataset = open(&sample());
    let item = dataset.first_item().unwrap();
    assert_eq!(item.key, "scan-00000");
    let (roles, bands) = dataset.first_picture(item).unwrap();
    assert_eq!((roles.y, roles.x, roles.band), (0, 1, Some(2)));
    // 646.72, 547.6 and 458.9 nm.
    assert_eq!(bands, Bands::Composite([25, 15, 6]));
}

#[test]
fn its_wavelengths_are_not_sorted_and_are_found_all_the_same() {
    let dataset = open(&sample());
    let item = dataset.item("scan-00000").unwrap();
    let (axis, wavelengths) = dataset.spectral_axis(item).unwrap();
    assert_eq!(
        (axis, wavelengths.values().len(), wavelengths.unit()),
        (2, 200, "nm")
    );
    assert!(
        wavelengths
            .values()
            .windows(2)
            .any(|pair| pair[1] < pair[0])
    );
    for (band, &centre) in wavelengths.values().iter().enumerate() {
        let nearest = wavelengths.nearest(centre);
        assert_eq!(wavelengths.values()[nearest], centre, "band {band}");
    }
}

#[test]
fn companions_are_grouped_with_their_scan() {
    let dataset = open(&sample());
    let families = dataset.families();
    let scan = families
        .iter()
        .find(|family| family.head.key == "scan-00000")
        .unwrap();
    let members: Vec<&str> = scan.members.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(members, ["scan-00000-p"]);
}

#[test]
fn what_is_shown_first_has_cells_and_numbers() {
    let dataset = open(&data("arrays.mmdpickle"));
    let item = dataset.first_item().unwrap();
    let layout = item.layout().unwrap();
    assert!(layout.dtype.number().is_some(), "{}", item.key);
    assert!(
        layout.cells().is_some_and(|cells| cells > 0),
        "{}",
        item.key
    );
}
