//! Spectra as curves over wavelength or band, with draggable lines for the shown bands.
//!
//! It draws what it is given in the order given; sorting, reading and snapping to bands are the
//! caller's.

mod click;
mod curves;
mod decimate;
pub(super) mod ticks;

use eframe::egui;
use egui::{
    Align2, Color32, CursorIcon, Id, Key, Modifiers, Pos2, Rect, Response, Role, Sense, Stroke, Ui,
    Vec2b, WidgetInfo, pos2, vec2,
};
use egui_plot::{AxisHints, GridMark, Plot, PlotMemory, PlotPoint, PlotTransform, PlotUi};

use self::click::click;
use self::curves::add_curve;
use self::decimate::{Segment, segments};
use self::ticks::{marks, tick_text};
use super::number_field::{number_text, number_text_near};
use super::spoken::described;
use crate::app::theme::{Tokens, tokens};

/// Half the width of the zone in which a marker can be grabbed.
const GRAB: f32 = 6.0;
/// A sample nearer to the pointer than this is read out instead of the pointer's place.
const READ_OUT: f32 = 24.0;
/// Wheel points for a zoom by a factor of e.
const WHEEL_POINTS: f64 = 200.0;

/// One line of a [`SpectrumPlot`].
pub struct Curve<'a> {
    /// For the read-out, where there are several.
    pub name: &'a str,
    /// Of the line.
    pub color: Color32,
    /// In the order to draw; NaN y = a gap.
    pub points: &'a [[f64; 2]],
    /// ± one sigma, parallel to points.
    pub sigma: Option<&'a [f64]>,
    /// Values under a mask that are to be seen: apart from the line, and read out as masked.
    pub masked: &'a [[f64; 2]],
}

/// What a [`spectrum_plot`] shows.
pub struct SpectrumPlot<'a> {
    /// From back to front.
    pub curves: &'a [Curve<'a>],
    /// `Wavelength (nm)` or `Band`
    pub x_label: &'a str,
    /// Of the values.
    pub y_label: &'a str,
    /// x positions of the shown band (one, grey/accent) or of the red, green and blue bands
    /// (three, in these colours), with a short label.
    pub markers: &'a [(f64, Color32, &'a str)],
    /// Text in the middle while there is no curve, e.g. `Move over the picture to see spectra`.
    pub empty_hint: &'a str,
    /// Distinguishes plots in one place.
    pub id: &'a str,
}

/// What the user did.
#[derive(Debug, Default)]
pub struct SpectrumEvents {
    /// Marker index and the x it was dragged (or, by a click in the plot, sent) to. The caller
    /// snaps to a band.
    pub marker_moved: Option<(usize, f64)>,
    /// x, y under the pointer.
    pub hover: Option<[f64; 2]>,
}

/// What is drawn, in a sentence.
fn description(plot: &SpectrumPlot<'_>, extent: &Extent) -> String {
    let curves = match plot.curves.len() {
        0 => return plot.empty_hint.to_owned(),
        1 => "1 curve".to_owned(),
        count => format!("{count} curves"),
    };
    let range = |[lo, hi]: [f64; 2]| format!("{} to {}", number_text(lo), number_text(hi));
    let (x, y) = (range(extent.x), range(extent.y));
    format!("{curves}; {} {x}, {} {y}", plot.x_label, plot.y_label)
}

/// "Spectrum": curves with bounds that follow them unless the user zoomed or dragged (double
/// click resets), and what is under the pointer as text. Which curve is which is told beside the
/// plot.
///
/// Markers are vertical lines that can be dragged, or stepped from sample to sample with the
/// arrow keys: "Shown band", or "Red band", "Green band" and "Blue band". A click in the plot
/// sends a single one there. The wheel zooms (with Shift in x only, with Alt in y only), a
/// drag pans, a drag with the secondary button zooms to a box.
pub fn spectrum_plot(ui: &mut Ui, plot: &SpectrumPlot<'_>) -> SpectrumEvents {
    let tokens = tokens(ui);
    let id = ui.make_persistent_id(plot.id);
    let memory = PlotMemory::load(ui.ctx(), id);
    let last = memory.as_ref().map(PlotMemory::transform);
    let auto = memory.map_or(Vec2b::TRUE, |memory| memory.auto_bounds);

    let extent = Extent::of(plot);
    let width = last.map_or(ui.available_width(), |last| last.frame().width());
    let shown = match last.filter(|_| !auto.x) {
        Some(last) => last.bounds().range_x(),
        None => extent.x[0]..=extent.x[1],
    };
    let columns = f64::from(width.max(1.0));
    let per_column = (shown.end() - shown.start()) / columns;
    let curves: Vec<Vec<Segment>> = plot
        .curves
        .iter()
        .map(|curve| segments(curve.points, curve.sigma, *shown.start(), per_column))
        .collect();

    let scale = last.map_or([columns, 0.0], |last| last.dpos_dvalue());
    let height = last.map_or(ui.available_height(), |last| last.frame().height());
    let shown_plot = configured(plot, &extent, height, &tokens)
        .id(id)
        .show(ui, |plot_ui| {
            wheel(plot_ui);
            for (index, (curve, segments)) in plot.curves.iter().zip(&curves).enumerate() {
                add_curve(plot_ui, index, curve, segments, scale);
            }
        });
    let (response, transform) = (shown_plot.response, shown_plot.transform);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), "Spectrum"));
    described(&response, description(plot, &extent));
    if last.is_some_and(|last| last.bounds() != transform.bounds()) {
        // The columns were those of the bounds before; the axes may need another width.
        ui.ctx().request_repaint();
    }
    if response.has_focus() {
        let stroke = Stroke::new(1.5, tokens.accent);
        let rect = response.rect;
        ui.painter()
            .rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
    }

    let mut events = SpectrumEvents::default();
    if extent.is_empty {
        paint_hint(ui, &response, plot.empty_hint, &tokens);
        return events;
    }
    events.marker_moved = match plot.markers {
        [marker] if marker.0.is_finite() => {
            click(ui, id, &response, &transform, auto).map(|x| (0, x))
        }
        // Which of several was meant is said by dragging it.
        _ => None,
    };
    let moved = markers_ui(ui, id, plot, &transform, &tokens);
    events.marker_moved = moved.or(events.marker_moved);
    if response.contains_pointer()
        && let Some(pointer) = ui.input(|input| input.pointer.hover_pos())
    {
        let at = transform.value_from_position(pointer);
        events.hover = Some([at.x, at.y]);
        paint_read_out(ui, plot, &curves, &transform, pointer, &tokens);
    }
    events
}

/// The range of all curves.
struct Extent {
    x: [f64; 2],
    y: [f64; 2],
    is_empty: bool,
}

impl Extent {
    fn of(plot: &SpectrumPlot<'_>) -> Self {
        let none = [f64::INFINITY, f64::NEG_INFINITY];
        let (mut x, mut y) = (none, none);
        for curve in plot.curves {
            let points = curve.points.iter().chain(curve.masked);
            for point in points.filter(|point| decimate::is_drawn(**point)) {
                x = [x[0].min(point[0]), x[1].max(point[0])];
                y = [y[0].min(point[1]), y[1].max(point[1])];
            }
        }
        let is_empty = x[0] > x[1];
        if is_empty {
            (x, y) = ([0.0, 1.0], [0.0, 1.0]);
        }
        for &(marker, ..) in plot.markers {
            if marker.is_finite() {
                x = [x[0].min(marker), x[1].max(marker)];
            }
        }
        Self { x, y, is_empty }
    }

    /// The extent with some room where it has none: a constant curve or a single point.
    fn with_room([low, high]: [f64; 2], least: f64) -> [f64; 2] {
        let size = low.abs().max(high.abs());
        if high - low > size * 1e-12 {
            return [low, high];
        }
        let room = (size * 0.05).max(least);
        [low - room, high + room]
    }
}

fn configured<'a>(
    plot: &SpectrumPlot<'a>,
    extent: &Extent,
    height: f32,
    tokens: &Tokens,
) -> Plot<'a> {
    let axis = |hints: AxisHints<'a>, label: &'a str| {
        hints
            .label(egui::RichText::new(label).font(tokens.small_text.clone()))
            .tick_label_font(tokens.small_text.clone())
            .tick_label_color(tokens.weak_text)
            .label_spacing(1.0..=2.0)
    };
    let is_empty = extent.is_empty;
    let format = move |mark: GridMark, range: &std::ops::RangeInclusive<f64>| {
        if is_empty {
            return String::new();
        }
        tick_text(mark.value, mark.step_size, range)
    };
    let [x0, x1] = Extent::with_room(extent.x, 0.5);
    let [y0, y1] = Extent::with_room(extent.y, 1e-6);
    // The labels of the markers stand above the curves, not on them.
    let labels = LABEL_HEIGHT * plot.markers.len().min(3) as f32;
    // In a plot that is hardly higher than its labels they lie on the curves.
    let share = f64::from((labels / height.max(1.0)).min(0.5));
    let y1 = y1 + share / (1.0 - share) * (y1 - y0);
    // There is nothing between two bands.
    let mut xs = plot
        .curves
        .iter()
        .flat_map(|curve| curve.points.iter().take(64));
    let smallest_step = if xs.all(|[x, _]| x.fract() == 0.0) {
        1.0
    } else {
        0.0
    };
    Plot::new(plot.id)
        .custom_x_axes(vec![
            axis(AxisHints::new_x(), plot.x_label).formatter(format),
        ])
        .custom_y_axes(vec![
            axis(AxisHints::new_y(), plot.y_label)
                .formatter(format)
                .min_thickness(46.0),
        ])
        .x_grid_spacer(move |input| marks(input, 9.0, smallest_step))
        .y_grid_spacer(|input| marks(input, 4.5, 0.0))
        .grid_color(tokens.grid.gamma_multiply(0.6))
        .grid_fade(0.2)
        .set_margin_fraction(vec2(0.01, 0.06))
        .include_x(x0)
        .include_x(x1)
        .include_y(y0)
        .include_y(y1)
        .allow_scroll(false)
        .show_x(false)
        .show_y(false)
}

/// Height of the label of a marker; labels that would overlap stand below each other.
const LABEL_HEIGHT: f32 = 18.0;

/// Zooms at the pointer; the scrolling is taken, so that a scroll area around does not move.
fn wheel(plot_ui: &mut PlotUi<'_>) {
    if !plot_ui.response().contains_pointer() {
        return;
    }
    let (wheel, only_y) = plot_ui.ctx().input_mut(|input| {
        let wheel = input.smooth_scroll_delta;
        input.smooth_scroll_delta = egui::Vec2::ZERO;
        (wheel, input.modifiers.alt)
    });
    let Some(at) = plot_ui.pointer_coordinate() else {
        return;
    };
    // Shift turns the wheel into a horizontal one.
    let factor = |points: f32| (-f64::from(points) / WHEEL_POINTS).exp();
    let x = if only_y {
        1.0
    } else {
        factor(wheel.x + wheel.y)
    };
    let y = factor(wheel.y);
    let bounds = plot_ui.plot_bounds();
    if let Some([min, max]) = zoomed([bounds.min()[0], bounds.max()[0]], at.x, x) {
        plot_ui.set_plot_bounds_x(min..=max);
    }
    if let Some([min, max]) = zoomed([bounds.min()[1], bounds.max()[1]], at.y, y) {
        plot_ui.set_plot_bounds_y(min..=max);
    }
}

/// A range made larger by a factor around a point; `None` if it stays or becomes unusable.
fn zoomed([min, max]: [f64; 2], at: f64, factor: f64) -> Option<[f64; 2]> {
    let new = [at - (at - min) * factor, at + (max - at) * factor];
    let extent = new[1] - new[0];
    let precision = new[0].abs().max(new[1].abs()) * 1e-10;
    (factor != 1.0 && extent.is_finite() && extent > precision && extent < 1e280).then_some(new)
}

fn paint_hint(ui: &Ui, response: &Response, hint: &str, tokens: &Tokens) {
    let font = egui::TextStyle::Body.resolve(ui.style());
    let width = (response.rect.width() - 24.0).max(40.0);
    let galley = ui
        .painter()
        .layout(hint.to_owned(), font, tokens.weak_text, width);
    let rect = Align2::CENTER_CENTER.anchor_size(response.rect.center(), galley.size());
    ui.painter().galley(rect.min, galley, tokens.weak_text);
}

fn markers_ui(
    ui: &mut Ui,
    id: Id,
    plot: &SpectrumPlot<'_>,
    transform: &PlotTransform,
    tokens: &Tokens,
) -> Option<(usize, f64)> {
    let frame = *transform.frame();
    let mut moved = None;
    let mut labels: Vec<Rect> = Vec::new();
    for (index, &(x, color, label)) in plot.markers.iter().enumerate() {
        let at = transform.position_from_point_x(x);
        if !x.is_finite() || !frame.x_range().contains(at) {
            continue;
        }
        let zone = Rect::from_x_y_ranges(at - GRAB..=at + GRAB, frame.y_range());
        let marker = ui.interact(
            zone.intersect(frame),
            id.with(("marker", index)),
            Sense::DRAG | Sense::FOCUSABLE,
        );
        let name = marker_name(index, plot.markers.len());
        marker.widget_info(|| WidgetInfo::slider(ui.is_enabled(), x, name));
        if marker.hovered() || marker.dragged() {
            ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
        if marker.drag_started() {
            marker.request_focus();
        }
        if marker.dragged()
            && marker.drag_delta().x != 0.0
            && let Some(pointer) = marker.interact_pointer_pos()
        {
            let pointer = pos2(pointer.x.clamp(frame.left(), frame.right()), pointer.y);
            moved = Some((index, transform.value_from_position(pointer).x));
        }
        if marker.has_focus()
            && let Some(x) = stepped(ui, marker.id, plot, x)
        {
            moved = Some((index, x));
        }
        paint_marker(ui, &frame, at, color, label, &marker, &mut labels, tokens);
    }
    moved
}

fn marker_name(index: usize, count: usize) -> &'static str {
    match (count, index) {
        (3, 0) => "Red band",
        (3, 1) => "Green band",
        (3, 2) => "Blue band",
        _ => "Shown band",
    }
}

/// The sample left or right of a marker, by arrow key.
fn stepped(ui: &Ui, id: Id, plot: &SpectrumPlot<'_>, x: f64) -> Option<f64> {
    ui.memory_mut(|memory| {
        let filter = egui::EventFilter {
            horizontal_arrows: true,
            ..egui::EventFilter::default()
        };
        memory.set_focus_lock_filter(id, filter);
    });
    let [left, right] = ui.input_mut(|input| {
        [Key::ArrowLeft, Key::ArrowRight].map(|key| input.consume_key(Modifiers::NONE, key))
    });
    if left == right {
        return None;
    }
    let samples = plot.curves.first()?.points.iter().map(|point| point[0]);
    if left {
        samples.filter(|&s| s < x).max_by(f64::total_cmp)
    } else {
        samples.filter(|&s| s > x).min_by(f64::total_cmp)
    }
}

#[expect(clippy::too_many_arguments, reason = "one place of use")]
fn paint_marker(
    ui: &Ui,
    frame: &Rect,
    at: f32,
    color: Color32,
    label: &str,
    marker: &Response,
    labels: &mut Vec<Rect>,
    tokens: &Tokens,
) {
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let is_active = marker.hovered() || marker.dragged() || marker.has_focus();
    let width = if is_active { 2.5 } else { 1.5 };
    painter.vline(at, frame.y_range(), Stroke::new(width, color));
    // A grip at the foot shows that the line can be taken.
    let foot = pos2(at, frame.bottom());
    let grip = [foot, foot + vec2(-5.0, -7.0), foot + vec2(5.0, -7.0)];
    painter.add(egui::Shape::convex_polygon(
        grip.to_vec(),
        color,
        Stroke::NONE,
    ));
    if marker.has_focus() {
        let rect = Rect::from_center_size(pos2(at, frame.center().y), vec2(8.0, frame.height()));
        let stroke = Stroke::new(1.0, tokens.accent);
        painter.rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
    }
    if label.is_empty() {
        return;
    }
    let galley = painter.layout_no_wrap(label.to_owned(), tokens.small_text.clone(), color);
    let size = galley.size() + vec2(6.0, 2.0);
    // At the right of the line, or at the left where there is no room; below other labels.
    let left = if at + 3.0 + size.x <= frame.right() {
        at + 3.0
    } else {
        at - 3.0 - size.x
    };
    let mut rect = Rect::from_min_size(pos2(left, frame.top() + 3.0), size);
    while let Some(other) = labels.iter().find(|other| other.intersects(rect)) {
        rect = rect.translate(vec2(0.0, other.bottom() + 1.0 - rect.top()));
    }
    labels.push(rect);
    let ground = ui.visuals().extreme_bg_color.gamma_multiply(0.85);
    painter.rect_filled(rect, 3.0, ground);
    painter.galley(rect.min + vec2(3.0, 1.0), galley, color);
}

/// The sample nearest to the pointer, or the pointer's place where none is near.
fn paint_read_out(
    ui: &Ui,
    plot: &SpectrumPlot<'_>,
    curves: &[Vec<Segment>],
    transform: &PlotTransform,
    pointer: Pos2,
    tokens: &Tokens,
) {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame.intersect(ui.clip_rect()));
    let mut nearest: Option<(f32, usize, PlotPoint, bool)> = None;
    for (index, (segments, curve)) in curves.iter().zip(plot.curves).enumerate() {
        let points = segments.iter().flat_map(|segment| &segment.points).copied();
        let masked = curve.masked.iter().map(|point| PlotPoint::from(*point));
        let all = points.map(|point| (point, false));
        for (point, is_masked) in all.chain(masked.map(|point| (point, true))) {
            let distance = transform.position_from_point(&point).distance_sq(pointer);
            if nearest.is_none_or(|(least, ..)| distance < least) {
                nearest = Some((distance, index, point, is_masked));
            }
        }
    }
    let near = nearest.filter(|(distance, ..)| *distance <= READ_OUT * READ_OUT);
    let (name, at) = match near {
        Some((_, index, point, _)) => {
            let curve = &plot.curves[index];
            let pos = transform.position_from_point(&point);
            painter.circle_filled(pos, 3.5, curve.color);
            painter.circle_stroke(pos, 3.5, Stroke::new(1.0, ui.visuals().extreme_bg_color));
            let name = if plot.curves.len() > 1 {
                curve.name
            } else {
                ""
            };
            (name, point)
        }
        None => ("", transform.value_from_position(pointer)),
    };
    let [dx, dy] = transform.dvalue_dpos().map(f64::abs);
    let (x, y) = match near {
        Some(_) => (number_text_near(at.x, dx), number_text_near(at.y, dy)),
        // No more digits than a point of the screen has.
        None => (
            number_text_near(rounded(at.x, dx), dx),
            number_text_near(rounded(at.y, dy), dy),
        ),
    };
    let is_masked = near.is_some_and(|(.., is_masked)| is_masked);
    let note = if is_masked { "  (masked)" } else { "" };
    let gap = if name.is_empty() { "" } else { "  " };
    let text = format!("{name}{gap}x {x}  y {y}{note}");
    let color = ui.visuals().text_color();
    let galley = painter.layout_no_wrap(text, tokens.number_text.clone(), color);
    let corner = frame.right_bottom() - vec2(8.0, 8.0);
    let rect = Align2::RIGHT_BOTTOM.anchor_size(corner, galley.size());
    let ground = ui.visuals().extreme_bg_color.gamma_multiply(0.85);
    painter.rect_filled(rect.expand2(vec2(4.0, 2.0)), 3.0, ground);
    painter.galley(rect.min, galley, color);
}

/// Rounded to the decimal place of a step.
fn rounded(value: f64, step: f64) -> f64 {
    let place = 10f64.powf(step.log10().floor());
    if place.is_normal() {
        (value / place).round() * place
    } else {
        value
    }
}

#[cfg(test)]
mod tests;
