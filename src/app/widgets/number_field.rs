//! A number that can be typed or dragged.
//!
//! What is typed takes effect when the field is left or Enter is pressed, and is the number that was typed, however little it
//! differs from the one before; while it is typed all digits are there, else as many as are needed. What is no number stays
//! in the field with a word about it, until it is mended or given up. The field is always equally wide: what is typed moves
//! nothing.

mod text;

use eframe::egui;
use egui::{
    CursorIcon, FontId, Key, Modifiers, Rect, Response, Sense, StrokeKind, Ui, WidgetInfo, vec2,
};

use super::field_error::field_error;
use super::text_field;
use crate::app::theme::tokens;
use text::{exact_text, field_text, parse_number};
pub use text::{number_text, number_text_near};

/// What a [`number_field`] shows and accepts.
#[derive(Debug, Clone)]
pub struct NumberField<'a> {
    /// Accessible label.
    pub name: &'a str,
    /// `None` is shown as a dash.
    pub value: Option<f64>,
    /// Change by one point of a drag.
    pub speed: f64,
    /// Differences that have to be seen; 0 where seven digits are always enough.
    pub resolution: f64,
    /// Width in points.
    pub width: f32,
    /// Other numbers are not taken.
    pub range: std::ops::RangeInclusive<f64>,
    /// Which numbers.
    pub numbers: Numbers,
}

/// Which numbers a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// All of the range.
    Real,
    /// Whole ones; beyond the range the nearest one of it is meant.
    Index,
}

impl NumberField<'_> {
    /// Room for ten digits.
    pub const WIDTH: f32 = 84.0;

    fn parse(&self, text: &str) -> Result<f64, String> {
        let number = parse_number(text)?;
        let (least, most) = (*self.range.start(), *self.range.end());
        match self.numbers {
            Numbers::Index if number.fract() != 0.0 => {
                Err(format!("{} is not a whole number", text.trim()))
            }
            Numbers::Index => Ok(number.clamp(least, most.max(least))),
            Numbers::Real if number < least => Err(format!("At least {}", exact_text(least))),
            Numbers::Real if number > most => Err(format!("At most {}", exact_text(most))),
            Numbers::Real => Ok(number),
        }
    }

    fn text(&self) -> String {
        match self.shown() {
            Some(value) => field_text(value, self.resolution),
            None => "–".to_owned(),
        }
    }

    fn shown(&self) -> Option<f64> {
        self.value.filter(|value| value.is_finite())
    }

    fn speed(&self) -> f64 {
        match self.speed.is_normal() {
            true => self.speed.abs(),
            false => 1.0,
        }
    }

    /// A dragged or stepped value, rounded where only whole numbers are taken and kept within the range.
    fn stepped(&self, value: f64) -> f64 {
        let value = match self.numbers {
            Numbers::Index => value.round(),
            Numbers::Real => value,
        };
        let most = self.range.end().max(*self.range.start());
        value.clamp(*self.range.start(), most)
    }
}

/// The text of a field, from when it gets the keyboard until it is taken or given up.
#[derive(Debug, Default, Clone)]
struct Typed {
    text: String,
    /// As it was before.
    before: String,
    /// The pass in which it was on the screen last.
    pass: u64,
    /// It was left with a text that is no number.
    is_left: bool,
}

/// The field; the new number if it was changed.
pub fn number_field(ui: &mut Ui, field: &NumberField<'_>) -> Option<f64> {
    let id = text_field::field_id(ui, ("number", field.name));
    let size = vec2(field.width, ui.spacing().interact_size.y);
    let (_, rect) = ui.allocate_space(size);
    let mut changed = asked_for(ui, id, field);
    let pass = ui.ctx().cumulative_pass_nr();
    let has_focus = ui.is_enabled() && ui.memory(|memory| memory.has_focus(id));
    // What was typed before the field was out of sight is forgotten.
    let mut typed = ui
        .data_mut(|data| data.remove_temp::<Typed>(id))
        .filter(|typed| typed.pass + 2 >= pass);
    let is_given_up = ui.input(|input| input.key_pressed(Key::Escape));
    // What is wrong is said until something else is done; then the field shows the number again.
    let is_elsewhere = ui.input(|input| {
        let pos = input.pointer.interact_pos();
        input.pointer.any_pressed() && pos.is_none_or(|pos| !rect.contains(pos))
    });
    typed = typed.filter(|typed| !(typed.is_left && is_elsewhere));
    let response = if has_focus {
        changed = arrows(ui, field).or(changed);
        if changed.is_some() {
            typed = None;
        }
        edit(ui, field, id, rect, &mut typed)
    } else {
        rest(ui, field, id, rect, typed.as_ref(), &mut changed)
    };
    if let Some(now) = &mut typed {
        now.pass = pass;
        let is_left = !ui.memory(|memory| memory.has_focus(id));
        if is_given_up {
            typed = None;
        } else if is_left && !now.is_left {
            let is_entered = ui.input(|input| input.key_pressed(Key::Enter));
            match (now.text != now.before).then(|| field.parse(&now.text)) {
                // A number that is typed anew is the same number.
                Some(Ok(number)) => {
                    changed = (field.value != Some(number)).then_some(number);
                    typed = None;
                }
                None => typed = None,
                // Whoever pressed Enter goes on typing.
                Some(Err(_)) if is_entered => response.request_focus(),
                Some(Err(_)) => now.is_left = true,
            }
        }
    }
    finish(ui, field, id, &response, typed.as_ref());
    if let Some(typed) = typed {
        ui.data_mut(|data| data.insert_temp(id, typed));
    }
    changed
}

/// The error, the tooltip, and what a screen reader is told.
fn finish(
    ui: &Ui,
    field: &NumberField<'_>,
    id: egui::Id,
    response: &Response,
    typed: Option<&Typed>,
) {
    let value = field.shown();
    response.widget_info(|| WidgetInfo::drag_value(ui.is_enabled(), value.unwrap_or(0.0)));
    ui.ctx().accesskit_node_builder(id, |builder| {
        builder.clear_label();
        builder.set_label(field.name);
        builder.set_value(typed.map_or_else(|| field.text(), |typed| typed.text.clone()));
        builder.set_numeric_value_step(field.speed());
        builder.add_action(egui::accesskit::Action::SetValue);
        builder.add_action(egui::accesskit::Action::Increment);
        builder.add_action(egui::accesskit::Action::Decrement);
    });
    let why = typed
        .filter(|typed| typed.text != typed.before)
        .and_then(|typed| field.parse(&typed.text).err());
    match why {
        Some(why) => field_error(ui, id, response.rect, &why),
        None => {
            let number =
                value.map_or_else(String::new, |value| format!(" = {}", exact_text(value)));
            let tip = format!("{}{number}: drag, or click to type a number", field.name);
            response.clone().on_hover_text(tip);
        }
    }
}

/// By a screen reader.
fn asked_for(ui: &Ui, id: egui::Id, field: &NumberField<'_>) -> Option<f64> {
    use egui::accesskit::{Action, ActionData};
    let (steps, set) = ui.input(|input| {
        let count = |action| input.num_accesskit_action_requests(id, action) as f64;
        let set = input.accesskit_action_requests(id, Action::SetValue);
        let set = set.filter_map(|request| match request.data {
            Some(ActionData::NumericValue(number)) => Some(number),
            _ => None,
        });
        (
            count(Action::Increment) - count(Action::Decrement),
            set.last(),
        )
    });
    let stepped = (steps != 0.0).then(|| field.shown().unwrap_or(0.0) + steps * field.speed());
    set.or(stepped).map(|value| field.stepped(value))
}

/// Up and Down while the number is typed.
fn arrows(ui: &Ui, field: &NumberField<'_>) -> Option<f64> {
    let steps = ui.input_mut(|input| {
        let mut presses = |key| input.count_and_consume_key(Modifiers::NONE, key) as f64;
        presses(Key::ArrowUp) - presses(Key::ArrowDown)
    });
    let step = match field.numbers {
        Numbers::Index => 1.0,
        Numbers::Real => field.speed(),
    };
    (steps != 0.0).then(|| field.stepped(field.shown().unwrap_or(0.0) + steps * step))
}

fn edit(
    ui: &mut Ui,
    field: &NumberField<'_>,
    id: egui::Id,
    rect: Rect,
    typed: &mut Option<Typed>,
) -> Response {
    if typed.is_none() {
        text_field::forget_history(ui.ctx(), id);
    }
    let now = typed.get_or_insert_with(|| {
        let text = field.shown().map_or_else(String::new, exact_text);
        text_field::select_all(ui.ctx(), id, &text);
        Typed {
            before: text.clone(),
            text,
            pass: 0,
            is_left: false,
        }
    });
    now.is_left = false;
    let color = match now.text == now.before || field.parse(&now.text).is_ok() {
        true => ui.visuals().text_color(),
        false => ui.visuals().error_fg_color,
    };
    let field = text_field::line(&mut now.text, id)
        .font(font(ui))
        .text_color(color)
        .margin(egui::Margin::symmetric(4, 2))
        .clip_text(true)
        .min_size(rect.size())
        .desired_width(rect.width());
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    inner.add(field)
}

fn rest(
    ui: &Ui,
    field: &NumberField<'_>,
    id: egui::Id,
    rect: Rect,
    typed: Option<&Typed>,
    changed: &mut Option<f64>,
) -> Response {
    let response = ui.interact(rect, id, Sense::click_and_drag());
    if response.clicked() {
        response.request_focus();
    } else if response.dragged() {
        *changed = dragged(ui, field, &response).or(*changed);
    }
    let visuals = ui.style().interact(&response);
    let (radius, fill, stroke) = (
        visuals.corner_radius,
        visuals.weak_bg_fill,
        visuals.bg_stroke,
    );
    ui.painter()
        .rect(rect, radius, fill, stroke, StrokeKind::Inside);
    let (text, color) = match typed {
        Some(typed) => (typed.text.clone(), ui.visuals().error_fg_color),
        None => (field.text(), visuals.text_color()),
    };
    let room = rect.width() - 8.0;
    let layout = |size| {
        let font = FontId { size, ..font(ui) };
        ui.painter().layout_no_wrap(text.clone(), font, color)
    };
    let mut galley = layout(font(ui).size);
    // Smaller, rather than without the last digits.
    if galley.size().x > room {
        galley = layout((font(ui).size * room / galley.size().x).max(7.0));
    }
    let inside = rect.shrink2(vec2(4.0, 0.0));
    let at = egui::Align2::CENTER_CENTER.align_size_within_rect(galley.size(), inside);
    ui.painter()
        .with_clip_rect(rect.intersect(ui.clip_rect()))
        .galley(
            at.min.max(egui::pos2(inside.left(), at.min.y)),
            galley,
            color,
        );
    response.on_hover_cursor(CursorIcon::ResizeHorizontal)
}

fn font(ui: &Ui) -> FontId {
    let size = tokens(ui).number_text.size;
    FontId::proportional(size)
}

/// The number where the pointer is, with as few digits as tell it from its neighbours.
fn dragged(ui: &Ui, field: &NumberField<'_>, response: &Response) -> Option<f64> {
    let id = response.id.with("dragged");
    if response.drag_started() {
        ui.data_mut(|data| data.remove::<f64>(id));
    }
    let delta = response.drag_delta();
    if delta == egui::Vec2::ZERO {
        return None;
    }
    let is_slow = ui.input(|input| input.modifiers.shift_only());
    let speed = field.speed() * if is_slow { 0.1 } else { 1.0 };
    let precise = ui.data_mut(|data| data.get_temp::<f64>(id));
    let precise = precise.or(field.shown()).unwrap_or(0.0) + f64::from(delta.x - delta.y) * speed;
    ui.data_mut(|data| data.insert_temp(id, precise));
    let aim = f64::from(ui.input(egui::InputState::aim_radius)) * speed;
    let round = egui::emath::smart_aim::best_in_range_f64(precise - aim, precise + aim);
    let value = field.stepped(round);
    (field.shown() != Some(value)).then_some(value)
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    struct State {
        value: Option<f64>,
        events: Vec<f64>,
    }

    fn harness(value: Option<f64>) -> Harness<'static, State> {
        let state = State {
            value,
            events: Vec::new(),
        };
        Harness::builder().with_size((200.0, 60.0)).build_ui_state(
            |ui, state: &mut State| {
                let field = NumberField {
                    name: "Low",
                    value: state.value,
                    speed: 0.1,
                    resolution: 0.0,
                    width: NumberField::WIDTH,
                    range: -1e10..=1e308,
                    numbers: Numbers::Real,
                };
                if let Some(value) = number_field(ui, &field) {
                    state.events.push(value);
                    state.value = Some(value);
                }
                let _elsewhere = ui.button("Elsewhere");
            },
            state,
        )
    }

    fn type_into(harness: &mut Harness<'_, State>, text: &str) {
        harness
            .get_by_role_and_label(Role::SpinButton, "Low")
            .click();
        harness.run_ok();
        harness.get_by_label("Low").type_text(text);
        harness.run_ok();
    }

    #[test]
    fn a_typed_number_counts_at_enter() {
        let mut harness = harness(Some(1.0));
        type_into(&mut harness, "-2.5e-3");
        assert_eq!(harness.state().events, [0.0; 0]);
        harness.key_press(egui::Key::Enter);
        harness.run_ok();
        assert_eq!(harness.state().events, [-2.5e-3]);
    }

    #[test]
    fn what_is_no_number_is_said_and_can_be_mended_or_given_up() {
        for (text, why) in [
            ("abc", "abc is not a number"),
            ("1,5", "1,5 is not a number: use a point for decimals"),
            ("1e400", "1e400 is too large (at most 1.8e308)"),
            ("-2e10", "At least -10000000000"),
        ] {
            let mut harness = harness(Some(1.0));
            type_into(&mut harness, text);
            harness.get_by_label(why);
            harness.key_press(egui::Key::Enter);
            harness.run_ok();
            // Whoever pressed Enter can go on.
            harness.get_by_label(why);
            harness.event(egui::Event::Text("x".to_owned()));
            harness.run_ok();
            let value = harness.get_by_label("Low").value();
            assert_eq!(value, Some(format!("{text}x")));
            harness.key_press(egui::Key::Escape);
            harness.run_ok();
            assert_eq!(harness.get_by_label("Low").value().as_deref(), Some("1"));
            assert_eq!(harness.state().events, [0.0; 0]);
        }
    }

    #[test]
    fn what_is_wrong_is_said_after_the_field_was_left() {
        let mut harness = harness(Some(1.0));
        type_into(&mut harness, "1,5");
        harness.get_by_label("Elsewhere").click();
        harness.run_ok();
        harness.get_by_label_contains("1,5 is not a number");
        assert_eq!(harness.get_by_label("Low").value().as_deref(), Some("1,5"));
        harness.get_by_label("Elsewhere").click();
        harness.run_ok();
        assert!(harness.query_by_label_contains("is not a number").is_none());
        assert_eq!(harness.get_by_label("Low").value().as_deref(), Some("1"));
        assert_eq!(harness.state().events, [0.0; 0]);
    }

    #[test]
    fn a_number_counts_however_little_it_differs() {
        for (value, text) in [
            (1_700_000_000.0, "1700000100"),
            (1_420_437_750.0, "1420437751"),
            (0.1, "0.10000000000000002"),
            (1e300, "1.0000000000000002e300"),
        ] {
            let mut harness = harness(Some(value));
            type_into(&mut harness, text);
            harness.key_press(egui::Key::Enter);
            harness.run_ok();
            assert_eq!(harness.state().events, [text.parse::<f64>().unwrap()]);
        }
    }

    #[test]
    fn typing_moves_nothing() {
        let mut harness = harness(Some(1.0));
        let place = |harness: &Harness<'_, State>| harness.get_by_label("Elsewhere").rect();
        let before = place(&harness);
        for text in ["123456789012345678901234567890", "abc", "7"] {
            type_into(&mut harness, text);
            assert_eq!(place(&harness), before, "{text}");
            harness.key_press(egui::Key::Enter);
            harness.run_ok();
            assert_eq!(place(&harness), before, "{text}");
            harness.key_press(egui::Key::Escape);
            harness.run_ok();
        }
    }

    #[test]
    fn a_number_is_dragged() {
        let mut harness = harness(Some(1.0));
        let at = harness.get_by_label("Low").rect().center();
        harness.hover_at(at);
        harness.run_ok();
        harness.drag_at(at);
        harness.run_ok();
        harness.hover_at(at + vec2(40.0, 0.0));
        harness.run_ok();
        harness.drop_at(at + vec2(40.0, 0.0));
        harness.run_ok();
        assert_eq!(harness.state().value, Some(5.0));
    }

    #[test]
    fn leaving_the_field_untouched_changes_nothing() {
        for value in [Some(1.0 / 3.0), Some(123_456_789.123), None] {
            let mut harness = harness(value);
            harness.get_by_label("Low").click();
            harness.run_ok();
            harness.get_by_label("Elsewhere").click();
            harness.run_ok();
            assert_eq!(harness.state().events, [0.0; 0], "{value:?}");
        }
    }

    #[test]
    fn an_unknown_number_can_be_set() {
        let mut harness = harness(None);
        type_into(&mut harness, "7");
        harness.key_press(egui::Key::Enter);
        harness.run_ok();
        assert_eq!(harness.state().events, [7.0]);
    }
}
