create table identity (
    identity_id char(26) not null primary key,
    user_id char(26) not null,
    -- Null: the integration is deleted.
    integration_id char(26),
    issuer text not null,
    subject text not null,
    -- Hex SHA-256 of issuer and subject together, byte for byte.
    identity_key char(64) not null,
    -- JSON: the claims of the last sign-in; null: none yet.
    claims mediumtext,
    -- Null: no sign-in yet.
    last_seen_at bigint,
    created_at bigint not null,
    constraint identity_identity_key unique (identity_key),
    foreign key (user_id) references user (user_id) on delete cascade,
    foreign key (integration_id) references integration (integration_id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
