create table notice (
    notice_id char(26) not null primary key,
    -- Null: it concerns no integration.
    integration_id char(26),
    kind varchar(64) not null,
    -- What of it: a slot, an endpoint, a key; may be empty.
    subject text not null,
    -- JSON, never a secret.
    detail mediumtext not null,
    first_seen_at bigint not null,
    last_seen_at bigint not null,
    -- Null: it still holds.
    resolved_at bigint,
    -- Hex SHA-256 of integration, kind and subject while it holds; null afterwards.
    open_key char(64),
    constraint notice_open_key unique (open_key),
    foreign key (integration_id) references integration (integration_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
