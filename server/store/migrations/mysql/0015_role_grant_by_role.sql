create index role_grant_by_role on role_grant (role, user_id);
