//! Exact numbers of many cells: of which cells they are wanted, the jobs that find them, and the mean spectrum of a region.
//!
//! What is wanted is a [`Block`] of the array, whatever the user calls it ([`Scope`]). Jobs read all of its cells, so they may
//! take as long as the file is large: they run apart from pictures, begin once the picture is there (and take its cells where
//! they are the same), and give what they have so far. Nothing is wanted while nobody looks. Only limits of the picture's colours are found elsewhere: with the picture.

mod action;
mod block;
mod request;
mod text;
mod work;

pub use action::StatisticsAction;
pub(super) use action::act;
pub use block::Block;
pub use text::heading;

use super::cut::Subject;
use super::document::{Document, Face, Revision};
use super::feed::Spec;
use super::view::{Mode, ViewState, length};
use crate::analysis::Distribution;
use crate::dataset::AxisRoles;
use std::ops::Range;

/// Percentiles that are always there.
pub const PERCENTILES: [f64; 9] = [1.0, 2.0, 5.0, 25.0, 50.0, 75.0, 95.0, 98.0, 99.0];

/// Of which cells of the selected array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// The band or slice that is shown.
    #[default]
    Shown,
    /// What of it is on the screen.
    Visible,
    /// A range of bands over the whole picture.
    Bands,
    /// All cells.
    Array,
}

/// Over which pixels a spectrum is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MeanOf {
    /// There is none.
    #[default]
    Off,
    /// Those on the screen.
    Visible,
    /// All.
    Picture,
}

/// What the user chose, for one file.
#[derive(Debug, Default)]
pub struct Statistics {
    is_open: bool,
    scope: Scope,
    /// Which of three bands is the shown one.
    channel: usize,
    /// First and last of [`Scope::Bands`]; all if never chosen.
    bands: Option<[usize; 2]>,
    /// Besides [`PERCENTILES`].
    more_percentiles: Vec<f64>,
    mean: MeanOf,
    /// To be asked for once the picture is there.
    next: Option<StatsSpec>,
    next_mean: Option<MeanSpec>,
}

impl Statistics {
    /// Whether the panel is shown.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Which of three bands is the shown one.
    pub fn channel(&self) -> usize {
        self.channel
    }

    /// Percentiles besides [`PERCENTILES`].
    pub fn more_percentiles(&self) -> &[f64] {
        &self.more_percentiles
    }

    /// The spectrum that was asked for.
    pub fn mean(&self) -> MeanOf {
        self.mean
    }

    /// First and last band of [`Scope::Bands`], of so many.
    pub fn bands(&self, count: usize) -> [usize; 2] {
        let end = count.saturating_sub(1);
        let [first, last] = self.bands.unwrap_or([0, end]);
        let first = first.min(end);
        [first, last.clamp(first, end)]
    }

    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    /// In ascending order.
    fn percentiles(&self) -> Vec<f64> {
        let mut all: Vec<f64> = PERCENTILES.to_vec();
        all.extend(&self.more_percentiles);
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    }
}

/// Statistics of a block of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct StatsSpec {
    /// The array.
    pub subject: Subject,
    /// What the user calls the block.
    pub scope: Scope,
    /// The axes that the scope goes by; those of the whole array are all alike.
    pub axes: Option<AxisRoles>,
    /// The cells.
    pub block: Block,
    /// Within 0..=100, ascending.
    pub percentiles: Vec<f64>,
}

impl Spec for StatsSpec {
    /// The same of another band or another part: better than an empty panel, as it says what it is of.
    fn may_stand_in(&self, wanted: &Self) -> bool {
        self.subject.key == wanted.subject.key && self.scope == wanted.scope
    }
}

/// Statistics, as far as the cells were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Of the cells that were read.
    pub distribution: Distribution,
    /// How many that are.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// The mean spectrum of a block of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanSpec {
    /// The array.
    pub subject: Subject,
    /// What the user calls the block.
    pub of: MeanOf,
    /// The axis of the spectrum.
    pub band_axis: usize,
    /// The cells.
    pub block: Block,
}

impl Spec for MeanSpec {
    /// That of another part: the curve moves on without a gap.
    fn may_stand_in(&self, wanted: &Self) -> bool {
        self.subject.key == wanted.subject.key
            && self.of == wanted.of
            && self.band_axis == wanted.band_axis
    }
}

/// A mean spectrum, as far as the cells were read.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanSpectrum {
    /// In the order to draw; a gap where y is NaN.
    pub points: Vec<[f64; 2]>,
    /// 0..=1 of the cells were read.
    pub share: f64,
}

impl Document {
    /// What the user chose about statistics.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// Of what there can be statistics.
    pub fn scopes(&self) -> Vec<Scope> {
        match self.own_face() {
            Some(Face::Picture) => {
                let is_picture = self.face() == Some(Face::Picture);
                let is_more = self.shape().len() > 2;
                let all = [
                    (Scope::Shown, true),
                    (Scope::Visible, is_picture),
                    (Scope::Bands, self.band_count() > 1),
                    (Scope::Array, is_more),
                ];
                all.iter()
                    .filter(|(_, is)| *is)
                    .map(|(it, _)| *it)
                    .collect()
            }
            Some(Face::Curve | Face::Scalar) => vec![Scope::Array],
            _ => Vec::new(),
        }
    }

    /// Of what they are wanted: what was chosen, where there is such a thing.
    pub fn scope(&self) -> Option<Scope> {
        let scopes = self.scopes();
        let chosen = self.statistics.scope;
        (scopes.contains(&chosen).then_some(chosen)).or(scopes.first().copied())
    }

    /// Whether a mean spectrum can be drawn.
    pub fn has_mean(&self) -> bool {
        self.own_face() == Some(Face::Picture) && self.band_count() > 1
    }

    fn wanted_statistics(&self, revision: Revision) -> Option<StatsSpec> {
        if !self.statistics.is_open {
            return None;
        }
        let scope = self.scope()?;
        Some(StatsSpec {
            subject: self.subject(revision)?,
            scope,
            axes: self.view()?.axes.filter(|_| scope != Scope::Array),
            block: self.block(scope)?,
            percentiles: self.statistics.percentiles(),
        })
    }

    fn wanted_mean(&self, revision: Revision) -> Option<MeanSpec> {
        let of = self.statistics.mean;
        let band_axis = self.view()?.axes?.band?;
        let scope = match of {
            MeanOf::Off => return None,
            MeanOf::Visible => Scope::Visible,
            MeanOf::Picture => Scope::Shown,
        };
        if !self.has_mean() {
            return None;
        }
        let mut block = self.block(scope)?;
        block.set(band_axis, 0..self.band_count());
        Some(MeanSpec {
            subject: self.subject(revision)?,
            of,
            band_axis,
            block,
        })
    }

    fn subject(&self, revision: Revision) -> Option<Subject> {
        let key = self.item()?.key.as_str().into();
        Some(Subject { revision, key })
    }

    /// The cells of a scope.
    fn block(&self, scope: Scope) -> Option<Block> {
        let (shape, view) = (self.shape(), self.view()?);
        let mut block = Block::of_shape(shape);
        let axes = match (scope, view.axes) {
            (Scope::Array, _) => return Some(block),
            (_, axes) => axes?,
        };
        for (axis, &index) in view.index.iter().enumerate() {
            if axis != axes.y && axis != axes.x && axes.band != Some(axis) {
                block.set(axis, index..index + 1);
            }
        }
        if let Some(axis) = axes.band {
            let [first, last] = match scope {
                Scope::Bands => self.statistics.bands(length(shape, axis)),
                _ if view.shown_mode() == Mode::Mean => view.mean,
                _ => [self.shown_band(view)?; 2],
            };
            block.set(axis, first..last + 1);
        }
        if scope == Scope::Visible {
            let visible = self.visible.as_ref()?;
            for (axis, range) in [(axes.y, &visible.y), (axes.x, &visible.x)] {
                // What is on the screen may be of a moment ago, when the picture was larger.
                let end = range.end.min(length(shape, axis));
                let range: Range<usize> = range.start..end;
                block.set(axis, (!range.is_empty()).then_some(range)?);
            }
        }
        Some(block)
    }

    /// The band that is shown; of three, the one that was chosen.
    fn shown_band(&self, view: &ViewState) -> Option<usize> {
        let bands = view.shown_bands();
        match view.shown_mode() {
            Mode::Single => bands.first().copied(),
            _ => (bands.get(self.statistics.channel))
                .or(bands.first())
                .copied(),
        }
    }
}
