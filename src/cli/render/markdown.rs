//! Markdown pages on a terminal: headings and strong words bold, code coloured, everything else as it is written.
//!
//! Code in a sentence keeps its backticks: where there are no colours they are all that sets it apart.

use clap::builder::styling::{AnsiColor, Style};

const HEADING: Style = Style::new().bold().underline();
const CODE: Style = AnsiColor::Cyan.on_default();
const STRONG: Style = Style::new().bold();

/// The page with colours in it.
pub fn for_terminal(page: &str) -> String {
    let mut text = String::new();
    let mut fenced = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            if line.is_empty() {
                text.push('\n');
            } else {
                text.push_str(&format!("    {CODE}{line}{CODE:#}\n"));
            }
        } else if line.starts_with('#') {
            text.push_str(&format!("{HEADING}{}{HEADING:#}\n", line.trim_start_matches('#').trim()));
        } else {
            inline(line, &mut text);
            text.push('\n');
        }
    }
    text
}

/// Code in backticks and strong words between double stars; a sign without its partner is shown as it is.
fn inline(mut line: &str, text: &mut String) {
    loop {
        let next = [("`", "`", CODE), ("**", "", STRONG)]
            .into_iter()
            .filter_map(|(mark, kept, style)| {
                let (before, rest) = line.split_once(mark)?;
                let (inside, after) = rest.split_once(mark)?;
                Some((before, kept, style, inside, after))
            })
            .min_by_key(|(before, ..)| before.len());
        let Some((before, kept, style, inside, after)) = next else { break };
        text.push_str(&format!("{before}{style}{kept}{inside}{kept}{style:#}"));
        line = after;
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::for_terminal;

    #[test]
    fn marks_become_colours() {
        let page = "# E1\n\nUse `a` and **b**, not ` alone.\n\n```yaml\nx: 1\n\n```\n";
        let shown = for_terminal(page);
        assert!(shown.contains("\u{1b}[36m`a`"), "{shown:?}");
        assert_eq!(
            anstream::adapter::strip_str(&shown).to_string(),
            "E1\n\nUse `a` and b, not ` alone.\n\n    x: 1\n\n"
        );
    }

    #[test]
    fn what_stands_in_an_example_is_left_alone() {
        let page = "## Wrong\n\n```yaml\n# a.yaml\na: **b** `c`\n```\n";
        let shown = for_terminal(page);
        assert_eq!(anstream::adapter::strip_str(&shown).to_string(), "Wrong\n\n    # a.yaml\n    a: **b** `c`\n");
    }

    #[test]
    fn no_page_shows_raw_marks() {
        for code in crate::diagnostics::ALL {
            let shown = anstream::adapter::strip_str(&for_terminal(code.page())).to_string();
            for line in shown.lines().filter(|line| !line.starts_with("    ")) {
                assert!(!line.contains("**") && !line.contains("```") && !line.starts_with('#'), "{code}: {line}");
            }
        }
    }
}
