create index identity_by_integration on identity (integration_id, user_id);
