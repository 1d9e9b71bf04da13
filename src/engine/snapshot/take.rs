//! From ids to names.

use indexmap::IndexSet;

use super::{
    CHUNK_PEOPLE, Chunk, Happened, Head, InSegment, Kept, Logged, Person, ProgramMember, QualifiedFor, Scheduled,
    SfdcMember, WaitingIn,
};
use crate::compile::Op;
use crate::engine::Engine;
use crate::meaning::{Start, Step};
use crate::model::{CampaignId, FieldId, Id as _, PersonIx};
use crate::state::{Cell, Happening, LogEntry, WaitingRun};

/// The texts of a chunk, each once.
#[derive(Default)]
struct Book<'a>(IndexSet<&'a str>);

impl<'a> Book<'a> {
    fn place(&mut self, text: &'a str) -> u32 {
        u32::try_from(self.0.insert_full(text).0).unwrap_or(u32::MAX)
    }
}

impl Engine {
    pub(super) fn head(&self) -> Option<Head> {
        let core = &self.core;
        let scheduled = |(id, at): &(CampaignId, _)| {
            let campaign = self.plan.rulebook.get_campaign(*id)?;
            Some(Scheduled {
                campaign: campaign.name.to_string(),
                schedule: schedule_text(&campaign.start).to_owned(),
                at: *at,
            })
        };
        Some(Head {
            now: core.now?,
            first_load: core.first_load,
            events: core.counted.events,
            duplicates: core.counted.duplicates,
            no_change: core.counted.no_change,
            qualified: core.counted.qualified,
            actions: core.counted.actions,
            incidents: core.counted.incidents,
            people: core.state.people.len() as u64,
            schedules: core.schedules.0.iter().filter_map(scheduled).collect(),
        })
    }

    /// The people of a chunk, as they are after [`Engine::save`]; nobody past the last.
    pub fn chunk(&self, number: usize) -> Chunk<'_> {
        let mut book = Book::default();
        let first = number.saturating_mul(CHUNK_PEOPLE);
        let last = first.saturating_add(CHUNK_PEOPLE).min(self.core.state.people.len());
        let people = (first..last).map(|person| self.take(PersonIx::new(person), &mut book)).collect();
        Chunk { texts: book.0.into_iter().collect(), people }
    }

    /// What is known about one person; `None` for somebody unknown. What was loaded since the last input is in it.
    pub fn person(&self, id: &str) -> Option<Person<&str>> {
        let person = self.core.state.people.find(id)?;
        let mut book = Book::default();
        let person = self.take(person, &mut book);
        // Every place is one of the book's.
        Some(person.map(&mut |place: &u32| book.0.get_index(*place as usize).copied().unwrap_or_default()))
    }

    fn take<'a>(&'a self, person: PersonIx, book: &mut Book<'a>) -> Person<u32> {
        let state = &self.core.state;
        let people = &state.people;
        let mut fields = Vec::new();
        for (index, field) in self.plan.rulebook.fields.iter().enumerate() {
            let cell = state.columns.get(FieldId::new(index), person);
            if cell != Cell::unset(field.type_) {
                fields.push((book.place(&field.name), self.kept(cell, book)));
            }
        }
        let sfdc_campaigns = people.sfdc(person).iter().map(|row| SfdcMember {
            campaign: book.place(state.names.sfdc_campaigns.name(row.campaign)),
            status: book.place(state.names.statuses.name(row.status)),
            added: row.added,
            changed: row.changed,
            first_responded: row.first_responded,
        });
        let sfdc_campaigns = sfdc_campaigns.collect();
        let programs = people.programs(person).iter().map(|row| ProgramMember {
            program: book.place(state.names.programs.name(row.program)),
            status: book.place(state.names.statuses.name(row.status)),
            added: row.added,
            since: row.since,
            success: row.success,
        });
        let programs = programs.collect();
        let lists = people.lists(person).iter().map(|list| book.place(state.names.lists.name(*list))).collect();
        let log = people.log(person).iter();
        let log = log.map(|LogEntry { at, what }| Logged { at: *at, what: self.happened(what, book) }).collect();
        let qualified = people.qualified(person).iter().map(|row| QualifiedFor {
            campaign: book.place(self.campaign_name(row.campaign)),
            last: row.last,
            times: row.times,
        });
        let qualified = qualified.collect();
        let waiting = people.waiting(person).map(|run| self.waiting_in(&run, book)).collect();
        let mut segments = Vec::new();
        for (number, watched) in self.plan.watches.segments.iter().enumerate() {
            let inside = state.segments.is_inside(person, number);
            let change = state.segments.change(person, number);
            if inside || change.is_some() {
                segments.push(InSegment { segment: book.place(self.segment_name(watched.segment)), inside, change });
            }
        }
        Person {
            person: book.place(people.id(person)),
            fields,
            sfdc_campaigns,
            programs,
            lists,
            log,
            qualified,
            waiting,
            segments,
        }
    }

    fn campaign_name(&self, id: CampaignId) -> &str {
        self.plan.rulebook.get_campaign(id).map_or("", |campaign| campaign.name.as_str())
    }

    fn segment_name(&self, id: crate::model::SegmentId) -> &str {
        self.plan.rulebook.get_segment(id).map_or("", |segment| segment.name.as_str())
    }

    fn kept<'a>(&'a self, cell: Cell, book: &mut Book<'a>) -> Kept<u32> {
        match cell {
            Cell::Empty => Kept::Empty,
            Cell::Text(id) => Kept::Text(book.place(self.core.state.texts.text(id))),
            Cell::Integer(number) => Kept::Integer(number),
            Cell::Number(number) => Kept::Number(number),
            Cell::Boolean(boolean) => Kept::Boolean(boolean),
            Cell::Date(day) => Kept::Date(day),
            Cell::DateTime(at) => Kept::DateTime(at),
        }
    }

    fn waiting_in<'a>(&'a self, run: &WaitingRun, book: &mut Book<'a>) -> WaitingIn<u32> {
        let step = self.step_before(run.resume_at);
        WaitingIn {
            campaign: book.place(self.campaign_name(run.campaign)),
            run: run.run,
            step: step.and_then(|step| step.id.as_deref()).map(|id| book.place(id)),
            path: book.place(step.map_or("", |step| step.path.as_str())),
            text: book.place(step.map_or("", |step| step.text.as_str())),
            until: run.until,
            waits: run.waits,
            cause: self.core.state.causes.get(run.cause).map(|cause| book.place(cause)),
            trigger: run.trigger.as_ref().map(|trigger| self.happened(trigger, book)),
        }
    }

    /// The step behind which a run goes on.
    pub(super) fn step_before(&self, resume_at: u32) -> Option<&Step> {
        match self.plan.code.get(resume_at.checked_sub(1)? as usize)? {
            Op::Step(number) => self.plan.steps.get(*number as usize),
            Op::If { .. } | Op::Jump(_) | Op::End => None,
        }
    }

    fn happened<'a>(&'a self, what: &Happening, book: &mut Book<'a>) -> Happened<u32> {
        let names = &self.core.state.names;
        match what {
            Happening::SfdcAdded(campaign, status) => Happened::SfdcAdded {
                campaign: book.place(names.sfdc_campaigns.name(*campaign)),
                status: book.place(names.statuses.name(*status)),
            },
            Happening::SfdcRemoved(campaign, status) => Happened::SfdcRemoved {
                campaign: book.place(names.sfdc_campaigns.name(*campaign)),
                status: book.place(names.statuses.name(*status)),
            },
            Happening::SfdcStatusChanged(campaign, from, to) => Happened::SfdcStatusChanged {
                campaign: book.place(names.sfdc_campaigns.name(*campaign)),
                from: book.place(names.statuses.name(*from)),
                to: book.place(names.statuses.name(*to)),
            },
            Happening::ProgramStatusChanged { program, from, to, success } => Happened::ProgramStatusChanged {
                program: book.place(names.programs.name(*program)),
                from: book.place(names.statuses.name(*from)),
                to: book.place(names.statuses.name(*to)),
                success: *success,
            },
            Happening::ListAdded(list) => Happened::ListAdded { list: book.place(names.lists.name(*list)) },
            Happening::ListRemoved(list) => Happened::ListRemoved { list: book.place(names.lists.name(*list)) },
            Happening::FieldChanged(field, change) => {
                let (from, to) = self.core.state.details.change(*change);
                let field = self.plan.rulebook.get_field(*field).map_or("", |field| field.name.as_str());
                Happened::FieldChanged {
                    field: book.place(field),
                    from: self.kept(from, book),
                    to: self.kept(to, book),
                }
            }
            Happening::Performed(activity, carried) => {
                let details = &self.core.state.details;
                let known = self.plan.rulebook.activities.get(activity.index());
                let known = known.map_or(&[][..], |activity| activity.attributes.as_slice());
                let mut attributes = Vec::new();
                for (at, attribute) in known.iter().enumerate() {
                    let cell = details.attribute(*carried, crate::model::AttributeId::new(at));
                    attributes.push((book.place(&attribute.name), self.kept(cell, book)));
                }
                for (name, cell) in details.others(*carried) {
                    attributes.push((book.place(self.core.state.texts.text(name)), self.kept(cell, book)));
                }
                Happened::Performed { activity: book.place(names.activities.name(*activity)), attributes }
            }
            Happening::Created => Happened::Created,
            Happening::Synced => Happened::Synced,
            Happening::Converted => Happened::Converted,
            Happening::Deleted => Happened::Deleted,
            Happening::SegmentEntered(segment) => {
                Happened::SegmentEntered { segment: book.place(self.segment_name(*segment)) }
            }
            Happening::SegmentLeft(segment) => {
                Happened::SegmentLeft { segment: book.place(self.segment_name(*segment)) }
            }
            Happening::Requested(campaign) => {
                Happened::Requested { campaign: book.place(self.campaign_name(*campaign)) }
            }
        }
    }
}

/// The canonical text of a campaign's schedule; empty without one.
pub(super) fn schedule_text(start: &Start) -> &str {
    match start {
        Start::Batch { schedule: Some(schedule), .. } => &schedule.text,
        Start::Batch { schedule: None, .. } | Start::Triggers(_) | Start::Executable => "",
    }
}
