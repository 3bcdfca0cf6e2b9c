create index ended_session_by_expiry on ended_session (expires_at);
