//! One pass of the sync, from what both sides show to what both sides agree on.
//!
//! [`Sync::pass`] is the order of it: what an earlier pass left, links, what flows did, pulls, the decision (written down as a
//! whole before anything of it is done), pushes, each read back. Everything that is known stands in the ledger, so that a
//! pass can end anywhere and the next one goes on; docs/decisions/0010 says what each step relies on.
//!
//! `links` makes and ends links; `gather` pulls; `people` says who is whom and `making` makes who is missing; `orders` takes
//! over what flows did; `decide` is [`reconcile`](crate::sync::reconcile()) with its records; `push` writes, with `program` and
//! `campaign` for the two sides, and `sent` keeps what is on its way; `report` is what people are told.

mod campaign;
mod decide;
mod facts;
mod gather;
mod links;
mod making;
mod orders;
mod people;
mod program;
mod push;
mod report;
mod sent;
mod status;
mod used;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use links::{LinkError, Named, unlink};
pub use report::{Counts, Object, Report};
pub use status::{members, shown_since, status};

use super::Trouble;
use super::evaluator::{Evaluator, OwnPerson};
use super::ledger::{Entries, Link};
use super::links::ProgramStatus;
use super::marketo::Marketo;
use super::salesforce::{Salesforce, StatusRow};
use super::side::{Pair, Seconds, Status};
use super::wire::Outside;
use crate::config;
use crate::meaning::Rulebook;
use crate::model::Timestamp;

/// So often flows are followed that answer what the pass itself told the rules; what comes after waits for the next pass.
const ROUNDS_MAX: usize = 8;

/// A pull begins so many seconds before the last one ended: rows may show late.
const OVERLAP_SECONDS: u32 = 600;

/// The local clock and a server's may differ by so many seconds.
const SKEW_SECONDS: u32 = 120;

/// A comparison of everything is due after so many seconds.
const COMPARE_SECONDS: u32 = 24 * 3600;

/// The note with Salesforce's own time up to which its deletions are known.
const COVERED: &str = "salesforce covered";

/// The note with the token behind the last activity of Marketo that is known.
const ACTIVITIES: &str = "marketo activities";

/// How a pass is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct How {
    /// Compare both sides as a whole, as it is done once a day.
    pub full: bool,
    /// Decide, and do nothing.
    pub dry: bool,
}

/// What a pass works with.
pub struct Sync<'s, O, E> {
    outside: &'s O,
    salesforce: &'s Salesforce<'s, O>,
    /// Nothing where the rules themselves are the program side.
    marketo: Option<&'s Marketo<'s, O>>,
    policy: &'s config::Sync,
    rules: &'s Rulebook,
    evaluator: E,
    entries: Entries<'s>,
    /// What both sides offer, by the number of the link; only links of which all is known are looked at in this pass.
    offers: BTreeMap<u32, Offer>,
    /// Campaign members that are no longer there, although nobody told of their deletion yet.
    gone: BTreeSet<String>,
    /// What was just read of people.
    particulars: BTreeMap<u32, OwnPerson>,
    /// Leads that were made since the last pull.
    made: BTreeSet<String>,
    /// Who could not be made on a side in this pass, with the code and what was told: nothing else of them is open.
    refused: BTreeMap<u32, (String, String)>,
    /// Failures that were written down before, with the day: what still stands is written down once a day.
    standing: BTreeMap<String, i64>,
    /// What was sent, until it is known what became of it.
    sent: sent::Underway,
    report: Report,
    is_exhausted: bool,
}

/// What both ends of a link offer.
#[derive(Debug, Clone, Default)]
struct Offer {
    /// Statuses of the channel.
    program: Vec<ProgramStatus>,
    /// Statuses of the campaign.
    campaign: Vec<StatusRow>,
}

impl<'s, O: Outside, E: Evaluator> Sync<'s, O, E> {
    /// Puts everything together. `marketo` is nothing where the rules themselves are the program side.
    pub fn new(
        outside: &'s O,
        salesforce: &'s Salesforce<'s, O>,
        marketo: Option<&'s Marketo<'s, O>>,
        policy: &'s config::Sync,
        rules: &'s Rulebook,
        evaluator: E,
        entries: Entries<'s>,
    ) -> Self {
        Self {
            outside,
            salesforce,
            marketo,
            policy,
            rules,
            evaluator,
            entries,
            offers: BTreeMap::new(),
            gone: BTreeSet::new(),
            particulars: BTreeMap::new(),
            made: BTreeSet::new(),
            refused: BTreeMap::new(),
            standing: BTreeMap::new(),
            sent: sent::Underway::default(),
            report: Report::default(),
            is_exhausted: false,
        }
    }

    /// What is known.
    pub const fn entries(&mut self) -> &mut Entries<'s> {
        &mut self.entries
    }

    /// The rules.
    pub const fn evaluator(&mut self) -> &mut E {
        &mut self.evaluator
    }

    /// Makes one pass, and gives what became of it, as far as it came. The report is kept, but for a dry pass, which keeps
    /// nothing.
    ///
    /// # Errors
    ///
    /// When a side cannot be reached, or refuses the call itself, or the state cannot be kept. What was done until then is
    /// known, and the next pass goes on from there; only after a ledger that failed nothing here is of use any more.
    pub async fn pass(&mut self, how: How) -> (Report, Result<(), Trouble>) {
        self.report = Report::begin(self.time());
        self.offers.clear();
        self.gone.clear();
        self.refused.clear();
        self.particulars.clear();
        self.take_standing();
        self.take_sent();
        let mut outcome = self.whole(how).await;
        let mut report = std::mem::take(&mut self.report);
        report.end(self.time(), outcome.as_ref().err());
        if !how.dry && !matches!(outcome, Err(Trouble::Ledger(_))) {
            if let Some(marketo) = self.marketo {
                self.entries.note(USED, format!("{} {}", marketo.day(), marketo.used()));
            }
            self.keep_standing(&report);
            self.keep_sent();
            self.entries.report(report.started().to_owned(), report.json());
            outcome = outcome.and(self.entries.commit().map_err(Trouble::from));
        }
        (report, outcome)
    }

    async fn whole(&mut self, how: How) -> Result<(), Trouble> {
        if !how.dry {
            self.tell_rules().await?;
        }
        self.link(how).await?;
        if !how.dry {
            self.settle_creations().await?;
            if self.entries.book().notes.contains_key(COVERED) {
                self.follow_flows().await?;
            }
        }
        let gathered = self.gather(how).await?;
        let work = self.decide(how)?;
        if how.dry {
            self.report.planned(&work, self.entries.book());
            return Ok(());
        }
        self.commit()?;
        self.tell_rules().await?;
        let (program, campaign) = self.writes(&work);
        let open = self.push_program(program).await? + self.push_campaign(campaign).await?;
        self.follow_flows().await?;
        if open == 0 {
            self.end_first_passes(&gathered);
        }
        self.commit()
    }

    /// Hands out what flows did, and what flows do about that, and so on for some rounds.
    async fn follow_flows(&mut self) -> Result<(), Trouble> {
        self.is_exhausted = false;
        for _ in 0..ROUNDS_MAX {
            self.tell_rules().await?;
            self.is_exhausted = !self.take_orders().await?;
            self.push_orders().await?;
            if self.is_exhausted {
                break;
            }
        }
        self.tell_rules().await
    }

    /// Whether everything that flows had done when they were asked last was handed out. Else they answer each other without an
    /// end, and what is left waits for the next pass.
    pub const fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// Hands out what flows did since, without a pull: they do not wait for the pass.
    ///
    /// # Errors
    ///
    /// As [`Self::pass`].
    pub async fn hand_out(&mut self) -> Result<Report, Trouble> {
        self.report = Report::begin(self.time());
        self.gone.clear();
        self.refused.clear();
        self.take_sent();
        // Before the first pass nobody is known, and no campaign.
        if self.entries.book().notes.contains_key(COVERED) {
            self.follow_flows().await?;
        }
        let mut report = std::mem::take(&mut self.report);
        report.end(self.time(), None);
        self.commit()?;
        Ok(report)
    }

    /// First passes end when nothing of them is open.
    fn end_first_passes(&mut self, links: &BTreeSet<u32>) {
        for number in links {
            self.entries.change_link(*number, |link| link.first = false);
        }
    }

    fn commit(&mut self) -> Result<(), Trouble> {
        self.keep_sent();
        Ok(self.entries.commit()?)
    }

    fn time(&self) -> Timestamp {
        Timestamp(i64::try_from(self.outside.now().0).unwrap_or(i64::MAX))
    }

    fn now(&self) -> Seconds {
        Seconds(u32::try_from(self.outside.now().0 / 1000).unwrap_or(u32::MAX))
    }

    /// Salesforce's own time, as far as it is known.
    fn covered(&self) -> Option<Seconds> {
        self.entries.book().notes.get(COVERED).and_then(|text| text.parse().ok()).map(Seconds)
    }

    fn find_link(&self, number: u32) -> Option<&Link> {
        self.entries.book().links.get(&number)
    }

    /// The name of a status of a pair.
    fn name(&self, pair: Pair, status: Status) -> Option<String> {
        self.find_link(pair.link())?.name(status).map(str::to_owned)
    }

    /// The active links that are looked at in this pass.
    fn standing(&self) -> Vec<(u32, Link)> {
        let all = self.entries.book().links.iter();
        let known = all.filter(|(number, link)| link.active && self.offers.contains_key(number));
        known.map(|(number, link)| (*number, link.clone())).collect()
    }
}

/// The note with the day and the number of the calls that Marketo was made on it.
const USED: &str = "marketo used";

/// How many calls a ledger says that Marketo was made on a day.
pub fn calls_used(entries: &Entries<'_>, day: i64) -> u32 {
    let note = entries.book().notes.get(USED).and_then(|note| note.split_once(' '));
    note.filter(|(on, _)| on.parse() == Ok(day)).and_then(|(_, used)| used.parse().ok()).unwrap_or(0)
}

/// The fields of a record that was written as an object.
fn object(fields: &Value) -> Map<String, Value> {
    fields.as_object().cloned().unwrap_or_default()
}
