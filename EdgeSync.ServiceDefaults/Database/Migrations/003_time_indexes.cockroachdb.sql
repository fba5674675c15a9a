-- Owned by EdgeSync.Commands.

-- The general file's indexes, hash-sharded: their keys grow with time, and one range would take every write.
CREATE INDEX IF NOT EXISTS device_hints_changed ON device_hints (changed_at) USING HASH WITH (bucket_count = 8);

CREATE INDEX IF NOT EXISTS commands_expiry ON commands (expires_at) USING HASH WITH (bucket_count = 8) WHERE state IN ('pending', 'leased');
CREATE INDEX IF NOT EXISTS commands_leases ON commands (lease_until) USING HASH WITH (bucket_count = 8) WHERE state = 'leased';
