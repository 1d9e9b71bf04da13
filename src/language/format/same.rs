//! Whether two files say the same.

use std::collections::BTreeMap;

use super::texts;
use crate::language::Scalar;
use crate::language::document::{TextKind, rule_texts};
use crate::language::yaml::{self, Node};

type Kinds = BTreeMap<u32, TextKind>;

/// Whether two trees hold the same keys, values and rule texts in the same order.
pub(super) fn nodes(before: &Node, after: &Node, is_scenario: bool) -> bool {
    let kinds = |root| rule_texts(root, is_scenario).iter().map(|(kind, text)| (text.span().start, *kind)).collect();
    node((before, &kinds(before)), (after, &kinds(after)))
}

fn node((before, kinds): (&Node, &Kinds), (after, kinds_after): (&Node, &Kinds)) -> bool {
    match (before, after) {
        (Node::Scalar { scalar: one, .. }, Node::Scalar { scalar: other, .. }) => {
            before.is_null() == after.is_null() && scalars((one, kinds), (other, kinds_after))
        }
        (Node::Sequence { items: one, .. }, Node::Sequence { items: other, .. }) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| node((one, kinds), (other, kinds_after)))
        }
        (Node::Mapping { entries: one, .. }, Node::Mapping { entries: other, .. }) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|((key, value), (other_key, other_value))| {
                    key.text() == other_key.text() && node((value, kinds), (other_value, kinds_after))
                })
        }
        (_, _) => false,
    }
}

fn scalars((one, kinds): (&Scalar, &Kinds), (other, kinds_after): (&Scalar, &Kinds)) -> bool {
    if one.text() == other.text() {
        return true;
    }
    let canonical = |scalar: &Scalar, kinds: &Kinds| {
        let kind = kinds.get(&scalar.span().start)?;
        texts::canonical(*kind, scalar).map(|lines| lines.join(" "))
    };
    canonical(one, kinds).is_some_and(|text| canonical(other, kinds_after) == Some(text))
}

/// Whether two texts have the same comments in the same order.
pub(super) fn comments(before: &str, after: &str) -> bool {
    let of = |text: &str| -> Vec<String> {
        let comments = yaml::comments(text);
        comments.into_iter().map(|place| text.get(place).unwrap_or("").trim_end().to_owned()).collect()
    };
    of(before) == of(after)
}
