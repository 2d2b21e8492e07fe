//! Clicks in the plot that may become double clicks.

use eframe::egui;
use egui::{Id, Response, Ui, Vec2b};
use egui_plot::PlotTransform;

/// Where a click beside the marker sends it. Where a double click resets the bounds, a click counts once it is known to be
/// none: else the first click of it would move the marker.
pub(super) fn click(
    ui: &Ui,
    id: Id,
    response: &Response,
    transform: &PlotTransform,
    auto: Vec2b,
) -> Option<f64> {
    let now = ui.input(|input| input.time);
    let delay = (ui.ctx()).options(|options| options.input_options.max_double_click_delay);
    let id = id.with("a click that may become a double click");
    if response.double_clicked() {
        ui.data_mut(|data| data.remove::<(f64, f64)>(id));
        return None;
    }
    let clicked = response.clicked().then(|| response.interact_pointer_pos());
    let clicked = clicked.flatten();
    let clicked = clicked.map(|at| transform.value_from_position(at).x);
    if auto.x && auto.y {
        return clicked;
    }
    if let Some(x) = clicked {
        ui.data_mut(|data| data.insert_temp(id, (x, now)));
    }
    let (x, time): (f64, f64) = ui.data(|data| data.get_temp(id))?;
    let left = time + delay - now;
    if left > 0.0 {
        let left = std::time::Duration::from_secs_f64(left);
        ui.ctx().request_repaint_after(left);
        return None;
    }
    ui.data_mut(|data| data.remove::<(f64, f64)>(id));
    Some(x)
}
