-- Owned by EdgeSync.Commands.

-- The whole fleet's conflicts, the newest first.
CREATE INDEX IF NOT EXISTS conflict_log_time ON conflict_log (resolved_at, conflict_id);
