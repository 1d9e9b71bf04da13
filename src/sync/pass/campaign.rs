//! Writes to Salesforce: members of one campaign after the other, looked at before and read back after.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::push::{Look, Shown, WRITTEN_AT_ONCE, Write};
use super::{Object, Sync, Trouble, object};
use crate::sync::answers::{Reaction, salesforce};
use crate::sync::evaluator::Evaluator;
use crate::sync::ledger::{Member, Which};
use crate::sync::salesforce::{MemberRow, Written};
use crate::sync::side::{Observation, Pair, Row, Seconds, Status};
use crate::sync::wire::Outside;

/// Members that somebody else holds a lock of are tried so often.
const LOCK_TRIES: u32 = 4;

/// The first pause before such a try, in milliseconds; each one is twice as long as the one before.
const LOCK_PAUSE_MS: u64 = 1000;

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Writes members; gives how many writes are still open.
    pub(super) async fn push_campaign(&mut self, writes: Vec<Write>) -> Result<u64, Trouble> {
        let mut by_link: BTreeMap<u32, Vec<Write>> = BTreeMap::new();
        for write in writes {
            if !self.is_stopped(Object::CampaignMember, &write) {
                by_link.entry(write.pair.link()).or_default().push(write);
            }
        }
        let mut open = 0;
        for (link, writes) in by_link {
            let Some(campaign) = self.find_link(link).and_then(|link| Some(link.campaign.as_ref()?.id.clone())) else {
                continue;
            };
            // An unknown status is replaced by Salesforce without a word: what it has is asked right before.
            let labels: BTreeSet<String> =
                self.salesforce.statuses(&campaign).await?.into_iter().map(|status| status.label).collect();
            let (known, lost): (Vec<Write>, Vec<Write>) = writes.into_iter().partition(|write| {
                write.to == Status::NONE || self.name(write.pair, write.to).is_some_and(|name| labels.contains(&name))
            });
            for write in &lost {
                self.lost_status(write);
            }
            // Each kind of call has a look of its own right before it.
            let (removed, set): (Vec<Write>, Vec<Write>) =
                known.into_iter().partition(|write| write.to == Status::NONE);
            for some in removed.chunks(WRITTEN_AT_ONCE).chain(set.chunks(WRITTEN_AT_ONCE)) {
                open += self.push_members(link, &campaign, some).await?;
                self.commit()?;
            }
        }
        self.report.count(Object::CampaignMember).backlog += open;
        Ok(open)
    }

    async fn push_members(&mut self, link: u32, campaign: &str, writes: &[Write]) -> Result<u64, Trouble> {
        let adds = writes.iter().filter(|write| write.to != Status::NONE).map(|write| write.pair.person());
        self.make_leads(link, &adds.collect()).await?;
        let mut left: Vec<Write> = writes.to_vec();
        let mut open = 0;
        for attempt in 0..LOCK_TRIES {
            if left.is_empty() {
                break;
            }
            if attempt > 0 {
                self.outside.sleep(LOCK_PAUSE_MS << attempt).await;
            }
            let shown = self.look_at_members(link, campaign, &left).await?;
            let (ready, undone) = self.choose(&left, &shown);
            open += undone;
            left.clear();
            if !ready.is_empty() {
                self.about_to_send(Which::Campaign, &ready)?;
                let written = self.write_members(campaign, &ready).await;
                self.is_over(Which::Campaign, &ready);
                left = written?;
            }
        }
        let left = u64::try_from(left.len()).unwrap_or(u64::MAX);
        let unconfirmed = writes.iter().filter(|write| self.is_open(write)).count();
        Ok(open.max(left).max(u64::try_from(unconfirmed).unwrap_or(u64::MAX)))
    }

    /// Those writes that are to be done after a look, and how many others are open.
    fn choose(&mut self, writes: &[Write], shown: &BTreeMap<Pair, Shown>) -> (Vec<Write>, u64) {
        let mut ready: Vec<Write> = Vec::new();
        let mut open = 0;
        for write in writes {
            if self.is_stopped(Object::CampaignMember, write) {
                continue;
            }
            let now = shown.get(&write.pair).copied().unwrap_or(Shown::NOTHING);
            let known = self.entries.book().campaign.row(write.pair).copied();
            match write.look(now, known.as_ref()) {
                Look::Done => self.confirm(Which::Campaign, write, now.stamp),
                Look::Write
                    if write.to != Status::NONE && self.entries.person(write.pair.person()).sfdc().is_none() =>
                {
                    open += u64::from(self.is_to_be_made(write));
                }
                Look::Write => ready.push(*write),
                Look::Stays => {
                    self.strike_out(write);
                    self.set_rules_right(Which::Campaign, write, true);
                }
                Look::Changed => open += 1,
            }
        }
        (ready, open)
    }

    /// Whether what was asked for is not known to be there.
    fn is_open(&self, write: &Write) -> bool {
        match write.why {
            super::push::Why::Agree(base) => {
                self.is_to_be_made(write)
                    && self.entries.person(write.pair.person()).stopped.is_none()
                    && self.entries.book().base.row(write.pair).is_none_or(|row| row.version < base.version)
            }
            super::push::Why::Order { number, .. } => self.entries.book().orders.contains_key(&number),
        }
    }

    /// What Salesforce shows right now; members are written down by their ids on the way.
    async fn look_at_members(
        &mut self,
        link: u32,
        campaign: &str,
        writes: &[Write],
    ) -> Result<BTreeMap<Pair, Shown>, Trouble> {
        let people: Vec<String> = writes
            .iter()
            .filter_map(|write| self.entries.person(write.pair.person()).sfdc().map(str::to_owned))
            .collect();
        let ids: Vec<String> =
            writes.iter().flat_map(|write| self.entries.members_of(write.pair).iter().cloned()).collect();
        let mut rows = self.salesforce.members_of(campaign, &people).await?;
        // By id it is shown as it is now, whatever queries say.
        let by_id = self.salesforce.members_by_id(&ids).await?;
        let there: BTreeSet<&String> = by_id.iter().map(|row| &row.id).collect();
        // They stay known until Salesforce tells when they were deleted.
        self.gone.extend(ids.iter().filter(|id| !there.contains(id)).cloned());
        rows.retain(|row| !ids.contains(&row.id));
        rows.extend(by_id);
        Ok(self.note_members(link, rows))
    }

    fn note_members(&mut self, link: u32, rows: Vec<MemberRow>) -> BTreeMap<Pair, Shown> {
        let mut pairs = BTreeSet::new();
        for row in rows {
            let Some(sfdc) = row.contact.clone().or_else(|| row.lead.clone()) else { continue };
            let person =
                self.entries.by_sfdc(&sfdc).or_else(|| row.lead.as_ref().and_then(|id| self.entries.by_sfdc(id)));
            let Some(person) = person else { continue };
            let pair = Pair::new(link, person);
            let status = self.entries.status(link, &row.status);
            self.entries.set_member(&row.id, Some(Member { sfdc, pair, status, stamp: row.stamp }));
            pairs.insert(pair);
        }
        pairs
            .into_iter()
            .filter_map(|pair| {
                let (_, member) = self.entries.member_of_without(pair, &self.gone)?;
                Some((pair, Shown { status: member.status, stamp: Some(member.stamp) }))
            })
            .collect()
    }

    /// Writes members and reads them back; gives those that are to be tried again at once.
    async fn write_members(&mut self, campaign: &str, writes: &[Write]) -> Result<Vec<Write>, Trouble> {
        let (mut new, mut changed, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for write in writes {
            let member = self.entries.member_of_without(write.pair, &self.gone).map(|(id, _)| id.clone());
            let name = self.name(write.pair, write.to);
            match (member, name) {
                (Some(_), None) => {
                    let ids = self.entries.members_of(write.pair).iter().filter(|id| !self.gone.contains(*id));
                    removed.extend(ids.map(|id| (*write, id.clone())));
                }
                (Some(id), Some(name)) => changed.push((*write, object(&json!({"id": id, "Status": name})))),
                (None, Some(name)) => {
                    let person = self.entries.person(write.pair.person());
                    let (field, id) = match (&person.contact, &person.lead) {
                        (Some(contact), _) => ("ContactId", contact),
                        (None, Some(lead)) => ("LeadId", lead),
                        (None, None) => continue,
                    };
                    new.push((*write, object(&json!({"CampaignId": campaign, field: id, "Status": name}))));
                }
                (None, None) => self.confirm(Which::Campaign, write, None),
            }
        }
        let mut results: Vec<(Write, Written)> = Vec::new();
        let records = |rows: &[(Write, Map<String, Value>)]| rows.iter().map(|(_, row)| row.clone()).collect();
        let writes_of = |rows: &[(Write, Map<String, Value>)]| rows.iter().map(|(write, _)| *write).collect::<Vec<_>>();
        if !removed.is_empty() {
            let ids: Vec<String> = removed.iter().map(|(_, id)| id.clone()).collect();
            let written = self.salesforce.delete(&ids).await?;
            results.extend(removed.iter().map(|(write, _)| *write).zip(written));
        }
        if !changed.is_empty() {
            let written = self.salesforce.update("CampaignMember", records(&changed)).await?;
            results.extend(writes_of(&changed).into_iter().zip(written));
        }
        if !new.is_empty() {
            let written = self.salesforce.create("CampaignMember", records(&new)).await?;
            for (write, written) in writes_of(&new).into_iter().zip(written) {
                if let Written::Done(id) = &written {
                    let sfdc = self.entries.person(write.pair.person()).sfdc().unwrap_or_default().to_owned();
                    let stamp = Seconds(0);
                    let member = Member { sfdc, pair: write.pair, status: write.to, stamp };
                    self.entries.set_member(id, Some(member));
                }
                results.push((write, written));
            }
        }
        self.read_back(campaign, results).await
    }

    async fn read_back(&mut self, campaign: &str, results: Vec<(Write, Written)>) -> Result<Vec<Write>, Trouble> {
        let (mut again, mut done) = (Vec::new(), Vec::new());
        let mut certain: BTreeSet<Pair> = BTreeSet::new();
        let mut doubtful: Vec<(String, Seconds)> = Vec::new();
        let at = self.covered().unwrap_or_else(|| self.now());
        for (write, written) in results {
            match written {
                Written::Done(_) => {
                    certain.insert(write.pair);
                    done.push(write);
                }
                Written::Refused { code, message } => match salesforce(&code, &message) {
                    Reaction::RetryCampaign | Reaction::Retry => again.push(write),
                    // Gone, there already, or converted: reading it again tells; of the person too, should it be the one who
                    // is gone without our having been told.
                    Reaction::LookUp => {
                        let person = self.entries.person(write.pair.person());
                        doubtful.extend(person.sfdc().map(|id| (id.to_owned(), at)));
                        done.push(write);
                    }
                    Reaction::PauseAll | Reaction::RefreshToken => {}
                    Reaction::GiveUpRecord | Reaction::GiveUpPass => {
                        self.refused(Object::CampaignMember, &write, &code, &message);
                    }
                },
                Written::Unknown(_) => done.push(write),
            }
        }
        done.sort_by_key(|write| write.pair);
        done.dedup_by_key(|write| write.pair);
        let Some(link) = done.first().map(|write| write.pair.link()) else { return Ok(again) };
        let before: BTreeMap<Pair, Option<Row>> =
            done.iter().map(|write| (write.pair, self.entries.book().campaign.row(write.pair).copied())).collect();
        let shown = self.look_at_members(link, campaign, &done).await?;
        let now = self.now();
        for write in done {
            let seen = shown.get(&write.pair).copied().unwrap_or(Shown::NOTHING);
            let known = before.get(&write.pair).copied().flatten();
            if seen.status == write.to {
                let from = known.map_or(Status::NONE, |known| known.status);
                self.count_written(Object::CampaignMember, from, write.to);
                self.confirm(Which::Campaign, &write, seen.stamp);
                continue;
            }
            // It was done, and is gone already: somebody removed the member right after us.
            if certain.contains(&write.pair) && seen == Shown::NOTHING {
                self.written_over(Which::Campaign, &write);
                self.set_rules_right(Which::Campaign, &write, false);
            }
            // With a newer stamp somebody else wrote after us, be it the org itself; with the old one nothing was written. Where
            // nobody knows whether we wrote at all, it is a change like any other.
            if let Some(stamp) = seen.stamp.filter(|stamp| known.is_none_or(|known| *stamp > known.stamp)) {
                if certain.contains(&write.pair) {
                    self.written_over(Which::Campaign, &write);
                }
                let seen = Observation { pair: write.pair, status: seen.status, stamp };
                let moves = self.entries.pull(Which::Campaign, vec![seen], now);
                self.tell_moves(Which::Campaign, &moves, false);
                // What was there before is there again: the rules think that it is what they made of it.
                if moves.is_empty() && certain.contains(&write.pair) {
                    self.set_rules_right(Which::Campaign, &write, false);
                }
            }
        }
        self.people_gone(&doubtful, true).await?;
        Ok(again)
    }
}
