//! Texts with tokens, worked out for one run (language.md section 7).

use super::Turn;
use super::flow::Run;
use crate::meaning::{Piece, Template};
use crate::model::{Id, fold};
use crate::state::{Cell, Happening};

impl Turn<'_> {
    /// Appends the text with every token replaced.
    pub(super) fn render(&self, run: &Run, template: &Template, out: &mut String) {
        let zone = &self.plan.rulebook.settings.zone;
        let texts = &self.core.state.texts;
        let campaign = self.plan.rulebook.get_campaign(run.campaign);
        for piece in &template.0 {
            let before = out.len();
            let default = match piece {
                Piece::Text(fixed) => {
                    out.push_str(fixed);
                    None
                }
                Piece::Person(field, default) => {
                    self.field(run.person, *field).write(texts, zone, out);
                    default.as_ref()
                }
                Piece::Trigger(name, default) => {
                    self.carried(run, name, out);
                    default.as_ref()
                }
                Piece::CampaignName => {
                    out.push_str(campaign.map_or("", |campaign| campaign.name.as_str()));
                    None
                }
                Piece::ProgramName => {
                    let program = campaign.and_then(|campaign| campaign.program);
                    let program = program.and_then(|program| self.plan.rulebook.programs.get(program.index()));
                    out.push_str(program.map_or("", |program| program.name.as_str()));
                    None
                }
                Piece::SystemDate => {
                    Cell::Date(self.core.today).write(texts, zone, out);
                    None
                }
                Piece::SystemDateTime => {
                    Cell::DateTime(self.now()).write(texts, zone, out);
                    None
                }
            };
            if let (Some(default), true) = (default, out.len() == before) {
                out.push_str(default);
            }
        }
    }

    /// Appends what the activity that started the run carried under a name; nothing when it carried no such thing.
    fn carried(&self, run: &Run, name: &str, out: &mut String) {
        let names = &self.core.state.names;
        let status = |status| names.statuses.name(status);
        let found: &str = match (run.trigger, name) {
            (
                Some(
                    Happening::SfdcAdded(campaign, _)
                    | Happening::SfdcRemoved(campaign, _)
                    | Happening::SfdcStatusChanged(campaign, ..),
                ),
                "campaign",
            ) => names.sfdc_campaigns.name(campaign),
            (Some(Happening::SfdcAdded(_, new) | Happening::SfdcRemoved(_, new)), "status") => status(new),
            (Some(Happening::SfdcStatusChanged(_, _, new)), "status") => status(new),
            (Some(Happening::SfdcStatusChanged(_, old, _)), "old status") => status(old),
            (Some(Happening::ProgramStatusChanged { program, .. }), "program") => names.programs.name(program),
            (Some(Happening::ProgramStatusChanged { to, .. }), "status") => status(to),
            (Some(Happening::ProgramStatusChanged { from, .. }), "old status") => status(from),
            (Some(Happening::ListAdded(list) | Happening::ListRemoved(list)), "list") => names.lists.name(list),
            (Some(Happening::Requested(campaign)), "campaign") => {
                self.plan.rulebook.get_campaign(campaign).map_or("", |campaign| campaign.name.as_str())
            }
            (Some(Happening::Performed(activity, carried)), name) => {
                let (texts, details) = (&self.core.state.texts, &self.core.state.details);
                let declared = self.plan.rulebook.activities.get(activity.index());
                let cell = match declared.and_then(|activity| activity.attribute(name)) {
                    Some(attribute) => details.attribute(carried, attribute),
                    None => {
                        let folded = fold(name);
                        let other = details.others(carried).find(|(other, _)| texts.folded_text(*other) == folded);
                        other.map_or(Cell::Empty, |(_, cell)| cell)
                    }
                };
                return cell.write(texts, &self.plan.rulebook.settings.zone, out);
            }
            (Some(_) | None, _) => "",
        };
        out.push_str(found);
    }
}
