//! From what is wanted to jobs.

use super::super::document::{DocumentId, Snapshot};
use super::super::jobs::Lane;
use super::super::take_in::{Output, Product};
use super::super::tasks::checked;
use super::super::{Session, Slot};
use super::{MeanSpec, StatsSpec, work};
use std::sync::Arc;

impl Session {
    /// Asks for what is wanted of statistics, once the picture is there: both would read the same disk.
    pub(in crate::session) fn request_statistics(&mut self, id: DocumentId, snapshot: &Snapshot) {
        let Some(document) = self.document_mut(id) else {
            return;
        };
        let wanted = document.wanted_statistics(snapshot.revision);
        let wanted_mean = document.wanted_mean(snapshot.revision);
        let (feeds, statistics) = (&mut document.feeds, &mut document.statistics);
        let new = feeds.statistics.want(wanted);
        let new_mean = feeds.mean.want(wanted_mean);
        let is_idle = new.is_some() || !feeds.statistics.is_waiting();
        let is_mean_idle = new_mean.is_some() || !feeds.mean.is_waiting();
        if is_idle {
            statistics.next = new;
        }
        if is_mean_idle {
            statistics.next_mean = new_mean;
        }
        let is_time = !feeds.picture.is_waiting();
        let next = statistics.next.take_if(|_| is_time);
        let next_mean = statistics.next_mean.take_if(|_| is_time);
        for (slot, is_idle) in [
            (Slot::Statistics(id), is_idle),
            (Slot::MeanSpectrum(id), is_mean_idle),
        ] {
            if is_idle {
                self.jobs.cancel_slot(slot);
            }
        }
        if let Some(spec) = next {
            self.submit_statistics(id, snapshot, spec);
        }
        if let Some(spec) = next_mean {
            self.submit_mean(id, snapshot, spec);
        }
    }

    fn submit_statistics(&mut self, id: DocumentId, snapshot: &Snapshot, spec: StatsSpec) {
        let (dataset, planes) = (Arc::clone(&snapshot.dataset), self.planes.clone());
        let (slot, name) = (
            Slot::Statistics(id),
            format!("Statistics of {}", spec.subject.key),
        );
        let product =
            move |spec, result| Output::Product(id, Box::new(Product::Statistics(spec, result)));
        (self.jobs).submit_in_parts(Lane::Numbers, slot, name, move |progress, parts| {
            let give = |numbers| parts.give(product(spec.clone(), Ok(numbers)));
            let result = checked(&dataset, Some(&spec.subject), |reading| {
                work::statistics(&dataset, &spec, &planes, progress, reading, give)
            })?;
            Ok(product(spec, result))
        });
    }

    fn submit_mean(&mut self, id: DocumentId, snapshot: &Snapshot, spec: MeanSpec) {
        let dataset = Arc::clone(&snapshot.dataset);
        let (slot, name) = (
            Slot::MeanSpectrum(id),
            format!("Mean spectrum of {}", spec.subject.key),
        );
        let product =
            move |spec, result| Output::Product(id, Box::new(Product::Mean(spec, result)));
        (self.jobs).submit_in_parts(Lane::Numbers, slot, name, move |progress, parts| {
            let give = |spectrum| parts.give(product(spec.clone(), Ok(spectrum)));
            let result = checked(&dataset, Some(&spec.subject), |reading| {
                work::mean_spectrum(&dataset, &spec, progress, reading, give)
            })?;
            Ok(product(spec, result))
        });
    }
}
