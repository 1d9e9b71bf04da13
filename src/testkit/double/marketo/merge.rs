//! Merging people (facts, 1.10 and gap 13 of section 8).

use serde_json::{Value, json};

use super::activities::MERGE_LEADS;
use super::answer::{Answer, ApiError};
use super::leads::number;
use super::members::Membership;
use super::{Call, Marketo};
use crate::model::Timestamp;

/// Losers in one call.
const LOSERS_MAX: usize = 25;

impl Marketo {
    pub(super) fn merge_leads(&mut self, call: &Call, winner: &str) -> Result<Answer, ApiError> {
        let winner = number(winner)?;
        let mut losers = Vec::new();
        for text in call.values("leadId").into_iter().chain(call.values("leadIds")) {
            losers.push(number(text)?);
        }
        if losers.is_empty() {
            return Err(ApiError::blank("leadId"));
        }
        if losers.len() > LOSERS_MAX {
            return Err(ApiError::new("1080", format!("More than {LOSERS_MAX} leads cannot be merged in one call")));
        }
        for id in losers.iter().chain([&winner]) {
            if !self.leads.contains_key(id) {
                return Err(ApiError::new("1004", format!("Lead '{id}' not found")));
            }
        }
        if losers.contains(&winner) {
            return Err(ApiError::invalid("A lead cannot be merged with itself"));
        }
        self.merge(winner, &losers, call.now);
        Ok(Answer::default())
    }

    /// The winner keeps its values and takes those it lacks; of two memberships the higher step stays, with the earlier
    /// date and every success.
    pub(super) fn merge(&mut self, winner: u64, losers: &[u64], now: Timestamp) {
        for loser in losers {
            let Some(lost) = self.leads.get(loser).cloned() else { continue };
            let own = self.leads.get(&winner).map(|lead| lead.fields.clone()).unwrap_or_default();
            let missing = lost
                .fields
                .into_iter()
                .filter(|(name, value)| !value.is_null() && own.get(name).is_none_or(Value::is_null));
            let missing = missing.collect();
            self.update_lead(winner, missing, now, "Merge");
            let keys: Vec<(u64, u64)> = self.memberships.keys().filter(|(_, lead)| lead == loser).copied().collect();
            for (program, lead) in keys {
                let Some(lost) = self.memberships.remove(&(program, lead)) else { continue };
                let kept = match self.memberships.remove(&(program, winner)) {
                    Some(own) => one_of(own, lost, now),
                    None => Membership { updated: now, ..lost },
                };
                self.memberships.insert((program, winner), kept);
            }
            for list in self.lists.values_mut() {
                if list.leads.remove(loser) {
                    list.leads.insert(winner);
                }
            }
            let moved: Vec<_> = self.activities.iter_mut().filter(|activity| activity.lead == *loser).collect();
            for activity in moved {
                activity.lead = winner;
            }
            self.remove_lead(*loser, now);
            let attributes = vec![("Merge IDs", json!([loser])), ("Merged in Sales", json!(false))];
            self.log(winner, now, MERGE_LEADS, Some((winner, String::new())), attributes);
        }
    }
}

fn one_of(own: Membership, lost: Membership, now: Timestamp) -> Membership {
    let since = own.since.min(lost.since);
    let success = match (own.success, lost.success) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let acquired = own.acquired || lost.acquired;
    let (mut kept, other) = if lost.step > own.step { (lost, own) } else { (own, lost) };
    for (name, value) in other.fields {
        kept.fields.entry(name).or_insert(value);
    }
    Membership { since, success, acquired, updated: now, ..kept }
}
