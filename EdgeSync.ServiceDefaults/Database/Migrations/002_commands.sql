-- Owned by EdgeSync.Commands. Times are microseconds since 1970.

CREATE TABLE IF NOT EXISTS devices (
  device_id  UUID    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  labels     TEXT    NOT NULL,
  created_at INT8    NOT NULL,
  updated_at INT8    NOT NULL
) ${clustered};

-- Grows with every command and configuration change for a device; Ingest reads it, without a lock, for its acks.
CREATE TABLE IF NOT EXISTS device_hints (
  device_id      UUID    NOT NULL PRIMARY KEY,
  intent_version INT8    NOT NULL,
  changed_at     INT8    NOT NULL DEFAULT 0
) ${clustered};

CREATE TABLE IF NOT EXISTS commands (
  device_id       UUID    NOT NULL,
  command_id      UUID    NOT NULL,
  kind            TEXT    NOT NULL,
  payload         TEXT    NOT NULL,
  idempotency_key TEXT    NULL,
  priority        INT8    NOT NULL,
  state           TEXT    NOT NULL,
  reason          TEXT    NULL,
  -- The end was made here, not by the device: a result may replace it once.
  provisional     INT8    NOT NULL DEFAULT 0,
  late            INT8    NOT NULL DEFAULT 0,
  attempts        INT8    NOT NULL DEFAULT 0,
  created_at      INT8    NOT NULL,
  expires_at      INT8    NOT NULL,
  lease_until     INT8    NULL,
  -- Who was told to run it.
  delivered_at    INT8    NULL,
  delivered_boot  INT8    NULL,
  delivered_nonce INT8    NULL,
  delivered_epoch INT8    NULL,
  -- The newest run that sent a receipt of it.
  held_boot       INT8    NULL,
  held_nonce      INT8    NULL,
  completed_at    INT8    NULL,
  result          TEXT    NULL,
  PRIMARY KEY (device_id, command_id)
) ${clustered};

CREATE UNIQUE INDEX IF NOT EXISTS commands_idempotency ON commands (device_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS commands_waiting ON commands (device_id, priority, created_at, command_id) WHERE state IN ('pending', 'leased');
CREATE INDEX IF NOT EXISTS commands_delivered ON commands (device_id, command_id) WHERE state = 'delivered';

-- The document version of a device, and below it the version in which each key last changed.
CREATE TABLE IF NOT EXISTS device_config_heads (
  device_id UUID    NOT NULL PRIMARY KEY,
  version   INT8    NOT NULL,
  hlc_wall  INT8    NOT NULL,
  hlc_logical INT8    NOT NULL
) ${clustered};

CREATE TABLE IF NOT EXISTS device_configs (
  device_id     UUID    NOT NULL,
  config_key    TEXT    NOT NULL,
  -- Null is the marker of a deletion.
  value         TEXT    NULL,
  vector        TEXT    NOT NULL,
  hlc_wall      INT8    NOT NULL,
  hlc_logical   INT8    NOT NULL,
  writer        TEXT    NOT NULL,
  rule_version  INT8    NOT NULL,
  version       INT8    NOT NULL,
  updated_at    INT8    NOT NULL,
  -- What became of it on the device.
  report_vector TEXT    NULL,
  report_status TEXT    NULL,
  report_reason TEXT    NULL,
  PRIMARY KEY (device_id, config_key)
) ${clustered};

CREATE INDEX IF NOT EXISTS device_configs_version ON device_configs (device_id, version);

CREATE TABLE IF NOT EXISTS conflict_log (
  device_id    UUID    NOT NULL,
  conflict_id  TEXT    NOT NULL,
  config_key   TEXT    NOT NULL,
  winner       TEXT    NOT NULL,
  loser        TEXT    NOT NULL,
  rule         TEXT    NOT NULL,
  rule_version INT8    NOT NULL,
  resolved_at  INT8    NOT NULL,
  PRIMARY KEY (device_id, conflict_id)
) ${clustered};

CREATE INDEX IF NOT EXISTS conflict_log_newest ON conflict_log (device_id, resolved_at, conflict_id);
