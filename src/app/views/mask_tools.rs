//! The row of tools that show, paint, add and drop the mask of the array that is shown as a picture.

use crate::analysis::Values;
use crate::app::context::ViewerContext;
use crate::app::widgets::{DrawTool, Drawn, NumberField, Numbers, number_field};
use crate::array::ArrayLayout;
use crate::render::MaskedCells;
use crate::session::mask_tools::{MAX_BRUSH, MaskTool, MaskTools};
use crate::session::view::{Mode, ViewState};
use crate::session::{Action, Document};
use eframe::egui;

/// What is said where a file has to be editable first.
const SWITCH_FIRST: &str = "Turn on Edit first";

/// What the canvas is to draw with.
pub(super) fn draw_tool(document: &Document) -> Option<DrawTool> {
    let tools = document.mask_tools();
    if !tools.is_open || !document.editing().is_on() || !has_cells_to_paint(document) {
        return None;
    }
    match tools.tool {
        MaskTool::Look => None,
        MaskTool::Brush => Some(DrawTool::Brush(tools.brush)),
        MaskTool::Rectangle => Some(DrawTool::Rectangle),
        MaskTool::Polygon => Some(DrawTool::Polygon),
        MaskTool::Similar => Some(DrawTool::Point),
    }
}

/// Asks for what was drawn.
pub(super) fn send(cx: &ViewerContext<'_>, drawn: Drawn) {
    cx.act(match drawn {
        Drawn::Outline(outline) => Action::PaintMask(outline),
        Drawn::Point(pixel) => Action::MaskSimilar(pixel),
    });
}

/// Whether what was drawn last is not in the picture yet.
pub(super) fn is_waiting(document: &Document) -> bool {
    document.editing().is_busy() || document.feeds().picture().is_waiting()
}

fn layout(document: &Document) -> Option<&ArrayLayout> {
    document.item().and_then(crate::dataset::Item::layout)
}

fn has_cells_to_paint(document: &Document) -> bool {
    let mask = layout(document).and_then(|layout| layout.mask.as_ref());
    mask.is_some_and(|mask| !mask.is_for_all_cells())
}

/// The row, if it is open.
pub(super) fn show(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
) {
    let Some(layout) = layout(document).filter(|_| document.mask_tools().is_open) else {
        return;
    };
    egui::Panel::top("mask tools").show(ui, |ui| {
        ui.add_space(3.0);
        ui.spacing_mut().item_spacing.y = 5.0;
        match &layout.mask {
            None => add(ui, cx, document, "This array has no mask."),
            Some(mask) if mask.is_for_all_cells() => {
                let text =
                    "One byte stands for the mask of all cells; to mask some, each needs its own.";
                add(ui, cx, document, text);
            }
            Some(_) => {
                ui.push_id(super::of_key(document), |ui| tools(ui, cx, document, view));
            }
        }
        ui.add_space(3.0);
    });
}

fn add(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, text: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.label(text);
        let button = ui.add_enabled(document.editing().is_on(), egui::Button::new("Add mask"));
        let tip = "Writes the array anew with a mask that masks nothing yet; the array without it stays in the history";
        let button = button.on_hover_text(tip).on_disabled_hover_text(SWITCH_FIRST);
        if button.clicked() {
            cx.act(Action::SetMask(true));
        }
    });
}

/// In two lines, so that nothing moves when another tool is chosen.
fn tools(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    let mut tools = *document.mask_tools();
    let has_spectra = view.axes.is_some_and(|axes| axes.band.is_some());
    let is_on = document.editing().is_on();
    ui.horizontal_wrapped(|ui| {
        masked_cells(ui, cx, view);
        ui.separator();
        if is_on {
            drop_mask(ui, cx);
            ui.separator();
            choose_tool(ui, &mut tools, has_spectra);
        } else {
            ui.weak("Turn on Edit to change the mask");
        }
    });
    if is_on {
        ui.horizontal_wrapped(|ui| {
            choose_cells(ui, document, view, &mut tools);
            by_value(ui, cx, document, view, &mut tools);
            ui.separator();
            invert(ui, cx);
        });
    }
    if tools != *document.mask_tools() {
        cx.act(Action::SetMaskTools(tools));
    }
}

/// What happens to cells, and in which bands.
fn choose_cells(ui: &mut egui::Ui, document: &Document, view: &ViewState, tools: &mut MaskTools) {
    let choices = [
        (false, "Mask", "Chosen cells are masked"),
        (true, "Unmask", "Chosen cells are masked no more"),
    ];
    choose(ui, &mut tools.unmasks, choices);
    ui.separator();
    if document.band_count() < 2 {
        return;
    }
    let text = match view.shown_mode() {
        Mode::Single => "This band",
        Mode::Composite | Mode::Mean => "These bands",
    };
    let choices = [
        (false, text, "Cells of what is shown only"),
        (true, "All bands", "Cells of all bands of a pixel"),
    ];
    choose(ui, &mut tools.all_bands, choices);
    ui.separator();
}

/// How masked cells are shown.
fn masked_cells(ui: &mut egui::Ui, cx: &ViewerContext<'_>, view: &ViewState) {
    ui.label("Masked cells");
    for masked in MaskedCells::ALL {
        let (text, tip) = match masked {
            MaskedCells::Hidden => ("Hidden", "Masked cells are left out of the picture"),
            MaskedCells::Tinted => ("Tinted", "Masked cells are shown under a tint"),
            MaskedCells::Shown => ("Shown", "Masked cells are shown as if there were no mask"),
        };
        let label = ui
            .selectable_label(view.masked == masked, text)
            .on_hover_text(tip);
        if label.clicked() {
            cx.act(Action::ShowMasked(masked));
        }
    }
}

fn choose_tool(ui: &mut egui::Ui, tools: &mut MaskTools, has_spectra: bool) {
    const MOVE: &str = "The right or middle button moves the picture";
    for tool in MaskTool::ALL {
        let (text, tip) = match tool {
            MaskTool::Look => ("Inspect", "Move the picture and pin pixels, as usual".to_owned()),
            MaskTool::Brush => ("Brush", format!("Paint with a round brush. {MOVE}")),
            MaskTool::Rectangle => ("Rectangle", format!("From corner to corner. {MOVE}")),
            MaskTool::Polygon => (
                "Polygon",
                "Click on each corner; a double click or Enter closes it, Backspace takes the last corner away, Escape gives it up".to_owned(),
            ),
            MaskTool::Similar => (
                "Similar",
                "Click on a pixel: all around it with a similar spectrum (or value) are chosen".to_owned(),
            ),
        };
        if ui
            .selectable_label(tools.tool == tool, text)
            .on_hover_text(tip)
            .clicked()
        {
            tools.tool = tool;
        }
    }
    match tools.tool {
        MaskTool::Brush => {
            let size = number(
                ui,
                "Brush size",
                tools.brush as f64,
                0.2,
                1.0..=MAX_BRUSH as f64,
                Numbers::Index,
            );
            tools.brush = size.map_or(tools.brush, |size| size.round() as usize);
        }
        MaskTool::Similar => similarity(ui, tools, has_spectra),
        MaskTool::Look | MaskTool::Rectangle | MaskTool::Polygon => {}
    }
}

fn similarity(ui: &mut egui::Ui, tools: &mut MaskTools, has_spectra: bool) {
    if has_spectra {
        let angle = number(
            ui,
            "Angle (°)",
            tools.angle,
            0.1,
            0.0..=180.0,
            Numbers::Real,
        );
        tools.angle = angle.unwrap_or(tools.angle);
    } else {
        let difference = number(
            ui,
            "Difference",
            tools.difference,
            0.1,
            0.0..=f64::MAX,
            Numbers::Real,
        );
        tools.difference = difference.unwrap_or(tools.difference);
    }
}

fn number(
    ui: &mut egui::Ui,
    name: &str,
    value: f64,
    speed: f64,
    range: std::ops::RangeInclusive<f64>,
    numbers: Numbers,
) -> Option<f64> {
    ui.label(name);
    let field = NumberField {
        name,
        value: Some(value),
        speed,
        resolution: 0.0,
        width: 52.0,
        range,
        numbers,
    };
    number_field(ui, &field)
}

fn choose(ui: &mut egui::Ui, chosen: &mut bool, choices: [(bool, &str, &str); 2]) {
    for (choice, text, tip) in choices {
        if ui
            .selectable_label(*chosen == choice, text)
            .on_hover_text(tip)
            .clicked()
        {
            *chosen = choice;
        }
    }
}

/// A range of values, and what is no number.
fn by_value(
    ui: &mut egui::Ui,
    cx: &ViewerContext<'_>,
    document: &Document,
    view: &ViewState,
    tools: &mut MaskTools,
) {
    let picture = document.feeds().picture().shown();
    let limits = picture.and_then(|picture| picture.limits.first().copied().flatten());
    let speed = limits.map_or(1.0, |limits| (limits.hi - limits.lo) / 200.0);
    ui.label("Values");
    for (name, value) in [("Lowest value", 0), ("Highest value", 1)] {
        let field = NumberField {
            name,
            value: tools.values[value],
            speed,
            resolution: speed / 5.0,
            width: NumberField::WIDTH,
            range: f64::MIN..=f64::MAX,
            numbers: Numbers::Real,
        };
        if let Some(number) = number_field(ui, &field) {
            tools.values[value] = Some(number);
        }
    }
    let [lo, hi] = tools.values;
    let is_single = view.shown_mode() == Mode::Single;
    let button = ui.add_enabled(
        is_single && (lo.is_some() || hi.is_some()),
        egui::Button::new("By value"),
    );
    let tip = "Choose all pixels whose value in the shown band is not below the lowest and not above the highest; a dash is no limit";
    let off = if is_single {
        "Type a lowest or a highest value first"
    } else {
        "Show a single band first"
    };
    if button
        .on_hover_text(tip)
        .on_disabled_hover_text(off)
        .clicked()
    {
        let values = Values::Between(lo.unwrap_or(f64::NEG_INFINITY), hi.unwrap_or(f64::INFINITY));
        cx.act(Action::MaskValues(values));
    }
    if ui
        .add_enabled(tools.values != [None; 2], egui::Button::new("No limits"))
        .clicked()
    {
        tools.values = [None; 2];
    }
    let button = ui.add_enabled(is_single, egui::Button::new("Not finite"));
    let tip = "Choose all pixels whose value in the shown band is NaN or infinite";
    if button
        .on_hover_text(tip)
        .on_disabled_hover_text(off)
        .clicked()
    {
        cx.act(Action::MaskValues(Values::NotFinite));
    }
}

fn invert(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    let tip = "Mask what is not masked here, and the other way round";
    if ui.button("Invert").on_hover_text(tip).clicked() {
        cx.act(Action::InvertMask);
    }
}

fn drop_mask(ui: &mut egui::Ui, cx: &ViewerContext<'_>) {
    let tip = "Writes the array anew without its mask; the masked one stays in the history";
    if ui.button("Drop mask").on_hover_text(tip).clicked() {
        cx.act(Action::SetMask(false));
    }
}
