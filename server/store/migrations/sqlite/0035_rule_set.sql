insert into setting (setting_key, value, updated_at, revision)
values ('rule_set', 'null', 0, 1);
