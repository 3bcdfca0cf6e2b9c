-- JSON: how the person's groups came when the provider was last asked, how many, when; null: not noted yet.
alter table identity add column last_groups varchar(200);
