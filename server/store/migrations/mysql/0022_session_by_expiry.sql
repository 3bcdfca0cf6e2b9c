create index session_by_expiry on session (expires_at);
