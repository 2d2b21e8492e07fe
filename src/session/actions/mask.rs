//! Masks: painting them, and arrays that get or lose one.

use super::edit;
use crate::analysis::Values;
use crate::array::Outline;
use crate::dataset::{MaskBands, MaskPlane, Paint};
use crate::session::editing::{Change, MaskPixels, Place};
use crate::session::mask_tools::MaskTools;
use crate::session::view::ViewState;
use crate::session::{Document, Session};

pub(super) fn set_tools(session: &mut Session, tools: MaskTools) {
    edit::with_document(session, |document| document.mask_tools = tools.made_valid());
}

/// Masks or unmasks what was drawn.
pub(super) fn paint(session: &mut Session, outline: Outline) {
    change(session, |document, _| {
        (MaskPixels::Outline(outline), usual_paint(document))
    });
}

/// Masks what is not masked in the picture, and the other way round.
pub(super) fn invert(session: &mut Session) {
    change(session, |_, _| {
        (MaskPixels::Outline(Outline::Everything), Paint::Invert)
    });
}

/// Masks or unmasks the pixels whose value in the shown band is such a one.
pub(super) fn by_value(session: &mut Session, values: Values) {
    change(session, |document, view| {
        let mut at = view.index.clone();
        let band = view.axes.and_then(|axes| axes.band);
        if let Some(place) = band.and_then(|axis| at.get_mut(axis)) {
            *place = view.shown_bands().first().copied().unwrap_or(0);
        }
        (MaskPixels::Values { values, at }, usual_paint(document))
    });
}

/// Masks or unmasks the pixels around one that are like it.
pub(super) fn similar(session: &mut Session, [column, row]: [usize; 2]) {
    change(session, |document, view| {
        let has_spectra = view.axes.is_some_and(|axes| axes.band.is_some());
        let pixels = MaskPixels::Similar {
            seed: [row, column],
            likeness: document.mask_tools.likeness(has_spectra),
        };
        (pixels, usual_paint(document))
    });
}

/// Gives the selected array a mask, or takes it away.
pub(super) fn set_mask(session: &mut Session, is_masked: bool) {
    let Some(item) = session.active_document().and_then(Document::item) else {
        return;
    };
    let change = Change::SetMask {
        key: item.key.clone(),
        over: Place::of_item(item),
        is_masked,
    };
    edit::change(session, change);
}

fn usual_paint(document: &Document) -> Paint {
    match document.mask_tools.unmasks {
        true => Paint::Unmask,
        false => Paint::Mask,
    }
}

fn change(session: &mut Session, what: impl FnOnce(&Document, &ViewState) -> (MaskPixels, Paint)) {
    let Some(document) = session.active_document() else {
        return;
    };
    let (Some(item), Some(view)) = (document.item(), document.view()) else {
        return;
    };
    let Some(axes) = view.axes else { return };
    let bands = match document.mask_tools.all_bands {
        true => MaskBands::All,
        false => MaskBands::These(view.bands_meant()),
    };
    let plane = MaskPlane {
        y: axes.y,
        x: axes.x,
        at: view.index.clone(),
        bands: axes.band.map(|axis| (axis, bands)),
    };
    let over = Place::of_item(item);
    let key = item.key.clone();
    let (pixels, paint) = what(document, view);
    let change = Change::Mask {
        key,
        over,
        plane,
        pixels,
        paint,
    };
    edit::change(session, change);
}
