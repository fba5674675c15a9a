-- base_*: what the control plane had confirmed before the device changed it; base_vector is null when there is nothing to send.
ALTER TABLE device_config ADD COLUMN base_value TEXT;
ALTER TABLE device_config ADD COLUMN base_vector TEXT;
-- health: the condition of the value in force while it is on probation, and until when; before_value is what comes back into force when it fails; starts counts the program's starts meanwhile.
ALTER TABLE device_config ADD COLUMN health TEXT;
ALTER TABLE device_config ADD COLUMN probation_until INTEGER;
ALTER TABLE device_config ADD COLUMN before_value TEXT;
ALTER TABLE device_config ADD COLUMN starts INTEGER NOT NULL DEFAULT 0;
-- The fleet's rules for concurrent writes, as the control plane told them.
ALTER TABLE device_state ADD COLUMN config_rules TEXT;
-- When the device wrote the key before its present write.
ALTER TABLE device_config ADD COLUMN own_wall INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_config ADD COLUMN own_logical INTEGER NOT NULL DEFAULT 0;
