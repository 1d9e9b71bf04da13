//! How nodes are taken apart: what was found, what belongs there, which keys there are.

use smol_str::SmolStr;

use super::keys::Key;
use crate::diagnostics::{Code, Diagnostic, Sources, Span, closest, in_backticks, one_of};
use crate::language::Scalar;
use crate::language::ast::{Name, Spanned};
use crate::language::yaml::Node;

/// The longest rule text, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 16 * 1024;

/// The shapes, as messages name them.
const TEXT: &str = "a text";
const LIST: &str = "a list";
const MAPPING: &str = "a mapping, keys with their values";

/// Takes nodes apart and notes what does not fit.
pub(super) struct Shape<'a> {
    pub(super) sources: &'a Sources,
    pub(super) findings: &'a mut Vec<Diagnostic>,
}

/// An entry of a mapping.
pub(super) type Entry<'n> = (&'n Scalar, &'n Node);

impl Shape<'_> {
    pub(super) fn find(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// A value of another shape than belongs there.
    pub(super) fn wrong_shape(&mut self, node: &Node, what: &str, wanted: &str) {
        if matches!(node, Node::Poisoned(_)) {
            return;
        }
        let message = format!("{what} must be {wanted}, and this is {}", node.what());
        let help = match wanted {
            LIST => "write `[one, two]`, or one item a line, each after `- `",
            MAPPING => "write one `key: value` a line, further to the right than what they belong to",
            _ => "write one text, in quotes if YAML would take it for something else",
        };
        self.find(Diagnostic::new(Code::WrongShape, first_sign(node), message).help(help));
    }

    /// The entries of a mapping. Nothing at all is an empty one.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<Entry<'n>> {
        match node {
            Node::Mapping { entries, .. } => {
                let named = |(key, _): &&(Scalar, Node)| !is_blank(key.text());
                let without: Vec<Span> =
                    entries.iter().filter(|entry| !named(entry)).map(|(key, _)| key.span()).collect();
                for place in without {
                    self.nameless(place, what);
                }
                entries.iter().filter(named).map(|(key, value)| (key, value)).collect()
            }
            _ if node.is_null() => Vec::new(),
            Node::Scalar { .. } | Node::Sequence { .. } | Node::Poisoned(_) => {
                self.wrong_shape(node, what, MAPPING);
                Vec::new()
            }
        }
    }

    /// Something is declared under an empty name.
    pub(super) fn nameless(&mut self, place: Span, what: &str) {
        let message = format!("in {what} stands an empty name");
        let help = "give it a name, or remove it";
        self.find(Diagnostic::new(Code::BadEntry, place, message).help(help));
    }

    /// The entries of a mapping whose keys are known; others are refused and left out.
    pub(super) fn known_entries<'n>(&mut self, node: &'n Node, what: &str, tables: &[&[Key]]) -> Vec<Entry<'n>> {
        let keys: Vec<&str> = tables.iter().flat_map(|keys| keys.iter().map(|key| key.name)).collect();
        let mut entries = self.entries(node, what);
        entries.retain(|(key, _)| {
            let known = keys.contains(&key.text());
            if !known {
                self.unknown_key(key, what, &keys);
            }
            known
        });
        entries
    }

    fn unknown_key(&mut self, key: &Scalar, what: &str, keys: &[&str]) {
        let near: Vec<String> = closest(key.text(), keys.iter().copied()).into_iter().map(in_backticks).collect();
        let help = if near.is_empty() {
            let all: Vec<String> = keys.iter().map(|key| in_backticks(key)).collect();
            format!("the keys of {what} are {}", one_of(&all))
        } else {
            format!("did you mean {}?", one_of(&near))
        };
        let message = format!("{what} has no key `{}`", key.text());
        let mut finding = Diagnostic::new(Code::UnknownKey, key.span(), message).help(help);
        if let [only] = closest(key.text(), keys.iter().copied()).as_slice() {
            finding = finding.fix(format!("write `{only}`"), false, key.span(), *only);
        }
        self.find(finding);
    }

    /// The items of a list. Nothing at all is an empty one.
    pub(super) fn items<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match node {
            Node::Sequence { items, .. } => items,
            _ if node.is_null() => &[],
            Node::Scalar { .. } | Node::Mapping { .. } | Node::Poisoned(_) => {
                self.wrong_shape(node, what, LIST);
                &[]
            }
        }
    }

    /// A text that is there.
    pub(super) fn scalar<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n Scalar> {
        match node {
            Node::Scalar { scalar, .. } if !node.is_null() => Some(scalar),
            Node::Scalar { .. } | Node::Sequence { .. } | Node::Mapping { .. } | Node::Poisoned(_) => {
                self.wrong_shape(node, what, TEXT);
                None
            }
        }
    }

    pub(super) fn name(&mut self, node: &Node, what: &str) -> Option<Name> {
        self.scalar(node, what).map(name_of)
    }

    pub(super) fn names(&mut self, node: &Node, what: &str) -> Vec<Name> {
        let items = self.items(node, what);
        items.iter().filter_map(|item| self.name(item, "a name")).collect()
    }

    /// Names that are declared by being listed.
    pub(super) fn declared_names(&mut self, node: &Node, what: &str) -> Vec<Name> {
        let mut names = self.names(node, what);
        let without: Vec<Span> = names.iter().filter(|name| is_blank(&name.value)).map(|name| name.span).collect();
        for place in without {
            self.nameless(place, what);
        }
        names.retain(|name| !is_blank(&name.value));
        names
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<Spanned<T>> {
        let scalar = self.scalar(node, what)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == scalar.text()) {
            return Some(Spanned::new(*value, scalar.span()));
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let near: Vec<String> = closest(scalar.text(), names.iter().copied()).into_iter().map(in_backticks).collect();
        let all: Vec<String> = names.into_iter().map(in_backticks).collect();
        let help = if near.is_empty() {
            format!("write {}", one_of(&all))
        } else {
            format!("did you mean {}?", one_of(&near))
        };
        let message = format!("`{}` is not a value of {what}", scalar.text());
        self.find(Diagnostic::new(Code::BadEntry, scalar.span(), message).help(help));
        None
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<Spanned<bool>> {
        const WORDS: &[(&str, bool)] =
            &[("true", true), ("false", false), ("True", true), ("False", false), ("TRUE", true), ("FALSE", false)];
        let written =
            matches!(node, Node::Scalar { scalar, .. } if WORDS.iter().any(|(word, _)| *word == scalar.text()));
        let words = if written { WORDS } else { WORDS.get(..2).unwrap_or(WORDS) };
        self.word(node, what, words)
    }

    /// A whole number of at least `least`.
    pub(super) fn number<T: TryFrom<i64>>(&mut self, node: &Node, what: &str, least: i64) -> Option<Spanned<T>> {
        let scalar = self.scalar(node, what)?;
        let number = scalar.text().parse::<i64>().ok().filter(|number| *number >= least);
        if let Some(number) = number.and_then(|number| T::try_from(number).ok()) {
            return Some(Spanned::new(number, scalar.span()));
        }
        let message = format!("`{}` is not a value of {what}", scalar.text());
        let help = format!("write a whole number, {least} or more");
        self.find(Diagnostic::new(Code::BadEntry, scalar.span(), message).help(help));
        None
    }

    /// A key that must be there is missing; `span` is the name of what lacks it.
    pub(super) fn missing(&mut self, span: Span, what: &str, key: &str, help: &str) {
        let message = format!("{what} needs `{key}`");
        self.find(Diagnostic::new(Code::MissingKey, span, message).help(help));
    }

    /// A text of the rule language. YAML may have cut it short or taken it for something else; that is said here, so that
    /// what is left of it is not looked at.
    pub(super) fn rule_text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n Scalar> {
        match node {
            Node::Scalar { scalar, plain } if !node.is_null() => {
                if scalar.text().len() > TEXT_BYTES_MAX {
                    let message = format!("this text has more than {TEXT_BYTES_MAX} bytes");
                    let help = "split it: a segment can hold a part of a filter";
                    self.find(Diagnostic::new(Code::TooLarge, scalar.span(), message).help(help));
                    return None;
                }
                if *plain && self.is_cut_by_comment(scalar) {
                    return None;
                }
                Some(scalar)
            }
            Node::Mapping { span, .. } => {
                self.read_as_mapping(*span, what);
                None
            }
            Node::Sequence { span, .. } => {
                self.read_as_list(*span, what);
                None
            }
            Node::Scalar { .. } => {
                self.wrong_shape(node, what, TEXT);
                None
            }
            Node::Poisoned(_) => None,
        }
    }

    /// `Country is "NL #1"` without quotes around it ends before ` #`.
    fn is_cut_by_comment(&mut self, scalar: &Scalar) -> bool {
        let Some(file) = self.sources.get(scalar.span().file) else { return false };
        let rest = file.text.get(scalar.span().end as usize..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("").trim_end();
        let open = |quote: char| scalar.text().matches(quote).count() % 2 == 1;
        let is_comment = line.trim_start().starts_with('#') && line.starts_with([' ', '\t']);
        if !is_comment || !(open('"') || open('\'')) || !line.contains(['"', '\'']) {
            return false;
        }
        let end = scalar.span().end + u32::try_from(line.len()).unwrap_or(0);
        let whole = Span { end, ..scalar.span() };
        let text = self.sources.text(whole).trim().to_owned();
        self.find(quoted(whole, "YAML takes ` #` and what follows for a comment, so this text is cut short", &text));
        true
    }

    fn read_as_mapping(&mut self, span: Span, what: &str) {
        let text = self.sources.text(span).trim().to_owned();
        if text.starts_with('{') || text.contains('\n') {
            let message = format!("{what} must be a text, and this is a mapping");
            let help = "write one rule; a text with `: ` or braces in it is put in single quotes";
            self.find(Diagnostic::new(Code::WrongShape, first_of(span), message).help(help));
        } else {
            self.find(quoted(span, "YAML takes `: ` for the end of a key, so this is no text", &text));
        }
    }

    fn read_as_list(&mut self, span: Span, what: &str) {
        let text = self.sources.text(span).trim().to_owned();
        let message = format!("{what} must be a text, and this is a list");
        let help = format!("a text that begins with `[` is put in single quotes: '{}'", text.replace('\'', "''"));
        self.find(Diagnostic::new(Code::WrongShape, first_of(span), message).help(help));
    }

    /// The rule texts of a list. An unquoted text in brackets ends at a comma: `[add to list "A", "B"]` is two items, of
    /// which the second is only a quoted name.
    pub(super) fn rule_items<'n>(&mut self, node: &'n Node, what: &str) -> Vec<&'n Node> {
        let items = self.items(node, what);
        let in_brackets = self.sources.text(node.span()).starts_with('[');
        let mut kept: Vec<&Node> = Vec::new();
        let mut cut: Option<Span> = None;
        for item in items {
            let is_rest = in_brackets
                && !kept.is_empty()
                && matches!(item, Node::Scalar { .. })
                && self.sources.text(item.span()).starts_with(['"', '\''])
                && !self.sources.text(item.span()).contains(' ')
                || (in_brackets && !kept.is_empty() && self.is_lone_name(item));
            if is_rest {
                let first = kept.last().map_or(item.span(), |last| last.span());
                cut = Some(cut.unwrap_or(first).to(item.span()));
                continue;
            }
            self.report_cut(cut.take(), &mut kept);
            kept.push(item);
        }
        self.report_cut(cut, &mut kept);
        kept
    }

    /// A double-quoted item that is a name rather than a rule text.
    fn is_lone_name(&self, item: &Node) -> bool {
        let text = self.sources.text(item.span());
        let Node::Scalar { scalar, plain: false } = item else { return false };
        text.starts_with('"')
            && !scalar.text().contains(['"', '\''])
            && !["do nothing", "person is created", "sync person to SFDC", "remove from flow", "campaign is requested"]
                .contains(&scalar.text())
            && !scalar.text().starts_with("wait ")
            && !scalar.text().contains(" changes")
            && !scalar.text().starts_with("clear ")
            && !scalar.text().starts_with("change ")
            && !scalar.text().starts_with("set ")
    }

    fn report_cut(&mut self, cut: Option<Span>, kept: &mut Vec<&Node>) {
        let Some(span) = cut else { return };
        kept.pop();
        let text = self.sources.text(span).trim().to_owned();
        self.find(quoted(span, "in a list in brackets an unquoted text ends at the comma", &text));
    }
}

/// Whether a name has nothing in it.
pub(super) fn is_blank(name: &str) -> bool {
    name.trim().is_empty()
}

/// A finding whose remedy is single quotes around the text.
fn quoted(span: Span, message: &str, text: &str) -> Diagnostic {
    let fixed = format!("'{}'", text.replace('\'', "''"));
    Diagnostic::new(Code::BrokenScalar, span, message)
        .help(format!("put the whole text in single quotes, {fixed}, or write it as a block after `>-`"))
        .fix("put the text in single quotes", false, span, fixed)
}

/// The first sign of a node: `-`, `[`, `{` or the scalar.
fn first_sign(node: &Node) -> Span {
    match node {
        Node::Scalar { .. } | Node::Poisoned(_) => node.span(),
        Node::Sequence { span, .. } | Node::Mapping { span, .. } => first_of(*span),
    }
}

fn first_of(span: Span) -> Span {
    Span { end: span.end.min(span.start.saturating_add(1)), ..span }
}

/// A scalar as a name.
pub(super) fn name_of(scalar: &Scalar) -> Name {
    Spanned::new(SmolStr::new(scalar.text()), scalar.span())
}
