-- Owned by EdgeSync.Commands.

-- The trace of the request that created the batch (W3C Trace Context), which its commands carry; null where nobody recorded it.
ALTER TABLE command_batches ADD COLUMN IF NOT EXISTS traceparent TEXT NULL;
