//! Looking names up, and what is said about those that do not exist.

use smol_str::SmolStr;

use super::entry::{Lowered, Poisoned};
use super::scope::Scope;
use crate::diagnostics::{Code, Diagnostic, Span, closest, help_for_name};
use crate::language::ast::{FieldRef, Names, NamesKind, Phrase, Text};
use crate::meaning::Subjects;
use crate::model::{
    ActivityId, CampaignId, FieldId, Id, ListId, NameTable, ProgramId, SegmentId, SfdcCampaignId, WebhookId,
};

/// Names that were looked up.
#[derive(Debug, Clone)]
pub(crate) struct Named<I> {
    /// Those that exist.
    pub(crate) subjects: Subjects<I>,
    /// Whether one could not be found.
    pub(crate) poisoned: bool,
}

impl<I> Named<I> {
    /// The names, if all of them exist.
    pub(crate) fn done(self) -> Lowered<Subjects<I>> {
        if self.poisoned { Err(Poisoned) } else { Ok(self.subjects) }
    }

    fn poisoned() -> Self {
        Self { subjects: Subjects::Listed(Vec::new()), poisoned: true }
    }
}

/// The finding about a name that does not exist; `what` is its kind in the words of the language.
pub(crate) fn unknown_name<'n>(
    code: Code,
    span: Span,
    what: &str,
    wrong: &str,
    names: impl Iterator<Item = &'n str>,
) -> Diagnostic {
    let names: Vec<&str> = names.collect();
    let finding = Diagnostic::new(code, span, format!("there is no {what} `{wrong}`")).helps(help_for_name(
        wrong,
        what,
        names.clone(),
    ));
    let folded = crate::model::fold(wrong);
    if names.iter().any(|name| crate::model::fold(name) == folded) {
        return finding.help("names are exact: capitals count");
    }
    finding
}

/// The finding about a name that is declared a second time. `path` is that of the first declaration, when it stands in
/// another file.
pub(crate) fn duplicate(what: &str, name: &str, second: Span, first: Span, path: Option<&str>) -> Diagnostic {
    let place = path.map_or_else(String::new, |path| format!(", first in `{path}`"));
    Diagnostic::new(Code::DeclaredTwice, second, format!("{what} `{name}` is declared twice{place}"))
        .help("give one of them another name, or keep only one")
        .related(first, "first declared here")
}

impl<'a> Scope<'a> {
    /// Makes the finding about an unknown name, with a fix when only one name is close.
    pub(crate) fn unknown<'n, T>(
        &mut self,
        code: Code,
        text: &Text,
        what: &str,
        wrong: &str,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Lowered<T> {
        let finding = unknown_name(code, text.span, what, wrong, names.clone());
        let finding = self.with_spelling(finding, text, wrong, names);
        self.refuse(finding)
    }

    /// Adds the fix that writes the one name that is close.
    pub(crate) fn with_spelling<'n>(
        &self,
        finding: Diagnostic,
        text: &Text,
        wrong: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Diagnostic {
        match closest(wrong, names).as_slice() {
            [one] if text.tokens.is_empty() => {
                let safe = crate::model::fold(one) == crate::model::fold(wrong);
                self.respelled(finding, text.span, wrong, one, safe)
            }
            [..] => finding,
        }
    }

    fn find<I: Id>(
        &mut self,
        text: &Text,
        code: Code,
        what: &str,
        table: fn(&super::Symbols) -> &NameTable<I>,
    ) -> Lowered<I> {
        let name = self.name(text)?;
        match table(self.symbols).find(&name) {
            Some(id) => Ok(id),
            None => {
                let names: Vec<SmolStr> = table(self.symbols).iter().map(|(_, name)| SmolStr::new(name)).collect();
                self.unknown(code, text, what, &name, names.iter().map(SmolStr::as_str))
            }
        }
    }

    /// A Salesforce campaign.
    pub(crate) fn sfdc_campaign(&mut self, text: &Text) -> Lowered<SfdcCampaignId> {
        use super::StatusKnowledge::{Declared, Seen};
        match self.symbols.knowledge {
            Declared if !self.symbols.declares_sfdc_campaigns => {
                let name = self.name(text)?;
                Ok(self.symbols.undeclared_sfdc_campaign(&name, text.span))
            }
            Declared | Seen => {
                self.find(text, Code::UnknownSfdcCampaign, "SFDC campaign", |symbols| &symbols.sfdc_campaigns)
            }
        }
    }

    /// A program.
    pub(crate) fn program(&mut self, text: &Text) -> Lowered<ProgramId> {
        self.find(text, Code::UnknownProgram, "program", |symbols| &symbols.programs)
    }

    /// A list.
    pub(crate) fn list(&mut self, text: &Text) -> Lowered<ListId> {
        self.find(text, Code::UnknownList, "list", |symbols| &symbols.lists)
    }

    /// A segment.
    pub(crate) fn segment(&mut self, text: &Text) -> Lowered<SegmentId> {
        self.find(text, Code::UnknownSegment, "segment", |symbols| &symbols.segments)
    }

    /// A custom activity.
    pub(crate) fn activity(&mut self, text: &Text) -> Lowered<ActivityId> {
        self.find(text, Code::UnknownActivity, "activity", |symbols| &symbols.activities)
    }

    /// A smart campaign.
    pub(crate) fn campaign(&mut self, text: &Text) -> Lowered<CampaignId> {
        self.find(text, Code::UnknownSmartCampaign, "smart campaign", |symbols| &symbols.campaigns)
    }

    /// A webhook.
    pub(crate) fn webhook(&mut self, text: &Text) -> Lowered<WebhookId> {
        self.find(text, Code::UnknownWebhook, "webhook", |symbols| &symbols.webhooks)
    }

    /// A person field.
    pub(crate) fn field(&mut self, field: &FieldRef) -> Lowered<FieldId> {
        match self.symbols.field(&field.name) {
            // What may be asked of it is not known, and why was said where it is declared.
            Some(id) if self.symbols.untyped_fields.contains(&id) => Err(Poisoned),
            Some(id) => Ok(id),
            None => {
                // That the words need brackets is of no use where they are no field.
                let before = self.findings.len();
                self.findings.retain(|finding| finding.code != Code::BareField || finding.span != field.span);
                let is_bare = self.findings.len() < before;
                let known = field.name.rsplit_once(' ').filter(|(first, _)| self.symbols.field(first).is_some());
                let known = known
                    .map(|(first, word)| format!("if `{first}` is the field, `{word}` is no word that can follow it"));
                let mut finding = self.unknown_field(field.span, &field.name, !is_bare);
                if is_bare && field.name.contains(' ') {
                    let names = self.symbols.fields.iter().map(|field| field.name.as_str());
                    let near = closest(&field.name, names).first().map_or("Lead Source", |near| *near).to_owned();
                    if near.contains(' ') {
                        finding =
                            finding.help(format!("a field of several words stands in square brackets: `[{near}]`"));
                    }
                }
                if let Some(known) = known.filter(|_| is_bare) {
                    finding = finding.help(known);
                }
                self.refuse(finding)
            }
        }
    }

    /// The finding about an unknown person field; `alone` when the span holds the field and nothing else.
    pub(crate) fn unknown_field(&self, span: Span, wrong: &str, alone: bool) -> Diagnostic {
        let names: Vec<&str> =
            self.symbols.fields.iter().map(|field| field.name.as_str()).chain(std::iter::once("Score")).collect();
        let near = closest(wrong, names.iter().copied());
        let finding = Diagnostic::new(Code::UnknownField, span, format!("there is no field `{wrong}`"));
        let finding = match self.activity_with(wrong) {
            Some(activity) => {
                return finding.help(format!(
                    "`{wrong}` is an attribute of `{activity}`: put all its tests in parentheses after `where`"
                ));
            }
            None => finding,
        };
        match near.as_slice() {
            [] => finding.help("fields beyond the standard ones are declared under `fields`"),
            [one] if alone => {
                let finding = finding.helps(help_for_name(wrong, "field", names));
                self.respelled(finding, span, wrong, one, false)
            }
            [..] => finding.helps(help_for_name(wrong, "field", names)),
        }
    }

    /// The activity tested beside this place that has such an attribute.
    fn activity_with(&self, attribute: &str) -> Option<&str> {
        let folded = crate::model::fold(attribute);
        let has = |id: &&ActivityId| {
            let declared = self.symbols.activity_defs.get(id.index());
            declared.is_some_and(|it| it.attributes.iter().any(|known| crate::model::fold(&known.name) == folded))
        };
        self.activities_beside.iter().find(has).map(|id| self.symbols.activities.name(*id))
    }

    /// The one field that a phrase is about.
    pub(crate) fn phrase_field<F>(&mut self, phrase: &Phrase<F>) -> Lowered<FieldId> {
        match &phrase.parts.field {
            Some(field) => self.field(field),
            None => self.missing(phrase.head, "a field"),
        }
    }

    /// The one name that a phrase is about, without looking it up.
    pub(crate) fn one_name<'p, F>(&mut self, phrase: &'p Phrase<F>) -> Lowered<&'p Text> {
        let Some(names) = &phrase.parts.names else {
            return self.missing(phrase.head, "a name in quotes");
        };
        match &names.kind {
            NamesKind::Listed(texts) => match texts.as_slice() {
                [one] => Ok(one),
                [_, second, ..] => {
                    let finding = Diagnostic::new(Code::PartNotAllowed, second.span, "only one name may stand here")
                        .help("write the phrase once for each name");
                    self.refuse(finding)
                }
                [] => Err(Poisoned),
            },
            NamesKind::Any | NamesKind::StartingWith(_) | NamesKind::Containing(_) => {
                let finding = Diagnostic::new(Code::PartNotAllowed, names.span, "here one name in quotes must stand")
                    .help("`any`, `starting with` and `containing` are for triggers and filters about several names");
                self.refuse(finding)
            }
        }
    }

    /// The names that a phrase is about.
    pub(crate) fn names<F, I: Id>(&mut self, phrase: &Phrase<F>, find: fn(&mut Self, &Text) -> Lowered<I>) -> Named<I> {
        match &phrase.parts.names {
            Some(names) => self.listed(names, find),
            None => {
                let _ = self.missing::<()>(phrase.head, "a name in quotes");
                Named::poisoned()
            }
        }
    }

    fn listed<I: Id>(&mut self, names: &Names, find: fn(&mut Self, &Text) -> Lowered<I>) -> Named<I> {
        let pattern = |subjects: Lowered<Subjects<I>>| match subjects {
            Ok(subjects) => Named { subjects, poisoned: false },
            Err(Poisoned) => Named::poisoned(),
        };
        match &names.kind {
            NamesKind::Any => Named { subjects: Subjects::Any, poisoned: false },
            NamesKind::StartingWith(text) => pattern(self.name(text).map(Subjects::StartingWith)),
            NamesKind::Containing(text) => pattern(self.name(text).map(Subjects::Containing)),
            NamesKind::Listed(texts) => {
                let found: Vec<Lowered<I>> = texts.iter().map(|text| find(self, text)).collect();
                let poisoned = found.iter().any(Result::is_err);
                let mut ids: Vec<I> = found.into_iter().flatten().collect();
                ids.sort();
                ids.dedup();
                Named { subjects: Subjects::Listed(ids), poisoned }
            }
        }
    }

    /// Says that something must follow.
    pub(crate) fn missing<T>(&mut self, head: Span, what: &str) -> Lowered<T> {
        let words = self.written(head).map_or_else(String::new, |words| format!(" after `{}`", one_line(words)));
        self.refuse(Diagnostic::new(Code::MissingValue, head, format!("{what} is missing{words}")))
    }
}

/// A text of several lines as one.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
