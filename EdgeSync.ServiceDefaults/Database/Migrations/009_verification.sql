-- Owned by EdgeSync.Ingest. Times are microseconds since 1970.

-- How far a stream's rows were recomputed, and what that found. A stream without a row was never looked at.
CREATE TABLE IF NOT EXISTS stream_checks (
  device_id     UUID NOT NULL,
  epoch         INT8 NOT NULL,
  -- How far the round is that is under way, 0 between rounds; when a share was last looked at; when the last round ended.
  verified_to   INT8 NOT NULL DEFAULT 0,
  checked_at    INT8 NOT NULL DEFAULT 0,
  verified_at   INT8 NULL,
  -- An instance looks at it until then.
  claimed_until INT8 NOT NULL DEFAULT 0,
  -- Blocks that do not end in the digest that was acknowledged lie within these numbers.
  damaged_from  INT8 NULL,
  damaged_to    INT8 NULL,
  found_at      INT8 NULL,
  PRIMARY KEY (device_id, epoch)
) ${clustered};

-- D before the entry: readings before one that brings the chain back are proved by it, and else by nothing. Null in rows from before.
ALTER TABLE refusals ADD COLUMN IF NOT EXISTS digest_before BYTEA NULL;
ALTER TABLE gaps ADD COLUMN IF NOT EXISTS digest_before BYTEA NULL;
