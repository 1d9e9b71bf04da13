//! The records.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::flow::Run;
use super::{Cause, Naive};
use crate::meaning::Step;
use crate::model::{
    ActionResult, EndOutcome, IncidentCode, Key, Outcome, OutcomeKind, Reason, RunId, Timestamp, Value,
};

/// An action in the making.
pub(super) struct Action<'a> {
    pub(super) step: &'a Step,
    pub(super) text: String,
    pub(super) result: ActionResult<'static>,
    /// The implied part, if it is one.
    pub(super) implied: &'a str,
    pub(super) from: Option<Value>,
    pub(super) to: Option<Value>,
    /// Whether it is an effect for another system.
    pub(super) outside: bool,
}

impl<'a> Action<'a> {
    /// A step as it is written.
    pub(super) fn new(step: &'a Step, result: ActionResult<'static>) -> Self {
        Self { step, text: step.text.to_string(), result, implied: "", from: None, to: None, outside: false }
    }
}

impl Naive {
    fn write(&mut self, outcome: &Outcome<'_>) {
        let mut line = Vec::new();
        crate::records::write_outcome(outcome, &mut line);
        self.out.push(String::from_utf8_lossy(&line).into_owned());
    }

    fn record(&mut self, run: &Run, kind: OutcomeKind<'_>) {
        let campaign = self.campaign_name(run.campaign);
        let id =
            RunId { campaign: Cow::Owned(campaign.clone()), person: Cow::Borrowed(&*run.person), number: run.number };
        let at = self.now();
        self.write(&Outcome {
            at,
            person: Some(Cow::Borrowed(&run.person)),
            campaign: Some(Cow::Owned(campaign)),
            run: Some(id),
            cause: run.cause.event.as_deref().map(Cow::Borrowed),
            kind,
        });
    }

    pub(super) fn record_qualified(&mut self, run: &Run, trigger: &str) {
        self.counted.qualified += 1;
        self.record(run, OutcomeKind::Qualified { trigger: Cow::Borrowed(trigger) });
    }

    pub(super) fn record_waiting(&mut self, run: &Run, until: Timestamp) {
        self.record(run, OutcomeKind::Waiting { until });
    }

    pub(super) fn record_ended(&mut self, run: &Run, outcome: EndOutcome, reason: Option<Reason>) {
        self.record(run, OutcomeKind::Ended { outcome, reason });
    }

    pub(super) fn record_action(&mut self, run: &Run, action: Action<'_>) {
        self.counted.actions += 1;
        let Action { step, text, result, implied, from, to, outside } = action;
        let label = step.id.as_ref().unwrap_or(&step.path);
        let key = (outside && result == ActionResult::Done).then(|| {
            let (number, visit) = (run.number.to_string(), (run.waits + 1).to_string());
            let campaign = self.campaign_name(run.campaign);
            let mut hash = Sha256::new();
            for part in [&run.person, &campaign, &number, label.as_str(), &visit, implied] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
            let mut key = [0; 16];
            key.iter_mut().zip(hash.finalize()).for_each(|(slot, byte)| *slot = byte);
            Key(key)
        });
        self.record(
            run,
            OutcomeKind::Action {
                step: Cow::Borrowed(label),
                action: Cow::Owned(text),
                result,
                implied: !implied.is_empty(),
                from,
                to,
                key,
            },
        );
    }

    /// An incident; about a person it names the campaigns that led there, the last of them as its own.
    pub(super) fn incident(&mut self, code: IncidentCode, person: Option<&str>, cause: &Cause, count: Option<u64>) {
        self.counted.incidents += 1;
        let settings = &self.rules.settings;
        let message = match code {
            IncidentCode::CascadeLimit => {
                let limit = settings.cascade_limit;
                format!("events caused events more than {limit} levels deep; the last ones fired nothing")
            }
            IncidentCode::ActivityLimit => {
                format!("one event caused more than {} activities; the rest fired nothing", settings.activity_limit)
            }
            IncidentCode::MaxPeople => {
                let limit = cause.depth;
                format!("{} people would qualify, more than {limit}; nobody runs", count.unwrap_or(0))
            }
        };
        let path = if person.is_some() {
            cause.path.iter().map(|name| Cow::Borrowed(name.as_str())).collect()
        } else {
            Vec::new()
        };
        let at = self.now();
        self.write(&Outcome {
            at,
            person: person.map(Cow::Borrowed),
            campaign: cause.path.last().map(|name| Cow::Borrowed(name.as_str())),
            run: None,
            cause: cause.event.as_deref().map(Cow::Borrowed),
            kind: OutcomeKind::Incident { code, message, path, count },
        });
    }
}
