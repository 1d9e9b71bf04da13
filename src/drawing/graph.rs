//! Graphs, and how Graphviz and Mermaid read them.

/// A graph to be drawn, from left to right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// The nodes, in the order in which they should be met.
    pub nodes: Vec<Node>,
    /// The edges. One that names a node that is not there is left out.
    pub edges: Vec<Edge>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Names the node in edges; not shown.
    pub id: String,
    /// What is written in it.
    pub label: String,
    /// What it is.
    pub kind: NodeKind,
}

/// An edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// From the node with this id.
    pub from: String,
    /// To the node with this id.
    pub to: String,
    /// What is written at it; may be empty.
    pub label: String,
}

/// What a node is, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// A kind of event.
    Event,
    /// A trigger.
    Trigger,
    /// A test, or what joins tests.
    Filter,
    /// A segment.
    Segment,
    /// A smart campaign, or its qualification.
    Campaign,
    /// A step.
    Step,
    /// A choice.
    Choice,
    /// A wait.
    Wait,
    /// The end of a flow.
    End,
}

impl NodeKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Event,
        Self::Trigger,
        Self::Filter,
        Self::Segment,
        Self::Campaign,
        Self::Step,
        Self::Choice,
        Self::Wait,
        Self::End,
    ];

    /// A word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Trigger => "trigger",
            Self::Filter => "filter",
            Self::Segment => "segment",
            Self::Campaign => "campaign",
            Self::Step => "step",
            Self::Choice => "choice",
            Self::Wait => "wait",
            // `end` is a word of Mermaid.
            Self::End => "finish",
        }
    }

    /// The colours of its inside and of its border, dark text on both being readable.
    pub(super) const fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Event => ("#fde8c8", "#b7791f"),
            Self::Trigger => ("#fef3c7", "#a16207"),
            Self::Filter => ("#e0f2fe", "#0369a1"),
            Self::Segment => ("#cffafe", "#0e7490"),
            Self::Campaign => ("#ede9fe", "#6d28d9"),
            Self::Step => ("#dcfce7", "#15803d"),
            Self::Choice => ("#fce7f3", "#be185d"),
            Self::Wait => ("#f1f5f9", "#475569"),
            Self::End => ("#e5e7eb", "#6b7280"),
        }
    }
}

/// The graph in the language of Graphviz.
pub fn dot(graph: &Graph) -> String {
    let mut text = String::from(
        "digraph campanile {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11];\n  edge [fontname=\"Helvetica\", fontsize=9, color=\"#64748b\"];\n",
    );
    for Node { id, label, kind } in &graph.nodes {
        let (inside, border) = kind.colours();
        text.push_str(&format!(
            "  {} [label={}, fillcolor=\"{inside}\", color=\"{border}\"];\n",
            dot_quoted(id),
            dot_quoted(label)
        ));
    }
    for Edge { from, to, label } in edges(graph) {
        let label = if label.is_empty() { String::new() } else { format!(" [label={}]", dot_quoted(label)) };
        text.push_str(&format!("  {} -> {}{label};\n", dot_quoted(from), dot_quoted(to)));
    }
    text.push_str("}\n");
    text
}

fn dot_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// The graph in the language of Mermaid, which code hosts draw inside Markdown.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    let number = |id: &str| graph.nodes.iter().position(|node| node.id == id).unwrap_or_default();
    for (index, Node { id: _, label, kind }) in graph.nodes.iter().enumerate() {
        let label = mermaid_quoted(label);
        let (open, close) = match kind {
            NodeKind::Choice => ("{", "}"),
            NodeKind::Event | NodeKind::End => ("([", "])"),
            NodeKind::Campaign => ("[[", "]]"),
            NodeKind::Trigger | NodeKind::Filter | NodeKind::Segment | NodeKind::Step | NodeKind::Wait => ("[", "]"),
        };
        text.push_str(&format!("  n{index}{open}{label}{close}:::{}\n", kind.word()));
    }
    for Edge { from, to, label } in edges(graph) {
        let label = if label.is_empty() { String::new() } else { format!("|{}|", mermaid_quoted(label)) };
        text.push_str(&format!("  n{} -->{label} n{}\n", number(from), number(to)));
    }
    for kind in NodeKind::ALL {
        if graph.nodes.iter().any(|node| node.kind == kind) {
            let (inside, border) = kind.colours();
            text.push_str(&format!("  classDef {} fill:{inside},stroke:{border},color:#111827\n", kind.word()));
        }
    }
    text
}

fn mermaid_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("#quot;"),
            '#' => quoted.push_str("#35;"),
            '<' => quoted.push_str("#lt;"),
            '>' => quoted.push_str("#gt;"),
            '`' => quoted.push_str("#96;"),
            '\n' => quoted.push_str("<br>"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// The edges between nodes that are there.
fn edges(graph: &Graph) -> impl Iterator<Item = &Edge> {
    let ids: std::collections::BTreeSet<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    graph.edges.iter().filter(move |edge| ids.contains(edge.from.as_str()) && ids.contains(edge.to.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::svg;
    use super::*;

    fn graph() -> Graph {
        let node = |id: &str, label: &str, kind| Node { id: id.to_owned(), label: label.to_owned(), kind };
        let edge = |from: &str, to: &str, label: &str| Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            label: label.to_owned(),
        };
        Graph {
            nodes: vec![
                node("e", "added to list", NodeKind::Event),
                node("t", "added to list \"News #1\"", NodeKind::Trigger),
                node("c", "welcome", NodeKind::Campaign),
                node("x", "Score > 5 & [Lead Source] is `a`", NodeKind::Choice),
            ],
            edges: vec![edge("e", "t", ""), edge("t", "c", "starts"), edge("c", "x", ""), edge("c", "gone", "")],
        }
    }

    #[test]
    fn as_dot() {
        insta::assert_snapshot!(dot(&graph()));
    }

    #[test]
    fn as_mermaid() {
        insta::assert_snapshot!(mermaid(&graph()));
    }

    #[test]
    fn as_svg() {
        insta::assert_snapshot!(svg(&graph()));
    }

    #[test]
    fn circles_and_loose_nodes_are_drawn_too() {
        let mut graph = graph();
        graph.edges.push(Edge { from: "c".to_owned(), to: "t".to_owned(), label: "again".to_owned() });
        graph.edges.push(Edge { from: "c".to_owned(), to: "c".to_owned(), label: "itself".to_owned() });
        graph.nodes.push(Node { id: "l".to_owned(), label: String::new(), kind: NodeKind::Wait });
        assert!(svg(&graph).contains("itself"));
        assert!(svg(&Graph::default()).starts_with("<svg"));
    }
}
