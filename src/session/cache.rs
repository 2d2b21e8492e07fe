//! Planes of pictures that were read before, so that another stretch or colormap does not read the file again; and the limits
//! that were found for them, so that another colormap does not look for them again.
//!
//! Content-keyed: the key holds all that changes the cells. Bounded by a budget in bytes; the least recently used goes first.

use super::cut::{Cut, Subject};
use super::document::Revision;
use crate::array::Plane;
use crate::render::{Limits, Stretch};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All that determines a plane.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlaneKey {
    /// Of which array.
    pub subject: Subject,
    /// Which cells.
    pub cut: Cut,
    /// The mean of bands, from the first to the last of them along an axis, instead of one.
    pub mean_of: Option<(usize, [usize; 2])>,
}

#[derive(Debug)]
struct Kept {
    plane: Arc<Plane>,
    /// `None`: not looked for. What was found last, and how.
    limits: Option<(Stretch, Option<Limits>)>,
    used: u64,
}

/// See the module. Shared with the jobs.
#[derive(Debug)]
pub struct PlaneCache {
    kept: HashMap<PlaneKey, Kept>,
    budget: usize,
    size: usize,
    clock: u64,
}

/// A cache that jobs and session share.
#[derive(Debug, Clone)]
pub struct SharedPlanes(Arc<Mutex<PlaneCache>>);

impl SharedPlanes {
    /// An empty cache of so many bytes.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self(Arc::new(Mutex::new(PlaneCache {
            kept: HashMap::new(),
            budget,
            size: 0,
            clock: 0,
        })))
    }

    /// Held for look-ups only, never while reading.
    pub fn lock(&self) -> MutexGuard<'_, PlaneCache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PlaneCache {
    /// A plane, if it is there.
    pub fn get(&mut self, key: &PlaneKey) -> Option<Arc<Plane>> {
        self.clock += 1;
        let kept = self.kept.get_mut(key)?;
        kept.used = self.clock;
        Some(Arc::clone(&kept.plane))
    }

    /// A plane with all cells of a region of one cut, and which row and column of the array it begins with.
    pub fn with_region(
        &mut self,
        subject: &Subject,
        region: &Cut,
    ) -> Option<(Arc<Plane>, [usize; 2])> {
        let (key, _) = (self.kept.iter()).find(|(key, _)| {
            key.mean_of.is_none() && key.subject == *subject && key.cut.has(region)
        })?;
        let (key, start) = (key.clone(), [key.cut.rows.start, key.cut.columns.start]);
        Some((self.get(&key)?, start))
    }

    /// Keeps a plane, and drops others as the budget asks.
    pub fn put(&mut self, key: PlaneKey, plane: Arc<Plane>) {
        self.clock += 1;
        self.size += plane.size_bytes();
        if let Some(old) = self.kept.insert(
            key,
            Kept {
                plane,
                limits: None,
                used: self.clock,
            },
        ) {
            self.size -= old.plane.size_bytes();
        }
        while self.size > self.budget && self.drop_oldest() {}
    }

    /// The limits of a plane that is there, if they were found in this way before.
    pub fn limits(&self, key: &PlaneKey, stretch: Stretch) -> Option<Option<Limits>> {
        let (of, limits) = self.kept.get(key)?.limits?;
        (of == stretch).then_some(limits)
    }

    /// Keeps the limits of a plane as long as the plane is kept.
    pub fn put_limits(&mut self, key: &PlaneKey, stretch: Stretch, limits: Option<Limits>) {
        if let Some(kept) = self.kept.get_mut(key) {
            kept.limits = Some((stretch, limits));
        }
    }

    /// Drops what belongs to a revision that nobody shows any more.
    pub fn forget(&mut self, revision: Revision) {
        self.kept.retain(|key, _| key.subject.revision != revision);
        self.size = self.kept.values().map(|kept| kept.plane.size_bytes()).sum();
    }

    /// Bytes kept.
    pub fn size_bytes(&self) -> usize {
        self.size
    }

    fn drop_oldest(&mut self) -> bool {
        let oldest = self
            .kept
            .iter()
            .min_by_key(|(_, kept)| kept.used)
            .map(|(key, _)| key.clone());
        let Some(kept) = oldest.and_then(|key| self.kept.remove(&key)) else {
            return false;
        };
        self.size -= kept.plane.size_bytes();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Samples;
    use ndarray::Array2;

    fn key(band: usize) -> PlaneKey {
        PlaneKey {
            subject: Subject {
                revision: Revision(1),
                key: "cube".into(),
            },
            cut: Cut {
                y: 0,
                x: 1,
                at: vec![0, 0, band],
                rows: 0..10,
                columns: 0..10,
                step: 1,
            },
            mean_of: None,
        }
    }

    /// Of 100 bytes.
    fn plane() -> Arc<Plane> {
        Arc::new(Plane {
            samples: Samples::U8(Array2::zeros((10, 10))),
            masked: None,
        })
    }

    #[test]
    fn what_was_used_last_is_kept() {
        let planes = SharedPlanes::new(250);
        let mut cache = planes.lock();
        cache.put(key(1), plane());
        cache.put(key(2), plane());
        assert!(cache.get(&key(1)).is_some());
        cache.put(key(3), plane());
        let is_there = [1, 2, 3].map(|band| cache.get(&key(band)).is_some());
        assert_eq!((is_there, cache.size_bytes()), ([true, false, true], 200));
    }

    #[test]
    fn limits_belong_to_a_plane_and_a_stretch() {
        let planes = SharedPlanes::new(250);
        let mut cache = planes.lock();
        cache.put(key(1), plane());
        let (stretch, other) = (Stretch::MinMax, Stretch::Percentile { lo: 2.0, hi: 98.0 });
        let limits = Some(Limits { lo: 1.0, hi: 2.0 });
        assert_eq!(cache.limits(&key(1), stretch), None);
        cache.put_limits(&key(1), stretch, limits);
        cache.put_limits(&key(2), stretch, limits);
        assert_eq!(cache.limits(&key(1), stretch), Some(limits));
        assert_eq!(cache.limits(&key(1), other), None);
        assert_eq!(cache.limits(&key(2), stretch), None, "it is not there");
        cache.put_limits(&key(1), other, None);
        assert_eq!(cache.limits(&key(1), other), Some(None));
        assert_eq!(cache.limits(&key(1), stretch), None);
        cache.put(key(1), plane());
        assert_eq!(cache.limits(&key(1), other), None, "of other cells, maybe");
    }

    #[test]
    fn a_region_is_found_in_what_has_it() {
        let planes = SharedPlanes::new(250);
        let mut cache = planes.lock();
        let PlaneKey { subject, cut, .. } = key(1);
        let whole = Cut { rows: 2..9, ..cut };
        let mean_of = Some((2, [0, 1]));
        cache.put(
            PlaneKey {
                subject: subject.clone(),
                cut: whole.clone(),
                mean_of,
            },
            plane(),
        );
        let part = Cut {
            columns: 3..4,
            ..whole.clone()
        };
        assert!(cache.with_region(&subject, &part).is_none(), "means");
        cache.put(
            PlaneKey {
                subject: subject.clone(),
                cut: whole,
                mean_of: None,
            },
            plane(),
        );
        let found = cache.with_region(&subject, &part);
        assert_eq!(found.map(|(_, start)| start), Some([2, 0]));
    }
}
