//! The cells of an array as a table, with its tools; bands and spectra as for the picture.

use super::{message, of_key, picture, tools};
use crate::app::context::ViewerContext;
use crate::app::widgets::{CellLook, CellTable, CellTableEvents, cell_table, index_number};
use crate::array::{ArrayLayout, CellType};
use crate::render::{self, Colormap, Limits, Scale};
use crate::session::document::Face;
use crate::session::editing::{CellsEdit, can_type, check_cell};
use crate::session::table::At;
use crate::session::view::ViewState;
use crate::session::{Action, Document};
use eframe::egui;

pub(super) fn show(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document) {
    let (Some(view), Some(item)) = (document.view(), document.item()) else {
        return;
    };
    let Some(layout) = item.layout() else { return };
    egui::Panel::top("table tools").show(ui, |ui| {
        ui.push_id(of_key(document), |ui| strip(ui, cx, document, view));
    });
    if document.own_face() == Some(Face::Picture) {
        picture::panels_below(ui, cx, document, view);
    } else if tools::has_bars(document, view) {
        egui::Panel::bottom("bands").show(ui, |ui| {
            ui.push_id(of_key(document), |ui| tools::bars(ui, cx, document, view));
        });
    }
    if let Some(why) = document.feeds().cells().error() {
        if message::failure(ui, "These cells cannot be read", why) {
            cx.act(Action::Retry(document.id()));
        }
        return;
    }
    let frame = egui::Frame::central_panel(ui.style()).inner_margin(egui::Margin::same(6));
    egui::CentralPanel::default().frame(frame).show(ui, |ui| {
        let events = table(ui, document, view, layout);
        send(cx, document, view, events);
    });
}

fn strip(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    ui.add_space(3.0);
    ui.spacing_mut().item_spacing.y = 5.0;
    ui.horizontal_wrapped(|ui| {
        tools::switch(ui, cx, document);
        if let Some(axes) = view.axes {
            tools::axes(ui, cx, document, axes);
            ui.separator();
        }
        go_to(ui, cx, document, view);
        ui.separator();
        if ui
            .button("Copy cells")
            .on_hover_text("Copy the selected cells as text with tabs (Ctrl+C)")
            .clicked()
        {
            cx.act(Action::CopyCells);
        }
        colours(ui, cx, document, view);
        if document.own_face() == Some(Face::Table)
            && let Some(item) = document.item()
        {
            ui.separator();
            ui.weak(item.type_text());
            ui.weak(item.size_text());
        }
    });
    if view.table.has_colours && document.own_face() == Some(Face::Picture) {
        tools::scale(ui, cx, document, view);
    }
    ui.add_space(3.0);
}

/// Numbers of the selected cell; another one goes there.
fn go_to(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    let size = document.table_size();
    let cursor = view.table.cursor;
    ui.label("Row");
    let row = index_number(ui, "Go to row", cursor.row, size[0]);
    let mut col = None;
    if view.axes.is_some() {
        ui.label("Column");
        col = index_number(ui, "Go to column", cursor.col, size[1]);
    }
    if row.is_some() || col.is_some() {
        let at = At {
            row: row.unwrap_or(cursor.row),
            col: col.unwrap_or(cursor.col),
        };
        cx.act(Action::SelectCells(at, at));
    }
}

fn colours(ui: &mut egui::Ui, cx: &ViewerContext<'_>, document: &Document, view: &ViewState) {
    if document.own_face() != Some(Face::Picture) {
        return;
    }
    let mut on = view.table.has_colours;
    let tip = "Give each cell the colour that it has in the picture";
    if ui
        .checkbox(&mut on, "Colour cells")
        .on_hover_text(tip)
        .changed()
    {
        cx.act(Action::ColourCells(on));
    }
}

/// How numbers become colours, as far as there is a picture.
fn paint_of(document: &Document, view: &ViewState) -> Option<(Limits, Scale, Colormap)> {
    let (spec, picture) = document.feeds().picture().shown_with_spec()?;
    let is_of_band = spec.content.bands == view.shown_bands() && view.table.has_colours;
    let limits = picture.limits.first().copied().flatten();
    let limits = limits.filter(|_| is_of_band)?;
    Some((limits, view.scale, view.colormap))
}

fn table(
    ui: &mut egui::Ui,
    document: &Document,
    view: &ViewState,
    layout: &ArrayLayout,
) -> CellTableEvents {
    let block = document.feeds().cells().shown();
    let paint = paint_of(document, view);
    let look = |at: At| {
        let cell = block?.get(at)?;
        let fill = paint.zip(cell.number).and_then(|(paint, number)| {
            let (limits, scale, colormap) = paint;
            render::colour(number, limits, scale, colormap)
        });
        Some(CellLook {
            text: &cell.text,
            is_cut: cell.is_cut,
            masked: cell.masked,
            fill,
        })
    };
    let axes = document.table_axes();
    let axes = [
        axes.and_then(|axes| axes.rows),
        axes.and_then(|axes| axes.columns),
    ];
    let names = axes.map(|axis| axis.map_or_else(String::new, |axis| document.axis_name(axis)));
    let wavelengths = axes.map(|axis| {
        let (dataset, item) = document.dataset().zip(document.item())?;
        dataset.wavelengths_along(item, axis?)
    });
    let notes = wavelengths.map(|wavelengths| {
        wavelengths.map(|wavelengths| move |index: usize| wavelengths.text(index))
    });
    let [row_note, column_note] = &notes;
    let check = |text: &str| check_cell(layout, text);
    let is_text = matches!(
        layout.dtype.cell_type(),
        Some(CellType::Bytes(_) | CellType::Text(..) | CellType::Void(_) | CellType::Record(_))
    );
    cell_table(
        ui,
        &CellTable {
            name: &format!("{:?}", of_key(document)),
            size: document.table_size(),
            first: view.table.first,
            cursor: view.table.cursor,
            anchor: view.table.anchor,
            axis_names: [&names[0], &names[1]],
            notes: [
                row_note.as_ref().map(|note| note as &dyn Fn(usize) -> _),
                column_note.as_ref().map(|note| note as &dyn Fn(usize) -> _),
            ],
            cell: &look,
            longest: block.map_or(0, |block| block.longest()),
            is_right_aligned: !is_text,
            can_edit: document.editing().is_on() && can_type(layout),
            check: &check,
        },
    )
}

fn send(cx: &ViewerContext<'_>, document: &Document, view: &ViewState, events: CellTableEvents) {
    if document.table_window() != Some(events.window) {
        cx.act(Action::SetTableWindow(events.window));
    }
    if let Some(first) = events.first.filter(|first| *first != view.table.first) {
        cx.act(Action::ScrollTable(first));
    }
    let key = || {
        document
            .item()
            .map_or_else(String::new, |item| item.key.clone())
    };
    if let Some((at, text)) = events.write {
        let cells = vec![(document.index_of(at), text)];
        cx.act(Action::WriteCells(CellsEdit { key: key(), cells }));
    }
    if let Some((anchor, cursor)) = events.select {
        cx.act(Action::SelectCells(anchor, cursor));
    }
    if events.wants_edit {
        // The session says why not.
        let cells = Vec::new();
        cx.act(Action::WriteCells(CellsEdit { key: key(), cells }));
    }
    if events.copy {
        cx.act(Action::CopyCells);
    }
    if let Some(text) = events.paste {
        cx.act(Action::PasteCells(text));
    }
}
