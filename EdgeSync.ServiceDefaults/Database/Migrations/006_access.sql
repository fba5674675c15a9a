-- Owned by EdgeSync.Commands. Times are microseconds since 1970.

CREATE TABLE IF NOT EXISTS enrolment_tokens (
  token_id    TEXT    NOT NULL PRIMARY KEY,
  -- SHA-256 of the secret, which is nowhere.
  secret_hash BYTEA   NOT NULL,
  devices     INT8    NOT NULL,
  used        INT8    NOT NULL,
  labels      TEXT    NOT NULL,
  -- The one device that it is for; null for devices that have not enrolled.
  device_id   UUID    NULL,
  created_at  INT8    NOT NULL,
  expires_at  INT8    NOT NULL,
  revoked_at  INT8    NULL
) ${clustered};

CREATE UNIQUE INDEX IF NOT EXISTS enrolment_tokens_secret ON enrolment_tokens (secret_hash);

CREATE TABLE IF NOT EXISTS device_certificates (
  device_id   UUID    NOT NULL,
  -- SHA-256 of the certificate, and of its key (SubjectPublicKeyInfo).
  fingerprint BYTEA   NOT NULL,
  key_hash    BYTEA   NOT NULL,
  -- The enrolment token that it was issued for; null for a renewal.
  token_id    TEXT    NULL,
  issued_at   INT8    NOT NULL,
  not_after   INT8    NOT NULL,
  revoked_at  INT8    NULL,
  reason      TEXT    NULL,
  PRIMARY KEY (device_id, fingerprint)
) ${clustered};

CREATE INDEX IF NOT EXISTS device_certificates_revoked ON device_certificates (device_id, not_after) WHERE revoked_at IS NOT NULL;

-- Why a device's state is what it is, and since when; no row while nobody has changed it. Not columns of devices: SQLite cannot add a column only where it is missing.
CREATE TABLE IF NOT EXISTS device_states (
  device_id  UUID    NOT NULL PRIMARY KEY,
  reason     TEXT    NOT NULL,
  changed_at INT8    NOT NULL
) ${clustered};

CREATE INDEX IF NOT EXISTS devices_refused ON devices (device_id, state) WHERE state <> 'active';

-- One row: the version of the list of who may not enter.
CREATE TABLE IF NOT EXISTS revocation_head (
  head_id INT8    NOT NULL PRIMARY KEY,
  version INT8    NOT NULL
) ${clustered};
