//! What every ledger must do: the same commits give the same book, also after it is opened again.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::store::{Database, StateDirectory};
use crate::sync::reconcile::{BaseRow, Held};
use crate::sync::side::Row;

fn books() -> impl Strategy<Value = Book> {
    let rows = || prop::collection::vec((0..3_u32, 0..6_u32, 0..9_u32, 0..4_u16), 0..12);
    (rows(), rows(), rows(), prop::collection::btree_map("[a-c]", "[x-z]{0,2}", 0..3)).prop_map(
        |(program, campaign, base, notes)| {
            let status = |number: u16| number.checked_sub(1).map_or(Status::NONE, Status::at);
            let side = |rows: &[(u32, u32, u32, u16)]| {
                let row = |&(link, person, stamp, of): &(u32, u32, u32, u16)| Row {
                    pair: Pair::new(link, person),
                    since: Seconds(stamp / 2),
                    stamp: Seconds(stamp),
                    status: status(of),
                };
                Side::from_rows(rows.iter().map(row).collect())
            };
            let mut book = Book { program: side(&program), campaign: side(&campaign), notes, ..Book::default() };
            let of = |&(link, person, version, of): &(u32, u32, u32, u16)| BaseRow {
                pair: Pair::new(link, person),
                version,
                status: status(of),
            };
            let mut held: Vec<Held> = base
                .iter()
                .filter(|row| row.2 > 5)
                .map(|row| Held { pair: of(row).pair, program: None, campaign: Some(of(row).status) })
                .collect();
            held.sort_by_key(|held| held.pair);
            held.dedup_by_key(|held| held.pair);
            book.base = Base::from_rows(base.iter().map(of).collect(), held);
            for (link, person, stamp, of) in program {
                let (pair, status) = (Pair::new(link, person), status(of));
                let sfdc = format!("00Q{person}");
                book.members.insert(format!("00v{link}{person}"), Member { sfdc, pair, status, stamp: Seconds(stamp) });
                book.intents.insert(pair, status);
                let lead = (of > 1).then(|| format!("00Q{person}"));
                let creating = (of == 1).then_some((Which::Campaign, Seconds(stamp)));
                book.people.insert(person, Person { lead, creating, ..Person::default() });
            }
            book
        },
    )
}

/// Goes from one book to another through entries.
fn go(entries: &mut Entries<'_>, to: &Book) {
    let from = entries.book().clone();
    for number in to.people.keys() {
        entries.change_person(*number, |person| *person = to.people.get(number).cloned().unwrap());
    }
    for id in from.members.keys().chain(to.members.keys()) {
        entries.set_member(id, to.members.get(id).cloned());
    }
    entries.write(Which::Program, to.program.rows().to_vec());
    entries.write(Which::Campaign, to.campaign.rows().to_vec());
    entries.settle(to.base.rows().to_vec());
    entries.hold(to.base.held().to_vec());
    for pair in from.intents.keys().chain(to.intents.keys()) {
        entries.intend(*pair, to.intents.get(pair).copied());
    }
    for (name, value) in &to.notes {
        entries.note(name, value);
    }
    for number in 0..3_u64 {
        let order = Order::Sync { person: u32::try_from(to.notes.len()).unwrap() };
        entries.order(number, to.notes.contains_key("a").then_some(order));
    }
    for number in entries.book().facts.keys().copied().collect::<Vec<_>>() {
        entries.told(number);
    }
    entries.tell(false, |number| format!("fact {number}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn both_ledgers_keep_what_is_in_the_book(steps in prop::collection::vec(books(), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let directory = StateDirectory::open(folder.path(), "test").unwrap();
        let open = || Box::new(SqliteLedger::open(Database::open(&directory).unwrap()).unwrap());
        let memory = MemoryLedger::default();
        for book in steps {
            let mut sqlite = Entries::open(open()).unwrap();
            let mut other = Entries::open(Box::new(memory.clone())).unwrap();
            go(&mut sqlite, &book);
            go(&mut other, &book);
            prop_assert_eq!(sqlite.book(), other.book());
            sqlite.commit().unwrap();
            other.commit().unwrap();
            prop_assert_eq!(&open().load().unwrap(), sqlite.book());
            prop_assert_eq!(&memory.clone().load().unwrap(), sqlite.book());
            for (id, member) in &book.members {
                prop_assert!(sqlite.members_of(member.pair).contains(id));
            }
        }
    }
}

#[test]
fn records_and_passes_are_told_from_a_time_on() {
    let folder = tempfile::tempdir().unwrap();
    let directory = StateDirectory::open(folder.path(), "test").unwrap();
    let record = |at: &str| Record {
        kind: Kind::Failed,
        link: "Fair".to_owned(),
        person: None,
        program_id: None,
        campaign_member_id: None,
        program: Some("Sent".to_owned()),
        campaign: None,
        base: None,
        winner: Some(Which::Program),
        code: None,
        message: "no".to_owned(),
        at: at.to_owned(),
    };
    let changes = Changes {
        records: vec![record("2026-03-01T00:00:00Z"), record("2026-03-05T00:00:00Z")],
        pass: Some(("2026-03-05T00:00:00Z".to_owned(), "{}".to_owned())),
        ..Changes::default()
    };
    let ledgers: [&mut dyn Ledger; 2] =
        [&mut MemoryLedger::default(), &mut SqliteLedger::open(Database::open(&directory).unwrap()).unwrap()];
    for ledger in ledgers {
        ledger.commit(&changes).unwrap();
        assert_eq!(ledger.records("2026-03-02T00:00:00Z").unwrap(), [record("2026-03-05T00:00:00Z")]);
        assert_eq!(ledger.passes("2026-03-05T00:00:00Z").unwrap(), ["{}"]);
        assert!(ledger.passes("2026-03-05T00:00:01Z").unwrap().is_empty());
    }
}
