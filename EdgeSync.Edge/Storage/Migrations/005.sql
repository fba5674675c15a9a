-- The control plane's word, signed, that it has a stream's numbers up to to_seq. kept_at: the device's clock.
CREATE TABLE IF NOT EXISTS receipts (
    epoch INTEGER NOT NULL,
    to_seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    signed_at INTEGER NOT NULL,
    kept_at INTEGER NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (epoch, to_seq)
) STRICT, WITHOUT ROWID;
