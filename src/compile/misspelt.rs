//! A declaration with a slip in it: its uses are right, and each of them would be blamed.
//!
//! Where one name is used twice or more and declared nowhere, and the one declared name that is close to it is used
//! nowhere, the slip is most likely where it is declared. Then there is one finding, at the declaration, which names the
//! uses. With a single use nobody can tell which of the two is right: the use is blamed, as always.

use std::collections::BTreeMap;

use crate::diagnostics::{Code, Diagnostic, FileId, Sources, Span};

/// So many uses make it likely that they are right.
const USES_MIN: usize = 2;

/// All files are searched for each name, so not for more than this.
const NAMES_MAX: usize = 64;

/// Puts findings about uses of a misspelt declaration together.
pub(super) fn put_together(sources: &Sources, findings: &mut Vec<Diagnostic>) {
    let mut uses: BTreeMap<(Code, String, String), Vec<Span>> = BTreeMap::new();
    for finding in findings.iter() {
        if let Some((used, declared)) = spellings(finding, sources) {
            uses.entry((finding.code, used, declared)).or_default().push(finding.span);
        }
    }
    uses.retain(|_, places| places.len() >= USES_MIN);
    for ((code, used, declared), places) in uses.into_iter().take(NAMES_MAX) {
        let Some(place) = only_place(sources, &declared) else { continue };
        findings.retain(|finding| finding.code != code || !places.contains(&finding.span));
        let times = places.len();
        let message = format!(
            "`{declared}` is declared and used nowhere, and `{used}` is used {times} times and declared nowhere"
        );
        let mut finding = Diagnostic::new(code, place, message)
            .help(format!("write `{used}` here, or `{declared}` where it is used"))
            .fix(format!("write `{used}`"), false, place, used);
        finding.related = places.into_iter().map(|place| (place, "used here".to_owned())).collect();
        findings.push(finding);
    }
}

/// Of a finding about an unknown name with one remedy: the name as it is used, and the declared one that is close.
fn spellings(finding: &Diagnostic, sources: &Sources) -> Option<(String, String)> {
    let is_name = matches!(
        finding.code,
        Code::UnknownField
            | Code::UnknownStatus
            | Code::UnknownSfdcCampaign
            | Code::UnknownProgram
            | Code::UnknownChannel
            | Code::UnknownList
            | Code::UnknownSegment
            | Code::UnknownActivity
            | Code::UnknownAttribute
            | Code::UnknownSmartCampaign
            | Code::UnknownToken
            | Code::UnknownWebhook
    );
    let [fix] = finding.fixes.as_slice() else { return None };
    let declared = fix.title.strip_prefix("write `")?.strip_suffix('`')?;
    let used = sources.text(finding.span).trim_matches(['"', '\'', '\\', '[', ']']);
    // Other capitals are changed without asking.
    let is_name = is_name && !fix.safe && is_plain(used);
    (is_name && is_plain(declared)).then(|| (used.to_owned(), declared.to_owned()))
}

/// Whether a name is the same text in every kind of quotes.
fn is_plain(name: &str) -> bool {
    name.starts_with(char::is_alphabetic) && name.chars().all(|sign| sign.is_alphanumeric() || " _-".contains(sign))
}

/// Where a name stands, if it stands in one place of all files and nowhere as a part of another word.
fn only_place(sources: &Sources, name: &str) -> Option<Span> {
    let mut found = None;
    for (file, source) in sources.iter() {
        for (at, _) in source.text.match_indices(name) {
            if found.is_some() {
                return None;
            }
            found = Some(place(file, &source.text, at, name)?);
        }
    }
    found
}

fn place(file: FileId, text: &str, at: usize, name: &str) -> Option<Span> {
    let end = at + name.len();
    let in_word = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || "_-".contains(sign));
    let before = text.get(..at)?.chars().next_back();
    let after = text.get(end..)?.chars().next();
    let to_u32 = |at: usize| u32::try_from(at).ok();
    (!in_word(before) && !in_word(after)).then_some(Span::new(file, to_u32(at)?, to_u32(end)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use crate::compile::check;
    use crate::diagnostics::Sources;
    use crate::diagnostics::fixes::{Allowed, settle};

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::new();
        sources.add("a.yaml", text);
        sources
    }

    fn told(text: &str) -> Vec<String> {
        let sources = sources(text);
        let findings = check(&sources).findings;
        let line = |finding: &crate::diagnostics::Diagnostic| {
            let at = sources.position(finding.span.file, finding.span.start);
            format!("{} {}:{} `{}`", finding.code, at.line, at.column, sources.text(finding.span))
        };
        findings.iter().filter(|finding| finding.is_error()).map(line).collect()
    }

    const USED: &str = "segments:\n  X: member of list \"Newsletter\"\n  Y: not member of list \"Newsletter\"\n";

    #[test]
    fn a_misspelt_declaration_is_blamed_once() {
        let text = format!("lists: [Newslettr, Other]\n{USED}");
        assert_eq!(told(&text), ["E0307 1:9 `Newslettr`"]);
        let finding = check(&sources(&text)).findings.into_iter().next().unwrap();
        assert_eq!(finding.related.len(), 2);
        let settled = settle(sources(&text), Allowed::Unsafe, |sources| check(sources).findings);
        assert_eq!(settled.sources.iter().next().unwrap().1.text, format!("lists: [Newsletter, Other]\n{USED}"));
        assert!(settled.left.iter().all(|finding| !finding.is_error()));
    }

    #[test]
    fn of_things_with_other_names_as_well() {
        let flow = |step: &str| format!("smart_campaigns:\n  a: {{flow: ['{step}', '{step}']}}\n");
        let campaigns = "sfdc_campaigns:\n  Spring Fairr: {statuses: {In: {default: true}}}\n";
        let text = format!("{campaigns}{}", flow("remove from SFDC campaign \"Spring Fair\""));
        assert_eq!(told(&text), ["E0304 2:3 `Spring Fairr`"]);
        let text = format!("fields: {{Regiom: text}}\n{}", flow("clear Region"));
        assert_eq!(told(&text), ["E0302 1:10 `Regiom`"]);
        let text = format!("webhooks: {{crm-alrt: {{url: https://a.test}}}}\n{}", flow("call webhook \"crm-alert\""));
        assert_eq!(told(&text), ["E0313 1:12 `crm-alrt`"]);
    }

    #[test]
    fn uses_are_blamed_where_the_declaration_may_be_right() {
        // One use: nobody can tell.
        let once = USED.split_inclusive('\n').take(2).collect::<String>();
        assert_eq!(told(&format!("lists: [Newslettr]\n{once}")), ["E0307 3:21 `\"Newsletter\"`"]);
        // The declared name is used as well.
        let both = format!("lists: [Newslettr]\n{USED}  Z: member of list \"Newslettr\"\n");
        assert_eq!(told(&both).len(), 2);
        // Two names are close.
        let two = format!("lists: [Newslettr, Newsletters]\n{USED}");
        assert_eq!(told(&two).len(), 2);
    }
}
