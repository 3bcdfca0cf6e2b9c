-- The slot whose secret is tried first.
alter table integration add column preferred_slot bigint not null default 1;
