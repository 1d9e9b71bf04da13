//! The one context through which phrases are lowered: tables, findings, and where the phrase stands.

use smol_str::SmolStr;

use super::doubts::Emptiness;
use super::entry::{Lowered, Poisoned};
use super::symbols::Symbols;
use crate::diagnostics::{Diagnostic, Sources, Span};
use crate::model::{ActivityId, CampaignId, ProgramId, SegmentId};

/// Where a phrase stands, as far as its meaning depends on that.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// The key of random samples: the name of the smart campaign or segment.
    pub(crate) sample_key: SmolStr,
    /// The program whose tokens come first.
    pub(crate) program: Option<ProgramId>,
    /// Whether a program is named that does not exist: it might have had any token.
    pub(crate) program_unknown: bool,
    /// Whether an event can have started the run; true also when how it is started could not all be read.
    pub(crate) has_triggers: bool,
    /// Whether the flow is that of an executable campaign.
    pub(crate) executable: bool,
    /// Whether it is no rule but a question to rules that stand (`expect`, `select`): values of a closed list may then be
    /// written with other capitals, as tests of texts ignore case.
    pub(crate) is_question: bool,
}

/// What a declaration refers to, in order, for the search for circles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses {
    /// Segments that its filters ask for.
    pub(crate) segments: Vec<(SegmentId, Span)>,
    /// Campaigns that its flow executes.
    pub(crate) executes: Vec<(CampaignId, Span)>,
}

/// What lowering works with.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    /// Everything that has a name.
    pub(crate) symbols: &'a mut Symbols,
    /// Where findings go.
    pub(crate) findings: &'a mut Vec<Diagnostic>,
    /// The files, to word fixes as the text around them needs; absent for a lone filter.
    pub(crate) sources: Option<&'a Sources>,
    /// Where the phrase stands.
    pub(crate) place: Place,
    /// What was referred to.
    pub(crate) uses: Uses,
    /// What is known about empty values.
    pub(crate) emptiness: Emptiness,
    /// Activities whose attributes a neighbour in a chain around tests.
    pub(crate) activities_beside: Vec<ActivityId>,
}

impl<'a> Scope<'a> {
    /// A scope outside every campaign.
    pub(crate) fn new(
        symbols: &'a mut Symbols,
        findings: &'a mut Vec<Diagnostic>,
        sources: Option<&'a Sources>,
    ) -> Self {
        Self {
            symbols,
            findings,
            sources,
            place: Place::default(),
            uses: Uses::default(),
            emptiness: Emptiness::default(),
            activities_beside: Vec::new(),
        }
    }

    /// Makes a finding.
    pub(crate) fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Makes a finding about something without which nothing can be meant.
    pub(crate) fn refuse<T>(&mut self, finding: Diagnostic) -> Lowered<T> {
        self.findings.push(finding);
        Err(Poisoned)
    }

    /// What the author wrote at a place, as it stands in the file.
    pub(crate) fn written(&self, span: Span) -> Option<&'a str> {
        self.sources.map(|sources| sources.text(span)).filter(|text| !text.is_empty())
    }

    /// Adds the change of one name to a finding, with whatever quotes and escapes stand around it in the file.
    pub(crate) fn respelled(
        &self,
        finding: Diagnostic,
        span: Span,
        wrong: &str,
        right: &str,
        safe: bool,
    ) -> Diagnostic {
        // A name that needs escapes or other brackets would not be the same text in every kind of quotes.
        let plain = |name: &str| !name.is_empty() && !name.contains(['"', '\'', '\\', '\n', '{', '[', ']', ':', '#']);
        let single = |name: &str| !name.contains(' ');
        let Some(text) = self.written(span) else { return finding };
        let bare = text == wrong;
        if !plain(wrong) || !plain(right) || (bare && single(wrong) && !single(right)) {
            return finding;
        }
        // Without quotes of YAML a comma may end the text, and some names are no texts.
        let comma = |name: &str| name.contains([',', '}']);
        let begins = |name: &str| name.starts_with(char::is_alphanumeric) && !name.eq_ignore_ascii_case("null");
        if (comma(right) && !comma(wrong)) || (bare && !begins(right)) {
            return finding;
        }
        match text.find(wrong) {
            Some(at) if !text.get(at + 1..).unwrap_or("").contains(wrong) => {
                let replaced = text.replacen(wrong, right, 1);
                finding.fix(format!("write `{right}`"), safe, span, replaced)
            }
            Some(_) | None => finding,
        }
    }
}
