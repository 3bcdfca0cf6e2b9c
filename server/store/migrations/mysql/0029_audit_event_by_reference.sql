create index audit_event_by_reference on audit_event (reference);
