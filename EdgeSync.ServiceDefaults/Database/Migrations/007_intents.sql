-- Owned by EdgeSync.Commands. Times are microseconds since 1970.

ALTER TABLE commands ADD COLUMN IF NOT EXISTS supersede_key TEXT NULL;
ALTER TABLE commands ADD COLUMN IF NOT EXISTS batch_id UUID NULL;

CREATE INDEX IF NOT EXISTS commands_superseding ON commands (device_id, supersede_key) WHERE supersede_key IS NOT NULL AND state IN ('pending', 'leased');
CREATE INDEX IF NOT EXISTS commands_batch ON commands (batch_id, state, command_id) WHERE batch_id IS NOT NULL;

-- One command for many devices: created in the order of their ids, last_device says how far. cancelling: withdrawn, and some of its commands are still open.
CREATE TABLE IF NOT EXISTS command_batches (
  batch_id        UUID    NOT NULL PRIMARY KEY,
  selector        TEXT    NOT NULL,
  command         TEXT    NOT NULL,
  idempotency_key TEXT    NULL,
  state           TEXT    NOT NULL,
  devices         INT8    NOT NULL,
  last_device     UUID    NULL,
  created_at      INT8    NOT NULL,
  reason          TEXT    NULL
) ${clustered};

CREATE UNIQUE INDEX IF NOT EXISTS command_batches_idempotency ON command_batches (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS command_batches_open ON command_batches (batch_id) WHERE state IN ('creating', 'cancelling');

-- What the writer wants to hold on the device; what the device goes by and when it said so.
ALTER TABLE device_configs ADD COLUMN IF NOT EXISTS health TEXT NULL;
ALTER TABLE device_configs ADD COLUMN IF NOT EXISTS reported_value TEXT NULL;
ALTER TABLE device_configs ADD COLUMN IF NOT EXISTS reported_at INT8 NULL;
ALTER TABLE device_config_heads ADD COLUMN IF NOT EXISTS device_version INT8 NULL;
ALTER TABLE device_config_heads ADD COLUMN IF NOT EXISTS device_synced_at INT8 NULL;

-- kept: the value that was kept, null for a deletion; rows from before have none and kept the winner's. resolution: what an operator decided since.
ALTER TABLE conflict_log ADD COLUMN IF NOT EXISTS kept TEXT NULL;
ALTER TABLE conflict_log ADD COLUMN IF NOT EXISTS resolver TEXT NULL;
ALTER TABLE conflict_log ADD COLUMN IF NOT EXISTS decided_by TEXT NULL;
ALTER TABLE conflict_log ADD COLUMN IF NOT EXISTS resolution TEXT NULL;

-- Every version that there was; the highest holds.
CREATE TABLE IF NOT EXISTS config_rules (
  version  INT8    NOT NULL PRIMARY KEY,
  patterns TEXT    NOT NULL,
  set_at   INT8    NOT NULL,
  note     TEXT    NULL
) ${clustered};

-- rollout: what was asked for. stage: from 1.
CREATE TABLE IF NOT EXISTS rollouts (
  rollout_id       UUID    NOT NULL PRIMARY KEY,
  rollout          TEXT    NOT NULL,
  idempotency_key  TEXT    NULL,
  state            TEXT    NOT NULL,
  stage            INT8    NOT NULL,
  -- When the present stage began, and when its last device was done; null while it is not.
  stage_started_at INT8    NULL,
  stage_done_at    INT8    NULL,
  created_at       INT8    NOT NULL,
  changed_at       INT8    NOT NULL,
  reason           TEXT    NULL
) ${clustered};

CREATE UNIQUE INDEX IF NOT EXISTS rollouts_idempotency ON rollouts (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS rollouts_running ON rollouts (rollout_id) WHERE state = 'running';

CREATE TABLE IF NOT EXISTS rollout_devices (
  rollout_id UUID    NOT NULL,
  device_id  UUID    NOT NULL,
  stage      INT8    NOT NULL,
  state      TEXT    NOT NULL,
  -- The document version that the change wrote.
  version    INT8    NULL,
  reason     TEXT    NULL,
  changed_at INT8    NULL,
  PRIMARY KEY (rollout_id, device_id)
) ${clustered};

CREATE INDEX IF NOT EXISTS rollout_devices_state ON rollout_devices (rollout_id, stage, state, device_id);
