create index session_by_integration on session (integration_id, expires_at);
