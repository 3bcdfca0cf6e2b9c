create table session (
    -- The public name, for lists and the audit log.
    session_id char(26) not null primary key,
    -- Hex SHA-256 of the cookie's value.
    session_id_hash char(64) not null,
    user_id char(26) not null,
    -- Null: began with a password.
    integration_id char(26),
    -- The provider's name for its own session (sid); null: it has not told, or there is no provider.
    idp_session_id text,
    -- Null: began with a password.
    subject text,
    created_at bigint not null,
    -- To the minute.
    last_seen_at bigint not null,
    expires_at bigint not null,
    -- Null: not known.
    address varchar(64),
    -- Null: the browser has not told.
    user_agent text,
    -- JSON object.
    data text not null,
    constraint session_session_id_hash unique (session_id_hash),
    foreign key (user_id) references user (user_id) on delete cascade,
    foreign key (integration_id) references integration (integration_id) on delete cascade
);
