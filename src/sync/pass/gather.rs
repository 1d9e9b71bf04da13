//! Pulls: what was deleted, what changed on both sides, and from time to time everything.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::InSalesforce;
use super::sent::{Step, in_order};
use super::{ACTIVITIES, COVERED, How, OVERLAP_SECONDS, Sync, Trouble};
use crate::sync::evaluator::Evaluator;
use crate::sync::ledger::{Link, Member, Move, Person, Which};
use crate::sync::links::NOT_IN_PROGRAM;
use crate::sync::marketo::{Happening, Marketo};
use crate::sync::salesforce::{Deleted, MemberRow};
use crate::sync::side::{Observation, Pair, Row, Seconds, Status};
use crate::sync::wire::Outside;

/// `getDeleted` is asked to a little ahead: it tells by itself how far it got.
const AHEAD_SECONDS: u32 = 120;

/// Without a time to start from, deletions are asked for from so far back.
const BACK_SECONDS: u32 = 600;

/// What the log tells last of people of Marketo, by link, and when that was.
type Touched = BTreeMap<(u32, String), (Option<String>, Seconds)>;

/// What was deleted in Salesforce, by object.
#[derive(Default)]
struct Gone {
    members: Vec<(String, Seconds)>,
    people: Vec<(String, Seconds)>,
    /// Up to where it is complete.
    covered: Seconds,
    /// Whether something may be missing before it.
    gap: bool,
}

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Pulls both sides of all links into the book. The links that were compared as a whole.
    pub(super) async fn gather(&mut self, how: How) -> Result<BTreeSet<u32>, Trouble> {
        let before = self.covered();
        let gone = self.gone(before).await?;
        let links = self.standing();
        let due = |link: &Link| how.full || gone.gap || before.is_none() || self.is_compare_due(link);
        let whole: BTreeSet<u32> = links.iter().filter(|(_, link)| due(link)).map(|(number, _)| *number).collect();
        // The deletions come first, and what may show late of the time before them is read once more.
        let since = Seconds(before.unwrap_or(gone.covered).0.saturating_sub(OVERLAP_SECONDS));
        let (all, changed): (Vec<_>, Vec<_>) =
            links.iter().filter(|(_, link)| link.campaign.is_some()).partition(|(number, _)| whole.contains(number));
        let ids = |links: &[&(u32, Link)]| -> Vec<String> {
            links.iter().filter_map(|(_, link)| Some(link.campaign.as_ref()?.id.clone())).collect()
        };
        let mut rows = self.salesforce.members_since(&ids(&changed), Some(since)).await?;
        rows.extend(self.salesforce.members_since(&ids(&all), None).await?);
        let mut converted = self.salesforce.converted_since(since).await?;
        converted.extend(rows.iter().filter_map(|row| Some((row.lead.clone()?, row.contact.clone()?))));
        self.take_conversions(&converted).await?;
        self.meet_stopped().await?;
        self.people_gone(&gone.people, false).await?;
        if gone.gap {
            // What was deleted in between nobody tells: everybody is looked at.
            let people = self.entries.book().people.values();
            let all: Vec<(String, Seconds)> =
                people.filter_map(Person::sfdc).map(|id| (id.to_owned(), gone.covered)).collect();
            // Whom we made a moment ago may show late.
            let all: Vec<(String, Seconds)> = all.into_iter().filter(|(id, _)| !self.made.contains(id)).collect();
            self.people_gone(&all, false).await?;
        }
        self.made.clear();
        self.identify_in_salesforce(rows.iter().filter_map(|row| sfdc(row).cloned()).collect()).await?;
        self.take_members(rows, &gone, &whole);
        self.entries.note(COVERED, gone.covered.0.to_string());
        match self.marketo {
            Some(marketo) => self.gather_marketo(marketo, &links, &whole).await?,
            None => self.gather_own(&links).await?,
        }
        let now = self.now();
        for number in &whole {
            self.entries.change_link(*number, |link| link.compared = Some(now));
        }
        Ok(links.iter().filter(|(_, link)| link.first).map(|(number, _)| *number).collect())
    }

    async fn gone(&mut self, before: Option<Seconds>) -> Result<Gone, Trouble> {
        let now = self.now();
        let start = before.unwrap_or(Seconds(now.0.saturating_sub(BACK_SECONDS)));
        let end = Seconds(now.0.max(start.0).saturating_add(AHEAD_SECONDS));
        let mut gone = Gone { covered: Seconds(u32::MAX), ..Gone::default() };
        for object in ["CampaignMember", "Lead", "Contact"] {
            let Deleted { records, earliest, covered } = self.deleted(object, start, end).await?;
            // What was asked for from further back than is known of may be missing.
            gone.gap |= earliest > start;
            gone.covered = gone.covered.min(covered);
            if object == "CampaignMember" { &mut gone.members } else { &mut gone.people }.extend(records);
        }
        Ok(gone)
    }

    /// Deletions of an object. What lies too far back for Salesforce is a gap.
    async fn deleted(&mut self, object: &str, start: Seconds, end: Seconds) -> Result<Deleted, Trouble> {
        match self.salesforce.deleted(object, start, end).await {
            Err(Trouble::Refused { code, .. }) if code == "INVALID_REPLICATION_DATE" => {
                let now = self.now();
                let near = Seconds(now.0.saturating_sub(BACK_SECONDS));
                let found = self.salesforce.deleted(object, near, Seconds(now.0.saturating_add(AHEAD_SECONDS))).await?;
                Ok(Deleted { earliest: Seconds(u32::MAX), ..found })
            }
            found => found,
        }
    }

    /// Leads and contacts that were deleted, or lost a merge. Where that is only suspected, whoever is not shown at all may have
    /// been made a moment ago.
    pub(super) async fn people_gone(&mut self, gone: &[(String, Seconds)], suspected: bool) -> Result<(), Trouble> {
        let known: BTreeMap<&String, Seconds> =
            gone.iter().filter(|(id, _)| self.entries.by_sfdc(id).is_some()).map(|(id, at)| (id, *at)).collect();
        if known.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = known.keys().map(|id| (*id).clone()).collect();
        let rows = self.salesforce.people_by_id(&ids).await?;
        for (id, at) in known {
            let Some(number) = self.entries.by_sfdc(id) else { continue };
            let row = rows.iter().find(|row| row.id == *id);
            if row.map_or(suspected, |row| !row.deleted && row.merged_into.is_none()) {
                // Brought back from the recycle bin.
                continue;
            }
            let winner = row.and_then(|row| row.merged_into.clone()).filter(|id| self.entries.by_sfdc(id).is_none());
            let winner = match winner {
                Some(winner) if self.is_somebody_else(number, &winner).await? => None,
                winner => winner,
            };
            self.entries.change_person(number, |person| {
                let is_contact = person.contact.as_ref() == Some(id);
                let place = if is_contact { &mut person.contact } else { &mut person.lead };
                place.clone_from(&winner);
                // Without its contact, a lead that was converted stands for nobody.
                if is_contact && winner.is_none() {
                    person.lead = None;
                }
            });
            if self.entries.person(number).sfdc().is_none() {
                self.leave_all_campaigns(number, at);
                self.tell_salesforce(number, InSalesforce::Gone, false, at);
            }
        }
        Ok(())
    }

    /// Leads that became contacts: each stays who it is.
    async fn take_conversions(&mut self, converted: &[(String, String)]) -> Result<(), Trouble> {
        for (lead, contact) in converted {
            let Some(number) = self.entries.by_sfdc(lead) else { continue };
            match self.entries.by_sfdc(contact) {
                Some(owner) if owner == number => {}
                None if !self.is_somebody_else(number, contact).await? => self.attach(number, contact),
                // Somebody else's contact took it over: nothing is left of it.
                None | Some(_) => {
                    self.entries.change_person(number, |person| person.lead = None);
                    let now = self.now();
                    self.tell_salesforce(number, InSalesforce::Gone, false, now);
                }
            }
        }
        Ok(())
    }

    /// A deleted lead or contact is in no campaign any more, whatever is told of its members.
    fn leave_all_campaigns(&mut self, person: u32, at: Seconds) {
        let now = self.now();
        let links: Vec<u32> = self.entries.book().links.keys().copied().collect();
        let pairs = links.into_iter().map(|link| Pair::new(link, person));
        let there: Vec<Pair> = pairs.filter(|pair| self.status_on(Which::Campaign, *pair) != Status::NONE).collect();
        for pair in &there {
            for id in self.entries.members_of(*pair).to_vec() {
                self.entries.set_member(&id, None);
            }
        }
        let stamp = |pair: Pair| {
            let known = self.entries.book().campaign.row(pair).map_or(Seconds(0), |row| row.stamp);
            // The deletion is news, even where the member was touched within the same second.
            Seconds(at.0.max(known.0.saturating_add(1)))
        };
        let seen = |pair: &Pair| Observation { pair: *pair, status: Status::NONE, stamp: stamp(*pair) };
        let seen: Vec<Observation> = there.iter().map(seen).collect();
        let moves = self.entries.pull(Which::Campaign, seen, now);
        self.tell_moves(Which::Campaign, &moves, false);
    }

    /// Takes over rows of campaign members and deletions of them.
    fn take_members(&mut self, rows: Vec<MemberRow>, gone: &Gone, whole: &BTreeSet<u32>) {
        let links: BTreeMap<String, u32> =
            self.standing().into_iter().filter_map(|(number, link)| Some((link.campaign?.id, number))).collect();
        let mut touched: BTreeSet<Pair> = BTreeSet::new();
        let mut shown: BTreeSet<String> = BTreeSet::new();
        for row in rows {
            let number = links.get(&row.campaign).copied();
            let person = sfdc(&row).and_then(|id| self.entries.by_sfdc(id));
            let (Some(number), Some(person), Some(sfdc)) = (number, person, sfdc(&row).cloned()) else { continue };
            let pair = Pair::new(number, person);
            let status = self.entries.status(number, &row.status);
            shown.insert(row.id.clone());
            let known = self.entries.book().members.get(&row.id);
            // An older page, or one of a member whose removal is known.
            let is_old = known.is_some_and(|known| row.stamp < known.stamp);
            let side = self.entries.book().campaign.row(pair);
            let is_gone =
                known.is_none() && side.is_some_and(|side| side.status == Status::NONE && row.stamp < side.stamp);
            if is_old || is_gone {
                continue;
            }
            let member = Member { sfdc, pair, status, stamp: row.stamp };
            let old = self.entries.set_member(&row.id, Some(member));
            touched.extend(old.map(|old| old.pair));
            touched.insert(pair);
        }
        let mut deleted: BTreeMap<Pair, Seconds> = BTreeMap::new();
        let mut strangers: Vec<Seconds> = Vec::new();
        for (id, at) in &gone.members {
            if let Some(old) = self.entries.set_member(id, None) {
                touched.insert(old.pair);
                deleted.insert(old.pair, Seconds(at.0.max(old.stamp.0)));
            } else {
                strangers.push(*at);
            }
        }
        // Of a comparison of everything: who is not shown and was not touched lately is gone.
        let started = Seconds(gone.covered.0.saturating_sub(OVERLAP_SECONDS));
        let missing = self.entries.book().members.iter().filter(|(id, member)| {
            whole.contains(&member.pair.link()) && member.stamp <= started && !shown.contains(*id)
        });
        for id in missing.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            if let Some(old) = self.entries.set_member(&id, None) {
                touched.insert(old.pair);
                deleted.insert(old.pair, Seconds(old.stamp.0.saturating_add(1).max(started.0)));
            }
        }
        let now = self.now();
        let (mut silent, mut loud) = (Vec::new(), Vec::new());
        for pair in touched {
            let seen = match self.entries.member_of(pair) {
                Some((_, member)) => Some(Observation { pair, status: member.status, stamp: member.stamp }),
                None => {
                    let known = self.entries.book().campaign.row(pair).map_or(Seconds(0), |row| row.stamp);
                    let at = deleted.get(&pair).copied().unwrap_or(known);
                    // A member who was touched in the second of its removal is gone all the same.
                    let stamp = Seconds(at.0.max(known.0.saturating_add(1)));
                    Some(Observation { pair, status: Status::NONE, stamp })
                }
            };
            let first = self.find_link(pair.link()).is_some_and(|link| link.compared.is_none());
            if first { &mut silent } else { &mut loud }.extend(seen);
        }
        for (pages, silent) in [(silent, true), (loud, false)] {
            let moves = self.entries.pull(Which::Campaign, pages, now);
            self.tell_moves(Which::Campaign, &moves, silent);
        }
        self.strangers_removed(&strangers);
    }

    async fn gather_marketo(
        &mut self,
        marketo: &Marketo<'_, O>,
        links: &[(u32, Link)],
        whole: &BTreeSet<u32>,
    ) -> Result<(), Trouble> {
        let programs: BTreeMap<String, u32> =
            links.iter().filter_map(|(number, link)| Some((link.program.as_ref()?.id.clone(), *number))).collect();
        if programs.is_empty() {
            return Ok(());
        }
        let started = Seconds(self.now().0.saturating_sub(OVERLAP_SECONDS));
        let token = match self.entries.book().notes.get(ACTIVITIES).cloned() {
            Some(token) => token,
            None => marketo.token_since(started).await?,
        };
        let activities = marketo.activities(&token, false).await?;
        let mut steps: BTreeMap<(u32, String), Vec<Step>> = BTreeMap::new();
        let mut deleted: Vec<(String, Seconds)> = Vec::new();
        let mut merged: BTreeMap<String, Seconds> = BTreeMap::new();
        for happening in activities.happenings {
            match happening {
                Happening::Status { program, lead, old, status, at } => {
                    let Some(number) = programs.get(&program) else { continue };
                    steps.entry((*number, lead)).or_default().push(Step { old, new: status, at });
                }
                Happening::Deleted { lead, at } => deleted.push((lead, at)),
                Happening::Touched { lead, losers, at } => {
                    merged.insert(lead, at);
                    deleted.extend(losers.into_iter().map(|loser| (loser, at)));
                }
            }
        }
        let mut touched = Touched::new();
        // The winner of a merge has the memberships of the losers too.
        for (program, number) in &programs {
            let winners: Vec<String> = merged.keys().cloned().collect();
            for row in marketo.members_of(program, &winners).await? {
                touched.insert((*number, row.lead), (Some(row.status), row.stamp));
            }
        }
        let mut members: BTreeMap<u32, Vec<crate::sync::marketo::MemberRow>> = BTreeMap::new();
        for (program, number) in &programs {
            let rows = if whole.contains(number) {
                self.all_members(marketo, *number, program).await?
            } else {
                let people = steps.keys().chain(touched.keys()).filter(|(link, _)| link == number);
                let people: BTreeSet<String> = people.map(|(_, lead)| lead.clone()).collect();
                marketo.members_of(program, &people.into_iter().collect::<Vec<_>>()).await?
            };
            members.insert(*number, rows);
        }
        let mut leads: BTreeSet<String> = steps.keys().chain(touched.keys()).map(|(_, lead)| lead.clone()).collect();
        leads.extend(members.values().flatten().map(|row| row.lead.clone()));
        leads.extend(merged.keys().cloned());
        self.identify_in_marketo(leads).await?;
        // Only now nothing of it can get lost any more.
        self.entries.note(ACTIVITIES, activities.token);
        for ((number, lead), mut all) in steps {
            // The log of the winner is that of the losers too: what lies before the merge may be theirs.
            all.retain(|step| merged.get(&lead).is_none_or(|at| step.at > *at));
            let Some(person) = self.entries.by_program(&lead) else { continue };
            let pair = Pair::new(number, person);
            let all = in_order(all, self.before_log(pair).as_ref());
            self.learn_from_log(pair, &all);
            if let Some(last) = all.into_iter().next_back() {
                touched.insert((number, lead), (last.new, last.at));
            }
        }
        for (number, rows) in members {
            self.take_program_members(number, rows, &touched, whole.contains(&number), started);
        }
        self.gone_from_marketo(&deleted);
        Ok(())
    }

    /// All members of a program, whatever status they have.
    async fn all_members(
        &mut self,
        marketo: &Marketo<'_, O>,
        number: u32,
        program: &str,
    ) -> Result<Vec<crate::sync::marketo::MemberRow>, Trouble> {
        for name in marketo.used_statuses(program).await? {
            self.entries.status(number, &name);
        }
        let names = self.find_link(number).map(|link| link.statuses.clone()).unwrap_or_default();
        let names: Vec<String> = names.into_iter().filter(|name| name != NOT_IN_PROGRAM).collect();
        if names.is_empty() { Ok(Vec::new()) } else { marketo.members_with(program, &names).await }
    }

    fn take_program_members(
        &mut self,
        number: u32,
        rows: Vec<crate::sync::marketo::MemberRow>,
        touched: &Touched,
        whole: bool,
        started: Seconds,
    ) {
        let mut seen: BTreeMap<Pair, Observation> = BTreeMap::new();
        for row in rows {
            let Some(person) = self.entries.by_program(&row.lead) else { continue };
            let pair = Pair::new(number, person);
            let status = self.entries.status(number, &row.status);
            seen.insert(pair, Observation { pair, status, stamp: row.stamp });
        }
        let mut told: Vec<Observation> = Vec::new();
        for ((link, lead), (status, at)) in touched.iter().filter(|((link, _), _)| *link == number) {
            let Some(person) = self.entries.by_program(lead) else { continue };
            let pair = Pair::new(*link, person);
            let status = status.as_deref().map_or(Status::NONE, |name| self.entries.status(number, name));
            // The log is complete, and lists may lag behind it; what a list shows of a later time is newer.
            if seen.get(&pair).is_none_or(|seen| seen.stamp < *at) {
                // Removed in the second in which it was last touched: the log tells everything once, so that is news.
                let known = self.entries.book().program.row(pair);
                let same = status == Status::NONE && known.is_some_and(|known| known.stamp == *at);
                told.push(Observation { pair, status, stamp: Seconds(at.0.saturating_add(u32::from(same))) });
            }
        }
        let now = self.now();
        let first = self.find_link(number).is_some_and(|link| link.compared.is_none());
        let apart: BTreeSet<Pair> = self.entries.book().intents.keys().copied().collect();
        // While a member is removed and added again, what shows of it in between is nobody's change.
        let shown: Vec<Observation> = seen.into_values().filter(|seen| !apart.contains(&seen.pair)).collect();
        told.retain(|seen| !apart.contains(&seen.pair));
        let mut moves = if whole {
            let mut all = shown;
            all.extend(self.kept_apart(number, &apart));
            self.entries.compare(Which::Program, number, all, started, now)
        } else {
            self.entries.pull(Which::Program, shown, now)
        };
        moves.extend(self.entries.pull(Which::Program, told, now));
        self.tell_moves(Which::Program, &joined(moves), first);
    }

    /// What is known of pairs of a link that are not to be compared, as if it was shown.
    fn kept_apart(&self, number: u32, apart: &BTreeSet<Pair>) -> Vec<Observation> {
        let own = apart.iter().filter(|pair| pair.link() == number);
        let rows = own.filter_map(|pair| self.entries.book().program.row(*pair));
        rows.map(|row| Observation { pair: row.pair, status: row.status, stamp: row.stamp }).collect()
    }

    fn gone_from_marketo(&mut self, deleted: &[(String, Seconds)]) {
        let now = self.now();
        for (lead, at) in deleted {
            let Some(person) = self.entries.by_program(lead) else { continue };
            let pairs = self.entries.book().links.keys().map(|link| Pair::new(*link, person));
            let rows = pairs.filter_map(|pair| self.entries.book().program.row(pair));
            let seen = rows.filter(|row| row.status != Status::NONE).map(|row| {
                let stamp = Seconds(at.0.max(row.stamp.0.saturating_add(1)));
                Observation { pair: row.pair, status: Status::NONE, stamp }
            });
            let seen: Vec<Observation> = seen.collect();
            for pair in seen.iter().map(|seen| seen.pair) {
                self.entries.intend(pair, None);
            }
            let moves = self.entries.pull(Which::Program, seen, now);
            self.tell_moves(Which::Program, &moves, false);
            self.entries.change_person(person, |person| person.program = None);
        }
    }

    /// The rules are the program side: what they know is what there is.
    async fn gather_own(&mut self, links: &[(u32, Link)]) -> Result<(), Trouble> {
        for (number, link) in links {
            let Some(end) = &link.program else { continue };
            let members = self.evaluator.members(&end.name).await?;
            let ids: BTreeSet<String> = members.iter().map(|member| member.person.clone()).collect();
            self.identify_own(ids).await?;
            let now = self.now();
            let mut shown: BTreeMap<Pair, (Status, Seconds)> = BTreeMap::new();
            for member in members {
                let Some(person) = self.entries.by_program(&member.person) else { continue };
                let status = self.entries.status(*number, &member.status);
                shown.insert(Pair::new(*number, person), (status, member.since.min(now)));
            }
            let known: Vec<Row> =
                self.entries.book().program.rows().iter().filter(|row| row.pair.link() == *number).copied().collect();
            let mut rows: Vec<Row> = known
                .iter()
                .filter(|row| row.status != Status::NONE && !shown.contains_key(&row.pair))
                .map(|row| Row { pair: row.pair, status: Status::NONE, since: now, stamp: now })
                .collect();
            for (pair, (status, since)) in shown {
                let same = self.entries.book().program.status(pair) == status;
                if !same {
                    rows.push(Row { pair, status, since, stamp: now });
                }
            }
            self.entries.write(Which::Program, rows);
        }
        Ok(())
    }
}

/// The lead or contact of a member: a converted lead stands for its contact.
fn sfdc(row: &MemberRow) -> Option<&String> {
    row.contact.as_ref().or(row.lead.as_ref())
}

/// Two moves of one pair in a row are one.
fn joined(moves: Vec<Move>) -> Vec<Move> {
    let mut all: BTreeMap<Pair, Move> = BTreeMap::new();
    for moved in moves {
        let from = all.get(&moved.pair).map_or(moved.from, |before| before.from);
        all.insert(moved.pair, Move { from, ..moved });
    }
    all.into_values().filter(|moved| moved.from != moved.to).collect()
}
