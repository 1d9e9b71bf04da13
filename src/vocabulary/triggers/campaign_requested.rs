//! Somebody asks for the campaign.

use crate::language::ast::{Trigger, TriggerForm};
use crate::meaning::TriggerTest;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered};

pub(super) const ENTRY: Entry<TriggerForm, TriggerTest> = Entry {
    form: TriggerForm::CampaignRequested,
    syntax: "campaign is requested",
    summary: "Fires when a step, the API or the command line requests the campaign.",
    doc: "Only campaigns with this trigger can be the target of `request campaign`.",
    examples: &["campaign is requested"],
    takes: &[],
    lower,
};

fn lower(_trigger: &Trigger, _scope: &mut Scope<'_>) -> Lowered<TriggerTest> {
    Ok(TriggerTest::CampaignRequested)
}
