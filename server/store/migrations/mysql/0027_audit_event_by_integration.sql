create index audit_event_by_integration on audit_event (integration_key, number);
