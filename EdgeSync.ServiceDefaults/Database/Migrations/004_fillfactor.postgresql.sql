-- Owned by EdgeSync.Ingest.

-- Rows that every group of writes updates: with room in their page an update touches no index.
ALTER TABLE latest_values SET (fillfactor = 70);
ALTER TABLE streams SET (fillfactor = 70);
ALTER TABLE sync_status SET (fillfactor = 70);
