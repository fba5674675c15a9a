-- After each migration, by edgesync_migrate, whose tables they are. The same as in docs/databases.md.
GRANT SELECT, INSERT, UPDATE, DELETE ON streams, telemetry_data, refusals, gaps, checkpoints, clock_offsets, sync_status, latest_values, superseded_runs, clone_proofs, stream_checks, stream_receipts, device_status, status_history, sync_latency, ingest_queues TO edgesync_ingest;
GRANT SELECT ON device_hints, schema_migrations TO edgesync_ingest;
GRANT SELECT, INSERT, UPDATE, DELETE ON devices, device_hints, commands, device_config_heads, device_configs, conflict_log, config_rules, enrolment_tokens, device_certificates, device_states, revocation_head, command_batches, rollouts, rollout_devices, fleet_history, alerts, alert_groups, alert_rules, alert_silences, alert_notifications, alert_lease TO edgesync_commands;
GRANT SELECT ON clone_proofs, device_status, ingest_queues, schema_migrations, status_history, stream_checks, streams, sync_latency, sync_status TO edgesync_commands;
