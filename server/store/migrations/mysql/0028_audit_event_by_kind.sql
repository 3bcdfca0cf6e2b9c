create index audit_event_by_kind on audit_event (kind, number);
