//! What one side of all links showed so far: one row for each person of a link, sorted by link and person.
//!
//! A row outlives the membership: a removed member stays as a tombstone with the time of the removal, so that a page that
//! was read before it, or shows up late, brings nobody back to life. Nothing here knows what the other side shows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A person of a link. Sorts by link, then by person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair(u64);

impl Pair {
    /// The person with this number in the link with this number.
    pub const fn new(link: u32, person: u32) -> Self {
        Self((link as u64) << 32 | person as u64)
    }

    /// The number of the link.
    pub const fn link(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The number of the person.
    pub const fn person(self) -> u32 {
        self.0 as u32
    }
}

/// The status of a person: a place in the status table of the link, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(u16);

impl Status {
    /// `Not in Program`, not in the campaign.
    pub const NONE: Self = Self(0);

    /// The status at this place of the link's table. The last place that a table can have is 65,534; what lies behind it is
    /// taken for 65,534.
    pub const fn at(place: u16) -> Self {
        Self(place.saturating_add(1))
    }

    /// The place in the link's table; nothing for somebody who is no member.
    pub const fn place(self) -> Option<u16> {
        self.0.checked_sub(1)
    }
}

/// A point of time in whole seconds since 1970, as the servers tell it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seconds(pub u32);

/// So few rows are put in one by one: to sort everything would take longer.
const PUT_IN_SINGLY: usize = 8;

/// What a pull showed of one person: a status, or [`Status::NONE`] for a deletion, and the server's stamp of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Who, where.
    pub pair: Pair,
    /// What was shown.
    pub status: Status,
    /// `SystemModstamp` or `deletedDate`; the activity's date, else `updatedAt`.
    pub stamp: Seconds,
}

/// What is known of one person on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Who, where.
    pub pair: Pair,
    /// When this status was first shown, no later than its stamp then.
    pub since: Seconds,
    /// The newest stamp seen. An older one says nothing new.
    pub stamp: Seconds,
    /// The status.
    pub status: Status,
}

impl Row {
    /// The observation that would say nothing new.
    const fn seen(self) -> Observation {
        Observation { pair: self.pair, status: self.status, stamp: self.stamp }
    }
}

/// One side of all links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    rows: Vec<Row>,
}

impl Side {
    /// A side of rows that were kept, in any order; of several for one pair the one with the newest stamp stands.
    pub fn from_rows(mut rows: Vec<Row>) -> Self {
        rows.sort_by_key(|row| (row.pair, std::cmp::Reverse(row.stamp)));
        rows.dedup_by_key(|row| row.pair);
        Self { rows }
    }

    /// The rows, sorted by pair, one for each.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The status of a person.
    pub fn status(&self, pair: Pair) -> Status {
        self.row(pair).map_or(Status::NONE, |row| row.status)
    }

    /// What is known of a person.
    pub fn row(&self, pair: Pair) -> Option<&Row> {
        let at = self.rows.binary_search_by_key(&pair, |row| row.pair).ok()?;
        self.rows.get(at)
    }

    /// Takes over all pages of one pull that was made at `now`, in whatever order and however often they came.
    ///
    /// A stamp that moved without a changed status is no change: `since` stays. A stamp ahead of `now` counts as `now`. Of
    /// two different observations with one stamp in one pull a membership beats a deletion (whoever was removed and added
    /// again within one second is there), and the later status of the table beats the earlier; of two pulls the later one
    /// stands, but for a deletion: those are told again and again.
    ///
    /// Gives the rows that are new or other than before.
    pub fn pull(&mut self, mut pages: Vec<Observation>, now: Seconds) -> Vec<Row> {
        pages.sort_unstable_by_key(|seen| (seen.pair, seen.stamp, seen.status));
        let mut changed: BTreeMap<Pair, Row> = BTreeMap::new();
        for seen in pages {
            let known = changed.get(&seen.pair).copied().or_else(|| self.row(seen.pair).copied());
            let since = seen.stamp.min(now);
            let row = match known {
                Some(known) if seen.stamp < known.stamp => continue,
                // A deletion that is told once more does not undo what was shown of the same second.
                Some(known) if seen.stamp == known.stamp && seen.status == Status::NONE => continue,
                Some(known) if seen == known.seen() => continue,
                Some(known) if seen.status == known.status => Row { stamp: seen.stamp, ..known },
                Some(_) | None => Row { pair: seen.pair, since, stamp: seen.stamp, status: seen.status },
            };
            changed.insert(seen.pair, row);
        }
        self.put(changed)
    }

    /// Takes over a full comparison of one link that was read from `started` to `now`: who is known as a member, was not
    /// touched after `started` and is not among `members` was removed, and that became known now.
    ///
    /// Gives the rows that are new or other than before.
    pub fn compare(&mut self, link: u32, members: Vec<Observation>, started: Seconds, now: Seconds) -> Vec<Row> {
        let mut shown: Vec<Pair> = members.iter().map(|seen| seen.pair).collect();
        shown.sort_unstable();
        let gone: BTreeMap<Pair, Row> = self
            .rows
            .iter()
            .filter(|row| row.pair.link() == link && row.status != Status::NONE && row.stamp <= started)
            .filter(|row| shown.binary_search(&row.pair).is_err())
            .map(|row| (row.pair, Row { status: Status::NONE, since: now, stamp: started.max(row.stamp), ..*row }))
            .collect();
        let mut changed = self.put(gone);
        changed.extend(self.pull(members.into_iter().filter(|seen| seen.pair.link() == link).collect(), now));
        changed
    }

    /// Writes rows as they are, in place of what was known: what was done ourselves and read back.
    pub fn write(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.put(rows.into_iter().map(|row| (row.pair, row)).collect());
    }

    /// Puts rows in at their places, and gives them back.
    fn put(&mut self, changed: BTreeMap<Pair, Row>) -> Vec<Row> {
        let all: Vec<Row> = changed.values().copied().collect();
        let singly = changed.len() <= PUT_IN_SINGLY;
        let mut new = Vec::new();
        for (pair, row) in changed {
            match self.rows.binary_search_by_key(&pair, |row| row.pair) {
                Ok(at) => {
                    if let Some(old) = self.rows.get_mut(at) {
                        *old = row;
                    }
                }
                Err(at) if singly => self.rows.insert(at, row),
                Err(_) => new.push(row),
            }
        }
        if !new.is_empty() {
            self.rows.append(&mut new);
            // Two sorted runs: the standard sort merges them in one go.
            self.rows.sort_by_key(|row| row.pair);
        }
        all
    }
}
