create index provider_certificate_by_integration on provider_certificate (integration_id, host, position);
