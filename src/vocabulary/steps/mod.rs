//! Flow steps: what happens to a person (language.md section 8), one file each.

mod add_to_list;
mod add_to_sfdc_campaign;
mod call_webhook;
mod change_field;
mod change_status_in_program;
mod change_status_in_sfdc_campaign;
mod clear_field;
mod create_interesting_moment;
mod create_task;
mod do_nothing;
mod execute_campaign;
mod remove_from_flow;
mod remove_from_list;
mod remove_from_program;
mod remove_from_sfdc_campaign;
mod request_campaign;
mod send_alert;
mod send_email;
mod set_field;
mod sync_person;
mod wait;

use super::entry::{Entry, Lowered, table};
use super::scope::Scope;
use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{Step, StepForm};
use crate::meaning::StepKind;

table! { StepForm => StepKind {
    AddToSfdcCampaign add_to_sfdc_campaign;
    RemoveFromSfdcCampaign remove_from_sfdc_campaign;
    ChangeStatusInSfdcCampaign change_status_in_sfdc_campaign;
    ChangeStatusInProgram change_status_in_program;
    RemoveFromProgram remove_from_program;
    AddToList add_to_list;
    RemoveFromList remove_from_list;
    SetField set_field;
    ClearField clear_field;
    ChangeField change_field;
    SyncPerson sync_person;
    Wait wait;
    RequestCampaign request_campaign;
    ExecuteCampaign execute_campaign;
    RemoveFromFlow remove_from_flow;
    CallWebhook call_webhook;
    SendEmail send_email;
    SendAlert send_alert;
    CreateTask create_task;
    CreateInterestingMoment create_interesting_moment;
    DoNothing do_nothing;
} }

/// What a step does.
pub(crate) fn lower(step: &Step, scope: &mut Scope<'_>) -> Lowered<StepKind> {
    super::parts::lower(entry(step.form), step, scope)
}

impl Scope<'_> {
    /// Refuses a step that would let an executed campaign take its time.
    fn not_in_executable(&mut self, step: &Step, doing: &str) -> Lowered<()> {
        if !self.place.executable {
            return Ok(());
        }
        let message = format!("an executable campaign cannot {doing}");
        let finding = Diagnostic::new(Code::NotInExecutable, step.span, message)
            .help("put the step into the campaign that executes it, or start this one with `request campaign`");
        self.refuse(finding)
    }
}
