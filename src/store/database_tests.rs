#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use super::*;

const ONE: Migration = Migration { name: "one", sql: "CREATE TABLE shop_a (x INTEGER) STRICT;" };
const TWO: Migration = Migration { name: "two", sql: "CREATE TABLE shop_b (x INTEGER) STRICT;" };
const BAD: Migration = Migration { name: "bad", sql: "CREATE TABLE shop_c (x INTEGER) STRICT; CREATE TABL" };

fn directory() -> (tempfile::TempDir, StateDirectory) {
    let folder = tempfile::tempdir().unwrap();
    let directory = StateDirectory::open(folder.path(), "test").unwrap();
    (folder, directory)
}

#[test]
fn it_is_durable_and_checks_what_it_reads() {
    let (_folder, directory) = directory();
    let database = Database::open(&directory).unwrap();
    let get = |pragma: &str| {
        database.connection.pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap()
    };
    assert_eq!(get("journal_mode"), "wal".to_owned().into());
    assert_eq!(get("synchronous"), 2.into());
    // Without room for mapped files the answer is empty or 0.
    assert_eq!(get("mmap_size"), 0.into());
    assert_eq!(get("foreign_keys"), 1.into());
}

#[test]
fn rooms_have_their_own_steps_and_each_is_done_once() {
    let (_folder, directory) = directory();
    let mut database = Database::open(&directory).unwrap();
    database.migrate("shop", &[ONE]).unwrap();
    database.migrate("other", &[]).unwrap();
    assert!(!database.is_up_to_date("shop", &[ONE, TWO]).unwrap());
    database.migrate("shop", &[ONE, TWO]).unwrap();
    database.migrate("shop", &[ONE, TWO]).unwrap();
    assert!(database.is_up_to_date("shop", &[ONE, TWO]).unwrap());
    database.write(|it| it.execute("INSERT INTO shop_b VALUES (7)", [])).unwrap();
    drop(database);

    let mut database = Database::open(&directory).unwrap();
    let seven: i64 = database.read(|it| it.query_row("SELECT x FROM shop_b", [], |row| row.get(0))).unwrap();
    assert_eq!(seven, 7);
    let error = database.migrate("shop", &[ONE]).unwrap_err();
    assert!(matches!(&error, StoreError::Newer { room, found: 2, known: 1, .. } if room == "shop"), "{error}");
    let error = database.migrate("shop", &[TWO, TWO]).unwrap_err();
    assert!(matches!(error, StoreError::Altered { number: 1, .. }), "{error}");
}

#[test]
fn a_step_that_fails_leaves_nothing() {
    let (_folder, directory) = directory();
    let mut database = Database::open(&directory).unwrap();
    database.migrate("shop", &[ONE, BAD]).unwrap_err();
    let tables = |it: &Connection| {
        it.query_row("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'shop%'", [], |row| row.get::<_, i64>(0))
    };
    assert_eq!(database.read(tables).unwrap(), 0);
    database.write(|it| it.execute("INSERT INTO nowhere VALUES (7)", [])).unwrap_err();
    database.migrate("shop", &[ONE]).unwrap();
}

#[test]
fn files_of_newer_programs_of_others_and_damaged_ones_are_refused_and_left_alone() {
    let (_folder, directory) = directory();
    let file = directory.database_file();
    let refused = |expected: &str| {
        let before = fs::read(&file).unwrap();
        let error = Database::open(&directory).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(fs::read(&file).unwrap(), before);
    };

    fs::write(&file, "no database at all, and longer than the header of one would be, which has 100 bytes to be sure")
        .unwrap();
    refused("is damaged: file is not a database");
    fs::remove_file(&file).unwrap();

    let connection = Connection::open(&file).unwrap();
    connection.execute_batch("CREATE TABLE bookmarks (x)").unwrap();
    drop(connection);
    refused("is damaged: it is no database of campanile");
    fs::remove_file(&file).unwrap();

    let database = Database::open(&directory).unwrap();
    database.connection.pragma_update(None, "user_version", FILE_FORMAT + 1).unwrap();
    drop(database);
    refused("was written by a newer version");
}

#[test]
fn it_can_be_read_while_somebody_writes() {
    let (_folder, directory) = directory();
    let mut database = Database::open(&directory).unwrap();
    database.migrate("shop", &[ONE]).unwrap();
    let reader = Database::open_for_reading(directory.path()).unwrap();
    let count = |it: &Connection| it.query_row("SELECT count(*) FROM shop_a", [], |row| row.get::<_, i64>(0));
    let seen = database
        .write(|it| {
            it.execute("INSERT INTO shop_a VALUES (1)", [])?;
            Ok(reader.read(count).unwrap())
        })
        .unwrap();
    assert_eq!((seen, reader.read(count).unwrap()), (0, 1));
}
