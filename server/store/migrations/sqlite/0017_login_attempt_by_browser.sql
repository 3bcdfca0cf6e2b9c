create index login_attempt_by_browser on login_attempt (browser_hash, expires_at);
