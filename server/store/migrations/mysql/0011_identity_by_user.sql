create index identity_by_user on identity (user_id, identity_id);
