create table audit_event (
    audit_event_id char(26) not null primary key,
    -- From 1, without gaps.
    number bigint not null,
    happened_at bigint not null,
    kind varchar(64) not null,
    outcome varchar(16) not null,
    actor text not null,
    -- Hex SHA-256 of the actor.
    actor_key char(64) not null,
    -- The actor's user row; null: not a user. No foreign key: events outlive users.
    actor_id varchar(64),
    -- Null: it was done to nothing in particular.
    target text,
    -- Hex SHA-256 of the target; null as the target is.
    target_key char(64),
    -- The integration's name; null: it concerns none.
    integration text,
    -- Hex SHA-256 of the integration's name; null as that is.
    integration_key char(64),
    -- Null: it did not fail.
    code varchar(64),
    -- Null: not by a request.
    address varchar(64),
    reference varchar(128) not null,
    -- JSON, exactly as it was hashed.
    detail text not null,
    -- The hash of the event before; 64 zeros at number 1.
    previous_hash char(64) not null,
    -- Hex SHA-256 of previous_hash and the other columns.
    hash char(64) not null,
    constraint audit_event_number unique (number)
);
