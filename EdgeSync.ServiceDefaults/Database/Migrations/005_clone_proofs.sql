-- Owned by EdgeSync.Ingest.

-- The newest runs of a device's program that other runs have superseded, a few for each device.
CREATE TABLE IF NOT EXISTS superseded_runs (
  device_id     UUID NOT NULL,
  nonce         INT8 NOT NULL,
  -- 1: by a run that had itself been superseded and came back.
  by_returned   INT8 NOT NULL,
  superseded_at INT8 NOT NULL,
  PRIMARY KEY (device_id, nonce)
) ${clustered};

-- Two runs that superseded each other in turn: two machines use the device's identity. Commands reads it and quarantines the device.
CREATE TABLE IF NOT EXISTS clone_proofs (
  device_id   UUID NOT NULL,
  detected_at INT8 NOT NULL,
  nonce       INT8 NOT NULL,
  boot        INT8 NOT NULL,
  PRIMARY KEY (device_id, detected_at)
) ${clustered};
