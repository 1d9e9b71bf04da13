//! From names to ids.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::take::schedule_text;
use super::{Chunk, Happened, Head, Kept, Person, WaitingIn};
use crate::compile::Op;
use crate::engine::records::What;
use crate::engine::time::Schedules;
use crate::engine::{Engine, Outcomes};
use crate::model::{
    CampaignId, EndOutcome, FactValue, FieldType, Id as _, PersonIx, SegmentId, StatusId, Timestamp, Value,
};
use crate::state::{
    Cell, Due, EventMark, Happening, LogEntry, ProgramMembership, Qualified, Reminder, SfdcMembership, WaitingRun,
};

/// What could not be put back as it was, because the rules have changed since.
#[derive(Debug, Default)]
pub struct Restored {
    /// Runs that wait at a step that is no longer there. They are not in the engine.
    pub orphans: Vec<Orphan>,
    /// What the rules no longer know, and what was known about it is left out.
    pub forgotten: BTreeSet<String>,
}

/// A run that waits at a step that is no longer there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The person.
    pub person: SmolStr,
    /// The smart campaign.
    pub campaign: SmolStr,
    /// The path of the step, or the id that its author gave it.
    pub step: SmolStr,
    /// Its text.
    pub text: SmolStr,
    /// Until when it waits.
    pub until: Timestamp,
    run: u32,
    cause: Option<SmolStr>,
}

/// Names of this plan, and where runs of it can go on, by campaign.
#[derive(Debug, Default)]
pub(in crate::engine) struct Places {
    campaigns: FxHashMap<SmolStr, CampaignId>,
    /// Watched segments by name, with their places among the watched.
    segments: FxHashMap<SmolStr, (SegmentId, usize)>,
    by_id: FxHashMap<(CampaignId, SmolStr), u32>,
    by_path: FxHashMap<(CampaignId, SmolStr), (SmolStr, u32)>,
}

impl Engine {
    /// Puts back what is not about one person. The engine must be new. With rules that are not those it was saved under,
    /// everybody's segments are looked at again when the next input comes, silently.
    pub fn restore_head(&mut self, head: &Head) {
        let Head {
            now,
            first_load,
            events,
            duplicates,
            no_change,
            qualified,
            actions,
            incidents,
            people: _,
            schedules,
        } = head;
        let counted = &mut self.core.counted;
        counted.events = *events;
        counted.duplicates = *duplicates;
        counted.no_change = *no_change;
        counted.qualified = *qualified;
        counted.actions = *actions;
        counted.incidents = *incidents;
        self.core.first_load = *first_load;
        let mut turn = self.turn();
        turn.set_now(*now);
        let saved: BTreeMap<(&str, &str), Timestamp> =
            schedules.iter().map(|it| ((it.campaign.as_str(), it.schedule.as_str()), it.at)).collect();
        let mut due = Vec::new();
        for id in turn.plan.rulebook.order.iter().copied() {
            let Some(campaign) = turn.plan.rulebook.get_campaign(id) else { continue };
            let Some(next) = turn.next_run(id, now.next()) else { continue };
            let key = (campaign.name.as_str(), schedule_text(&campaign.start));
            due.push((id, saved.get(&key).copied().unwrap_or(next)));
        }
        turn.core.schedules = Schedules(due);
    }

    /// Puts marks of handled events back.
    pub fn restore_marks(&mut self, marks: impl IntoIterator<Item = EventMark>) {
        for mark in marks {
            if !self.core.state.handled.contains(mark) {
                self.core.state.handled.add(mark);
            }
        }
    }

    /// Puts people back, in the order in which they were saved. `same_rules`: they were saved under the rules that run now.
    pub fn restore_people(&mut self, chunk: &Chunk<'_>, same_rules: bool, restored: &mut Restored) {
        if self.core.places.is_none() {
            self.core.places = Some(self.places());
        }
        let places = self.core.places.take().unwrap_or_default();
        let mut hand = Hand { engine: self, texts: &chunk.texts, places: &places, same_rules, restored };
        for person in &chunk.people {
            hand.person(person);
        }
        self.core.places = Some(places);
    }

    /// Ends runs that found no place. The records say so where the campaign is still known.
    pub fn end_orphans(&mut self, orphans: &[Orphan]) -> Outcomes<'_> {
        let mut turn = self.begin();
        for orphan in orphans {
            let campaign = turn.plan.rulebook.campaign(&orphan.campaign);
            let (Some(campaign), Some(person)) = (campaign, turn.core.state.people.find(&orphan.person)) else {
                continue;
            };
            turn.core.cause = orphan.cause.as_deref().map(|cause| turn.core.written.text(cause));
            turn.record(Some(person), Some(campaign), orphan.run, What::Ended(EndOutcome::Removed, None));
        }
        turn.core.cause = None;
        self.outcomes()
    }

    fn places(&self) -> Places {
        let mut places = Places::default();
        let campaigns = self.plan.rulebook.campaigns.iter().enumerate();
        places.campaigns = campaigns.map(|(at, campaign)| (campaign.name.clone(), CampaignId::new(at))).collect();
        for (number, watched) in self.plan.watches.segments.iter().enumerate() {
            if let Some(segment) = self.plan.rulebook.get_segment(watched.segment) {
                places.segments.insert(segment.name.clone(), (watched.segment, number));
            }
        }
        let mut entries: Vec<(u32, CampaignId)> =
            self.plan.campaigns.iter().enumerate().map(|(id, it)| (it.entry, CampaignId::new(id))).collect();
        entries.sort_unstable();
        for (at, op) in self.plan.code.iter().enumerate() {
            let Op::Step(number) = op else { continue };
            let Some(step) = self.plan.steps.get(*number as usize) else { continue };
            let after = u32::try_from(at + 1).unwrap_or(u32::MAX);
            // Flows lie one behind the other: the step is of the last that begins before it.
            let before = entries.partition_point(|(entry, _)| *entry < after);
            let Some((_, campaign)) = before.checked_sub(1).and_then(|last| entries.get(last)) else { continue };
            if let Some(id) = &step.id {
                places.by_id.insert((*campaign, id.clone()), after);
            }
            places.by_path.insert((*campaign, step.path.clone()), (step.text.clone(), after));
        }
        places
    }
}

/// Putting back one chunk.
struct Hand<'a, 'c> {
    engine: &'a mut Engine,
    texts: &'a [&'c str],
    places: &'a Places,
    same_rules: bool,
    restored: &'a mut Restored,
}

impl<'c> Hand<'_, 'c> {
    fn text(&self, place: u32) -> &'c str {
        self.texts.get(place as usize).copied().unwrap_or("")
    }

    fn forget(&mut self, kind: &str, name: &str) {
        self.restored.forgotten.insert(format!("{kind} `{name}`"));
    }

    fn person(&mut self, saved: &Person<u32>) {
        let Person { person, fields, sfdc_campaigns, programs, lists, log, qualified, waiting, segments } = saved;
        let person = self.engine.core.state.add_person(self.text(*person));
        for (field, value) in fields {
            self.field(person, *field, value);
        }
        for row in sfdc_campaigns {
            let (campaign, status) = (self.text(row.campaign), self.status(row.status));
            let campaign = self.engine.core.state.names.sfdc_campaigns.intern(campaign);
            let row = SfdcMembership {
                campaign,
                status,
                added: row.added,
                changed: row.changed,
                first_responded: row.first_responded,
            };
            self.engine.core.state.people.put_sfdc(person, row);
        }
        for row in programs {
            let (program, status) = (self.text(row.program), self.status(row.status));
            let program = self.engine.core.state.names.programs.intern(program);
            let row = ProgramMembership { program, status, added: row.added, since: row.since, success: row.success };
            self.engine.core.state.people.put_program(person, row);
        }
        for list in lists {
            let list = self.text(*list);
            let list = self.engine.core.state.names.lists.intern(list);
            self.engine.core.state.people.put_list(person, list);
        }
        for entry in log {
            if let Some(what) = self.happening(&entry.what) {
                self.engine.core.state.people.push_log(person, LogEntry { at: entry.at, what });
            }
        }
        for row in qualified {
            match self.campaign(row.campaign) {
                Some(campaign) => {
                    let row = Qualified { campaign, last: row.last, times: row.times };
                    self.engine.core.state.people.put_qualified(person, row);
                }
                None => self.forget("the smart campaign", self.text(row.campaign)),
            }
        }
        for run in waiting {
            self.waiting(person, run);
        }
        if !self.same_rules {
            self.engine.core.unsettled.push(person);
            if let Some(tracked) = &mut self.engine.core.tracked {
                tracked.person(person);
            }
            return;
        }
        for row in segments {
            let Some((_, number)) = self.places.segments.get(self.text(row.segment)).copied() else { continue };
            let state = &mut self.engine.core.state;
            state.segments.set_inside(person, number, row.inside);
            if state.segments.set_change(person, number, row.change)
                && let Some(at) = row.change
            {
                state.timers.add(Due { at, person, what: Reminder::Segments });
            }
        }
    }

    fn field(&mut self, person: PersonIx, name: u32, value: &Kept<u32>) {
        let name = self.text(name);
        let Some(id) = self.engine.plan.field(name) else {
            return self.forget("the field", name);
        };
        let Some(type_) = self.engine.plan.rulebook.get_field(id).map(|field| field.type_) else { return };
        match self.cell_of(value, type_) {
            Some(cell) => self.engine.core.state.columns.set(id, person, cell),
            None => self.forget("values that do not fit the new type of the field", name),
        }
    }

    /// A value for a field or attribute of a type; `None` when it does not fit.
    fn cell_of(&mut self, value: &Kept<u32>, type_: FieldType) -> Option<Cell> {
        let fits = match value {
            Kept::Empty => true,
            Kept::Text(_) => type_.is_text(),
            Kept::Integer(_) => type_ == FieldType::Integer,
            Kept::Number(_) => type_ == FieldType::Number,
            Kept::Boolean(_) => type_ == FieldType::Boolean,
            Kept::Date(_) => type_ == FieldType::Date,
            Kept::DateTime(_) => type_ == FieldType::DateTime,
        };
        if fits {
            return Some(self.cell(value));
        }
        let zone = &self.engine.plan.rulebook.settings.zone;
        let text = match value {
            Kept::Empty => String::new(),
            Kept::Text(text) => self.text(*text).to_owned(),
            Kept::Integer(number) => number.to_string(),
            Kept::Number(number) => Value::Number(*number).in_text(zone),
            Kept::Boolean(boolean) => boolean.to_string(),
            Kept::Date(day) => day.to_string(),
            Kept::DateTime(at) => at.to_string(),
        };
        let value = FactValue::Text(text.into()).read(type_, zone)?;
        Some(self.engine.core.state.texts.cell(&value))
    }

    fn cell(&mut self, value: &Kept<u32>) -> Cell {
        match value {
            Kept::Empty => Cell::Empty,
            Kept::Text(text) => {
                let text = self.text(*text);
                self.engine.core.state.texts.text_cell(text)
            }
            Kept::Integer(number) => Cell::Integer(*number),
            Kept::Number(number) => Cell::Number(*number),
            Kept::Boolean(boolean) => Cell::Boolean(*boolean),
            Kept::Date(day) => Cell::Date(*day),
            Kept::DateTime(at) => Cell::DateTime(*at),
        }
    }

    fn status(&mut self, name: u32) -> StatusId {
        let name = self.text(name);
        self.engine.core.state.names.statuses.intern(name)
    }

    fn campaign(&self, name: u32) -> Option<CampaignId> {
        self.places.campaigns.get(self.text(name)).copied()
    }

    fn segment(&self, name: u32) -> Option<SegmentId> {
        self.places.segments.get(self.text(name)).map(|(segment, _)| *segment)
    }

    fn waiting(&mut self, person: PersonIx, run: &WaitingIn<u32>) {
        let campaign = self.campaign(run.campaign);
        let place = campaign.and_then(|campaign| self.place(campaign, run));
        let (Some(campaign), Some(resume_at)) = (campaign, place) else {
            self.restored.orphans.push(Orphan {
                person: SmolStr::new(self.engine.core.state.people.id(person)),
                campaign: SmolStr::new(self.text(run.campaign)),
                step: SmolStr::new(self.text(run.step.unwrap_or(run.path))),
                text: SmolStr::new(self.text(run.text)),
                until: run.until,
                run: run.run,
                cause: run.cause.map(|cause| SmolStr::new(self.text(cause))),
            });
            return;
        };
        let trigger = run.trigger.as_ref().and_then(|trigger| self.happening(trigger));
        let cause = run.cause.map(|cause| self.text(cause));
        let state = &mut self.engine.core.state;
        let cause = state.causes.keep(cause);
        let (until, waits) = (run.until, run.waits);
        let run = WaitingRun { until, campaign, run: run.run, resume_at, waits, cause, trigger };
        state.wait(person, run);
    }

    /// Behind the step with the same id, or the same text at the same place.
    fn place(&self, campaign: CampaignId, run: &WaitingIn<u32>) -> Option<u32> {
        let by_id = run.step.and_then(|id| self.places.by_id.get(&(campaign, SmolStr::new(self.text(id)))));
        by_id.copied().or_else(|| {
            let (text, after) = self.places.by_path.get(&(campaign, SmolStr::new(self.text(run.path))))?;
            (text == self.text(run.text)).then_some(*after)
        })
    }

    /// `None` when it is about a field, segment or campaign that the rules no longer know.
    fn happening(&mut self, what: &Happened<u32>) -> Option<Happening> {
        Some(match what {
            Happened::SfdcAdded { campaign, status } => {
                let (campaign, status) = (self.text(*campaign), self.status(*status));
                Happening::SfdcAdded(self.engine.core.state.names.sfdc_campaigns.intern(campaign), status)
            }
            Happened::SfdcRemoved { campaign, status } => {
                let (campaign, status) = (self.text(*campaign), self.status(*status));
                Happening::SfdcRemoved(self.engine.core.state.names.sfdc_campaigns.intern(campaign), status)
            }
            Happened::SfdcStatusChanged { campaign, from, to } => {
                let (campaign, from, to) = (self.text(*campaign), self.status(*from), self.status(*to));
                Happening::SfdcStatusChanged(self.engine.core.state.names.sfdc_campaigns.intern(campaign), from, to)
            }
            Happened::ProgramStatusChanged { program, from, to, success } => {
                let (program, from, to) = (self.text(*program), self.status(*from), self.status(*to));
                let program = self.engine.core.state.names.programs.intern(program);
                Happening::ProgramStatusChanged { program, from, to, success: *success }
            }
            Happened::ListAdded { list } => {
                let list = self.text(*list);
                Happening::ListAdded(self.engine.core.state.names.lists.intern(list))
            }
            Happened::ListRemoved { list } => {
                let list = self.text(*list);
                Happening::ListRemoved(self.engine.core.state.names.lists.intern(list))
            }
            Happened::FieldChanged { field, from, to } => {
                let name = self.text(*field);
                let id = self.engine.plan.field(name)?;
                let type_ = self.engine.plan.rulebook.get_field(id)?.type_;
                let (from, to) = (self.cell_of(from, type_)?, self.cell_of(to, type_)?);
                Happening::FieldChanged(id, self.engine.core.state.details.keep_change(from, to))
            }
            Happened::Performed { activity, attributes } => self.performed(*activity, attributes),
            Happened::Created => Happening::Created,
            Happened::Synced => Happening::Synced,
            Happened::Converted => Happening::Converted,
            Happened::Deleted => Happening::Deleted,
            Happened::SegmentEntered { segment } => Happening::SegmentEntered(self.segment(*segment)?),
            Happened::SegmentLeft { segment } => Happening::SegmentLeft(self.segment(*segment)?),
            Happened::Requested { campaign } => Happening::Requested(self.campaign(*campaign)?),
        })
    }

    fn performed(&mut self, activity: u32, attributes: &[(u32, Kept<u32>)]) -> Happening {
        let name = self.text(activity);
        let activity = self.engine.core.state.names.activities.intern(name);
        let plan = std::sync::Arc::clone(&self.engine.plan);
        let known = plan.rulebook.activities.get(activity.index());
        let known = known.map_or(&[][..], |known| known.attributes.as_slice());
        let mut declared: Vec<Cell> = known.iter().map(|attribute| Cell::unset(attribute.type_)).collect();
        let mut others = Vec::new();
        for (name, value) in attributes {
            let name = self.text(*name);
            let at = known.iter().position(|attribute| attribute.name == name);
            let fitting = at.and_then(|at| Some((at, self.cell_of(value, known.get(at)?.type_)?)));
            match fitting {
                Some((at, cell)) => {
                    if let Some(slot) = declared.get_mut(at) {
                        *slot = cell;
                    }
                }
                None => {
                    let cell = self.cell(value);
                    others.push((self.engine.core.state.texts.intern(name), cell));
                }
            }
        }
        Happening::Performed(activity, self.engine.core.state.details.keep_carried(&declared, &others))
    }
}
