//! One entry after the other, and one gap: whether it is kept, and what is to be said of it.

use super::super::compat::fits_mask;
use super::super::cut_array::{self, CutArray};
use super::super::item::Content;
use super::super::recognise::recognise;
use super::alike::Alike;
use super::names::Names;
use super::{Assumption, Cut, How, Kept, Rank, RepairError};
use crate::array::{ArrayLayout, DType, MaskLayout};
use crate::mmapdict::{
    EditError, Entry, EntryState, Fault, Found, Gap, MASKED_PREFIX, Payload, is_freed,
};
use crate::pickle::{Limits, Value, decode_value, obstacle, text};
use crate::progress::Progress;
use crate::source::{ByteSource as _, FileSource};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// NumPy's own limit since 2.0.
const MAX_DIMENSIONS: usize = 64;

pub(super) struct Making<'s> {
    pub(super) source: &'s FileSource,
    pub(super) assumed: &'s [Assumption],
    /// Keys of assumptions that were of use.
    pub(super) used: HashSet<String>,
    pub(super) progress: &'s Progress,
    pub(super) names: Names,
    pub(super) kept: Vec<(Rank, Kept)>,
    pub(super) cut: Vec<Cut>,
    /// Of the arrays that are kept.
    pub(super) alike: Alike,
    /// Values that lean on others, by the place of their entry.
    pub(super) leaning: HashMap<u64, Value>,
}

impl Making<'_> {
    pub(super) fn take(&mut self, key: &[u8], found: Found) -> Result<(), RepairError> {
        self.progress.check().map_err(EditError::from)?;
        let what = match self.judge(&found) {
            Ok(what) => what,
            Err(why) => {
                self.cut.push(Cut {
                    range: found.offset..found.end,
                    key: Some(text::escaped(key).into_owned()),
                    why,
                });
                return Ok(());
            }
        };
        let (name, is_renamed) = self.names.of(key);
        if let Content::Array(layout) = &what {
            self.alike.add(&name, layout);
        }
        let mut notes: Vec<String> = found.fault.iter().map(Fault::to_string).collect();
        if found.is_behind {
            notes.push("it stood behind the end of the dict, where no reader looks".to_owned());
        }
        let is_odd = found.fault.is_none() && !matches!(found.flag, 0x88 | b'0');
        if is_odd {
            notes.push(format!(
                "its flag is 0x{:02x}: dead for mmappickle, alive for plain pickle",
                found.flag
            ));
        }
        let how = match (self.leaning.remove(&found.offset), &what) {
            (Some(value), _) => How::Leaning(value),
            (None, Content::Array(layout)) if is_hidden(layout) => How::Array(layout.clone()),
            _ => How::Opcodes(found.value, found.memo),
        };
        let rank = if found.is_behind {
            Rank::Behind
        } else {
            Rank::Seen
        };
        let kept = Kept {
            key: name,
            is_renamed,
            offset: found.offset,
            is_live: found.flag == 0x88,
            what: what_text(&what),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            how,
        };
        self.kept.push((rank, kept));
        Ok(())
    }

    /// What an entry is, or why it would spoil the new file.
    fn judge(&self, found: &Found) -> Result<Content, String> {
        if is_freed(&entry(found)) {
            return Err("its data was freed by a vacuum".to_owned());
        }
        let value = match self.leaning.get(&found.offset) {
            Some(value) => value.clone(),
            None => {
                let Range { start, end } = found.value;
                let limits = &Limits::READ_BACK;
                let value = decode_value(self.source, start, end, limits, self.progress);
                value.map_err(|err| err.to_string())?
            }
        };
        if let Some(why) = obstacle(&value) {
            return Err(format!("plain pickle cannot load it: {why}"));
        }
        if found.fault == Some(Fault::Memo) {
            return Ok(Content::Value {
                type_name: value.type_name(value.root()),
                len: None,
            });
        }
        let payload = Payload::of_range(self.source, found.value.clone(), 0, 1, self.progress);
        payload.map_err(|err| err.to_string())?;
        let content = recognise(self.source, found.value.clone(), self.progress).content;
        if !matches!(content, Content::Array(_)) && self.is_taken_for_masked(found) {
            return Err("it starts like a masked array but is not one".to_owned());
        }
        match &content {
            Content::Array(layout) => match layout.numpy_problem() {
                Some(why) => Err(why),
                None if is_hidden(layout) && !fits_mask(self.source, layout) => Err(
                    "one value of its mask hides all of it, and it is too large to be written anew"
                        .to_owned(),
                ),
                None => Ok(content),
            },
            Content::Unreadable {
                type_name: Some(name),
                why,
                ..
            } if name == "ndarray" || name.ends_with("MaskedArray") => Err(why.clone()),
            _ if has_odd_shape(&value) => {
                Err("its shape has a negative length, or too many axes".to_owned())
            }
            _ => Ok(content),
        }
    }

    /// Whether the reference takes a value for a masked array, which it knows by its beginning, and fails on another.
    fn is_taken_for_masked(&self, found: &Found) -> bool {
        let mut start = [0; MASKED_PREFIX.len()];
        let read = self.source.read_at(found.value.start, &mut start);
        read.is_ok() && start == MASKED_PREFIX
    }

    pub(super) fn look_at(&mut self, gap: &Gap) {
        let key = gap
            .head
            .as_ref()
            .map(|head| text::escaped(&head.key).into_owned());
        let mut why = gap.why.to_string();
        if let (Some(head), Some(name)) = (&gap.head, &key)
            && head.end > gap.range.end
            && let Some(array) = cut_array::read(self.source, head.value, gap.range.end)
        {
            match self.rows(name, &array) {
                Ok((layout, rows, note)) => {
                    let all = layout.shape.first().copied().unwrap_or_default();
                    let (name, is_renamed) = self.names.of(&head.key);
                    let kept = Kept {
                        key: name,
                        is_renamed,
                        offset: gap.range.start,
                        is_live: true,
                        what: array_text(&layout),
                        note: Some(format!("it is cut; {rows} of {all} rows are kept{note}")),
                        how: How::Rows(layout, rows),
                    };
                    self.kept.push((Rank::Rows, kept));
                    return;
                }
                Err(text) => why = format!("{why}; {text}"),
            }
        }
        self.cut.push(Cut {
            range: gap.range.clone(),
            key,
            why,
        });
    }

    /// The layout of a cut array as it was, how many of its rows are kept, and what is to be said about that.
    fn rows(&mut self, key: &str, array: &CutArray) -> Result<(ArrayLayout, u64, String), String> {
        let (data, nbytes, is_masked) = match array {
            CutArray::Known { layout, rows } => {
                return match rows.or(layout.shape.first().copied()) {
                    None | Some(0) => Err("no row of its mask is whole; its data is".to_owned()),
                    Some(_) if layout.numpy_problem().is_some() => {
                        Err("its dtype cannot be read".to_owned())
                    }
                    Some(rows) => Ok((layout.clone(), rows, String::new())),
                };
            }
            CutArray::Data {
                data,
                nbytes,
                is_masked,
            } => (data, *nbytes, *is_masked),
        };
        let there = data.end - data.start;
        let lost = format!(
            "of an array {there} of {nbytes} bytes are there, from byte {}; its dtype and shape stood behind them",
            data.start
        );
        let assumed = self.assumed.iter().find(|assumed| assumed.key == key);
        let (dtype, shape, source) = match (assumed, self.alike.of(key, nbytes)) {
            (Some(assumed), _) => {
                self.used.insert(key.to_owned());
                let dtype = DType::parse(&assumed.dtype);
                (dtype, assumed.shape.clone(), "as assumed".to_owned())
            }
            (None, Some((name, layout))) if !is_masked => {
                let source = format!("taken from {name:?}, which is as long");
                (layout.dtype.clone(), layout.shape.clone(), source)
            }
            _ => {
                return Err(format!(
                    "{lost}; if you know them, give them with --assume '{key}=DTYPE:SHAPE'"
                ));
            }
        };
        let layout = ArrayLayout {
            dtype,
            shape,
            fortran: false,
            data_offset: data.start,
            nbytes,
            mask: None,
        };
        layout.check().map_err(|err| format!("{lost}; {err}"))?;
        let whole = layout.shape.first().copied().unwrap_or_default();
        let row = nbytes.checked_div(whole).filter(|row| *row > 0);
        let mask = if is_masked { "; its mask is lost" } else { "" };
        match row.map(|row| there / row) {
            None | Some(0) => Err(format!("{lost}; not one row is whole")),
            Some(rows) => Ok((
                layout,
                rows,
                format!("; dtype and shape are {source}{mask}"),
            )),
        }
    }
}

fn entry(found: &Found) -> Entry {
    Entry {
        offset: found.offset,
        len: found.end - found.offset,
        key: found.key.clone(),
        memo: found.memo,
        flag: found.flag,
        state: EntryState::Live,
    }
}

/// Whether a reshaped array has a shape that no array has. NumPy takes a negative length for "whatever is left".
fn has_odd_shape(value: &Value) -> bool {
    match value.call(value.root()) {
        Some((module, "reshape", [_, shape])) if module.starts_with("numpy") => {
            value.items(*shape).is_some_and(|sizes| {
                let is_negative = |size: i64| size < 0;
                sizes.len() > MAX_DIMENSIONS
                    || sizes
                        .iter()
                        .any(|&size| value.int(size).is_some_and(is_negative))
            })
        }
        _ => false,
    }
}

/// What the reference writes and cannot read: arrays without axes, and masks of a single value.
fn is_hidden(layout: &ArrayLayout) -> bool {
    let is_for_all = layout
        .mask
        .as_ref()
        .is_some_and(MaskLayout::is_for_all_cells);
    layout.shape.is_empty() || is_for_all
}

fn what_text(content: &Content) -> String {
    match content {
        Content::Array(layout) => array_text(layout),
        Content::Value { type_name, .. } => type_name.clone(),
        Content::Unreadable { type_name, .. } => {
            type_name.clone().unwrap_or_else(|| "value".to_owned())
        }
    }
}

fn array_text(layout: &ArrayLayout) -> String {
    let sizes: Vec<String> = layout.shape.iter().map(u64::to_string).collect();
    let masked = if layout.mask.is_some() { "masked " } else { "" };
    format!("{masked}{} ({})", layout.dtype.text(), sizes.join(", "))
}
