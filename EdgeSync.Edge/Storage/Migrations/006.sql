-- Names the history of this file: drawn with it, and anew when it went back in time. The live stream may change for another reason.
ALTER TABLE device_state ADD COLUMN file_epoch INTEGER NOT NULL DEFAULT 0;
UPDATE device_state SET file_epoch = live_epoch;
