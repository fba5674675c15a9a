-- Once for each cluster, and again without harm: the database, and a user for each who needs it. With certificates none has a password.
CREATE DATABASE IF NOT EXISTS edgesync;
CREATE USER IF NOT EXISTS edgesync_migrate;
CREATE USER IF NOT EXISTS edgesync_ingest;
CREATE USER IF NOT EXISTS edgesync_commands;
CREATE USER IF NOT EXISTS edgesync_backup;
GRANT CONNECT, CREATE ON DATABASE edgesync TO edgesync_migrate;
GRANT CONNECT ON DATABASE edgesync TO edgesync_ingest, edgesync_commands;
GRANT BACKUP ON DATABASE edgesync TO edgesync_backup;
ALTER ROLE edgesync_ingest SET statement_timeout = '10s';
ALTER ROLE edgesync_commands SET statement_timeout = '5s';
