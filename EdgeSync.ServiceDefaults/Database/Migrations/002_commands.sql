-- Owned by EdgeSync.Commands. Times are microseconds since 1970.

CREATE TABLE devices (
  device_id  TEXT    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  labels     TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Grows with every command and configuration change for a device; Ingest reads it, without a lock, for its acks.
CREATE TABLE device_hints (
  device_id      TEXT    NOT NULL PRIMARY KEY,
  intent_version INTEGER NOT NULL,
  changed_at     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Another instance of Commands learns of changes by one query over the last seconds.
CREATE INDEX device_hints_changed ON device_hints (changed_at);

CREATE TABLE commands (
  device_id       TEXT    NOT NULL,
  command_id      TEXT    NOT NULL,
  kind            TEXT    NOT NULL,
  payload         TEXT    NOT NULL,
  idempotency_key TEXT    NULL,
  priority        INTEGER NOT NULL,
  state           TEXT    NOT NULL,
  reason          TEXT    NULL,
  -- The end was made here, not by the device: a result may replace it once.
  provisional     INTEGER NOT NULL DEFAULT 0,
  late            INTEGER NOT NULL DEFAULT 0,
  attempts        INTEGER NOT NULL DEFAULT 0,
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  lease_until     INTEGER NULL,
  -- Who was told to run it.
  delivered_at    INTEGER NULL,
  delivered_boot  INTEGER NULL,
  delivered_nonce INTEGER NULL,
  delivered_epoch INTEGER NULL,
  -- The newest run that sent a receipt of it.
  held_boot       INTEGER NULL,
  held_nonce      INTEGER NULL,
  completed_at    INTEGER NULL,
  result          TEXT    NULL,
  PRIMARY KEY (device_id, command_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX commands_idempotency ON commands (device_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX commands_waiting ON commands (device_id, priority, created_at, command_id) WHERE state IN ('pending', 'leased');
CREATE INDEX commands_expiry ON commands (expires_at) WHERE state IN ('pending', 'leased');
CREATE INDEX commands_leases ON commands (lease_until) WHERE state = 'leased';
CREATE INDEX commands_delivered ON commands (device_id, command_id) WHERE state = 'delivered';

-- The document version of a device, and below it the version in which each key last changed.
CREATE TABLE device_config_heads (
  device_id TEXT    NOT NULL PRIMARY KEY,
  version   INTEGER NOT NULL,
  hlc_wall  INTEGER NOT NULL,
  hlc_logical INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE device_configs (
  device_id     TEXT    NOT NULL,
  config_key    TEXT    NOT NULL,
  -- Null is the marker of a deletion.
  value         TEXT    NULL,
  vector        TEXT    NOT NULL,
  hlc_wall      INTEGER NOT NULL,
  hlc_logical   INTEGER NOT NULL,
  writer        TEXT    NOT NULL,
  rule_version  INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  -- What became of it on the device.
  report_vector TEXT    NULL,
  report_status TEXT    NULL,
  report_reason TEXT    NULL,
  PRIMARY KEY (device_id, config_key)
) WITHOUT ROWID;

CREATE INDEX device_configs_version ON device_configs (device_id, version);

CREATE TABLE conflict_log (
  device_id    TEXT    NOT NULL,
  conflict_id  TEXT    NOT NULL,
  config_key   TEXT    NOT NULL,
  winner       TEXT    NOT NULL,
  loser        TEXT    NOT NULL,
  rule         TEXT    NOT NULL,
  rule_version INTEGER NOT NULL,
  resolved_at  INTEGER NOT NULL,
  PRIMARY KEY (device_id, conflict_id)
) WITHOUT ROWID;

CREATE INDEX conflict_log_newest ON conflict_log (device_id, resolved_at, conflict_id);
