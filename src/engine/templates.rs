//! Texts with tokens, worked out for one run (language.md section 7).

use super::Turn;
use super::flow::Run;
use crate::meaning::{Piece, Template};
use crate::model::{Id, Value, fold};
use crate::state::Happening;

impl Turn<'_> {
    /// The text with every token replaced.
    pub(super) fn render(&self, run: &Run, template: &Template) -> String {
        let zone = &self.plan.rulebook.settings.zone;
        let campaign = self.plan.rulebook.get_campaign(run.campaign);
        let mut text = String::new();
        for piece in &template.0 {
            let (value, default) = match piece {
                Piece::Text(fixed) => (fixed.to_string(), None),
                Piece::Person(field, default) => (self.field(run.person, *field).in_text(zone), default.as_ref()),
                Piece::Trigger(name, default) => (self.carried(run, name), default.as_ref()),
                Piece::CampaignName => (campaign.map_or_else(String::new, |campaign| campaign.name.to_string()), None),
                Piece::ProgramName => {
                    let program = campaign.and_then(|campaign| campaign.program);
                    let program = program.and_then(|program| self.plan.rulebook.programs.get(program.index()));
                    (program.map_or_else(String::new, |program| program.name.to_string()), None)
                }
                Piece::SystemDate => (self.core.today.to_string(), None),
                Piece::SystemDateTime => (zone.format(self.now()), None),
            };
            match default {
                Some(default) if value.is_empty() => text.push_str(default),
                Some(_) | None => text.push_str(&value),
            }
        }
        text
    }

    /// What the activity that started the run carried under a name; empty when it carried no such thing.
    fn carried(&self, run: &Run, name: &str) -> String {
        let names = &self.core.state.names;
        let status = |status| names.statuses.name(status);
        let found: &str = match (run.trigger.as_deref(), name) {
            (
                Some(
                    Happening::SfdcAdded(campaign, _)
                    | Happening::SfdcRemoved(campaign, _)
                    | Happening::SfdcStatusChanged(campaign, ..),
                ),
                "campaign",
            ) => names.sfdc_campaigns.name(*campaign),
            (Some(Happening::SfdcAdded(_, new) | Happening::SfdcRemoved(_, new)), "status") => status(*new),
            (Some(Happening::SfdcStatusChanged(_, _, new)), "status") => status(*new),
            (Some(Happening::SfdcStatusChanged(_, old, _)), "old status") => status(*old),
            (Some(Happening::ProgramStatusChanged { program, .. }), "program") => names.programs.name(*program),
            (Some(Happening::ProgramStatusChanged { to, .. }), "status") => status(*to),
            (Some(Happening::ProgramStatusChanged { from, .. }), "old status") => status(*from),
            (Some(Happening::ListAdded(list) | Happening::ListRemoved(list)), "list") => names.lists.name(*list),
            (Some(Happening::Requested(campaign)), "campaign") => {
                self.plan.rulebook.get_campaign(*campaign).map_or("", |campaign| campaign.name.as_str())
            }
            (Some(Happening::Performed(activity, carried)), name) => {
                let declared = self.plan.rulebook.activities.get(activity.index());
                let value = declared
                    .and_then(|activity| activity.attribute(name))
                    .and_then(|attribute| carried.declared.get(attribute.index()));
                return match value {
                    Some(value) => Value::in_text(value, &self.plan.rulebook.settings.zone),
                    None => {
                        let folded = fold(name);
                        let other = carried.others.iter().find(|(other, _)| fold(other) == folded);
                        other.map_or_else(String::new, |(_, value)| value.to_string())
                    }
                };
            }
            (Some(_) | None, _) => "",
        };
        found.to_owned()
    }
}
