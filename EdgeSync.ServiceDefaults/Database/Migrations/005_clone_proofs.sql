-- Owned by EdgeSync.Ingest. Times are microseconds since 1970.

-- Two machines use one device's identity: a run that was superseded comes back with a higher number. Commands reads it and quarantines the device.
CREATE TABLE IF NOT EXISTS clone_proofs (
  device_id     UUID    NOT NULL,
  detected_at   INT8    NOT NULL,
  -- The run that came back, and the run that had superseded it.
  nonce         INT8    NOT NULL,
  boot          INT8    NOT NULL,
  superseded_by INT8    NOT NULL,
  PRIMARY KEY (device_id, detected_at)
) ${clustered};

CREATE INDEX IF NOT EXISTS clone_proofs_detected ON clone_proofs (detected_at);
