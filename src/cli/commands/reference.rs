//! `campanile reference`: the whole vocabulary, from the tables that the checker uses.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::cli::exit::{Exit, Failure};
use crate::vocabulary::{
    Entry, Topic, counts, filters, operators, qualify, schedules, steps, triggers, waits, windows,
};

/// Show every trigger, filter, operator and step of the rule language, with an example each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile reference
  campanile reference wait
  campanile reference --markdown > docs/reference.md")]
pub(crate) struct Args {
    /// Show only what has this word in it.
    #[arg(value_name = "WORD")]
    word: Option<String>,
    /// Print Markdown.
    #[arg(long)]
    markdown: bool,
}

/// One thing of the language.
struct Item {
    syntax: String,
    text: String,
    examples: Vec<&'static str>,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut sections = sections();
    if let Some(word) = &args.word {
        let word = word.to_lowercase();
        for (_, items) in &mut sections {
            items.retain(|item| item.syntax.to_lowercase().contains(&word) || item.text.to_lowercase().contains(&word));
        }
        sections.retain(|(_, items)| !items.is_empty());
        if sections.is_empty() {
            return Err(Failure::new(format!("nothing in the rule language has `{word}` in it")));
        }
    }
    let text = if args.markdown { markdown(&sections) } else { plain(&sections) };
    // A reader who has seen enough closes the pipe.
    let _ = anstream::stdout().write_all(text.as_bytes());
    Ok(Exit::Fine)
}

fn sections() -> Vec<(&'static str, Vec<Item>)> {
    vec![
        ("Triggers", triggers::ALL.iter().map(entry).collect()),
        ("Filters", filters::ALL.iter().map(entry).collect()),
        ("Operators", operators::ALL.iter().map(operator).collect()),
        ("Windows", windows::ALL.iter().map(topic).collect()),
        ("Counts", counts::ALL.iter().map(topic).collect()),
        ("Flow steps", steps::ALL.iter().map(entry).collect()),
        ("Waits", waits::ALL.iter().map(topic).collect()),
        ("Qualification", qualify::ALL.iter().map(topic).collect()),
        ("Schedules", schedules::ALL.iter().map(topic).collect()),
    ]
}

fn entry<F, M>(entry: &Entry<F, M>) -> Item {
    let text = if entry.doc.is_empty() { entry.summary.to_owned() } else { format!("{} {}", entry.summary, entry.doc) };
    Item { syntax: entry.syntax.to_owned(), text, examples: entry.examples.to_vec() }
}

fn topic(topic: &Topic) -> Item {
    Item { syntax: topic.syntax.to_owned(), text: topic.summary.to_owned(), examples: vec![topic.example] }
}

fn operator(operator: &operators::Operator) -> Item {
    let types: Vec<&str> = operator.types.iter().map(|type_| type_.word()).collect();
    let text = format!("{} For {}.", operator.summary, types.join(", "));
    Item { syntax: operator.syntax.to_owned(), text, examples: vec![operator.example] }
}

fn plain(sections: &[(&str, Vec<Item>)]) -> String {
    let mut text = String::new();
    for (title, items) in sections {
        let _ = writeln!(text, "{}\n", title.to_uppercase());
        for item in items {
            let _ = writeln!(text, "  {}\n      {}", item.syntax, item.text);
            for example in &item.examples {
                let _ = writeln!(text, "      > {example}");
            }
            text.push('\n');
        }
    }
    text
}

/// The text of `docs/reference.md`.
fn markdown(sections: &[(&str, Vec<Item>)]) -> String {
    let mut text = String::from(
        "# Reference\n\nEvery trigger, filter, operator and step of the rule language. Made by `campanile reference --markdown` \
         from the tables that the checker uses; do not edit by hand.\n",
    );
    for (title, items) in sections {
        let _ = writeln!(text, "\n## {title}");
        for item in items {
            let _ = writeln!(text, "\n### `{}`\n\n{}\n", item.syntax, item.text);
            text.push_str("```\n");
            for example in &item.examples {
                let _ = writeln!(text, "{example}");
            }
            text.push_str("```\n");
        }
    }
    text
}
