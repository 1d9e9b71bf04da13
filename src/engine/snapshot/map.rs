//! The same people with texts of another kind: places of a table become texts, texts become places.

use super::{Happened, InSegment, Kept, Logged, Person, ProgramMember, QualifiedFor, SfdcMember, WaitingIn};

impl<S> Person<S> {
    /// The same person, every text as `to` gives it.
    pub fn map<T>(&self, to: &mut impl FnMut(&S) -> T) -> Person<T> {
        let Self { person, fields, sfdc_campaigns, programs, lists, log, qualified, waiting, segments } = self;
        Person {
            person: to(person),
            fields: fields.iter().map(|(name, value)| (to(name), value.map(to))).collect(),
            sfdc_campaigns: sfdc_campaigns
                .iter()
                .map(|row| SfdcMember {
                    campaign: to(&row.campaign),
                    status: to(&row.status),
                    added: row.added,
                    changed: row.changed,
                    first_responded: row.first_responded,
                })
                .collect(),
            programs: programs
                .iter()
                .map(|row| ProgramMember {
                    program: to(&row.program),
                    status: to(&row.status),
                    added: row.added,
                    since: row.since,
                    success: row.success,
                })
                .collect(),
            lists: lists.iter().map(&mut *to).collect(),
            log: log.iter().map(|entry| Logged { at: entry.at, what: entry.what.map(to) }).collect(),
            qualified: qualified
                .iter()
                .map(|row| QualifiedFor { campaign: to(&row.campaign), last: row.last, times: row.times })
                .collect(),
            waiting: waiting.iter().map(|run| run.map(to)).collect(),
            segments: segments
                .iter()
                .map(|row| InSegment { segment: to(&row.segment), inside: row.inside, change: row.change })
                .collect(),
        }
    }
}

impl<S> WaitingIn<S> {
    fn map<T>(&self, to: &mut impl FnMut(&S) -> T) -> WaitingIn<T> {
        WaitingIn {
            campaign: to(&self.campaign),
            run: self.run,
            step: self.step.as_ref().map(&mut *to),
            path: to(&self.path),
            text: to(&self.text),
            until: self.until,
            waits: self.waits,
            cause: self.cause.as_ref().map(&mut *to),
            trigger: self.trigger.as_ref().map(|trigger| trigger.map(to)),
        }
    }
}

impl<S> Kept<S> {
    fn map<T>(&self, to: &mut impl FnMut(&S) -> T) -> Kept<T> {
        match self {
            Self::Empty => Kept::Empty,
            Self::Text(text) => Kept::Text(to(text)),
            Self::Integer(number) => Kept::Integer(*number),
            Self::Number(number) => Kept::Number(*number),
            Self::Boolean(boolean) => Kept::Boolean(*boolean),
            Self::Date(day) => Kept::Date(*day),
            Self::DateTime(at) => Kept::DateTime(*at),
        }
    }
}

impl<S> Happened<S> {
    fn map<T>(&self, to: &mut impl FnMut(&S) -> T) -> Happened<T> {
        match self {
            Self::SfdcAdded { campaign, status } => Happened::SfdcAdded { campaign: to(campaign), status: to(status) },
            Self::SfdcRemoved { campaign, status } => {
                Happened::SfdcRemoved { campaign: to(campaign), status: to(status) }
            }
            Self::SfdcStatusChanged { campaign, from, to: now } => {
                Happened::SfdcStatusChanged { campaign: to(campaign), from: to(from), to: to(now) }
            }
            Self::ProgramStatusChanged { program, from, to: now, success } => {
                Happened::ProgramStatusChanged { program: to(program), from: to(from), to: to(now), success: *success }
            }
            Self::ListAdded { list } => Happened::ListAdded { list: to(list) },
            Self::ListRemoved { list } => Happened::ListRemoved { list: to(list) },
            Self::FieldChanged { field, from, to: now } => {
                Happened::FieldChanged { field: to(field), from: from.map(to), to: now.map(to) }
            }
            Self::Performed { activity, attributes } => Happened::Performed {
                activity: to(activity),
                attributes: attributes.iter().map(|(name, value)| (to(name), value.map(to))).collect(),
            },
            Self::Created => Happened::Created,
            Self::Synced => Happened::Synced,
            Self::Converted => Happened::Converted,
            Self::Deleted => Happened::Deleted,
            Self::SegmentEntered { segment } => Happened::SegmentEntered { segment: to(segment) },
            Self::SegmentLeft { segment } => Happened::SegmentLeft { segment: to(segment) },
            Self::Requested { campaign } => Happened::Requested { campaign: to(campaign) },
        }
    }
}
