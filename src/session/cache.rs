//! Planes of pictures that were read before, so that another stretch or colormap does not read the file again.
//!
//! Content-keyed: the key holds all that changes the cells. Bounded by a budget in bytes; the least recently used goes first.

use super::cut::{Cut, Subject};
use super::document::Revision;
use crate::array::Plane;
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
                used: self.clock,
            },
        ) {
            self.size -= old.plane.size_bytes();
        }
        while self.size > self.budget && self.drop_oldest() {}
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
