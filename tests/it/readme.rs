//! The README shows what the program really prints.
//!
//! Every `console` block is run: lines that begin with `$ campanile` are commands, what follows them is their output, the
//! standard output first. A last line `…` stands for the rest of a long output. Where the status is not 0, `$ echo $?` shows
//! it. `CAMPANILE_BLESS=1 cargo test readme` writes the outputs anew.

use std::process::Command;

use crate::documents::{bless, read, root, write};

/// So many lines are shown of an output that ends in `…`.
const EXCERPT_LINES: usize = 10;

/// What a command of the README prints, and the status that it ends with.
fn output_of(command: &str) -> (String, i32) {
    let mut words = words(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("campanile"), "`{command}`");
    let output = Command::new(env!("CARGO_BIN_EXE_campanile"))
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (text, output.status.code().unwrap())
}

/// The words of a command, as a shell would take it apart; of its signs only single quotes are needed here.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for sign in command.chars() {
        match sign {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(sign),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The README with the outputs as they are.
fn renewed(readme: &str) -> String {
    let mut text = String::new();
    let mut lines = readme.lines().peekable();
    let mut in_console = false;
    let mut status = 0;
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        if line.starts_with("```") {
            in_console = line == "```console";
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) else {
            assert_eq!(status, 0, "a status other than 0 is shown by `$ echo $?`: {line}");
            continue;
        };
        let mut shown = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && *line != "```") {
            shown.push(line);
        }
        let output = if command == "echo $?" {
            std::mem::take(&mut status).to_string()
        } else {
            assert_eq!(status, 0, "a status other than 0 is shown by `$ echo $?`: {line}");
            let (text, ended) = output_of(command);
            status = ended;
            text
        };
        let output = output.trim_end();
        if shown.last() == Some(&"…") {
            let kept: Vec<&str> = output.lines().take(EXCERPT_LINES).collect();
            text.push_str(&kept.join("\n"));
            text.push_str("\n…\n");
        } else if !output.is_empty() {
            text.push_str(output);
            text.push('\n');
        }
    }
    text
}

#[test]
fn readme_outputs_are_real() {
    let readme = read("README.md");
    assert!(readme.matches("```console\n$ campanile").count() >= 7, "the tour is not to get lost");
    let real = renewed(&readme);
    if bless() {
        write("README.md", &real);
    } else if let Some((ours, real)) = readme.lines().zip(real.lines()).find(|(ours, real)| ours != real) {
        panic!(
            "README.md shows\n  {ours}\nwhere the program prints\n  {real}\n`CAMPANILE_BLESS=1 cargo test readme` renews it"
        );
    } else {
        assert_eq!(readme, real, "`CAMPANILE_BLESS=1 cargo test readme` renews the README");
    }
}

#[test]
fn the_rule_of_the_readme_is_the_one_of_the_tour() {
    let readme = read("README.md");
    let rule = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(read("docs/tour/fixed/thanks.yaml").ends_with(rule));
}
#[test]
fn links_lead_somewhere() {
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/architecture.md",
        "docs/language.md",
        "docs/semantics.md",
        "docs/interfaces.md",
        "docs/operations.md",
        "docs/service.md",
        "docs/sync.md",
        "grammar/README.md",
        "rules/README.md",
    ] {
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in read(page).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("http") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let there = if path.is_empty() { root().join(page) } else { root().join(folder).join(path) };
            assert!(there.exists(), "{page} links to `{target}`, which is not there");
            if !anchor.is_empty() {
                let text = std::fs::read_to_string(&there).unwrap();
                let headings = text.lines().filter_map(|line| line.strip_prefix('#'));
                let found = headings.map(|line| anchor_of(line.trim_start_matches('#'))).any(|known| known == anchor);
                assert!(found, "{page} links to `{target}`, and there is no such heading");
            }
        }
    }
}

/// The anchor that code hosts give a heading.
fn anchor_of(heading: &str) -> String {
    let kept = heading.trim().to_lowercase().replace(' ', "-");
    kept.chars().filter(|sign| sign.is_alphanumeric() || matches!(sign, '-' | '_')).collect()
}
