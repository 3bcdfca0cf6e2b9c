create table provider_snapshot (
    provider_snapshot_id char(26) not null primary key,
    integration_id char(26) not null,
    -- When the provider first said so.
    seen_at bigint not null,
    -- When it last said so.
    checked_at bigint not null,
    -- JSON: what it says of itself. Null: it could not be read.
    metadata mediumtext,
    -- JSON: its keys by name and thumbprint. Null: they could not be read.
    key_prints mediumtext,
    -- Null: it could be read. Else the code of the failure.
    error varchar(64),
    -- JSON: what differs from the one before.
    changes mediumtext not null,
    foreign key (integration_id) references integration (integration_id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
