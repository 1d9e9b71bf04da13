//! Who listens to an activity: triggers by kind and subject, and among those by what they and their filters need.
//!
//! Most triggers, or the filters of their campaigns, need a value to be one of a few: a status, the text of an attribute, a
//! list, a number in a range (`needs`). Triggers are laid under such values in a tree, the sharpest need first (`arrange`),
//! and an activity walks down only where the person or the activity has the value. A need is *necessary*, never enough:
//! whatever is found is asked in full, so the tree may be coarse but never wrong.

mod arrange;
mod dispatch;
mod needs;
mod places;
mod walk;

pub(super) use dispatch::Dispatch;
pub(super) use needs::days;

use self::arrange::Shares;
use self::places::Places;
use super::evaluate::{Memo, View};
use super::heads::Head;
use super::probes::{IN_WORD, Probes};
use crate::compile::{Kind, Plan};
use crate::model::{ActivityId, AttributeId, FieldId, StatusId};
use crate::state::{Cell, Happening, State, Texts, bring};

/// The triggers that listen to activities of one kind about one subject.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    /// All of them, in campaign order, then in order of declaration.
    all: Vec<Head>,
    root: Node,
}

/// Triggers that need the same so far.
#[derive(Debug, Default)]
struct Node {
    /// Those that are found here, in order.
    here: Box<[Head]>,
    /// Those that need something more.
    branches: Box<[Branch]>,
}

/// Where to go on, by what a source has.
#[derive(Debug)]
enum Branch {
    /// By value.
    Value(Source, Places),
    /// By the patterns that the text fits: a node for each, in order.
    Pattern(Source, Box<[PatternWord]>, Box<[Node]>),
    /// By number: the first node is for numbers before the first cut, the next from there on, and so forth.
    Number(Source, Box<[i64]>, Box<[Node]>),
}

/// Patterns that are asked about together.
#[derive(Debug, Clone, Copy)]
struct PatternWord {
    /// Which [`IN_WORD`] of all.
    word: u32,
    /// Those of them that are meant.
    patterns: u64,
    /// The node of the first of those.
    first: usize,
}

/// Where a value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Source {
    /// The new status, or the last one of a membership that ended.
    Status,
    /// The new value of a field.
    NewValue,
    /// An attribute of the activity.
    Attribute(AttributeId),
    /// A field of the person.
    Field(FieldId),
    /// The person's lists.
    Lists,
    /// The SFDC campaigns that the person is a member of.
    SfdcCampaigns,
    /// The programs that the person is a member of.
    Programs,
    /// The smart campaigns that the person has qualified for.
    SmartCampaigns,
    /// The subjects of logged activities of this kind.
    Logged(Kind),
    /// An attribute of logged custom activities.
    Performed(ActivityId, AttributeId),
}

/// So many of those whom every activity meets are looked at ahead.
const MET_MAX: usize = 8;

/// So many of them lie in one line of the caches.
const HEADS_IN_LINE: usize = 2;

/// A tree of fewer triggers than this is in the caches, or soon.
const CROWD_IN_CACHE: usize = 1000;

/// The number of a value that is empty. Ranges that it lies in by chance are only coarser for it.
const EMPTY: i64 = i64::MIN;

impl Listeners {
    /// Arranges triggers, given in campaign order; `changed` is the field whose changes they listen to, if that is it.
    pub(super) fn new(all: Vec<u32>, changed: Option<FieldId>, plan: &Plan, probes: &Probes, state: &State) -> Self {
        let shares = Shares::new(state, probes, changed);
        let all: Vec<Head> = all.iter().filter_map(|trigger| probes.heads.get(*trigger as usize).copied()).collect();
        let root = arrange::arrange(&all, shares, |trigger| needs::of_trigger(trigger, plan, probes));
        Self { all, root }
    }

    /// All triggers.
    pub(super) fn all(&self) -> &[Head] {
        &self.all
    }

    /// Asks for the first of those whom every activity meets.
    pub(super) fn bring(&self) {
        self.met().iter().step_by(HEADS_IN_LINE).for_each(|head| bring(Some(head)));
    }

    /// The first of those whom every activity meets, or all of them.
    pub(super) fn met(&self) -> &[Head] {
        self.root.here.get(..MET_MAX).unwrap_or(&self.root.here)
    }

    /// Hands over every trigger that the activity may fire and whose campaign's filter may hold, in no order, some perhaps
    /// twice.
    pub(super) fn find(
        &self,
        happening: &Happening,
        view: &View<'_>,
        memo: &mut Memo,
        take: &mut impl FnMut(&[Head], &mut Memo),
    ) {
        if self.all.len() < CROWD_IN_CACHE {
            walk::at_once(&self.root, happening, view, memo, take);
        } else {
            walk::asking_ahead(&self.root, happening, view, memo, take);
        }
    }
}

impl PatternWord {
    /// The words of patterns that are in order, each once.
    fn all(patterns: impl Iterator<Item = u32>) -> Box<[Self]> {
        let mut words: Vec<Self> = Vec::new();
        for (at, pattern) in patterns.enumerate() {
            let (word, bit) = (pattern / IN_WORD, 1 << (pattern % IN_WORD));
            match words.last_mut().filter(|last| last.word == word) {
                Some(last) => last.patterns |= bit,
                None => words.push(Self { word, patterns: bit, first: at }),
            }
        }
        words.into()
    }
}

/// Which node of a [`Branch::Number`] a number belongs to.
fn place(cuts: &[i64], number: i64) -> usize {
    cuts.partition_point(|cut| *cut <= number)
}

impl Source {
    /// The value that there is one of; `None` for sources that have many, and where the activity has no such value.
    fn cell(self, happening: &Happening, view: &View<'_>) -> Option<Cell> {
        match (self, happening) {
            (Self::NewValue, Happening::FieldChanged(_, change)) => Some(view.state.details.change(*change).1),
            (Self::Attribute(attribute), Happening::Performed(_, carried)) => {
                Some(view.state.details.attribute(*carried, attribute))
            }
            (Self::Field(field), _) => Some(view.state.columns.get(field, view.person)),
            (
                Self::NewValue
                | Self::Attribute(_)
                | Self::Status
                | Self::Lists
                | Self::SfdcCampaigns
                | Self::Programs
                | Self::SmartCampaigns
                | Self::Logged(_)
                | Self::Performed(..),
                _,
            ) => None,
        }
    }

    /// Hands over each value, as a number; some perhaps twice.
    fn each(self, happening: &Happening, view: &View<'_>, mut take: impl FnMut(u32)) {
        let people = &view.state.people;
        match self {
            Self::Status => status_of(happening).into_iter().for_each(|status| take(status.0)),
            Self::NewValue | Self::Attribute(_) | Self::Field(_) => {
                let cell = self.cell(happening, view);
                cell.and_then(|cell| value(cell, &view.state.texts)).into_iter().for_each(take);
            }
            Self::Lists => people.lists(view.person).iter().for_each(|list| take(list.0)),
            Self::SfdcCampaigns => people.sfdc(view.person).iter().for_each(|row| take(row.campaign.0)),
            Self::Programs => people.programs(view.person).iter().for_each(|row| take(row.program.0)),
            Self::SmartCampaigns => people.qualified(view.person).iter().for_each(|row| take(row.campaign.0)),
            Self::Logged(kind) => {
                let keys = people.log(view.person).iter().map(|entry| entry.what.key());
                keys.filter(|key| key.0 == kind).for_each(|key| take(key.1));
            }
            Self::Performed(activity, attribute) => {
                for entry in people.log(view.person) {
                    if let Happening::Performed(performed, carried) = entry.what
                        && performed == activity
                    {
                        let cell = view.state.details.attribute(carried, attribute);
                        value(cell, &view.state.texts).into_iter().for_each(&mut take);
                    }
                }
            }
        }
    }
}

/// A text, folded, or a boolean as a number; no value is the empty text.
fn value(cell: Cell, texts: &Texts) -> Option<u32> {
    match cell {
        Cell::Empty => Some(0),
        Cell::Text(id) => Some(texts.folded(id).0),
        Cell::Boolean(boolean) => Some(u32::from(boolean)),
        Cell::Integer(_) | Cell::Number(_) | Cell::Date(_) | Cell::DateTime(_) => None,
    }
}

/// A whole number or a day as a number.
fn number(cell: Cell) -> Option<i64> {
    match cell {
        Cell::Empty => Some(EMPTY),
        Cell::Integer(number) => Some(number),
        Cell::Date(day) => Some(i64::from(day.0)),
        Cell::Text(_) | Cell::Number(_) | Cell::Boolean(_) | Cell::DateTime(_) => None,
    }
}

/// The new status, or the last one of a membership that ended.
pub(super) fn status_of(happening: &Happening) -> Option<StatusId> {
    match happening {
        Happening::SfdcAdded(_, status)
        | Happening::SfdcRemoved(_, status)
        | Happening::SfdcStatusChanged(_, _, status)
        | Happening::ProgramStatusChanged { to: status, .. } => Some(*status),
        Happening::ListAdded(_)
        | Happening::ListRemoved(_)
        | Happening::FieldChanged(..)
        | Happening::Performed(..)
        | Happening::Created
        | Happening::Synced
        | Happening::Converted
        | Happening::Deleted
        | Happening::SegmentEntered(_)
        | Happening::SegmentLeft(_)
        | Happening::Requested(_) => None,
    }
}
