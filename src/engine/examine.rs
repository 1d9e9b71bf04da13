//! Whether an event would be refused, without telling it: for those who must know before anything happens.

use super::{Engine, EventError};
use crate::meaning::Rulebook;
use crate::model::{Event, EventKind, FactValue, FieldType, Id as _, fold};

impl Engine {
    /// Why an event would be refused by [`Engine::handle`]. That depends on the rules alone, not on what is known about
    /// people.
    ///
    /// # Errors
    ///
    /// As [`Engine::handle`], but for the doubles: whether an id is known is not looked at.
    pub fn examine(&self, event: &Event<'_>) -> Result<(), EventError> {
        if matches!(event.kind, EventKind::Clock) {
            return event.at.map(drop).ok_or(EventError::NoTime);
        }
        if event.person.is_none() {
            return Err(EventError::NoPerson { kind: event.kind.word() });
        }
        let rulebook = &self.plan.rulebook;
        match &event.kind {
            EventKind::Person { fields } => {
                for (name, value) in fields {
                    let id = self.plan.field(name);
                    if let Some(field) = id.and_then(|id| rulebook.get_field(id)) {
                        examine(rulebook, name, field.type_, value)?;
                    }
                }
            }
            EventKind::Activity { activity, attributes } => {
                let id = self.plan.names.activities.find(activity);
                let Some(known) = id.and_then(|id| rulebook.activities.get(id.index())) else { return Ok(()) };
                for (name, value) in attributes {
                    let folded = fold(name);
                    if let Some(attribute) = known.attributes.iter().find(|it| fold(&it.name) == folded) {
                        examine(rulebook, &attribute.name, attribute.type_, value)?;
                    }
                }
            }
            EventKind::SfdcCampaignAdded { .. }
            | EventKind::SfdcCampaignRemoved { .. }
            | EventKind::SfdcCampaignStatusChanged { .. }
            | EventKind::ProgramStatusChanged { .. }
            | EventKind::ProgramRemoved { .. }
            | EventKind::ListAdded { .. }
            | EventKind::ListRemoved { .. }
            | EventKind::CampaignRequested { .. }
            | EventKind::SfdcSynced
            | EventKind::SfdcConverted
            | EventKind::SfdcDeleted
            | EventKind::Clock => {}
        }
        Ok(())
    }
}

fn examine(rulebook: &Rulebook, name: &str, type_: FieldType, value: &FactValue<'_>) -> Result<(), EventError> {
    match value.read(type_, &rulebook.settings.zone) {
        Some(_) => Ok(()),
        None => Err(EventError::bad_value(name, type_, value)),
    }
}
