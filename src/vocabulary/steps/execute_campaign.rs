//! Running an executable campaign inside this run.

use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;
use crate::model::Id;
use crate::vocabulary::scope::Scope;
use crate::vocabulary::{Entry, Lowered, Part};

pub(super) const ENTRY: Entry<StepForm, StepKind> = Entry {
    form: StepForm::ExecuteCampaign,
    syntax: "execute campaign \"X\"",
    summary: "Runs an executable campaign now, inside this run.",
    doc: "X has `executable: true`; its filter and qualification rule apply at that moment. Campaigns execute each \
          other at most 3 levels deep, and never in a circle.",
    examples: &["execute campaign \"assign-owner\""],
    takes: &[Part::Name],
    lower,
};

fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    let text = scope.one_name(step)?;
    let campaign = scope.campaign(text)?;
    if scope.symbols.campaign_defs.get(campaign.index()).is_some_and(|campaign| !campaign.executable) {
        let name = scope.symbols.campaigns.name(campaign).to_owned();
        let message = format!("smart campaign `{name}` is not executable");
        let finding = Diagnostic::new(Code::NotExecutable, text.span, message)
            .help(format!("give `{name}` the key `executable: true` instead of triggers or a schedule"))
            .help("or start it on its own with `request campaign`");
        return scope.refuse(finding);
    }
    scope.uses.executes.push((campaign, text.span));
    Ok(StepKind::Execute { campaign })
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing;

    #[test]
    fn the_target_is_executable() {
        testing::refused(
            &testing::step("execute campaign \"hot-lead\""),
            "E0510 `\"hot-lead\"` smart campaign `hot-lead` is not executable",
        );
    }
}
