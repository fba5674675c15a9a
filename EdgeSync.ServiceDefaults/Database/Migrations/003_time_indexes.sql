-- Owned by EdgeSync.Commands.

-- Another instance of Commands learns of changes by one query over the last seconds.
CREATE INDEX IF NOT EXISTS device_hints_changed ON device_hints (changed_at);

CREATE INDEX IF NOT EXISTS commands_expiry ON commands (expires_at) WHERE state IN ('pending', 'leased');
CREATE INDEX IF NOT EXISTS commands_leases ON commands (lease_until) WHERE state = 'leased';
