create table probe_run (
    probe_run_id char(26) not null primary key,
    -- Null: a draft, whose settings are in this row.
    integration_id char(26),
    -- JSON. Null: those of the integration, as they are when they are used.
    settings mediumtext,
    -- Sealed. Null: none was given, or the integration's own.
    secret text,
    user_id char(26) not null,
    -- JSON: the steps so far.
    steps mediumtext not null,
    -- Null: steps are still to come.
    finished_at bigint,
    -- Grows with every change.
    stage bigint not null,
    -- Hex SHA-256 of the state parameter of the sign-in that is tried. Null: none was begun.
    state_hash char(64),
    -- Hex SHA-256 of the cookie that binds it to a browser. Null: as above.
    browser_hash char(64),
    -- Null: as above.
    issuer text,
    -- Sealed. Null: as above.
    nonce text,
    -- Sealed. Null: as above.
    pkce_verifier text,
    -- Null: no answer has come yet.
    consumed_at bigint,
    -- JSON, sealed: what came of it. Null: nothing yet.
    outcome mediumtext,
    created_at bigint not null,
    expires_at bigint not null,
    constraint probe_run_state_hash unique (state_hash),
    foreign key (integration_id) references integration (integration_id) on delete cascade,
    foreign key (user_id) references user (user_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
