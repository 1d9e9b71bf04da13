//! Numbers about smart campaigns, for those who look after them.

use super::Engine;
use crate::model::{Id as _, PersonIx};

/// How many people a smart campaign concerns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CampaignCounts {
    /// People who qualified at least once.
    pub people: u64,
    /// How often somebody qualified.
    pub qualified: u64,
    /// Runs that wait.
    pub waiting: u64,
}

impl Engine {
    /// The numbers of all smart campaigns, in the order of the rule book. Looks at everybody.
    pub fn campaign_counts(&self) -> Vec<CampaignCounts> {
        let mut counts = vec![CampaignCounts::default(); self.plan.rulebook.campaigns.len()];
        let people = &self.core.state.people;
        for person in (0..people.len()).map(PersonIx::new) {
            for row in people.qualified(person) {
                if let Some(counts) = counts.get_mut(row.campaign.index()) {
                    counts.people += 1;
                    counts.qualified += u64::from(row.times);
                }
            }
            for run in people.waiting(person) {
                if let Some(counts) = counts.get_mut(run.campaign.index()) {
                    counts.waiting += 1;
                }
            }
        }
        counts
    }
}
