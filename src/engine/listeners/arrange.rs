//! Lays triggers into the tree: each under its sharpest need, then under the next one where it is still in a crowd.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::needs::Need;
use super::places::Places;
use super::{Branch, Node, PatternWord, Source, place};
use crate::engine::heads::{Fires, Head};
use crate::engine::probes::Probes;
use crate::model::FieldId;
use crate::state::{Cell, State, TextId};

/// Fewer triggers than this are not laid out at all.
const ROOT_MIN: usize = 8;
/// In a tree, a node with fewer triggers than this is not worth another branch, nor is a branch with so few.
const CROWD_MIN: usize = 3;
/// A need that lets more than this share through narrows too little.
const SHARE_MAX: f64 = 0.5;
/// People looked at to guess how sharp a need is.
const SAMPLE: usize = 256;
/// With fewer people than this nothing is guessed from them.
const SAMPLE_MIN: usize = 32;
/// Nodes of a branch by number.
const PIECES_MAX: usize = 128;

/// One way to find a trigger.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Value(Source, u32),
    Pattern(Source, u32),
    Number(Source, i64, i64),
}

/// Ways of which at least one finds a trigger whenever it must be found.
#[derive(Debug)]
struct Offer {
    /// Guessed: the share of activities that it lets through.
    share: f64,
    parts: Vec<Part>,
}

/// A trigger, by its place among all, and the next of its offers.
#[derive(Debug, Clone, Copy)]
struct Entry {
    at: usize,
    next: usize,
    /// Whether the way to where it lies says that it fires.
    fires: bool,
}

/// How sharp needs are, guessed from some of the people. Guesses decide how fast a trigger is found, never whether.
pub(super) struct Shares<'a> {
    state: &'a State,
    probes: &'a Probes,
    /// The field that changed, where that is what the activity is.
    changed: Option<FieldId>,
    /// Different values asked for, by source.
    values: BTreeMap<Source, BTreeSet<u32>>,
    /// What was looked at so far.
    samples: RefCell<BTreeMap<FieldId, Option<Sample>>>,
}

/// Lays out triggers; `need` tells what each of them needs.
pub(super) fn arrange(triggers: &[Head], mut shares: Shares<'_>, need: impl Fn(u32) -> Need) -> Node {
    if triggers.len() < ROOT_MIN {
        return Node { here: triggers.into(), branches: Box::default() };
    }
    let needs: Vec<Need> = triggers.iter().map(|head| need(head.trigger)).collect();
    needs.iter().for_each(|need| shares.note(need));
    let offers = needs.into_iter().map(|need| offers(need, &shares)).collect();
    let arranger = Arranger { triggers, offers };
    arranger.node((0..triggers.len()).map(|at| Entry { at, next: 0, fires: false }).collect())
}

/// What a need offers, the sharpest first; what narrows too little is left out.
fn offers(need: Need, shares: &Shares<'_>) -> Vec<Offer> {
    let mut all = Vec::new();
    collect(need, shares, &mut all);
    all.retain(|offer| offer.share <= SHARE_MAX);
    all.sort_by(|a, b| a.share.total_cmp(&b.share));
    all
}

fn collect(need: Need, shares: &Shares<'_>, all: &mut Vec<Offer>) {
    if let Need::All(needs) = need {
        needs.into_iter().for_each(|need| collect(need, shares, all));
    } else {
        all.extend(best(&need, shares));
    }
}

/// The sharpest offer of a need.
fn best(need: &Need, shares: &Shares<'_>) -> Option<Offer> {
    let parts = match need {
        Need::Unknown => return None,
        Need::All(needs) => {
            let offers = needs.iter().filter_map(|need| best(need, shares));
            return offers.min_by(|a, b| a.share.total_cmp(&b.share));
        }
        Need::Any(needs) => {
            let mut together = Offer { share: 0.0, parts: Vec::new() };
            for need in needs {
                let offer = best(need, shares)?;
                together.share += offer.share;
                together.parts.extend(offer.parts);
            }
            return Some(together);
        }
        Need::Value(source, values) => values.iter().map(|value| Part::Value(*source, *value)).collect(),
        Need::Pattern(source, pattern) => vec![Part::Pattern(*source, *pattern)],
        Need::Number(source, ranges) => {
            ranges.iter().map(|(low, high)| Part::Number(*source, *low, *high)).collect::<Vec<_>>()
        }
    };
    Some(Offer { share: parts.iter().map(|part| shares.of(part)).sum(), parts })
}

struct Arranger<'a> {
    triggers: &'a [Head],
    offers: Vec<Vec<Offer>>,
}

/// The entries of one branch, before they are laid out.
#[derive(Default)]
struct Crowd {
    entries: Vec<Entry>,
    values: BTreeMap<u32, Vec<Entry>>,
    ranges: Vec<(i64, i64, Entry)>,
}

/// The three kinds of branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Value,
    Pattern,
    Number,
}

impl Arranger<'_> {
    fn node(&self, entries: Vec<Entry>) -> Node {
        if entries.len() < CROWD_MIN {
            return Node { here: self.places(entries), branches: Box::default() };
        }
        let mut here = Vec::new();
        let mut crowds: BTreeMap<(By, Source), Crowd> = BTreeMap::new();
        for entry in entries {
            let Some(offer) = self.offers.get(entry.at).and_then(|offers| offers.get(entry.next)) else {
                here.push(entry);
                continue;
            };
            for part in &offer.parts {
                let fires = entry.fires || self.fires_by(entry.at, part);
                let further = Entry { at: entry.at, next: entry.next + 1, fires };
                let (by, source) = match part {
                    Part::Value(source, _) => (By::Value, *source),
                    Part::Pattern(source, _) => (By::Pattern, *source),
                    Part::Number(source, ..) => (By::Number, *source),
                };
                let crowd = crowds.entry((by, source)).or_default();
                crowd.entries.push(entry);
                match part {
                    Part::Value(_, value) | Part::Pattern(_, value) => {
                        crowd.values.entry(*value).or_default().push(further);
                    }
                    Part::Number(_, low, high) => crowd.ranges.push((*low, *high, further)),
                }
            }
        }
        let mut branches = Vec::new();
        for ((by, source), crowd) in crowds {
            if crowd.entries.len() < CROWD_MIN {
                here.extend(crowd.entries);
                continue;
            }
            branches.push(match by {
                By::Value => {
                    let nodes = crowd.values.into_iter().map(|(value, entries)| (value, self.node(entries)));
                    Branch::Value(source, Places::new(nodes.collect()))
                }
                By::Pattern => {
                    let words = PatternWord::all(crowd.values.keys().copied());
                    let nodes = crowd.values.into_values().map(|entries| self.node(entries));
                    Branch::Pattern(source, words, nodes.collect())
                }
                By::Number => self.by_number(source, &crowd.ranges),
            });
        }
        Node { here: self.places(here), branches: branches.into() }
    }

    /// Cuts the numbers into pieces that hold about as many ends of ranges each, and so few that a range lies in a handful.
    fn by_number(&self, source: Source, ranges: &[(i64, i64, Entry)]) -> Branch {
        let mut ends: Vec<i64> = ranges
            .iter()
            .flat_map(|(low, high, _)| [*low, high.saturating_add(1)])
            .filter(|end| *end > i64::MIN)
            .collect();
        ends.sort_unstable();
        let mut pieces = PIECES_MAX.min(ends.len());
        let (cuts, crowds) = loop {
            let mut cuts: Vec<i64> =
                (1..pieces).filter_map(|piece| ends.get(ends.len() * piece / pieces).copied()).collect();
            cuts.dedup();
            let mut crowds = vec![Vec::new(); cuts.len() + 1];
            for (low, high, entry) in ranges.iter().filter(|(low, high, _)| low <= high) {
                let fires = self.triggers.get(entry.at).map(|head| head.fires);
                let says =
                    source == Source::NewValue && fires.is_some_and(|fires| fires.by_number() == Some((*low, *high)));
                let pieces = crowds.iter_mut().enumerate();
                for (at, crowd) in pieces.take(place(&cuts, *high) + 1).skip(place(&cuts, *low)) {
                    // The piece lies in the range from end to end. What is empty lies in the first.
                    let begins = at.checked_sub(1).and_then(|before| cuts.get(before)).is_some_and(|cut| low <= cut);
                    let ends = cuts.get(at).map_or(*high == i64::MAX, |cut| *cut <= high.saturating_add(1));
                    crowd.push(Entry { fires: entry.fires || says && begins && ends, ..*entry });
                }
            }
            let laid: usize = crowds.iter().map(Vec::len).sum();
            if laid <= ranges.len() * 4 || pieces <= 2 {
                break (cuts, crowds);
            }
            pieces /= 2;
        };
        Branch::Number(source, cuts.into(), crowds.into_iter().map(|crowd| self.node(crowd)).collect())
    }

    /// Whether a trigger fires wherever a part is true. Of ranges see [`Arranger::by_number`].
    fn fires_by(&self, at: usize, part: &Part) -> bool {
        let Some(fires) = self.triggers.get(at).map(|head| head.fires) else { return false };
        match (fires, *part) {
            (Fires::Status(status), Part::Value(Source::Status, value)) => status.0 == value,
            (Fires::NewValue(text), Part::Value(Source::NewValue, value)) => is_text(text, value),
            (Fires::Attribute(asked, text), Part::Value(Source::Attribute(attribute), value)) => {
                asked == attribute && is_text(text, value)
            }
            (Fires::Pattern(asked, wanted), Part::Pattern(Source::Attribute(attribute), pattern)) => {
                asked == attribute && wanted == pattern
            }
            (
                Fires::Always
                | Fires::Status(_)
                | Fires::NewValue(_)
                | Fires::NewNumber(..)
                | Fires::Attribute(..)
                | Fires::Pattern(..)
                | Fires::Asked,
                _,
            ) => false,
        }
    }

    /// The triggers of entries, in order, each once.
    fn places(&self, mut entries: Vec<Entry>) -> Box<[Head]> {
        // Of one that is there twice, what is known of either is true of it here.
        entries.sort_unstable_by_key(|entry| (entry.at, !entry.fires));
        entries.dedup_by_key(|entry| entry.at);
        let head = |entry: &Entry| {
            let head = *self.triggers.get(entry.at)?;
            Some(if entry.fires { Head { fires: Fires::Always, ..head } } else { head })
        };
        entries.iter().filter_map(head).collect()
    }
}

/// Whether the number of a value says that it is this text. What is empty has the number of the empty text.
fn is_text(text: TextId, value: u32) -> bool {
    text != TextId::EMPTY && text.0 == value
}

impl<'a> Shares<'a> {
    pub(super) const fn new(state: &'a State, probes: &'a Probes, changed: Option<FieldId>) -> Self {
        Self { state, probes, changed, values: BTreeMap::new(), samples: RefCell::new(BTreeMap::new()) }
    }

    /// Notes the values that are asked for.
    fn note(&mut self, need: &Need) {
        match need {
            Need::All(needs) | Need::Any(needs) => needs.iter().for_each(|need| self.note(need)),
            Need::Value(source, values) => self.values.entry(*source).or_default().extend(values),
            Need::Pattern(..) | Need::Number(..) | Need::Unknown => {}
        }
    }

    fn of(&self, part: &Part) -> f64 {
        let (source, value) = match part {
            Part::Value(source, value) => (*source, Some(*value)),
            Part::Pattern(source, _) | Part::Number(source, ..) => (*source, None),
        };
        let field = match source {
            Source::Field(field) => Some(field),
            Source::NewValue => self.changed,
            Source::Status
            | Source::Attribute(_)
            | Source::Lists
            | Source::SfdcCampaigns
            | Source::Programs
            | Source::SmartCampaigns
            | Source::Logged(_)
            | Source::Performed(..) => None,
        };
        let counted = field.and_then(|field| self.counted(field, part));
        counted.unwrap_or_else(|| match (part, value) {
            (_, Some(_)) => {
                let different = self.values.get(&source).map_or(1, BTreeSet::len);
                // Of things that people have several of, two are as good a guess as any.
                let had = if source.has_many() { 2.0 } else { 1.0 };
                (had / different as f64).min(1.0)
            }
            (Part::Number(_, low, high), _) if *low == i64::MIN || *high == i64::MAX => 0.5,
            (Part::Value(..) | Part::Pattern(..) | Part::Number(..), _) => 0.2,
        })
    }

    /// The share of some people for whose field a part is true.
    fn counted(&self, field: FieldId, part: &Part) -> Option<f64> {
        let mut samples = self.samples.borrow_mut();
        let sample = samples.entry(field).or_insert_with(|| Sample::of(field, self.state)).as_mut()?;
        let hits = match part {
            Part::Value(_, value) => sample.values.get(value).copied().unwrap_or(0),
            Part::Number(_, low, high) => {
                let below = |number: i64| sample.numbers.partition_point(|it| *it < number);
                let after = high.checked_add(1).map_or(sample.numbers.len(), below);
                after.saturating_sub(below(*low))
            }
            Part::Pattern(_, pattern) => {
                let texts = &self.state.texts;
                let count = || {
                    let fitting = sample.texts.iter().filter(|text| self.probes.fits(*pattern, **text, texts));
                    fitting.count()
                };
                *sample.patterns.entry(*pattern).or_insert_with(count)
            }
        };
        Some((hits as f64 + 0.5) / sample.asked as f64)
    }
}

/// What some people have in a field.
#[derive(Debug, Default)]
struct Sample {
    asked: usize,
    values: BTreeMap<u32, usize>,
    /// Sorted.
    numbers: Vec<i64>,
    texts: Vec<TextId>,
    /// How many of the texts fit a pattern, once somebody has asked.
    patterns: BTreeMap<u32, usize>,
}

impl Sample {
    /// Nothing where there are too few people to guess from.
    fn of(field: FieldId, state: &State) -> Option<Self> {
        let people = state.people.len();
        let column = state.columns.column(field).filter(|_| people >= SAMPLE_MIN)?;
        let mut sample = Self::default();
        for person in (0..people).step_by(people.div_ceil(SAMPLE)) {
            let cell = column.get(person);
            sample.asked += 1;
            sample.numbers.extend(super::number(cell));
            if let Some(value) = super::value(cell, &state.texts) {
                *sample.values.entry(value).or_insert(0) += 1;
            }
            if let Cell::Text(text) = cell {
                sample.texts.push(text);
            }
        }
        sample.numbers.sort_unstable();
        Some(sample)
    }
}

impl Source {
    /// Whether a person has any number of such values.
    const fn has_many(self) -> bool {
        match self {
            Self::Lists
            | Self::SfdcCampaigns
            | Self::Programs
            | Self::SmartCampaigns
            | Self::Logged(_)
            | Self::Performed(..) => true,
            Self::Status | Self::NewValue | Self::Attribute(_) | Self::Field(_) => false,
        }
    }
}
