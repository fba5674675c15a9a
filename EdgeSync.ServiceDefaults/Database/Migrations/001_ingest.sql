-- Owned by EdgeSync.Ingest. Times are microseconds since 1970. In SQLite a UUID is its text, so that the file can be read with any tool.

-- A stream's ledger: watermark = stored + refused + gaps, where stored counts what has expired since too.
CREATE TABLE IF NOT EXISTS streams (
  device_id          UUID    NOT NULL,
  epoch              INT8    NOT NULL,
  watermark          INT8    NOT NULL,
  digest             BYTEA   NOT NULL,
  stored             INT8    NOT NULL,
  refused            INT8    NOT NULL,
  gaps               INT8    NOT NULL,
  -- Readings up to floor_seq, a number with a checkpoint, have expired; expired counts them.
  expired            INT8    NOT NULL DEFAULT 0,
  floor_seq          INT8    NOT NULL DEFAULT 0,
  opened_at          INT8    NOT NULL,
  updated_at         INT8    NOT NULL,
  -- Bounds of the readings after the last checkpoint; null while there are none.
  block_recorded_min INT8    NULL,
  block_recorded_max INT8    NULL,
  block_received_min INT8    NULL,
  block_received_max INT8    NULL,
  PRIMARY KEY (device_id, epoch)
) ${clustered};

-- One device's time range is one scan; uniqueness of (device_id, epoch, seq) is held by the stream's watermark.
CREATE TABLE IF NOT EXISTS telemetry_data (
  device_id   UUID    NOT NULL,
  recorded_at INT8    NOT NULL,
  epoch       INT8    NOT NULL,
  seq         INT8    NOT NULL,
  sensor      TEXT    NOT NULL,
  value       FLOAT8  NULL,
  payload     TEXT    NULL,
  replay_of   TEXT    NULL,
  received_at INT8    NOT NULL,
  PRIMARY KEY (device_id, recorded_at, epoch, seq)
) ${clustered};

-- Refused readings: the number is accounted for, and digest is D(seq), so the chain can be recomputed across it.
CREATE TABLE IF NOT EXISTS refusals (
  device_id   UUID    NOT NULL,
  epoch       INT8    NOT NULL,
  seq         INT8    NOT NULL,
  reason      TEXT    NOT NULL,
  digest      BYTEA   NOT NULL,
  received_at INT8    NOT NULL,
  PRIMARY KEY (device_id, epoch, seq)
) ${clustered};

-- Declared gaps, as far as they lay above the watermark.
CREATE TABLE IF NOT EXISTS gaps (
  device_id    UUID    NOT NULL,
  epoch        INT8    NOT NULL,
  from_seq     INT8    NOT NULL,
  to_seq       INT8    NOT NULL,
  reason       TEXT    NOT NULL,
  digest_after BYTEA   NOT NULL,
  received_at  INT8    NOT NULL,
  PRIMARY KEY (device_id, epoch, from_seq)
) ${clustered};

-- D(seq) at every multiple of the checkpoint interval, 1,024, with the bounds of the readings since the one before. A gap that crosses a multiple
-- has its checkpoint at the gap's end.
CREATE TABLE IF NOT EXISTS checkpoints (
  device_id    UUID    NOT NULL,
  epoch        INT8    NOT NULL,
  seq          INT8    NOT NULL,
  digest       BYTEA   NOT NULL,
  recorded_min INT8    NULL,
  recorded_max INT8    NULL,
  received_min INT8    NULL,
  received_max INT8    NULL,
  PRIMARY KEY (device_id, epoch, seq)
) ${clustered};

-- Batches that came with a clock that is off: device clock minus ours.
CREATE TABLE IF NOT EXISTS clock_offsets (
  device_id   UUID    NOT NULL,
  epoch       INT8    NOT NULL,
  first_seq   INT8    NOT NULL,
  last_seq    INT8    NOT NULL,
  offset_us   INT8    NOT NULL,
  received_at INT8    NOT NULL,
  PRIMARY KEY (device_id, epoch, first_seq)
) ${clustered};

-- One row a device: the newest run, when it was last seen, its last heartbeat as it came. The row is the lock of all the device's streams; while boot is
-- null it was made for that alone, and the device counts as never seen.
CREATE TABLE IF NOT EXISTS sync_status (
  device_id       UUID    NOT NULL PRIMARY KEY,
  boot            INT8    NULL,
  nonce           INT8    NULL,
  last_seen_at    INT8    NOT NULL,
  clock_offset_us INT8    NULL,
  heartbeat       TEXT    NULL,
  heartbeat_at    INT8    NULL
) ${clustered};

-- The newest reading of each sensor, ordered by received_at and then by number: a clock in 2099 does not stay the latest. Bounded for each device.
CREATE TABLE IF NOT EXISTS latest_values (
  device_id   UUID    NOT NULL,
  sensor      TEXT    NOT NULL,
  value       FLOAT8  NULL,
  payload     TEXT    NULL,
  recorded_at INT8    NOT NULL,
  received_at INT8    NOT NULL,
  epoch       INT8    NOT NULL,
  seq         INT8    NOT NULL,
  PRIMARY KEY (device_id, sensor)
) ${clustered};
