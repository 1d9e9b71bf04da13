//! Campaign order: the one fixed order in which campaigns come when one event starts several.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::meaning::{Priority, SmartCampaign};
use crate::model::{CampaignId, Id};

/// Again and again, of the campaigns whose `after` are all taken, the one with the highest priority, then the first
/// declared. There is no circle of `after`: that is an error found before.
pub(super) fn order(campaigns: &[SmartCampaign]) -> Vec<CampaignId> {
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); campaigns.len()];
    let mut missing: Vec<usize> = Vec::with_capacity(campaigns.len());
    for (at, campaign) in campaigns.iter().enumerate() {
        missing.push(campaign.after.len());
        for before in &campaign.after {
            if let Some(followers) = followers.get_mut(before.index()) {
                followers.push(at);
            }
        }
    }
    let key = |at: usize| -> Option<Reverse<(Priority, usize)>> {
        campaigns.get(at).map(|campaign| Reverse((campaign.priority, at)))
    };
    let mut ready: BinaryHeap<Reverse<(Priority, usize)>> =
        missing.iter().enumerate().filter(|(_, missing)| **missing == 0).filter_map(|(at, _)| key(at)).collect();
    let mut order = Vec::with_capacity(campaigns.len());
    while let Some(Reverse((_, at))) = ready.pop() {
        order.push(CampaignId::new(at));
        for follower in followers.get(at).into_iter().flatten() {
            if let Some(missing) = missing.get_mut(*follower) {
                *missing = missing.saturating_sub(1);
                if *missing == 0 {
                    ready.extend(key(*follower));
                }
            }
        }
    }
    order
}
