create index user_by_creation on user (created_at, user_id);
