-- How far each partition has come.
CREATE TABLE people_heads (
    partition INTEGER NOT NULL PRIMARY KEY,
    inputs INTEGER NOT NULL,
    outcomes INTEGER NOT NULL
) STRICT;

-- What came in since the checkpoint, one row a commit, and which action records came of it.
CREATE TABLE people_journal (
    partition INTEGER NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_outcome INTEGER NOT NULL,
    outcomes INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (partition, first)
) STRICT;

-- Action records, one row a commit, one line a record.
CREATE TABLE people_outbox (
    partition INTEGER NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (partition, first)
) STRICT;

-- What people are after so many inputs, in the second form of engine::snapshot: waits no longer have places among all.
CREATE TABLE people_checkpoints (
    partition INTEGER NOT NULL PRIMARY KEY,
    inputs INTEGER NOT NULL,
    head BLOB NOT NULL,
    sum INTEGER NOT NULL
) STRICT;

CREATE TABLE people_chunks (
    partition INTEGER NOT NULL,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (partition, number)
) STRICT;

-- Marks of events that were handled, sixteen bytes each, one row a checkpoint.
CREATE TABLE people_marks (
    partition INTEGER NOT NULL,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (partition, number)
) STRICT;

-- Small facts by name: which rules ran last, which files were read how far, how far action records were passed on.
CREATE TABLE people_notes (
    partition INTEGER NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (partition, name)
) STRICT, WITHOUT ROWID;
