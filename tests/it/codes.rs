//! The pages of the codes: they have one form, the wrong example of each makes its finding and the right one makes none.

use std::collections::BTreeSet;
use std::path::Path;

use campanile::compile::check;
use campanile::diagnostics::{ALL, Code, Diagnostic, Severity, Sources};
use campanile::scenario;

use crate::material;
use crate::valid::describe;

/// The codes whose wrong example is described instead of shown, and why.
const DESCRIBED: &[(Code, &str)] = &[
    (Code::NotUtf8, "the page itself is UTF-8 text, so bytes that are not cannot stand in it"),
    (Code::TooLarge, "what is over a limit is longer than a page should be"),
];

/// What every page has, in this order.
const SECTIONS: &[&str] =
    &["**What it means.** ", "**Why it matters.** ", "**How to fix it.** ", "## Wrong", "## Right"];

/// A page is read in terminals: this many characters a line; those of examples are indented by four.
const WIDTH: usize = 80;

/// A fenced block.
struct Block<'a> {
    language: &'a str,
    text: String,
}

/// The fenced blocks of a part of a page, and whether each is closed.
fn blocks(part: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for line in part.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some(Block { language, text: String::new() }),
            (None, None) => {}
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a block is never closed");
    blocks
}

/// The findings about the files of an example. A block is named by its first line, `# b.yaml`.
fn findings(blocks: &[Block<'_>]) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    for block in blocks {
        let first = block.text.lines().next().and_then(|line| line.strip_prefix("# "));
        let name = first.filter(|name| name.ends_with(".yaml")).unwrap_or("a.yaml");
        sources.add(name, block.text.as_str());
    }
    let mut findings = check(&sources).findings;
    findings.extend(scenario::check(&sources));
    (sources, findings)
}

/// What is wrong with the form of a page.
fn misshapen(code: Code) -> Vec<String> {
    let page = code.page();
    let mut wrong = Vec::new();
    if page.lines().next() != Some(&format!("# {}: {}", code.id(), code.title())) {
        wrong.push("the first line is not `# CODE: title`".to_owned());
    }
    let starts: Vec<&str> =
        page.lines().skip(1).filter(|line| line.starts_with("**") || line.starts_with("## ")).collect();
    let in_order = starts.len() == SECTIONS.len()
        && starts
            .iter()
            .zip(SECTIONS)
            .all(|(line, section)| if section.starts_with('#') { line == section } else { line.starts_with(section) });
    if !in_order {
        wrong.push(format!("the sections are {starts:?}"));
    }
    let mut fenced = false;
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        let width = line.chars().count() + if fenced { 4 } else { 0 };
        if width > WIDTH {
            wrong.push(format!("a line of more than {WIDTH} characters: {line}"));
        }
        if !fenced && line.matches('`').count() % 2 == 1 && !line.starts_with("```") {
            wrong.push(format!("code that does not end in its line: {line}"));
        }
    }
    if page.ends_with("\n\n") || !page.ends_with('\n') {
        wrong.push("the page does not end in one line break".to_owned());
    }
    wrong
}

/// What is wrong with the words of a finding: one line, lower case, no full stop, nothing empty in backticks, and some
/// help.
fn badly_worded(finding: &Diagnostic) -> Option<String> {
    let message = finding.message.as_str();
    let first = message.split_whitespace().next().unwrap_or("");
    let capital = first.chars().next().is_some_and(char::is_uppercase) && !first.chars().all(char::is_uppercase);
    let texts = || std::iter::once(message).chain(finding.help.iter().map(String::as_str));
    let bad = capital
        || message.ends_with('.')
        || finding.help.is_empty()
        || texts().any(|text| text.trim().is_empty() || text.contains('\n') || text.contains("``"))
        || texts().any(|text| text.matches('`').count() % 2 == 1);
    bad.then(|| format!("a badly worded finding: {message} ({})", finding.help.join("; ")))
}

/// What is wrong with the examples of a page.
fn differences(code: Code) -> Vec<String> {
    let Some((_, examples)) = code.page().split_once("\n## Wrong\n") else { return Vec::new() };
    let Some((bad, good)) = examples.split_once("\n## Right\n") else { return Vec::new() };
    let (bad, good) = (blocks(bad), blocks(good));
    let mut wrong = Vec::new();
    if bad.is_empty() || good.is_empty() {
        wrong.push("an example is missing".to_owned());
    }
    if good.iter().any(|block| block.language != "yaml") {
        wrong.push("the right example is not YAML".to_owned());
    }
    if DESCRIBED.iter().any(|(described, _)| *described == code) {
        if bad.iter().any(|block| block.language != "text") {
            wrong.push("the wrong example is listed as described, and is shown".to_owned());
        }
    } else {
        if bad.iter().any(|block| block.language != "yaml") {
            wrong.push("the wrong example is not YAML".to_owned());
        }
        let (sources, found) = findings(&bad);
        wrong.extend(found.iter().filter_map(badly_worded));
        let errors: Vec<&Diagnostic> = found.iter().filter(|finding| finding.is_error()).collect();
        let as_promised = match code.severity() {
            Severity::Error => errors.len() == 1 && errors.iter().all(|finding| finding.code == code),
            Severity::Warning => errors.is_empty() && found.iter().any(|finding| finding.code == code),
        };
        if !as_promised {
            let told: Vec<String> = found.iter().map(|finding| describe(&sources, finding)).collect();
            wrong.push(format!("the wrong example makes {told:#?}"));
        }
    }
    let (sources, found) = findings(&good);
    wrong.extend(found.iter().map(|finding| format!("the right example makes {}", describe(&sources, finding))));
    wrong
}

fn all_wrong(of: impl Fn(Code) -> Vec<String>) -> Vec<String> {
    ALL.iter()
        .flat_map(|code| of(*code).into_iter().map(move |wrong| format!("docs/codes/{}.md: {wrong}", code.id())))
        .collect()
}

#[test]
fn every_page_has_the_same_form() {
    let wrong = all_wrong(misshapen);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_does_what_its_page_says() {
    let wrong = all_wrong(differences);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_belongs_to_a_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes");
    let pages: BTreeSet<String> = material::entries(&folder)
        .iter()
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    let codes: BTreeSet<String> = ALL.iter().map(|code| format!("{}.md", code.id())).collect();
    assert_eq!(pages, codes);
}

#[test]
fn findings_are_worded_alike() {
    let wrong: Vec<String> = material::entries(&material::folder("invalid"))
        .iter()
        .flat_map(|path| check(&material::sources(path)).findings)
        .filter_map(|finding| badly_worded(&finding))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
