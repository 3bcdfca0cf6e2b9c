create index identity_by_last_seen on identity (last_seen_at, identity_id);
