//! What flows did goes out: action records become orders, orders become writes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::About;
use super::push::{Why, Write};
use super::{Object, Sync, Trouble};
use crate::diagnostics::FileId;
use crate::language::ast::{Change, NamesKind, StepForm};
use crate::language::{Scalar, text};
use crate::sync::evaluator::{ActionLine, Evaluator};
use crate::sync::ledger::{Kind, Order, Which};
use crate::sync::side::{Pair, Status};
use crate::sync::wire::Outside;

/// The note of the last action record that was looked at.
const ACTIONS: &str = "actions";

/// So many action records are looked at at once.
const ACTIONS_AT_ONCE: usize = 10_000;

/// What an action record says that concerns the sync.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Deed {
    number: u64,
    person: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Sync,
    Status { which: Which, name: String, status: Option<String>, add: bool },
}

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Takes over what flows did since the last time; whether there was anything.
    pub(super) async fn take_orders(&mut self) -> Result<bool, Trouble> {
        let mut any = false;
        loop {
            let after = self.entries.book().notes.get(ACTIONS).and_then(|note| note.parse().ok()).unwrap_or(0);
            let lines = self.evaluator.actions(after, ACTIONS_AT_ONCE).await?;
            let Some(last) = lines.last().map(|line| line.number) else { return Ok(any) };
            let deeds: Vec<Deed> = lines.iter().filter_map(deed).collect();
            self.identify_named(deeds.iter().map(|deed| deed.person.clone()).collect()).await?;
            for deed in deeds {
                any |= self.take_order(deed);
            }
            self.entries.note(ACTIONS, last.to_string());
            // The orders and how far we are, together.
            self.commit()?;
        }
    }

    fn take_order(&mut self, deed: Deed) -> bool {
        let Some(person) = self.entries.by_own(&deed.person) else { return false };
        let order = match deed.what {
            What::Sync => Order::Sync { person },
            // The rules are the program side: it is done.
            What::Status { which: Which::Program, .. } if self.marketo.is_none() => return false,
            What::Status { which, name, status, add } => {
                let Some(link) = self.link_of(which, &name) else {
                    let product = match which {
                        Which::Program => "program",
                        Which::Campaign => "SFDC campaign",
                    };
                    let message = format!(
                        "a flow changed {} in the {product} `{name}`, which the sync does not see; it was not passed on",
                        deed.person
                    );
                    self.say_of_link(Kind::Failed, &name, None, message);
                    return false;
                };
                Order::Status { which, link, person, status, add }
            }
        };
        self.entries.order(deed.number, Some(order));
        true
    }

    /// Carries out what is open. Of several orders for one person in one place the last one counts.
    pub(super) async fn push_orders(&mut self) -> Result<(), Trouble> {
        let mut people = BTreeSet::new();
        let mut last: BTreeMap<(bool, Pair), (u64, Write)> = BTreeMap::new();
        for (number, order) in self.entries.book().orders.clone() {
            match order {
                Order::Sync { person } => drop(people.insert(person)),
                Order::Status { which, link, person, status, add } => {
                    let pair = Pair::new(link, person);
                    let to = match status {
                        Some(name) => self.entries.status(link, &name),
                        None => Status::NONE,
                    };
                    let why = Why::Order { number, add };
                    let write = Write { pair, from: None, to, lower: false, why };
                    let place = (which == Which::Program, pair);
                    // After a removal an addition is no longer one to a membership that was there.
                    if let Some((before, _)) = last.insert(place, (number, write)) {
                        self.entries.order(before, None);
                    }
                }
            }
        }
        self.push_syncs(people).await?;
        let (program, campaign): (Vec<_>, Vec<_>) = last.into_iter().partition(|((program, _), _)| *program);
        let writes = |of: Vec<((bool, Pair), (u64, Write))>| of.into_iter().map(|(_, (_, write))| write).collect();
        self.push_program(writes(program)).await?;
        self.push_campaign(writes(campaign)).await?;
        self.commit()
    }

    /// `sync person to SFDC`.
    async fn push_syncs(&mut self, people: BTreeSet<u32>) -> Result<(), Trouble> {
        if people.is_empty() {
            return Ok(());
        }
        self.make_leads(u32::MAX, &people).await?;
        let orders = self.entries.book().orders.clone();
        for (number, order) in orders {
            let Order::Sync { person } = order else { continue };
            let known = self.entries.person(person);
            if known.creating.is_some() {
                self.report.count(Object::Lead).backlog += 1;
                continue;
            }
            if let Some(why) = known.stopped {
                let about = About { code: Some("AMBIGUOUS".to_owned()), ..About::default() };
                self.say(Kind::Failed, Pair::new(u32::MAX, person), about, why);
            }
            self.entries.order(number, None);
        }
        self.commit()
    }
}

/// What an action record asks for, if it concerns the sync.
fn deed(line: &ActionLine) -> Option<Deed> {
    // Most records concern something else: the words are looked for before anything is read.
    const WORDS: [&[u8]; 3] = [b"SFDC", b" program ", b"\"done\""];
    let has = |words: &[u8]| line.text.windows(words.len()).any(|part| part == words);
    if !has(WORDS[2]) || !(has(WORDS[0]) || has(WORDS[1])) {
        return None;
    }
    let record: Value = serde_json::from_slice(&line.text).ok()?;
    let word = |key: &str| record.get(key).and_then(Value::as_str);
    if word("type") != Some("action") || word("outcome") != Some("done") {
        return None;
    }
    let what = what(word("action")?, word("to"))?;
    Some(Deed { number: line.number, person: word("person")?.to_owned(), what })
}

/// What a step asks for that was done. `to` is the status that it gave.
fn what(action: &str, to: Option<&str>) -> Option<What> {
    let step = text::step(&Scalar::plain(FileId(0), 0, action), &mut Vec::new())?;
    let name = || match &step.parts.names.as_ref()?.kind {
        NamesKind::Listed(names) => Some(names.first()?.value.to_string()),
        NamesKind::Any | NamesKind::StartingWith(_) | NamesKind::Containing(_) => None,
    };
    let written = || match &step.parts.to.as_ref()?.value {
        Change::Statuses(statuses) => Some(statuses.first()?.value.to_string()),
        Change::Test(_) | Change::Value(_) => None,
    };
    let added = || Some(step.parts.with_status.as_ref()?.value.first()?.value.to_string());
    let to = to.map(str::to_owned);
    let status = |which, status, add| Some(What::Status { which, name: name()?, status, add });
    match step.form {
        StepForm::SyncPerson => Some(What::Sync),
        StepForm::AddToSfdcCampaign => status(Which::Campaign, Some(to.or_else(added)?), true),
        StepForm::ChangeStatusInSfdcCampaign => status(Which::Campaign, Some(to.or_else(written)?), false),
        StepForm::RemoveFromSfdcCampaign => status(Which::Campaign, None, false),
        StepForm::ChangeStatusInProgram => status(Which::Program, Some(to.or_else(written)?), false),
        StepForm::RemoveFromProgram => status(Which::Program, None, false),
        StepForm::AddToList
        | StepForm::RemoveFromList
        | StepForm::SetField
        | StepForm::ClearField
        | StepForm::ChangeField
        | StepForm::Wait
        | StepForm::RequestCampaign
        | StepForm::ExecuteCampaign
        | StepForm::RemoveFromFlow
        | StepForm::CallWebhook
        | StepForm::SendEmail
        | StepForm::SendAlert
        | StepForm::CreateTask
        | StepForm::CreateInterestingMoment
        | StepForm::DoNothing => None,
    }
}
