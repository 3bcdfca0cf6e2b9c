create index session_token_by_refresh on session_token (next_refresh_at);
