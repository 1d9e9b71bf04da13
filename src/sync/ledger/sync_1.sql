CREATE TABLE sync_links (number INTEGER PRIMARY KEY, link TEXT NOT NULL) STRICT;
CREATE TABLE sync_people (number INTEGER PRIMARY KEY, person TEXT NOT NULL) STRICT;
CREATE TABLE sync_members (
    id TEXT NOT NULL PRIMARY KEY,
    sfdc TEXT NOT NULL,
    link INTEGER NOT NULL,
    person INTEGER NOT NULL,
    status INTEGER NOT NULL,
    stamp INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_rows (
    side INTEGER NOT NULL,
    link INTEGER NOT NULL,
    person INTEGER NOT NULL,
    since INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    status INTEGER NOT NULL,
    PRIMARY KEY (side, link, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_base (
    link INTEGER NOT NULL,
    person INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status INTEGER NOT NULL,
    PRIMARY KEY (link, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_held (
    link INTEGER NOT NULL,
    person INTEGER NOT NULL,
    program INTEGER NOT NULL,
    campaign INTEGER NOT NULL,
    PRIMARY KEY (link, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_intents (
    link INTEGER NOT NULL,
    person INTEGER NOT NULL,
    status INTEGER NOT NULL,
    PRIMARY KEY (link, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_orders (number INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;
CREATE TABLE sync_facts (number INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;
CREATE TABLE sync_notes (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sync_records (number INTEGER PRIMARY KEY, at TEXT NOT NULL, record TEXT NOT NULL) STRICT;
CREATE INDEX sync_records_at ON sync_records (at);
CREATE TABLE sync_passes (number INTEGER PRIMARY KEY, started TEXT NOT NULL, report TEXT NOT NULL) STRICT;
CREATE INDEX sync_passes_started ON sync_passes (started);
