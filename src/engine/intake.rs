//! Facts from outside: checked first, then taken for what they do.

use std::borrow::Cow;

use smol_str::SmolStr;

use super::foresight::Foreseen;
use super::transitions::Stamp;
use super::{EventError, Mode, Origin, Turn, WarningKind};
use crate::model::{
    ActivityId, Event, EventKind, FactValue, FieldId, FieldType, Id, ListId, NOT_IN_PROGRAM, PersonIx, ProgramId,
    SfdcCampaignId, StandardField, StatusId, Timestamp, fold,
};
use crate::state::{Cell, EventMark, Happening, TextId};

/// The status of members that are added to an unknown campaign without one.
const DEFAULT_STATUS_OF_UNKNOWN: &str = "Sent";

/// What was read of the fact in hand.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Fields and their values, in order of declaration, each once.
    fields: Vec<(FieldId, Cell)>,
    /// Which field stood at which place of a fact when it was looked up last.
    named: Vec<FieldId>,
    /// Declared attributes, by place.
    declared: Vec<Cell>,
    /// Other attributes.
    others: Vec<(TextId, Cell)>,
    /// Fields that changed, with their old and new values.
    pub(super) changed: Vec<(FieldId, Cell, Cell)>,
}

/// A fact whose values were read (into [`Scratch`], where there are several) and whose names have ids.
enum Fact<'e> {
    Person,
    SfdcAdded { campaign: SfdcCampaignId, status: Option<StatusId>, added: Option<Timestamp> },
    SfdcRemoved(SfdcCampaignId),
    SfdcStatusChanged(SfdcCampaignId, StatusId),
    ProgramStatusChanged(ProgramId, StatusId),
    ListAdded(ListId),
    ListRemoved(ListId),
    Activity(ActivityId),
    Requested(&'e str),
    Synced,
    Converted,
    Deleted,
}

impl Turn<'_> {
    /// Handles an event.
    pub(super) fn handle(&mut self, foreseen: Foreseen<'_>) -> Result<(), EventError> {
        let event = foreseen.event;
        self.core.counted.events += 1;
        let number = self.core.counted.events;
        if matches!(event.kind, EventKind::Clock) {
            let at = event.at.ok_or(EventError::NoTime)?;
            self.advance(at);
            return Ok(());
        }
        let Some(id) = event.person.as_deref() else {
            return Err(EventError::NoPerson { kind: event.kind.word() });
        };
        let mark = foreseen.mark(id);
        // Looked up together with the mark: both are far apart in memory, and waiting for them is done at once.
        let known = foreseen.person(id, &self.core.state.people);
        if mark.is_some_and(|mark| self.core.state.handled.contains(mark)) {
            self.core.counted.duplicates += 1;
            return Ok(());
        }
        let fact = self.read(&event.kind, foreseen.subject())?;
        match event.at {
            Some(at) => self.advance(at),
            None => {
                self.start_anywhere();
                // A schedule may be due at the very moment at which the clock started.
                self.advance(self.now());
            }
        }
        if let Some(mark) = mark {
            self.mark(mark);
        }
        let stamp = Stamp { at: event.at.unwrap_or(self.now()), origin: Origin::OUTSIDE };
        self.core.cause = Some(match event.id.as_deref() {
            Some(id) => self.core.written.text(id),
            None => self.core.written.show(format_args!("#{number}")),
        });
        let known = known.or_else(|| self.core.state.people.find(id));
        let (person, has_changed) = self.apply(id, known, fact, stamp);
        if !has_changed {
            self.core.counted.no_change += 1;
        }
        self.work(person);
        self.core.cause = None;
        Ok(())
    }

    /// Takes a record as state that was there before.
    pub(super) fn load(&mut self, record: &Event<'_>) -> Result<(), EventError> {
        if self.core.first_load.is_none() {
            self.core.first_load = record.at;
        }
        if matches!(record.kind, EventKind::Clock) {
            return Ok(());
        }
        let Some(id) = record.person.as_deref() else {
            return Err(EventError::NoPerson { kind: record.kind.word() });
        };
        let fact = self.read(&record.kind, None)?;
        if self.core.now.is_none() {
            self.core.pending.push(record.clone().into_owned());
            return Ok(());
        }
        self.load_fact(id, fact, record);
        Ok(())
    }

    /// Loads what waited for the clock.
    pub(super) fn load_pending(&mut self) {
        // The event that starts the clock was read already.
        let in_hand = std::mem::take(&mut self.core.scratch);
        for record in std::mem::take(&mut self.core.pending) {
            if let (Some(id), Ok(fact)) = (record.person.as_deref(), self.read(&record.kind, None)) {
                self.load_fact(id, fact, &record);
            }
        }
        self.core.scratch = in_hand;
    }

    fn load_fact(&mut self, id: &str, fact: Fact<'_>, record: &Event<'_>) {
        let mark = record.id.as_deref().map(|event| EventMark::new(id, event));
        if let Some(mark) = mark.filter(|mark| !self.core.state.handled.contains(*mark)) {
            self.mark(mark);
        }
        let stamp = Stamp { at: record.at.unwrap_or(self.now()), origin: Origin::OUTSIDE };
        self.core.mode = Mode::Load { log: record.log };
        let known = self.core.state.people.find(id);
        let (person, _) = self.apply(id, known, fact, stamp);
        self.core.mode = Mode::Live;
        if let Some(tracked) = &mut self.core.tracked {
            tracked.person(person);
        }
    }

    /// Notes that an event was handled, which was not before.
    fn mark(&mut self, mark: EventMark) {
        self.core.state.handled.add(mark);
        if let Some(tracked) = &mut self.core.tracked {
            tracked.mark(mark);
        }
    }

    /// Applies a fact, creating the person first where it is new. Whom it is about, and whether anything changed.
    fn apply(&mut self, id: &str, known: Option<PersonIx>, fact: Fact<'_>, stamp: Stamp) -> (PersonIx, bool) {
        let (person, is_new) = match (known, &fact) {
            (Some(person), _) => (person, false),
            (None, Fact::Person) => {
                let fields = std::mem::take(&mut self.core.scratch.fields);
                let person = self.create(id, &fields, stamp);
                self.core.scratch.fields = fields;
                self.settle(person, stamp);
                return (person, true);
            }
            (None, _) => {
                let person = self.create(id, &[], stamp);
                self.settle(person, stamp);
                (person, true)
            }
        };
        let changed = self.apply_to(person, fact, stamp);
        self.settle(person, stamp);
        (person, changed || is_new)
    }

    /// Takes a fact about somebody known for what it does.
    fn apply_to(&mut self, person: PersonIx, fact: Fact<'_>, stamp: Stamp) -> bool {
        match fact {
            Fact::Person => {
                let fields = std::mem::take(&mut self.core.scratch.fields);
                let changed = self.set_fields(person, &fields, stamp);
                self.core.scratch.fields = fields;
                changed
            }
            Fact::SfdcAdded { campaign, status, added } => {
                // Of a member, an addition without a status says nothing new.
                if status.is_none() && self.core.state.people.sfdc_in(person, campaign).is_some() {
                    return false;
                }
                let status = status.unwrap_or_else(|| self.default_status(campaign));
                self.member_has_identity(person, stamp);
                self.put_sfdc(person, campaign, status, added.unwrap_or(stamp.at), stamp)
            }
            Fact::SfdcStatusChanged(campaign, status) => {
                self.member_has_identity(person, stamp);
                self.put_sfdc(person, campaign, status, stamp.at, stamp)
            }
            Fact::SfdcRemoved(campaign) => self.end_sfdc(person, campaign, stamp).is_some(),
            Fact::ProgramStatusChanged(program, status) => self.put_program(person, program, status, stamp),
            Fact::ListAdded(list) => self.put_list(person, list, stamp),
            Fact::ListRemoved(list) => self.end_list(person, list, stamp),
            Fact::Activity(activity) => {
                if self.core.mode != (Mode::Load { log: false }) {
                    let Scratch { declared, others, .. } = &self.core.scratch;
                    let carried = self.core.state.details.keep_carried(declared, others);
                    self.happen(person, Happening::Performed(activity, carried), stamp);
                }
                true
            }
            Fact::Requested(name) => match self.plan.rulebook.campaign(name) {
                Some(campaign) => {
                    self.happen(person, Happening::Requested(campaign), stamp);
                    true
                }
                None => false,
            },
            Fact::Synced => !self.is_in_sfdc(person) && self.identify(person, "Lead", Happening::Synced, stamp),
            Fact::Converted => {
                let contact = self.core.state.texts.text_cell("Contact");
                let is_contact = self.field(person, StandardField::SFDC_TYPE) == contact && self.is_in_sfdc(person);
                !is_contact && self.identify(person, "Contact", Happening::Converted, stamp)
            }
            Fact::Deleted => {
                let was_there = self.is_in_sfdc(person);
                if was_there {
                    self.put_identity(person, None, Some(true), stamp.at);
                    self.happen(person, Happening::Deleted, stamp);
                }
                was_there
            }
        }
    }

    /// The person is a lead or contact now, not deleted.
    fn identify(&mut self, person: PersonIx, type_: &'static str, what: Happening, stamp: Stamp) -> bool {
        self.put_identity(person, Some(type_), Some(false), stamp.at);
        self.happen(person, what, stamp);
        true
    }

    /// Whoever is a member of a Salesforce campaign is somebody in Salesforce; who was deleted stays deleted.
    fn member_has_identity(&mut self, person: PersonIx, stamp: Stamp) {
        if !self.has_sfdc_identity(person) {
            self.put_identity(person, Some("Lead"), None, stamp.at);
        }
    }

    fn default_status(&mut self, campaign: SfdcCampaignId) -> StatusId {
        match self.plan.rulebook.sfdc_campaigns.get(campaign.index()) {
            Some(known) => known.default_status,
            None => self.core.state.names.statuses.intern(DEFAULT_STATUS_OF_UNKNOWN),
        }
    }

    /// Reads the values of a fact and looks its names up; `subject` is most probably the number of what it is about. Nothing is
    /// changed but the tables of names.
    fn read<'e>(&mut self, kind: &'e EventKind<'_>, subject: Option<u32>) -> Result<Fact<'e>, EventError> {
        Ok(match kind {
            EventKind::Person { fields } => {
                self.read_fields(fields)?;
                Fact::Person
            }
            EventKind::SfdcCampaignAdded { campaign, status, added } => {
                let campaign_id = self.sfdc_campaign(campaign, subject);
                let status = status.as_deref().map(|status| self.sfdc_status(campaign_id, campaign, status));
                Fact::SfdcAdded { campaign: campaign_id, status, added: *added }
            }
            EventKind::SfdcCampaignRemoved { campaign } => Fact::SfdcRemoved(self.sfdc_campaign(campaign, subject)),
            EventKind::SfdcCampaignStatusChanged { campaign, to } => {
                let campaign_id = self.sfdc_campaign(campaign, subject);
                Fact::SfdcStatusChanged(campaign_id, self.sfdc_status(campaign_id, campaign, to))
            }
            EventKind::ProgramStatusChanged { program, to } => self.read_program(program, to, subject),
            EventKind::ProgramRemoved { program } => self.read_program(program, NOT_IN_PROGRAM, subject),
            EventKind::ListAdded { list } => Fact::ListAdded(self.list(list, subject)),
            EventKind::ListRemoved { list } => Fact::ListRemoved(self.list(list, subject)),
            EventKind::Activity { activity, attributes } => self.read_activity(activity, attributes, subject)?,
            EventKind::CampaignRequested { campaign, .. } => {
                if self.plan.rulebook.campaign(campaign).is_none() {
                    self.warn(WarningKind::SmartCampaign, campaign, || {
                        format!("there is no smart campaign `{campaign}`; requests for it do nothing")
                    });
                }
                Fact::Requested(campaign)
            }
            EventKind::SfdcSynced => Fact::Synced,
            EventKind::SfdcConverted => Fact::Converted,
            EventKind::SfdcDeleted => Fact::Deleted,
            EventKind::Clock => {
                self.core.scratch.fields.clear();
                Fact::Person
            }
        })
    }

    /// In order of declaration; of a field stated twice the last value counts.
    fn read_fields(&mut self, fields: &[(Cow<'_, str>, FactValue<'_>)]) -> Result<(), EventError> {
        let plan = self.plan;
        self.core.scratch.fields.clear();
        for (place, (name, value)) in fields.iter().enumerate() {
            let Some(id) = self.field_named(place, name) else {
                self.warn(WarningKind::Field, name, || format!("there is no field `{name}`; its values are left out"));
                continue;
            };
            let Some(field) = plan.rulebook.get_field(id) else { continue };
            // Blamed by the name that the fact gives it, by which it is found there.
            let cell = self.read_value(name, field.type_, value)?;
            self.warn_outside(&field.name, field.values.as_deref(), cell);
            let read = &mut self.core.scratch.fields;
            match read.binary_search_by_key(&id, |(id, _)| *id) {
                Ok(at) => {
                    if let Some(slot) = read.get_mut(at) {
                        slot.1 = cell;
                    }
                }
                Err(at) => read.insert(at, (id, cell)),
            }
        }
        Ok(())
    }

    /// The field with a name that stands at a place of a fact. Facts that come one after another mostly name the same
    /// fields in the same order: then no name is looked up.
    fn field_named(&mut self, place: usize, name: &str) -> Option<FieldId> {
        let named = &mut self.core.scratch.named;
        let last = named.get(place).copied();
        let is_it = |id: &FieldId| self.plan.rulebook.get_field(*id).is_some_and(|field| field.name == name);
        if let Some(id) = last.filter(is_it) {
            return Some(id);
        }
        let id = self.plan.field(name)?;
        match named.get_mut(place) {
            Some(slot) => *slot = id,
            None => named.resize(place + 1, id),
        }
        Some(id)
    }

    fn read_value(&mut self, name: &str, type_: FieldType, value: &FactValue<'_>) -> Result<Cell, EventError> {
        if let (FactValue::Text(text) | FactValue::Number(text), true) = (value, type_.is_text()) {
            return Ok(self.core.state.texts.text_cell(text));
        }
        match value.read(type_, &self.plan.rulebook.settings.zone) {
            Some(value) => Ok(self.core.state.texts.cell(&value)),
            None => Err(EventError::bad_value(name, type_, value)),
        }
    }

    fn warn_outside(&mut self, name: &str, values: Option<&[SmolStr]>, cell: Cell) {
        if let (Some(values), Cell::Text(id)) = (values, cell) {
            let text = self.core.state.texts.text(id);
            if !values.iter().any(|value| value == text) {
                let message = format!("`{text}` is not one of the values of `{name}`; it is kept as it is");
                self.warn(WarningKind::ClosedList, name, || message);
            }
        }
    }

    fn read_activity<'e>(
        &mut self,
        name: &str,
        attributes: &[(Cow<'_, str>, FactValue<'_>)],
        guess: Option<u32>,
    ) -> Result<Fact<'e>, EventError> {
        let id = match self.core.state.names.activities.find_guessed(name, guess.map(ActivityId)) {
            Some(id) => id,
            None => {
                self.warn(WarningKind::Activity, name, || {
                    format!("the rules know no activity `{name}`; it is kept as it is")
                });
                self.core.state.names.activities.intern(name)
            }
        };
        let known = self.plan.rulebook.activities.get(id.index());
        let Scratch { declared, others, .. } = &mut self.core.scratch;
        declared.clear();
        others.clear();
        declared.extend(known.iter().flat_map(|known| &known.attributes).map(|it| Cell::unset(it.type_)));
        for (attribute_name, value) in attributes {
            let attribute = known.and_then(|known| {
                let at = known.attributes.iter().position(|it| is_name(&it.name, attribute_name))?;
                Some((at, known.attributes.get(at)?))
            });
            if let Some((at, attribute)) = attribute {
                let cell = self.read_value(&attribute.name, attribute.type_, value)?;
                self.warn_outside(&attribute.name, attribute.values.as_deref(), cell);
                if let Some(slot) = self.core.scratch.declared.get_mut(at) {
                    *slot = cell;
                }
                continue;
            }
            if known.is_some() {
                self.warn(WarningKind::Attribute, &format!("{name}.{attribute_name}"), || {
                    format!("the activity `{name}` has no attribute `{attribute_name}`; it is kept as it is")
                });
            }
            let texts = &mut self.core.state.texts;
            let cell = texts.text_cell(match value {
                FactValue::Null => "",
                FactValue::Boolean(b) if *b => "true",
                FactValue::Boolean(_) => "false",
                FactValue::Number(text) | FactValue::Text(text) => text,
            });
            self.core.scratch.others.push((texts.intern(attribute_name), cell));
        }
        Ok(Fact::Activity(id))
    }

    fn read_program<'e>(&mut self, name: &str, status: &str, guess: Option<u32>) -> Fact<'e> {
        let names = &mut self.core.state.names;
        let known = names.programs.find_guessed(name, guess.map(ProgramId));
        let program = known.unwrap_or_else(|| names.programs.intern(name));
        let status_id = names.statuses.intern(status);
        match self.plan.rulebook.programs.get(program.index()) {
            None => self.warn(WarningKind::Program, name, || {
                format!("the rules know no program `{name}`; it is kept as it is")
            }),
            Some(declared) => {
                let channel = self.plan.rulebook.channels.get(declared.channel.index());
                let is_known = status_id == StatusId::NOT_IN_PROGRAM
                    || channel.is_some_and(|channel| channel.statuses.iter().any(|known| known.status == status_id));
                if !is_known {
                    self.warn(WarningKind::Status, &format!("{name}.{status}"), || {
                        format!("the program `{name}` has no status `{status}`; it is kept as it is")
                    });
                }
            }
        }
        Fact::ProgramStatusChanged(program, status_id)
    }

    fn sfdc_campaign(&mut self, name: &str, guess: Option<u32>) -> SfdcCampaignId {
        let names = &mut self.core.state.names.sfdc_campaigns;
        let known = names.find_guessed(name, guess.map(SfdcCampaignId));
        let id = known.unwrap_or_else(|| names.intern(name));
        if known.is_none() && self.plan.rulebook.declares_sfdc_campaigns {
            self.warn(WarningKind::SfdcCampaign, name, || {
                format!("the rules know no SFDC campaign `{name}`; it is kept as it is")
            });
        }
        id
    }

    fn sfdc_status(&mut self, id: SfdcCampaignId, campaign: &str, status: &str) -> StatusId {
        let status_id = self.core.state.names.statuses.intern(status);
        let declared = self.plan.rulebook.sfdc_campaigns.get(id.index()).filter(|known| known.declared);
        if declared.is_some_and(|known| !known.statuses.iter().any(|(known, _)| *known == status_id)) {
            self.warn(WarningKind::Status, &format!("{campaign}.{status}"), || {
                format!("the SFDC campaign `{campaign}` has no status `{status}`; it is kept as it is")
            });
        }
        status_id
    }

    fn list(&mut self, name: &str, guess: Option<u32>) -> ListId {
        let names = &mut self.core.state.names.lists;
        if let Some(id) = names.find_guessed(name, guess.map(ListId)) {
            return id;
        }
        let id = names.intern(name);
        self.warn(WarningKind::List, name, || format!("the rules know no list `{name}`; it is kept as it is"));
        id
    }
}

/// Whether a name is the declared one, ignoring case.
fn is_name(declared: &str, given: &str) -> bool {
    // Mostly it is written as it is declared.
    if declared == given {
        return true;
    }
    if declared.is_ascii() && given.is_ascii() {
        return declared.eq_ignore_ascii_case(given);
    }
    fold(declared) == fold(given)
}
