//! The tables: rows by id, which person is in which campaign, what was deleted when.
//!
//! A store can be copied and put back, which is how `allOrNone` takes everything back.

use std::collections::BTreeMap;

use super::ids;
use super::rows::Row;
use crate::model::Timestamp;

/// A deletion, as `getDeleted` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deletion {
    pub(super) object: String,
    pub(super) id: String,
    pub(super) at: Timestamp,
}

/// All records of the organisation.
#[derive(Debug, Clone, Default)]
pub(super) struct Store {
    tables: BTreeMap<String, BTreeMap<String, Row>>,
    /// Campaign and person → member.
    pairs: BTreeMap<(String, String), String>,
    pub(super) deletions: Vec<Deletion>,
    /// The number of the next id, by prefix.
    numbers: BTreeMap<String, u64>,
}

impl Store {
    /// A new id of an object with that prefix.
    pub(super) fn new_id(&mut self, prefix: &str) -> String {
        let number = self.numbers.entry(prefix.to_owned()).or_insert(0);
        *number += 1;
        ids::make(prefix, *number)
    }

    pub(super) fn table(&self, object: &str) -> impl DoubleEndedIterator<Item = (&String, &Row)> {
        self.tables.get(object).into_iter().flatten()
    }

    pub(super) fn row(&self, object: &str, id: &str) -> Option<&Row> {
        self.tables.get(object)?.get(id)
    }

    pub(super) fn put(&mut self, object: &str, id: &str, row: Row) {
        if object == "CampaignMember" {
            let person = member_person(&row).to_owned();
            self.pairs.insert((row.text("CampaignId").to_owned(), person), id.to_owned());
        }
        self.tables.entry(object.to_owned()).or_default().insert(id.to_owned(), row);
    }

    /// Takes a row away for good.
    pub(super) fn remove(&mut self, object: &str, id: &str) -> Option<Row> {
        let row = self.tables.get_mut(object)?.remove(id)?;
        if object == "CampaignMember" {
            let key = (row.text("CampaignId").to_owned(), member_person(&row).to_owned());
            // Another row may have taken its place.
            if self.pairs.get(&key).is_some_and(|member| member == id) {
                self.pairs.remove(&key);
            }
        }
        Some(row)
    }

    pub(super) fn member(&self, campaign: &str, person: &str) -> Option<&String> {
        self.pairs.get(&(campaign.to_owned(), person.to_owned()))
    }

    /// The members of a campaign with the ids of their people, ordered by these.
    pub(super) fn members_of(&self, campaign: &str) -> impl Iterator<Item = (&str, &str)> {
        let from = (campaign.to_owned(), String::new());
        let campaign = campaign.to_owned();
        self.pairs
            .range(from..)
            .take_while(move |((of, _), _)| *of == campaign)
            .map(|((_, person), member)| (person.as_str(), member.as_str()))
    }
}

/// Whom a member row stands for: the contact when there is one.
pub(super) fn member_person(row: &Row) -> &str {
    let contact = row.text("ContactId");
    if contact.is_empty() { row.text("LeadId") } else { contact }
}
