-- Owned by EdgeSync.Commands.

-- The general file's index, hash-sharded: its keys grow with time, and one range would take every write.
CREATE INDEX IF NOT EXISTS conflict_log_time ON conflict_log (resolved_at, conflict_id) USING HASH WITH (bucket_count = 8);
