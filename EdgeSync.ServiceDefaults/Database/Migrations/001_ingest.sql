-- Owned by EdgeSync.Ingest. Times are microseconds since 1970; device_id is the UUID's text, so that the file can be read with any SQLite tool.

-- A stream's ledger: watermark = stored + refused + gaps, where stored counts what has expired since too. The row is the lock of its stream.
CREATE TABLE streams (
  device_id          TEXT    NOT NULL,
  epoch              INTEGER NOT NULL,
  watermark          INTEGER NOT NULL,
  digest             BLOB    NOT NULL,
  stored             INTEGER NOT NULL,
  refused            INTEGER NOT NULL,
  gaps               INTEGER NOT NULL,
  expired            INTEGER NOT NULL DEFAULT 0,
  opened_at          INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  -- Bounds of the readings after the last checkpoint; null while there are none.
  block_recorded_min INTEGER NULL,
  block_recorded_max INTEGER NULL,
  block_received_min INTEGER NULL,
  block_received_max INTEGER NULL,
  PRIMARY KEY (device_id, epoch)
) WITHOUT ROWID;

-- One device's time range is one scan; uniqueness of (device_id, epoch, seq) is held by the stream's watermark.
CREATE TABLE telemetry_data (
  device_id   TEXT    NOT NULL,
  recorded_at INTEGER NOT NULL,
  epoch       INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  sensor      TEXT    NOT NULL,
  value       REAL    NULL,
  payload     TEXT    NULL,
  replay_of   TEXT    NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (device_id, recorded_at, epoch, seq)
) WITHOUT ROWID;

-- Refused readings: the number is accounted for, and digest is D(seq), so the chain can be recomputed across it.
CREATE TABLE refusals (
  device_id   TEXT    NOT NULL,
  epoch       INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  reason      TEXT    NOT NULL,
  digest      BLOB    NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (device_id, epoch, seq)
) WITHOUT ROWID;

-- Declared gaps, as far as they lay above the watermark.
CREATE TABLE gaps (
  device_id    TEXT    NOT NULL,
  epoch        INTEGER NOT NULL,
  from_seq     INTEGER NOT NULL,
  to_seq       INTEGER NOT NULL,
  reason       TEXT    NOT NULL,
  digest_after BLOB    NOT NULL,
  received_at  INTEGER NOT NULL,
  PRIMARY KEY (device_id, epoch, from_seq)
) WITHOUT ROWID;

-- D(seq) at every multiple of the checkpoint interval, 1,024, with the bounds of the readings since the one before. A gap that crosses a multiple
-- has its checkpoint at the gap's end.
CREATE TABLE checkpoints (
  device_id    TEXT    NOT NULL,
  epoch        INTEGER NOT NULL,
  seq          INTEGER NOT NULL,
  digest       BLOB    NOT NULL,
  recorded_min INTEGER NULL,
  recorded_max INTEGER NULL,
  received_min INTEGER NULL,
  received_max INTEGER NULL,
  PRIMARY KEY (device_id, epoch, seq)
) WITHOUT ROWID;

-- Batches that came with a clock that is off: device clock minus ours.
CREATE TABLE clock_offsets (
  device_id   TEXT    NOT NULL,
  epoch       INTEGER NOT NULL,
  first_seq   INTEGER NOT NULL,
  last_seq    INTEGER NOT NULL,
  offset_us   INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (device_id, epoch, first_seq)
) WITHOUT ROWID;

-- One row a device: the newest run, when it was last seen, its last heartbeat as it came.
CREATE TABLE sync_status (
  device_id       TEXT    NOT NULL PRIMARY KEY,
  boot            INTEGER NULL,
  nonce           INTEGER NULL,
  last_seen_at    INTEGER NOT NULL,
  clock_offset_us INTEGER NULL,
  heartbeat       TEXT    NULL,
  heartbeat_at    INTEGER NULL
) WITHOUT ROWID;
