create table integration_revision (
    integration_id char(26) not null,
    -- The integration's revision that this change made.
    revision bigint not null,
    happened_at bigint not null,
    actor text not null,
    -- user, token, host or unknown.
    actor_kind varchar(16) not null,
    -- created, changed, enabled, disabled, restored or earlier.
    action varchar(16) not null,
    -- JSON: everything an administrator sets; never a secret.
    settings text not null,
    enabled boolean not null,
    -- JSON: the names of the members that differ from the revision before.
    changed text not null,
    -- Null: it was not restored from another revision.
    restored_from bigint,
    reference varchar(128) not null,
    primary key (integration_id, revision),
    foreign key (integration_id) references integration (integration_id) on delete cascade
);
