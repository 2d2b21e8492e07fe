//! Earlier versions of a key: which there are, and what one of them holds compared with the live one.

use super::cut::Subject;
use super::document::Document;
use super::feed::Spec;
use super::tasks::TaskError;
use super::version_picture::{self, VersionPicture, VersionPlane};
use super::view::ViewState;
use crate::dataset::{CellDifference, Dataset, Item, ItemState};
use crate::pickle::{Differences, Value};
use crate::progress::Progress;
use std::collections::HashSet;
use std::sync::Arc;

/// Deleted keys that are listed at most; a vacuum takes the others away.
const MAX_DELETED: usize = 10_000;

/// What the side panel lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HistoryTab {
    /// Versions of the selected key.
    #[default]
    Key,
    /// Keys that are not in the dict any more.
    Deleted,
    /// What was changed here.
    Changes,
    /// The file as a whole.
    File,
}

/// The state of the panel of one document.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub(super) is_open: bool,
    pub(super) tab: HistoryTab,
    /// Key and offset of the version that is looked at.
    pub(super) chosen: Option<(String, u64)>,
}

impl History {
    /// Whether the panel is shown.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// What it lists.
    pub fn tab(&self) -> HistoryTab {
        self.tab
    }

    /// The version that is looked at: key and position.
    pub fn chosen(&self) -> Option<(&str, u64)> {
        let (key, offset) = self.chosen.as_ref()?;
        Some((key, *offset))
    }
}

/// One version of a key, at one revision of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionSpec {
    pub(super) subject: Subject,
    pub(super) offset: u64,
    /// Of an array: the picture that is looked at.
    pub(super) plane: Option<VersionPlane>,
}

impl Spec for VersionSpec {
    fn may_stand_in(&self, wanted: &Self) -> bool {
        self.subject.key == wanted.subject.key && self.offset == wanted.offset
    }
}

/// What a version holds, compared with the live one of its key.
#[derive(Debug)]
pub struct Version {
    /// Of a value: what it is.
    pub value: Option<Arc<Value>>,
    /// Compared with the live one.
    pub compared: Compared,
}

/// See [`Version`].
#[derive(Debug)]
pub enum Compared {
    /// There is no live one.
    Alone,
    /// Two values.
    Values(Differences),
    /// Two arrays whose cells correspond, and the picture that is looked at, if it differs.
    Cells(CellDifference, Option<VersionPicture>),
    /// One is an array of another shape or type, or no array.
    Unlike,
}

/// All versions of a key, the latest first. The order is that of the file, which is that of time until a vacuum.
#[must_use]
pub fn versions<'d>(dataset: &'d Dataset, key: &str) -> Vec<&'d Item> {
    let of_key = |item: &&Item| item.key == key;
    let all = dataset.items().chain(dataset.dead_items());
    let mut versions: Vec<&Item> = all.filter(of_key).collect();
    versions.sort_by_key(|item| std::cmp::Reverse(item.offset));
    versions
}

/// The latest dead version of each key that has no live one; the latest first. Takes its time over many: for jobs.
pub(super) fn deleted(dataset: &Dataset) -> Vec<Item> {
    let mut dead: Vec<&Item> = dataset
        .dead_items()
        .filter(|item| dataset.item(&item.key).is_none())
        .collect();
    dead.sort_by_key(|item| std::cmp::Reverse(item.offset));
    let mut seen = HashSet::new();
    dead.retain(|item| seen.insert(item.key.as_str()));
    dead.into_iter().take(MAX_DELETED).cloned().collect()
}

/// Whether a version can be brought back.
#[must_use]
pub fn can_restore(item: &Item) -> bool {
    item.state != ItemState::Live && !item.freed
}

/// Reads a version and compares it. Runs in a job.
pub(super) fn version(
    dataset: &Dataset,
    spec: &VersionSpec,
    progress: &Progress,
) -> Result<Version, TaskError> {
    let key = &*spec.subject.key;
    let of_spec = |item: &&Item| item.key == key && item.offset == spec.offset;
    let all = dataset.items().chain(dataset.dead_items());
    let item = all.into_iter().find(of_spec).ok_or(TaskError::KeyGone)?;
    let live = dataset.item(key).filter(|live| live.offset != item.offset);
    if item.layout().is_some() {
        let compared = match live {
            None => Compared::Alone,
            Some(live) => match dataset.differing_cells(item, live, progress)? {
                Some(difference) => {
                    let plane = spec.plane.as_ref().filter(|_| difference.differing > 0);
                    let picture = plane.map(|plane| {
                        version_picture::difference(dataset, [item, live], plane, progress)
                    });
                    Compared::Cells(difference, picture.transpose()?.flatten())
                }
                None => Compared::Unlike,
            },
        };
        return Ok(Version {
            value: None,
            compared,
        });
    }
    let value = dataset.value(item, progress)?;
    let compared = match live {
        None => Compared::Alone,
        Some(live) if live.layout().is_some() => Compared::Unlike,
        Some(live) => {
            let live = dataset.value(live, progress)?;
            Compared::Values(Differences::between(&value, &live))
        }
    };
    Ok(Version {
        value: Some(Arc::new(value)),
        compared,
    })
}

impl Document {
    /// The panel of versions.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What is wanted to be read for it.
    pub(super) fn wanted_version(&self, subject: impl Fn(&str) -> Subject) -> Option<VersionSpec> {
        let (key, offset) = self.history.chosen.as_ref()?;
        self.history.is_open.then(|| VersionSpec {
            subject: subject(key),
            offset: *offset,
            plane: self.views.get(key.as_str()).and_then(plane_of),
        })
    }
}

/// The first of the bands that are shown.
fn plane_of(view: &ViewState) -> Option<VersionPlane> {
    let axes = view.axes?;
    let mut at = view.index.clone();
    if let (Some(axis), Some(band)) = (axes.band, view.shown_bands().first())
        && let Some(place) = at.get_mut(axis)
    {
        *place = *band;
    }
    Some(VersionPlane {
        y: axes.y,
        x: axes.x,
        at,
    })
}
