-- What operators have set by commands. sync_interval: microseconds; null is the program's own. paused_at: since when no telemetry is sent; null is not paused.
ALTER TABLE device_state ADD COLUMN sync_interval INTEGER;
ALTER TABLE device_state ADD COLUMN paused_at INTEGER;
