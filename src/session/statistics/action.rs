//! What a user does with statistics.

use super::super::Session;
use super::{MeanOf, Scope, text};

/// More would be a list that nobody reads.
const MAX_PERCENTILES: usize = 24;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub enum StatisticsAction {
    /// Show or hide the panel.
    Open(bool),
    /// Of which cells.
    SetScope(Scope),
    /// Which of three bands is the shown one.
    SetChannel(usize),
    /// First and last of a range of bands.
    SetBands([usize; 2]),
    /// Percentiles besides the usual ones.
    SetPercentiles(Vec<f64>),
    /// Draw a mean spectrum, or none.
    SetMean(MeanOf),
    /// Copy the numbers as text.
    Copy,
}

pub(in crate::session) fn act(session: &mut Session, action: StatisticsAction) {
    let Some(document) = session.active_document_mut() else {
        return;
    };
    let statistics = &mut document.statistics;
    match action {
        StatisticsAction::Open(is_open) => {
            statistics.is_open = is_open;
            // There is room for one panel at the right.
            document.history.is_open &= !is_open;
        }
        StatisticsAction::SetScope(scope) => statistics.scope = scope,
        StatisticsAction::SetChannel(channel) => statistics.channel = channel,
        StatisticsAction::SetBands(bands) => statistics.bands = Some(bands),
        StatisticsAction::SetPercentiles(mut percentiles) => {
            percentiles.retain(|percentile| (0.0..=100.0).contains(percentile));
            percentiles.truncate(MAX_PERCENTILES);
            statistics.more_percentiles = percentiles;
        }
        StatisticsAction::SetMean(mean) => statistics.mean = mean,
        StatisticsAction::Copy => {
            let text = text::table(document);
            session.copied_text = text.or(session.copied_text.take());
        }
    }
}
