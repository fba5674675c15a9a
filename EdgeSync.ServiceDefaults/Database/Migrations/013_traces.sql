-- Owned by EdgeSync.Commands.

-- The trace in which a command was created (W3C Trace Context); null where nobody recorded it.
ALTER TABLE commands ADD COLUMN IF NOT EXISTS traceparent TEXT NULL;
