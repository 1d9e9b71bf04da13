//! The way down the tree of triggers, for one activity and one person.

use super::places::Places;
use super::{Branch, Node, PatternWord, number, place};
use crate::engine::evaluate::{Memo, View};
use crate::engine::heads::Head;
use crate::state::{Cell, Happening, bring, bring_ends};

/// Hands over whom the activity meets, one node after another: for trees that are in the caches.
pub(super) fn at_once(
    root: &Node,
    happening: &Happening,
    view: &View<'_>,
    memo: &mut Memo,
    take: &mut impl FnMut(&[Head], &mut Memo),
) {
    AtOnce { happening, view, take }.node(root, memo);
}

/// Hands over the same, in another order: for trees that are too large for the caches. What comes next is asked for and taken
/// up a little later.
pub(super) fn asking_ahead(
    root: &Node,
    happening: &Happening,
    view: &View<'_>,
    memo: &mut Memo,
    take: &mut impl FnMut(&[Head], &mut Memo),
) {
    let (values, nodes, heads) = (Ring::new(), Ring::new(), Ring::new());
    let mut ahead = AskingAhead { happening, view, values, nodes, heads, take };
    ahead.node(root, memo);
    ahead.finish(memo);
}

/// Whoever goes down the tree.
trait Visitor<'a> {
    /// It goes on at a node.
    fn node(&mut self, node: &'a Node, memo: &mut Memo);

    /// It goes on where a value is, if there is such a place.
    fn value(&mut self, places: &'a Places, value: u32, memo: &mut Memo);
}

impl Node {
    /// Asks for what is here and further down.
    fn bring(&self) {
        bring_ends(&self.here);
        bring(self.branches.first());
    }

    /// Asks for the code of the filters of those who are here.
    fn bring_code(&self, view: &View<'_>) {
        self.here.iter().for_each(|head| head.filter.bring(&view.probes.decisions));
    }

    /// Tells the visitor where it goes on from here for an activity and a person.
    fn go_on<'a>(&'a self, happening: &Happening, view: &View<'_>, memo: &mut Memo, visitor: &mut impl Visitor<'a>) {
        for branch in &self.branches {
            match branch {
                Branch::Value(source, places) => {
                    source.each(happening, view, |value| visitor.value(places, value, memo));
                }
                Branch::Pattern(source, words, nodes) => {
                    let Some(Cell::Text(text)) = source.cell(happening, view) else { continue };
                    for PatternWord { word, patterns, first } in words {
                        let mut fitting = view.asking(memo).fitting(*word, *patterns, text);
                        while fitting != 0 {
                            let lowest = fitting & fitting.wrapping_neg();
                            fitting ^= lowest;
                            let before = (patterns & (lowest - 1)).count_ones() as usize;
                            if let Some(node) = nodes.get(first + before) {
                                visitor.node(node, memo);
                            }
                        }
                    }
                }
                Branch::Number(source, cuts, nodes) => {
                    let Some(number) = source.cell(happening, view).and_then(number) else { continue };
                    if let Some(node) = nodes.get(place(cuts, number)) {
                        visitor.node(node, memo);
                    }
                }
            }
        }
    }
}

/// A visitor that goes on at once.
struct AtOnce<'b, F> {
    happening: &'b Happening,
    view: &'b View<'b>,
    take: F,
}

impl<'a, F: FnMut(&[Head], &mut Memo)> Visitor<'a> for AtOnce<'_, F> {
    fn node(&mut self, node: &'a Node, memo: &mut Memo) {
        // Of one alone it is needed at once.
        if node.here.len() > 1 {
            node.bring_code(self.view);
        }
        (self.take)(&node.here, memo);
        if !node.branches.is_empty() {
            node.go_on(self.happening, self.view, memo, self);
        }
    }

    fn value(&mut self, places: &'a Places, value: u32, memo: &mut Memo) {
        if let Some(node) = places.get(value) {
            self.node(node, memo);
        }
    }
}

/// A visitor that asks for the places of values first, then for the nodes there, then for the code of those who are here.
struct AskingAhead<'a, 'b, F> {
    happening: &'b Happening,
    view: &'b View<'b>,
    values: Ring<(&'a Places, u32)>,
    nodes: Ring<&'a Node>,
    heads: Ring<&'a [Head]>,
    take: F,
}

impl<'a, F: FnMut(&[Head], &mut Memo)> AskingAhead<'a, '_, F> {
    fn visit(&mut self, node: &'a Node, memo: &mut Memo) {
        if !node.here.is_empty() {
            node.bring_code(self.view);
            if self.heads.is_full()
                && let Some(first) = self.heads.take()
            {
                (self.take)(first, memo);
            }
            self.heads.put(&node.here);
        }
        node.go_on(self.happening, self.view, memo, self);
    }

    /// Looks up the value that was asked for first, if there is one; what is found is on its way from now on. There must be
    /// room for it.
    fn look_up(&mut self) -> bool {
        let Some((places, value)) = self.values.take() else { return false };
        if let Some(node) = places.get(value) {
            node.bring();
            self.nodes.put(node);
        }
        true
    }

    /// Takes up all that is on its way.
    fn finish(&mut self, memo: &mut Memo) {
        loop {
            // Nodes wait until some are together, or nothing else is left.
            if self.nodes.len < ON_THE_WAY / 2 && self.look_up() {
                continue;
            }
            match self.nodes.take() {
                Some(node) => self.visit(node, memo),
                None => break,
            }
        }
        while let Some(heads) = self.heads.take() {
            (self.take)(heads, memo);
        }
    }
}

impl<'a, F: FnMut(&[Head], &mut Memo)> Visitor<'a> for AskingAhead<'a, '_, F> {
    fn node(&mut self, node: &'a Node, memo: &mut Memo) {
        // Where there is no room it goes down at once, no deeper than the tree is.
        if self.nodes.is_full() {
            return self.visit(node, memo);
        }
        node.bring();
        self.nodes.put(node);
    }

    fn value(&mut self, places: &'a Places, value: u32, memo: &mut Memo) {
        if self.values.is_full() && !self.nodes.is_full() {
            self.look_up();
        }
        if self.values.is_full() {
            return places.get(value).into_iter().for_each(|node| self.node(node, memo));
        }
        places.bring(value);
        self.values.put((places, value));
    }
}

/// So many things of a kind are on their way to the caches together.
const ON_THE_WAY: usize = 32;

/// What is taken up in the order in which it came.
struct Ring<T> {
    items: [Option<T>; ON_THE_WAY],
    first: usize,
    len: usize,
}

impl<T: Copy> Ring<T> {
    const fn new() -> Self {
        Self { items: [None; ON_THE_WAY], first: 0, len: 0 }
    }

    const fn is_full(&self) -> bool {
        self.len == ON_THE_WAY
    }

    /// Puts an item behind the others. There must be room.
    fn put(&mut self, item: T) {
        if let Some(slot) = self.items.get_mut((self.first + self.len) % ON_THE_WAY) {
            *slot = Some(item);
            self.len += 1;
        }
    }

    fn take(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        let item = self.items.get(self.first).copied().flatten();
        self.first = (self.first + 1) % ON_THE_WAY;
        item
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::fmt::Write as _;

    use super::*;
    use crate::compile::Kind;
    use crate::engine::{Core, Engine, View, present};
    use crate::{Rules, records};

    /// Two thousand campaigns that one field starts, people on more lists than are asked for together, and all fields that a
    /// tree goes by.
    #[test]
    fn both_ways_meet_the_same_triggers() {
        let mut text = "lists: [".to_owned();
        (0..90).for_each(|n| write!(text, "L{n}, ").unwrap());
        text.push_str("]\nsmart_campaigns:\n");
        for n in 0..2000 {
            let (country, score, list) = (n % 37, n % 91, n % 90);
            let filter = match n % 7 {
                0 => format!("Country is \"C{country}\" and Score is at least {score}"),
                1 => format!("member of list \"L{list}\" and [Job Title] contains \"t{country}\""),
                2 => format!("[Job Title] starts with \"t{country}\" and Country is \"C{country}\""),
                3 => format!("member of list \"L{list}\" or Country is \"C{country}\""),
                4 => format!("Score is between {score} and {} and member of list \"L{list}\"", score + 3),
                5 => format!("Country is empty and Industry is \"I{score}\""),
                _ => format!("member of list \"L{list}\" and not member of list \"L{country}\""),
            };
            writeln!(text, "  c{n}: {{triggers: [Score changes], filter: '{filter}', flow: do nothing}}").unwrap();
        }
        let rules = Rules::from_sources(&[("a.yaml", &text)]);
        let mut engine = Engine::new(rules.compile().unwrap());
        let mut tell = |line: &str| engine.handle(&records::parse_event(line).unwrap()).map(|_| ()).unwrap();
        for n in 0..120 {
            let country = if n % 11 == 0 { String::new() } else { format!("C{}", n % 40) };
            tell(&format!(
                r#"{{"type": "person", "person": "p{n}", "fields": {{"Country": "{country}", "Job Title": "t{} t{}", "Industry": "I{}"}}}}"#,
                n % 37,
                n % 5,
                n % 91
            ));
            (0..n % 91)
                .for_each(|list| tell(&format!(r#"{{"type": "list.added", "person": "p{n}", "list": "L{list}"}}"#)));
            tell(&format!(r#"{{"type": "person", "person": "p{n}", "fields": {{"Score": {}}}}}"#, n % 97));
        }
        let field = engine.plan.field("Score").unwrap();
        let now = present(&engine.core, &engine.plan.rulebook);
        let (rulebook, predicates) = (&engine.plan.rulebook, &engine.plan.predicates);
        let Core { state, memo, dispatch, .. } = &mut engine.core;
        let listeners = dispatch.place((Kind::FieldChanged, field.0)).and_then(|place| dispatch.at(place)).unwrap();
        assert!(listeners.all().len() >= super::super::CROWD_IN_CACHE, "there are enough to ask ahead");
        let mut met = 0;
        for n in 0..120 {
            let person = state.people.find(&format!("p{n}")).unwrap();
            let Some(entry) = state.people.log(person).last().copied() else { continue };
            let view = View { rulebook, predicates, probes: &engine.probes, state, person, present: &now };
            memo.clear(predicates.nodes.len());
            let mut found = [Vec::new(), Vec::new()];
            let [one, other] = &mut found;
            at_once(&listeners.root, &entry.what, &view, memo, &mut |heads, _| {
                one.extend(heads.iter().map(|head| head.trigger))
            });
            asking_ahead(&listeners.root, &entry.what, &view, memo, &mut |heads, _| {
                other.extend(heads.iter().map(|head| head.trigger))
            });
            found.iter_mut().for_each(|found| found.sort_unstable());
            assert_eq!(found[0], found[1]);
            met += found[0].len();
        }
        assert!(met > 1000, "some are met: {met}");
    }
}
