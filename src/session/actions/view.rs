//! How the selected key is looked at.

use crate::dataset::three_bands;
use crate::render::Stretch;
use crate::session::Session;
use crate::session::level::Visible;
use crate::session::view::{AxisRole, MAX_PINS, Mode, Pin, ViewState};

/// Changes the view and makes it valid again.
pub(super) fn change(session: &mut Session, change: impl FnOnce(&mut ViewState)) {
    let Some(document) = session.active_document_mut() else {
        return;
    };
    let shape = document.shape().to_vec();
    if let Some(view) = document.view_mut() {
        change(view);
        *view = view.clone().made_valid_for(&shape);
    }
}

pub(super) fn set_mode(session: &mut Session, mode: Mode) {
    let document = session.active_document();
    let found = document.map(|document| three_bands(document.band_count(), document.wavelengths()));
    change(session, |view| {
        // Three equal bands are no choice that anybody made.
        if mode == Mode::Composite && view.rgb[0] == view.rgb[1] && view.rgb[1] == view.rgb[2] {
            view.rgb = found.unwrap_or(view.rgb);
        }
        view.mode = mode;
    });
}

/// A chosen band is to be seen, so a composite ends.
pub(super) fn set_band(session: &mut Session, band: usize) {
    change(session, |view| {
        view.band = band;
        view.mode = Mode::Single;
    });
}

pub(super) fn step_band(session: &mut Session, by: isize) {
    let last = session
        .active_document()
        .map_or(0, |document| document.band_count().saturating_sub(1));
    change(session, |view| match view.shown_mode() {
        Mode::Mean => {
            let moved = view
                .mean
                .map(|band| band.checked_add_signed(by).filter(|band| *band <= last));
            if let [Some(first), Some(last)] = moved {
                view.mean = [first, last];
            }
        }
        Mode::Single => view.band = view.band.saturating_add_signed(by).min(last),
        Mode::Composite => {
            // All three or none, so that their distances stay.
            let moved = view
                .rgb
                .map(|band| band.checked_add_signed(by).filter(|band| *band <= last));
            if let [Some(red), Some(green), Some(blue)] = moved {
                view.rgb = [red, green, blue];
            }
        }
    });
}

/// One for all channels again.
pub(super) fn set_stretch(session: &mut Session, stretch: Stretch) {
    change(session, |view| {
        view.stretch = stretch;
        view.channel_stretch = [None; 3];
    });
}

pub(super) fn set_channel_stretch(session: &mut Session, channel: usize, stretch: Stretch) {
    change(session, |view| {
        if let Some(place) = view.channel_stretch.get_mut(channel) {
            *place = Some(stretch);
        }
    });
}

pub(super) fn set_rgb_band(session: &mut Session, channel: usize, band: usize) {
    change(session, |view| {
        if let Some(place) = view.rgb.get_mut(channel) {
            *place = band;
        }
    });
}

/// The other end goes along where it would be passed.
pub(super) fn set_mean_band(session: &mut Session, end: usize, band: usize) {
    change(session, |view| {
        let [first, last] = view.mean;
        view.mean = match end {
            0 => [band, last.max(band)],
            _ => [first.min(band), band],
        };
    });
}

pub(super) fn set_axis(session: &mut Session, role: AxisRole, axis: usize) {
    let spectrum = |session: &Session| {
        let view = session.active_document()?.view()?;
        view.axes?.band
    };
    let before = spectrum(session);
    change(session, |view| view.set_axis(role, axis));
    if spectrum(session) != before {
        choose_bands_anew(session);
    }
}

/// The bands of another axis mean nothing on this one.
fn choose_bands_anew(session: &mut Session) {
    let Some(document) = session.active_document() else {
        return;
    };
    let count = document.band_count();
    let rgb = three_bands(count, document.wavelengths());
    change(session, |view| {
        view.band = count / 2;
        view.rgb = rgb;
        view.channel_stretch = [None; 3];
        view.mean = [0, count.saturating_sub(1)];
    });
}

pub(super) fn set_index(session: &mut Session, axis: usize, index: usize) {
    change(session, |view| {
        if let Some(place) = view.index.get_mut(axis) {
            *place = index;
        }
    });
}

pub(super) fn set_visible(session: &mut Session, visible: Visible) {
    if let Some(document) = session.active_document_mut() {
        document.visible = Some(visible);
    }
}

pub(super) fn toggle_pin(session: &mut Session, [col, row]: [usize; 2]) {
    change(session, |view| {
        match view
            .pins
            .iter()
            .position(|pin| (pin.col, pin.row) == (col, row))
        {
            Some(position) => {
                view.pins.remove(position);
            }
            None if view.pins.len() < MAX_PINS => view.pins.push(Pin {
                row,
                col,
                color: view.free_color(),
            }),
            None => {}
        }
    });
}
