//! The rules, as the sync sees them: somebody who is told facts, says what flows did, and knows people.
//!
//! [`Evaluator`] is the seam; [`Own`] is an engine whose people are kept, in this process. Facts are numbered and told once,
//! whatever happens in between: the last number is kept together with what came of it.

use crate::engine::Engine;
use crate::model::{Event, Timestamp, Value};
use crate::records::parse_event;
use crate::store::{KeepError, Keeper};

use super::Trouble;
use super::ledger::{Fact, LedgerError};
use super::side::Seconds;

/// The note of the last fact that was told.
const TOLD: &str = "sync facts";

/// A person as the rules know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnPerson {
    /// The id.
    pub id: String,
    /// E-mail address.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
}

/// A program member as the rules know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnMember {
    /// Who.
    pub person: String,
    /// The status.
    pub status: String,
    /// Since when.
    pub since: Seconds,
}

/// An action record that is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionLine {
    /// Its number; they count from 1.
    pub number: u64,
    /// The record as JSON (interfaces.md section 3).
    pub text: Vec<u8>,
}

/// The rules and the people that they know.
pub trait Evaluator {
    /// Tells facts by number, in order; durable when it returns. What was told before is passed over.
    ///
    /// # Errors
    ///
    /// When they cannot be kept. So it is with the others.
    fn tell(&mut self, facts: &[(u64, Fact)]) -> impl Future<Output = Result<(), Trouble>>;

    /// Committed action records with greater numbers than `after`, in order, at most `limit`.
    fn actions(&mut self, after: u64, limit: usize) -> impl Future<Output = Result<Vec<ActionLine>, Trouble>>;

    /// Who is in a program.
    fn members(&mut self, program: &str) -> impl Future<Output = Result<Vec<OwnMember>, Trouble>>;

    /// The people with these ids.
    fn people(&mut self, ids: &[String]) -> impl Future<Output = Result<Vec<OwnPerson>, Trouble>>;

    /// The people with these e-mail addresses, ignoring case.
    fn people_by_email(&mut self, emails: &[String]) -> impl Future<Output = Result<Vec<OwnPerson>, Trouble>>;
}

impl From<KeepError> for Trouble {
    fn from(error: KeepError) -> Self {
        Self::Ledger(LedgerError { message: error.to_string(), help: error.help() })
    }
}

/// Tells facts to an engine whose people are kept; they are durable with the next commit. `told` is the number of the last one
/// that was told before.
///
/// # Errors
///
/// When something cannot be committed.
pub fn tell(keeper: &mut Keeper, told: &mut u64, facts: &[(u64, Fact)]) -> Result<(), KeepError> {
    for (number, fact) in facts.iter().filter(|(number, _)| *number > *told) {
        // What cannot be read was never written by us; it has its number all the same.
        let event = parse_event(&fact.record).ok();
        keeper.note(TOLD, number.to_string().into_bytes());
        match event {
            Some(event) if fact.silent => take_silently(keeper, &event)?,
            Some(event) => drop(keeper.handle(&event, &fact.record)?),
            None => keeper.pass_over()?,
        }
    }
    if let Some((last, _)) = facts.last() {
        *told = (*told).max(*last);
    }
    Ok(())
}

fn take_silently(keeper: &mut Keeper, event: &Event<'_>) -> Result<(), KeepError> {
    // A value that does not fit a field of the rules is left out, as the world may hold more than the rules know.
    let _ = keeper.load(event);
    keeper.start(event.at.unwrap_or(Timestamp::EPOCH))
}

/// The number of the last fact that was told to a keeper that was just opened.
pub fn told(keeper: &Keeper) -> u64 {
    let note = keeper.standing().notes.get(TOLD);
    note.and_then(|note| std::str::from_utf8(note).ok()?.parse().ok()).unwrap_or(0)
}

/// Who is in a program.
pub fn members(engine: &Engine, program: &str) -> Vec<OwnMember> {
    let all = engine.program_members(program);
    all.map(|(person, status, since)| OwnMember {
        person: person.to_owned(),
        status: status.to_owned(),
        since: Seconds(u32::try_from(since.0.div_euclid(1000)).unwrap_or(0)),
    })
    .collect()
}

/// A person.
pub fn person(engine: &Engine, id: &str) -> Option<OwnPerson> {
    let text = |field: &str| match engine.value(id, field)? {
        Value::Text(text) => Some(text.to_string()),
        Value::Empty
        | Value::Integer(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Boolean(_) => None,
    };
    engine.value(id, "Email Address")?;
    Some(OwnPerson {
        id: id.to_owned(),
        email: text("Email Address"),
        first_name: text("First Name"),
        last_name: text("Last Name"),
        company: text("Company Name"),
    })
}

/// The people with these e-mail addresses, ignoring case.
pub fn people_by_email(engine: &Engine, emails: &[String]) -> Vec<OwnPerson> {
    let wanted: std::collections::HashSet<String> = emails.iter().map(|email| email.to_lowercase()).collect();
    let has = |id: &&str| match engine.value(id, "Email Address") {
        Some(Value::Text(email)) => wanted.contains(&email.to_lowercase()),
        Some(_) | None => false,
    };
    engine.people().filter(has).filter_map(|id| person(engine, id)).collect()
}

/// An engine whose people are kept, in this process.
pub struct Own {
    keeper: Keeper,
    told: u64,
}

impl Own {
    /// Takes a keeper.
    pub fn new(keeper: Keeper) -> Self {
        Self { told: told(&keeper), keeper }
    }

    /// The keeper.
    pub const fn keeper(&mut self) -> &mut Keeper {
        &mut self.keeper
    }
}

impl Evaluator for Own {
    async fn tell(&mut self, facts: &[(u64, Fact)]) -> Result<(), Trouble> {
        tell(&mut self.keeper, &mut self.told, facts)?;
        Ok(self.keeper.flush()?)
    }

    async fn actions(&mut self, after: u64, limit: usize) -> Result<Vec<ActionLine>, Trouble> {
        self.keeper.flush()?;
        let found = self.keeper.outcomes(after, limit)?;
        Ok(found.into_iter().map(|(number, text)| ActionLine { number, text }).collect())
    }

    async fn members(&mut self, program: &str) -> Result<Vec<OwnMember>, Trouble> {
        Ok(members(self.keeper.engine(), program))
    }

    async fn people(&mut self, ids: &[String]) -> Result<Vec<OwnPerson>, Trouble> {
        let engine = self.keeper.engine();
        Ok(ids.iter().filter_map(|id| person(engine, id)).collect())
    }

    async fn people_by_email(&mut self, emails: &[String]) -> Result<Vec<OwnPerson>, Trouble> {
        Ok(people_by_email(self.keeper.engine(), emails))
    }
}
