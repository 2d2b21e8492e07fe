//! Drawing on the picture: what a press of the primary button begins while a tool is chosen, and how it is shown until it
//! is carried out. What it means is the panel's business.
//!
//! Escape gives a sketch up. A polygon is closed by a double click, Enter or a click on its first corner; Backspace takes
//! the last corner away.

use super::Scene;
use crate::app::theme::Tokens;
use crate::array::Outline;
use eframe::egui;
use egui::{Color32, Key, Painter, PointerButton, Pos2, Response, Shape, Stroke, Ui};

/// What the primary button draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawTool {
    /// A way, with a round brush so many pixels across.
    Brush(usize),
    /// From corner to corner.
    Rectangle,
    /// Corner by corner.
    Polygon,
    /// A pixel.
    Point,
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawn {
    /// With [`DrawTool::Brush`], [`DrawTool::Rectangle`] or [`DrawTool::Polygon`].
    Outline(Outline),
    /// With [`DrawTool::Point`]: column, row.
    Point([usize; 2]),
}

/// What is drawn so far.
#[derive(Debug, Clone, Default, PartialEq)]
struct Sketch {
    /// Column, row.
    points: Vec<[f64; 2]>,
    state: SketchState,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum SketchState {
    #[default]
    Open,
    /// Nothing is added any more; it is shown until it is carried out.
    Done,
    /// Until the button is released.
    GivenUp,
}

impl Sketch {
    fn is_done(&self) -> bool {
        self.state == SketchState::Done
    }
}

/// Points from the first corner within which a click closes a polygon.
const CLOSING_DISTANCE: f32 = 8.0;

impl DrawTool {
    /// Whether a drag draws, so that it cannot move the picture.
    pub(super) fn takes_drags(self) -> bool {
        matches!(self, Self::Brush(_) | Self::Rectangle)
    }
}

impl Scene<'_> {
    /// Takes this frame's input in, and shows the sketch. `is_kept`: what was drawn last is not carried out yet.
    pub(super) fn draw(
        &self,
        ui: &mut Ui,
        response: &Response,
        tool: DrawTool,
        is_kept: bool,
    ) -> Option<Drawn> {
        let id = response.id.with(("sketch", std::mem::discriminant(&tool)));
        let mut sketch: Sketch = ui.data(|data| data.get_temp(id)).unwrap_or_default();
        if sketch.is_done() && !is_kept {
            sketch = Sketch::default();
        }
        // First, since it also ends the drag for the toolkit.
        if sketch.state == SketchState::Open && pressed(ui, response, Key::Escape) {
            let is_dragging = tool.takes_drags() && !sketch.points.is_empty();
            sketch = Sketch::default();
            if is_dragging {
                sketch.state = SketchState::GivenUp;
            }
        }
        let drawn = match tool {
            DrawTool::Brush(_) | DrawTool::Rectangle => self.drag(ui, response, tool, &mut sketch),
            DrawTool::Polygon => self.corner(ui, response, &mut sketch),
            DrawTool::Point => (response.clicked_by(PointerButton::Primary))
                .then(|| self.pixel_at(response.interact_pointer_pos()?))
                .flatten()
                .map(Drawn::Point),
        };
        if drawn.is_some() {
            sketch.state = SketchState::Done;
        }
        ui.data_mut(|data| data.insert_temp(id, sketch));
        drawn
    }

    fn drag(
        &self,
        ui: &Ui,
        response: &Response,
        tool: DrawTool,
        sketch: &mut Sketch,
    ) -> Option<Drawn> {
        let is_down = response.is_pointer_button_down_on()
            && ui.input(|input| input.pointer.button_down(PointerButton::Primary));
        let pos = response.interact_pointer_pos();
        let is_click = response.clicked_by(PointerButton::Primary);
        if sketch.state == SketchState::GivenUp {
            if !is_down {
                *sketch = Sketch::default();
            }
            return None;
        }
        if is_down || is_click {
            if sketch.is_done() {
                *sketch = Sketch::default();
            }
            let first = ui.input(|input| input.pointer.press_origin());
            if sketch.points.is_empty()
                && let Some(first) = first
            {
                sketch.points.push(self.pixel_near(first));
            }
            if let Some(pos) = pos {
                let pixel = self.pixel_near(pos);
                if sketch.points.last() != Some(&pixel) {
                    sketch.points.push(pixel);
                }
            }
        }
        let is_over = !is_down && !sketch.points.is_empty() && !sketch.is_done();
        (is_over || is_click)
            .then(|| self.outline(tool, &sketch.points))
            .flatten()
    }

    fn corner(&self, ui: &Ui, response: &Response, sketch: &mut Sketch) -> Option<Drawn> {
        let mut is_closed = pressed(ui, response, Key::Enter);
        if pressed(ui, response, Key::Backspace) && !sketch.is_done() {
            sketch.points.pop();
        }
        if response.clicked_by(PointerButton::Primary)
            && let Some(pos) = response.interact_pointer_pos()
        {
            if sketch.is_done() {
                *sketch = Sketch::default();
            }
            let first = sketch
                .points
                .first()
                .map(|point| self.screen_from_image(*point));
            let is_at_first = sketch.points.len() >= 3
                && first.is_some_and(|first| first.distance(pos) < CLOSING_DISTANCE);
            is_closed |= is_at_first || response.double_clicked();
            if !is_closed {
                sketch.points.push(self.point_at(pos));
            }
        }
        let may_close = is_closed && !sketch.is_done() && sketch.points.len() >= 3;
        may_close
            .then(|| self.outline(DrawTool::Polygon, &sketch.points))
            .flatten()
    }

    /// The middle of the pixel there, which may be outside of the picture.
    fn pixel_near(&self, pos: Pos2) -> [f64; 2] {
        self.projection.cell_near(self.view_pos(pos))
    }

    fn outline(&self, tool: DrawTool, points: &[[f64; 2]]) -> Option<Drawn> {
        let outline = match tool {
            DrawTool::Brush(size) => Outline::Stroke {
                points: points.to_vec(),
                size: size as f64,
            },
            DrawTool::Rectangle => {
                let (first, last) = (points.first()?, points.last()?);
                let range = |axis: usize| {
                    let low = first[axis].min(last[axis]);
                    let high = first[axis].max(last[axis]);
                    // Casts end at the edges: nothing is left of column 0.
                    low.max(0.0) as usize..(high + 1.0).max(0.0) as usize
                };
                Outline::Rectangle {
                    rows: range(1),
                    columns: range(0),
                }
            }
            DrawTool::Polygon => Outline::Polygon(points.to_vec()),
            DrawTool::Point => return None,
        };
        Some(Drawn::Outline(outline))
    }

    /// Paints the sketch, and the brush at the pointer.
    pub(super) fn paint_sketch(
        &self,
        ui: &Ui,
        response: &Response,
        tool: DrawTool,
        tokens: &Tokens,
    ) {
        let id = response.id.with(("sketch", std::mem::discriminant(&tool)));
        let sketch: Sketch = ui.data(|data| data.get_temp(id)).unwrap_or_default();
        let painter = ui
            .painter()
            .with_clip_rect(self.view.intersect(ui.clip_rect()));
        let color = tokens.mask.gamma_multiply(0.6);
        let points: Vec<Pos2> = (sketch.points.iter())
            .map(|point| self.screen_from_image(*point))
            .collect();
        match tool {
            DrawTool::Brush(size) => {
                let radius = (size as f64 * self.projection.zoom() / 2.0) as f32;
                paint_stroke(&painter, &points, radius.max(0.5), color);
                if let Some(pos) = response.hover_pos() {
                    let centre = self.screen_from_image(self.pixel_near(pos));
                    let [light, dark] = tokens.halo;
                    painter.circle_stroke(centre, radius.max(2.0), Stroke::new(3.0, dark));
                    painter.circle_stroke(centre, radius.max(2.0), Stroke::new(1.0, light));
                }
            }
            DrawTool::Rectangle => {
                if let (Some(first), Some(last)) = (sketch.points.first(), sketch.points.last()) {
                    let low = [first[0].min(last[0]) - 0.5, first[1].min(last[1]) - 0.5];
                    let high = [first[0].max(last[0]) + 0.5, first[1].max(last[1]) + 0.5];
                    let [min, max] = [low, high].map(|point| self.screen_from_image(point));
                    let rect = egui::Rect::from_min_max(min, max);
                    painter.rect_filled(rect, 0.0, color);
                }
            }
            DrawTool::Polygon => {
                self.paint_polygon(&painter, response, &points, sketch.is_done(), tokens);
            }
            DrawTool::Point => {}
        }
    }

    fn paint_polygon(
        &self,
        painter: &Painter,
        response: &Response,
        points: &[Pos2],
        is_done: bool,
        tokens: &Tokens,
    ) {
        let mut line = points.to_vec();
        match (is_done, points.first(), response.hover_pos()) {
            (true, Some(first), _) => line.push(*first),
            (false, Some(_), Some(pos)) => line.push(pos),
            _ => {}
        }
        let [light, _] = tokens.halo;
        painter.add(Shape::line(line.clone(), Stroke::new(3.0, light)));
        painter.add(Shape::line(line, Stroke::new(1.5, tokens.mask)));
        for point in points {
            painter.circle_filled(*point, 3.5, light);
            painter.circle_filled(*point, 2.5, tokens.mask);
        }
    }
}

fn paint_stroke(painter: &Painter, points: &[Pos2], radius: f32, color: Color32) {
    if let [point] = points {
        painter.circle_filled(*point, radius, color);
        return;
    }
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        painter.circle_filled(*first, radius, color);
        painter.circle_filled(*last, radius, color);
        painter.add(Shape::line(
            points.to_vec(),
            Stroke::new(2.0 * radius, color),
        ));
    }
}

/// Keys are the picture's if nothing else has the keyboard.
fn pressed(ui: &Ui, response: &Response, key: Key) -> bool {
    let is_ours = response.has_focus() || ui.memory(|memory| memory.focused().is_none());
    is_ours && ui.input(|input| input.key_pressed(key))
}
