//! Changes of state. Each function changes one thing, logs it, queues it and notes which watched segments it touches;
//! [`Turn::settle`] ends the transition by looking at those.

use super::{Mode, Origin, Queued, Turn};
use crate::compile::{Kind, Touch};
use crate::model::{FieldId, Id, ListId, PersonIx, ProgramId, SfdcCampaignId, StandardField, StatusId, Timestamp};
use crate::state::{Cell, Due, Happening, LogEntry, ProgramMembership, Reminder, SfdcMembership, bring};

/// When a change is stamped, and what caused it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    pub(super) at: Timestamp,
    pub(super) origin: Origin,
}

impl Turn<'_> {
    /// Adds a person with its first values: one transition.
    pub(super) fn create(&mut self, id: &str, fields: &[(FieldId, Cell)], stamp: Stamp) -> PersonIx {
        let person = self.core.state.add_person(id);
        let stated = |field: FieldId| fields.iter().any(|(stated, _)| *stated == field);
        if !stated(StandardField::CREATED_AT) {
            self.put_field(person, StandardField::CREATED_AT, Cell::DateTime(stamp.at));
        }
        let mut has_values = false;
        for (field, cell) in fields {
            has_values |= self.put_field(person, *field, *cell).is_some();
        }
        if has_values && !stated(StandardField::UPDATED_AT) {
            self.put_field(person, StandardField::UPDATED_AT, Cell::DateTime(stamp.at));
        }
        self.happen(person, Happening::Created, stamp);
        // Outside every segment before it exists: all of them may be entered.
        self.core.touched.extend((0..).take(self.plan.watches.segments.len()));
        person
    }

    /// Gives fields values: one transition, one activity for each that changed and may fire. False when none changed.
    pub(super) fn set_fields(&mut self, person: PersonIx, fields: &[(FieldId, Cell)], stamp: Stamp) -> bool {
        let mut changed = std::mem::take(&mut self.core.scratch.changed);
        for (field, cell) in fields {
            if let Some(old) = self.put_field(person, *field, *cell) {
                changed.push((*field, old, *cell));
            }
        }
        let has_changed = !changed.is_empty();
        let states_update = fields.iter().any(|(field, _)| *field == StandardField::UPDATED_AT);
        if has_changed && !states_update {
            self.put_field(person, StandardField::UPDATED_AT, Cell::DateTime(stamp.at));
        }
        for (field, old, new) in changed.drain(..) {
            let fires = self.plan.rulebook.get_field(field).is_some_and(|field| !field.read_only);
            if fires && self.core.mode != (Mode::Load { log: false }) {
                let change = self.core.state.details.keep_change(old, new);
                self.happen(person, Happening::FieldChanged(field, change), stamp);
            }
        }
        self.core.scratch.changed = changed;
        has_changed
    }

    /// Makes the person a member, or gives the member another status. False when it has that status already.
    pub(super) fn put_sfdc(
        &mut self,
        person: PersonIx,
        campaign: SfdcCampaignId,
        status: StatusId,
        added: Timestamp,
        stamp: Stamp,
    ) -> bool {
        let responded = self.plan.rulebook.sfdc_campaigns.get(campaign.index());
        let responded = responded.is_some_and(|known| known.is_responded(status));
        let old = self.core.state.people.sfdc_in(person, campaign).copied();
        if old.is_some_and(|old| old.status == status) {
            return false;
        }
        let first_responded = old.and_then(|old| old.first_responded).or(responded.then_some(stamp.at));
        let added = old.map_or(added, |old| old.added);
        let row = SfdcMembership { campaign, status, added, changed: stamp.at, first_responded };
        self.core.state.people.put_sfdc(person, row);
        self.touch(Touch::Sfdc(campaign));
        let what = match old {
            Some(old) => Happening::SfdcStatusChanged(campaign, old.status, status),
            None => Happening::SfdcAdded(campaign, status),
        };
        self.happen(person, what, stamp);
        true
    }

    /// Ends a membership. `None` when there was none, else the last status.
    pub(super) fn end_sfdc(&mut self, person: PersonIx, campaign: SfdcCampaignId, stamp: Stamp) -> Option<StatusId> {
        let row = self.core.state.people.remove_sfdc(person, campaign)?;
        self.touch(Touch::Sfdc(campaign));
        self.happen(person, Happening::SfdcRemoved(campaign, row.status), stamp);
        Some(row.status)
    }

    /// Gives the person a progression status; "Not in Program" ends the membership. False when it has that status.
    pub(super) fn put_program(&mut self, person: PersonIx, program: ProgramId, status: StatusId, stamp: Stamp) -> bool {
        let old = self.core.state.people.program_in(person, program).copied();
        let from = old.map_or(StatusId::NOT_IN_PROGRAM, |old| old.status);
        if from == status {
            return false;
        }
        let channel = self.plan.rulebook.programs.get(program.index());
        let channel = channel.and_then(|program| self.plan.rulebook.channels.get(program.channel.index()));
        let succeeded = old.and_then(|old| old.success);
        let success = succeeded.is_none() && channel.is_some_and(|channel| channel.is_success(status));
        if status == StatusId::NOT_IN_PROGRAM {
            self.core.state.people.remove_program(person, program);
        } else {
            let row = ProgramMembership {
                program,
                status,
                added: old.map_or(stamp.at, |old| old.added),
                since: stamp.at,
                success: succeeded.or(success.then_some(stamp.at)),
            };
            self.core.state.people.put_program(person, row);
        }
        self.touch(Touch::Program(program));
        self.happen(person, Happening::ProgramStatusChanged { program, from, to: status, success }, stamp);
        true
    }

    /// Puts the person on a list. False when it is there.
    pub(super) fn put_list(&mut self, person: PersonIx, list: ListId, stamp: Stamp) -> bool {
        if !self.core.state.people.put_list(person, list) {
            return false;
        }
        self.touch(Touch::List(list));
        self.happen(person, Happening::ListAdded(list), stamp);
        true
    }

    /// Takes the person off a list. False when it is not there.
    pub(super) fn end_list(&mut self, person: PersonIx, list: ListId, stamp: Stamp) -> bool {
        if !self.core.state.people.remove_list(person, list) {
            return false;
        }
        self.touch(Touch::List(list));
        self.happen(person, Happening::ListRemoved(list), stamp);
        true
    }

    /// Whether the person is in Salesforce: somebody deleted there is not.
    pub(super) fn is_in_sfdc(&self, person: PersonIx) -> bool {
        !self.field(person, StandardField::SFDC_TYPE).is_empty()
            && self.field(person, StandardField::SFDC_IS_DELETED) != Cell::Boolean(true)
    }

    /// Whether the person ever had an identity in Salesforce.
    pub(super) fn has_sfdc_identity(&self, person: PersonIx) -> bool {
        !self.field(person, StandardField::SFDC_TYPE).is_empty()
    }

    /// Gives the person an identity in Salesforce, or takes it; fires no `changes`.
    pub(super) fn put_identity(
        &mut self,
        person: PersonIx,
        type_: Option<&'static str>,
        deleted: Option<bool>,
        at: Timestamp,
    ) {
        let mut changed = false;
        if let Some(type_) = type_ {
            let cell = self.core.state.texts.text_cell(type_);
            changed |= self.put_field(person, StandardField::SFDC_TYPE, cell).is_some();
        }
        if let Some(deleted) = deleted {
            changed |= self.put_field(person, StandardField::SFDC_IS_DELETED, Cell::Boolean(deleted)).is_some();
        }
        if changed {
            self.put_field(person, StandardField::UPDATED_AT, Cell::DateTime(at));
        }
    }

    /// The value of a field.
    pub(super) fn field(&self, person: PersonIx, field: FieldId) -> Cell {
        self.core.state.columns.get(field, person)
    }

    /// Writes a field and notes what it touches. The value before; `None` when it has that value.
    fn put_field(&mut self, person: PersonIx, field: FieldId, cell: Cell) -> Option<Cell> {
        let columns = &mut self.core.state.columns;
        let old = columns.get(field, person);
        if old == cell {
            return None;
        }
        columns.set(field, person, cell);
        self.touch_field(person, field, old, cell);
        Some(old)
    }

    /// Logs and queues an activity. Here, where it is known what it is, its kind costs nothing to know.
    #[inline]
    pub(super) fn happen(&mut self, person: PersonIx, what: Happening, stamp: Stamp) {
        self.happen_by(person, what, what.key(), what.is_logged(), stamp);
    }

    fn happen_by(&mut self, person: PersonIx, what: Happening, key: (Kind, u32), is_logged: bool, stamp: Stamp) {
        if is_logged && self.core.mode != (Mode::Load { log: false }) {
            let (kind, subject) = key;
            self.touch(Touch::Log(kind, subject));
            self.core.state.people.push_log(person, LogEntry { at: stamp.at, what });
        }
        if self.core.mode == Mode::Live {
            bring(self.core.dispatch.find(key));
            self.core.queue.push_back(Queued { what, key, origin: stamp.origin });
        }
    }

    /// Notes that watched segments may have changed. Of loads that is settled later, for all of them. Who calls knows what
    /// kind of touch it is; where this is called, nothing is asked about it.
    #[inline(always)]
    pub(super) fn touch(&mut self, touch: Touch) {
        if self.core.mode != Mode::Live {
            return;
        }
        let [named, open] = self.plan.watches.touched_by(touch);
        if !named.is_empty() {
            self.core.touched.extend_from_slice(named);
        }
        if !open.is_empty() {
            self.core.touched.extend_from_slice(open);
        }
    }

    /// The same for a field: of a segment whose tests all answer for the new value as they did for the old one, nothing
    /// has changed, unless time is at work in them.
    fn touch_field(&mut self, person: PersonIx, field: FieldId, old: Cell, new: Cell) {
        if self.core.mode != Mode::Live {
            return;
        }
        let plan = self.plan;
        for place in plan.watches.touched_by(Touch::Field(field)).into_iter().flatten().copied() {
            let Some(watched) = plan.watches.segments.get(place as usize) else { continue };
            let tests = watched.by_field.iter().find(|(known, _)| *known == field).map_or(&[][..], |(_, tests)| tests);
            let present = self.present();
            let (view, memo) = self.look(person, &present);
            let matters = tests
                .iter()
                .any(|number| watched.timed.contains(number) || view.answers_differ(*number, old, new, memo));
            if matters {
                self.core.touched.push(place);
            }
        }
    }

    /// Ends a transition: watched segments that it touched are looked at, and each change of answer is an activity, in
    /// order of declaration, behind the others of the transition.
    pub(super) fn settle(&mut self, person: PersonIx, stamp: Stamp) {
        if self.core.mode != Mode::Live {
            self.core.touched.clear();
            if !self.plan.watches.segments.is_empty() {
                self.core.unsettled.push(person);
            }
            return;
        }
        if self.core.touched.is_empty() {
            return;
        }
        let mut touched = std::mem::take(&mut self.core.touched);
        touched.sort_unstable();
        touched.dedup();
        self.core.memo.clear(self.plan.predicates.nodes.len());
        for number in touched.drain(..) {
            self.look_at_segment(person, number as usize, Some(stamp));
        }
        self.core.touched = touched;
    }

    /// Works out whether the person is in a watched segment, and when time may change that. With a stamp a change of
    /// answer is an activity, without one it is only noted. The memo must be fresh.
    pub(super) fn look_at_segment(&mut self, person: PersonIx, number: usize, stamp: Option<Stamp>) {
        let Some(watched) = self.plan.watches.segments.get(number) else { return };
        let present = self.present();
        let (view, memo) = self.look(person, &present);
        let inside = view.holds(watched.filter, memo);
        let tests = watched.timed.iter().filter_map(|test| view.probes.tests.get(*test as usize));
        let change = tests.filter_map(|test| view.next_change(test, memo)).min();
        if self.core.state.segments.set_change(person, number, change)
            && let Some(at) = change
        {
            self.core.state.timers.add(Due { at, person, what: Reminder::Segments });
        }
        let was_inside = self.core.state.segments.is_inside(person, number);
        self.core.state.segments.set_inside(person, number, inside);
        if let Some(stamp) = stamp
            && inside != was_inside
        {
            let what = if inside {
                Happening::SegmentEntered(watched.segment)
            } else {
                Happening::SegmentLeft(watched.segment)
            };
            self.happen(person, what, stamp);
        }
    }

    /// Looks at the segments of everybody who was loaded since the last time, silently.
    pub(super) fn settle_loads(&mut self) {
        if self.core.unsettled.is_empty() {
            return;
        }
        let mut people = std::mem::take(&mut self.core.unsettled);
        people.sort_unstable();
        people.dedup();
        for person in people {
            self.core.memo.clear(self.plan.predicates.nodes.len());
            for number in 0..self.plan.watches.segments.len() {
                self.look_at_segment(person, number, None);
            }
        }
    }
}
