-- Owned by EdgeSync.Ingest. Times are microseconds since 1970.

-- What a device's last heartbeat says, in columns: whoever looks at the whole fleet reads these and parses nothing. Written with each heartbeat, not with each batch as sync_status is.
CREATE TABLE IF NOT EXISTS device_status (
  device_id          UUID NOT NULL PRIMARY KEY,
  heartbeat_at       INT8 NOT NULL,
  reason             TEXT NOT NULL,
  reason_since       INT8 NOT NULL,
  agent_version      TEXT NOT NULL,
  interval_ms        INT8 NULL,
  pending_records    INT8 NOT NULL,
  pending_bytes      INT8 NOT NULL,
  oldest_pending_at  INT8 NULL,
  dead_letters       INT8 NOT NULL,
  disk_free_bytes    INT8 NULL,
  database_bytes     INT8 NULL,
  database_bytes_max INT8 NULL
) ${clustered};

-- The same every five minutes, for six hours: slot is the time's five minutes modulo 72, so a device has 72 rows and the oldest gives way by itself.
CREATE TABLE IF NOT EXISTS status_history (
  device_id         UUID NOT NULL,
  slot              INT8 NOT NULL,
  taken_at          INT8 NOT NULL,
  reason            TEXT NOT NULL,
  pending_records   INT8 NOT NULL,
  pending_bytes     INT8 NOT NULL,
  oldest_pending_at INT8 NULL,
  disk_free_bytes   INT8 NULL,
  database_bytes    INT8 NULL,
  PRIMARY KEY (device_id, slot)
) ${clustered};
