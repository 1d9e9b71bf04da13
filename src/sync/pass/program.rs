//! Writes to the program side: to Marketo, where a lower step means to remove and to add again, or to the rules themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::About;
use super::push::{Look, Shown, Why, Write};
use super::{Object, Sync, Trouble};
use crate::sync::answers::{Reaction, marketo as marketo_answer};
use crate::sync::evaluator::Evaluator;
use crate::sync::ledger::{Kind, Which};
use crate::sync::marketo::{BATCH_MAX, Marketo, Written};
use crate::sync::side::{Observation, Pair, Row, Status};
use crate::sync::wire::Outside;

/// A person in a program that is removed and added again, and what that loses.
const LOST: &str = "Marketo refuses a lower step, so the member was removed and added again: when it joined, its success \
                    and its own program member fields are lost";

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Writes members; gives how many writes are still open.
    pub(super) async fn push_program(&mut self, writes: Vec<Write>) -> Result<u64, Trouble> {
        let Some(marketo) = self.marketo else {
            return self.push_own(&writes).await;
        };
        let mut groups: BTreeMap<(u32, Status), Vec<Write>> = BTreeMap::new();
        for write in writes {
            if !self.is_stopped(Object::ProgramMember, &write) {
                groups.entry((write.pair.link(), write.to)).or_default().push(write);
            }
        }
        let mut open = 0;
        for ((link, to), writes) in groups {
            let Some(program) = self.find_link(link).and_then(|link| Some(link.program.as_ref()?.id.clone())) else {
                continue;
            };
            for some in writes.chunks(BATCH_MAX) {
                open += self.push_status(marketo, link, &program, to, some).await?;
                self.commit()?;
            }
        }
        self.report.count(Object::ProgramMember).backlog += open;
        Ok(open)
    }

    /// The rules are the program side: they are told, and that is that. Where a flow changed somebody since it was decided,
    /// the next pass decides anew.
    async fn push_own(&mut self, writes: &[Write]) -> Result<u64, Trouble> {
        let mut by_link: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for write in writes {
            let people = by_link.entry(write.pair.link()).or_default();
            if write.to != Status::NONE {
                people.insert(write.pair.person());
            }
        }
        let mut shown: BTreeMap<Pair, Status> = BTreeMap::new();
        for (link, people) in by_link {
            self.make_people(link, &people).await?;
            let name = self.find_link(link).and_then(|link| Some(link.program.as_ref()?.name.clone()));
            for member in self.evaluator.members(&name.unwrap_or_default()).await? {
                let Some(person) = self.entries.by_program(&member.person) else { continue };
                let status = self.entries.status(link, &member.status);
                shown.insert(Pair::new(link, person), status);
            }
        }
        let now = self.now();
        let mut open = 0;
        for write in writes {
            if self.is_stopped(Object::ProgramMember, write) {
                continue;
            }
            let shown = shown.get(&write.pair).copied().unwrap_or(Status::NONE);
            if shown != write.to && write.from.is_some_and(|from| from != shown) {
                open += 1;
                continue;
            }
            let from = self.status_on(Which::Program, write.pair);
            self.count_written(Object::ProgramMember, from, write.to);
            self.confirm(Which::Program, write, Some(now));
        }
        self.report.count(Object::ProgramMember).backlog += open;
        self.commit()?;
        self.tell_rules().await?;
        Ok(open)
    }

    async fn push_status(
        &mut self,
        marketo: &Marketo<'_, O>,
        link: u32,
        program: &str,
        to: Status,
        writes: &[Write],
    ) -> Result<u64, Trouble> {
        if to != Status::NONE {
            self.make_people(link, &writes.iter().map(|write| write.pair.person()).collect()).await?;
        }
        let shown = self.look_at_program(marketo, link, program, writes).await?;
        let mut ready: Vec<(Write, String)> = Vec::new();
        let mut open = 0;
        for write in writes {
            let intended = self.entries.book().intents.contains_key(&write.pair);
            if self.is_stopped(Object::ProgramMember, write) {
                continue;
            }
            let Some(lead) = self.entries.person(write.pair.person()).program else {
                if write.to == Status::NONE {
                    self.confirm(Which::Program, write, None);
                } else {
                    open += u64::from(self.is_to_be_made(write));
                }
                continue;
            };
            let now = shown.get(&write.pair).copied().unwrap_or(Shown::NOTHING);
            let known = self.entries.book().program.row(write.pair).copied();
            // Somebody changed it behind our step back: that was done then, and this is news.
            let newer = now.stamp.filter(|stamp| known.is_none_or(|known| *stamp > known.stamp));
            // The same once more moves the stamp, and is no news unless it was out in between.
            let newer =
                newer.filter(|_| known.is_none_or(|known| known.status != now.status) || self.was_out(write.pair));
            if let (true, true, Some(stamp)) = (intended, now.status != write.to, newer) {
                self.end_intent(write.pair);
                self.written_over(Which::Program, write);
                let seen = Observation { pair: write.pair, status: now.status, stamp };
                let at = self.now();
                let moves = self.entries.pull(Which::Program, vec![seen], at);
                self.tell_moves(Which::Program, &moves, false);
                open += 1;
                continue;
            }
            match write.look(now, known.as_ref()) {
                Look::Done => {
                    if intended {
                        self.end_intent(write.pair);
                    }
                    self.confirm(Which::Program, write, now.stamp);
                }
                Look::Write => ready.push((*write, lead)),
                Look::Stays => self.strike_out(write),
                Look::Changed => open += 1,
            }
        }
        let lower: Vec<(Write, String)> = ready.iter().filter(|(write, _)| write.lower).cloned().collect();
        self.about_to_send(Which::Program, ready.iter().map(|(write, _)| write))?;
        self.take_out(marketo, program, &shown, &lower).await?;
        open += self.write_status(marketo, link, program, to, ready).await?;
        Ok(open)
    }

    /// What Marketo shows right now.
    async fn look_at_program(
        &mut self,
        marketo: &Marketo<'_, O>,
        link: u32,
        program: &str,
        writes: &[Write],
    ) -> Result<BTreeMap<Pair, Shown>, Trouble> {
        let leads: Vec<String> =
            writes.iter().filter_map(|write| self.entries.person(write.pair.person()).program).collect();
        let mut shown = BTreeMap::new();
        for row in marketo.members_of(program, &leads).await? {
            let Some(person) = self.entries.by_program(&row.lead) else { continue };
            let status = self.entries.status(link, &row.status);
            shown.insert(Pair::new(link, person), Shown { status, stamp: Some(row.stamp) });
        }
        Ok(shown)
    }

    /// The first half of a step back: the intent is kept, then members are removed.
    async fn take_out(
        &mut self,
        marketo: &Marketo<'_, O>,
        program: &str,
        shown: &BTreeMap<Pair, Shown>,
        writes: &[(Write, String)],
    ) -> Result<(), Trouble> {
        if writes.is_empty() {
            return Ok(());
        }
        for (write, _) in writes {
            self.entries.intend(write.pair, Some(write.to));
        }
        self.commit()?;
        // Whoever is out already stays out.
        let is_in = |write: &Write| shown.get(&write.pair).is_some_and(|shown| shown.status != Status::NONE);
        let leads: Vec<String> =
            writes.iter().filter(|(write, _)| is_in(write)).map(|(_, lead)| lead.clone()).collect();
        if !leads.is_empty() {
            marketo.remove(program, &leads).await?;
        }
        Ok(())
    }

    pub(super) fn end_intent(&mut self, pair: Pair) {
        if self.entries.book().intents.contains_key(&pair) {
            self.entries.intend(pair, None);
            let (program, campaign) = (self.status_on(Which::Program, pair), self.status_on(Which::Campaign, pair));
            let about = About {
                program: self.name(pair, program),
                campaign: self.name(pair, campaign),
                winner: Some(Which::Campaign),
                ..About::default()
            };
            self.say(Kind::Backward, pair, about, LOST.to_owned());
        }
    }

    async fn write_status(
        &mut self,
        marketo: &Marketo<'_, O>,
        link: u32,
        program: &str,
        to: Status,
        writes: Vec<(Write, String)>,
    ) -> Result<u64, Trouble> {
        if writes.is_empty() {
            return Ok(0);
        }
        let leads: Vec<String> = writes.iter().map(|(_, lead)| lead.clone()).collect();
        let name = writes.first().and_then(|(write, _)| self.name(write.pair, to));
        let written = match name {
            Some(name) => marketo.set_status(program, &name, &leads).await?,
            None => marketo.remove(program, &leads).await?,
        };
        self.is_over(Which::Program, writes.iter().map(|(write, _)| write));
        let mut doubtful = Vec::new();
        let mut certain: BTreeSet<Pair> = BTreeSet::new();
        for ((write, _), written) in writes.iter().zip(written) {
            match written {
                Written::Done(_) => {
                    certain.insert(write.pair);
                    doubtful.push((*write, None));
                }
                Written::Unknown(_) => doubtful.push((*write, None)),
                Written::Skipped { code, message } => match marketo_answer(code.parse().unwrap_or(0), true) {
                    Reaction::LookUp => doubtful.push((*write, Some((code, message)))),
                    Reaction::Retry | Reaction::RetryCampaign | Reaction::PauseAll | Reaction::RefreshToken => {}
                    Reaction::GiveUpRecord | Reaction::GiveUpPass => {
                        self.refused(Object::ProgramMember, write, &code, &message);
                        self.entries.intend(write.pair, None);
                    }
                },
            }
        }
        let plain: Vec<Write> = doubtful.iter().map(|(write, _)| *write).collect();
        let shown = self.look_at_program(marketo, link, program, &plain).await?;
        let now = self.now();
        let mut open = 0;
        for (write, why) in doubtful {
            let seen = shown.get(&write.pair).copied().unwrap_or(Shown::NOTHING);
            let known = self.entries.book().program.row(write.pair).copied();
            if seen.status == write.to {
                self.count_written(Object::ProgramMember, known.map_or(Status::NONE, |row| row.status), write.to);
                self.confirm(Which::Program, &write, seen.stamp);
                self.end_intent(write.pair);
                continue;
            }
            open += 1;
            let newer = |known: &Row| seen.stamp.is_some_and(|stamp| stamp > known.stamp);
            let is_order = matches!(write.why, Why::Order { .. });
            match why {
                // Nobody with this id any more.
                Some((code, _)) if code == "1004" => {
                    self.entries.change_person(write.pair.person(), |person| person.program = None);
                    self.entries.intend(write.pair, None);
                }
                // In or past this status, without our knowing: it stays, and the next pass sees it.
                Some((code, _)) if code == "1037" && is_order => self.strike_out(&write),
                Some(_) | None => {}
            }
            if let (false, Some(stamp)) = (write.lower, seen.stamp.filter(|_| known.as_ref().is_none_or(newer))) {
                // It was done, and is something else already: somebody changed it right after us.
                if certain.contains(&write.pair) {
                    self.written_over(Which::Program, &write);
                }
                let seen = Observation { pair: write.pair, status: seen.status, stamp };
                let moves = self.entries.pull(Which::Program, vec![seen], now);
                self.tell_moves(Which::Program, &moves, false);
            }
        }
        Ok(open)
    }
}
