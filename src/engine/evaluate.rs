//! Predicates about one person.

use super::probes::{Asking, Patterns, Probe, Probes, Sought};
use super::values::{Present, Subject, Window, date_passes, next_change};
use crate::compile::{PredicateId, Predicates};
use crate::meaning::{AttributeFilter, CountTest, DateCheck, HistoryEvent, Predicate, Rulebook, StatusSet};
use crate::model::{FieldId, Id, PersonIx, SfdcCampaignId, StatusId, Timestamp};
use crate::state::{Carried, Cell, Change, Column, Happening, State, TextId};

/// One person at one moment, and what may be asked about it.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) rulebook: &'a Rulebook,
    pub(super) predicates: &'a Predicates,
    /// The tests of the predicates, ready to run.
    pub(super) probes: &'a Probes,
    pub(super) state: &'a State,
    pub(super) person: PersonIx,
    pub(super) present: &'a Present<'a>,
}

/// Answers of predicates that were asked already, for one person and one unchanged state.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Twice the turn in which the predicate was asked, plus its answer.
    answers: Vec<u64>,
    turn: u64,
    /// What is true of texts whoever has them.
    patterns: Patterns,
}

impl Memo {
    /// Forgets every answer. To be called whenever the person, the state or the time is another.
    pub(super) fn clear(&mut self, predicates: usize) {
        self.turn += 1;
        if self.answers.len() < predicates {
            self.answers.resize(predicates, 0);
        }
    }

    /// The answer of a predicate: the one that is remembered, or the one that is worked out now.
    pub(super) fn remembered(&mut self, id: PredicateId, work_out: impl FnOnce(&mut Self) -> bool) -> bool {
        let at = id.0 as usize;
        if let Some(known) = self.answers.get(at).filter(|known| **known >> 1 == self.turn) {
            return known & 1 == 1;
        }
        let answer = work_out(self);
        if let Some(slot) = self.answers.get_mut(at) {
            *slot = self.turn << 1 | u64::from(answer);
        }
        answer
    }
}

impl View<'_> {
    /// Whether the person passes the test with this number.
    pub(super) fn passes_number(&self, number: u32, memo: &mut Memo) -> bool {
        self.probes.tests.get(number as usize).is_some_and(|test| self.passes(test, memo))
    }

    /// Whether the person passes a test.
    pub(super) fn passes(&self, test: &Predicate<Probe>, memo: &mut Memo) -> bool {
        let people = &self.state.people;
        match test {
            Predicate::Field { field, test } => self.field_passes(*field, test, memo),
            Predicate::MemberOfSfdcCampaign { campaigns, statuses, responded, added } => {
                people.sfdc(self.person).iter().any(|row| {
                    campaigns.contains(row.campaign, || self.state.names.sfdc_campaigns.name(row.campaign))
                        && fits(statuses, row.status)
                        && responded.is_none_or(|wanted| self.has_responded(row.campaign, row.status) == wanted)
                        && self.in_window(added, row.added)
                })
            }
            Predicate::MemberOfProgram { programs, statuses, success, added } => {
                people.programs(self.person).iter().any(|row| {
                    programs.contains(row.program, || self.state.names.programs.name(row.program))
                        && fits(statuses, row.status)
                        && success.is_none_or(|wanted| row.success.is_some() == wanted)
                        && self.in_window(added, row.added)
                })
            }
            Predicate::MemberOfList { lists } => people
                .lists(self.person)
                .iter()
                .any(|list| lists.contains(*list, || self.state.names.lists.name(*list))),
            // The plan has put the segment's own filter in its place.
            Predicate::MemberOfSegment { .. } => false,
            Predicate::MemberOfSmartCampaign { campaigns, last } => people.qualified(self.person).iter().any(|row| {
                let name = || self.rulebook.get_campaign(row.campaign).map_or("", |campaign| campaign.name.as_str());
                campaigns.contains(row.campaign, name) && self.in_window(last, row.last)
            }),
            Predicate::RandomSample { key, parts } => {
                sample(key.as_bytes(), self.state.people.id(self.person).as_bytes()) < u64::from(*parts)
            }
            Predicate::History { event, window, count } => {
                // More than that many decide nothing.
                let enough = match count {
                    CountTest::AtLeast(n) => *n,
                    CountTest::AtMost(n) | CountTest::Exactly(n) => n.saturating_add(1),
                };
                let window = window.as_ref().map_or(Window::ALWAYS, |window| Window::new(window, self.present));
                let found = people
                    .log_from(self.person, window.first())
                    .iter()
                    .rev()
                    .filter(|entry| window.holds(entry.at, self.present) && self.is_event(event, &entry.what, memo))
                    .take(enough as usize)
                    .count();
                count.holds(u32::try_from(found).unwrap_or(u32::MAX))
            }
        }
    }

    /// When time alone may change the answer of a test next.
    pub(super) fn next_change(&self, test: &Predicate<Probe>, memo: &mut Memo) -> Option<Timestamp> {
        let people = &self.state.people;
        let change = |check: &DateCheck, at: Timestamp| next_change(check, Subject::At(at), self.present);
        match test {
            Predicate::Field { field, test } => self.value_changes(test, self.state.columns.get(*field, self.person)),
            Predicate::MemberOfSfdcCampaign { campaigns, added: Some(window), .. } => people
                .sfdc(self.person)
                .iter()
                .filter(|row| campaigns.contains(row.campaign, || self.state.names.sfdc_campaigns.name(row.campaign)))
                .filter_map(|row| change(window, row.added))
                .min(),
            Predicate::MemberOfProgram { programs, added: Some(window), .. } => people
                .programs(self.person)
                .iter()
                .filter(|row| programs.contains(row.program, || self.state.names.programs.name(row.program)))
                .filter_map(|row| change(window, row.added))
                .min(),
            Predicate::MemberOfSmartCampaign { last: Some(window), .. } => {
                people.qualified(self.person).iter().filter_map(|row| change(window, row.last)).min()
            }
            Predicate::History { event, window, .. } => people
                .log(self.person)
                .iter()
                .flat_map(|entry| {
                    // What is no such event now because of its values may be one later.
                    let by_values = self.event_changes(event, &entry.what);
                    let counts = by_values.is_some() || self.is_event(event, &entry.what, memo);
                    let window = window.as_ref().filter(|_| counts);
                    let by_window = window.and_then(|window| change(window, entry.at));
                    [by_values, by_window]
                })
                .flatten()
                .min(),
            Predicate::MemberOfSfdcCampaign { added: None, .. }
            | Predicate::MemberOfProgram { added: None, .. }
            | Predicate::MemberOfSmartCampaign { last: None, .. }
            | Predicate::MemberOfList { .. }
            | Predicate::MemberOfSegment { .. }
            | Predicate::RandomSample { .. } => None,
        }
    }

    /// When time alone may change next whether an activity is one that a history predicate looks for: by tests of the
    /// values that it carries.
    fn event_changes(&self, wanted: &HistoryEvent<Probe>, what: &Happening) -> Option<Timestamp> {
        match (wanted, what) {
            (HistoryEvent::FieldChanged { field, from, to }, Happening::FieldChanged(changed, change))
                if field == changed =>
            {
                let (old, new) = self.state.details.change(*change);
                let from = from.as_ref().and_then(|test| self.value_changes(test, old));
                let to = to.as_ref().and_then(|test| self.value_changes(test, new));
                from.into_iter().chain(to).min()
            }
            (
                HistoryEvent::Performed { activity, attributes: Some(filter) },
                Happening::Performed(performed, carried),
            ) if activity == performed => self.attributes_change(filter, *carried),
            (
                HistoryEvent::AddedToSfdcCampaign { .. }
                | HistoryEvent::RemovedFromSfdcCampaign { .. }
                | HistoryEvent::StatusChangedInSfdcCampaign { .. }
                | HistoryEvent::StatusChangedInProgram { .. }
                | HistoryEvent::AddedToList { .. }
                | HistoryEvent::RemovedFromList { .. }
                | HistoryEvent::FieldChanged { .. }
                | HistoryEvent::Performed { .. },
                _,
            ) => None,
        }
    }

    fn attributes_change(&self, filter: &AttributeFilter<Probe>, carried: Carried) -> Option<Timestamp> {
        match filter {
            AttributeFilter::And(operands) | AttributeFilter::Or(operands) => {
                operands.iter().filter_map(|operand| self.attributes_change(operand, carried)).min()
            }
            AttributeFilter::Not(operand) => self.attributes_change(operand, carried),
            AttributeFilter::Test(attribute, test) => {
                self.value_changes(test, self.state.details.attribute(carried, *attribute))
            }
        }
    }

    fn value_changes(&self, test: &Probe, cell: Cell) -> Option<Timestamp> {
        let subject = match cell {
            Cell::Date(day) => Subject::Day(day),
            Cell::DateTime(at) => Subject::At(at),
            Cell::Empty | Cell::Text(_) | Cell::Integer(_) | Cell::Number(_) | Cell::Boolean(_) => return None,
        };
        match &test.sought {
            Sought::Date(check) => next_change(check, subject, self.present),
            Sought::Nothing
            | Sought::Texts(_)
            | Sought::Pattern(_)
            | Sought::Whole(..)
            | Sought::Number(_)
            | Sought::Boolean(_) => None,
        }
    }

    /// Whether an activity is one of those that a history predicate looks for.
    fn is_event(&self, wanted: &HistoryEvent<Probe>, what: &Happening, memo: &mut Memo) -> bool {
        let names = &self.state.names;
        match (wanted, what) {
            (HistoryEvent::AddedToSfdcCampaign { campaigns, statuses }, Happening::SfdcAdded(campaign, status)) => {
                campaigns.contains(*campaign, || names.sfdc_campaigns.name(*campaign)) && fits(statuses, *status)
            }
            (HistoryEvent::RemovedFromSfdcCampaign { campaigns }, Happening::SfdcRemoved(campaign, _)) => {
                campaigns.contains(*campaign, || names.sfdc_campaigns.name(*campaign))
            }
            (
                HistoryEvent::StatusChangedInSfdcCampaign { campaigns, from, to },
                Happening::SfdcStatusChanged(campaign, old, new),
            ) => {
                campaigns.contains(*campaign, || names.sfdc_campaigns.name(*campaign))
                    && fits(from, *old)
                    && fits(to, *new)
            }
            (
                HistoryEvent::StatusChangedInProgram { programs, from, to },
                Happening::ProgramStatusChanged { program, from: old, to: new, .. },
            ) => programs.contains(*program, || names.programs.name(*program)) && fits(from, *old) && fits(to, *new),
            (HistoryEvent::AddedToList { lists }, Happening::ListAdded(list))
            | (HistoryEvent::RemovedFromList { lists }, Happening::ListRemoved(list)) => {
                lists.contains(*list, || names.lists.name(*list))
            }
            (HistoryEvent::FieldChanged { field, from, to }, Happening::FieldChanged(changed, change)) => {
                field == changed && self.change_passes(from.as_ref(), to.as_ref(), *change, memo)
            }
            (HistoryEvent::Performed { activity, attributes }, Happening::Performed(performed, carried)) => {
                activity == performed
                    && attributes.as_ref().is_none_or(|filter| self.attributes_pass(filter, *carried, memo))
            }
            (
                HistoryEvent::AddedToSfdcCampaign { .. }
                | HistoryEvent::RemovedFromSfdcCampaign { .. }
                | HistoryEvent::StatusChangedInSfdcCampaign { .. }
                | HistoryEvent::StatusChangedInProgram { .. }
                | HistoryEvent::AddedToList { .. }
                | HistoryEvent::RemovedFromList { .. }
                | HistoryEvent::FieldChanged { .. }
                | HistoryEvent::Performed { .. },
                _,
            ) => false,
        }
    }

    /// Whether the old and new value of a field are what is asked for.
    pub(super) fn change_passes(
        &self,
        from: Option<&Probe>,
        to: Option<&Probe>,
        change: Change,
        memo: &mut Memo,
    ) -> bool {
        if from.is_none() && to.is_none() {
            return true;
        }
        let (old, new) = self.state.details.change(change);
        from.is_none_or(|test| self.value_passes(test, old, memo))
            && to.is_none_or(|test| self.value_passes(test, new, memo))
    }

    /// Whether the attributes of an activity are what is asked for.
    pub(super) fn attributes_pass(&self, filter: &AttributeFilter<Probe>, carried: Carried, memo: &mut Memo) -> bool {
        match filter {
            AttributeFilter::And(operands) => {
                operands.iter().all(|operand| self.attributes_pass(operand, carried, memo))
            }
            AttributeFilter::Or(operands) => {
                operands.iter().any(|operand| self.attributes_pass(operand, carried, memo))
            }
            AttributeFilter::Not(operand) => !self.attributes_pass(operand, carried, memo),
            AttributeFilter::Test(attribute, test) => {
                self.value_passes(test, self.state.details.attribute(carried, *attribute), memo)
            }
        }
    }

    /// Whether the test of a field with this number answers for one value otherwise than for another.
    pub(super) fn answers_differ(&self, number: u32, old: Cell, new: Cell, memo: &mut Memo) -> bool {
        match self.probes.tests.get(number as usize) {
            Some(Predicate::Field { test, .. }) => {
                self.value_passes(test, old, memo) != self.value_passes(test, new, memo)
            }
            Some(
                Predicate::MemberOfSfdcCampaign { .. }
                | Predicate::MemberOfProgram { .. }
                | Predicate::MemberOfList { .. }
                | Predicate::MemberOfSegment { .. }
                | Predicate::MemberOfSmartCampaign { .. }
                | Predicate::RandomSample { .. }
                | Predicate::History { .. },
            )
            | None => true,
        }
    }

    fn field_passes(&self, field: FieldId, test: &Probe, memo: &mut Memo) -> bool {
        let at = self.person.index();
        let Some(column) = self.state.columns.column(field) else { return false };
        // The commonest tests, straight from the column.
        let positive = match (column, &test.sought) {
            (Column::Text(values), Sought::Texts(texts)) => match values.get(at).copied() {
                None | Some(TextId::EMPTY) => test.empty,
                Some(id) => texts.contains(&self.state.texts.folded(id)),
            },
            (Column::Integer(values, there), Sought::Whole(low, high, _)) => match values.get(at) {
                Some(number) if there.get(at) => low <= number && number <= high,
                Some(_) | None => test.empty,
            },
            (Column::Boolean(values), Sought::Boolean(wanted)) => values.get(at) == *wanted,
            (
                Column::Text(_)
                | Column::Integer(..)
                | Column::Number(_)
                | Column::Boolean(_)
                | Column::Date(_)
                | Column::DateTime(_),
                _,
            ) => return self.value_passes(test, column.get(at), memo),
        };
        positive != test.negated
    }

    fn value_passes(&self, test: &Probe, cell: Cell, memo: &mut Memo) -> bool {
        test.passes(cell, &mut self.asking(memo))
    }

    /// What probes need of the view.
    pub(super) fn asking<'b>(&'b self, memo: &'b mut Memo) -> Asking<'b> {
        Asking { probes: self.probes, texts: &self.state.texts, present: self.present, patterns: &mut memo.patterns }
    }

    fn in_window(&self, window: &Option<DateCheck>, at: Timestamp) -> bool {
        window.as_ref().is_none_or(|window| date_passes(window, Subject::At(at), self.present))
    }

    fn has_responded(&self, campaign: SfdcCampaignId, status: StatusId) -> bool {
        self.rulebook.sfdc_campaigns.get(campaign.index()).is_some_and(|known| known.is_responded(status))
    }
}

/// Whether a status is one that is asked for.
pub(super) fn fits(statuses: &Option<StatusSet>, status: StatusId) -> bool {
    statuses.as_ref().is_none_or(|set| set.contains(status))
}

/// The place of a person in the sample of a key, 0 to 9,999: FNV-1a over key, zero byte and id, then fmix64.
fn sample(key: &[u8], person: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in key.iter().chain(&[0]).chain(person) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^= hash >> 33;
    hash % 10_000
}
