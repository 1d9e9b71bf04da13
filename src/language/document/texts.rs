//! Where in a file rule texts stand, and of which kind each is.

use crate::language::Scalar;
use crate::language::yaml::Node;

/// The kinds of rule texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextKind {
    /// What starts a campaign.
    Trigger,
    /// Who is meant.
    Filter,
    /// A flow step.
    Step,
    /// When a batch campaign runs.
    Schedule,
    /// How often a person may run.
    Qualify,
    /// The expression over the numbers of a filter.
    Match,
    /// A span of time.
    Duration,
}

/// The rule texts of a file, in the order in which they stand there.
pub fn rule_texts(root: &Node, is_scenario: bool) -> Vec<(TextKind, &Scalar)> {
    let mut texts = Texts(Vec::new());
    if is_scenario {
        for (_, scenarios) in entries(root).filter(|(key, _)| key.text() == "scenarios") {
            items(scenarios).for_each(|scenario| texts.scenario(scenario));
        }
        return texts.0;
    }
    for (key, value) in entries(root) {
        match key.text() {
            "segments" => entries(value).for_each(|(_, filter)| texts.filter(filter)),
            "smart_campaigns" => entries(value).for_each(|(_, campaign)| texts.campaign(campaign)),
            _ => {}
        }
    }
    texts.0
}

struct Texts<'n>(Vec<(TextKind, &'n Scalar)>);

impl<'n> Texts<'n> {
    fn text(&mut self, kind: TextKind, node: &'n Node) {
        if let Node::Scalar { scalar, .. } = node
            && !node.is_null()
        {
            self.0.push((kind, scalar));
        }
    }

    fn campaign(&mut self, node: &'n Node) {
        for (key, value) in entries(node) {
            match key.text() {
                "triggers" => items(value).for_each(|trigger| self.text(TextKind::Trigger, trigger)),
                "schedule" => self.text(TextKind::Schedule, value),
                "filter" => self.filter(value),
                "qualify" => self.text(TextKind::Qualify, value),
                "flow" => self.steps(value),
                _ => {}
            }
        }
    }

    fn filter(&mut self, node: &'n Node) {
        self.text(TextKind::Filter, node);
        for (key, value) in entries(node) {
            match key.text() {
                "match" => self.text(TextKind::Match, value),
                "filters" => items(value).for_each(|filter| self.text(TextKind::Filter, filter)),
                _ => {}
            }
        }
    }

    fn steps(&mut self, node: &'n Node) {
        match node {
            Node::Sequence { items, .. } => items.iter().for_each(|step| self.step(step)),
            Node::Scalar { .. } | Node::Mapping { .. } | Node::Poisoned(_) => self.step(node),
        }
    }

    fn step(&mut self, node: &'n Node) {
        self.text(TextKind::Step, node);
        for (key, value) in entries(node) {
            match key.text() {
                "do" => self.text(TextKind::Step, value),
                "choose" => items(value).for_each(|branch| self.branch(branch)),
                _ => {}
            }
        }
    }

    fn branch(&mut self, node: &'n Node) {
        for (key, value) in entries(node) {
            match key.text() {
                "if" => self.filter(value),
                "then" | "else" => self.steps(value),
                _ => {}
            }
        }
    }

    fn scenario(&mut self, node: &'n Node) {
        for (_, timeline) in entries(node).filter(|(key, _)| key.text() == "timeline") {
            for (key, value) in items(timeline).flat_map(entries) {
                match key.text() {
                    "expect" => entries(value).for_each(|(_, filter)| self.text(TextKind::Filter, filter)),
                    "advance" => self.text(TextKind::Duration, value),
                    _ => {}
                }
            }
        }
    }
}

fn entries(node: &Node) -> impl Iterator<Item = (&Scalar, &Node)> {
    let entries: &[(Scalar, Node)] = match node {
        Node::Mapping { entries, .. } => entries,
        Node::Scalar { .. } | Node::Sequence { .. } | Node::Poisoned(_) => &[],
    };
    entries.iter().map(|(key, value)| (key, value))
}

fn items(node: &Node) -> std::slice::Iter<'_, Node> {
    match node {
        Node::Sequence { items, .. } => items.iter(),
        Node::Scalar { .. } | Node::Mapping { .. } | Node::Poisoned(_) => [].iter(),
    }
}
