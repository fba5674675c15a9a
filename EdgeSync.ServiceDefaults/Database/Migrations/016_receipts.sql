-- Owned by EdgeSync.Ingest. Times are microseconds since 1970.

-- Up to which number, and when, a stream's newest durability receipt was signed. The device has it; a stream without a row was given none.
CREATE TABLE IF NOT EXISTS stream_receipts (
  device_id UUID NOT NULL,
  epoch     INT8 NOT NULL,
  signed_to INT8 NOT NULL,
  signed_at INT8 NOT NULL,
  PRIMARY KEY (device_id, epoch)
) ${clustered};
