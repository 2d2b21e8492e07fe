//! A number that can be typed or dragged.
//!
//! Takes effect when the field is left or Enter is pressed, not while typing; text that is no
//! number keeps the old value, and leaving the field untouched changes nothing, although it shows
//! fewer digits than the number has.

use eframe::egui;

/// What a [`number_field`] shows and accepts.
#[derive(Debug, Clone)]
pub struct NumberField<'a> {
    /// Accessible label.
    pub name: &'a str,
    /// `None` is shown as a dash.
    pub value: Option<f64>,
    /// Change by one point of a drag.
    pub speed: f64,
    /// Least width in points; longer numbers widen the field.
    pub width: f32,
    /// Typed or dragged values are clamped to it.
    pub range: std::ops::RangeInclusive<f64>,
}

impl NumberField<'_> {
    /// The digits of most numbers fit, so that the field does not change its width all the time.
    pub const WIDTH: f32 = 64.0;
}

/// The field; the new number if it was changed.
pub fn number_field(ui: &mut egui::Ui, field: &NumberField<'_>) -> Option<f64> {
    let shown = field.value.filter(|v| v.is_finite());
    let mut value = shown.unwrap_or(0.0);
    let speed = if field.speed.is_normal() {
        field.speed.abs()
    } else {
        1.0
    };
    let widget = egui::DragValue::new(&mut value)
        .speed(speed)
        .range(field.range.clone())
        .clamp_existing_to_range(false)
        .update_while_editing(false)
        .custom_formatter(|v, _| match shown {
            None if v == 0.0 => "–".to_owned(),
            _ => number_text(v),
        })
        .custom_parser(parse_number)
        .min_size(egui::vec2(field.width, ui.spacing().interact_size.y));
    let response = ui.add(widget).accessible_name(field.name);
    response.on_hover_text(format!("{}: drag, or click to type a number", field.name));
    match shown {
        None => (value != 0.0).then_some(value),
        // The text of an untouched field is parsed as well when it is left.
        Some(old) => (value != old && number_text(value) != number_text(old)).then_some(value),
    }
}

/// Reads a finite number with sign, decimals and exponent. A comma is refused, since it could
/// mean decimals as well as thousands.
fn parse_number(text: &str) -> Option<f64> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == '\u{2212}' { '-' } else { c })
        .collect();
    text.parse().ok().filter(|v: &f64| v.is_finite())
}

/// A number in at most seven digits: plain where it is short, else with an exponent.
pub fn number_text(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor();
    if (-4.0..7.0).contains(&magnitude) {
        let decimals = (6.0 - magnitude).clamp(0.0, 9.0) as usize;
        let text = format!("{value:.decimals$}");
        if text.contains('.') {
            return text.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        return text;
    }
    let text = format!("{value:.5e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}e{exponent}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn numbers_are_short_and_readable() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (-0.25, "-0.25"),
            (4095.0, "4095"),
            (0.1 + 0.2, "0.3"),
            (1_234_567.0, "1234567"),
            (12_345_678.0, "1.23457e7"),
            (1e9, "1e9"),
            (-2.5e-7, "-2.5e-7"),
            (0.000_5, "0.0005"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number_text(value), text);
        }
    }

    #[test]
    fn numbers_are_read_with_sign_decimals_and_exponent() {
        for (text, value) in [
            ("-1.5e3", Some(-1500.0)),
            (" +2 ", Some(2.0)),
            (".5", Some(0.5)),
            ("1 000", Some(1000.0)),
            ("\u{2212}3", Some(-3.0)),
            ("1,5", None),
            ("nan", None),
            ("1e999", None),
            ("", None),
            ("abc", None),
        ] {
            assert_eq!(parse_number(text), value, "{text:?}");
        }
    }

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
                    width: NumberField::WIDTH,
                    range: f64::MIN..=f64::MAX,
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
    fn bad_text_keeps_the_number() {
        let mut harness = harness(Some(1.0));
        type_into(&mut harness, "abc");
        harness.key_press(egui::Key::Enter);
        harness.run_ok();
        assert_eq!(harness.state().events, [0.0; 0]);
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
