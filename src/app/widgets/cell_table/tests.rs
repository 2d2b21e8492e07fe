use super::scroll_bar::Handle;

#[test]
fn a_handle_reaches_every_end_of_a_billion_rows() {
    let len = 1_000_000_000;
    let (count, track) = (40, 500.0);
    let last = len - count;
    let top = Handle::new(track, 0, count, len);
    assert_eq!(top.start, 0.0);
    assert_eq!(top.first_at(0.0, track, last), 0);
    assert_eq!(top.first_at(track, track, last), last);
    let bottom = Handle::new(track, last, count, len);
    assert!((bottom.start + bottom.length - track).abs() < 1e-9);
    // Half way is half way.
    let middle = Handle::new(track, last / 2, count, len);
    assert!(
        middle
            .first_at(middle.start, track, last)
            .abs_diff(last / 2)
            < 2
    );
    let all = Handle::new(track, 0, 40, 10);
    assert_eq!((all.start, all.length), (0.0, track));
}
