create index mapping_rule_by_creation on mapping_rule (created_at, mapping_rule_id);
