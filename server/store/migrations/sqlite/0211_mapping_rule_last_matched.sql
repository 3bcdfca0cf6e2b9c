-- When it last gave somebody its role, to the day; null: never.
alter table mapping_rule add column last_matched_at bigint;
