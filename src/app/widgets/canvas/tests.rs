use std::cell::RefCell;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::*;
use crate::array::Outline;

const LAYER: egui::TextureId = egui::TextureId::User(7);

struct State {
    size: [usize; 2],
    camera: Camera,
    draw: Option<DrawTool>,
    events: Vec<CanvasEvents>,
    asked: RefCell<Vec<[usize; 2]>>,
}

impl State {
    fn projection(&self, view: Rect) -> Projection {
        let view = [view.width().into(), view.height().into()];
        self.camera.project(self.size, view, 1.0)
    }
}

fn harness(size: [usize; 2]) -> Harness<'static, State> {
    harness_at(size, 1.0, vec2(500.0, 450.0))
}

/// On a screen with so many pixels in a point.
fn harness_at(size: [usize; 2], scale: f32, window: Vec2) -> Harness<'static, State> {
    let state = State {
        size,
        camera: Camera::Fit,
        draw: None,
        events: Vec::new(),
        asked: RefCell::default(),
    };
    let builder = Harness::builder()
        .with_size(window)
        .with_pixels_per_point(scale)
        .with_step_dt(0.05)
        .with_max_steps(100);
    let mut harness = builder.build_ui_state(
        |ui, state: &mut State| {
            let value = |pixel| {
                state.asked.borrow_mut().push(pixel);
                Some("1.5".to_owned())
            };
            let layer = Layer {
                texture: LAYER,
                x: 0..size_of_layer(state.size[0]),
                y: 0..size_of_layer(state.size[1]),
            };
            let marker = Marker {
                xy: [1, 1],
                color: Color32::RED,
                label: "1".to_owned(),
            };
            let events = canvas(
                ui,
                &Canvas {
                    size: state.size,
                    layers: &[layer],
                    camera: state.camera,
                    markers: &[marker],
                    description: "two pixels",
                    axis_names: ["x", "y"],
                    value_text: Some(&value),
                    draw: state.draw,
                    is_drawing_kept: false,
                },
            );
            if let Some(camera) = events.camera {
                state.camera = camera;
            }
            state.events.push(events);
        },
        state,
    );
    harness.run_ok();
    harness.state_mut().events.clear();
    harness
}

fn size_of_layer(len: usize) -> usize {
    len.div_ceil(2)
}

fn view(harness: &Harness<'_, State>) -> Rect {
    harness.get_by_label("Picture").rect()
}

fn press(harness: &Harness<'_, State>, pos: Pos2, button: PointerButton, pressed: bool) {
    harness.event(egui::Event::PointerButton {
        pos,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    });
}

fn click(harness: &mut Harness<'_, State>, pos: Pos2, button: PointerButton) {
    harness.hover_at(pos);
    harness.step();
    press(harness, pos, button, true);
    press(harness, pos, button, false);
    harness.run_ok();
}

fn clicks(harness: &mut Harness<'_, State>) -> Vec<[usize; 2]> {
    let events = std::mem::take(&mut harness.state_mut().events);
    events.into_iter().filter_map(|e| e.click).collect()
}

fn wheel(harness: &mut Harness<'_, State>, pos: Pos2, points: f32) {
    harness.hover_at(pos);
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    // Smoothed over several frames.
    harness.run_ok();
    harness.run_ok();
}

#[test]
fn a_click_gives_the_pixel_under_the_pointer() {
    let mut harness = harness([4, 4]);
    let view = view(&harness);
    let side = view.width().min(view.height());
    let picture = Rect::from_center_size(view.center(), Vec2::splat(side));
    let pixel = side / 4.0;
    for y in 0..4u8 {
        for x in 0..4u8 {
            // Near the corners of the pixel, where an error of half a pixel shows.
            for part in [0.03, 0.5, 0.97] {
                let offset = vec2(f32::from(x) + part, f32::from(y) + part) * pixel;
                click(&mut harness, picture.min + offset, PointerButton::Primary);
                let expected = [usize::from(x), usize::from(y)];
                assert_eq!(clicks(&mut harness), [expected], "{part}");
                // Too far apart in time to be a double click.
                harness.run_steps(8);
            }
        }
    }
    click(
        &mut harness,
        view.left_center() + vec2(2.0, 0.0),
        PointerButton::Primary,
    );
    assert_eq!(
        clicks(&mut harness),
        [] as [[usize; 2]; 0],
        "beside the picture"
    );
    click(&mut harness, picture.center(), PointerButton::Secondary);
    assert_eq!(clicks(&mut harness), [] as [[usize; 2]; 0], "secondary");
}

/// The cell of the layer that a screen pixel shows, as it was given to be painted: columns, rows.
fn painted_at(harness: &Harness<'_, State>, pos: Pos2) -> Option<[usize; 2]> {
    let shapes = &harness.output().shapes;
    let mesh = shapes.iter().find_map(|clipped| match &clipped.shape {
        egui::Shape::Mesh(mesh) if mesh.texture_id == LAYER => Some(mesh),
        _ => None,
    })?;
    let (first, last) = (mesh.vertices.first()?, mesh.vertices.last()?);
    let rect = Rect::from_two_pos(first.pos, last.pos);
    let way = (pos - rect.min) / rect.size();
    let (first, last) = (first.uv, last.uv);
    let uv = [
        first.x + (last.x - first.x) * way.x,
        first.y + (last.y - first.y) * way.y,
    ];
    let size = harness.state().size.map(size_of_layer);
    let is_inside = rect.contains(pos);
    is_inside.then(|| {
        std::array::from_fn(|i| ((uv[i] * size[i] as f32).floor() as usize).min(size[i] - 1))
    })
}

/// Where systems say that the pointer is, and where a graphics processor looks: corner and centre of each screen pixel.
#[test]
fn a_pixel_that_is_told_is_the_one_that_is_painted() {
    let mut seen = 0;
    for scale in [1.0, 1.25, 1.5, 2.0] {
        for window in [vec2(500.0, 450.0), vec2(501.0, 451.0), vec2(437.0, 366.0)] {
            for size in [[4, 4], [7, 5], [300, 400], [301, 399]] {
                let mut harness = harness_at(size, scale, window);
                for is_one_to_one in [false, true] {
                    if is_one_to_one {
                        harness.get_by_label("Picture").focus();
                        harness.key_press(Key::Num1);
                    }
                    harness.run_ok();
                    let view = view(&harness);
                    for step in 0..20_u16 {
                        let way = vec2(f32::from(step) / 20.0, f32::from(step * 7 % 20) / 20.0);
                        let pixel = ((view.min + view.size() * way).to_vec2() * scale).floor();
                        let [corner, centre] =
                            [0.0, 0.5].map(|by| ((pixel + Vec2::splat(by)) / scale).to_pos2());
                        let Some(painted) = painted_at(&harness, centre) else {
                            continue;
                        };
                        harness.hover_at(corner);
                        harness.state_mut().events.clear();
                        harness.step();
                        let told = harness.state().events.last().and_then(|event| event.hover);
                        let cells_on_a_pixel =
                            harness.state().projection(view).zoom() * f64::from(scale) < 1.0;
                        if !cells_on_a_pixel {
                            assert_eq!(
                                told,
                                Some(Some(painted)),
                                "{scale} {window} {size:?} {is_one_to_one} {pixel}"
                            );
                            seen += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn the_wheel_keeps_the_point_under_the_pointer() {
    let mut harness = harness([300, 200]);
    let view = view(&harness);
    let at = view.center() + vec2(-70.0, 40.0);
    let in_view = [f64::from(at.x - view.left()), f64::from(at.y - view.top())];
    let before = harness.state().projection(view);
    let point = before.image_from_view(in_view);
    for points in [150.0, 300.0, -80.0] {
        wheel(&mut harness, at, points);
        let after = harness.state().projection(view);
        let now = after.image_from_view(in_view);
        for i in 0..2 {
            // The picture lies on the pixels of the screen, in each of some frames.
            let most = 1.0 / before.zoom();
            assert!((now[i] - point[i]).abs() < most, "{now:?} {point:?}");
        }
    }
    let ratio = harness.state().projection(view).zoom() / before.zoom();
    assert!((ratio - f64::exp(370.0 / 200.0)).abs() < 0.05, "{ratio}");
    wheel(&mut harness, at, 1e5);
    assert_eq!(harness.state().projection(view).zoom(), 200.0);
    wheel(&mut harness, at, -1e5);
    let least = harness.state().projection(view).zoom();
    assert!((least - before.zoom() / 4.0).abs() < 0.01);
}

#[test]
fn a_drag_pans_and_is_no_click() {
    for button in [PointerButton::Primary, PointerButton::Middle] {
        let mut harness = harness([300, 200]);
        let view = view(&harness);
        let before = harness.state().projection(view);
        let from = view.center();
        harness.hover_at(from);
        harness.step();
        press(&harness, from, button, true);
        harness.step();
        for part in 1..=4u8 {
            harness.hover_at(from + vec2(10.0, -5.0) * f32::from(part));
            harness.step();
        }
        press(&harness, from + vec2(40.0, -20.0), button, false);
        harness.run_ok();
        assert_eq!(clicks(&mut harness), [] as [[usize; 2]; 0]);
        let after = harness.state().projection(view);
        let (was, is) = (
            before.view_from_image([0.0; 2]),
            after.view_from_image([0.0; 2]),
        );
        assert!(
            (is[0] - was[0] - 40.0).abs() < 0.01,
            "{button:?} {was:?} {is:?}"
        );
        assert!(
            (is[1] - was[1] + 20.0).abs() < 0.01,
            "{button:?} {was:?} {is:?}"
        );
    }
}

#[test]
fn a_double_click_fits() {
    let mut harness = harness([300, 200]);
    let view = view(&harness);
    harness.state_mut().camera = Camera::Free {
        centre: [10.0, 10.0],
        zoom: 8.0,
    };
    harness.run_ok();
    harness.hover_at(view.center());
    harness.step();
    for _ in 0..2 {
        press(&harness, view.center(), PointerButton::Primary, true);
        press(&harness, view.center(), PointerButton::Primary, false);
    }
    harness.run_ok();
    assert_eq!(harness.state().camera, Camera::Fit);
    // Pinned and not pinned again.
    assert_eq!(clicks(&mut harness), [[10, 10]; 2]);
}

#[test]
fn leaving_the_picture_is_told_once() {
    let mut harness = harness([4, 4]);
    let view = view(&harness);
    harness.hover_at(view.center() + vec2(5.0, 5.0));
    harness.run_ok();
    harness.step();
    for event in harness.state().events.iter().skip(1) {
        assert_eq!(event.hover, Some(Some([2, 2])));
    }
    // Into the empty part of the view, then out of the window.
    for leave in [false, true] {
        harness.hover_at(view.center());
        harness.run_ok();
        harness.state_mut().events.clear();
        if leave {
            harness.remove_cursor();
        } else {
            harness.hover_at(view.left_center() + vec2(1.0, 0.0));
        }
        harness.run_ok();
        harness.run_steps(3);
        let hovers: Vec<_> = harness.state().events.iter().map(|e| e.hover).collect();
        let told = hovers.iter().filter(|hover| **hover == Some(None)).count();
        assert_eq!(told, 1, "{hovers:?}");
        assert_eq!(hovers.last(), Some(&None));
    }
}

#[test]
fn keys_zoom_and_fit() {
    let mut harness = harness([300, 200]);
    let view = view(&harness);
    harness.get_by_label("Picture").focus();
    harness.run_ok();
    let fit = harness.state().projection(view).zoom();
    let zoom_after = |harness: &mut Harness<'_, State>, key| {
        harness.key_press(key);
        harness.run_ok();
        harness.state().projection(view).zoom()
    };
    assert!((zoom_after(&mut harness, Key::Plus) - fit * 1.25).abs() < 0.01);
    assert!((zoom_after(&mut harness, Key::Minus) - fit).abs() < 0.01);
    assert_eq!(zoom_after(&mut harness, Key::Num1), 1.0);
    zoom_after(&mut harness, Key::Num0);
    assert_eq!(harness.state().camera, Camera::Fit);
}

#[test]
fn arrows_walk_over_pixels_and_enter_chooses_one() {
    let mut harness = harness([300, 200]);
    harness.state_mut().camera = Camera::Free {
        centre: [150.0, 100.0],
        zoom: 10.0,
    };
    harness.get_by_label("Picture").focus();
    harness.run_ok();
    let press = |harness: &mut Harness<'_, State>, modifiers, key| {
        harness.state_mut().events.clear();
        harness.key_press_modifiers(modifiers, key);
        harness.run_ok();
        let events = harness.state().events.iter();
        let hover = events.clone().find_map(|event| event.hover.flatten());
        (hover, events.clone().find_map(|event| event.click))
    };
    let (none, shift) = (Modifiers::NONE, Modifiers::SHIFT);
    let [x, y] = press(&mut harness, none, Key::ArrowRight).0.unwrap();
    let mut at = [x, y];
    for (modifiers, key, by) in [
        (none, Key::ArrowRight, [1, 0]),
        (none, Key::ArrowDown, [0, 1]),
        (none, Key::ArrowLeft, [-1, 0]),
        (shift, Key::ArrowUp, [0, -10]),
        (shift, Key::ArrowRight, [10, 0]),
        (shift, Key::ArrowRight, [10, 0]),
        (shift, Key::ArrowRight, [10, 0]),
        (shift, Key::ArrowRight, [10, 0]),
    ] {
        at = [0, 1].map(|axis| at[axis].saturating_add_signed(by[axis]));
        assert_eq!(press(&mut harness, modifiers, key).0, Some(at), "{key:?}");
    }
    // It is still in sight.
    let seen = harness.state().events.last().unwrap().visible.clone();
    let ([columns, rows], zoom) = seen.unwrap();
    assert!(
        columns.contains(&at[0]) && rows.contains(&at[1]),
        "{columns:?} {rows:?}"
    );
    assert_eq!(zoom, 10.0);
    assert_eq!(press(&mut harness, none, Key::Enter).1, Some(at));
}

#[test]
fn values_are_asked_for_visible_pixels_at_high_zoom_only() {
    let mut harness = harness([1000, 1000]);
    assert_eq!(harness.state().asked.borrow().len(), 0);
    harness.state_mut().camera = Camera::Free {
        centre: [500.0, 500.0],
        zoom: 50.0,
    };
    harness.step();
    let visible = harness
        .state()
        .events
        .last()
        .and_then(|e| e.visible.clone());
    let ([x, y], zoom) = visible.expect("always there");
    assert_eq!(zoom, 50.0);
    assert!(x.len() <= 12 && y.len() <= 12 && x.contains(&500) && y.contains(&500));
    let asked = harness.state().asked.borrow();
    assert_eq!(asked.len(), x.len() * y.len());
    assert!(asked.iter().all(|[a, b]| x.contains(a) && y.contains(b)));
}

#[test]
fn an_idle_canvas_rests() {
    let mut harness = harness([300, 200]);
    harness.hover_at(view(&harness).center());
    harness.run_ok();
    assert!(harness.run() <= 2);
}

#[test]
fn odd_sizes_do_no_harm() {
    for size in [[0, 0], [1, 1], [1, 1_000_000], [1_000_000, 3]] {
        let mut harness = harness(size);
        let at = view(&harness).center();
        wheel(&mut harness, at, 500.0);
        wheel(&mut harness, at, -2000.0);
        click(&mut harness, at, PointerButton::Primary);
    }
}

#[test]
fn ticks_are_round_and_apart() {
    let found = |count, origin, zoom, length| -> Vec<usize> {
        ticks(count, origin, zoom, length, 50.0).collect()
    };
    assert_eq!(found(100, 2.0, 4.0, 400.0), [0, 20, 40, 60, 80]);
    assert_eq!(
        found(1000, -400.0, 1.0, 400.0),
        [400, 450, 500, 550, 600, 650, 700, 750, 800]
    );
    assert_eq!(found(4, 50.0, 100.0, 400.0), [0, 1, 2, 3]);
    assert_eq!(
        found(1_000_000, 0.0, 4e-4, 400.0),
        [0, 200_000, 400_000, 600_000, 800_000]
    );
    assert_eq!(found(0, 0.0, 400.0, 400.0), [] as [usize; 0]);
    assert_eq!(found(5, 500.0, 1.0, 400.0), [] as [usize; 0]);
}

fn drawn(harness: &mut Harness<'_, State>) -> Vec<Drawn> {
    let events = std::mem::take(&mut harness.state_mut().events);
    events.into_iter().filter_map(|event| event.drawn).collect()
}

/// Where a pixel is on the screen.
fn at(harness: &Harness<'_, State>, pixel: [f64; 2]) -> Pos2 {
    let view = view(harness);
    let [x, y] = harness.state().projection(view).view_from_image(pixel);
    view.min + vec2(x as f32, y as f32)
}

fn drag(harness: &mut Harness<'_, State>, way: &[[f64; 2]], button: PointerButton) {
    let way: Vec<Pos2> = way.iter().map(|pixel| at(harness, *pixel)).collect();
    harness.hover_at(way[0]);
    harness.step();
    press(harness, way[0], button, true);
    harness.step();
    for pos in &way {
        harness.hover_at(*pos);
        harness.step();
    }
    press(harness, way[way.len() - 1], button, false);
    harness.run_ok();
}

#[test]
fn a_brush_draws_a_way_and_a_click_a_dab() {
    let mut harness = harness([10, 10]);
    harness.state_mut().draw = Some(DrawTool::Brush(3));
    drag(
        &mut harness,
        &[[2.0, 2.0], [5.2, 2.1], [5.0, 7.0]],
        PointerButton::Primary,
    );
    let stroke = |points: &[[f64; 2]]| {
        let points = points.to_vec();
        Drawn::Outline(Outline::Stroke { points, size: 3.0 })
    };
    assert_eq!(
        drawn(&mut harness),
        [stroke(&[[2.0, 2.0], [5.0, 2.0], [5.0, 7.0]])]
    );
    let pos = at(&harness, [4.0, 4.0]);
    click(&mut harness, pos, PointerButton::Primary);
    assert_eq!(drawn(&mut harness), [stroke(&[[4.0, 4.0]])]);
    assert_eq!(
        harness.state().camera,
        Camera::Fit,
        "drawing does not move the picture"
    );
    drag(
        &mut harness,
        &[[2.0, 2.0], [5.0, 5.0]],
        PointerButton::Middle,
    );
    assert_ne!(harness.state().camera, Camera::Fit);
    assert_eq!(drawn(&mut harness), []);
}

#[test]
fn a_rectangle_has_both_corners_and_escape_gives_it_up() {
    let mut harness = harness([10, 10]);
    harness.state_mut().draw = Some(DrawTool::Rectangle);
    drag(
        &mut harness,
        &[[7.0, 3.0], [4.0, 8.0]],
        PointerButton::Primary,
    );
    let outline = Outline::Rectangle {
        rows: 3..9,
        columns: 4..8,
    };
    assert_eq!(drawn(&mut harness), [Drawn::Outline(outline)]);
    let start = at(&harness, [1.0, 1.0]);
    harness.hover_at(start);
    harness.step();
    press(&harness, start, PointerButton::Primary, true);
    harness.step();
    let end = at(&harness, [5.0, 5.0]);
    harness.hover_at(end);
    harness.step();
    harness.key_press(Key::Escape);
    harness.step();
    press(&harness, end, PointerButton::Primary, false);
    harness.run_ok();
    assert_eq!(drawn(&mut harness), []);
}

#[test]
fn a_polygon_is_closed_by_enter() {
    let mut harness = harness([10, 10]);
    harness.state_mut().draw = Some(DrawTool::Polygon);
    for pixel in [[1.0, 1.0], [8.0, 1.0], [9.0, 9.0], [8.0, 8.0]] {
        let pos = at(&harness, pixel);
        click(&mut harness, pos, PointerButton::Primary);
        // Two clicks at one place in a short time would be a double click.
        harness.run_steps(10);
    }
    harness.key_press(Key::Backspace);
    harness.run_ok();
    assert_eq!(drawn(&mut harness), []);
    harness.key_press(Key::Enter);
    harness.run_ok();
    let found = drawn(&mut harness);
    let [Drawn::Outline(Outline::Polygon(corners))] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(corners.len(), 3);
    assert!((corners[2][0] - 9.0).abs() < 0.1 && (corners[2][1] - 9.0).abs() < 0.1);
}

#[test]
fn a_point_is_a_pixel() {
    let mut harness = harness([10, 10]);
    harness.state_mut().draw = Some(DrawTool::Point);
    let pos = at(&harness, [3.2, 6.1]);
    click(&mut harness, pos, PointerButton::Primary);
    assert_eq!(drawn(&mut harness), [Drawn::Point([3, 6])]);
    assert_eq!(clicks(&mut harness), Vec::<[usize; 2]>::new());
}
