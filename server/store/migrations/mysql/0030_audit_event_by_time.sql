create index audit_event_by_time on audit_event (happened_at);
