-- Owned by EdgeSync.Commands. Times are microseconds since 1970.

-- The fleet's last day, a row a minute: slot is the minute modulo 1,440, so the oldest gives way by itself. Whichever instance comes first in a minute writes it.
CREATE TABLE IF NOT EXISTS fleet_history (
  slot              INT8 NOT NULL PRIMARY KEY,
  taken_at          INT8 NOT NULL,
  devices           INT8 NOT NULL,
  ok                INT8 NOT NULL,
  silent            INT8 NOT NULL,
  failing           INT8 NOT NULL,
  pending_records   INT8 NOT NULL,
  stored            INT8 NOT NULL,
  oldest_pending_at INT8 NULL
) ${clustered};
