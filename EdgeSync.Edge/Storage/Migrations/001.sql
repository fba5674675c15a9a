-- One row: whose file this is and where it stands.
CREATE TABLE device_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    device TEXT NOT NULL,
    boot INTEGER NOT NULL,
    live_epoch INTEGER NOT NULL,
    config_epoch INTEGER NOT NULL,
    config_version INTEGER NOT NULL DEFAULT 0,
    config_snapshot_open INTEGER NOT NULL DEFAULT 0,
    clock_wall INTEGER NOT NULL DEFAULT 0,
    clock_logical INTEGER NOT NULL DEFAULT 0,
    durable_mark INTEGER NOT NULL DEFAULT 0
) STRICT;

-- head: the last number taken. acked: what the control plane has accounted for. retained_after: rows up to it were deleted after their time.
CREATE TABLE streams (
    epoch INTEGER PRIMARY KEY,
    ordinal INTEGER NOT NULL UNIQUE,
    head INTEGER NOT NULL,
    head_digest BLOB NOT NULL,
    acked INTEGER NOT NULL,
    acked_digest BLOB NOT NULL,
    retained_after INTEGER NOT NULL DEFAULT 0,
    retained_after_digest BLOB NOT NULL,
    closed_at INTEGER,
    opened_at INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE sensors (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- The primary key serves "next unsent" and retention: both are ranges of (epoch, seq). digest is D(seq) of docs/protocol.md.
CREATE TABLE telemetry_data (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    sensor_id INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    value REAL,
    payload TEXT,
    digest BLOB NOT NULL,
    replay_of TEXT,
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;

-- Numbers that will never come; they travel with the batches.
CREATE TABLE gaps (
    epoch INTEGER NOT NULL,
    from_seq INTEGER NOT NULL,
    to_seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    digest_after BLOB NOT NULL,
    PRIMARY KEY (epoch, from_seq)
) STRICT, WITHOUT ROWID;

-- When numbers were acknowledged, in buckets of time: retention deletes ranges of numbers without an index on time.
CREATE TABLE retention_marks (
    epoch INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    acked_at INTEGER NOT NULL,
    PRIMARY KEY (epoch, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    sensor TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    value REAL,
    payload TEXT,
    replay_of TEXT,
    cause TEXT NOT NULL,
    detail TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;

-- state: accepted, ready, running, done, confirmed. boot: the run of the program that set the state.
CREATE TABLE command_queue (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    boot INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    outcome TEXT,
    result TEXT,
    error TEXT,
    finished_at INTEGER
) STRICT;
CREATE INDEX command_queue_state ON command_queue (state, ordinal);

-- dirty: 1 is to be sent, 2 was refused for good and stays on the device alone. value: what the document says. in_force: what the device goes by; they differ where it rejected a value.
CREATE TABLE device_config (
    key TEXT PRIMARY KEY,
    value TEXT,
    in_force TEXT,
    vector TEXT NOT NULL,
    wall INTEGER NOT NULL,
    logical INTEGER NOT NULL,
    writer TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    dirty INTEGER NOT NULL,
    in_snapshot INTEGER NOT NULL DEFAULT 0,
    report TEXT,
    report_reason TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    area TEXT NOT NULL,
    event TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
