//! The ledger in the state directory: tables `sync_…` beside those of the store.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::changes::Difference;
use super::{Book, Changes, Ledger, LedgerError, Member, Record};
use crate::store::rusqlite::{self, Connection, Row as Found, Transaction, params};
use crate::store::{Database, Migration, StoreError};
use crate::sync::reconcile::{Base, BaseRow, Held};
use crate::sync::side::{Pair, Row, Seconds, Side, Status};

/// The room under whose name the tables are kept.
const ROOM: &str = "sync";

/// The steps that make the tables. A released step is never edited.
const MIGRATIONS: &[Migration] = &[Migration { name: "the sync's ledger", sql: include_str!("sync_1.sql") }];

/// The numbers of the sides in `sync_rows`.
const PROGRAM: u8 = 0;
const CAMPAIGN: u8 = 1;

/// A ledger in the database of a state directory.
#[derive(Debug)]
pub struct SqliteLedger {
    database: Database,
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        Self { message: error.to_string(), help: error.help() }
    }
}

impl SqliteLedger {
    /// Takes a database and brings the tables up to date.
    ///
    /// # Errors
    ///
    /// When a newer program made them.
    pub fn open(mut database: Database) -> Result<Self, LedgerError> {
        database.migrate(ROOM, MIGRATIONS)?;
        Ok(Self { database })
    }

    /// Takes a database that was opened for reading; nothing where no sync was ever kept there.
    ///
    /// # Errors
    ///
    /// When a newer program made the tables.
    pub fn open_for_reading(database: Database) -> Result<Option<Self>, LedgerError> {
        let there = database.is_up_to_date(ROOM, MIGRATIONS)?;
        Ok(there.then_some(Self { database }))
    }
}

impl Ledger for SqliteLedger {
    fn load(&mut self) -> Result<Book, LedgerError> {
        Ok(self.database.read(book)?)
    }

    fn commit(&mut self, changes: &Changes) -> Result<(), LedgerError> {
        if changes.is_empty() {
            return Ok(());
        }
        Ok(self.database.write(|it| write(it, changes))?)
    }

    fn records(&mut self, since: &str) -> Result<Vec<Record>, LedgerError> {
        let sql = "SELECT record FROM sync_records WHERE at >= ?1 ORDER BY number";
        Ok(self.database.read(|it| {
            let mut found = it.prepare_cached(sql)?;
            let records = found.query_map([since], |row| document(row, 0))?;
            records.collect()
        })?)
    }

    fn passes(&mut self, since: &str) -> Result<Vec<String>, LedgerError> {
        let sql = "SELECT report FROM sync_passes WHERE started >= ?1 ORDER BY number";
        Ok(self.database.read(|it| {
            let mut found = it.prepare_cached(sql)?;
            let reports = found.query_map([since], |row| row.get(0))?;
            reports.collect()
        })?)
    }
}

fn pair(row: &Found<'_>, at: usize) -> rusqlite::Result<Pair> {
    Ok(Pair::new(row.get(at)?, row.get(at + 1)?))
}

fn status(row: &Found<'_>, at: usize) -> rusqlite::Result<Status> {
    let number: u16 = row.get(at)?;
    Ok(number.checked_sub(1).map_or(Status::NONE, Status::at))
}

/// Stands where it does not matter what a side shows.
const ANY: i64 = -1;

fn held(row: &Found<'_>, at: usize) -> rusqlite::Result<Option<Status>> {
    if row.get::<_, i64>(at)? == ANY { Ok(None) } else { status(row, at).map(Some) }
}

fn number(status: Status) -> u16 {
    status.place().map_or(0, |place| place + 1)
}

fn document<T: DeserializeOwned>(row: &Found<'_>, at: usize) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error)))
}

fn text<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn all<T, C: FromIterator<T>>(
    it: &Connection,
    sql: &str,
    read: impl FnMut(&Found<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<C> {
    let mut found = it.prepare_cached(sql)?;
    let rows = found.query_map([], read)?;
    rows.collect()
}

fn side(it: &Connection, which: u8) -> rusqlite::Result<Side> {
    let sql =
        format!("SELECT link, person, since, stamp, status FROM sync_rows WHERE side = {which} ORDER BY link, person");
    let rows = all(it, &sql, |row| {
        let (since, stamp) = (Seconds(row.get(2)?), Seconds(row.get(3)?));
        Ok(Row { pair: pair(row, 0)?, since, stamp, status: status(row, 4)? })
    })?;
    Ok(Side::from_rows(rows))
}

fn book(it: &Connection) -> rusqlite::Result<Book> {
    let base = all(it, "SELECT link, person, version, status FROM sync_base ORDER BY link, person", |row| {
        Ok(BaseRow { pair: pair(row, 0)?, version: row.get(2)?, status: status(row, 3)? })
    })?;
    let held = all(it, "SELECT link, person, program, campaign FROM sync_held", |row| {
        Ok(Held { pair: pair(row, 0)?, program: held(row, 2)?, campaign: held(row, 3)? })
    })?;
    Ok(Book {
        links: all(it, "SELECT number, link FROM sync_links", |row| Ok((row.get(0)?, document(row, 1)?)))?,
        people: all(it, "SELECT number, person FROM sync_people", |row| Ok((row.get(0)?, document(row, 1)?)))?,
        members: all(it, "SELECT link, person, status, stamp, sfdc, id FROM sync_members", |row| {
            let (status, stamp) = (status(row, 2)?, Seconds(row.get(3)?));
            Ok((row.get(5)?, Member { sfdc: row.get(4)?, pair: pair(row, 0)?, status, stamp }))
        })?,
        program: side(it, PROGRAM)?,
        campaign: side(it, CAMPAIGN)?,
        base: Base::from_rows(base, held),
        intents: all(it, "SELECT link, person, status FROM sync_intents", |row| Ok((pair(row, 0)?, status(row, 2)?)))?,
        orders: all(it, "SELECT number, entry FROM sync_orders", |row| Ok((row.get(0)?, document(row, 1)?)))?,
        facts: all(it, "SELECT number, entry FROM sync_facts", |row| Ok((row.get(0)?, document(row, 1)?)))?,
        notes: all(it, "SELECT name, value FROM sync_notes", |row| Ok((row.get(0)?, row.get(1)?)))?,
    })
}

fn put_documents<K: rusqlite::ToSql, T: Serialize>(
    it: &Transaction<'_>,
    table: &str,
    difference: &Difference<K, T>,
) -> rusqlite::Result<()> {
    for (number, value) in &difference.put {
        let sql = format!("INSERT OR REPLACE INTO {table} VALUES (?1, ?2)");
        it.prepare_cached(&sql)?.execute(params![number, text(value)?])?;
    }
    for number in &difference.gone {
        it.prepare_cached(&format!("DELETE FROM {table} WHERE number = ?1"))?.execute([number])?;
    }
    Ok(())
}

fn drop_pairs(it: &Transaction<'_>, table: &str, gone: &[Pair], condition: &str) -> rusqlite::Result<()> {
    for pair in gone {
        let sql = format!("DELETE FROM {table} WHERE link = ?1 AND person = ?2{condition}");
        it.prepare_cached(&sql)?.execute(params![pair.link(), pair.person()])?;
    }
    Ok(())
}

fn put_side(it: &Transaction<'_>, which: u8, difference: &Difference<Pair, Row>) -> rusqlite::Result<()> {
    let mut put = it.prepare_cached("INSERT OR REPLACE INTO sync_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for (pair, row) in &difference.put {
        put.execute(params![which, pair.link(), pair.person(), row.since.0, row.stamp.0, number(row.status)])?;
    }
    drop_pairs(it, "sync_rows", &difference.gone, &format!(" AND side = {which}"))
}

fn write(it: &Transaction<'_>, changes: &Changes) -> rusqlite::Result<()> {
    let Changes { links, people, members, program, campaign, base, held, intents, orders, facts, notes, records, pass } =
        changes;
    put_documents(it, "sync_links", links)?;
    put_documents(it, "sync_people", people)?;
    put_documents(it, "sync_orders", orders)?;
    put_documents(it, "sync_facts", facts)?;
    for (id, member) in &members.put {
        let Member { sfdc, pair, status, stamp } = member;
        let sql = "INSERT OR REPLACE INTO sync_members (id, sfdc, link, person, status, stamp) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        it.prepare_cached(sql)?.execute(params![id, sfdc, pair.link(), pair.person(), number(*status), stamp.0])?;
    }
    for id in &members.gone {
        it.prepare_cached("DELETE FROM sync_members WHERE id = ?1")?.execute([id])?;
    }
    put_side(it, PROGRAM, program)?;
    put_side(it, CAMPAIGN, campaign)?;
    for (pair, row) in &base.put {
        it.prepare_cached("INSERT OR REPLACE INTO sync_base VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            pair.link(),
            pair.person(),
            row.version,
            number(row.status)
        ])?;
    }
    drop_pairs(it, "sync_base", &base.gone, "")?;
    for (pair, held) in &held.put {
        it.prepare_cached("INSERT OR REPLACE INTO sync_held VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            pair.link(),
            pair.person(),
            held.program.map_or(ANY, |status| i64::from(number(status))),
            held.campaign.map_or(ANY, |status| i64::from(number(status)))
        ])?;
    }
    drop_pairs(it, "sync_held", &held.gone, "")?;
    for (pair, status) in &intents.put {
        it.prepare_cached("INSERT OR REPLACE INTO sync_intents VALUES (?1, ?2, ?3)")?.execute(params![
            pair.link(),
            pair.person(),
            number(*status)
        ])?;
    }
    drop_pairs(it, "sync_intents", &intents.gone, "")?;
    for (name, value) in &notes.put {
        it.prepare_cached("INSERT OR REPLACE INTO sync_notes VALUES (?1, ?2)")?.execute([name, value])?;
    }
    for name in &notes.gone {
        it.prepare_cached("DELETE FROM sync_notes WHERE name = ?1")?.execute([name])?;
    }
    for record in records {
        it.prepare_cached("INSERT INTO sync_records (at, record) VALUES (?1, ?2)")?
            .execute(params![record.at, text(record)?])?;
    }
    if let Some((started, report)) = pass {
        it.prepare_cached("INSERT INTO sync_passes (started, report) VALUES (?1, ?2)")?.execute([started, report])?;
    }
    Ok(())
}
