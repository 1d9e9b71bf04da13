//! Statuses: they are those of *that* campaign or program.

use smol_str::SmolStr;

use super::entry::{Lowered, Poisoned};
use super::lookup::Named;
use super::scope::Scope;
use super::symbols::StatusKnowledge;
use crate::diagnostics::{Code, Diagnostic, help_for_name, in_backticks, one_of};
use crate::language::ast::{Change, Phrase, Spanned, Text};
use crate::meaning::{StatusSet, Subjects};
use crate::model::{Id, NOT_IN_PROGRAM, ProgramId, SfdcCampaignId, StatusId};

/// Something that has statuses.
struct Owner {
    name: SmolStr,
    statuses: Vec<StatusId>,
}

/// Those whose statuses are meant.
struct Owners {
    /// `SFDC campaign` or `program`.
    what: &'static str,
    /// Those whose statuses are known.
    known: Vec<Owner>,
    /// Whether there may be others.
    open: bool,
    /// Whether the author named exactly one.
    single: bool,
}

impl Scope<'_> {
    /// `with status` of a membership in Salesforce campaigns.
    pub(crate) fn member_statuses(
        &mut self,
        campaigns: &Named<SfdcCampaignId>,
        statuses: Option<&Spanned<Vec<Text>>>,
    ) -> Lowered<Option<StatusSet>> {
        let Some(statuses) = statuses else { return Ok(None) };
        let owners = self.campaign_owners(campaigns);
        self.status_set(&owners, &statuses.value).map(Some)
    }

    /// `with status` of a membership in programs.
    pub(crate) fn progression_statuses(
        &mut self,
        programs: &Named<ProgramId>,
        statuses: Option<&Spanned<Vec<Text>>>,
    ) -> Lowered<Option<StatusSet>> {
        let Some(statuses) = statuses else { return Ok(None) };
        let owners = self.program_owners(programs);
        self.status_set(&owners, &statuses.value).map(Some)
    }

    /// `from` or `to` of a status change in Salesforce campaigns.
    pub(crate) fn member_change(
        &mut self,
        campaigns: &Named<SfdcCampaignId>,
        change: Option<&Spanned<Change>>,
    ) -> Lowered<Option<StatusSet>> {
        let owners = self.campaign_owners(campaigns);
        self.change(&owners, change)
    }

    /// `from` or `to` of a status change in programs.
    pub(crate) fn progression_change(
        &mut self,
        programs: &Named<ProgramId>,
        change: Option<&Spanned<Change>>,
    ) -> Lowered<Option<StatusSet>> {
        let owners = self.program_owners(programs);
        self.change(&owners, change)
    }

    /// The status that a step sets in a Salesforce campaign. `None`: none was written.
    pub(crate) fn member_status(
        &mut self,
        campaign: Lowered<SfdcCampaignId>,
        status: Option<&Text>,
    ) -> Lowered<Option<StatusId>> {
        let Some(status) = status else { return Ok(None) };
        let owners = self.campaign_owners(&one(campaign));
        self.status(&owners, status).map(Some)
    }

    /// The status that a step sets in a program.
    pub(crate) fn progression_status(&mut self, program: Lowered<ProgramId>, status: &Text) -> Lowered<StatusId> {
        if self.name(status)? == NOT_IN_PROGRAM {
            let finding = Diagnostic::new(
                Code::RemoveFromProgramInstead,
                status.span,
                format!("`{NOT_IN_PROGRAM}` cannot be set as a status"),
            )
            .help("write `remove from program` instead");
            return self.refuse(finding);
        }
        let owners = self.program_owners(&one(program));
        self.status(&owners, status)
    }

    /// The one status of a step, after `with status` or `to`.
    pub(crate) fn status_text<'p, F>(&mut self, phrase: &'p Phrase<F>) -> Lowered<Option<&'p Text>> {
        let texts = match (&phrase.parts.with_status, &phrase.parts.to) {
            (Some(statuses), _) => &statuses.value,
            (None, Some(to)) => match &to.value {
                Change::Statuses(texts) => texts,
                // That statuses stand in quotes was said when the text was read.
                Change::Test(_) | Change::Value(_) => return Err(Poisoned),
            },
            (None, None) => return Ok(None),
        };
        match texts.as_slice() {
            [one] => Ok(Some(one)),
            [_, second, ..] => {
                let finding =
                    Diagnostic::new(Code::PartNotAllowed, second.span, "a step sets one status, this is a second one")
                        .help("keep the status that is meant");
                self.refuse(finding)
            }
            [] => Err(Poisoned),
        }
    }

    fn campaign_owners(&self, campaigns: &Named<SfdcCampaignId>) -> Owners {
        let all = || self.symbols.sfdc_campaigns.iter().map(|(id, _)| id);
        let (ids, single): (Vec<SfdcCampaignId>, bool) = match &campaigns.subjects {
            Subjects::Any => (all().collect(), false),
            Subjects::Listed(ids) => (ids.clone(), ids.len() == 1 && !campaigns.poisoned),
            pattern @ (Subjects::StartingWith(_) | Subjects::Containing(_)) => {
                (all().filter(|id| pattern.contains(*id, || self.symbols.sfdc_campaigns.name(*id))).collect(), false)
            }
        };
        let mut open = campaigns.poisoned;
        let mut known = Vec::new();
        for id in ids {
            match self.symbols.sfdc_campaign_defs.get(id.index()).filter(|campaign| campaign.declared) {
                Some(campaign) => known.push(Owner {
                    name: campaign.name.clone(),
                    statuses: campaign.statuses.iter().map(|(status, _)| *status).collect(),
                }),
                None => open = true,
            }
        }
        Owners { what: "SFDC campaign", known, open, single }
    }

    fn program_owners(&self, programs: &Named<ProgramId>) -> Owners {
        let all = || self.symbols.programs.iter().map(|(id, _)| id);
        let (ids, single): (Vec<ProgramId>, bool) = match &programs.subjects {
            Subjects::Any => (all().collect(), false),
            Subjects::Listed(ids) => (ids.clone(), ids.len() == 1 && !programs.poisoned),
            pattern @ (Subjects::StartingWith(_) | Subjects::Containing(_)) => {
                (all().filter(|id| pattern.contains(*id, || self.symbols.programs.name(*id))).collect(), false)
            }
        };
        let mut open = programs.poisoned;
        let mut known = Vec::new();
        for id in ids {
            match self.symbols.channel_of(id) {
                Some(channel) => {
                    let statuses = channel.statuses.iter().map(|known| known.status);
                    known.push(Owner {
                        name: SmolStr::new(self.symbols.programs.name(id)),
                        statuses: statuses.chain(std::iter::once(StatusId::NOT_IN_PROGRAM)).collect(),
                    });
                }
                None => open = true,
            }
        }
        Owners { what: "program", known, open, single }
    }

    fn change(&mut self, owners: &Owners, change: Option<&Spanned<Change>>) -> Lowered<Option<StatusSet>> {
        let Some(change) = change else { return Ok(None) };
        match &change.value {
            Change::Statuses(texts) => self.status_set(owners, texts).map(Some),
            Change::Test(_) | Change::Value(_) => Err(Poisoned),
        }
    }

    fn status_set(&mut self, owners: &Owners, texts: &[Text]) -> Lowered<StatusSet> {
        let found: Vec<Lowered<StatusId>> = texts.iter().map(|text| self.status(owners, text)).collect();
        let mut ids = found.into_iter().collect::<Lowered<Vec<StatusId>>>()?;
        ids.sort();
        ids.dedup();
        Ok(StatusSet(ids))
    }

    fn status(&mut self, owners: &Owners, text: &Text) -> Lowered<StatusId> {
        let name = self.name(text)?;
        let id = self.symbols.statuses.find(&name);
        let has = |owner: &Owner| id.is_some_and(|id| owner.statuses.contains(&id));
        let (with, without): (Vec<&Owner>, Vec<&Owner>) = owners.known.iter().partition(|owner| has(owner));
        if let (Some(id), false) = (id, with.is_empty()) {
            if !without.is_empty() && self.symbols.knowledge == StatusKnowledge::Declared {
                let lacking: Vec<String> = without.iter().map(|owner| in_backticks(&owner.name)).collect();
                let noun = if lacking.len() == 1 { owners.what.to_owned() } else { format!("{}s", owners.what) };
                let finding = Diagnostic::new(
                    Code::StatusMissingSomewhere,
                    text.span,
                    format!("the {noun} {} cannot match: no status `{name}` there", and_list(&lacking)),
                )
                .help("this part of the phrase only matches where the status exists");
                self.report(finding);
            }
            return Ok(id);
        }
        match self.symbols.knowledge {
            StatusKnowledge::Declared if owners.open || owners.known.is_empty() => {
                Ok(self.symbols.statuses.intern(&name))
            }
            StatusKnowledge::Seen if id.is_some() => id.ok_or(Poisoned),
            StatusKnowledge::Declared | StatusKnowledge::Seen => self.unknown_status(owners, text, &name),
        }
    }

    fn unknown_status<T>(&mut self, owners: &Owners, text: &Text, name: &str) -> Lowered<T> {
        let mut ids: Vec<StatusId> = owners.known.iter().flat_map(|owner| owner.statuses.iter().copied()).collect();
        let mut seen = std::collections::BTreeSet::new();
        ids.retain(|id| seen.insert(*id));
        let names: Vec<SmolStr> = ids.iter().map(|id| SmolStr::new(self.symbols.statuses.name(*id))).collect();
        let message = match owners.known.as_slice() {
            [one] if owners.single => format!("{} `{}` has no status `{name}`", owners.what, one.name),
            [] => format!("there is no status `{name}`"),
            [..] => format!("none of these {}s has a status `{name}`", owners.what),
        };
        let finding = Diagnostic::new(Code::UnknownStatus, text.span, message).helps(help_for_name(
            name,
            "status",
            names.iter().map(SmolStr::as_str),
        ));
        let folded = crate::model::fold(name);
        let finding = if names.iter().any(|known| crate::model::fold(known) == folded) {
            finding.help("statuses are exact: capitals count")
        } else {
            finding
        };
        let finding = self.with_spelling(finding, text, name, names.iter().map(SmolStr::as_str));
        self.refuse(finding)
    }
}

fn one<I>(id: Lowered<I>) -> Named<I> {
    let poisoned = id.is_err();
    Named { subjects: Subjects::Listed(id.into_iter().collect()), poisoned }
}

/// `a`, `a and b`, `a, b and c`.
fn and_list(names: &[String]) -> String {
    match names {
        [all @ .., last] if !all.is_empty() && names.len() <= 8 => format!("{} and {last}", all.join(", ")),
        all => one_of(all),
    }
}
