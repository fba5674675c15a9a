-- What the control plane was seen to have of the device's own writes to a key when the file was found to be an older one: known since, though the row's vector leaves it out.
ALTER TABLE device_config ADD COLUMN own_known TEXT;
