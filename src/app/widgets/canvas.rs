//! The picture: textured layers under a camera, with axes, markers and values.
//!
//! Pixel centres are at integers, row 0 on top. It reads no data and makes no textures: what is
//! sampled, at which level of detail and how it is magnified is decided by who makes the layers.

use std::ops::Range;

use eframe::egui;
use egui::{
    Align2, Color32, CursorIcon, Key, Modifiers, Painter, PointerButton, Pos2, Rect, Response,
    Role, Sense, Stroke, StrokeKind, TextureOptions, Ui, Vec2, WidgetInfo, emath::GuiRounding as _,
    pos2, vec2,
};

mod cursor;
mod draw;

pub use draw::{DrawTool, Drawn};

use super::keyboard;
use super::paint::{contrasting, focus_ring, halo_galley, outlined_rect};
use super::spoken::described;
use crate::app::theme::{Tokens, tokens};
use crate::session::camera::{Camera, Projection};

/// From this zoom on, the pixel under the pointer is outlined.
const OUTLINE_ZOOM: f64 = 6.0;
/// From this zoom on, values are drawn into pixels.
const VALUE_ZOOM: f64 = 48.0;
/// One step of `+` or `-`.
const KEY_ZOOM: f64 = 1.25;
/// Wheel points for a zoom by a factor of e.
const WHEEL_POINTS: f32 = 200.0;
/// Side of one square of the checker, in points.
const CHECKER_SQUARE: f32 = 8.0;
/// Views smaller than this have no axes.
const MIN_SIDE_WITH_AXES: f32 = 140.0;

/// One textured rectangle of the picture; later layers are painted over earlier ones.
pub struct Layer {
    /// What to paint.
    pub texture: egui::TextureId,
    /// Columns covered, in image pixels.
    pub x: Range<usize>,
    /// Rows covered, in image pixels.
    pub y: Range<usize>,
}

/// A pinned pixel.
pub struct Marker {
    /// Column, row.
    pub xy: [usize; 2],
    /// Of the ring.
    pub color: Color32,
    /// Beside the ring; may be empty.
    pub label: String,
}

/// What a [`canvas`] shows.
pub struct Canvas<'a> {
    /// Columns, rows of the whole picture.
    pub size: [usize; 2],
    /// From back to front.
    pub layers: &'a [Layer],
    /// Where it is looked at.
    pub camera: Camera,
    /// Pins, over the picture.
    pub markers: &'a [Marker],
    /// For screen readers: what is seen, and what the pixel under the cursor holds.
    pub description: &'a str,
    /// Names of the two axes (x, y), drawn at the edge with ticks in pixel indices.
    pub axis_names: [&'a str; 2],
    /// Drawn in each visible pixel when zoomed in far enough that the text fits (about 48
    /// points); asked only for visible pixels.
    pub value_text: Option<&'a dyn Fn([usize; 2]) -> Option<String>>,
    /// What the primary button draws, instead of moving the picture.
    pub draw: Option<DrawTool>,
    /// What was drawn last is not carried out yet, and still to be shown.
    pub is_drawing_kept: bool,
}

/// What the user did, and what is seen now.
#[derive(Debug, Default)]
pub struct CanvasEvents {
    /// The camera, if it was changed.
    pub camera: Option<Camera>,
    /// Pixel under the pointer, each frame while there is one; `Some(None)` once when the pointer
    /// has left the picture.
    pub hover: Option<Option<[usize; 2]>>,
    /// Primary click (not a drag) on a pixel; both clicks of a double click. None while something can be drawn.
    pub click: Option<[usize; 2]>,
    /// What was drawn.
    pub drawn: Option<Drawn>,
    /// Pixels now visible and points per pixel, for level of detail.
    pub visible: Option<([Range<usize>; 2], f64)>,
}

/// "Picture": wheel or pinch zooms at the cursor, drag pans, double click fits.
///
/// While there is something to draw with, the primary button draws, and others move the picture.
///
/// Keyboard when focused: `+` `-` zoom, `0` fits, `1` is 1:1, arrows move a cursor, ten pixels with Shift, and Enter pins
/// what is under it. A click does not take the keyboard, so that up and down go on from key to key. Over a checker in
/// `tokens.no_data`, for cells without data, which are transparent in the layers.
pub fn canvas(ui: &mut Ui, canvas: &Canvas<'_>) -> CanvasEvents {
    let tokens = tokens(ui);
    let outer = ui.available_rect_before_wrap();
    let outer = Rect::from_min_size(outer.min, outer.size().max(Vec2::splat(16.0)));
    let gutters = Gutters::new(ui, canvas, &tokens, outer);
    let view = gutters.view;
    let outer_response = ui.allocate_rect(outer, Sense::hover());
    let id = outer_response.id.with("view");
    let response = ui.interact(view, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), "Picture"));
    described(&response, canvas.description);
    if keyboard::take(ui.ctx()) {
        response.request_focus();
    }

    let mut scene = Scene {
        projection: project(ui, canvas, canvas.camera, view),
        view,
        canvas,
    };
    let mut events = CanvasEvents::default();
    // Before the camera moves: the second click of a double click undoes what the first did to the pixel.
    if let Some(tool) = canvas.draw {
        events.drawn = scene.draw(ui, &response, tool, canvas.is_drawing_kept);
    } else if response.clicked_by(PointerButton::Primary) {
        events.click = response
            .interact_pointer_pos()
            .and_then(|pos| scene.pixel_at(pos));
    }
    if let Some(camera) = scene.new_camera(ui, &response) {
        events.camera = Some(camera).filter(|&camera| camera != canvas.camera);
        scene.projection = project(ui, canvas, camera, view);
    }

    let hover = response.hover_pos().and_then(|pos| scene.pixel_at(pos));
    let left = ui.data_mut(|data| {
        let was_inside = data.get_temp_mut_or_default::<bool>(response.id);
        std::mem::replace(was_inside, hover.is_some()) && hover.is_none()
    });
    events.hover = hover.map(Some).or(left.then_some(None));
    let cursor = scene.walk(ui, &response, &mut events);
    events.visible = Some((scene.projection.visible(), scene.projection.zoom()));

    if response.dragged() {
        ui.set_cursor_icon(CursorIcon::Grabbing);
    } else if hover.is_some() {
        ui.set_cursor_icon(CursorIcon::Crosshair);
    }
    if ui.is_rect_visible(outer) {
        gutters.paint(ui, &scene, &tokens);
        scene.paint(ui, hover, &tokens);
        if let Some(cursor) = cursor {
            scene.paint_cursor(ui, cursor, &tokens);
        }
        if let Some(tool) = canvas.draw {
            scene.paint_sketch(ui, &response, tool, &tokens);
        }
        focus_ring(ui, &response, &tokens);
    }
    events
}

/// Onto a part of the window that lies on the screen's pixels.
fn project(ui: &Ui, canvas: &Canvas<'_>, camera: Camera, view: Rect) -> Projection {
    let size = [view.width().into(), view.height().into()];
    camera.project(canvas.size, size, ui.pixels_per_point().into())
}

/// A canvas with its projection onto a part of the window.
struct Scene<'a> {
    canvas: &'a Canvas<'a>,
    projection: Projection,
    view: Rect,
}

impl Scene<'_> {
    fn view_pos(&self, pos: Pos2) -> [f64; 2] {
        let pos = pos - self.view.min;
        [pos.x.into(), pos.y.into()]
    }

    fn pixel_at(&self, pos: Pos2) -> Option<[usize; 2]> {
        self.projection.pixel_at(self.view_pos(pos))
    }

    fn screen_from_image(&self, image: [f64; 2]) -> Pos2 {
        let [x, y] = self.projection.view_from_image(image);
        self.view.min + vec2(x as f32, y as f32)
    }

    /// The screen pixels that show a cell; of one that shares a pixel with others, its middle.
    fn pixel_rect(&self, [x, y]: [usize; 2]) -> Rect {
        let middle = || Rect::from_pos(self.screen_from_image([x as f64, y as f64]));
        let part = self.visible_part(&(x..x + 1), &(y..y + 1));
        part.map_or_else(middle, |(rect, _)| rect)
    }

    /// The image point under the pointer.
    fn point_at(&self, pos: Pos2) -> [f64; 2] {
        let pointed_at = self.projection.pointed_at(self.view_pos(pos));
        self.projection.image_from_view(pointed_at)
    }

    /// The camera after this frame's input.
    fn new_camera(&self, ui: &mut Ui, response: &Response) -> Option<Camera> {
        let draw = self.canvas.draw;
        if response.double_clicked() && draw.is_none() {
            return Some(Camera::Fit);
        }
        let pans = match draw {
            Some(tool) if tool.takes_drags() => [PointerButton::Secondary, PointerButton::Middle],
            _ => [PointerButton::Primary, PointerButton::Middle],
        };
        if pans.iter().any(|&button| response.dragged_by(button)) {
            // The first frame of a drag makes up for the way until it was known to be one.
            let delta = if response.drag_started() {
                response.total_drag_delta().unwrap_or_default()
            } else {
                response.drag_delta()
            };
            if delta != Vec2::ZERO {
                let by = [delta.x.into(), delta.y.into()];
                return Some(self.projection.panned(by));
            }
        }
        self.wheel(ui, response).or_else(|| self.keys(ui, response))
    }

    fn wheel(&self, ui: &mut Ui, response: &Response) -> Option<Camera> {
        let at = response.hover_pos()?;
        let (pinch, wheel) = ui.input_mut(|input| {
            let wheel = input.smooth_scroll_delta;
            // Taken here, so that a scroll area around does not move as well.
            input.smooth_scroll_delta = Vec2::ZERO;
            (input.zoom_delta(), wheel.y)
        });
        let factor = f64::from(pinch) * f64::from(wheel / WHEEL_POINTS).exp();
        (factor != 1.0).then(|| self.projection.zoomed(self.view_pos(at), factor))
    }

    fn keys(&self, ui: &mut Ui, response: &Response) -> Option<Camera> {
        if !response.has_focus() {
            return None;
        }
        let view = [self.view.width(), self.view.height()].map(f64::from);
        let middle = view.map(|v| v / 2.0);
        ui.input_mut(|input| {
            let mut pressed = |key| {
                input.consume_key(Modifiers::NONE, key) || input.consume_key(Modifiers::SHIFT, key)
            };
            if pressed(Key::Plus) || pressed(Key::Equals) {
                Some(self.projection.zoomed(middle, KEY_ZOOM))
            } else if pressed(Key::Minus) {
                Some(self.projection.zoomed(middle, 1.0 / KEY_ZOOM))
            } else if pressed(Key::Num0) {
                Some(Camera::Fit)
            } else if pressed(Key::Num1) {
                Some(self.projection.one_to_one())
            } else {
                None
            }
        })
    }

    fn paint(&self, ui: &Ui, hover: Option<[usize; 2]>, tokens: &Tokens) {
        let painter = ui
            .painter()
            .with_clip_rect(self.view.intersect(ui.clip_rect()));
        painter.rect_filled(self.view, 0.0, tokens.canvas);
        self.paint_checker(ui, &painter, tokens);
        for layer in self.canvas.layers {
            self.paint_layer(&painter, layer);
        }
        self.paint_values(&painter, tokens);
        if let Some(pixel) = hover
            && self.projection.zoom() >= OUTLINE_ZOOM
        {
            let [light, dark] = tokens.halo;
            outlined_rect(&painter, self.pixel_rect(pixel), light, dark);
        }
        for marker in self.canvas.markers {
            self.paint_marker(&painter, marker, tokens);
        }
    }

    fn paint_checker(&self, ui: &Ui, painter: &Painter, tokens: &Tokens) {
        let [x, y] = self.canvas.size.map(|n| 0..n);
        let Some((rect, _)) = self.visible_part(&x, &y) else {
            return;
        };
        let texture = checker_texture(ui, tokens);
        let side = 2.0 * CHECKER_SQUARE;
        let uv = |pos: Pos2| ((pos - self.view.min) / side).to_pos2();
        let uv = Rect::from_min_max(uv(rect.min), uv(rect.max));
        painter.image(texture, rect, uv, Color32::WHITE);
    }

    fn paint_layer(&self, painter: &Painter, layer: &Layer) {
        if let Some((rect, uv)) = self.visible_part(&layer.x, &layer.y) {
            painter.image(layer.texture, rect, uv, Color32::WHITE);
        }
    }

    /// The part in sight of a rectangle of pixels, on screen and relative to the rectangle.
    ///
    /// Cut in `f64`: at high zoom the whole rectangle does not fit into `f32` screen coordinates
    /// with the precision of a pixel.
    fn visible_part(&self, x: &Range<usize>, y: &Range<usize>) -> Option<(Rect, Rect)> {
        let [across, u] = self.projection.span(0, x)?;
        let [down, v] = self.projection.span(1, y)?;
        let rect = |x: Range<f64>, y: Range<f64>| {
            let corner = |x, y| pos2(x as f32, y as f32);
            Rect::from_min_max(corner(x.start, y.start), corner(x.end, y.end))
        };
        Some((
            rect(across, down).translate(self.view.min.to_vec2()),
            rect(u, v),
        ))
    }

    fn paint_values(&self, painter: &Painter, tokens: &Tokens) {
        let zoom = self.projection.zoom();
        let Some(value_text) = self.canvas.value_text.filter(|_| zoom >= VALUE_ZOOM) else {
            return;
        };
        let mut font = tokens.number_text.clone();
        font.size = (zoom as f32 * 0.2).clamp(10.0, 14.0);
        let small = egui::FontId::new(8.5, font.family.clone());
        let room = zoom as f32 - 4.0;
        let [columns, rows] = self.projection.visible();
        for y in rows {
            for x in columns.clone() {
                let Some(text) = value_text([x, y]) else {
                    continue;
                };
                let mut galley = painter.layout_no_wrap(text.clone(), font.clone(), Color32::WHITE);
                if galley.size().x > room {
                    galley = painter.layout_no_wrap(text, small.clone(), Color32::WHITE);
                }
                if galley.size().x <= room {
                    let centre = self.screen_from_image([x as f64, y as f64]);
                    let pos = centre - galley.size() / 2.0;
                    halo_galley(painter, pos, galley, tokens.halo);
                }
            }
        }
    }

    fn paint_marker(&self, painter: &Painter, marker: &Marker, tokens: &Tokens) {
        let centre = self.screen_from_image(marker.xy.map(|n| n as f64));
        if !self.view.expand(40.0).contains(centre) {
            return;
        }
        let halo = contrasting(marker.color, tokens);
        let zoom = self.projection.zoom() as f32;
        let radius = (zoom * 0.5 - 3.0).clamp(5.0, 14.0);
        painter.circle_stroke(centre, radius, Stroke::new(4.0, halo));
        painter.circle_stroke(centre, radius, Stroke::new(2.0, marker.color));
        if !marker.label.is_empty() {
            let text = marker.label.clone();
            let font = egui::FontId::proportional(tokens.number_text.size);
            let galley = painter.layout_no_wrap(text, font, halo);
            let left = centre + vec2(radius + 4.0, 0.0);
            let room = galley.size() + vec2(6.0, 2.0);
            let chip = Align2::LEFT_CENTER.anchor_size(left, room);
            painter.rect_filled(chip, 3.0, marker.color);
            painter.galley(chip.min + vec2(3.0, 1.0), galley, halo);
        }
    }
}

/// A repeating texture of four squares, made once for each theme.
fn checker_texture(ui: &Ui, tokens: &Tokens) -> egui::TextureId {
    let [a, b] = tokens.no_data;
    let id = egui::Id::unique(("checker of the canvas", a, b));
    let known = ui.data(|data| data.get_temp::<egui::TextureHandle>(id));
    let texture = known.unwrap_or_else(|| {
        let image = egui::ColorImage::new([2, 2], vec![a, b, b, a]);
        let texture = ui
            .ctx()
            .load_texture("no data", image, TextureOptions::NEAREST_REPEAT);
        ui.data_mut(|data| data.insert_temp(id, texture.clone()));
        texture
    });
    texture.id()
}

/// Room at the left and at the bottom for axes, so that nothing is written over the picture.
struct Gutters {
    view: Rect,
    left: f32,
    bottom: f32,
}

const NAME_ROOM: f32 = 15.0;
const TICK: f32 = 4.0;

impl Gutters {
    fn new(ui: &Ui, canvas: &Canvas<'_>, tokens: &Tokens, outer: Rect) -> Self {
        let (mut left, mut bottom) = (0.0, 0.0);
        if outer.width().min(outer.height()) >= MIN_SIDE_WITH_AXES {
            let widest = canvas.size[1].saturating_sub(1).to_string();
            let font = tokens.small_text.clone();
            let size = ui
                .painter()
                .layout_no_wrap(widest, font, Color32::PLACEHOLDER)
                .size();
            left = NAME_ROOM + size.x.max(14.0) + TICK + 4.0;
            bottom = NAME_ROOM + size.y + TICK + 2.0;
        }
        let max = outer.max - vec2(0.0, bottom);
        let view = Rect::from_min_max(outer.min + vec2(left, 0.0), max);
        Self {
            view: view.round_to_pixels(ui.pixels_per_point()),
            left,
            bottom,
        }
    }

    fn paint(&self, ui: &Ui, scene: &Scene<'_>, tokens: &Tokens) {
        if self.left == 0.0 {
            return;
        }
        let painter = ui.painter();
        let font = tokens.small_text.clone();
        let view = self.view;
        for axis in 0..2 {
            let origin = scene.projection.view_from_image([0.0, 0.0])[axis];
            let length = f64::from(if axis == 0 {
                view.width()
            } else {
                view.height()
            });
            let spacing = if axis == 0 { 56.0 } else { 32.0 };
            let (count, zoom) = (scene.canvas.size[axis], scene.projection.zoom());
            for index in ticks(count, origin, zoom, length, spacing) {
                let along = (origin + index as f64 * zoom) as f32;
                let stroke = Stroke::new(1.0, tokens.grid);
                let text = index.to_string();
                if axis == 0 {
                    let from = pos2(view.left() + along, view.bottom());
                    painter.line_segment([from, from + vec2(0.0, TICK)], stroke);
                    let pos = from + vec2(0.0, TICK);
                    let galley = painter.layout_no_wrap(text, font.clone(), tokens.weak_text);
                    // Moved inwards at the ends, so that it is not cut.
                    let half = galley.size().x / 2.0;
                    let x = pos.x.clamp(
                        view.left() + half,
                        (view.right() - half).max(view.left() + half),
                    );
                    painter.galley(pos2(x - half, pos.y), galley, tokens.weak_text);
                } else {
                    let from = pos2(view.left(), view.top() + along);
                    painter.line_segment([from, from - vec2(TICK, 0.0)], stroke);
                    let half = font.size / 2.0 + 1.0;
                    let y = from.y.clamp(
                        view.top() + half,
                        (view.bottom() - half).max(view.top() + half),
                    );
                    let pos = pos2(from.x - TICK - 3.0, y);
                    painter.text(
                        pos,
                        Align2::RIGHT_CENTER,
                        text,
                        font.clone(),
                        tokens.weak_text,
                    );
                }
            }
        }
        self.paint_names(painter, scene.canvas.axis_names, tokens);
        painter.rect_stroke(
            view,
            0.0,
            Stroke::new(1.0, tokens.grid),
            StrokeKind::Outside,
        );
    }

    fn paint_names(&self, painter: &Painter, names: [&str; 2], tokens: &Tokens) {
        let (view, font) = (self.view, tokens.small_text.clone());
        let text = names[0].to_owned();
        let pos = pos2(view.center().x, view.bottom() + self.bottom - 1.0);
        painter.text(
            pos,
            Align2::CENTER_BOTTOM,
            text,
            font.clone(),
            tokens.weak_text,
        );

        let galley = painter.layout_no_wrap(names[1].to_owned(), font, tokens.weak_text);
        let x = view.left() - self.left;
        let y = view.center().y + galley.size().x / 2.0;
        let shape = egui::epaint::TextShape::new(pos2(x, y), galley, tokens.weak_text)
            .with_angle(-std::f32::consts::FRAC_PI_2);
        painter.add(shape);
    }
}

/// Indices to label along one axis: multiples of 1, 2 or 5 times a power of ten, those in sight,
/// at least `spacing` apart.
fn ticks(
    count: usize,
    origin: f64,
    zoom: f64,
    length: f64,
    spacing: f64,
) -> impl Iterator<Item = usize> {
    let mut step = 1usize;
    let mut factors = [2usize, 5, 10].iter().cycle();
    let mut decade = 1usize;
    while step as f64 * zoom < spacing && step < count.max(1) {
        let factor = *factors.next().unwrap_or(&10);
        step = decade.saturating_mul(factor);
        if factor == 10 {
            decade = step;
        }
    }
    let first = (-origin / zoom).max(0.0);
    let first = (first / step as f64).ceil() as usize;
    (first..)
        .map(move |i| i.saturating_mul(step))
        .take_while(move |&index| index < count && origin + index as f64 * zoom <= length)
}

#[cfg(test)]
mod tests;
