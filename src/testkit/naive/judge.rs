//! Whether a filter holds for a person: straightforward recursion, nothing shared, nothing remembered.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::calendar::Calendar;
use super::state::{Happened, Person};
use crate::meaning::{
    AttributeFilter, Check, DateCheck, Filter, HistoryEvent, Moment, NumberCheck, Predicate, Rulebook, StatusSet,
    Subjects, TextCheck, ValueTest, Window,
};
use crate::model::{Date, FieldType, Folded, Id, ListId, ProgramId, SfdcCampaignId, Timestamp, Value};

/// Whoever is asked, and when.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) rules: &'a Rulebook,
    pub(super) calendar: &'a Calendar,
    pub(super) now: Timestamp,
    pub(super) id: &'a str,
    pub(super) person: &'a Person,
}

impl<'a> Judge<'a> {
    /// Whether the person passes.
    pub(super) fn passes(self, filter: &Filter) -> bool {
        match filter {
            Filter::And(all) => all.iter().all(|filter| self.passes(filter)),
            Filter::Or(any) => any.iter().any(|filter| self.passes(filter)),
            Filter::Not(filter) => !self.passes(filter),
            Filter::Test(predicate) => self.holds(predicate),
        }
    }

    fn holds(self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::Field { field, test } => self.tests().value(&self.person.value(*field), test),
            Predicate::MemberOfSfdcCampaign { campaigns, statuses, responded, added } => {
                self.person.memberships.iter().any(|(name, member)| {
                    self.sfdc(campaigns, name)
                        && self.status(statuses.as_ref(), &member.status)
                        && responded.is_none_or(|wanted| wanted == self.responded(name, &member.status))
                        && self.window(added.as_ref(), member.added)
                })
            }
            Predicate::MemberOfProgram { programs, statuses, success, added } => {
                self.person.programs.iter().any(|(name, member)| {
                    self.program(programs, name)
                        && self.status(statuses.as_ref(), &member.status)
                        && success.is_none_or(|wanted| wanted == member.success)
                        && self.window(added.as_ref(), member.since)
                })
            }
            Predicate::MemberOfList { lists } => self.person.lists.iter().any(|name| self.list(lists, name)),
            Predicate::MemberOfSegment { segment } => {
                self.rules.get_segment(*segment).is_some_and(|segment| self.passes(&segment.filter))
            }
            Predicate::MemberOfSmartCampaign { campaigns, last } => {
                self.person.qualified.iter().any(|(campaign, (_, at))| {
                    let name = self.rules.campaigns.get(*campaign).map_or("", |it| it.name.as_str());
                    subject(campaigns, Some(Id::new(*campaign)), name) && self.window(last.as_ref(), *at)
                })
            }
            Predicate::RandomSample { key, parts } => sample(key, self.id) < u64::from(*parts),
            Predicate::History { event, window, count } => {
                let found = self
                    .person
                    .log
                    .iter()
                    .filter(|entry| self.window(window.as_ref(), entry.at) && self.is_that(&entry.what, event));
                count.holds(u32::try_from(found.count()).unwrap_or(u32::MAX))
            }
        }
    }

    fn is_that(self, what: &Happened, wanted: &HistoryEvent) -> bool {
        match (wanted, what) {
            (HistoryEvent::AddedToSfdcCampaign { campaigns, statuses }, Happened::SfdcAdded { campaign, status }) => {
                self.sfdc(campaigns, campaign) && self.status(statuses.as_ref(), status)
            }
            (HistoryEvent::RemovedFromSfdcCampaign { campaigns }, Happened::SfdcRemoved { campaign, status: _ }) => {
                self.sfdc(campaigns, campaign)
            }
            (
                HistoryEvent::StatusChangedInSfdcCampaign { campaigns, from: old, to: new },
                Happened::SfdcChanged { campaign, from, to },
            ) => self.sfdc(campaigns, campaign) && self.status(old.as_ref(), from) && self.status(new.as_ref(), to),
            (
                HistoryEvent::StatusChangedInProgram { programs, from: old, to: new },
                Happened::ProgramChanged { program, from, to, success: _ },
            ) => self.program(programs, program) && self.status(old.as_ref(), from) && self.status(new.as_ref(), to),
            (HistoryEvent::AddedToList { lists }, Happened::ListAdded(list))
            | (HistoryEvent::RemovedFromList { lists }, Happened::ListRemoved(list)) => self.list(lists, list),
            (
                HistoryEvent::FieldChanged { field: wanted, from: old, to: new },
                Happened::FieldChanged { field, from, to },
            ) => {
                let tests = self.tests();
                wanted == field
                    && old.as_ref().is_none_or(|test| tests.value(from, test))
                    && new.as_ref().is_none_or(|test| tests.value(to, test))
            }
            (
                HistoryEvent::Performed { activity: wanted, attributes: filter },
                Happened::Performed { activity, attributes },
            ) => {
                self.rules.activity(activity) == Some(*wanted)
                    && filter.as_ref().is_none_or(|filter| self.attributes(filter, activity, attributes))
            }
            (_, _) => false,
        }
    }

    /// Whether the attributes of an activity pass.
    pub(super) fn attributes(self, filter: &AttributeFilter, activity: &str, given: &BTreeMap<usize, Value>) -> bool {
        match filter {
            AttributeFilter::And(all) => all.iter().all(|filter| self.attributes(filter, activity, given)),
            AttributeFilter::Or(any) => any.iter().any(|filter| self.attributes(filter, activity, given)),
            AttributeFilter::Not(filter) => !self.attributes(filter, activity, given),
            AttributeFilter::Test(attribute, test) => {
                let declared = self.rules.activities.iter().find(|it| it.name == activity);
                let type_ = declared.and_then(|it| it.attributes.get(attribute.index())).map(|it| it.type_);
                let unset = type_.map_or(Value::Empty, FieldType::unset);
                self.tests().value(given.get(&attribute.index()).unwrap_or(&unset), test)
            }
        }
    }

    /// Tests of values at this moment.
    pub(super) fn tests(self) -> Tests<'a> {
        Tests { calendar: self.calendar, now: self.now }
    }

    fn window(self, window: Option<&Window>, at: Timestamp) -> bool {
        window.is_none_or(|check| self.tests().date(&Value::DateTime(at), check))
    }

    /// Whether a status is one of those wanted.
    pub(super) fn status(self, wanted: Option<&StatusSet>, status: &str) -> bool {
        wanted.is_none_or(|set| set.0.iter().any(|id| self.rules.statuses.name(*id) == status))
    }

    fn responded(self, campaign: &str, status: &str) -> bool {
        let campaign = self.rules.sfdc_campaigns.iter().find(|it| it.name == campaign);
        campaign.is_some_and(|campaign| {
            campaign.statuses.iter().any(|(id, responded)| *responded && self.rules.statuses.name(*id) == status)
        })
    }

    /// Whether a Salesforce campaign is one of those wanted.
    pub(super) fn sfdc(self, wanted: &Subjects<SfdcCampaignId>, name: &str) -> bool {
        subject(wanted, self.rules.sfdc_campaign(name), name)
    }

    /// Whether a program is one of those wanted.
    pub(super) fn program(self, wanted: &Subjects<ProgramId>, name: &str) -> bool {
        subject(wanted, self.rules.program(name), name)
    }

    /// Whether a list is one of those wanted.
    pub(super) fn list(self, wanted: &Subjects<ListId>, name: &str) -> bool {
        subject(wanted, self.rules.lists.find(name), name)
    }
}

fn subject<I: PartialEq>(wanted: &Subjects<I>, id: Option<I>, name: &str) -> bool {
    match wanted {
        Subjects::Any => true,
        Subjects::Listed(ids) => id.is_some_and(|id| ids.contains(&id)),
        Subjects::StartingWith(start) => name.starts_with(start.as_str()),
        Subjects::Containing(part) => name.contains(part.as_str()),
    }
}

/// FNV-1a over the key, a zero byte and the id, then the finaliser of MurmurHash3, modulo 10,000.
fn sample(key: &str, id: &str) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in key.bytes().chain([0]).chain(id.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (hash ^ (hash >> 33)) % 10_000
}

/// Tests of values at a moment.
pub(super) struct Tests<'a> {
    calendar: &'a Calendar,
    now: Timestamp,
}

impl Tests<'_> {
    /// Whether a value passes a test.
    pub(super) fn value(&self, value: &Value, test: &ValueTest) -> bool {
        let positive = if value.is_empty() { test.empty } else { self.check(value, &test.check) };
        positive != test.negated
    }

    fn check(&self, value: &Value, check: &Check) -> bool {
        match check {
            Check::Nothing => false,
            Check::Text(check) => matches!(value, Value::Text(text) if text_passes(text, check)),
            Check::Number(check) => number_of(value).is_some_and(|number| number_passes(number, check)),
            Check::Boolean(wanted) => *value == Value::Boolean(*wanted),
            Check::Date(check) => self.date(value, check),
        }
    }

    /// Whether a date or moment passes.
    fn date(&self, value: &Value, check: &DateCheck) -> bool {
        let instant = match value {
            Value::Date(day) => self.calendar.start(*day),
            Value::DateTime(at) => *at,
            Value::Empty | Value::Text(_) | Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => return false,
        };
        let now = self.now;
        match check {
            DateCheck::Is(moments) => moments.iter().any(|it| self.compare(value, instant, *it).is_eq()),
            DateCheck::Before(it) => self.compare(value, instant, *it).is_lt(),
            DateCheck::After(it) => self.compare(value, instant, *it).is_gt(),
            DateCheck::OnOrBefore(it) => self.compare(value, instant, *it).is_le(),
            DateCheck::OnOrAfter(it) => self.compare(value, instant, *it).is_ge(),
            DateCheck::Between(first, last) => {
                self.compare(value, instant, *first).is_ge() && self.compare(value, instant, *last).is_le()
            }
            DateCheck::InPast(span) => now.0 - span <= instant.0 && instant <= now,
            DateCheck::InPastBefore(span) => instant.0 < now.0 - span,
            DateCheck::InFuture(span) => now <= instant && instant.0 <= now.0 + span,
            DateCheck::InFutureAfter(span) => instant.0 > now.0 + span,
            DateCheck::In(frame) => self.calendar.in_frame(self.day(value, instant), *frame, self.calendar.day(now)),
        }
    }

    fn day(&self, value: &Value, instant: Timestamp) -> Date {
        if let Value::Date(day) = value { *day } else { self.calendar.day(instant) }
    }

    /// Days are compared with days; a moment with the start of a date.
    fn compare(&self, value: &Value, instant: Timestamp, with: Moment) -> std::cmp::Ordering {
        match with {
            Moment::Day(day) => self.day(value, instant).cmp(&day),
            Moment::Today => self.day(value, instant).cmp(&self.calendar.day(self.now)),
            Moment::At(at) => instant.cmp(&at),
            Moment::Now => instant.cmp(&self.now),
        }
    }
}

fn text_passes(text: &str, check: &TextCheck) -> bool {
    let text = Folded::new(text);
    let text = text.as_str();
    match check {
        TextCheck::Is(values) => values.iter().any(|value| text == value.as_str()),
        TextCheck::Contains(values) => values.iter().any(|value| text.contains(value.as_str())),
        TextCheck::StartsWith(values) => values.iter().any(|value| text.starts_with(value.as_str())),
        TextCheck::EndsWith(values) => values.iter().any(|value| text.ends_with(value.as_str())),
    }
}

fn number_of(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(number) => Some(Decimal::from(*number)),
        Value::Number(number) => Some(*number),
        Value::Empty | Value::Text(_) | Value::Boolean(_) | Value::Date(_) | Value::DateTime(_) => None,
    }
}

fn number_passes(number: Decimal, check: &NumberCheck) -> bool {
    match check {
        NumberCheck::Is(values) => values.contains(&number),
        NumberCheck::GreaterThan(limit) => number > *limit,
        NumberCheck::LessThan(limit) => number < *limit,
        NumberCheck::AtLeast(limit) => number >= *limit,
        NumberCheck::AtMost(limit) => number <= *limit,
        NumberCheck::Between(first, last) => *first <= number && number <= *last,
    }
}
