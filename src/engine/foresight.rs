//! A look ahead, so that memory is on its way when it is needed.
//!
//! The state is large, and an event touches some twenty places of it in no order, most of them known only from the one
//! before: the processor would mostly wait. Here the memory for several events is asked for at the same time: first the
//! places where their people are found, then the rows of those, then what the rows point to. Nothing is decided and
//! nothing is remembered; a wrong guess costs time and never an answer.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Engine;
use crate::compile::{Kind, Names};
use crate::model::{Event, EventKind, FieldId, PersonIx, StandardField};
use crate::state::{EventMark, People, State, bring, bring_ends, bring_text};

/// So many events are looked at together: enough to wait for them at once, few enough to be in the caches still when they
/// are handled.
pub const AHEAD: usize = 32;

/// The fields that are asked most often are looked at ahead; those beyond so many are not worth it.
const FIELDS_MAX: usize = 12;

/// An event in hand, and what is known about it already. Made of any event; [`Engine::foresee`] knows more about it.
#[derive(Debug, Clone, Copy)]
pub struct Foreseen<'e> {
    pub(super) event: &'e Event<'e>,
    /// What is kept of it once it is handled.
    mark: Option<EventMark>,
    /// Most probably whom it is about.
    person: Option<PersonIx>,
    /// What it will most probably be: the kind of activity, and the number of the list, campaign, program or activity that it
    /// names.
    key: Option<(Kind, u32)>,
}

impl<'e> From<&'e Event<'_>> for Foreseen<'e> {
    fn from(event: &'e Event<'_>) -> Self {
        Self { event, mark: None, person: None, key: None }
    }
}

impl Foreseen<'_> {
    /// What is kept of the event about the person with this id once it is handled, if it has an id of its own.
    pub(super) fn mark(&self, person: &str) -> Option<EventMark> {
        self.mark.or_else(|| self.event.id.as_deref().map(|event| EventMark::new(person, event)))
    }

    /// The person with this id.
    pub(super) fn person(&self, id: &str, people: &People) -> Option<PersonIx> {
        self.person.filter(|person| people.has_id(*person, id)).or_else(|| people.find(id))
    }

    /// Most probably the number of what it names.
    pub(super) fn subject(&self) -> Option<u32> {
        self.key.map(|(_, subject)| subject)
    }
}

impl Engine {
    /// Looks at the [`AHEAD`] events that come next, and gives all of them back to be handled as ever, and faster; those behind
    /// are as they were. Between this and the last of them anything else may be done.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use campanile::{Engine, Event, Rules, engine, records};
    /// # let rules = Rules::from_sources(&[("a.yaml", "smart_campaigns: {a: {triggers: [person is created], flow: do nothing}}")]);
    /// # let mut engine = Engine::new(rules.compile()?);
    /// # let events: Vec<Event> = vec![records::parse_event(r#"{"type": "person", "person": "ada"}"#)?];
    /// for events in events.chunks(engine::AHEAD) {
    ///     for event in engine.foresee(events) {
    ///         engine.handle(event)?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn foresee<'e, I>(&self, events: I) -> impl Iterator<Item = Foreseen<'e>> + use<'e, I>
    where
        I: IntoIterator<Item = &'e Event<'e>>,
    {
        let mut events = events.into_iter().map(Foreseen::from);
        let mut coming = [const { None }; AHEAD];
        coming.iter_mut().zip(events.by_ref()).for_each(|(slot, event)| *slot = Some(event));
        self.look_ahead(&mut coming);
        coming.into_iter().flatten().chain(events)
    }

    /// Each round asks for all events for what a round before has found; between the two there is other work, or there
    /// are enough events. Whose timers are due soon is looked at in passing.
    fn look_ahead(&self, coming: &mut [Option<Foreseen<'_>>]) {
        let State { people, columns, handled, names, timers, .. } = &self.core.state;
        coming.iter().flatten().for_each(|coming| bring_told(coming.event));
        let mut ids = [None; AHEAD];
        for (coming, hash) in coming.iter_mut().flatten().zip(&mut ids) {
            let Some(id) = coming.event.person.as_deref() else { continue };
            let of_id = people.hash(id);
            people.bring_place(of_id);
            *hash = Some(of_id);
            coming.mark = coming.mark(id);
            coming.mark.iter().for_each(|mark| handled.bring(*mark));
        }
        for (coming, hash) in coming.iter_mut().flatten().zip(ids) {
            coming.person = hash.and_then(|hash| people.guess(hash));
        }
        timers.soon().for_each(|person| people.bring_row(person));
        let mut listeners = [None; AHEAD];
        for (coming, slot) in coming.iter_mut().flatten().zip(&mut listeners) {
            coming.key = key_of(&coming.event.kind, names);
            *slot = coming.key.and_then(|key| self.core.dispatch.find(key));
            bring(*slot);
        }
        for coming in coming.iter().flatten() {
            let Some(person) = coming.person else { continue };
            self.bring(person);
            touched(&coming.event.kind).into_iter().for_each(|field| columns.bring(field, person));
        }
        timers.soon().for_each(|person| self.bring(person));
        listeners.iter().flatten().for_each(|listeners| listeners.bring());
        for head in listeners.iter().flatten().flat_map(|listeners| listeners.met()) {
            head.filter.bring(&self.probes.decisions);
        }
    }

    /// Asks for what is mostly needed of a person.
    fn bring(&self, person: PersonIx) {
        let State { people, columns, .. } = &self.core.state;
        people.bring(person);
        self.probes.asked.iter().for_each(|field| columns.bring(*field, person));
    }
}

/// Asks for what an event says.
fn bring_told(event: &Event<'_>) {
    [&event.person, &event.id].into_iter().flatten().for_each(|text| bring_text(text));
    match &event.kind {
        EventKind::Person { fields } => bring_ends(fields),
        EventKind::Activity { activity, attributes } => {
            bring_text(activity);
            bring_ends(attributes);
        }
        EventKind::SfdcCampaignAdded { campaign: name, .. }
        | EventKind::SfdcCampaignRemoved { campaign: name }
        | EventKind::SfdcCampaignStatusChanged { campaign: name, .. }
        | EventKind::ProgramStatusChanged { program: name, .. }
        | EventKind::ProgramRemoved { program: name }
        | EventKind::ListAdded { list: name }
        | EventKind::ListRemoved { list: name }
        | EventKind::CampaignRequested { campaign: name, .. } => bring_text(name),
        EventKind::SfdcSynced | EventKind::SfdcConverted | EventKind::SfdcDeleted | EventKind::Clock => {}
    }
}

/// The kind of activity that an event mostly becomes, and the number of what it names.
fn key_of(event: &EventKind<'_>, names: &Names) -> Option<(Kind, u32)> {
    let sfdc_campaign = |kind, name| Some((kind, names.sfdc_campaigns.find(name)?.0));
    let program = |name| Some((Kind::ProgramStatusChanged, names.programs.find(name)?.0));
    let list = |kind, name| Some((kind, names.lists.find(name)?.0));
    match event {
        EventKind::SfdcCampaignAdded { campaign, .. } => sfdc_campaign(Kind::SfdcAdded, campaign),
        EventKind::SfdcCampaignRemoved { campaign } => sfdc_campaign(Kind::SfdcRemoved, campaign),
        EventKind::SfdcCampaignStatusChanged { campaign, .. } => sfdc_campaign(Kind::SfdcStatusChanged, campaign),
        EventKind::ProgramStatusChanged { program: name, .. } | EventKind::ProgramRemoved { program: name } => {
            program(name)
        }
        EventKind::ListAdded { list: name } => list(Kind::ListAdded, name),
        EventKind::ListRemoved { list: name } => list(Kind::ListRemoved, name),
        EventKind::Activity { activity, .. } => Some((Kind::Performed, names.activities.find(activity)?.0)),
        EventKind::Person { .. }
        | EventKind::CampaignRequested { .. }
        | EventKind::SfdcSynced
        | EventKind::SfdcConverted
        | EventKind::SfdcDeleted
        | EventKind::Clock => None,
    }
}

/// A field that is looked at for such an event whatever the rules are.
const fn touched(event: &EventKind<'_>) -> Option<FieldId> {
    match event {
        EventKind::Person { .. } => Some(StandardField::UPDATED_AT),
        // Whether the person is somebody in Salesforce.
        EventKind::SfdcCampaignAdded { .. } | EventKind::SfdcCampaignStatusChanged { .. } => {
            Some(StandardField::SFDC_TYPE)
        }
        EventKind::SfdcCampaignRemoved { .. }
        | EventKind::ProgramStatusChanged { .. }
        | EventKind::ProgramRemoved { .. }
        | EventKind::ListAdded { .. }
        | EventKind::ListRemoved { .. }
        | EventKind::Activity { .. }
        | EventKind::CampaignRequested { .. }
        | EventKind::SfdcSynced
        | EventKind::SfdcConverted
        | EventKind::SfdcDeleted
        | EventKind::Clock => None,
    }
}

/// The fields that are asked most often first.
pub(super) fn most_asked(asked: impl Iterator<Item = FieldId>) -> Vec<FieldId> {
    let mut counted = BTreeMap::new();
    asked.for_each(|field| *counted.entry(field).or_insert(0_u32) += 1);
    let mut fields: Vec<(u32, FieldId)> = counted.into_iter().map(|(field, times)| (times, field)).collect();
    fields.sort_by_key(|(times, _)| Reverse(*times));
    fields.truncate(FIELDS_MAX);
    fields.into_iter().map(|(_, field)| field).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::borrow::Cow;

    use super::*;
    use crate::Rules;
    use crate::model::EventKind;

    /// Rules may change between: what was found in one engine is a guess in another.
    #[test]
    fn what_another_engine_foresaw_is_taken_for_no_more_than_a_guess() {
        let engine = |lists: &str| {
            let text = format!(
                "lists: {lists}\nsmart_campaigns: {{a: {{triggers: [added to list \"B\"], flow: do nothing}}}}"
            );
            Engine::new(Rules::from_sources(&[("a.yaml", &text)]).compile().unwrap())
        };
        let (one, mut other) = (engine("[A, B]"), engine("[B, A]"));
        let added = |list: &'static str| Event {
            at: None,
            id: None,
            person: Some(Cow::Borrowed("ada")),
            log: false,
            kind: EventKind::ListAdded { list: Cow::Borrowed(list) },
        };
        let events = [added("A"), added("B")];
        let mut found = Vec::new();
        for event in one.foresee(&events) {
            assert!(event.subject().is_some());
            found.extend(other.handle(event).unwrap().qualified().map(|(_, campaign)| campaign.to_owned()));
            found.push("-".to_owned());
        }
        assert_eq!(found, ["-", "a", "-"]);
    }

    #[test]
    fn all_events_are_given_back_in_order() {
        let rules = Rules::from_sources(&[("a.yaml", "lists: [News]")]);
        let engine = Engine::new(rules.compile().unwrap());
        let event = |number: usize| Event {
            at: None,
            id: Some(Cow::Owned(format!("e{number}"))),
            person: Some(Cow::Borrowed("ada")),
            log: false,
            kind: EventKind::SfdcSynced,
        };
        for count in [0, 1, AHEAD, 2 * AHEAD + 3] {
            let events: Vec<Event<'_>> = (0..count).map(event).collect();
            let given: Vec<&Event<'_>> = engine.foresee(&events).map(|foreseen| foreseen.event).collect();
            assert_eq!(given, events.iter().collect::<Vec<_>>());
        }
    }
}
