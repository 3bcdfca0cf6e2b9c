create index audit_event_by_actor on audit_event (actor_key, number);
