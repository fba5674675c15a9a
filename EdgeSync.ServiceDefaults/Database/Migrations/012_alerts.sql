-- Owned by EdgeSync.Commands. Times are microseconds since 1970.

-- One row: who evaluates alerts now, and until when nobody else does.
CREATE TABLE IF NOT EXISTS alert_lease (
  lease_id   INT8    NOT NULL PRIMARY KEY,
  holder     TEXT    NOT NULL,
  held_until INT8    NOT NULL
) ${clustered};

-- device_id is the UUID of zeros where the rule is of the fleet. unfinished: it is not over, or nobody was told that it is.
CREATE TABLE IF NOT EXISTS alerts (
  alert_id          TEXT    NOT NULL PRIMARY KEY,
  rule              TEXT    NOT NULL,
  kind              TEXT    NOT NULL,
  severity          TEXT    NOT NULL,
  device_id         UUID    NOT NULL,
  state             TEXT    NOT NULL,
  unfinished        INT8    NOT NULL,
  summary           TEXT    NOT NULL,
  value             FLOAT8  NOT NULL,
  threshold         FLOAT8  NOT NULL,
  unit              TEXT    NOT NULL,
  started_at        INT8    NOT NULL,
  firing_at         INT8    NULL,
  -- Since when the value is over while the alert still fires.
  clear_since       INT8    NULL,
  resolved_at       INT8    NULL,
  acknowledged_at   INT8    NULL,
  acknowledged_note TEXT    NULL,
  -- What webhooks were told of it last: nothing (empty), firing or resolved.
  notified          TEXT    NOT NULL,
  updated_at        INT8    NOT NULL
) ${clustered};

CREATE INDEX IF NOT EXISTS alerts_unfinished ON alerts (rule, device_id) WHERE unfinished = 1;
CREATE INDEX IF NOT EXISTS alerts_device ON alerts (device_id, alert_id);
CREATE INDEX IF NOT EXISTS alerts_rule ON alerts (rule, alert_id);

-- When webhooks were last told something of a rule.
CREATE TABLE IF NOT EXISTS alert_groups (
  rule        TEXT    NOT NULL PRIMARY KEY,
  firing_at   INT8    NULL,
  resolved_at INT8    NULL
) ${clustered};

-- Rules that operators have set; those of the program and of the settings are in no table.
CREATE TABLE IF NOT EXISTS alert_rules (
  name       TEXT    NOT NULL PRIMARY KEY,
  rule       TEXT    NOT NULL,
  updated_at INT8    NOT NULL
) ${clustered};

CREATE TABLE IF NOT EXISTS alert_silences (
  silence_id TEXT    NOT NULL PRIMARY KEY,
  silence    TEXT    NOT NULL,
  until_at   INT8    NOT NULL,
  created_at INT8    NOT NULL
) ${clustered};

CREATE TABLE IF NOT EXISTS alert_notifications (
  notification_id TEXT    NOT NULL PRIMARY KEY,
  webhook         TEXT    NOT NULL,
  rule            TEXT    NOT NULL,
  event           TEXT    NOT NULL,
  body            TEXT    NOT NULL,
  state           TEXT    NOT NULL,
  attempts        INT8    NOT NULL,
  created_at      INT8    NOT NULL,
  -- While it waits: when it is tried, or when it is tried again should whoever tries it now not come back.
  next_attempt_at INT8    NULL,
  sent_at         INT8    NULL,
  last_error      TEXT    NULL
) ${clustered};

CREATE INDEX IF NOT EXISTS alert_notifications_waiting ON alert_notifications (state, next_attempt_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS alert_notifications_state ON alert_notifications (state, notification_id);

-- Owned by EdgeSync.Ingest. Times are microseconds since 1970.

-- How full the fullest queue of each instance is; an instance that is gone no longer says so.
CREATE TABLE IF NOT EXISTS ingest_queues (
  instance    TEXT    NOT NULL PRIMARY KEY,
  reported_at INT8    NOT NULL,
  depth       INT8    NOT NULL,
  capacity    INT8    NOT NULL
) ${clustered};

CREATE INDEX IF NOT EXISTS stream_checks_damaged ON stream_checks (device_id) WHERE damaged_from IS NOT NULL;
