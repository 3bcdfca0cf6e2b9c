create index audit_event_by_target on audit_event (target_key, number);
