create index session_by_user on session (user_id, session_id);
