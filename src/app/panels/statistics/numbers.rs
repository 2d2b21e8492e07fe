//! The numbers of the panel, and the field for percentiles.

use crate::app::context::ViewerContext;
use crate::app::theme::tokens;
use crate::app::widgets::{field_error, line, number_text, number_text_near};
use crate::pickle::number::float_repr;
use crate::session::statistics::{Numbers, StatisticsAction};
use crate::session::{Action, Document};
use eframe::egui;
use egui::RichText;

/// Longer numbers are rounded; the tooltip has all digits.
const MOST_DIGITS: usize = 13;

pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    found: Option<&Numbers>,
    is_final: bool,
) {
    let stats = found.map(|numbers| &numbers.distribution.stats);
    let count = |of: Option<u64>| of.map(|count| count.to_string());
    let float = |of: Option<f64>| of.map(float_repr);
    let rows = [
        ("Cells", count(found.map(|numbers| numbers.done))),
        ("Masked", count(stats.map(|stats| stats.masked))),
        ("NaN", count(stats.map(|stats| stats.nan))),
        ("Infinite", count(stats.map(|stats| stats.inf))),
        ("Valid", count(stats.map(|stats| stats.count))),
        (
            "Minimum",
            stats.and_then(|stats| Some(stats.min?.to_string())),
        ),
        (
            "Maximum",
            stats.and_then(|stats| Some(stats.max?.to_string())),
        ),
        ("Mean", float(stats.and_then(|stats| stats.mean))),
        (
            "Standard deviation",
            float(stats.and_then(|stats| stats.std)),
        ),
    ];
    grid(ui, "numbers", is_final, |ui, row| {
        for (name, value) in &rows {
            row(ui, name, value.as_deref());
        }
    });
    ui.add_space(tokens(ui).gap_small);
    ui.horizontal(|ui| {
        ui.strong("Percentiles");
        more_percentiles(ui, cx, document);
    });
    let wanted = document.feeds().statistics().wanted();
    let asked = wanted.map_or(&[][..], |spec| &spec.percentiles);
    // As many lines before there are any.
    let unknown: Vec<(f64, Option<f64>)> = asked.iter().map(|asked| (*asked, None)).collect();
    let percentiles = stats.map_or(&unknown, |stats| &stats.percentiles);
    grid(ui, "percentiles", is_final, |ui, row| {
        for (asked, value) in percentiles {
            row(ui, &format!("{asked} %"), float(*value).as_deref());
        }
    });
}

type Row<'r> = &'r dyn Fn(&mut egui::Ui, &str, Option<&str>);

fn grid(ui: &mut egui::Ui, salt: &str, is_final: bool, rows: impl FnOnce(&mut egui::Ui, Row<'_>)) {
    let tokens = tokens(ui);
    let color = if is_final {
        ui.visuals().strong_text_color()
    } else {
        tokens.weak_text
    };
    let row = |ui: &mut egui::Ui, name: &str, value: Option<&str>| {
        ui.horizontal(|ui| {
            ui.weak(name);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let text = value.map_or_else(|| "–".to_owned(), short);
                let text = RichText::new(text).font(tokens.number_text.clone());
                let label = ui.add(egui::Label::new(text.color(color)).truncate());
                if let Some(value) = value {
                    label.on_hover_text(format!("{name}: {value}"));
                }
            });
        });
    };
    ui.push_id(salt, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.spacing_mut().interact_size.y = 0.0;
        rows(ui, &row);
    });
}

/// All digits where there is room for them.
fn short(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if text.len() > MOST_DIGITS => {
            let with = |digits: u8| {
                number_text_near(number, number * 10_f64.powf(1.5 - f64::from(digits)))
            };
            let mut texts = (7..=17).rev().map(with);
            let fits = texts.find(|text| text.len() <= MOST_DIGITS);
            fits.unwrap_or_else(|| number_text(number))
        }
        _ => text.to_owned(),
    }
}

/// A list of numbers, read when the field is left.
fn more_percentiles(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let id = ui.make_persistent_id(("more percentiles", document.id()));
    let typed: Option<String> = ui.data(|data| data.get_temp(id));
    let known = document.statistics().more_percentiles();
    let mut text = typed.unwrap_or_else(|| {
        let known: Vec<String> = known.iter().map(ToString::to_string).collect();
        known.join(", ")
    });
    let field = line(&mut text, id.with("field"))
        .hint_text("more, e.g. 0.1, 99.9")
        .desired_width(f32::INFINITY);
    let field = ui.add(field).accessible_name("More percentiles");
    let field = field.on_hover_text("Other percentiles, with commas between them");
    if field.changed() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    }
    let percentiles = match percentiles_in(&text) {
        Ok(percentiles) => percentiles,
        // It stays to be mended.
        Err(why) => return field_error(ui, id, field.rect, &why),
    };
    if field.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
        if percentiles != known {
            let action = StatisticsAction::SetPercentiles(percentiles);
            cx.act(Action::Statistics(action));
        }
    }
}

fn percentiles_in(text: &str) -> Result<Vec<f64>, String> {
    text.split(|c: char| c == ',' || c == ';' || c == '%' || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .map(|part| match part.parse() {
            Ok(percentile) if (0.0..=100.0).contains(&percentile) => Ok(percentile),
            _ => Err(format!("{part} is not a percentile from 0 to 100")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_percentiles_are_read_leniently() {
        assert_eq!(percentiles_in("0.1, 99.9 %;3"), Ok(vec![0.1, 99.9, 3.0]));
        assert_eq!(percentiles_in(" "), Ok(Vec::new()));
        for part in ["-1", "101", "nan", "x"] {
            let why = format!("{part} is not a percentile from 0 to 100");
            assert_eq!(percentiles_in(&format!("5, {part}, 7")), Err(why));
        }
    }

    #[test]
    fn digits_are_kept_where_there_is_room() {
        assert_eq!(short("3333.984375"), "3333.984375");
        assert_eq!(short("3333.984375123456"), "3333.98437512");
        assert_eq!(short("1700000000000000.25"), "1.7e15");
        assert_eq!(short("1700000100.251234"), "1700000100.25");
        assert_eq!(short("–"), "–");
    }
}
