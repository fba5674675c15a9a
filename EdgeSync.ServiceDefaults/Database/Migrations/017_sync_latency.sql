-- Owned by EdgeSync.Ingest.

-- How long readings were on their way from the sensor to the database, for a day: of each minute (since 1970) and process the batches, counted by the delay of their oldest new reading.
-- counts: "bucket:count" with blanks between (LatencyCounts). A process writes a row again with all that it has counted, so that a repetition changes nothing.
CREATE TABLE IF NOT EXISTS sync_latency (
  minute   INT8 NOT NULL,
  process  TEXT NOT NULL,
  counts   TEXT NOT NULL,
  PRIMARY KEY (minute, process)
) ${clustered};
