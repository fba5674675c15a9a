-- Owned by EdgeSync.Commands.

-- The device's intent version that the command's creation took: among commands of one priority the order in which a device gets them, whatever the clocks have done. 0 where a program from before
-- created it; those come first, by their times.
ALTER TABLE commands ADD COLUMN IF NOT EXISTS intent_order INT8 NOT NULL DEFAULT 0;

CREATE INDEX IF NOT EXISTS commands_order ON commands (device_id, priority, intent_order, created_at, command_id) WHERE state IN ('pending', 'leased');

-- Programs from before find what waits for a device by the new one, and sort it.
DROP INDEX IF EXISTS commands_waiting;
