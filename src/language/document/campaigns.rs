//! Smart campaigns.

use std::sync::Arc;

use super::keys;
use super::shape::{Shape, is_blank, name_of};
use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{BranchDecl, CampaignDecl, Filter, Name, Priority, StepDecl};
use crate::language::text;
use crate::language::yaml::Node;

impl Shape<'_> {
    pub(super) fn campaigns(&mut self, node: &Node, campaigns: &mut Vec<Arc<CampaignDecl>>) {
        for (name, value) in self.entries(node, "`smart_campaigns`") {
            let campaign = self.campaign(name_of(name), value);
            campaigns.push(Arc::new(campaign));
        }
    }

    fn campaign(&mut self, name: Name, node: &Node) -> CampaignDecl {
        let mut campaign = CampaignDecl {
            name,
            description: None,
            program: None,
            active: true,
            triggers: None,
            schedule: None,
            executable: None,
            filter: None,
            filter_broken: false,
            qualify: None,
            priority: None,
            after: Vec::new(),
            max_people: None,
            flow: Vec::new(),
            flow_span: None,
            flow_broken: false,
            start_broken: false,
            key_unknown: false,
        };
        let is_mapping = matches!(node, Node::Mapping { .. }) || node.is_null();
        let before = self.findings.len();
        let entries = self.known_entries(node, "a smart campaign", &[keys::CAMPAIGN]);
        campaign.key_unknown = self.findings.len() > before;
        campaign.start_broken = campaign.key_unknown;
        for (key, value) in entries {
            let before = self.findings.len();
            match key.text() {
                "description" => campaign.description = self.name(value, "`description`"),
                "program" => campaign.program = self.name(value, "`program`"),
                "active" => {
                    campaign.active = self.boolean(value, "`active`").is_none_or(|active| active.value);
                }
                "triggers" => {
                    let mut triggers = Vec::new();
                    let items = self.rule_items(value, "`triggers`");
                    if items.is_empty() && self.findings.len() == before {
                        let message = "`triggers` names no trigger, so the campaign would never start";
                        let help = "list what starts it, each after `- `, or leave `triggers` out: then it is a batch campaign";
                        self.find(Diagnostic::new(Code::BadEntry, key.span(), message).help(help));
                    }
                    for item in items {
                        let scalar = self.rule_text(item, "a trigger");
                        triggers.extend(scalar.and_then(|scalar| text::trigger(scalar, self.findings)));
                    }
                    campaign.triggers = Some((key.span(), triggers));
                }
                "schedule" => {
                    let scalar = self.rule_text(value, "`schedule`");
                    let schedule = scalar.and_then(|scalar| text::schedule(scalar, self.findings));
                    campaign.schedule = Some((key.span(), schedule));
                }
                "executable" => {
                    let executable = self.boolean(value, "`executable`");
                    campaign.executable = executable.map(|executable| (key.span(), executable.value));
                }
                "filter" => {
                    campaign.filter = self.filter(value);
                    campaign.filter_broken = campaign.filter.is_none();
                }
                "qualify" => {
                    let scalar = self.rule_text(value, "`qualify`");
                    campaign.qualify = scalar.and_then(|scalar| text::qualify(scalar, self.findings));
                }
                "priority" => {
                    let words = [("high", Priority::High), ("medium", Priority::Medium), ("low", Priority::Low)];
                    campaign.priority = self.word(value, "`priority`", &words);
                }
                "after" => campaign.after = self.names(value, "`after`"),
                "max_people" => {
                    let most = self.number(value, "`max_people`", 0);
                    campaign.max_people = most.map(|most| (key.span(), most.value));
                }
                "flow" => {
                    campaign.flow_span = Some(value.span());
                    let steps = self.steps(value, "`flow`");
                    (campaign.flow, campaign.flow_broken) = steps;
                }
                _ => {}
            }
            if matches!(key.text(), "triggers" | "executable") {
                campaign.start_broken |= self.findings.len() > before;
            }
        }
        // A key that was misspelt may have been the flow.
        let something_wrong = self.findings.len() > before;
        if campaign.flow_span.is_none() && (something_wrong || !is_mapping) {
            campaign.flow_broken = true;
        }
        campaign
    }

    /// A filter text, or `{match: …, filters: […]}`.
    pub(super) fn filter(&mut self, node: &Node) -> Option<Filter> {
        let Node::Mapping { entries, .. } = node else {
            let scalar = self.rule_text(node, "a filter")?;
            return text::filter(scalar, self.findings);
        };
        let is_numbered = entries.iter().any(|(key, _)| matches!(key.text(), "match" | "filters"));
        if !is_numbered {
            self.rule_text(node, "a filter");
            return None;
        }
        let (mut matching, mut filters, mut has_match, mut has_filters) = (None, Vec::new(), false, false);
        let before = self.findings.len();
        let entries = self.known_entries(node, "a numbered filter", &[keys::NUMBERED]);
        let mut broken = self.findings.len() > before;
        for (key, value) in entries {
            match key.text() {
                "match" => {
                    has_match = true;
                    matching = self.rule_text(value, "`match`");
                }
                "filters" => {
                    has_filters = true;
                    broken |= !matches!(value, Node::Sequence { .. }) && !value.is_null();
                    for item in self.rule_items(value, "`filters`") {
                        let scalar = self.rule_text(item, "a filter");
                        filters.push(scalar.and_then(|scalar| text::filter(scalar, self.findings)));
                    }
                }
                _ => {}
            }
        }
        for (key, is_there, help) in [
            ("match", has_match, "write `match: all`, `match: any` or an expression such as `match: 1 and (2 or 3)`"),
            ("filters", has_filters, "list the filters, each after `- `"),
        ] {
            if !is_there && !broken {
                self.missing(node.span(), "a numbered filter", key, help);
                return None;
            }
        }
        if broken {
            return None;
        }
        text::matching(matching?, &filters, self.findings)
    }

    /// Steps, one or a list, and whether one of them could not be read.
    fn steps(&mut self, node: &Node, what: &str) -> (Vec<StepDecl>, bool) {
        let (mut steps, mut broken) = (Vec::new(), false);
        let before = self.findings.len();
        let items = match node {
            Node::Sequence { .. } => self.rule_items(node, what),
            _ if node.is_null() => Vec::new(),
            Node::Scalar { .. } | Node::Mapping { .. } | Node::Poisoned(_) => vec![node],
        };
        broken |= self.findings.len() > before;
        for item in items {
            match self.step(item) {
                Some(step) => steps.push(step),
                None => broken = true,
            }
        }
        (steps, broken)
    }

    fn step(&mut self, node: &Node) -> Option<StepDecl> {
        let Node::Mapping { entries, .. } = node else {
            let scalar = self.rule_text(node, "a step")?;
            let step = text::step(scalar, self.findings)?;
            return Some(StepDecl::Do { id: None, step: Box::new(step) });
        };
        if let Some((key, value)) = entries.iter().find(|(key, _)| key.text() == "choose") {
            self.known_entries(node, "a choice", &[keys::CHOICE]);
            let (mut branches, mut broken) = (Vec::new(), false);
            for item in self.items(value, "`choose`") {
                match self.branch(item) {
                    Some(branch) => branches.push(branch),
                    None => broken = true,
                }
            }
            broken |= !matches!(value, Node::Sequence { .. }) && !value.is_null();
            return Some(StepDecl::Choose { key: key.span(), span: value.span(), branches, broken });
        }
        if !entries.iter().any(|(key, _)| matches!(key.text(), "id" | "do")) && self.looks_like_text(node) {
            self.rule_text(node, "a step");
            return None;
        }
        let (mut id, mut step, mut has_do) = (None, None, false);
        let before = self.findings.len();
        for (key, value) in self.known_entries(node, "a step", &[keys::STEP, keys::CHOICE]) {
            match key.text() {
                "id" => {
                    id = self.name(value, "`id`");
                    if let Some(name) = id.take_if(|id| is_blank(&id.value)) {
                        self.nameless(name.span, "`id`");
                    }
                }
                "do" => {
                    has_do = true;
                    let scalar = self.rule_text(value, "`do`");
                    step = scalar.and_then(|scalar| text::step(scalar, self.findings));
                }
                _ => {}
            }
        }
        if !has_do && self.findings.len() == before {
            self.missing(
                node.span(),
                "a step with keys",
                "do",
                "write the step after `do:`, or a choice after `choose:`",
            );
        }
        Some(StepDecl::Do { id, step: Box::new(step?) })
    }

    /// `set Region to a: b` without quotes is a mapping to YAML.
    fn looks_like_text(&self, node: &Node) -> bool {
        let text = self.sources.text(node.span());
        !text.starts_with('{') && !text.contains('\n') && text.split(": ").next().is_some_and(|key| key.contains(' '))
    }

    fn branch(&mut self, node: &Node) -> Option<BranchDecl> {
        let (mut condition, mut then, mut otherwise) = (None, None, None);
        let before = self.findings.len();
        let entries = self.known_entries(node, "a branch of a choice", &[keys::BRANCH, keys::OTHERWISE]);
        let misspelt = self.findings.len() > before;
        for (key, value) in entries {
            match key.text() {
                "if" => condition = Some((key.span(), self.filter(value))),
                "then" => then = Some((key.span(), value)),
                "else" => otherwise = Some((key.span(), value)),
                _ => {}
            }
        }
        let (key, is_else, condition, value) = match (condition, then, otherwise) {
            (Some((key, condition)), Some((_, value)), None) => (key, false, condition, value),
            (None, None, Some((key, value))) => (key, true, None, value),
            // The key that is missing may be the one that is not known.
            (Some(_), None, None) | (None, Some(_), None) if misspelt => return None,
            (Some((key, _)), None, None) => {
                self.missing(key, "a branch with `if`", "then", "say what happens then, as in `then: do nothing`");
                return None;
            }
            (None, Some((key, _)), None) => {
                self.missing(key, "a branch with `then`", "if", "say when it is taken, as in `if: Country is \"NL\"`");
                return None;
            }
            (_, _, Some((key, _))) => {
                let message = "`else` stands alone in its branch";
                let help = "begin it with its own `- `, after the other branches";
                self.find(Diagnostic::new(Code::WrongShape, key, message).help(help));
                return None;
            }
            (None, None, None) => {
                if matches!(node, Node::Mapping { entries, .. } if entries.is_empty()) {
                    self.missing(node.span(), "a branch of a choice", "if", "write `if:` and `then:`, or `else:`");
                }
                return None;
            }
        };
        let (steps, broken) = self.steps(value, if is_else { "`else`" } else { "`then`" });
        let broken = broken || (!is_else && condition.is_none());
        Some(BranchDecl { key, is_else, condition, steps, broken, steps_span: value.span() })
    }
}
