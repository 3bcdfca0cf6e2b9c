create index login_attempt_by_expiry on login_attempt (expires_at);
