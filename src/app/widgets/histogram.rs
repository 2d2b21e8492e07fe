//! How often values occur, as bars, and the limits of a colour scale as two lines that can be dragged.
//!
//! It draws bins as they are given, neighbours together where a bar would be thinner than it can be seen.

mod limits;

use self::limits::limit_lines;
use super::number_field::{number_text, number_text_near};
use super::spectrum_plot::ticks::{marks, tick_text};
use super::spoken::described;
use crate::analysis::Bins;
use crate::app::theme::{Tokens, tokens};
use eframe::egui;
use egui::{Align2, Color32, Id, Rect, Response, Role, Ui, WidgetInfo, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, Plot, PlotMemory, PlotTransform, PlotUi};
use std::ops::Range;

/// A bar is so many points wide at least.
const BAR_WIDTH: f32 = 2.0;
/// Wheel points for a zoom by a factor of e.
const WHEEL_POINTS: f64 = 200.0;

/// What a [`histogram`] shows.
pub struct Histogram<'a> {
    /// `None` before there are any.
    pub bins: Option<&'a Bins>,
    /// More cells are still to be counted.
    pub is_part: bool,
    /// The height of a bar is the logarithm of its count.
    pub is_log: bool,
    /// Of the colours of the picture: darkest and brightest value.
    pub limits: Option<[f64; 2]>,
    /// Of their lines.
    pub limits_color: Color32,
    /// In the middle while there is nothing.
    pub empty_hint: &'a str,
    /// What it is of: another one forgets the zoom.
    pub id: Id,
}

/// "Histogram": bars over values; the wheel zooms, a drag pans, a double click shows all. What is under the pointer is
/// written above the bars. The lines are "Lower limit" and "Upper limit"; with the focus, arrow keys move them. Returns the
/// limits that the user dragged them to.
pub fn histogram(ui: &mut Ui, shown: &Histogram<'_>, height: f32) -> Option<[f64; 2]> {
    let tokens = tokens(ui);
    let id = shown.id;
    let memory = PlotMemory::load(ui.ctx(), id);
    let width = memory.as_ref().map_or(ui.available_width(), |memory| {
        memory.transform().frame().width()
    });
    let in_sight = memory
        .filter(|memory| !memory.auto_bounds.x)
        .map(|memory| memory.transform().bounds().range_x());
    let bars = shown.bins.map(|bins| {
        let range = in_sight.clone().unwrap_or(bins.start..=bins.end());
        Bars::of(bins, [*range.start(), *range.end()], width)
    });
    let plot = configured(shown, bars.as_ref(), &tokens)
        .id(id)
        .height(height)
        .show(ui, |plot_ui| {
            wheel(plot_ui);
        });
    let response = plot.response;
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), "Histogram"));
    described(
        &response,
        shown.bins.map_or_else(
            || shown.empty_hint.to_owned(),
            |bins| {
                let ends = [bins.start, bins.end()].map(number_text);
                format!("Values from {} to {}", ends[0], ends[1])
            },
        ),
    );
    let Some(bars) = bars else {
        hint(ui, &response, shown.empty_hint, &tokens);
        return None;
    };
    let color = match shown.is_part {
        true => tokens.icon.gamma_multiply(0.4),
        false => tokens.icon.gamma_multiply(0.75),
    };
    // Bars lie over the lines: a limit often stands at a spike, and the line is seen above it.
    let moved = shown.limits.and_then(|limits| {
        limit_lines(
            ui,
            id,
            limits,
            &bars.bins,
            &plot.transform,
            shown.limits_color,
        )
    });
    bars.paint(ui, &plot.transform, shown.is_log, color);
    read_out(ui, &response, &plot.transform, &bars, &tokens);
    moved
}

/// The bins that are in sight, as many as there is room for.
struct Bars {
    bins: Bins,
    in_sight: Range<usize>,
}

impl Bars {
    fn of(bins: &Bins, [low, high]: [f64; 2], width: f32) -> Self {
        let room = f64::from((width / BAR_WIDTH).max(1.0));
        let share = ((high - low) / (bins.end() - bins.start)).max(1e-9);
        let bins = bins.merged((room / share) as usize);
        // A cast of a negative or large number ends at the ends.
        let at = |x: f64| (x / bins.width - bins.start / bins.width) as usize;
        let end = (at(high).saturating_add(1)).min(bins.counts.len());
        let in_sight = at(low).min(end)..end;
        Self { bins, in_sight }
    }

    /// With their sides on the pixels of the screen, so that there are no gaps between them.
    fn paint(&self, ui: &Ui, transform: &PlotTransform, is_log: bool, color: Color32) {
        let painter = ui.painter().with_clip_rect(*transform.frame());
        let pixels = ui.ctx().pixels_per_point();
        let x_of = |bin| (transform.position_from_point_x(self.bins.edge(bin)) * pixels).round();
        let bottom = transform.position_from_point_y(0.0);
        let counts = self.bins.counts.iter().enumerate();
        let in_sight = counts.take(self.in_sight.end).skip(self.in_sight.start);
        for (bin, &count) in in_sight.filter(|(_, count)| **count > 0) {
            let left = x_of(bin);
            let right = x_of(bin + 1).max(left + 1.0);
            let top = transform.position_from_point_y(height_of(count, is_log));
            // What is there at all is to be seen.
            let y = top.min(bottom - 1.0 / pixels)..=bottom;
            let rect = Rect::from_x_y_ranges(left / pixels..=right / pixels, y);
            painter.rect_filled(rect, 0.0, color);
        }
    }

    fn highest(&self) -> u64 {
        let counts = self.bins.counts.get(self.in_sight.clone());
        counts.into_iter().flatten().copied().max().unwrap_or(0)
    }

    /// The values of a bar and how many cells have them.
    fn text(&self, x: f64) -> Option<String> {
        let bin = (x / self.bins.width - self.bins.start / self.bins.width).floor();
        let bin = (bin >= 0.0).then_some(bin as usize)?;
        let count = self.bins.counts.get(bin)?;
        let (first, end) = (self.bins.edge(bin), self.bins.edge(bin + 1));
        let cells = if *count == 1 { "cell" } else { "cells" };
        let text = |value| number_text_near(value, self.bins.width);
        let values = match (self.bins.is_whole, self.bins.width <= 1.0) {
            (true, true) => text(first + 0.5),
            (true, false) => {
                format!("{} to {}", text(first + 0.5), text(end - 0.5))
            }
            (false, _) => format!("{} to {}", text(first), text(end)),
        };
        Some(format!("{values}: {count} {cells}"))
    }
}

/// A count of one is to be seen, too.
fn height_of(count: u64, is_log: bool) -> f64 {
    let count = count as f64;
    if is_log { (1.0 + count).log10() } else { count }
}

fn configured<'a>(shown: &Histogram<'_>, bars: Option<&Bars>, tokens: &Tokens) -> Plot<'a> {
    let axis = |hints: AxisHints<'a>| {
        hints
            .tick_label_font(tokens.small_text.clone())
            .tick_label_color(tokens.weak_text)
            .label_spacing(1.0..=2.0)
    };
    let (is_empty, is_log) = (bars.is_none(), shown.is_log);
    let x_text = move |mark: GridMark, range: &std::ops::RangeInclusive<f64>| match is_empty {
        true => String::new(),
        false => tick_text(mark.value, mark.step_size, range),
    };
    let y_text =
        move |mark: GridMark, range: &std::ops::RangeInclusive<f64>| match (is_empty, is_log) {
            (true, _) => String::new(),
            (false, true) => number_text((10f64.powf(mark.value) - 1.0).round()),
            (false, false) => tick_text(mark.value, mark.step_size, range),
        };
    let is_whole = bars.is_some_and(|bars| bars.bins.is_whole);
    let smallest_step = if is_whole { 1.0 } else { 0.0 };
    let plot = Plot::new(shown.id)
        .custom_x_axes(vec![axis(AxisHints::new_x()).formatter(x_text)])
        .custom_y_axes(vec![
            axis(AxisHints::new_y())
                .formatter(y_text)
                .min_thickness(46.0),
        ])
        .x_grid_spacer(move |input| marks(input, 12.0, smallest_step))
        .y_grid_spacer(move |input| match is_log {
            true => decades(input),
            false => marks(input, 3.0, 1.0),
        })
        .grid_color(tokens.grid.gamma_multiply(0.6))
        .grid_fade(0.2)
        .set_margin_fraction(vec2(0.02, 0.0))
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .allow_drag([true, false])
        .show_x(false)
        .show_y(false);
    let Some(bars) = bars else {
        return plot.include_x(0.0).include_x(1.0).include_y(0.0);
    };
    // The read-out stands above the bars.
    let top = height_of(bars.highest().max(1), is_log) * 1.2;
    let plot = plot.include_y(0.0).include_y(top);
    plot.include_x(bars.bins.start).include_x(bars.bins.end())
}

/// 1, 10, 100, …
fn decades(input: GridInput) -> Vec<GridMark> {
    let last = input.bounds.1.clamp(0.0, 20.0) as u32;
    let every = last / 4 + 1;
    let powers = (0..=last).filter(|power| power % every == 0);
    powers
        .map(|power| GridMark {
            value: (1.0 + 10f64.powi(power.cast_signed())).log10(),
            step_size: f64::from(every),
        })
        .collect()
}

/// Zooms the values at the pointer; the scrolling is taken, so that the panel around does not move.
fn wheel(plot_ui: &mut PlotUi<'_>) {
    if !plot_ui.response().contains_pointer() {
        return;
    }
    let wheel = plot_ui.ctx().input_mut(|input| {
        let wheel = input.smooth_scroll_delta;
        input.smooth_scroll_delta = egui::Vec2::ZERO;
        f64::from(wheel.x + wheel.y)
    });
    let Some(at) = plot_ui.pointer_coordinate().filter(|_| wheel != 0.0) else {
        return;
    };
    let factor = (-wheel / WHEEL_POINTS).exp();
    let bounds = plot_ui.plot_bounds();
    let [min, max] = [bounds.min()[0], bounds.max()[0]].map(|x| at.x + (x - at.x) * factor);
    if max - min > min.abs().max(max.abs()) * 1e-10 && (max - min).is_finite() {
        plot_ui.set_plot_bounds_x(min..=max);
    }
}

fn read_out(ui: &Ui, response: &Response, transform: &PlotTransform, bars: &Bars, tokens: &Tokens) {
    let Some(pointer) = response.hover_pos() else {
        return;
    };
    let x = transform.value_from_position(pointer).x;
    let Some(text) = bars.text(x) else {
        return;
    };
    let painter = ui.painter().with_clip_rect(ui.clip_rect());
    let color = ui.visuals().text_color();
    let galley = painter.layout_no_wrap(text, tokens.number_text.clone(), color);
    let corner = transform.frame().right_top() + vec2(-6.0, 3.0);
    let rect = Align2::RIGHT_TOP.anchor_size(corner, galley.size());
    let ground = ui.visuals().extreme_bg_color.gamma_multiply(0.85);
    painter.rect_filled(rect.expand2(vec2(4.0, 2.0)), 3.0, ground);
    painter.galley(rect.min, galley, color);
}

fn hint(ui: &Ui, response: &Response, hint: &str, tokens: &Tokens) {
    let font = egui::TextStyle::Body.resolve(ui.style());
    let width = (response.rect.width() - 24.0).max(40.0);
    let galley = (ui.painter()).layout(hint.to_owned(), font, tokens.weak_text, width);
    let rect = Align2::CENTER_CENTER.anchor_size(response.rect.center(), galley.size());
    ui.painter().galley(rect.min, galley, tokens.weak_text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins() -> Bins {
        Bins {
            start: 9.5,
            width: 1.0,
            is_whole: true,
            counts: (0..100).collect(),
        }
    }

    #[test]
    fn bars_are_as_many_as_there_is_room_for() {
        let bars = Bars::of(&bins(), [9.5, 109.5], 100.0);
        assert_eq!((bars.bins.width, bars.in_sight.clone()), (2.0, 0..50));
        assert_eq!(bars.highest(), 98 + 99);
        let near = Bars::of(&bins(), [20.0, 40.0], 100.0);
        assert_eq!((near.bins.width, near.in_sight.clone()), (1.0, 10..31));
        let outside = Bars::of(&bins(), [-50.0, -40.0], 100.0);
        assert!(outside.in_sight.len() <= 1);
    }

    #[test]
    fn what_a_bar_is_of_is_said_in_values() {
        let bars = Bars::of(&bins(), [9.5, 109.5], 1000.0);
        assert_eq!(bars.text(11.2).as_deref(), Some("11: 1 cell"));
        let coarse = Bars::of(&bins(), [9.5, 109.5], 100.0);
        assert_eq!(coarse.text(11.2).as_deref(), Some("10 to 11: 1 cell"));
        assert_eq!(bars.text(9.0), None);
        assert_eq!(bars.text(200.0), None);
    }
}
