//! The guide to the rule language, the reference and the page about the grammar say what is so.
//!
//! Every block of `docs/language.md` is checked. Its first `yaml` block is the workspace of the others; a word after
//! `yaml` says what a block is: nothing, a whole file; `campaign`, the keys of one smart campaign in that workspace;
//! `scenario`, scenarios that pass with it; `wrong`, a file in which something is found.

use std::process::Command;
use std::sync::Arc;

use campanile::diagnostics::{FileId, Severity, Sources};
use campanile::{Rules, compile, scenario};

use crate::documents::{bless, read, root, write};
use crate::valid::describe;

/// A block: the line of its fence, its kind, its text.
struct Block {
    line: usize,
    kind: String,
    text: String,
}

fn yaml_blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().zip(1..);
    while let Some((fence, line)) = lines.next() {
        let Some(kind) = fence.strip_prefix("```") else { continue };
        let text: Vec<&str> =
            lines.by_ref().map(|(text, _)| text).take_while(|text| !text.starts_with("```")).collect();
        if let Some(kind) = kind.strip_prefix("yaml") {
            blocks.push(Block { line, kind: kind.trim().to_owned(), text: text.join("\n") + "\n" });
        }
    }
    blocks
}

/// The keys of a smart campaign as a rule file; where a flow is missing, one that does nothing.
fn campaign(keys: &str) -> String {
    let mut text = "smart_campaigns:\n  the-example:\n".to_owned();
    for line in keys.lines() {
        text.push_str(&format!("    {line}\n"));
    }
    if !keys.lines().any(|line| line.starts_with("flow:")) {
        text.push_str("    flow: do nothing\n");
    }
    text
}

/// What is found in rule files, in words.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let rules = Rules::from_sources(files);
    rules.findings().iter().map(|finding| describe(rules.sources(), finding)).collect()
}

#[test]
fn every_example_of_the_guide_is_valid() {
    let page = read("docs/language.md");
    let blocks = yaml_blocks(&page);
    assert!(blocks.len() > 15, "the guide has examples");
    let workspace = blocks[0].text.as_str();
    let mut wrong = Vec::new();
    for Block { line, kind, text } in &blocks {
        let found = match kind.as_str() {
            "" => findings(&[("guide.yaml", text)]),
            "campaign" => findings(&[("guide.yaml", workspace), ("example.yaml", &campaign(text))]),
            "scenario" => failures(workspace, text),
            "wrong" if findings(&[("wrong.yaml", text)]).is_empty() => vec!["nothing is found in it".to_owned()],
            "wrong" => Vec::new(),
            other => vec![format!("`{other}` is no kind of block")],
        };
        wrong.extend(found.iter().map(|found| format!("docs/language.md, block at line {line}: {found}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What fails when scenarios are played with the rules of a workspace.
fn failures(workspace: &str, text: &str) -> Vec<String> {
    let mut sources = Sources::new();
    sources.add("guide.test.yaml", text);
    let file = match scenario::read_file(&sources, FileId(0)) {
        Ok(file) => file,
        Err(found) => return found.iter().map(|finding| describe(&sources, finding)).collect(),
    };
    let plan = Arc::new(Rules::from_sources(&[("guide.yaml", workspace)]).compile().unwrap());
    let results = scenario::run_file(&sources, &file, None, &mut |_| Ok(Arc::clone(&plan)), None);
    results.iter().flat_map(|result| &result.failures).map(|failure| format!("{failure:?}")).collect()
}

#[test]
fn the_tour_and_the_sample_have_no_findings() {
    for folder in ["rules", "docs/tour/fixed"] {
        let rules = Rules::from_dir(root().join(folder)).unwrap();
        let found: Vec<String> = rules.findings().iter().map(|finding| describe(rules.sources(), finding)).collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
    let typo = Rules::from_dir(root().join("docs/tour/typo")).unwrap();
    assert_eq!(typo.findings().iter().filter(|finding| finding.code.severity() == Severity::Error).count(), 3);
}

#[test]
fn the_reference_is_that_of_the_program() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_campanile")).args(["reference", "--markdown"]).output().unwrap().stdout;
    let text = String::from_utf8(output).unwrap();
    if bless() {
        write("docs/reference.md", &text);
    }
    let stale = "docs/reference.md is stale: renew it with `campanile reference --markdown > docs/reference.md`";
    assert!(read("docs/reference.md") == text, "{stale}, or `CAMPANILE_BLESS=1 cargo test reference`");
}

#[test]
fn the_reserved_words_of_the_page_are_those_of_the_grammar() {
    let grammar = read("grammar/campanile.pest");
    let rule = grammar.split("\nreserved ").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let mut words: Vec<String> =
        rule.split("^\"").skip(1).map(|rest| format!("`{}`", rest.split('"').next().unwrap())).collect();
    words.sort();
    let line = format!("\n> {}\n", words.join(", "));
    assert!(read("grammar/README.md").contains(&line), "grammar/README.md should have the line{line}");
}

#[test]
fn the_fields_of_the_page_are_those_of_the_program() {
    let rules = Rules::from_sources(&[("a.yaml", "lists: [A]")]);
    let rulebook = rules.rulebook().unwrap();
    let page = read("docs/language.md").replace('\n', " ");
    for field in &rulebook.fields {
        assert!(page.contains(field.name.as_str()), "docs/language.md does not name the field {}", field.name);
    }
    let settings = &compile::plan(rulebook.clone()).rulebook.settings;
    assert!(page.contains(&format!("`cascade_limit` ({})", settings.cascade_limit)));
    assert!(page.contains(&format!("`activity_limit` ({})", settings.activity_limit)));
    assert!(page.contains(&format!("`max_people` ({})", settings.max_people)));
}

/// Comments in the code refer to sections of the documents; the numbers stand in their headings.
#[test]
fn sections_that_the_code_refers_to_are_there() {
    let mut files = Vec::new();
    crate::architecture::rust_files(&root().join("src"), &mut files);
    let mut found = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for page in ["language", "semantics", "interfaces"] {
            let reference = format!("{page}.md section ");
            for rest in text.split(reference.as_str()).skip(1) {
                let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
                let heading = format!("\n## {number}. ");
                let there = read(&format!("docs/{page}.md")).contains(&heading);
                assert!(there, "{}: docs/{page}.md has no section {number}", file.display());
                found += 1;
            }
        }
    }
    assert!(found > 10, "{found} references");
}
