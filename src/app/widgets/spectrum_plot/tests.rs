use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::*;
use egui_plot::GridInput;

#[derive(Default)]
struct State {
    curves: Vec<Vec<[f64; 2]>>,
    sigma: Option<Vec<f64>>,
    markers: Vec<f64>,
    events: Vec<SpectrumEvents>,
    snaps: bool,
}

fn harness(state: State) -> Harness<'static, State> {
    let builder = Harness::builder()
        .with_size((500.0, 300.0))
        .with_step_dt(0.05)
        .with_max_steps(100);
    builder.build_ui_state(
        |ui, state: &mut State| {
            let curves: Vec<_> = state
                .curves
                .iter()
                .zip(["First", "Second", "Third"])
                .map(|(points, name)| Curve {
                    name,
                    color: Color32::GRAY,
                    points,
                    sigma: state.sigma.as_deref(),
                    masked: &[],
                })
                .collect();
            let markers: Vec<_> = state
                .markers
                .iter()
                .map(|&x| (x, Color32::RED, "M"))
                .collect();
            let plot = SpectrumPlot {
                curves: &curves,
                x_label: "Wavelength (nm)",
                y_label: "Value",
                markers: &markers,
                empty_hint: "Move over the picture",
                id: "plot",
            };
            let events = spectrum_plot(ui, &plot);
            if let Some((index, x)) = events.marker_moved
                && state.snaps
            {
                state.markers[index] = x.round();
            }
            state.events.push(events);
        },
        state,
    )
}

fn ramp() -> Vec<[f64; 2]> {
    (0..=100)
        .map(|i| [400.0 + f64::from(i) * 4.0, f64::from(i)])
        .collect()
}

fn moved(harness: &mut Harness<'_, State>) -> Vec<(usize, f64)> {
    let events = std::mem::take(&mut harness.state_mut().events);
    events.into_iter().filter_map(|e| e.marker_moved).collect()
}

#[test]
fn a_marker_is_dragged_to_where_the_pointer_is() {
    let mut harness = harness(State {
        curves: vec![ramp()],
        markers: vec![500.0],
        snaps: true,
        ..State::default()
    });
    harness.run_ok();
    let frame = harness.get_by_label("Spectrum").rect();
    let grabbed = harness.get_by_label("Shown band").rect().center() + vec2(4.0, 0.0);
    harness.hover_at(grabbed);
    harness.run_ok();
    harness.drag_at(grabbed);
    harness.run_ok();
    assert_eq!(moved(&mut harness), [], "a press alone moves nothing");
    let to = pos2(frame.center().x, grabbed.y);
    harness.hover_at(to);
    harness.run_ok();
    let events = moved(&mut harness);
    let &(index, x) = events.last().expect("moved");
    assert_eq!(index, 0);
    assert!((x - 600.0).abs() < 3.0, "{x}");
    // The bounds did not follow the drag.
    let marker = harness.get_by_label("Shown band").rect().center();
    assert!((marker.x - to.x).abs() < 2.0, "{marker} {to}");
    // Beyond the end it stays at the end.
    harness.hover_at(pos2(frame.right() + 100.0, to.y));
    harness.run_ok();
    let x = moved(&mut harness).last().expect("moved").1;
    assert!((800.0..810.0).contains(&x), "{x}");
    harness.drop_at(pos2(frame.right() + 100.0, to.y));
    harness.run_ok();
    moved(&mut harness);
    harness.hover_at(grabbed);
    harness.run_ok();
    assert_eq!(moved(&mut harness), []);
}

fn click_at(harness: &mut Harness<'_, State>, pos: Pos2) {
    harness.hover_at(pos);
    harness.run_ok();
    harness.drag_at(pos);
    harness.drop_at(pos);
    harness.run_ok();
}

#[test]
fn a_click_sends_the_marker_and_none_of_several() {
    for (markers, moves) in [
        (vec![500.0], true),
        (vec![450.0, 700.0, 790.0], false),
        (vec![f64::NAN], false),
    ] {
        let mut harness = harness(State {
            curves: vec![ramp()],
            markers,
            ..State::default()
        });
        harness.run_ok();
        let frame = harness.get_by_label("Spectrum").rect();
        let at = pos2(egui::lerp(frame.x_range(), 0.9), frame.center().y);
        click_at(&mut harness, at);
        let events = moved(&mut harness);
        assert_eq!(events.len(), usize::from(moves), "{events:?}");
        if let Some((index, x)) = events.first() {
            assert!(
                *index == 0 && (x - (396.0 + 408.0 * 0.9)).abs() < 3.0,
                "{x}"
            );
        }
    }
}

#[test]
fn a_double_click_that_resets_the_bounds_moves_no_marker() {
    let mut harness = harness(State {
        curves: vec![ramp()],
        markers: vec![500.0],
        ..State::default()
    });
    harness.run_ok();
    let frame = harness.get_by_label("Spectrum").rect();
    let at = frame.center() + vec2(60.0, 0.0);
    // Zoomed by a drag.
    harness.hover_at(at);
    harness.run_ok();
    harness.drag_at(at);
    harness.run_ok();
    harness.hover_at(at + vec2(40.0, 0.0));
    harness.run_ok();
    harness.drop_at(at + vec2(40.0, 0.0));
    harness.run_ok();
    moved(&mut harness);
    let press = |harness: &mut Harness<'_, State>| {
        harness.hover_at(at);
        harness.drag_at(at);
        harness.step();
        harness.drop_at(at);
        harness.step();
    };
    press(&mut harness);
    press(&mut harness);
    harness.run_steps(20);
    assert_eq!(moved(&mut harness), [], "a double click");
    // The bounds were reset: a single click counts at once.
    press(&mut harness);
    assert_eq!(moved(&mut harness).len(), 1);
}

#[test]
fn arrow_keys_step_a_marker_from_sample_to_sample() {
    let mut harness = harness(State {
        // Unsorted.
        curves: vec![vec![[3.0, 1.0], [1.0, 2.0], [7.0, 1.0], [4.0, f64::NAN]]],
        markers: vec![3.0, 3.0, 3.0],
        snaps: true,
        ..State::default()
    });
    harness.run_ok();
    harness.get_by_label("Green band").focus();
    harness.run_ok();
    for (key, x) in [
        (Key::ArrowRight, 4.0),
        (Key::ArrowRight, 7.0),
        (Key::ArrowRight, 7.0),
        (Key::ArrowLeft, 4.0),
    ] {
        harness.key_press(key);
        harness.run_ok();
        assert_eq!(harness.state().markers, [3.0, x, 3.0]);
    }
}

#[test]
fn the_wheel_zooms_at_the_pointer_and_a_double_click_resets() {
    let mut harness = harness(State {
        curves: vec![ramp()],
        ..State::default()
    });
    harness.run_ok();
    let frame = harness.get_by_label("Spectrum").rect();
    let left = pos2(frame.left() + 2.0, frame.center().y);
    let at = pos2(frame.left() + 100.0, frame.center().y);
    let x_at = |harness: &mut Harness<'_, State>, pos: Pos2| {
        harness.hover_at(pos);
        harness.run_ok();
        let event = harness.state().events.last().expect("an event");
        event.hover.expect("over the plot")[0]
    };
    let (before, edge) = (x_at(&mut harness, at), x_at(&mut harness, left));
    harness.hover_at(at);
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 100.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    harness.run_ok();
    harness.run_ok();
    assert!((x_at(&mut harness, at) - before).abs() < 0.5);
    assert!(x_at(&mut harness, left) > edge + 10.0);
    for _ in 0..2 {
        harness.drag_at(at);
        harness.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed: false,
            modifiers: Modifiers::NONE,
        });
    }
    harness.hover_at(at);
    harness.run_ok();
    assert!((x_at(&mut harness, left) - edge).abs() < 0.5);
}

#[test]
fn odd_curves_do_no_harm() {
    let nan = f64::NAN;
    for curves in [
        vec![],
        vec![vec![]],
        vec![vec![[1.0, nan]; 3]],
        vec![vec![[1.0, 2.0]]],
        vec![vec![[1.0, 0.0], [2.0, 0.0]]],
        vec![vec![[1.0, 7e9], [2.0, 7e9]]],
        vec![vec![[1.0, 1e308], [2.0, -1e308], [3.0, f64::INFINITY]]],
        vec![vec![[nan, 1.0], [1.0, 1.0], [1.0, 2.0]]],
        vec![vec![[1e15, 1e-12], [1e15 + 1.0, 2e-12]]],
        vec![ramp(), vec![], vec![[1.0, 1e9], [3.0, -1e9]]],
    ] {
        for sigma in [None, Some(vec![0.5, nan, 1e300])] {
            let text = format!("{curves:?}");
            let mut harness = harness(State {
                curves: curves.clone(),
                sigma,
                markers: vec![1.0],
                ..State::default()
            });
            assert!(harness.run_ok().is_some(), "settles: {text}");
            let frame = harness.get_by_label("Spectrum").rect();
            click_at(&mut harness, frame.center());
        }
    }
}

#[test]
fn ticks_are_readable() {
    let text = |value, step, to| tick_text(value, step, &(0.0..=to));
    assert_eq!(text(0.0, 100.0, 800.0), "0");
    assert_eq!(text(500.0, 100.0, 800.0), "500");
    assert_eq!(text(0.25, 0.05, 0.4), "0.25");
    assert_eq!(text(50_000.0, 10_000.0, 65_535.0), "50000");
    assert_eq!(text(1.5e9, 5e8, 2e9), "1.5e9");
    assert_eq!(text(5e8, 5e8, 2e9), "0.5e9");
    assert_eq!(text(2e-7, 1e-7, 3e-7), "2e-7");
    assert_eq!(text(0.001, 0.001, 0.004), "0.001");
    assert_eq!(text(1000.001, 0.001, 1000.004), "1000.001");
}

#[test]
fn marks_are_round_and_apart() {
    let values = |from: f64, to: f64, points: f64| -> Vec<f64> {
        let input = GridInput {
            bounds: (from, to),
            base_step_size: (to - from) / points * 8.0,
        };
        marks(input, 9.0, 0.0)
            .iter()
            .map(|mark| mark.value)
            .collect()
    };
    assert_eq!(
        values(390.0, 810.0, 400.0),
        [400.0, 500.0, 600.0, 700.0, 800.0]
    );
    assert_eq!(
        values(0.0, 1.0, 400.0),
        [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]
    );
    assert_eq!(values(5.0, 5.0, 400.0), [0.0; 0]);
}

#[test]
fn the_zoom_has_an_end() {
    assert_eq!(zoomed([0.0, 10.0], 5.0, 0.5), Some([2.5, 7.5]));
    assert_eq!(zoomed([0.0, 10.0], 5.0, 1.0), None);
    assert_eq!(zoomed([1e3, 1e3 + 1e-7], 1e3, 0.5), None);
    assert_eq!(zoomed([0.0, 1e280], 0.0, 2.0), None);
}
