//! What both products show, as rule files: so that names are checked without asking anybody.
//!
//! [`look`] asks; [`Seen::files`] writes `sfdc_campaigns`, `channels` and `programs`. Nothing is changed anywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::Trouble;
use super::links::ProgramStatus;
use super::marketo::{Marketo, Overview};
use super::salesforce::{Salesforce, StatusRow};
use super::wire::Outside;
/// A rule file has at most 1 MiB; so many bytes of entries leave room for the rest.
const FILE_BYTES: usize = 900 * 1024;

/// What both products show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Campaigns by name, with their statuses in order. Names that several have are in `ambiguous` only.
    pub campaigns: BTreeMap<String, Vec<StatusRow>>,
    /// Names of campaigns that several have, with their ids.
    pub ambiguous: BTreeMap<String, Vec<String>>,
    /// Channels by name.
    pub channels: BTreeMap<String, Vec<ProgramStatus>>,
    /// Programs.
    pub programs: Vec<Overview>,
}

/// Asks Salesforce for campaigns and, where there is one, Marketo for programs and channels.
///
/// # Errors
///
/// When one of them cannot be asked.
pub async fn look<O: Outside>(
    salesforce: &Salesforce<'_, O>,
    marketo: Option<&Marketo<'_, O>>,
) -> Result<Seen, Trouble> {
    let mut seen = Seen::default();
    let mut statuses = salesforce.all_statuses().await?;
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, name) in salesforce.visible_campaigns().await? {
        by_name.entry(name).or_default().push(id);
    }
    for (name, ids) in by_name {
        match ids.as_slice() {
            [id] => drop(seen.campaigns.insert(name, statuses.remove(id).unwrap_or_default())),
            _ => drop(seen.ambiguous.insert(name, ids)),
        }
    }
    if let Some(marketo) = marketo {
        seen.programs = marketo.programs().await?;
        seen.programs.sort_by(|a, b| a.name.cmp(&b.name));
        let channels: BTreeSet<&str> = seen.programs.iter().map(|program| program.channel.as_str()).collect();
        for channel in channels {
            seen.channels.insert(channel.to_owned(), marketo.channel(channel).await?);
        }
    }
    Ok(seen)
}

impl Seen {
    /// The texts of rule files, one or, where that would be too large, several.
    pub fn files(&self) -> Vec<String> {
        let mut files = Files { done: Vec::new(), text: String::new(), section: "" };
        for (name, ids) in &self.ambiguous {
            files.comment(&format!(
                "{} campaigns are called {}, so rules cannot name one: {}. Give them names of their own.",
                ids.len(),
                quoted(name),
                ids.join(", ")
            ));
        }
        for (name, statuses) in &self.channels {
            let statuses: Vec<String> = statuses
                .iter()
                .map(|ProgramStatus { name, step, success }| {
                    let success = if *success { ", success: true" } else { "" };
                    format!("{}: {{step: {step}{success}}}", quoted(name))
                })
                .collect();
            files.entry("channels", name, &block("statuses", &statuses));
        }
        for Overview { name, channel, campaign } in &self.programs {
            let mut text = format!("    channel: {}\n", quoted(channel));
            // A campaign that is not seen, or whose name several have, cannot be named.
            if let Some(campaign) = campaign.as_ref().filter(|campaign| self.campaigns.contains_key(*campaign)) {
                text.push_str(&format!("    sfdc_campaign: {}\n", quoted(campaign)));
            }
            files.entry("programs", name, &text);
        }
        for (name, statuses) in &self.campaigns {
            let statuses: Vec<String> = statuses
                .iter()
                .map(|StatusRow { label, responded, default, .. }| {
                    let mut flags = Vec::new();
                    flags.extend(default.then_some("default: true"));
                    flags.extend(responded.then_some("responded: true"));
                    format!("{}: {{{}}}", quoted(label), flags.join(", "))
                })
                .collect();
            files.entry("sfdc_campaigns", name, &block("statuses", &statuses));
        }
        files.end()
    }
}

/// A mapping under a key, or an empty one.
fn block(key: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return format!("    {key}: {{}}\n");
    }
    let lines: String = lines.iter().map(|line| format!("      {line}\n")).collect();
    format!("    {key}:\n{lines}")
}

/// A text as YAML reads it back: plain where nothing in it means something to YAML, else in double quotes.
fn quoted(text: &str) -> String {
    let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_' | '.' | '(' | ')' | '/' | '+');
    let is_plain = text.starts_with(char::is_alphabetic) && !text.ends_with(' ') && text.chars().all(plain);
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

struct Files {
    done: Vec<String>,
    text: String,
    section: &'static str,
}

impl Files {
    fn comment(&mut self, text: &str) {
        self.text.push_str(&format!("# {text}\n"));
    }

    fn entry(&mut self, section: &'static str, name: &str, text: &str) {
        if self.text.len() + text.len() + name.len() > FILE_BYTES {
            self.cut();
        }
        if self.section != section {
            self.text.push_str(&format!("{section}:\n"));
            self.section = section;
        }
        self.text.push_str(&format!("  {}:\n{text}", quoted(name)));
    }

    fn cut(&mut self) {
        self.section = "";
        self.done.push(std::mem::take(&mut self.text));
    }

    fn end(mut self) -> Vec<String> {
        if !self.text.is_empty() {
            self.cut();
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::Rules;

    fn status(label: &str, responded: bool, default: bool) -> StatusRow {
        StatusRow { id: String::new(), label: label.to_owned(), responded, default, sort_order: 0 }
    }

    #[test]
    fn what_is_seen_is_a_rule_file_whatever_it_is_called() {
        let mut seen = Seen::default();
        for name in ["Fair: Hannover", "yes", "\"Q\" #1", "- a", "Ünïcode 🎉", "a\nb", "2026-01-01", "{x}"] {
            let statuses = vec![status("No", false, true), status("Attended: yes", true, false)];
            seen.campaigns.insert(name.to_owned(), statuses);
        }
        seen.ambiguous.insert("Twice".to_owned(), vec!["701A".to_owned(), "701B".to_owned()]);
        let step = |name: &str, step, success| ProgramStatus { name: name.to_owned(), step, success };
        seen.channels.insert("Web: inar".to_owned(), vec![step("No", 10, false), step("Attended: yes", 20, true)]);
        let program = |name: &str, campaign: Option<&str>| Overview {
            name: name.to_owned(),
            channel: "Web: inar".to_owned(),
            campaign: campaign.map(str::to_owned),
        };
        seen.programs = vec![program("P", Some("yes")), program("Q", Some("Twice")), program("R", None)];
        let files = seen.files();
        let sources: Vec<(&str, &str)> = files.iter().map(|text| ("pulled.yaml", text.as_str())).collect();
        let rules = Rules::from_sources(&sources);
        assert!(rules.findings().is_empty(), "{:#?}\n{}", rules.findings(), files.concat());
        let text = files.concat();
        assert!(text.starts_with("# 2 campaigns are called Twice, so rules cannot name one: 701A, 701B."), "{text}");
        assert!(text.contains("  Q:\n    channel: \"Web: inar\"\n  R:"), "{text}");
    }

    #[test]
    fn many_campaigns_are_several_files() {
        let mut seen = Seen::default();
        for number in 0..20_000 {
            seen.campaigns.insert(
                format!("Campaign {number}"),
                vec![status("Sent", false, true), status("Responded", true, false)],
            );
        }
        let files = seen.files();
        assert!(files.len() > 1 && files.iter().all(|text| text.len() < 1024 * 1024), "{}", files.len());
        let lines = files.iter().flat_map(|text| text.lines());
        assert_eq!(lines.filter(|line| line.starts_with("  Campaign ")).count(), 20_000);
    }
}
