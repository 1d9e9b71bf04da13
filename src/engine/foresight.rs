//! A look ahead, so that memory is on its way when it is needed.
//!
//! The state is large, and an event touches some twenty places of it in no order, most of them known only from the one
//! before: the processor would mostly wait. Here the memory for several events is asked for at the same time: first the
//! places where their people are found, then the rows of those, then what the rows point to. Nothing is decided and
//! nothing is remembered; a wrong guess costs time and never an answer.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Engine;
use crate::model::{Event, FieldId, PersonIx};
use crate::state::{EventMark, IdHash, bring_text};

/// So many events are looked at together: enough to wait for them at once, few enough to be in the caches still when they
/// are handled.
pub const AHEAD: usize = 16;

/// The fields that are asked most often are looked at ahead; those beyond so many are not worth it.
const FIELDS_MAX: usize = 12;

/// What is known of an event that comes.
#[derive(Debug, Clone, Copy, Default)]
struct Coming {
    id: Option<IdHash>,
    mark: Option<EventMark>,
    person: Option<PersonIx>,
}

impl Engine {
    /// Tells which events come next, [`AHEAD`] or so of them. They are handled as ever, and faster.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use campanile::{Engine, Event, Rules, engine, records};
    /// # let rules = Rules::from_sources(&[("a.yaml", "smart_campaigns: {a: {triggers: [person is created], flow: do nothing}}")]);
    /// # let mut engine = Engine::new(rules.compile()?);
    /// # let events: Vec<Event> = vec![records::parse_event(r#"{"type": "person", "person": "ada"}"#)?];
    /// for events in events.chunks(engine::AHEAD) {
    ///     engine.foresee(events);
    ///     for event in events {
    ///         engine.handle(event)?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn foresee<'e>(&self, events: impl IntoIterator<Item = &'e Event<'e>>) {
        let mut all = events.into_iter();
        loop {
            let mut events = [None; AHEAD];
            events.iter_mut().zip(all.by_ref()).for_each(|(slot, event)| *slot = Some(event));
            let texts = events.iter().flatten().flat_map(|event| [&event.person, &event.id]).flatten();
            texts.for_each(|text| bring_text(text));
            self.look_ahead(&mut events.map(|event| event.map_or_else(Coming::default, |event| self.hashes(event))));
            if events.iter().any(Option::is_none) {
                break;
            }
        }
    }

    fn hashes(&self, event: &Event<'_>) -> Coming {
        let Some(person) = event.person.as_deref() else { return Coming::default() };
        let id = Some(self.core.state.people.hash(person));
        let mark = event.id.as_deref().map(|event| EventMark::new(person, event));
        Coming { id, mark, person: None }
    }

    /// Each round asks for all events for what the one before has found.
    fn look_ahead(&self, coming: &mut [Coming]) {
        let state = &self.core.state;
        for Coming { id, mark, person: _ } in coming.iter() {
            id.iter().for_each(|id| state.people.bring_place(*id));
            mark.iter().for_each(|mark| state.handled.bring(*mark));
        }
        for Coming { id, mark: _, person } in coming.iter_mut() {
            *person = id.and_then(|id| state.people.guess(id));
        }
        for person in coming.iter().filter_map(|coming| coming.person) {
            state.people.bring(person);
            for field in &self.probes.asked {
                state.columns.bring(*field, person);
            }
        }
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
