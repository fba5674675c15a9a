-- How often the file was found damaged and what could be read of it went into a new one, and when last.
ALTER TABLE device_state ADD COLUMN salvages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_state ADD COLUMN salvaged_at INTEGER;
-- Readings dropped unsent for want of room (they are in gaps), and dead letters that went because there were too many.
ALTER TABLE device_state ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_state ADD COLUMN letters_discarded INTEGER NOT NULL DEFAULT 0;
