//! How values become colours: stretch, limits, scale, colormap and the bar that shows them.
//!
//! It computes no limits: those shown are the ones the picture was painted with.

use eframe::egui;
use egui::{
    Color32, ComboBox, Mesh, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::number_field::{NumberField, Numbers, number_field, number_text, number_text_near};
use super::spoken::with_value;
use crate::app::theme::{Tokens, tokens};
use crate::render::{Colormap, Scale, Stretch};

/// Offered by name; others can be typed.
const PERCENTILES: [(f64, f64); 4] = [(0.5, 99.5), (1.0, 99.0), (2.0, 98.0), (5.0, 95.0)];
const SCALES: [Scale; 5] = [
    Scale::Linear,
    Scale::Log,
    Scale::Sqrt,
    Scale::Asinh,
    Scale::Gamma(2.2),
];
const BAR_WIDTH: f32 = 150.0;
const BAR_HEIGHT: f32 = 14.0;
/// A limit and its name.
const LIMIT_WIDTH: f32 = NumberField::WIDTH + 28.0;

/// What a [`scale_editor`] shows.
pub struct ScaleEditor<'a> {
    /// How the limits are found.
    pub stretch: Stretch,
    /// The channels of a composite do not all have that stretch.
    pub is_by_channel: bool,
    /// How values between the limits are spread.
    pub scale: Scale,
    /// `None` for a composite of three bands, which has none.
    pub colormap: Option<Colormap>,
    /// The limits the picture was painted with, one for each channel.
    pub used: &'a [Option<(f64, f64)>],
    /// E.g. `from a sample of 1.2 M cells`; empty where there is nothing to note.
    pub used_note: &'a str,
    /// The same for the tooltips, e.g. `exact`.
    pub used_tip: &'a str,
}

/// What the user chose.
#[derive(Debug, Default, PartialEq)]
pub struct ScaleEvents {
    /// A new stretch; typed or dragged limits make it [`Stretch::Fixed`].
    pub stretch: Option<Stretch>,
    /// The same for one channel of a composite.
    pub channel_stretch: Option<(usize, Stretch)>,
    /// A new scale.
    pub scale: Option<Scale>,
    /// A new colormap.
    pub colormap: Option<Colormap>,
}

/// "Stretch" menu with "Low percentile" and "High percentile" where they apply, "Low" and "High"
/// typed limits, "Scale" menu with "Gamma" where it applies, "Colormap" menu with drawn previews,
/// and a colour bar "Colour scale" with the limits at its ends.
///
/// Wraps in narrow places.
pub fn scale_editor(ui: &mut Ui, editor: &ScaleEditor<'_>) -> ScaleEvents {
    let maps = Maps {
        all: Colormap::ALL,
        name: Colormap::name,
        table: Colormap::table,
    };
    editor_ui(ui, editor, &maps)
}

type Table = [[u8; 3]; 256];

/// The colormaps to choose from.
struct Maps {
    all: &'static [Colormap],
    name: fn(Colormap) -> &'static str,
    table: fn(Colormap) -> &'static Table,
}

fn editor_ui(ui: &mut Ui, editor: &ScaleEditor<'_>, maps: &Maps) -> ScaleEvents {
    let tokens = tokens(ui);
    let mut events = ScaleEvents::default();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(tokens.gap, tokens.gap_small);
        events.stretch = stretch_menu(ui, editor);
        events.stretch = percentile_fields(ui, editor.stretch).or(events.stretch);
        let channel = match editor.colormap {
            None => channel_choice(ui),
            Some(_) => None,
        };
        match (limit_fields(ui, editor, channel, &tokens), channel) {
            (Some(stretch), Some(channel)) => events.channel_stretch = Some((channel, stretch)),
            (stretch, _) => events.stretch = stretch.or(events.stretch),
        }
        events.scale = scale_menu(ui, editor.scale);
        if let Some(colormap) = editor.colormap {
            events.colormap = colormap_menu(ui, colormap, maps, &tokens);
            let limits = editor.used.first().copied().flatten();
            color_bar(ui, (maps.table)(colormap), limits, editor.used_tip, &tokens);
        } else {
            channel_limits(ui, editor, &tokens);
        }
        if !editor.used_note.is_empty() {
            ui.add(egui::Label::new(
                egui::RichText::new(editor.used_note)
                    .font(tokens.small_text.clone())
                    .color(tokens.weak_text),
            ));
        }
    });
    events
}

/// A part of the strip that is not torn apart by wrapping.
fn group<R>(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let height = ui.spacing().interact_size.y;
    if ui.available_size_before_wrap().x < width {
        ui.end_row();
    }
    ui.allocate_ui_with_layout(
        vec2(width, height),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            contents(ui)
        },
    )
    .inner
}

fn stretch_menu(ui: &mut Ui, editor: &ScaleEditor<'_>) -> Option<Stretch> {
    group(ui, 176.0, |ui| {
        let name = ui.label("Stretch");
        let shown = match editor.is_by_channel {
            true => "By channel".to_owned(),
            false => stretch_text(editor.stretch),
        };
        let mut chosen = None;
        let response = ComboBox::from_id_salt("stretch")
            .selected_text(shown.as_str())
            .width(118.0)
            .height(420.0)
            .show_ui(ui, |ui| {
                let percentiles = PERCENTILES.map(|(lo, hi)| Stretch::Percentile { lo, hi });
                let others = [Stretch::Auto, Stretch::MinMax];
                for stretch in others.into_iter().chain(percentiles) {
                    let selected = stretch == editor.stretch && !editor.is_by_channel;
                    if ui
                        .selectable_label(selected, stretch_text(stretch))
                        .clicked()
                    {
                        chosen = Some(stretch);
                    }
                }
                let is_fixed =
                    matches!(editor.stretch, Stretch::Fixed { .. }) && !editor.is_by_channel;
                let fixed = ui
                    .selectable_label(is_fixed, "Fixed")
                    .on_hover_text("Keep the current limits when the band changes");
                if fixed.clicked() && !is_fixed {
                    let (lo, hi) = envelope(editor.used).unwrap_or((0.0, 1.0));
                    chosen = Some(Stretch::Fixed { lo, hi });
                }
            });
        with_value(response.response, shown)
            .labelled_by(name.id)
            .on_hover_text("How the limits of the colour scale are found");
        chosen.filter(|&stretch| stretch != editor.stretch || editor.is_by_channel)
    })
}

fn stretch_text(stretch: Stretch) -> String {
    match stretch {
        Stretch::Auto => "Automatic".to_owned(),
        Stretch::MinMax => "Min–max".to_owned(),
        Stretch::Percentile { lo, hi } => {
            format!("{}–{} %", number_text(lo), number_text(hi))
        }
        Stretch::Fixed { .. } => "Fixed".to_owned(),
    }
}

/// They keep their place where there is nothing to type: a limit that is typed must not move what is beside it.
fn percentile_fields(ui: &mut Ui, stretch: Stretch) -> Option<Stretch> {
    let (shown, [lo, hi]) = match stretch {
        Stretch::Percentile { lo, hi } => (true, [lo, hi]),
        Stretch::Auto | Stretch::MinMax | Stretch::Fixed { .. } => (false, [0.0, 100.0]),
    };
    group(ui, 128.0, |ui| {
        if !shown {
            ui.disable();
        }
        let field = |name, value, range| NumberField {
            name,
            value: shown.then_some(value),
            speed: 0.05,
            resolution: 0.0,
            width: 52.0,
            range,
            numbers: Numbers::Real,
        };
        let new_lo = number_field(ui, &field("Low percentile", lo, 0.0..=hi));
        let new_hi = number_field(ui, &field("High percentile", hi, lo..=100.0));
        ui.weak("%");
        (new_lo.is_some() || new_hi.is_some()).then(|| Stretch::Percentile {
            lo: new_lo.unwrap_or(lo),
            hi: new_hi.unwrap_or(hi),
        })
    })
}

/// From the lowest to the highest limit of all channels.
fn envelope(used: &[Option<(f64, f64)>]) -> Option<(f64, f64)> {
    used.iter()
        .flatten()
        .copied()
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Which channel of a composite typed limits are for; all without one.
fn channel_choice(ui: &mut Ui) -> Option<usize> {
    let id = ui.make_persistent_id("channel");
    let mut chosen: Option<usize> = ui.data(|data| data.get_temp(id)).flatten();
    group(ui, 112.0, |ui| {
        for (channel, text, name) in [
            (None, "All", "Limits of all channels"),
            (Some(0), "R", "Limits of red"),
            (Some(1), "G", "Limits of green"),
            (Some(2), "B", "Limits of blue"),
        ] {
            let label = ui.selectable_label(chosen == channel, text);
            let label = label.accessible_name(name).on_hover_text(name);
            if label.clicked() {
                chosen = channel;
            }
        }
    });
    ui.data_mut(|data| data.insert_temp(id, chosen));
    chosen
}

fn limit_fields(
    ui: &mut Ui,
    editor: &ScaleEditor<'_>,
    channel: Option<usize>,
    tokens: &Tokens,
) -> Option<Stretch> {
    let shown = match (channel, editor.stretch) {
        (Some(channel), _) => editor.used.get(channel).copied().flatten(),
        (None, Stretch::Fixed { lo, hi }) if !editor.is_by_channel => Some((lo, hi)),
        (None, _) => envelope(editor.used),
    };
    let (lo, hi) = (shown.map(|s| s.0), shown.map(|s| s.1));
    let speed = shown.map_or(0.01, |(lo, hi)| (hi - lo).abs() / 200.0);
    let field = |name, value| NumberField {
        name,
        value,
        speed,
        resolution: speed / 5.0,
        width: NumberField::WIDTH,
        range: f64::MIN..=f64::MAX,
        numbers: Numbers::Real,
    };
    let new_lo = group(ui, LIMIT_WIDTH, |ui| {
        ui.colored_label(tokens.weak_text, "Lo");
        number_field(ui, &field("Low", lo))
    });
    let new_hi = group(ui, LIMIT_WIDTH, |ui| {
        ui.colored_label(tokens.weak_text, "Hi");
        number_field(ui, &field("High", hi))
    });
    if new_lo.is_none() && new_hi.is_none() {
        return None;
    }
    let lo = new_lo.or(lo);
    let hi = new_hi.or(hi);
    // Where only one is known, the other is made to lie beyond it.
    Some(Stretch::Fixed {
        lo: lo.or(hi.map(|hi| hi - 1.0))?,
        hi: hi.or(lo.map(|lo| lo + 1.0))?,
    })
}

fn scale_menu(ui: &mut Ui, scale: Scale) -> Option<Scale> {
    let is_gamma = matches!(scale, Scale::Gamma(_));
    group(ui, if is_gamma { 180.0 } else { 128.0 }, |ui| {
        let name = ui.label("Scale");
        let mut chosen = None;
        let response = ComboBox::from_id_salt("scale")
            .selected_text(scale_text(scale))
            .width(82.0)
            .height(420.0)
            .show_ui(ui, |ui| {
                for offered in SCALES {
                    let selected = scale_text(offered) == scale_text(scale);
                    if ui.selectable_label(selected, scale_text(offered)).clicked() && !selected {
                        chosen = Some(offered);
                    }
                }
            });
        with_value(response.response, scale_text(scale)).labelled_by(name.id);
        if let Scale::Gamma(gamma) = scale {
            let field = NumberField {
                name: "Gamma",
                value: Some(gamma),
                speed: 0.01,
                resolution: 0.0,
                width: 52.0,
                range: 0.05..=20.0,
                numbers: Numbers::Real,
            };
            chosen = number_field(ui, &field).map(Scale::Gamma).or(chosen);
        }
        chosen
    })
}

fn scale_text(scale: Scale) -> &'static str {
    match scale {
        Scale::Linear => "Linear",
        Scale::Log => "Log",
        Scale::Sqrt => "Sqrt",
        Scale::Asinh => "Asinh",
        Scale::Gamma(_) => "Gamma",
    }
}

fn colormap_menu(
    ui: &mut Ui,
    colormap: Colormap,
    maps: &Maps,
    tokens: &Tokens,
) -> Option<Colormap> {
    group(ui, 184.0, |ui| {
        let name = ui.label("Colormap");
        let mut chosen = None;
        let response = ComboBox::from_id_salt("colormap")
            .selected_text((maps.name)(colormap))
            .width(112.0)
            .height(480.0)
            .show_ui(ui, |ui| {
                for &offered in maps.all {
                    let name = (maps.name)(offered);
                    if colormap_row(ui, name, (maps.table)(offered), offered == colormap, tokens) {
                        chosen = Some(offered);
                    }
                }
            });
        with_value(response.response, (maps.name)(colormap)).labelled_by(name.id);
        chosen.filter(|&chosen| chosen != colormap)
    })
}

/// A preview and a name; whether it was chosen.
fn colormap_row(
    ui: &mut Ui,
    name: &str,
    table: &Table,
    is_selected: bool,
    tokens: &Tokens,
) -> bool {
    let size = vec2(196.0, ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_selected, name));
    if ui.is_rect_visible(rect) {
        let visuals = ui.style().interact_selectable(&response, is_selected);
        if is_selected || response.hovered() || response.has_focus() {
            ui.painter().rect(
                rect,
                visuals.corner_radius,
                visuals.weak_bg_fill,
                visuals.bg_stroke,
                StrokeKind::Inside,
            );
        }
        let left = rect.left_center() + vec2(6.0, -6.0);
        let preview = Rect::from_min_size(left, vec2(90.0, 12.0));
        paint_table(ui, preview, table, tokens);
        ui.painter().text(
            pos2(preview.right() + tokens.gap, rect.center().y),
            egui::Align2::LEFT_CENTER,
            name,
            egui::TextStyle::Button.resolve(ui.style()),
            visuals.text_color(),
        );
    }
    response.clicked()
}

/// The colours of a table from left to right.
fn paint_table(ui: &Ui, rect: Rect, table: &Table, tokens: &Tokens) {
    /// Between two columns colours are blended, so that not all 256 are needed.
    const COLUMNS: u16 = 64;
    let mut mesh = Mesh::default();
    for column in 0..=COLUMNS {
        let part = f32::from(column) / f32::from(COLUMNS);
        let [r, g, b] = table[usize::from(column * 255 / COLUMNS)];
        let x = egui::lerp(rect.x_range(), part);
        let color = Color32::from_rgb(r, g, b);
        mesh.colored_vertex(pos2(x, rect.top()), color);
        mesh.colored_vertex(pos2(x, rect.bottom()), color);
        if column > 0 {
            let last = u32::from(column) * 2 + 1;
            mesh.add_triangle(last - 3, last - 2, last - 1);
            mesh.add_triangle(last - 2, last - 1, last);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    let stroke = Stroke::new(1.0, tokens.grid);
    ui.painter()
        .rect_stroke(rect, 0.0, stroke, StrokeKind::Outside);
}

fn color_bar(ui: &mut Ui, table: &Table, limits: Option<(f64, f64)>, tip: &str, tokens: &Tokens) {
    let resolution = limits.map_or(0.0, |(lo, hi)| (hi - lo) / 1000.0);
    let near = |value| number_text_near(value, resolution);
    let text = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), near);
    let low = text(limits.map(|l| l.0));
    let high = text(limits.map(|l| l.1));
    let layout = |text: &str| {
        let font = tokens.small_text.clone();
        ui.painter()
            .layout_no_wrap(text.to_owned(), font, tokens.weak_text)
    };
    let (low_galley, high_galley) = (layout(&low), layout(&high));
    let gap = tokens.gap_small + 1.0;
    let width = BAR_WIDTH + low_galley.size().x + high_galley.size().x + 2.0 * gap;
    let height = ui.spacing().interact_size.y;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), "Colour scale"));
    if ui.is_rect_visible(rect) {
        let bar_left = rect.left() + low_galley.size().x + gap;
        let bar = Rect::from_center_size(
            pos2(bar_left + BAR_WIDTH / 2.0, rect.center().y),
            Vec2::new(BAR_WIDTH, BAR_HEIGHT),
        );
        paint_table(ui, bar, table, tokens);
        let y = rect.center().y - low_galley.size().y / 2.0;
        let painter = ui.painter();
        painter.galley(pos2(rect.left(), y), low_galley, tokens.weak_text);
        painter.galley(pos2(bar.right() + gap, y), high_galley, tokens.weak_text);
    }
    let tip = with_tip(format!("{low} (left) to {high} (right)"), tip);
    response.on_hover_text(tip);
}

fn with_tip(text: String, tip: &str) -> String {
    if tip.is_empty() {
        text
    } else {
        format!("{text}, {tip}")
    }
}

/// The limits of each channel of a composite, in its colour.
fn channel_limits(ui: &mut Ui, editor: &ScaleEditor<'_>, tokens: &Tokens) {
    let mut galleys = Vec::new();
    for (channel, limits) in editor.used.iter().enumerate() {
        let name = ["R", "G", "B"].get(channel).copied().unwrap_or("?");
        let color = tokens.channels[channel % tokens.channels.len()];
        let text = match limits {
            Some((lo, hi)) => {
                let near = |value: &f64| number_text_near(*value, (hi - lo) / 1000.0);
                format!("{name} {}…{}", near(lo), near(hi))
            }
            None => format!("{name} –"),
        };
        let galley = ui
            .painter()
            .layout_no_wrap(text, tokens.small_text.clone(), color);
        galleys.push(galley);
    }
    // All in one row where they fit into one at all, else each as a whole.
    let show = |ui: &mut Ui, galley| {
        let tip = with_tip("Limits of this channel".to_owned(), editor.used_tip);
        ui.add(egui::Label::new(galley).extend()).on_hover_text(tip);
    };
    let gap = tokens.gap_small;
    let width: f32 = galleys.iter().map(|galley| galley.size().x + gap).sum();
    if width <= ui.max_rect().width() {
        group(ui, width, |ui| {
            for galley in galleys {
                show(ui, galley);
            }
        });
    } else {
        for galley in galleys {
            group(ui, galley.size().x, |ui| show(ui, galley));
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    static GREY: Table = {
        let mut table = [[0; 3]; 256];
        let mut i = 0;
        while i < 256 {
            table[i] = [i as u8; 3];
            i += 1;
        }
        table
    };

    struct State {
        stretch: Stretch,
        scale: Scale,
        colormap: Option<Colormap>,
        used: Vec<Option<(f64, f64)>>,
        events: Vec<ScaleEvents>,
    }

    fn harness(stretch: Stretch, width: f32) -> Harness<'static, State> {
        let state = State {
            stretch,
            scale: Scale::Linear,
            colormap: Some(Colormap::Viridis),
            used: vec![Some((10.0, 4000.5))],
            events: Vec::new(),
        };
        let builder = Harness::builder().with_size((width, 420.0));
        builder.build_ui_state(
            |ui, state: &mut State| {
                let maps = Maps {
                    all: &[Colormap::Viridis],
                    name: |_| "Viridis",
                    table: |_| &GREY,
                };
                let editor = ScaleEditor {
                    stretch: state.stretch,
                    is_by_channel: false,
                    scale: state.scale,
                    colormap: state.colormap,
                    used: &state.used,
                    used_note: "exact",
                    used_tip: "exact",
                };
                let events = editor_ui(ui, &editor, &maps);
                if events != ScaleEvents::default() {
                    state.events.push(events);
                }
            },
            state,
        )
    }

    fn typed(harness: &mut Harness<'_, State>, label: &str, text: &str) {
        harness.get_by_label(label).click();
        harness.run_ok();
        harness.get_by_label(label).type_text(text);
        harness.run_ok();
        harness.key_press(egui::Key::Enter);
        harness.run_ok();
    }

    const PERCENTILE: Stretch = Stretch::Percentile { lo: 2.0, hi: 98.0 };

    #[test]
    fn a_typed_limit_makes_the_stretch_fixed() {
        for (label, expected) in [
            (
                "Low",
                Stretch::Fixed {
                    lo: -1e3,
                    hi: 4000.5,
                },
            ),
            ("High", Stretch::Fixed { lo: 10.0, hi: -1e3 }),
        ] {
            let mut harness = harness(PERCENTILE, 700.0);
            typed(&mut harness, label, "-1e3");
            let events = ScaleEvents {
                stretch: Some(expected),
                ..ScaleEvents::default()
            };
            assert_eq!(harness.state().events, [events], "{label}");
        }
    }

    #[test]
    fn limits_of_one_channel_leave_the_others() {
        let mut harness = harness(PERCENTILE, 900.0);
        harness.state_mut().colormap = None;
        harness.state_mut().used = vec![Some((1.0, 2.0)), Some((3.0, 4.0)), Some((5.0, 6.0))];
        harness.run_ok();
        harness.get_by_label("Limits of green").click();
        harness.run_ok();
        typed(&mut harness, "High", "9");
        let events = ScaleEvents {
            channel_stretch: Some((1, Stretch::Fixed { lo: 3.0, hi: 9.0 })),
            ..ScaleEvents::default()
        };
        assert_eq!(harness.state().events, [events]);
    }

    #[test]
    fn without_limits_in_use_one_can_be_typed() {
        let mut harness = harness(PERCENTILE, 700.0);
        harness.state_mut().used = vec![None];
        harness.run_ok();
        typed(&mut harness, "High", "5");
        let expected = Stretch::Fixed { lo: 4.0, hi: 5.0 };
        assert_eq!(harness.state().events[0].stretch, Some(expected));
    }

    #[test]
    fn bad_text_is_no_event() {
        let mut harness = harness(PERCENTILE, 700.0);
        typed(&mut harness, "Low", "low");
        assert_eq!(harness.state().events, []);
    }

    #[test]
    fn a_typed_percentile_stays_in_order() {
        let mut harness = harness(PERCENTILE, 700.0);
        typed(&mut harness, "Low percentile", "99.9");
        harness.get_by_label("At most 98");
        assert_eq!(harness.state().events, []);
        typed(&mut harness, "High percentile", "99.9");
        let expected = Stretch::Percentile { lo: 2.0, hi: 99.9 };
        assert_eq!(harness.state().events[0].stretch, Some(expected));
    }

    /// Where each part is that can be clicked.
    fn places(harness: &Harness<'_, State>) -> Vec<egui::Rect> {
        ["Stretch", "Low", "High", "Scale", "Colormap"]
            .map(|label| harness.get_by_label(label).rect())
            .to_vec()
    }

    #[test]
    fn a_typed_limit_moves_nothing_that_can_be_clicked() {
        for width in [420.0, 700.0, 1200.0] {
            let mut harness = harness(PERCENTILE, width);
            let before = places(&harness);
            harness.get_by_label("Low").click();
            harness.run_ok();
            harness.get_by_label("Low").type_text("-1234567890.125");
            harness.run_ok();
            assert_eq!(places(&harness), before, "{width}");
            let lo = -1_234_567_890.125;
            harness.state_mut().stretch = Stretch::Fixed { lo, hi: 4000.5 };
            harness.state_mut().used = vec![Some((lo, 4000.5))];
            harness.run_ok();
            assert_eq!(places(&harness), before, "{width}");
        }
    }

    #[test]
    fn limits_that_are_near_each_other_can_be_told_apart() {
        let mut harness = harness(PERCENTILE, 700.0);
        harness.state_mut().used = vec![Some((1_700_000_000.0, 1_700_000_100.0))];
        harness.run_ok();
        let shown = |label| harness.get_by_label(label).value();
        assert_eq!(shown("Low").as_deref(), Some("1700000000"));
        assert_eq!(shown("High").as_deref(), Some("1700000100"));
    }

    #[test]
    fn menus_choose() {
        let mut harness = harness(PERCENTILE, 700.0);
        for (menu, item) in [
            ("Stretch", "Min–max"),
            ("Stretch", "0.5–99.5 %"),
            ("Stretch", "Fixed"),
            ("Scale", "Asinh"),
            ("Scale", "Gamma"),
        ] {
            harness.get_by_label(menu).click();
            harness.run_ok();
            harness.get_by_label(item).click();
            harness.run_ok();
        }
        let stretch = |stretch| ScaleEvents {
            stretch: Some(stretch),
            ..ScaleEvents::default()
        };
        let scale = |scale| ScaleEvents {
            scale: Some(scale),
            ..ScaleEvents::default()
        };
        let expected = [
            stretch(Stretch::MinMax),
            stretch(Stretch::Percentile { lo: 0.5, hi: 99.5 }),
            stretch(Stretch::Fixed {
                lo: 10.0,
                hi: 4000.5,
            }),
            scale(Scale::Asinh),
            scale(Scale::Gamma(2.2)),
        ];
        assert_eq!(harness.state().events, expected);
    }

    #[test]
    fn the_colormap_menu_lists_maps() {
        let mut harness = harness(PERCENTILE, 700.0);
        harness.get_by_label("Colormap").click();
        harness.run_ok();
        harness.get_by_label("Viridis").click();
        harness.run_ok();
        assert_eq!(harness.state().events, []);
    }

    #[test]
    fn nothing_is_clipped_in_narrow_places() {
        for width in [300.0, 640.0, 1000.0] {
            for colormap in [None, Some(Colormap::Viridis)] {
                let mut harness = harness(PERCENTILE, width);
                harness.state_mut().colormap = colormap;
                harness.state_mut().used = vec![Some((-123_456.7, 7_654_321.0)); 3];
                harness.state_mut().scale = Scale::Gamma(2.2);
                harness.run_ok();
                for label in [
                    "Stretch",
                    "Low percentile",
                    "High percentile",
                    "Low",
                    "High",
                    "Scale",
                    "Gamma",
                    "exact",
                ] {
                    let rect = harness.get_by_label(label).rect();
                    assert!(rect.right() <= width, "{label} in {width}: {rect}");
                }
            }
        }
    }
}
