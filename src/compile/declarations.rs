//! Checks of single declarations: types, costs, statuses, words of the sync.

use crate::diagnostics::{Code, Diagnostic, closest, help_for_name, in_backticks, one_of};
use crate::language::ast::{FieldDecl, Name, ProgramDecl, SfdcCampaignDecl, WebhookDecl};
use crate::language::keys;
use crate::meaning::PeriodCost;
use crate::model::{Date, FieldType, parse_number};
use rust_decimal::Decimal;

/// The most characters that Salesforce keeps of a member status.
const STATUS_CHARS_MAX: usize = 40;

/// The type of a field or attribute. `None`: the finding is made.
pub(super) fn field_type(field: &FieldDecl, findings: &mut Vec<Diagnostic>) -> Option<FieldType> {
    let word = &field.type_;
    let Some(type_) = FieldType::find(&word.value) else {
        let all: Vec<String> = FieldType::ALL.into_iter().map(|type_| in_backticks(type_.word())).collect();
        let mut finding = Diagnostic::new(Code::BadEntry, word.span, format!("there is no type `{}`", word.value));
        let words = FieldType::ALL.into_iter().map(FieldType::word);
        if !closest(&word.value, words.clone()).is_empty() {
            finding = finding.helps(help_for_name(&word.value, "type", words));
        }
        findings.push(finding.help(format!("the types are {}", all.join(", "))));
        return None;
    };
    if let Some(first) = field.values.as_ref().and_then(|values| values.first())
        && !type_.is_text()
    {
        let message = format!("a field of type {type_} has no closed list");
        let finding = Diagnostic::new(Code::BadEntry, first.span, message)
            .help("only text fields have one: leave `values` out, or write `type: text`");
        findings.push(finding);
        return None;
    }
    Some(type_)
}

/// A value that stands twice in a closed list.
pub(super) fn values_twice(field: &FieldDecl, findings: &mut Vec<Diagnostic>) {
    let values = field.values.as_deref().unwrap_or(&[]);
    for (at, value) in values.iter().enumerate() {
        let before = values.get(..at).unwrap_or(&[]);
        if let Some(first) = before.iter().find(|earlier| earlier.value == value.value) {
            let message = format!("the value `{}` stands twice in the list of `{}`", value.value, field.name.value);
            findings.push(
                Diagnostic::new(Code::DeclaredTwice, value.span, message)
                    .help("remove one of the two")
                    .related(first.span, "it stands here first"),
            );
        }
    }
}

/// Where a webhook goes: an absolute address.
pub(super) fn webhook_url(webhook: &WebhookDecl, findings: &mut Vec<Diagnostic>) {
    let url = webhook.url.value.as_str();
    let lower = url.to_ascii_lowercase();
    let after = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let good = after.is_some_and(|rest| !rest.starts_with(['/', '?', '#', ':']) && !rest.is_empty());
    if !good || url.contains(char::is_whitespace) {
        let message = format!("`{url}` is not the address of a webhook");
        findings.push(
            Diagnostic::new(Code::BadEntry, webhook.url.span, message)
                .help("write the whole address, as in `url: https://hooks.example.com/crm`"),
        );
    }
}

/// Defaults and lengths of the statuses of a Salesforce campaign.
pub(super) fn member_statuses(campaign: &SfdcCampaignDecl, findings: &mut Vec<Diagnostic>) {
    let mut default = None;
    for status in &campaign.statuses {
        let length = status.name.value.chars().count();
        if length > STATUS_CHARS_MAX {
            let message = format!(
                "the status `{}` has {length} characters: Salesforce keeps at most {STATUS_CHARS_MAX}",
                status.name.value
            );
            findings.push(
                Diagnostic::new(Code::StatusTooLong, status.name.span, message)
                    .help(format!("shorten it to {STATUS_CHARS_MAX} characters or fewer, in Salesforce and here")),
            );
        }
        match (status.default, default) {
            (Some(place), Some((first, name))) => findings.push(
                Diagnostic::new(
                    Code::TwoDefaultStatuses,
                    place,
                    format!("`{}` has two default statuses, `{name}` and `{}`", campaign.name.value, status.name.value),
                )
                .help("keep `default: true` on the status that new members get in Salesforce")
                .related(first, "the first default"),
            ),
            (Some(place), None) => default = Some((place, &status.name.value)),
            (None, _) => {}
        }
    }
    if default.is_none() {
        let used = campaign.statuses.first().map_or("Sent", |status| status.name.value.as_str());
        findings.push(
            Diagnostic::new(
                Code::NoDefaultStatus,
                campaign.name.span,
                format!("the SFDC campaign `{}` has no default status", campaign.name.value),
            )
            .help(format!("members added without a status get `{used}`; mark one with `default: true`")),
        );
    }
}

/// What a program cost. `None`: a finding is made.
pub(super) fn period_costs(program: &ProgramDecl, findings: &mut Vec<Diagnostic>) -> Option<Vec<PeriodCost>> {
    let costs: Vec<Option<PeriodCost>> = program
        .period_costs
        .iter()
        .map(|cost| {
            let month = month(&cost.month, findings);
            let amount = amount(&cost.amount, findings);
            let note = cost.note.as_ref().map(|note| note.value.clone());
            Some(PeriodCost { month: month?, amount: amount?, note })
        })
        .collect();
    costs.into_iter().collect()
}

fn month(month: &Name, findings: &mut Vec<Diagnostic>) -> Option<Date> {
    let text = month.value.as_str();
    let first = Date::parse(&format!("{text}-01"));
    if first.is_none() {
        let shaped = text.len() == 7
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let code = if shaped { Code::NoSuchDate } else { Code::BadEntry };
        findings.push(
            Diagnostic::new(code, month.span, format!("there is no month `{text}`")).help("write it as `2026-03`"),
        );
    }
    first
}

fn amount(amount: &Name, findings: &mut Vec<Diagnostic>) -> Option<u64> {
    let text = amount.value.as_str();
    let (code, message) = match parse_number(text) {
        Some(number) if number < Decimal::ZERO => {
            (Code::BadPeriodCost, format!("the period cost `{text}` is negative"))
        }
        Some(number) if !number.is_integer() => {
            (Code::BadPeriodCost, format!("the period cost `{text}` is not a whole number"))
        }
        Some(number) => match u64::try_from(number) {
            Ok(amount) => return Some(amount),
            Err(_) => (Code::BadPeriodCost, format!("the period cost `{text}` is too large")),
        },
        None => (Code::BadEntry, format!("the period cost `{text}` is not a number")),
    };
    findings.push(
        Diagnostic::new(code, amount.span, message)
            .help("write whole units of money, 0 or more, without separators: `1200`"),
    );
    None
}

/// `on_conflict` and `backward`.
pub(super) fn sync_words(program: &ProgramDecl, findings: &mut Vec<Diagnostic>) {
    for (key, word, words) in
        [("on_conflict", &program.on_conflict, keys::ON_CONFLICT), ("backward", &program.backward, keys::BACKWARD)]
    {
        if let Some(word) = word
            && !words.contains(&word.value.as_str())
        {
            let message = format!("`{}` is no value of `{key}`", word.value);
            let all: Vec<String> = words.iter().copied().map(in_backticks).collect();
            findings.push(Diagnostic::new(Code::BadEntry, word.span, message).help(format!("write {}", one_of(&all))));
        }
    }
}
