create index session_by_creation on session (created_at, session_id);
