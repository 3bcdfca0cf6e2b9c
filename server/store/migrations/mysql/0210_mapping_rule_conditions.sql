-- JSON: what else must hold, in the order of kind, path and value; null: nothing else.
alter table mapping_rule add column conditions text;
