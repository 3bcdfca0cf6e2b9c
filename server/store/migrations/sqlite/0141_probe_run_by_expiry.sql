create index probe_run_by_expiry on probe_run (expires_at);
