//! The table of cells.

use super::{edit, view};
use crate::session::Session;
use crate::session::cells::MAX_COPIED_CELLS;
use crate::session::cut::Subject;
use crate::session::editing::{CellsEdit, MAX_WRITTEN_CELLS};
use crate::session::notice::NoticeLevel;
use crate::session::table::{At, followed, parse_tsv, scrolled};

/// From picture to table the pixel that was looked at stays the same; where none was chosen, it is the table's.
pub(super) fn show(session: &mut Session, is_shown: bool) {
    let Some(document) = session.active_document() else {
        return;
    };
    let Some(view) = document.view() else { return };
    let table = view.table;
    let chosen = view
        .cursor
        .filter(|pixel| *pixel != view.middle(document.shape()));
    let has_pixel = view.axes.is_some();
    view::change(session, |view| {
        // The cells are those of one band: of several that are shown, the first, unless one of them was looked at.
        if is_shown && !view.table.is_shown && !view.shown_bands().contains(&view.band) {
            view.band = view.shown_bands().first().copied().unwrap_or(view.band);
        }
        view.table.is_shown = is_shown;
    });
    if is_shown && !table.is_shown && has_pixel {
        let cursor = chosen.map_or(table.cursor, |[col, row]| At { row, col });
        let anchor = if cursor == table.cursor {
            table.anchor
        } else {
            cursor
        };
        select(session, anchor, cursor);
    }
}

pub(super) fn scroll(session: &mut Session, first: At) {
    let (size, window) = size_and_window(session);
    view::change(session, |view| {
        view.table.first = At {
            row: scrolled(first.row, 0, window[0], size[0]),
            col: scrolled(first.col, 0, window[1], size[1]),
        };
    });
}

/// What is seen stays: a smaller window shows less of it, a larger one may show more than there is.
pub(super) fn set_window(session: &mut Session, window: [usize; 2]) {
    if let Some(document) = session.active_document_mut() {
        document.table_window = Some(window);
    }
    let view = session
        .active_document()
        .and_then(|document| document.view());
    if let Some(first) = view.map(|view| view.table.first) {
        scroll(session, first);
    }
}

/// Selects a range, scrolls to its moving end, and makes that the pixel that is looked at.
pub(super) fn select(session: &mut Session, anchor: At, cursor: At) {
    let (size, window) = size_and_window(session);
    view::change(session, |view| {
        let table = &mut view.table;
        (table.anchor, table.cursor) = (anchor, cursor);
        *table = table.made_valid_for(size);
        table.first = At {
            row: followed(table.first.row, table.cursor.row, window[0], size[0]),
            col: followed(table.first.col, table.cursor.col, window[1], size[1]),
        };
        if view.axes.is_some() {
            view.cursor = Some([table.cursor.col, table.cursor.row]);
        }
    });
}

fn size_and_window(session: &Session) -> ([usize; 2], [usize; 2]) {
    let document = session.active_document();
    let size = document.map(|document| document.table_size());
    let window = document.and_then(|document| document.table_window());
    (size.unwrap_or_default(), window.unwrap_or([1, 1]))
}

/// Reads the selected cells in a job, whose text goes to the clipboard.
pub(super) fn copy(session: &mut Session) {
    let Some(document) = session.active_document() else {
        return;
    };
    let (Some(snapshot), Some(item), Some(view)) = (
        document.snapshot().cloned(),
        document.item(),
        document.view(),
    ) else {
        return;
    };
    let id = document.id();
    let subject = Subject {
        revision: snapshot.revision,
        key: item.key.as_str().into(),
    };
    let [rows, columns] = view.table.selected();
    let Some(spec) = document.cells_spec(subject, rows, columns) else {
        return;
    };
    if spec.count() > MAX_COPIED_CELLS {
        let text = format!(
            "{} cells are selected; at most {MAX_COPIED_CELLS} are copied at once. The command line writes more: cubescope get",
            spec.count()
        );
        session.tell_active(NoticeLevel::Warning, text);
        return;
    }
    session.request_copy(id, &snapshot, spec);
}

/// Writes text from the first selected cell on; one cell fills all that are selected.
pub(super) fn paste(session: &mut Session, text: &str) {
    let Some(document) = session.active_document() else {
        return;
    };
    let (Some(item), Some(view)) = (document.item(), document.view()) else {
        return;
    };
    let [rows, columns] = view.table.selected();
    let lines = parse_tsv(text);
    let (height, width) = (lines.len(), lines.iter().map(Vec::len).max().unwrap_or(0));
    let is_one = (height, width) == (1, 1);
    let [height, width] = if is_one {
        [rows.len(), columns.len()]
    } else {
        [height, width]
    };
    let size = document.table_size();
    let why = if height.saturating_mul(width) > MAX_WRITTEN_CELLS {
        format!("more than {MAX_WRITTEN_CELLS} cells cannot be written at once")
    } else if rows.start.saturating_add(height) > size[0]
        || columns.start.saturating_add(width) > size[1]
    {
        format!("{height} × {width} cells do not fit below and right of the selected one")
    } else {
        let cell = |row: usize, col: usize| {
            let text = if is_one {
                lines.first()?.first()?
            } else {
                lines.get(row)?.get(col)?
            };
            let at = At {
                row: rows.start + row,
                col: columns.start + col,
            };
            Some((document.index_of(at), (*text).to_owned()))
        };
        let edit = CellsEdit {
            key: item.key.clone(),
            cells: (0..height)
                .flat_map(|row| (0..width).map(move |col| (row, col)))
                .filter_map(|(row, col)| cell(row, col))
                .collect(),
        };
        edit::write_cells(session, &edit);
        return;
    };
    session.tell_active(NoticeLevel::Error, format!("Nothing was pasted: {why}"));
}
