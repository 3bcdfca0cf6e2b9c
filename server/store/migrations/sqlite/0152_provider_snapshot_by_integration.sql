create index provider_snapshot_by_integration on provider_snapshot (integration_id, seen_at, provider_snapshot_id);
